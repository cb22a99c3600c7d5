"""CloudWatch metrics from real executions of functions, workflows, jobs and queries."""

import json
import random
import sqlite3
import time
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest
from conftest import unique, wait_for
from localstack.services.cloudwatch import alarm_scheduler
from localstack.services.cloudwatch.cloudwatch_database_helper import CloudwatchDatabase
from test_athena import Athena
from test_glue_jobs import glue, make_job, run  # noqa: F401  (glue and make_job are fixtures)

from isobar_localstack.cloudwatch.alarms import values_by_period
from isobar_localstack.cloudwatch.amendments import oldest_age_s
from isobar_localstack.cloudwatch.database import add_metric_data
from isobar_localstack.cloudwatch.measurements import Series, metric_data
from isobar_localstack.glue.measurements import spark_totals


@pytest.fixture(scope="module")
def value_of(localstack):
    """Reads a metric as the API's users do, and waits until it has data."""
    client = localstack.client("cloudwatch")

    def read(
        namespace: str,
        metric: str,
        statistic: str,
        dimensions: dict[str, str],
        at_least: float = 0,
        within_s: float = 30,
    ):
        def found():
            now = datetime.now(UTC)
            query = {
                "Id": "m",
                "MetricStat": {
                    "Metric": {
                        "Namespace": namespace,
                        "MetricName": metric,
                        "Dimensions": [{"Name": name, "Value": each} for name, each in dimensions.items()],
                    },
                    "Period": 3600,
                    "Stat": statistic,
                },
            }
            answer = client.get_metric_data(
                MetricDataQueries=[query],
                StartTime=now - timedelta(hours=2),
                EndTime=now + timedelta(hours=1),
            )
            values = answer["MetricDataResults"][0]["Values"]
            return [sum(values) if statistic == "Sum" else max(values)] if values else None

        (value,) = wait_for(lambda: (seen := found()) and seen[0] >= at_least and seen, within_s)
        return value

    return read


def test_invocations_errors_durations_and_concurrency_of_a_function_are_measured(deploy, value_of):
    function = deploy(
        "exports.handler = async ({ ms, fail }) => {"
        " await new Promise((resolve) => setTimeout(resolve, ms)); if (fail) throw new Error('no'); };"
    )
    for event in ({"ms": 0}, {"ms": 200}, {"ms": 0, "fail": True}):
        function.invoke(event)
    by_name = {"FunctionName": function.name}
    assert value_of("AWS/Lambda", "Invocations", "Sum", by_name, at_least=3) == 3
    assert value_of("AWS/Lambda", "Errors", "Sum", by_name, at_least=1) == 1
    assert value_of("AWS/Lambda", "ConcurrentExecutions", "Maximum", by_name, at_least=1) == 1
    assert 200 <= value_of("AWS/Lambda", "Duration", "Maximum", by_name, at_least=200) < 10_000


def test_throttled_invocations_are_counted(deploy, lambda_client, value_of):
    function = deploy("exports.handler = async () => 1;")
    lambda_client.put_function_concurrency(FunctionName=function.name, ReservedConcurrentExecutions=0)
    with pytest.raises(lambda_client.exceptions.TooManyRequestsException):
        function.invoke()
    by_name = {"FunctionName": function.name}
    assert value_of("AWS/Lambda", "Throttles", "Sum", by_name, at_least=1) == 1


def test_executions_of_a_workflow_are_measured_by_outcome(localstack, value_of):
    client = localstack.client("stepfunctions")
    choice = {
        "Type": "Choice",
        "Choices": [{"Variable": "$.good", "BooleanEquals": True, "Next": "Good"}],
        "Default": "Bad",
    }
    states = {"Decide": choice, "Good": {"Type": "Succeed"}, "Bad": {"Type": "Fail", "Error": "Bad"}}
    machine = client.create_state_machine(
        name=unique("measured"),
        definition=json.dumps({"StartAt": "Decide", "States": states}),
        roleArn="arn:aws:iam::000000000000:role/r",
    )["stateMachineArn"]
    for good in (True, True, False):
        client.start_execution(stateMachineArn=machine, input=json.dumps({"good": good}))
    by_arn = {"StateMachineArn": machine}
    assert value_of("AWS/States", "ExecutionsStarted", "Sum", by_arn, at_least=3) == 3
    assert value_of("AWS/States", "ExecutionsSucceeded", "Sum", by_arn, at_least=2) == 2
    assert value_of("AWS/States", "ExecutionsFailed", "Sum", by_arn, at_least=1) == 1
    assert 0 < value_of("AWS/States", "ExecutionTime", "Maximum", by_arn) < 60_000


