"""What databases and their drivers refuse, as sentences of the package's own.

The text of a driver's error is compared with patterns and never repeated: it may hold the address,
the password or the statement.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn

from eventstudy.errors import EventStudyError, InputError, NetworkError

_NO_RIGHT = "denies access; ask the owner for permission to read it"
_KNOWN: tuple[tuple[str, type[EventStudyError], str], ...] = (
    (
        r"password authentication failed|no password supplied|access denied for user|\[28p01\]"
        r"|\[28000\]|role .* does not exist|login failed|authentication fail|no pg_hba.conf entry",
        NetworkError,
        "refuses the user or the password; correct them in the address, in PGPASSWORD or "
        "~/.pgpass (PostgreSQL), or in EVENTSTUDY_SQL_PASSWORD",
    ),
    (
        r'database "[^"]*" does not exist|unknown database|\[3d000\]',
        InputError,
        "has no such database; correct the name after the host",
    ),
    (
        r"could not translate host|name or service not known|getaddrinfo|failed to resolve"
        r"|nodename nor servname|name resolution|no address associated",
        NetworkError,
        "cannot be reached: its host is unknown; correct the name of the host",
    ),
    (
        r"connection refused|can't connect|could not connect|no such file or directory"
        r"|is the server running|no route to host|network is unreachable",
        NetworkError,
        "cannot be reached: no server answers there; correct host and port or start the server",
    ),
    (
        r"statement timeout|\[57014\]|lock timeout|max_statement_time|max_execution_time",
        NetworkError,
        "stopped the query because it took too long; index the columns of tickers and dates, or "
        "have the limit raised",
    ),
    (
        r"timeout|timed out",
        NetworkError,
        "cannot be reached: it did not answer in time; try again, or correct host and port",
    ),
    (
        r"server closed the connection|connection .*lost|gone away|terminating connection|\[08006\]"
        r"|\[57p0\d\]|broken pipe|connection reset",
        NetworkError,
        "closed the connection; try again",
    ),
    (r"too many (clients|connections)|\[53300\]", NetworkError, "is busy; try again later"),
    (
        r"data-modifying|must be set before any query|read.?only|\[25006\]|query_only|\[1792\]",
        InputError,
        "is opened for reading only, and the query would write; give a query that only selects",
    ),
    (
        r"no such table|undefinedtable|\[42p01\]|(relation|table) .* (does not|doesn't) exist"
        r"|table with name|invalid schema name|\[3f000\]|(schema|view) .* not exist",
        InputError,
        "has no such table; correct table= in the address (with its schema: schema.table), or a "
        "name in the query",
    ),
    (
        r"no such column|undefinedcolumn|\[42703\]|unknown column|referenced column",
        InputError,
        "has no such column; correct the name in the query",
    ),
    (
        r"permission denied|\[42501\]|command denied|\[1142\]",
        InputError,
        _NO_RIGHT,
    ),
    (
        r"one statement at a time|syntax|\[42601\]|\[1064\]|incomplete input|parserexception",
        InputError,
        "rejects the syntax of the query; test it in the database's own client",
    ),
    (
        r"not a database|unable to open database|not a valid duckdb|sqlite_scanner|is encrypted"
        r"|malformed",
        InputError,
        "is not a readable database; correct the path",
    ),
    (
        r"before year 1|after year 10k|year -?\d+ is out of range",
        InputError,
        "holds a day before the year 1 or after 9999; leave out its rows with a query",
    ),
    (r"locked|conflicting lock", InputError, "is locked by another program; close that first"),
    (
        r"different configuration than existing",
        InputError,
        "is open in this program already; close that connection first",
    ),
    (
        r"(function|macro) with name|no function matches|no such function|undefinedfunction"
        r"|\[42883\]|function .* does not exist",
        InputError,
        "has no such function, or none for such values; correct the name in the query",
    ),
    (
        r"no files found|cannot open file",
        InputError,
        "finds no file that the table or query reads; name files by their whole path",
    ),
)
"""Pattern of an error's text, kind of error, rest of the sentence; the first that fits counts."""


@contextmanager
def as_sentences(where: str, *drivers: type[Exception]) -> Iterator[None]:
    """Turn what SQLAlchemy or a driver raises inside into a sentence, and drop the original.

    Args:
        where: The database, as a sentence names it: without its secrets.
        *drivers: Errors of a driver that SQLAlchemy does not wrap.

    Raises:
        InputError: The database, a table, a column, a right or the driver is missing, or a
            statement is wrong.
        NetworkError: The server cannot be reached, breaks the connection, or refuses the user.
    """
    from sqlalchemy.exc import SQLAlchemyError

    caught: tuple[type[Exception], ...] = (SQLAlchemyError, ModuleNotFoundError, *drivers)
    try:
        yield
    except caught as error:
        _raise_alone(_problem(where, error))


def _raise_alone(problem: EventStudyError) -> NoReturn:
    """Raise a problem that does not carry what it was made of."""
    try:
        raise problem
    except EventStudyError:
        problem.__context__ = None
        raise


def _problem(where: str, error: Exception) -> EventStudyError:
    from sqlalchemy.exc import NoSuchModuleError

    if isinstance(error, ModuleNotFoundError):
        return InputError(
            f"{where}: the driver of this database is not installed: "
            "pip install 'eventstudy-kit[sql]', or install the driver named in the address."
        )
    if isinstance(error, NoSuchModuleError):
        return InputError(
            f"{where}: SQLAlchemy does not know this kind of database; write postgresql, mysql, "
            "sqlite or duckdb, or install its dialect."
        )
    cause = getattr(error, "orig", None) or error
    code = getattr(cause, "sqlstate", None) or (*cause.args, None)[0]
    text = " ".join([type(cause).__name__, f"[{code}]", *map(str, cause.args)]).lower()
    for pattern, kind, rest in _KNOWN:
        if re.search(pattern, text):
            return kind(f"{where} {rest}.")
    name = type(cause).__name__
    return InputError(
        f"{where} answers with an error ({name}); test the table or query in the database's own "
        "client."
    )
