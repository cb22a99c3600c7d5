"""The environment of a script on the local Spark, with `s3://` on LocalStack's S3."""

import os
from pathlib import Path

from localstack import config

from isobar_localstack import settings

# Runs are short: the second compiler and the parallel collector would add half as much CPU time. A killed JVM
# leaves its performance data file in the machine's temporary folder, so none is written.
_JVM_OPTIONS = "-XX:+UseSerialGC -XX:TieredStopAtLevel=1 -XX:-UsePerfData"
_S3A = "org.apache.hadoop.fs.s3a"


def event_log(folder: Path) -> Path:
    """Where Spark writes what happens. The folder must exist."""
    return folder / "events"


def environment(account_id: str, region: str, folder: Path, spark_settings: list[str]) -> dict[str, str]:
    """The environment for plain `python script.py`: it finds Spark, and modules in `folder` and in zip
    files there. Spark's temporary files are in `folder`, too. LocalStack tells accounts apart by the access key, which is the
    account's number."""
    endpoint = f"http://127.0.0.1:{config.GATEWAY_LISTEN[0].port}"
    java = settings.java_binary()
    python = settings.spark_python()
    return {
        "PATH": os.pathsep.join([str(Path(java).parent), os.environ.get("PATH", "")]),
        "LANG": "C.UTF-8",
        "JAVA_HOME": str(Path(java).resolve().parents[1]),
        "PYSPARK_PYTHON": python,
        "PYTHONPATH": os.pathsep.join(map(str, [folder, *sorted(folder.glob("*.zip"))])),
        "PYTHONDONTWRITEBYTECODE": "1",
        "SPARK_LOCAL_DIRS": str(folder / "spark"),
        "SPARK_LAUNCHER_OPTS": _JVM_OPTIONS,
        "SPARK_LOCAL_IP": "127.0.0.1",
        "AWS_JAVA_V1_DISABLE_DEPRECATION_ANNOUNCEMENT": "true",
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_ACCESS_KEY_ID": account_id,
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_REGION": region,
        "AWS_DEFAULT_REGION": region,
        "AWS_EC2_METADATA_DISABLED": "true",
        "PYSPARK_SUBMIT_ARGS": _submit_arguments(endpoint, account_id, region, folder, spark_settings),
    }


def _submit_arguments(endpoint: str, account_id: str, region: str, folder: Path, given: list[str]) -> str:
    ours = {
        "spark.driver.extraClassPath": f"{settings.spark_jars()}/*",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.driver.host": "127.0.0.1",
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        # Spark's default of 200 tasks after each shuffle is too many for one machine.
        "spark.sql.shuffle.partitions": "4",
        # For the metrics of the run.
        "spark.eventLog.enabled": "true",
        "spark.eventLog.dir": event_log(folder).as_uri(),
        "spark.hadoop.hadoop.tmp.dir": str(folder / "spark"),
        # On Glue, `s3` is Amazon's own file system.
        "spark.hadoop.fs.s3.impl": f"{_S3A}.S3AFileSystem",
        "spark.hadoop.fs.s3a.endpoint": endpoint,
        "spark.hadoop.fs.s3a.endpoint.region": region,
        "spark.hadoop.fs.s3a.path.style.access": "true",
        "spark.hadoop.fs.s3a.connection.ssl.enabled": "false",
        "spark.hadoop.fs.s3a.access.key": account_id,
        "spark.hadoop.fs.s3a.secret.key": "test",
        "spark.hadoop.fs.s3a.aws.credentials.provider": f"{_S3A}.SimpleAWSCredentialsProvider",
        "spark.hadoop.fs.s3a.change.detection.mode": "none",
    }
    confs = [f"{name}={value}" for name, value in ours.items()] + given
    options = ["--master", "local[2]", "--driver-memory", settings.spark_memory()]
    options += ["--driver-java-options", f'"{_JVM_OPTIONS} -Djava.io.tmpdir={folder}"']
    return " ".join([*options, *(f'--conf "{each}"' for each in confs), "pyspark-shell"])
