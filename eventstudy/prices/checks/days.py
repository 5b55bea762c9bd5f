"""The days of prices and returns: how far apart they are, and whether they are the exchange's."""

from __future__ import annotations

from collections.abc import Collection
from typing import Literal, get_args

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from eventstudy.arrays import Bools
from eventstudy.calendars import sessions_of
from eventstudy.errors import InputError, some_names
from eventstudy.spec.study_spec import Frequency
from eventstudy.text.numbers import counted

FREQUENCIES: tuple[Frequency, ...] = get_args(Frequency)

STEPS = {"daily": (0, 4), "weekly": (5, 9), "monthly": (26, 33)}
"""Days between two rows, in the median."""

FEWEST = 10
"""Rows from which on a frequency can be told."""

FEWEST_ROWS = 200
"""Rows from which on days show that they are those of a calendar."""
SHOWN = 5

WIDE = 8
"""One step in this many of five days or more makes rows of more than one frequency."""

STRAY, MOST_STRAY, FEWEST_STRAYS = 0.03, 0.25, 60
"""Share of days on weekends that no market has, between slips of the pen and two days in seven."""

OFF = 10
"""One day in this many off the calendar is more than slips of the pen."""


def frequency_of(days: pd.DatetimeIndex) -> Frequency | Literal["other"]:
    """How far apart sorted days are; "daily" for too few to tell, "other" for any other."""
    if len(days) < FEWEST:
        return "daily"
    step = _median_step(days)
    return next((name for name in FREQUENCIES if STEPS[name][0] <= step <= STEPS[name][1]), "other")


def _median_step(days: pd.DatetimeIndex) -> float:
    """Days of the calendar from one row to the next, of sorted days of any zone."""
    bare = days.tz_localize(None).to_numpy()
    return float(np.median(np.diff(bare.astype("datetime64[D]").astype(np.int64))))


def require_frequency(
    found: Frequency | Literal["other"], asked: Frequency, days: pd.DatetimeIndex, what: str
) -> None:
    """Refuse rows of another frequency than the study's.

    Args:
        found: The frequency of the rows.
        asked: The study's option.
        days: The rows.
        what: How the sentence calls the data.

    Raises:
        InputError: They differ; it says which option to give.
    """
    if found == asked:
        require_steady(days, what)
        return
    if found == "other":
        step = _median_step(days)
        raise InputError(
            f"{what} have a row every {step:.0f} days (median); a study needs daily, weekly "
            "or monthly rows."
        )
    raise InputError(
        f"{what} are {found} and the study is {asked}: set frequency={found!r} "
        f"(--frequency {found}). Windows then count "
        f"{'sessions' if found == 'daily' else found.replace('ly', 's')}; set estimation= and "
        "window= as well."
    )


def require_steady(days: pd.DatetimeIndex, what: str) -> None:
    """Refuse weekly rows among daily ones: their returns would count as those of a day.

    Args:
        days: Sorted.
        what: How the sentence calls the data.

    Raises:
        InputError: One row in eight or more follows the row before after five days or more.
    """
    steps = np.diff(days.to_numpy().astype("datetime64[D]").astype(np.int64))
    if not len(steps) or np.median(steps) > STEPS["daily"][1]:
        return
    wide = np.flatnonzero(steps >= STEPS["weekly"][0])
    if len(wide) >= FEWEST and WIDE * len(wide) >= len(steps):
        first = days[wide[0] + 1]
        raise InputError(
            f"{what} have rows of more than one frequency: {len(wide)} of {len(days)} follow the "
            f"row before after {STEPS['weekly'][0]} days or more, the first on {first:%Y-%m-%d}. "
            "Give rows of one frequency."
        )


def on_own_sessions(
    frame: pd.DataFrame, calendar: str, market: Collection[str]
) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """A frame on the sessions of its exchange, as the rows of a file are, and what that changed.

    Only where the market has figures on sessions of the calendar alone, which tells that it is the
    right one, and on nearly all of them. The calendar is built only where weekdays are missing or
    others are there.

    Args:
        frame: Daily rows × columns, sorted.
        calendar: The exchange's calendar.
        market: The benchmarks; where none is a column, all columns tell.

    Returns:
        The frame, with a missing row for each session that lacks one and without rows that are no
        sessions, between the market's first and last day; rows beyond these stay. The sentences.
    """
    values = frame.to_numpy()
    own = [at for at, name in enumerate(frame.columns.tolist()) if name in market]
    there = ~np.isnan(values[:, own] if own else values).all(axis=1)
    days = frame.index.to_numpy().astype("datetime64[D]")
    stated = days[there]
    if len(stated) < FEWEST_ROWS or not np.is_busday(stated).all():
        return frame, ()
    whole = np.busday_count(stated[0], stated[-1]) + 1 == len(stated)
    if whole and len(stated) == len(days):
        return frame, ()
    known = sessions_of(calendar).days
    sessions = known[(known >= stated[0]) & (known <= stated[-1])]
    lacking, off = (np.setdiff1d(*pair) for pair in ((sessions, stated), (days, sessions)))
    off = off[(off > stated[0]) & (off < stated[-1])]
    same = np.isin(stated, sessions).all() and OFF * len(lacking) <= len(stated)
    if not same or not len(lacking) + len(off):
        return frame, ()
    lacking = np.setdiff1d(lacking, days)  # a row without the market's figure is no missing row
    beyond = days[(days < stated[0]) | (days > stated[-1])]
    rows = pd.DatetimeIndex(np.union1d(sessions, beyond).astype("datetime64[ns]"), name="date")
    sentences = []
    if len(lacking):
        one = len(lacking) == 1
        sentences.append(
            f"{counted(len(lacking), 'session')} of {calendar} {'has' if one else 'have'} no row "
            f"({_listed(lacking)}): {'its return is' if one else 'their returns are'} missing."
        )
    if len(off):
        are = "row is not a session" if len(off) == 1 else "rows are not sessions"
        sentences.append(f"{len(off)} {are} of {calendar} ({_listed(off)}) and left out.")
    return frame.reindex(rows), tuple(sentences)


