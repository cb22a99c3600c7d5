"""SELECT: items, grouping and conditions."""

from sqlglot import exp

from isobar_localstack.athena.errors import QueryFailure, unsupported
from isobar_localstack.athena.sql.comparisons import refuse_incomparable
from isobar_localstack.athena.sql.expressions.scope import Column, Scope
from isobar_localstack.athena.sql.functions.registry import Typed
from isobar_localstack.athena.sql.parser import text_of
from isobar_localstack.athena.sql.queries.pruning import note_conditions
from isobar_localstack.athena.sql.queries.relations import from_clause
from isobar_localstack.athena.sql.queries.shapes import Compiled, QueryCompiler
from isobar_localstack.athena.sql.queries.tail import ordinal, tail_clauses
from isobar_localstack.athena.sql.types import UNKNOWN


def select(compiler: QueryCompiler, node: exp.Select, outer: Scope | None) -> Compiled:
    expressions = compiler.expressions
    scope = Scope(parent=outer)
    for window in node.args.get("windows") or []:
        scope.windows[window.name.lower()] = window
    source = node.args.get("from_") or node.args.get("from")
    origin = ""
    if source:
        # sqlglot takes the sample of a subquery or of VALUES for one of the query.
        sample = node.args.get("sample")
        origin = from_clause(compiler, source.this, node.args.get("joins") or [], scope, sample)
    where = ""
    if condition := node.args.get("where"):
        where = f" WHERE {expressions.condition(condition.this, scope)}"
        note_conditions(compiler, condition.this, scope, scope.relations)

    items: list[tuple[str | None, Typed]] = []
    for each in node.expressions:
        if star := _star(each):
            items += _columns_of_star(star, scope)
            continue
        name = each.alias if isinstance(each, exp.Alias) else _own_name(each)
        inner = each.this if isinstance(each, exp.Alias) else each
        items.append((name, expressions.compile(inner, scope)))

    group = _group(compiler, node.args.get("group"), items, scope)
    having = ""
    if condition := node.args.get("having"):
        having = f" HAVING {expressions.condition(condition.this, scope)}"
    distinct = "DISTINCT " if node.args.get("distinct") else ""
    if distinct and node.args["distinct"].args.get("on"):
        raise unsupported("DISTINCT ON")
    if distinct:
        for _name, typed in items:
            refuse_incomparable(typed.kind, "DISTINCT")
    listed = ", ".join(f"{_typed_null(typed)} AS _{index}" for index, (_name, typed) in enumerate(items))
    sql = f"SELECT {distinct}{listed}{origin}{where}{group}{having}"
    columns = [Column(name, typed.kind, f"_{index}") for index, (name, typed) in enumerate(items)]
    return Compiled(sql + tail_clauses(compiler, node, columns, scope), columns)


def _columns_of_star(node: exp.Expression, scope: Scope) -> list[tuple[str | None, Typed]]:
    wanted = node.table.lower() if isinstance(node, exp.Column) else None
    star = node.this if isinstance(node, exp.Column) else node
    if any(star.args.get(each) for each in ("except_", "except", "replace", "rename")):
        raise unsupported(text_of(node))
    chosen = [each for each in scope.relations if wanted is None or each.name == wanted]
    if not chosen:
        raise QueryFailure(
            "SYNTAX_ERROR",
            f"Table '{wanted}' not found"
            if wanted
            else "SELECT * not allowed in queries without FROM clause",
        )
    found = []
    for relation in chosen:
        for column in relation.columns:
            if relation.used is not None and column.name is not None:
                relation.used.add(column.name)
            found.append((column.name, Typed(column.sql, column.kind)))
    return found


def _group(
    compiler: QueryCompiler, node: exp.Group | None, items: list[tuple[str | None, Typed]], scope: Scope
) -> str:
    if node is None:
        return ""

    def key(each: exp.Expression) -> str:
        if isinstance(each, exp.Literal) and not each.is_string:
            typed = ordinal(each, items)[1]
        else:
            typed = compiler.expressions.compile(each, scope)
        refuse_incomparable(typed.kind, "GROUP BY")
        return typed.sql

    def keys(each: exp.Expression) -> str:
        inner = (
            each.expressions
            if isinstance(each, exp.Tuple)
            else [each.this if isinstance(each, exp.Paren) else each]
        )
        return "(" + ", ".join(key(one) for one in inner) + ")"

    words = {exp.Rollup: "ROLLUP", exp.Cube: "CUBE", exp.GroupingSets: "GROUPING SETS"}

    def part(each: exp.Expression) -> str:
        if word := words.get(type(each)):
            inner = (part(one) if type(one) in words else keys(one) for one in each.expressions)
            return f"{word} ({', '.join(inner)})"
        return key(each)

    parts = [part(each) for each in node.expressions]
    for name in ("rollup", "cube", "grouping_sets"):
        parts += [part(each) for each in node.args.get(name) or []]
    if node.args.get("all") or not parts:
        raise unsupported("GROUP BY without columns")
    return f" GROUP BY {', '.join(parts)}"


def _star(node: exp.Expression) -> exp.Expression | None:
    if isinstance(node, exp.Star):
        return node
    return node if isinstance(node, exp.Column) and isinstance(node.this, exp.Star) else None


def _own_name(node: exp.Expression) -> str | None:
    if isinstance(node, exp.Column):
        return node.name
    return node.expression.name if isinstance(node, exp.Dot) else None


def _typed_null(typed: Typed) -> str:
    return "CAST(NULL AS INTEGER)" if typed.kind == UNKNOWN else typed.sql
