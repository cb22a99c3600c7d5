"""A cache of the footers of Parquet files. A file is named for its contents, so its footer never changes."""

from dataclasses import dataclass

from isobar_localstack.athena.sql.casts import string

_KEPT = 50_000


@dataclass(frozen=True)
class Footer:
    """`signature` is equal for files with equal columns. `bytes` has the size of each column, by lower-case
    name."""

    signature: tuple[tuple[str, str], ...]
    bytes: dict[str, int]


_footers: dict[str, Footer] = {}


def read_footers(connection, paths: list[str]) -> list[Footer]:
    known = {path: _footers[path] for path in paths if path in _footers}
    if unknown := [path for path in paths if path not in known]:
        known.update(_read(connection, unknown))
        if len(_footers) > _KEPT:
            _footers.clear()
        _footers.update(known)
    return [known[path] for path in paths]


def _read(connection, paths: list[str]) -> dict[str, Footer]:
    listed = ", ".join(string(path) for path in paths)
    rows = connection.execute(
        "SELECT file_name, path_in_schema, type, sum(total_compressed_size) "
        f"FROM parquet_metadata([{listed}]) GROUP BY ALL ORDER BY ALL"
    ).fetchall()
    columns: dict[str, list[tuple[str, str, int]]] = {path: [] for path in paths}
    for path, name, kind, size in rows:
        columns[path].append((name, kind, int(size)))
    return {path: _footer(each) for path, each in columns.items()}


def _footer(columns: list[tuple[str, str, int]]) -> Footer:
    sizes: dict[str, int] = {}
    for name, _kind, size in columns:
        top = name.split(", ")[0].lower()
        sizes[top] = sizes.get(top, 0) + size
    return Footer(tuple((name, kind) for name, kind, _size in columns), sizes)
