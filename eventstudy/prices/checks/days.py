"""The days of prices and returns: how far apart they are, and whether they are the exchange's."""

from __future__ import annotations

from typing import Literal, get_args

import numpy as np
import pandas as pd

from eventstudy.arrays import Bools
from eventstudy.calendars import sessions_of
from eventstudy.errors import InputError, some_names
from eventstudy.spec import Frequency

FREQUENCIES: tuple[Frequency, ...] = get_args(Frequency)

STEPS = {"daily": (0, 4), "weekly": (5, 9), "monthly": (26, 33)}
"""Days between two rows, in the median."""

FEWEST = 10
"""Rows from which on a rhythm can be told."""

OFF = 10
"""One day in this many off the calendar is more than slips of the pen."""


def frequency_of(days: pd.DatetimeIndex) -> Frequency | Literal["other"]:
    """How far apart sorted days are; "daily" for too few to tell, "other" for any other rhythm."""
    if len(days) < FEWEST:
        return "daily"
    step = float(np.median(np.diff(days.to_numpy().astype("datetime64[D]").astype(np.int64))))
    return next((name for name in FREQUENCIES if STEPS[name][0] <= step <= STEPS[name][1]), "other")


def require_frequency(
    found: Frequency | Literal["other"], asked: Frequency, days: pd.DatetimeIndex, what: str
) -> None:
    """Refuse rows of another rhythm than the study's.

    Args:
        found: The rhythm of the rows.
        asked: The study's option.
        days: The rows.
        what: How the sentence calls the data.

    Raises:
        InputError: They differ; it says which option to give.
    """
    if found == asked:
        return
    if found == "other":
        step = float(np.median(np.diff(days.to_numpy().astype("datetime64[D]").astype(np.int64))))
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


def require_own_days(known: pd.DataFrame, calendar: str, what: str) -> None:
    """Refuse days that fit the calendar only when moved by one: times of another zone were cut off.

    Each ticker is judged by itself. A tenth of its days must be no sessions, and less than a
    quarter of those be left when all are moved by a day. The calendar is built only where one row
    in ten is a Saturday or Sunday.

    Args:
        known: Days × tickers of prices or returns, NaN where missing.
        calendar: The exchange's calendar.
        what: How the sentence calls the data.

    Raises:
        InputError: It names tickers and counts.
    """
    days = pd.DatetimeIndex(known.index)
    weekend = ~np.is_busday(days.to_numpy().astype("datetime64[D]"))
    if len(days) < FEWEST or OFF * weekend.sum() < len(days) or not weekend.any():
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


def _fits(there: Bools, no_session: dict[int, Bools], step: int) -> bool:
    return 4 * int((there & no_session[step]).sum()) < int((there & no_session[0]).sum())


def without_empty_rows(frame: pd.DataFrame) -> pd.DataFrame:
    """The rows with at least one figure: a day without any price is no session.

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
