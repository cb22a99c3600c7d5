"""Subqueries as values, and comparisons with them."""

from sqlglot import exp

from isobar_localstack.athena.errors import QueryFailure, unsupported
from isobar_localstack.athena.sql.casts import coerce
from isobar_localstack.athena.sql.comparisons import in_query, quantified
from isobar_localstack.athena.sql.expressions.scope import ExpressionCompiler, Scope
from isobar_localstack.athena.sql.functions.registry import Typed
from isobar_localstack.athena.sql.parser import position
from isobar_localstack.athena.sql.types import BOOLEAN, Type, common_type


def one_column(compiler: ExpressionCompiler, query: exp.Expression, scope: Scope) -> tuple[str, Type]:
    compiled = compiler.compile_query(query, scope)
    if len(compiled.columns) != 1:
        raise QueryFailure(
            "SYNTAX_ERROR",
            f"Multiple columns returned by subquery are not supported: {len(compiled.columns)}",
        )
    return compiled.sql, compiled.columns[0].kind


def subquery(compiler: ExpressionCompiler, node: exp.Subquery, scope: Scope) -> Typed:
    sql, kind = one_column(compiler, node.unnest(), scope)
    return Typed(f"({sql})", kind)


def exists(compiler: ExpressionCompiler, node: exp.Exists, scope: Scope) -> Typed:
    return Typed(f"EXISTS ({compiler.compile_query(node.this, scope).sql})", BOOLEAN)


def quantified_comparison(
    compiler: ExpressionCompiler, node: exp.Binary, operator: str, scope: Scope
) -> Typed:
    subquery = node.expression.this.unnest()
    word = "ANY" if isinstance(node.expression, exp.Any) else "ALL"
    left = compiler.compile(node.this, scope)
    sql, kind = one_column(compiler, subquery, scope)
    common = common_type(left.kind, kind)
    if common is None or common != kind:
        raise unsupported(f"{word} of {kind} with {left.kind}")
    value = coerce(left.sql, left.kind, common)
    return Typed(quantified(value, operator, word, sql, common), BOOLEAN)


def membership_in_query(
    compiler: ExpressionCompiler, value: Typed, query: exp.Expression, node: exp.In, scope: Scope
) -> Typed:
    sql, kind = one_column(compiler, query.unnest(), scope)
    common = common_type(value.kind, kind)
    if common is None:
        raise QueryFailure(
            "TYPE_MISMATCH",
            f"{position(node)}value and result of subquery must be of the same type for IN "
            f"expression: {value.kind} vs {kind}",
        )
    inner = f"SELECT {coerce('_0', kind, common)} AS _0 FROM ({sql})"
    return Typed(in_query(coerce(value.sql, value.kind, common), inner, common), BOOLEAN)


WRITERS = {
    exp.Subquery: subquery,
    exp.Exists: exists,
}
