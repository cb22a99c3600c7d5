"""Results in Athena's format. A file holds the rows, so that reading a page needs little memory.

https://docs.aws.amazon.com/athena/latest/ug/querying.html
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from isobar_localstack.athena.sql.casts import cast
from isobar_localstack.athena.sql.types import VARCHAR, Type, quoted, struct_names

_PRECISION = {
    "tinyint": 3, "smallint": 5, "integer": 10, "bigint": 19, "real": 17, "double": 17, "varchar": 2147483647,
    "varbinary": 1073741824, "timestamp": 3, "timestamp with time zone": 3,
}  # fmt: skip
_INDEXED = 1000
_FETCHED = 5000


@dataclass(frozen=True)
class ResultColumn:
    name: str
    kind: Type

    def shown(self) -> dict:
        """The column in the form of GetQueryResults."""
        kind = self.kind
        return {
            "CatalogName": "hive",
            "SchemaName": "",
            "TableName": "",
            "Name": self.name,
            "Label": self.name,
            "Type": kind.name,
            "Precision": kind.size if kind.name == "decimal" else _PRECISION.get(kind.name, 0),
            "Scale": kind.scale,
            "Nullable": "UNKNOWN",
            "CaseSensitive": kind.name == "varchar",
        }


# The columns and rows of an answer.
Answer = tuple[list[ResultColumn], list[list[str | None]]]
NOTHING: Answer = ([], [])


def text_rows(name: str, rows: list[str]) -> Answer:
    """An answer with one column of texts."""
    return [ResultColumn(name, VARCHAR)], [[row] for row in rows]


@dataclass
class ResultRows:
    """Rows of texts in a file, one JSON array per line."""

    path: Path
    count: int = 0
    # The file position of every thousandth row.
    _offsets: list[int] = field(default_factory=list)

    def write(self, rows: Iterable[list[str | None]]) -> None:
        with self.path.open("wb") as file:
            for row in rows:
                if self.count % _INDEXED == 0:
                    self._offsets.append(file.tell())
                file.write(json.dumps(row).encode() + b"\n")
                self.count += 1

    def read(self, start: int = 0, limit: int | None = None) -> Iterator[list[str | None]]:
        if start >= self.count:
            return
        with self.path.open("rb") as file:
            file.seek(self._offsets[start // _INDEXED])
            for _ in range(start % _INDEXED):
                file.readline()
            for index, line in enumerate(file):
                if limit is not None and index >= limit:
                    return
                yield json.loads(line)

    def forget(self) -> None:
        self.path.unlink(missing_ok=True)
        self.count = 0


def as_csv(columns: list[ResultColumn], rows: Iterator[list[str | None]]) -> Iterator[str]:
    """CSV lines with a heading. Every value is quoted; NULL is empty."""
    yield _line([column.name for column in columns])
    for row in rows:
        yield _line(row)


def _line(cells: list[str | None]) -> str:
    return ",".join("" if cell is None else '"' + cell.replace('"', '""') + '"' for cell in cells) + "\n"


def as_text(rows: Iterator[list[str | None]]) -> Iterator[str]:
    """Tab-separated lines, Athena's format for statements other than queries."""
    for row in rows:
        yield "\t".join(cell or "" for cell in row) + "\n"


def fetchable(sql: str, kind: Type) -> str:
    """SQL that converts a value to a form that DuckDB's Python package can fetch and `shown` can format."""
    match kind.name:
        case "timestamp" | "timestamp with time zone" | "date":
            return cast(sql, kind, VARCHAR)
        case "interval day to second":
            return f"CAST(round(epoch({sql}) * 1000) AS BIGINT)"
        case "interval year to month":
            return f"(date_part('year', {sql}) * 12 + date_part('month', {sql}))"
        case "json":
            return f"CAST({sql} AS VARCHAR)"
        case "array":
            return f"list_transform({sql}, lambda x: {fetchable('x', kind.fields[0])})"
        case "map":
            key, value = fetchable("e.key", kind.fields[0]), fetchable("e.value", kind.fields[1])
            return f"list_transform(map_entries({sql}), lambda e: {{'k': {key}, 'v': {value}}})"
        case "row":
            parts = [
                f"'f{index}': {fetchable(f'({sql}).{quoted(name)}', field_kind)}"
                for index, (name, field_kind) in enumerate(zip(struct_names(kind), kind.fields, strict=True))
            ]
            return f"CASE WHEN {sql} IS NULL THEN NULL ELSE {{{', '.join(parts)}}} END"
    return sql


