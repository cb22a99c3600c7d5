"""Python functions, through the Lambda API. `test_functions.py` has what holds for every runtime."""

import base64
import json
import sys

import pytest
from conftest import unique, wait_for

RUNTIMES = ("python3.12", "python3.13", "python3.14")
_OK = "def handler(event, context): return 'ok'"
NBSP = "\N{NO-BREAK SPACE}"


@pytest.fixture(scope="module")
def deploy_python(deploy):
    def deploy_python(code, *, runtime="python3.13", handler="index.handler", **options):
        files = code if isinstance(code, dict) else {"index.py": code}
        return deploy(files, runtime=runtime, handler=handler, **options)

    return deploy_python


@pytest.mark.parametrize("runtime", RUNTIMES)
def test_each_python_runtime_answers_the_handlers_return_value(deploy_python, runtime):
    code = "def handler(event, context):\n    return {'got': event, 'naïve': 'ü🌧'}"
    echo = deploy_python(code, runtime=runtime)
    assert echo.invoke({"a": [1, "서울"]}) == ({"got": {"a": [1, "서울"]}, "naïve": "ü🌧"}, None)


def test_a_machine_without_the_runtimes_python_says_so_in_the_functions_log(deploy_python):
    code = "import sys\ndef handler(event, context):\n    return list(sys.version_info[:2])"
    for runtime in RUNTIMES:
        function = deploy_python(code, runtime=runtime)
        version, log = _invoke_with_log(function)
        wanted = [int(part) for part in runtime.removeprefix("python").split(".")]
        notice = f"isobar: this machine has no {runtime}, so the function runs on Python "
        assert (version == wanted) != (notice in log), (version, log)
    # LocalStack itself runs on one of the three.
    assert f"python{sys.version_info.major}.{sys.version_info.minor}" in RUNTIMES


@pytest.mark.parametrize(
    ("files", "handler"),
    [
        (
            {"app/web.py": _OK, "app/__init__.py": ""},
            "app.web.handler",
        ),
        ({"app/web.py": _OK}, "app/web.handler"),
        (
            {
                "index.py": "import frames, errors\ndef handler(event, context): return frames.V + errors.V",
                "frames.py": "V = 'o'",
                "errors.py": "V = 'k'",
            },
            "index.handler",
        ),
    ],
    ids=["dotted", "with a slash", "modules named like the runtime's"],
)
def test_the_handler_string_finds_the_function(deploy_python, files, handler):
    assert deploy_python(files, handler=handler).invoke() == ("ok", None)


@pytest.mark.parametrize(
    ("code", "handler", "error_type", "message"),
    [
        ("", "index", "Runtime.MalformedHandlerName", "Bad handler 'index': not enough values to unpack"),
        ("", "missing.handler", "Runtime.ImportModuleError", "Unable to import module 'missing'"),
        (
            "import absent",
            "index.handler",
            "Runtime.ImportModuleError",
            "Unable to import module 'index'",
        ),
        ("", "index.handler", "Runtime.HandlerNotFound", "Handler 'handler' missing on module 'index'"),
        ("", "sys.handler", "Runtime.BuiltInModuleConflict", "Cannot use built-in module sys as a handler"),
        (
            "def handler(",
            "index.handler",
            "Runtime.UserCodeSyntaxError",
            "Syntax error in module 'index'",
        ),
        ("raise KeyError('at start')", "index.handler", "KeyError", "'at start'"),
    ],
)
def test_a_handler_that_does_not_load_fails_every_invocation(
    deploy_python, code, handler, error_type, message
):
    function = deploy_python(code, handler=handler)
    for _ in range(2):
        answer, error = function.invoke()
        assert error == "Unhandled"
        assert answer["errorType"] == error_type
        assert answer["errorMessage"].startswith(message)
        assert isinstance(answer["stackTrace"], list)


def test_an_exception_has_lambdas_shape_for_the_caller_and_in_the_log(deploy_python):
    function = deploy_python(
        "class OutOfStock(Exception):\n    pass\n"
        "def sell():\n    raise OutOfStock('no ü')\n"
        "def handler(event, context):\n    sell()\n"
    )
    raw = function.client.invoke(FunctionName=function.name, Payload="{}", LogType="Tail")
    assert raw["FunctionError"] == "Unhandled"
    answer = json.loads(raw["Payload"].read())
    assert (answer["errorType"], answer["errorMessage"]) == ("OutOfStock", "no ü")
    assert answer["requestId"] == raw["ResponseMetadata"]["RequestId"]
    frames = [entry.split("\n")[0].split("/")[-1] for entry in answer["stackTrace"]]
    assert frames == ['index.py", line 6, in handler', 'index.py", line 4, in sell']
    assert list(answer) == ["errorMessage", "errorType", "requestId", "stackTrace"]
    log = base64.b64decode(raw["LogResult"]).decode()
    assert "[ERROR] OutOfStock: no ü\rTraceback (most recent call last):\r" in log
    assert f"\r{NBSP * 2}File " in log
    assert "isobar_runtime" not in log


