"""Hive statements in Athena: CREATE EXTERNAL TABLE, DROP, ALTER TABLE, MSCK, SHOW, DESCRIBE.

https://docs.aws.amazon.com/athena/latest/ug/ddl-reference.html
"""

import re
from collections.abc import Callable
from dataclasses import dataclass

from sqlglot import exp
from sqlglot.dialects.hive import Hive
from sqlglot.errors import SqlglotError

from isobar_localstack.athena.errors import QueryFailure, unsupported
from isobar_localstack.athena.objects import LocalObjects, split_location
from isobar_localstack.athena.results import ResultColumn
from isobar_localstack.athena.sql.types import VARCHAR, parse_type
from isobar_localstack.glue.errors import AlreadyExists, EntityNotFound
from isobar_localstack.glue.store import CatalogDatabase, CatalogStore, CatalogTable, now

PARQUET = {
    "InputFormat": "org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat",
    "OutputFormat": "org.apache.hadoop.hive.ql.io.parquet.MapredParquetOutputFormat",
    "SerdeInfo": {
        "SerializationLibrary": "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe",
        "Parameters": {"serialization.format": "1"},
    },
}
_TEXT = {
    "InputFormat": "org.apache.hadoop.mapred.TextInputFormat",
    "OutputFormat": "org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat",
}
JSON_SERDE = "org.openx.data.jsonserde.JsonSerDe"
LAZY_SERDE = "org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe"


@dataclass
class Catalog:
    """The catalog in the context of a statement. `database` is the default database."""

    store: CatalogStore
    objects: LocalObjects
    account: str
    database: str

    def named(self, name: str) -> CatalogDatabase:
        try:
            return self.store.database(name)
        except EntityNotFound as error:
            raise QueryFailure("SCHEMA_NOT_FOUND", f"Schema '{name}' does not exist") from error

    def split(self, name: str) -> tuple[CatalogDatabase, str]:
        """The database and the table name in `[database.]table`, quoted or not."""
        parts = [
            part.strip().strip('`"').lower()
            for part in re.split(r"\.(?=[^.`\"]*(?:[`\"][^`\"]*[`\"])?$)", name)
        ]
        return self.named(parts[-2] if len(parts) > 1 else self.database), parts[-1]

    def table(self, name: str) -> CatalogTable:
        database, table = self.split(name)
        if table not in database.tables:
            raise QueryFailure("TABLE_NOT_FOUND", f"Table '{database.shown['Name']}.{table}' does not exist")
        return database.tables[table]

    def add(self, database: CatalogDatabase, name: str, **shown) -> CatalogTable:
        table = {
            "Name": name,
            "DatabaseName": database.shown["Name"],
            "Owner": "hadoop",
            "CreateTime": now(),
            "UpdateTime": now(),
            "Retention": 0,
            "PartitionKeys": [],
            "CatalogId": self.account,
            "IsRegisteredWithLakeFormation": False,
            "VersionId": "0",
            **shown,
        }
        database.tables[name] = CatalogTable([table])
        return database.tables[name]


# The columns and rows of an answer.
Answer = tuple[list[ResultColumn], list[list[str | None]]]
_NOTHING: Answer = ([], [])


def run_ddl(text: str, catalog: Catalog) -> tuple[str, Answer] | None:
    """The kind of the statement and its answer. None if it is no Hive statement."""
    text = text.strip().rstrip(";").strip()
    for pattern, kind, run in _STATEMENTS:
        if found := re.fullmatch(pattern, text, re.IGNORECASE | re.DOTALL):
            return kind, run(catalog, found)
    return None


def _text_rows(name: str, rows: list[str]) -> Answer:
    return [ResultColumn(name, VARCHAR)], [[row] for row in rows]


def _create_database(catalog: Catalog, found: re.Match) -> Answer:
    name = found["name"].strip('`"').lower()
    if name in catalog.store.databases:
        if found["exists"]:
            return _NOTHING
        raise QueryFailure("SCHEMA_ALREADY_EXISTS", f"Database {name} already exists")
    shown = {"Name": name, "CreateTime": now(), "CatalogId": catalog.account}
    catalog.store.databases[name] = CatalogDatabase(shown)
    return _NOTHING


