"""Operators."""

from sqlglot import exp

from isobar_localstack.athena.errors import QueryFailure, unsupported
from isobar_localstack.athena.sql.arithmetic import numbers, times
from isobar_localstack.athena.sql.casts import coerce
from isobar_localstack.athena.sql.comparisons import between, compare, one_of, refuse_incomparable
from isobar_localstack.athena.sql.expressions.scope import ExpressionCompiler, Scope
from isobar_localstack.athena.sql.expressions.subqueries import membership_in_query, quantified_comparison
from isobar_localstack.athena.sql.expressions.unify import unify_operands
from isobar_localstack.athena.sql.functions.registry import Typed
from isobar_localstack.athena.sql.parser import position, text_of
from isobar_localstack.athena.sql.types import (
    BOOLEAN,
    INTEGERS,
    UNKNOWN,
    VARBINARY,
    VARCHAR,
    array,
    common_type,
    is_number,
    is_text,
    quoted,
    struct_names,
)

_COMPARISONS = {exp.EQ: "=", exp.NEQ: "<>", exp.LT: "<", exp.LTE: "<=", exp.GT: ">", exp.GTE: ">="}
_ARITHMETIC = {exp.Add: "+", exp.Sub: "-", exp.Mul: "*", exp.Div: "/", exp.Mod: "%"}


def parenthesis(compiler: ExpressionCompiler, node: exp.Paren, scope: Scope) -> Typed:
    inner = compiler.compile(node.this, scope)
    return Typed(f"({inner.sql})", inner.kind, inner.literal)


def logic(compiler: ExpressionCompiler, node: exp.Connector, scope: Scope) -> Typed:
    word = "AND" if isinstance(node, exp.And) else "OR"
    sides = [compiler.condition(each, scope) for each in node.flatten()]
    return Typed("(" + f" {word} ".join(sides) + ")", BOOLEAN)


def negation(compiler: ExpressionCompiler, node: exp.Not, scope: Scope) -> Typed:
    return Typed(f"(NOT {compiler.condition(node.this, scope)})", BOOLEAN)


def comparison(compiler: ExpressionCompiler, node: exp.Binary, scope: Scope) -> Typed:
    operator = _COMPARISONS[type(node)]
    if isinstance(node.expression, (exp.Any, exp.All)):
        return quantified_comparison(compiler, node, operator, scope)
    given = [compiler.compile(node.this, scope), compiler.compile(node.expression, scope)]
    [left, right], kind = unify_operands(given, node, operator)
    return Typed(compare(left, operator, right, kind), BOOLEAN)


def distinct_from(compiler: ExpressionCompiler, node: exp.Binary, scope: Scope) -> Typed:
    word = "IS NOT DISTINCT FROM" if isinstance(node, exp.NullSafeEQ) else "IS DISTINCT FROM"
    given = [compiler.compile(node.this, scope), compiler.compile(node.expression, scope)]
    [left, right], kind = unify_operands(given, node, word)
    refuse_incomparable(kind, word)
    return Typed(f"({left} {word} {right})", BOOLEAN)


def between_operator(compiler: ExpressionCompiler, node: exp.Between, scope: Scope) -> Typed:
    given = [compiler.compile(each, scope) for each in (node.this, node.args["low"], node.args["high"])]
    [value, low, high], kind = unify_operands(given, node, "BETWEEN")
    return Typed(between(value, low, high, kind), BOOLEAN)


def membership(compiler: ExpressionCompiler, node: exp.In, scope: Scope) -> Typed:
    value = compiler.compile(node.this, scope)
    if query := node.args.get("query"):
        return membership_in_query(compiler, value, query, node, scope)
    given = [value, *[compiler.compile(each, scope) for each in node.expressions]]
    [first, *others], kind = unify_operands(given, node, "IN")
    return Typed(one_of(first, others, kind), BOOLEAN)


def like(compiler: ExpressionCompiler, node: exp.Like, scope: Scope, escape: str = "") -> Typed:
    value, pattern = compiler.compile(node.this, scope), compiler.compile(node.expression, scope)
    for each in (value, pattern):
        if not is_text(each.kind) and each.kind != UNKNOWN:
            raise QueryFailure(
                "TYPE_MISMATCH",
                f"{position(node)}Left side of LIKE expression must evaluate to a varchar "
                f"(actual: {each.kind})",
            )
    return Typed(f"({value.sql} LIKE {pattern.sql}{escape})", BOOLEAN)


