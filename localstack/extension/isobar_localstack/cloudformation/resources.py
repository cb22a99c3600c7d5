"""The base of our resource providers.

LocalStack's clients for resource providers convert parameters to the API's types and omit unknown ones. So a
provider may pass a whole model to an operation, with numbers and booleans as text, as templates have them.
"""

from collections.abc import Callable

from botocore.exceptions import ClientError
from localstack.services.cloudformation.deployment_utils import generate_default_name
from localstack.services.cloudformation.resource_provider import (
    OperationStatus,
    ProgressEvent,
    ResourceProvider,
    ResourceRequest,
)


class ResourceFailure(Exception):
    """The resource cannot be created, updated or deleted. Its text is the reason in the stack's events."""


class Resource(ResourceProvider):
    """A resource type as three methods that return the new model. An error of the API fails the resource."""

    TYPE: str
    SCHEMA: dict

    def create_resource(self, request: ResourceRequest) -> dict:
        raise NotImplementedError

    def update_resource(self, request: ResourceRequest) -> dict:
        raise NotImplementedError

    def delete_resource(self, request: ResourceRequest) -> None:
        raise NotImplementedError

    def create(self, request: ResourceRequest) -> ProgressEvent:
        return _progress(self.create_resource, request)

    def update(self, request: ResourceRequest) -> ProgressEvent:
        return _progress(self.update_resource, request)

    def delete(self, request: ResourceRequest) -> ProgressEvent:
        identifier = self.SCHEMA["primaryIdentifier"][0].removeprefix("/properties/")
        if identifier not in request.previous_state:  # the creation failed
            return succeeded({})
        return _progress(self.delete_resource, request)


def schema(
    resource_type: str, identifier: str, *, read_only: tuple[str, ...] = (), create_only: tuple[str, ...] = ()
) -> dict:
    """A resource type's schema, by names of properties. A change of a `create_only` property replaces it."""
    return {
        "typeName": resource_type,
        "primaryIdentifier": [f"/properties/{identifier}"],
        "readOnlyProperties": [f"/properties/{name}" for name in read_only],
        "createOnlyProperties": [f"/properties/{name}" for name in create_only],
    }


def generated_name(request: ResourceRequest) -> str:
    """The name of a resource whose template has none: stack, logical id and a random part."""
    return generate_default_name(request.stack_name, request.logical_resource_id)


def tag_map(model: dict) -> dict[str, str]:
    """Tags as a map. A template has them as a map or as a list of Key and Value."""
    tags = model.get("Tags") or {}
    return {tag["Key"]: tag["Value"] for tag in tags} if isinstance(tags, list) else tags


def succeeded(model: dict) -> ProgressEvent:
    return ProgressEvent(status=OperationStatus.SUCCESS, resource_model=model)


def _progress(change: Callable[[ResourceRequest], dict | None], request: ResourceRequest) -> ProgressEvent:
    try:
        return succeeded(change(request) or {})
    except ClientError as error:
        reason = error.response["Error"]["Message"]
    except ResourceFailure as error:
        reason = str(error)
    return ProgressEvent(status=OperationStatus.FAILED, resource_model={}, message=reason)
