"""Writes a call's metrics in one transaction.

LocalStack opens its database and commits once for each value.
"""

import sqlite3
import time

from localstack.services.cloudwatch.cloudwatch_database_helper import CloudwatchDatabase
from localstack.utils.patch import patch

_COLUMNS = "account_id, region, metric_name, namespace, timestamp, dimensions, unit, storage_resolution"


def write_at_once() -> None:
    @patch(CloudwatchDatabase.add_metric_data)
    def _at_once(_add, self, account_id, region, namespace, metric_data):
        add_metric_data(self, account_id, region, namespace, metric_data)


def add_metric_data(
    database: CloudwatchDatabase, account_id: str, region: str, namespace: str, metric_data: list[dict]
) -> None:
    """Adds the `MetricData` of a PutMetricData."""
    single, aggregated = [], []
    for metric in metric_data:
        measured_at = metric.get("Timestamp")
        place = (
            account_id,
            region,
            metric.get("MetricName"),
            namespace,
            database._convert_timestamp_to_unix(measured_at) if measured_at else int(time.time()),
            database._get_ordered_dimensions_with_separator(metric.get("Dimensions")),
            metric.get("Unit"),
            metric.get("StorageResolution"),
        )
        if metric.get("Value") is not None:
            single.append((*place, metric["Value"]))
        elif values := metric.get("Values"):
            counts = metric.get("Counts", [1] * len(values))
            for value, count in zip(values, counts, strict=True):
                single += [(*place, value)] * int(count)
        if statistics := metric.get("StatisticValues"):
            names = ("SampleCount", "Sum", "Minimum", "Maximum")
            aggregated.append((*place, *(statistics.get(name) for name in names)))
    with database.DATABASE_LOCK:
        connection = sqlite3.connect(database.METRICS_DB)
        try:
            # Metrics do not outlive this process: they need not survive a loss of power.
            connection.execute("PRAGMA synchronous = OFF")
            with connection:
                _insert(connection, database.TABLE_SINGLE_METRICS, "value", single)
                columns = '"sample_count", "sum", "min", "max"'
                _insert(connection, database.TABLE_AGGREGATED_METRICS, columns, aggregated)
        finally:
            connection.close()


def _insert(connection: sqlite3.Connection, table: str, columns: str, rows: list[tuple]) -> None:
    if rows:
        places = ", ".join("?" * len(rows[0]))
        connection.executemany(f"INSERT INTO {table} ({_COLUMNS}, {columns}) VALUES ({places})", rows)
