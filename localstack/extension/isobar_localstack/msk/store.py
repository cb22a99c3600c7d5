"""MSK's state: clusters, policies, configurations and topics."""

from localstack.services.stores import AccountRegionBundle, BaseStore, LocalAttribute


class MskStore(BaseStore):
    # By ARN: a DescribeClusterV2 `ClusterInfo`.
    clusters: dict[str, dict] = LocalAttribute(default=dict)
    policies: dict[str, str] = LocalAttribute(default=dict)
    # By ARN: a configuration with its revisions, oldest first.
    configurations: dict[str, dict] = LocalAttribute(default=dict)
    # By ARN: the ARN of the cluster. Only topics that were created through MSK.
    topics: dict[str, str] = LocalAttribute(default=dict)


# botocore calls MSK `kafka`.
msk_stores = AccountRegionBundle("kafka", MskStore)
