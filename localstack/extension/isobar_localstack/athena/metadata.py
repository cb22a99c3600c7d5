"""Athena's API: data catalogs, databases and tables, as drivers and SQLAlchemy read them. There is one
catalog, that of Glue."""

import re

from localstack.aws.api import CommonServiceException, RequestContext, handler

from isobar_localstack.athena.api_errors import InvalidRequest
from isobar_localstack.glue.errors import EntityNotFound
from isobar_localstack.glue.store import CatalogDatabase, CatalogStore, CatalogTable, catalog_stores
from isobar_localstack.paging import page

CATALOG = "AwsDataCatalog"


class MetadataException(CommonServiceException):
    def __init__(self, message: str):
        super().__init__("MetadataException", message, status_code=400)


class MetadataOperations:
    @handler("ListDataCatalogs", expand=False)
    def list_data_catalogs(self, context: RequestContext, request: dict) -> dict:
        return {"DataCatalogsSummary": [{"CatalogName": CATALOG, "Type": "GLUE"}]}

    @handler("GetDataCatalog", expand=False)
    def get_data_catalog(self, context: RequestContext, request: dict) -> dict:
        _require_catalog(request["Name"])
        return {
            "DataCatalog": {"Name": CATALOG, "Type": "GLUE", "Parameters": {"catalog-id": context.account_id}}
        }

    @handler("ListDatabases", expand=False)
    def list_databases(self, context: RequestContext, request: dict) -> dict:
        databases = [_database(each) for each in _store(context, request).databases.values()]
        return page(sorted(databases, key=_name), "DatabaseList", "Name", request, size=50)

    @handler("GetDatabase", expand=False)
    def get_database(self, context: RequestContext, request: dict) -> dict:
        return {"Database": _database(_find(context, request))}

    @handler("ListTableMetadata", expand=False)
    def list_table_metadata(self, context: RequestContext, request: dict) -> dict:
        asked = re.compile(request.get("Expression") or ".*", re.IGNORECASE)
        tables = [
            _table(table) for name, table in _find(context, request).tables.items() if asked.fullmatch(name)
        ]
        return page(sorted(tables, key=_name), "TableMetadataList", "Name", request, size=50)

    @handler("GetTableMetadata", expand=False)
    def get_table_metadata(self, context: RequestContext, request: dict) -> dict:
        try:
            return {"TableMetadata": _table(_find(context, request).table(request["TableName"]))}
        except EntityNotFound as error:
            raise MetadataException(error.message) from error


def _store(context: RequestContext, request: dict) -> CatalogStore:
    _require_catalog(request["CatalogName"])
    return catalog_stores[context.account_id][context.region]


def _require_catalog(name: str) -> None:
    if name.lower() != CATALOG.lower():
        raise InvalidRequest(f"Catalog {name} does not exist: the local Athena has {CATALOG} only")


def _find(context: RequestContext, request: dict) -> CatalogDatabase:
    try:
        return _store(context, request).database(request["DatabaseName"])
    except EntityNotFound as error:
        raise MetadataException(error.message) from error


def _name(shown: dict) -> str:
    return shown["Name"]


def _database(database: CatalogDatabase) -> dict:
    return _present(database.shown, "Name", "Description", "Parameters")


def _table(table: CatalogTable) -> dict:
    shown = table.latest
    storage = shown.get("StorageDescriptor") or {}
    serde = storage.get("SerdeInfo") or {}
    properties = {
        **(shown.get("Parameters") or {}),
        "location": storage.get("Location"),
        "inputformat": storage.get("InputFormat"),
        "outputformat": storage.get("OutputFormat"),
        "serde.serialization.lib": serde.get("SerializationLibrary"),
        **{f"serde.param.{name}": value for name, value in (serde.get("Parameters") or {}).items()},
    }
    return {
        **_present(shown, "Name", "TableType", "CreateTime"),
        "Columns": _columns(storage.get("Columns")),
        "PartitionKeys": _columns(shown.get("PartitionKeys")),
        "Parameters": {name: value for name, value in properties.items() if value},
    }


def _columns(given: list[dict] | None) -> list[dict]:
    return [_present(each, "Name", "Type", "Comment") for each in given or []]


def _present(shown: dict, *names: str) -> dict:
    return {name: shown[name] for name in names if shown.get(name) is not None}
