"""Cryptocurrencies on their exchanges through ccxt: closes of days in UTC."""

from __future__ import annotations

import math
import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import cache as remembered
from functools import partial
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd

from eventstudy.errors import EventStudyError, InputError, nearest, needs_extra
from eventstudy.prices.prices import Prices, make_prices
from eventstudy.prices.request import Day, TickerList
from eventstudy.prices.sources.answers import broken_connection
from eventstudy.prices.sources.cache import PriceCache, default_cache
from eventstudy.prices.sources.downloads import (
    Download,
    Downloads,
    Progress,
    final_span,
    provenance_of,
    require_one_currency,
    required_tickers,
)
from eventstudy.prices.sources.refusals import Service, UnknownTickerError
from eventstudy.prices.sources.retry import TIMEOUT, seconds

CALENDAR = "24/7"
"""The calendar whose sessions the days are: all of them, in UTC."""
CRYPTO = Service("ccxt", "the exchange", "pair", check="check the pair")
FIRST_DAY = date(2010, 1, 1)
PAGE = 300
"""Days asked for at a time: no exchange gives fewer."""
DAY = timedelta(days=1)
ADJUSTMENT = "none: daily closes at midnight UTC"
UNKNOWN_FORM = "it is not in the form that ccxt expects"

_ID = re.compile(r"([a-z0-9]{2,30}):([A-Za-z0-9.$-]{1,30}/[A-Za-z0-9.$-]{1,30}(:[A-Za-z0-9.-]+)?)")

Exchange = Any
"""One of ccxt's."""


@remembered
def open_exchange(name: str) -> Exchange:
    """An exchange of ccxt that keeps to its rate limit; opened once, so that the limit holds.

    Args:
        name: As ccxt writes it, such as binance.

    Raises:
        InputError: ccxt is not installed.
    """
    with needs_extra("Source ccxt", "crypto"):
        import ccxt

    options = {
        "enableRateLimit": True,
        "timeout": 1000 * seconds(TIMEOUT),
        "requests_trust_env": True,
    }
    return getattr(ccxt, name)(options)


@dataclass(frozen=True, slots=True)
class CcxtSource:
    """Exchanges of ccxt, the cache first; tickers are such as binance:BTC/USDT.

    The rows are all days, in UTC, so the calendar is 24/7, or None. `one_currency` refuses pairs
    quoted in different currencies. `progress` is called with a ticker, how many are done and how
    many there are. `exchange`, `sleep` and `now` can be replaced for tests.
    """

    calendar: str | None = CALENDAR
    offline: bool = False
    one_currency: bool = True
    progress: Progress | None = None
    cache: PriceCache = field(default_factory=default_cache)
    exchange: Callable[[str], Exchange] = open_exchange
    sleep: Callable[[float], None] = time.sleep
    now: Callable[[], datetime] = lambda: datetime.now(UTC)

    def load(self, tickers: TickerList = None, start: Day = None, end: Day = None) -> Prices:
        """Closes of the pairs, both days included; at the latest yesterday's (UTC).

        Today's candle is unfinished and never taken. Nothing is adjusted. Pairs are fetched one
        after another, so that ccxt can keep to the rate limit of each exchange.

        Raises:
            InputError: No pairs are named, the calendar is that of an exchange for shares, the
                pairs are quoted in different currencies, or ccxt is not installed.
            DataMissingError: No pair is traded (offline: cached).
            NetworkError: The exchange refuses and nothing is cached.
        """
        if self.calendar not in (CALENDAR, None):
            raise InputError(
                f"Source ccxt has prices for every day of the week, in UTC, but {self.calendar} "
                f"has fewer sessions: give --calendar {CALENDAR} (calendar={CALENDAR!r}). To study "
                f"them on the sessions of {self.calendar}, write them to a file first: eventstudy "
                "prices fetch binance:BTC/USDT --source ccxt --out crypto.csv."
            )
        asked = required_tickers(tickers, CRYPTO.key, "binance:BTC/USDT,binance:ETH/USDT")
        span = final_span(start, end, FIRST_DAY, self.now())
        found = Downloads(
            CRYPTO,
            partial(fetch_candles, self.exchange),
            self.cache,
            self.offline,
            self.sleep,
            self.now,
            self.progress,
            threads=1,
            adjustment=ADJUSTMENT,
            revised="a correction",
        ).find(asked, span, _no_pair)
        if self.one_currency:
            require_one_currency(found.entries)
        close, zero = found.positive("close", "ccxt")
        said = ["Daily closes at midnight UTC, not adjusted"]
        return make_prices(
            close,
            provenance=provenance_of(found, span, CRYPTO.key, "ccxt", said),
            tickers=asked,
            start=span[0],
            end=span[1],
            calendar=self.calendar,
            unavailable=found.unavailable,
            dropped=zero,
        )


