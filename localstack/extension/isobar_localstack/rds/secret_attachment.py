"""AWS::SecretsManager::SecretTargetAttachment: adds the address of a database to its secret."""

import json

from localstack.services.cloudformation.resource_provider import ResourceRequest

from isobar_localstack.cloudformation.resources import Resource, ResourceFailure, schema


class SecretAttachment(Resource):
    """Replaces LocalStack's own provider, which does not change the secret, and whose Ref is not its ARN."""

    TYPE = "AWS::SecretsManager::SecretTargetAttachment"
    SCHEMA = schema(TYPE, "Id")

    def create_resource(self, request: ResourceRequest) -> dict:
        model = request.desired_state
        if model["TargetType"] != "AWS::RDS::DBInstance":
            raise ResourceFailure(
                f"TargetType {model['TargetType']} is not supported locally. Use AWS::RDS::DBInstance."
            )
        clients = request.aws_client_factory
        found = clients.rds.describe_db_instances(DBInstanceIdentifier=model["TargetId"])
        secret = clients.secretsmanager.get_secret_value(SecretId=model["SecretId"])
        value = {**json.loads(secret["SecretString"]), **_connection(found["DBInstances"][0])}
        clients.secretsmanager.put_secret_value(SecretId=model["SecretId"], SecretString=json.dumps(value))
        return {**model, "Id": secret["ARN"]}

    update_resource = create_resource

    def delete_resource(self, request: ResourceRequest) -> None:
        """Leaves the secret unchanged."""


def _connection(instance: dict) -> dict:
    connection = {
        "engine": instance["Engine"],
        "host": instance["Endpoint"]["Address"],
        "port": instance["Endpoint"]["Port"],
        "dbInstanceIdentifier": instance["DBInstanceIdentifier"],
    }
    if name := instance.get("DBName"):
        connection["dbname"] = name
    return connection
