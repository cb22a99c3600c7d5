"""VALUES and set operations."""

from sqlglot import exp

from isobar_localstack.athena.errors import QueryFailure
from isobar_localstack.athena.sql.casts import coerce
from isobar_localstack.athena.sql.comparisons import refuse_incomparable
from isobar_localstack.athena.sql.expressions.scope import Column, Scope
from isobar_localstack.athena.sql.queries.shapes import Compiled, QueryCompiler
from isobar_localstack.athena.sql.queries.tail import tail_clauses
from isobar_localstack.athena.sql.types import UNKNOWN, Type, common_type, to_duckdb


def set_operation(compiler: QueryCompiler, node: exp.SetOperation, outer: Scope | None) -> Compiled:
    left, right = compiler.query(node.left, outer), compiler.query(node.right, outer)
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
    tail = tail_clauses(compiler, node, columns, None)
    return Compiled(f"SELECT * FROM ({inner}){tail}", columns)


def _retyped(side: Compiled, kinds: list[Type]) -> str:
    listed = ", ".join(
        f"{coerce(column.sql, column.kind, kind)} AS _{index}"
        for index, (column, kind) in enumerate(zip(side.columns, kinds, strict=True))
    )
    return f"SELECT {listed} FROM ({side.sql})"


def values(compiler: QueryCompiler, node: exp.Values, outer: Scope | None) -> Compiled:
    scope = Scope(parent=outer)
    rows = []
    for each in node.expressions:
        cells = (
            each.expressions
            if isinstance(each, exp.Tuple)
            else [each.this if isinstance(each, exp.Paren) else each]
        )
        rows.append([compiler.expressions.compile(cell, scope) for cell in cells])
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
    alias = compiler.fresh_name()
    listed = ", ".join(
        f"CAST({alias}._{index} AS {to_duckdb(kind)}) AS _{index}" for index, kind in enumerate(kinds)
    )
    return Compiled(f"SELECT {listed} FROM (VALUES {', '.join(written)}) AS {alias}({names})", columns)
