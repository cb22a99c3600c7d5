"""Glue's API: joins the groups of operations of this folder."""

from localstack.services.plugins import ServiceLifecycleHook

from isobar_localstack.glue.catalog import CatalogOperations
from isobar_localstack.glue.jobs import JobOperations
from isobar_localstack.glue.partitions import PartitionOperations


class GlueProvider(CatalogOperations, PartitionOperations, JobOperations, ServiceLifecycleHook):
    service = "glue"
    version = "2017-03-31"
