"""A table or a query of a database as a source of prices; see docs/howto/databases.md."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING, Any

import pandas as pd

from eventstudy.errors import DataMissingError, InputError, some_names
from eventstudy.files.tables.sheet import Sheet
from eventstudy.prices.dialects.cells import texts_of
from eventstudy.prices.dialects.dialect import FileOptions, Found
from eventstudy.prices.dialects.reading import TOP, read_found, recognise
from eventstudy.prices.prices import Prices, Provenance
from eventstudy.prices.request import Day, TickerList, parse_span, parse_tickers, span_words
from eventstudy.prices.several import Part, joined_prices
from eventstudy.prices.sources.sql.answers import cells_of, whole_answer
from eventstudy.prices.sources.sql.asking import (
    SqlColumns,
    all_names,
    columns_read,
    first_rows,
    groups,
    needed_rows,
    unknown_types,
)
from eventstudy.prices.sources.sql.engine import open_engine, read_only
from eventstudy.prices.sources.sql.relation import Relation, relation_of, require_one_select
from eventstudy.prices.sources.sql.url import read_address, safe_url
from eventstudy.prices.unlisted import unlisted_reason
from eventstudy.spec.study_spec import DEFAULTS

if TYPE_CHECKING:
    from sqlalchemy import Connection

USUAL = FileOptions(calendar=DEFAULTS.calendar)


@dataclass(frozen=True, slots=True, repr=False)
class SqlSource:
    """Prices from a database, of which no more than the rows asked for are read.

    `url` is the address as SQLAlchemy reads it, with `table=` or `query=` among its parameters;
    neither `repr` nor a sentence shows its secrets. Columns are recognised as those of files are.
    """

    url: str
    options: FileOptions = USUAL

    def __repr__(self) -> str:
        return f"SqlSource({safe_url(self.url)!r})"

    def load(self, tickers: TickerList = None, start: Day = None, end: Day = None) -> Prices:
        """Ask for the rows of the tickers and days, and check them as those of a file.

        Args:
            tickers: Those asked for; None for all that the table has.
            start: First day, included.
            end: Last day, included.

        Raises:
            InputError: The address is wrong, what it names is not there, or a row is wrong.
            DataMissingError: There is no row of the tickers and days.
            NetworkError: The database cannot be reached, or refuses the user.
        """
        asked, span = parse_tickers(tickers), parse_span(start, end)
        relation = relation_of(read_address(self.url))
        engine = open_engine(self.url)
        require_one_select(relation, engine.dialect.name)
        with read_only(engine) as connection:
            shape, cells = _read(connection, relation, self.options, asked, span)
        where, words = relation.description, span_words(*span)
        days = f" {words}" if words else ""
        if not len(cells):
            of = f" of {some_names(asked)}" if asked else ""
            raise DataMissingError(f"{relation.titled} has no rows{of}{days}.")
        sheet = Sheet(relation.titled, cells, (shape.columns,), text=False)
        reading = read_found(sheet, shape.dialect, shape.found, self.options)
        delivered = {str(name).upper() for name in reading.close}
        absent = {
            ticker: f"{ticker} has no rows{days} in {where}"
            for ticker in asked or ()
            if ticker.upper() not in delivered and unlisted_reason(ticker) is None
        }
        query = f"SHA-256 of the query: {relation.sha256}." if relation.sha256 else ""
        note = " ".join(filter(None, [query, reading.note]))
        origin = Provenance(relation.name, where, note=note)
        prices = joined_prices(
            [Part(reading, origin, unavailable=absent)],
            tickers=asked,
            start=span[0],
            end=span[1],
            calendar=self.options.calendar,
            levels=self.options.values == "levels",
        )
        return replace(prices, provenance=replace(origin, sha256=_hash(prices)))


def _read(
    connection: Connection,
    relation: Relation,
    options: FileOptions,
    asked: Sequence[str] | None,
    span: tuple[date | None, date | None],
) -> tuple[SqlColumns, pd.DataFrame]:
    """The columns of a relation, and the cells of the rows that are needed."""
    where = relation.titled
    answer = whole_answer(connection, first_rows(relation, TOP))
    kind, names = connection.dialect.name, tuple(answer.names)
    sample = pd.DataFrame(answer.rows, columns=range(len(names)), dtype=object)
    dialect, found = recognise(Sheet(where, sample, (names,), text=False), options)
    _require_named(found, options, where)
    shape = columns_read(dialect, found, answer.rows, asked, unknown_types(answer, kind))
    if found.series and not shape.found.series:
        raise DataMissingError(f"{where} has no column for {some_names(asked or ())}.")
    assets = _assets(connection, relation, shape, asked)
    group = shape.found.roles["ticker"] if groups(shape, kind) else None

    def rows_of(assets: Sequence[str] | None) -> pd.DataFrame:
        statements = needed_rows(relation, shape, assets, span, kind)
        return cells_of(connection, statements, len(shape.columns), where, group)

    cells = rows_of(assets)
    others = _other_spellings(connection, relation, shape, asked, assets, cells)
    return shape, rows_of([*(assets or ()), *others]) if others else cells


def _require_named(found: Found, options: FileOptions, where: str) -> None:
    """InputError where names are among the rows, which have no order, or the ticker is nowhere."""
    if found.transposed or found.head != 1:
        raise InputError(
            f"{where} has column names among its rows, which have no order in a database; name "
            "the columns, or export the table and give the file."
        )
    if found.roles and "ticker" not in found.roles and not options.ticker:
        raise InputError(
            f"{where} has no column of tickers; name the column with --ticker-col or, if all rows "
            'are of one ticker, add --ticker NVDA (in Python ticker="NVDA").'
        )


def _assets(
    connection: Connection, relation: Relation, shape: SqlColumns, asked: Sequence[str] | None
) -> Sequence[str] | None:
    """The tickers asked for as the table writes them; None where rows cannot be told by them."""
    found, ticker_of = shape.found, shape.dialect.ticker
    wanted = [name for name in asked or () if name not in found.benchmarks]
    if not wanted or "ticker" not in found.roles:
        return None
    first = _texts(shape.cells(shape.role["ticker"]))
    if all(ticker_of(name) == name for name in first):
        each = [(name, name.upper(), name.lower()) for name in wanted]
        return list(dict.fromkeys(spelling for spellings in each for spelling in spellings))
    return _names_of(connection, relation, shape, wanted)


def _names_of(
    connection: Connection, relation: Relation, shape: SqlColumns, wanted: Sequence[str]
) -> list[str]:
    """All names that stand for tickers, or would if their capitals were the same."""
    rows = whole_answer(connection, all_names(relation, shape)).rows
    tickers = {name.upper() for name in wanted}
    found: dict[str, None] = {}
    for (cell,) in rows:
        text = "".join(_texts([cell]))
        if shape.dialect.ticker(text).upper() in tickers:
            # With and without blanks around it: a column of fixed width compares without.
            found |= dict.fromkeys((cell, text) if isinstance(cell, str) else (text,))
    return list(found)


def _other_spellings(
    connection: Connection,
    relation: Relation,
    shape: SqlColumns,
    asked: Sequence[str] | None,
    assets: Sequence[str] | None,
    cells: pd.DataFrame,
) -> list[str]:
    """Names that the first rows did not show, of tickers that no row was found for."""
    if assets is None:
        return []
    names = _texts(list(cells[shape.found.roles["ticker"]].unique()))
    held = {shape.dialect.ticker(name).upper() for name in names} | {*shape.found.benchmarks}
    absent = [name for name in asked or () if name.upper() not in held]
    if not absent:
        return []
    found = _names_of(connection, relation, shape, absent)
    return [name for name in found if name not in assets]


def _texts(cells: Sequence[Any]) -> list[str]:
    return [str(text) for text in texts_of(pd.Series(cells, dtype=object)) if text]


def _hash(prices: Prices) -> str:
    """Of all that was delivered, in one order; the same rows give the same hash."""
    digest = hashlib.sha256()
    for frame in (prices.close, prices.adj_close, prices.returns):
        if frame is not None:
            ordered = frame.sort_index(axis=1)
            digest.update("\n".join(map(str, ordered.columns)).encode())
            digest.update(ordered.index.to_numpy().astype("<i8").tobytes())
            digest.update(ordered.to_numpy(dtype="<f8").tobytes())
    return digest.hexdigest()
