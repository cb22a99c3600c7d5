"""Batches the log lines and counts that LocalStack sends to CloudWatch after each invocation.

Without batching, each is an API call inside LocalStack, and together they cost more than the invocation
itself. Batches are sent once a second.
"""

import threading
import time
from collections import Counter, defaultdict
from collections.abc import Callable

from localstack.aws.connect import connect_to
from localstack.services.lambda_.invocation.logs import LogHandler, LogItem

_INTERVAL_S = 1
# The limits of PutLogEvents are 1 MiB and 10,000 events.
_LOG_BATCH_CHARACTERS = 256 * 1024


class Batches:
    def __init__(self, add_logs: Callable[[LogHandler, LogItem], None]):
        self._add_logs = add_logs
        self._lock = threading.Lock()
        self._logs: dict[tuple[LogHandler, str, str], list[str]] = defaultdict(list)
        self._counts: Counter[tuple[str, str, str, str]] = Counter()
        threading.Thread(target=self._run, name="isobar-cloudwatch-batches", daemon=True).start()

    def add_logs(self, handler: LogHandler, item: LogItem) -> None:
        with self._lock:
            self._logs[handler, item.log_group, item.log_stream].append(item.logs)

    def count(self, metric: str, *, function_name: str, account_id: str, region_name: str) -> None:
        with self._lock:
            self._counts[account_id, region_name, function_name, metric] += 1

    def _run(self) -> None:
        while True:
            time.sleep(_INTERVAL_S)
            with self._lock:
                logs, self._logs = self._logs, defaultdict(list)
                counts, self._counts = self._counts, Counter()
            for (handler, group, stream), texts in logs.items():
                for text in _joined(texts):
                    self._add_logs(handler, LogItem(group, stream, text))
            for (account_id, region_name), data in _metric_data(counts).items():
                client = connect_to(aws_access_key_id=account_id, region_name=region_name).cloudwatch
                client.put_metric_data(Namespace="AWS/Lambda", MetricData=data)


def _joined(texts: list[str]) -> list[str]:
    joined = [""]
    for text in texts:
        if joined[-1] and len(joined[-1]) + len(text) > _LOG_BATCH_CHARACTERS:
            joined.append("")
        joined[-1] += text
    return joined


def _metric_data(counts: Counter) -> dict[tuple[str, str], list[dict]]:
    by_place = defaultdict(list)
    for (account_id, region_name, function_name, metric), value in counts.items():
        dimensions = [{"Name": "FunctionName", "Value": function_name}]
        by_place[account_id, region_name].append(
            {"MetricName": metric, "Dimensions": dimensions, "Value": value, "Unit": "Count"}
        )
    return by_place
