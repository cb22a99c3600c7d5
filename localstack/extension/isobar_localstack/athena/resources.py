"""AWS::Athena::* in CloudFormation, on the API in this folder."""

from contextlib import suppress

from localstack.services.cloudformation.resource_provider import ResourceRequest

from isobar_localstack.cloudformation.resources import Resource, schema, tag_map


class WorkGroup(Resource):
    TYPE = "AWS::Athena::WorkGroup"
    SCHEMA = schema(TYPE, "Name", read_only=("CreationTime",), create_only=("Name",))

    def create_resource(self, request: ResourceRequest) -> dict:
        model, athena = request.desired_state, request.aws_client_factory.athena
        tags = [{"Key": key, "Value": value} for key, value in tag_map(model).items()]
        athena.create_work_group(**{**model, "Configuration": _configuration(model), "Tags": tags})
        if model.get("State") == "DISABLED":
            athena.update_work_group(WorkGroup=model["Name"], State="DISABLED")
        return _with_time(athena, model)

    def update_resource(self, request: ResourceRequest) -> dict:
        model, athena = request.desired_state, request.aws_client_factory.athena
        name = request.previous_state["Name"]
        updates = _configuration(model)
        if result := updates.pop("ResultConfiguration", None):
            updates["ResultConfigurationUpdates"] = result
        if "BytesScannedCutoffPerQuery" not in updates:
            updates["RemoveBytesScannedCutoffPerQuery"] = True
        athena.update_work_group(
            **{"State": "ENABLED", **model}, WorkGroup=name, ConfigurationUpdates=updates
        )
        return _with_time(athena, {**model, "Name": name})

    def delete_resource(self, request: ResourceRequest) -> None:
        before, athena = request.previous_state, request.aws_client_factory.athena
        try:
            athena.get_work_group(WorkGroup=before["Name"])
        except athena.exceptions.InvalidRequestException:  # already deleted
            return
        athena.delete_work_group(
            WorkGroup=before["Name"], RecursiveDeleteOption=before.get("RecursiveDeleteOption", False)
        )


def _configuration(model: dict) -> dict:
    """The configuration without the engine's version: there is only one."""
    given = model.get("WorkGroupConfiguration") or {}
    return {name: value for name, value in given.items() if name != "EngineVersion"}


def _with_time(athena, model: dict) -> dict:
    created = athena.get_work_group(WorkGroup=model["Name"])["WorkGroup"]["CreationTime"]
    return {**model, "CreationTime": str(int(created.timestamp()))}


class NamedQuery(Resource):
    TYPE = "AWS::Athena::NamedQuery"
    SCHEMA = schema(TYPE, "NamedQueryId", read_only=("NamedQueryId",))

    def create_resource(self, request: ResourceRequest) -> dict:
        defaults = {"Name": request.logical_resource_id, "WorkGroup": "primary"}
        created = request.aws_client_factory.athena.create_named_query(
            **{**defaults, **request.desired_state}
        )
        return {**request.desired_state, "NamedQueryId": created["NamedQueryId"]}

    def update_resource(self, request: ResourceRequest) -> dict:
        """Replaces the query: on AWS, too, any change is a replacement."""
        created = self.create_resource(request)
        self.delete_resource(request)
        return created

    def delete_resource(self, request: ResourceRequest) -> None:
        athena = request.aws_client_factory.athena
        with suppress(athena.exceptions.InvalidRequestException):  # deleted with its workgroup
            athena.delete_named_query(NamedQueryId=request.previous_state["NamedQueryId"])
