"""Partition projection: computes partitions from the table's properties instead of the catalog.

https://docs.aws.amazon.com/athena/latest/ug/partition-projection-supported-types.html
"""

import re
from datetime import UTC, datetime, timedelta
from itertools import product

from isobar_localstack.athena.errors import QueryFailure, unsupported

_MOST = 1_000_000
# Letters of Java's DateTimeFormatter → strftime.
_DATE_LETTERS = {
    "yyyy": "%Y", "uuuu": "%Y", "yy": "%y", "MM": "%m", "dd": "%d", "DDD": "%j",
    "HH": "%H", "mm": "%M", "ss": "%S",
}  # fmt: skip


def is_projected(parameters: dict[str, str]) -> bool:
    return parameters.get("projection.enabled", "false").strip().lower() == "true"


def projected_partitions(
    table: dict, fixed: dict[str, set[str]], now: datetime | None = None
) -> list[tuple[tuple[str, ...], str]]:
    """The values and the location of each partition. `fixed` has the values that the query names."""
    parameters = table.get("Parameters") or {}
    columns = [key["Name"].lower() for key in table.get("PartitionKeys") or []]
    choices = [_values(column, parameters, fixed.get(column), now or datetime.now(UTC)) for column in columns]
    total = 1
    for each in choices:
        total *= len(each)
    if total > _MOST:
        raise unsupported(f"A projection of {total} partitions (at most {_MOST})")
    location = table["StorageDescriptor"].get("Location", "").rstrip("/")
    template = parameters.get("storage.location.template")
    partitions = []
    for values in product(*choices):
        named = dict(zip(columns, values, strict=True))
        default = "/".join([location, *[f"{column}={value}" for column, value in named.items()]])
        partitions.append((values, _filled(template, named) if template else default))
    return partitions


def _filled(template: str, values: dict[str, str]) -> str:
    return re.sub(r"\$\{(\w+)\}", lambda found: _named(values, found[1]), template)


def _named(values: dict[str, str], name: str) -> str:
    if name.lower() not in values:
        raise _invalid(f"storage.location.template contains {name}, which is not a partition column")
    return values[name.lower()]


def _invalid(message: str) -> QueryFailure:
    return QueryFailure("INVALID_TABLE_PROPERTY", message)


def _values(column: str, parameters: dict[str, str], fixed: set[str] | None, now: datetime) -> list[str]:
    def setting(name: str, default: str | None = None) -> str:
        value = parameters.get(f"projection.{column}.{name}", default)
        if value is None:
            raise _invalid(f"Table property projection.{column}.{name} is missing")
        return value

    kind = setting("type").strip().lower()
    match kind:
        case "enum":
            return setting("values").split(",")
        case "integer":
            return _integers(setting("range"), int(setting("interval", "1")), int(setting("digits", "0")))
        case "date":
            dates = _dates(setting, now)
            # A range of dates may be long: keep only the dates that the query names.
            return [value for value in dates if value in fixed] if fixed else dates
        case "injected":
            if not fixed:
                raise QueryFailure(
                    "CONSTRAINT_VIOLATION",
                    f"For the injected projected partition column {column}, the WHERE clause must contain "
                    "only static equality conditions, and at least one such condition must be present.",
                )
            return sorted(fixed)
    raise _invalid(f"projection.{column}.type must be enum, integer, date or injected, not {kind}")


def _integers(bounds: str, step: int, digits: int) -> list[str]:
    first, last = (int(each) for each in bounds.split(","))
    return [str(value).zfill(digits) for value in range(first, last + 1, step)]


def _dates(setting, now: datetime) -> list[str]:
    pattern = _strftime(setting("format"))
    first, last = (_moment(each.strip(), pattern, now) for each in setting("range").split(","))
    finest = "DAYS"
    for letter, unit in (("%H", "HOURS"), ("%M", "MINUTES"), ("%S", "SECONDS")):
        finest = unit if letter in pattern else finest
    if "%d" not in pattern and "%j" not in pattern:
        finest = "MONTHS" if "%m" in pattern else "YEARS"
    unit = setting("interval.unit", finest).strip().upper().rstrip("S") + "S"
    step = int(setting("interval", "1"))
    values, moment, seen = [], first, set()
    while moment <= last:
        text = moment.strftime(pattern)
        if text not in seen:
            seen.add(text)
            values.append(text)
        if len(values) > _MOST:
            raise unsupported(f"A projection of more than {_MOST} dates")
        moment = _later(moment, step, unit)
    return values


def _moment(text: str, pattern: str, now: datetime) -> datetime:
    relative = re.fullmatch(r"NOW\s*(?:([+-])\s*(\d+)\s*(YEAR|MONTH|WEEK|DAY|HOUR|MINUTE|SECOND)S?)?", text)
    if relative:
        moment = now.replace(tzinfo=None, microsecond=0)
        if relative[1]:
            count = int(relative[2]) * (-1 if relative[1] == "-" else 1)
            moment = _later(moment, count, f"{relative[3]}S")
        return datetime.strptime(moment.strftime(pattern), pattern)
    try:
        return datetime.strptime(text, pattern)
    except ValueError as error:
        raise _invalid(f"{text} does not match the format of its projection") from error


def _later(moment: datetime, count: int, unit: str) -> datetime:
    if unit in ("YEARS", "MONTHS"):
        months = moment.year * 12 + moment.month - 1 + count * (12 if unit == "YEARS" else 1)
        year, month = divmod(months, 12)
        following = datetime(year + (month + 1) // 12, (month + 1) % 12 + 1, 1)
        last_day = (following - timedelta(days=1)).day
        return moment.replace(year=year, month=month + 1, day=min(moment.day, last_day))
    return moment + timedelta(**{unit.lower(): count})


def _strftime(pattern: str) -> str:
    parts = []
    for found in re.finditer(r"'([^']*)'|([A-Za-z])\2*|[^A-Za-z']+", pattern):
        token = found[0]
        if token.startswith("'"):
            parts.append(found[1])
        elif found[2]:
            if token not in _DATE_LETTERS:
                raise unsupported(f"{token} in projection format {pattern}")
            parts.append(_DATE_LETTERS[token])
        else:
            parts.append(token)
    return "".join(parts)
