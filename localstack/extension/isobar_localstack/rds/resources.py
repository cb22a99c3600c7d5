"""AWS::RDS::* in CloudFormation, on the API in this folder and on moto's."""

from localstack.services.cloudformation.resource_provider import ResourceRequest

from isobar_localstack.cloudformation.resources import Resource, generated_name, schema


class DBInstance(Resource):
    TYPE = "AWS::RDS::DBInstance"
    SCHEMA = schema(
        TYPE,
        "DBInstanceIdentifier",
        read_only=("Endpoint", "DBInstanceArn", "DbiResourceId"),
        create_only=("DBInstanceIdentifier", "DBName", "MasterUsername", "DBSubnetGroupName"),
    )

    def create_resource(self, request: ResourceRequest) -> dict:
        model = _named(request, "DBInstanceIdentifier")
        created = request.aws_client_factory.rds.create_db_instance(**_with_security_groups(model))
        return _with_endpoint(model, created["DBInstance"])

    def update_resource(self, request: ResourceRequest) -> dict:
        model = _with_existing_name(request, "DBInstanceIdentifier")
        changed = request.aws_client_factory.rds.modify_db_instance(**_with_security_groups(model))
        return _with_endpoint(model, changed["DBInstance"])

    def delete_resource(self, request: ResourceRequest) -> None:
        identifier = request.previous_state["DBInstanceIdentifier"]
        request.aws_client_factory.rds.delete_db_instance(
            DBInstanceIdentifier=identifier, SkipFinalSnapshot=True
        )


def _with_security_groups(model: dict) -> dict:
    """The model with the security groups under the API's name."""
    groups = model.get("VPCSecurityGroups")
    return {**model, "VpcSecurityGroupIds": groups} if groups else model


def _with_endpoint(model: dict, instance: dict) -> dict:
    endpoint = instance["Endpoint"]
    return {
        **model,
        "DBInstanceArn": instance["DBInstanceArn"],
        "DbiResourceId": instance["DbiResourceId"],
        "Endpoint": {"Address": endpoint["Address"], "Port": str(endpoint["Port"])},
    }


class DBSubnetGroup(Resource):
    TYPE = "AWS::RDS::DBSubnetGroup"
    SCHEMA = schema(TYPE, "DBSubnetGroupName", create_only=("DBSubnetGroupName",))

    def create_resource(self, request: ResourceRequest) -> dict:
        model = _named(request, "DBSubnetGroupName")
        request.aws_client_factory.rds.create_db_subnet_group(**model)
        return model

    def update_resource(self, request: ResourceRequest) -> dict:
        model = _with_existing_name(request, "DBSubnetGroupName")
        request.aws_client_factory.rds.modify_db_subnet_group(**model)
        return model

    def delete_resource(self, request: ResourceRequest) -> None:
        name = request.previous_state["DBSubnetGroupName"]
        request.aws_client_factory.rds.delete_db_subnet_group(DBSubnetGroupName=name)


class DBParameterGroup(Resource):
    TYPE = "AWS::RDS::DBParameterGroup"
    SCHEMA = schema(
        TYPE,
        "DBParameterGroupName",
        create_only=("DBParameterGroupName", "Family", "Description"),
    )

    def create_resource(self, request: ResourceRequest) -> dict:
        model = _named(request, "DBParameterGroupName")
        rds = request.aws_client_factory.rds
        rds.create_db_parameter_group(**model, DBParameterGroupFamily=model["Family"])
        _set_parameters(rds, model)
        return model

    def update_resource(self, request: ResourceRequest) -> dict:
        model = _with_existing_name(request, "DBParameterGroupName")
        _set_parameters(request.aws_client_factory.rds, model)
        return model

    def delete_resource(self, request: ResourceRequest) -> None:
        name = request.previous_state["DBParameterGroupName"]
        request.aws_client_factory.rds.delete_db_parameter_group(DBParameterGroupName=name)


def _set_parameters(rds, model: dict) -> None:
    parameters = [
        {"ParameterName": name, "ParameterValue": value, "ApplyMethod": "pending-reboot"}
        for name, value in (model.get("Parameters") or {}).items()
    ]
    if parameters:
        rds.modify_db_parameter_group(
            DBParameterGroupName=model["DBParameterGroupName"], Parameters=parameters
        )


def _named(request: ResourceRequest, name: str) -> dict:
    """The desired state, with a generated name if it has none. RDS names are in lower case."""
    given = request.desired_state.get(name)
    return {**request.desired_state, name: given or generated_name(request).lower()}


def _with_existing_name(request: ResourceRequest, name: str) -> dict:
    """The desired state with the name of the existing resource."""
    return {**request.desired_state, name: request.previous_state[name]}
