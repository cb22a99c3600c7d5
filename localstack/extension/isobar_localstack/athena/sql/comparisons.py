"""Comparisons that differ from DuckDB's: NaN equals nothing, and NULLs inside a value can make the result
NULL.

https://trino.io/docs/current/functions/comparison.html
"""

from itertools import count

from isobar_localstack.athena.errors import unsupported
from isobar_localstack.athena.sql.types import Type, quoted, struct_names

_CONTAINERS = ("array", "map", "row")
_FLOATING = ("real", "double")
_fresh = count()


def compare(left: str, operator: str, right: str, kind: Type) -> str:
    """Compares two values of `kind` with an SQL operator."""
    if operator == "=":
        return _equal(left, right, kind)
    if operator == "<>":
        return f"({left} <> {right})" if _is_plain(kind) else f"(NOT {_equal(left, right, kind)})"
    if kind.name in (*_CONTAINERS, "json"):
        raise unsupported(f"{operator} of {kind}")
    compared = f"({left} {operator} {right})"
    if kind.name not in _FLOATING:
        return compared
    # In DuckDB, NaN is greater than any value. A CASE would prevent a join by key, so this is an AND.
    greater, lesser = (left, right) if operator.startswith(">") else (right, left)
    return f"({compared} AND NOT (isnan({greater}) AND {lesser} IS NOT NULL))"


def between(value: str, low: str, high: str, kind: Type) -> str:
    if _is_plain(kind):
        return f"({value} BETWEEN {low} AND {high})"
    return f"({compare(value, '>=', low, kind)} AND {compare(value, '<=', high, kind)})"


def one_of(value: str, others: list[str], kind: Type) -> str:
    if _is_plain(kind):
        return f"({value} IN ({', '.join(others)}))"
    return "(" + " OR ".join(_equal(value, each, kind) for each in others) + ")"


def in_query(value: str, query: str, kind: Type) -> str:
    """`query` returns one column of `kind`, named `_0`."""
    if _is_plain(kind):
        return f"({value} IN ({query}))"
    if kind.name in _FLOATING:
        return f"({value} IN (SELECT _0 FROM ({query}) WHERE _0 IS NULL OR NOT isnan(_0)))"
    return (
        "(SELECT CASE WHEN bool_or(e) THEN true WHEN count(e) < count(*) THEN NULL ELSE false END "
        f"FROM (SELECT {_equal(value, '_0', kind)} AS e FROM ({query})))"
    )


def quantified(value: str, operator: str, word: str, query: str, kind: Type) -> str:
    """ANY and ALL. `query` returns one column of `kind`, named `_0`."""
    if (operator, word) == ("=", "ANY"):
        return in_query(value, query, kind)
    if (operator, word) == ("<>", "ALL"):
        return f"(NOT {in_query(value, query, kind)})"
    if kind.name in (*_CONTAINERS, "json"):
        raise unsupported(f"{operator} {word} of {kind}")
    if kind.name in _FLOATING:
        value, each = f"trino_no_nan({value})", "trino_no_nan(_0)"
        return f"({value} {operator} {word} (SELECT {each} FROM ({query})))"
    return f"({value} {operator} {word} ({query}))"


def without_nan(array: str, element: Type) -> str:
    """An array without NaN, which equals nothing."""
    if element.name not in _FLOATING:
        return array
    return f"list_filter({array}, lambda x: x IS NULL OR NOT isnan(x))"


def refuse_incomparable(kind: Type, what: str) -> None:
    """Refuses JSON: DuckDB compares its text, so equal values can differ."""
    if kind.name == "json":
        raise unsupported(f"{what} of json")
    for field in kind.fields:
        refuse_incomparable(field, what)


def _is_plain(kind: Type) -> bool:
    return kind.name not in (*_CONTAINERS, *_FLOATING, "json")


def _equal(left: str, right: str, kind: Type) -> str:
    refuse_incomparable(kind, "A comparison")
    match kind.name:
        case "real" | "double":
            return f"({left} = {right} AND NOT (isnan({left}) AND isnan({right})))"
        case "row":
            pairs = [
                _equal(f"({left}).{quoted(name)}", f"({right}).{quoted(name)}", field)
                for name, field in zip(struct_names(kind), kind.fields, strict=True)
            ]
            return f"({' AND '.join(pairs)})"
        case "array":
            i = f"q{next(_fresh)}"
            pair = _equal(f"list_extract({left}, {i})", f"list_extract({right}, {i})", kind.fields[0])
            pairs = f"list_transform(range(1, len({left}) + 1), lambda {i}: {pair})"
            return _all_of(left, right, "len", pairs)
        case "map":
            k = f"q{next(_fresh)}"
            pair = _equal(
                f"map_extract_value({left}, {k})", f"map_extract_value({right}, {k})", kind.fields[1]
            )
            found = f"CASE WHEN map_contains({right}, {k}) THEN {pair} ELSE false END"
            pairs = f"list_transform(map_keys({left}), lambda {k}: {found})"
            return _all_of(left, right, "cardinality", pairs)
    return f"({left} = {right})"


def _all_of(left: str, right: str, size: str, pairs: str) -> str:
    return (
        f"CASE WHEN {left} IS NULL OR {right} IS NULL THEN NULL "
        f"WHEN {size}({left}) <> {size}({right}) THEN false ELSE trino_all({pairs}) END"
    )
