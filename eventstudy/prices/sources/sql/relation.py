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

    `query` is its text and `sha256` that of its file, both empty for a table.
    """

    rows: FromClause
    name: str
    place: str
    query: str = ""
    sha256: str = ""

    @property
    def description(self) -> str:
        """Such as "the table prices of postgresql://host/database"."""
        return f"the {self.name} of {self.place}"

    @property
    def titled(self) -> str:
        """The description as the beginning of a sentence."""
        return f"The {self.name} of {self.place}"


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


def require_one_select(relation: Relation, kind: str) -> None:
    """Refuse a query that ends its own brackets, where the driver would run what follows.

    DuckDB runs each statement of a text, and one that copies writes files beside a database that
    is opened for reading. The other drivers refuse a second statement.

    Args:
        relation: The table or query.
        kind: Of the database, as SQLAlchemy calls it.

    Raises:
        InputError: It is a query for DuckDB and not one SELECT.
    """
    if kind != "duckdb" or not relation.query:
        return
    import duckdb

    try:
        types = [each.type for each in duckdb.extract_statements(relation.query)]
    except duckdb.Error:
        types = []
    if types != [duckdb.StatementType.SELECT]:
        raise InputError(
            f"{relation.titled} is not one SELECT; leave one in the file, and try it in DuckDB "
            "first."
        )


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
        query,
        hashlib.sha256(written.encode()).hexdigest(),
    )
