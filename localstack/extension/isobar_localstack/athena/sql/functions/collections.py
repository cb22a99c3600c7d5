"""Functions on arrays and maps. https://trino.io/docs/current/functions/array.html"""

from isobar_localstack.athena.errors import unsupported
from isobar_localstack.athena.sql.casts import cast
from isobar_localstack.athena.sql.comparisons import compare, refuse_incomparable, without_nan
from isobar_localstack.athena.sql.functions.registry import Table, Typed, adder
from isobar_localstack.athena.sql.types import Type, array, row

FUNCTIONS: Table = {}
_add = adder(FUNCTIONS)

_add("cardinality", "array(T)", "bigint", "len({0})")
_add("cardinality", "map(K, V)", "bigint", "cardinality({0})")
_add("element_at", "array(T), bigint", "T", "trino_element({0}, {1})")
_add("element_at", "map(K, V), K", "V", "map_extract_value({0}, {1})")


def _comparing(write):
    """Accepts elements without inner elements only: DuckDB handles inner NULLs differently."""

    def checked(given: list[Typed]) -> str:
        element = given[0].kind.fields[0]
        refuse_incomparable(element, "A comparison")
        if element.fields:
            raise unsupported(f"A search among elements of {element}")
        return write(given)

    return checked


def _free_of_nan(argument: Typed) -> str:
    return without_nan(argument.sql, argument.kind.fields[0])


def _array_position(given: list[Typed]) -> str:
    items, item = given[0].sql, given[1].sql
    found = f"coalesce(list_position({items}, {item}), 0)"
    if given[1].kind.name in ("real", "double"):
        found = f"CASE WHEN isnan({item}) THEN 0 ELSE {found} END"
    return f"CASE WHEN {items} IS NULL OR {item} IS NULL THEN NULL ELSE {found} END"


def _array_remove(given: list[Typed]) -> str:
    different = compare("x", "<>", given[1].sql, given[1].kind)
    kept = f"list_filter({given[0].sql}, lambda x: x IS NULL OR {different})"
    return f"CASE WHEN {given[1].sql} IS NOT NULL THEN {kept} END"


def _distinct(sql: str):
    def write(given: list[Typed]) -> str:
        refuse_incomparable(given[0].kind, "A comparison")
        return sql.format(*[each.sql for each in given])

    return write


_add(
    "contains",
    "array(T), T",
    "boolean",
    _comparing(lambda given: f"trino_contains({_free_of_nan(given[0])}, {given[1].sql})"),
)
_add("array_distinct", "array(T)", "array(T)", _distinct("trino_distinct({0})"))
for _name in ("array_max", "array_min"):
    for _kind in ("real", "double"):
        _numbers = "list_filter({0}, lambda x: x IS NULL OR NOT isnan(x))"
        _add(_name, f"array({_kind})", _kind, f"coalesce(trino_{_name}({_numbers}), trino_{_name}({{0}}))")
    _add(_name, "array(T)", "T", f"trino_{_name}({{0}})")
_add("array_position", "array(T), T", "bigint", _comparing(_array_position))
_add("array_remove", "array(T), T", "array(T)", _comparing(_array_remove))
_add("array_sort", "array(T)", "array(T)", "list_sort({0}, 'ASC', 'NULLS LAST')")
_add("array_union", "array(T), array(T)", "array(T)", _distinct("trino_distinct({0} || {1})"), strict=True)
_add(
    "array_intersect",
    "array(T), array(T)",
    "array(T)",
    _distinct("trino_distinct(list_filter({0}, lambda x: trino_has({1}, x)))"),
    strict=True,
)
_add(
    "array_except",
    "array(T), array(T)",
    "array(T)",
    _distinct("trino_distinct(list_filter({0}, lambda x: NOT trino_has({1}, x)))"),
    strict=True,
)
_add(
    "arrays_overlap",
    "array(T), array(T)",
    "boolean",
    _comparing(lambda given: f"trino_overlap({_free_of_nan(given[0])}, {_free_of_nan(given[1])})"),
)
_add("flatten", "array(array(T))", "array(T)", "flatten({0})")
_add("reverse", "array(T)", "array(T)", "list_reverse({0})")
_add("slice", "array(T), bigint, bigint", "array(T)", "trino_slice({0}, {1}, {2})")
_add("trim_array", "array(T), bigint", "array(T)", "trino_trim_array({0}, {1})")
_add("repeat", "T, bigint", "array(T)", "trino_repeat({0}, {1})")


