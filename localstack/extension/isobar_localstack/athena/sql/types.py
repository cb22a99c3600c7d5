"""Trino's types: their names in DuckDB, common types, and implicit conversions. `type_names.py` parses types.

https://trino.io/docs/current/language/types.html
"""

from dataclasses import dataclass, replace

from isobar_localstack.athena.errors import unsupported


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
