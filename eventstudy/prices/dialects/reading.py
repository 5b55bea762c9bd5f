"""From a sheet to its prices: the dialect is recognised, its columns are read, all is said."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import get_args

import pandas as pd

from eventstudy.errors import InputError, quoted, unknown_name
from eventstudy.files.csv_text import unguarded
from eventstudy.files.tables.sheet import Sheet
from eventstudy.prices.dialects.cells import is_missing, texts_of
from eventstudy.prices.dialects.columns import USUAL, find_columns
from eventstudy.prices.dialects.currency import CURRENCY
from eventstudy.prices.dialects.dialect import (
    DATES,
    Dialect,
    FileOptions,
    Found,
    Reading,
    Series,
    Top,
)
from eventstudy.prices.dialects.find import MOST_PREAMBLE, find_headless
from eventstudy.prices.dialects.names import bloomberg_ticker
from eventstudy.prices.dialects.registry import DIALECTS
from eventstudy.prices.dialects.rows import read_rows
from eventstudy.prices.dialects.series import read_series
from eventstudy.prices.dialects.values import AS_THEY_ARE
from eventstudy.prices.dialects.words import plain_head
from eventstudy.prices.source import FileLayout, Values

NAMELESS = re.compile(r"^Unnamed: \d+$")
"""How pandas calls a column without a name."""
RETURNS = ("ret", "return", "returns")
TOP = MOST_PREAMBLE + 10
"""Rows by which a dialect is recognised."""
GENERIC = Dialect("", find_headless, ticker=bloomberg_ticker, dates=(*DATES, "epoch"))
"""Long and wide files that no vendor's entry describes."""
ONE = replace(GENERIC, dressed=True)
"""Those of one ticker, from pages of the web as a rule."""


def read_prices(sheet: Sheet, options: FileOptions | None = None) -> Reading:
    """What a sheet says, by its header: as the vendor writes it, or as a plain long or wide table.

    Args:
        sheet: The cells of a file or of a frame.
        options: What the user says of it.

    Raises:
        InputError: It cannot be read without guessing, or has wrong cells, all named at once.
    """
    asked = options or FileOptions()
    dialect, found = recognise(sheet, asked)
    if found.transposed:
        return read_prices(_turned(sheet), asked)
    return read_found(sheet, dialect, found, asked)


def recognise(sheet: Sheet, asked: FileOptions) -> tuple[Dialect, Found]:
    """The dialect of a sheet and which column is what.

    Args:
        sheet: The cells of a file or of a frame, or the first rows of more.
        asked: What the user says of it.

    Raises:
        InputError: It has no rows, holds no prices, or its columns cannot be told.
    """
    require_options(asked)
    if not sheet.cells.shape[1] or len(sheet.cells) < (1 if sheet.headers else 2):
        raise InputError(f"{sheet.name} has a header but no rows; add one row per day.")
    dialect, found = _recognise(sheet, sheet.top(TOP), asked)
    if dialect.refusal:
        raise InputError(f"{sheet.name} {dialect.refusal}.")
    return dialect, found


def read_found(sheet: Sheet, dialect: Dialect, found: Found, asked: FileOptions) -> Reading:
    """What a sheet says whose columns are known.

    Args:
        sheet: All its cells.
        dialect: How the vendor writes.
        found: Which column is what.
        asked: What the user says of it.

    Raises:
        InputError: It has wrong cells, all named at once.
    """
    body = sheet.cells.iloc[found.head - len(sheet.headers) :]
    if not len(body):
        raise InputError(f"{sheet.name} has a header but no rows; add one row per day.")
    read = read_series if found.series else read_rows
    return read(body, found, dialect, asked, sheet)


def holds_one_ticker(sheet: Sheet, options: FileOptions) -> bool:
    """Whether a sheet has the prices of one ticker, which no column and no row of names tells.

    Args:
        sheet: The cells of a file or of a frame.
        options: What the user says of it.
    """
    found = _recognise(sheet, sheet.top(TOP), options)[1]
    return bool(found.roles) and "ticker" not in found.roles


def _recognise(sheet: Sheet, top: Top, asked: FileOptions) -> tuple[Dialect, Found]:
    """The first dialect that fits; columns that the user names go before its own."""
    if asked.layout == "auto":
        for dialect in DIALECTS:
            found = dialect.find(top, dialect)
            if found is None:
                continue
            if not asked.named:
                return dialect, found
            names = {name: at for at, name in reversed(list(enumerate(found.names)))}
            if not found.series and set(asked.named.values()) <= names.keys():
                own = {role: names[name] for role, name in asked.named.items()}
                renamed = "ticker" in own and own["ticker"] not in found.ids[: len(found.ids) - 1]
                ids = () if renamed else found.ids
                return dialect, replace(found, roles={**found.roles, **own}, ids=ids)
            break
    found = _generic(sheet, top, asked)
    return (ONE if found.roles and "ticker" not in found.roles else GENERIC), found


