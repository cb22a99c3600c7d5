"""Roles and databases on the local Postgres server."""

from urllib.parse import urlsplit

import psycopg
from psycopg import sql

from isobar_localstack import settings


class RoleIsTaken(Exception):
    pass


def server_address() -> tuple[str, int]:
    url = urlsplit(settings.postgres_url())
    return url.hostname or "127.0.0.1", url.port or 5432


def ensure_role(name: str, password: str) -> None:
    """Creates the role, or sets the password of an existing one. As on RDS, it is no superuser. Roles may
    exist already: LocalStack starts empty each time, but the server keeps its data."""
    if name == urlsplit(settings.postgres_url()).username:
        raise RoleIsTaken(
            f"'{name}' is the superuser of the local Postgres server. Choose another master user name."
        )
    exists = _run("SELECT 1 FROM pg_roles WHERE rolname = {}", sql.Literal(name))
    change = "ALTER ROLE" if exists else "CREATE ROLE"
    _run(
        f"{change} {{}} LOGIN CREATEDB CREATEROLE PASSWORD {{}}",
        sql.Identifier(name),
        sql.Literal(password),
    )


def ensure_database(name: str, owner: str) -> None:
    if _run("SELECT 1 FROM pg_database WHERE datname = {}", sql.Literal(name)):
        _run("ALTER DATABASE {} OWNER TO {}", sql.Identifier(name), sql.Identifier(owner))
    else:
        _run("CREATE DATABASE {} OWNER {}", sql.Identifier(name), sql.Identifier(owner))


def drop_database(name: str) -> None:
    _run("DROP DATABASE IF EXISTS {} WITH (FORCE)", sql.Identifier(name))


def drop_role(name: str) -> None:
    """Drops the role, unless it still owns something, such as the database of another instance."""
    try:
        _run("DROP ROLE IF EXISTS {}", sql.Identifier(name))
    except psycopg.errors.DependentObjectsStillExist:
        pass


def _run(statement: str, *parts: sql.Composable) -> list:
    # CREATE DATABASE cannot run inside a transaction.
    with psycopg.connect(settings.postgres_url(), autocommit=True) as connection:
        cursor = connection.execute(sql.SQL(statement).format(*parts))
        return cursor.fetchall() if cursor.description else []
