"""The architecture of a function. Its process has the machine's, whatever the function asks for."""

import os
import platform
from collections.abc import Sequence
from functools import cache

_MACHINE = "arm64" if platform.machine() in ("aarch64", "arm64") else "x86_64"


def notice(architectures: Sequence[str], folders: Sequence[str]) -> str:
    """For the function's log: only native code notices the difference. `folders` have its code and layers."""
    wanted = architectures[0] if architectures else "x86_64"
    native = None if wanted == _MACHINE else next(filter(None, map(_native_file, folders)), None)
    if native is None:
        return ""
    return (
        f"isobar: the function asks for {wanted} and runs on {_MACHINE}, the architecture of this machine. "
        f"{native} is native code, which loads only where it was built for {_MACHINE}.\n"
    )


@cache
def _native_file(folder: str) -> str | None:
    for parent, _, names in os.walk(folder):
        for name in names:
            if name.endswith((".node", ".so")) or ".so." in name:
                return os.path.relpath(os.path.join(parent, name), folder)
    return None
