"""Runs statements in background threads, and updates the state of their executions."""

import logging
import threading
import time
import traceback
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

from isobar_localstack.athena.objects import LocalObjects, split_location
from isobar_localstack.athena.results import ResultRows, as_csv, as_text
from isobar_localstack.athena.store import Execution, WorkGroup

LOG = logging.getLogger(__name__)

_AT_ONCE = 4
_INTERRUPT_EVERY_S = 0.05


class Executor:
    """Runs executions. The first statement, not LocalStack's start, loads DuckDB and the compiler."""

    def __init__(self):
        self._pool: ThreadPoolExecutor | None = None
        self._lock = threading.Lock()
        self._running = 0

    def start(self, execution: Execution, workgroup: WorkGroup, account: str, region: str) -> None:
        with self._lock:
            if self._pool is None:
                self._pool = ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="athena")
        self._pool.submit(self._run, execution, workgroup, account, region)

    def stop(self, execution: Execution) -> None:
        with self._lock:
            if execution.stopped.is_set():
                return
            execution.stopped.set()
            if execution.state == "QUEUED":
                _finish(execution, "CANCELLED", "Query cancelled by user")
                return
        threading.Thread(target=self._interrupt, args=(execution,), name="athena-stop", daemon=True).start()

    def _interrupt(self, execution: Execution) -> None:
        """Interrupts repeatedly: an execution has several statements, and DuckDB ignores an interrupt between
        them."""
        while not execution.ended.wait(_INTERRUPT_EVERY_S):
            with self._lock:
                if execution.interrupt:
                    execution.interrupt()

    def _run(self, execution: Execution, workgroup: WorkGroup, account: str, region: str) -> None:
        with self._lock:
            if execution.stopped.is_set():
                return
            execution.shown["Status"]["State"] = "RUNNING"
            self._running += 1
        started = time.monotonic()
        submitted = execution.shown["Status"]["SubmissionDateTime"]
        statistics = execution.shown["Statistics"]
        statistics["QueryQueueTimeInMillis"] = _milliseconds((datetime.now(UTC) - submitted).total_seconds())
        objects = LocalObjects(_folder() / "objects", account, region)
        try:
            self._execute(execution, workgroup, objects, account, region)
            state, reason = "SUCCEEDED", None
        except Exception as error:
            state, reason = _failure(execution.shown, error)
        if execution.stopped.is_set():
            state, reason = "CANCELLED", "Query cancelled by user"
        statistics["EngineExecutionTimeInMillis"] = _milliseconds(time.monotonic() - started)
        statistics["TotalExecutionTimeInMillis"] = (
            statistics["EngineExecutionTimeInMillis"] + statistics["QueryQueueTimeInMillis"]
        )
        _finish(execution, state, reason)
        _measure(execution, state, workgroup.name, account, region)
        execution.ended.set()
        with self._lock:
            self._running -= 1
            if self._running == 0:
                objects.forget_oldest()

    def _execute(
        self, execution: Execution, workgroup: WorkGroup, objects: LocalObjects, account: str, region: str
    ) -> None:
        from localstack.aws.connect import connect_to

        from isobar_localstack.athena.catalog import Catalog
        from isobar_localstack.athena.engine import connect
        from isobar_localstack.athena.run import Run
        from isobar_localstack.athena.statements import execute
        from isobar_localstack.glue.store import catalog_stores

        shown = execution.shown
        s3 = connect_to(aws_access_key_id=account, region_name=region).s3
        connection = connect(_folder())
        try:
            with self._lock:
                execution.interrupt = connection.interrupt
            database = shown["QueryExecutionContext"].get("Database") or "default"
            # awswrangler quotes the name.
            catalog = Catalog(catalog_stores[account][region], objects, account, database.strip("`").lower())
            rows = ResultRows(_results_folder() / f"{shown['QueryExecutionId']}.jsonl")
            limit = workgroup.configuration.get("BytesScannedCutoffPerQuery")
            run = Run(
                connection, catalog, s3, _folder() / "scratch", rows, limit,
                lambda name: (workgroup.prepared.get(name) or {}).get("QueryStatement"),
                lambda name, text: _keep_prepared(workgroup, name, text),
            )  # fmt: skip
            outcome = execute(run, shown["Query"], shown.get("ExecutionParameters") or [])
            shown["StatementType"], shown["SubstatementType"] = (
                outcome.statement_type,
                outcome.substatement_type,
            )
            shown["Statistics"]["DataScannedInBytes"] = outcome.scanned_bytes
            execution.columns, execution.rows = outcome.columns, rows
            execution.has_headings = outcome.is_query
            self._publish(shown, outcome, rows, s3)
        finally:
            with self._lock:
                execution.interrupt = None
            connection.close()

    def _publish(self, shown: dict, outcome, rows: ResultRows, s3) -> None:
        """Puts the result at its output location: CSV for a query, text for other statements."""
        location = shown["ResultConfiguration"]["OutputLocation"]
        suffix = ".csv" if outcome.is_query or outcome.written or outcome.statement_type == "DML" else ".txt"
        location = f"{location}{suffix}"
        shown["ResultConfiguration"]["OutputLocation"] = location
        bucket, key = split_location(location)
        lines = as_csv(outcome.columns, rows.read()) if outcome.is_query else as_text(rows.read())
        if outcome.written:
            target = f"{location.removesuffix('.csv')}-manifest.csv"
            manifest = "".join(f"{each}\n" for each in outcome.written)
            shown["Statistics"]["DataManifestLocation"] = target
            s3.put_object(Bucket=bucket, Key=split_location(target)[1], Body=manifest.encode())
            return
        if outcome.statement_type == "DML" and not outcome.is_query:
            return
        path = rows.path.with_suffix(suffix)
        try:
            with path.open("w", encoding="utf-8", newline="") as file:
                file.writelines(lines)
            s3.upload_file(str(path), bucket, key)
        finally:
            path.unlink(missing_ok=True)


