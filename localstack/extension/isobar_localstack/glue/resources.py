"""AWS::Glue::Database and AWS::Glue::Table in CloudFormation, on the API in this folder."""

from botocore.exceptions import ClientError
from localstack.services.cloudformation.deployment_utils import generate_default_name
from localstack.services.cloudformation.resource_provider import (
    ProgressEvent,
    ResourceProvider,
    ResourceRequest,
)

from isobar_localstack.cloudformation.resources import done, failed


class Database(ResourceProvider):
    TYPE = "AWS::Glue::Database"
    SCHEMA = {
        "typeName": TYPE,
        "primaryIdentifier": ["/properties/DatabaseName"],
        "createOnlyProperties": ["/properties/DatabaseName"],
    }

    def create(self, request: ResourceRequest) -> ProgressEvent:
        model = request.desired_state
        given = model["DatabaseInput"]
        generated = generate_default_name(request.stack_name, request.logical_resource_id)
        name = (model.get("DatabaseName") or given.get("Name") or generated).lower()
        try:
            request.aws_client_factory.glue.create_database(DatabaseInput={**given, "Name": name})
        except ClientError as error:
            return failed(f"{name}: {error.response['Error']['Message']}")
        return done({**model, "DatabaseName": name})

    def update(self, request: ResourceRequest) -> ProgressEvent:
        name = request.previous_state["DatabaseName"]
        given = {**request.desired_state["DatabaseInput"], "Name": name}
        request.aws_client_factory.glue.update_database(Name=name, DatabaseInput=given)
        return done({**request.desired_state, "DatabaseName": name})

    def delete(self, request: ResourceRequest) -> ProgressEvent:
        glue = request.aws_client_factory.glue
        try:
            glue.delete_database(Name=request.previous_state["DatabaseName"])
        except glue.exceptions.EntityNotFoundException:
            pass
        return done({})


# Ref of a table is its name. LocalStack needs it at the top level of the model.
_NAME = "__TableName"


class Table(ResourceProvider):
    TYPE = "AWS::Glue::Table"
    SCHEMA = {
        "typeName": TYPE,
        "primaryIdentifier": [f"/properties/{_NAME}"],
        "createOnlyProperties": ["/properties/DatabaseName", "/properties/CatalogId"],
    }

    def create(self, request: ResourceRequest) -> ProgressEvent:
        model = request.desired_state
        generated = generate_default_name(request.stack_name, request.logical_resource_id)
        name = (model["TableInput"].get("Name") or generated).lower()
        try:
            request.aws_client_factory.glue.create_table(
                DatabaseName=model["DatabaseName"], TableInput=_table_input(model, name)
            )
        except ClientError as error:
            return failed(f"{name}: {error.response['Error']['Message']}")
        return done({**model, _NAME: name})

    def update(self, request: ResourceRequest) -> ProgressEvent:
        model, name = request.desired_state, request.previous_state[_NAME]
        wanted = (model["TableInput"].get("Name") or name).lower()
        if wanted != name:
            created = self.create(request)
            self.delete(request)
            return created
        request.aws_client_factory.glue.update_table(
            DatabaseName=model["DatabaseName"], TableInput=_table_input(model, name)
        )
        return done({**model, _NAME: name})

    def delete(self, request: ResourceRequest) -> ProgressEvent:
        before, glue = request.previous_state, request.aws_client_factory.glue
        if _NAME not in before:  # the creation failed
            return done({})
        try:
            glue.delete_table(DatabaseName=before["DatabaseName"], Name=before[_NAME])
        except glue.exceptions.EntityNotFoundException:  # deleted with its database
            pass
        return done({})


def _table_input(model: dict, name: str) -> dict:
    """The TableInput, with numbers and booleans converted: a template may have them as text."""
    given = {**model["TableInput"], "Name": name}
    if "Retention" in given:
        given["Retention"] = int(given["Retention"])
    if storage := given.get("StorageDescriptor"):
        typed = dict(storage)
        for flag in ("Compressed", "StoredAsSubDirectories"):
            if flag in typed:
                typed[flag] = str(typed[flag]).lower() == "true"
        if "NumberOfBuckets" in typed:
            typed["NumberOfBuckets"] = int(typed["NumberOfBuckets"])
        given["StorageDescriptor"] = typed
    return given
