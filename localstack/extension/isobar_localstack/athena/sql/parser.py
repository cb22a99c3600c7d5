"""Parses Trino's SQL to a tree. Uses sqlglot's dialect, but keeps the written names of functions."""

import re

from sqlglot import exp
from sqlglot.dialects.trino import Trino
from sqlglot.errors import SqlglotError

from isobar_localstack.athena.errors import QueryFailure, unsupported

_SPECIAL = ("CAST", "TRY_CAST", "EXTRACT", "TRIM", "SUBSTRING", "POSITION", "LISTAGG")


class AthenaSql(Trino):
    # Prevents sqlglot from converting subscripts to zero-based ones.
    INDEX_OFFSET = 0

    class Parser(Trino.Parser):
        # sqlglot renames many functions and reorders their arguments between dialects. This dialect leaves
        # only functions with a special syntax to sqlglot.
        FUNCTIONS: dict = {}
        TYPE_LITERAL_PARSERS = {
            **Trino.Parser.TYPE_LITERAL_PARSERS,
            exp.DataType.Type.DECIMAL: lambda _parser, literal, _kind: _decimal(literal.name),
        }
        FUNCTION_PARSERS = {
            name: parse for name, parse in Trino.Parser.FUNCTION_PARSERS.items() if name in _SPECIAL
        }


def _decimal(text: str) -> exp.Expression:
    """DECIMAL '…' as a number literal with a decimal point, whose digits give the type."""
    found = re.fullmatch(r"([+-]?)(\d+\.?\d*|\.\d+)", text)
    if not found:
        raise QueryFailure("INVALID_LITERAL", f"'{text}' is not a valid DECIMAL literal")
    number = exp.Literal.number(found[2] if "." in found[2] else f"{found[2]}.")
    return exp.Paren(this=exp.Neg(this=number)) if found[1] == "-" else number


def parse(text: str) -> exp.Expression:
    """Parses the single statement in `text`."""
    try:
        statements = [each for each in AthenaSql().parse(text) if each is not None]
    except SqlglotError as error:
        raise _syntax_error(error) from error
    except RecursionError as error:
        raise unsupported("A statement with this depth of nesting") from error
    if len(statements) != 1:
        raise QueryFailure("SYNTAX_ERROR", "Only one sql statement is allowed")
    [statement] = statements
    if isinstance(statement, exp.Command):
        raise unsupported(f"Statement {statement.this.upper()}")
    return statement


def _syntax_error(error: SqlglotError) -> QueryFailure:
    details = getattr(error, "errors", None)
    if details and details[0].get("line"):
        first = details[0]
        near = (first.get("highlight") or "").strip()
        what = f"mismatched input '{near}'" if near else first["description"]
        return QueryFailure("SYNTAX_ERROR", f"line {first['line']}:{first['col']}: {what}")
    text = re.sub(r"\x1b\[\d*m", "", str(error)).splitlines()[0]
    return QueryFailure("SYNTAX_ERROR", text)


def position(node: exp.Expression) -> str:
    """The position as `line 1:8: `, or an empty text if the tree has none."""
    for each in node.find_all(exp.Identifier):
        meta = each.meta
        if "line" in meta:
            return f"line {meta['line']}:{max(meta['col'] - len(each.name) + 1, 1)}: "
    return ""


def text_of(node: exp.Expression) -> str:
    """The node in Trino's SQL, for messages."""
    return node.sql(dialect=AthenaSql)
