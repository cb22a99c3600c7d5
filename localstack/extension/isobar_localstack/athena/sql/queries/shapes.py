"""Compiled queries, and the tables and conditions that they use."""

from dataclasses import dataclass, field
from typing import Protocol

from sqlglot import exp

from isobar_localstack.athena.errors import QueryFailure
from isobar_localstack.athena.sql.expressions.dispatch import Expressions
from isobar_localstack.athena.sql.expressions.scope import Column, Scope
from isobar_localstack.athena.sql.types import Type


@dataclass
class Compiled:
    """DuckDB's text of a query with the columns `_0`, `_1`, …, and their names and types in Trino."""

    sql: str
    columns: list[Column]


@dataclass(frozen=True)
class Condition:
    """A condition of the query on the partition columns of one table."""

    sql: str
    # The condition applies to the result of an outer join. It may accept NULL rows that replace pruned rows.
    after_outer_join: bool


@dataclass
class Scan:
    """One use of a catalog table. It needs a view named `view` before the query runs."""

    view: str
    database: str
    table: str
    # The names of the columns in use, collected while the query is compiled.
    used: set[str]
    # Conditions on the relation `alias`.
    conditions: list[Condition] = field(default_factory=list)
    # The possible values of a partition column, for injected projection.
    fixed: dict[str, set[str]] = field(default_factory=dict)
    alias: str = ""


@dataclass(frozen=True)
class Shape:
    """A table in the catalog: its columns, partition columns last, or the text of a view."""

    database: str
    name: str
    columns: list[tuple[str, Type]]
    partition_columns: frozenset[str] = frozenset()
    view_text: str | None = None


def renamed(columns: list[Column], names: list[str]) -> list[Column]:
    """The columns with the names of an alias list, if it is not empty."""
    if not names:
        return columns
    if len(names) != len(columns):
        raise QueryFailure(
            "MISMATCHED_COLUMN_ALIASES",
            f"Column alias list has {len(names)} entries but relation has {len(columns)} columns available",
        )
    return [Column(name, column.kind, column.sql) for name, column in zip(names, columns, strict=True)]


class QueryCompiler(Protocol):
    """The compiler of queries, as its parts use it."""

    expressions: Expressions
    # The default database. A view changes it for its own text.
    database: str
    scans: list[Scan]
    # The tables of the enclosing WITH clauses, innermost last: alias and columns by name.
    with_tables: list[dict[str, tuple[str, list[Column]]]]

    def query(self, node: exp.Expression, outer: Scope | None) -> Compiled: ...

    def look_up(self, database: str, name: str) -> Shape | None: ...

    def fresh_name(self) -> str:
        """A relation name that DuckDB's text does not contain yet."""
