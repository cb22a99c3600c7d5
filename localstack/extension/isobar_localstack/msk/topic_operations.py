"""MSK's API: topics. `topics.py` changes them on the brokers."""

from collections.abc import Iterator
from contextlib import contextmanager

from localstack.aws.api import RequestContext, handler

from isobar_localstack.msk.clusters import cluster_of, store_of
from isobar_localstack.msk.errors import BadRequest, Conflict, NotFound
from isobar_localstack.msk.topics import (
    Topic,
    TopicError,
    change_topic,
    decode_configs,
    delete_topic,
    describe_topic,
    encode_configs,
    ensure_topic,
    list_topic_names,
    topic_partitions,
)
from isobar_localstack.paging import page


class TopicOperations:
    @handler("CreateTopic", expand=False)
    def create_topic(self, context: RequestContext, request: dict) -> dict:
        arn = _topic_arn(cluster_of(context, request), request["TopicName"])
        store = store_of(context)
        if arn in store.topics:
            raise Conflict(f"Topic {request['TopicName']} already exists.")
        with _refusals():
            ensure_topic(
                Topic(
                    request["TopicName"],
                    request["PartitionCount"],
                    request["ReplicationFactor"],
                    decode_configs(request.get("Configs")),
                )
            )
        store.topics[arn] = request["ClusterArn"]
        return {"TopicArn": arn, "TopicName": request["TopicName"], "Status": "ACTIVE"}

    @handler("UpdateTopic", expand=False)
    def update_topic(self, context: RequestContext, request: dict) -> dict:
        arn, _ = _existing_topic(context, request)
        configs, partitions = request.get("Configs"), request.get("PartitionCount")
        # https://docs.aws.amazon.com/msk/latest/developerguide/msk-update-topic.html
        if (configs is None) == (partitions is None):
            raise BadRequest("You must specify either configs or partitionCount to update.")
        with _refusals():
            change_topic(
                request["TopicName"],
                partitions=partitions,
                configs=None if configs is None else decode_configs(configs),
            )
        return {"TopicArn": arn, "TopicName": request["TopicName"], "Status": "ACTIVE"}

    @handler("DescribeTopic", expand=False)
    def describe_topic(self, context: RequestContext, request: dict) -> dict:
        arn, topic = _existing_topic(context, request)
        return {
            "TopicArn": arn,
            "TopicName": topic.name,
            "PartitionCount": topic.partitions,
            "ReplicationFactor": topic.replication,
            "Configs": encode_configs(topic.configs),
            "Status": "ACTIVE",
        }

    @handler("DescribeTopicPartitions", expand=False)
    def describe_topic_partitions(self, context: RequestContext, request: dict) -> dict:
        _existing_topic(context, request)
        partitions = [
            {
                "Partition": partition.id,
                "Leader": partition.leader,
                "Replicas": partition.replicas,
                "Isr": partition.isrs,
            }
            for partition in topic_partitions(request["TopicName"])
        ]
        return page(partitions, "Partitions", "Partition", request)

    @handler("ListTopics", expand=False)
    def list_topics(self, context: RequestContext, request: dict) -> dict:
        cluster = cluster_of(context, request)
        prefix = request.get("TopicNameFilter") or ""
        topics = [describe_topic(name) for name in list_topic_names() if name.startswith(prefix)]
        found = [
            {
                "TopicArn": _topic_arn(cluster, topic.name),
                "TopicName": topic.name,
                "PartitionCount": topic.partitions,
                "ReplicationFactor": topic.replication,
                "OutOfSyncReplicaCount": 0,
            }
            for topic in topics
            if topic
        ]
        return page(found, "Topics", "TopicName", request)

    @handler("DeleteTopic", expand=False)
    def delete_topic(self, context: RequestContext, request: dict) -> dict:
        arn, _ = _existing_topic(context, request)
        with _refusals():
            delete_topic(request["TopicName"])
        store_of(context).topics.pop(arn, None)
        return {"TopicArn": arn, "TopicName": request["TopicName"], "Status": "DELETING"}


@contextmanager
def _refusals() -> Iterator[None]:
    """Turns a refusal of the brokers into BadRequest."""
    try:
        yield
    except TopicError as error:
        raise BadRequest(str(error)) from error


def _existing_topic(context: RequestContext, request: dict) -> tuple[str, Topic]:
    cluster = cluster_of(context, request)
    topic = describe_topic(request["TopicName"])
    if topic is None:
        raise NotFound(f"The specified topic does not exist: {request['TopicName']}")
    return _topic_arn(cluster, topic.name), topic


def _topic_arn(cluster: dict, name: str) -> str:
    return f"{cluster['ClusterArn'].replace(':cluster/', ':topic/')}/{name}"
