"""Day 0 without a price: a date far from the next row, a series that ends or stands still."""

from __future__ import annotations

import numpy as np
import pandas as pd

from eventstudy.arrays import Bools, Floats, Ints
from eventstudy.calendars import periods, sessions_of
from eventstudy.estimation.rows import DAY
from eventstudy.prices.checks.still import Standstills
from eventstudy.spec.study_spec import Frequency, StudySpec

MOST_MOVED = 5
"""Sessions that day 0 may lie after the date asked for; a later price does not reflect the news."""
FEW = 8
"""With fewer than one observation per so many returns, the return of each observation is checked;
otherwise columns with a missing return are found first."""


def far_away(asked: Ints, found: Ints, spec: StudySpec) -> Bools:
    """(N,) whose day 0 lies too far from the date that was asked for.

    Args:
        asked: (N,) the dates asked for, as `periods` numbers them.
        found: (N,) the next rows of the data, in the same way.
        spec: The study's options, for frequency and calendar.
    """
    steps = found - asked
    if spec.frequency != "daily":
        return np.asarray(steps > 1)
    far = steps > MOST_MOVED * DAY
    if not far.any():
        return np.asarray(far)
    days = sessions_of(spec.calendar).days
    here, there = (
        np.searchsorted(days, stamps[far].astype("datetime64[ns]").astype("datetime64[D]"))
        for stamps in (asked, found)
    )
    far[far] = there - here > MOST_MOVED
    return np.asarray(far)


def no_rows(asked: pd.Timestamp, sessions: pd.DatetimeIndex, frequency: Frequency) -> str:
    """The reason for a date that is far from the next row.

    Args:
        asked: The date.
        sessions: The rows of the data.
        frequency: Their frequency.
    """
    rows, wanted = (
        periods(days, frequency) for days in (sessions.to_numpy(), np.array([asked.asm8]))
    )
    at = int(np.searchsorted(rows, wanted[0]))
    before = f", the previous one {sessions[at - 1]:%Y-%m-%d}" if at else ""
    return (
        f"there are no prices on {asked:%Y-%m-%d}: the next row of the data is "
        f"{sessions[at]:%Y-%m-%d}{before}"
    )


def gaps_over(
    returns: pd.DataFrame, column: Ints, day0: Ints, wanted: Bools, still: Standstills
) -> tuple[Ints, list[str]]:
    """Where a column has no usable return on day 0, and why.

    The series has ended, its next return is more than `MOST_MOVED` sessions away, or its prices do
    not change. A shorter gap leaves days of the event window missing.

    Args:
        returns: Sessions × columns.
        column: (N,) which column.
        day0: (N,) its row.
        wanted: (N,) which observations to judge.
        still: Where the prices of columns do not change.

    Returns:
        Which of the N observations, and a reason for each.
    """
    reasons: dict[int, str] = {}
    days, names = returns.index, returns.columns
    judged = wanted & (column >= 0)
    held = np.where(wanted, still.covering(column, day0), -1) if len(still.column) else None
    for at in () if held is None else np.unique(held[held >= 0]).tolist():
        first = int(still.first[at])
        since = days[first - 1] if first else days[0]
        for row in np.unique(day0[held == at]).tolist():
            reason = (
                f"{names[still.column[at]]} does not move from {since:%Y-%m-%d} to "
                f"{days[still.last[at]]:%Y-%m-%d}, day 0 included: no trading, or a price carried "
                "forward"
            )
            reasons |= dict.fromkeys(np.flatnonzero((held == at) & (day0 == row)).tolist(), reason)
    if held is not None:
        judged &= held < 0
    values = returns.to_numpy()
    absent = _absent(values, column, day0, judged)
    order = absent[np.argsort(column[absent], kind="stable")]
    starts = np.flatnonzero(np.diff(column[order], prepend=-1))
    for group in np.split(order, starts[1:]) if len(order) else ():
        place = int(column[group[0]])
        known = np.flatnonzero(np.isfinite(values[:, place]))
        following = np.searchsorted(known, day0[group])
        for at, following_at in zip(group.tolist(), following.tolist(), strict=True):
            if why := _gap(str(names[place]), days, known, int(day0[at]), following_at):
                reasons[at] = why
    return np.array([*reasons], dtype=np.int64), [*reasons.values()]


def _absent(values: Floats, column: Ints, day0: Ints, judged: Bools) -> Ints:
    """Which of the judged observations have no return on their day 0."""
    if FEW * len(judged) > values.size:
        gappy = np.isnan(values.sum(axis=0))
        if not gappy.any():
            return np.empty(0, dtype=np.int64)
        judged = judged & gappy[column]
    at = np.flatnonzero(judged)
    return at[np.isnan(values[day0[at], column[at]])]


def _gap(name: str, days: pd.Index, known: Ints, day0: int, following: int) -> str:
    if not len(known):
        return f"{name} has no return: it never has prices in two consecutive rows"
    if following == len(known):
        return f"the prices of {name} end on {days[known[-1]]:%Y-%m-%d}, before day 0"
    away = int(known[following]) - day0
    if away <= MOST_MOVED:
        return ""
    since = f"after {days[known[following - 1]]:%Y-%m-%d} " if following else ""
    return f"{name} has no return {since}until {days[known[following]]:%Y-%m-%d}"
