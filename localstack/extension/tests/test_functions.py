"""The subprocess executor, through the Lambda API."""

import base64
import json
import os
import platform
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from conftest import MEETING, LocalStack, deploy_function, unique, wait_for, zip_of


def test_an_invocation_answers_the_handlers_return_value(deploy):
    echo = deploy("exports.handler = async (event) => ({ got: event, naïve: 'ü🌧' });")
    assert echo.invoke({"a": [1, "서울"]}) == ({"got": {"a": [1, "서울"]}, "naïve": "ü🌧"}, None)


def test_a_handler_that_returns_nothing_answers_null(deploy):
    assert deploy("exports.handler = async () => {};").invoke() == (None, None)


@pytest.mark.parametrize(
    ("files", "handler"),
    [
        ({"index.mjs": "export const handler = async () => 'ok';"}, "index.handler"),
        ({"index.cjs": "exports.handler = async () => 'ok';"}, "index.handler"),
        ({"a/b/index.js": "exports.nested = { handler: async () => 'ok' };"}, "a/b/index.nested.handler"),
        (
            {
                "package.json": '{"type":"module"}',
                "index.js": "await 0; export const handler = async () => 'ok';",
            },
            "index.handler",
        ),
    ],
    ids=["ES module", "CommonJS by extension", "nested folder and property", "ES module by package.json"],
)
def test_the_handler_string_finds_the_exported_function(deploy, files, handler):
    assert deploy(files, handler=handler).invoke() == ("ok", None)


@pytest.mark.parametrize(
    ("code", "handler", "error_type", "message"),
    [
        ("", "index", "Runtime.MalformedHandlerName", "Bad handler"),
        ("", "missing.handler", "Runtime.ImportModuleError", "Error: Cannot find module 'missing'"),
        (
            "require('./absent');",
            "index.handler",
            "Runtime.ImportModuleError",
            "Error: Cannot find module './absent'",
        ),
        ("", "index.handler", "Runtime.HandlerNotFound", "index.handler is undefined or not exported"),
        (
            "exports.handler = 1;",
            "index.handler",
            "Runtime.HandlerNotFound",
            "index.handler is not a function",
        ),
        ("exports.handler = (", "index.handler", "Runtime.UserCodeSyntaxError", "SyntaxError: "),
        ("throw new RangeError('at start');", "index.handler", "RangeError", "at start"),
    ],
)
def test_a_handler_that_does_not_load_fails_every_invocation(deploy, code, handler, error_type, message):
    function = deploy(code, handler=handler)
    for _ in range(2):
        answer, error = function.invoke()
        assert error == "Unhandled"
        assert answer["errorType"] == error_type
        assert answer["errorMessage"].startswith(message)


@pytest.mark.parametrize(
    ("code", "error_type", "message"),
    [
        ("exports.handler = async () => { throw new TypeError('bad'); };", "TypeError", "bad"),
        ("exports.handler = () => { throw new Error('sync'); };", "Error", "sync"),
        ("exports.handler = async () => { throw 'text'; };", "string", "text"),
        ("exports.handler = () => new Promise(() => {});", "Runtime.NodeJsExit", "The Lambda runtime client"),
        ("exports.handler = async () => 1n;", "Error", "Unable to stringify response body"),
        (
            "exports.handler = () => new Promise(() => { setTimeout(() => { throw new Error('late'); }); });",
            "Error",
            "late",
        ),
        (
            "exports.handler = async () => { "
            "Promise.reject(new Error('lost')); await new Promise((r) => setTimeout(r, 999)); };",
            "Runtime.UnhandledPromiseRejection",
            "Error: lost",
        ),
    ],
)
def test_a_handler_that_fails_is_a_function_error(deploy, code, error_type, message):
    function = deploy(code)
    for _ in range(2):
        answer, error = function.invoke()
        assert error == "Unhandled"
        assert answer["errorType"] == error_type
        assert answer["errorMessage"].startswith(message)


def test_node_22_takes_callbacks_and_waits_for_the_event_loop(deploy):
    code = """let late = 'not yet';
    exports.handler = (event, context, callback) => {
      context.callbackWaitsForEmptyEventLoop = event.wait;
      setTimeout(() => { late = 'done'; }, 100);
      callback(null, { get late() { return late; } });
    };"""
    function = deploy(code, runtime="nodejs22.x")
    assert function.invoke({"wait": True}) == ({"late": "done"}, None)
    assert deploy(code, runtime="nodejs22.x").invoke({"wait": False}) == ({"late": "not yet"}, None)


