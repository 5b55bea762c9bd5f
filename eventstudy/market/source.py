"""Where prices come from: one protocol, and the function that picks the source."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Literal, Protocol

from eventstudy.errors import InputError

if TYPE_CHECKING:
    from eventstudy.market.prices import Prices

Layout = Literal["auto", "long", "wide"]


class PriceSource(Protocol):
    """Anything that delivers prices for tickers and a span of days, both ends included.

    A ticker it cannot deliver stands in `Prices.unavailable` with the reason.
    """

    def load(
        self,
        tickers: Sequence[str] | None,
        start: str | date | None,
        end: str | date | None,
    ) -> Prices:
        """Prices of `tickers` (None: all that the source has) from `start` to `end`."""
        ...


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
    from eventstudy.market.request import parse_span, parse_tickers

    asked = parse_tickers(tickers)
    first, last = parse_span(start, end)
    if not isinstance(source, (str, Path)):
        return source.load(asked, first, last)
    chosen: PriceSource
    if source == "bundled":
        from eventstudy.market.bundled import BundledSource

        chosen = BundledSource(calendar=calendar)
    elif source == "yahoo":
        from eventstudy.market.yahoo import YahooSource

        chosen = YahooSource(calendar=calendar, offline=offline)
    else:
        from eventstudy.market.files import FileSource

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
    if path.exists():
        return path
    looks_like_path = isinstance(source, Path) or bool(path.suffix) or len(path.parts) > 1
    if looks_like_path:
        raise InputError(f"There is no file {path}; check the path of the price file.")
    raise InputError(
        f"Option source: {source!r} is neither bundled nor yahoo nor an existing file; "
        "give one of the two or the path of a CSV or Parquet file."
    )
