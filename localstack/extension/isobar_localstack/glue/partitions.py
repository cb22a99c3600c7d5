"""Glue's Data Catalog: partitions of tables."""

from types import SimpleNamespace

from localstack.aws.api import CommonServiceException, RequestContext, handler

from isobar_localstack.glue.catalog import detail, table_of
from isobar_localstack.glue.errors import AlreadyExists, EntityNotFound, InvalidInput
from isobar_localstack.glue.store import CatalogTable, now


class PartitionOperations:
    @handler("CreatePartition", expand=False)
    def create_partition(self, context: RequestContext, request: dict) -> dict:
        table = table_of(context, request)
        table.add_partition(_as_partition(context, table, request["PartitionInput"]))
        return {}

    @handler("BatchCreatePartition", expand=False)
    def batch_create_partition(self, context: RequestContext, request: dict) -> dict:
        table = table_of(context, request)
        errors = []
        for given in request["PartitionInputList"]:
            try:
                table.add_partition(_as_partition(context, table, given))
            except (AlreadyExists, InvalidInput) as error:
                errors.append({"PartitionValues": given.get("Values", []), "ErrorDetail": detail(error)})
        return {"Errors": errors}

    @handler("GetPartition", expand=False)
    def get_partition(self, context: RequestContext, request: dict) -> dict:
        return {"Partition": table_of(context, request).partition(request["PartitionValues"])}

    @handler("BatchGetPartition", expand=False)
    def batch_get_partition(self, context: RequestContext, request: dict) -> dict:
        table = table_of(context, request)
        wanted = [each["Values"] for each in request["PartitionsToGet"]]
        found = [table.partitions[tuple(values)] for values in wanted if tuple(values) in table.partitions]
        missing = [{"Values": values} for values in wanted if tuple(values) not in table.partitions]
        return {"Partitions": found, "UnprocessedKeys": missing}

    @handler("GetPartitions", expand=False)
    def get_partitions(self, context: RequestContext, request: dict) -> dict:
        table = table_of(context, request)
        found = _matching(table, request.get("Expression"))
        if segment := request.get("Segment"):
            found = found[segment["SegmentNumber"] :: segment["TotalSegments"]]
        # The token is a position: partitions are identified by lists, which are no tokens.
        start = int(request.get("NextToken") or 0)
        end = start + (request.get("MaxResults") or 1000)
        following = {"NextToken": str(end)} if end < len(found) else {}
        return {"Partitions": found[start:end], **following}

    @handler("UpdatePartition", expand=False)
    def update_partition(self, context: RequestContext, request: dict) -> dict:
        table = table_of(context, request)
        _replace(context, table, request["PartitionValueList"], request["PartitionInput"])
        return {}

    @handler("BatchUpdatePartition", expand=False)
    def batch_update_partition(self, context: RequestContext, request: dict) -> dict:
        table = table_of(context, request)
        errors = []
        for entry in request["Entries"]:
            try:
                _replace(context, table, entry["PartitionValueList"], entry["PartitionInput"])
            except CommonServiceException as error:
                errors.append(
                    {"PartitionValueList": entry["PartitionValueList"], "ErrorDetail": detail(error)}
                )
        return {"Errors": errors}

    @handler("DeletePartition", expand=False)
    def delete_partition(self, context: RequestContext, request: dict) -> dict:
        table = table_of(context, request)
        table.partition(request["PartitionValues"])
        del table.partitions[tuple(request["PartitionValues"])]
        return {}

    @handler("BatchDeletePartition", expand=False)
    def batch_delete_partition(self, context: RequestContext, request: dict) -> dict:
        table = table_of(context, request)
        errors = []
        for each in request["PartitionsToDelete"]:
            try:
                table.partition(each["Values"])
                del table.partitions[tuple(each["Values"])]
            except EntityNotFound as error:
                errors.append({"PartitionValues": each["Values"], "ErrorDetail": detail(error)})
        return {"Errors": errors}


def _as_partition(context, table: CatalogTable, given: dict) -> dict:
    keys = table.latest.get("PartitionKeys") or []
    values = given.get("Values") or []
    if len(values) != len(keys):
        raise InvalidInput("The number of partition keys do not match the number of partition values")
    return {
        **given,
        "DatabaseName": table.latest["DatabaseName"],
        "TableName": table.latest["Name"],
        "CatalogId": context.account_id,
        "CreationTime": now(),
    }


def _replace(context, table: CatalogTable, before: list[str], given: dict) -> None:
    table.partition(before)
    partition = _as_partition(context, table, given)
    if partition["Values"] == before:
        table.partitions[tuple(before)] = partition
        return
    table.add_partition(partition)
    del table.partitions[tuple(before)]


def _matching(table: CatalogTable, expression: str | None) -> list[dict]:
    partitions = list(table.partitions.values())
    if not expression:
        return partitions
    from moto.core.exceptions import ServiceException
    from moto.glue.utils import PartitionFilter

    keys = SimpleNamespace(versions={"0": table.latest})
    try:
        matches = PartitionFilter(expression, keys)
        return [each for each in partitions if matches(SimpleNamespace(partition_input=each))]
    except ServiceException as error:
        raise InvalidInput(error.message) from error