def test_node_24_refuses_callbacks(deploy):
    answer, _ = deploy("exports.handler = (event, context, callback) => callback();").invoke()
    assert answer["errorType"] == "Runtime.CallbackHandlerDeprecated"


def test_the_context_describes_the_function_and_the_invocation(deploy):
    function = deploy(
        "exports.handler = async (_, context) => ({ ...context, left: context.getRemainingTimeInMillis() });",
        Timeout=7,
        MemorySize=256,
    )
    context, _ = function.invoke()
    assert context["functionName"] == function.name
    assert context["functionVersion"] == "$LATEST"
    assert context["memoryLimitInMB"] == "256"
    assert context["invokedFunctionArn"].endswith(f":function:{function.name}")
    assert context["logGroupName"] == f"/aws/lambda/{function.name}"
    assert len(context["awsRequestId"]) == 36
    assert 6000 < context["left"] <= 7000


def test_a_function_sees_lambdas_variables_and_its_own_only(deploy, localstack):
    function = deploy(
        "exports.handler = async () => ({ env: process.env, argv: process.argv, cwd: process.cwd(), "
        "tz: new Date().getTimezoneOffset() });",
        Environment={"Variables": {"OWN": "value", "AWS_LAMBDA_NODEJS": "also"}},
    )
    seen, _ = function.invoke()
    env = seen["env"]
    assert env.pop("OWN") == "value"
    assert env.pop("AWS_LAMBDA_NODEJS") == "also"
    assert env["AWS_ENDPOINT_URL"] == localstack.url
    assert env["AWS_EXECUTION_ENV"] == "AWS_Lambda_nodejs24.x"
    assert env["TZ"] == ":UTC" and seen["tz"] == 0
    assert env["LAMBDA_TASK_ROOT"] == seen["cwd"]
    assert len(seen["argv"]) == 2
    assert sorted(name for name in env if not name.startswith("AWS_")) == [
        "LAMBDA_RUNTIME_DIR",
        "LAMBDA_TASK_ROOT",
        "LANG",
        "PATH",
        "TZ",
        "_HANDLER",
        "_X_AMZN_TRACE_ID",
    ]


@pytest.mark.parametrize("module", ["commonjs", "module"])
def test_a_function_finds_the_sdk_but_no_other_package(deploy, module):
    code = (
        "exports.handler = async (event) => Object.keys(require(event.name)).length > 0;"
        if module == "commonjs"
        else "export const handler = async (event) => Object.keys(await import(event.name)).length > 0;"
    )
    function = deploy({"package.json": json.dumps({"type": module}), "index.js": code})
    assert function.invoke({"name": "@aws-sdk/client-s3"}) == (True, None)
    answer, error = function.invoke({"name": "kafkajs"})
    assert error and "Cannot find" in answer["errorMessage"]


def test_a_timeout_kills_the_process_group_and_the_next_invocation_starts_a_new_process(deploy):
    function = deploy(
        """const { spawn } = require('node:child_process');
        let calls = 0;
        exports.handler = async ({ hang }) => {
          const child = hang && spawn('sleep', ['60']);
          console.log('pids', JSON.stringify([process.pid, child?.pid]));
          if (hang === 'busy') for (;;);
          if (hang) await new Promise((resolve) => setTimeout(resolve, 60_000));
          return ++calls;
        };""",
        Timeout=1,
    )
    assert function.invoke() == (1, None)
    for hang in ("idle", "busy"):
        answer = function.client.invoke(
            FunctionName=function.name, Payload=json.dumps({"hang": hang}), LogType="Tail"
        )
        log = base64.b64decode(answer["LogResult"]).decode()
        body = json.loads(answer["Payload"].read())
        request_id = answer["ResponseMetadata"]["RequestId"]
        assert answer["FunctionError"] == "Unhandled"
        assert body["errorType"] == "Sandbox.Timedout"
        assert body["errorMessage"].endswith("Error: Task timed out after 1.00 seconds")
        assert body["errorMessage"].startswith("RequestId: ")
        assert "Task timed out after 1.00 seconds\n" in log and "Status: timeout" in log, request_id
        for pid in json.loads(log.split("pids ")[1].split("\n")[0]):
            wait_for(lambda pid=pid: not _is_running(pid))
        assert function.invoke() == (1, None)


