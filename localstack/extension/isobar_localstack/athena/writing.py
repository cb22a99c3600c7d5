"""Writes the rows of a query: DuckDB writes files, which are uploaded to S3."""

import uuid
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote

from isobar_localstack.athena.errors import QueryFailure, unsupported
from isobar_localstack.athena.objects import split_location
from isobar_localstack.athena.sql.casts import string
from isobar_localstack.athena.sql.types import Type, quoted

_FORMATS = {"PARQUET": "parquet", "JSON": "json", "TEXTFILE": "csv", "CSV": "csv"}


# The location of an object, and the values of its partition.
WrittenObject = tuple[str, list[str]]


@dataclass(frozen=True)
class Target:
    location: str
    form: str = "PARQUET"
    delimiter: str = "\x01"
    compression: str | None = None
    partitioned_by: tuple[str, ...] = ()


def write_objects(
    connection, sql: str, columns: list[tuple[str, Type]], target: Target, folder: Path, s3
) -> list[WrittenObject]:
    """Puts the rows of a query below a location."""
    if target.form not in _FORMATS:
        raise unsupported(f"Writing the format {target.form}")
    names = [name for name, _kind in columns]
    if list(target.partitioned_by) != names[len(names) - len(target.partitioned_by) :]:
        raise QueryFailure(
            "HIVE_COLUMN_ORDER_MISMATCH",
            "Partition keys must be the last columns in the table and in the same order as the table "
            f"properties: [{', '.join(target.partitioned_by)}]",
        )
    for name, kind in columns:
        if kind.name in (
            "unknown",
            "interval day to second",
            "interval year to month",
            "json",
            "timestamp with time zone",
        ):
            raise QueryFailure("NOT_SUPPORTED", f"Unsupported Hive type: {kind} (column {name})")
    listed = ", ".join(f"_{index} AS {quoted(name)}" for index, name in enumerate(names))
    options = _options(target)
    query_id = uuid.uuid4().hex
    if target.partitioned_by:
        keys = ", ".join(quoted(name) for name in target.partitioned_by)
        options += f", PARTITION_BY ({keys})"
        place = folder / "parts"
    else:
        place = folder / "part-0"
    connection.execute(f"COPY (SELECT {listed} FROM ({sql})) TO {string(str(place))} ({options})")
    bucket, prefix = split_location(target.location.rstrip("/") + "/")
    written = []
    for index, file in enumerate(sorted(each for each in folder.rglob("*") if each.is_file())):
        parts = [unquote(part.partition("=")[2]) for part in file.relative_to(folder).parts[1:-1]]
        path = "".join(f"{part}/" for part in file.relative_to(folder).parts[1:-1])
        key = f"{prefix}{path}{query_id}_{index:05}{_suffix(target)}"
        s3.upload_file(str(file), bucket, key)
        written.append((f"s3://{bucket}/{key}", parts))
    return written


def _options(target: Target) -> str:
    form = _FORMATS[target.form]
    compression = (target.compression or ("GZIP" if form == "parquet" else "NONE")).lower()
    if form == "parquet":
        return f"FORMAT parquet, COMPRESSION {compression if compression != 'none' else 'uncompressed'}"
    options = f"FORMAT {form}, COMPRESSION {compression}"
    if form == "csv":
        options += f", HEADER false, DELIMITER {string(target.delimiter)}, QUOTE '', ESCAPE '', NULLSTR '\\N'"
    return options


def _suffix(target: Target) -> str:
    return (
        ".gz" if _FORMATS[target.form] != "parquet" and (target.compression or "").upper() == "GZIP" else ""
    )


_GLUE = {"integer": "int", "real": "float", "varbinary": "binary"}


def glue_type(kind: Type) -> str:
    match kind.name:
        case "varchar":
            return "string" if kind.size is None else f"varchar({max(kind.size, 1)})"
        case "timestamp":
            return "timestamp"
        case "decimal":
            return f"decimal({kind.size},{kind.scale})"
        case "array":
            return f"array<{glue_type(kind.fields[0])}>"
        case "map":
            return f"map<{glue_type(kind.fields[0])},{glue_type(kind.fields[1])}>"
        case "row":
            fields = [
                f"{name or f'field{index}'}:{glue_type(field)}"
                for index, (name, field) in enumerate(zip(kind.field_names, kind.fields, strict=True))
            ]
            return f"struct<{','.join(fields)}>"
    return _GLUE.get(kind.name, kind.name)
