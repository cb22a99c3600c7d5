"""Queries: SELECT, joins, grouping, set operations, WITH, VALUES, UNNEST.

DuckDB's text has numbered columns, so that the engines' different rules about names do not matter. The names
are stored separately.
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count

from sqlglot import exp

from isobar_localstack.athena.errors import QueryFailure, unsupported
from isobar_localstack.athena.sql.casts import coerce
from isobar_localstack.athena.sql.comparisons import compare, refuse_incomparable
from isobar_localstack.athena.sql.expressions.compiler import Column, Expressions, Relation, Scope
from isobar_localstack.athena.sql.functions.registry import Typed
from isobar_localstack.athena.sql.parser import parse, position, text_of
from isobar_localstack.athena.sql.types import (
    BIGINT,
    UNKNOWN,
    Type,
    common_type,
    quoted,
    struct_names,
    to_duckdb,
)


@dataclass
class Compiled:
    """DuckDB's text of a query with the columns `_0`, `_1`, …, and their names and types in Trino."""

    sql: str
    columns: list[Column]


@dataclass(frozen=True)
class Condition:
    """A condition of the query on the partition columns of one table."""

    sql: str
    # The condition applies to the result of an outer join. It may accept NULL rows that replace pruned rows.
    after_outer_join: bool


@dataclass
class Scan:
    """One use of a catalog table. It needs a view named `view` before the query runs."""

    view: str
    database: str
    table: str
    # The names of the columns in use, collected while the query is compiled.
    used: set[str]
    # Conditions on the relation `alias`.
    conditions: list[Condition] = field(default_factory=list)
    # The possible values of a partition column, for injected projection.
    fixed: dict[str, set[str]] = field(default_factory=dict)
    alias: str = ""


@dataclass(frozen=True)
class Shape:
    """A table in the catalog: its columns, partition columns last, or the text of a view."""

    database: str
    name: str
    columns: list[tuple[str, Type]]
    partition_columns: frozenset[str] = frozenset()
    view_text: str | None = None


