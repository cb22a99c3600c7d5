"""Batches the log lines that LocalStack writes to CloudWatch after each invocation.

Batches are written once a second, by one thread for all functions of an account and region. LocalStack has
one for each version of a function.
"""

import threading
import time
from collections import defaultdict

from localstack.services.lambda_.invocation.logs import LogHandler, LogItem
from localstack.utils.aws.arns import extract_account_id_from_arn

_INTERVAL_S = 1
# The limits of PutLogEvents are 1 MiB and 10,000 events.
_LOG_BATCH_CHARACTERS = 256 * 1024


class Batches:
    def __init__(self):
        self._lock = threading.Lock()
        self._logs: dict[tuple[LogHandler, str, str], list[str]] = defaultdict(list)
        self._writers: dict[tuple[str, str], LogHandler] = {}
        self._start_writer = LogHandler.start_subscriber
        self._write = LogHandler.add_logs
        LogHandler.start_subscriber = lambda _handler: None
        LogHandler.add_logs = lambda handler, item: self._add(handler, item)
        threading.Thread(target=self._run, name="isobar-cloudwatch-batches", daemon=True).start()

    def _add(self, handler: LogHandler, item: LogItem) -> None:
        with self._lock:
            self._logs[self._writer_for(handler), item.log_group, item.log_stream].append(item.logs)

    def _writer_for(self, handler: LogHandler) -> LogHandler:
        place = (extract_account_id_from_arn(handler.role_arn), handler.region)
        if place not in self._writers:
            self._writers[place] = LogHandler(handler.role_arn, handler.region)
            self._start_writer(self._writers[place])
        return self._writers[place]

    def _run(self) -> None:
        while True:
            time.sleep(_INTERVAL_S)
            with self._lock:
                logs, self._logs = self._logs, defaultdict(list)
            for (writer, group, stream), texts in logs.items():
                for text in _joined(texts):
                    self._write(writer, LogItem(group, stream, text))


def _joined(texts: list[str]) -> list[str]:
    joined = [""]
    for text in texts:
        if joined[-1] and len(joined[-1]) + len(text) > _LOG_BATCH_CHARACTERS:
            joined.append("")
        joined[-1] += text
    return joined
