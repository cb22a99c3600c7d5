"""The keys of ORDER BY."""

from sqlglot import exp

from isobar_localstack.athena.sql.comparisons import refuse_incomparable
from isobar_localstack.athena.sql.expressions.scope import Column, ExpressionCompiler, Scope
from isobar_localstack.athena.sql.functions.registry import Typed


def ordered(compiler: ExpressionCompiler, node: exp.Ordered, scope: Scope) -> str:
    return ordered_by(compiler.compile(node.this, scope), node)


def ordered_by(key: Typed | Column, node: exp.Ordered) -> str:
    refuse_incomparable(key.kind, "ORDER BY")
    direction = "DESC" if node.args.get("desc") else "ASC"
    return f"{key.sql} {direction} NULLS {'FIRST' if node.args.get('nulls_first') else 'LAST'}"
