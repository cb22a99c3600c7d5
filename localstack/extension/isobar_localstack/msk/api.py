"""MSK's API: joins the groups of operations of this folder."""

from localstack.services.plugins import ServiceLifecycleHook

from isobar_localstack.msk.clusters import ClusterOperations
from isobar_localstack.msk.configurations import ConfigurationOperations
from isobar_localstack.msk.topic_operations import TopicOperations


class MskProvider(ClusterOperations, TopicOperations, ConfigurationOperations, ServiceLifecycleHook):
    service = "kafka"
    version = "2018-11-14"
