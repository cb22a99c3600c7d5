"""CASE, IF, coalesce, nullif and try."""

from sqlglot import exp

from isobar_localstack.athena.sql.comparisons import compare
from isobar_localstack.athena.sql.expressions.scope import ExpressionCompiler, Scope
from isobar_localstack.athena.sql.expressions.unify import unify_branches, unify_operands
from isobar_localstack.athena.sql.functions.registry import Typed
from isobar_localstack.athena.sql.types import UNKNOWN


def case(compiler: ExpressionCompiler, node: exp.Case, scope: Scope) -> Typed:
    tests, results = [], []
    for branch in node.args["ifs"]:
        # CASE x WHEN y: each comparison has its own type.
        test = exp.EQ(this=node.this, expression=branch.this) if node.this else branch.this
        tests.append(compiler.condition(test, scope))
        results.append(compiler.compile(branch.args["true"], scope))
    default = node.args.get("default")
    results.append(compiler.compile(default, scope) if default else Typed("NULL", UNKNOWN))
    [*written, otherwise], kind = unify_branches(results, node)
    whens = " ".join(f"WHEN {test} THEN {each}" for test, each in zip(tests, written, strict=True))
    return Typed(f"CASE {whens} ELSE {otherwise} END", kind)


def if_(compiler: ExpressionCompiler, node: exp.If, scope: Scope) -> Typed:
    test = compiler.condition(node.this, scope)
    otherwise = node.args.get("false")
    branches = [
        compiler.compile(node.args["true"], scope),
        compiler.compile(otherwise, scope) if otherwise else Typed("NULL", UNKNOWN),
    ]
    [yes, no], kind = unify_branches(branches, node)
    return Typed(f"CASE WHEN {test} THEN {yes} ELSE {no} END", kind)


def coalesce(given: list[Typed], node) -> Typed:
    written, kind = unify_branches(given, node)
    return Typed(f"coalesce({', '.join(written)})", kind)


def nullif(given: list[Typed], node) -> Typed:
    [left, right], kind = unify_operands(given, node, "=")
    return Typed(
        f"CASE WHEN {compare(left, '=', right, kind)} THEN NULL ELSE {given[0].sql} END", given[0].kind
    )


def try_(given: list[Typed], node) -> Typed:
    return Typed(f"try({given[0].sql})", given[0].kind)


WRITERS = {
    exp.Case: case,
    exp.If: if_,
}
