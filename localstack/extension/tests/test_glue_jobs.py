"""Glue jobs. One script uses Spark; all others are plain Python, which starts at once."""

import io
import signal
import subprocess
import sys
import uuid
import zipfile

import pytest
from conftest import wait_for
from test_cloudformation import stack  # noqa: F401  (a fixture)

from isobar_localstack.glue import run_script

_ENDED = ("SUCCEEDED", "FAILED", "TIMEOUT", "STOPPED")


@pytest.fixture(scope="module")
def glue(localstack):
    return localstack.client("glue")


@pytest.fixture
def make_job(localstack, glue):
    """Creates a job for a script, in a new bucket."""
    s3 = localstack.client("s3")

    def make(script: str, **settings) -> str:
        name = f"job-{uuid.uuid4().hex[:8]}"
        s3.create_bucket(Bucket=name)
        s3.put_object(Bucket=name, Key="script.py", Body=script.encode())
        command = {"Name": "glueetl", "ScriptLocation": f"s3://{name}/script.py", "PythonVersion": "3"}
        glue.create_job(Name=name, Role="arn:aws:iam::000000000000:role/r", Command=command, **settings)
        return name

    return make


def run(glue, job: str, within_s=180, **settings) -> dict:
    return ended(glue, job, glue.start_job_run(JobName=job, **settings)["JobRunId"], within_s)


def ended(glue, job: str, run_id: str, within_s=180) -> dict:
    def shown():
        found = glue.get_job_run(JobName=job, RunId=run_id)["JobRun"]
        return found if found["JobRunState"] in _ENDED else None

    return wait_for(shown, within_s=within_s)


def is_running(glue, job: str, run_id: str) -> None:
    wait_for(lambda: glue.get_job_run(JobName=job, RunId=run_id)["JobRun"]["JobRunState"] == "RUNNING", 180)


def lines(localstack, group: str, run_id: str) -> list[str]:
    logs = localstack.client("logs")
    found = logs.get_log_events(logGroupName=f"/aws-glue/jobs/{group}", logStreamName=run_id)
    return [event["message"] for event in found["events"]]


def test_arguments_of_a_run_override_the_jobs_arguments(localstack, glue, make_job):
    job = make_job(
        "import sys; print(sys.argv[1:])",
        DefaultArguments={"--a": "job", "--b": "job", "--job-bookmark-option": "job-bookmark-disable"},
    )
    found = run(glue, job, Arguments={"--b": "run"})
    assert found["JobRunState"] == "SUCCEEDED" and found["Arguments"] == {"--b": "run"}
    assert found["CompletedOn"] >= found["StartedOn"]
    [printed] = lines(localstack, "output", found["Id"])
    for pair in (
        "'--a', 'job'",
        "'--b', 'run'",
        f"'--JOB_NAME', '{job}'",
        f"'--JOB_RUN_ID', '{found['Id']}'",
    ):
        assert pair in printed


def test_a_script_that_raises_fails_with_its_last_exception_and_line(localstack, glue, make_job):
    job = make_job("def f():\n    raise ValueError('no such day')\n\nf()\n")
    found = run(glue, job)
    assert found["JobRunState"] == "FAILED"
    assert found["ErrorMessage"].endswith("Failed Line Number: 2; ValueError: no such day")
    assert any("Traceback" in line for line in lines(localstack, "error", found["Id"]))


def test_a_script_that_exits_with_a_number_fails(glue, make_job):
    found = run(glue, make_job("import sys; sys.exit(3)"))
    assert (found["JobRunState"], found["ErrorMessage"]) == ("FAILED", "SystemExit: 3")


def test_a_missing_script_fails_the_run_but_not_the_start_call(localstack, glue, make_job):
    job = make_job("")
    localstack.client("s3").delete_object(Bucket=job, Key="script.py")
    found = run(glue, job)
    assert found["JobRunState"] == "FAILED" and "LAUNCH ERROR" in found["ErrorMessage"]


def test_a_run_above_the_limit_is_refused_until_another_ends(glue, make_job):
    job = make_job("import time; time.sleep(60)", ExecutionProperty={"MaxConcurrentRuns": 1})
    first = glue.start_job_run(JobName=job)["JobRunId"]
    with pytest.raises(glue.exceptions.ConcurrentRunsExceededException):
        glue.start_job_run(JobName=job)
    glue.batch_stop_job_run(JobName=job, JobRunIds=[first])
    assert ended(glue, job, first)["JobRunState"] == "STOPPED"
    second = glue.start_job_run(JobName=job)["JobRunId"]
    glue.batch_stop_job_run(JobName=job, JobRunIds=[second])
    assert [each["Id"] for each in glue.get_job_runs(JobName=job)["JobRuns"]] == [second, first]


