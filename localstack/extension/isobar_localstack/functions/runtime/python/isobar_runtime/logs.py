"""The `logging` module in the format of Lambda's Python runtime: tab-separated text, or JSON lines."""

import json
import logging
import os
import sys
import time
import traceback

IS_JSON = os.environ.get("AWS_LAMBDA_LOG_FORMAT") == "JSON"
_LEVELS = {"TRACE": "NOTSET"}
_TEXT = "[%(levelname)s]\t%(asctime)s.%(msecs)03dZ\t%(aws_request_id)s\t%(message)s"
_STANDARD_FIELDS = {*vars(logging.makeLogRecord({})), "message", "asctime", "aws_request_id"}

_request_id = ""


def set_request_id(request_id: str) -> None:
    global _request_id
    _request_id = request_id


def timestamp() -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())


def set_up_logging() -> None:
    handler = _Handler()
    handler.addFilter(_add_request_id)
    handler.setFormatter(_JsonFormatter() if IS_JSON else _text_formatter())
    root = logging.getLogger()
    root.addHandler(handler)
    if level := os.environ.get("AWS_LAMBDA_LOG_LEVEL", "").upper():
        root.setLevel(_LEVELS.get(level, level))


class _Handler(logging.Handler):
    def emit(self, record: logging.LogRecord) -> None:
        # A record is one log event, even with line breaks.
        sys.stdout.write(self.format(record).replace("\n", "\r") + "\n")


def _add_request_id(record: logging.LogRecord) -> bool:
    record.aws_request_id = _request_id
    return True


def _text_formatter() -> logging.Formatter:
    formatter = logging.Formatter(_TEXT, "%Y-%m-%dT%H:%M:%S")
    formatter.converter = time.gmtime
    return formatter


class _JsonFormatter(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        extra = {name: value for name, value in vars(record).items() if name not in _STANDARD_FIELDS}
        line = {
            **extra,
            "timestamp": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(record.created)),
            "level": record.levelname,
            "message": record.getMessage(),
            "logger": record.name,
            "requestId": record.aws_request_id,
        }
        if record.exc_info and record.exc_info[0]:
            kind, error, trace = record.exc_info
            line["errorType"] = kind.__name__
            line["errorMessage"] = str(error)
            line["stackTrace"] = [text.rstrip("\n") for text in traceback.format_tb(trace)]
            line["location"] = f"{record.pathname}:{record.funcName}:{record.lineno}"
        return json.dumps(line, default=str, ensure_ascii=False)
