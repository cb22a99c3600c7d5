"""Timers without a thread each.

LocalStack gives each waiting environment a `threading.Timer`, which is a thread that an invocation starts and
the next one ends: 0.1 ms of CPU for each invocation.
"""

import threading
import time
from collections.abc import Callable

_LOOK_EVERY_S = 0.5

_running: set["SharedTimer"] = set()
_has_work = threading.Condition()
_thread: threading.Thread | None = None


class SharedTimer:
    """A `threading.Timer` that may be late by half a second. All of them share one thread."""

    def __init__(self, interval: float, function: Callable[[], None]):
        self.interval_s = interval
        self.function = function
        self.due = 0.0

    def start(self) -> None:
        global _thread
        self.due = time.monotonic() + self.interval_s
        with _has_work:
            _running.add(self)
            _has_work.notify()
            if _thread is None:
                _thread = threading.Thread(target=_run, name="isobar-timers", daemon=True)
                _thread.start()

    def cancel(self) -> None:
        with _has_work:
            _running.discard(self)


def _run() -> None:
    while True:
        with _has_work:
            _has_work.wait_for(lambda: _running)
            now = time.monotonic()
            due = [timer for timer in _running if timer.due <= now]
            _running.difference_update(due)
        for timer in due:
            # It may take its time: it ends a process.
            threading.Thread(target=timer.function, daemon=True).start()
        time.sleep(_LOOK_EVERY_S)
