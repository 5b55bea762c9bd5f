"""Frames of prices or returns as a user hands them over: wide ones, and those that files look like.

A frame with a column or level of tickers, with names of two levels as yfinance has them, or with
the columns of one ticker's bars is read as the file of a vendor is.
"""

from __future__ import annotations

import pandas as pd

from eventstudy.errors import InputError
from eventstudy.files.frames import TICKER_COLUMNS, by_day, plain_label, sheet_of
from eventstudy.prices.dialects.dialect import FileOptions
from eventstudy.prices.dialects.reading import read_prices

BARS = {"open", "close"}
"""Columns of a frame that holds the bars of one ticker, and no tickers."""


def wide_frame(frame: object, what: str) -> pd.DataFrame | None:
    """A frame of days × tickers; None where it has to be read as a file is.

    Args:
        frame: Of any library.
        what: What a sentence calls it.

    Raises:
        InputError: It is no frame, or holds one ticker without its name.
    """
    table = by_day(frame, what)
    names = {plain_label(name) for name in (*table.columns.tolist(), *table.index.names)}
    if max(table.columns.nlevels, table.index.nlevels) > 1 or names & {*TICKER_COLUMNS}:
        return None
    if names >= BARS:
        raise InputError(
            f"The frame of {what} has the bars of one ticker and does not name it. Rename its "
            "close to the ticker: "
            'frame[["Close"]].rename(columns={"Close": "NVDA"}).'
        )
    return table


def returns_of_frame(frame: object) -> pd.DataFrame:
    """Returns in decimals of a frame that is not wide, days × tickers.

    Args:
        frame: Of any library.

    Raises:
        InputError: It cannot be read without guessing, or has no returns.
    """
    sheet = sheet_of(frame, "The frame of returns")
    found = read_prices(sheet, FileOptions(values="returns")).returns
    if found is None:
        raise InputError("The frame of returns has no column of returns; name it ret.")
    return found