@pytest.mark.parametrize(
    ("body", "error_type", "message"),
    [
        (
            "return {1, 2}",
            "Runtime.MarshalError",
            "Unable to marshal response: Object of type set",
        ),
        (
            "return b'x'",
            "Runtime.MarshalError",
            "Unable to marshal response: Object of type bytes",
        ),
        ("import sys; sys.exit(3)", "Runtime.ExitError", "Runtime exited with error: exit status 3"),
        ("import sys; sys.exit()", "Runtime.ExitError", "Runtime exited without providing a reason"),
        ("import os; os.kill(os.getpid(), 15)", "Runtime.ExitError", "exited with error: signal: terminated"),
        ("import os; os.abort()", "Runtime.ExitError", "exited with error: signal: aborted"),
    ],
)
def test_an_answer_that_is_no_json_and_an_exit_are_function_errors(deploy_python, body, error_type, message):
    function = deploy_python(
        f"def handler(event, context):\n    if event.get('ok'): return 'ok'\n    {body}\n"
    )
    answer, error = function.invoke()
    assert error == "Unhandled"
    assert answer["errorType"] == error_type
    assert message in answer["errorMessage"]
    assert function.invoke({"ok": True}) == ("ok", None)


def test_a_coroutine_is_no_answer(deploy_python):
    answer, _ = deploy_python("async def handler(event, context): return 1").invoke()
    assert answer["errorType"] == "Runtime.MarshalError"


def test_decimals_are_json_numbers_and_the_state_of_a_module_stays(deploy_python):
    function = deploy_python(
        "from decimal import Decimal\ncalls = 0\n"
        "def handler(event, context):\n    global calls; calls += 1\n    return [calls, Decimal('1.5')]\n"
    )
    assert function.invoke() == ([1, 1.5], None)
    assert function.invoke() == ([2, 1.5], None)


def test_a_timeout_ends_the_process_and_a_thread_does_not_keep_an_old_one(deploy_python):
    function = deploy_python(
        "import threading, time\n"
        "threading.Thread(target=lambda: time.sleep(600)).start()\n"
        "def handler(event, context):\n    while event.get('hang'): pass\n    return 'ok'\n",
        Timeout=1,
    )
    answer, error = function.invoke({"hang": True})
    assert (answer["errorType"], error) == ("Sandbox.Timedout", "Unhandled")
    assert function.invoke() == ("ok", None)


def test_the_context_describes_the_function_and_the_invocation(deploy_python):
    function = deploy_python(
        "def handler(event, context):\n"
        "    return {name: getattr(context, name) for name in dir(context)\n"
        "            if name[0] != '_' and isinstance(getattr(context, name), (str, type(None)))} | {\n"
        "        'left': context.get_remaining_time_in_millis(),\n"
        "        'identity': context.identity.cognito_identity_id}\n",
        Timeout=7,
        MemorySize=256,
    )
    context, _ = function.invoke()
    assert 6000 < context.pop("left") <= 7000
    assert len(context.pop("aws_request_id")) == 36
    assert context.pop("log_stream_name")
    assert context.pop("invoked_function_arn").endswith(f":function:{function.name}")
    assert context == {
        "function_name": function.name,
        "function_version": "$LATEST",
        "memory_limit_in_mb": "256",
        "log_group_name": f"/aws/lambda/{function.name}",
        "client_context": None,
        "identity": None,
    }


def test_a_function_sees_lambdas_variables_and_its_own_only(deploy_python, localstack):
    function = deploy_python(
        "import os, sys, time\n"
        "def handler(event, context):\n"
        "    return {'env': dict(os.environ), 'argv': sys.argv, 'cwd': os.getcwd(), 'zone': time.timezone}\n",
        Environment={"Variables": {"OWN": "value"}},
    )
    seen, _ = function.invoke()
    env = seen["env"]
    assert env.pop("OWN") == "value"
    assert env["AWS_ENDPOINT_URL"] == localstack.url
    assert env["AWS_EXECUTION_ENV"] == "AWS_Lambda_python3.13"
    assert env["TZ"] == ":UTC" and seen["zone"] == 0
    assert env["LAMBDA_TASK_ROOT"] == seen["cwd"]
    assert len(seen["argv"]) == 1
    # Python itself sets LC_CTYPE where the machine lacks the locale of LANG.
    own = [name for name in env if not name.startswith("AWS_") and name != "LC_CTYPE"]
    assert sorted(own) == [
        "LAMBDA_RUNTIME_DIR",
        "LAMBDA_TASK_ROOT",
        "LANG",
        "PATH",
        "TZ",
        "_HANDLER",
        "_X_AMZN_TRACE_ID",
    ]


