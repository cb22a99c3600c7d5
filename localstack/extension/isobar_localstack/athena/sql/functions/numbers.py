"""Functions on numbers. https://trino.io/docs/current/functions/math.html"""

from isobar_localstack.athena.errors import unsupported
from isobar_localstack.athena.sql.arithmetic import numbers
from isobar_localstack.athena.sql.comparisons import refuse_incomparable
from isobar_localstack.athena.sql.functions.registry import Table, Typed, adder, same
from isobar_localstack.athena.sql.types import Type, decimal, to_duckdb

FUNCTIONS: Table = {}
_add = adder(FUNCTIONS)

for _kind in ("tinyint", "smallint", "integer", "bigint", "real", "double"):
    _add("abs", _kind, _kind, "abs({0})")
    _sign = f"CAST(sign({{0}}) AS {to_duckdb(Type(_kind))})"
    _of_nan = f"CASE WHEN isnan({{0}}) THEN {{0}} ELSE {_sign} END"
    _add("sign", _kind, _kind, _of_nan if _kind in ("real", "double") else _sign)
    _add("ceil ceiling", _kind, _kind, "ceil({0})" if _kind in ("real", "double") else "{0}")
    _add("floor", _kind, _kind, "floor({0})" if _kind in ("real", "double") else "{0}")
    _add("round", _kind, _kind, "round({0})" if _kind in ("real", "double") else "{0}")
    _add("round", f"{_kind}, integer", _kind, f"CAST(round({{0}}, {{1}}) AS {to_duckdb(Type(_kind))})")
    _add("truncate", _kind, _kind, "trunc({0})" if _kind in ("real", "double") else "{0}")
_add("mod", "number, number", "double", lambda given: numbers(given[0], "%", given[1]))


def _whole(kinds: list[Type]) -> Type:
    """The result type of ceil(decimal(p, s)) and similar functions, with room for a carry."""
    kind = kinds[0]
    return decimal(kind.size - kind.scale + min(kind.scale, 1), 0)


def _as_whole(function: str):
    return lambda given: f"CAST({function}({given[0].sql}) AS {to_duckdb(_whole([given[0].kind]))})"


_add("abs", "decimal", same, "abs({0})")
_add("sign", "decimal", "decimal(1,0)", "CAST(sign({0}) AS DECIMAL(1,0))")
_add("ceil ceiling", "decimal", _whole, _as_whole("ceil"))
_add("floor", "decimal", _whole, _as_whole("floor"))
_add("round", "decimal", _whole, _as_whole("round"))
_add(
    "truncate",
    "decimal",
    lambda kinds: decimal(max(kinds[0].size - kinds[0].scale, 1), 0),
    lambda given: (
        f"CAST(trunc({given[0].sql}) AS DECIMAL({max(given[0].kind.size - given[0].kind.scale, 1)},0))"
    ),
)


def _round_decimal(given: list[Typed]) -> Typed:
    """Keeps the scale, as Trino does. In DuckDB, the scale depends on the number of digits."""
    kind, digits = given[0].kind, given[1].literal
    if not isinstance(digits, int):
        raise unsupported("round of a decimal to a number of digits that is not a literal")
    result = decimal(kind.size + 1, kind.scale)
    return Typed(f"CAST(round({given[0].sql}, {digits}) AS {to_duckdb(result)})", result)


_add("round", "decimal, integer", same, _round_decimal)
for _name in (
    "exp",
    "sin",
    "cos",
    "tan",
    "asin",
    "acos",
    "atan",
    "sinh",
    "cosh",
    "tanh",
    "degrees",
    "radians",
):
    _add(_name, "double", "double", f"{_name}({{0}})")
# DuckDB's cbrt is inexact: 3.0000000000000004 for 27.
_add("cbrt", "double", "double", "trino_cbrt({0})")
_add("sqrt", "double", "double", "trino_sqrt({0})")
_add("ln", "double", "double", "trino_ln({0})")
_add("log2", "double", "double", "(trino_ln({0}) / ln(2))")
_add("log10", "double", "double", "CASE WHEN {0} > 0 THEN log10({0}) ELSE trino_ln({0}) END")
_add("log", "double, double", "double", "(trino_ln({1}) / trino_ln({0}))")
_add("pow power", "double, double", "double", "power({0}, {1})")
_add("atan2", "double, double", "double", "atan2({0}, {1})")
_add("pi", "", "double", "pi()")
_add("e", "", "double", "exp(1)")
_add("nan", "", "double", "CAST('nan' AS DOUBLE)")
_add("infinity", "", "double", "CAST('infinity' AS DOUBLE)")
_add("is_nan", "double", "boolean", "isnan({0})")
_add("is_finite", "double", "boolean", "isfinite({0})")
_add("is_infinite", "double", "boolean", "isinf({0})")
_add("rand random", "", "double", "random()")
_add(
    "width_bucket",
    "double, double, double, bigint",
    "bigint",
    "trino_width_bucket({0}, {1}, {2}, {3})",
    strict=True,
)
_add("bitwise_and", "bigint, bigint", "bigint", "({0} & {1})")
_add("bitwise_or", "bigint, bigint", "bigint", "({0} | {1})")
_add("bitwise_xor", "bigint, bigint", "bigint", "xor({0}, {1})")
_add("bitwise_not", "bigint", "bigint", "(~{0})")


def _extreme(function: str):
    def write(given: list[Typed]) -> str:
        refuse_incomparable(given[0].kind, function)
        nulls = " OR ".join(f"{each.sql} IS NULL" for each in given)
        found = f"{function}({', '.join(each.sql for each in given)})"
        if given[0].kind.name in ("real", "double"):  # NaN only if there is no other value
            numbers_alone = ", ".join(
                f"CASE WHEN NOT isnan({each.sql}) THEN {each.sql} END" for each in given
            )
            found = f"coalesce({function}({numbers_alone}), {found})"
        return f"CASE WHEN {nulls} THEN NULL ELSE {found} END"

    return write


_add("greatest", "T", "T", _extreme("greatest"), variadic=True)
_add("least", "T", "T", _extreme("least"), variadic=True)
