"""The table of functions: parameters, result type and DuckDB's text of each function.

A function that is not in the table is refused by its name. Types are written as in Trino's documentation. The
letters `T`, `K` and `V` are any type, the same within one signature; `number` is any numeric type.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass

from sqlglot import exp

from isobar_localstack.athena.errors import QueryFailure, unsupported
from isobar_localstack.athena.sql.casts import coerce
from isobar_localstack.athena.sql.parser import position
from isobar_localstack.athena.sql.type_names import parse_type
from isobar_localstack.athena.sql.types import NUMBERS, Type, array, common_type, is_taken_for, map_of


@dataclass(frozen=True)
class Typed:
    """An expression: DuckDB's text and the Trino type. `literal` is the value of a literal."""

    sql: str
    kind: Type
    literal: object = None


# Computes the result type from the types of the arguments.
ResultType = Callable[[list[Type]], Type]


@dataclass(frozen=True)
class Signature:
    parameters: tuple[str, ...]
    result: str | ResultType
    # A text, where `{0}` is the first argument; or a function, if the text depends on values or types.
    sql: str | Callable[[list[Typed]], str | Typed]
    # The last parameter may be repeated, or omitted.
    variadic: bool = False
    # Return NULL for a NULL argument, where DuckDB does not do so by itself.
    strict: bool = False

    def is_exact(self, arguments: list[Typed]) -> bool:
        return len(arguments) == len(self.parameters) and all(
            _is_exact(parameter, argument.kind)
            for parameter, argument in zip(self.parameters, arguments, strict=True)
        )

    def apply(self, arguments: list[Typed]) -> Typed | None:
        """The compiled call, or None if the arguments do not fit."""
        parameters = self.parameters
        if self.variadic:
            missing = len(arguments) - len(parameters) + 1
            if missing < 0:
                return None
            parameters = (*parameters[:-1], *[parameters[-1]] * missing)
        if len(parameters) != len(arguments):
            return None
        bound: dict[str, Type] = {}
        for parameter, argument in zip(parameters, arguments, strict=True):
            if not _bind(parameter, argument.kind, bound):
                return None
        # After all arguments: a later argument may have bound a letter to a wider type.
        wanted = [
            _wanted(parameter, argument.kind, bound)
            for parameter, argument in zip(parameters, arguments, strict=True)
        ]
        given = [
            Typed(coerce(argument.sql, argument.kind, kind), kind, argument.literal)
            for argument, kind in zip(arguments, wanted, strict=True)
        ]
        written = (
            self.sql.format(*[each.sql for each in given], args=", ".join(each.sql for each in given))
            if isinstance(self.sql, str)
            else self.sql(given)
        )
        if self.strict:
            written = _unless_null(given, written)
        if isinstance(written, Typed):
            return written
        if callable(self.result):
            return Typed(written, self.result([each.kind for each in given]))
        return Typed(written, _resolve(self.result, bound))


def _unless_null(given: list[Typed], written: str | Typed) -> str | Typed:
    if isinstance(written, Typed):
        return Typed(_unless_null(given, written.sql), written.kind)
    nulls = " OR ".join(f"{each.sql} IS NULL" for each in given)
    return f"CASE WHEN {nulls} THEN NULL ELSE {written} END"


_LETTERS = ("T", "K", "V")
_INNER = re.compile(r"(array|map)\((.*)\)")


def _is_exact(parameter: str, given: Type) -> bool:
    if parameter in _LETTERS:
        return True
    if inner := _INNER.fullmatch(parameter):
        return given.name == inner[1] and all(map(_is_exact, _parts(inner), given.fields))
    return parameter.split("(")[0] == given.name


def _parts(inner: re.Match) -> list[str]:
    return [inner[2]] if inner[1] == "array" else inner[2].split(", ", 1)


def _bind(parameter: str, given: Type, bound: dict[str, Type]) -> bool:
    if parameter in _LETTERS:
        if parameter not in bound:
            bound[parameter] = given
            return True
        common = common_type(bound[parameter], given)
        if common is None:
            return False
        bound[parameter] = common
        return True
    if given.name == "unknown":
        return True
    if parameter == "number":
        return given.name in NUMBERS
    if parameter == "decimal":
        return given.name == "decimal"
    if inner := _INNER.fullmatch(parameter):
        return given.name == inner[1] and all(
            _bind(part, kind, bound) for part, kind in zip(_parts(inner), given.fields, strict=True)
        )
    if parameter == "timestamp":
        return given.name in ("timestamp", "date")
    if parameter == "timestamp with time zone":
        return given.name == "timestamp with time zone"
    if parameter == "row":
        return given.name == "row"
    return is_taken_for(given, parse_type(parameter))


def _wanted(parameter: str, given: Type, bound: dict[str, Type]) -> Type:
    if parameter in _LETTERS:
        return bound[parameter]
    if parameter in ("number", "decimal", "row", "timestamp with time zone"):
        return given
    if parameter == "timestamp":
        return Type("timestamp", 3) if given.name in ("date", "unknown") else given
    if "(" in parameter and any(letter in re.findall(r"\w+", parameter) for letter in _LETTERS):
        return _resolve(parameter, bound) if all_bound(parameter, bound) else given
    kind = parse_type(parameter)
    # A varchar keeps its length, and JSON its order of keys.
    return given if given.name == kind.name and kind.name in ("varchar", "json") else kind


def all_bound(text: str, bound: dict[str, Type]) -> bool:
    return all(letter in bound for letter in re.findall(r"\b[TKV]\b", text))


def _resolve(text: str, bound: dict[str, Type]) -> Type:
    if text in _LETTERS:
        return bound[text]
    if inner := _INNER.fullmatch(text):
        parts = [_resolve(part, bound) for part in _parts(inner)]
        return array(*parts) if inner[1] == "array" else map_of(*parts)
    return parse_type(text)


Table = dict[str, list[Signature]]


def adder(table: Table):
    def add(
        names: str, parameters: str, result, sql, *, variadic: bool = False, strict: bool = False
    ) -> None:
        split = tuple(re.split(r", (?![^(]*\))", parameters)) if parameters else ()
        for name in names.split():
            table.setdefault(name, []).append(Signature(split, result, sql, variadic, strict))

    return add


def constant(argument: Typed, what: str) -> str:
    """The text of a literal argument. Other arguments are not supported."""
    if not isinstance(argument.literal, str):
        raise unsupported(f"{what} that is not a literal")
    return argument.literal


def same(kinds: list[Type]) -> Type:
    """A result type equal to the first argument's."""
    return kinds[0]


def apply(table: Table, name: str, given: list[Typed], node: exp.Expression) -> Typed:
    signatures = table.get(name.lower())
    if signatures is None:
        raise unknown_function(name)
    # An exact signature is preferred to one with implicit conversions.
    for signature in sorted(signatures, key=lambda each: not each.is_exact(given)):
        if typed := signature.apply(given):
            return typed
    kinds = ", ".join(str(each.kind) for each in given)
    expected = ", ".join(f"{name}({', '.join(each.parameters)})" for each in signatures[:6])
    raise QueryFailure(
        "FUNCTION_NOT_FOUND",
        f"{position(node)}Unexpected parameters ({kinds}) for function {name}. Expected: {expected}",
    )


def unknown_function(name: str) -> QueryFailure:
    return QueryFailure("FUNCTION_NOT_FOUND", f"Function {name} is not supported by the local Athena")
