"""Reads files of rows (JSON, CSV, text) with the rules of their SerDes, as DuckDB's SQL."""

from isobar_localstack.athena.errors import unsupported
from isobar_localstack.athena.sql.casts import cast, string
from isobar_localstack.athena.sql.types import VARCHAR, Type, quoted, to_duckdb


def path_list(paths: list[str]) -> str:
    return "[" + ", ".join(string(path) for path in paths) + "]"


def _parameters(storage: dict) -> dict[str, str]:
    return (storage.get("SerdeInfo") or {}).get("Parameters") or {}


def read_json(paths: list[str], columns: list[tuple[str, Type]], storage: dict, table: dict) -> str:
    """One JSON object per line. Names match case-insensitively, as in the SerDes."""
    settings = _parameters(storage)
    lower = settings.get("case.insensitive", "true").lower() == "true"
    objects = (
        "SELECT CAST(CAST(line AS JSON) AS MAP(VARCHAR, JSON)) AS members, filename "
        "FROM (SELECT content_line AS line, filename "
        f"FROM read_csv({path_list(paths)}, columns = {{'content_line': 'VARCHAR'}}, auto_detect = false, "
        "header = false, delim = '\x01', quote = '', escape = '', filename = true, "
        "max_line_size = 16777216)) WHERE trim(line) <> ''"
    )
    if lower:
        entries = "list_transform(map_entries(members), lambda e: {'k': lower(e.key), 'v': e.value})"
        objects = f"SELECT map_from_entries({entries}) AS members, filename FROM ({objects})"
    listed = []
    for name, kind in columns:
        member = settings.get(f"mapping.{name}", name)
        value = f"map_extract_value(members, {string(member.lower() if lower else member)})"
        listed.append(f"{_json_value(value, kind)} AS {quoted(name)}")
    return f"SELECT {', '.join(listed)}, filename FROM ({objects})"


def _json_value(sql: str, kind: Type) -> str:
    """A JSON value as a column value. In a string column, a value other than a string becomes its text."""
    text = f"CASE WHEN json_type({sql}) = 'NULL' THEN NULL ELSE {sql} ->> '$' END"
    if kind.name in ("array", "map", "row"):
        return f"CAST({sql} AS {to_duckdb(kind)})"
    if kind.name == "varchar":
        return text
    return f"CAST({text} AS {to_duckdb(kind)})"


def _separated(paths: list[str], columns, table: dict, options: str, value) -> str:
    header = int((table.get("Parameters") or {}).get("skip.header.line.count", 0))
    fields = ", ".join(f"{string(name)}: 'VARCHAR'" for name, _kind in columns)
    source = (
        f"read_csv({path_list(paths)}, columns = {{{fields}}}, auto_detect = false, header = false, "
        f"skip = {header}, filename = true, null_padding = true, {options})"
    )
    listed = ", ".join(f"{value(quoted(name), kind)} AS {quoted(name)}" for name, kind in columns)
    return f"SELECT {listed}, filename FROM {source}"


def read_csv(paths: list[str], columns, storage: dict, table: dict) -> str:
    """OpenCSVSerde: quoted values. A text that does not fit its column's type is an error."""
    settings = _parameters(storage)
    options = (
        f"delim = {string(settings.get('separatorChar', ','))}, "
        f"quote = {string(settings.get('quoteChar', chr(34)))}, "
        f"escape = {string(settings.get('escapeChar', chr(92)))}, nullstr = '\x00'"
    )

    def value(sql: str, kind: Type) -> str:
        # A missing column is NULL; an empty column is an empty text.
        return cast(sql, VARCHAR, kind)

    return _separated(paths, columns, table, options, value)


def read_text(paths: list[str], columns, storage: dict, table: dict) -> str:
    """LazySimpleSerDe: no quotes. A text that does not fit its column's type is NULL."""
    settings = _parameters(storage)
    delimiter = settings.get("field.delim", settings.get("serialization.format", "\x01"))
    delimiter = {"1": "\x01"}.get(delimiter, delimiter)
    null = settings.get("serialization.null.format", "\\N")

    def value(sql: str, kind: Type) -> str:
        if kind.name in ("array", "map", "row"):
            raise unsupported(f"A {kind.name} in a table of LazySimpleSerDe")
        if kind.name == "varchar":
            return sql
        # DuckDB moves a bare cast into the reader, which then fails instead of returning NULL. CASE prevents
        # it.
        return f"CASE WHEN {sql} IS NOT NULL THEN TRY_CAST({sql} AS {to_duckdb(kind)}) END"

    options = f"delim = {string(delimiter)}, quote = '', escape = '', nullstr = {string(null)}"
    return _separated(paths, columns, table, options, value)
