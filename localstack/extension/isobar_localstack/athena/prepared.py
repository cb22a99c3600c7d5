"""PREPARE, EXECUTE and DEALLOCATE PREPARE."""

import re
from dataclasses import dataclass

from isobar_localstack.athena.errors import QueryFailure
from isobar_localstack.athena.parameters import without_comments
from isobar_localstack.athena.run import Outcome, Run
from isobar_localstack.athena.sql.parser import parse, text_of


@dataclass(frozen=True)
class Prepared:
    """The statement that EXECUTE runs, and its parameters."""

    text: str
    parameters: list[str]


def run_prepared(run: Run, text: str) -> Outcome | Prepared | None:
    """The outcome of PREPARE or DEALLOCATE, the statement of EXECUTE, or None for other statements."""
    if found := re.fullmatch(r"PREPARE\s+(\w+)\s+FROM\s+(.*)", text, re.IGNORECASE | re.DOTALL):
        run.keep_prepared(found[1], found[2])
        return run.answer("DDL", "PREPARE")
    if found := re.fullmatch(r"DEALLOCATE\s+PREPARE\s+(\w+)", text, re.IGNORECASE):
        run.keep_prepared(found[1], None)
        return run.answer("DDL", "DEALLOCATE")
    found = re.fullmatch(r"EXECUTE\s+(\w+)(?:\s+USING\s+(.*))?", text, re.IGNORECASE | re.DOTALL)
    if not found:
        return None
    prepared = run.look_up_prepared(found[1])
    if prepared is None:
        raise QueryFailure("NOT_FOUND", f"Prepared statement not found: {found[1]}")
    given = parse(f"SELECT {found[2]}").expressions if found[2] else []
    return Prepared(without_comments(prepared), [text_of(each) for each in given])
