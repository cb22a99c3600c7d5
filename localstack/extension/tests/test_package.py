"""The package, as it is built for other environments."""

import shutil
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

EXTENSION = Path(__file__).resolve().parents[1]
PACKAGE = "isobar_localstack"


def test_the_wheel_has_every_file_and_entry_point_of_the_extension(tmp_path):
    # A build leaves files beside its sources.
    source = tmp_path / "source"
    ignored = shutil.ignore_patterns("__pycache__", "tests", "build", "*.egg-info")
    shutil.copytree(EXTENSION, source, ignore=ignored)
    build = ["-m", "pip", "wheel", "--quiet", "--no-build-isolation", "--no-deps", "--no-index", "-w"]
    subprocess.run([sys.executable, *build, str(tmp_path), str(source)], check=True, timeout=120)
    [wheel] = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
        [metadata] = [name for name in names if name.endswith(".dist-info/METADATA")]
        described = archive.read(metadata).decode()
        listed = archive.read(metadata.replace("METADATA", "entry_points.txt")).decode()
    files = {str(each.relative_to(source)) for each in (source / PACKAGE).rglob("*") if each.is_file()}
    assert {name for name in names if ".dist-info/" not in name} == files
    project = tomllib.loads((EXTENSION / "pyproject.toml").read_text())["project"]
    for group, entries in project["entry-points"].items():
        assert f"[{group}]" in listed
        for name, target in entries.items():
            assert f"{name} = {target}" in listed
    assert "# isobar_localstack" in described
    assert f"Requires-Dist: {project['dependencies'][0]}".split("[")[0] in described
