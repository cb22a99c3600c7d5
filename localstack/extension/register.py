"""Registers the extension in the Python environment that runs this script: `<venv>/bin/python register.py`.

Writes the files of an editable install (a path file and the package's metadata), without network and build.
LocalStack's plugin loader has a setuptools hook that breaks editable installs. Then it builds the index of AWS's
services, which each start would build again. Does nothing if up to date.
"""

import subprocess
import sys
import sysconfig
import tomllib
from pathlib import Path

FOLDER = Path(__file__).resolve().parent


def main() -> None:
    project = tomllib.loads((FOLDER / "pyproject.toml").read_text())["project"]
    packages = Path(sysconfig.get_path("purelib"))
    stem = project["name"].replace("-", "_")
    metadata = packages / f"{stem}-{project['version']}.dist-info"
    metadata.mkdir(exist_ok=True)
    _write(packages / f"{stem}.pth", f"{FOLDER}\n")
    _write(metadata / "METADATA", _metadata(project))
    _write(metadata / "entry_points.txt", _entry_points(project["entry-points"]))
    subprocess.run([sys.executable, "-m", "isobar_localstack.service_catalog"], check=True)


def _metadata(project: dict) -> str:
    return f"Metadata-Version: 2.1\nName: {project['name']}\nVersion: {project['version']}\n"


def _entry_points(groups: dict[str, dict[str, str]]) -> str:
    lines = []
    for group, entries in groups.items():
        lines += [f"[{group}]", *(f"{name} = {target}" for name, target in entries.items()), ""]
    return "\n".join(lines)


def _write(path: Path, text: str) -> None:
    # LocalStack caches plugins by the modification time of these files, so unchanged files are not written.
    if not path.exists() or path.read_text() != text:
        path.write_text(text)


if __name__ == "__main__":
    main()
