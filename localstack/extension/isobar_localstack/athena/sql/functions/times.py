"""Functions on dates and times. https://trino.io/docs/current/functions/datetime.html"""

import re

from isobar_localstack.athena.errors import QueryFailure, unsupported
from isobar_localstack.athena.sql.casts import cast, local_time, string, time_pattern
from isobar_localstack.athena.sql.functions.formats import from_joda, from_mysql
from isobar_localstack.athena.sql.functions.registry import Table, Typed, adder, constant
from isobar_localstack.athena.sql.types import DATE, TIMESTAMP, Type, timestamp_tz

FUNCTIONS: Table = {}
_add = adder(FUNCTIONS)

_TIMES = ("date", "timestamp", "timestamp with time zone")


def _field(part: str):
    return lambda given: f"date_part('{part}', {local_time(given[0].sql, given[0].kind)})"


FIELDS = {
    "year": "year",
    "quarter": "quarter",
    "month": "month",
    "week": "week",
    "week_of_year": "week",
    "year_of_week": "isoyear",
    "yow": "isoyear",
    "day": "day",
    "day_of_month": "day",
    "day_of_week": "isodow",
    "dow": "isodow",
    "day_of_year": "doy",
    "doy": "doy",
    "hour": "hour",
    "minute": "minute",
}
for _name, _part in FIELDS.items():
    for _kind in _TIMES:
        _add(_name, _kind, "bigint", _field(_part))
for _kind in _TIMES:
    _add(
        "second",
        _kind,
        "bigint",
        lambda given: (
            f"CAST(floor(date_part('second', {local_time(given[0].sql, given[0].kind)})) AS BIGINT)"
        ),
    )
    _add(
        "millisecond",
        _kind,
        "bigint",
        lambda given: f"(date_part('millisecond', {local_time(given[0].sql, given[0].kind)}) % 1000)",
    )
    _add(
        "last_day_of_month",
        _kind,
        "date",
        lambda given: f"last_day(CAST({local_time(given[0].sql, given[0].kind)} AS DATE))",
    )
    _add("date", _kind, "date", lambda given: cast(given[0].sql, given[0].kind, DATE))
_add("date", "varchar", "date", lambda given: cast(given[0].sql, given[0].kind, DATE))

_CLOCK = ("millisecond", "second", "minute", "hour")
_CALENDAR = ("day", "week", "month", "quarter", "year")


def _unit(argument: Typed, kind: Type) -> str:
    unit = constant(argument, "A unit of time").lower()
    if unit not in (*_CLOCK, *_CALENDAR):
        raise QueryFailure("INVALID_FUNCTION_ARGUMENT", f"'{unit}' is not a valid Timestamp field")
    if kind.name == "date" and unit in _CLOCK:
        raise QueryFailure("INVALID_FUNCTION_ARGUMENT", f"'{unit}' is not a valid DATE field")
    return unit


def at_zone(sql: str, kind: Type) -> str:
    """A local time in the zone of `kind`, converted back to `kind`."""
    return f"({sql} AT TIME ZONE {string(kind.zone)})" if kind.name == "timestamp with time zone" else sql


def _trunc(given: list[Typed]) -> Typed:
    kind, local = given[1].kind, local_time(given[1].sql, given[1].kind)
    unit = _unit(given[0], kind)
    sql = f"date_trunc('{unit}', {local})"
    if kind.name == "timestamp with time zone" and unit in _CLOCK:
        # An hour that clocks show twice has two beginnings: the instant says which.
        return Typed(f"({given[1].sql} - ({local} - {sql}))", kind)
    return Typed(f"CAST({sql} AS DATE)" if kind == DATE else at_zone(f"CAST({sql} AS TIMESTAMP)", kind), kind)


def _date_add(given: list[Typed]) -> Typed:
    kind = given[2].kind
    unit = _unit(given[0], kind)
    # A clock unit moves the instant; a calendar unit moves the local date.
    local = given[2].sql if unit in _CLOCK else local_time(given[2].sql, kind)
    count = f"3 * {given[1].sql}" if unit == "quarter" else given[1].sql
    name = {"quarter": "month"}.get(unit, unit)
    sql = f"({local} + to_{name}s({'CAST(' + count + ' AS INTEGER)' if unit in _CALENDAR else count}))"
    if kind == DATE:
        return Typed(f"CAST({sql} AS DATE)", kind)
    return Typed(sql if unit in _CLOCK else at_zone(sql, kind), kind)