def test_a_function_finds_boto3_but_no_other_package(deploy_python, localstack):
    bucket = unique("bucket")
    localstack.client("s3").create_bucket(Bucket=bucket)
    function = deploy_python(
        "import importlib\n"
        "def handler(event, context):\n"
        "    module = importlib.import_module(event['name'])\n"
        "    return [b['Name'] for b in module.client('s3').list_buckets()['Buckets']]\n",
        Timeout=60,
    )
    buckets, error = function.invoke({"name": "boto3"})
    assert error is None and bucket in buckets
    for name in ("psutil", "localstack", "pip"):
        answer, _ = function.invoke({"name": name})
        assert answer["errorType"] == "ModuleNotFoundError", name


def test_a_bundled_package_hides_the_runtimes(deploy_python):
    files = {
        "index.py": "import boto3\ndef handler(event, context): return boto3.OWN",
        "boto3.py": "OWN = 'own'",
    }
    assert deploy_python(files).invoke() == ("own", None)


def test_output_and_log_records_are_in_lambdas_format(deploy_python):
    function = deploy_python(
        "import logging, sys\n"
        "logging.getLogger().setLevel('INFO')\n"
        "def handler(event, context):\n"
        "    print('plain')\n"
        "    logging.info('two\\nlines of %s', 'one record')\n"
        "    logging.getLogger('x').debug('below the level')\n"
        "    print('to stderr', file=sys.stderr)\n"
    )
    answer, log = _invoke_with_log(function)
    start, plain, record, stderr, end = log.split("\n")[:5]
    request_id = start.split(" ")[2]
    assert answer is None
    assert (plain, stderr) == ("plain", "to stderr")
    level, time, id_, text = record.split("\t")
    assert (level, id_, text) == ("[INFO]", request_id, "two\rlines of one record")
    assert time.endswith("Z") and "T" in time
    assert end.startswith("END RequestId: ")


def test_the_json_log_format_writes_records_as_json_lines_at_or_above_the_level(deploy_python):
    function = deploy_python(
        "import logging\n"
        "def handler(event, context):\n"
        "    logging.info('below the level')\n"
        "    logging.warning('watch %s', 'out', extra={'city': '서울'})\n"
        "    try: 1 / 0\n"
        "    except ZeroDivisionError: logging.exception('failed')\n"
        "    raise ValueError('end')\n",
        LoggingConfig={"LogFormat": "JSON", "ApplicationLogLevel": "WARN"},
    )
    _, log = _invoke_with_log(function)
    lines = [json.loads(line) for line in log.split("\n") if line]
    warning, caught, thrown = lines[1:4]
    assert (warning["level"], warning["message"], warning["city"]) == ("WARNING", "watch out", "서울")
    assert (caught["errorType"], caught["errorMessage"]) == ("ZeroDivisionError", "division by zero")
    assert caught["requestId"] == warning["requestId"] != ""
    assert (thrown["log_level"], thrown["errorType"]) == ("ERROR", "ValueError")


def test_a_payload_of_6_mb_arrives_complete(deploy_python):
    function = deploy_python("def handler(event, context): return [len(event['text']), event['text'][-1]]")
    assert function.invoke({"text": "é" * 3_000_000 + "z"}) == ([3_000_001, "z"], None)


def test_an_update_moves_a_function_from_node_to_python(deploy):
    function = deploy({"index.js": "exports.handler = async () => 'node';", "index.py": _OK})
    client, name = function.client, function.name
    assert function.invoke() == ("node", None)
    client.update_function_configuration(FunctionName=name, Runtime="python3.13")
    wait_for(lambda: client.get_function_configuration(FunctionName=name)["LastUpdateStatus"] == "Successful")
    assert function.invoke() == ("ok", None)


def _invoke_with_log(function, event=None):
    raw = function.client.invoke(FunctionName=function.name, Payload=json.dumps(event or {}), LogType="Tail")
    return json.loads(raw["Payload"].read()), base64.b64decode(raw["LogResult"]).decode()
