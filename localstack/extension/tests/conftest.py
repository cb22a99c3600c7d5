"""One LocalStack with the extension, on a free port, for the whole run."""

import ctypes
import io
import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
import uuid
import zipfile
from pathlib import Path

import boto3
import pytest
from botocore.config import Config

_REPOSITORY = Path(__file__).resolve().parents[3]


_PR_SET_PDEATHSIG = 1


def _end_with_parent() -> None:
    """Lets the kernel of Linux kill this process when its parent ends: killed tests clean nothing up."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


class LocalStack:
    """A LocalStack process in its own session and folder."""

    def __init__(self, folder: Path):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        self.url = f"http://127.0.0.1:{port}"
        self.log = folder / "localstack.log"
        self.tmp = folder / "tmp"
        self.tmp.mkdir()
        modules = _REPOSITORY / "node_modules"
        environment = {
            **{name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ},
            "TMPDIR": str(self.tmp),
            "FILESYSTEM_ROOT": str(folder),
            "OVERRIDE_IN_DOCKER": "0",
            "DISABLE_EVENTS": "1",
            "SKIP_SSL_CERT_DOWNLOAD": "1",
            "GATEWAY_LISTEN": f"127.0.0.1:{port}",
            "GATEWAY_SERVER": "bound",
            "IN_MEMORY_CLIENT": "1",
            "LOCALSTACK_HOST": f"127.0.0.1:{port}",
            "SQS_ENDPOINT_STRATEGY": "path",
            "SQS_CLOUDWATCH_METRICS_REPORT_INTERVAL": "2",
            "LAMBDA_RUNTIME_EXECUTOR": "subprocess",
            "PROVIDER_OVERRIDE_STEPFUNCTIONS": "isobar",
            "ISOBAR_NODE": os.environ.get("ISOBAR_NODE", str(modules / ".bin" / "node")),
            "ISOBAR_RUNTIME_MODULES": str(modules),
            "ISOBAR_KAFKA_BROKERS": os.environ.get("ISOBAR_TEST_KAFKA_BROKERS", ""),
            "ISOBAR_POSTGRES_URL": os.environ.get("ISOBAR_TEST_POSTGRES_URL", ""),
            "ISOBAR_SPARK_PYTHON": os.environ.get("ISOBAR_TEST_SPARK_PYTHON", ""),
            "ISOBAR_SPARK_JARS": os.environ.get("ISOBAR_TEST_SPARK_JARS", ""),
            "ISOBAR_JSONATA_JARS": str(_REPOSITORY / ".isobar" / "tools" / "jsonata"),
            "ISOBAR_SKIPPED_RESOURCE_TYPES": "AWS::QuickSight::DataSource",
            "ONLY_FOR_LOCALSTACK": "a function must not see this",
        }
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "localstack.runtime.main"],
                cwd=folder,
                env=environment,
                stdout=log,
                stderr=log,
                start_new_session=True,
                preexec_fn=_end_with_parent,
            )
        self._wait_until_ready()

    def _wait_until_ready(self) -> None:
        def ready():
            if self.process.poll() is not None:
                pytest.exit(f"LocalStack did not start:\n{self.log.read_text()[-4000:]}", 3)
            return b"Ready." in self.log.read_bytes()

        wait_for(ready, within_s=180)

    def client(self, service: str):
        return boto3.client(
            service,
            endpoint_url=self.url,
            region_name="us-east-1",
            aws_access_key_id="test",
            aws_secret_access_key="test",
            # The server, not the client, must refuse invalid requests.
            config=Config(retries={"total_max_attempts": 1}, read_timeout=60, parameter_validation=False),
        )

    def get(self, path: str):
        with urllib.request.urlopen(self.url + path, timeout=10) as answer:
            return json.load(answer)

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()


def wait_for(condition, within_s: float = 180):
    """Waits for the condition, and returns its first true value. Fails after the time limit."""
    deadline = time.monotonic() + within_s
    while True:
        if value := condition():
            return value
        assert time.monotonic() < deadline, f"the condition was not true within {within_s} s"
        time.sleep(0.05)


# For boto3's waiters, which ask every 30 s otherwise.
ASK_OFTEN = {"Delay": 0.1, "MaxAttempts": 1_800}


def unique(prefix: str) -> str:
    return f"{prefix}-{uuid.uuid4().hex[:8]}"


def zip_of(files: dict[str, str]) -> bytes:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as zipped:
        for name, text in files.items():
            zipped.writestr(name, text)
    return archive.getvalue()


class Function:
    """A deployed function. `invoke` returns the parsed payload and the function error."""

    def __init__(self, client, name: str):
        self.client = client
        self.name = name

    def invoke(self, event=None, **options):
        answer = self.client.invoke(
            FunctionName=self.name, Payload=json.dumps(event or {}), LogType="Tail", **options
        )
        return json.loads(answer["Payload"].read()), answer.get("FunctionError")


@pytest.fixture(scope="session")
def localstack(tmp_path_factory):
    running = LocalStack(tmp_path_factory.mktemp("localstack"))
    yield running
    # LocalStack keeps no data, and its functions end with it.
    running.kill()


@pytest.fixture(scope="session")
def lambda_client(localstack):
    return localstack.client("lambda")


@pytest.fixture(scope="session")
def deploy(lambda_client):
    return lambda code, **options: deploy_function(lambda_client, code, **options)


# Each invocation creates a file in the folder, waits until there are `until` files, and returns its pid.
MEETING = """const { readdirSync, writeFileSync } = require('node:fs');
exports.handler = async ({ folder, until }, { awsRequestId }) => {
  writeFileSync(`${folder}/${awsRequestId}`, '');
  while (readdirSync(folder).length < until) await new Promise((resolve) => setTimeout(resolve, 10));
  return process.pid;
};"""


def deploy_function(client, code, *, handler="index.handler", runtime="nodejs24.x", **options) -> Function:
    """`code` is the text of index.js, or a map of file names to texts."""
    files = code if isinstance(code, dict) else {"index.js": code}
    name = unique("function")
    client.create_function(
        FunctionName=name,
        Runtime=runtime,
        Handler=handler,
        Role="arn:aws:iam::000000000000:role/any",
        Code={"ZipFile": zip_of(files)},
        **options,
    )
    wait_for(lambda: client.get_function_configuration(FunctionName=name)["State"] == "Active")
    return Function(client, name)
