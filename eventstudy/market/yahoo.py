"""Prices from Yahoo Finance through yfinance: the only file that reaches for the network."""

from __future__ import annotations

import hashlib
import logging
import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pandas as pd
import tenacity

from eventstudy.errors import DataMissingError, InputError, NetworkError
from eventstudy.market.cache import Entry, PriceCache, default_cache
from eventstudy.market.listing import unlisted_reason
from eventstudy.market.prices import Prices, Provenance, make_prices
from eventstudy.market.request import parse_span, parse_tickers

NAME = "yahoo"
FIRST_DAY = date(2010, 1, 1)
ATTEMPTS = 3

Fetch = Callable[[str, date, date], pd.DataFrame]
"""(ticker, first day, last day) → index date, columns close and adj_close; it may raise
DataMissingError for a ticker that is not quoted and NetworkError."""


class RateLimitError(NetworkError):
    """Yahoo asks to slow down; trying again later helps."""


def fetch_history(ticker: str, start: date, end: date, *, session: Any = None) -> pd.DataFrame:
    """Daily closes of one ticker from Yahoo Finance, `start` and `end` included.

    Raises DataMissingError (unknown, delisted or no data), RateLimitError, NetworkError.
    """
    import yfinance
    from yfinance.exceptions import YFException, YFRateLimitError, YFTickerMissingError

    try:
        with _quiet_but_honest(yfinance.config):
            table = yfinance.Ticker(ticker, session=session).history(
                start=start.isoformat(),
                end=(end + timedelta(days=1)).isoformat(),
                auto_adjust=False,
                actions=True,
            )
    except YFRateLimitError:
        raise _rate_limited(ticker) from None
    except YFTickerMissingError as error:
        raise _not_quoted(ticker, error.rationale) from None
    except OSError as error:  # what curl_cffi and requests raise derives from it
        raise _refused(ticker, error) from None
    except (YFException, ValueError, KeyError, TypeError, AttributeError) as error:
        raise NetworkError(
            f"Yahoo's answer for {ticker} was not understood ({_short(error)}). "
            "Try again later, or use --source bundled or a file."
        ) from error
    if table.empty or table["Close"].isna().all():
        raise _not_quoted(ticker, "no prices in the answer")
    days = pd.DatetimeIndex(table.index).tz_localize(None).normalize()
    return pd.DataFrame(
        {"close": table["Close"].to_numpy(float), "adj_close": table["Adj Close"].to_numpy(float)},
        index=pd.DatetimeIndex(days, name="date"),
    ).loc[pd.Timestamp(start) : pd.Timestamp(end)]


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class YahooSource:
    """Yahoo Finance, the cache first. `fetch`, `sleep` and `now` can be replaced for tests."""

    calendar: str | None = "XNYS"
    offline: bool = False
    cache: PriceCache = field(default_factory=default_cache)
    fetch: Fetch = fetch_history
    sleep: Callable[[float], None] = time.sleep
    now: Callable[[], datetime] = _now

    def load(
        self,
        tickers: str | Sequence[str] | None = None,
        start: str | date | None = None,
        end: str | date | None = None,
    ) -> Prices:
        """Prices of the tickers, both days included; at the latest yesterday's (UTC).

        Today's price is not final and never taken. After a first refusal by the network the rest
        comes from the cache or stands in `unavailable`; NetworkError when nothing is left,
        DataMissingError when no ticker is quoted (offline: cached).
        """
        asked = parse_tickers(tickers)
        if asked is None:
            raise InputError("Source yahoo needs tickers; name them, for example NVDA,^GSPC.")
        span = self._span(start, end)
        held: dict[str, tuple[pd.DataFrame, Entry]] = {}
        absent: dict[str, str] = {}
        refusal: NetworkError | None = None
        for ticker in asked:
            reason = unlisted_reason(ticker)
            try:
                if reason:
                    raise DataMissingError(reason)
                held[ticker] = self._one(ticker, span, refusal)
            except NetworkError as error:
                refusal = error
                absent[ticker] = f"{ticker} could not be fetched: {error}"
            except DataMissingError as error:
                absent[ticker] = str(error)
        if not held and refusal is not None:
            raise refusal
        tables = {ticker: table for ticker, (table, _) in held.items()}
        close, zero = _wide(tables, "close")
        return make_prices(
            close,
            _wide(tables, "adj_close")[0],
            provenance=_provenance([entry for _, entry in held.values()], span),
            tickers=asked,
            start=span[0],
            end=span[1],
            calendar=self.calendar,
            unavailable=absent,
            dropped=zero,
        )

    def _span(self, start: str | date | None, end: str | date | None) -> tuple[date, date]:
        first, last = parse_span(start, end)
        yesterday = self.now().date() - timedelta(days=1)
        span = (first or FIRST_DAY, min(last or yesterday, yesterday))
        if span[1] < span[0]:
            raise InputError(f"Option start: {span[0]} is later than the last final day {span[1]}.")
        return span

    def _one(
        self, ticker: str, span: tuple[date, date], refusal: NetworkError | None
    ) -> tuple[pd.DataFrame, Entry]:
        cached = self.cache.read(NAME, ticker)
        if cached and (self.offline or cached[1].covers(*span)):
            return cached
        if self.offline:
            raise DataMissingError(
                f"{ticker} is not in the cache of downloaded prices; run once without --offline"
            )
        if refusal is not None:
            raise refusal
        # One download for both spans: adjusted closes retrieved on two days do not mix.
        wide = cached[1].together_with(*span) if cached else span
        table = self._fetch_patiently(ticker, *wide)
        if table.empty:
            raise _not_quoted(ticker, "no prices in the answer")
        retrieved = self.now().isoformat(timespec="seconds")
        return table, self.cache.write(NAME, ticker, table, wide, retrieved)

    def _fetch_patiently(self, ticker: str, start: date, end: date) -> pd.DataFrame:
        retrying = tenacity.Retrying(
            stop=tenacity.stop_after_attempt(ATTEMPTS),
            wait=tenacity.wait_exponential(multiplier=2, min=2, max=30)
            + tenacity.wait_random(0, 1),
            retry=tenacity.retry_if_exception_type(RateLimitError),
            sleep=self.sleep,
            reraise=True,
        )
        return retrying(self.fetch, ticker, start, end)


