"""ORDER BY, OFFSET and LIMIT."""

from sqlglot import exp

from isobar_localstack.athena.errors import QueryFailure, unsupported
from isobar_localstack.athena.sql.expressions.ordering import ordered, ordered_by
from isobar_localstack.athena.sql.expressions.scope import Column, Relation, Scope
from isobar_localstack.athena.sql.parser import text_of
from isobar_localstack.athena.sql.queries.shapes import QueryCompiler


def tail_clauses(
    compiler: QueryCompiler, node: exp.Expression, columns: list[Column], scope: Scope | None
) -> str:
    """ORDER BY, OFFSET, LIMIT"""
    tail = ""
    if order := node.args.get("order"):
        tail += " ORDER BY " + ", ".join(
            _order_key(compiler, each, columns, scope) for each in order.expressions
        )
    if (limit := node.args.get("limit")) is not None:
        if isinstance(limit, exp.Fetch):
            options = limit.args.get("limit_options")
            if options and (options.args.get("with_ties") or options.args.get("percent")):
                raise unsupported(f"FETCH … {text_of(options).strip()}")
            if options:
                options.args.get("rows")  # ROW, ROWS or nothing: all the same
            tail += f" LIMIT {_whole(limit.args.get('count'))}"
        elif limit.expression.name.lower() != "all":
            tail += f" LIMIT {_whole(limit.expression)}"
    if offset := node.args.get("offset"):
        tail += f" OFFSET {_whole(offset.expression)}"
    return tail


def _order_key(compiler: QueryCompiler, node: exp.Ordered, columns: list[Column], scope: Scope | None) -> str:
    inner = node.this
    if isinstance(inner, exp.Literal) and not inner.is_string:
        column = ordinal(inner, [(column.name, column) for column in columns])[1]
        return ordered_by(column, node)
    if isinstance(inner, exp.Column) and not inner.table:
        named = [column for column in columns if (column.name or "").lower() == inner.name.lower()]
        # As in Trino, an output column is preferred to an input column.
        if len(named) == 1 or named and scope is None:
            return ordered_by(named[0], node)
    if scope is None:
        outputs = Scope([Relation(None, columns)])
        return ordered_by(compiler.expressions.compile(inner, outputs), node)
    return ordered(compiler.expressions, node, scope)


def ordinal(node: exp.Literal, items: list) -> tuple:
    index = int(node.name) if node.name.isdigit() else 0
    if not 0 < index <= len(items):
        raise QueryFailure("INVALID_COLUMN_REFERENCE", f"Position {node.name} is not in select list")
    return items[index - 1]


def _whole(node: exp.Expression) -> int:
    if not isinstance(node, exp.Literal) or not node.name.isdigit():
        raise unsupported(f"A LIMIT that is not a number ({text_of(node)})")
    return int(node.name)
