"""Prices from Yahoo Finance through yfinance, which asks through `yahoo_session`."""

from __future__ import annotations

import logging
import threading
import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pandas as pd

from eventstudy.errors import EventStudyError, needs_package
from eventstudy.prices.prices import Prices, make_prices
from eventstudy.prices.request import Day, TickerList
from eventstudy.prices.sources.cache import Entry, PriceCache, default_cache
from eventstudy.prices.sources.downloads import (
    Download,
    Downloads,
    Fetch,
    Progress,
    final_span,
    provenance_of,
    require_one_currency,
    required_tickers,
)
from eventstudy.prices.sources.yahoo_errors import YAHOO, delisted, no_symbol
from eventstudy.prices.sources.yahoo_session import failed_connection, judging_session
from eventstudy.spec.study_spec import DEFAULTS

NAME = YAHOO.key
FIRST_DAY = date(2010, 1, 1)


def fetch_history(ticker: str, start: date, end: date) -> Download:
    """Daily closes of one ticker from Yahoo Finance, `start` and `end` included.

    One attempt.

    Raises:
        InputError: yfinance cannot be loaded.
        DataMissingError: Yahoo does not know the ticker or has no prices for it (`yahoo_errors`).
        NetworkError: Yahoo cannot be reached, refuses, or its answer is not understood.
    """
    with needs_package("Source yahoo", "yfinance"):
        import curl_cffi.requests  # noqa: F401 - `judging_session` uses it
        import yfinance
        from peewee import OperationalError
        from yfinance.exceptions import (
            YFException,
            YFRateLimitError,
            YFTickerMissingError,
            YFTzMissingError,
        )

    try:
        with quiet_but_honest(yfinance.config):
            asked = yfinance.Ticker(ticker, session=judging_session())
            table = asked.history(
                start=start.isoformat(),
                end=(end + timedelta(days=1)).isoformat(),
                auto_adjust=False,
                actions=True,
            )
            listing = getattr(asked, "history_metadata", None) or {}
    except EventStudyError:
        raise
    except YFRateLimitError:
        raise YAHOO.rate_limited(ticker) from None
    except YFTzMissingError:
        raise YAHOO.unknown(ticker) from None
    except YFTickerMissingError as error:
        gone = "delisted" in error.rationale
        raise (delisted(ticker) if gone else YAHOO.no_data(ticker, start, end)) from None
    except OperationalError:  # yfinance's cache of time zones, which processes share
        raise YAHOO.cut_off(ticker, "the cache of yfinance is locked") from None
    except OSError as error:  # what curl_cffi raises derives from it
        raise failed_connection(ticker, error) from None
    except (YFException, ValueError, LookupError, TypeError, AttributeError, RuntimeError) as error:
        raise YAHOO.not_understood(ticker, "it is not in Yahoo's price format") from error
    if table.empty or table["Close"].isna().all():
        raise YAHOO.no_data(ticker, start, end)
    days = pd.DatetimeIndex(table.index).tz_localize(None).normalize()
    inside = pd.DataFrame(
        {"close": table["Close"].to_numpy(float), "adj_close": table["Adj Close"].to_numpy(float)},
        index=pd.DatetimeIndex(days, name="date"),
    ).loc[pd.Timestamp(start) : pd.Timestamp(end)]
    if inside.empty:
        raise YAHOO.no_data(ticker, start, end)
    return Download(
        inside, str(listing.get("currency") or ""), str(listing.get("exchangeTimezoneName") or "")
    )


@dataclass(frozen=True, slots=True)
class YahooSource:
    """Yahoo Finance, the cache first, a few tickers at a time.

    `one_currency` refuses tickers of different currencies, which no study can hold together.
    `progress` is called with a ticker, how many are done and how many there are. `fetch`, `sleep`
    and `now` can be replaced for tests.
    """

    calendar: str | None = DEFAULTS.calendar
    offline: bool = False
    one_currency: bool = True
    progress: Progress | None = None
    cache: PriceCache = field(default_factory=default_cache)
    fetch: Fetch = fetch_history
    sleep: Callable[[float], None] = time.sleep
    now: Callable[[], datetime] = lambda: datetime.now(UTC)

    def load(self, tickers: TickerList = None, start: Day = None, end: Day = None) -> Prices:
        """Prices of the tickers, both days included; at the latest yesterday's (UTC).

        Today's price is not final and never taken. Rate limits, failures of the server and broken
        connections are tried again; after three rate-limited tickers in a row, or without a
        connection, the rest comes from the cache or stands in `unavailable` and a later call goes
        on from there.

        Raises:
            InputError: No tickers are named, or they are quoted in different currencies.
            DataMissingError: No ticker is quoted (offline: cached).
            NetworkError: Yahoo refuses and nothing is cached.
        """
        asked = required_tickers(tickers, NAME, "NVDA,^GSPC")
        span = final_span(start, end, FIRST_DAY, self.now())
        found = Downloads(
            YAHOO, self.fetch, self.cache, self.offline, self.sleep, self.now, self.progress
        ).find(asked, span, no_symbol)
        if self.one_currency:
            require_one_currency(found.entries)
        close, zero = found.positive("close", YAHOO.name)
        return make_prices(
            close,
            found.positive("adj_close", YAHOO.name)[0],
            provenance=provenance_of(found, span, NAME, "Yahoo Finance", _listings(found.entries)),
            tickers=asked,
            start=span[0],
            end=span[1],
            calendar=self.calendar,
            unavailable=found.unavailable,
            dropped=zero,
        )


_quiet_lock = threading.Lock()
_quiet_depth: list[Any] = []
"""Threads inside `quiet_but_honest`; the first holds what the last one puts back."""


@contextmanager
def quiet_but_honest(config: Any) -> Iterator[None]:
    """Let yfinance raise instead of answering with an empty table; the user's settings return.

    Args:
        config: yfinance's.

    What yfinance itself uses of pandas and is deprecated there is not our user's business, nor is
    its log of what it raises as well. All three are the whole process's, so threads share them.
    """
    logger = logging.getLogger("yfinance")
    with _quiet_lock:
        if not _quiet_depth:
            caught = warnings.catch_warnings()
            caught.__enter__()
            warnings.simplefilter("ignore", DeprecationWarning)
            _quiet_depth.append((config.debug.hide_exceptions, logger.level, caught))
            config.debug.hide_exceptions = False
            logger.setLevel(logging.CRITICAL + 1)
        else:
            _quiet_depth.append(None)
    try:
        yield
    finally:
        with _quiet_lock:
            if len(_quiet_depth) == 1:
                hidden, level, caught = _quiet_depth[0]
                config.debug.hide_exceptions = hidden
                logger.setLevel(level)
                caught.__exit__(None, None, None)
            _quiet_depth.pop()


def _listings(entries: Sequence[Entry]) -> list[str]:
    """The currency and time zone of each ticker, those alike together."""
    listed: dict[str, list[str]] = {}
    for entry in entries:
        if entry.currency or entry.timezone:
            where = f"{entry.currency or 'unknown currency'}, {entry.timezone or 'no time zone'}"
            listed.setdefault(where, []).append(entry.ticker)
    places = [f"{' '.join(names)}: {place}" for place, names in listed.items()]
    if len(listed) == 1:
        places = list(listed)
    return [f"Listings: {'; '.join(places)}"] if places else []
