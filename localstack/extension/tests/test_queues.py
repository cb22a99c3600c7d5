"""Event source mappings of queues: LocalStack's own, with long polling."""

import time
from statistics import median
from types import SimpleNamespace

import pytest
from conftest import unique, wait_for
from localstack.services.lambda_.event_source_mapping.pollers.poller import EmptyPollResultsException

from isobar_localstack.event_source_mappings import queues


@pytest.fixture
def queue(localstack, lambda_client, deploy):
    sqs = localstack.client("sqs")
    url = sqs.create_queue(QueueName=unique("queue"))["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    function = deploy("exports.handler = async () => {};")
    mapping = lambda_client.create_event_source_mapping(FunctionName=function.name, EventSourceArn=arn)[
        "UUID"
    ]
    wait_for(lambda: lambda_client.get_event_source_mapping(UUID=mapping)["State"] == "Enabled")

    def handled_in_s() -> float:
        """Sends a message, and waits until it is handled and deleted."""
        begun = time.monotonic()
        sqs.send_message(QueueUrl=url, MessageBody="{}")
        wait_for(lambda: _count(sqs, url) == 0)
        return time.monotonic() - begun

    yield mapping, handled_in_s
    lambda_client.delete_event_source_mapping(UUID=mapping)


def _count(sqs, url: str) -> int:
    names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    counts = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"]
    return sum(int(counts[name]) for name in names)


def test_each_message_of_a_series_reaches_its_function_within_a_second(queue):
    _, handled_in_s = queue
    handled_in_s()  # starts the function
    # Without long polling, LocalStack takes at least a second each.
    assert median(handled_in_s() for _ in range(20)) < 0.9


def test_tags_and_the_wish_to_enable_a_mapping_are_no_part_of_its_answers(localstack, lambda_client, deploy):
    sqs = localstack.client("sqs")
    url = sqs.create_queue(QueueName=unique("tagged"))["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    function = deploy("exports.handler = async () => {};")
    mapping = lambda_client.create_event_source_mapping(
        FunctionName=function.name, EventSourceArn=arn, Tags={"team": "weather"}
    )
    tags = lambda_client.list_tags(Resource=mapping["EventSourceMappingArn"])["Tags"]
    logged = len(localstack.log.read_text())
    for enabled in (False, True):
        lambda_client.update_event_source_mapping(UUID=mapping["UUID"], Enabled=enabled)
        lambda_client.list_event_source_mappings(FunctionName=function.name)
    lambda_client.delete_event_source_mapping(UUID=mapping["UUID"])
    assert tags == {"team": "weather"}
    # boto3 leaves out members that it does not know.
    assert "EventSourceMappingConfiguration contains a member" not in localstack.log.read_text()[logged:]


def test_an_empty_queue_is_long_polled_without_backoff():
    waited = []

    def nothing_came(poller):
        waited.append(poller.maximum_batching_window)
        raise EmptyPollResultsException

    queues._poll_events(nothing_came, SimpleNamespace(maximum_batching_window=None))
    queues._poll_events(nothing_came, SimpleNamespace(maximum_batching_window=60))
    assert waited == [5, 60]


def test_a_disabled_mapping_stops_polling(queue, lambda_client):
    mapping, _ = queue
    lambda_client.update_event_source_mapping(UUID=mapping, Enabled=False)
    wait_for(
        lambda: lambda_client.get_event_source_mapping(UUID=mapping)["State"] == "Disabled", within_s=180
    )
