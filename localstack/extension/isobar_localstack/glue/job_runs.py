"""One run of a job: a process group with the script and Spark's JVM."""

import logging
import os
import re
import signal
import subprocess
import tempfile
import threading
import time
import uuid
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

from botocore.exceptions import ClientError
from localstack.aws.connect import connect_to

from isobar_localstack import settings
from isobar_localstack.glue import measurements, run_script, spark
from isobar_localstack.glue.job_arguments import python_files, script_arguments, spark_settings

LOG = logging.getLogger(__name__)

_ACTIVE = ("STARTING", "RUNNING", "STOPPING")
_LOG_GROUPS = {"output": "/aws-glue/jobs/output", "error": "/aws-glue/jobs/error"}
# The limit of PutLogEvents is a megabyte. The files hold the complete logs.
_SHIPPED_BYTES = 500_000


class JobRun:
    @classmethod
    def of(cls, job: dict, own: dict, arguments: dict, account_id: str, region: str) -> "JobRun":
        """`own` are the arguments of the call, as shown by the API; `arguments` all effective ones."""
        run = cls()
        run.account_id, run.region, run.arguments = account_id, region, arguments
        run.script = job["Command"]["ScriptLocation"]
        started = datetime.now(UTC)
        run.shown = {
            "Id": f"jr_{uuid.uuid4().hex}{uuid.uuid4().hex}",
            "Attempt": 0,
            "JobName": job["Name"],
            "StartedOn": started,
            "LastModifiedOn": started,
            "JobRunState": "STARTING",
            "Arguments": own,
            "PredecessorRuns": [],
            "ExecutionTime": 0,
            "LogGroupName": "/aws-glue/jobs",
            **{
                name: job[name]
                for name in ("Timeout", "WorkerType", "NumberOfWorkers", "GlueVersion", "ExecutionClass")
                if name in job
            },
        }
        run._process = None
        run._lock = threading.Lock()
        return run

    @property
    def is_active(self) -> bool:
        return self.shown["JobRunState"] in _ACTIVE

    def described(self) -> dict:
        with self._lock:
            return dict(self.shown)

    def start(self) -> None:
        threading.Thread(target=self._carry_out, name=self.shown["Id"], daemon=True).start()

    def stop(self) -> bool:
        """Stops the run. Returns False if it has already ended."""
        with self._lock:
            if not self.is_active:
                return False
            self._set("STOPPING")
            self._kill()
        return True

    def _carry_out(self) -> None:
        try:
            state, message = self._run()
        except ClientError as error:
            state, message = "FAILED", f"LAUNCH ERROR | File Not Found: {error}"
        except (OSError, settings.MissingSetting) as error:
            state, message = "FAILED", f"LAUNCH ERROR | {error}"
        except Exception as error:
            LOG.exception("Run %s of job %s failed unexpectedly", self.shown["Id"], self.shown["JobName"])
            state, message = "FAILED", f"Internal error: {error}"
        with self._lock:
            stopped = self.shown["JobRunState"] == "STOPPING"
            self._set("STOPPED" if stopped else state, None if stopped else message)
            self.shown["CompletedOn"] = self.shown["LastModifiedOn"]

    def _run(self) -> tuple[str, str | None]:
        folder = Path(tempfile.gettempdir()) / "glue" / self.shown["Id"]
        spark.event_log(folder).mkdir(parents=True)
        script = self._fetch(self.script, folder)
        for location in python_files(self.arguments):
            self._fetch(location, folder)
        output, error = folder / "output.log", folder / "error.log"
        begun = time.monotonic()
        timeout_s = float(self.shown["Timeout"]) * 60
        code, timed_out = self._wait(script, folder, output, error, timeout_s)
        with self._lock:
            self.shown["ExecutionTime"] = round(time.monotonic() - begun)
        self._measure((time.monotonic() - begun) * 1000, folder)
        for stream, file in (("output", output), ("error", error)):
            self._ship(stream, file)
        if timed_out:
            return "TIMEOUT", "Job run exceeded its timeout."
        return ("SUCCEEDED", None) if code == 0 else ("FAILED", _failure(error, script, code))

    def _wait(self, script: Path, folder: Path, output: Path, error: Path, timeout_s: float):
        command = [settings.spark_python(), run_script.__file__, str(script)]
        command += script_arguments(self.arguments, job=self.shown["JobName"], run_id=self.shown["Id"])
        with output.open("wb") as out, error.open("wb") as err, self._lock:
            if self.shown["JobRunState"] == "STOPPING":
                return 0, False
            self._process = subprocess.Popen(
                command,
                cwd=folder,
                env=spark.environment(self.account_id, self.region, folder, spark_settings(self.arguments)),
                stdin=subprocess.PIPE,
                stdout=out,
                stderr=err,
                start_new_session=True,
            )
            self._set("RUNNING")
        try:
            return self._process.wait(timeout_s), False
        except subprocess.TimeoutExpired:
            return None, True
        finally:
            self._kill()  # ends processes that the script left running
            self._process.wait()
            self._process.stdin.close()

    def _fetch(self, location: str, folder: Path) -> Path:
        url = urlsplit(location)
        target = folder / Path(url.path).name
        self._client("s3").download_file(url.netloc, url.path.lstrip("/"), str(target))
        return target

    def _measure(self, milliseconds: float, folder: Path) -> None:
        """Sends the run's metrics to CloudWatch. A failure to read them does not fail the run."""
        try:
            totals = measurements.spark_totals(spark.event_log(folder))
        except (OSError, ValueError) as error:
            LOG.warning("Cannot read the event log of run %s: %s", self.shown["Id"], error)
            return
        measurements.record_run(self.shown["JobName"], totals, milliseconds, self.account_id, self.region)

    def _kill(self) -> None:
        if self._process is not None:
            try:
                os.killpg(self._process.pid, signal.SIGKILL)
            except ProcessLookupError:
                pass

    def _set(self, state: str, message: str | None = None) -> None:
        self.shown["JobRunState"] = state
        self.shown["LastModifiedOn"] = datetime.now(UTC)
        if message:
            self.shown["ErrorMessage"] = message

    def _ship(self, stream: str, file: Path) -> None:
        """Sends the end of a log to Glue's log group. A failure to send does not fail the run."""
        text = file.read_bytes()[-_SHIPPED_BYTES:].decode(errors="replace")
        at = round(time.time() * 1000)
        events = [{"timestamp": at, "message": line[:10_000]} for line in text.splitlines() if line][-1_000:]
        group = {"logGroupName": _LOG_GROUPS[stream]}
        named = {**group, "logStreamName": self.shown["Id"]}
        try:
            logs = self._client("logs")
            try:
                logs.create_log_group(**group)
            except logs.exceptions.ResourceAlreadyExistsException:
                pass
            logs.create_log_stream(**named)
            if events:
                logs.put_log_events(**named, logEvents=events)
        except Exception as error:
            LOG.warning("Cannot send the log of run %s, read it in %s: %s", self.shown["Id"], file, error)

    def _client(self, service: str):
        return getattr(connect_to(aws_access_key_id=self.account_id, region_name=self.region), service)


_RAISED = re.compile(r"^(?:[a-zA-Z_]\w*\.)*([A-Z]\w*(?:Error|Exception|Exit|Interrupt)\b.*)$")


def _failure(error_log: Path, script: Path, code: int) -> str:
    """The message in Glue's words: the last exception, and the last line of the script in its traceback."""
    lines = error_log.read_text(errors="replace").splitlines()
    if not any(line.startswith("Traceback") for line in lines):
        return f"SystemExit: {code}" if code < 128 else f"Command failed with exit code {code}"
    raised = [found.group(1) for line in lines if (found := _RAISED.match(line))]
    through = re.compile(rf'File "{re.escape(str(script))}", line (\d+)')
    numbers = [found.group(1) for line in lines if (found := through.search(line))]
    line = f"Failed Line Number: {numbers[-1]}; " if numbers else ""
    return f"Error Category: UNCLASSIFIED_ERROR; {line}{raised[-1] if raised else lines[-1]}"
