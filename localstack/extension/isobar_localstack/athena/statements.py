"""Runs one statement, from its text to its result."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from sqlglot import exp
from sqlglot.errors import SqlglotError
from sqlglot.tokens import TokenType

from isobar_localstack.athena.ddl import JSON_SERDE, LAZY_SERDE, PARQUET, Catalog, register_partition, run_ddl
from isobar_localstack.athena.engine import as_failure
from isobar_localstack.athena.errors import QueryFailure, unsupported
from isobar_localstack.athena.objects import scratch_folder
from isobar_localstack.athena.results import ResultColumn, ResultRows, fetchable, shown_rows
from isobar_localstack.athena.sql.casts import coerce
from isobar_localstack.athena.sql.parser import AthenaSql, parse, text_of
from isobar_localstack.athena.sql.queries.compiler import Compiled, Compiler
from isobar_localstack.athena.sql.types import Type, common_type
from isobar_localstack.athena.tables import TableReader, file_format, shape_of, view_text
from isobar_localstack.athena.writing import Target, glue_type, write_objects


class ScanLimitExceeded(Exception):
    """The statement exceeds the workgroup's BytesScannedCutoffPerQuery."""


@dataclass
class Outcome:
    statement_type: str
    substatement_type: str
    columns: list[ResultColumn]
    rows: ResultRows
    scanned_bytes: int = 0
    update_count: int | None = None
    # The keys of written objects, for the manifest.
    written: list[str] = field(default_factory=list)

    @property
    def is_query(self) -> bool:
        """Whether the result has a heading line."""
        return self.substatement_type == "SELECT"


