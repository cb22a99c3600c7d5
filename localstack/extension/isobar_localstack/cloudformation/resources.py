"""Helpers of our resource providers."""

from botocore.client import BaseClient
from localstack.services.cloudformation.resource_provider import OperationStatus, ProgressEvent


def done(model: dict) -> ProgressEvent:
    return ProgressEvent(status=OperationStatus.SUCCESS, resource_model=model)


def failed(message: str) -> ProgressEvent:
    return ProgressEvent(status=OperationStatus.FAILED, resource_model={}, message=message)


def request_for(client: BaseClient, operation: str, model: dict) -> dict:
    """The properties of `model` that are parameters of `operation`. Most properties have the API's names."""
    taken = client.meta.service_model.operation_model(operation).input_shape.members
    return {name: value for name, value in model.items() if name in taken and value is not None}


def tag_map(model: dict) -> dict[str, str]:
    """Tags as a map. A template has them as a map or as a list of Key and Value."""
    tags = model.get("Tags") or {}
    return {tag["Key"]: tag["Value"] for tag in tags} if isinstance(tags, list) else tags
