"""Trino's types: their names in Trino, Glue and DuckDB, common types, and implicit conversions.

https://trino.io/docs/current/language/types.html
"""

import re
from dataclasses import dataclass, replace

from isobar_localstack.athena.errors import QueryFailure, unsupported


@dataclass(frozen=True)
class Type:
    """`name` is Trino's name without parameters. `fields` are the element of an array, the key and value of a
    map, or the fields of a row. `size` is the length of a varchar, or the digits of a decimal or of a
    timestamp's fraction."""

    name: str
    size: int | None = None
    scale: int = 0
    fields: tuple["Type", ...] = ()
    field_names: tuple[str | None, ...] = ()
    # For a timestamp with time zone: its zone. DuckDB stores the instant only.
    zone: str | None = None
    # For json from json_extract of a text: keys have the order of the text. Otherwise keys are sorted.
    keys_as_written: bool = False

    def __str__(self) -> str:
        match self.name:
            case "decimal":
                return f"decimal({self.size},{self.scale})"
            case "varchar" if self.size is not None:
                return f"{self.name}({self.size})"
            case "timestamp":
                return f"timestamp({self.size})"
            case "timestamp with time zone":
                return f"timestamp({self.size}) with time zone"
            case "array" | "map":
                return f"{self.name}({', '.join(map(str, self.fields))})"
            case "row":
                parts = [
                    f'"{name}" {field}' if name else str(field)
                    for name, field in zip(self.field_names, self.fields, strict=True)
                ]
                return f"row({', '.join(parts)})"
        return self.name


UNKNOWN = Type("unknown")
BOOLEAN = Type("boolean")
INTEGER, BIGINT = Type("integer"), Type("bigint")
REAL, DOUBLE = Type("real"), Type("double")
VARCHAR, VARBINARY, JSON = Type("varchar"), Type("varbinary"), Type("json")
DATE = Type("date")
TIMESTAMP = Type("timestamp", 3)
INTERVAL_DAY, INTERVAL_MONTH = Type("interval day to second"), Type("interval year to month")

INTEGERS = ("tinyint", "smallint", "integer", "bigint")
NUMBERS = (*INTEGERS, "decimal", "real", "double")
_INTEGER_DIGITS = {"tinyint": 3, "smallint": 5, "integer": 10, "bigint": 19}
_MAX_DIGITS = 38


def decimal(size: int, scale: int) -> Type:
    return Type("decimal", min(size, _MAX_DIGITS), scale)


def timestamp_tz(size: int, zone: str | None) -> Type:
    return Type("timestamp with time zone", size, zone=zone)


def array(element: Type) -> Type:
    return Type("array", fields=(element,))


def map_of(key: Type, value: Type) -> Type:
    return Type("map", fields=(key, value))


def row(fields: list[Type], names: list[str | None] | None = None) -> Type:
    return Type("row", fields=tuple(fields), field_names=tuple(names or [None] * len(fields)))


def is_number(kind: Type) -> bool:
    return kind.name in NUMBERS


def is_text(kind: Type) -> bool:
    return kind.name == "varchar"


def as_decimal(kind: Type) -> Type:
    """The decimal type that holds all values of an integer type."""
    return kind if kind.name == "decimal" else decimal(_INTEGER_DIGITS[kind.name], 0)


_DUCKDB = {
    "unknown": "INTEGER",
    "boolean": "BOOLEAN",
    "tinyint": "TINYINT",
    "smallint": "SMALLINT",
    "integer": "INTEGER",
    "bigint": "BIGINT",
    "real": "FLOAT",
    "double": "DOUBLE",
    "varchar": "VARCHAR",
    "varbinary": "BLOB",
    "json": "JSON",
    "date": "DATE",
    "timestamp": "TIMESTAMP",
    "timestamp with time zone": "TIMESTAMPTZ",
    "interval day to second": "INTERVAL",
    "interval year to month": "INTERVAL",
}


