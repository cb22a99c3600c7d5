"""The context and the outcome of one statement."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

from sqlglot import exp

from isobar_localstack.athena.catalog import Catalog
from isobar_localstack.athena.results import ResultColumn, ResultRows
from isobar_localstack.athena.sql.queries.compiler import Compiler
from isobar_localstack.athena.sql.queries.shapes import Compiled
from isobar_localstack.athena.tables import TableReader, shape_of


class ScanLimitExceeded(Exception):
    """The statement exceeds the workgroup's BytesScannedCutoffPerQuery."""


@dataclass
class Outcome:
    statement_type: str
    substatement_type: str
    columns: list[ResultColumn]
    scanned_bytes: int = 0
    # The locations of written objects, for the manifest.
    written: list[str] = field(default_factory=list)

    @property
    def is_query(self) -> bool:
        """Whether the result has a heading line."""
        return self.substatement_type == "SELECT"


@dataclass
class Run:
    """The context of one statement: its DuckDB connection, its catalog, and where its result goes."""

    connection: object
    catalog: Catalog
    s3: object
    folder: Path
    rows: ResultRows
    scan_limit_bytes: int | None
    # Returns the text of a prepared statement of the workgroup.
    look_up_prepared: Callable[[str], str | None]
    # Stores a prepared statement of the workgroup, or deletes it: (name, text or None).
    keep_prepared: Callable[[str, str | None], None]
    # The bytes that Athena would scan for the compiled query.
    scanned_bytes: int = 0

    def compiler(self) -> Compiler:
        store = self.catalog.store
        return Compiler(lambda database, name: shape_of(store, database, name), self.catalog.database)

    def compile(self, tree: exp.Expression) -> Compiled:
        """Compiles a query, and creates the views of its tables."""
        compiler = self.compiler()
        compiled = compiler.compile(tree)
        reader = TableReader(self.connection, self.catalog.store, self.catalog.objects)
        self.scanned_bytes = sum(reader.open(scan) for scan in compiler.scans)
        if self.scan_limit_bytes is not None and self.scanned_bytes > self.scan_limit_bytes:
            raise ScanLimitExceeded
        return compiled

    def answer(
        self, statement: str, kind: str, columns: Iterable[ResultColumn] = (), rows: Iterable = ()
    ) -> Outcome:
        self.rows.write(rows)
        return Outcome(statement, kind, list(columns), self.scanned_bytes)
