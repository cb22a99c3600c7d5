"""The common type of several expressions, and the expressions converted to it."""

from sqlglot import exp

from isobar_localstack.athena.errors import QueryFailure
from isobar_localstack.athena.sql.casts import coerce
from isobar_localstack.athena.sql.functions.registry import Typed
from isobar_localstack.athena.sql.parser import position
from isobar_localstack.athena.sql.types import UNKNOWN, Type, common_type


def unify_operands(given: list[Typed], node: exp.Expression, operator: str) -> tuple[list[str], Type]:
    kind = given[0].kind
    for other in given[1:]:
        common = common_type(kind, other.kind)
        if common is None:
            raise QueryFailure(
                "TYPE_MISMATCH",
                f"{position(node)}Cannot apply operator: {kind} {operator} {other.kind}",
            )
        kind = common
    return [coerce(each.sql, each.kind, kind) for each in given], kind


def unify_branches(branches: list[Typed], node: exp.Expression) -> tuple[list[str], Type]:
    kind = UNKNOWN
    for each in branches:
        common = common_type(kind, each.kind)
        if common is None:
            raise QueryFailure(
                "TYPE_MISMATCH",
                f"{position(node)}All results must be the same type or coercible to a common type. "
                f"Cannot find common type between {kind} and {each.kind}",
            )
        kind = common
    return [coerce(each.sql, each.kind, kind) for each in branches], kind