def _generic(sheet: Sheet, top: Top, asked: FileOptions) -> Found:
    """A long or wide table under the first row that names the days, else the first row."""
    head = _head(top, asked)
    names = tuple(NAMELESS.sub("", cell.strip()) for cell in top[head])
    body = sheet.cells.iloc[head + 1 - len(sheet.headers) :]
    kept = [at for at, name in enumerate(names) if name or not _ignored(body, at, names)]
    columns = find_columns(
        [names[at] for at in kept],
        file=sheet.name,
        layout=asked.layout,
        date=asked.date_col,
        ticker=asked.ticker_col,
        close=asked.close_col,
        adj_close=asked.adj_close_col,
        returns=asked.returns_col or _named_returns(names, asked),
    )
    where = {names[at]: at for at in reversed(kept)}
    day = where[columns.date]
    if columns.wide:
        _require_figures(body, [(name, where[name]) for name in columns.tickers], sheet.name)
        series = tuple(
            Series(unguarded(name) if sheet.text else name, "close", where[name], day)
            for name in columns.tickers
        )
        return Found(head + 1, names, series=series, note=columns.note)
    roles = {
        role: where[name]
        for role in ("ticker", "close", "adj_close", "returns")
        if (name := getattr(columns, role))
    }
    stated = [at for at in kept if plain_head(names[at]) in CURRENCY]
    roles |= {"currency": stated[0]} if stated else {}
    return Found(head + 1, names, {"date": day, **roles}, note=columns.note)


def _require_figures(body: pd.DataFrame, columns: Sequence[tuple[str, int]], file: str) -> None:
    """InputError where a column of a wide table has only words, so that it is not a ticker."""
    for name, at in columns:
        ends = (body.iloc[:LOOKED_AT, at], body.iloc[-LOOKED_AT:, at])
        filled = [text for end in ends for text in texts_of(end) if not is_missing(text)]
        if len(filled) >= LOOKED_AT and not any(re.search(r"\d", text) for text in filled):
            raise InputError(
                f"{file}: column {quoted(name)} holds words ({quoted(filled[0])}) where a table "
                "with a column for each ticker has prices. If it holds the tickers, say so with "
                f"--ticker-col {quoted(name)} (in Python ticker_col=) and name the closes with "
                "--close-col; else delete it."
            )


LOOKED_AT = 20
"""Cells at either end that tell words from figures."""


def _named_returns(names: Sequence[str], asked: FileOptions) -> str | None:
    """The column of returns by its usual names, where the user says that there are returns."""
    if asked.values in AS_THEY_ARE or asked.close_col:
        return None
    return next((name for name in names if plain_head(name) in RETURNS), None)


def _ignored(body: pd.DataFrame, at: int, names: tuple[str, ...]) -> bool:
    """Whether a nameless column is empty, or holds the numbers of rows that R and pandas write."""
    texts = texts_of(body.iloc[:, at])
    if (texts == "").all():
        return True
    if at or not any(plain_head(name) in USUAL["date"] for name in names):
        return False
    start = str(texts[0])
    return start in ("0", "1") and texts.tolist() == [
        str(number) for number in range(int(start), int(start) + len(texts))
    ]


def _head(top: Top, asked: FileOptions) -> int:
    """The row of names: the first that names the days; a title above it does not count."""
    wanted = {asked.date_col} if asked.date_col else None
    for at, row in enumerate(top[:MOST_PREAMBLE]):
        names = [cell.strip() for cell in row]
        if wanted & set(names) if wanted else {plain_head(n) for n in names} & set(USUAL["date"]):
            return at
    return 0


def _turned(sheet: Sheet) -> Sheet:
    """The sheet with its rows as columns."""
    cells = sheet.cells.T
    cells.index, cells.columns = (pd.RangeIndex(1, len(cells) + 1), pd.RangeIndex(cells.shape[1]))
    return replace(sheet, cells=cells)


def require_options(asked: FileOptions) -> None:
    """Check what the user says of files.

    Args:
        asked: It.

    Raises:
        InputError: A layout or a kind of values is not known.
    """
    layouts = get_args(FileLayout)
    if asked.layout not in layouts:
        raise InputError(
            f"Option layout: {asked.layout!r} is not known; known: {', '.join(layouts)}."
        )
    known = get_args(Values)
    if asked.values not in known:
        raise unknown_name("kind of values", asked.values, known)
