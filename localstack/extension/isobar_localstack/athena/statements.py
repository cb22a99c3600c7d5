"""Runs one statement, from its text to its result."""

import re

from sqlglot import exp

from isobar_localstack.athena.ddl import run_ddl
from isobar_localstack.athena.engine import as_failure
from isobar_localstack.athena.errors import QueryFailure, unsupported
from isobar_localstack.athena.parameters import with_parameters, without_comments
from isobar_localstack.athena.prepared import Prepared, run_prepared
from isobar_localstack.athena.results import ResultColumn, fetchable, shown_rows
from isobar_localstack.athena.run import Outcome, Run, ScanLimitExceeded
from isobar_localstack.athena.tables import view_text
from isobar_localstack.athena.write_statements import create_table_as, insert, named_columns, unload
from isobar_localstack.athena.writing import glue_type


def execute(run: Run, text: str, parameters: list[str]) -> Outcome:
    """Runs the statement. Converts DuckDB's errors to Athena's."""
    try:
        return _execute(run, without_comments(text), parameters)
    except (QueryFailure, ScanLimitExceeded):
        raise
    except Exception as error:
        if "duckdb" in type(error).__module__:
            raise as_failure(error) from error
        raise


_VIEW = re.compile(
    r"CREATE\s+(?P<replace>OR\s+REPLACE\s+)?VIEW\s+(?P<name>\S+)\s+AS\s+(?P<query>.*)",
    re.IGNORECASE | re.DOTALL,
)
_UNLOAD = re.compile(
    r"UNLOAD\s*\((?P<query>.*)\)\s*TO\s*'(?P<location>[^']*)'(?:\s*WITH\s*\((?P<settings>.*)\))?",
    re.IGNORECASE | re.DOTALL,
)


def _execute(run: Run, text: str, parameters: list[str]) -> Outcome:
    match run_prepared(run, text):
        case Outcome() as outcome:
            return outcome
        case Prepared() as prepared:
            text, parameters = prepared.text, prepared.parameters
    if ddl := run_ddl(text, run.catalog):
        kind, (columns, rows) = ddl
        return run.answer("UTILITY" if kind.startswith(("SHOW", "DESCRIBE")) else "DDL", kind, columns, rows)
    if view := _VIEW.fullmatch(text):
        return _create_view(run, view)
    if found := _UNLOAD.fullmatch(text):
        query = with_parameters(found["query"], parameters)
        return unload(run, query, found["location"], found["settings"] or "")
    if re.match(r"EXPLAIN\b", text, re.IGNORECASE):
        raise unsupported("EXPLAIN")
    tree = with_parameters(text, parameters)
    match tree:
        case exp.Create() if tree.expression and (tree.kind or "").upper() == "TABLE":
            return create_table_as(run, tree)
        case exp.Insert():
            return insert(run, tree)
        case exp.Query() | exp.Values():
            return _select(run, tree)
    raise unsupported(f"Statement {type(tree).__name__.upper()}")


def _select(run: Run, tree: exp.Expression) -> Outcome:
    compiled = run.compile(tree)
    columns = [
        ResultColumn(column.name or f"_col{index}", column.kind)
        for index, column in enumerate(compiled.columns)
    ]
    listed = ", ".join(fetchable(column.sql, column.kind) for column in compiled.columns)
    # DuckDB keeps the order of the inner query.
    cursor = run.connection.execute(f"SELECT {listed} FROM ({compiled.sql})")
    return run.answer("DML", "SELECT", columns, shown_rows(cursor, columns))


def _create_view(run: Run, found: re.Match) -> Outcome:
    database, name = run.catalog.locate(found["name"])
    there = database.tables.get(name)
    if there is not None:
        if there.latest.get("TableType") != "VIRTUAL_VIEW":
            raise QueryFailure("TABLE_ALREADY_EXISTS", f"Table already exists: {name}")
        if not found["replace"]:
            raise QueryFailure("VIEW_ALREADY_EXISTS", f"View already exists: {name}")
    columns = named_columns(run.compiler().compile(found["query"]))
    run.catalog.add(
        database,
        name,
        TableType="VIRTUAL_VIEW",
        Parameters={"presto_view": "true", "comment": "Presto View"},
        StorageDescriptor={
            "Columns": [{"Name": column, "Type": glue_type(kind)} for column, kind in columns],
            "Location": "",
            "SerdeInfo": {},
        },
        ViewOriginalText=view_text(found["query"].strip(), run.catalog.database, columns),
        ViewExpandedText="/* Presto View */",
    )
    return run.answer("DDL", "CREATE_VIEW")
