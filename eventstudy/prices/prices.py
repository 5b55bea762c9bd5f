"""Prices: what every source hands over, sessions × tickers with their origin."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Literal

import numpy as np
import pandas as pd

from eventstudy.calendars import sessions_between
from eventstudy.errors import DataMissingError, InputError, say_some, some_names
from eventstudy.prices.checks.days import frequency_of, without_empty_rows
from eventstudy.prices.checks.door import doubts_of, require_prices, require_stated
from eventstudy.prices.request import Day, TickerList, parse_span, parse_tickers, span_words
from eventstudy.prices.returns import compute_returns, require_positive, returns_of
from eventstudy.prices.unlisted import alike, unlisted_reason
from eventstudy.spec.study_spec import DEFAULTS, Frequency
from eventstudy.text.brief import MOST_ROWS, Brief, Shown
from eventstudy.text.numbers import counted, number
from eventstudy.text.table import PlainTable

MOST_DAYS_NAMED = 3
"""Days without a session that have a sentence each; more have one together."""


@dataclass(frozen=True, slots=True)
class Provenance:
    """Where prices come from.

    `retrieved` is an ISO date or timestamp, empty if unknown; `sha256` identifies the file, the
    cached files or the sample; `note` says what the reader of a result should know; `currency` is
    that of the closes as the source writes it, empty if unknown.
    """

    name: str
    description: str
    retrieved: str = ""
    sha256: str = ""
    note: str = ""
    currency: str = ""


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Prices(Shown):
    """Daily prices, sessions × tickers, float64; a missing price is NaN, never filled, never 0.

    `close` is adjusted for splits, `adj_close` for splits and dividends. Their index `date` is
    tz-naive datetime64[ns], sorted and unique; with a `calendar` it has every session of that
    exchange from the first to the last day. `factors` (sessions × factors, decimals a day) has the
    same index. `returns` are simple returns that the source states itself, sessions × tickers, and
    None where they are made of `adj_close`. `benchmarks` are the delivered tickers that can stand
    for the market.
    `unavailable` says for each ticker asked for and not delivered why; `flags` are sentences on
    figures that look wrong: unadjusted splits, other units, unchanged prices;
    `dropped` are sentences on prices left out.
    """

    close: pd.DataFrame
    adj_close: pd.DataFrame
    provenance: Provenance
    calendar: str | None
    benchmarks: tuple[str, ...]
    factors: pd.DataFrame | None
    unavailable: Mapping[str, str]
    flags: tuple[str, ...]
    dropped: tuple[str, ...]
    returns: pd.DataFrame | None = None
    levels: bool = False
    """Whether columns may be levels that are no prices: they may be zero or negative."""

    def _brief(self) -> Brief:
        origin, days = self.provenance, self.sessions
        rows = []
        for ticker in self.tickers[:MOST_ROWS]:
            known = self.close[ticker].dropna()
            ends = [f"{day:%Y-%m-%d}" for day in known.index[[0, -1]]] if len(known) else ["–", "–"]
            last = number(float(known.iloc[-1]) if len(known) else None)
            rows.append((ticker, *ends, last, str(len(self.close) - len(known))))
        heads = ("ticker", "first", "last", "last close", "missing")
        listing = PlainTable.of(heads, rows, len(self.tickers), (0,), more="close")
        row = {"weekly": "week", "monthly": "month"}.get(self.frequency, "session")
        on = f" of {self.calendar}" if self.calendar and row == "session" else ""
        finding = (
            f"Prices of {counted(len(self.tickers), 'ticker')} on "
            f"{counted(len(days), row)}{on}, {days[0]:%Y-%m-%d} to {days[-1]:%Y-%m-%d}"
            if len(days)
            else "No prices"
        )
        retrieved = f", retrieved {origin.retrieved}" if origin.retrieved else ""
        absent = (f"{ticker}: {why.rstrip('.')}." for ticker, why in self.unavailable.items())
        notes = (*absent, *self.flags, *self.dropped)
        return Brief(finding, f"{origin.description}{retrieved}.", (listing,), notes)

    @property
    def tickers(self) -> tuple[str, ...]:
        """The delivered tickers, in column order."""
        return tuple(self.close.columns)

    @property
    def frequency(self) -> Frequency | Literal["other"]:
        """How far apart the rows are: daily, weekly, monthly, or other."""
        return frequency_of(self.sessions)

    @property
    def factor_notes(self) -> tuple[str, ...]:
        """What `load_factors` said of the factors."""
        return () if self.factors is None else tuple(self.factors.attrs.get("notes", ()))

    @property
    def sessions(self) -> pd.DatetimeIndex:
        """The days, in order."""
        return pd.DatetimeIndex(self.close.index)


def make_prices(
    close: pd.DataFrame,
    adj_close: pd.DataFrame | None = None,
    *,
    provenance: Provenance,
    tickers: TickerList = None,
    start: Day = None,
    end: Day = None,
    calendar: str | None = DEFAULTS.calendar,
    benchmarks: Sequence[str] = (),
    factors: pd.DataFrame | None = None,
    returns: pd.DataFrame | None = None,
    unavailable: Mapping[str, str] | None = None,
    dropped: Sequence[str] = (),
    why_absent: Callable[[str], str] | None = None,
    levels: bool = False,
) -> Prices:
    """Build Prices from wide frames (days × tickers); the one way all sources take.

    Args:
        close: Closes adjusted for splits.
        adj_close: Closes adjusted for splits and dividends; `close` if None.
        provenance: Where the prices come from.
        tickers: Those asked for, which is the order of the columns; all, sorted, if None.
        start: First day, included.
        end: Last day, included.
        calendar: The exchange whose sessions become the rows; None keeps the days of the frames.
        benchmarks: Tickers that can stand for the market.
        factors: Factor returns, days × factors, in decimals a day.
        returns: Simple returns that the source states, days × tickers, in decimals; a ticker that
            is not in them has its returns made of `adj_close`.
        unavailable: Why tickers are not in the frames, where the source knows it.
        dropped: Sentences on prices that the source left out.
        why_absent: The sentence for any other ticker that the frames lack.
        levels: Whether columns may be levels that are no prices; a study then checks which is
            what.

    Raises:
        InputError: A day is given twice, or a price is not positive.
        DataMissingError: No ticker or no day is left.
    """
    asked, span = parse_tickers(tickers), parse_span(start, end)
    close = _normalised(close)
    adjusted = close
    if adj_close is not None:
        adjusted = _normalised(adj_close).reindex(index=close.index, columns=close.columns)
    require_prices(close, calendar, provenance.description, levels=levels)
    if calendar is None:
        close = without_empty_rows(close)
    if not levels:
        require_positive(close)
        require_positive(adjusted)

    absent = dict(unavailable or {})
    wanted = [t for t in asked or close.columns if t in close.columns]
    why = why_absent or partial(_why_absent, provenance.description, list(close.columns))
    for ticker in asked or ():
        if ticker not in close.columns and ticker not in absent:
            absent[ticker] = unlisted_reason(ticker) or why(ticker)
    _require_some(wanted, absent, provenance)

    close = _cut(close[wanted], span, provenance)
    empty = close.columns[close.isna().all()]
    absent |= {ticker: _no_price(ticker, close.index, provenance) for ticker in empty}
    close = close.drop(columns=empty)
    _require_some(list(close.columns), absent, provenance)

    left_out: tuple[str, ...] = ()
    if calendar is not None and frequency_of(pd.DatetimeIndex(close.index)) == "daily":
        close, left_out = _on_sessions(close, calendar, provenance)
    adjusted = adjusted.reindex(index=close.index, columns=close.columns)
    stated = None if returns is None else _stated(returns, close)
    if stated is not None:
        require_stated(stated, compute_returns(close), provenance.description)
    return Prices(
        close=close,
        adj_close=adjusted,
        provenance=provenance,
        calendar=calendar,
        benchmarks=tuple(name for name in benchmarks if name in close.columns),
        factors=None if factors is None else _normalised(factors, sort=False).reindex(close.index),
        unavailable=absent,
        flags=() if levels else doubts_of(returns_of(adjusted, stated)),
        dropped=(*dropped, *left_out),
        returns=stated,
        levels=levels,
    )


def _stated(returns: pd.DataFrame, close: pd.DataFrame) -> pd.DataFrame:
    """Stated returns on the sessions and tickers of the closes."""
    return _normalised(returns).reindex(index=close.index, columns=close.columns)


def _normalised(frame: pd.DataFrame, *, sort: bool = True) -> pd.DataFrame:
    """The frame as float64 with days as a naive, sorted, unique datetime64[ns] index."""
    days = pd.DatetimeIndex(frame.index).tz_localize(None).normalize()
    out = pd.DataFrame(
        frame.to_numpy(dtype=np.float64, na_value=np.nan),
        index=pd.DatetimeIndex(days.to_numpy().astype("datetime64[ns]"), name="date"),
        columns=pd.Index([str(name) for name in frame.columns], name="ticker" if sort else None),
    )
    for kind, labels in (("day", out.index), ("column", out.columns)):
        if labels.has_duplicates:
            twice = str(labels[labels.duplicated()][0])
            twice = twice[:10] if kind == "day" else twice
            raise InputError(f"The {kind} {twice} is in the prices twice; delete one of the two.")
    out = out.sort_index()
    return out[sorted(out.columns)] if sort else out


def _cut(
    frame: pd.DataFrame, span: tuple[date | None, date | None], provenance: Provenance
) -> pd.DataFrame:
    first, last = (None if day is None else pd.Timestamp(day) for day in span)
    inside = frame.loc[first:last]
    if inside.empty:
        held = f"it runs {_from_to(frame.index)}" if len(frame) else "it has no rows"
        asked = " ".join(filter(None, ("has no prices", span_words(*span))))
        raise DataMissingError(f"{provenance.description} {asked}: {held}.")
    return inside


def _on_sessions(
    close: pd.DataFrame, calendar: str, provenance: Provenance
) -> tuple[pd.DataFrame, tuple[str, ...]]:
    try:
        days = sessions_between(close.index[0].date(), close.index[-1].date(), calendar)
    except InputError as error:
        raise InputError(f"In {provenance.description}: {error}") from None
    sessions = pd.DatetimeIndex(days.astype("datetime64[ns]"), name="date")
    off = close.loc[~close.index.isin(sessions)].dropna(how="all")
    if not len(close.index.intersection(sessions)):
        raise DataMissingError(
            f"{provenance.description} has no price on a session of {calendar} "
            f"{_from_to(close.index)}; name the right exchange calendar, or none."
        )
    sentences: tuple[str, ...] = tuple(
        f"{day:%Y-%m-%d} is not a session of {calendar}: the prices of "
        f"{some_names(list(off.columns[off.loc[day].notna()]), 5)} on that day are left out."
        for day in off.index
    )
    if len(off) > MOST_DAYS_NAMED:
        shown = some_names([f"{day:%Y-%m-%d}" for day in off.index], MOST_DAYS_NAMED)
        names = some_names(list(off.columns[off.notna().any()]), 5)
        sentences = (
            f"{len(off)} days are not sessions of {calendar} ({shown}): the prices of {names} on "
            "them are left out. If that is the wrong exchange, name its calendar (--calendar).",
        )
    return close.reindex(sessions), sentences


def _require_some(
    delivered: Sequence[str], absent: Mapping[str, str], provenance: Provenance
) -> None:
    if not delivered:
        reasons = say_some([f"{reason.rstrip('.')}." for reason in alike(absent)])
        raise DataMissingError(
            " ".join([f"{provenance.description} delivers none of the tickers.", *reasons])
        )


def _why_absent(where: str, delivered: Sequence[str], ticker: str) -> str:
    alike = next((name for name in delivered if name.upper() == ticker.upper()), "")
    hint = f", which has {alike}; write it the same way" if alike else ""
    return f"{ticker} is not in {where}{hint}"


def _no_price(ticker: str, days: pd.Index, provenance: Provenance) -> str:
    return f"{ticker} has no price {_from_to(days)} in {provenance.description}"


def _from_to(days: pd.Index) -> str:
    return f"from {days[0]:%Y-%m-%d} to {days[-1]:%Y-%m-%d}"
