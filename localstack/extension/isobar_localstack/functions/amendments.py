"""Changes LocalStack's Lambda service at start, where no plugin point exists."""

from collections.abc import Callable
from functools import lru_cache
from types import SimpleNamespace

import boto3
from localstack.aws.api.lambda_ import TooManyRequestsException
from localstack.runtime import hooks
from localstack.services.lambda_.invocation import (
    counting_service,
    execution_environment,
    lambda_models,
    version_manager,
)
from localstack.services.lambda_.invocation.assignment import AssignmentService
from localstack.services.lambda_.invocation.execution_environment import ExecutionEnvironment
from localstack.services.lambda_.invocation.lambda_models import VersionIdentifier
from localstack.services.lambda_.invocation.version_manager import LambdaVersionManager
from localstack.utils.patch import patch
from localstack.utils.threads import FuncThread, start_thread
from twisted.internet.tcp import Connection

from isobar_localstack.functions.batching import Batches
from isobar_localstack.functions.direct import find_lambda_service
from isobar_localstack.functions.environments import environment_for_invocation
from isobar_localstack.functions.measurements import count
from isobar_localstack.functions.refusals import refuse_what_does_not_run
from isobar_localstack.functions.shared_event import serve_shared_events
from isobar_localstack.functions.timers import SharedTimer
from isobar_localstack.functions.urls import serve_urls_by_path
from isobar_localstack.logs.writer import write_logs_of_functions_in_process


@hooks.on_infra_start()
def amend_lambda():
    patch(ExecutionEnvironment.get_log_group_name)(_configured_log_group)
    AssignmentService.get_environment = environment_for_invocation
    execution_environment.Timer = SharedTimer
    _batch_logs_and_counts()
    find_lambda_service()
    refuse_what_does_not_run()
    serve_urls_by_path()
    # LocalStack makes a client of S3 for each answer of GetFunction, to sign the address of the code.
    lambda_models.boto3 = SimpleNamespace(client=lru_cache(maxsize=16)(boto3.client))
    serve_shared_events()
    _add_up_concurrency_faster()
    # The gateway reads requests in pieces of this size. A Kafka batch has several megabytes.
    Connection.bufferSize = 1024 * 1024


def _add_up_concurrency_faster() -> None:
    """Each invocation adds up the concurrency of all functions of its account."""
    VersionIdentifier.unqualified_arn = lru_cache(maxsize=4096)(VersionIdentifier.unqualified_arn)
    add_up = counting_service.calculate_provisioned_concurrency_sum
    counting_service.calculate_provisioned_concurrency_sum = lambda function: (
        add_up(function) if function.provisioned_concurrency_configs else 0
    )


def _batch_logs_and_counts() -> None:
    Batches()
    write_logs_of_functions_in_process()

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
