"""The process's DuckDB, with bounded memory. The first statement loads it."""

import re
import threading
from pathlib import Path

from isobar_localstack.athena.errors import QueryFailure

_MEMORY = "512MB"
_SPILL = "8GB"
_THREADS = 2

_lock = threading.Lock()
_database = None


def connect(folder: Path):
    """A new connection to the shared database, with its own views."""
    global _database
    with _lock:
        if _database is None:
            _database = _start(folder)
        connection = _database.cursor()
    connection.execute("SET TimeZone = 'UTC'")
    return connection


def _start(folder: Path):
    import duckdb

    from isobar_localstack.athena.sql.macros import MACROS

    spill = folder / "spill"
    spill.mkdir(parents=True, exist_ok=True)
    database = duckdb.connect(
        config={
            "memory_limit": _MEMORY,
            "threads": _THREADS,
            "temp_directory": str(spill),
            "max_temp_directory_size": _SPILL,
            # No downloads of extensions.
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
        }
    )
    database.execute("SET enable_progress_bar = false")
    database.execute(MACROS)
    return database


_RAISED = re.compile(r"Could not convert string '([A-Z_]+): (.*)' to INT64", re.DOTALL)
_RULES = (
    (re.compile(r"Division by zero"), "DIVISION_BY_ZERO", "Division by zero"),
    (re.compile(r"(Overflow in .*?!)"), "NUMERIC_VALUE_OUT_OF_RANGE", r"\1"),
    (re.compile(r"Out of Range Error: (.*)"), "NUMERIC_VALUE_OUT_OF_RANGE", r"\1"),
    (re.compile(r"Could not cast value (.*)"), "INVALID_CAST_ARGUMENT", r"Cannot cast \1"),
    (re.compile(r"Conversion Error: (.*)"), "INVALID_CAST_ARGUMENT", r"\1"),
    (re.compile(r"(column .* must appear in the GROUP BY clause)"), "EXPRESSION_NOT_AGGREGATE", r"\1"),
    (
        re.compile(r"(More than one row returned by a subquery)"),
        "SUBQUERY_MULTIPLE_ROWS",
        "Scalar sub-query has returned multiple rows",
    ),
    (
        re.compile(r"Out of Memory Error: (.*)"),
        "EXCEEDED_LOCAL_MEMORY_LIMIT",
        r"Query exhausted resources at this scale factor: \1",
    ),
    (re.compile(r"Invalid Input Error: (.*)"), "INVALID_FUNCTION_ARGUMENT", r"\1"),
    (re.compile(r"Binder Error: (.*)"), "SYNTAX_ERROR", r"\1"),
)


def as_failure(error: Exception) -> QueryFailure:
    """Converts DuckDB's error to Trino's. Our macros raise errors with Trino's wording."""
    text = str(error)
    if raised := _RAISED.search(text):
        return QueryFailure(raised[1], raised[2])
    first = text.split("\n")[0]
    for pattern, name, message in _RULES:
        if found := pattern.search(first):
            return QueryFailure(name, found.expand(message))
    return QueryFailure("GENERIC_INTERNAL_ERROR", first, QueryFailure.SYSTEM)