def _drop_database(catalog: Catalog, found: re.Match) -> Answer:
    name = found["name"].strip('`"').lower()
    if name not in catalog.store.databases:
        if found["exists"]:
            return _NOTHING
        raise QueryFailure("SCHEMA_NOT_FOUND", f"Database does not exist: {name}")
    if catalog.store.databases[name].tables and not found["cascade"]:
        raise QueryFailure("HIVE_METASTORE_ERROR", f"Database {name} is not empty. One or more tables exist.")
    del catalog.store.databases[name]
    return _NOTHING


def _drop(view: bool) -> Callable[[Catalog, re.Match], Answer]:
    def run(catalog: Catalog, found: re.Match) -> Answer:
        database, name = catalog.split(found["name"])
        table = database.tables.get(name)
        what = "View" if view else "Table"
        if table is None:
            if found["exists"]:
                return _NOTHING
            raise QueryFailure(
                f"{what.upper()}_NOT_FOUND", f"{what} '{database.shown['Name']}.{name}' does not exist"
            )
        if (table.latest.get("TableType") == "VIRTUAL_VIEW") != view:
            raise QueryFailure("NOT_SUPPORTED", f"{name} is {'not a view' if view else 'a view'}")
        del database.tables[name]
        return _NOTHING

    return run


def _show_databases(catalog: Catalog, found: re.Match) -> Answer:
    return _text_rows("database_name", sorted(filter(_like(found["like"]), catalog.store.databases)))


def _show_tables(catalog: Catalog, found: re.Match) -> Answer:
    database = catalog.named((found["database"] or catalog.database).strip('`"').lower())
    return _text_rows("tab_name", sorted(filter(_like(found["like"]), database.tables)))


def _like(pattern: str | None) -> Callable[[str], bool]:
    """A test for Hive's patterns: * and |, or a regular expression."""
    if not pattern:
        return lambda _name: True
    matcher = re.compile(
        "|".join(each if "." in each else each.replace("*", ".*") for each in pattern.split("|"))
    )
    return lambda name: matcher.fullmatch(name) is not None


def _show_columns(catalog: Catalog, found: re.Match) -> Answer:
    name = found["name"] if not found["database"] else f"{found['database']}.{found['name']}"
    table = catalog.table(name).latest
    columns = table["StorageDescriptor"]["Columns"] + (table.get("PartitionKeys") or [])
    return _text_rows("field", [each["Name"] for each in columns])


def _show_partitions(catalog: Catalog, found: re.Match) -> Answer:
    table = catalog.table(found["name"])
    keys = [each["Name"] for each in table.latest.get("PartitionKeys") or []]
    if not keys:
        raise QueryFailure("HIVE_METASTORE_ERROR", f"Table {table.latest['Name']} is not a partitioned table")
    rows = [
        "/".join(f"{key}={value}" for key, value in zip(keys, each, strict=True)) for each in table.partitions
    ]
    return _text_rows("partition", sorted(rows))


def _describe(catalog: Catalog, found: re.Match) -> Answer:
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


def _show_create_table(catalog: Catalog, found: re.Match) -> Answer:
    table = catalog.table(found["name"]).latest
    if table.get("TableType") == "VIRTUAL_VIEW":
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
    return _text_rows("createtab_stmt", lines)


def _properties(given: dict[str, str]) -> list[str]:
    written = [f"  '{key}'='{value}'" for key, value in sorted(given.items())]
    return [f"{each}{', ' if index < len(written) - 1 else ')'}" for index, each in enumerate(written)]


def _repair(catalog: Catalog, found: re.Match) -> Answer:
    table = catalog.table(found["name"])
    keys = [each["Name"] for each in table.latest.get("PartitionKeys") or []]
    location = table.latest["StorageDescriptor"]["Location"].rstrip("/") + "/"
    prefix = split_location(location)[1]
    added = []
    for each in catalog.objects.below(location):
        parts = [part.partition("=") for part in each.key[len(prefix) :].split("/")[: len(keys)]]
        if [name.lower() for name, _equals, _value in parts] != [key.lower() for key in keys]:
            continue
        values = [value for _name, _equals, value in parts]
        path = "/".join(f"{name}={value}" for name, _equals, value in parts)
        try:
            _add_partition(catalog, table, values, f"{location}{path}/")
            added.append(f"{table.latest['Name']}:{path}")
        except AlreadyExists:
            continue
    if not added:
        return _NOTHING
    return _text_rows(
        "repair_table",
        [
            f"Partitions not in metastore: {' '.join(added)}",
            *[f"Repair: Added partition to metastore {each}" for each in added],
        ],
    )


