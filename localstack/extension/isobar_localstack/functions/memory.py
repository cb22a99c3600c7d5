"""Bounds a function's process to its MemorySize, as Lambda's sandbox does.

Counted is memory that the kernel cannot take back: the heap, buffers and stacks, not the mapped files of the
program. A thread looks at the processes of running invocations, with their children. The kernel's peak value
is checked after each invocation, so that memory that was used between two looks counts, too.

Systems other than Linux have no /proc: there the runtime's own measurement is checked after the invocation.
"""

import contextlib
import os
import threading
import time
from collections.abc import Iterator
from pathlib import Path

_LOOK_EVERY_S = 0.1
_PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")
_MB = 2**20


class _Watch:
    def __init__(self, pid: int, limit_mb: int, kill):
        self.pid = pid
        self.limit_mb = limit_mb
        self.kill = kill


_watched: set[_Watch] = set()
_lock = threading.Lock()
_has_work = threading.Condition(_lock)
_thread: threading.Thread | None = None


@contextlib.contextmanager
def bounded(pid: int, limit_mb: int, kill) -> Iterator[None]:
    """Calls `kill` when the process and its children have more than `limit_mb` within this context."""
    watch = _Watch(pid, limit_mb, kill)
    with _lock:
        _start_watching()
        _watched.add(watch)
        _has_work.notify()
    try:
        yield
    finally:
        with _lock:
            _watched.discard(watch)


def peak_mb(pid: int) -> int | None:
    """The most memory that the process has had. None where the system does not say."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return None
    kilobytes = {
        name: int(rest.split()[0])
        for name, _, rest in (line.partition(":") for line in lines)
        if name in ("VmHWM", "RssFile", "RssShmem")
    }
    if "VmHWM" not in kilobytes:  # it has just ended
        return None
    return round((kilobytes["VmHWM"] - kilobytes["RssFile"] - kilobytes["RssShmem"]) / 1024)


def _start_watching() -> None:
    global _thread
    if _thread is None:
        _thread = threading.Thread(target=_watch, name="isobar-memory", daemon=True)
        _thread.start()


def _watch() -> None:
    while True:
        with _lock:
            _has_work.wait_for(lambda: _watched)
            watched = list(_watched)
        for watch in watched:
            if _used_mb(watch.pid) > watch.limit_mb:
                watch.kill()
        time.sleep(_LOOK_EVERY_S)


def _used_mb(pid: int) -> float:
    return sum(map(_anonymous_bytes, _family(pid))) / _MB


def _family(pid: int) -> Iterator[int]:
    """The process and its descendants. A child belongs to the thread that started it."""
    yield pid
    with contextlib.suppress(OSError):
        for thread in os.listdir(f"/proc/{pid}/task"):
            for child in Path(f"/proc/{pid}/task/{thread}/children").read_text().split():
                yield from _family(int(child))


def _anonymous_bytes(pid: int) -> int:
    try:
        _size, resident, shared, *_ = Path(f"/proc/{pid}/statm").read_text().split()
    except (OSError, ValueError):
        return 0
    return (int(resident) - int(shared)) * _PAGE_BYTES
