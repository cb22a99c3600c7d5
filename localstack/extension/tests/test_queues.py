"""Mappings of queues, which are LocalStack's own but for how they wait."""

import time

import pytest
from conftest import unique, wait_for


@pytest.fixture
def queue(localstack, lambda_client, deploy):
    sqs = localstack.client("sqs")
    url = sqs.create_queue(QueueName=unique("queue"))["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    function = deploy("exports.handler = async () => {};")
    mapping = lambda_client.create_event_source_mapping(FunctionName=function.name, EventSourceArn=arn)["UUID"]
    wait_for(lambda: lambda_client.get_event_source_mapping(UUID=mapping)["State"] == "Enabled")

    def handled_in_s() -> float:
        """Sends a message and waits until it was handled, and so deleted."""
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


def test_a_message_reaches_its_function_at_once_after_another_one(queue):
    _, handled_in_s = queue
    handled_in_s()  # it starts the function
    # LocalStack alone takes a second each.
    assert sum(handled_in_s() for _ in range(6)) < 5


def test_a_message_reaches_its_function_at_once_after_a_long_silence(queue):
    _, handled_in_s = queue
    handled_in_s()
    time.sleep(8)  # the silence itself; LocalStack alone is then asleep for some seconds
    assert handled_in_s() < 2


def test_a_mapping_that_is_disabled_stops_waiting(queue, lambda_client):
    mapping, _ = queue
    lambda_client.update_event_source_mapping(UUID=mapping, Enabled=False)
    wait_for(lambda: lambda_client.get_event_source_mapping(UUID=mapping)["State"] == "Disabled", within_s=10)
