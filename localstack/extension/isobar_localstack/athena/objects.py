"""Copies objects of the local S3 to files for DuckDB.

The objects come directly from LocalStack's store in this process: over HTTP, each costs about 10 ms of
LocalStack's time. DuckDB's httpfs, which reads ranges, is not in its Python package. Copies are kept by ETag,
up to a limit.
"""

import hashlib
import os
import shutil
import threading
from bisect import bisect_left
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice, takewhile
from pathlib import Path

from isobar_localstack.athena.errors import QueryFailure

_KEPT_BYTES = 2 * 1024**3
# DuckDB recognises the compression of a text file by its name.
_SUFFIXES = (".gz", ".zst")


@dataclass(frozen=True)
class StoredObject:
    bucket: str
    key: str
    size: int
    etag: str
    # LocalStack's own entry, by which its storage finds the contents.
    entry: object


class LocalObjects:
    """Copies of objects in a folder."""

    def __init__(self, folder: Path, account: str, region: str):
        self._folder = folder
        self._folder.mkdir(parents=True, exist_ok=True)
        self._account, self._region = account, region
        # The sorted keys of each bucket, as of the statement's first access.
        self._keys: dict[str, list] = {}

    def below(self, location: str) -> list[StoredObject]:
        """The objects below a location, without those that Hive hides: names that begin with _ or a dot."""
        bucket, prefix = split_location(location)
        prefix = prefix if prefix.endswith("/") or not prefix else f"{prefix}/"
        entries = self._entries(bucket)
        start = bisect_left(entries, prefix, key=lambda entry: entry.key)
        below = takewhile(lambda entry: entry.key.startswith(prefix), islice(entries, start, None))
        return [
            StoredObject(bucket, entry.key, entry.size, entry.etag, entry)
            for entry in below
            if getattr(entry, "size", 0) and not _is_hidden(entry.key, prefix)
        ]

    def _entries(self, bucket: str) -> list:
        if bucket not in self._keys:
            self._keys[bucket] = sorted(self._bucket(bucket).objects.values(), key=lambda entry: entry.key)
        return self._keys[bucket]

    def fetch(self, objects: list[StoredObject]) -> list[str]:
        """The paths of the copies, in the same order."""
        return [self._copy(each) for each in objects]

    def _bucket(self, name: str):
        from localstack.services.s3.models import s3_stores

        store = s3_stores[self._account][self._region]
        bucket = store.buckets.get(name)
        if bucket is None:
            raise QueryFailure("HIVE_METASTORE_ERROR", f"The specified bucket does not exist: {name}")
        return bucket

    def _copy(self, stored: StoredObject) -> str:
        name = hashlib.sha256(
            f"{stored.bucket}/{stored.key}\0{stored.etag}\0{stored.size}".encode()
        ).hexdigest()
        suffix = next((each for each in _SUFFIXES if stored.key.endswith(each)), "")
        path = self._folder / f"{name}{suffix}"
        if path.exists():
            os.utime(path)
            return str(path)
        partial = path.with_name(f"{path.name}.{threading.get_ident()}")
        with _storage().open(stored.bucket, stored.entry, mode="r") as source, partial.open("wb") as target:
            shutil.copyfileobj(source, target, 1024 * 1024)
        if partial.stat().st_size != stored.size:
            partial.unlink()
            raise QueryFailure(
                "HIVE_CURSOR_ERROR",
                f"s3://{stored.bucket}/{stored.key} was deleted or replaced during the query. Run it again.",
            )
        partial.rename(path)
        return str(path)

    def forget_oldest(self) -> None:
        """Deletes the oldest copies above the limit. Must not run during a statement, which may read one."""
        files = sorted((each for each in self._folder.iterdir()), key=lambda each: each.stat().st_mtime)
        total = sum(each.stat().st_size for each in files)
        for each in files:
            if total <= _KEPT_BYTES:
                return
            total -= each.stat().st_size
            each.unlink()


def _storage():
    from localstack.services.plugins import SERVICE_PLUGINS

    return SERVICE_PLUGINS.require("s3")._provider._storage_backend


def _is_hidden(key: str, prefix: str) -> bool:
    return any(part.startswith(("_", ".")) for part in key[len(prefix) :].split("/"))


def split_location(location: str) -> tuple[str, str]:
    if not location.startswith(("s3://", "s3a://", "s3n://")):
        raise QueryFailure("INVALID_TABLE_PROPERTY", f"Not a location on S3: {location}")
    bucket, _slash, key = location.split("://", 1)[1].partition("/")
    return bucket, key


@contextmanager
def scratch_folder(parent: Path):
    """A temporary folder for files of a statement before their upload."""
    from tempfile import TemporaryDirectory

    parent.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=parent) as folder:
        yield Path(folder)
