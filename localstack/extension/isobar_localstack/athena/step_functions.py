"""`arn:aws:states:::athena:startQueryExecution[.sync]` in Step Functions. LocalStack's free edition forwards
the call, but cannot wait for the query.

https://docs.aws.amazon.com/step-functions/latest/dg/connect-athena.html
"""

from localstack.aws.api.stepfunctions import HistoryEventType, TaskFailedEventDetails
from localstack.services.stepfunctions.asl.component.common.error_name.custom_error_name import (
    CustomErrorName,
)
from localstack.services.stepfunctions.asl.component.common.error_name.failure_event import (
    FailureEvent,
    FailureEventException,
)
from localstack.services.stepfunctions.asl.component.common.error_name.states_error_name import (
    StatesErrorName,
)
from localstack.services.stepfunctions.asl.component.common.error_name.states_error_name_type import (
    StatesErrorNameType,
)
from localstack.services.stepfunctions.asl.component.state.state_execution.state_task import (
    state_task_factory,
)
from localstack.services.stepfunctions.asl.component.state.state_execution.state_task.service import (
    resource,
    state_task_service_callback,
)
from localstack.services.stepfunctions.asl.eval.event.event_detail import EventDetails
from localstack.services.stepfunctions.asl.utils.boto_client import boto_client_for
from localstack.services.stepfunctions.asl.utils.encoding import to_json_str

_PARAMETERS = {
    "startqueryexecution": {
        "ClientRequestToken",
        "ExecutionParameters",
        "QueryExecutionContext",
        "QueryString",
        "ResultConfiguration",
        "ResultReuseConfiguration",
        "WorkGroup",
    },
    "stopqueryexecution": {"QueryExecutionId"},
    "getqueryexecution": {"QueryExecutionId"},
    "getqueryresults": {"MaxResults", "NextToken", "QueryExecutionId"},
}


def integrate_athena() -> None:
    original = state_task_factory.state_task_service_for

    def state_task_service_for(service_name: str):
        return AthenaTask() if service_name == "athena" else original(service_name=service_name)

    state_task_factory.state_task_service_for = state_task_service_for


class AthenaTask(state_task_service_callback.StateTaskServiceCallback):
    def __init__(self):
        super().__init__(supported_integration_patterns={resource.ResourceCondition.Sync})

    def _get_supported_parameters(self) -> set[str] | None:
        return _PARAMETERS.get(self.resource.api_action.lower())

    def _from_error(self, env, ex: Exception) -> FailureEvent:
        response = getattr(ex, "response", None)
        if response is None:
            return super()._from_error(env=env, ex=ex)
        name = f"Athena.{response['Error']['Code']}"
        return self._failure(env, CustomErrorName(name), name, response["Error"]["Message"])

    def _failure(self, env, error_name, error: str, cause: str) -> FailureEvent:
        details = TaskFailedEventDetails(
            error=error,
            cause=cause,
            resource=self._get_sfn_resource(),
            resourceType=self._get_sfn_resource_type(),
        )
        return FailureEvent(
            env=env,
            error_name=error_name,
            event_type=HistoryEventType.TaskFailed,
            event_details=EventDetails(taskFailedEventDetails=details),
        )

    def _eval_service_task(self, env, resource_runtime_part, normalised_parameters: dict, state_credentials):
        client = _client(resource_runtime_part, state_credentials)
        response = getattr(client, self._get_boto_service_action())(**normalised_parameters)
        response.pop("ResponseMetadata", None)
        env.stack.append(response)

    def _build_sync_resolver(
        self, env, resource_runtime_part, normalised_parameters: dict, state_credentials
    ):
        client = _client(resource_runtime_part, state_credentials)
        execution_id = env.stack.pop()["QueryExecutionId"]

        def resolve() -> dict | None:
            answer = client.get_query_execution(QueryExecutionId=execution_id)
            self._normalise_response(response=answer, service_action_name="get_query_execution")
            execution = answer["QueryExecution"]
            match execution["Status"]["State"]:
                case "SUCCEEDED":
                    return {"QueryExecution": execution}
                case "FAILED" | "CANCELLED":
                    failed = StatesErrorNameType.StatesTaskFailed
                    raise FailureEventException(
                        self._failure(
                            env,
                            StatesErrorName(typ=failed),
                            failed.to_name(),
                            to_json_str({"QueryExecution": execution}),
                        )
                    )
            return None

        return resolve


def _client(resource_runtime_part, state_credentials):
    return boto_client_for(
        service="athena", region=resource_runtime_part.region, state_credentials=state_credentials
    )
