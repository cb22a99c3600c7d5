"""LocalStack's runtime executor for functions without Docker: one process per execution environment.

LocalStack manages the pool of environments: one per concurrent invocation, kept warm, within the reserved
concurrency. An instance of this class is one environment.
"""

import json
import threading
import time

from localstack import config
from localstack.services.lambda_.invocation.lambda_models import FunctionVersion, InvocationResult
from localstack.services.lambda_.invocation.runtime_executor import RuntimeExecutor

from isobar_localstack.functions import architecture, layers, memory
from isobar_localstack.functions.environment import function_environment
from isobar_localstack.functions.measurements import counted_as_running, record_duration
from isobar_localstack.functions.platform_log import PlatformLog, Report
from isobar_localstack.functions.process import OUT_OF_MEMORY, ProcessExited, Reply, RuntimeProcess
from isobar_localstack.functions.runtimes import program_for
from isobar_localstack.functions.shared_event import SharedEvent

# https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html: the init phase.
_INIT_LIMIT_S = 10
_RESPONSE_LIMIT_BYTES = 6_291_556


class SubprocessRuntimeExecutor(RuntimeExecutor):
    def __init__(self, id: str, function_version: FunctionVersion):
        super().__init__(id=id, function_version=function_version)
        self._environment: dict[str, str] = {}
        self._command: tuple[str, ...] = ()
        self._notice = ""
        self._opens_events = False
        self._process: RuntimeProcess | None = None
        self._init_failure: Reply | None = None
        self._init_ms: float | None = None
        self._init_output = ""
        self._used_mb = 0
        self._lock = threading.Lock()
        self._invoking = False
        self._stopped = False
        self._platform_log = PlatformLog("Text", "$LATEST")

    @property
    def _memory_mb(self) -> int:
        return int(self.function_version.config.memory_size or 128)

    @classmethod
    def prepare_version(cls, function_version: FunctionVersion) -> None:
        function_version.config.code.prepare_for_execution()
        layers.prepare(function_version.config.layers)

    @classmethod
    def cleanup_version(cls, function_version: FunctionVersion) -> None:
        """Does nothing: LocalStack removes the unzipped code."""

    def start(self, env_vars: dict[str, str]) -> None:
        """Starts the process and loads the handler. If it does not load, the first invocation fails."""
        settled = self.function_version.config
        self._platform_log = PlatformLog(
            (settled.logging_config or {}).get("LogFormat", "Text"),
            self.function_version.id.qualifier,
        )
        program = program_for(settled.runtime, self._memory_mb)
        opt = layers.provide(settled.layers, program.command)
        self._command = (*(opt.prefix if opt else ()), *program.command)
        # A process in a namespace of its own may not open files of this one.
        self._opens_events = program.opens_events and not (opt and opt.prefix)
        task_root = str(settled.code.get_unzipped_code_location())
        folders = [task_root, *(str(each.code.get_unzipped_code_location()) for each in settled.layers)]
        self._notice = (
            program.notice + (opt.notice if opt else "") + architecture.notice(settled.architectures, folders)
        )
        seen = function_environment(
            env_vars,
            settled.environment or {},
            runtime=settled.runtime,
            bin_folder=program.bin_folder,
            task_root=task_root,
            layers=opt.root if opt else None,
        )
        self._environment = {**program.environment, **seen}
        try:
            self._init(time.monotonic() + _INIT_LIMIT_S)
        except (ProcessExited, TimeoutError):
            # As on Lambda, the invocation starts it again, within the function's timeout.
            self._discard_process()

    def stop(self) -> None:
        """Ends the process, after a running invocation."""
        with self._lock:
            self._stopped = True
            if self._invoking:
                return
        self._discard_process()

    def invoke(self, payload: dict[str, str | bytearray | SharedEvent]) -> InvocationResult:
        with self._lock:
            self._invoking = True
        try:
            with counted_as_running(self.function_version.id):
                return self._invoke(payload["invoke-id"], payload)
        finally:
            with self._lock:
                self._invoking = False
            if self._stopped:
                self._discard_process()

    def _invoke(self, request_id: str, payload: dict[str, str | bytearray | SharedEvent]) -> InvocationResult:
        timeout_s = int(self.function_version.config.timeout or 3)
        started = time.monotonic()
        deadline = started + timeout_s
        try:
            if not self._init_failure and not (self._process and self._process.is_running()):
                self._discard_process()
                self._init(deadline)
                started = time.monotonic()
            header = {
                "requestId": request_id,
                "functionArn": payload["invoked-function-arn"],
                "traceId": payload["trace-id"],
                "deadlineMs": (time.time() + deadline - time.monotonic()) * 1000,
            }
            event = payload["payload"]
            if isinstance(event, SharedEvent) and self._opens_events:
                header["event"] = {"file": event.path, "length": event.length}
                event = b""
            with self._bounded_memory(self._process):
                reply = self._init_failure or self._process.invoke(header, _as_bytes(event), deadline)
            self._used_mb = memory.peak_mb(self._process.pid) or reply.header.get("memoryUsedMb", 0)
            if self._used_mb > self._memory_mb:
                raise ProcessExited(OUT_OF_MEMORY)
        except TimeoutError:
            message = f"Task timed out after {timeout_s}.00 seconds"
            reply = _failure(request_id, "Sandbox.Timedout", message)
        except ProcessExited as exit_:
            reply = _failure(request_id, "Runtime.ExitError", exit_.reason)
        if len(reply.payload) > _RESPONSE_LIMIT_BYTES:
            reply = _too_large()
        return self._result(request_id, reply, (time.monotonic() - started) * 1000)

    def _init(self, deadline: float) -> None:
        started = time.monotonic()
        self._init_failure = None
        self._init_output += self._notice
        self._process = RuntimeProcess(self._command, self._environment)
        with self._bounded_memory(self._process):
            reply = self._process.wait_until_ready(deadline)
        self._init_ms = (time.monotonic() - started) * 1000
        if reply.header["kind"] == "error":
            self._init_failure = reply

    def _bounded_memory(self, process: RuntimeProcess):
        def kill() -> None:
            self._used_mb = self._memory_mb
            process.send_kill()

        return memory.bounded(process.pid, self._memory_mb, kill)

    def _result(self, request_id: str, reply: Reply, duration_ms: float) -> InvocationResult:
        is_error = reply.header["kind"] == "error"
        error_type = reply.header.get("errorType")
        timed_out = error_type == "Sandbox.Timedout"
        # The process itself failed. The next invocation starts a new one.
        if reply.header.get("final"):
            self._kill_process()
        report = Report(
            duration_ms=duration_ms,
            memory_mb=self._memory_mb,
            memory_used_mb=min(self._used_mb, self._memory_mb),
            init_ms=self._init_ms,
            status="timeout" if timed_out else "error" if is_error else "success",
            error_type=error_type,
        )
        self._init_ms = None
        record_duration(self.function_version.id, duration_ms)
        log = [self._platform_log.start(request_id), self._init_output, self._take_output()]
        self._init_output = ""
        if message := reply.header.get("platformMessage"):
            log.append(self._platform_log.failure(request_id, message, error_type))
        log.append(self._platform_log.end(request_id, report))
        if reply.header.get("final"):
            self._discard_process()
        return InvocationResult(request_id, reply.payload, is_error, "".join(log))

    def _kill_process(self) -> None:
        if self._process:
            self._process.kill()

    def _take_output(self) -> str:
        return self._process.take_output() if self._process else ""

    def _discard_process(self) -> None:
        if self._process:
            self._process.kill()
            self._init_output += self._process.take_output()
            self._process = None
        self._init_failure = None

    def get_logs(self) -> str:
        return self._take_output()

    def get_address(self) -> str:
        return "127.0.0.1"

    def get_endpoint_from_executor(self) -> str:
        return "127.0.0.1"

    def get_runtime_endpoint(self) -> str:
        """Unused: the Docker executor's runtime reports there, ours answers on its socket."""
        return f"http://127.0.0.1:{config.GATEWAY_LISTEN[0].port}"


def _as_bytes(payload: str | bytes | bytearray | SharedEvent) -> bytes | bytearray:
    """LocalStack passes text; `direct.py` passes the received bytes, or where they are."""
    if isinstance(payload, SharedEvent):
        return payload.read()
    return payload.encode() if isinstance(payload, str) else payload


def _failure(request_id: str, error_type: str, message: str) -> Reply:
    """A failure reported by Lambda, not by the function's code."""
    body = {"errorType": error_type, "errorMessage": f"RequestId: {request_id} Error: {message}"}
    header = {"kind": "error", "final": True, "errorType": error_type, "platformMessage": message}
    return Reply(header, json.dumps(body).encode())


def _too_large() -> Reply:
    error_type = "Function.ResponseSizeTooLarge"
    message = f"Response payload size exceeded maximum allowed payload size ({_RESPONSE_LIMIT_BYTES} bytes)."
    body = {"errorType": error_type, "errorMessage": message}
    return Reply({"kind": "error", "errorType": error_type}, json.dumps(body).encode())
