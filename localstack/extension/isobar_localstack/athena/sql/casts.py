"""Conversions between types: implicit ones as in Trino, and CAST, where the engines' rules differ.

https://trino.io/docs/current/functions/conversion.html
"""

from isobar_localstack.athena.errors import QueryFailure, unsupported
from isobar_localstack.athena.sql.types import (
    DOUBLE,
    INTEGERS,
    JSON,
    VARCHAR,
    Type,
    is_number,
    is_text,
    quoted,
    struct_names,
    to_duckdb,
)

# Trino's formats of a value's text. DuckDB accepts more.
_PATTERNS = {
    "integer": r"[+-]?\d+",
    "number": r"\s*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\s*",
    "floating": r"\s*([+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?|NaN|[+-]?Infinity)\s*",
    "date": r"\s*\d{4}-\d{1,2}-\d{1,2}\s*",
    "timestamp": r"\s*\d{4}-\d{1,2}-\d{1,2}( \d{1,2}:\d{1,2}(:\d{1,2}(\.\d+)?)?)?\s*",
}


def string(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def unscaled(sql: str, scale: int) -> str:
    """A decimal's digits as a whole number."""
    return (
        f"CAST(replace(CAST({sql} AS VARCHAR), '.', '') AS HUGEINT)" if scale else f"CAST({sql} AS HUGEINT)"
    )


def scaled(sql: str, kind: Type) -> str:
    """The inverse of `unscaled`."""
    unit = f"0.{'0' * (kind.scale - 1)}1" if kind.scale else "1"
    whole = f"CAST({sql} AS DECIMAL({38 - kind.scale},0))"
    return (
        f"CAST({whole} * CAST('{unit}' AS DECIMAL({max(kind.scale, 1)},{kind.scale})) AS {to_duckdb(kind)})"
    )


def coerce(sql: str, given: Type, wanted: Type) -> str:
    """An implicit conversion. `common_type` must have allowed it."""
    if to_duckdb(given) == to_duckdb(wanted) and given.name != "unknown":
        return sql
    if given.name in ("timestamp", "date") and wanted.name == "timestamp with time zone":
        return f"(CAST({sql} AS TIMESTAMP) AT TIME ZONE {string(wanted.zone or 'UTC')})"
    return f"CAST({sql} AS {to_duckdb(wanted)})"


def cast(sql: str, given: Type, wanted: Type) -> str:
    """CAST(sql AS wanted) with Trino's rules."""
    if given == wanted:
        return sql
    if given.name == "unknown":
        return f"CAST({sql} AS {to_duckdb(wanted)})"
    if given.name == wanted.name == "json":
        return sql
    if given.name == "json":
        return _from_json(sql, wanted)
    if wanted.name == "json":
        return _to_json(sql, given)
    if is_text(wanted):
        text = _to_text(sql, given)
        if wanted.size is None:
            return text
        # A text is truncated; the text of another type must fit.
        return (
            f"substring({text}, 1, {wanted.size})"
            if is_text(given)
            else f"trino_fitting_text({text}, {wanted.size})"
        )
    if is_text(given):
        return _from_text(sql, wanted)
    refused = QueryFailure("TYPE_MISMATCH", f"Cannot cast {given} to {wanted}")
    match given.name, wanted.name:
        case (("real" | "double"), name) if name in INTEGERS:
            return f"CAST(round({sql}) AS {to_duckdb(wanted)})"
        case "boolean", name if is_number(wanted):
            return f"CAST(CAST({sql} AS INTEGER) AS {to_duckdb(wanted)})"
        case _, "boolean" if is_number(given):
            return f"({sql} <> 0)"
        case _, _ if is_number(given) and is_number(wanted):
            return f"CAST({sql} AS {to_duckdb(wanted)})"
        case (
            ("date" | "timestamp" | "timestamp with time zone"),
            ("date" | "timestamp" | "timestamp with time zone"),
        ):
            return _between_times(sql, given, wanted)
        case "array", "array":
            element = cast("x", given.fields[0], wanted.fields[0])
            return sql if element == "x" else f"list_transform({sql}, lambda x: {element})"
        case "map", "map":
            key = cast("e.key", given.fields[0], wanted.fields[0])
            value = cast("e.value", given.fields[1], wanted.fields[1])
            entries = f"list_transform(map_entries({sql}), lambda e: {{'k': {key}, 'v': {value}}})"
            return f"trino_checked_entries({entries})"
        case "row", "row" if len(given.fields) == len(wanted.fields):
            return _row_to_row(sql, given, wanted)
    raise refused


def _between_times(sql: str, given: Type, wanted: Type) -> str:
    local = local_time(sql, given)
    match wanted.name:
        case "date":
            return f"CAST({local} AS DATE)"
        case "timestamp":
            return round_time(f"CAST({local} AS TIMESTAMP)", given, wanted.size)
    if given.name == "timestamp with time zone":
        return round_time(sql, given, wanted.size)
    return coerce(sql, given, wanted)


def local_time(sql: str, kind: Type) -> str:
    """The local time in the value's zone. Values without a zone do not change."""
    if kind.name != "timestamp with time zone":
        return sql
    if kind.zone is None:
        raise unsupported("A timestamp with more than one possible time zone")
    return f"({sql} AT TIME ZONE {string(kind.zone)})"


def round_time(sql: str, given: Type, digits: int | None) -> str:
    if digits is None or given.size is None or digits >= given.size or digits >= 6:
        return sql
    unit = 10 ** (6 - digits)
    make = "make_timestamptz" if given.name == "timestamp with time zone" else "make_timestamp"
    micros = f"(epoch_us({sql}) + {unit // 2})"
    return f"{make}({micros} - ({micros} % {unit} + {unit}) % {unit})"


def _row_to_row(sql: str, given: Type, wanted: Type) -> str:
    parts = []
    for before, kind, name, goal in zip(
        struct_names(given), given.fields, struct_names(wanted), wanted.fields, strict=True
    ):
        parts.append(f"{quoted(name)} := {cast(f'({sql}).{quoted(before)}', kind, goal)}")
    return f"CASE WHEN {sql} IS NOT NULL THEN struct_pack({', '.join(parts)}) END"


def _from_text(sql: str, wanted: Type) -> str:
    def checked(pattern: str) -> str:
        return f"trino_checked_text({sql}, {string(_PATTERNS[pattern])}, {string(str(wanted))})"

    match wanted.name:
        case "boolean":
            return f"trino_boolean({sql})"
        case name if name in INTEGERS:
            return f"CAST({checked('integer')} AS {to_duckdb(wanted)})"
        case "decimal":
            return f"CAST({checked('number')} AS {to_duckdb(wanted)})"
        case "real" | "double":
            return f"CAST({checked('floating')} AS {to_duckdb(wanted)})"
        case "date":
            return f"CAST({checked('date')} AS DATE)"
        case "timestamp":
            parsed = f"CAST({checked('timestamp')} AS TIMESTAMP)"
            return round_time(parsed, Type("timestamp", 6), wanted.size)
        case "varbinary":
            return f"encode({sql})"
    raise QueryFailure("TYPE_MISMATCH", f"Cannot cast varchar to {wanted}")


def _to_text(sql: str, given: Type) -> str:
    match given.name:
        case "varchar":
            return sql
        case "boolean" | "decimal" | "date" | "tinyint" | "smallint" | "integer" | "bigint":
            return f"CAST({sql} AS VARCHAR)"
        case "double" | "real":
            # The form of SQL's approximate literals: https://github.com/trinodb/trino/pull/10657
            return f"trino_{given.name}_text({sql})"
        case "timestamp":
            return f"strftime({sql}, {string(time_pattern(given.size or 0))})"
        case "timestamp with time zone":
            local = local_time(sql, given)
            return (
                f"(strftime({local}, {string(time_pattern(given.size or 0))}) || {string(' ' + given.zone)})"
            )
    raise QueryFailure("TYPE_MISMATCH", f"Cannot cast {given} to varchar")


def time_pattern(digits: int) -> str:
    fraction = {0: "", 3: ".%g", 6: ".%f"}.get(digits)
    if fraction is None:
        raise unsupported(f"The text of timestamp({digits})")
    return f"%Y-%m-%d %H:%M:%S{fraction}"


def _from_json(sql: str, wanted: Type) -> str:
    match wanted.name:
        case "varchar" if wanted.size is None:
            return f"trino_json_text({sql})"
        case "boolean":
            number = f"json_type({sql}) IN ('DOUBLE', 'BIGINT', 'UBIGINT')"
            text = f"trino_boolean(trino_json_text({sql}))"
            return f"CASE WHEN {number} THEN trino_json_double({sql}) <> 0 ELSE {text} END"
        case "double" | "real" | "tinyint" | "smallint" | "integer" | "bigint" | "decimal":
            return _number_from_json(sql, wanted)
        case "array":
            element = cast("x", JSON, wanted.fields[0])
            return f"list_transform(CAST({sql} AS JSON[]), lambda x: {element})"
        case "map" if wanted.fields[0] == VARCHAR:
            value = cast("e.value", JSON, wanted.fields[1])
            entries = f"map_entries(CAST({sql} AS MAP(VARCHAR, JSON)))"
            return f"map_from_entries(list_transform({entries}, lambda e: {{'k': e.key, 'v': {value}}}))"
        case "row" if None not in wanted.field_names:
            container = f"trino_json_container({sql})"
            members = [
                f"trino_json_member({container}, {index}, {string(name)})"
                for index, name in enumerate(wanted.field_names)
            ]
            parts = [
                f"{quoted(name)} := {cast(member, JSON, kind)}"
                for name, member, kind in zip(wanted.field_names, members, wanted.fields, strict=True)
            ]
            return f"CASE WHEN {container} IS NOT NULL THEN struct_pack({', '.join(parts)}) END"
    raise QueryFailure("TYPE_MISMATCH", f"Cannot cast json to {wanted}")


def _number_from_json(sql: str, wanted: Type) -> str:
    text = f"({sql} ->> '$')"
    number = cast(f"trino_json_text({sql})", VARCHAR, wanted)
    branches = f"WHEN 'BOOLEAN' THEN CAST(CAST({text} = 'true' AS INTEGER) AS {to_duckdb(wanted)}) "
    if wanted.name in INTEGERS:
        branches += f"WHEN 'DOUBLE' THEN {cast(f'trino_json_double({sql})', DOUBLE, wanted)} "
    return f"CASE json_type({sql}) {branches}ELSE {number} END"


def _to_json(sql: str, given: Type) -> str:
    if is_text(given) or is_number(given) and given.name != "decimal" or given.name == "boolean":
        return f"to_json({sql})"
    if given.name == "array" and (is_text(given.fields[0]) or is_number(given.fields[0])):
        return f"to_json({sql})"
    if given.name == "map" and given.fields[0].name == "varchar" and _is_plain(given.fields[1]):
        return f"to_json({sql})"
    raise unsupported(f"A cast of {given} to json")


def _is_plain(kind: Type) -> bool:
    return is_text(kind) or kind.name in (*INTEGERS, "double", "boolean")
