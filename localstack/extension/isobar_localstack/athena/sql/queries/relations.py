"""FROM: tables, views, joins, subqueries and UNNEST."""

from sqlglot import exp

from isobar_localstack.athena.errors import QueryFailure, unsupported
from isobar_localstack.athena.sql.casts import coerce
from isobar_localstack.athena.sql.comparisons import compare
from isobar_localstack.athena.sql.expressions.scope import Column, Relation, Scope
from isobar_localstack.athena.sql.parser import parse, position, text_of
from isobar_localstack.athena.sql.queries.pruning import note_conditions
from isobar_localstack.athena.sql.queries.rows import values
from isobar_localstack.athena.sql.queries.shapes import Compiled, QueryCompiler, Scan, Shape, renamed
from isobar_localstack.athena.sql.types import BIGINT, Type, common_type, quoted, struct_names


def from_clause(
    compiler: QueryCompiler,
    first: exp.Expression,
    joins: list[exp.Join],
    scope: Scope,
    sample: exp.TableSample | None = None,
) -> str:
    """`sample` is that of the only relation."""
    outside = list(scope.relations)
    sql = f" FROM {_relation(compiler, first, scope)}"
    if sample:
        if joins:
            raise unsupported("TABLESAMPLE of a subquery in a join")
        sql += _sample(sample)
    for nested in first.args.get("joins") or []:
        sql += _join(compiler, nested, scope, outside)
    for join in joins:
        if _is_comma(join):
            # A comma binds less than JOIN: later joins apply only to relations after the comma.
            outside = list(scope.relations)
            sql += f", {_relation(compiler, join.this, scope)}"
            continue
        sql += _join(compiler, join, scope, outside)
    return sql


def _join(compiler: QueryCompiler, node: exp.Join, scope: Scope, outside: list[Relation]) -> str:
    """`outside` are the relations of the scope that are not part of the joined table."""
    side, kind = (node.args.get("side") or "").upper(), (node.args.get("kind") or "").upper()
    if node.args.get("method"):
        raise unsupported(f"{node.args['method'].upper()} JOIN")
    before = list(scope.relations)
    right = _relation(compiler, node.this, scope)
    for nested in node.this.args.get("joins") or []:
        right += _join(compiler, nested, scope, before)
    left_side, right_side = _without(before, outside), _without(scope.relations, before)
    if using := node.args.get("using"):
        joined = f" {side or 'INNER'} JOIN {right}{_using(using, len(before), side, scope)}"
    elif (on := node.args.get("on")) is None:
        if kind not in ("CROSS", "") or side:
            raise QueryFailure("SYNTAX_ERROR", "A join needs ON or USING")
        joined = f" CROSS JOIN {right}"
    else:
        joined = f" {side or 'INNER'} JOIN {right} ON {compiler.expressions.condition(on, scope)}"
        # The condition does not restrict the side whose rows an outer join keeps anyway.
        restricted = {"LEFT": right_side, "RIGHT": left_side, "FULL": []}.get(side, left_side + right_side)
        note_conditions(compiler, on, scope, restricted)
    for relation in _null_extended(side, left_side, right_side):
        relation.null_extended = True
    return joined


def _using(names: list[exp.Expression], before: int, side: str, scope: Scope) -> str:
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


def _relation(compiler: QueryCompiler, node: exp.Expression, scope: Scope) -> str:
    sample = node.args.get("sample")
    match node:
        case exp.Table():
            sql = _table(compiler, node, scope)
        case exp.Subquery() if isinstance(node.this, exp.Table):  # (a JOIN b …)
            if node.alias:
                raise unsupported("An alias of a join in parentheses")
            inner = from_clause(compiler, node.this, node.args.get("joins") or [], scope)
            return f"({inner.removeprefix(' FROM ')})"
        case exp.Subquery():
            sql = _derived(compiler, compiler.query(node.this, None), node, scope)
        case exp.Values():
            sql = _derived(compiler, values(compiler, node, None), node, scope)
        case exp.Unnest():
            sql = _unnest(compiler, node, scope)
        case exp.Lateral():
            if isinstance(node.this, exp.Unnest):
                sql = _unnest(compiler, node.this, scope, node)
            else:
                inner = compiler.query(node.this.unnest(), Scope(scope.relations, scope.parent))
                sql = "LATERAL " + _derived(compiler, inner, node, scope)
        case _:
            raise unsupported(text_of(node)[:100])
    return sql + (_sample(sample) if sample else "")


