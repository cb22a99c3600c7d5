"""Glue's metrics of a run, from Spark's event log.

https://docs.aws.amazon.com/glue/latest/dg/monitoring-awsglue-with-cloudwatch-metrics.html
"""

import json
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

_PREFIX = "glue.driver.aggregate."
_UNITS = {"elapsedTime": "Milliseconds", "bytesRead": "Bytes", "shuffleBytesWritten": "Bytes"}


def spark_totals(folder: Path) -> Counter[str]:
    """What the tasks of a run read, shuffled and failed at: all 0 when the script used no Spark."""
    totals = Counter(recordsRead=0, bytesRead=0, shuffleBytesWritten=0, numFailedTasks=0)
    for file in sorted(folder.glob("*")):
        with file.open(encoding="utf-8", errors="replace") as lines:
            totals.update(_totals_in(lines))
    return totals


def _totals_in(lines: Iterable[str]) -> Counter[str]:
    totals = Counter()
    for line in lines:
        if not line.startswith('{"Event":"SparkListenerTaskEnd"'):
            continue
        event = json.loads(line)
        metrics = event.get("Task Metrics") or {}
        read = metrics.get("Input Metrics") or {}
        shuffled = metrics.get("Shuffle Write Metrics") or {}
        totals["recordsRead"] += read.get("Records Read", 0)
        totals["bytesRead"] += read.get("Bytes Read", 0)
        totals["shuffleBytesWritten"] += shuffled.get("Shuffle Bytes Written", 0)
        totals["numFailedTasks"] += int((event.get("Task End Reason") or {}).get("Reason") != "Success")
    return totals


def record_run(job: str, totals: Counter[str], milliseconds: float, account_id: str, region: str) -> None:
    from isobar_localstack.cloudwatch.measurements import measure

    for name, value in {**totals, "elapsedTime": milliseconds}.items():
        measure(
            "Glue",
            f"{_PREFIX}{name}",
            value,
            unit=_UNITS.get(name, "Count"),
            account_id=account_id,
            region_name=region,
            dimensions={"JobName": job, "JobRunId": "ALL", "Type": "count"},
        )
