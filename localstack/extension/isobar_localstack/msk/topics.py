"""Topics on the local brokers."""

import base64
import json
import time
from collections.abc import Callable
from dataclasses import dataclass

from confluent_kafka import KafkaError, KafkaException
from confluent_kafka.admin import (
    AdminClient,
    AlterConfigOpType,
    ConfigEntry,
    ConfigResource,
    ConfigSource,
    NewPartitions,
    NewTopic,
)

from isobar_localstack import settings

_DEADLINE_S = 30


class TopicError(Exception):
    """The brokers refuse the request, or it cannot be read."""


@dataclass(frozen=True)
class Topic:
    name: str
    partitions: int
    replication: int
    configs: dict[str, str]


def decode_configs(encoded: str | None) -> dict[str, str]:
    """Decodes a topic's settings: base64 of a JSON object whose values are strings.

    Raises TopicError for every other form, as MSK does: base64 of `name=value` lines included.
    """
    if not encoded:
        return {}
    try:
        configs = json.loads(base64.b64decode(encoded, validate=True).decode())
    except ValueError as error:  # of base64, of UTF-8 and of JSON
        raise TopicError(f"Configs must be the Base64 of a JSON object: {error}.") from error
    if not isinstance(configs, dict):
        raise TopicError("Configs must be the Base64 of a JSON object.")
    if bad := next((name for name, value in configs.items() if not isinstance(value, str)), None):
        raise TopicError(f"Configs: the value of '{bad}' must be a string, with quotes in the JSON.")
    return configs


def encode_configs(configs: dict[str, str]) -> str:
    return base64.b64encode(json.dumps(configs, sort_keys=True).encode()).decode()


def ensure_topic(wanted: Topic) -> None:
    """Creates the topic, or changes an existing one to match. Topics may exist already: LocalStack starts
    empty each time, but the brokers keep their data."""
    admin = _admin()
    new = NewTopic(wanted.name, wanted.partitions, wanted.replication, config=wanted.configs)
    try:
        _result(admin.create_topics([new], operation_timeout=_DEADLINE_S))
    except KafkaException as error:
        if error.args[0].code() != KafkaError.TOPIC_ALREADY_EXISTS:
            raise TopicError(error.args[0].str()) from error
        change_topic(wanted.name, partitions=wanted.partitions, configs=wanted.configs)
    _wait_for_leaders(admin, wanted.name, wanted.partitions)


def change_topic(name: str, *, partitions: int | None, configs: dict[str, str] | None) -> None:
    """Changes partitions and settings. `configs` replaces the topic's own settings: others return to
    defaults."""
    admin = _admin()
    found = describe_topic(name)
    if found is None:
        raise TopicError(f"Topic {name} does not exist.")
    try:
        if partitions is not None and partitions != found.partitions:
            # The brokers refuse a smaller number.
            _result(admin.create_partitions([NewPartitions(name, partitions)]))
            _wait_for_leaders(admin, name, partitions)
        if configs is not None and configs != found.configs:
            entries = [_config_change(key, configs.get(key)) for key in {*configs, *found.configs}]
            resource = ConfigResource(ConfigResource.Type.TOPIC, name, incremental_configs=entries)
            _result(admin.incremental_alter_configs([resource]))
    except KafkaException as error:
        raise TopicError(error.args[0].str()) from error


def _config_change(name: str, value: str | None) -> ConfigEntry:
    operation = AlterConfigOpType.DELETE if value is None else AlterConfigOpType.SET
    return ConfigEntry(name, value, incremental_operation=operation)


def describe_topic(name: str) -> Topic | None:
    admin = _admin()
    metadata = admin.list_topics(name, timeout=_DEADLINE_S).topics.get(name)
    if metadata is None or metadata.error is not None:
        return None
    resource = ConfigResource(ConfigResource.Type.TOPIC, name)
    entries = _result(admin.describe_configs([resource]))
    own = {
        entry.name: entry.value
        for entry in entries.values()
        if entry.source == ConfigSource.DYNAMIC_TOPIC_CONFIG.value
    }
    return Topic(name, len(metadata.partitions), len(metadata.partitions[0].replicas), own)


def cluster_id() -> str:
    """Kafka's id of the brokers' cluster. It stays for as long as they keep their data."""
    return _admin().list_topics(timeout=_DEADLINE_S).cluster_id


def list_topic_names() -> list[str]:
    names = _admin().list_topics(timeout=_DEADLINE_S).topics
    return sorted(name for name in names if not name.startswith("__"))


def topic_partitions(name: str) -> list:
    """Kafka's metadata of each partition: id, leader, replicas, isrs."""
    topic = _admin().list_topics(name, timeout=_DEADLINE_S).topics[name]
    return [topic.partitions[number] for number in sorted(topic.partitions)]


def delete_topic(name: str) -> None:
    admin = _admin()
    try:
        _result(admin.delete_topics([name], operation_timeout=_DEADLINE_S))
    except KafkaException as error:
        if error.args[0].code() != KafkaError.UNKNOWN_TOPIC_OR_PART:
            raise TopicError(error.args[0].str()) from error
    _wait(lambda: describe_topic(name) is None, f"the deletion of topic {name}")


def _admin() -> AdminClient:
    return AdminClient({"bootstrap.servers": settings.kafka_brokers(), "log_level": 0})


def _result(futures: dict):
    [future] = futures.values()
    return future.result(timeout=_DEADLINE_S)


def _wait_for_leaders(admin: AdminClient, name: str, partitions: int) -> None:
    """Waits until every partition has a leader, so that a client can use the topic at once."""

    def led() -> bool:
        metadata = admin.list_topics(name, timeout=_DEADLINE_S).topics[name]
        leaders = [partition.leader for partition in metadata.partitions.values()]
        return len(leaders) >= partitions and all(leader >= 0 for leader in leaders)

    _wait(led, f"the {partitions} partitions of {name} to have leaders")


def _wait(condition: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + _DEADLINE_S
    while not condition():
        if time.monotonic() > deadline:
            raise TopicError(f"Timed out after {_DEADLINE_S} s while waiting for {what}.")
        time.sleep(0.05)
