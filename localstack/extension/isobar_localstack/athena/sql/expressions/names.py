"""Columns, fields of rows, and functions that are written like columns."""

from sqlglot import exp

from isobar_localstack.athena.errors import QueryFailure, unsupported
from isobar_localstack.athena.sql.expressions.calls import call
from isobar_localstack.athena.sql.expressions.scope import ExpressionCompiler, Scope
from isobar_localstack.athena.sql.functions.registry import Typed
from isobar_localstack.athena.sql.functions.scalars import SCALARS
from isobar_localstack.athena.sql.parser import position, text_of
from isobar_localstack.athena.sql.types import quoted

# https://docs.aws.amazon.com/athena/latest/ug/querying-finding-source-file.html, and Trino's Hive connector.
_HIDDEN_COLUMNS = {"$path", "$bucket", "$partition", "$file_size", "$file_modified_time"}


def column_reference(compiler: ExpressionCompiler, node: exp.Column, scope: Scope) -> Typed:
    parts = [part.name for part in node.parts]
    if isinstance(node.this, exp.Star):
        raise QueryFailure("SYNTAX_ERROR", f"{position(node)}'*' not allowed here")
    # Try `relation.column` before `column`. The remaining parts are fields of a row.
    for used in range(min(2, len(parts)), 0, -1):
        name, relation = parts[used - 1].lower(), parts[0].lower() if used == 2 else None
        if relation is None and name in scope.parameters:
            found = scope.parameters[name]
        else:
            column = scope.find(name, relation)
            if column is None:
                continue
            found = Typed(column.sql, column.kind)
        for rest in parts[used:]:
            found = _member(found, rest, node)
        return found
    if len(parts) == 3 and (column := scope.find(parts[2].lower(), parts[1].lower())):
        return Typed(column.sql, column.kind)
    if len(parts) == 1 and not node.this.args.get("quoted") and node.name.lower() in SCALARS:
        return call(compiler, node.name, [], node)
    if parts[-1].lower() in _HIDDEN_COLUMNS:
        raise unsupported(f'The column "{parts[-1]}"')
    raise QueryFailure("COLUMN_NOT_FOUND", f"{position(node)}Column '{'.'.join(parts)}' cannot be resolved")


def identifier(compiler: ExpressionCompiler, node: exp.Identifier, scope: Scope) -> Typed:
    return column_reference(compiler, exp.column(node.copy()), scope)


def dot(compiler: ExpressionCompiler, node: exp.Dot, scope: Scope) -> Typed:
    return _member(compiler.compile(node.this, scope), node.expression.name, node)


def _member(owner: Typed, name: str, node: exp.Expression) -> Typed:
    if owner.kind.name == "row":
        for index, each in enumerate(owner.kind.field_names):
            if each == name.lower():
                return Typed(f"({owner.sql}).{quoted(each)}", owner.kind.fields[index])
    raise QueryFailure("COLUMN_NOT_FOUND", f"{position(node)}Column '{text_of(node)}' cannot be resolved")


WRITERS = {
    exp.Column: column_reference,
    exp.Identifier: identifier,
    exp.Dot: dot,
}