# The child belongs to the process group, like Spark's JVM.
_WITH_CHILD = """
import subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(120)"])
print(child.pid, flush=True)
time.sleep(120)
"""


def test_a_stopped_run_leaves_no_process(localstack, glue, make_job):
    job = make_job(_WITH_CHILD)
    run_id = glue.start_job_run(JobName=job)["JobRunId"]
    is_running(glue, job, run_id)
    child = wait_for(lambda: _printed(localstack, run_id))
    stopped = glue.batch_stop_job_run(JobName=job, JobRunIds=[run_id, "jr_none"])
    assert stopped["SuccessfulSubmissions"] == [{"JobName": job, "JobRunId": run_id}]
    assert stopped["Errors"][0]["ErrorDetail"]["ErrorCode"] == "EntityNotFoundException"
    assert ended(glue, job, run_id)["JobRunState"] == "STOPPED"
    wait_for(lambda: not _lives(child))


def test_a_run_does_not_outlive_localstack(tmp_path):
    script, said = tmp_path / "script.py", tmp_path / "said"
    script.write_text(_WITH_CHILD)
    with said.open("wb") as out:
        started = subprocess.Popen(
            [sys.executable, run_script.__file__, str(script)],
            stdin=subprocess.PIPE,
            stdout=out,
            start_new_session=True,
        )
    child = wait_for(lambda: said.read_text().endswith("\n") and int(said.read_text()))
    started.stdin.close()  # as when LocalStack ends
    assert started.wait(10) == -signal.SIGKILL
    wait_for(lambda: not _lives(child))


def test_a_run_that_outlasts_its_timeout_is_ended(glue, make_job):
    # A number of minutes. AWS accepts whole minutes only.
    job = make_job("import time; time.sleep(60)")
    found = run(glue, job, Timeout=0.02)
    assert found["JobRunState"] == "TIMEOUT"


def _printed(localstack, run_id: str) -> int | None:
    file = localstack.log.parent / "tmp" / "glue" / run_id / "output.log"
    return int(file.read_text()) if file.exists() and file.read_text().endswith("\n") else None


def _lives(pid: int) -> bool:
    try:
        return open(f"/proc/{pid}/stat").read().split(") ")[-1][0] != "Z"
    except FileNotFoundError:
        return False


@pytest.mark.parametrize(
    ("modules", "reason"),
    [
        (
            "nowhere==1.0",
            "nowhere==1.0 is not supported locally: the environment of the local Spark does not have it",
        ),
        (
            "py4j==0.10.9.7,py4j==9",
            "py4j==9 is not supported locally: the environment of the local Spark has py4j==0",
        ),
        ("py4j", "py4j is not supported locally: the environment of the local Spark has py4j==0"),
    ],
)
def test_python_modules_that_the_local_spark_lacks_are_refused_with_what_it_has(
    glue, make_job, modules, reason
):
    with pytest.raises(glue.exceptions.InvalidInputException, match=reason):
        glue.start_job_run(JobName=make_job(""), Arguments={"--additional-python-modules": modules})


def test_python_modules_that_the_local_spark_has_are_accepted(localstack, glue, make_job):
    job = make_job("import py4j; print('imported')")
    found = run(glue, job, Arguments={"--additional-python-modules": "py4j==0.10.9.7"})
    assert lines(localstack, "output", found["Id"]) == ["imported"]


@pytest.mark.parametrize("name", ["--datalake-formats", "--extra-jars"])
def test_an_argument_that_is_not_supported_locally_is_refused_with_a_reason(glue, make_job, name):
    with pytest.raises(glue.exceptions.InvalidInputException, match=f"{name} is not supported locally"):
        glue.start_job_run(JobName=make_job(""), Arguments={name: "x"})