def shown_rows(cursor, columns: list[ResultColumn]) -> Iterator[list[str | None]]:
    kinds = [column.kind for column in columns]
    while rows := cursor.fetchmany(_FETCHED):
        for row in rows:
            yield [shown(value, kind) for value, kind in zip(row, kinds, strict=True)]


def shown(value, kind: Type) -> str | None:
    """The text of a value. None for NULL."""
    if value is None:
        return None
    match kind.name:
        case "boolean":
            return "true" if value else "false"
        case "double" | "real":
            return double_text(value) if kind.name == "double" else double_text(value, single=True)
        case "decimal":
            return format(value, "f")
        case "varbinary":
            return value.hex(" ")
        case "json":
            return _json_text(json.loads(value), list if kind.keys_as_written else sorted)
        case "interval day to second":
            sign, value = ("-", -value) if value < 0 else ("", value)
            days, rest = divmod(value, 86_400_000)
            hours, rest = divmod(rest, 3_600_000)
            minutes, rest = divmod(rest, 60_000)
            return f"{sign}{days} {hours:02}:{minutes:02}:{rest // 1000:02}.{rest % 1000:03}"
        case "interval year to month":
            sign, value = ("-", -value) if value < 0 else ("", value)
            return f"{sign}{value // 12}-{value % 12}"
        case "array":
            return "[" + ", ".join(_inner(each, kind.fields[0]) for each in value) + "]"
        case "map":
            pairs = [
                f"{_inner(each['k'], kind.fields[0])}={_inner(each['v'], kind.fields[1])}" for each in value
            ]
            return "{" + ", ".join(pairs) + "}"
        case "row":
            parts = [
                f"{name}={_inner(value[f'f{index}'], field_kind)}"
                for index, (name, field_kind) in enumerate(zip(struct_names(kind), kind.fields, strict=True))
            ]
            return "{" + ", ".join(parts) + "}"
    return str(value)


def _inner(value, kind: Type) -> str:
    text = shown(value, kind)
    return "null" if text is None else text


def _json_text(value, ordered) -> str:
    if isinstance(value, dict):
        pairs = [
            f"{json.dumps(key, ensure_ascii=False)}:{_json_text(value[key], ordered)}"
            for key in ordered(value)
        ]
        return "{" + ",".join(pairs) + "}"
    if isinstance(value, list):
        return "[" + ",".join(_json_text(each, ordered) for each in value) + "]"
    return double_text(value) if isinstance(value, float) else json.dumps(value, ensure_ascii=False)


def double_text(value: float, *, single: bool = False) -> str:
    """The text of Java's Double.toString or Float.toString: an exponent for values ≥ 10^7 or < 10^-3."""
    if value != value:
        return "NaN"
    if value in (float("inf"), float("-inf")):
        return "Infinity" if value > 0 else "-Infinity"
    digits = _shortest_single(value) if single else repr(value)
    if value == 0 or 1e-3 <= abs(value) < 1e7:
        return digits if "e" not in digits else format(value, "f")
    sign, digits = ("-", digits[1:]) if digits.startswith("-") else ("", digits)
    mantissa, _e, exponent = digits.partition("e")
    whole, _dot, fraction = mantissa.partition(".")
    significant = (whole + fraction).lstrip("0")
    power = int(exponent or 0) + len(whole) - 1 - (len(whole + fraction) - len(significant))
    significant = significant.rstrip("0") or "0"
    return f"{sign}{significant[0]}.{significant[1:] or '0'}E{power}"


def _shortest_single(value: float) -> str:
    import struct

    for digits in range(1, 10):
        text = f"{value:.{digits}g}"
        if struct.pack("f", float(text)) == struct.pack("f", value):
            return repr(float(text))
    return repr(value)
