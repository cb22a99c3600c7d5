"""Compiles expressions: each becomes DuckDB's text and its Trino type, from the leaves upwards."""

from datetime import datetime

from sqlglot import exp

from isobar_localstack.athena.errors import QueryFailure, unsupported
from isobar_localstack.athena.sql.casts import coerce
from isobar_localstack.athena.sql.expressions import (
    calls,
    conditionals,
    literals,
    names,
    operators,
    subqueries,
    windows,
)
from isobar_localstack.athena.sql.expressions.scope import Scope
from isobar_localstack.athena.sql.functions.registry import Typed
from isobar_localstack.athena.sql.parser import position, text_of
from isobar_localstack.athena.sql.types import BOOLEAN, UNKNOWN

# By the type of the node: (compiler, node, scope) -> Typed.
_WRITERS = {
    **names.WRITERS,
    **literals.WRITERS,
    **operators.WRITERS,
    **conditionals.WRITERS,
    **calls.WRITERS,
    **subqueries.WRITERS,
    **windows.WRITERS,
}


class Expressions:
    """Compiles expressions. `compile_query` compiles a subquery, since expressions and queries are nested."""

    def __init__(self, now: datetime, compile_query):
        self.now = now
        self.compile_query = compile_query

    def compile(self, node: exp.Expression, scope: Scope) -> Typed:
        if write := _WRITERS.get(type(node)):
            return write(self, node, scope)
        raise unsupported(f"{type(node).__name__.upper()} ({text_of(node)[:100]})")

    def condition(self, node: exp.Expression, scope: Scope) -> str:
        typed = self.compile(node, scope)
        if typed.kind not in (BOOLEAN, UNKNOWN):
            raise QueryFailure(
                "TYPE_MISMATCH",
                f"{position(node)}WHERE clause must evaluate to a boolean: actual type {typed.kind}",
            )
        return coerce(typed.sql, typed.kind, BOOLEAN)
