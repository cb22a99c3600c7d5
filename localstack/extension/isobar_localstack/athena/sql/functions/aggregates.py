"""Aggregate and window functions. https://trino.io/docs/current/functions/aggregate.html

The text of an aggregate contains the placeholder OVER for the FILTER and OVER clauses after the call.
DISTINCT and ORDER BY inside the parentheses are part of the arguments' text. Functions that are approximate
in Trino are exact here.
"""

from isobar_localstack.athena.sql.casts import scaled, unscaled
from isobar_localstack.athena.sql.functions.registry import Table, Typed, adder
from isobar_localstack.athena.sql.types import (
    BIGINT,
    INTEGERS,
    Type,
    array,
    decimal,
    map_of,
    to_duckdb,
)

AGGREGATES: Table = {}
_add = adder(AGGREGATES)

OVER = "\0"
# The placeholder for IGNORE NULLS, which DuckDB has inside the parentheses.
NULLS = "\1"

# The index of the argument whose values are compared with each other.
COMPARED = {
    **dict.fromkeys(("min", "max", "approx_distinct", "histogram", "map_agg", "multimap_agg"), 0),
    **dict.fromkeys(("min_by", "max_by", "approx_most_frequent"), 1),
}

_add("count", "", "bigint", f"count(*){OVER}")
_add("count", "T", "bigint", f"count({{0}}){OVER}")
_add(
    "count_if",
    "boolean",
    "bigint",
    f"coalesce(CAST(sum(CASE WHEN {{0}} THEN 1 ELSE 0 END){OVER} AS BIGINT), 0)",
)
for _kind in INTEGERS:
    _add("sum", _kind, "bigint", f"CAST(sum({{0}}){OVER} AS BIGINT)")
    _add("avg", _kind, "double", f"avg({{0}}){OVER}")
_add("sum", "decimal", lambda kinds: decimal(38, kinds[0].scale), f"sum({{0}}){OVER}")


def _avg_decimal(given: list[Typed]) -> Typed:
    """Rounds half up to the scale of the argument. DuckDB's avg returns a double."""
    kind = given[0].kind
    total = unscaled(f"sum({given[0].sql}){OVER}", kind.scale)
    count = f"CAST(count({given[0].sql}){OVER} AS HUGEINT)"
    return Typed(
        scaled(f"CASE WHEN {count} > 0 THEN trino_unscaled_quotient({total}, {count}) END", kind), kind
    )


_add("avg", "decimal", "double", _avg_decimal)
for _kind in ("real", "double"):
    _add("sum", _kind, _kind, f"CAST(sum({{0}}){OVER} AS {to_duckdb(Type(_kind))})")
    _add("avg", _kind, _kind, f"CAST(avg({{0}}){OVER} AS {to_duckdb(Type(_kind))})")
# In DuckDB, NaN is the greatest value. In Trino, min and max return NaN only if there is no other value.
for _name in ("min", "max"):
    for _kind in ("real", "double"):
        _number = f"{_name}(CASE WHEN NOT isnan({{0}}) THEN {{0}} END){OVER}"
        _add(_name, _kind, _kind, f"coalesce({_number}, {_name}({{0}}){OVER})")
for _kind in ("real", "double"):
    for _name, _last in (("min", "infinity"), ("max", "-infinity")):
        _key = f"CASE WHEN isnan({{1}}) THEN CAST('{_last}' AS {to_duckdb(Type(_kind))}) ELSE {{1}} END"
        _add(f"{_name}_by", f"T, {_kind}", "T", f"arg_{_name}_null({{0}}, {_key}){OVER}")
_add("min", "T", "T", f"min({{0}}){OVER}")
_add("max", "T", "T", f"max({{0}}){OVER}")


def _no_nan(argument: Typed) -> str:
    return f"trino_no_nan({argument.sql})" if argument.kind.name in ("real", "double") else argument.sql


def _several(function: str):
    return lambda given: f"{function}({_no_nan(given[0])}, {given[1].sql}){OVER}"


def _several_by(function: str):
    # DuckDB skips rows with a NULL value, except inside a struct.
    def write(given: list[Typed]) -> str:
        found = f"{function}({{'v': {given[0].sql}}}, {_no_nan(given[1])}, {given[2].sql}){OVER}"
        return f"list_transform({found}, lambda e: (e).v)"

    return write


for _name in ("min", "max"):
    _add(_name, "T, bigint", "array(T)", _several(_name))
    _add(f"{_name}_by", "T, K, bigint", "array(T)", _several_by(f"arg_{_name}"))