def fetch_candles(
    exchange: Callable[[str], Exchange], ticker: str, start: date, end: date
) -> Download:
    """Daily closes of one pair, `start` and `end` included.

    One attempt.

    Args:
        exchange: Opens an exchange by its name.
        ticker: Exchange and pair.
        start: First day, in UTC.
        end: Last day.

    Raises:
        InputError: ccxt is not installed.
        DataMissingError: There is no such exchange or pair.
        NetworkError: The exchange cannot be reached, refuses, or its answer is not understood.
    """
    with needs_extra("Source ccxt", "crypto"):
        import ccxt

    name, _, pair = ticker.partition(":")
    if name not in ccxt.exchanges:
        close = nearest(name, ccxt.exchanges, most=1)
        raise UnknownTickerError(f"ccxt has no exchange {name}; did you mean {close[0]}?")
    service = Service(CRYPTO.key, name, "pair", check="check the pair")
    try:
        opened = exchange(name)
        opened.enableLastJsonResponse = True
        if not opened.load_markets():
            raise service.not_understood(ticker, "it lists no pairs")
        candles = _candles(opened, pair, start, end)
    except EventStudyError:
        raise
    except ccxt.BaseError as error:
        raise _meaning(service, ticker, error) from None
    except (ValueError, TypeError, LookupError, AttributeError):
        raise service.not_understood(ticker, UNKNOWN_FORM) from None
    return _download(service, ticker, candles, (start, end))


def _meaning(service: Service, ticker: str, error: Exception) -> EventStudyError:
    """What an error of ccxt means for a ticker, in words."""
    import ccxt
    from requests import HTTPError, RequestException

    cause = error.__cause__
    if isinstance(error, ccxt.BadSymbol):
        return service.unknown(ticker.partition(":")[2])
    if isinstance(error, (ccxt.RateLimitExceeded, ccxt.DDoSProtection)):
        return service.rate_limited(ticker)
    if isinstance(error, ccxt.ExchangeNotAvailable):
        return service.cut_off(ticker, "it is down, or not available in your country")
    if isinstance(error, ccxt.RequestTimeout):
        return service.cut_off(ticker, "it took too long")
    if isinstance(cause, RequestException) and not isinstance(cause, HTTPError):
        return broken_connection(service, ticker, cause)
    if isinstance(error, ccxt.NetworkError):
        return service.cut_off(ticker, "the connection broke")
    if isinstance(error, ccxt.NotSupported):
        return service.not_understood(ticker, "it offers no daily closes")
    if isinstance(error, ccxt.AuthenticationError):
        return service.not_understood(ticker, "it asks for an account")
    return service.not_understood(ticker, UNKNOWN_FORM)


def _candles(exchange: Exchange, pair: str, start: date, end: date) -> list[Any]:
    """The candles from `start` on, asked for page by page; after an empty page, from the next."""
    found: list[Any] = []
    at, last = _stamp(start), _stamp(end)
    while at <= last:
        page = [each for each in exchange.fetch_ohlcv(pair, "1d", at, PAGE) if each[0] >= at]
        if not page and exchange.last_json_response is None:  # ccxt takes a page for no candles
            raise ValueError("the answer is no JSON")
        found += page
        at = page[-1][0] + _MS if page else at + PAGE * _MS
    return found


def _download(
    service: Service, ticker: str, candles: list[Any], span: tuple[date, date]
) -> Download:
    """The closes of the days in the span."""
    stamps = [candle[0] for candle in candles]
    if any(type(stamp) is not int or stamp % _MS for stamp in stamps):
        raise service.not_understood(ticker, "its days do not begin at midnight UTC")
    if any(second <= first for first, second in pairwise(stamps)):
        raise service.not_understood(ticker, "its days are not in order")
    closes = [candle[4] for candle in candles]
    if not all(isinstance(close, (float, int)) and math.isfinite(close) for close in closes):
        raise service.not_understood(ticker, "it has a close that is not a number")
    index = pd.DatetimeIndex(np.array(stamps, dtype="datetime64[ms]").astype("datetime64[ns]"))
    values = np.array(closes, dtype=np.float64)
    table = pd.DataFrame({"close": values, "adj_close": values}, index.rename("date"))
    quote = ticker.partition("/")[2].partition(":")[0]
    inside = table.loc[pd.Timestamp(span[0]) : pd.Timestamp(span[1])]
    if inside.empty:
        raise service.no_data(ticker, *span)
    return Download(inside, currency=quote, timezone="UTC")


_MS = DAY // timedelta(milliseconds=1)
"""Milliseconds of a day."""


def _stamp(day: date) -> int:
    """Midnight UTC of a day in milliseconds since 1970."""
    return (day - date(1970, 1, 1)) // DAY * _MS


def _no_pair(ticker: str) -> str:
    """Why a name cannot be a pair on an exchange; empty where it can."""
    if _ID.fullmatch(ticker):
        return ""
    return f"{ticker[:80]!r} cannot be a pair on an exchange; write both, such as binance:BTC/USDT"
