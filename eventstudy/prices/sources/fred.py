"""Rates and yields from FRED, the data of the Federal Reserve Bank of St. Louis."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from functools import partial
from itertools import pairwise

from eventstudy.errors import EventStudyError, needs_extra
from eventstudy.prices.prices import Prices
from eventstudy.prices.request import Day, TickerList
from eventstudy.prices.sources.answers import judging_requests
from eventstudy.prices.sources.cache import PriceCache, default_cache
from eventstudy.prices.sources.downloads import (
    Delivered,
    Download,
    Downloads,
    Progress,
    final_span,
    required_tickers,
)
from eventstudy.prices.sources.levels import ADJUSTMENT, REVISED, download_of, load_levels
from eventstudy.prices.sources.refusals import Service
from eventstudy.spec.study_spec import DEFAULTS

FRED = Service("fred", "FRED", "series", "figures", "check the id")
ADDRESS = "https://fred.stlouisfed.org/graph/fredgraph.csv"
FIRST_DAY = date(1950, 1, 1)

_ID = re.compile(r"[A-Za-z0-9_]{1,40}")
_HEADS = ("observation_date", "DATE")
_ROW = re.compile(r"\d{4}-\d{2}-\d{2},(\.|-?(\d{1,40}(\.\d*)?|\.\d+)([eE][+-]?\d{1,2})?)?")
"""A day and its figure, never an infinite one; "." and nothing stand for a missing one."""


@dataclass(frozen=True, slots=True)
class FredSource:
    """FRED through pandas-datareader, the cache first; tickers are ids of series, such as DGS10.

    `progress` is called with a series, how many are done and how many there are. `address`, `sleep`
    and `now` can be replaced for tests.
    """

    calendar: str | None = DEFAULTS.calendar
    offline: bool = False
    progress: Progress | None = None
    cache: PriceCache = field(default_factory=default_cache)
    address: str = ADDRESS
    sleep: Callable[[float], None] = time.sleep
    now: Callable[[], datetime] = lambda: datetime.now(UTC)

    def load(self, tickers: TickerList = None, start: Day = None, end: Day = None) -> Prices:
        """Levels of the series, both days included; at the latest yesterday's (UTC).

        A figure that FRED marks as missing stays missing. Refusals are treated as those of Yahoo.

        Raises:
            InputError: No series are named, or pandas-datareader is not installed.
            DataMissingError: FRED has none of the series (offline: the cache).
            NetworkError: FRED refuses and nothing is cached.
        """
        asked = required_tickers(tickers, FRED.key, "DGS10,DGS2")
        downloads = Downloads(
            FRED,
            partial(fetch_fred, self.address),
            self.cache,
            self.offline,
            self.sleep,
            self.now,
            self.progress,
            adjustment=ADJUSTMENT,
            revised=REVISED,
        )
        span = final_span(start, end, FIRST_DAY, self.now())
        return load_levels(downloads, "FRED", asked, span, self.calendar, _no_id, _units)


def fetch_fred(address: str, ticker: str, start: date, end: date) -> Download:
    """One series of FRED, `start` and `end` included.

    One attempt.

    Args:
        address: Of FRED's file of a series.
        ticker: The id of the series.
        start: First day.
        end: Last day.

    Raises:
        InputError: pandas-datareader is not installed.
        DataMissingError: FRED has no such series.
        NetworkError: FRED cannot be reached, refuses, or its answer is not understood.
    """
    with needs_extra("Source fred", "rates"):
        from pandas_datareader.fred import FredReader

    class Reader(FredReader):  # type: ignore[misc]  # of a library without types
        url = address

    session = judging_requests(FRED, ticker, partial(_check, ticker))
    try:
        table = Reader(ticker, start, end, retry_count=0, session=session).read()
        return download_of([(day.date(), level) for day, level in table[ticker].items()])
    except EventStudyError:
        raise
    except (ValueError, TypeError, LookupError, AttributeError):
        raise FRED.not_understood(ticker, "it has an invalid date") from None


def _check(ticker: str, body: bytes) -> None:
    """Raise what is wrong with a body that should be days and figures of a series."""
    head, *rows = body.decode("utf-8-sig", "replace").splitlines() or [""]
    if head not in [f"{name},{ticker.upper()}" for name in _HEADS]:
        raise FRED.not_understood(ticker, "it is a web page or another series")
    wrong = next((row for row in rows if not _ROW.fullmatch(row)), None)
    if wrong is not None:
        raise FRED.not_understood(ticker, f"it has the row {wrong[:40]!r}")
    if not rows:
        raise FRED.not_understood(ticker, "it has no rows")
    days = [row[: len("2025-01-27")] for row in rows]
    if any(first >= second for first, second in pairwise(days)):
        raise FRED.not_understood(ticker, "its days are not in order")


def _no_id(ticker: str) -> str:
    """Why a name cannot be the id of a series; empty where it can."""
    if _ID.fullmatch(ticker):
        return ""
    return (
        f"{ticker[:80]!r} cannot be a series of FRED; write its id with letters, digits and _, "
        "such as DGS10"
    )


def _units(found: Delivered) -> list[str]:
    """FRED's file does not state them."""
    pages = [f"https://fred.stlouisfed.org/series/{entry.ticker}" for entry in found.entries]
    return [f"FRED's files state no units; for these see {' '.join(pages)}"] if pages else []
