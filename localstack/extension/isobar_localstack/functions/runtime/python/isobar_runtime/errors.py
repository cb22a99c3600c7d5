"""The JSON of an error for the caller of Invoke, and its text for the log."""

import json
import sys
import traceback

_OWN_FRAMES = ("/isobar_runtime/", "<frozen importlib")
# A log event ends at a line feed. A return and a no-break space keep the text of an error in one event.
_LINE_END = "\r"
_INDENT = "\N{NO-BREAK SPACE}"


class RuntimeFault(Exception):
    """An error that the runtime itself finds. `stack_trace` is the user's, where there is one."""

    def __init__(self, error_type: str, message: str, stack_trace: list[str] | None = None):
        super().__init__(message)
        self.error_type = f"Runtime.{error_type}"
        self.stack_trace = stack_trace or []


def to_response(error: BaseException, request_id: str) -> dict:
    if isinstance(error, RuntimeFault):
        error_type, stack_trace = error.error_type, error.stack_trace
    else:
        error_type, stack_trace = type(error).__name__, _stack_trace(error)
    return {
        "errorMessage": str(error),
        "errorType": error_type,
        "requestId": request_id,
        "stackTrace": stack_trace,
    }


def _stack_trace(error: BaseException) -> list[str]:
    """The frames of the user's code, from the first on."""
    frames = traceback.extract_tb(error.__traceback__)
    while frames and any(own in frames[0].filename for own in _OWN_FRAMES):
        del frames[0]
    return traceback.format_list(frames)


def log(response: dict, *, as_json: bool, timestamp: str) -> None:
    if as_json:
        line = {"timestamp": timestamp, "log_level": "ERROR", **response}
        sys.stdout.write(json.dumps(line, ensure_ascii=False) + "\n")
        return
    lines = [
        f"[ERROR] {response['errorType']}: {response['errorMessage']}",
        "Traceback (most recent call last):",
    ]
    for entry in response["stackTrace"]:
        lines += [_indented(line) for line in entry.splitlines()]
    sys.stdout.write(_LINE_END.join(lines) + "\n")


def _indented(line: str) -> str:
    text = line.lstrip(" ")
    return _INDENT * (len(line) - len(text)) + text
