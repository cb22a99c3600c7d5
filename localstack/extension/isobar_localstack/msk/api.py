"""MSK's API: clusters and topics. `configurations.py` has the configurations."""

import uuid
from datetime import UTC, datetime

from localstack.aws.api import CommonServiceException, RequestContext, handler
from localstack.services.plugins import ServiceLifecycleHook
from localstack.utils.collections import PaginatedList

from isobar_localstack import settings
from isobar_localstack.msk.configurations import ConfigurationOperations
from isobar_localstack.msk.errors import BadRequest, Conflict, NotFound
from isobar_localstack.msk.store import MskStore, msk_stores
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


class MskProvider(ConfigurationOperations, ServiceLifecycleHook):
    service = "kafka"
    version = "2018-11-14"

    @handler("CreateCluster", expand=False)
    def create_cluster(self, context: RequestContext, request: dict) -> dict:
        name = request["ClusterName"]
        provisioned = {key: value for key, value in request.items() if key not in ("ClusterName", "Tags")}
        return self._create(context, name, "PROVISIONED", {"Provisioned": provisioned}, request.get("Tags"))

    @handler("CreateClusterV2", expand=False)
    def create_cluster_v2(self, context: RequestContext, request: dict) -> dict:
        kind = "SERVERLESS" if "Serverless" in request else "PROVISIONED"
        details = {key: request[key] for key in ("Provisioned", "Serverless") if key in request}
        created = self._create(context, request["ClusterName"], kind, details, request.get("Tags"))
        return {**created, "ClusterType": kind}

    def _create(self, context, name: str, kind: str, details: dict, tags: dict | None) -> dict:
        store = _store(context)
        if any(cluster["ClusterName"] == name for cluster in store.clusters.values()):
            raise Conflict("A resource with this name already exists.")
        arn = f"arn:aws:kafka:{context.region}:{context.account_id}:cluster/{name}/{uuid.uuid4()}-1"
        store.clusters[arn] = {
            "ClusterArn": arn,
            "ClusterName": name,
            "ClusterType": kind,
            "CreationTime": datetime.now(UTC),
            "CurrentVersion": "K1",
            "State": "ACTIVE",
            "Tags": tags or {},
            **details,
        }
        return {"ClusterArn": arn, "ClusterName": name, "State": "ACTIVE"}

    @handler("DescribeClusterV2", expand=False)
    def describe_cluster_v2(self, context: RequestContext, request: dict) -> dict:
        return {"ClusterInfo": _cluster(context, request)}

    @handler("DescribeCluster", expand=False)
    def describe_cluster(self, context: RequestContext, request: dict) -> dict:
        return {"ClusterInfo": _as_v1(_cluster(context, request))}

    @handler("ListClustersV2", expand=False)
    def list_clusters_v2(self, context: RequestContext, request: dict) -> dict:
        found = [
            cluster
            for cluster in _named(_store(context), request)
            if request.get("ClusterTypeFilter", cluster["ClusterType"]) == cluster["ClusterType"]
        ]
        return _page(found, "ClusterInfoList", "ClusterArn", request)

    @handler("ListClusters", expand=False)
    def list_clusters(self, context: RequestContext, request: dict) -> dict:
        found = [
            _as_v1(cluster)
            for cluster in _named(_store(context), request)
            if cluster["ClusterType"] == "PROVISIONED"
        ]
        return _page(found, "ClusterInfoList", "ClusterArn", request)

    @handler("DeleteCluster", expand=False)
    def delete_cluster(self, context: RequestContext, request: dict) -> dict:
        arn = _cluster(context, request)["ClusterArn"]
        store = _store(context)
        # Deleting a cluster deletes its topics. The brokers stay for the next cluster.
        for topic_arn, owner in list(store.topics.items()):
            if owner == arn:
                delete_topic(topic_arn.rsplit("/", 1)[1])
                del store.topics[topic_arn]
        del store.clusters[arn]
        return {"ClusterArn": arn, "State": "DELETING"}

    @handler("GetBootstrapBrokers", expand=False)
    def get_bootstrap_brokers(self, context: RequestContext, request: dict) -> dict:
        """Answers the plaintext brokers for any authentication: the local brokers have no other."""
        _cluster(context, request)
        return {"BootstrapBrokerString": settings.kafka_brokers()}

    @handler("PutClusterPolicy", expand=False)
    def put_cluster_policy(self, context: RequestContext, request: dict) -> dict:
        arn = _cluster(context, request)["ClusterArn"]
        _store(context).policies[arn] = request["Policy"]
        return {"CurrentVersion": "K1"}

    @handler("GetClusterPolicy", expand=False)
    def get_cluster_policy(self, context: RequestContext, request: dict) -> dict:
        arn = _cluster(context, request)["ClusterArn"]
        policy = _store(context).policies.get(arn)
        if policy is None:
            raise NotFound("The cluster has no policy.")
        return {"CurrentVersion": "K1", "Policy": policy}

    @handler("DeleteClusterPolicy", expand=False)
    def delete_cluster_policy(self, context: RequestContext, request: dict) -> dict:
        _store(context).policies.pop(_cluster(context, request)["ClusterArn"], None)
        return {}

    @handler("CreateTopic", expand=False)
    def create_topic(self, context: RequestContext, request: dict) -> dict:
        arn = _topic_arn(_cluster(context, request), request["TopicName"])
        store = _store(context)
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
        configs = request.get("Configs")
        with _refusals():
            change_topic(
                request["TopicName"],
                partitions=request.get("PartitionCount"),
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
        return _page(partitions, "Partitions", "Partition", request)

    @handler("ListTopics", expand=False)
    def list_topics(self, context: RequestContext, request: dict) -> dict:
        cluster = _cluster(context, request)
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
        return _page(found, "Topics", "TopicName", request)

    @handler("DeleteTopic", expand=False)
    def delete_topic(self, context: RequestContext, request: dict) -> dict:
        arn, _ = _existing_topic(context, request)
        with _refusals():
            delete_topic(request["TopicName"])
        _store(context).topics.pop(arn, None)
        return {"TopicArn": arn, "TopicName": request["TopicName"], "Status": "DELETING"}


class _refusals:
    """Turns a refusal of the brokers into BadRequest."""

    def __enter__(self):
        return self

    def __exit__(self, _type, error, _traceback):
        if isinstance(error, TopicError):
            raise BadRequest(str(error)) from error


def _store(context: RequestContext) -> MskStore:
    return msk_stores[context.account_id][context.region]


def _cluster(context: RequestContext, request: dict) -> dict:
    cluster = _store(context).clusters.get(request["ClusterArn"])
    if cluster is None:
        raise NotFound(f"The specified cluster does not exist: {request['ClusterArn']}")
    return cluster


def _existing_topic(context: RequestContext, request: dict) -> tuple[str, Topic]:
    cluster = _cluster(context, request)
    topic = describe_topic(request["TopicName"])
    if topic is None:
        raise NotFound(f"The specified topic does not exist: {request['TopicName']}")
    return _topic_arn(cluster, topic.name), topic


def _topic_arn(cluster: dict, name: str) -> str:
    return f"{cluster['ClusterArn'].replace(':cluster/', ':topic/')}/{name}"


def _named(store: MskStore, request: dict) -> list[dict]:
    prefix = request.get("ClusterNameFilter") or ""
    return [cluster for cluster in store.clusters.values() if cluster["ClusterName"].startswith(prefix)]


def _page(items: list[dict], key: str, token: str, request: dict) -> dict:
    page, next_token = PaginatedList(items).get_page(
        lambda item: str(item[token]), request.get("NextToken"), request.get("MaxResults") or 100
    )
    return {key: page, "NextToken": next_token}


def _as_v1(cluster: dict) -> dict:
    """The cluster in the form of DescribeCluster, which has the details of `Provisioned` one level higher."""
    if cluster["ClusterType"] != "PROVISIONED":
        raise CommonServiceException("BadRequestException", "This operation takes provisioned clusters.")
    details = dict(cluster["Provisioned"])
    version = details.pop("KafkaVersion", None)
    configuration = details.pop("ConfigurationInfo", {})
    software = {
        "KafkaVersion": version,
        "ConfigurationArn": configuration.get("Arn"),
        "ConfigurationRevision": configuration.get("Revision"),
    }
    shared = {key: value for key, value in cluster.items() if key not in ("Provisioned", "ClusterType")}
    return {
        **shared,
        **details,
        "CurrentBrokerSoftwareInfo": {key: value for key, value in software.items() if value is not None},
    }
