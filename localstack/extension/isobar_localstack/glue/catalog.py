"""Glue's Data Catalog: databases and tables. `partitions.py` has the partitions of a table."""

import re

from localstack.aws.api import RequestContext, handler

from isobar_localstack.glue.errors import AlreadyExists, EntityNotFound, InvalidInput
from isobar_localstack.glue.store import CatalogDatabase, CatalogStore, CatalogTable, catalog_stores, now
from isobar_localstack.paging import page


class CatalogOperations:
    @handler("CreateDatabase", expand=False)
    def create_database(self, context: RequestContext, request: dict) -> dict:
        store, given = catalog_of(context), request["DatabaseInput"]
        name = _folded(given)
        if name in store.databases:
            raise AlreadyExists("Database already exists.")
        store.databases[name] = CatalogDatabase(
            {**given, "Name": name, "CreateTime": now(), "CatalogId": context.account_id}
        )
        return {}

    @handler("GetDatabase", expand=False)
    def get_database(self, context: RequestContext, request: dict) -> dict:
        return {"Database": catalog_of(context).database(request["Name"]).shown}

    @handler("GetDatabases", expand=False)
    def get_databases(self, context: RequestContext, request: dict) -> dict:
        shown = [database.shown for database in catalog_of(context).databases.values()]
        return page(shown, "DatabaseList", "Name", request)

    @handler("UpdateDatabase", expand=False)
    def update_database(self, context: RequestContext, request: dict) -> dict:
        database = catalog_of(context).database(request["Name"])
        kept = {name: database.shown[name] for name in ("Name", "CreateTime", "CatalogId")}
        database.shown = {**request["DatabaseInput"], **kept}
        return {}

    @handler("DeleteDatabase", expand=False)
    def delete_database(self, context: RequestContext, request: dict) -> dict:
        store = catalog_of(context)
        store.database(request["Name"])
        del store.databases[request["Name"].lower()]
        return {}

    @handler("CreateTable", expand=False)
    def create_table(self, context: RequestContext, request: dict) -> dict:
        database = catalog_of(context).database(request["DatabaseName"])
        given = request.get("TableInput")
        if not given:
            raise InvalidInput("TableInput is required.")
        name = _folded(given)
        if name in database.tables:
            raise AlreadyExists("Table already exists.")
        database.tables[name] = CatalogTable([_as_table(context, database, given, created=now(), version=0)])
        return {}

    @handler("GetTable", expand=False)
    def get_table(self, context: RequestContext, request: dict) -> dict:
        return {"Table": table_of(context, request, "Name").latest}

    @handler("GetTables", expand=False)
    def get_tables(self, context: RequestContext, request: dict) -> dict:
        database = catalog_of(context).database(request["DatabaseName"])
        wanted = _pattern(request.get("Expression"))
        shown = [table.latest for name, table in sorted(database.tables.items()) if wanted.fullmatch(name)]
        return page(shown, "TableList", "Name", request)

    @handler("UpdateTable", expand=False)
    def update_table(self, context: RequestContext, request: dict) -> dict:
        database = catalog_of(context).database(request["DatabaseName"])
        given = request["TableInput"]
        table = database.table(given["Name"])
        before = table.latest
        version = int(before["VersionId"]) + 1
        latest = _as_table(context, database, given, created=before["CreateTime"], version=version)
        table.versions = [latest] if request.get("SkipArchive") else [*table.versions, latest]
        return {}

    @handler("GetTableVersions", expand=False)
    def get_table_versions(self, context: RequestContext, request: dict) -> dict:
        table = table_of(context, request)
        versions = [{"Table": each, "VersionId": each["VersionId"]} for each in reversed(table.versions)]
        return page(versions, "TableVersions", "VersionId", request)

    @handler("DeleteTable", expand=False)
    def delete_table(self, context: RequestContext, request: dict) -> dict:
        database = catalog_of(context).database(request["DatabaseName"])
        database.table(request["Name"])
        del database.tables[request["Name"].lower()]
        return {}

    @handler("BatchDeleteTable", expand=False)
    def batch_delete_table(self, context: RequestContext, request: dict) -> dict:
        database = catalog_of(context).database(request["DatabaseName"])
        errors = []
        for name in request["TablesToDelete"]:
            try:
                database.table(name)
                del database.tables[name.lower()]
            except EntityNotFound as error:
                errors.append({"TableName": name, "ErrorDetail": detail(error)})
        return {"Errors": errors}


def catalog_of(context: RequestContext) -> CatalogStore:
    return catalog_stores[context.account_id][context.region]


def table_of(context: RequestContext, request: dict, name: str = "TableName") -> CatalogTable:
    return catalog_of(context).database(request["DatabaseName"]).table(request[name])


def detail(error) -> dict:
    return {"ErrorCode": error.code, "ErrorMessage": error.message}


def _folded(given: dict) -> str:
    """The name in lower case, as Glue stores names of databases and tables."""
    name = given.get("Name")
    if not name:
        raise InvalidInput("Name is required.")
    return name.lower()


def _as_table(context, database: CatalogDatabase, given: dict, *, created, version: int) -> dict:
    return {
        "PartitionKeys": [],
        **given,
        "Name": _folded(given),
        "DatabaseName": database.shown["Name"],
        "CatalogId": context.account_id,
        "CreateTime": created,
        "UpdateTime": now(),
        "IsRegisteredWithLakeFormation": False,
        "VersionId": str(version),
    }


def _pattern(expression: str | None) -> re.Pattern:
    """A regular expression, in which a lone `*` matches any characters, as in the console."""
    text = re.sub(r"(?<![.\])])\*", ".*", expression) if expression else ".*"
    try:
        return re.compile(text)
    except re.error as error:
        raise InvalidInput(f"Invalid expression {expression}: {error}") from error
