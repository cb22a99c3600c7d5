"""Conditions for pruning partitions."""

from sqlglot import exp

from isobar_localstack.athena.sql.expressions.scope import Relation, Scope
from isobar_localstack.athena.sql.queries.shapes import Condition, QueryCompiler, Scan


def note_conditions(
    compiler: QueryCompiler, node: exp.Expression, scope: Scope, restricted: list[Relation]
) -> None:
    """Stores each conjunct that concerns only partition columns of one table in its scan, if it removes
    rows of that table: `restricted` lists the tables whose rows the condition removes."""
    for conjunct in node.flatten() if isinstance(node, exp.And) else [node]:
        conjunct = conjunct.unnest()
        if isinstance(conjunct, exp.And):
            note_conditions(compiler, conjunct, scope, restricted)
            continue
        if conjunct.find(exp.Subquery, exp.Select, exp.Lambda, exp.Window):
            continue
        owners = [_owner(column, scope) for column in conjunct.find_all(exp.Column)]
        if None in owners:
            continue
        if len({id(relation) for relation, _name in owners}) != 1:
            continue
        relation, names = owners[0][0], {name for _relation, name in owners}
        if names <= relation.partition_columns and any(relation is each for each in restricted):
            sql = compiler.expressions.condition(conjunct, scope)
            relation.scan.conditions.append(Condition(sql, relation.null_extended))
            _note_fixed(conjunct, relation.scan)


def _owner(column: exp.Column, scope: Scope):
    """The catalog table and column that a name refers to. None for other relations."""
    table = column.table.lower() or None
    for relation in scope.relations:
        if table is not None and relation.name != table:
            continue
        for each in relation.columns:
            if (each.name or "").lower() == column.name.lower():
                return (relation, column.name.lower()) if relation.scan else None
    return None


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