class Compiler:
    """Compiles queries. `look_up(database, table)` returns the Shape of a table, or None."""

    def __init__(self, look_up, database: str, now: datetime | None = None):
        self.look_up = look_up
        self.database = database
        self.scans: list[Scan] = []
        self.expressions = Expressions(now or datetime.now(UTC), self.query)
        self._names = count()
        self._with: list[dict[str, tuple[str, list[Column]]]] = [{}]

    def compile(self, text_or_tree) -> Compiled:
        tree = parse(text_or_tree) if isinstance(text_or_tree, str) else text_or_tree
        return self.query(tree, None)

    def _fresh(self) -> str:
        return f"r{next(self._names)}"

    def query(self, node: exp.Expression, outer: Scope | None) -> Compiled:
        common = node.args.get("with_") or node.args.get("with")
        if common is None:
            return self._body(node, outer)
        if common.args.get("recursive"):
            raise unsupported("WITH RECURSIVE")
        self._with.append(dict(self._with[-1]))
        try:
            heads = []
            for each in common.expressions:
                inner = self.query(each.this, outer)
                names = [column.name for column in each.args["alias"].args.get("columns") or []]
                columns = _renamed(inner.columns, names)
                alias = f"w{next(self._names)}"
                self._with[-1][each.alias.lower()] = (alias, columns)
                heads.append(f"{alias} AS ({inner.sql})")
            body = self._body(node, outer)
            return Compiled(f"WITH {', '.join(heads)} {body.sql}", body.columns)
        finally:
            self._with.pop()

    def _body(self, node: exp.Expression, outer: Scope | None) -> Compiled:
        match node:
            case exp.Subquery():
                return self._around(self.query(node.this, outer), node, outer)
            case exp.SetOperation():
                return self._set_operation(node, outer)
            case exp.Values():
                return self._values(node, outer)
            case exp.Select():
                return self._select(node, outer)
            case exp.Table():  # TABLE x
                return self._select(exp.select("*").from_(node), outer)
        raise unsupported(f"{type(node).__name__.upper()} as a query")

    # SELECT

    def _select(self, node: exp.Select, outer: Scope | None) -> Compiled:
        for part, what in (
            ("connect", "CONNECT BY"),
            ("qualify", "QUALIFY"),
            ("match", "MATCH_RECOGNIZE"),
            ("pivots", "PIVOT"),
        ):
            if node.args.get(part):
                raise unsupported(what)
        compiler = self.expressions
        scope = Scope(parent=outer)
        for window in node.args.get("windows") or []:
            scope.windows[window.name.lower()] = window
        source = node.args.get("from_") or node.args.get("from")
        origin = self._from(source.this, node.args.get("joins") or [], scope) if source else ""
        where = ""
        if condition := node.args.get("where"):
            where = f" WHERE {compiler.condition(condition.this, scope)}"
            self._note_conditions(condition.this, scope, scope.relations)

        items: list[tuple[str | None, Typed]] = []
        nodes: list[exp.Expression | None] = []
        for each in node.expressions:
            if star := _star(each):
                for name, typed in self._star(star, scope):
                    items.append((name, typed))
                    nodes.append(None)
                continue
            name = each.alias if isinstance(each, exp.Alias) else _own_name(each)
            inner = each.this if isinstance(each, exp.Alias) else each
            items.append((name, compiler.compile(inner, scope)))
            nodes.append(inner)

        group = self._group(node.args.get("group"), items, scope)
        having = ""
        if condition := node.args.get("having"):
            having = f" HAVING {compiler.condition(condition.this, scope)}"
        distinct = "DISTINCT " if node.args.get("distinct") else ""
        if distinct and node.args["distinct"].args.get("on"):
            raise unsupported("DISTINCT ON")
        if distinct:
            for _name, typed in items:
                refuse_incomparable(typed.kind, "DISTINCT")
        listed = ", ".join(f"{_typed_null(typed)} AS _{index}" for index, (_name, typed) in enumerate(items))
        sql = f"SELECT {distinct}{listed}{origin}{where}{group}{having}"
        columns = [Column(name, typed.kind, f"_{index}") for index, (name, typed) in enumerate(items)]
        return Compiled(sql + self._tail(node, columns, scope), columns)

    def _star(self, node: exp.Expression, scope: Scope) -> list[tuple[str | None, Typed]]:
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

    def _group(self, node: exp.Group | None, items: list[tuple[str | None, Typed]], scope: Scope) -> str:
        if node is None:
            return ""

        def key(each: exp.Expression) -> str:
            if isinstance(each, exp.Literal) and not each.is_string:
                typed = _ordinal(each, items)[1]
            else:
                typed = self.expressions.compile(each, scope)
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

    def _tail(self, node: exp.Expression, columns: list[Column], scope: Scope | None) -> str:
        """ORDER BY, OFFSET, LIMIT"""
        tail = ""
        if order := node.args.get("order"):
            tail += " ORDER BY " + ", ".join(
                self._order_key(each, columns, scope) for each in order.expressions
            )
        if (limit := node.args.get("limit")) is not None:
            if isinstance(limit, exp.Fetch):
                if limit.args.get("with_ties") or limit.args.get("percent"):
                    raise unsupported("FETCH … WITH TIES")
                tail += f" LIMIT {_whole(limit.args.get('count'))}"
            elif limit.expression.name.lower() != "all":
                tail += f" LIMIT {_whole(limit.expression)}"
        if offset := node.args.get("offset"):
            tail += f" OFFSET {_whole(offset.expression)}"
        return tail

    def _order_key(self, node: exp.Ordered, columns: list[Column], scope: Scope | None) -> str:
        inner = node.this
        if isinstance(inner, exp.Literal) and not inner.is_string:
            column = _ordinal(inner, [(column.name, column) for column in columns])[1]
            return self.expressions.ordered_by(column, node)
        if isinstance(inner, exp.Column) and not inner.table:
            named = [column for column in columns if (column.name or "").lower() == inner.name.lower()]
            # As in Trino, an output column is preferred to an input column.
            if len(named) == 1 or named and scope is None:
                return self.expressions.ordered_by(named[0], node)
        if scope is None:
            outputs = Scope([Relation(None, columns)])
            return self.expressions.ordered_by(self.expressions.compile(inner, outputs), node)
        return self.expressions.ordered(node, scope)

    def _around(self, inner: Compiled, node: exp.Expression, outer: Scope | None) -> Compiled:
        """(query) ORDER BY … LIMIT …"""
        tail = self._tail(node, inner.columns, None)
        return Compiled(f"SELECT * FROM ({inner.sql}){tail}", inner.columns) if tail else inner

    # Set operations, VALUES

    def _set_operation(self, node: exp.SetOperation, outer: Scope | None) -> Compiled:
        left, right = self.query(node.left, outer), self.query(node.right, outer)
        if len(left.columns) != len(right.columns):
            raise QueryFailure(
                "TYPE_MISMATCH",
                f"{node.key.upper()} query has different number of fields: "
                f"{len(left.columns)}, {len(right.columns)}",
            )
        kinds = []
        for index, (one, other) in enumerate(zip(left.columns, right.columns, strict=True)):
            common = common_type(one.kind, other.kind)
            if common is None:
                raise QueryFailure(
                    "TYPE_MISMATCH",
                    f"column {index + 1} in {node.key.upper()} query has incompatible types: "
                    f"{one.kind}, {other.kind}",
                )
            kinds.append(common)
        word = {exp.Union: "UNION", exp.Intersect: "INTERSECT", exp.Except: "EXCEPT"}[type(node)]
        every = "" if node.args.get("distinct", True) else " ALL"
        if (word, every) != ("UNION", " ALL"):
            for kind in kinds:
                refuse_incomparable(kind, word)
        columns = [
            Column(column.name, kind, f"_{index}")
            for index, (column, kind) in enumerate(zip(left.columns, kinds, strict=True))
        ]
        sides = [_retyped(side, kinds) for side in (left, right)]
        inner = f"{sides[0]} {word}{every} {sides[1]}"
        tail = self._tail(node, columns, None)
        return Compiled(f"SELECT * FROM ({inner}){tail}", columns)

    def _values(self, node: exp.Values, outer: Scope | None) -> Compiled:
        scope = Scope(parent=outer)
        rows = []
        for each in node.expressions:
            cells = (
                each.expressions
                if isinstance(each, exp.Tuple)
                else [each.this if isinstance(each, exp.Paren) else each]
            )
            rows.append([self.expressions.compile(cell, scope) for cell in cells])
        if len({len(cells) for cells in rows}) != 1:
            raise QueryFailure("TYPE_MISMATCH", "Values rows have mismatched sizes")
        kinds = []
        for cells in zip(*rows, strict=True):
            kind = UNKNOWN
            for cell in cells:
                common = common_type(kind, cell.kind)
                if common is None:
                    raise QueryFailure(
                        "TYPE_MISMATCH", f"Values rows have mismatched types: {kind} vs {cell.kind}"
                    )
                kind = common
            kinds.append(kind)
        written = [
            "("
            + ", ".join(coerce(cell.sql, cell.kind, kind) for cell, kind in zip(cells, kinds, strict=True))
            + ")"
            for cells in rows
        ]
        names = ", ".join(f"_{index}" for index in range(len(kinds)))
        columns = [Column(None, kind, f"_{index}") for index, kind in enumerate(kinds)]
        alias = self._fresh()
        listed = ", ".join(
            f"CAST({alias}._{index} AS {to_duckdb(kind)}) AS _{index}" for index, kind in enumerate(kinds)
        )
        return Compiled(f"SELECT {listed} FROM (VALUES {', '.join(written)}) AS {alias}({names})", columns)

    # FROM

    def _from(self, first: exp.Expression, joins: list[exp.Join], scope: Scope) -> str:
        outside = list(scope.relations)
        sql = f" FROM {self._relation(first, scope)}"
        for nested in first.args.get("joins") or []:
            sql += self._join(nested, scope, outside)
        for lateral in first.args.get("laterals") or []:
            raise unsupported(text_of(lateral)[:100])
        for join in joins:
            if _is_comma(join):
                # A comma binds less than JOIN: later joins apply only to relations after the comma.
                outside = list(scope.relations)
                sql += f", {self._relation(join.this, scope)}"
                continue
            sql += self._join(join, scope, outside)
        return sql

    def _join(self, node: exp.Join, scope: Scope, outside: list[Relation]) -> str:
        """`outside` are the relations of the scope that are not part of the joined table."""
        side, kind = (node.args.get("side") or "").upper(), (node.args.get("kind") or "").upper()
        if node.args.get("method"):
            raise unsupported(f"{node.args['method'].upper()} JOIN")
        before = list(scope.relations)
        right = self._relation(node.this, scope)
        for nested in node.this.args.get("joins") or []:
            right += self._join(nested, scope, before)
        left_side, right_side = _without(before, outside), _without(scope.relations, before)
        using, on = node.args.get("using"), node.args.get("on")
        if using:
            joined = f" {side or 'INNER'} JOIN {right}{self._using(using, len(before), side, scope)}"
        elif on is None:
            if kind not in ("CROSS", "") or side:
                raise QueryFailure("SYNTAX_ERROR", "A join needs ON or USING")
            joined = f" CROSS JOIN {right}"
        else:
            joined = f" {side or 'INNER'} JOIN {right} ON {self.expressions.condition(on, scope)}"
            # The condition does not restrict the side whose rows an outer join keeps anyway.
            restricted = {"LEFT": right_side, "RIGHT": left_side, "FULL": []}.get(
                side, left_side + right_side
            )
            self._note_conditions(on, scope, restricted)
        for relation in _null_extended(side, left_side, right_side):
            relation.null_extended = True
        return joined

    def _using(self, names: list[exp.Expression], before: int, side: str, scope: Scope) -> str:
        """As in Trino, shared columns come once and first, and belong to no relation."""
        conditions, shared = [], []
        for each in names:
            name = each.name.lower()
            left = Scope(scope.relations[:before]).find(name, None)
            right = Scope(scope.relations[before:]).find(name, None)
            if left is None or right is None:
                raise QueryFailure("COLUMN_NOT_FOUND", f"Column '{name}' is missing from one side of join")
            common = common_type(left.kind, right.kind)
            if common is None:
                raise QueryFailure("TYPE_MISMATCH", f"Cannot join {left.kind} with {right.kind} USING {name}")
            one, other = coerce(left.sql, left.kind, common), coerce(right.sql, right.kind, common)
            conditions.append(compare(one, "=", other, common))
            sql = {"RIGHT": other, "FULL": f"coalesce({one}, {other})"}.get(side, one)
            shared.append(Column(name, common, sql))
        hidden = {column.name for column in shared}
        for relation in scope.relations:
            relation.columns = [
                column for column in relation.columns if (column.name or "").lower() not in hidden
            ]
        scope.relations.insert(0, Relation(None, shared))
        return f" ON {' AND '.join(conditions)}"

    def _relation(self, node: exp.Expression, scope: Scope) -> str:
        sample = node.args.get("sample")
        match node:
            case exp.Table():
                sql = self._table(node, scope)
            case exp.Subquery() if isinstance(node.this, exp.Table):  # (a JOIN b …)
                if node.alias:
                    raise unsupported("An alias of a join in parentheses")
                inner = self._from(node.this, node.args.get("joins") or [], scope)
                return f"({inner.removeprefix(' FROM ')})"
            case exp.Subquery():
                sql = self._derived(self.query(node.this, None), node, scope)
            case exp.Values():
                sql = self._derived(self._values(node, None), node, scope)
            case exp.Unnest():
                sql = self._unnest(node, scope)
            case exp.Lateral():
                if isinstance(node.this, exp.Unnest):
                    sql = self._unnest(node.this, scope, node)
                else:
                    inner = self.query(node.this.unnest(), Scope(scope.relations, scope.parent))
                    sql = "LATERAL " + self._derived(inner, node, scope)
            case _:
                raise unsupported(text_of(node)[:100])
        return sql + (self._sample(sample) if sample else "")

    def _derived(self, inner: Compiled, node: exp.Expression, scope: Scope) -> str:
        alias = self._fresh()
        names = (
            [each.name for each in node.args["alias"].args.get("columns") or []]
            if node.args.get("alias")
            else []
        )
        columns = [
            Column(column.name, column.kind, f"{alias}.{column.sql}")
            for column in _renamed(inner.columns, names)
        ]
        scope.relations.append(Relation(node.alias.lower() or None, columns))
        return f"({inner.sql}) AS {alias}"

    def _sample(self, node: exp.TableSample) -> str:
        share = node.args.get("percent") or node.args.get("size")
        method = (node.args.get("method") or exp.Var(this="bernoulli")).name.lower()
        if share is None or method not in ("bernoulli", "system"):
            raise unsupported("TABLESAMPLE other than BERNOULLI and SYSTEM")
        return f" TABLESAMPLE {method} ({share.name} PERCENT)"

    def _unnest(self, node: exp.Unnest, scope: Scope, outer_node: exp.Expression | None = None) -> str:
        arguments = [self.expressions.compile(each, scope) for each in node.expressions]
        ordinality = node.args.get("offset")
        parts: list[tuple[str, Type]] = []
        lengths = []
        for each in arguments:
            match each.kind.name:
                case "array" if each.kind.fields[0].name == "row":
                    element = each.kind.fields[0]
                    for name, kind in zip(struct_names(element), element.fields, strict=True):
                        parts.append((f"list_transform({each.sql}, lambda x: (x).{quoted(name)})", kind))
                    lengths.append(f"len({each.sql})")
                case "array":
                    parts.append((each.sql, each.kind.fields[0]))
                    lengths.append(f"len({each.sql})")
                case "map":
                    parts.append((f"map_keys({each.sql})", each.kind.fields[0]))
                    parts.append((f"map_values({each.sql})", each.kind.fields[1]))
                    lengths.append(f"cardinality({each.sql})")
                case _:
                    raise QueryFailure("TYPE_MISMATCH", f"{position(node)}Cannot unnest type: {each.kind}")
        if ordinality:
            longest = f"greatest({', '.join(f'coalesce({each}, 0)' for each in lengths)})"
            parts.append((f"range(1, {longest} + 1)", BIGINT))
        alias = self._fresh()
        listed = ", ".join(f"unnest({sql}) AS _{index}" for index, (sql, _kind) in enumerate(parts))
        holder = (outer_node or node).args.get("alias")
        names = [each.name for each in holder.args.get("columns") or []] if holder else []
        # The dialect stores a name of the ordinality separately.
        if isinstance(ordinality, exp.Identifier):
            names = [*names, ordinality.name]
        columns = _renamed(
            [Column(None, kind, f"{alias}._{index}") for index, (_sql, kind) in enumerate(parts)], names
        )
        name = holder.name.lower() if holder and holder.this else None
        scope.relations.append(Relation(name, columns))
        return f"LATERAL (SELECT {listed}) AS {alias}"

    def _table(self, node: exp.Table, scope: Scope) -> str:
        if not isinstance(node.this, exp.Identifier):
            raise unsupported(f"The table function {text_of(node)[:60]}")
        name, alias = node.name.lower(), self._fresh()
        shown = node.alias.lower() or name
        names = (
            [each.name for each in node.args["alias"].args.get("columns") or []]
            if node.args.get("alias")
            else []
        )
        if not node.db and name in self._with[-1]:
            source, inner = self._with[-1][name]
            columns = [
                Column(column.name, column.kind, f"{alias}.{column.sql}") for column in _renamed(inner, names)
            ]
            scope.relations.append(Relation(shown, columns))
            return f"{source} AS {alias}"
        if node.catalog and node.catalog.lower() != "awsdatacatalog":
            raise QueryFailure(
                "CATALOG_NOT_FOUND", f"{position(node)}Catalog '{node.catalog}' does not exist"
            )
        database = node.db.lower() or self.database
        shape = self.look_up(database, name)
        if shape is None:
            raise QueryFailure(
                "TABLE_NOT_FOUND", f"{position(node)}Table 'awsdatacatalog.{database}.{name}' does not exist"
            )
        if shape.view_text is not None:
            return self._view(shape, node, scope)
        used: set[str] = set()
        scan = Scan(f"scan_{len(self.scans)}", database, name, used, alias=alias)
        self.scans.append(scan)
        columns = [Column(column, kind, f"{alias}.{quoted(column)}") for column, kind in shape.columns]
        scope.relations.append(Relation(shown, _renamed(columns, names), used, scan, shape.partition_columns))
        return f"{scan.view} AS {alias}"

    def _view(self, shape: Shape, node: exp.Table, scope: Scope) -> str:
        database, self.database = self.database, shape.database
        self._with.append({})
        try:
            inner = self.query(parse(shape.view_text), None)
        finally:
            self.database = database
            self._with.pop()
        columns = _renamed(inner.columns, [name for name, _kind in shape.columns])
        named = node.copy()
        if not named.alias:
            named.set("alias", exp.TableAlias(this=exp.to_identifier(shape.name)))
        return self._derived(Compiled(inner.sql, columns), named, scope)

    # Conditions for pruning partitions

    def _note_conditions(self, node: exp.Expression, scope: Scope, restricted: list[Relation]) -> None:
        """Stores each conjunct that concerns only partition columns of one table in its scan, if it removes
        rows of that table: `restricted` lists the tables whose rows the condition removes."""
        for conjunct in node.flatten() if isinstance(node, exp.And) else [node]:
            conjunct = conjunct.unnest()
            if isinstance(conjunct, exp.And):
                self._note_conditions(conjunct, scope, restricted)
                continue
            if conjunct.find(exp.Subquery, exp.Select, exp.Lambda, exp.Window):
                continue
            owners = [self._owner(column, scope) for column in conjunct.find_all(exp.Column)]
            if None in owners:
                continue
            if len({id(relation) for relation, _name in owners}) != 1:
                continue
            relation, names = owners[0][0], {name for _relation, name in owners}
            if names <= relation.partition_columns and any(relation is each for each in restricted):
                sql = self.expressions.condition(conjunct, scope)
                relation.scan.conditions.append(Condition(sql, relation.null_extended))
                _note_fixed(conjunct, relation.scan)

    def _owner(self, column: exp.Column, scope: Scope):
        """The catalog table and column that a name refers to. None for other relations."""
        table = column.table.lower() or None
        for relation in scope.relations:
            if table is not None and relation.name != table:
                continue
            for each in relation.columns:
                if (each.name or "").lower() == column.name.lower():
                    return (relation, column.name.lower()) if relation.scan else None
        return None