# arg_min skips rows with a NULL value; Trino returns the NULL.
_add("min_by", "T, K", "T", f"arg_min_null({{0}}, {{1}}){OVER}")
_add("max_by", "T, K", "T", f"arg_max_null({{0}}, {{1}}){OVER}")
_add("arbitrary any_value", "T", "T", f"any_value({{0}}){OVER}")
_add("array_agg", "T", "array(T)", f"list({{0}}){OVER}")
_add("bool_and every", "boolean", "boolean", f"bool_and({{0}}){OVER}")
_add("bool_or", "boolean", "boolean", f"bool_or({{0}}){OVER}")
_add("bitwise_and_agg", "bigint", "bigint", f"bit_and({{0}}){OVER}")
_add("bitwise_or_agg", "bigint", "bigint", f"bit_or({{0}}){OVER}")
_add("approx_distinct", "T", "bigint", f"count(DISTINCT {{0}}){OVER}")
_add("approx_distinct", "T, double", "bigint", f"count(DISTINCT {{0}}){OVER}")
for _kind in ("bigint", "real", "double"):
    _add("approx_percentile", f"{_kind}, double", _kind, f"quantile_disc({{0}}, {{1}}){OVER}")
    _add(
        "approx_percentile",
        f"{_kind}, array(double)",
        f"array({_kind})",
        f"quantile_disc({{0}}, {{1}}){OVER}",
    )
for _name in ("var_samp", "var_pop", "stddev_samp", "stddev_pop", "geometric_mean"):
    _duckdb = {"geometric_mean": "geomean"}.get(_name, _name)
    _add(_name, "double", "double", f"{_duckdb}({{0}}){OVER}")
_add("stddev", "double", "double", f"stddev_samp({{0}}){OVER}")
_add("variance", "double", "double", f"var_samp({{0}}){OVER}")
# DuckDB's skewness corrects for the sample size. Its skewness and kurtosis lose digits if the mean is far
# from 0.
for _name in ("skewness", "kurtosis"):
    _add(_name, "double", "double", f"trino_{_name}(list({{0}}){OVER}, avg({{0}}){OVER})")
for _name in ("covar_pop", "covar_samp"):
    _add(_name, "double, double", "double", f"{_name}({{0}}, {{1}}){OVER}")
for _name in ("corr", "regr_slope", "regr_intercept"):
    _add(_name, "double, double", "double", f"trino_finite({_name}({{0}}, {{1}}){OVER})")


def _histogram(given: list[Typed]) -> Typed:
    kind = map_of(given[0].kind, BIGINT)
    return Typed(f"CAST(histogram({given[0].sql}){OVER} AS {to_duckdb(kind)})", kind)


_add("histogram", "T", "T", _histogram)


def _most_frequent(given: list[Typed]) -> Typed:
    kind = map_of(given[1].kind, BIGINT)
    counted = f"map_entries(CAST(histogram({given[1].sql}){OVER} AS {to_duckdb(kind)}))"
    by_count = f"list_sort(list_transform({counted}, lambda e: {{'n': -e.value, 'k': e.key}}))"
    top = f"list_transform({by_count}[1:{given[0].sql}], lambda e: {{'k': e.k, 'v': -e.n}})"
    return Typed(f"map_from_entries({top})", kind)


_add("approx_most_frequent", "bigint, T, bigint", "T", _most_frequent)


def _map_agg(given: list[Typed]) -> Typed:
    entries = f"list({{'k': {given[0].sql}, 'v': {given[1].sql}}}){OVER}"
    kept = f"list_filter({entries}, lambda e: e.k IS NOT NULL)"
    return Typed(f"trino_first_entries({kept})", map_of(given[0].kind, given[1].kind))


_add("map_agg", "K, V", "map(K, V)", _map_agg)


def _multimap_agg(given: list[Typed]) -> Typed:
    entries = f"list({{'k': {given[0].sql}, 'v': {given[1].sql}}}){OVER}"
    kept = f"list_filter({entries}, lambda e: e.k IS NOT NULL)"
    keys = f"trino_distinct(list_transform({kept}, lambda e: e.k))"
    values = f"list_transform(list_filter({kept}, lambda e: e.k = key), lambda e: e.v)"
    sql = f"map_from_entries(list_transform({keys}, lambda key: {{'k': key, 'v': {values}}}))"
    return Typed(sql, map_of(given[0].kind, array(given[1].kind)))


_add("multimap_agg", "K, V", "map(K, V)", _multimap_agg)

WINDOWS: Table = {}
_add = adder(WINDOWS)
for _name in ("row_number", "rank", "dense_rank"):
    _add(_name, "", "bigint", f"{_name}(){OVER}")
for _name in ("percent_rank", "cume_dist"):
    _add(_name, "", "double", f"{_name}(){OVER}")
_add("ntile", "bigint", "bigint", f"ntile({{0}}){OVER}")
for _name in ("lag", "lead"):
    _add(_name, "T", "T", f"{_name}({{0}}{NULLS}){OVER}")
    _add(_name, "T, bigint", "T", f"{_name}({{0}}, {{1}}{NULLS}){OVER}")
    _add(_name, "T, bigint, T", "T", f"{_name}({{0}}, {{1}}, {{2}}{NULLS}){OVER}")
for _name in ("first_value", "last_value"):
    _add(_name, "T", "T", f"{_name}({{0}}{NULLS}){OVER}")
_add("nth_value", "T, bigint", "T", f"nth_value({{0}}, {{1}}{NULLS}){OVER}")
