"""Reports and enforces the supported resource types: those with an installed provider."""

from localstack.http import Request
from localstack.services.cloudformation.engine.v2.change_set_resource_support_checker import (
    ChangeSetResourceSupportChecker,
)
from localstack.services.cloudformation.resource_provider import plugin_manager
from localstack.services.edge import ROUTER
from localstack.utils.catalog.common import (
    CloudFormationResourcesSupportAtRuntime,
    CloudFormationResourcesSupportInLatest,
)

_CUSTOM_RESOURCE = "AWS::CloudFormation::CustomResource"


def supported_resource_types() -> list[str]:
    return sorted(plugin_manager.list_names())


def add_route() -> None:
    def answer(_request: Request) -> dict:
        return {"supported": supported_resource_types()}

    ROUTER.add("/_isobar/resource-types", answer, methods=["GET"])


def judge_by_installed_providers() -> None:
    """Replaces LocalStack's check, which asks a catalogue on the network and knows none of our types."""
    supported = set(supported_resource_types())

    def status(_checker, resource_type: str):
        known = _CUSTOM_RESOURCE if resource_type.startswith("Custom::") else resource_type
        if known in supported:
            return CloudFormationResourcesSupportAtRuntime.AVAILABLE
        return CloudFormationResourcesSupportInLatest.NOT_SUPPORTED

    ChangeSetResourceSupportChecker._resource_support_status = status