def test_a_job_without_spark_is_measured_by_its_time_alone(glue, make_job, value_of):  # noqa: F811
    job = make_job("print('done')", Timeout=5)
    assert run(glue, job)["JobRunState"] == "SUCCEEDED"
    of_job = {"JobName": job, "JobRunId": "ALL", "Type": "count"}
    assert value_of("Glue", "glue.driver.aggregate.elapsedTime", "Sum", of_job) > 0
    assert value_of("Glue", "glue.driver.aggregate.recordsRead", "Sum", of_job) == 0


def test_queries_are_measured_by_their_state(localstack, value_of):
    athena = Athena(localstack)
    for sql, state in (("select 1", "SUCCEEDED"), ("select absent from nowhere", "FAILED")):
        assert athena.end(athena.start(sql))["Status"]["State"] == state

    def of_state(state):
        return {"QueryState": state, "QueryType": "DML", "WorkGroup": athena.workgroup}

    assert value_of("AWS/Athena", "TotalExecutionTime", "Maximum", of_state("SUCCEEDED")) > 0
    assert value_of("AWS/Athena", "ProcessedBytes", "Sum", of_state("FAILED")) == 0


def test_the_totals_of_a_run_are_those_of_its_tasks(tmp_path):
    def task(reason, read=None, shuffled=0):
        metrics = {
            "Input Metrics": {"Records Read": read or 0, "Bytes Read": 10 * (read or 0)},
            "Shuffle Write Metrics": {"Shuffle Bytes Written": shuffled},
        }
        return json.dumps(
            {"Event": "SparkListenerTaskEnd", "Task End Reason": {"Reason": reason}, "Task Metrics": metrics},
            separators=(",", ":"),
        )

    lines = [
        '{"Event":"SparkListenerLogStart"}',
        task("Success", 3),
        task("ExceptionFailure"),
        task("Success", 4, 9),
    ]
    (tmp_path / "local-1").write_text("\n".join(lines))
    assert spark_totals(tmp_path) == {
        "recordsRead": 7,
        "bytesRead": 70,
        "shuffleBytesWritten": 9,
        "numFailedTasks": 1,
    }


def test_measurements_of_a_second_are_one_row_for_each_series():
    series = Series("1", "us-east-1", "AWS/Lambda", "Duration", "Milliseconds", (("FunctionName", "f"),))
    other = Series("1", "us-east-1", "AWS/Lambda", "Duration", "Milliseconds", (("FunctionName", "g"),))
    data = metric_data({series: [5, 1, 3], other: [2]})
    assert list(data) == [("1", "us-east-1", "AWS/Lambda")]
    first, second = data["1", "us-east-1", "AWS/Lambda"]
    assert first["StatisticValues"] == {"SampleCount": 3, "Sum": 9, "Minimum": 1, "Maximum": 5}
    assert second["Dimensions"] == [{"Name": "FunctionName", "Value": "g"}]


def test_a_percentile_is_unknown_and_does_not_fail_the_other_metrics(deploy, localstack, value_of):
    function = deploy("exports.handler = async () => 1;")
    function.invoke()
    by_name = {"FunctionName": function.name}
    value_of("AWS/Lambda", "Invocations", "Sum", by_name, at_least=1)
    now = datetime.now(UTC)
    dimensions = [{"Name": "FunctionName", "Value": function.name}]

    def query(name, metric, stat):
        known = {"Namespace": "AWS/Lambda", "MetricName": metric, "Dimensions": dimensions}
        return {"Id": name, "MetricStat": {"Metric": known, "Period": 3600, "Stat": stat}}

    answer = localstack.client("cloudwatch").get_metric_data(
        MetricDataQueries=[query("a", "Duration", "p99"), query("b", "Invocations", "Sum")],
        StartTime=now - timedelta(hours=2),
        EndTime=now + timedelta(hours=1),
    )
    assert {each["Id"]: sum(each["Values"]) for each in answer["MetricDataResults"]} == {"a": 0, "b": 1}


