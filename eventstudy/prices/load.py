"""Prices by the name of their source."""

from __future__ import annotations

import os
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from eventstudy.errors import InputError, quoted
from eventstudy.prices.source import SOURCES, FileLayout, PriceSource
from eventstudy.spec import DEFAULTS

if TYPE_CHECKING:
    from eventstudy.prices.prices import Prices


def load_prices(
    source: str | Path | PriceSource = "bundled",
    *,
    tickers: str | Sequence[str] | None = None,
    start: str | date | None = None,
    end: str | date | None = None,
    calendar: str | None = DEFAULTS.calendar,
    layout: FileLayout = "auto",
    date_col: str | None = None,
    ticker_col: str | None = None,
    close_col: str | None = None,
    adj_close_col: str | None = None,
    offline: bool = False,
) -> Prices:
    """Load daily prices, sessions × tickers, from a named source, a file or a source of your own.

    Args:
        source: "bundled" (the offline sample), "yahoo", the path of a CSV or Parquet file, or an
            object with the method `load` of `PriceSource`.
        tickers: Those to load, a list or text with commas; None for all that the source has.
        start: First day, included: text such as "2025-01-27", a date or a timestamp.
        end: Last day, included.
        calendar: The exchange whose sessions the rows are; None keeps the days of the source.
        layout: Of a file: "long" (a row a day and ticker), "wide" (a column a ticker), or "auto".
        date_col: Column of a file that holds the days; found by its usual names if None.
        ticker_col: Column of a long file that holds the tickers; found if None.
        close_col: Column of a long file with closes adjusted for splits; found if None.
        adj_close_col: Column with closes adjusted for splits and dividends; found if None, and
            taken to equal the close where there is none.
        offline: Whether "yahoo" reads its cache only.

    Raises:
        InputError: A wrong option, or bad rows of a file, all named at once.
        DataMissingError: None of the tickers or days is available.
        NetworkError: The source cannot be reached, or limits the rate of requests.
    """
    from eventstudy.prices.request import parse_span, parse_tickers

    asked = parse_tickers(tickers)
    first, last = parse_span(start, end)
    if not isinstance(source, (str, Path)):
        return source.load(asked, first, last)
    if source in SOURCES:
        named = SOURCES[str(source)].open(calendar=calendar, offline=offline)
        return named.load(asked, first, last)
    from eventstudy.prices.sources.file import FileSource

    file = FileSource(
        path=_existing(source),
        calendar=calendar,
        layout=layout,
        date_col=date_col,
        ticker_col=ticker_col,
        close_col=close_col,
        adj_close_col=adj_close_col,
    )
    return file.load(asked, first, last)


def _existing(source: str | Path) -> Path:
    path = Path(source)
    if isinstance(source, Path) or path.suffix or len(path.parts) > 1 or _exists(source):
        return path  # if it cannot be read, the reader says why
    raise InputError(
        f"Option source: {quoted(source)} is neither {' nor '.join(SOURCES)} nor an existing "
        "file; give one of them or the path of a CSV or Parquet file."
    )


def _exists(path: str) -> bool:
    """Whether there is anything of that name, a link that leads nowhere included."""
    try:
        return os.path.lexists(path)
    except ValueError:  # a NUL in the path
        return True
