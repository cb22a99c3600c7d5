"""Checks filter patterns: the comparison operators that Lambda documents, and the poller has.

https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventfiltering.html#filtering-syntax
`kafka-poller/event-pattern.ts` compiles the same patterns.
"""

import json

_TEXT_OPERATORS = ("prefix", "suffix", "equals-ignore-case")
_OPERATORS = ("anything-but", "exists", "numeric", *_TEXT_OPERATORS)
_SIGNS = ("=", "<", "<=", ">", ">=")


def fault_of(pattern: str) -> str | None:
    """What is wrong with the pattern. None for a good one."""
    try:
        parsed = json.loads(pattern)
        if not isinstance(parsed, dict):
            return "a pattern must be a JSON object"
        _check(parsed, "")
    except ValueError as error:
        return str(error)
    return None


def _check(pattern, place: str) -> None:
    if isinstance(pattern, list):
        for alternative in pattern:
            _check_alternative(alternative, place)
    elif isinstance(pattern, dict):
        for name, inner in pattern.items():
            if name == "$or":
                if not isinstance(inner, list):
                    raise ValueError("$or needs a list")
                for alternative in inner:
                    _check(alternative, place)
            else:
                _check(inner, f"{place}.{name}" if place else name)
    else:
        raise ValueError(f"{place} must be a list or an object, not {json.dumps(pattern)}")


def _check_alternative(alternative, place: str) -> None:
    if not isinstance(alternative, dict):
        return
    if len(alternative) != 1:
        raise ValueError(f"a comparison of {place} must have exactly one operator")
    [(operator, operand)] = alternative.items()
    if operator not in _OPERATORS:
        known = ", ".join(_OPERATORS)
        raise ValueError(f"{place} has the unknown operator {operator}. The operators are {known}")
    if operator == "numeric" and not _is_numeric(operand):
        raise ValueError(f"numeric of {place} needs pairs of a comparison and a number")
    if operator in _TEXT_OPERATORS and not _is_text(operator, operand):
        raise ValueError(f"{operator} of {place} needs a string")
    if operator == "anything-but":
        for excluded in operand if isinstance(operand, list) else [operand]:
            _check_alternative(excluded, place)
    if operator == "exists" and not isinstance(operand, bool):
        raise ValueError(f"exists of {place} needs true or false")


def _is_numeric(operand) -> bool:
    if not isinstance(operand, list) or not operand or len(operand) % 2:
        return False
    signs, numbers = operand[::2], operand[1::2]
    return all(sign in _SIGNS for sign in signs) and all(
        isinstance(number, int | float) and not isinstance(number, bool) for number in numbers
    )


def _is_text(operator: str, operand) -> bool:
    if isinstance(operand, dict) and operator != "equals-ignore-case":
        operand = operand.get("equals-ignore-case")
    return isinstance(operand, str)