def _listed(days: NDArray[np.datetime64]) -> str:
    return some_names([str(day) for day in days[:SHOWN]], SHOWN) + (
        f" and {len(days) - SHOWN} more" if len(days) > SHOWN else ""
    )


def require_own_days(known: pd.DataFrame, calendar: str, what: str) -> None:
    """Refuse days that fit the calendar only when moved by one: times of another zone were cut off.

    Each ticker is judged by itself. A tenth of its days must be no sessions, and less than a
    quarter of those be left when all are moved by a day. The calendar is built only where three
    rows in a hundred are a Saturday or Sunday.

    Args:
        known: Days × tickers of prices or returns, NaN where missing.
        calendar: The exchange's calendar.
        what: How the sentence calls the data.

    Raises:
        InputError: It names tickers and counts.
    """
    days = pd.DatetimeIndex(known.index)
    weekend = ~np.is_busday(days.to_numpy().astype("datetime64[D]"))
    few = len(days) < FEWEST or not weekend.any() or frequency_of(days) != "daily"
    if few or weekend.mean() < STRAY:
        return
    there = known.notna().to_numpy()
    count, off = there.sum(axis=0), there[weekend].sum(axis=0)
    suspicious = np.flatnonzero((count >= FEWEST) & (OFF * off >= count))
    sessions = sessions_of(calendar).days
    stated = days.to_numpy().astype("datetime64[D]")
    no_session = {step: ~np.isin(stated + step, sessions) for step in (-1, 0, 1)}
    for step, where, other in ((1, "early", "after"), (-1, "late", "before")):
        moved = [at for at in suspicious.tolist() if _fits(there[:, at], no_session, step)]
        if moved:
            first = there[:, moved[0]]
            misfits, left = (int((first & no_session[by]).sum()) for by in (0, step))
            names = some_names([str(known.columns[at]) for at in moved], 5)
            raise InputError(
                f"In {what} the dates of {names} are one day {where}: {misfits} of {first.sum()} "
                f"are not sessions of {calendar}; of the days {other} them, {left}. Times in UTC "
                "or another zone cause this; write the exchange's own dates, or name its calendar."
            )
    _require_no_strays(days, no_session[0] & weekend, calendar, what)


def _require_no_strays(days: pd.DatetimeIndex, stray: Bools, calendar: str, what: str) -> None:
    """Refuse some days on weekends amid those of the week: day and month changed places.

    All weekends, as in markets without any, and slips of the pen pass.
    """
    if len(days) >= FEWEST_STRAYS and STRAY <= stray.mean() <= MOST_STRAY:
        some = _listed(days[stray].to_numpy().astype("datetime64[D]"))
        raise InputError(
            f"In {what} {stray.sum()} of {len(days)} dates fall on a weekend and are not sessions "
            f"of {calendar} ({some}). Were day and month swapped in some dates? Write them as "
            "2025-01-27."
        )


def _fits(there: Bools, no_session: dict[int, Bools], step: int) -> bool:
    return 4 * int((there & no_session[step]).sum()) < int((there & no_session[0]).sum())


def without_empty_rows(frame: pd.DataFrame) -> pd.DataFrame:
    """The rows with at least one figure: a day without any price is not a session.

    Rows at the ends are cut off without a copy.
    """
    values = frame.to_numpy()
    filled = np.zeros(len(values), dtype=bool)
    for column in range(values.shape[1]):  # the first columns nearly always fill all rows
        open_rows = np.flatnonzero(~filled)
        if not len(open_rows):
            break
        filled[open_rows] = np.isfinite(values[open_rows, column])
    if filled.all() or not filled.any():
        return frame
    first, last = np.flatnonzero(filled)[[0, -1]]
    inside = frame.iloc[first : last + 1]
    return inside if filled[first : last + 1].all() else inside[filled[first : last + 1]]
