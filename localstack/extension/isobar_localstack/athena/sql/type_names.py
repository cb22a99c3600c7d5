"""Parses the names of types, as Trino and Glue (Hive) write them."""

import re

from isobar_localstack.athena.errors import QueryFailure, unsupported
from isobar_localstack.athena.sql.types import (
    DATE,
    INTEGER,
    INTEGERS,
    INTERVAL_DAY,
    INTERVAL_MONTH,
    REAL,
    TIMESTAMP,
    UNKNOWN,
    VARBINARY,
    VARCHAR,
    Type,
    array,
    decimal,
    map_of,
    row,
    timestamp_tz,
)

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
