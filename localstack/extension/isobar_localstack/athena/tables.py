"""Tables of the catalog: their columns, the files that a query needs, and the view that DuckDB reads."""

import base64
import json
import re
from dataclasses import dataclass

from isobar_localstack.athena.errors import QueryFailure, unsupported
from isobar_localstack.athena.footers import read_footers
from isobar_localstack.athena.objects import LocalObjects, StoredObject
from isobar_localstack.athena.projection import is_projected, projected_partitions
from isobar_localstack.athena.row_files import path_list, read_csv, read_json, read_text
from isobar_localstack.athena.sql.casts import round_time, string
from isobar_localstack.athena.sql.queries.shapes import Condition, Scan, Shape
from isobar_localstack.athena.sql.type_names import parse_type
from isobar_localstack.athena.sql.types import Type, quoted, to_duckdb
from isobar_localstack.glue.errors import EntityNotFound
from isobar_localstack.glue.store import CatalogStore

_VIEW = re.compile(r"/\* Presto View: ([\w+/=]+) \*/")


def shape_of(catalog: CatalogStore, database: str, name: str) -> Shape | None:
    try:
        table = catalog.database(database).table(name).latest
    except EntityNotFound:
        return None
    keys = _columns(table.get("PartitionKeys"))
    columns = _columns(table.get("StorageDescriptor", {}).get("Columns")) + keys
    if is_view(table):
        view = definition(table)
        return Shape(view["schema"], table["Name"], columns, view_text=view["originalSql"])
    return Shape(database, name, columns, frozenset(key for key, _kind in keys))


def _columns(given: list[dict] | None) -> list[tuple[str, Type]]:
    return [(each["Name"].lower(), parse_type(each.get("Type", "string"))) for each in given or []]


def is_view(table: dict) -> bool:
    return table.get("TableType") == "VIRTUAL_VIEW"


def definition(view: dict) -> dict:
    """The definition that `view_text` stored."""
    found = _VIEW.fullmatch((view.get("ViewOriginalText") or "").strip())
    if not found:
        raise QueryFailure("INVALID_VIEW", f"View {view['Name']} was not created by Athena")
    return json.loads(base64.b64decode(found[1]))


def view_text(sql: str, database: str, columns: list[tuple[str, Type]]) -> str:
    """The ViewOriginalText that Athena stores for a view."""
    view = {
        "originalSql": sql,
        "catalog": "awsdatacatalog",
        "schema": database,
        "columns": [{"name": name, "type": str(kind)} for name, kind in columns],
    }
    return f"/* Presto View: {base64.b64encode(json.dumps(view).encode()).decode()} */"


@dataclass
class Partition:
    values: tuple[str, ...]
    location: str


