"""Proxy integrations reach the function without a client, with the same events and answers."""

import json
import urllib.error
import urllib.request

import pytest
from conftest import unique, wait_for

_ECHO = """
exports.handler = async (event) => {
  if (event.path === '/throws') throw new Error('on purpose');
  if (event.path === '/bad') return { not: 'an answer' };
  if (event.path === '/slow') await new Promise((resolve) => setTimeout(resolve, 60_000));
  return { statusCode: 201, headers: { 'X-Own': 'one' }, multiValueHeaders: { 'X-Two': ['a', 'b'] },
    body: JSON.stringify(event) };
};
"""
_OWN = (
    "apiId",
    "deploymentId",
    "extendedRequestId",
    "requestId",
    "requestTime",
    "requestTimeEpoch",
    "resourceId",
)
_ROLE = "arn:aws:iam::000000000000:role/any"


@pytest.fixture(scope="module")
def api(localstack, deploy):
    """URLs of one function: called directly, and by LocalStack's client, as integrations with a role are."""
    function = deploy(_ECHO, Timeout=1)
    client = localstack.client("apigateway")

    def url_of(arn: str, **options) -> str:
        rest = client.create_rest_api(name=unique("api"))["id"]
        root = client.get_resources(restApiId=rest)["items"][0]["id"]
        resource = client.create_resource(restApiId=rest, parentId=root, pathPart="{proxy+}")["id"]
        client.put_method(restApiId=rest, resourceId=resource, httpMethod="ANY", authorizationType="NONE")
        client.put_integration(
            restApiId=rest,
            resourceId=resource,
            httpMethod="ANY",
            type="AWS_PROXY",
            integrationHttpMethod="POST",
            uri=f"arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/{arn}/invocations",
            **options,
        )
        client.create_deployment(restApiId=rest, stageName="v1")
        return f"{localstack.url}/_aws/execute-api/{rest}/v1"

    arn = f"arn:aws:lambda:us-east-1:000000000000:function:{function.name}"
    return {
        "function": function,
        "direct": url_of(arn),
        "by client": url_of(arn, credentials=_ROLE),
        "absent": url_of(f"{arn}-absent"),
    }


def _call(url: str, body: bytes | None = None):
    request = urllib.request.Request(url, body, {"Content-Type": "application/json", "X-Sent": "yes"})
    try:
        answer = urllib.request.urlopen(request, timeout=30)
    except urllib.error.HTTPError as error:
        answer = error
    with answer:
        own = ("date", "x-amzn-requestid", "x-amz-apigw-id", "x-amzn-trace-id", "content-length")
        headers = [(name, value) for name, value in answer.getheaders() if name.lower() not in own]
        return answer.status, headers, answer.read()


def _event(body: bytes) -> dict:
    """The event, with empty values where each request and each API differs."""
    event = json.loads(body)
    for headers in (event["headers"], event["multiValueHeaders"]):
        headers["X-Amzn-Trace-Id"] = ""
    for name in _OWN:
        event["requestContext"][name] = ""
    event["requestContext"]["path"] = event["path"]
    return event


@pytest.mark.parametrize("body", [None, b"", b'{"a":1}', "서울".encode(), b"\xff\x00"])
def test_a_function_gets_the_same_event_on_both_ways(api, body):
    status, headers, text = _call(f"{api['direct']}/a/b?x=1&x=2", body)
    assert (status, [value for name, value in headers if name == "X-Two"]) == (201, ["a", "b"])
    usual_status, usual_headers, usual_text = _call(f"{api['by client']}/a/b?x=1&x=2", body)
    assert (usual_status, usual_headers) == (status, headers)
    assert _event(usual_text) == _event(text)


@pytest.mark.parametrize("path", ["throws", "bad", "slow"])
def test_a_failing_function_is_the_same_bad_gateway_on_both_ways(api, path):
    answer = _call(f"{api['direct']}/{path}")
    assert answer[0] == 502
    assert answer == _call(f"{api['by client']}/{path}")


def test_an_absent_function_is_a_bad_gateway(api):
    assert _call(f"{api['absent']}/a")[0] == 502


def test_a_throttled_function_is_the_same_bad_gateway_on_both_ways(api):
    function = api["function"]
    function.client.put_function_concurrency(FunctionName=function.name, ReservedConcurrentExecutions=0)
    try:
        wait_for(lambda: _call(f"{api['direct']}/a")[0] == 502)
        assert _call(f"{api['direct']}/a") == _call(f"{api['by client']}/a")
    finally:
        function.client.delete_function_concurrency(FunctionName=function.name)
