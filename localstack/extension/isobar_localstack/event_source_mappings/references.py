"""Checks that a mapping's version or alias of its function and its on-failure destination exist."""

from botocore.exceptions import ClientError
from localstack.aws.connect import connect_to
from localstack.services.lambda_ import api_utils
from localstack.services.lambda_.invocation.models import lambda_stores

from isobar_localstack.event_source_mappings.rules import InvalidMapping


def check(mapping: dict, account: str, region: str) -> None:
    _check_qualifier(mapping.get("FunctionName") or mapping.get("FunctionArn") or "", account, region)
    destination = (mapping.get("DestinationConfig", {}).get("OnFailure") or {}).get("Destination") or ""
    if destination.startswith("arn:") and not _exists(destination):
        raise InvalidMapping(f"The destination ARN {destination} is invalid: there is no such destination.")


def _check_qualifier(function: str, account: str, region: str) -> None:
    name, qualifier, named_account, named_region = api_utils.function_locators_from_arn(function)
    found = lambda_stores[named_account or account][named_region or region].functions.get(name)
    if found is None or not qualifier or qualifier == "$LATEST":
        return  # LocalStack refuses an unknown function
    if qualifier not in found.aliases and qualifier not in found.versions:
        raise InvalidMapping(f"Function does not exist: {name} has neither version nor alias {qualifier}")


def _exists(arn: str) -> bool:
    _, _, service, region, account, name = arn.split(":", 5)
    clients = connect_to(aws_access_key_id=account or None, region_name=region or None)
    try:
        match service:
            case "sqs":
                clients.sqs.get_queue_url(QueueName=name)
            case "sns":
                clients.sns.get_topic_attributes(TopicArn=arn)
            case "s3":
                clients.s3.head_bucket(Bucket=name)
            case _:
                return False
    except ClientError:
        return False
    return True
