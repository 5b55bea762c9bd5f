"""Databases opened through SQLAlchemy: for reading only, row by row, and silent on secrets."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from eventstudy.errors import InputError, needs_extra
from eventstudy.prices.sources.sql.refusals import as_sentences
from eventstudy.prices.sources.sql.url import read_address, safe_url, with_password

if TYPE_CHECKING:
    from sqlalchemy import URL, Connection, Engine

__all__ = ["PASSWORD", "open_engine", "read_only", "safe_url"]

PASSWORD = "EVENTSTUDY_SQL_PASSWORD"
"""The variable with the password of an address that names a user and no password."""
BUFFERED = 50_000
"""Rows that a streaming connection holds at once."""
PATIENCE = 15
"""Seconds that a server has to answer a connection."""

_KINDS = {"postgres": "postgresql"}
_DRIVERS = {
    "postgresql": ("psycopg", "psycopg2"),
    "mysql": ("pymysql", "MySQLdb"),
    "mariadb": ("pymysql", "MySQLdb"),
}
"""Drivers of a kind of database, of which the first that is installed is used."""
_DIALECTS = {"MySQLdb": "mysqldb"}
"""What SQLAlchemy calls a driver, where that is not the name of its package."""
_TIMEOUTS = {"postgresql", "mysql", "mariadb"}
"""Kinds whose drivers take connect_timeout."""
_FIRST = {
    "mysql": "START TRANSACTION READ ONLY",
    "mariadb": "START TRANSACTION READ ONLY",
    "postgresql": "SET LOCAL cursor_tuple_fraction = 1.0",  # all rows will be read
    "sqlite": "PRAGMA query_only = ON",
}
"""The first statement of a transaction."""


def open_engine(url: str) -> Engine:
    """An engine on a database, which connects when it is first used.

    Where the address names a user and no password, EVENTSTUDY_SQL_PASSWORD is used if it is set;
    else the driver looks for one in its own places, as libpq does in PGPASSWORD and ~/.pgpass.

    Args:
        url: The address as SQLAlchemy reads it, such as postgresql://user@host/database. The
            package's own parameters `table` and `query` may be in it.

    Raises:
        InputError: SQLAlchemy or the driver is not installed, or the address cannot be read. No
            sentence holds the password.
    """
    address = read_address(url)
    with needs_extra(f"{address.safe}: reading databases", "sql"):
        import sqlalchemy
    given = address.engine
    if password := os.environ.get(PASSWORD):
        given = with_password(given, password)
    try:
        read = sqlalchemy.make_url(given)
    except (sqlalchemy.exc.ArgumentError, ValueError):
        read = None
    if read is None or "@" in f"{read.host}{read.username}":
        raise InputError(
            f"{address.safe} is not the address of a database; write it like "
            "postgresql://user@host:5432/database?table=prices, and in a password write @ as %40, "
            "/ as %2F, : as %3A and ? as %3F."
        )
    read = _with_driver(read)
    kind = read.get_backend_name()
    _require_file(read, address.safe)
    options: dict[str, Any] = {"hide_parameters": True, "poolclass": sqlalchemy.NullPool}
    if connecting := _connecting(read, kind):
        options["connect_args"] = connecting
    with as_sentences(address.safe):
        return sqlalchemy.create_engine(read, **options)


def _read_only(engine: Engine) -> Iterator[Connection]:
    """A connection in one read-only transaction that sees one state of the data.

    Rows are streamed where the driver can (`stream_results`). The transaction is rolled back.

    Args:
        engine: Of `open_engine`.

    Raises:
        InputError: The database, a table or a right is missing, or a statement is wrong.
        NetworkError: The server cannot be reached, breaks the connection, or refuses the user.
    """
    with as_sentences(safe_url(engine.url.render_as_string(hide_password=True))):
        kind = engine.dialect.name
        options: dict[str, Any] = {"stream_results": True, "max_row_buffer": BUFFERED}
        if kind == "postgresql":
            options |= {"postgresql_readonly": True, "isolation_level": "REPEATABLE READ"}
        with engine.connect().execution_options(**options) as connection:
            if kind in _FIRST:
                connection.exec_driver_sql(
                    _FIRST[kind], execution_options={"stream_results": False}
                )
            try:
                yield connection
            finally:
                if not connection.invalidated:
                    connection.rollback()


read_only = contextmanager(_read_only)


def _with_driver(url: URL) -> URL:
    """The address with the first driver that is installed, where it names none."""
    kind, _, driver = url.drivername.partition("+")
    kind = _KINDS.get(kind, kind)
    if not driver:
        there = next((name for name in _DRIVERS.get(kind, ()) if find_spec(name)), "")
        driver = _DIALECTS.get(there, there) or next(iter(_DRIVERS.get(kind, ())), "")
    return url.set(drivername=f"{kind}+{driver}" if driver else kind)


def _require_file(url: URL, safe: str) -> None:
    """Refuse a database file that is not there; SQLite and DuckDB would make an empty one."""
    file = url.database or ""
    if url.get_backend_name() not in ("sqlite", "duckdb") or file.startswith(("file:", "md:")):
        return
    if not file or file == ":memory:":
        raise InputError(
            f"{safe} names no file; write {url.get_backend_name()}:///prices.db?table=prices, "
            "with four slashes for an absolute path."
        )
    if not os.path.isfile(file):
        raise InputError(f"{safe}: the file {file} does not exist; correct the path.")


def _connecting(url: URL, kind: str) -> dict[str, Any]:
    if kind in _TIMEOUTS and "connect_timeout" not in url.query:
        return {"connect_timeout": PATIENCE}
    if kind == "duckdb" and (url.database or "").startswith("md:"):
        return {"read_only": True}
    if kind == "duckdb":  # which else fetches from the network what a file seems to need
        return {"read_only": True, "config": {"autoinstall_known_extensions": False}}
    return {}
