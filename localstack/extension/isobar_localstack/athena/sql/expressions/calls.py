"""Calls of functions, also those with a syntax of their own."""

from sqlglot import exp

from isobar_localstack.athena.errors import unsupported
from isobar_localstack.athena.sql.casts import coerce
from isobar_localstack.athena.sql.expressions.conditionals import coalesce, nullif, try_
from isobar_localstack.athena.sql.expressions.scope import ExpressionCompiler, Scope
from isobar_localstack.athena.sql.expressions.unify import unify_branches
from isobar_localstack.athena.sql.expressions.windows import aggregate
from isobar_localstack.athena.sql.functions.aggregates import AGGREGATES, WINDOWS
from isobar_localstack.athena.sql.functions.lambdas import LAMBDAS, compile_with_lambda
from isobar_localstack.athena.sql.functions.registry import Typed, apply
from isobar_localstack.athena.sql.functions.scalars import SCALARS
from isobar_localstack.athena.sql.functions.times import FIELDS
from isobar_localstack.athena.sql.types import (
    BIGINT,
    DATE,
    UNKNOWN,
    VARCHAR,
    Type,
    array,
    quoted,
    row,
    struct_names,
    timestamp_tz,
    to_duckdb,
)


def anonymous(compiler: ExpressionCompiler, node: exp.Anonymous, scope: Scope) -> Typed:
    name = node.name.lower()
    if name in LAMBDAS and any(isinstance(each, exp.Lambda) for each in node.expressions):
        return compile_with_lambda(compiler, name, node.expressions, scope)
    if name in AGGREGATES or name in WINDOWS:
        return aggregate(compiler, node, scope)
    if name == "grouping":
        given = ", ".join(compiler.compile(each, scope).sql for each in node.expressions)
        return Typed(f"CAST(grouping({given}) AS BIGINT)", BIGINT)
    given = [compiler.compile(each, scope) for each in node.expressions]
    return call(compiler, name, given, node)


def call(compiler: ExpressionCompiler, name: str, given: list[Typed], node: exp.Expression) -> Typed:
    match name.lower():
        case "coalesce":
            return coalesce(given, node)
        case "nullif" if len(given) == 2:
            return nullif(given, node)
        case "try" if len(given) == 1:
            return try_(given, node)
        case "row":
            return _row(given)
        case "now" if not given:
            return _now(compiler)
        case "map" if not given:
            raise unsupported("An empty map() without a type")
        case "at_timezone" if given:
            given = [_with_zone(given[0]), *given[1:]]
    return apply(SCALARS, name, given, node)


def current_timestamp(compiler: ExpressionCompiler, _node: exp.Expression, _scope: Scope) -> Typed:
    return _now(compiler)


def local_timestamp(compiler: ExpressionCompiler, _node: exp.Expression, _scope: Scope) -> Typed:
    return Typed(
        f"TIMESTAMP '{compiler.now:%Y-%m-%d %H:%M:%S}.{compiler.now.microsecond // 1000:03}'",
        Type("timestamp", 3),
    )


def current_date(compiler: ExpressionCompiler, _node: exp.Expression, _scope: Scope) -> Typed:
    return Typed(f"DATE '{compiler.now:%Y-%m-%d}'", DATE)


def extract(compiler: ExpressionCompiler, node: exp.Extract, scope: Scope) -> Typed:
    unit = node.this.name.lower()
    if unit not in (*FIELDS, "second"):
        raise unsupported(f"extract({unit} …)")
    return call(compiler, unit, [compiler.compile(node.expression, scope)], node)


def substring(compiler: ExpressionCompiler, node: exp.Substring, scope: Scope) -> Typed:
    parts = [node.this, node.args.get("start"), node.args.get("length")]
    return call(compiler, "substring", [compiler.compile(each, scope) for each in parts if each], node)


def trim(compiler: ExpressionCompiler, node: exp.Trim, scope: Scope) -> Typed:
    name = {"LEADING": "ltrim", "TRAILING": "rtrim"}.get((node.args.get("position") or "").upper(), "trim")
    given = [compiler.compile(node.this, scope)]
    if node.expression:
        characters = compiler.compile(node.expression, scope)
        return Typed(f"{name}({given[0].sql}, {characters.sql})", VARCHAR)
    return call(compiler, name, given, node)


def position_of(compiler: ExpressionCompiler, node: exp.StrPosition, scope: Scope) -> Typed:
    given = [compiler.compile(node.this, scope), compiler.compile(node.args["substr"], scope)]
    return call(compiler, "strpos", given, node)


def array_constructor(compiler: ExpressionCompiler, node: exp.Array, scope: Scope) -> Typed:
    given = [compiler.compile(each, scope) for each in node.expressions]
    written, kind = unify_branches(given, node)
    if kind == UNKNOWN:
        return Typed(f"CAST([{', '.join(written)}] AS INTEGER[])", array(UNKNOWN))
    return Typed(f"CAST([{', '.join(written)}] AS {to_duckdb(array(kind))})", array(kind))


def row_constructor(compiler: ExpressionCompiler, node: exp.Tuple, scope: Scope) -> Typed:
    return _row([compiler.compile(each, scope) for each in node.expressions])


def time_zone(compiler: ExpressionCompiler, node: exp.AtTimeZone, scope: Scope) -> Typed:
    return call(
        compiler,
        "at_timezone",
        [
            _with_zone(compiler.compile(node.this, scope)),
            compiler.compile(node.args["zone"], scope),
        ],
        node,
    )


def _now(compiler: ExpressionCompiler) -> Typed:
    return Typed(f"TIMESTAMPTZ '{compiler.now.isoformat(timespec='milliseconds')}'", timestamp_tz(3, "UTC"))


def _row(given: list[Typed]) -> Typed:
    kind = row([each.kind for each in given])
    fields = ", ".join(
        f"{quoted(name)} := {coerce(each.sql, each.kind, each.kind)}"
        for name, each in zip(struct_names(kind), given, strict=True)
    )
    return Typed(f"struct_pack({fields})", kind)


def _with_zone(given: Typed) -> Typed:
    if given.kind.name != "timestamp":
        return given
    return Typed(f"({given.sql} AT TIME ZONE 'UTC')", timestamp_tz(given.kind.size, "UTC"))


WRITERS = {
    exp.Anonymous: anonymous,
    exp.CurrentTimestamp: current_timestamp,
    exp.Localtimestamp: local_timestamp,
    exp.CurrentDate: current_date,
    exp.Extract: extract,
    exp.Substring: substring,
    exp.Trim: trim,
    exp.StrPosition: position_of,
    exp.Array: array_constructor,
    exp.Tuple: row_constructor,
    exp.AtTimeZone: time_zone,
}