def test_the_age_of_a_queue_is_that_of_its_oldest_message_in_whatever_state():
    def message(age_s):
        return SimpleNamespace(created=time.time() - age_s)

    def queue(visible, inflight, delayed):
        return SimpleNamespace(
            visible=SimpleNamespace(queue=[message(age) for age in visible]),
            inflight=[message(age) for age in inflight],
            delayed=[message(age) for age in delayed],
        )

    assert oldest_age_s(queue([], [], [])) == 0
    assert round(oldest_age_s(queue([5, 2], [40], [1]))) == 40


def test_the_age_of_a_waiting_message_is_measured(localstack, value_of):
    sqs = localstack.client("sqs")
    name = unique("waiting")
    url = sqs.create_queue(QueueName=name)["QueueUrl"]
    sqs.send_message(QueueUrl=url, MessageBody="x")
    by_name = {"QueueName": name}
    assert value_of("AWS/SQS", "ApproximateAgeOfOldestMessage", "Maximum", by_name, at_least=1) < 120


def test_the_use_of_a_queue_is_measured(localstack, value_of):
    sqs = localstack.client("sqs")
    name = unique("used")
    url = sqs.create_queue(QueueName=name)["QueueUrl"]
    for body in ("x", "xyz"):
        sqs.send_message(QueueUrl=url, MessageBody=body)
    received = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=2)["Messages"]
    for message in received:
        sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    sqs.receive_message(QueueUrl=url)
    by_name = {"QueueName": name}
    for metric, total in (
        ("NumberOfMessagesSent", 2),
        ("SentMessageSize", 4),
        ("NumberOfMessagesReceived", 2),
        ("NumberOfMessagesDeleted", 2),
        ("NumberOfEmptyReceives", 1),
    ):
        assert value_of("AWS/SQS", metric, "Sum", by_name, at_least=total) == total
    assert value_of("AWS/SQS", "SentMessageSize", "Maximum", by_name) == 3


def test_the_rows_of_one_transaction_are_those_of_one_for_each_value(tmp_path, monkeypatch):
    at = datetime(2026, 5, 4, 3, 2, 1, tzinfo=UTC)
    statistics = {"SampleCount": 3, "Sum": 9, "Minimum": 1, "Maximum": 5}
    dimensions = [{"Name": "b", "Value": "2"}, {"Name": "a", "Value": "1"}]
    data = [
        {"MetricName": "zero", "Timestamp": at, "Value": 0},
        {"MetricName": "one", "Timestamp": at, "Value": 1.5, "Dimensions": dimensions, "Unit": "Bytes"},
        {"MetricName": "many", "Timestamp": at, "Values": [1, 2], "Counts": [3, 1], "StorageResolution": 1},
        {"MetricName": "plain", "Timestamp": at, "Values": [4, 4]},
        {"MetricName": "sums", "Timestamp": at, "StatisticValues": statistics, "Unit": "Count"},
    ]
    rows = []
    for name, add in (("theirs", CloudwatchDatabase.add_metric_data), ("ours", add_metric_data)):
        database = database_in(tmp_path / name, monkeypatch)
        add(database, "000000000000", "us-east-1", "N", data)
        with sqlite3.connect(database.METRICS_DB) as connection:
            tables = (database.TABLE_SINGLE_METRICS, database.TABLE_AGGREGATED_METRICS)
            rows.append([connection.execute(f"SELECT * FROM {table}").fetchall() for table in tables])
    assert rows[0] == rows[1]
    assert [len(each) for each in rows[0]] == [8, 1]


