"""Calls of aggregate and window functions."""

from sqlglot import exp

from isobar_localstack.athena.errors import QueryFailure, unsupported
from isobar_localstack.athena.sql.comparisons import refuse_incomparable
from isobar_localstack.athena.sql.expressions.ordering import ordered
from isobar_localstack.athena.sql.expressions.scope import ExpressionCompiler, Scope
from isobar_localstack.athena.sql.functions.aggregates import AGGREGATES, COMPARED, NULLS, OVER, WINDOWS
from isobar_localstack.athena.sql.functions.registry import Typed, apply, unknown_function
from isobar_localstack.athena.sql.parser import position, text_of
from isobar_localstack.athena.sql.types import VARCHAR, is_text


def aggregate(
    compiler: ExpressionCompiler,
    node: exp.Anonymous,
    scope: Scope,
    over: str = "",
    nulls: str = "",
    filtered: str = "",
) -> Typed:
    name = node.name.lower()
    table = WINDOWS if name in WINDOWS else AGGREGATES
    if name in WINDOWS and not over:
        raise QueryFailure("MISSING_OVER", f"{position(node)}Window function {name} requires an OVER clause")
    arguments, distinct, order = list(node.expressions), "", ""
    if arguments and isinstance(arguments[-1], exp.Order):
        order = " ORDER BY " + ", ".join(ordered(compiler, each, scope) for each in arguments[-1].expressions)
        last = arguments.pop().this
        arguments += [last] if last else []
    if arguments and isinstance(arguments[0], exp.Distinct):
        distinct = "DISTINCT "
        arguments = [*arguments[0].expressions, *arguments[1:]]
    if name == "count" and len(arguments) == 1 and isinstance(arguments[0], exp.Star):
        arguments = []
    given = [compiler.compile(each, scope) for each in arguments]
    typed = apply(table, name, given, node)
    sql = typed.sql
    for each in given if distinct else given[COMPARED.get(name, len(given)) :][:1]:
        refuse_incomparable(each.kind, f"{distinct}{name}")
    if distinct or order:
        if sql.count(OVER) != 1:
            raise unsupported(f"DISTINCT or ORDER BY in {name} of {given[0].kind}")
        head, tail = sql.split(f"){OVER}")
        start = _call_start(head)
        if "DISTINCT" in head[start : start + 9]:
            distinct = ""
        sql = f"{head[:start]}{distinct}{head[start:]}{order}){OVER}{tail}"
    return Typed(sql.replace(OVER, filtered + over).replace(NULLS, nulls), typed.kind)


def filter_clause(compiler: ExpressionCompiler, node: exp.Filter, scope: Scope) -> Typed:
    return window(compiler, node, scope, over="")


def window(
    compiler: ExpressionCompiler, node: exp.Expression, scope: Scope, over: str | None = None
) -> Typed:
    """f(…) [FILTER (…)] [IGNORE NULLS] [OVER (…)]: unwraps the nodes from the outside."""
    over = _over(compiler, node, scope) if over is None else over
    inner, nulls, filtered = node.this if isinstance(node, exp.Window) else node, "", ""
    while not isinstance(inner, exp.Anonymous):
        match inner:
            case exp.Filter():
                filtered = f" FILTER (WHERE {compiler.condition(inner.expression.this, scope)})"
            case exp.IgnoreNulls():
                nulls = " IGNORE NULLS"
            case exp.RespectNulls():
                nulls = ""
            case _:
                raise unsupported(text_of(inner)[:100])
        inner = inner.this
    if inner.name.lower() not in WINDOWS and inner.name.lower() not in AGGREGATES:
        raise unknown_function(inner.name)
    return aggregate(compiler, inner, scope, over, nulls, filtered)


def _over(compiler: ExpressionCompiler, node: exp.Window, scope: Scope) -> str:
    parts = []
    named = node.args.get("alias")
    if named is not None:
        if named.name.lower() not in scope.windows:
            raise QueryFailure("INVALID_WINDOW_REFERENCE", f"Cannot resolve WINDOW name {named.name}")
        return _over(compiler, scope.windows[named.name.lower()], scope)
    if partitions := node.args.get("partition_by"):
        keys = [compiler.compile(each, scope) for each in partitions]
        for each in keys:
            refuse_incomparable(each.kind, "PARTITION BY")
        parts.append("PARTITION BY " + ", ".join(each.sql for each in keys))
    if order := node.args.get("order"):
        parts.append("ORDER BY " + ", ".join(ordered(compiler, each, scope) for each in order.expressions))
    if spec := node.args.get("spec"):
        parts.append(_frame(compiler, spec, scope))
    return f" OVER ({' '.join(parts)})"


def _frame(compiler: ExpressionCompiler, spec: exp.WindowSpec, scope: Scope) -> str:
    def bound(side: str) -> str:
        value, direction = spec.args.get(side), spec.args.get(f"{side}_side")
        text = compiler.compile(value, scope).sql if isinstance(value, exp.Expression) else str(value)
        return (
            f"{text} {direction or ''}".strip().upper()
            if text in ("UNBOUNDED", "CURRENT ROW")
            else f"{text} {direction}"
        )

    if spec.args.get("exclude"):
        raise unsupported("EXCLUDE in a window")
    if spec.args.get("end") is None:
        return f"{spec.args['kind']} {bound('start')}"
    return f"{spec.args['kind']} BETWEEN {bound('start')} AND {bound('end')}"


def listagg(compiler: ExpressionCompiler, node: exp.GroupConcat, scope: Scope) -> Typed:
    inner, order = node.this, ""
    if isinstance(inner, exp.Order):
        order = " ORDER BY " + ", ".join(ordered(compiler, each, scope) for each in inner.expressions)
        inner = inner.this
    distinct = ""
    if isinstance(inner, exp.Distinct):
        distinct, inner = "DISTINCT ", inner.expressions[0]
    value = compiler.compile(inner, scope)
    if not is_text(value.kind):
        raise unknown_function("listagg")
    separator = compiler.compile(node.args["separator"], scope).sql if node.args.get("separator") else "''"
    return Typed(f"string_agg({distinct}{value.sql}, {separator}{order})", VARCHAR)


def _call_start(head: str) -> int:
    """The start of the arguments of the last unclosed call in `head`."""
    depth = 0
    for index in range(len(head) - 1, -1, -1):
        if head[index] == ")":
            depth += 1
        elif head[index] == "(":
            if depth == 0:
                return index + 1
            depth -= 1
    raise AssertionError(head)


WRITERS = {
    exp.Filter: filter_clause,
    exp.Window: window,
    exp.IgnoreNulls: window,
    exp.GroupConcat: listagg,
}
