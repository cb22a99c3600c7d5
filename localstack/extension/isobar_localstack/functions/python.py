"""Finds the Python interpreters of this machine that run functions."""

import os
import pwd
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path

_PROBE = (
    "import sys; print('%d.%d %d.%d.%d' % (*sys.version_info[:2], *sys.version_info[:3]), sys.executable)"
)
_NAMES = ("python", "python3")


@dataclass(frozen=True)
class Interpreter:
    minor: str  # "3.13"
    version: str  # "3.13.5"
    path: str
    # A folder with `python` and its other names, for the scripts of functions and layers.
    bin_folder: str


@cache
def interpreter_for(minor: str) -> Interpreter:
    """The interpreter of this version. The one that runs LocalStack when this machine lacks the version."""
    for candidate in _candidates(minor):
        if (found := _probe(candidate)) and found.minor == minor:
            return found
    own = _probe(str(Path(sys.executable).resolve()))
    assert own, "the interpreter that runs LocalStack answers"
    return own


def _candidates(minor: str) -> list[str]:
    # Not $HOME: the platform starts LocalStack with a home of its own.
    home = Path(pwd.getpwuid(os.getuid()).pw_dir)
    pyenv = Path(os.environ.get("PYENV_ROOT") or home / ".pyenv") / "versions"
    uv = home / ".local/share/uv/python"
    name = f"python{minor}"
    installed = [*pyenv.glob(f"{minor}*/bin/{name}"), *uv.glob(f"cpython-{minor}.*/bin/{name}")]
    on_path = shutil.which(name)
    usual = [f"{folder}/{name}" for folder in ("/usr/local/bin", "/usr/bin", "/opt/homebrew/bin")]
    return [*([on_path] if on_path else []), *map(str, sorted(installed, reverse=True)), *usual]


def _probe(candidate: str) -> Interpreter | None:
    """Asks the program itself: it may be a wrapper, of pyenv for example, that leads to no interpreter."""
    try:
        answer = subprocess.run(
            [candidate, "-c", _PROBE], capture_output=True, text=True, timeout=20, check=True
        )
        minor, version, path = answer.stdout.strip().split(" ", 2)
    except (OSError, subprocess.SubprocessError, ValueError):
        return None
    path = str(Path(path).resolve())
    return Interpreter(minor, version, path, _bin_folder(minor, path))


def _bin_folder(minor: str, path: str) -> str:
    """Not the interpreter's own folder: Debian's has no `python`."""
    folder = Path(tempfile.gettempdir()) / "isobar-python" / minor
    folder.mkdir(parents=True, exist_ok=True)
    for name in (*_NAMES, f"python{minor}"):
        link = folder / name
        link.unlink(missing_ok=True)
        link.symlink_to(path)
    return str(folder)