def database_in(folder, monkeypatch) -> CloudwatchDatabase:
    file = folder / "metrics.db"
    monkeypatch.setattr(CloudwatchDatabase, "CLOUDWATCH_DATA_ROOT", str(folder))
    monkeypatch.setattr(CloudwatchDatabase, "METRICS_DB", str(file))
    monkeypatch.setattr(CloudwatchDatabase, "METRICS_DB_READ_ONLY", f"file:{file}?mode=ro")
    return CloudwatchDatabase()


def test_an_alarm_counts_the_same_values_as_by_questions_to_the_api(tmp_path, monkeypatch):
    database = database_in(tmp_path, monkeypatch)
    place = {"account_id": "000000000000", "region": "us-east-1"}
    now = datetime.now(UTC)

    class Api:
        """GetMetricData, as far as LocalStack's evaluation uses it."""

        def get_metric_data(self, MetricDataQueries, StartTime, EndTime):  # noqa: N803
            [query] = MetricDataQueries
            found = database.get_metric_data_stat(
                **place, query=query, start_time=StartTime, end_time=EndTime, scan_by=None
            )
            return {"MetricDataResults": [{"Values": found["values"]}]}

    class Now(datetime):
        @classmethod
        def now(cls, tz=None):
            return now

    monkeypatch.setattr(alarm_scheduler, "datetime", Now)
    some = random.Random(18)
    seen = set()
    for number in range(60):
        period, name = some.choice([10, 60, 300]), f"m{number}"
        dimensions = some.choice([[], [{"Name": "FunctionName", "Value": "f"}]])
        at = [now - timedelta(seconds=some.random() * 12 * period) for _ in range(some.randrange(12))]
        data = [
            {"MetricName": name, "Timestamp": time, "Value": some.randrange(9), "Dimensions": dimensions}
            for time in at
        ]
        database.add_metric_data(place["account_id"], place["region"], "N", data)
        alarm = {
            "AlarmName": name,
            "AlarmArn": f"arn:aws:cloudwatch:us-east-1:000000000000:alarm:{name}",
            "Namespace": "N",
            "MetricName": name,
            "Dimensions": dimensions,
            "Period": period,
            "Statistic": some.choice(["Sum", "Average", "Maximum", "SampleCount"]),
            "EvaluationPeriods": some.choice([1, 2, 3, 9]),
        }
        values = values_by_period(database, alarm, now)
        assert values == alarm_scheduler.collect_metric_data(alarm, Api())
        seen |= {value is None for value in values}
    assert seen == {True, False}


def test_an_alarm_tells_its_topic_when_it_fires_and_when_it_is_over(localstack):
    cloudwatch, sns, sqs = (localstack.client(each) for each in ("cloudwatch", "sns", "sqs"))
    topic = sns.create_topic(Name=unique("alarms"))["TopicArn"]
    queue = sqs.create_queue(QueueName=unique("heard"))["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
    name = unique("too-many")
    # The second that has not ended does not count yet.
    measured = {"MetricName": name, "Value": 7, "Timestamp": datetime.now(UTC) - timedelta(seconds=5)}
    cloudwatch.put_metric_data(Namespace="Tests", MetricData=[measured])
    alarm = {
        "AlarmName": name,
        "Namespace": "Tests",
        "MetricName": name,
        "Statistic": "Sum",
        "Period": 60,
        "EvaluationPeriods": 1,
        "ComparisonOperator": "GreaterThanThreshold",
        "TreatMissingData": "notBreaching",
        "AlarmActions": [topic],
        "OKActions": [topic],
    }

    def next_message(threshold):
        # An alarm is evaluated as soon as it is put.
        cloudwatch.put_metric_alarm(**alarm, Threshold=threshold)
        answer = wait_for(lambda: sqs.receive_message(QueueUrl=queue, WaitTimeSeconds=1).get("Messages"), 30)
        return json.loads(json.loads(answer[0]["Body"])["Message"])

    fired = next_message(5)
    assert (fired["NewStateValue"], fired["Trigger"]["Threshold"]) == ("ALARM", 5)
    assert next_message(9)["NewStateValue"] == "OK"
