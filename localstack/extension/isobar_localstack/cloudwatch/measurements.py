"""Collects measurements and gives them to CloudWatch once a second.

Each measurement alone would be an API call inside LocalStack, which costs more than most invocations.
"""

import logging
import threading
import time
from collections import defaultdict
from dataclasses import dataclass

from localstack.services.cloudwatch.cloudwatch_database_helper import CloudwatchDatabase

LOG = logging.getLogger(__name__)

_INTERVAL_S = 1


@dataclass(frozen=True)
class Series:
    account_id: str
    region_name: str
    namespace: str
    metric: str
    unit: str
    dimensions: tuple[tuple[str, str], ...]


class Measurements:
    def __init__(self):
        self._lock = threading.Lock()
        self._values: dict[Series, list[float]] = defaultdict(list)
        self._thread: threading.Thread | None = None

    def add(self, series: Series, value: float) -> None:
        with self._lock:
            self._values[series].append(value)
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="isobar-measurements", daemon=True)
                self._thread.start()

    def _run(self) -> None:
        database = CloudwatchDatabase()
        while True:
            time.sleep(_INTERVAL_S)
            with self._lock:
                values, self._values = self._values, defaultdict(list)
            for place, data in metric_data(values).items():
                try:
                    database.add_metric_data(*place, data)
                except Exception as error:
                    LOG.warning("Cannot store %s metrics: %s", place[-1], error)


def metric_data(values: dict[Series, list[float]]) -> dict[tuple[str, str, str], list[dict]]:
    """The measurements by account, region and namespace, as PutMetricData takes them."""
    by_place = defaultdict(list)
    for series, measured in values.items():
        by_place[series.account_id, series.region_name, series.namespace].append(
            {
                "MetricName": series.metric,
                "Dimensions": [{"Name": name, "Value": value} for name, value in series.dimensions],
                "Unit": series.unit,
                "StatisticValues": {
                    "SampleCount": len(measured),
                    "Sum": sum(measured),
                    "Minimum": min(measured),
                    "Maximum": max(measured),
                },
            }
        )
    return by_place


_measurements = Measurements()


def measure(
    namespace: str,
    metric: str,
    value: float,
    *,
    unit: str,
    account_id: str,
    region_name: str,
    dimensions: dict[str, str],
) -> None:
    series = Series(account_id, region_name, namespace, metric, unit, tuple(dimensions.items()))
    _measurements.add(series, value)
