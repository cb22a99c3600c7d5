"""Regular expressions. https://trino.io/docs/current/functions/regexp.html"""

import re

from isobar_localstack.athena.errors import unsupported
from isobar_localstack.athena.sql.casts import string
from isobar_localstack.athena.sql.functions.registry import Table, Typed, adder, constant

FUNCTIONS: Table = {}
_add = adder(FUNCTIONS)


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
