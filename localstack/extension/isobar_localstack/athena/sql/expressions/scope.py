"""The names that an expression may use, and the relations that they come from."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from sqlglot import exp

from isobar_localstack.athena.errors import QueryFailure
from isobar_localstack.athena.sql.functions.registry import Typed
from isobar_localstack.athena.sql.types import Type


@dataclass(frozen=True)
class Column:
    name: str | None
    kind: Type
    sql: str


@dataclass
class Relation:
    name: str | None
    columns: list[Column]
    # Tables of the catalog only: the columns in use, the Scan, and the columns that are not in the files.
    used: set[str] | None = None
    scan: object | None = None
    partition_columns: frozenset[str] = frozenset()
    # Whether an outer join returns NULLs in place of its rows.
    null_extended: bool = False


@dataclass
class Scope:
    """Resolves names: the relations of a FROM, the enclosing scope, and the parameters of lambdas."""

    relations: list[Relation] = field(default_factory=list)
    parent: "Scope | None" = None
    parameters: dict[str, Typed] = field(default_factory=dict)
    windows: dict[str, exp.Window] = field(default_factory=dict)

    def with_parameters(self, parameters: dict[str, Typed]) -> "Scope":
        return Scope(self.relations, self.parent, {**self.parameters, **parameters}, self.windows)

    def find(self, name: str, relation: str | None) -> Column | None:
        found = [
            (each, column)
            for each in self.relations
            if relation is None or each.name == relation
            for column in each.columns
            if column.name is not None and column.name.lower() == name
        ]
        if len(found) > 1:
            raise QueryFailure("AMBIGUOUS_NAME", f"Column '{name}' is ambiguous")
        if found:
            [(owner, column)] = found
            if owner.used is not None:
                owner.used.add(name)
            return column
        return self.parent.find(name, relation) if self.parent else None


class ExpressionCompiler(Protocol):
    """The compiler of expressions, as its parts use it."""

    now: datetime

    def compile(self, node: exp.Expression, scope: Scope) -> Typed: ...

    def condition(self, node: exp.Expression, scope: Scope) -> str:
        """The SQL of a boolean expression."""

    def compile_query(self, node: exp.Expression, scope: Scope):
        """A subquery, with its columns and SQL."""