def _add_partition(catalog: Catalog, table: CatalogTable, values: list[str], location: str) -> None:
    table.add_partition(
        {
            "Values": values,
            "DatabaseName": table.latest["DatabaseName"],
            "TableName": table.latest["Name"],
            "CatalogId": catalog.account,
            "CreationTime": now(),
            "StorageDescriptor": {**table.latest["StorageDescriptor"], "Location": location},
            "Parameters": {},
        }
    )


def register_partition(catalog: Catalog, table: CatalogTable, values: list[str], location: str) -> None:
    """Registers a partition that INSERT INTO wrote, unless it exists."""
    if tuple(values) not in table.partitions:
        _add_partition(catalog, table, values, location)


def _alter_partitions(catalog: Catalog, found: re.Match) -> Answer:
    table = catalog.table(found["name"])
    keys = [each["Name"].lower() for each in table.latest.get("PartitionKeys") or []]
    specs = list(
        re.finditer(
            r"PARTITION\s*\((?P<spec>[^)]*)\)(?:\s*LOCATION\s*'(?P<location>[^']*)')?",
            found["rest"],
            re.IGNORECASE,
        )
    )
    if not specs:
        raise QueryFailure("SYNTAX_ERROR", "PARTITION (…) is missing")
    for each in specs:
        given = dict(
            (pair[0].strip('` "').lower(), pair[1].strip().strip("'"))
            for pair in (part.split("=", 1) for part in each["spec"].split(","))
        )
        if set(given) != set(keys):
            raise QueryFailure("SYNTAX_ERROR", f"PARTITION must name {', '.join(keys)}")
        values = [given[key] for key in keys]
        if found["verb"].upper() == "DROP":
            if table.partitions.pop(tuple(values), None) is None and not found["exists"]:
                raise QueryFailure("HIVE_METASTORE_ERROR", f"Partition not found: {values}")
            continue
        root = table.latest["StorageDescriptor"]["Location"].rstrip("/")
        location = each["location"] or root + "".join(
            f"/{key}={value}" for key, value in zip(keys, values, strict=True)
        )
        try:
            _add_partition(catalog, table, values, location.rstrip("/") + "/")
        except AlreadyExists as error:
            if not found["exists"]:
                raise QueryFailure("HIVE_METASTORE_ERROR", "Partition already exists.") from error
    return _NOTHING


def _create_table(catalog: Catalog, found: re.Match) -> Answer:
    try:
        tree = Hive().parse(found[0])[0]
    except SqlglotError as error:
        raise QueryFailure("SYNTAX_ERROR", re.sub(r"\x1b\[\d*m", "", str(error)).splitlines()[0]) from error
    if not isinstance(tree, exp.Create) or not isinstance(tree.this, exp.Schema):
        raise unsupported("This form of CREATE EXTERNAL TABLE")
    named = tree.this.this
    database, name = catalog.split(f"{named.db}.{named.name}" if named.db else named.name)
    if name in database.tables:
        if tree.args.get("exists"):
            return _NOTHING
        raise QueryFailure("TABLE_ALREADY_EXISTS", f"Table {database.shown['Name']}.{name} already exists")
    columns = [_column(each) for each in tree.this.expressions if isinstance(each, exp.ColumnDef)]
    keys: list[dict] = []
    storage: dict = {**_TEXT, "SerdeInfo": {"SerializationLibrary": LAZY_SERDE, "Parameters": {}}}
    parameters = {"EXTERNAL": "TRUE"}
    location = None
    for each in tree.args["properties"].expressions if tree.args.get("properties") else []:
        match each:
            case exp.ExternalProperty():
                pass
            case exp.PartitionedByProperty():
                keys = [_column(key) for key in each.this.expressions]
            case exp.LocationProperty():
                location = each.this.name
            case exp.RowFormatSerdeProperty():
                storage["SerdeInfo"]["SerializationLibrary"] = each.this.name
                for pair in _pairs(each.args.get("serde_properties")):
                    storage["SerdeInfo"]["Parameters"].update(pair)
            case exp.SerdeProperties():
                for pair in _pairs(each):
                    storage["SerdeInfo"]["Parameters"].update(pair)
            case exp.RowFormatDelimitedProperty():
                if fields := each.args.get("fields"):
                    delimiter = fields.name.encode().decode("unicode_escape")
                    storage["SerdeInfo"]["Parameters"].update(
                        {"field.delim": delimiter, "serialization.format": delimiter}
                    )
                if null := each.args.get("null"):
                    storage["SerdeInfo"]["Parameters"]["serialization.null.format"] = null.name
            case exp.FileFormatProperty():
                form = each.this.name.upper() if not isinstance(each.this, exp.InputOutputFormat) else ""
                if form == "PARQUET":
                    storage = {**PARQUET}
                elif form == "JSON":
                    storage["SerdeInfo"]["SerializationLibrary"] = JSON_SERDE
                elif form not in ("", "TEXTFILE"):
                    raise unsupported(f"STORED AS {form}")
                elif isinstance(each.this, exp.InputOutputFormat) and "parquet" in each.this.sql().lower():
                    storage.update({part: PARQUET[part] for part in ("InputFormat", "OutputFormat")})
            case exp.SchemaCommentProperty():
                parameters["comment"] = each.this.name
            case exp.Property():
                parameters[each.name] = each.args["value"].name
            case _:
                raise unsupported(f"{each.sql('hive')[:60]} in CREATE EXTERNAL TABLE")
    if location is None:
        raise QueryFailure("INVALID_TABLE_PROPERTY", "LOCATION is required")
    split_location(location)
    storage = {**storage, "Columns": columns, "Location": location}
    catalog.add(
        database,
        name,
        TableType="EXTERNAL_TABLE",
        Parameters=parameters,
        PartitionKeys=keys,
        StorageDescriptor=storage,
    )
    return _NOTHING


