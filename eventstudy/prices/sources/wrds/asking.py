"""The connection to WRDS, and the answer to a statement as a frame."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pandas as pd

from eventstudy.errors import InputError, needs_extra
from eventstudy.prices.sources.sql.engine import open_engine, read_only

if TYPE_CHECKING:
    from sqlalchemy import Connection, CursorResult

ADDRESS = "EVENTSTUDY_WRDS_URL"
"""The variable with the address of another server that has WRDS's tables."""
USER = "WRDS_USERNAME"
SERVER = "wrds-pgdata.wharton.upenn.edu:9737/wrds?sslmode=require"
AT_ONCE = 5_000
"""Securities or tickers that one statement asks for."""
ROWS = 200_000
"""Rows that are fetched at once."""

_NOT_THERE = {
    "42P01": "has no such table",
    "3F000": "has no such schema",
    "42703": "has no such column",
    "42501": "denies this user access",
}
"""PostgreSQL's code → what it means for a table."""


@contextmanager
def wrds_connection() -> Iterator[Connection]:
    """A read-only connection to WRDS, or to the server that EVENTSTUDY_WRDS_URL names.

    The user is that of WRDS_USERNAME; the password is looked for where libpq does: in PGPASSWORD
    and in ~/.pgpass.

    Raises:
        InputError: No user is named, or SQLAlchemy or a driver is not installed.
        NetworkError: The server cannot be reached, breaks the connection, or refuses the user.
    """
    address, user = os.environ.get(ADDRESS), os.environ.get(USER)
    if not address and not user:
        raise InputError(
            f"Source wrds needs your WRDS user name: set {USER}, and write the password to "
            "~/.pgpass as wrds-pgdata.wharton.upenn.edu:9737:wrds:USER:PASSWORD or set PGPASSWORD."
        )
    with needs_extra("Source wrds", "sql"):
        import sqlalchemy  # noqa: F401
    with read_only(open_engine(address or f"postgresql://{quote(user or '')}@{SERVER}")) as asked:
        yield asked


def answer_to(
    connection: Connection, statement: str, table: str, given: Mapping[str, Any], many: str = ""
) -> pd.DataFrame:
    """The answer to a statement.

    Args:
        connection: Of `wrds_connection`.
        statement: With :names for what is given.
        table: What it asks, as a sentence names it.
        given: Values and lists, by name; no list is empty.
        many: The name of a list that is long, which is asked for part by part.

    Raises:
        InputError: The server has no such table, or the user may not read it.
    """
    from sqlalchemy import bindparam, text
    from sqlalchemy.exc import DBAPIError

    lists = [name for name, value in given.items() if isinstance(value, (list, tuple))]
    asked = text(statement).bindparams(*(bindparam(name, expanding=True) for name in lists))
    parts: list[pd.DataFrame] = []
    try:
        for values in _parts(given[many]) if many else [None]:
            own = given if values is None else {**given, many: values}
            parts += _frames(connection.execute(asked, own))
    except DBAPIError as error:
        reason = _NOT_THERE.get(getattr(error.orig, "sqlstate", None) or "")
        if reason is None:
            raise
        raise InputError(
            f"Source wrds: {table} cannot be read: the server {reason}. Your institution's "
            "subscription to WRDS may not include it; docs/howto/wrds.md lists the tables needed."
        ) from None
    filled = [part for part in parts if len(part)] or parts[:1]
    return pd.concat(filled, ignore_index=True)


def _frames(answer: CursorResult[Any]) -> Iterator[pd.DataFrame]:
    """The answer part by part, an empty frame first; numbers are floats."""
    columns = list(answer.keys())
    yield pd.DataFrame(columns=columns)
    for rows in answer.partitions(ROWS):
        yield pd.DataFrame.from_records(
            [tuple(row) for row in rows], columns=columns, coerce_float=True
        )


def _parts(values: Sequence[Any]) -> Iterator[Sequence[Any]]:
    for start in range(0, len(values), AT_ONCE):
        yield values[start : start + AT_ONCE]
