"""AWS::SecretsManager::RotationSchedule: tells the secret which function rotates it."""

from localstack.services.cloudformation.resource_provider import ResourceRequest
from moto.secretsmanager.models import secretsmanager_backends

from isobar_localstack.cloudformation.resources import Resource, ResourceFailure, schema


class RotationSchedule(Resource):
    """Replaces LocalStack's own provider, which does nothing. Nothing starts a rotation by time: the operation
    RotateSecret does."""

    TYPE = "AWS::SecretsManager::RotationSchedule"
    SCHEMA = schema(TYPE, "Id", create_only=("SecretId",))

    def create_resource(self, request: ResourceRequest) -> dict:
        model = request.desired_state
        if "RotationLambdaARN" not in model:
            raise ResourceFailure("HostedRotationLambda is not supported locally. Use RotationLambdaARN.")
        # RotateSecret of LocalStack fails when it is not to rotate at once.
        secret = secretsmanager_backends[request.account_id][request.region_name].secrets[model["SecretId"]]
        secret.rotation_lambda_arn = model["RotationLambdaARN"]
        secret.auto_rotate_after_days = _days(model.get("RotationRules") or {})
        secret.rotation_enabled = True
        if str(model.get("RotateImmediatelyOnUpdate", True)).lower() == "true":
            request.aws_client_factory.secretsmanager.rotate_secret(SecretId=model["SecretId"])
        return {**model, "Id": secret.arn}

    update_resource = create_resource

    def delete_resource(self, request: ResourceRequest) -> None:
        request.aws_client_factory.secretsmanager.cancel_rotate_secret(
            SecretId=request.previous_state["SecretId"]
        )


def _days(rules: dict) -> int:
    if "AutomaticallyAfterDays" in rules:
        return int(rules["AutomaticallyAfterDays"])
    amount, unit = str(rules.get("ScheduleExpression", "")).removeprefix("rate(").removesuffix(")").split(" ")
    if not unit.startswith("day"):
        raise ResourceFailure("A rotation is scheduled in days locally, such as rate(30 days).")
    return int(amount)
