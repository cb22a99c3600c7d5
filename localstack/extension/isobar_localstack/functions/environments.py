"""Gives each invocation an execution environment: a free one, the next that becomes free, or a new one.

On Lambda, an invocation that finds no free environment has one started, and takes another that becomes free
sooner. LocalStack's own method waits for the start, whatever becomes free, and lists a new environment before
it reserves it, so that a concurrent invocation can take it, and the first invocation fails.
"""

import contextlib
import os
import threading
import time
from collections import deque
from collections.abc import Iterator
from weakref import WeakValueDictionary

from localstack.services.lambda_.invocation.assignment import AssignmentException, AssignmentService
from localstack.services.lambda_.invocation.execution_environment import (
    ExecutionEnvironment,
    InvalidStatusException,
)
from localstack.services.lambda_.invocation.lambda_models import FunctionVersion, InitializationType

# More starts at a time would delay each other and running invocations, which causes more starts.
_turns = threading.BoundedSemaphore(os.cpu_count() or 1)
_LOOK_AGAIN_S = 0.01
# A starting function may itself invoke another function that must start.
_WAIT_FOR_TURN_S = 2

# How long an invocation waits for a busy environment before another one starts. Most invocations are shorter,
# and a start takes 0.3 s of a processor.
_WAIT_FOR_BUSY_S = 0.02
# The same, while another one starts.
_WAIT_FOR_STARTING_S = 0.25
# More processes of one function keep no processor busier, and each has 45 MB.
_ENOUGH = 2 * (os.cpu_count() or 1)
_WAIT_BESIDE_ENOUGH_S = 3


@contextlib.contextmanager
def environment_for_invocation(
    service: AssignmentService,
    version_manager_id: str,
    function_version: FunctionVersion,
    provisioning_type: InitializationType,
) -> Iterator[ExecutionEnvironment]:
    """Replaces `AssignmentService.get_environment`."""
    line = _line_of(service, version_manager_id, function_version)
    if provisioning_type == InitializationType.provisioned_concurrency:
        environment = line.reserve_free(provisioning_type)
        if environment is None:
            raise AssignmentException("No provisioned environment is free despite the lease.")
    else:
        environment = line.wait_for_environment()
    try:
        yield environment
    except Exception:
        service.stop_environment(environment)
        raise
    else:
        # An update or deletion of the function may have stopped the environment.
        with contextlib.suppress(InvalidStatusException):
            environment.release()
    finally:
        line.call_first()


class _Line:
    """The waiting invocations of one version of a function. Only the first takes or starts environments."""

    def __init__(
        self, service: AssignmentService, version_manager_id: str, function_version: FunctionVersion
    ):
        self._service = service
        self._version = version_manager_id, function_version
        self._listed = service.environments[version_manager_id]
        self._waiting: deque[threading.Event] = deque()
        self._starting = 0
        self._failure: Exception | None = None
        self._lock = threading.Lock()

    def wait_for_environment(self) -> ExecutionEnvironment:
        since = time.monotonic()
        called = threading.Event()
        with self._lock:
            if not self._waiting and (environment := self.reserve_free(InitializationType.on_demand)):
                return environment
            self._waiting.append(called)
            self._call_first()  # one more waits: another environment may have to start
        try:
            while True:
                with self._lock:
                    is_first = self._waiting[0] is called
                    if is_first and (environment := self.reserve_free(InitializationType.on_demand)):
                        return environment
                    look_in_s = self._start_if_due(time.monotonic() - since) if is_first else None
                called.wait(look_in_s)
                called.clear()
        finally:
            with self._lock:
                self._waiting.remove(called)
                self._call_first()

    def call_first(self) -> None:
        with self._lock:
            self._call_first()

    def reserve_free(self, provisioning_type: InitializationType) -> ExecutionEnvironment | None:
        for environment in self._of_type(provisioning_type):
            with contextlib.suppress(InvalidStatusException):
                environment.reserve()
                return environment
        return None

    def _call_first(self) -> None:
        if self._waiting:
            self._waiting[0].set()

    def _start_if_due(self, waited_s: float) -> float | None:
        """Starts another environment if the first invocation has waited long enough. Returns after how many
        seconds it has to look again; None when it is called before."""
        if self._failure:
            failure, self._failure = self._failure, None
            raise failure
        if self._starting >= len(self._waiting):
            return None
        overdue_s = waited_s - self._patience_s()
        if overdue_s < 0:
            return -overdue_s
        has_turn = _turns.acquire(blocking=False)
        if not has_turn and overdue_s < _WAIT_FOR_TURN_S:
            return _LOOK_AGAIN_S
        self._starting += 1
        threading.Thread(target=self._start, args=(has_turn,), name="isobar-start", daemon=True).start()
        return _LOOK_AGAIN_S

    def _patience_s(self) -> float:
        existing = len(self._of_type(InitializationType.on_demand))
        if existing + self._starting >= _ENOUGH:
            return _WAIT_BESIDE_ENOUGH_S
        if self._starting:
            return _WAIT_FOR_STARTING_S
        return _WAIT_FOR_BUSY_S if existing else 0

    def _start(self, has_turn: bool) -> None:
        try:
            environment = self._service.start_environment(*self._version)
            # Its time without an invocation begins: perhaps nobody waits for it any more.
            environment.reserve()
            environment.release()
            self._listed[environment.id] = environment
        except Exception as error:
            with self._lock:
                self._failure = error if self._waiting else None
        finally:
            if has_turn:
                _turns.release()
            with self._lock:
                self._starting -= 1
                self._call_first()

    def _of_type(self, provisioning_type: InitializationType) -> list[ExecutionEnvironment]:
        """All that are not provisioned serve invocations on demand."""
        provisioned = InitializationType.provisioned_concurrency
        return [
            each
            for each in list(self._listed.values())
            if (each.initialization_type == provisioned) == (provisioning_type == provisioned)
        ]


_lines: WeakValueDictionary[str, _Line] = WeakValueDictionary()
_lines_lock = threading.Lock()


def _line_of(service: AssignmentService, version_manager_id: str, function_version: FunctionVersion) -> _Line:
    with _lines_lock:
        line = _lines.get(version_manager_id)
        if line is None:
            line = _lines[version_manager_id] = _Line(service, version_manager_id, function_version)
        return line
