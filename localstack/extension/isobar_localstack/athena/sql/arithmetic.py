"""Operators on numbers, dates, times and intervals."""

import re

from isobar_localstack.athena.errors import QueryFailure
from isobar_localstack.athena.sql.casts import coerce, local_time, scaled, string, unscaled
from isobar_localstack.athena.sql.functions.registry import Typed
from isobar_localstack.athena.sql.types import (
    DATE,
    INTEGERS,
    INTERVAL_DAY,
    INTERVAL_MONTH,
    Type,
    as_decimal,
    common_type,
    decimal,
    timestamp_tz,
    to_duckdb,
)


def numbers(left: Typed, operator: str, right: Typed) -> Typed:
    kind = common_type(left.kind, right.kind)
    if kind.name == "decimal":
        return _decimals(left, operator, right)
    one, other = (coerce(each.sql, each.kind, kind) for each in (left, right))
    # DuckDB may give literals a smaller type than INTEGER.
    if (
        left.literal is not None
        and right.literal is not None
        or kind.name in ("tinyint", "smallint", "bigint")
    ):
        one, other = (f"CAST({each} AS {to_duckdb(kind)})" for each in (one, other))
    if operator == "/":
        return Typed(f"({one} {'//' if kind.name in INTEGERS else '/'} {other})", kind)
    return Typed(f"({one} {operator} {other})", kind)


def _decimals(left: Typed, operator: str, right: Typed) -> Typed:
    """Precision and scale follow https://trino.io/docs/current/functions/decimal.html."""
    one, other = as_decimal(left.kind), as_decimal(right.kind)
    (p1, s1), (p2, s2) = (one.size, one.scale), (other.size, other.scale)
    a, b = coerce(left.sql, left.kind, one), coerce(right.sql, right.kind, other)
    if operator in ("+", "-"):
        scale = max(s1, s2)
        kind = decimal(max(p1 - s1, p2 - s2) + scale + 1, scale)
        name = to_duckdb(kind)
        return Typed(f"CAST(CAST({a} AS {name}) {operator} CAST({b} AS {name}) AS {name})", kind)
    if operator == "*":
        if s1 + s2 > 38:
            raise QueryFailure(
                "INVALID_FUNCTION_ARGUMENT", f"DECIMAL scale {s1 + s2} must be in range [0, 38]"
            )
        kind = decimal(p1 + p2, s1 + s2)
        wide = [f"CAST({each} AS DECIMAL({min(38, p1 + p2)},{scale}))" for each, scale in ((a, s1), (b, s2))]
        return Typed(f"CAST({wide[0]} * {wide[1]} AS {to_duckdb(kind)})", kind)
    scale = max(s1, s2)
    if operator == "%":
        kind = decimal(min(p1 - s1, p2 - s2) + scale, scale)
        same = decimal(max(p1 - s1, p2 - s2) + scale, scale)
        return Typed(
            f"CAST(CAST({a} AS {to_duckdb(same)}) % CAST({b} AS {to_duckdb(same)}) AS {to_duckdb(kind)})",
            kind,
        )
    kind = decimal(p1 + s2 + max(s2 - s1, 0), scale)
    # Uses whole numbers, because DuckDB divides decimals as doubles.
    shift = scale - s1 + s2
    numerator = f"{unscaled(a, s1)} * CAST('1{'0' * shift}' AS HUGEINT)"
    return Typed(scaled(f"trino_unscaled_quotient({numerator}, {unscaled(b, s2)})", kind), kind)


def times(left: Typed, operator: str, right: Typed) -> Typed | None:
    """Operators on dates, timestamps and intervals. None if Trino has no such operator."""
    moments = ("date", "timestamp", "timestamp with time zone")
    intervals = ("interval day to second", "interval year to month")
    if left.kind.name in intervals and right.kind.name in moments and operator == "+":
        left, right = right, left
    one, other = left.kind, right.kind
    if one.name in moments and other.name in intervals and operator in ("+", "-"):
        if one == DATE:
            if re.search(r"(second|minute|hour)'$", right.sql):
                raise QueryFailure(
                    "INVALID_FUNCTION_ARGUMENT", "Cannot add hour, minutes or seconds to a date"
                )
            return Typed(f"CAST({left.sql} {operator} {right.sql} AS DATE)", DATE)
        if other == INTERVAL_MONTH and one.name == "timestamp with time zone":
            moved = f"({local_time(left.sql, one)} {operator} {right.sql})"
            return Typed(f"({moved} AT TIME ZONE {string(one.zone or 'UTC')})", one)
        kind = one
        if other == INTERVAL_DAY and one.size < 3:  # an interval counts milliseconds
            kind = Type("timestamp", 3) if one.name == "timestamp" else timestamp_tz(3, one.zone)
        return Typed(f"({left.sql} {operator} {right.sql})", kind)
    if one.name in moments and other.name in moments and operator == "-":
        if common := common_type(one, other):
            kind = Type("timestamp", 3) if common == DATE else common
            a, b = coerce(left.sql, one, kind), coerce(right.sql, other, kind)
            return Typed(f"to_microseconds(epoch_us({a}) - epoch_us({b}))", INTERVAL_DAY)
    if one.name in intervals and other.name in INTEGERS and operator == "*":
        return Typed(f"({left.sql} * {right.sql})", one)
    if other.name in intervals and one.name in INTEGERS and operator == "*":
        return Typed(f"({right.sql} * {left.sql})", other)
    if one.name in intervals and one == other and operator in ("+", "-"):
        return Typed(f"({left.sql} {operator} {right.sql})", one)
    return None
