"""What is read of a database: a table, or the answer of the query in a file."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from eventstudy.errors import InputError
from eventstudy.files.reading import control_in, decoded, read_file
from eventstudy.prices.sources.sql.url import Address

if TYPE_CHECKING:
    from sqlalchemy import FromClause

ALIAS = "eventstudy_rows"
"""What a query is called inside the statements that are made of it."""


@dataclass(frozen=True, slots=True, eq=False)
class Relation:
    """A table or a query, as SQLAlchemy selects from it and as sentences call it.

    `sha256` is that of the query's text, empty for a table.
    """

    rows: FromClause
    name: str
    place: str
    sha256: str = ""

    @property
    def description(self) -> str:
        """Such as "the table prices of postgresql://host/database"."""
        return f"the {self.name} of {self.place}"


def relation_of(address: Address) -> Relation:
    """The table or query that an address names.

    Args:
        address: Of a database.

    Raises:
        InputError: It names neither or both, or the file of the query cannot be read.
    """
    if bool(address.table) == bool(address.query):
        both = "names both a table and a query" if address.table else "does not say what to read"
        raise InputError(
            f"{address.safe} {both}; end the address with ?table=NAME (or schema.NAME) or "
            "?query=FILE.sql."
        )
    return _query(address) if address.query else _table(address)


def _table(address: Address) -> Relation:
    from sqlalchemy import table

    if control := control_in(address.table):
        raise InputError(
            f"{address.safe}: the table name contains the control character {control}; delete it."
        )
    schema, _, name = address.table.rpartition(".")
    return Relation(table(name, schema=schema or None), f"table {address.table}", address.place)


def _query(address: Address) -> Relation:
    """A query in brackets, so that a condition can be put on its rows."""
    from sqlalchemy import text

    path = Path(address.query)
    written = decoded(read_file(path, "query file"), str(path))
    query = re.sub(r"[;\s]+\Z", "", written)
    if not query:
        raise InputError(f"{path} contains no query; write a SELECT.")
    # A colon is never the beginning of a parameter, and a comment ends before the bracket.
    rows: Any = text(query.replace(":", "\\:") + "\n").columns().subquery(ALIAS)
    return Relation(
        rows,
        f"query {path.name}",
        address.place,
        hashlib.sha256(written.encode()).hexdigest(),
    )