def escape(compiler: ExpressionCompiler, node: exp.Escape, scope: Scope) -> Typed:
    return like(compiler, node.this, scope, f" ESCAPE {compiler.compile(node.expression, scope).sql}")


def null_test(compiler: ExpressionCompiler, node: exp.Is, scope: Scope) -> Typed:
    if not isinstance(node.expression, exp.Null):
        raise unsupported(text_of(node))
    return Typed(f"({compiler.compile(node.this, scope).sql} IS NULL)", BOOLEAN)


def arithmetic(compiler: ExpressionCompiler, node: exp.Binary, scope: Scope) -> Typed:
    operator = _ARITHMETIC[type(node)]
    left, right = compiler.compile(node.this, scope), compiler.compile(node.expression, scope)
    if left.kind == UNKNOWN and is_number(right.kind):
        left = Typed(coerce(left.sql, left.kind, right.kind), right.kind)
    if right.kind == UNKNOWN and is_number(left.kind):
        right = Typed(coerce(right.sql, right.kind, left.kind), left.kind)
    if is_number(left.kind) and is_number(right.kind):
        return numbers(left, operator, right)
    typed = times(left, operator, right)
    if typed is None:
        raise QueryFailure(
            "TYPE_MISMATCH",
            f"{position(node)}Cannot apply operator: {left.kind} {operator} {right.kind}",
        )
    return typed


def concatenation(compiler: ExpressionCompiler, node: exp.DPipe, scope: Scope) -> Typed:
    left, right = compiler.compile(node.this, scope), compiler.compile(node.expression, scope)
    kinds = {left.kind.name, right.kind.name} - {"unknown"}
    if kinds <= {"varchar"}:
        return Typed(f"({left.sql} || {right.sql})", VARCHAR)
    if kinds == {"varbinary"}:
        return Typed(f"({left.sql} || {right.sql})", VARBINARY)
    if left.kind.name == "array" and right.kind.name == "array":
        [one, other], kind = unify_operands([left, right], node, "||")
        # A NULL on either side gives NULL. DuckDB treats it as an empty list.
        return Typed(f"CASE WHEN {one} IS NULL OR {other} IS NULL THEN NULL ELSE {one} || {other} END", kind)
    if left.kind.name == "array" and (common := common_type(left.kind.fields[0], right.kind)):
        head = coerce(left.sql, left.kind, array(common))
        return Typed(f"list_append({head}, {coerce(right.sql, right.kind, common)})", array(common))
    raise QueryFailure(
        "TYPE_MISMATCH",
        f"{position(node)}Unexpected parameters ({left.kind}, {right.kind}) for function "
        "concat. Expected: concat(char(x), char(y)), concat(array(E), E) E, concat(varchar), "
        "concat(varbinary)",
    )


def subscript(compiler: ExpressionCompiler, node: exp.Bracket, scope: Scope) -> Typed:
    owner = compiler.compile(node.this, scope)
    [index] = [compiler.compile(each, scope) for each in node.expressions]
    match owner.kind.name:
        case "array" if index.kind.name in INTEGERS:
            return Typed(f"trino_subscript({owner.sql}, {index.sql})", owner.kind.fields[0])
        case "map" if common_type(index.kind, owner.kind.fields[0]):
            key = coerce(index.sql, index.kind, owner.kind.fields[0])
            return Typed(f"trino_map_subscript({owner.sql}, {key})", owner.kind.fields[1])
        case "row" if isinstance(index.literal, int) and 0 < index.literal <= len(owner.kind.fields):
            name = struct_names(owner.kind)[index.literal - 1]
            return Typed(f"({owner.sql}).{quoted(name)}", owner.kind.fields[index.literal - 1])
    raise QueryFailure(
        "TYPE_MISMATCH",
        f"{position(node)}Cannot apply operator: {owner.kind}[{index.kind}]",
    )


WRITERS = {
    exp.Paren: parenthesis,
    exp.And: logic,
    exp.Or: logic,
    exp.Not: negation,
    **dict.fromkeys(_COMPARISONS, comparison),
    **dict.fromkeys(_ARITHMETIC, arithmetic),
    exp.NullSafeEQ: distinct_from,
    exp.NullSafeNEQ: distinct_from,
    exp.Between: between_operator,
    exp.In: membership,
    exp.Like: like,
    exp.Escape: escape,
    exp.Is: null_test,
    exp.DPipe: concatenation,
    exp.Bracket: subscript,
}
