"""MSK's API: clusters and their policies."""

import uuid
from datetime import UTC, datetime

from localstack.aws.api import RequestContext, handler

from isobar_localstack import settings
from isobar_localstack.msk.errors import BadRequest, Conflict, NotFound
from isobar_localstack.msk.store import MskStore, msk_stores
from isobar_localstack.msk.topics import cluster_id, delete_topic
from isobar_localstack.paging import page


class ClusterOperations:
    @handler("CreateCluster", expand=False)
    def create_cluster(self, context: RequestContext, request: dict) -> dict:
        _refuse_small_brokers(request)
        name = request["ClusterName"]
        provisioned = {key: value for key, value in request.items() if key not in ("ClusterName", "Tags")}
        return self._create(context, name, "PROVISIONED", {"Provisioned": provisioned}, request.get("Tags"))

    @handler("CreateClusterV2", expand=False)
    def create_cluster_v2(self, context: RequestContext, request: dict) -> dict:
        kind = "SERVERLESS" if "Serverless" in request else "PROVISIONED"
        details = {key: request[key] for key in ("Provisioned", "Serverless") if key in request}
        _refuse_small_brokers(request.get("Provisioned", {}))
        created = self._create(context, request["ClusterName"], kind, details, request.get("Tags"))
        return {**created, "ClusterType": kind}

    def _create(self, context, name: str, kind: str, details: dict, tags: dict | None) -> dict:
        store = store_of(context)
        if any(cluster["ClusterName"] == name for cluster in store.clusters.values()):
            raise Conflict("A resource with this name already exists.")
        arn = f"arn:aws:kafka:{context.region}:{context.account_id}:cluster/{name}/{_identity(name)}-1"
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
        return {"ClusterInfo": cluster_of(context, request)}

    @handler("DescribeCluster", expand=False)
    def describe_cluster(self, context: RequestContext, request: dict) -> dict:
        return {"ClusterInfo": _as_v1(cluster_of(context, request))}

    @handler("ListClustersV2", expand=False)
    def list_clusters_v2(self, context: RequestContext, request: dict) -> dict:
        found = [
            cluster
            for cluster in _named(store_of(context), request)
            if request.get("ClusterTypeFilter", cluster["ClusterType"]) == cluster["ClusterType"]
        ]
        return page(found, "ClusterInfoList", "ClusterArn", request)

    @handler("ListClusters", expand=False)
    def list_clusters(self, context: RequestContext, request: dict) -> dict:
        found = [
            _as_v1(cluster)
            for cluster in _named(store_of(context), request)
            if cluster["ClusterType"] == "PROVISIONED"
        ]
        return page(found, "ClusterInfoList", "ClusterArn", request)

    @handler("DeleteCluster", expand=False)
    def delete_cluster(self, context: RequestContext, request: dict) -> dict:
        arn = cluster_of(context, request)["ClusterArn"]
        store = store_of(context)
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
        cluster_of(context, request)
        return {"BootstrapBrokerString": settings.kafka_brokers()}

    @handler("PutClusterPolicy", expand=False)
    def put_cluster_policy(self, context: RequestContext, request: dict) -> dict:
        arn = cluster_of(context, request)["ClusterArn"]
        store_of(context).policies[arn] = request["Policy"]
        return {"CurrentVersion": "K1"}

    @handler("GetClusterPolicy", expand=False)
    def get_cluster_policy(self, context: RequestContext, request: dict) -> dict:
        arn = cluster_of(context, request)["ClusterArn"]
        policy = store_of(context).policies.get(arn)
        if policy is None:
            raise NotFound("The cluster has no policy.")
        return {"CurrentVersion": "K1", "Policy": policy}

    @handler("DeleteClusterPolicy", expand=False)
    def delete_cluster_policy(self, context: RequestContext, request: dict) -> dict:
        store_of(context).policies.pop(cluster_of(context, request)["ClusterArn"], None)
        return {}


def store_of(context: RequestContext) -> MskStore:
    return msk_stores[context.account_id][context.region]


def cluster_of(context: RequestContext, request: dict) -> dict:
    cluster = store_of(context).clusters.get(request["ClusterArn"])
    if cluster is None:
        raise NotFound(f"The specified cluster does not exist: {request['ClusterArn']}")
    return cluster


def _identity(name: str) -> uuid.UUID:
    """The UUID in an ARN. It tells consumers whether offsets go on or count from 0 again, so it stays when
    LocalStack starts again on brokers with data, and differs for brokers without."""
    return uuid.uuid5(uuid.NAMESPACE_OID, f"{cluster_id()}/{name}")


def _refuse_small_brokers(provisioned: dict) -> None:
    """Refuses the one size that MSK offers for Kafka 3 and not for Kafka 4.

    https://docs.aws.amazon.com/msk/latest/developerguide/broker-instance-sizes.html
    """
    major = int(provisioned.get("KafkaVersion", "0").split(".")[0])
    size = provisioned.get("BrokerNodeGroupInfo", {}).get("InstanceType")
    if major >= 4 and size == "kafka.t3.small":
        raise BadRequest(f"Unsupported InstanceType. Kafka {major} does not run on {size}.")


def _named(store: MskStore, request: dict) -> list[dict]:
    prefix = request.get("ClusterNameFilter") or ""
    return [cluster for cluster in store.clusters.values() if cluster["ClusterName"].startswith(prefix)]


def _as_v1(cluster: dict) -> dict:
    """The cluster in the form of DescribeCluster, which has the details of `Provisioned` one level higher."""
    if cluster["ClusterType"] != "PROVISIONED":
        raise BadRequest("This operation takes provisioned clusters.")
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
