"""AWS::Lambda::EventSourceMapping in CloudFormation. LocalStack's own provider lacks fields of an update."""

import copy

from localstack.services.cloudformation.resource_provider import ProgressEvent, ResourceRequest
from localstack.services.lambda_.resource_providers.aws_lambda_eventsourcemapping import (
    LambdaEventSourceMappingProvider,
)

from isobar_localstack.cloudformation.resources import succeeded

# The value by which an update removes a property that the template no longer has.
_EMPTY = {
    "FilterCriteria": {"Filters": []},
    "ProvisionedPollerConfig": {},
    "DestinationConfig": {"OnFailure": {}},
    "FunctionResponseTypes": [],
    "KMSKeyArn": "",
    "MetricsConfig": {"Metrics": []},
}


# The API cannot change the topics of a mapping.
_CREATE_ONLY = [*LambdaEventSourceMappingProvider.SCHEMA["createOnlyProperties"], "/properties/Topics"]


class EventSourceMapping(LambdaEventSourceMappingProvider):
    SCHEMA = {**LambdaEventSourceMappingProvider.SCHEMA, "createOnlyProperties": _CREATE_ONLY}

    def create(self, request: ResourceRequest) -> ProgressEvent:
        endpoints = (request.desired_state.get("SelfManagedEventSource") or {}).get("Endpoints", {})
        # The template and the API spell this name differently.
        if servers := endpoints.pop("KafkaBootstrapServers", None):
            endpoints["KAFKA_BOOTSTRAP_SERVERS"] = servers
        return super().create(request)

    def update(self, request: ResourceRequest) -> ProgressEvent:
        model, before = request.desired_state, request.previous_state
        removed = {name: _EMPTY[name] for name in _EMPTY if name in before and name not in model}
        wanted = copy.deepcopy({**removed, **model, "UUID": before["Id"]})
        request.aws_client_factory.lambda_.update_event_source_mapping(**wanted)
        identity = {"Id": before["Id"], "EventSourceMappingArn": before.get("EventSourceMappingArn")}
        return succeeded({**model, **identity})