def _is_comma(join: exp.Join) -> bool:
    return not any(join.args.get(each) for each in ("kind", "side", "method", "on", "using"))


def _without(relations: list[Relation], others: list[Relation]) -> list[Relation]:
    return [each for each in relations if not any(each is other for other in others)]


def _null_extended(side: str, left: list[Relation], right: list[Relation]) -> list[Relation]:
    """The relations for which an outer join may return NULLs."""
    return {"LEFT": right, "RIGHT": left, "FULL": left + right}.get(side, [])


def _note_fixed(conjunct: exp.Expression, scan: Scan) -> None:
    """Stores the values of `column = 'text'` and `column IN ('text', …)`."""
    if isinstance(conjunct, exp.EQ):
        sides = [conjunct.this, conjunct.expression]
        column = next((side for side in sides if isinstance(side, exp.Column)), None)
        values = [side for side in sides if isinstance(side, exp.Literal)]
    elif isinstance(conjunct, exp.In):
        column, values = conjunct.this, conjunct.expressions
    else:
        return
    if isinstance(column, exp.Column) and values and all(isinstance(each, exp.Literal) for each in values):
        scan.fixed.setdefault(column.name.lower(), set()).update(each.name for each in values)


def _typed_null(typed: Typed) -> str:
    return "CAST(NULL AS INTEGER)" if typed.kind == UNKNOWN else typed.sql