def _derived(compiler: QueryCompiler, inner: Compiled, node: exp.Expression, scope: Scope) -> str:
    alias = compiler.fresh_name()
    names = (
        [each.name for each in node.args["alias"].args.get("columns") or []] if node.args.get("alias") else []
    )
    columns = [
        Column(column.name, column.kind, f"{alias}.{column.sql}") for column in renamed(inner.columns, names)
    ]
    scope.relations.append(Relation(node.alias.lower() or None, columns))
    return f"({inner.sql}) AS {alias}"


def _sample(node: exp.TableSample) -> str:
    share, method = node.args.get("percent"), node.text("method").lower()
    if share is None or method not in ("bernoulli", "system"):
        raise unsupported("TABLESAMPLE other than BERNOULLI (percent) and SYSTEM (percent)")
    return f" TABLESAMPLE {method} ({share.name} PERCENT)"


def _unnest(
    compiler: QueryCompiler, node: exp.Unnest, scope: Scope, outer_node: exp.Expression | None = None
) -> str:
    arguments = [compiler.expressions.compile(each, scope) for each in node.expressions]
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
    alias = compiler.fresh_name()
    listed = ", ".join(f"unnest({sql}) AS _{index}" for index, (sql, _kind) in enumerate(parts))
    holder = (outer_node or node).args.get("alias")
    names = [each.name for each in holder.args.get("columns") or []] if holder else []
    # The dialect stores a name of the ordinality separately.
    if isinstance(ordinality, exp.Identifier):
        names = [*names, ordinality.name]
    columns = renamed(
        [Column(None, kind, f"{alias}._{index}") for index, (_sql, kind) in enumerate(parts)], names
    )
    name = holder.name.lower() if holder and holder.this else None
    scope.relations.append(Relation(name, columns))
    return f"LATERAL (SELECT {listed}) AS {alias}"


def _table(compiler: QueryCompiler, node: exp.Table, scope: Scope) -> str:
    if not isinstance(node.this, exp.Identifier):
        raise unsupported(f"The table function {text_of(node)[:60]}")
    name, alias = node.name.lower(), compiler.fresh_name()
    shown = node.alias.lower() or name
    names = (
        [each.name for each in node.args["alias"].args.get("columns") or []] if node.args.get("alias") else []
    )
    if not node.db and name in compiler.with_tables[-1]:
        source, inner = compiler.with_tables[-1][name]
        columns = [
            Column(column.name, column.kind, f"{alias}.{column.sql}") for column in renamed(inner, names)
        ]
        scope.relations.append(Relation(shown, columns))
        return f"{source} AS {alias}"
    if node.catalog and node.catalog.lower() != "awsdatacatalog":
        raise QueryFailure("CATALOG_NOT_FOUND", f"{position(node)}Catalog '{node.catalog}' does not exist")
    database = node.db.lower() or compiler.database
    if database == "information_schema" or name.endswith(("$partitions", "$properties")):
        raise unsupported(f'The table "{database}"."{name}"')
    shape = compiler.look_up(database, name)
    if shape is None:
        raise QueryFailure(
            "TABLE_NOT_FOUND", f"{position(node)}Table 'awsdatacatalog.{database}.{name}' does not exist"
        )
    if shape.view_text is not None:
        return _view(compiler, shape, node, scope)
    used: set[str] = set()
    scan = Scan(f"scan_{len(compiler.scans)}", database, name, used, alias=alias)
    compiler.scans.append(scan)
    columns = [Column(column, kind, f"{alias}.{quoted(column)}") for column, kind in shape.columns]
    scope.relations.append(Relation(shown, renamed(columns, names), used, scan, shape.partition_columns))
    return f"{scan.view} AS {alias}"


def _view(compiler: QueryCompiler, shape: Shape, node: exp.Table, scope: Scope) -> str:
    database, compiler.database = compiler.database, shape.database
    compiler.with_tables.append({})
    try:
        inner = compiler.query(parse(shape.view_text), None)
    finally:
        compiler.database = database
        compiler.with_tables.pop()
    columns = renamed(inner.columns, [name for name, _kind in shape.columns])
    named = node.copy()
    if not named.alias:
        named.set("alias", exp.TableAlias(this=exp.to_identifier(shape.name)))
    return _derived(compiler, Compiled(inner.sql, columns), named, scope)


def _is_comma(join: exp.Join) -> bool:
    return not any(join.args.get(each) for each in ("kind", "side", "method", "using", "on"))


def _without(relations: list[Relation], others: list[Relation]) -> list[Relation]:
    return [each for each in relations if not any(each is other for other in others)]


def _null_extended(side: str, left: list[Relation], right: list[Relation]) -> list[Relation]:
    """The relations for which an outer join may return NULLs."""
    return {"LEFT": right, "RIGHT": left, "FULL": left + right}.get(side, [])