@pytest.mark.parametrize(
    ("crash", "reason"),
    [
        ("process.exit(3)", "Runtime exited with error: exit status 3"),
        ("process.exit(0)", "Runtime exited without providing a reason"),
        ("process.kill(process.pid, 'SIGKILL')", "Runtime exited with error: signal: killed"),
        ("process.abort()", "Runtime exited with error: signal: aborted"),
    ],
)
def test_a_process_that_dies_is_a_runtime_exit_error(deploy, crash, reason):
    function = deploy(
        "exports.handler = async ({ die }) => { "
        f"if (die) {{ console.log('last words'); {crash}; }} return 'ok'; }};"
    )
    answer = function.client.invoke(FunctionName=function.name, Payload='{"die":true}', LogType="Tail")
    body = json.loads(answer["Payload"].read())
    assert body["errorType"] == "Runtime.ExitError"
    assert body["errorMessage"].startswith("RequestId: ")
    assert body["errorMessage"].endswith(f" Error: {reason}")
    log = base64.b64decode(answer["LogResult"]).decode()
    assert "last words" in log
    assert f"Error: {reason}\nRuntime.ExitError\n" in log
    assert function.invoke() == ("ok", None)


def test_memory_use_above_the_functions_size_ends_the_process(deploy):
    function = deploy(
        "exports.handler = async () => { "
        "const all = []; for (;;) all.push(new Array(1e5).fill(all.length)); };",
        MemorySize=128,
        Timeout=20,
    )
    answer, _ = function.invoke()
    assert answer["errorType"] == "Runtime.ExitError"


def test_a_slow_start_counts_against_the_timeout_only_after_the_init_phase(deploy):
    function = deploy(
        "const until = Date.now() + 1500; while (Date.now() < until); exports.handler = async () => 'ok';",
        Timeout=1,
    )
    assert function.invoke() == ("ok", None)


def test_a_response_over_6_mb_is_refused(deploy):
    function = deploy("exports.handler = async ({ size }) => 'x'.repeat(size);")
    answer, error = function.invoke({"size": 6_291_555})
    assert error == "Unhandled"
    assert answer == {
        "errorType": "Function.ResponseSizeTooLarge",
        "errorMessage": "Response payload size exceeded maximum allowed payload size (6291556 bytes).",
    }
    assert len(function.invoke({"size": 6_291_554})[0]) == 6_291_554


def test_a_payload_of_6_mb_arrives_complete(deploy):
    function = deploy("exports.handler = async ({ text }) => [text.length, text.at(-1)];")
    assert function.invoke({"text": "é" * 3_000_000 + "z"}) == ([3_000_001, "z"], None)


def test_concurrent_invocations_have_one_process_each_and_reuse_it(deploy, tmp_path):
    function = deploy(MEETING, Timeout=120)

    def meet(round_: str) -> set[int]:
        folder = tmp_path / round_
        folder.mkdir()
        event = {"folder": str(folder), "until": 6}
        with ThreadPoolExecutor(6) as pool:
            return {
                pid for pid, error in pool.map(lambda _: function.invoke(event), range(6)) if error is None
            }

    first, second = meet("first"), meet("second")
    assert len(first) == 6
    assert first == second


def test_reserved_concurrency_throttles_further_invocations(deploy, tmp_path):
    function = deploy(MEETING, Timeout=120)
    function.client.put_function_concurrency(FunctionName=function.name, ReservedConcurrentExecutions=1)
    event = {"folder": str(tmp_path), "until": 2}
    with ThreadPoolExecutor(1) as pool:
        under_way = pool.submit(function.invoke, event)
        wait_for(lambda: any(tmp_path.iterdir()))
        with pytest.raises(function.client.exceptions.TooManyRequestsException):
            function.invoke(event)
        (tmp_path / "go on").touch()
        assert under_way.result()[1] is None