@contextmanager
def _quiet_but_honest(config: Any) -> Iterator[None]:
    """Let yfinance raise instead of answering with an empty table; the user's setting returns.

    What yfinance itself uses of pandas and is deprecated there is not our user's business, nor is
    its log of what it raises as well.
    """
    before = config.debug.hide_exceptions
    config.debug.hide_exceptions = False
    logger = logging.getLogger("yfinance")
    level = logger.level
    logger.setLevel(logging.CRITICAL + 1)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            yield
    finally:
        logger.setLevel(level)
        config.debug.hide_exceptions = before


def _wide(tables: dict[str, pd.DataFrame], name: str) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """One column per ticker; prices that are not positive are missing, and named."""
    if not tables:
        return pd.DataFrame(index=pd.DatetimeIndex([])), ()
    frame = pd.concat({ticker: table[name] for ticker, table in tables.items()}, axis=1)
    wrong = frame <= 0
    named = tuple(
        f"Yahoo gives {ticker} a {name} of {frame.loc[day, ticker]} on {day:%Y-%m-%d}: left out."
        for ticker in frame.columns
        for day in frame.index[wrong[ticker]]
    )
    return frame.mask(wrong), named


def _provenance(entries: Sequence[Entry], span: tuple[date, date]) -> Provenance:
    hashes = "\n".join(sorted(f"{entry.ticker} {entry.sha256}" for entry in entries))
    short = [
        f"{entry.ticker} is cached from {entry.start} to {entry.end} only"
        for entry in entries
        if not entry.covers(*span)
    ]
    return Provenance(
        name=NAME,
        description="Yahoo Finance",
        retrieved=min((entry.retrieved for entry in entries), default=""),
        sha256=hashlib.sha256(hashes.encode()).hexdigest() if entries else "",
        note="; ".join(["One download per ticker; the oldest is dated here", *short]) + ".",
    )


def _rate_limited(ticker: str) -> RateLimitError:
    return RateLimitError(
        f"Yahoo limits the rate of requests (at {ticker}). Wait some minutes, or use "
        "--source bundled or a file."
    )


def _not_quoted(ticker: str, reason: str) -> DataMissingError:
    return DataMissingError(
        f"Yahoo has no prices for {ticker} ({reason.rstrip('.')}): unknown, delisted or not "
        "traded then; check the symbol"
    )


def _refused(ticker: str, error: OSError) -> Exception:
    status = getattr(getattr(error, "response", None), "status_code", None)
    if status == 404:
        return _not_quoted(ticker, "status 404")
    if status == 429:
        return _rate_limited(ticker)
    return NetworkError(
        f"Yahoo cannot be reached for {ticker} ({_short(error)}). Check the connection, or use "
        "--source bundled, --offline or a file."
    )


def _short(error: BaseException) -> str:
    lines = str(error).splitlines() or [""]
    return f"{type(error).__name__}: {lines[0][:120]}"