@dataclass
class Run:
    """The context of a statement. `look_up_prepared` returns the text of a prepared statement."""

    connection: object
    catalog: Catalog
    s3: object
    folder: Path
    rows: ResultRows
    scan_limit_bytes: int | None
    look_up_prepared: object
    # Stores a prepared statement of the workgroup, or deletes it: (name, text or None).
    keep_prepared: object

    def execute(self, text: str, parameters: list[str]) -> Outcome:
        text = _without_comments(text)
        prepared = self._prepared(text)
        if isinstance(prepared, Outcome):
            return prepared
        if prepared:
            text, parameters = prepared
        if ddl := run_ddl(text, self.catalog):
            kind, (columns, rows) = ddl
            return self._answer(
                "UTILITY" if kind.startswith(("SHOW", "DESCRIBE")) else "DDL", kind, columns, rows
            )
        if view := _VIEW.fullmatch(text):
            return self._create_view(view)
        if unload := _UNLOAD.fullmatch(text):
            return self._unload(unload, parameters)
        if re.match(r"EXPLAIN\b", text, re.IGNORECASE):
            raise unsupported("EXPLAIN")
        tree = _with_parameters(text, parameters)
        match tree:
            case exp.Create() if tree.expression and (tree.kind or "").upper() == "TABLE":
                return self._create_table_as(tree)
            case exp.Insert():
                return self._insert(tree)
            case exp.Query() | exp.Values():
                return self._select(tree)
        raise unsupported(f"Statement {type(tree).__name__.upper()}")

    def _answer(self, statement: str, kind: str, columns: list[ResultColumn], rows: Iterable) -> Outcome:
        self.rows.write(rows)
        return Outcome(statement, kind, columns, self.rows)

    # Queries

    def compile(self, tree: exp.Expression | str) -> Compiled:
        store = self.catalog.store
        compiler = Compiler(lambda database, name: shape_of(store, database, name), self.catalog.database)
        compiled = compiler.compile(tree)
        reader = TableReader(self.connection, store, self.catalog.objects)
        self._scanned = sum(reader.open(scan) for scan in compiler.scans)
        if self.scan_limit_bytes is not None and self._scanned > self.scan_limit_bytes:
            raise ScanLimitExceeded
        return compiled

    def _select(self, tree: exp.Expression) -> Outcome:
        compiled = self.compile(tree)
        columns = _result_columns(compiled)
        listed = ", ".join(fetchable(column.sql, column.kind) for column in compiled.columns)
        # DuckDB keeps the order of the inner query.
        cursor = self.connection.execute(f"SELECT {listed} FROM ({compiled.sql})")
        self.rows.write(shown_rows(cursor, columns))
        return Outcome("DML", "SELECT", columns, self.rows, self._scanned)

    def _create_view(self, found: re.Match) -> Outcome:
        database, name = self.catalog.split(found["name"])
        there = database.tables.get(name)
        if there is not None:
            if there.latest.get("TableType") != "VIRTUAL_VIEW":
                raise QueryFailure("TABLE_ALREADY_EXISTS", f"Table already exists: {name}")
            if not found["replace"]:
                raise QueryFailure("VIEW_ALREADY_EXISTS", f"View already exists: {name}")
        context = Catalog(
            self.catalog.store, self.catalog.objects, self.catalog.account, self.catalog.database
        )
        compiler = Compiler(lambda schema, table: shape_of(context.store, schema, table), context.database)
        columns = _named_columns(compiler.compile(found["query"]))
        self.catalog.add(
            database,
            name,
            TableType="VIRTUAL_VIEW",
            Parameters={"presto_view": "true", "comment": "Presto View"},
            StorageDescriptor={
                "Columns": [{"Name": column, "Type": glue_type(kind)} for column, kind in columns],
                "Location": "",
                "SerdeInfo": {},
            },
            ViewOriginalText=view_text(found["query"].strip(), self.catalog.database, columns),
            ViewExpandedText="/* Presto View */",
        )
        return self._answer("DDL", "CREATE_VIEW", [], [])

    # Statements that write

    def _write(self, compiled: Compiled, columns: list[tuple[str, Type]], target: Target):
        with scratch_folder(self.folder) as folder:
            return write_objects(self.connection, compiled.sql, columns, target, folder, self.s3)

    def _create_table_as(self, tree: exp.Create) -> Outcome:
        named = tree.this.this if isinstance(tree.this, exp.Schema) else tree.this
        database, name = self.catalog.split(f"{named.db}.{named.name}" if named.db else named.name)
        if name in database.tables:
            if tree.args.get("exists"):
                return self._answer("DDL", "CREATE_TABLE_AS_SELECT", [], [])
            raise QueryFailure(
                "TABLE_ALREADY_EXISTS", f"Table '{database.shown['Name']}.{name}' already exists"
            )
        settings = _settings(tree.args.get("properties"))
        location = settings.pop("external_location", None)
        if location is None:
            raise unsupported("CREATE TABLE AS without external_location")
        target = _target(location, settings)
        if self.catalog.objects.below(location):
            raise QueryFailure(
                "HIVE_PATH_ALREADY_EXISTS",
                f"Target directory for table '{database.shown['Name']}.{name}' already exists: {location}. "
                "You may need to manually clean the data at this location before retrying.",
            )
        compiled = self.compile(tree.expression)
        columns = _named_columns(compiled, must_have_names=True)
        written = self._write(compiled, columns, target)
        shown = [{"Name": column, "Type": glue_type(kind)} for column, kind in columns]
        split = len(shown) - len(target.partitioned_by)
        table = self.catalog.add(
            database,
            name,
            TableType="EXTERNAL_TABLE",
            Parameters={"EXTERNAL": "TRUE", "has_encrypted_data": "false"},
            PartitionKeys=shown[split:],
            StorageDescriptor={**_storage(target), "Columns": shown[:split], "Location": target.location},
        )
        self._register(table, target, written)
        outcome = self._answer("DDL", "CREATE_TABLE_AS_SELECT", [ResultColumn("rows", Type("bigint"))], [])
        outcome.scanned_bytes, outcome.written = self._scanned, [key for key, _values in written]
        return outcome

    def _insert(self, tree: exp.Insert) -> Outcome:
        if tree.args.get("overwrite"):
            raise unsupported("INSERT OVERWRITE")
        named = tree.this.this if isinstance(tree.this, exp.Schema) else tree.this
        database, name = self.catalog.split(f"{named.db}.{named.name}" if named.db else named.name)
        if name not in database.tables:
            raise QueryFailure("TABLE_NOT_FOUND", f"Table '{database.shown['Name']}.{name}' does not exist")
        table = database.tables[name]
        shape = shape_of(self.catalog.store, database.shown["Name"], name)
        if shape.view_text is not None:
            raise QueryFailure("NOT_SUPPORTED", "Inserting into views is not supported")
        given = (
            [each.name.lower() for each in tree.this.expressions]
            if isinstance(tree.this, exp.Schema)
            else None
        )
        compiled = self.compile(tree.expression)
        listed = _assigned(compiled, shape.columns, given)
        storage = table.latest["StorageDescriptor"]
        form = {"parquet": "PARQUET", "json": "JSON", "text": "TEXTFILE"}.get(file_format(storage))
        if form is None:
            raise QueryFailure(
                "NOT_SUPPORTED",
                f"Inserting into a table of {storage['SerdeInfo']['SerializationLibrary']} is not supported",
            )
        delimiter = (storage.get("SerdeInfo", {}).get("Parameters") or {}).get("field.delim", "\x01")
        keys = tuple(each["Name"].lower() for each in table.latest.get("PartitionKeys") or [])
        target = Target(storage["Location"], form, delimiter, partitioned_by=keys)
        written = self._write(Compiled(f"SELECT {listed} FROM ({compiled.sql})", []), shape.columns, target)
        self._register(table, target, written)
        outcome = self._answer("DML", "INSERT", [ResultColumn("rows", Type("bigint"))], [])
        outcome.scanned_bytes, outcome.written = self._scanned, [key for key, _values in written]
        return outcome

    def _register(self, table, target: Target, written: list[tuple[str, list[str]]]) -> None:
        for _key, values in written:
            if target.partitioned_by:
                path = "/".join(
                    f"{name}={value}" for name, value in zip(target.partitioned_by, values, strict=True)
                )
                register_partition(self.catalog, table, values, f"{target.location.rstrip('/')}/{path}/")

    def _unload(self, found: re.Match, parameters: list[str]) -> Outcome:
        settings = _settings_of_text(found["settings"] or "")
        target = _target(found["location"], {"format": "PARQUET", **settings})
        if self.catalog.objects.below(found["location"]):
            raise QueryFailure(
                "HIVE_PATH_ALREADY_EXISTS", f"Target directory already exists: {found['location']}"
            )
        compiled = self.compile(_with_parameters(found["query"], parameters))
        written = self._write(compiled, _named_columns(compiled, must_have_names=True), target)
        outcome = self._answer("DML", "UNLOAD", [ResultColumn("rows", Type("bigint"))], [])
        outcome.scanned_bytes, outcome.written = self._scanned, [key for key, _values in written]
        return outcome

    # Prepared statements

    def _prepared(self, text: str) -> Outcome | tuple[str, list[str]] | None:
        if found := re.fullmatch(r"PREPARE\s+(\w+)\s+FROM\s+(.*)", text, re.IGNORECASE | re.DOTALL):
            self.keep_prepared(found[1], found[2])
            return self._answer("DDL", "PREPARE", [], [])
        if found := re.fullmatch(r"DEALLOCATE\s+PREPARE\s+(\w+)", text, re.IGNORECASE):
            self.keep_prepared(found[1], None)
            return self._answer("DDL", "DEALLOCATE", [], [])
        found = re.fullmatch(r"EXECUTE\s+(\w+)(?:\s+USING\s+(.*))?", text, re.IGNORECASE | re.DOTALL)
        if not found:
            return None
        prepared = self.look_up_prepared(found[1])
        if prepared is None:
            raise QueryFailure("NOT_FOUND", f"Prepared statement not found: {found[1]}")
        given = parse(f"SELECT {found[2]}").expressions if found[2] else []
        return _without_comments(prepared), [text_of(each) for each in given]


