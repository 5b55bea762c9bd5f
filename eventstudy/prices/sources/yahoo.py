"""Prices from Yahoo Finance through yfinance, which asks through `yahoo_session`."""

from __future__ import annotations

import hashlib
import logging
import threading
import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import partial
from typing import Any

import pandas as pd

from eventstudy.errors import DataMissingError, EventStudyError, InputError, NetworkError
from eventstudy.prices.currencies import common, main_unit
from eventstudy.prices.prices import Prices, Provenance, make_prices
from eventstudy.prices.request import Day, TickerList, parse_span, parse_tickers
from eventstudy.prices.sources.cache import Entry, PriceCache, default_cache, moved_days
from eventstudy.prices.sources.retry import in_waves, patiently
from eventstudy.prices.sources.yahoo_errors import (
    cut_off,
    delisted,
    no_data,
    no_symbol,
    not_understood,
    rate_limited,
    unknown,
)
from eventstudy.prices.sources.yahoo_session import failed_connection, judging_session
from eventstudy.prices.unlisted import unlisted_reason
from eventstudy.spec.study_spec import DEFAULTS

NAME = "yahoo"
FIRST_DAY = date(2010, 1, 1)


@dataclass(frozen=True, slots=True)
class Download:
    """One answer: `table` (index date; close, adj_close), the listing's currency and time zone."""

    table: pd.DataFrame
    currency: str = ""
    timezone: str = ""


Fetch = Callable[[str, date, date], Download]
"""(ticker, first day, last day) → download; it may raise DataMissingError for a ticker without
prices and NetworkError."""
Held = tuple[pd.DataFrame, Entry]


def fetch_history(ticker: str, start: date, end: date) -> Download:
    """Daily closes of one ticker from Yahoo Finance, `start` and `end` included.

    One attempt.

    Raises:
        DataMissingError: Yahoo does not know the ticker or has no prices for it (`yahoo_errors`).
        NetworkError: Yahoo cannot be reached, refuses, or its answer is not understood.
    """
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
        raise rate_limited(ticker) from None
    except YFTzMissingError:
        raise unknown(ticker) from None
    except YFTickerMissingError as error:
        gone = "delisted" in error.rationale
        raise (delisted(ticker) if gone else no_data(ticker, start, end)) from None
    except OperationalError:  # yfinance's cache of time zones, which processes share
        raise cut_off(ticker, "the cache of yfinance is locked") from None
    except OSError as error:  # what curl_cffi raises derives from it
        raise failed_connection(ticker, error) from None
    except (YFException, ValueError, LookupError, TypeError, AttributeError, RuntimeError) as error:
        raise not_understood(ticker, "it is not in Yahoo's price format") from error
    if table.empty or table["Close"].isna().all():
        raise no_data(ticker, start, end)
    days = pd.DatetimeIndex(table.index).tz_localize(None).normalize()
    inside = pd.DataFrame(
        {"close": table["Close"].to_numpy(float), "adj_close": table["Adj Close"].to_numpy(float)},
        index=pd.DatetimeIndex(days, name="date"),
    ).loc[pd.Timestamp(start) : pd.Timestamp(end)]
    if inside.empty:
        raise no_data(ticker, start, end)
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
    progress: Callable[[str, int, int], None] | None = None
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
        asked = parse_tickers(tickers)
        if asked is None:
            raise InputError("Source yahoo needs tickers; name them, for example NVDA,^GSPC.")
        span = self._span(start, end)
        held: dict[str, Held] = {}
        refused: dict[str, EventStudyError] = {}
        for ticker in asked:
            if reason := unlisted_reason(ticker) or no_symbol(ticker):
                refused[ticker] = DataMissingError(reason)
            elif cached := self._cached(ticker, span):
                held[ticker] = cached
            elif self.offline:
                refused[ticker] = DataMissingError(
                    f"{ticker} is not in the cache of downloaded prices; run once without --offline"
                )
        to_fetch = [ticker for ticker in asked if ticker not in held and ticker not in refused]
        fetched, failed = in_waves(to_fetch, partial(self._fetched, span=span), self.progress)
        held, refused = held | fetched, refused | failed
        network = [error for error in refused.values() if isinstance(error, NetworkError)]
        if network and not held:
            raise _with_the_others(network[0], refused)
        tables = {ticker: held[ticker][0] for ticker in asked if ticker in held}
        entries = [held[ticker][1] for ticker in tables]
        if self.one_currency:
            _require_one_currency(entries)
        close, zero = _wide(tables, "close")
        return make_prices(
            close,
            _wide(tables, "adj_close")[0],
            provenance=_provenance(entries, span),
            tickers=asked,
            start=span[0],
            end=span[1],
            calendar=self.calendar,
            unavailable={t: _why(t, refused[t]) for t in asked if t in refused},
            dropped=zero,
        )

    def _span(self, start: Day, end: Day) -> tuple[date, date]:
        first, last = parse_span(start, end)
        yesterday = self.now().date() - timedelta(days=1)
        span = (first or FIRST_DAY, min(last or yesterday, yesterday))
        if span[1] < span[0]:
            raise InputError(f"Option start: {span[0]} is later than the last final day {span[1]}.")
        return span

    def _cached(self, ticker: str, span: tuple[date, date]) -> Held | None:
        cached = self.cache.read(NAME, ticker)
        return cached if cached and (self.offline or cached[1].covers(*span)) else None

    def _fetched(self, ticker: str, span: tuple[date, date]) -> Held:
        """Downloaded and kept, or what another process has kept in the meantime.

        One download for the span and the cached one's, which costs one request as an extension
        would: adjusted closes retrieved on two days do not mix. Where the closes of days that both
        have differ, the note says so.
        """
        with self.cache.lock(NAME, ticker):
            before = self.cache.read(NAME, ticker)
            if before and before[1].covers(*span):
                return before
            wide = before[1].together_with(*span) if before else span
            new = patiently(lambda: self.fetch(ticker, *wide), self.sleep)
            if new.table.empty:
                raise no_data(ticker, *wide)
            entry = Entry(
                source=NAME,
                ticker=ticker,
                retrieved=self.now().isoformat(timespec="seconds"),
                start=wide[0].isoformat(),
                end=wide[1].isoformat(),
                sha256="",
                currency=new.currency,
                timezone=new.timezone,
                moved=_moved(*before, new.table) if before else "",
            )
            return new.table, self.cache.write(entry, new.table)


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


