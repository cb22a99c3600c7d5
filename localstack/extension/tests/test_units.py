"""Parts of the extension that run without LocalStack."""

import base64
import contextlib
import json
import socket
import threading
import time
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace

import botocore.session
import jsonpath_ng
import pytest
from botocore.awsrequest import AWSResponse
from botocore.exceptions import DataNotFoundError
from botocore.loaders import ExtrasProcessor, JSONFileLoader, create_loader
from localstack import config as localstack_config
from localstack.aws.api.stepfunctions import InvalidLoggingConfiguration
from localstack.aws.connect import ClientFactory
from localstack.services.apigateway.next_gen.execute_api.integrations.aws import RestApiAwsProxyIntegration
from localstack.services.cloudformation.engine.v2.change_set_model import Nothing, Scope
from localstack.services.cloudformation.engine.v2.change_set_model_preproc import PreprocEntityDelta
from localstack.services.lambda_.invocation import logs as function_logs
from localstack.services.lambda_.invocation import version_manager
from localstack.services.stepfunctions.asl.component.common.path import result_path
from localstack.services.stepfunctions.asl.eval.event import logging as machine_logs
from localstack.services.stepfunctions.asl.utils import json_path
from localstack.utils.aws.request_context import extract_access_key_id_from_auth_header
from localstack.utils.threads import TMP_THREADS
from moto.logs.models import logs_backends

from isobar_localstack.apigateway.amendments import amend_apigateway
from isobar_localstack.athena import statements
from isobar_localstack.athena import store as athena_store
from isobar_localstack.athena.executions import Executor
from isobar_localstack.cloudformation.copies import copied
from isobar_localstack.event_source_mappings import rules
from isobar_localstack.functions import amendments, direct, timers
from isobar_localstack.functions.frames import ConnectionClosed, receive_frame, send_frame
from isobar_localstack.functions.platform_log import PlatformLog, Report
from isobar_localstack.garbage_collection import trim
from isobar_localstack.logs import writer as logs_writer
from isobar_localstack.internal_clients import spare
from isobar_localstack.logs.amendments import drop_oldest
from isobar_localstack.msk.topics import TopicError, decode_configs, encode_configs
from isobar_localstack.roles import assume_roles_once
from isobar_localstack.service_models import read_models_once
from isobar_localstack.stepfunctions.json_path import parse_paths_once