class TableReader:
    """Creates the views of one statement on one DuckDB connection."""

    def __init__(self, connection, catalog: CatalogStore, objects: LocalObjects):
        self._connection = connection
        self._catalog = catalog
        self._objects = objects

    def files_of(self, scan: Scan) -> tuple[dict, list[tuple[StoredObject, tuple[str, ...]]]]:
        table = self._catalog.database(scan.database).table(scan.table)
        shown = table.latest
        if not shown.get("PartitionKeys"):
            objects = self._objects.below(shown["StorageDescriptor"].get("Location", ""))
            return shown, [(each, ()) for each in objects]
        partitions = self._pruned(scan, shown, self._partitions(scan, shown, table.partitions))
        return shown, [
            (each, part.values) for part in partitions for each in self._objects.below(part.location)
        ]

    def _partitions(self, scan: Scan, table: dict, registered: dict) -> list[Partition]:
        if is_projected(table.get("Parameters") or {}):
            return [Partition(*each) for each in projected_partitions(table, scan.fixed)]
        return [
            Partition(values, each["StorageDescriptor"]["Location"])
            for values, each in registered.items()
            if each.get("StorageDescriptor", {}).get("Location")
        ]

    def _pruned(self, scan: Scan, table: dict, partitions: list[Partition]) -> list[Partition]:
        """The partitions for which the conditions hold. DuckDB evaluates them on the values, before a file is
        read."""
        if not scan.conditions or not partitions:
            return partitions
        usable = [
            each
            for each in scan.conditions
            if not each.after_outer_join or self._rejects_nulls(each, scan, table)
        ]
        if not usable:
            return partitions
        source = _partition_rows(table, [(str(index), each.values) for index, each in enumerate(partitions)])
        conditions = " AND ".join(f"({each.sql})" for each in usable)
        kept = self._connection.execute(
            f"SELECT CAST(key AS INTEGER) FROM {source} AS {scan.alias} WHERE {conditions}"
        ).fetchall()
        return [partitions[index] for index in sorted(index for (index,) in kept)]

    def _rejects_nulls(self, condition: Condition, scan: Scan, table: dict) -> bool:
        """Whether the condition fails for NULLs. Then it also removes the NULL row that an outer join returns
        in place of pruned rows, so pruning does not change the result."""
        nulls = ", ".join(
            f"CAST(NULL AS {to_duckdb(kind)}) AS {quoted(name)}"
            for name, kind in _columns(table["PartitionKeys"])
        )
        query = f"SELECT ({condition.sql}) IS NOT TRUE FROM (SELECT {nulls}) AS {scan.alias}"
        return self._connection.execute(query).fetchone()[0]

    def open(self, scan: Scan) -> int:
        """Creates the scan's view. Returns the bytes that Athena would scan for it."""
        table, files = self.files_of(scan)
        storage = table["StorageDescriptor"]
        form = file_format(storage)
        paths = self._objects.fetch([each for each, _values in files])
        columns = _columns(storage.get("Columns"))
        keys = _columns(table.get("PartitionKeys"))
        if not files:
            empty = ", ".join(
                f"CAST(NULL AS {to_duckdb(kind)}) AS {quoted(name)}" for name, kind in columns + keys
            )
            self._view(scan, f"SELECT {empty} WHERE false")
            return 0
        if form == "parquet":
            body, scanned = self._parquet(paths, columns, scan.used)
        else:
            reader = {"json": read_json, "csv": read_csv, "text": read_text}[form]
            body, scanned = reader(paths, columns, storage, table), sum(each.size for each, _values in files)
        if keys:
            values = dict(zip(paths, (values for _each, values in files), strict=True))
            rows = _partition_rows(table, list(values.items()))
            listed = ", ".join(f"p.{quoted(name)}" for name, _kind in keys)
            body = (
                f"SELECT f.* EXCLUDE (filename), {listed} FROM ({body}) AS f "
                f"JOIN {rows} AS p ON f.filename = p.key"
            )
        self._view(scan, body)
        return scanned

    def _view(self, scan: Scan, body: str) -> None:
        self._connection.execute(f"CREATE OR REPLACE TEMP VIEW {scan.view} AS {body}")

    def _parquet(self, paths: list[str], columns: list[tuple[str, Type]], used: set[str]) -> tuple[str, int]:
        footers = read_footers(self._connection, paths)
        # Compare one file per set of columns only.
        kinds = {footer.signature: path for path, footer in zip(paths, footers, strict=True)}
        options = "filename = true, hive_partitioning = false" + (
            ", union_by_name = true" if len(kinds) > 1 else ""
        )
        found = self._connection.execute(
            f"DESCRIBE SELECT * FROM read_parquet({path_list(list(kinds.values()))}, {options})"
        ).fetchall()
        there = {name.lower(): (name, kind) for name, kind, *_rest in found}
        listed = []
        for name, kind in columns:
            if name not in there:  # the file is older than the column
                listed.append(f"CAST(NULL AS {to_duckdb(kind)}) AS {quoted(name)}")
                continue
            actual, duckdb_kind = there[name]
            sql = quoted(actual)
            if duckdb_kind != to_duckdb(kind):
                sql = f"CAST({sql} AS {to_duckdb(kind)})"
            if kind.name == "timestamp":
                sql = round_time(sql, Type("timestamp", 6), kind.size)
            listed.append(f"{sql} AS {quoted(name)}")
        body = f"SELECT {', '.join(listed)}, filename FROM read_parquet({path_list(paths)}, {options})"
        # Athena counts the column chunks that the query reads.
        return body, sum(footer.bytes.get(name, 0) for footer in footers for name in used)


def file_format(storage: dict) -> str:
    serde = (storage.get("SerdeInfo") or {}).get("SerializationLibrary") or ""
    for name, form in (
        ("ParquetHiveSerDe", "parquet"),
        ("JsonSerDe", "json"),
        ("OpenCSVSerde", "csv"),
        ("LazySimpleSerDe", "text"),
    ):
        if serde.endswith(name):
            return form
    raise unsupported(f"SerDe {serde or '(none)'}")


def _partition_rows(table: dict, rows: list[tuple[str, tuple[str, ...]]]) -> str:
    """A relation of keys and typed partition values."""
    keys = _columns(table["PartitionKeys"])
    names = ", ".join(["key", *[quoted(name) for name, _kind in keys]])
    written = ", ".join(
        "(" + ", ".join([string(key), *[_partition_value(value) for value in values]]) + ")"
        for key, values in rows
    )
    listed = ", ".join(f"CAST({quoted(name)} AS {to_duckdb(kind)}) AS {quoted(name)}" for name, kind in keys)
    return f"(SELECT key, {listed} FROM (VALUES {written}) AS v({names}))"


def _partition_value(value: str) -> str:
    return "NULL" if value == "__HIVE_DEFAULT_PARTITION__" else string(value)
