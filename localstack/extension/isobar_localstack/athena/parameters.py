"""The text of a statement: comments around it, and parameters in it."""

import re

from sqlglot import exp
from sqlglot.errors import SqlglotError
from sqlglot.tokens import TokenType

from isobar_localstack.athena.errors import QueryFailure
from isobar_localstack.athena.sql.parser import AthenaSql, parse, text_of


def without_comments(text: str) -> str:
    """The statement without leading comments and trailing semicolons. The parser skips inner comments."""
    text = re.sub(r"\A(?:\s+|--[^\n]*\n|/\*.*?\*/)+", "", text, flags=re.DOTALL)
    return text.strip().rstrip(";").strip()


def with_parameters(text: str, parameters: list[str]) -> exp.Expression:
    """Parses the statement with each `?` replaced by its parameter, in text order."""
    try:
        tokens = AthenaSql().tokenize(text)
    except SqlglotError as error:
        raise QueryFailure("SYNTAX_ERROR", str(error).splitlines()[0]) from error
    places = [token for token in tokens if token.token_type == TokenType.PLACEHOLDER]
    if len(places) != len(parameters):
        raise QueryFailure(
            "INVALID_PARAMETER_USAGE",
            f"Incorrect number of parameters: expected {len(places)} but found {len(parameters)}",
        )
    # From last to first, so that earlier positions stay valid.
    for place, parameter in reversed(list(zip(places, parameters, strict=True))):
        text = f"{text[: place.start]}{_literal(parameter)}{text[place.end + 1 :]}"
    return parse(text)


def _literal(parameter: str) -> str:
    value = parse(f"SELECT {parameter}")
    if (
        len(value.expressions) != 1
        or value.expressions[0].find(exp.Column, exp.Query)
        or value.args.get("from_")
    ):
        raise QueryFailure("INVALID_PARAMETER_USAGE", f"A parameter must be a literal: {parameter}")
    return f"({text_of(value.expressions[0])})"