def to_duckdb(kind: Type) -> str:
    match kind.name:
        case "decimal":
            return f"DECIMAL({kind.size},{kind.scale})"
        case "array":
            return f"{to_duckdb(kind.fields[0])}[]"
        case "map":
            return f"MAP({to_duckdb(kind.fields[0])}, {to_duckdb(kind.fields[1])})"
        case "row":
            names = struct_names(kind)
            fields = [
                f"{quoted(name)} {to_duckdb(field)}" for name, field in zip(names, kind.fields, strict=True)
            ]
            return f"STRUCT({', '.join(fields)})"
    return _DUCKDB[kind.name]


def struct_names(kind: Type) -> list[str]:
    """Names for all fields: DuckDB requires them, Trino does not."""
    return [name or f"field{index}" for index, name in enumerate(kind.field_names)]


def quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def with_keys_as_written(kind: Type) -> Type:
    return replace(
        kind,
        keys_as_written=kind.name == "json",
        fields=tuple(with_keys_as_written(field) for field in kind.fields),
    )


def common_type(left: Type, right: Type) -> Type | None:
    """The common type of two values, as in CASE, UNION or a comparison. None if there is none.
    https://trino.io/docs/current/functions/conversion.html"""
    if left == right or right.name == "unknown":
        return left
    if left.name == "unknown":
        return right
    if is_number(left) and is_number(right):
        return _common_number(left, right)
    if is_text(left) and is_text(right):
        sizes = (left.size, right.size)
        return Type("varchar", None if None in sizes else max(sizes))
    names = {left.name, right.name}
    if names == {"json"}:
        raise unsupported("json_extract of a text together with other JSON, whose keys are sorted,")
    digits = max(left.size or 0, right.size or 0)
    if names == {"date", "timestamp"} or names == {"timestamp"}:
        return Type("timestamp", digits)
    if "timestamp with time zone" in names and names <= {"date", "timestamp", "timestamp with time zone"}:
        zones = {kind.zone for kind in (left, right) if kind.name == "timestamp with time zone"}
        return timestamp_tz(digits, zones.pop() if len(zones) == 1 else None)
    if left.name == right.name and left.name in ("array", "map", "row"):
        if len(left.fields) != len(right.fields):
            return None
        fields = [common_type(one, other) for one, other in zip(left.fields, right.fields, strict=True)]
        if None in fields:
            return None
        names_of_fields = tuple(
            one if one == other else None
            for one, other in zip(left.field_names, right.field_names, strict=True)
        )
        return Type(left.name, fields=tuple(fields), field_names=names_of_fields)
    return None


def _common_number(left: Type, right: Type) -> Type:
    for floating in ("double", "real"):
        if floating in (left.name, right.name):
            return Type(floating)
    if "decimal" in (left.name, right.name):
        one, other = as_decimal(left), as_decimal(right)
        scale = max(one.scale, other.scale)
        return decimal(max(one.size - one.scale, other.size - other.scale) + scale, scale)
    return max(left, right, key=lambda kind: INTEGERS.index(kind.name))


def is_taken_for(given: Type, wanted: Type) -> bool:
    """Whether Trino converts `given` to `wanted` implicitly."""
    if is_text(given) and wanted.name == "varchar" or given.name == wanted.name == "json":
        return True
    common = common_type(given, wanted)
    if common is None:
        return False
    if wanted.name == "decimal" and wanted.size is None:
        return given.name in (*INTEGERS, "decimal")
    return common.name == wanted.name and (wanted.name != "decimal" or common == wanted)


