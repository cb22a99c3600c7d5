"""Skips the log of requests when no handler shows it.

LocalStack's loggers of requests are for INFO at every level of LS_LOG. With `warning`, each request is copied
into a record with headers, body and response, which the handler then drops.
"""

import logging

from localstack.aws.handlers.logging import ResponseLogger
from localstack.logging.setup import get_log_level_from_config

_REQUESTS = logging.getLogger("localstack.request")


def skip_what_is_not_shown() -> None:
    level = get_log_level_from_config()
    if level <= logging.INFO or _REQUESTS.handlers:
        return
    _REQUESTS.setLevel(level)
    ResponseLogger.__call__ = lambda *_response: None