def _column(node: exp.ColumnDef) -> dict:
    kind = node.args["kind"].sql("hive").lower()
    parse_type(kind)
    comment = next(
        (each.kind.name for each in node.constraints if isinstance(each.kind, exp.CommentColumnConstraint)),
        None,
    )
    return {"Name": node.name.lower(), "Type": _glue_type(kind), **({"Comment": comment} if comment else {})}


def _glue_type(text: str) -> str:
    return re.sub(r"\s*([<>:,])\s*", r"\1", text)


def _pairs(node: exp.Expression | None) -> list[dict[str, str]]:
    return [{each.name: each.args["value"].name} for each in node.expressions] if node else []


_NAME = r"(?P<name>[^\s()]+)"
_EXISTS = r"(?P<exists>IF\s+(?:NOT\s+)?EXISTS\s+)?"
_STATEMENTS = (
    (rf"CREATE\s+(?:DATABASE|SCHEMA)\s+{_EXISTS}{_NAME}(?:\s.*)?", "CREATE_DATABASE", _create_database),
    (
        rf"DROP\s+(?:DATABASE|SCHEMA)\s+{_EXISTS}{_NAME}(?P<cascade>\s+CASCADE)?(?:\s+RESTRICT)?",
        "DROP_DATABASE",
        _drop_database,
    ),
    (r"CREATE\s+EXTERNAL\s+TABLE\s.*", "CREATE_TABLE", _create_table),
    (rf"DROP\s+TABLE\s+{_EXISTS}{_NAME}", "DROP_TABLE", _drop(view=False)),
    (rf"DROP\s+VIEW\s+{_EXISTS}{_NAME}", "DROP_VIEW", _drop(view=True)),
    (r"SHOW\s+(?:DATABASES|SCHEMAS)(?:\s+LIKE\s+'(?P<like>[^']*)')?", "SHOW_DATABASES", _show_databases),
    (
        r"SHOW\s+TABLES(?:\s+(?:IN|FROM)\s+(?P<database>\S+))?(?:\s+(?:LIKE\s+)?'(?P<like>[^']*)')?",
        "SHOW_TABLES",
        _show_tables,
    ),
    (
        rf"SHOW\s+COLUMNS\s+(?:IN|FROM)\s+{_NAME}(?:\s+(?:IN|FROM)\s+(?P<database>\S+))?",
        "SHOW_COLUMNS",
        _show_columns,
    ),
    (rf"SHOW\s+PARTITIONS\s+{_NAME}", "SHOW_PARTITIONS", _show_partitions),
    (rf"SHOW\s+CREATE\s+TABLE\s+{_NAME}", "SHOW_CREATE_TABLE", _show_create_table),
    (rf"DESC(?:RIBE)?\s+{_NAME}", "DESCRIBE_TABLE", _describe),
    (rf"MSCK\s+REPAIR\s+TABLE\s+{_NAME}", "MSCK_REPAIR_TABLE", _repair),
    (
        rf"ALTER\s+TABLE\s+{_NAME}\s+(?P<verb>ADD|DROP)\s+{_EXISTS}(?P<rest>PARTITION.*)",
        "ALTER_TABLE",
        _alter_partitions,
    ),
)
