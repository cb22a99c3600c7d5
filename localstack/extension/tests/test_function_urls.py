"""Function URLs: they resolve on a machine without network, and carry the request to the function."""

import json
import urllib.error
import urllib.request

import pytest
from conftest import ASK_OFTEN, unique

_ECHO = "exports.handler = async (event) => ({ statusCode: 200, body: JSON.stringify(event) });"


@pytest.fixture
def url_of(lambda_client):
    def url_of(function, **options) -> str:
        created = lambda_client.create_function_url_config(
            FunctionName=function.name, AuthType="NONE", **options
        )
        assert (
            lambda_client.get_function_url_config(FunctionName=function.name, **options)["FunctionUrl"]
            == created["FunctionUrl"]
        )
        return created["FunctionUrl"]

    return url_of


def _call(url: str, method="GET", body: bytes | None = None, **headers):
    request = urllib.request.Request(url, data=body, method=method, headers=headers)
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.status, dict(answer.headers), answer.read()
    except urllib.error.HTTPError as error:
        return error.code, dict(error.headers), error.read()


def test_a_request_reaches_the_function_as_an_event_of_version_2(deploy, url_of, localstack):
    url = url_of(deploy(_ECHO))
    assert url.startswith(f"{localstack.url}/") and url.endswith("/")
    body = b'{"n": 1}'
    status, _, answer = _call(
        f"{url}items/a?x=1&x=2&y=%C3%BC",
        "POST",
        body,
        **{"Content-Type": "application/json", "X-Own": "v"},
    )
    event = json.loads(answer)
    assert status == 200
    assert (event["version"], event["routeKey"]) == ("2.0", "$default")
    assert event["rawPath"] == "/items/a"
    assert event["queryStringParameters"] == {"x": "1,2", "y": "ü"}
    assert (event["body"], event["isBase64Encoded"]) == ('{"n": 1}', False)
    assert event["headers"]["x-own"] == "v"
    assert event["requestContext"]["http"]["method"] == "POST"
    assert json.loads(_call(url)[2])["rawPath"] == "/"


def test_a_body_that_is_no_text_is_base64_in_both_directions(deploy, url_of):
    code = "async ({ body, isBase64Encoded }) => ({ statusCode: 201, isBase64Encoded, body })"
    url = url_of(deploy(f"exports.handler = {code};"))
    status, _, answer = _call(url, "PUT", b"\x00\xff\x10", **{"Content-Type": "application/octet-stream"})
    assert (status, answer) == (201, b"\x00\xff\x10")


def test_status_headers_and_failures_are_lambdas(deploy, url_of):
    url = url_of(
        deploy(
            "exports.handler = async ({ rawPath }) => {"
            " if (rawPath === '/fail') throw new Error('x');"
            " return { statusCode: 418, headers: { 'x-kind': 'teapot' }, body: 'short' }; };"
        )
    )
    status, headers, body = _call(url)
    assert (status, headers["x-kind"], body) == (418, "teapot", b"short")
    assert _call(f"{url}fail")[0] == 502


def test_the_url_of_an_alias_calls_its_version_and_a_deleted_url_nothing(deploy, url_of, lambda_client):
    function = deploy("exports.handler = async () => process.env.V;", Environment={"Variables": {"V": "1"}})
    version = lambda_client.publish_version(FunctionName=function.name)["Version"]
    lambda_client.create_alias(FunctionName=function.name, Name="live", FunctionVersion=version)
    lambda_client.update_function_configuration(
        FunctionName=function.name, Environment={"Variables": {"V": "2"}}
    )
    latest, live = url_of(function), url_of(function, Qualifier="live")
    lambda_client.get_waiter("function_updated_v2").wait(FunctionName=function.name)
    assert (_call(latest)[2], _call(live)[2]) == (b"2", b"1")
    lambda_client.delete_function_url_config(FunctionName=function.name)
    assert _call(latest)[0] == 403
    assert _call(live)[2] == b"1"


def test_the_form_with_a_host_name_still_answers(deploy, url_of, localstack):
    url = url_of(deploy("exports.handler = async ({ rawPath }) => rawPath;"))
    url_id = url.rstrip("/").rsplit("/", 1)[1]
    host = f"{url_id}.lambda-url.us-east-1.localhost.localstack.cloud"
    assert _call(f"{localstack.url}/there", Host=host)[2] == b"/there"


def test_a_stack_gives_the_url_to_other_resources(localstack):
    name = unique("url")
    client = localstack.client("cloudformation")
    code = "exports.handler = async () => 'from a stack';"
    properties = {
        "Runtime": "nodejs24.x",
        "Handler": "index.handler",
        "Role": "arn:aws:iam::000000000000:role/any",
        "Code": {"ZipFile": code},
    }
    template = {
        "Resources": {
            "F": {"Type": "AWS::Lambda::Function", "Properties": properties},
            "U": {
                "Type": "AWS::Lambda::Url",
                "Properties": {"TargetFunctionArn": {"Fn::GetAtt": ["F", "Arn"]}, "AuthType": "NONE"},
            },
        },
        "Outputs": {"Url": {"Value": {"Fn::GetAtt": ["U", "FunctionUrl"]}}},
    }
    client.create_stack(StackName=name, TemplateBody=json.dumps(template))
    client.get_waiter("stack_create_complete").wait(StackName=name, WaiterConfig=ASK_OFTEN)
    [output] = client.describe_stacks(StackName=name)["Stacks"][0]["Outputs"]
    assert _call(output["OutputValue"])[2] == b"from a stack"
    client.delete_stack(StackName=name)
