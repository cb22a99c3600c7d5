"""Changes LocalStack's Lambda service at start, where no plugin point exists."""

import contextlib
import os
import threading
import time
from collections.abc import Callable, Iterator
from functools import lru_cache
from types import SimpleNamespace

import boto3
from localstack.aws.api.lambda_ import TooManyRequestsException
from localstack.runtime import hooks
from localstack.services.lambda_.invocation import lambda_models, version_manager
from localstack.services.lambda_.invocation.assignment import AssignmentException, AssignmentService
from localstack.services.lambda_.invocation.execution_environment import (
    ExecutionEnvironment,
    InvalidStatusException,
)
from localstack.services.lambda_.invocation.lambda_models import FunctionVersion, InitializationType
from localstack.services.lambda_.invocation.version_manager import LambdaVersionManager
from localstack.utils.patch import patch
from localstack.utils.threads import FuncThread, start_thread
from twisted.internet.tcp import Connection

from isobar_localstack.functions.batching import Batches
from isobar_localstack.functions.direct import find_lambda_service
from isobar_localstack.functions.measurements import count
from isobar_localstack.functions.refusals import refuse_what_does_not_run
from isobar_localstack.functions.shared_event import serve_shared_events
from isobar_localstack.functions.urls import serve_urls_by_path

_starts = threading.BoundedSemaphore(os.cpu_count() or 1)
_LOOK_AGAIN_S = 0.01
# A starting function may itself invoke another function that must start.
_LONGEST_WAIT_S = 2
# More processes of one function keep no processor busier: a new one takes longer to start than most
# invocations run, and 40 MB. So an invocation first waits for one of these.
_ENOUGH_PROCESSES = 2 * (os.cpu_count() or 1)
_WAIT_FOR_FREE_S = 3


@hooks.on_infra_start()
def amend_lambda():
    patch(ExecutionEnvironment.get_log_group_name)(_configured_log_group)
    AssignmentService.get_environment = _environment_for_invocation
    _batch_logs_and_counts()
    find_lambda_service()
    refuse_what_does_not_run()
    serve_urls_by_path()
    # LocalStack makes a client of S3 for each answer of GetFunction, to sign the address of the code.
    lambda_models.boto3 = SimpleNamespace(client=lru_cache(maxsize=16)(boto3.client))
    serve_shared_events()
    # The gateway reads requests in pieces of this size. A Kafka batch has several megabytes.
    Connection.bufferSize = 1024 * 1024


def _batch_logs_and_counts() -> None:
    Batches()

    def count_invocation(**function) -> None:
        count("Invocations", **function)

    def count_error(**function) -> None:
        count("Invocations", **function)
        count("Errors", **function)

    version_manager.start_thread = start_thread_unless_counting
    version_manager.record_cw_metric_invocation = count_invocation
    version_manager.record_cw_metric_error = count_error

    @patch(LambdaVersionManager.invoke)
    def _count_throttles(invoke, self, *args, **kwargs):
        try:
            return invoke(self, *args, **kwargs)
        except TooManyRequestsException:
            function = self.function_version.id
            count(
                "Throttles",
                function_name=function.function_name,
                account_id=function.account,
                region_name=function.region,
            )
            raise


def start_thread_unless_counting(work: Callable, name: str = "") -> FuncThread | None:
    """LocalStack counts each invocation in a thread of its own, and keeps all of these until it ends."""
    return work() if name.startswith("record-cloudwatch-metric") else start_thread(work, name=name)


def _configured_log_group(default, self) -> str:
    """The log group that the function names, or LocalStack's /aws/lambda/<name>."""
    logging_config = self.function_version.config.logging_config or {}
    return logging_config.get("LogGroup") or default(self)


@contextlib.contextmanager
def _environment_for_invocation(
    self: AssignmentService,
    version_manager_id: str,
    function_version: FunctionVersion,
    provisioning_type: InitializationType,
) -> Iterator[ExecutionEnvironment]:
    """Reserves a free environment, or starts one. LocalStack's own method lists a new environment before it
    reserves it, so a concurrent invocation can take it, and the first invocation fails."""
    listed = self.environments[version_manager_id]

    def find_free() -> ExecutionEnvironment | None:
        return _reserve_one(list(listed.values()), provisioning_type)

    environment = find_free()
    if environment is None and len(listed) >= _ENOUGH_PROCESSES:
        environment = _wait_for_free(find_free)
    if environment is None:
        if provisioning_type == InitializationType.provisioned_concurrency:
            raise AssignmentException("No provisioned environment is free despite the lease.")
        with _turn_to_start(find_free) as environment:
            if environment is None:
                environment = self.start_environment(version_manager_id, function_version)
                environment.reserve()
                listed[environment.id] = environment
    try:
        yield environment
    except Exception:
        self.stop_environment(environment)
        raise
    # An update or deletion of the function may have stopped the environment.
    with contextlib.suppress(InvalidStatusException):
        environment.release()


def _wait_for_free(find_free: Callable[[], ExecutionEnvironment | None]) -> ExecutionEnvironment | None:
    deadline = time.monotonic() + _WAIT_FOR_FREE_S
    while time.monotonic() < deadline:
        time.sleep(_LOOK_AGAIN_S)
        if environment := find_free():
            return environment
    return None


@contextlib.contextmanager
def _turn_to_start(
    find_free: Callable[[], ExecutionEnvironment | None],
) -> Iterator[ExecutionEnvironment | None]:
    """Yields a newly freed environment, or None with a turn to start another. Turns limit concurrent starts
    to the number of processors: more starts would delay each other and running invocations, which causes more
    starts."""
    deadline = time.monotonic() + _LONGEST_WAIT_S
    has_turn = False
    environment = None
    while not has_turn and time.monotonic() < deadline:
        has_turn = _starts.acquire(timeout=_LOOK_AGAIN_S)
        environment = find_free()
        if environment is not None:
            break
    try:
        yield environment
    finally:
        if has_turn:
            _starts.release()


def _reserve_one(
    environments: list[ExecutionEnvironment], provisioning_type: InitializationType
) -> ExecutionEnvironment | None:
    for environment in environments:
        if environment.initialization_type == provisioning_type:
            with contextlib.suppress(InvalidStatusException):
                environment.reserve()
                return environment
    return None
