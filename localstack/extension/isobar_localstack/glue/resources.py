"""AWS::Glue::Database and AWS::Glue::Table in CloudFormation, on the API in this folder."""

from contextlib import suppress

from localstack.services.cloudformation.resource_provider import ResourceRequest

from isobar_localstack.cloudformation.resources import Resource, generated_name, schema


class Database(Resource):
    TYPE = "AWS::Glue::Database"
    SCHEMA = schema(TYPE, "DatabaseName", create_only=("DatabaseName",))

    def create_resource(self, request: ResourceRequest) -> dict:
        model, given = request.desired_state, request.desired_state["DatabaseInput"]
        name = (model.get("DatabaseName") or given.get("Name") or generated_name(request)).lower()
        request.aws_client_factory.glue.create_database(DatabaseInput={**given, "Name": name})
        return {**model, "DatabaseName": name}

    def update_resource(self, request: ResourceRequest) -> dict:
        name = request.previous_state["DatabaseName"]
        given = {**request.desired_state["DatabaseInput"], "Name": name}
        request.aws_client_factory.glue.update_database(Name=name, DatabaseInput=given)
        return {**request.desired_state, "DatabaseName": name}

    def delete_resource(self, request: ResourceRequest) -> None:
        glue = request.aws_client_factory.glue
        with suppress(glue.exceptions.EntityNotFoundException):
            glue.delete_database(Name=request.previous_state["DatabaseName"])


# Ref of a table is its name. LocalStack needs it at the top level of the model.
_NAME = "__TableName"


class Table(Resource):
    TYPE = "AWS::Glue::Table"
    SCHEMA = schema(TYPE, _NAME, create_only=("DatabaseName", "CatalogId"))

    def create_resource(self, request: ResourceRequest) -> dict:
        model, given = request.desired_state, request.desired_state["TableInput"]
        name = (given.get("Name") or generated_name(request)).lower()
        request.aws_client_factory.glue.create_table(
            DatabaseName=model["DatabaseName"], TableInput={**given, "Name": name}
        )
        return {**model, _NAME: name}

    def update_resource(self, request: ResourceRequest) -> dict:
        model, given = request.desired_state, request.desired_state["TableInput"]
        name = request.previous_state[_NAME]
        if (given.get("Name") or name).lower() != name:
            created = self.create_resource(request)
            self.delete_resource(request)
            return created
        request.aws_client_factory.glue.update_table(
            DatabaseName=model["DatabaseName"], TableInput={**given, "Name": name}
        )
        return {**model, _NAME: name}

    def delete_resource(self, request: ResourceRequest) -> None:
        before, glue = request.previous_state, request.aws_client_factory.glue
        with suppress(glue.exceptions.EntityNotFoundException):  # deleted with its database
            glue.delete_table(DatabaseName=before["DatabaseName"], Name=before[_NAME])
