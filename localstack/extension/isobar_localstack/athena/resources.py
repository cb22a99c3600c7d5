"""AWS::Athena::* in CloudFormation, on the API in this folder."""

from botocore.exceptions import ClientError
from localstack.services.cloudformation.resource_provider import (
    ProgressEvent,
    ResourceProvider,
    ResourceRequest,
)

from isobar_localstack.cloudformation.resources import done, failed, tag_map

_FLAGS = ("EnforceWorkGroupConfiguration", "PublishCloudWatchMetricsEnabled", "RequesterPaysEnabled")


class WorkGroup(ResourceProvider):
    TYPE = "AWS::Athena::WorkGroup"
    SCHEMA = {
        "typeName": TYPE,
        "primaryIdentifier": ["/properties/Name"],
        "readOnlyProperties": ["/properties/CreationTime"],
        "createOnlyProperties": ["/properties/Name"],
    }

    def create(self, request: ResourceRequest) -> ProgressEvent:
        model, athena = request.desired_state, request.aws_client_factory.athena
        try:
            athena.create_work_group(
                Name=model["Name"],
                **_description(model),
                Configuration=_configuration(model),
                Tags=[{"Key": key, "Value": value} for key, value in tag_map(model).items()],
            )
        except ClientError as error:
            return failed(f"{model['Name']}: {error.response['Error']['Message']}")
        if model.get("State") == "DISABLED":
            athena.update_work_group(WorkGroup=model["Name"], State="DISABLED")
        return done(_with_time(athena, model))

    def update(self, request: ResourceRequest) -> ProgressEvent:
        model, athena = request.desired_state, request.aws_client_factory.athena
        name = request.previous_state["Name"]
        configuration = _configuration(model)
        updates = {key: value for key, value in configuration.items() if key != "ResultConfiguration"}
        if result := configuration.get("ResultConfiguration"):
            updates["ResultConfigurationUpdates"] = result
        if "BytesScannedCutoffPerQuery" not in configuration:
            updates["RemoveBytesScannedCutoffPerQuery"] = True
        try:
            athena.update_work_group(
                WorkGroup=name,
                **_description(model),
                State=model.get("State") or "ENABLED",
                ConfigurationUpdates=updates,
            )
        except ClientError as error:
            return failed(f"{name}: {error.response['Error']['Message']}")
        return done(_with_time(athena, {**model, "Name": name}))

    def delete(self, request: ResourceRequest) -> ProgressEvent:
        before = request.previous_state
        try:
            request.aws_client_factory.athena.delete_work_group(
                WorkGroup=before["Name"],
                RecursiveDeleteOption=str(before.get("RecursiveDeleteOption", "")).lower() == "true",
            )
        except ClientError as error:
            message = error.response["Error"]["Message"]
            if "is not found" not in message:
                return failed(message)
        return done({})


def _description(model: dict) -> dict:
    return {"Description": model["Description"]} if model.get("Description") else {}


def _configuration(model: dict) -> dict:
    """The configuration, with numbers and booleans converted: a template may have them as text."""
    given = dict(model.get("WorkGroupConfiguration") or {})
    for flag in _FLAGS:
        if flag in given:
            given[flag] = str(given[flag]).lower() == "true"
    if "BytesScannedCutoffPerQuery" in given:
        given["BytesScannedCutoffPerQuery"] = int(given["BytesScannedCutoffPerQuery"])
    given.pop("EngineVersion", None)
    return given


def _with_time(athena, model: dict) -> dict:
    created = athena.get_work_group(WorkGroup=model["Name"])["WorkGroup"]["CreationTime"]
    return {**model, "CreationTime": str(int(created.timestamp()))}


class NamedQuery(ResourceProvider):
    TYPE = "AWS::Athena::NamedQuery"
    SCHEMA = {
        "typeName": TYPE,
        "primaryIdentifier": ["/properties/NamedQueryId"],
        "readOnlyProperties": ["/properties/NamedQueryId"],
    }

    def create(self, request: ResourceRequest) -> ProgressEvent:
        model = request.desired_state
        try:
            created = request.aws_client_factory.athena.create_named_query(
                Name=model.get("Name") or request.logical_resource_id,
                **_description(model),
                Database=model["Database"],
                QueryString=model["QueryString"],
                WorkGroup=model.get("WorkGroup") or "primary",
            )
        except ClientError as error:
            return failed(error.response["Error"]["Message"])
        return done({**model, "NamedQueryId": created["NamedQueryId"]})

    def update(self, request: ResourceRequest) -> ProgressEvent:
        """Replaces the query: on AWS, too, any change is a replacement."""
        created = self.create(request)
        self.delete(request)
        return created

    def delete(self, request: ResourceRequest) -> ProgressEvent:
        before, athena = request.previous_state, request.aws_client_factory.athena
        try:
            if "NamedQueryId" in before:
                athena.delete_named_query(NamedQueryId=before["NamedQueryId"])
        except athena.exceptions.InvalidRequestException:  # deleted with its workgroup
            pass
        return done({})
