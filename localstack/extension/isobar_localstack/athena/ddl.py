"""Hive statements in Athena: CREATE EXTERNAL TABLE, DROP, ALTER TABLE, MSCK, SHOW, DESCRIBE.

https://docs.aws.amazon.com/athena/latest/ug/ddl-reference.html
"""

import re
from collections.abc import Callable

from isobar_localstack.athena.catalog import Catalog
from isobar_localstack.athena.create_table import create_table
from isobar_localstack.athena.errors import QueryFailure
from isobar_localstack.athena.partitions import alter_partitions, repair, show_partitions
from isobar_localstack.athena.results import NOTHING, Answer
from isobar_localstack.athena.show import (
    describe,
    show_columns,
    show_create_table,
    show_create_view,
    show_databases,
    show_tables,
    show_views,
)
from isobar_localstack.glue.store import CatalogDatabase, now


def run_ddl(text: str, catalog: Catalog) -> tuple[str, Answer] | None:
    """The kind of the statement and its answer. None if it is no Hive statement."""
    text = text.strip().rstrip(";").strip()
    for pattern, kind, run in _STATEMENTS:
        if found := re.fullmatch(pattern, text, re.IGNORECASE | re.DOTALL):
            return kind, run(catalog, found)
    return None


def _create_database(catalog: Catalog, found: re.Match) -> Answer:
    name = found["name"].strip('`"').lower()
    if name in catalog.store.databases:
        if found["exists"]:
            return NOTHING
        raise QueryFailure("SCHEMA_ALREADY_EXISTS", f"Database {name} already exists")
    shown = {"Name": name, "CreateTime": now(), "CatalogId": catalog.account}
    catalog.store.databases[name] = CatalogDatabase(shown)
    return NOTHING


def _drop_database(catalog: Catalog, found: re.Match) -> Answer:
    name = found["name"].strip('`"').lower()
    if name not in catalog.store.databases:
        if found["exists"]:
            return NOTHING
        raise QueryFailure("SCHEMA_NOT_FOUND", f"Database does not exist: {name}")
    if catalog.store.databases[name].tables and not found["cascade"]:
        raise QueryFailure("HIVE_METASTORE_ERROR", f"Database {name} is not empty. One or more tables exist.")
    del catalog.store.databases[name]
    return NOTHING


def _drop(view: bool) -> Callable[[Catalog, re.Match], Answer]:
    def run(catalog: Catalog, found: re.Match) -> Answer:
        database, name = catalog.locate(found["name"])
        table = database.tables.get(name)
        what = "View" if view else "Table"
        if table is None:
            if found["exists"]:
                return NOTHING
            raise QueryFailure(
                f"{what.upper()}_NOT_FOUND", f"{what} '{database.shown['Name']}.{name}' does not exist"
            )
        if (table.latest.get("TableType") == "VIRTUAL_VIEW") != view:
            raise QueryFailure("NOT_SUPPORTED", f"{name} is {'not a view' if view else 'a view'}")
        del database.tables[name]
        return NOTHING

    return run


_NAME = r"(?P<name>[^\s()]+)"
_EXISTS = r"(?P<exists>IF\s+(?:NOT\s+)?EXISTS\s+)?"
_STATEMENTS = (
    (rf"CREATE\s+(?:DATABASE|SCHEMA)\s+{_EXISTS}{_NAME}(?:\s.*)?", "CREATE_DATABASE", _create_database),
    (
        rf"DROP\s+(?:DATABASE|SCHEMA)\s+{_EXISTS}{_NAME}(?P<cascade>\s+CASCADE)?(?:\s+RESTRICT)?",
        "DROP_DATABASE",
        _drop_database,
    ),
    (r"CREATE\s+EXTERNAL\s+TABLE\s.*", "CREATE_TABLE", create_table),
    (rf"DROP\s+TABLE\s+{_EXISTS}{_NAME}", "DROP_TABLE", _drop(view=False)),
    (rf"DROP\s+VIEW\s+{_EXISTS}{_NAME}", "DROP_VIEW", _drop(view=True)),
    (r"SHOW\s+(?:DATABASES|SCHEMAS)(?:\s+LIKE\s+'(?P<like>[^']*)')?", "SHOW_DATABASES", show_databases),
    (
        r"SHOW\s+TABLES(?:\s+(?:IN|FROM)\s+(?P<database>\S+))?(?:\s+(?:LIKE\s+)?'(?P<like>[^']*)')?",
        "SHOW_TABLES",
        show_tables,
    ),
    (
        r"SHOW\s+VIEWS(?:\s+(?:IN|FROM)\s+(?P<database>\S+))?(?:\s+(?:LIKE\s+)?'(?P<like>[^']*)')?",
        "SHOW_VIEWS",
        show_views,
    ),
    (rf"SHOW\s+CREATE\s+VIEW\s+{_NAME}", "SHOW_CREATE_VIEW", show_create_view),
    (
        rf"SHOW\s+COLUMNS\s+(?:IN|FROM)\s+{_NAME}(?:\s+(?:IN|FROM)\s+(?P<database>\S+))?",
        "SHOW_COLUMNS",
        show_columns,
    ),
    (rf"SHOW\s+PARTITIONS\s+{_NAME}", "SHOW_PARTITIONS", show_partitions),
    (rf"SHOW\s+CREATE\s+TABLE\s+{_NAME}", "SHOW_CREATE_TABLE", show_create_table),
    (rf"DESC(?:RIBE)?\s+{_NAME}", "DESCRIBE_TABLE", describe),
    (rf"MSCK\s+REPAIR\s+TABLE\s+{_NAME}", "MSCK_REPAIR_TABLE", repair),
    (
        rf"ALTER\s+TABLE\s+{_NAME}\s+(?P<verb>ADD|DROP)\s+{_EXISTS}(?P<rest>PARTITION.*)",
        "ALTER_TABLE",
        alter_partitions,
    ),
)
