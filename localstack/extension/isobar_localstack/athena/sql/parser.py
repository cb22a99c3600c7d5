"""Parses Trino's SQL to a tree. Uses sqlglot's dialect, but keeps the written names of functions.

sqlglot accepts the syntax of many dialects. The tables below leave Trino's.
"""

import re

from sqlglot import exp
from sqlglot.dialects.trino import Trino
from sqlglot.errors import SqlglotError
from sqlglot.tokens import Token, TokenType

from isobar_localstack.athena.errors import QueryFailure, unsupported
from isobar_localstack.athena.sql.unread import track

_SPECIAL = ("CAST", "TRY_CAST", "EXTRACT", "TRIM", "SUBSTRING", "POSITION", "LISTAGG")
_FOREIGN_WORDS = ("==", "<=>", "ISNULL", "NOTNULL")
# The clauses after FROM, in Trino's order. sqlglot takes them in any order.
_CLAUSES = {
    TokenType.TABLE_SAMPLE: "sample",
    TokenType.WHERE: "where",
    TokenType.GROUP_BY: "group",
    TokenType.HAVING: "having",
    TokenType.WINDOW: "windows",
    TokenType.ORDER_BY: "order",
    TokenType.OFFSET: "offset",
    TokenType.LIMIT: "limit",
    TokenType.FETCH: "limit",
}
_INTERVAL_UNITS = ("YEAR", "MONTH", "DAY", "HOUR", "MINUTE", "SECOND")


def _only(table: dict, *keys) -> dict:
    return {key: table[key] for key in keys}


class AthenaSql(Trino):
    # Prevents sqlglot from converting subscripts to zero-based ones.
    INDEX_OFFSET = 0

    class Tokenizer(Trino.Tokenizer):
        KEYWORDS = {
            word: kind for word, kind in Trino.Tokenizer.KEYWORDS.items() if word not in _FOREIGN_WORDS
        }

    class Parser(Trino.Parser):
        QUERY_MODIFIER_PARSERS = _only(Trino.Parser.QUERY_MODIFIER_PARSERS, *_CLAUSES)
        RANGE_PARSERS = _only(
            Trino.Parser.RANGE_PARSERS, TokenType.BETWEEN, TokenType.IN, TokenType.IS, TokenType.LIKE
        )
        COLUMN_OPERATORS = _only(Trino.Parser.COLUMN_OPERATORS, TokenType.DOT)
        JOIN_METHODS = {TokenType.NATURAL}
        JOIN_KINDS = {TokenType.CROSS, TokenType.INNER, TokenType.OUTER}
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

        def _parse_query_modifiers(self, this):
            start = self._index
            query = super()._parse_query_modifiers(this)
            self._refuse_other_order(self._tokens[start : self._index])
            return query

        def _refuse_other_order(self, tokens: list[Token]) -> None:
            """Refuses clauses in an order that Trino has not: OFFSET after LIMIT, WHERE after GROUP BY."""
            depth, order, last = 0, list(dict.fromkeys(_CLAUSES.values())), -1
            for token in tokens:
                depth += {TokenType.L_PAREN: 1, TokenType.R_PAREN: -1}.get(token.token_type, 0)
                if depth == 0 and (clause := _CLAUSES.get(token.token_type)):
                    if order.index(clause) < last:
                        self.raise_error(f"Unexpected {token.text.upper()}", token)
                    last = order.index(clause)

        def _parse_select_query(self, *args, **options):
            if self._curr.token_type == TokenType.FROM:
                self.raise_error("FROM before SELECT", self._curr)
            return super()._parse_select_query(*args, **options)

        def _parse_limit(self, this=None, top=False, **options):
            if top:  # SELECT TOP 3
                return this
            limit = super()._parse_limit(this, top, **options)
            if isinstance(limit, exp.Limit) and (limit.args.get("offset") or limit.expressions):
                self.raise_error("LIMIT has one number", self._prev)
            return limit

        def _parse_interval(self, *args, **options):
            if self._curr.token_type == TokenType.INTERVAL:
                self._refuse_other_intervals()
            return super()._parse_interval(*args, **options)

        def _refuse_other_intervals(self) -> None:
            """Trino has INTERVAL '7' DAY. Refuses INTERVAL '7 days', INTERVAL 7 DAY and other units."""
            value, unit = [*self._tokens[self._index + 1 : self._index + 3], None, None][:2]
            if value is None or value.token_type not in (TokenType.STRING, TokenType.NUMBER):
                return  # a column of this name, or a sign
            if (
                value.token_type == TokenType.NUMBER
                or unit is None
                or unit.text.upper() not in _INTERVAL_UNITS
            ):
                self.raise_error(
                    f"An interval has the form INTERVAL '7' DAY, with a unit of {', '.join(_INTERVAL_UNITS)}",
                    value,
                )


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
    return track(statement)


def _syntax_error(error: SqlglotError) -> QueryFailure:
    details = getattr(error, "errors", None)
    if details and details[0].get("line"):
        first = details[0]
        near = (first.get("highlight") or "").strip()
        what = f"mismatched input '{near}'" if near else first["description"]
        # sqlglot gives the column of the last character.
        column = max(first["col"] - len(near) + 1, 1)
        return QueryFailure("SYNTAX_ERROR", f"line {first['line']}:{column}: {what}")
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
