"""What LocalStack keeps of MSK: clusters and configurations, as their describe calls show them."""

from localstack.services.stores import AccountRegionBundle, BaseStore, LocalAttribute


class MskStore(BaseStore):
    # By ARN. A cluster is a DescribeClusterV2 `ClusterInfo`.
    clusters: dict[str, dict] = LocalAttribute(default=dict)
    policies: dict[str, str] = LocalAttribute(default=dict)
    # By ARN: a configuration and its revisions, oldest first.
    configurations: dict[str, dict] = LocalAttribute(default=dict)
    # The topics that were created through MSK, by their ARN.
    topics: dict[str, str] = LocalAttribute(default=dict)


# botocore calls MSK `kafka`.
msk_stores = AccountRegionBundle("kafka", MskStore)
