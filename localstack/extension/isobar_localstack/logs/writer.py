"""Writes log events without a client.

A call of the API inside LocalStack is built, signed, routed and parsed. For invocations alone, this was
a tenth of LocalStack's CPU time.
"""

from types import SimpleNamespace

from botocore.exceptions import ClientError
from localstack.aws.accounts import get_account_id_from_access_key_id
from localstack.aws.connect import connect_to
from localstack.utils.aws.arns import extract_account_id_from_arn


class _Error(ClientError):
    def __init__(self, operation: str, message: str):
        super().__init__({"Error": {"Code": type(self).__name__, "Message": message}}, operation)


class ResourceNotFoundException(_Error):
    pass


class ResourceAlreadyExistsException(_Error):
    pass


class LogWriter:
    """What writers of logs use of a client of CloudWatch Logs."""

    exceptions = SimpleNamespace(
        ResourceNotFoundException=ResourceNotFoundException,
        ResourceAlreadyExistsException=ResourceAlreadyExistsException,
    )

    def __init__(self, account_id: str, region: str):
        self._account_id = account_id
        self._region = region

    def put_log_events(self, *, logGroupName: str, logStreamName: str, logEvents: list[dict]) -> None:
        group = self._backend().groups.get(logGroupName)
        if group is None or logStreamName not in group.streams:
            raise ResourceNotFoundException("PutLogEvents", f"{logGroupName} has no stream {logStreamName}.")
        if self._backend().filters.metric_filters:
            # LocalStack's own operation measures what filters find.
            client = connect_to(aws_access_key_id=self._account_id, region_name=self._region).logs
            client.put_log_events(logGroupName=logGroupName, logStreamName=logStreamName, logEvents=logEvents)
        else:
            self._backend().put_log_events(logGroupName, logStreamName, logEvents)

    def create_log_group(self, *, logGroupName: str) -> None:
        if logGroupName in self._backend().groups:
            raise ResourceAlreadyExistsException("CreateLogGroup", f"{logGroupName} exists.")
        self._backend().create_log_group(logGroupName, None)

    def create_log_stream(self, *, logGroupName: str, logStreamName: str) -> None:
        group = self._backend().groups.get(logGroupName)
        if group is None:
            raise ResourceNotFoundException("CreateLogStream", f"There is no {logGroupName}.")
        if logStreamName in group.streams:
            raise ResourceAlreadyExistsException("CreateLogStream", f"{logStreamName} exists.")
        group.create_log_stream(logStreamName)

    def _backend(self):
        # The provider's module amends moto's logs.
        from localstack.services.logs import provider

        return provider.get_moto_logs_backend(self._account_id, self._region)


def write_logs_of_functions_in_process() -> None:
    from localstack.services.lambda_.invocation import logs

    def with_assumed_role(*, role_arn: str, region_name: str, **_role) -> SimpleNamespace:
        return SimpleNamespace(logs=LogWriter(extract_account_id_from_arn(role_arn), region_name))

    logs.connect_to = SimpleNamespace(with_assumed_role=with_assumed_role)


def write_logs_of_state_machines_in_process() -> None:
    from localstack.services.stepfunctions.asl.eval.event import logging

    def connect(*, aws_access_key_id: str, region_name: str) -> SimpleNamespace:
        account_id = get_account_id_from_access_key_id(aws_access_key_id)
        return SimpleNamespace(logs=LogWriter(account_id, region_name))

    logging.connect_to = connect