def _keep_prepared(workgroup: WorkGroup, name: str, text: str | None) -> None:
    if text is None:
        workgroup.prepared.pop(name, None)
        return
    workgroup.prepared[name] = {
        "StatementName": name,
        "QueryStatement": text,
        "WorkGroupName": workgroup.name,
        "LastModifiedTime": datetime.now(UTC),
    }


def _failure(shown: dict, error: Exception) -> tuple[str, str]:
    """The final state of a failed statement, and the reason."""
    from isobar_localstack.athena.errors import QueryFailure
    from isobar_localstack.athena.run import ScanLimitExceeded

    if isinstance(error, ScanLimitExceeded):
        return "CANCELLED", "Query cancelled! : Bytes scanned limit was exceeded"
    if isinstance(error, QueryFailure):
        category, reason = error.category, str(error)
    else:
        LOG.warning("A statement failed unexpectedly:\n%s", "".join(traceback.format_exception(error)))
        category, reason = QueryFailure.SYSTEM, f"GENERIC_INTERNAL_ERROR: {type(error).__name__}: {error}"
    shown["Status"]["AthenaError"] = {
        "ErrorCategory": category,
        "ErrorType": 1006 if category == QueryFailure.USER else 1,
        "Retryable": False,
        "ErrorMessage": reason,
    }
    return "FAILED", reason


def _finish(execution: Execution, state: str, reason: str | None) -> None:
    status = execution.shown["Status"]
    if reason:
        status["StateChangeReason"] = reason
    status["CompletionDateTime"] = datetime.now(UTC)
    # Last: a reader that sees the final state may read all other fields.
    status["State"] = state


def _measure(execution: Execution, state: str, workgroup: str, account: str, region: str) -> None:
    """https://docs.aws.amazon.com/athena/latest/ug/query-metrics-viewing.html"""
    from isobar_localstack.cloudwatch.measurements import measure

    statistics = execution.shown["Statistics"]
    dimensions = {
        "QueryState": "CANCELED" if state == "CANCELLED" else state,
        "QueryType": execution.shown.get("StatementType") or "DML",
        "WorkGroup": workgroup,
    }
    for metric, value, unit in (
        ("ProcessedBytes", statistics.get("DataScannedInBytes", 0), "Bytes"),
        ("TotalExecutionTime", statistics["TotalExecutionTimeInMillis"], "Milliseconds"),
    ):
        measure(
            "AWS/Athena",
            metric,
            value,
            unit=unit,
            account_id=account,
            region_name=region,
            dimensions=dimensions,
        )


def _milliseconds(seconds: float) -> int:
    return max(round(seconds * 1000), 0)


def _folder() -> Path:
    """A folder below LocalStack's temporary folder, which is deleted with the run."""
    from localstack import config

    return Path(config.dirs.tmp) / "isobar-athena"


def _results_folder() -> Path:
    folder = _folder() / "results"
    folder.mkdir(parents=True, exist_ok=True)
    return folder
