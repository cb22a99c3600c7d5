"""One process that serves invocations one by one, as a Lambda execution environment does."""

import contextlib
import fcntl
import os
import signal
import socket
import subprocess
import tempfile
import threading
from collections.abc import Sequence
from dataclasses import dataclass

from isobar_localstack.functions.frames import ConnectionClosed, receive_frame, send_frame

# A larger output file is truncated.
_LOG_FILE_LIMIT_BYTES = 16 * 1024 * 1024
# The sandbox kills a process that exceeds its memory.
OUT_OF_MEMORY = "Runtime exited with error: signal: killed"


class ProcessExited(Exception):
    """The process ended before it answered. `reason` has Lambda's wording."""

    def __init__(self, reason: str):
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True)
class Reply:
    header: dict
    payload: bytes


class RuntimeProcess:
    """Starts the process at once. `wait_until_ready` returns the result of loading the handler.

    Standard output and error go to one unlinked file. This keeps the last output of a crashing process, in
    order, without a reading thread.
    """

    def __init__(self, command: Sequence[str], environment: dict[str, str]):
        self._connection, theirs = socket.socketpair()
        lifeline, self._lifeline = os.pipe()
        self._log = tempfile.TemporaryFile("a+b", buffering=0)
        self._log_read = 0
        self._kill_lock = threading.Lock()
        try:
            self._process = subprocess.Popen(
                [*command, str(theirs.fileno())],
                cwd=environment["LAMBDA_TASK_ROOT"],
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=self._log,
                stderr=self._log,
                pass_fds=(theirs.fileno(), lifeline),
                start_new_session=True,
            )
            _kill_group_when_closed(lifeline, self._process.pid)
        except OSError:
            self._connection.close()
            os.close(self._lifeline)
            self._log.close()
            raise
        finally:
            theirs.close()
            os.close(lifeline)

    @property
    def pid(self) -> int:
        return self._process.pid

    def is_running(self) -> bool:
        return self._process.poll() is None

    def wait_until_ready(self, deadline: float) -> Reply:
        return self._receive(deadline)

    def invoke(self, header: dict, payload: bytes | bytearray, deadline: float) -> Reply:
        try:
            send_frame(self._connection, header, payload, deadline)
        except ConnectionClosed as error:
            raise ProcessExited(self._exit_reason()) from error
        return self._receive(deadline)

    def _receive(self, deadline: float) -> Reply:
        try:
            return Reply(*receive_frame(self._connection, deadline))
        except ConnectionClosed as error:
            raise ProcessExited(self._exit_reason()) from error

    def take_output(self) -> str:
        """The output since the last call."""
        size = os.fstat(self._log.fileno()).st_size
        output = os.pread(self._log.fileno(), size - self._log_read, self._log_read)
        self._log_read = size
        if size > _LOG_FILE_LIMIT_BYTES:
            os.ftruncate(self._log.fileno(), 0)
            self._log_read = 0
        return output.decode(errors="replace")

    def send_kill(self) -> None:
        """Kills the process group, and leaves the rest to the thread that waits for the process."""
        with self._kill_lock:
            # Before it is waited for, the number of an ended process is not given to another one.
            if self._process.returncode is None:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(self._process.pid, signal.SIGKILL)

    def kill(self) -> None:
        """Kills the process group. Safe to call more than once."""
        with self._kill_lock:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
            if self._lifeline >= 0:
                os.close(self._lifeline)
                self._lifeline = -1
                self._connection.close()

    def _exit_reason(self) -> str:
        try:
            status = self._process.wait(timeout=1)
        except subprocess.TimeoutExpired:
            self.kill()
            status = self._process.wait()
        if status < 0:
            return f"Runtime exited with error: signal: {(signal.strsignal(-status) or '').lower()}"
        if status == 0:
            return "Runtime exited without providing a reason"
        return f"Runtime exited with error: exit status {status}"


def _kill_group_when_closed(lifeline: int, group: int) -> None:
    """Makes the kernel kill the process group when LocalStack, which holds the other end of the pipe, ends.

    The child exits by itself when its socket closes, but not while a handler blocks its event loop.
    """
    if hasattr(fcntl, "F_SETSIG"):  # Linux
        fcntl.fcntl(lifeline, fcntl.F_SETOWN, -group)
        fcntl.fcntl(lifeline, fcntl.F_SETSIG, signal.SIGKILL)
        fcntl.fcntl(lifeline, fcntl.F_SETFL, fcntl.fcntl(lifeline, fcntl.F_GETFL) | os.O_ASYNC)
