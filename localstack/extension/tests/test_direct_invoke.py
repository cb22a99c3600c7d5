"""Direct invocations, from the gateway's socket to the function, give the same answers as LocalStack's own
path."""

import contextlib
import http.client
import json
import os
import uuid
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import quote, urlsplit

import pytest
from conftest import MEETING, deploy_function, unique, wait_for

_AUTHORIZATION = (
    "AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/lambda/aws4_request, SignedHeaders=host, Signature=0"
)
# A header that the direct path does not support, so that LocalStack's own path handles the request.
_USUAL_PATH = {"X-Amzn-Trace-Id": "Root=1-67891233-abcdef012345678912345678"}


@contextlib.contextmanager
def _shared(payload: bytes):
    """The header that names the payload in memory, as the Kafka poller shares it."""
    name = f"isobar-event-{uuid.uuid4()}"
    path = Path("/dev/shm") / name
    with path.open("xb", buffering=0) as memory:
        path.unlink()
        memory.write(payload)
        yield {"X-Isobar-Event": f"/proc/{os.getpid()}/fd/{memory.fileno()} {name} {len(payload)}"}


def _call_shared(localstack, function: str, payload: bytes, query: str = "", **headers: str):
    with _shared(payload) as named:
        return _call(localstack, function, b"", query, **named, **headers)


def _call(localstack, function: str, payload: bytes, query: str = "", **headers: str):
    """The status, headers and body of the answer."""
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


@pytest.fixture(params=[_call, _call_shared], ids=["sent", "shared"])
def both_paths(localstack, request):
    """Invokes a function on both paths, compares the answers, and returns the direct one, whose payload is sent
    or in shared memory."""

    def call(function: str, payload: bytes, query: str = "", same_body: bool = True):
        direct = request.param(localstack, function, payload, query)
        usual = _call(localstack, function, payload, query, **_USUAL_PATH)
        assert direct[0] == usual[0]
        assert _stable(direct[1]) == _stable(usual[1])
        if same_body:
            assert direct[2] == usual[2]
        return direct

    return call


def _stable(headers: dict[str, str]) -> dict[str, str]:
    """The headers, with empty values where they differ per request."""
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
        pytest.param(b'{"size":6291555}', id="a response over 6 MB"),
        pytest.param(b'{"size":6291554}', id="a response of 6 MB"),
        pytest.param(json.dumps({"text": "x" * 6_000_000 + "z"}).encode(), id="6 MB"),
        pytest.param(json.dumps({"text": "é" * 3_000_000 + "z"}).encode(), id="6 MB, escaped"),
    ],
)
def test_both_paths_give_the_same_answer(both_paths, mixed, payload):
    both_paths(mixed.name, payload)


# Who shares a payload answers for its text.
@pytest.mark.parametrize("both_paths", [_call], ids=["sent"], indirect=True)
@pytest.mark.parametrize("payload", [b"\x80\xff\x00", b""], ids=["not UTF-8", "empty"])
def test_both_paths_give_the_same_answer_to_what_is_no_text(both_paths, mixed, payload):
    both_paths(mixed.name, payload)


@pytest.mark.parametrize(
    ("function", "payload"),
    [
        pytest.param("mixed", b'{"exit":3}', id="a process that dies"),
        pytest.param("impatient", b'{"hang":true}', id="a timeout"),
    ],
)
def test_both_paths_give_the_same_error_for_a_failed_process(both_paths, request, function, payload):
    status, headers, body = both_paths(request.getfixturevalue(function).name, payload, same_body=False)
    assert status == 200 and headers["X-Amz-Function-Error"] == "Unhandled"
    # The message begins with the request's own id.
    assert headers["x-amzn-RequestId"] in json.loads(body)["errorMessage"]


def test_both_paths_resolve_versions_and_aliases_equally(both_paths, deploy):
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
        _, headers, _ = both_paths(spelled, b"{}", query, same_body=expected is not None)
        assert headers.get("X-Amz-Executed-Version") == expected, spelled