_VIEW = re.compile(
    r"CREATE\s+(?P<replace>OR\s+REPLACE\s+)?VIEW\s+(?P<name>\S+)\s+AS\s+(?P<query>.*)",
    re.IGNORECASE | re.DOTALL,
)
_UNLOAD = re.compile(
    r"UNLOAD\s*\((?P<query>.*)\)\s*TO\s*'(?P<location>[^']*)'(?:\s*WITH\s*\((?P<settings>.*)\))?",
    re.IGNORECASE | re.DOTALL,
)


def _without_comments(text: str) -> str:
    """The statement without leading comments and trailing semicolons. The parser skips inner comments."""
    text = re.sub(r"\A(?:\s+|--[^\n]*\n|/\*.*?\*/)+", "", text, flags=re.DOTALL)
    return text.strip().rstrip(";").strip()


def _with_parameters(text: str, parameters: list[str]) -> exp.Expression:
    """Parses the statement with each `?` replaced by its parameter, in text order."""
    try:
        tokens = AthenaSql().tokenize(text)
    except SqlglotError as error:
        raise QueryFailure("SYNTAX_ERROR", str(error).splitlines()[0]) from error
    places = [token for token in tokens if token.token_type == TokenType.PLACEHOLDER]
    if len(places) != len(parameters):
        raise QueryFailure(
            "INVALID_PARAMETER_USAGE",
            f"Incorrect number of parameters: expected {len(places)} but found {len(parameters)}",
        )
    # From last to first, so that earlier positions stay valid.
    for place, parameter in reversed(list(zip(places, parameters, strict=True))):
        text = f"{text[: place.start]}{_literal(parameter)}{text[place.end + 1 :]}"
    return parse(text)


def _literal(parameter: str) -> str:
    value = parse(f"SELECT {parameter}")
    if (
        len(value.expressions) != 1
        or value.expressions[0].find(exp.Column, exp.Query)
        or value.args.get("from_")
    ):
        raise QueryFailure("INVALID_PARAMETER_USAGE", f"A parameter must be a literal: {parameter}")
    return f"({text_of(value.expressions[0])})"