def _wide(tables: dict[str, pd.DataFrame], name: str) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """One column per ticker; prices that are not positive are missing, and named."""
    if not tables:
        return pd.DataFrame(index=pd.DatetimeIndex([])), ()
    frame = pd.concat({ticker: table[name] for ticker, table in tables.items()}, axis=1, sort=True)
    wrong = frame <= 0
    named = tuple(
        f"Yahoo gives {ticker} a {name} of {frame.loc[day, ticker]} on {day:%Y-%m-%d}: left out."
        for ticker in frame.columns
        for day in frame.index[wrong[ticker]]
    )
    return frame.mask(wrong), named


def _with_the_others(error: NetworkError, refused: dict[str, EventStudyError]) -> NetworkError:
    """The refusal, with what else is missing as its notes."""
    error.__notes__ = [
        *(f"{other}." for other in refused.values() if not isinstance(other, NetworkError)),
        f"Not fetched: {', '.join(t for t, e in refused.items() if isinstance(e, NetworkError))}.",
    ]
    return error


def _why(ticker: str, error: EventStudyError) -> str:
    """The sentence for a ticker; of a refusal that met another one first, too."""
    met = f"{ticker} could not be fetched: " if isinstance(error, NetworkError) else ""
    return f"{met}{error}"


def _moved(table: pd.DataFrame, entry: Entry, new: pd.DataFrame) -> str:
    """What the note says where history is not what it was, else what it said before."""
    days = moved_days(table, new)
    if not len(days):
        return entry.moved
    return (
        f"{len(days)} closes of {entry.ticker} from {days[0]:%Y-%m-%d} to {days[-1]:%Y-%m-%d} "
        f"differ from those retrieved {entry.retrieved[:10]} (a split or a correction); all were "
        "downloaded again"
    )


def _require_one_currency(entries: Sequence[Entry]) -> None:
    """InputError with two tickers that are quoted in different currencies."""
    known = [entry for entry in entries if entry.currency]
    other = next((e for e in known if main_unit(e.currency) != main_unit(known[0].currency)), None)
    if other is not None:
        raise InputError(
            f"{known[0].ticker} is quoted in {known[0].currency} and {other.ticker} in "
            f"{other.currency}, and their returns do not compare; study them apart, or write them "
            "with eventstudy prices fetch --out FILE and give that file if that is intended."
        )


def _provenance(entries: Sequence[Entry], span: tuple[date, date]) -> Provenance:
    hashes = "\n".join(sorted(f"{entry.ticker} {entry.sha256}" for entry in entries))
    short = [
        f"{entry.ticker} is cached from {entry.start} to {entry.end} only"
        for entry in entries
        if not entry.covers(*span)
    ]
    listed: dict[str, list[str]] = {}
    for entry in entries:
        if entry.currency or entry.timezone:
            where = f"{entry.currency or 'unknown currency'}, {entry.timezone or 'no time zone'}"
            listed.setdefault(where, []).append(entry.ticker)
    places = [f"{' '.join(names)}: {place}" for place, names in listed.items()]
    if len(listed) == 1:
        places = list(listed)
    moved = [entry.moved for entry in entries if entry.moved]
    first = ["One download per ticker; the oldest is dated here", *short]
    sentences = ["; ".join(first), *([f"Listings: {'; '.join(places)}"] if places else []), *moved]
    return Provenance(
        name=NAME,
        description="Yahoo Finance",
        retrieved=min((entry.retrieved for entry in entries), default=""),
        sha256=hashlib.sha256(hashes.encode()).hexdigest() if entries else "",
        note=". ".join(sentences) + ".",
        currency=common(entry.currency for entry in entries),
    )
