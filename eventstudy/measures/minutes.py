"""The trading minutes of an exchange, and returns on them that never cross a close."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from eventstudy.arrays import Bools, Floats, Ints, Stamps, require_scale
from eventstudy.calendars import Sessions, sessions_of
from eventstudy.errors import DataMissingError, InputError
from eventstudy.measures.bars import Bars

Stamp = Literal["start", "end"]


@dataclass(frozen=True, slots=True, eq=False)
class MinuteGrid:
    """The bars of an exchange's sessions, G of them, and the returns on them."""

    start: Stamps
    """(G,) when each bar begins, UTC, µs."""
    end: Stamps
    """(G,) when it ends: at the latest with the session."""
    session: Ints
    """(G,) number of the session."""
    slot: Ints
    """(G,) bars since the session's open: the time of day."""
    returns: pd.DataFrame
    """(G × tickers) decimals, within a session; NaN where this or the previous price is missing."""
    opening: bool
    """Whether opening prices are known, so that the first bar of a session has a return."""
    notes: tuple[str, ...]

    @property
    def per_session(self) -> int:
        """Bars of the longest session."""
        return int(np.bincount(self.session - self.session[0]).max())


@dataclass(frozen=True, slots=True, eq=False)
class _Stretches:
    """Times of continuous trading: a session, or its two parts where there is a lunch break."""

    start: Stamps
    end: Stamps
    session: Ints
    open: Stamps
    """When the stretch's session opens."""


def bar_length(bar: str) -> np.timedelta64:
    """The length of a bar such as "1min" or "5min"; InputError for anything else."""
    try:
        length = pd.Timedelta(bar)
    except ValueError:
        length = pd.Timedelta(0)
    if not pd.Timedelta(seconds=1) <= length <= pd.Timedelta(hours=4):
        raise InputError(f"Option bar: {bar!r} is not a valid bar length; give one such as '1min'.")
    return np.timedelta64(length.value // 1000, "us")


def lay(bars: Bars, calendar: str, length: np.timedelta64, stamp: Stamp) -> MinuteGrid:
    """Lay bars on the trading minutes of `calendar`; finer ones are merged, the last price counts.

    A return compares the last prices of two neighbouring bars of one session: the night, the
    weekend and a lunch break are in no return. The first bar of a session has one only where its
    opening price is known (a column open or, with stamp="end", a price stamped with the open);
    without any opening price the first bars are base prices and no minutes of the grid.

    Bars outside the sessions are left out and counted in the notes.

    Args:
        bars: As `read_bars` gives them.
        calendar: The exchange whose sessions count.
        length: Of a bar of the grid.
        stamp: Whether a bar is stamped with its "start" or its "end".

    Raises:
        InputError: Another `stamp`, or a return beyond what can be computed with.
        DataMissingError: No bar is inside a session.
    """
    if stamp not in ("start", "end"):
        raise InputError(f"Option stamp: {stamp!r} is not known; known: end, start.")
    begin = bars.time - length if stamp == "end" else bars.time
    sessions = sessions_of(calendar)
    parts = _stretches(sessions, begin.min(), bars.time.max())
    count = np.asarray(-((parts.start - parts.end) // length), dtype=np.int64)
    base = np.cumsum(count) - count
    stretch = np.repeat(np.arange(len(count)), count)
    within = np.arange(len(stretch)) - base[stretch]
    start = parts.start[stretch] + within * length

    at = parts.start.searchsorted(begin, side="right") - 1
    inside = (at >= 0) & (begin < parts.end[at.clip(0)])
    following = (at + 1).clip(max=len(count) - 1)
    print_ = (stamp == "end") & ~inside & (bars.time == parts.start[following])
    place = base[at.clip(0)] + (begin - parts.start[at.clip(0)]) // length
    off = ~(inside | print_)
    if off.all():
        raise _no_bar(calendar)
    codes, tickers = pd.factorize(bars.ticker, sort=True)
    price = _last(len(stretch), len(tickers), place, codes, bars.price, inside)
    first = inside & (begin - parts.start[at.clip(0)] < length)
    opening = _first(len(count), len(tickers), at, codes, bars.open, first)
    printed = _first(len(count), len(tickers), following, codes, bars.price, print_)
    opening = np.where(np.isfinite(opening), opening, printed)

    before = np.vstack([np.full((1, len(tickers)), np.nan), price[:-1]])
    before[base] = opening
    known = bool(np.isfinite(opening).any())
    kept = np.ones(len(stretch), dtype=bool)
    kept[base] = known
    with np.errstate(over="ignore"):
        change = price / before - 1
    returns = pd.DataFrame(
        change[kept],
        index=pd.DatetimeIndex(start[kept].astype("datetime64[ns]"), name="date"),
        columns=pd.Index([str(name) for name in tickers]),
    )
    require_scale(returns, "return")
    end = np.minimum(start + length, parts.end[stretch])
    slot = np.asarray((start - parts.open[stretch]) // length, dtype=np.int64)
    return MinuteGrid(
        start[kept],
        end[kept],
        parts.session[stretch][kept],
        slot[kept],
        returns,
        known,
        (*bars.notes, *_off_notes(bars.time[off], calendar)),
    )


def _no_bar(calendar: str) -> DataMissingError:
    return DataMissingError(
        f"No bar lies in a session of {calendar}; check the zone of the times and the calendar."
    )


def _off_notes(times: Stamps, calendar: str) -> tuple[str, ...]:
    if not len(times):
        return ()
    first = str(times.min())[:16].replace("T", " ")
    return (
        f"{len(times):,} bars lie outside the sessions of {calendar} and are left out, the first "
        f"at {first} UTC.",
    )


def _stretches(sessions: Sessions, first: np.datetime64, last: np.datetime64) -> _Stretches:
    """The trading of every session that the bars touch."""
    low = int(sessions.closes.searchsorted(first, side="right"))
    high = int(sessions.opens.searchsorted(last, side="right"))
    if low >= high:
        raise _no_bar(sessions.name)
    opens, closes = sessions.opens[low:high], sessions.closes[low:high]
    number = np.arange(low, high)
    schedule = sessions.calendar.schedule.iloc[low:high]
    pause, back = (
        schedule[name].dt.tz_localize(None).to_numpy().astype("datetime64[us]")
        for name in ("break_start", "break_end")
    )
    split = ~np.isnat(pause)
    starts = np.concatenate([opens, back[split]])
    ends = np.concatenate([np.where(split, pause, closes), closes[split]])
    order = np.argsort(starts)
    session = np.concatenate([number, number[split]])
    return _Stretches(
        starts[order], ends[order], session[order], np.concatenate([opens, opens[split]])[order]
    )


def _last(rows: int, columns: int, at: Ints, code: Ints, values: Floats, use: Bools) -> Floats:
    """(rows, columns) the last valid value of each cell; the values come in the order of time."""
    cells = np.full((rows, columns), np.nan)
    use = use & np.isfinite(values)
    cells[at[use], code[use]] = values[use]
    return cells


def _first(rows: int, columns: int, at: Ints, code: Ints, values: Floats, use: Bools) -> Floats:
    """The same with the first valid value."""
    return _last(rows, columns, at[::-1], code[::-1], values[::-1], use[::-1])