def _result_columns(compiled: Compiled) -> list[ResultColumn]:
    return [
        ResultColumn(column.name or f"_col{index}", column.kind)
        for index, column in enumerate(compiled.columns)
    ]


def _named_columns(compiled: Compiled, *, must_have_names: bool = False) -> list[tuple[str, Type]]:
    names = [column.name for column in compiled.columns]
    if must_have_names and None in names:
        raise QueryFailure(
            "MISSING_COLUMN_NAME", f"Column name not specified at position {names.index(None) + 1}"
        )
    columns = [
        (name.lower() if name else f"_col{index}", column.kind)
        for index, (name, column) in enumerate(zip(names, compiled.columns, strict=True))
    ]
    lower = [name for name, _kind in columns]
    twice = next((name for name in lower if lower.count(name) > 1), None)
    if twice:
        raise QueryFailure("DUPLICATE_COLUMN_NAME", f"Column name '{twice}' specified more than once")
    return columns


def _assigned(compiled: Compiled, columns: list[tuple[str, Type]], given: list[str] | None) -> str:
    """SQL for the columns of a table, assigned from the columns of a query."""
    names = given if given is not None else [name for name, _kind in columns]
    if len(names) != len(compiled.columns) or not set(names) <= {name for name, _kind in columns}:
        raise QueryFailure(
            "TYPE_MISMATCH",
            f"Insert query has mismatched column types: Table: [{', '.join(names)}], "
            f"Query: [{', '.join(str(column.kind) for column in compiled.columns)}]",
        )
    sources = dict(zip(names, compiled.columns, strict=True))
    listed = []
    for index, (name, kind) in enumerate(columns):
        source = sources.get(name)
        if source is None:
            sql = coerce("NULL", Type("unknown"), kind)
        else:
            common = common_type(source.kind, kind)
            if common is None or common.name != kind.name:
                raise QueryFailure(
                    "TYPE_MISMATCH",
                    f"Insert query has mismatched column types: {name} is {kind}, not {source.kind}",
                )
            sql = coerce(source.sql, source.kind, kind)
        listed.append(f"{sql} AS _{index}")
    return ", ".join(listed)


def _settings(properties: exp.Properties | None) -> dict[str, object]:
    settings: dict[str, object] = {}
    for each in properties.expressions if properties else []:
        match each:
            case exp.FileFormatProperty():
                settings["format"] = each.this.name
            case exp.LocationProperty():
                settings["external_location"] = each.this.name
            case exp.PartitionedByProperty():
                settings["partitioned_by"] = [column.name for column in each.this.expressions]
            case exp.Property():
                value = each.args["value"]
                settings[each.name.lower()] = (
                    [one.name for one in value.expressions] if isinstance(value, exp.Array) else value.name
                )
            case _:
                raise unsupported(f"{each.sql(AthenaSql)[:60]} in CREATE TABLE AS")
    return settings


def _settings_of_text(text: str) -> dict[str, object]:
    if not text.strip():
        return {}
    return _settings(parse(f"CREATE TABLE t WITH ({text}) AS SELECT 1").args.get("properties"))


def _target(location: str, settings: dict[str, object]) -> Target:
    settings = dict(settings)
    form = str(settings.pop("format", "PARQUET")).upper()
    compression = settings.pop(
        "write_compression", settings.pop("parquet_compression", settings.pop("compression", None))
    )
    partitioned = tuple(each.lower() for each in settings.pop("partitioned_by", []))
    delimiter = str(settings.pop("field_delimiter", "\x01"))
    if settings:
        raise unsupported(f"Table property {next(iter(settings))}")
    if compression is not None and str(compression).upper() not in ("GZIP", "SNAPPY", "ZSTD", "NONE"):
        raise unsupported(f"Compression {compression}")
    return Target(location, form, delimiter, None if compression is None else str(compression), partitioned)


def _storage(target: Target) -> dict:
    if target.form == "PARQUET":
        return dict(PARQUET)
    library = JSON_SERDE if target.form == "JSON" else LAZY_SERDE
    parameters = {"field.delim": target.delimiter} if target.form == "TEXTFILE" else {}
    return {"SerdeInfo": {"SerializationLibrary": library, "Parameters": parameters}}


def execute(run: Run, text: str, parameters: list[str]) -> Outcome:
    """Runs the statement. Converts DuckDB's errors to Athena's."""
    try:
        return run.execute(text, parameters)
    except (QueryFailure, ScanLimitExceeded):
        raise
    except Exception as error:
        if type(error).__module__.endswith("duckdb") or "duckdb" in type(error).__module__:
            raise as_failure(error) from error
        raise
