"""AWS::RDS::* in CloudFormation, on the API in this folder and on moto's."""

from botocore.exceptions import ClientError
from localstack.services.cloudformation.deployment_utils import generate_default_name
from localstack.services.cloudformation.resource_provider import (
    ProgressEvent,
    ResourceProvider,
    ResourceRequest,
)

from isobar_localstack.cloudformation.resources import done, failed, request_for


class DBInstance(ResourceProvider):
    TYPE = "AWS::RDS::DBInstance"
    SCHEMA = {
        "typeName": TYPE,
        "primaryIdentifier": ["/properties/DBInstanceIdentifier"],
        "readOnlyProperties": [
            "/properties/Endpoint",
            "/properties/DBInstanceArn",
            "/properties/DbiResourceId",
        ],
        "createOnlyProperties": [
            "/properties/DBInstanceIdentifier",
            "/properties/DBName",
            "/properties/MasterUsername",
            "/properties/DBSubnetGroupName",
        ],
    }

    def create(self, request: ResourceRequest) -> ProgressEvent:
        model = _named(request, "DBInstanceIdentifier")
        rds = request.aws_client_factory.rds
        try:
            instance = rds.create_db_instance(**_instance_request(rds, "CreateDBInstance", model))
        except ClientError as error:
            return failed(error.response["Error"]["Message"])
        return done(_with_endpoint(model, instance["DBInstance"]))

    def update(self, request: ResourceRequest) -> ProgressEvent:
        identifier = request.previous_state["DBInstanceIdentifier"]
        model = {**request.desired_state, "DBInstanceIdentifier": identifier}
        rds = request.aws_client_factory.rds
        try:
            instance = rds.modify_db_instance(**_instance_request(rds, "ModifyDBInstance", model))
        except ClientError as error:
            return failed(error.response["Error"]["Message"])
        return done(_with_endpoint(model, instance["DBInstance"]))

    def delete(self, request: ResourceRequest) -> ProgressEvent:
        try:
            request.aws_client_factory.rds.delete_db_instance(
                DBInstanceIdentifier=request.previous_state["DBInstanceIdentifier"],
                SkipFinalSnapshot=True,
            )
        except ClientError as error:
            return failed(error.response["Error"]["Message"])
        return done({})


def _instance_request(rds, operation: str, model: dict) -> dict:
    wanted = request_for(rds, operation, model)
    if groups := model.get("VPCSecurityGroups"):
        wanted["VpcSecurityGroupIds"] = groups
    return wanted


def _with_endpoint(model: dict, instance: dict) -> dict:
    endpoint = instance["Endpoint"]
    return {
        **model,
        "DBInstanceArn": instance["DBInstanceArn"],
        "DbiResourceId": instance["DbiResourceId"],
        "Endpoint": {"Address": endpoint["Address"], "Port": str(endpoint["Port"])},
    }


class DBSubnetGroup(ResourceProvider):
    TYPE = "AWS::RDS::DBSubnetGroup"
    SCHEMA = {
        "typeName": TYPE,
        "primaryIdentifier": ["/properties/DBSubnetGroupName"],
        "createOnlyProperties": ["/properties/DBSubnetGroupName"],
    }

    def create(self, request: ResourceRequest) -> ProgressEvent:
        model = _named(request, "DBSubnetGroupName")
        rds = request.aws_client_factory.rds
        rds.create_db_subnet_group(**request_for(rds, "CreateDBSubnetGroup", model))
        return done(model)

    def update(self, request: ResourceRequest) -> ProgressEvent:
        name = request.previous_state["DBSubnetGroupName"]
        model = {**request.desired_state, "DBSubnetGroupName": name}
        rds = request.aws_client_factory.rds
        rds.modify_db_subnet_group(**request_for(rds, "ModifyDBSubnetGroup", model))
        return done(model)

    def delete(self, request: ResourceRequest) -> ProgressEvent:
        request.aws_client_factory.rds.delete_db_subnet_group(
            DBSubnetGroupName=request.previous_state["DBSubnetGroupName"]
        )
        return done({})


class DBParameterGroup(ResourceProvider):
    TYPE = "AWS::RDS::DBParameterGroup"
    SCHEMA = {
        "typeName": TYPE,
        "primaryIdentifier": ["/properties/DBParameterGroupName"],
        "createOnlyProperties": [
            "/properties/DBParameterGroupName",
            "/properties/Family",
            "/properties/Description",
        ],
    }

    def create(self, request: ResourceRequest) -> ProgressEvent:
        model = _named(request, "DBParameterGroupName")
        rds = request.aws_client_factory.rds
        rds.create_db_parameter_group(
            DBParameterGroupFamily=model["Family"],
            **request_for(rds, "CreateDBParameterGroup", model),
        )
        _set_parameters(rds, model)
        return done(model)

    def update(self, request: ResourceRequest) -> ProgressEvent:
        name = request.previous_state["DBParameterGroupName"]
        model = {**request.desired_state, "DBParameterGroupName": name}
        _set_parameters(request.aws_client_factory.rds, model)
        return done(model)

    def delete(self, request: ResourceRequest) -> ProgressEvent:
        request.aws_client_factory.rds.delete_db_parameter_group(
            DBParameterGroupName=request.previous_state["DBParameterGroupName"]
        )
        return done({})


def _set_parameters(rds, model: dict) -> None:
    parameters = [
        {"ParameterName": name, "ParameterValue": str(value), "ApplyMethod": "pending-reboot"}
        for name, value in (model.get("Parameters") or {}).items()
    ]
    if parameters:
        rds.modify_db_parameter_group(
            DBParameterGroupName=model["DBParameterGroupName"], Parameters=parameters
        )


def _named(request: ResourceRequest, name: str) -> dict:
    """The desired state, with a generated name if it has none. RDS names are in lower case."""
    generated = generate_default_name(request.stack_name, request.logical_resource_id).lower()
    return {**request.desired_state, name: request.desired_state.get(name) or generated}
