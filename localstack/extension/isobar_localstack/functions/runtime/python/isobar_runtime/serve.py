"""Serves invocations until LocalStack closes the socket."""

import json
import os
import resource
import sys
from collections.abc import Callable
from decimal import Decimal

from isobar_runtime import errors, logs
from isobar_runtime.context import LambdaContext
from isobar_runtime.errors import RuntimeFault
from isobar_runtime.frames import Executor
from isobar_runtime.handler import load_handler


def serve(fd: int) -> None:
    executor = Executor(fd)
    logs.set_up_logging()
    try:
        handler = load_handler(os.environ["_HANDLER"])
    except Exception as error:
        _fail(executor, error, request_id="", final=True)
        sys.exit(1)
    executor.send({"kind": "ready"})
    while (frame := executor.receive()) is not None:
        _answer(executor, handler, *frame)
    os._exit(0)  # a thread of the function must not keep the process alive


def _answer(executor: Executor, handler: Callable, header: dict, payload: bytearray) -> None:
    request_id = header["requestId"]
    logs.set_request_id(request_id)
    os.environ["_X_AMZN_TRACE_ID"] = header["traceId"]
    # Only an Exception is an answer: sys.exit() ends the process, as on Lambda.
    try:
        body = _to_json(handler(_parsed(payload), LambdaContext(header)))
    except Exception as error:
        _fail(executor, error, request_id=request_id)
    else:
        executor.send({"kind": "response", "memoryUsedMb": _memory_used_mb()}, body)


def _fail(executor: Executor, error: Exception, *, request_id: str, final: bool = False) -> None:
    response = errors.to_response(error, request_id)
    errors.log(response, as_json=logs.IS_JSON, timestamp=logs.timestamp())
    header = {
        "kind": "error",
        "final": final,
        "errorType": response["errorType"],
        "memoryUsedMb": _memory_used_mb(),
    }
    executor.send(header, json.dumps(response, ensure_ascii=False).encode(errors="replace"))


def _parsed(payload: bytearray):
    try:
        return json.loads(payload)
    except ValueError as error:
        raise RuntimeFault("UnmarshalError", f"Unable to unmarshal input: {error}") from error


def _to_json(result) -> bytes:
    try:
        return json.dumps(result, default=_decimal, ensure_ascii=False).encode()
    except Exception as error:
        raise RuntimeFault("MarshalError", f"Unable to marshal response: {error}") from error


def _decimal(value):
    """DynamoDB's numbers, which Lambda's runtime writes as floats."""
    if isinstance(value, Decimal):
        return float(value)
    raise TypeError(f"Object of type {type(value).__name__} is not JSON serializable")


def _memory_used_mb() -> int:
    """Where LocalStack cannot look itself: macOS counts in bytes."""
    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20)
