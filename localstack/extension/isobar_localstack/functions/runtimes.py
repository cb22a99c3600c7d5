"""The runtimes of functions: those that run locally, and the command that starts the process of each."""

import sysconfig
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from isobar_localstack import settings
from isobar_localstack.functions.python import interpreter_for

_BOOTSTRAPS = Path(__file__).parent / "runtime"
_PYTHON = ("python3.12", "python3.13", "python3.14")
_SUPPORTED = f"Functions run on Node.js (nodejs*) and on {', '.join(_PYTHON[:-1])} or {_PYTHON[-1]}"


# V8 compiles in blocks of 8 to 32 kB. Freed between others, they would stay with the C library: 10 to 16 MB
# in each process. As mappings of their own they go back to the system. Other C libraries do not read it.
_ALLOCATOR = "glibc.malloc.mmap_threshold=8192:glibc.malloc.trim_threshold=65536"
# Functions with a processor of their own move megabytes in an invocation. New mappings for these buffers
# would be a tenth of their CPU time.
_ONE_PROCESSOR_MB = 1769


@dataclass(frozen=True)
class Program:
    """Runs the functions of one runtime. The executor appends the number of the socket to `command`."""

    command: tuple[str, ...]
    # Of the process, unless the function has its own. The bootstrap hides them from the function.
    environment: Mapping[str, str]
    # Stands before the system's folders in the function's PATH.
    bin_folder: str
    # What differs from AWS, for the function's log.
    notice: str = ""
    # The runtime opens events in shared memory itself.
    opens_events: bool = False


def refusal(package_type: str, runtime: str | None) -> str | None:
    """Why such a function does not run here. None when it runs."""
    if package_type == "Image":
        return (
            "Container images are not emulated locally: functions run as plain processes, without Docker. "
            f"{_SUPPORTED} from zip archives."
        )
    if runtime and (runtime.startswith("nodejs") or runtime in _PYTHON):
        return None
    return f"The runtime {runtime} is not emulated locally. {_SUPPORTED}."


def program_for(runtime: str, memory_mb: int) -> Program:
    return _node(memory_mb) if runtime.startswith("nodejs") else _python(runtime)


def _node(memory_mb: int) -> Program:
    node = settings.node_binary()
    command = (
        node,
        # Lambda gives V8 these shares of the function's memory.
        f"--max-old-space-size={memory_mb * 90 // 100}",
        f"--max-semi-space-size={max(memory_mb * 5 // 100, 1)}",
        # Lambda leaves this to V8, which then collects all garbage at every second large event.
        f"--initial-old-space-size={max(memory_mb * 12 // 100, 1)}",
        str(_BOOTSTRAPS / "bootstrap.mjs"),
        settings.runtime_modules() or "",
        _ALLOCATOR,
    )
    environment = {"GLIBC_TUNABLES": _ALLOCATOR} if memory_mb < _ONE_PROCESSOR_MB else {}
    return Program(command, environment, str(Path(node).parent), opens_events=True)


def _python(runtime: str) -> Program:
    python = interpreter_for(runtime.removeprefix("python"))
    command = (
        python.path,
        "-u",  # a line is in the log at once
        "-P",  # the bootstrap's folder is no place for modules
        str(_BOOTSTRAPS / "python" / "bootstrap.py"),
        sysconfig.get_path("purelib"),
    )
    notice = ""
    if f"python{python.minor}" != runtime:
        notice = (
            f"isobar: this machine has no {runtime}, so the function runs on Python {python.version}. "
            f"Install {runtime} and start the platform again to run it as AWS does.\n"
        )
    return Program(command, {}, python.bin_folder, notice)