def _array_join(given: list[Typed]) -> str:
    items = f"list_transform({given[0].sql}, lambda x: {cast('x', given[0].kind.fields[0], Type('varchar'))})"
    if len(given) == 3:
        items = f"list_transform({items}, lambda x: coalesce(x, {given[2].sql}))"
    # NULL elements are omitted.
    return f"array_to_string(list_filter({items}, lambda x: x IS NOT NULL), {given[1].sql})"


_add("array_join", "array(T), varchar", "varchar", _array_join, strict=True)
_add("array_join", "array(T), varchar, varchar", "varchar", _array_join, strict=True)
_add(
    "sequence",
    "bigint, bigint",
    "array(bigint)",
    "trino_sequence(CASE WHEN {1} >= {0} THEN range({0}, {1} + 1) ELSE range({0}, {1} - 1, -1) END)",
)
_add(
    "sequence",
    "bigint, bigint, bigint",
    "array(bigint)",
    "trino_sequence(CASE WHEN {2} <> 0 THEN generate_series({0}, {1}, {2}) ELSE [] END)",
)
_add(
    "sequence",
    "date, date",
    "array(date)",
    "list_transform(trino_sequence(generate_series({0}, {1}, "
    "CASE WHEN {1} >= {0} THEN INTERVAL 1 DAY ELSE INTERVAL (-1) DAY END)), lambda x: CAST(x AS DATE))",
)
for _step in ("interval day to second", "interval year to month"):
    _add(
        "sequence",
        f"date, date, {_step}",
        "array(date)",
        "list_transform(trino_sequence(generate_series({0}, {1}, {2})), lambda x: CAST(x AS DATE))",
    )
    _add(
        "sequence",
        f"timestamp, timestamp, {_step}",
        lambda kinds: array(kinds[0]),
        "trino_sequence(generate_series({0}, {1}, {2}))",
    )


def _zip(given: list[Typed]) -> Typed:
    kind = row([each.kind.fields[0] for each in given])
    longest = f"greatest({', '.join(f'len({each.sql})' for each in given)})"
    fields = ", ".join(f'"field{n}" := list_extract({each.sql}, i)' for n, each in enumerate(given))
    return Typed(f"list_transform(range(1, {longest} + 1), lambda i: struct_pack({fields}))", array(kind))


_add("zip", "array(T), array(K)", "array(T)", _zip, strict=True)
_add("zip", "array(T), array(K), array(V)", "array(T)", _zip, strict=True)


def _map(given: list[Typed]) -> str:
    entries = (
        f"list_transform(range(1, len({given[0].sql}) + 1), lambda i: "
        f"{{'k': list_extract({given[0].sql}, i), 'v': list_extract({given[1].sql}, i)}})"
    )
    wrong = "trino_error('INVALID_FUNCTION_ARGUMENT: Key and value arrays must be the same length')"
    return (
        f"trino_checked_entries(CASE WHEN len({given[0].sql}) <> len({given[1].sql}) "
        f"THEN ({entries})[{wrong}:0] ELSE {entries} END)"
    )


_add("map", "array(K), array(V)", "map(K, V)", _map, strict=True)
_add("map_keys", "map(K, V)", "array(K)", "map_keys({0})")
_add("map_values", "map(K, V)", "array(V)", "map_values({0})")


def _map_entries(given: list[Typed]) -> Typed:
    sql = f"list_transform(map_entries({given[0].sql}), lambda e: {{'field0': e.key, 'field1': e.value}})"
    return Typed(sql, array(row(list(given[0].kind.fields))))


_add("map_entries", "map(K, V)", "array(K)", _map_entries)
_add("map_concat", "map(K, V), map(K, V)", "map(K, V)", "map_concat({0}, {1})", strict=True)
_add(
    "split_to_map",
    "varchar, varchar, varchar",
    "map(varchar, varchar)",
    "trino_split_to_map({0}, {1}, {2})",
    strict=True,
)