def test_a_running_invocation_finishes_after_an_update(deploy, tmp_path):
    function = deploy(MEETING, Timeout=120)
    with ThreadPoolExecutor(1) as pool:
        under_way = pool.submit(function.invoke, {"folder": str(tmp_path), "until": 2})
        wait_for(lambda: any(tmp_path.iterdir()))
        [process] = _node_processes_of(function)
        function.client.update_function_configuration(
            FunctionName=function.name, Environment={"Variables": {"A": "b"}}
        )
        (tmp_path / "go on").touch()
        assert under_way.result() == (process, None)
    wait_for(lambda: not _node_processes_of(function))


@pytest.mark.parametrize("log_group", [None, unique("/custom/group")])
def test_output_of_a_function_goes_to_cloudwatch_logs(deploy, localstack, log_group):
    options = {"LoggingConfig": {"LogFormat": "Text", "LogGroup": log_group}} if log_group else {}
    function = deploy(
        """exports.handler = async () => {
          console.log('one %d', 1);
          console.error('two\\nlines');
          process.stdout.write('raw\\n');
        };""",
        **options,
    )
    function.invoke()
    group = log_group or f"/aws/lambda/{function.name}"
    lines = wait_for(lambda: _logged(localstack.client("logs"), group))
    assert lines[0].startswith("START RequestId: ") and lines[0].endswith(" Version: $LATEST")
    request_id = lines[0].split(" ")[2]
    assert lines[1].split("\t")[1:] == [request_id, "INFO", "one 1"]
    assert lines[2].split("\t")[1:] == [request_id, "ERROR", "two\rlines"]
    assert lines[3] == "raw"
    assert lines[4] == f"END RequestId: {request_id}"
    assert lines[5].startswith(f"REPORT RequestId: {request_id}\tDuration: ")
    assert "Init Duration: " in lines[5]


def test_the_json_log_format_writes_json_lines_at_or_above_the_log_level(deploy, localstack):
    function = deploy(
        """exports.handler = async () => {
          console.info('below the level');
          console.warn({ city: 'Seoul' });
          console.error('failed', new RangeError('far'));
        };""",
        LoggingConfig={"LogFormat": "JSON", "ApplicationLogLevel": "WARN"},
    )
    function.invoke()
    lines = wait_for(lambda: _logged(localstack.client("logs"), f"/aws/lambda/{function.name}"))
    start, warning, error, report = [json.loads(line) for line in lines]
    assert start["type"] == "platform.start"
    assert warning["level"] == "WARN" and warning["message"] == {"city": "Seoul"}
    assert error["errorType"] == "RangeError" and error["errorMessage"] == "far"
    assert report["type"] == "platform.report" and report["record"]["status"] == "success"


def _definition(**changes):
    return {
        "FunctionName": unique("refused"),
        "Runtime": "nodejs24.x",
        "Handler": "index.handler",
        "Role": "arn:aws:iam::000000000000:role/any",
        "Code": {"ZipFile": zip_of({"index.js": ""})},
        **changes,
    }


_IMAGE = {"PackageType": "Image", "Code": {"ImageUri": "000000000000.dkr.ecr.us-east-1.amazonaws.com/a:b"}}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"Runtime": "java21"}, "The runtime java21 is not emulated locally. Functions run on Node.js"),
        ({"Runtime": "python3.9"}, "on python3.12, python3.13 or python3.14."),
        ({"Runtime": "cobol1"}, "Value cobol1 at 'runtime' failed to satisfy constraint"),
        (_IMAGE, "Container images are not emulated locally"),
    ],
    ids=["a runtime that is not emulated", "an old Python", "an unknown runtime", "an image"],
)
def test_a_function_that_cannot_run_here_is_refused_at_create(lambda_client, changes, message):
    definition = _definition(**changes)
    if "PackageType" in changes:
        del definition["Runtime"], definition["Handler"]
    with pytest.raises(lambda_client.exceptions.InvalidParameterValueException, match=re.escape(message)):
        lambda_client.create_function(**definition)
    with pytest.raises(lambda_client.exceptions.ResourceNotFoundException):
        lambda_client.get_function(FunctionName=definition["FunctionName"])


