"""Batches the log lines that LocalStack sends to CloudWatch after each invocation.

Without batching, each is an API call inside LocalStack that costs more than the invocation itself. Batches
are sent once a second.
"""

import threading
import time
from collections import defaultdict
from collections.abc import Callable

from localstack.services.lambda_.invocation.logs import LogHandler, LogItem

_INTERVAL_S = 1
# The limits of PutLogEvents are 1 MiB and 10,000 events.
_LOG_BATCH_CHARACTERS = 256 * 1024


class Batches:
    def __init__(self, add_logs: Callable[[LogHandler, LogItem], None]):
        self._add_logs = add_logs
        self._lock = threading.Lock()
        self._logs: dict[tuple[LogHandler, str, str], list[str]] = defaultdict(list)
        threading.Thread(target=self._run, name="isobar-cloudwatch-batches", daemon=True).start()

    def add_logs(self, handler: LogHandler, item: LogItem) -> None:
        with self._lock:
            self._logs[handler, item.log_group, item.log_stream].append(item.logs)

    def _run(self) -> None:
        while True:
            time.sleep(_INTERVAL_S)
            with self._lock:
                logs, self._logs = self._logs, defaultdict(list)
            for (handler, group, stream), texts in logs.items():
                for text in _joined(texts):
                    self._add_logs(handler, LogItem(group, stream, text))


def _joined(texts: list[str]) -> list[str]:
    joined = [""]
    for text in texts:
        if joined[-1] and len(joined[-1]) + len(text) > _LOG_BATCH_CHARACTERS:
            joined.append("")
        joined[-1] += text
    return joined
