"""Prices by the name of their source."""

from __future__ import annotations

import os
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from eventstudy.errors import InputError, quoted
from eventstudy.prices.source import Layout, PriceSource

if TYPE_CHECKING:
    from eventstudy.prices.prices import Prices


def load_prices(
    source: str | Path | PriceSource = "bundled",
    *,
    tickers: str | Sequence[str] | None = None,
    start: str | date | None = None,
    end: str | date | None = None,
    calendar: str | None = "XNYS",
    layout: Layout = "auto",
    date_col: str | None = None,
    ticker_col: str | None = None,
    close_col: str | None = None,
    adj_close_col: str | None = None,
    offline: bool = False,
) -> Prices:
    """Load prices from "bundled", "yahoo", a CSV or Parquet file, or a PriceSource of your own.

    `start` and `end` are both included. `calendar` is the exchange whose sessions the rows are;
    None keeps the days of the source. `layout` and the column names matter for files only;
    left out, they are found. `offline` keeps "yahoo" to its cache. Raises InputError,
    DataMissingError or NetworkError.
    """
    from eventstudy.prices.request import parse_span, parse_tickers

    asked = parse_tickers(tickers)
    first, last = parse_span(start, end)
    if not isinstance(source, (str, Path)):
        return source.load(asked, first, last)
    chosen: PriceSource
    if source == "bundled":
        from eventstudy.prices.sources.bundled import BundledSource

        chosen = BundledSource(calendar=calendar)
    elif source == "yahoo":
        from eventstudy.prices.sources.yahoo import YahooSource

        chosen = YahooSource(calendar=calendar, offline=offline)
    else:
        from eventstudy.prices.sources.file import FileSource

        chosen = FileSource(
            path=_existing(source),
            calendar=calendar,
            layout=layout,
            date_col=date_col,
            ticker_col=ticker_col,
            close_col=close_col,
            adj_close_col=adj_close_col,
        )
    return chosen.load(asked, first, last)


def _existing(source: str | Path) -> Path:
    path = Path(source)
    if isinstance(source, Path) or path.suffix or len(path.parts) > 1 or _there(source):
        return path  # if it cannot be read, the reader says why
    raise InputError(
        f"Option source: {quoted(source)} is neither bundled nor yahoo nor an existing file; "
        "give one of the two or the path of a CSV or Parquet file."
    )


def _there(path: str) -> bool:
    """Whether there is anything of that name, a link that leads nowhere included."""
    try:
        return os.path.lexists(path)
    except ValueError:  # a NUL in the path
        return True
