"""Scalar functions without a lambda parameter. https://trino.io/docs/current/functions/list.html"""

import re

from isobar_localstack.athena.errors import QueryFailure, unsupported
from isobar_localstack.athena.sql.arithmetic import numbers
from isobar_localstack.athena.sql.casts import cast, local_time, string, time_pattern
from isobar_localstack.athena.sql.comparisons import compare, refuse_incomparable, without_nan
from isobar_localstack.athena.sql.functions.formats import from_joda, from_mysql
from isobar_localstack.athena.sql.functions.registry import Table, Typed, adder, same
from isobar_localstack.athena.sql.types import (
    DATE,
    JSON,
    TIMESTAMP,
    Type,
    array,
    decimal,
    row,
    timestamp_tz,
    to_duckdb,
    with_keys_as_written,
)

SCALARS: Table = {}
_add = adder(SCALARS)


def constant(argument: Typed, what: str) -> str:
    if not isinstance(argument.literal, str):
        raise unsupported(f"{what} that is not a literal")
    return argument.literal


# Numbers

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

# Text

_add("length", "varchar", "bigint", "length({0})")
_add("lower", "varchar", "varchar", "lower({0})")
_add("upper", "varchar", "varchar", "trino_upper({0})")
_add("reverse", "varchar", "varchar", "trino_reverse({0})")
_BLANK = r"' ' || chr(9) || chr(10) || chr(11) || chr(12) || chr(13)"
for _name in ("trim", "ltrim", "rtrim"):
    _add(_name, "varchar", "varchar", f"{_name}({{0}}, {_BLANK})")
    if _name != "trim":
        _add(_name, "varchar, varchar", "varchar", f"{_name}({{0}}, {{1}})")
_add("replace", "varchar, varchar", "varchar", "trino_replace({0}, {1}, '')")
_add("replace", "varchar, varchar, varchar", "varchar", "trino_replace({0}, {1}, {2})")


def _codepoint(given: list[Typed]) -> str:
    if given[0].kind.size != 1:
        raise QueryFailure(
            "FUNCTION_NOT_FOUND",
            f"Unexpected parameters ({given[0].kind}) for function codepoint. "
            "Expected: codepoint(varchar(1))",
        )
    return f"unicode({given[0].sql})"


def _joined(given: list[Typed]) -> str:
    return "(" + " || ".join(each.sql for each in given) + ")"


_add("concat", "varchar", "varchar", _joined, variadic=True)
_add("concat", "array(T)", "array(T)", _joined, variadic=True)
_add("concat_ws", "varchar, array(varchar)", "varchar", "array_to_string({1}, {0})", strict=True)
_add(
    "concat_ws",
    "varchar, varchar",
    "varchar",
    "CASE WHEN {0} IS NOT NULL THEN concat_ws({args}) END",
    variadic=True,
)
_add("substr substring", "varchar, bigint", "varchar", "trino_substr({0}, {1}, 2147483647)")
_add("substr substring", "varchar, bigint, bigint", "varchar", "trino_substr({0}, {1}, {2})")
_add("split", "varchar, varchar", "array(varchar)", "trino_split({0}, {1})", strict=True)
_add("split_part", "varchar, varchar, bigint", "varchar", "trino_split_part({0}, {1}, {2})", strict=True)
_add("strpos", "varchar, varchar", "bigint", "strpos({0}, {1})")
_add("starts_with", "varchar, varchar", "boolean", "starts_with({0}, {1})")
_add("lpad", "varchar, bigint, varchar", "varchar", "trino_lpad({0}, {1}, {2})")
_add("rpad", "varchar, bigint, varchar", "varchar", "trino_rpad({0}, {1}, {2})")
_add("chr", "bigint", "varchar", "chr(CAST({0} AS INTEGER))")
_add("codepoint", "varchar", "integer", _codepoint)
_add("translate", "varchar, varchar, varchar", "varchar", "translate({0}, {1}, {2})")
_add("levenshtein_distance", "varchar, varchar", "bigint", "levenshtein(trino_ascii({0}), trino_ascii({1}))")
_add("hamming_distance", "varchar, varchar", "bigint", "trino_hamming({0}, {1})")
_add("to_utf8", "varchar", "varbinary", "encode({0})")
_add("from_utf8", "varbinary", "varchar", "decode({0})")
_add("to_hex", "varbinary", "varchar", "to_hex({0})")
_add("from_hex", "varchar", "varbinary", "from_hex({0})")
_add("to_base64", "varbinary", "varchar", "to_base64({0})")
_add("from_base64", "varchar", "varbinary", "from_base64({0})")
_add("md5", "varbinary", "varbinary", "unhex(md5({0}))")
_add("sha1", "varbinary", "varbinary", "unhex(sha1({0}))")
_add("sha256", "varbinary", "varbinary", "unhex(sha256({0}))")
_add("length", "varbinary", "bigint", "octet_length({0})")


