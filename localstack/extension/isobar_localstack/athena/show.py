"""SHOW and DESCRIBE."""

import re
from collections.abc import Callable

from isobar_localstack.athena.catalog import Catalog
from isobar_localstack.athena.errors import QueryFailure, unsupported
from isobar_localstack.athena.results import Answer, ResultColumn, text_rows
from isobar_localstack.athena.sql.types import VARCHAR
from isobar_localstack.athena.tables import definition, is_view


def show_databases(catalog: Catalog, found: re.Match) -> Answer:
    return text_rows("database_name", sorted(filter(_like(found["like"]), catalog.store.databases)))


def show_tables(catalog: Catalog, found: re.Match) -> Answer:
    database = catalog.named((found["database"] or catalog.database).strip('`"').lower())
    return text_rows("tab_name", sorted(filter(_like(found["like"]), database.tables)))


def show_views(catalog: Catalog, found: re.Match) -> Answer:
    database = catalog.named((found["database"] or catalog.database).strip('`"').lower())
    views = [name for name, table in database.tables.items() if is_view(table.latest)]
    return text_rows("views", sorted(filter(_like(found["like"]), views)))


def show_create_view(catalog: Catalog, found: re.Match) -> Answer:
    table = catalog.table(found["name"]).latest
    if not is_view(table):
        raise QueryFailure("NOT_SUPPORTED", f"{table['Name']} is not a view")
    text = f"CREATE VIEW {table['DatabaseName']}.{table['Name']} AS\n{definition(table)['originalSql']}"
    return text_rows("Create View", text.splitlines())


def _like(pattern: str | None) -> Callable[[str], bool]:
    """A test for Hive's patterns: * and |, or a regular expression."""
    if not pattern:
        return lambda _name: True
    matcher = re.compile(
        "|".join(each if "." in each else each.replace("*", ".*") for each in pattern.split("|"))
    )
    return lambda name: matcher.fullmatch(name) is not None


def show_columns(catalog: Catalog, found: re.Match) -> Answer:
    name = found["name"] if not found["database"] else f"{found['database']}.{found['name']}"
    table = catalog.table(name).latest
    columns = table["StorageDescriptor"]["Columns"] + (table.get("PartitionKeys") or [])
    return text_rows("field", [each["Name"] for each in columns])


def describe(catalog: Catalog, found: re.Match) -> Answer:
    table = catalog.table(found["name"]).latest
    kinds = [ResultColumn(name, VARCHAR) for name in ("col_name", "data_type", "comment")]

    def row(each: dict) -> list[str | None]:
        return [f"{each['Name']:<20}", f"{each['Type']:<20}", f"{each.get('Comment', ''):<20}"]

    rows = [row(each) for each in table["StorageDescriptor"]["Columns"] + (table.get("PartitionKeys") or [])]
    if table.get("PartitionKeys"):
        rows += [
            ["", None, None],
            ["# Partition Information", None, None],
            ["# col_name", "data_type", "comment"],
            ["", None, None],
        ]
        rows += [row(each) for each in table["PartitionKeys"]]
    return kinds, rows


def show_create_table(catalog: Catalog, found: re.Match) -> Answer:
    table = catalog.table(found["name"]).latest
    if is_view(table):
        raise unsupported("SHOW CREATE TABLE of a view")
    storage = table["StorageDescriptor"]

    def columns(given: list[dict]) -> list[str]:
        written = [f"  `{each['Name']}` {each['Type']}" for each in given]
        return [f"{each}{', ' if index < len(written) - 1 else ')'}" for index, each in enumerate(written)]

    lines = [
        f"CREATE EXTERNAL TABLE `{table['DatabaseName']}.{table['Name']}`(",
        *columns(storage["Columns"]),
    ]
    if keys := table.get("PartitionKeys"):
        lines += ["PARTITIONED BY ( ", *columns(keys)]
    serde = storage.get("SerdeInfo") or {}
    lines += ["ROW FORMAT SERDE ", f"  '{serde.get('SerializationLibrary', '')}' "]
    if given := serde.get("Parameters"):
        lines += ["WITH SERDEPROPERTIES ( ", *_properties(given)]
    lines += ["STORED AS INPUTFORMAT ", f"  '{storage.get('InputFormat', '')}' "]
    lines += [
        "OUTPUTFORMAT ",
        f"  '{storage.get('OutputFormat', '')}'",
        "LOCATION",
        f"  '{storage.get('Location', '')}'",
    ]
    if given := table.get("Parameters"):
        lines += ["TBLPROPERTIES (", *_properties(given)]
    return text_rows("createtab_stmt", lines)


def _properties(given: dict[str, str]) -> list[str]:
    written = [f"  '{key}'='{value}'" for key, value in sorted(given.items())]
    return [f"{each}{', ' if index < len(written) - 1 else ')'}" for index, each in enumerate(written)]
