"""LocalStack's index of all AWS services, kept beside its environment.

Without the file, LocalStack reads the models of some 400 services at each start with a new folder: 4 s of CPU,
and 300 MB that it never gives back.
"""

import os
import shutil
import sys
from pathlib import Path

from localstack import config
from localstack.runtime import hooks

_KEPT_IN = Path(sys.prefix) / "share" / "isobar-localstack"


def _file_name() -> str:
    from localstack.aws import spec

    return spec._get_catalog_filename()


@hooks.on_runtime_create()
def use_kept_catalog():
    """Copies the index to where LocalStack looks for it, if `register.py` has made one of these versions."""
    kept = _KEPT_IN / _file_name()
    used = Path(config.dirs.cache) / kept.name
    if kept.exists() and not used.exists():
        used.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(kept, used)


def keep_catalog() -> None:
    """Builds the index, unless there is one of these versions."""
    from localstack.aws import spec

    kept = _KEPT_IN / _file_name()
    if kept.exists():
        return
    kept.parent.mkdir(parents=True, exist_ok=True)
    # An interrupted build leaves no half file under the name that is read.
    part = kept.with_suffix(f".{os.getpid()}")
    spec.build_service_index_cache(str(part))
    part.replace(kept)


if __name__ == "__main__":
    keep_catalog()