def test_an_update_to_a_runtime_that_is_not_emulated_is_refused_and_changes_nothing(deploy, lambda_client):
    function = deploy("exports.handler = async () => 'ok';")
    refused = lambda_client.exceptions.InvalidParameterValueException
    with pytest.raises(refused, match="The runtime ruby3.4 is not emulated locally"):
        lambda_client.update_function_configuration(FunctionName=function.name, Runtime="ruby3.4")
    assert function.invoke() == ("ok", None)


def test_native_code_for_another_architecture_is_told_in_the_log(deploy):
    machine = "arm64" if platform.machine() in ("aarch64", "arm64") else "x86_64"
    other = "x86_64" if machine == "arm64" else "arm64"

    def log_of(architecture: str, *native: str) -> str:
        files = {"index.js": "exports.handler = async () => 1;", **dict.fromkeys(native, "")}
        function = deploy(files, Architectures=[architecture])
        answer = function.client.invoke(FunctionName=function.name, Payload="{}", LogType="Tail")
        return base64.b64decode(answer["LogResult"]).decode()

    told = f"isobar: the function asks for {other} and runs on {machine}"
    assert told in log_of(other, "lib/addon.node")
    assert "lib/addon.node is native code" in log_of(other, "lib/addon.node")
    assert told not in log_of(other)
    assert "asks for" not in log_of(machine, "lib/addon.node")


def test_reserved_variables_are_refused_at_create_and_at_update(deploy, lambda_client):
    variables = {"Variables": {"OWN": "1", "_HANDLER": "x", "AWS_REGION": "eu-west-1"}}
    refused = lambda_client.exceptions.InvalidParameterValueException
    message = "Reserved keys used in this request: AWS_REGION, _HANDLER$"
    with pytest.raises(refused, match=message):
        lambda_client.create_function(**_definition(Environment=variables))
    function = deploy("exports.handler = async () => process.env.OWN;")
    with pytest.raises(refused, match=message):
        lambda_client.update_function_configuration(FunctionName=function.name, Environment=variables)
    assert function.invoke() == (None, None)


def test_no_process_outlives_a_killed_localstack(tmp_path):
    doomed = LocalStack(tmp_path)
    try:
        client = doomed.client("lambda")
        idle = deploy_function(client, "exports.handler = async () => process.pid;")
        busy = deploy_function(client, "exports.handler = async () => { for (;;); };", Timeout=60)
        idle_pid, _ = idle.invoke()
        with ThreadPoolExecutor(1) as pool:
            pool.submit(busy.invoke)
            busy_pid = wait_for(lambda: _node_processes_of(busy))[0]
            doomed.kill()
        for pid in (idle_pid, busy_pid):
            wait_for(lambda pid=pid: not _is_running(pid))
    finally:
        doomed.kill()


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have no such signal")
def test_no_localstack_outlives_killed_tests(tmp_path):
    script = (
        "import sys, time; from pathlib import Path; from conftest import LocalStack; "
        "print(LocalStack(Path(sys.argv[1])).process.pid, flush=True); time.sleep(600)"
    )
    tests = subprocess.Popen(
        [sys.executable, "-c", script, str(tmp_path)], cwd=Path(__file__).parent, stdout=subprocess.PIPE
    )
    pid = int(tests.stdout.readline())
    assert _is_running(pid)
    tests.kill()
    tests.wait()
    wait_for(lambda: not _is_running(pid), within_s=30)


def _is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    with open(f"/proc/{pid}/stat") as stat:
        return stat.read().rsplit(")", 1)[1].split()[0] != "Z"


def _node_processes_of(function) -> list[int]:
    wanted = f"AWS_LAMBDA_FUNCTION_NAME={function.name}".encode()
    found = []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{pid}/environ", "rb") as environ:
                if wanted in environ.read().split(b"\0"):
                    found.append(int(pid))
        except OSError:
            continue
    return found


def _logged(logs, group: str) -> list[str]:
    """The messages of the group's last finished invocation."""
    try:
        events = logs.filter_log_events(logGroupName=group)["events"]
    except logs.exceptions.ResourceNotFoundException:
        return []
    return [event["message"].removesuffix("\n").removesuffix("\t") for event in events]


def test_compiled_code_of_a_function_is_cached_for_its_next_process(deploy):
    function = deploy("exports.handler = async () => require('node:module').getCompileCacheDir();")
    folder, error = function.invoke()
    assert error is None
    wait_for(lambda: any(files for _, _, files in os.walk(folder)))