# Type names of Trino and of Glue (Hive).
_SIMPLE = {
    **{name: Type(name) for name in ("boolean", *INTEGERS, "real", "double", "varchar", "varbinary", "json")},
    "date": DATE,
    "timestamp": TIMESTAMP,
    "int": INTEGER,
    "string": VARCHAR,
    "float": REAL,
    "binary": VARBINARY,
    "decimal": decimal(38, 0),
    "unknown": UNKNOWN,
    INTERVAL_DAY.name: INTERVAL_DAY,
    INTERVAL_MONTH.name: INTERVAL_MONTH,
}
_WORD = re.compile(r"\s*([\w ]*\w|\"[^\"]*\"|[()<>:,])\s*")


def parse_type(text: str) -> Type:
    """Parses a type of Trino, such as `array(row(a integer))`, or of Glue, such as `array<struct<a:int>>`."""
    tokens = _WORD.findall(text)
    if "".join(tokens).replace(" ", "") != re.sub(r"\s", "", text):
        raise _unknown_type(text)
    try:
        kind, rest = _parse(tokens, text)
    except (IndexError, ValueError, KeyError) as error:
        raise _unknown_type(text) from error
    if rest:
        raise _unknown_type(text)
    return kind


def _unknown_type(text: str) -> QueryFailure:
    return QueryFailure("TYPE_MISMATCH", f"Unknown type: {text}")


def _no_char() -> QueryFailure:
    # Values of char are padded with blanks, also for comparisons.
    return unsupported("Type char")


def _parse(tokens: list[str], text: str) -> tuple[Type, list[str]]:
    name, rest = tokens[0].lower(), tokens[1:]
    if rest and rest[0] in "(<":
        arguments, rest = _arguments(rest[1:])
        match name:
            case "array":
                kind = array(parse_type(arguments[0]))
            case "map":
                kind = map_of(parse_type(arguments[0]), parse_type(arguments[1]))
            case "row" | "struct":
                kind = row(*_fields(arguments))
            case "decimal":
                kind = decimal(int(arguments[0]), int(arguments[1]) if len(arguments) > 1 else 0)
            case "varchar":
                kind = Type(name, int(arguments[0]))
            case "char":
                raise _no_char()
            case "timestamp":
                kind = Type("timestamp", min(int(arguments[0]), 6))
            case _:
                raise _unknown_type(text)
        if kind.name == "timestamp" and rest and rest[0].lower() == "with time zone":
            return timestamp_tz(kind.size, "UTC"), rest[1:]
        return kind, rest
    if name == "timestamp with time zone":
        return timestamp_tz(3, "UTC"), rest
    if name == "char":
        raise _no_char()
    if name in ("time", "time with time zone", "ipaddress", "uuid", "hyperloglog", "geometry"):
        raise unsupported(f"Type {name}")
    if name == "double precision":
        name = "double"
    if name not in _SIMPLE:
        raise _unknown_type(text)
    return _SIMPLE[name], rest


def _arguments(tokens: list[str]) -> tuple[list[str], list[str]]:
    """The texts between commas up to the closing bracket, and the remaining tokens."""
    depth, parts = 0, [""]
    for index, token in enumerate(tokens):
        if token in "(<":
            depth += 1
        elif token in ")>":
            if depth == 0:
                return [part.strip() for part in parts], tokens[index + 1 :]
            depth -= 1
        if token == "," and depth == 0:
            parts.append("")
        else:
            parts[-1] += f" {token}" if token[0] not in "(<>):," else token
    raise ValueError("bracket not closed")


def _fields(arguments: list[str]) -> tuple[list[Type], list[str | None]]:
    kinds, names = [], []
    for argument in arguments:
        # `name:type` in Glue, `name type` or `type` in Trino
        found = re.match(r'\s*(?:("[^"]*"|\w+)\s*:\s*|("[^"]*"|\w+)\s+(?=\S))?(.*)$', argument)
        name = found[1] or found[2]
        rest = found[3]
        if name and found[2] and f"{name} {rest}".lower() in ("timestamp with time zone", "double precision"):
            name, rest = None, argument
        names.append(name.strip('"').lower() if name else None)
        kinds.append(parse_type(rest))
    return kinds, names