def _retyped(side: Compiled, kinds: list[Type]) -> str:
    listed = ", ".join(
        f"{coerce(column.sql, column.kind, kind)} AS _{index}"
        for index, (column, kind) in enumerate(zip(side.columns, kinds, strict=True))
    )
    return f"SELECT {listed} FROM ({side.sql})"


def _renamed(columns: list[Column], names: list[str]) -> list[Column]:
    if not names:
        return columns
    if len(names) != len(columns):
        raise QueryFailure(
            "MISMATCHED_COLUMN_ALIASES",
            f"Column alias list has {len(names)} entries but relation has {len(columns)} columns available",
        )
    return [Column(name, column.kind, column.sql) for name, column in zip(names, columns, strict=True)]


def _star(node: exp.Expression) -> exp.Expression | None:
    if isinstance(node, exp.Star):
        return node
    return node if isinstance(node, exp.Column) and isinstance(node.this, exp.Star) else None


def _own_name(node: exp.Expression) -> str | None:
    if isinstance(node, exp.Column):
        return node.name
    return node.expression.name if isinstance(node, exp.Dot) else None


def _ordinal(node: exp.Literal, items: list) -> tuple:
    index = int(node.name) if node.name.isdigit() else 0
    if not 0 < index <= len(items):
        raise QueryFailure("INVALID_COLUMN_REFERENCE", f"Position {node.name} is not in select list")
    return items[index - 1]


def _whole(node: exp.Expression) -> int:
    if not isinstance(node, exp.Literal) or not node.name.isdigit():
        raise unsupported(f"A LIMIT that is not a number ({text_of(node)})")
    return int(node.name)
