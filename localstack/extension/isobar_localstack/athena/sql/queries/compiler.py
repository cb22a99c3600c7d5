"""Compiles queries: WITH, and the dispatch to the kinds of queries.

DuckDB's text has numbered columns, so that the engines' different rules about names do not matter. The
names are stored separately.
"""

from datetime import UTC, datetime
from itertools import count

from sqlglot import exp

from isobar_localstack.athena.errors import unsupported
from isobar_localstack.athena.sql.expressions.dispatch import Expressions
from isobar_localstack.athena.sql.expressions.scope import Column, Scope
from isobar_localstack.athena.sql.parser import parse
from isobar_localstack.athena.sql.queries.rows import set_operation, values
from isobar_localstack.athena.sql.queries.select import select
from isobar_localstack.athena.sql.queries.shapes import Compiled, Scan, renamed
from isobar_localstack.athena.sql.queries.tail import tail_clauses
from isobar_localstack.athena.sql.unread import refuse_unread


class Compiler:
    """Compiles queries. `look_up(database, table)` returns the Shape of a table, or None."""

    def __init__(self, look_up, database: str, now: datetime | None = None):
        self.look_up = look_up
        self.database = database
        self.scans: list[Scan] = []
        self.expressions = Expressions(now or datetime.now(UTC), self.query)
        self._names = count()
        self.with_tables: list[dict[str, tuple[str, list[Column]]]] = [{}]

    def compile(self, text_or_tree) -> Compiled:
        tree = parse(text_or_tree) if isinstance(text_or_tree, str) else text_or_tree
        compiled = self.query(tree, None)
        refuse_unread(tree)
        return compiled

    def query(self, node: exp.Expression, outer: Scope | None) -> Compiled:
        common = node.args.get("with_") or node.args.get("with")
        if common is None:
            return self._body(node, outer)
        if common.args.get("recursive"):
            raise unsupported("WITH RECURSIVE")
        self.with_tables.append(dict(self.with_tables[-1]))
        try:
            heads = []
            for each in common.expressions:
                inner = self.query(each.this, outer)
                names = [column.name for column in each.args["alias"].args.get("columns") or []]
                columns = renamed(inner.columns, names)
                alias = f"w{next(self._names)}"
                self.with_tables[-1][each.alias.lower()] = (alias, columns)
                heads.append(f"{alias} AS ({inner.sql})")
            body = self._body(node, outer)
            return Compiled(f"WITH {', '.join(heads)} {body.sql}", body.columns)
        finally:
            self.with_tables.pop()

    def _body(self, node: exp.Expression, outer: Scope | None) -> Compiled:
        match node:
            case exp.Subquery():
                return self._around(self.query(node.this, outer), node)
            case exp.SetOperation():
                return set_operation(self, node, outer)
            case exp.Values():
                return values(self, node, outer)
            case exp.Select():
                return select(self, node, outer)
            case exp.Table():  # TABLE x
                return select(self, exp.select("*").from_(node), outer)
        raise unsupported(f"{type(node).__name__.upper()} as a query")

    def _around(self, inner: Compiled, node: exp.Expression) -> Compiled:
        """(query) ORDER BY … LIMIT …"""
        tail = tail_clauses(self, node, inner.columns, None)
        return Compiled(f"SELECT * FROM ({inner.sql}){tail}", inner.columns) if tail else inner

    def fresh_name(self) -> str:
        return f"r{next(self._names)}"
