"""Literals and casts. sqlglot parses DATE '…' and TIMESTAMP '…' as casts."""

import re

from sqlglot import exp

from isobar_localstack.athena.errors import QueryFailure, unsupported
from isobar_localstack.athena.sql.casts import cast, string
from isobar_localstack.athena.sql.expressions.calls import call
from isobar_localstack.athena.sql.expressions.scope import ExpressionCompiler, Scope
from isobar_localstack.athena.sql.functions.registry import Typed
from isobar_localstack.athena.sql.parser import position, text_of
from isobar_localstack.athena.sql.type_names import parse_type
from isobar_localstack.athena.sql.types import (
    BIGINT,
    BOOLEAN,
    DOUBLE,
    INTEGER,
    INTERVAL_DAY,
    INTERVAL_MONTH,
    UNKNOWN,
    VARBINARY,
    Type,
    decimal,
    is_number,
    timestamp_tz,
    to_duckdb,
    with_keys_as_written,
)


def literal(compiler: ExpressionCompiler, node: exp.Literal, scope: Scope) -> Typed:
    text = node.this
    if node.is_string:
        return Typed(string(text), Type("varchar", len(text)), text)
    if re.fullmatch(r"\d+", text):
        value = int(text)
        if value > 2**63 - 1:
            raise QueryFailure("INVALID_LITERAL", f"Invalid numeric literal: {text}")
        return Typed(text, INTEGER, value) if value < 2**31 else Typed(text, BIGINT, value)
    if re.fullmatch(r"\d*\.\d*", text):
        whole, fraction = text.split(".")
        whole = whole.lstrip("0")
        kind = decimal(max(len(whole) + len(fraction), 1), len(fraction))
        return Typed(f"CAST('{whole or 0}.{fraction or 0}' AS {to_duckdb(kind)})", kind)
    return Typed(f"CAST('{text}' AS DOUBLE)", DOUBLE)


def json_literal(compiler: ExpressionCompiler, node: exp.ParseJSON, scope: Scope) -> Typed:
    return call(compiler, "json_parse", [compiler.compile(node.this, scope)], node)


def null(compiler: ExpressionCompiler, node, scope: Scope) -> Typed:
    return Typed("NULL", UNKNOWN)


def boolean(compiler: ExpressionCompiler, node: exp.Boolean, scope: Scope) -> Typed:
    return Typed("true" if node.this else "false", BOOLEAN)


def hex_literal(compiler: ExpressionCompiler, node: exp.HexString, scope: Scope) -> Typed:
    return Typed(f"from_hex('{node.name}')", VARBINARY)


def negative(compiler: ExpressionCompiler, node: exp.Neg, scope: Scope) -> Typed:
    inner = compiler.compile(node.this, scope)
    if isinstance(node.this, exp.Literal) and isinstance(inner.literal, int):
        value = -inner.literal
        return Typed(f"({value})", inner.kind, value)
    if not is_number(inner.kind) and inner.kind not in (INTERVAL_DAY, INTERVAL_MONTH):
        raise QueryFailure("TYPE_MISMATCH", f"{position(node)}Cannot negate {inner.kind}")
    return Typed(f"(-{inner.sql})", inner.kind)


def interval(compiler: ExpressionCompiler, node: exp.Interval, scope: Scope) -> Typed:
    unit = (node.args.get("unit") or exp.Var(this="")).name.lower().rstrip("s")
    if (
        not isinstance(node.this, exp.Literal)
        or not node.this.is_string
        or not re.fullmatch(r"-?\d+(\.\d+)?", node.this.name)
    ):
        raise unsupported(f"The interval {text_of(node)}")
    if unit not in ("second", "minute", "hour", "day", "week", "month", "year"):
        raise unsupported(f"The interval {text_of(node)}")
    kind = INTERVAL_MONTH if unit in ("month", "year") else INTERVAL_DAY
    return Typed(f"INTERVAL '{node.this.name} {unit}'", kind)


def cast_expression(compiler: ExpressionCompiler, node: exp.Cast, scope: Scope) -> Typed:
    goal = node.args["to"]
    wanted = parse_type(text_of(goal))
    if isinstance(node.this, exp.Literal) and node.this.is_string:
        if literal := _time_literal(node.this.name, wanted):
            return literal
    given = compiler.compile(node.this, scope)
    written = cast(given.sql, given.kind, wanted)
    if given.kind.keys_as_written:
        wanted = with_keys_as_written(wanted)
    if isinstance(node, exp.TryCast):
        return Typed(f"try({written})", wanted)
    return Typed(written, wanted)


def _time_literal(text: str, wanted: Type) -> Typed | None:
    """A TIMESTAMP literal with a zone, which has another type. sqlglot parses time literals as casts."""
    if wanted.name not in ("timestamp", "timestamp with time zone"):
        return None
    found = re.fullmatch(r"(\d+-\d+-\d+ \d+:\d+(?::\d+(?:\.(\d+))?)?)(?: (UTC|[A-Z]\w+/[\w/+-]+))", text)
    if not found:
        return None
    kind = timestamp_tz(len(found[2] or ""), found[3])
    kind = kind if kind.size in (0, 3, 6) else timestamp_tz(3 if (kind.size or 0) < 3 else 6, found[3])
    return Typed(f"(CAST('{found[1]}' AS TIMESTAMP) AT TIME ZONE '{found[3]}')", kind)


WRITERS = {
    exp.Literal: literal,
    exp.ParseJSON: json_literal,
    exp.Null: null,
    exp.Boolean: boolean,
    exp.HexString: hex_literal,
    exp.Neg: negative,
    exp.Interval: interval,
    exp.Cast: cast_expression,
    exp.TryCast: cast_expression,
}
