"""Invocations that take the short way from the gateway's socket to the function: the same answers as LocalStack's own."""

import http.client
import json
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import quote, urlsplit

import pytest
from conftest import MEETING, unique, wait_for

_AUTHORIZATION = (
    "AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/lambda/aws4_request, SignedHeaders=host, Signature=0"
)
# LocalStack's own handling of the same request: of a header like this, the short way does not take it.
_USUAL_WAY = {"X-Amzn-Trace-Id": "Root=1-67891233-abcdef012345678912345678"}


def _call(localstack, function: str, payload: bytes, query: str = "", **headers: str):
    """Status, headers and body, as they came."""
    connection = http.client.HTTPConnection(urlsplit(localstack.url).netloc, timeout=60)
    try:
        connection.request(
            "POST",
            f"/2015-03-31/functions/{quote(function, safe='')}/invocations{query}",
            payload,
            {"Authorization": _AUTHORIZATION, **headers},
        )
        answer = connection.getresponse()
        return answer.status, dict(answer.getheaders()), answer.read()
    finally:
        connection.close()


@pytest.fixture
def both_ways(localstack):
    """Calls a function on both ways; gives the answer once it is sure that they answer the same."""

    def call(function: str, payload: bytes, query: str = "", same_body: bool = True):
        direct = _call(localstack, function, payload, query)
        usual = _call(localstack, function, payload, query, **_USUAL_WAY)
        assert direct[0] == usual[0]
        assert _stable(direct[1]) == _stable(usual[1])
        if same_body:
            assert direct[2] == usual[2]
        return direct

    return call


def _stable(headers: dict[str, str]) -> dict[str, str]:
    """What does not name the request; of what does, that it is there."""
    own = ("Date", "x-amzn-RequestId", "x-amz-request-id")
    return {name: "" if name in own else value for name, value in headers.items()}


_MIXED = """
exports.handler = async (event, context) => {
  if (event.fail) throw new RangeError(event.fail);
  if (event.exit) process.exit(event.exit);
  if (event.hang) await new Promise((resolve) => setTimeout(resolve, 60_000));
  if (event.size) return 'x'.repeat(event.size);
  if (event.text) return [event.text.length, event.text.at(-1)];
  return { event, arn: context.invokedFunctionArn, version: context.functionVersion };
};
"""


@pytest.fixture(scope="module")
def mixed(deploy):
    return deploy(_MIXED, Timeout=60)


@pytest.fixture(scope="module")
def impatient(deploy):
    return deploy(_MIXED, Timeout=1)


@pytest.mark.parametrize(
    "payload",
    [
        pytest.param(b'{"a":[1,2,3]}', id="an object"),
        pytest.param(b"null", id="null"),
        pytest.param('{"city":"서울 ü"}'.encode(), id="not ASCII"),
        pytest.param(b'{"fail":"on purpose"}', id="a handler that throws"),
        pytest.param(b"{'not JSON", id="not JSON"),
        pytest.param(b"\x80\xff\x00", id="not UTF-8"),
        pytest.param(b"", id="empty"),
        pytest.param(b'{"size":6291555}', id="a response over 6 MB"),
        pytest.param(b'{"size":6291554}', id="a response of 6 MB"),
        pytest.param(json.dumps({"text": "x" * 6_000_000 + "z"}).encode(), id="6 MB"),
        pytest.param(json.dumps({"text": "é" * 3_000_000 + "z"}).encode(), id="6 MB, escaped"),
    ],
)
def test_the_answer_is_the_same_on_both_ways(both_ways, mixed, payload):
    both_ways(mixed.name, payload)


@pytest.mark.parametrize(
    "payload", [b'{"exit":3}', b'{"hang":true}'], ids=["a process that dies", "a timeout"]
)
def test_a_process_that_fails_is_the_same_error_on_both_ways(both_ways, impatient, payload):
    status, headers, body = both_ways(impatient.name, payload, same_body=False)
    assert status == 200 and headers["X-Amz-Function-Error"] == "Unhandled"
    # The message begins with the request's own id.
    assert headers["x-amzn-RequestId"] in json.loads(body)["errorMessage"]


