"""AWS::SecretsManager::SecretTargetAttachment: adds the address of a database to its secret."""

import json

from localstack.services.cloudformation.resource_provider import (
    ProgressEvent,
    ResourceProvider,
    ResourceRequest,
)

from isobar_localstack.cloudformation.resources import done, failed


class SecretAttachment(ResourceProvider):
    """Replaces LocalStack's own provider, which does not change the secret, and whose Ref is not its ARN."""

    TYPE = "AWS::SecretsManager::SecretTargetAttachment"
    SCHEMA = {"typeName": TYPE, "primaryIdentifier": ["/properties/Id"]}

    def create(self, request: ResourceRequest) -> ProgressEvent:
        model = request.desired_state
        if model["TargetType"] != "AWS::RDS::DBInstance":
            return failed(
                f"TargetType {model['TargetType']} is not supported locally. Use AWS::RDS::DBInstance."
            )
        clients = request.aws_client_factory
        found = clients.rds.describe_db_instances(DBInstanceIdentifier=model["TargetId"])
        secret = clients.secretsmanager.get_secret_value(SecretId=model["SecretId"])
        value = {**json.loads(secret["SecretString"]), **_connection(found["DBInstances"][0])}
        clients.secretsmanager.put_secret_value(SecretId=model["SecretId"], SecretString=json.dumps(value))
        return done({**model, "Id": secret["ARN"]})

    update = create

    def delete(self, request: ResourceRequest) -> ProgressEvent:
        return done({})


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
