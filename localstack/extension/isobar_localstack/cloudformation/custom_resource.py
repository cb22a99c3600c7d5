"""AWS::CloudFormation::CustomResource and Custom::*, with a Lambda function as handler.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/crpg-ref.html
"""

import json
import logging
import threading
import uuid
from dataclasses import dataclass, field

from botocore.config import Config
from localstack import config
from localstack.aws.connect import connect_to
from localstack.http import Request, Response
from localstack.services.cloudformation.resource_provider import ResourceRequest
from localstack.services.edge import ROUTER

from isobar_localstack.cloudformation.resources import Resource, ResourceFailure, schema

LOG = logging.getLogger(__name__)

_ROUTE = "/_isobar/custom-resource-responses"
_DEFAULT_TIMEOUT_S = 3600
_LONGEST_INVOKE_S = 905
# The model keeps these beside the response's Data. GetAtt may see the Data only.
_PHYSICAL_ID = "__PhysicalResourceId"
_PROPERTIES = "__Properties"


@dataclass
class _Expected:
    arrived: threading.Event = field(default_factory=threading.Event)
    response: dict = field(default_factory=dict)


_expected: dict[str, _Expected] = {}


class HandlerFailure(ResourceFailure):
    """The handler answered FAILED, or did not answer."""


def add_route() -> None:
    def receive(request: Request, token: str) -> Response:
        expected = _expected.get(token)
        if expected is None:
            return Response(status=403)
        expected.response = json.loads(request.data)
        expected.arrived.set()
        return Response(status=200)

    ROUTER.add(f"{_ROUTE}/<token>", receive, methods=["PUT"])


class CustomResource(Resource):
    TYPE = "AWS::CloudFormation::CustomResource"
    SCHEMA = schema(TYPE, _PHYSICAL_ID)

    def create_resource(self, request: ResourceRequest) -> dict:
        properties = _as_strings(request.desired_state)
        return _model(_ask(request, "Create", properties), properties)

    def update_resource(self, request: ResourceRequest) -> dict:
        properties, before = _as_strings(request.desired_state), request.previous_state
        known = {
            "PhysicalResourceId": before[_PHYSICAL_ID],
            "OldResourceProperties": before[_PROPERTIES],
        }
        model = _model(_ask(request, "Update", properties, **known), properties)
        if model[_PHYSICAL_ID] != before[_PHYSICAL_ID]:
            self._clean_up(request, before)
        return model

    def delete_resource(self, request: ResourceRequest) -> None:
        before = request.previous_state
        _ask(request, "Delete", before[_PROPERTIES], PhysicalResourceId=before[_PHYSICAL_ID])

    def _clean_up(self, request: ResourceRequest, replaced: dict) -> None:
        """Deletes the replaced resource after a change of PhysicalResourceId. As on AWS, a failure to delete
        does not fail the update."""
        try:
            _ask(request, "Delete", replaced[_PROPERTIES], PhysicalResourceId=replaced[_PHYSICAL_ID])
        except HandlerFailure as failure:
            LOG.warning("Cannot delete the replaced %s: %s", request.logical_resource_id, failure)


def _ask(request: ResourceRequest, kind: str, properties: dict, **known) -> dict:
    """Invokes the handler and waits for its response. The response may arrive after the handler's return."""
    service_token = properties["ServiceToken"]
    if ":lambda:" not in service_token:
        raise HandlerFailure(
            f"ServiceToken {service_token} is not the ARN of a function. Only functions handle custom "
            "resources locally."
        )
    token = uuid.uuid4().hex
    expected = _expected[token] = _Expected()
    gateway = config.GATEWAY_LISTEN[0]
    event = {
        "RequestType": kind,
        "RequestId": str(uuid.uuid4()),
        "StackId": request.stack_id,
        "LogicalResourceId": request.logical_resource_id,
        "ResourceType": request.resource_type,
        "ServiceToken": service_token,
        "ResponseURL": f"http://127.0.0.1:{gateway.port}{_ROUTE}/{token}",
        "ResourceProperties": properties,
        **known,
    }
    try:
        _invoke(request, service_token, event, expected)
        timeout_s = int(properties.get("ServiceTimeout", _DEFAULT_TIMEOUT_S))
        if not expected.arrived.wait(timeout_s):
            raise HandlerFailure("CloudFormation did not receive a response from your Custom Resource.")
    finally:
        del _expected[token]
    response = expected.response
    if response.get("Status") != "SUCCESS":
        raise HandlerFailure(
            f"Received response status [{response.get('Status')}] from custom resource. "
            f"Message returned: {response.get('Reason', 'Unknown error')}"
        )
    return {"PhysicalResourceId": f"{request.logical_resource_id}-{token[:8]}", **known, **response}


def _invoke(request: ResourceRequest, function: str, event: dict, expected: _Expected) -> None:
    """Invokes the function synchronously, so that a failure before the response is known at once."""
    client = connect_to(
        aws_access_key_id=request.account_id,
        region_name=request.region_name,
        config=Config(read_timeout=_LONGEST_INVOKE_S, retries={"total_max_attempts": 1}),
    ).lambda_
    try:
        answer = client.invoke(FunctionName=function, Payload=json.dumps(event))
    except client.exceptions.ClientError as error:
        raise HandlerFailure(f"Cannot invoke {function}: {error}") from error
    if answer.get("FunctionError") and not expected.arrived.is_set():
        error = json.loads(answer["Payload"].read())
        raise HandlerFailure(
            f"{function} failed before it answered: {error.get('errorType')}: {error.get('errorMessage')}"
        )


def _model(response: dict, properties: dict) -> dict:
    return {
        **_nested(response.get("Data") or {}),
        _PHYSICAL_ID: response["PhysicalResourceId"],
        _PROPERTIES: properties,
    }


def _nested(data: dict) -> dict:
    """Nests `{"a.b": 1}` as `{"a": {"b": "1"}}`: handlers answer flat, LocalStack reads GetAtt as a path."""
    nested: dict = {}
    for name, value in data.items():
        *path, last = name.split(".")
        target = nested
        for step in path:
            if not isinstance(target.get(step), dict):
                target[step] = {}
            target = target[step]
        target[last] = _as_strings(value)
    return nested


def _as_strings(value):
    """Converts every scalar to a string, as CloudFormation does."""
    if isinstance(value, dict):
        return {key: _as_strings(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_as_strings(item) for item in value]
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if isinstance(value, str) or value is None else str(value)
