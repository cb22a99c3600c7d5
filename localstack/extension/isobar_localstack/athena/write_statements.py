"""Statements that write objects: CREATE TABLE AS, INSERT INTO, UNLOAD."""

from sqlglot import exp

from isobar_localstack.athena.errors import QueryFailure, unsupported
from isobar_localstack.athena.objects import scratch_folder
from isobar_localstack.athena.results import ResultColumn
from isobar_localstack.athena.run import Outcome, Run
from isobar_localstack.athena.sql.casts import coerce
from isobar_localstack.athena.sql.parser import AthenaSql, parse
from isobar_localstack.athena.sql.queries.shapes import Compiled
from isobar_localstack.athena.sql.types import BIGINT, Type, common_type
from isobar_localstack.athena.sql.unread import refuse_unread
from isobar_localstack.athena.storage import JSON_SERDE, LAZY_SERDE, PARQUET
from isobar_localstack.athena.tables import file_format, shape_of
from isobar_localstack.athena.writing import Target, WrittenObject, glue_type, write_objects


def create_table_as(run: Run, tree: exp.Create) -> Outcome:
    database, name = run.catalog.locate(_table_name(tree.this))
    if name in database.tables:
        if tree.args.get("exists"):
            return run.answer("DDL", "CREATE_TABLE_AS_SELECT")
        raise QueryFailure("TABLE_ALREADY_EXISTS", f"Table '{database.shown['Name']}.{name}' already exists")
    settings = _settings(tree.args.get("properties"))
    location = settings.pop("external_location", None)
    if location is None:
        raise unsupported("CREATE TABLE AS without external_location")
    target = _target(location, settings)
    if run.catalog.objects.below(location):
        raise QueryFailure(
            "HIVE_PATH_ALREADY_EXISTS",
            f"Target directory for table '{database.shown['Name']}.{name}' already exists: {location}. "
            "You may need to manually clean the data at this location before retrying.",
        )
    compiled = run.compile(tree.expression)
    refuse_unread(tree)
    columns = named_columns(compiled, must_have_names=True)
    written = _write(run, compiled.sql, columns, target)
    shown = [{"Name": column, "Type": glue_type(kind)} for column, kind in columns]
    split = len(shown) - len(target.partitioned_by)
    table = run.catalog.add(
        database,
        name,
        TableType="EXTERNAL_TABLE",
        Parameters={"EXTERNAL": "TRUE", "has_encrypted_data": "false"},
        PartitionKeys=shown[split:],
        StorageDescriptor={**_storage(target), "Columns": shown[:split], "Location": target.location},
    )
    _register_partitions(run, table, target, written)
    return _outcome(run, "DDL", "CREATE_TABLE_AS_SELECT", written)


def insert(run: Run, tree: exp.Insert) -> Outcome:
    if tree.args.get("overwrite"):
        raise unsupported("INSERT OVERWRITE")
    database, name = run.catalog.locate(_table_name(tree.this))
    if name not in database.tables:
        raise QueryFailure("TABLE_NOT_FOUND", f"Table '{database.shown['Name']}.{name}' does not exist")
    table = database.tables[name]
    shape = shape_of(run.catalog.store, database.shown["Name"], name)
    if shape.view_text is not None:
        raise QueryFailure("NOT_SUPPORTED", "Inserting into views is not supported")
    given = (
        [each.name.lower() for each in tree.this.expressions] if isinstance(tree.this, exp.Schema) else None
    )
    compiled = run.compile(tree.expression)
    refuse_unread(tree)
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
    written = _write(run, f"SELECT {listed} FROM ({compiled.sql})", shape.columns, target)
    _register_partitions(run, table, target, written)
    return _outcome(run, "DML", "INSERT", written)


def unload(run: Run, query: exp.Expression, location: str, settings: str) -> Outcome:
    target = _target(location, {"format": "PARQUET", **_settings_of_text(settings)})
    if run.catalog.objects.below(location):
        raise QueryFailure("HIVE_PATH_ALREADY_EXISTS", f"Target directory already exists: {location}")
    compiled = run.compile(query)
    written = _write(run, compiled.sql, named_columns(compiled, must_have_names=True), target)
    return _outcome(run, "DML", "UNLOAD", written)


def _table_name(node: exp.Expression) -> str:
    named = node.this if isinstance(node, exp.Schema) else node
    return f"{named.db}.{named.name}" if named.db else named.name


def _write(run: Run, sql: str, columns: list[tuple[str, Type]], target: Target) -> list[WrittenObject]:
    with scratch_folder(run.folder) as folder:
        return write_objects(run.connection, sql, columns, target, folder, run.s3)


def _register_partitions(run: Run, table, target: Target, written: list[WrittenObject]) -> None:
    for _location, values in written:
        if target.partitioned_by:
            path = "/".join(
                f"{name}={value}" for name, value in zip(target.partitioned_by, values, strict=True)
            )
            run.catalog.register_partition(table, values, f"{target.location.rstrip('/')}/{path}/")


def _outcome(run: Run, statement: str, kind: str, written: list[WrittenObject]) -> Outcome:
    outcome = run.answer(statement, kind, [ResultColumn("rows", BIGINT)])
    outcome.written = [location for location, _values in written]
    return outcome


def named_columns(compiled: Compiled, *, must_have_names: bool = False) -> list[tuple[str, Type]]:
    """The names and types of the columns of a table or view with the rows of a query."""
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
                settings["format"] = _text(each.this)
            case exp.LocationProperty():
                settings["external_location"] = _text(each.this)
            case exp.PartitionedByProperty():
                settings["partitioned_by"] = [_text(column) for column in each.this.expressions]
            case exp.Property():
                value = each.args["value"]
                settings[each.name.lower()] = (
                    [_text(one) for one in value.expressions]
                    if isinstance(value, exp.Array)
                    else _text(value)
                )
            case _:
                raise unsupported(f"{each.sql(AthenaSql)[:60]} in CREATE TABLE AS")
    return settings


def _text(value: exp.Expression) -> str:
    if isinstance(value, exp.Literal) and not value.is_string:
        raise unsupported(f"The table property {value.name}, which is not a text,")
    return value.name


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