def test_a_script_finds_its_extra_py_files_and_packages_in_a_zip(localstack, glue, make_job):
    job = make_job("import more; from some.package import NAME; print(more.NAME, NAME)")
    s3, packed = localstack.client("s3"), io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("some/__init__.py", "")
        archive.writestr("some/package.py", "NAME = 'and packed'")
    s3.put_object(Bucket=job, Key="lib/more.py", Body=b"NAME = 'found'")
    s3.put_object(Bucket=job, Key="lib/0123.zip", Body=packed.getvalue())
    files = f"s3://{job}/lib/more.py,s3://{job}/lib/0123.zip"
    found = run(glue, job, Arguments={"--extra-py-files": files})
    assert found["JobRunState"] == "SUCCEEDED", found.get("ErrorMessage")
    assert lines(localstack, "output", found["Id"]) == ["found and packed"]


def test_an_update_replaces_the_whole_job_and_a_second_deletion_succeeds(glue, make_job):
    job = make_job("", DefaultArguments={"--a": "1"}, Timeout=5)
    command = glue.get_job(JobName=job)["Job"]["Command"]
    glue.update_job(JobName=job, JobUpdate={"Role": "r", "Command": command})
    changed = glue.get_job(JobName=job)["Job"]
    assert "DefaultArguments" not in changed and changed["Timeout"] == 480
    glue.delete_job(JobName=job)
    glue.delete_job(JobName=job)
    with pytest.raises(glue.exceptions.EntityNotFoundException):
        glue.start_job_run(JobName=job)


_SPARK = """
import sys
from pyspark.sql import SparkSession
spark = SparkSession.builder.getOrCreate()
bucket = sys.argv[sys.argv.index("--bucket") + 1]
spark.range(1000).repartition(3).write.parquet(f"s3://{bucket}/out/")
spark.read.parquet(f"s3://{bucket}/out/").createOrReplaceTempView("numbers")
print(spark.sql("select sum(id) from numbers").first()[0], spark.version)
"""


def test_a_script_reads_and_writes_s3_with_spark(localstack, glue, make_job):
    job = make_job(_SPARK)
    found = run(glue, job, within_s=400, Arguments={"--bucket": job})
    assert found["JobRunState"] == "SUCCEEDED", found
    assert lines(localstack, "output", found["Id"]) == ["499500 3.5.6"]
    listed = localstack.client("s3").list_objects_v2(Bucket=job, Prefix="out/")["Contents"]
    assert sum(each["Key"].endswith(".parquet") for each in listed) == 3


def test_a_state_machine_waits_for_a_job_run(localstack, glue, make_job):
    sfn = localstack.client("stepfunctions")
    good, bad = make_job("print('fine')"), make_job("raise ValueError('bad day')")
    assert _execute(sfn, good)["status"] == "SUCCEEDED"
    failed = _execute(sfn, bad)
    assert failed["status"] == "FAILED" and "bad day" in failed["cause"]


def _execute(sfn, job: str) -> dict:
    state = (
        '{"Type": "Task", "Resource": "arn:aws:states:::glue:startJobRun.sync", '
        f'"Parameters": {{"JobName": "{job}"}}, "End": true}}'
    )
    definition = f'{{"StartAt": "Run", "States": {{"Run": {state}}}}}'
    machine = sfn.create_state_machine(
        name=job, definition=definition, roleArn="arn:aws:iam::000000000000:role/r"
    )["stateMachineArn"]
    execution = sfn.start_execution(stateMachineArn=machine)["executionArn"]

    def ended():
        shown = sfn.describe_execution(executionArn=execution)
        return shown if shown["status"] != "RUNNING" else None

    return wait_for(ended, within_s=180)


def test_a_stack_creates_changes_and_deletes_a_job(glue, stack):  # noqa: F811
    properties = {
        "Role": "r",
        "Command": {"Name": "glueetl", "ScriptLocation": "s3://none/script.py"},
        "GlueVersion": "5.1",
        "Timeout": 5,
        "ExecutionProperty": {"MaxConcurrentRuns": "2"},
    }
    resources = {"Job": {"Type": "AWS::Glue::Job", "Properties": properties}}
    name = stack.create(resources, {"Name": {"Ref": "Job"}})["Name"]
    assert glue.get_job(JobName=name)["Job"]["ExecutionProperty"] == {"MaxConcurrentRuns": 2}
    properties["Timeout"] = 7
    stack.update(resources)
    assert glue.get_job(JobName=name)["Job"]["Timeout"] == 7
    stack.delete()
    assert name not in [each["Name"] for each in glue.get_jobs()["Jobs"]]
