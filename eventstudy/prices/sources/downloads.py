"""One download for each ticker of a service, the cache first, a few tickers at a time."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial

import pandas as pd

from eventstudy.errors import DataMissingError, EventStudyError, InputError, NetworkError
from eventstudy.prices.currencies import common, main_unit
from eventstudy.prices.prices import Provenance
from eventstudy.prices.request import Day, TickerList, parse_span, parse_tickers
from eventstudy.prices.sources.cache import ADJUSTMENT, Entry, PriceCache, moved_days
from eventstudy.prices.sources.refusals import Service
from eventstudy.prices.sources.retry import THREADS, in_waves, patiently
from eventstudy.prices.unlisted import unlisted_reason


@dataclass(frozen=True, slots=True)
class Download:
    """One answer: `table` (index date; close, adj_close), and what the service says of it.

    `currency` is that of the closes, `timezone` the exchange's, `unit` that of levels as the
    service writes it; empty where it does not say.
    """

    table: pd.DataFrame
    currency: str = ""
    timezone: str = ""
    unit: str = ""


Fetch = Callable[[str, date, date], Download]
"""(ticker, first day, last day) → download; it may raise DataMissingError for a ticker without
figures and NetworkError."""
Held = tuple[pd.DataFrame, Entry]
Progress = Callable[[str, int, int], None]
"""Receives a ticker, how many are done and how many there are."""


@dataclass(frozen=True, slots=True, eq=False)
class Delivered:
    """What was downloaded or cached, in the order asked for, and why the others were not."""

    held: Mapping[str, Held]
    refused: Mapping[str, EventStudyError]

    @property
    def entries(self) -> list[Entry]:
        """The notes of the cached files."""
        return [entry for _, entry in self.held.values()]

    @property
    def unavailable(self) -> dict[str, str]:
        """The sentence for each ticker that is not there."""
        return {ticker: _why(ticker, error) for ticker, error in self.refused.items()}

    def wide(self, name: str) -> pd.DataFrame:
        """One column of the tables, days × tickers."""
        if not self.held:
            return pd.DataFrame(index=pd.DatetimeIndex([]))
        columns = {ticker: table[name] for ticker, (table, _) in self.held.items()}
        return pd.concat(columns, axis=1, sort=True)

    def positive(self, name: str, who: str) -> tuple[pd.DataFrame, tuple[str, ...]]:
        """One column of the tables without prices that are not positive, which are named.

        Args:
            name: The column.
            who: Who gives them, in sentences.
        """
        frame = self.wide(name)
        wrong = frame <= 0
        named = tuple(
            f"{who} gives {ticker} a {name} of {frame.loc[day, ticker]} on {day:%Y-%m-%d}; it is "
            "left out."
            for ticker in frame.columns
            for day in frame.index[wrong[ticker]]
        )
        return frame.mask(wrong), named


@dataclass(frozen=True, slots=True)
class Downloads:
    """How a source downloads.

    `fetch` makes one attempt. `threads` tickers are asked for at a time. `adjustment` says what
    the closes are adjusted for, `revised` what it may mean that an earlier download differs.
    """

    service: Service
    fetch: Fetch
    cache: PriceCache
    offline: bool
    sleep: Callable[[float], None]
    now: Callable[[], datetime]
    progress: Progress | None = None
    threads: int = THREADS
    adjustment: str = ADJUSTMENT
    revised: str = "a split or a correction"

    def find(
        self, asked: Sequence[str], span: tuple[date, date], impossible: Callable[[str], str]
    ) -> Delivered:
        """The tables of the tickers, from the cache where it covers the span.

        Rate limits, failures of the server and broken connections are tried again; after three
        rate-limited tickers in a row, or without a connection, the rest comes from the cache or is
        refused, and a later call goes on from there.

        Args:
            asked: The tickers.
            span: First and last day, both included.
            impossible: Why a name cannot be a ticker of the service; empty where it can.

        Raises:
            InputError: It cannot be asked, as a package is not there.
            NetworkError: The service refuses and nothing is cached.
        """
        held: dict[str, Held] = {}
        refused: dict[str, EventStudyError] = {}
        for ticker in asked:
            if reason := unlisted_reason(ticker) or impossible(ticker):
                refused[ticker] = DataMissingError(reason)
            elif cached := self._cached(ticker, span):
                held[ticker] = cached
            elif self.offline:
                refused[ticker] = DataMissingError(
                    f"{ticker} is not in the cache of downloaded {self.service.figures}; run once "
                    "without --offline"
                )
        to_fetch = [ticker for ticker in asked if ticker not in held and ticker not in refused]
        fetched, failed = in_waves(
            to_fetch, partial(self._fetched, span=span), self.progress, self.threads
        )
        if unasked := next((e for e in failed.values() if isinstance(e, InputError)), None):
            raise unasked
        held, refused = held | fetched, refused | failed
        network = [error for error in refused.values() if isinstance(error, NetworkError)]
        if network and not held:
            raise _with_the_others(network[0], refused)
        return Delivered(
            {ticker: held[ticker] for ticker in asked if ticker in held},
            {ticker: refused[ticker] for ticker in asked if ticker in refused},
        )

    def _cached(self, ticker: str, span: tuple[date, date]) -> Held | None:
        cached = self.cache.read(self.service.key, ticker)
        return cached if cached and (self.offline or cached[1].covers(*span)) else None

    def _fetched(self, ticker: str, span: tuple[date, date]) -> Held:
        """Downloaded and kept, or what another process has kept in the meantime.

        One download for the span and the cached one's, which costs one request as an extension
        would: figures retrieved on two days do not mix. Where the closes of days that both have
        differ, the note says so.
        """
        key = self.service.key
        with self.cache.lock(key, ticker):
            before = self.cache.read(key, ticker)
            if before and before[1].covers(*span):
                return before
            wide = before[1].together_with(*span) if before else span
            new = patiently(lambda: self.fetch(ticker, *wide), self.sleep)
            if new.table.empty:
                raise self.service.no_data(ticker, *wide)
            entry = Entry(
                source=key,
                ticker=ticker,
                retrieved=self.now().isoformat(timespec="seconds"),
                start=wide[0].isoformat(),
                end=wide[1].isoformat(),
                sha256="",
                currency=new.currency,
                timezone=new.timezone,
                adjustment=self.adjustment,
                moved=self._moved(*before, new.table) if before else "",
                unit=new.unit,
            )
            return new.table, self.cache.write(entry, new.table)

    def _moved(self, table: pd.DataFrame, entry: Entry, new: pd.DataFrame) -> str:
        """What the note says where history is not what it was, else what it said before."""
        days = moved_days(table, new)
        if not len(days):
            return entry.moved
        return (
            f"{len(days)} closes of {entry.ticker} from {days[0]:%Y-%m-%d} to {days[-1]:%Y-%m-%d} "
            f"differ from those retrieved {entry.retrieved[:10]} ({self.revised}); all were "
            "downloaded again"
        )


def required_tickers(tickers: TickerList, source: str, example: str) -> tuple[str, ...]:
    """The tickers asked for.

    Args:
        tickers: A list, or text with commas.
        source: The name of the source.
        example: Tickers of it, for the sentence.

    Raises:
        InputError: None are named.
    """
    asked = parse_tickers(tickers)
    if asked is None:
        raise InputError(f"Source {source} needs tickers; name them, for example {example}.")
    return asked


def final_span(start: Day, end: Day, first_day: date, now: datetime) -> tuple[date, date]:
    """The days asked for, the last no later than yesterday (UTC): today's figure is not final.

    Args:
        start: First day; None for `first_day`.
        end: Last day; None for yesterday.
        first_day: Where the source begins.
        now: The present, in UTC.

    Raises:
        InputError: One is not a day, or nothing is left.
    """
    first, last = parse_span(start, end)
    yesterday = now.date() - timedelta(days=1)
    span = (first or first_day, min(last or yesterday, yesterday))
    if span[1] < span[0]:
        raise InputError(
            f"Option start: {span[0]} is later than {span[1]}, the last day with final figures; "
            "give an earlier day."
        )
    return span


def provenance_of(
    found: Delivered, span: tuple[date, date], name: str, description: str, sentences: Sequence[str]
) -> Provenance:
    """Where downloads come from, and what a reader should know.

    Args:
        found: What there is.
        span: The days asked for.
        name: Of the source.
        description: Of the service, in sentences.
        sentences: What the source itself has to say, without full stops.
    """
    entries = found.entries
    hashes = "\n".join(sorted(f"{entry.ticker} {entry.sha256}" for entry in entries))
    short = [
        f"{entry.ticker} is cached only from {entry.start} to {entry.end}"
        for entry in entries
        if not entry.covers(*span)
    ]
    first = "; ".join(["One download per ticker; the date is that of the oldest", *short])
    moved = [entry.moved for entry in entries if entry.moved]
    return Provenance(
        name=name,
        description=description,
        retrieved=min((entry.retrieved for entry in entries), default=""),
        sha256=hashlib.sha256(hashes.encode()).hexdigest() if entries else "",
        note=". ".join([first, *sentences, *moved]) + ".",
        currency=common(entry.currency for entry in entries),
    )


def require_one_currency(entries: Sequence[Entry]) -> None:
    """InputError with two tickers that are quoted in different currencies."""
    known = [entry for entry in entries if entry.currency]
    other = next((e for e in known if main_unit(e.currency) != main_unit(known[0].currency)), None)
    if other is not None:
        raise InputError(
            f"{known[0].ticker} is quoted in {known[0].currency} and {other.ticker} in "
            f"{other.currency}, so their returns are not comparable; study them separately. To mix "
            "them on purpose, write them with eventstudy prices fetch --out FILE and give that "
            "file."
        )


def _with_the_others(error: NetworkError, refused: Mapping[str, EventStudyError]) -> NetworkError:
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
