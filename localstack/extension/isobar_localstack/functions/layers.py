"""The layers of a function, as the folder /opt.

There is no container. Where Linux permits it, the function's process has a mount namespace of its own, in
which /opt is the folder of its layers. Elsewhere only the search paths lead to that folder.
"""

import hashlib
import logging
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from localstack.services.lambda_.invocation.lambda_models import LayerVersion

LOG = logging.getLogger(__name__)

_OPT = "/opt"
_BIND = 'mount --bind "$1" /opt && shift && exec "$@"'
# Scripts of layers start with the path of an interpreter of Lambda. CDK's layer with the AWS CLI is one.
_LAMBDAS_INTERPRETERS = b"#!/var/lang/bin/"


@dataclass(frozen=True)
class Layers:
    # The command that starts the process with its /opt, before the process's own command.
    prefix: tuple[str, ...]
    # Where the process finds the files of its layers.
    root: str
    notice: str = ""


def prepare(layers: Iterable[LayerVersion]) -> None:
    for layer in layers:
        layer.code.prepare_for_execution()


def provide(layers: Sequence[LayerVersion], command: Sequence[str]) -> Layers | None:
    """How a process that runs `command` gets these layers. None for no layers."""
    if not layers:
        return None
    folder = str(_merged(layers))
    notice = "".join(
        f"isobar: the extension {name} of a layer is not started: extensions are not emulated locally.\n"
        for name in _extensions(folder)
    )
    namespace = _mount_namespace()
    if namespace and not any(part.startswith(f"{_OPT}/") for part in command):
        prefix = (*namespace, "/bin/sh", "-c", _BIND, "sh", folder)
        return Layers(prefix, _OPT, notice)
    notice += (
        f"isobar: this machine gives the process no /opt of its own. Its layers are in {folder}, to which "
        "NODE_PATH, the Python path and PATH lead. Code that names /opt itself does not find them.\n"
    )
    return Layers((), folder, notice)


def _merged(layers: Sequence[LayerVersion]) -> Path:
    """A folder with the files of all layers. Those of a later layer replace those of an earlier one."""
    key = hashlib.sha256("\n".join(layer.code.id for layer in layers).encode()).hexdigest()[:16]
    folder = Path(tempfile.gettempdir()) / "lambda" / "layers" / key
    if folder.exists():
        return folder
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent) as part:
        for layer in layers:
            source = layer.code.get_unzipped_code_location()
            shutil.copytree(source, part, symlinks=True, dirs_exist_ok=True, copy_function=_place)
        try:
            os.rename(part, folder)
            os.mkdir(part)  # for the end of the context
        except OSError:
            if not folder.exists():  # another function with the same layers was not faster
                raise
    return folder


def _place(source: str, target: str) -> None:
    Path(target).unlink(missing_ok=True)
    with open(source, "rb") as script:
        first = script.readline(len(_LAMBDAS_INTERPRETERS) + 80)
        if not first.startswith(_LAMBDAS_INTERPRETERS):
            os.link(source, target)
            return
        command = first.removeprefix(_LAMBDAS_INTERPRETERS)
        split = b"-S " if b" " in command.strip() else b""
        Path(target).write_bytes(b"#!/usr/bin/env " + split + command + script.read())
    shutil.copymode(source, target)


def _extensions(folder: str) -> list[str]:
    extensions = Path(folder) / "extensions"
    return sorted(path.name for path in extensions.iterdir()) if extensions.is_dir() else []


@cache
def _mount_namespace() -> tuple[str, ...]:
    """The program that gives a process a mount namespace. Empty if this machine has none."""
    with tempfile.TemporaryDirectory() as folder:
        for options in ("--mount",), ("--mount", "--map-root-user"):
            command = ("unshare", *options, "--")
            try:
                subprocess.run(
                    [*command, "/bin/sh", "-c", _BIND, "sh", folder, "true"],
                    check=True,
                    capture_output=True,
                    timeout=20,
                )
            except (OSError, subprocess.SubprocessError):
                continue
            return command
    LOG.warning("This machine permits no mount namespaces: functions find their layers by search paths only.")
    return ()