def test_versions_and_aliases_are_the_same_on_both_ways(both_ways, deploy):
    function = deploy(_MIXED)
    version = function.client.publish_version(FunctionName=function.name)["Version"]
    function.client.create_alias(FunctionName=function.name, Name="live", FunctionVersion=version)
    arn = function.client.get_function(FunctionName=function.name)["Configuration"]["FunctionArn"]
    for spelled, query, expected in [
        (arn, "", "$LATEST"),
        (f"{arn}:$LATEST", "", "$LATEST"),
        (f"{function.name}:{version}", "", version),
        (f"{arn}:{version}", "", version),
        (f"{arn}:live", "", version),
        (function.name, "?Qualifier=live", version),
        (f"{arn}:{version}", "?Qualifier=live", None),
        (f"{arn}:absent", "", None),
        (f"{function.name}:7", "", None),
        (arn.replace("us-east-1", "eu-west-1"), "", None),
        (arn.replace(":000000000000:", ":000000000001:"), "", None),
        (unique("absent"), "", None),
        ("not a name!", "", None),
    ]:
        _, headers, _ = both_ways(spelled, b"{}", query, same_body=expected is not None)
        assert headers.get("X-Amz-Executed-Version") == expected, spelled


def test_a_throttled_invocation_is_the_same_on_both_ways(localstack, deploy, tmp_path):
    function = deploy(MEETING, Timeout=120)
    function.client.put_function_concurrency(FunctionName=function.name, ReservedConcurrentExecutions=1)
    event = json.dumps({"folder": str(tmp_path), "until": 2}).encode()
    with ThreadPoolExecutor(1) as pool:
        under_way = pool.submit(_call, localstack, function.name, event)
        wait_for(lambda: any(tmp_path.iterdir()))
        throttled = [_call(localstack, function.name, event, **headers) for headers in ({}, _USUAL_WAY)]
        (tmp_path / "go on").touch()
        assert under_way.result()[0] == 200
    assert [status for status, _, _ in throttled] == [429, 429]
    (_, headers, body), (_, other_headers, other_body) = throttled
    assert _stable(headers) == _stable(other_headers)
    assert body == other_body and b"ReservedFunctionConcurrentInvocationLimitExceeded" in body


def test_what_asks_for_more_than_the_answer_goes_the_usual_way(localstack, mixed):
    status, _, body = _call(localstack, mixed.name, b"{}", **{"X-Amz-Invocation-Type": "Event"})
    assert (status, body) == (202, b"")
    assert _call(localstack, mixed.name, b"{}", **{"X-Amz-Invocation-Type": "DryRun"})[0] == 204
    _, headers, _ = _call(localstack, mixed.name, b"{}", **{"X-Amz-Log-Type": "Tail"})
    assert "X-Amz-Log-Result" in headers


def test_a_connection_is_kept_over_both_ways(localstack, mixed):
    connection = http.client.HTTPConnection(urlsplit(localstack.url).netloc, timeout=60)
    sockets = set()
    for headers in ({}, _USUAL_WAY, {}):
        connection.request(
            "POST",
            f"/2015-03-31/functions/{mixed.name}/invocations",
            b'{"a":1}',
            {"Authorization": _AUTHORIZATION, **headers},
        )
        sockets.add(connection.sock)
        assert json.loads(connection.getresponse().read())["event"] == {"a": 1}
    assert len(sockets) == 1
    connection.close()


def test_a_caller_that_goes_away_does_no_harm(localstack, deploy):
    slow = deploy(
        "exports.handler = async () => { await new Promise((r) => setTimeout(r, 500)); return 'ok'; };"
    )
    connection = http.client.HTTPConnection(urlsplit(localstack.url).netloc, timeout=60)
    connection.request(
        "POST", f"/2015-03-31/functions/{slow.name}/invocations", b"{}", {"Authorization": _AUTHORIZATION}
    )
    connection.close()
    assert _call(localstack, slow.name, b"{}")[2] == b'"ok"'
    assert "Traceback" not in localstack.log.read_text()
