"""Bounds a function's process to its MemorySize, as Lambda's sandbox does.

Counted is memory that the kernel cannot take back: the heap, buffers and stacks, not the mapped files of the
program. A thread looks at the processes of running invocations, with their children. The kernel's peak value
is checked after each invocation, so that memory that was used between two looks counts, too.

Systems other than Linux have no /proc: there the runtime's own measurement is checked after the invocation.
"""

import contextlib
import os
import re
import threading
import time
from collections.abc import Iterator

_LOOK_EVERY_S = 0.1
_PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")
_MB = 2**20
_PEAK = re.compile(rb"^VmHWM:\s+(\d+).*^RssFile:\s+(\d+).*^RssShmem:\s+(\d+)", re.MULTILINE | re.DOTALL)


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
        found = _PEAK.search(_read(f"/proc/{pid}/status"))
    except OSError:
        return None
    if not found:  # it has just ended
        return None
    peak, of_files, shared = map(int, found.groups())
    return round((peak - of_files - shared) / 1024)


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
            for child in _read(f"/proc/{pid}/task/{thread}/children").split():
                yield from _family(int(child))


def _anonymous_bytes(pid: int) -> int:
    try:
        _size, resident, shared, *_ = _read(f"/proc/{pid}/statm").split()
    except (OSError, ValueError):
        return 0
    return (int(resident) - int(shared)) * _PAGE_BYTES


def _read(path: str) -> bytes:
    """A file of /proc at once: `pathlib` takes longer than the kernel."""
    file = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        return os.read(file, 65_536)
    finally:
        os.close(file)