def _regexp(write):
    """Accepts literal patterns only, to check them. RE2 itself refuses Java's syntax that it lacks."""

    def checked(given: list[Typed]) -> str:
        pattern = constant(given[1], "A regular expression")
        # `[a-z&&[^b]]` is an intersection in Java, but a set with & in RE2.
        if "&&" in pattern:
            raise unsupported(f"The regular expression {pattern}")
        return write(given, string(pattern))

    return checked


_add("regexp_like", "varchar, varchar", "boolean", _regexp(lambda a, p: f"regexp_matches({a[0].sql}, {p})"))
_add(
    "regexp_extract",
    "varchar, varchar",
    "varchar",
    _regexp(lambda a, p: f"trino_regexp_extract({a[0].sql}, {p}, 0)"),
)


def _group(pattern: Typed, argument: Typed) -> int:
    if not isinstance(argument.literal, int):
        raise unsupported("The number of a group that is not a literal")
    if argument.literal and _may_miss_a_group(pattern.literal):
        raise unsupported(f"A group that may be absent from a match of {pattern.literal}")
    return argument.literal


def _may_miss_a_group(pattern: str) -> bool:
    """Whether a group may be absent from a match: an optional group, or a group in one of several
    alternatives. An absent group is NULL in Java and empty in RE2."""
    text = re.sub(r"\\.|\[\^?\]?[^\]]*\]", "x", pattern)
    if re.search(r"\)(\?|\*|\{0)", text):
        return True
    # For each open bracket: whether it contains alternatives, and whether it contains a group.
    open_brackets = [[False, False]]
    for found in re.finditer(r"\((\?:)?|\)|\|", text):
        match found[0]:
            case "|":
                open_brackets[-1][0] = True
            case ")" if len(open_brackets) > 1:
                alternatives, has_group = open_brackets.pop()
                if alternatives and has_group:
                    return True
                open_brackets[-1][1] |= has_group
            case bracket if bracket.startswith("("):
                open_brackets[-1][1] |= bracket == "("
                open_brackets.append([False, False])
    return all(open_brackets[0])


_add(
    "regexp_extract",
    "varchar, varchar, bigint",
    "varchar",
    _regexp(lambda a, p: f"trino_regexp_extract({a[0].sql}, {p}, {_group(a[1], a[2])})"),
)
_add(
    "regexp_extract_all",
    "varchar, varchar",
    "array(varchar)",
    _regexp(lambda a, p: f"regexp_extract_all({a[0].sql}, {p})"),
)
_add(
    "regexp_extract_all",
    "varchar, varchar, bigint",
    "array(varchar)",
    _regexp(lambda a, p: f"regexp_extract_all({a[0].sql}, {p}, {_group(a[1], a[2])})"),
)
_add(
    "regexp_count",
    "varchar, varchar",
    "bigint",
    _regexp(lambda a, p: f"len(regexp_extract_all({a[0].sql}, {p}))"),
)
_add(
    "regexp_split",
    "varchar, varchar",
    "array(varchar)",
    _regexp(lambda a, p: f"string_split_regex({a[0].sql}, {p})"),
)
_add(
    "regexp_replace",
    "varchar, varchar",
    "varchar",
    _regexp(lambda a, p: f"regexp_replace({a[0].sql}, {p}, '', 'g')"),
)


def _replacement(argument: Typed) -> str:
    """Converts Java's group references ($1) to RE2's (\\1)."""
    text = constant(argument, "The replacement of a regular expression")
    if "${" in text or re.search(r"\$\d\d", text):
        raise unsupported(f"The replacement {text}")
    text = re.sub(r"\\(?!\$)(.)", r"\1", text)
    return string(re.sub(r"(?<!\\)\$(\d)", r"\\\1", text).replace("\\$", "$"))


_add(
    "regexp_replace",
    "varchar, varchar, varchar",
    "varchar",
    _regexp(lambda a, p: f"regexp_replace({a[0].sql}, {p}, {_replacement(a[2])}, 'g')"),
)

# Dates and times

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
    kind = given[1].kind
    sql = f"date_trunc('{_unit(given[0], kind)}', {local_time(given[1].sql, kind)})"
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

# Arrays and maps

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

# JSON


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

# Others

_add("typeof", "T", "varchar", lambda given: Typed(string(str(given[0].kind)), Type("varchar")))
