"""Functions on JSON. https://trino.io/docs/current/functions/json.html"""

import re

from isobar_localstack.athena.errors import QueryFailure, unsupported
from isobar_localstack.athena.sql.casts import string
from isobar_localstack.athena.sql.functions.registry import Table, Typed, adder, constant
from isobar_localstack.athena.sql.types import JSON, with_keys_as_written

FUNCTIONS: Table = {}
_add = adder(FUNCTIONS)


def json_path(text: str) -> str:
    """Converts a JSON path to DuckDB's form, with every member quoted."""
    rest, parts = text.strip(), []
    if not rest.startswith("$"):
        raise QueryFailure("INVALID_FUNCTION_ARGUMENT", f"Invalid JSON path: '{text}'")
    rest = rest[1:]
    while rest:
        found = re.match(r"\.([A-Za-z_][\w-]*)|\[(\d+)\]|\[\"([^\"]*)\"\]|\['([^']*)'\]", rest)
        if not found:
            raise unsupported(f"The JSON path '{text}'")
        name = next((group for group in (found[1], found[3], found[4]) if group is not None), None)
        parts.append(f"[{found[2]}]" if name is None else f'."{name}"')
        rest = rest[found.end() :]
    return "$" + "".join(parts)


def _json(argument: Typed) -> str:
    return argument.sql if argument.kind.name == "json" else f"trino_json_valid({argument.sql})"


def _at_path(given: list[Typed]) -> str:
    return f"json_extract({_json(given[0])}, {string(json_path(constant(given[1], 'A JSON path')))})"


def _json_at_path(given: list[Typed]) -> Typed:
    kind = with_keys_as_written(JSON) if given[0].kind.name == "varchar" else given[0].kind
    return Typed(_at_path(given), kind)


def _scalar_at_path(given: list[Typed]) -> str:
    # A number keeps its spelling in the JSON text.
    found = _at_path(given)
    is_text = given[0].kind.name == "varchar"
    return f"trino_scalar_of_text({given[0].sql}, {found})" if is_text else f"trino_scalar_of_json({found})"


for _kind in ("json", "varchar"):
    _add("json_extract", f"{_kind}, varchar", "json", _json_at_path)
    _add(
        "json_extract_scalar",
        f"{_kind}, varchar",
        "varchar",
        _scalar_at_path,
    )
    _add("json_size", f"{_kind}, varchar", "bigint", lambda given: f"trino_json_size({_at_path(given)})")
    _add(
        "json_array_length",
        _kind,
        "bigint",
        lambda given: (
            f"CASE WHEN json_type({_json(given[0])}) = 'ARRAY' THEN json_array_length({_json(given[0])}) END"
        ),
    )
    _add(
        "is_json_scalar",
        _kind,
        "boolean",
        f"(json_type({'{0}' if _kind == 'json' else 'trino_json_parse({0})'}) NOT IN ('OBJECT', 'ARRAY'))",
    )
_add("json_parse", "varchar", "json", "trino_json_parse({0})")
