"""AWS::Glue::Job in CloudFormation, on the API in this folder."""

from botocore.exceptions import ClientError
from localstack.services.cloudformation.deployment_utils import generate_default_name
from localstack.services.cloudformation.resource_provider import (
    ProgressEvent,
    ResourceProvider,
    ResourceRequest,
)

from isobar_localstack.cloudformation.resources import done, failed, request_for


class JobResource(ResourceProvider):
    TYPE = "AWS::Glue::Job"
    SCHEMA = {
        "typeName": TYPE,
        "primaryIdentifier": ["/properties/Name"],
        "createOnlyProperties": ["/properties/Name"],
    }

    def create(self, request: ResourceRequest) -> ProgressEvent:
        model = request.desired_state
        name = model.get("Name") or generate_default_name(request.stack_name, request.logical_resource_id)
        glue = request.aws_client_factory.glue
        try:
            glue.create_job(**{**_definition(glue, model), "Name": name})
        except ClientError as error:
            return failed(f"{name}: {error.response['Error']['Message']}")
        return done({**model, "Name": name})

    def update(self, request: ResourceRequest) -> ProgressEvent:
        name, glue = request.previous_state["Name"], request.aws_client_factory.glue
        definition = _definition(glue, request.desired_state)
        for identity in ("Name", "Tags"):
            definition.pop(identity, None)
        try:
            glue.update_job(JobName=name, JobUpdate=definition)
        except ClientError as error:
            return failed(f"{name}: {error.response['Error']['Message']}")
        return done({**request.desired_state, "Name": name})

    def delete(self, request: ResourceRequest) -> ProgressEvent:
        if name := request.previous_state.get("Name"):
            request.aws_client_factory.glue.delete_job(JobName=name)
        return done({})


def _definition(glue, model: dict) -> dict:
    """The job's definition, with numbers converted: a template may have them as text."""
    definition = request_for(glue, "CreateJob", model)
    for name in ("MaxRetries", "Timeout", "NumberOfWorkers"):
        if name in definition:
            definition[name] = int(definition[name])
    if limit := (definition.get("ExecutionProperty") or {}).get("MaxConcurrentRuns"):
        definition["ExecutionProperty"] = {"MaxConcurrentRuns": int(limit)}
    return definition