@pytest.mark.parametrize("size", [0, 1, 5_000_000])
def test_a_frame_arrives_unchanged(size):
    here, there = socket.socketpair()
    payload = b"\xff\x00" * (size // 2) + b"x" * (size % 2)
    deadline = time.monotonic() + 5
    sender = threading.Thread(target=send_frame, args=(here, {"kind": "ü"}, payload, deadline))
    sender.start()
    assert receive_frame(there, deadline) == ({"kind": "ü"}, payload)
    sender.join()


def test_receiving_a_frame_tells_a_closed_socket_from_a_passed_deadline():
    here, there = socket.socketpair()
    with pytest.raises(TimeoutError):
        receive_frame(here, time.monotonic() + 0.01)
    there.close()
    with pytest.raises(ConnectionClosed):
        receive_frame(here, time.monotonic() + 1)


_LONG_S = 60

_ARN = "arn%3Aaws%3Alambda%3Aus-east-1%3A000000000000%3Afunction%3Aland"
_FROM_POLLER = {
    "content-type": "application/json",
    "x-amz-invocation-type": "RequestResponse",
    "x-amz-content-sha256": "UNSIGNED-PAYLOAD",
    "authorization": "AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/lambda/aws4_request, "
    "SignedHeaders=host, Signature=0",
}


@pytest.mark.parametrize(
    ("name", "headers", "taken"),
    [
        (_ARN, {}, True),
        ("land", {"x-amz-invocation-type": None, "content-type": None}, True),
        (f"{_ARN}%3Alive", {}, True),
        ("absent", {}, False),
        (_ARN.replace("us-east-1", "eu-west-1"), {}, False),
        (f"{_ARN}/", {}, False),
        ("land", {"x-amz-invocation-type": "Event"}, False),
        ("land", {"x-amz-log-type": "Tail"}, False),
        ("land", {"x-amz-client-context": "e30="}, False),
        ("land", {"content-encoding": "gzip"}, False),
        ("land", {"content-type": "application/x-www-form-urlencoded"}, False),
        ("land", {"origin": "http://example.com"}, False),
        ("land", {"authorization": None}, False),
        ("land", {"authorization": _FROM_POLLER["authorization"].replace("us-east-1", "eu-west-1")}, False),
        ("land", {"authorization": _FROM_POLLER["authorization"].replace("/lambda/", "/s3/")}, False),
    ],
)
def test_only_a_plain_invocation_of_an_existing_function_takes_the_direct_path(
    monkeypatch, name, headers, taken
):
    function = SimpleNamespace(functions={"land": object()})
    monkeypatch.setattr(direct, "_lambda_service", object())
    monkeypatch.setattr(direct, "lambda_stores", {"000000000000": {"us-east-1": function}})
    uri = f"/2015-03-31/functions/{name}/invocations"
    found = direct.direct_invocation("POST", uri, {**_FROM_POLLER, **headers}.get)
    assert (found is not None) == taken
    if found:
        assert (found.account, found.region, found.name) == ("000000000000", "us-east-1", "land")
        assert found.qualifier == ("live" if name.endswith("live") else None)
    assert direct.direct_invocation("POST", f"{uri}?Qualifier=live", _FROM_POLLER.get) is None
    assert direct.direct_invocation("GET", uri, _FROM_POLLER.get) is None


def test_an_api_calls_its_function_without_a_client(monkeypatch):
    class Service:
        def invoke(self, *, function_name, payload, **_options):
            return SimpleNamespace(payload=function_name.encode() + payload)

    by_client = staticmethod(lambda *_arguments: b"by client")
    monkeypatch.setattr(RestApiAwsProxyIntegration, "call_lambda", by_client)
    monkeypatch.setattr(direct, "_lambda_service", Service())
    functions = SimpleNamespace(functions={"land": object()})
    monkeypatch.setattr(direct, "lambda_stores", {"000000000000": {"us-east-1": functions}})
    amend_apigateway()
    arn = "arn:aws:lambda:us-east-1:000000000000:function:land"
    call = RestApiAwsProxyIntegration.call_lambda
    assert call(arn, b"!", "arn:of-the-method") == b"land!"
    assert call(arn, b"!", "arn:of-the-method", "arn:of-a-role") == b"by client"
    assert call(f"{arn}er", b"!", "arn:of-the-method") == b"by client"


def test_a_role_is_assumed_once(monkeypatch):
    assumed = []

    def assume(_factory, **role):
        assumed.append(role)
        return role

    monkeypatch.setattr(ClientFactory, "with_assumed_role", assume)
    assume_roles_once()
    factory = object()
    roles = [{"role_arn": "a"}, {"role_arn": "b"}, {"role_arn": "a"}, {"role_arn": "a", "region_name": "r"}]
    assert [ClientFactory.with_assumed_role(factory, **role) for role in roles] == roles
    assert assumed == [{"role_arn": "a"}, {"role_arn": "b"}, {"role_arn": "a", "region_name": "r"}]


def test_a_model_of_a_service_is_read_once_and_equals_botocores_own(monkeypatch):
    def model(loader, name, kind):
        return loader.load_service_model(name, kind)

    # botocore merges additions into the model of S3, and EC2's is its largest.
    wanted = [("s3", "service-2"), ("ec2", "service-2"), ("s3", "endpoint-rule-set-1")]
    botocores = [model(create_loader(), *each) for each in wanted]
    for changed, name in ((JSONFileLoader, "load_file"), (ExtrasProcessor, "process")):
        monkeypatch.setattr(changed, name, vars(changed)[name])
    read_models_once()
    first, second = create_loader(), create_loader()
    for each, expected in zip(wanted, botocores, strict=True):
        assert model(first, *each) is model(second, *each)
        assert model(first, *each) == expected
        assert list(model(first, *each)) == list(expected)
    assert create_loader().determine_latest_version("s3", "service-2") == "2006-03-01"
    with pytest.raises(DataNotFoundError):
        first.load_data("s3/2006-03-01/no-such-file")


def test_a_call_inside_localstack_names_its_caller_without_a_signature():
    client = botocore.session.get_session().create_client(
        "sqs",
        region_name="eu-west-1",
        aws_access_key_id="LKIA",
        aws_secret_access_key="secret",
        aws_session_token="token",
    )
    spare(client)
    sent = []

    def answer(request, **_):
        sent.append(request.headers)
        return AWSResponse(request.url, 200, {}, SimpleNamespace(stream=lambda: [b"{}"]))

    client.meta.events.register_first("before-send.*.*", answer)
    client.list_queues()
    authorization = sent[0]["Authorization"].decode()
    assert "/eu-west-1/sqs/aws4_request, SignedHeaders=host, Signature=none" in authorization
    assert extract_access_key_id_from_auth_header({"Authorization": authorization}) == "LKIA"
    assert sent[0]["X-Amz-Security-Token"] == b"token"
    # A URL for others is signed as before.
    assert "X-Amz-Signature=" in client.generate_presigned_url("list_queues")


def test_a_json_path_is_parsed_once(monkeypatch):
    parsed = []

    def parse(path):
        parsed.append(path)
        return jsonpath_ng.parse(path)

    for module in (json_path, result_path):
        monkeypatch.setattr(module, "parse", parse)
    parse_paths_once()
    assert [json_path.extract_json("$.a", {"a": value}) for value in (1, [2])] == [1, [2]]
    assert parsed == ["$.a"]


def test_an_invocation_leaves_no_thread_behind(monkeypatch):
    counted = []
    monkeypatch.setattr(version_manager, "start_thread", amendments.start_thread_unless_counting)
    monkeypatch.setattr(version_manager, "record_cw_metric_invocation", lambda **each: counted.append(each))
    result = SimpleNamespace(is_error=False, logs="")
    environment = SimpleNamespace(invoke=lambda _invocation: result)
    function = SimpleNamespace(function_name="land", account="0", region="r", qualifier="$LATEST")
    manager = SimpleNamespace(
        id="land",
        function=None,
        function_arn="arn",
        function_version=SimpleNamespace(id=function),
        provisioned_state=None,
        shutdown_event=threading.Event(),
        ldm_provisioner=None,
        counting_service=SimpleNamespace(get_invocation_lease=lambda *_: contextlib.nullcontext()),
        assignment_service=SimpleNamespace(get_environment=lambda *_: contextlib.nullcontext(environment)),
        store_logs=lambda **_: None,
    )
    kept = len(TMP_THREADS)
    version_manager.LambdaVersionManager.invoke(manager, invocation=SimpleNamespace(request_id="1"))
    assert counted == [{"function_name": "land", "account_id": "0", "region_name": "r"}]
    assert len(TMP_THREADS) == kept


def test_freed_memory_goes_back_to_the_system():
    def resident_bytes() -> int:
        return int(Path("/proc/self/statm").read_text().split()[1]) * 4096

    blocks = [bytes(10_000) for _ in range(10_000)]
    del blocks[::2], blocks[: len(blocks) - 2]  # the last one stays, above what is freed
    kept = resident_bytes()
    assert trim()
    assert kept - resident_bytes() > 50e6


def test_a_log_group_keeps_its_newest_events():
    def stream(last_ingestion_time, *events):
        return SimpleNamespace(last_ingestion_time=last_ingestion_time, events=list(events))

    newest, oldest, between = stream(9, 5, 6), stream(1, 1, 2), stream(5, 3, 4)
    group = SimpleNamespace(streams={"n": newest, "o": oldest, "empty": stream(None), "b": between})
    drop_oldest(group, 6)
    assert [newest.events, oldest.events, between.events] == [[5, 6], [1, 2], [3, 4]]
    drop_oldest(group, 3)
    assert [newest.events, oldest.events, between.events] == [[5, 6], [], [4]]


def test_a_report_line_has_lambdas_fields():
    report = Report(
        duration_ms=12.346, memory_mb=512, memory_used_mb=80, init_ms=100.5, status="success", error_type=None
    )
    assert PlatformLog("Text", "$LATEST").end("id", report) == (
        "END RequestId: id\n"
        "REPORT RequestId: id\tDuration: 12.35 ms\tBilled Duration: 113 ms\tMemory Size: 512 MB\t"
        "Max Memory Used: 80 MB\tInit Duration: 100.50 ms\t\n"
    )


def _base64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def test_topic_settings_are_base64_of_a_json_object_of_strings():
    configs = {"retention.ms": "1000", "cleanup.policy": "compact"}
    assert decode_configs(_base64('{"retention.ms": "1000", "cleanup.policy": "compact"}')) == configs
    assert decode_configs(encode_configs(configs)) == configs


@pytest.mark.parametrize(
    ("encoded", "reason"),
    [
        ("not base64!", "Base64 of a JSON object"),
        ('{"retention.ms": "1000"}', "Base64 of a JSON object"),
        (_base64("retention.ms=1000"), "Base64 of a JSON object"),
        (_base64('["retention.ms=1000"]'), "Base64 of a JSON object"),
        (_base64('{"retention.ms": 1000}'), "'retention.ms' must be a string"),
        (_base64('{"preallocate": true}'), "'preallocate' must be a string"),
        (_base64('{"retention.ms": null}'), "'retention.ms' must be a string"),
    ],
)
def test_topic_settings_of_any_other_form_are_refused(encoded, reason):
    with pytest.raises(TopicError, match=reason):
        decode_configs(encoded)


def test_emptied_settings_of_a_mapping_are_removed_with_the_provisioned_defaults():
    mapping = {
        "BatchSize": 1,
        "ProvisionedPollerConfig": {},
        "FilterCriteria": {"Filters": []},
        "MaximumRetryAttempts": -1,
        "FunctionResponseTypes": [],
    }
    rules.drop_emptied_settings(mapping)
    assert mapping == {"BatchSize": 1}


def test_a_snapshot_of_an_execution_is_consistent_while_the_execution_changes():
    shown = {"Status": {"State": "RUNNING"}, "Statistics": {}, "ExecutionParameters": ["1"]}
    execution = athena_store.Execution(shown)
    ended = threading.Event()

    def change():
        for number in range(20_000):
            shown["Statistics"][str(number % 500)] = number
            shown["Statistics"].pop(str((number * 7) % 500), None)
        ended.set()

    changing = threading.Thread(target=change)
    changing.start()
    while not ended.is_set():
        assert execution.snapshot()["Status"] == {"State": "RUNNING"}
    changing.join()
    assert execution.snapshot() == shown


def _executed(query: str, status: dict) -> athena_store.Execution:
    return athena_store.Execution(
        {
            "QueryExecutionId": "q",
            "Query": query,
            "QueryExecutionContext": {},
            "Status": status,
            "Statistics": {},
        }
    )


def test_a_statement_stopped_before_duckdb_starts_it_is_cancelled(tmp_path, monkeypatch):
    monkeypatch.setattr(localstack_config.dirs, "tmp", str(tmp_path))
    stopped = threading.Event()

    def begin_late(run, *_):
        assert stopped.wait(60)
        run.connection.execute("SELECT count(*) FROM range(10000) a, range(10000) b, range(10000) c")

    monkeypatch.setattr(statements, "execute", begin_late)
    execution = _executed("SELECT 1", {"State": "QUEUED", "SubmissionDateTime": datetime.now(UTC)})
    executor = Executor()
    arguments = (execution, athena_store.WorkGroup("primary", {}), "000000000000", "us-east-1")
    running = threading.Thread(target=executor._run, args=arguments, daemon=True)
    running.start()
    deadline = time.monotonic() + 60
    while execution.interrupt is None:
        assert time.monotonic() < deadline
        time.sleep(0.01)
    executor.stop(execution)
    executor.stop(execution)
    stopped.set()
    running.join(60)
    assert (execution.state, execution.interrupt) == ("CANCELLED", None)


def test_the_statistics_of_a_statement_are_set_before_its_final_state(tmp_path, monkeypatch):
    monkeypatch.setattr(localstack_config.dirs, "tmp", str(tmp_path))
    seen = []

    class Status(dict):
        def __setitem__(self, name, value):
            super().__setitem__(name, value)
            if name == "State":
                seen.append((value, set(execution.shown["Statistics"])))

    execution = _executed("SELECT FROM WHERE", Status(SubmissionDateTime=datetime.now(UTC)))
    workgroup = athena_store.WorkGroup("primary", {})
    Executor()._run(execution, workgroup, "000000000000", "us-east-1")
    times = {"QueryQueueTimeInMillis", "EngineExecutionTimeInMillis", "TotalExecutionTimeInMillis"}
    assert [state for state, _ in seen] == ["RUNNING", "FAILED"]
    assert times <= seen[-1][1] and execution.shown["Status"]["StateChangeReason"]


def test_a_copy_of_a_template_s_values_is_equal_and_its_own():
    scope = Scope("").open_scope("Resources").open_scope("Queue")
    values = {scope: PreprocEntityDelta(before=Nothing, after={"Name": ["a"]})}
    copy = copied(values)
    assert copy == values
    assert isinstance(next(iter(copy)), Scope)
    assert copy[scope].before is Nothing
    copy[scope].after["Name"].append("b")
    assert values[scope].after == {"Name": ["a"]}


@pytest.fixture
def logs_of(monkeypatch):
    """Events of a stream of CloudWatch Logs. No API can be called."""

    def no_client(*_arguments, **_options):
        pytest.fail("a client was made")

    monkeypatch.setattr(logs_writer, "connect_to", no_client)
    return lambda account, group, stream: [
        event.message for event in logs_backends[account]["eu-west-1"].groups[group].streams[stream].events
    ]


def test_logs_of_functions_are_written_without_a_client(monkeypatch, logs_of):
    monkeypatch.setattr(function_logs, "connect_to", None)
    logs_writer.write_logs_of_functions_in_process()
    handler = function_logs.LogHandler("arn:aws:iam::111111111111:role/any", "eu-west-1")
    for stream, text in [("one", "a\n"), ("one", "b\nc\n"), ("two", "d")]:
        handler.log_queue.put(function_logs.LogItem("/aws/lambda/f", stream, text))
    handler.log_queue.put(function_logs.QUEUE_SHUTDOWN)
    handler.run_log_loop()
    assert logs_of("111111111111", "/aws/lambda/f", "one") == ["a\n", "b\n", "c\n"]
    assert logs_of("111111111111", "/aws/lambda/f", "two") == ["d\n"]


def test_logs_of_state_machines_are_written_without_a_client(monkeypatch, logs_of):
    monkeypatch.setattr(machine_logs, "connect_to", None)
    logs_writer.write_logs_of_state_machines_in_process()
    logs_backends["222222222222"]["eu-west-1"].create_log_group("/machines", None)

    def configuration(group: str):
        destination = {"logGroupArn": f"arn:aws:logs:eu-west-1:222222222222:log-group:{group}:*"}
        settings = {
            "level": "ALL",
            "includeExecutionData": False,
            "destinations": [{"cloudWatchLogsLogGroup": destination}],
        }
        return machine_logs.CloudWatchLoggingConfiguration.from_logging_configuration("arn:m", settings)

    configuration("/machines").validate()
    session = machine_logs.CloudWatchLoggingSession("arn:e", configuration("/machines"))
    for number in ("1", "2"):
        session.publish_history_log({"id": number, "event_timestamp": datetime.now(UTC)})
    written = logs_of("222222222222", "/machines", "states/arn:m")
    assert [json.loads(message)["id"] for message in written] == ["1", "2"]
    with pytest.raises(InvalidLoggingConfiguration, match="Log Destination not found"):
        configuration("/absent").validate()


def test_log_events_that_metric_filters_look_at_go_through_the_api(monkeypatch):
    backend = logs_backends["333333333333"]["eu-west-1"]
    backend.create_log_group("g", None)
    backend.groups["g"].create_log_stream("s")
    backend.put_metric_filter("name", "?ERROR", "g", [{"metricName": "m", "metricNamespace": "n"}])
    called = []
    client = SimpleNamespace(logs=SimpleNamespace(put_log_events=lambda **call: called.append(call)))
    monkeypatch.setattr(logs_writer, "connect_to", lambda **_: client)
    events = [{"timestamp": int(time.time() * 1000), "message": "ERROR"}]
    logs_writer.LogWriter("333333333333", "eu-west-1").put_log_events(
        logGroupName="g", logStreamName="s", logEvents=events
    )
    assert called == [{"logGroupName": "g", "logStreamName": "s", "logEvents": events}]


def test_waiting_environments_have_no_thread_each(monkeypatch):
    monkeypatch.setattr(timers, "_LOOK_EVERY_S", 0.001)
    ended = threading.Semaphore(0)
    cancelled = [timers.SharedTimer(0.05, lambda: pytest.fail("cancelled")) for _ in range(10)]
    waiting = [timers.SharedTimer(_LONG_S, ended.release) for _ in range(10)]
    threads = threading.active_count()
    for timer in (*cancelled, *waiting):
        timer.start()
    assert threading.active_count() <= threads + 1
    for timer in (*cancelled, *waiting, timers.SharedTimer(_LONG_S, ended.release)):
        timer.cancel()  # also one that does not run
    for _ in range(2):
        timers.SharedTimer(0.05, ended.release).start()
    assert ended.acquire(timeout=_LONG_S) and ended.acquire(timeout=_LONG_S)
    assert not ended.acquire(blocking=False)