def _date_diff(given: list[Typed]) -> str:
    unit = _unit(given[0], given[1].kind)
    first, second = (each.sql if unit in _CLOCK else local_time(each.sql, each.kind) for each in given[1:])
    # Counts whole units. DuckDB's date_diff counts boundaries.
    return f"date_sub('{unit}', {first}, {second})"


for _kind in _TIMES:
    _add("date_trunc", f"varchar, {_kind}", _kind, _trunc)
    _add("date_add", f"varchar, bigint, {_kind}", _kind, _date_add)
    _add("date_diff", f"varchar, {_kind}, {_kind}", "bigint", _date_diff)
    _add(
        "date_format",
        f"{_kind}, varchar",
        "varchar",
        lambda given: (
            f"strftime({local_time(given[0].sql, given[0].kind)}, "
            f"{string(from_mysql(constant(given[1], 'A date pattern')))})"
        ),
    )
    _add(
        "format_datetime",
        f"{_kind}, varchar",
        "varchar",
        lambda given: (
            f"strftime({local_time(given[0].sql, given[0].kind)}, "
            f"{string(from_joda(constant(given[1], 'A date pattern')))})"
        ),
    )


def _parse(translate, result: Type):
    def write(given: list[Typed]) -> Typed:
        pattern = translate(constant(given[1], "A date pattern"))
        # strptime has no unpadded fields, but accepts unpadded values.
        pattern = re.sub(r"%-", "%", pattern).replace("%f", "%f")
        sql = f"strptime({given[0].sql}, {string(pattern)})"
        if result.name == "timestamp with time zone":
            sql = f"({sql} AT TIME ZONE 'UTC')"
        return Typed(sql, result)

    return write


_add("date_parse", "varchar, varchar", "timestamp", _parse(from_mysql, TIMESTAMP))
_add("parse_datetime", "varchar, varchar", "timestamp", _parse(from_joda, timestamp_tz(3, "UTC")))


def _zone(argument: Typed) -> str:
    zone = constant(argument, "A time zone")
    if not re.fullmatch(r"UTC|[A-Z][A-Za-z_]+/[A-Za-z_/+-]+\d*", zone):
        raise unsupported(f"The time zone '{zone}'")
    return zone


def _from_unixtime(given: list[Typed]) -> Typed:
    zone = _zone(given[1]) if len(given) > 1 else "UTC"
    return Typed(
        f"make_timestamptz(CAST(round({given[0].sql} * 1000) AS BIGINT) * 1000)", timestamp_tz(3, zone)
    )


_add("from_unixtime", "double", "timestamp", _from_unixtime)
_add("from_unixtime", "double, varchar", "timestamp", _from_unixtime)
_add("to_unixtime", "timestamp", "double", "epoch({0})")
_add("to_unixtime", "timestamp with time zone", "double", "epoch({0})")
_add(
    "at_timezone",
    "timestamp with time zone, varchar",
    "timestamp",
    lambda given: Typed(given[0].sql, timestamp_tz(given[0].kind.size, _zone(given[1]))),
)
_add(
    "with_timezone",
    "timestamp, varchar",
    "timestamp",
    lambda given: Typed(
        f"({given[0].sql} AT TIME ZONE {string(_zone(given[1]))})",
        timestamp_tz(given[0].kind.size, _zone(given[1])),
    ),
)
_add("current_timezone", "", "varchar", "'UTC'")
_add("from_iso8601_date", "varchar", "date", lambda given: cast(given[0].sql, given[0].kind, DATE))
_add(
    "from_iso8601_timestamp",
    "varchar",
    "timestamp",
    lambda given: Typed(f"(trino_iso8601({given[0].sql}) AT TIME ZONE 'UTC')", timestamp_tz(3, "UTC")),
)
_add("to_iso8601", "date", "varchar", "CAST({0} AS VARCHAR)")
_add(
    "to_iso8601",
    "timestamp",
    "varchar",
    lambda given: (
        f"strftime({given[0].sql}, {string(time_pattern(given[0].kind.size or 0).replace(' ', 'T'))})"
    ),
)
_add("to_milliseconds", "interval day to second", "bigint", "CAST(round(epoch({0}) * 1000) AS BIGINT)")
