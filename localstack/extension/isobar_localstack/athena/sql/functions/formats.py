"""Converts date patterns to strftime: MySQL's (date_format, date_parse), Joda's (format_datetime,
parse_datetime).

https://trino.io/docs/current/functions/datetime.html
"""

import re

from isobar_localstack.athena.errors import QueryFailure, unsupported

_MYSQL = {
    "a": "%a", "b": "%b", "c": "%-m", "d": "%d", "e": "%-d", "f": "%f", "H": "%H", "h": "%I", "I": "%I",
    "i": "%M", "j": "%j", "k": "%-H", "l": "%-I", "M": "%B", "m": "%m", "p": "%p", "r": "%I:%M:%S %p",
    "S": "%S", "s": "%S", "T": "%H:%M:%S", "v": "%V", "W": "%A", "x": "%G", "Y": "%Y", "y": "%y", "%": "%%",
}  # fmt: skip


def from_mysql(pattern: str) -> str:
    def replace(found: re.Match) -> str:
        letter = found[1]
        if letter not in _MYSQL:
            if letter in "DUuVwX":
                raise QueryFailure(
                    "INVALID_FUNCTION_ARGUMENT", f"%{letter} not supported in date format string"
                )
            return letter
        return _MYSQL[letter]

    return re.sub(r"%(.)", replace, pattern)


_JODA = {
    "yyyy": "%Y", "YYYY": "%Y", "y": "%-Y", "yy": "%y", "MM": "%m", "M": "%-m", "MMM": "%b", "MMMM": "%B",
    "dd": "%d", "d": "%-d", "DDD": "%j", "D": "%-j", "HH": "%H", "H": "%-H", "hh": "%I", "h": "%-I",
    "mm": "%M", "m": "%-M", "ss": "%S", "s": "%-S", "SSS": "%g", "SSSSSS": "%f", "a": "%p",
    "E": "%a", "EE": "%a", "EEE": "%a", "EEEE": "%A", "e": "%u", "xxxx": "%G", "ww": "%V",
}  # fmt: skip
_JODA_TOKEN = re.compile(r"'((?:[^']|'')*)'|([A-Za-z])\2*|[^A-Za-z']+")


def from_joda(pattern: str) -> str:
    parts = []
    for found in _JODA_TOKEN.finditer(pattern):
        token = found[0]
        if token.startswith("'"):
            parts.append((found[1].replace("''", "'") or "'").replace("%", "%%"))
        elif not found[2]:
            parts.append(token.replace("%", "%%"))
        elif token in _JODA:
            parts.append(_JODA[token])
        else:
            raise unsupported(f"{token} in the date pattern {pattern}")
    return "".join(parts)