def test_both_paths_throttle_equally(localstack, deploy, tmp_path):
    function = deploy(MEETING, Timeout=120)
    function.client.put_function_concurrency(FunctionName=function.name, ReservedConcurrentExecutions=1)
    event = json.dumps({"folder": str(tmp_path), "until": 2}).encode()
    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(_call, localstack, function.name, event)
        wait_for(lambda: any(tmp_path.iterdir()))
        usual = _call(localstack, function.name, event, **_USUAL_PATH)
        throttled = [call(localstack, function.name, event) for call in (_call, _call_shared)]
        (tmp_path / "go on").touch()
        assert running.result()[0] == 200
    status, headers, body = usual
    assert status == 429 and b"ReservedFunctionConcurrentInvocationLimitExceeded" in body
    for other_status, other_headers, other_body in throttled:
        assert (other_status, _stable(other_headers), other_body) == (status, _stable(headers), body)


def test_asynchronous_dry_run_and_log_tail_requests_take_the_usual_path(localstack, mixed):
    status, _, body = _call(localstack, mixed.name, b"{}", **{"X-Amz-Invocation-Type": "Event"})
    assert (status, body) == (202, b"")
    assert _call(localstack, mixed.name, b"{}", **{"X-Amz-Invocation-Type": "DryRun"})[0] == 204
    _, headers, _ = _call(localstack, mixed.name, b"{}", **{"X-Amz-Log-Type": "Tail"})
    assert "X-Amz-Log-Result" in headers


def test_one_connection_serves_requests_on_both_paths(localstack, mixed):
    connection = http.client.HTTPConnection(urlsplit(localstack.url).netloc, timeout=60)
    sockets = set()
    for headers in ({}, _USUAL_PATH, {}):
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


def test_a_disconnected_caller_causes_no_error(localstack, deploy):
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


def test_a_shared_payload_that_is_not_plain_takes_the_usual_path(localstack, mixed):
    _, _, body = _call_shared(localstack, mixed.name, b'{"text":"xyz"}', **_USUAL_PATH)
    assert body == b'[3,"z"]'


def test_a_python_function_gets_a_shared_payload(localstack, lambda_client):
    code = {"index.py": "def handler(event, context):\n    return event['text'][::-1]"}
    function = deploy_function(lambda_client, code, runtime="python3.13")
    assert _call_shared(localstack, function.name, '{"text":"ü서"}'.encode())[2] == '"서ü"'.encode()


def test_only_memory_of_an_event_is_read(localstack, mixed, tmp_path):
    other = tmp_path / "other"
    other.write_text('{"text":"private"}')
    id_ = uuid.uuid4()
    with other.open() as file:
        for header in [
            str(other),
            f"/proc/{os.getpid()}/fd/{file.fileno()} isobar-event-{id_} 18",
            f"/proc/{os.getpid()}/fd/9999 isobar-event-{id_} 18",
        ]:
            for method, path in [
                ("POST", f"/2015-03-31/functions/{mixed.name}/invocations"),
                ("GET", "/_isobar/shared-event"),
            ]:
                connection = http.client.HTTPConnection(urlsplit(localstack.url).netloc, timeout=60)
                headers = {"Authorization": _AUTHORIZATION, "X-Isobar-Event": header}
                connection.request(method, path, b"", headers)
                answer = connection.getresponse()
                assert answer.status == 400
                assert b"expected" in (text := answer.read()) or b"/proc/" in text
                connection.close()


def test_memory_that_is_shorter_than_said_is_refused(localstack, mixed):
    with _shared(b"{}") as named:
        longer = {"X-Isobar-Event": named["X-Isobar-Event"][:-1] + "3"}
        status, _, body = _call(localstack, mixed.name, b"", **longer)
    assert status == 400 and b"is not the 3 bytes" in body
