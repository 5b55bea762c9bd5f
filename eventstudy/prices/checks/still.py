"""Prices that stand still: a share that is gone and carried forward, gaps that zeros fill."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from eventstudy.arrays import Bools, Ints
from eventstudy.errors import say_some, some_names
from eventstudy.prices.checks.profile import Profile
from eventstudy.text.numbers import others_text

LONGEST = 10
"""Sessions without a move from which on a price counts as carried forward, or missing as zero."""

WHOLE_DAY = 0.95
"""Share of columns with a return of exactly zero that makes a session one of filled gaps."""
FEWEST_COLUMNS = 2
LOOKED_AT = 3
"""Columns of which at most one may move on such a session, before all are looked at."""
MOST_NAMED = 10

MOSTLY, FEWEST_DAYS = 0.5, 20
"""Share of a column's days with a return of exactly zero that is named, and days to tell it by."""


@dataclass(frozen=True, slots=True, eq=False)
class Standstills:
    """Runs of at least `LONGEST` sessions with a return of exactly zero, by column and time."""

    column: Ints
    first: Ints
    """(runs,) row of the first zero return."""
    last: Ints
    """(runs,) row of the last one."""

    def covering(self, column: Ints, row: Ints) -> Ints:
        """Which run holds each place.

        Args:
            column: (N,) column of each place.
            row: (N,) its row.

        Returns:
            (N,) number of the run, −1 where there is none.
        """
        held = np.full(len(column), -1, dtype=np.int64)
        if not len(self.column):
            return held
        of_interest = np.flatnonzero(np.isin(column, self.column))
        reach = int(self.last.max()) + 2
        keys = self.column * reach + self.first
        at = np.searchsorted(keys, column[of_interest] * reach + row[of_interest], "right") - 1
        inside = (
            (at >= 0)
            & (self.column[at] == column[of_interest])
            & (row[of_interest] <= self.last[at])
        )
        held[of_interest[inside]] = at[inside]
        return held


_NONE = np.empty(0, dtype=np.int64)
NO_STANDSTILLS = Standstills(_NONE, _NONE, _NONE)


def standstills(
    returns: pd.DataFrame, profile: Profile, judged: Bools | None = None
) -> Standstills:
    """Find where columns stand still.

    Args:
        returns: Sessions × columns.
        profile: Of their values; columns with few zeros are not looked at.
        judged: (columns,) those that the study uses; None for all.
    """
    columns, firsts, lasts = [], [], []
    often = profile.zeros >= LONGEST
    for column in np.flatnonzero(often if judged is None else often & judged).tolist():
        still = returns.iloc[:, column].to_numpy() == 0
        first, last = _runs(still)
        columns.append(np.full(len(first), column, dtype=np.int64))
        firsts.append(first)
        lasts.append(last)
    if not columns:
        return NO_STANDSTILLS
    return Standstills(np.concatenate(columns), np.concatenate(firsts), np.concatenate(lasts))


def _runs(still: Bools) -> tuple[Ints, Ints]:
    """First and last row of each run of at least `LONGEST`."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], still, [False]]).astype(np.int8)))
    first, last = edges[::2], edges[1::2] - 1
    long = last - first + 1 >= LONGEST
    return first[long], last[long]


def still_sentences(
    returns: pd.DataFrame, profile: Profile, runs: Standstills, judged: Bools | None = None
) -> tuple[str, ...]:
    """A sentence for each column that stands still, and one for sessions on which all do.

    Args:
        returns: Sessions × columns.
        profile: Of their values.
        runs: What `standstills` found.
        judged: (columns,) those that the study uses; None for all.
    """
    used = np.ones(len(profile.count), dtype=bool) if judged is None else judged
    days = [f"{day:%Y-%m-%d}" for day in returns.index[_filled_days(returns, profile, used)]]
    on_days = f"On {some_names(days, 5)} nearly every return is exactly zero"
    filled = [f"{on_days}: non-trading days that were filled in; leave them out."] if days else []
    by_column: dict[int, list[int]] = {}
    for at, column in enumerate(runs.column.tolist()):
        by_column.setdefault(column, []).append(at)
    named = [_sentence(returns, column, runs, at) for column, at in by_column.items()]
    known = np.maximum(profile.count, 1)
    often = used & (profile.zeros > MOSTLY * known) & (profile.count >= FEWEST_DAYS)
    often[list(by_column)] = False
    named += [
        f"{returns.columns[at]} has a return of exactly zero on "
        f"{100 * profile.zeros[at] / known[at]:.0f}% of its days: little trading, or weekly or "
        "monthly figures carried forward."
        for at in np.flatnonzero(often).tolist()
    ]
    return (*filled, *say_some(named, MOST_NAMED))


def _sentence(returns: pd.DataFrame, column: int, runs: Standstills, which: list[int]) -> str:
    longest = max(which, key=lambda at: int(runs.last[at] - runs.first[at]))
    first, last = int(runs.first[longest]), int(runs.last[longest])
    more = f", and in {others_text(len(which) - 1, 'period')}" if len(which) > 1 else ""
    return (
        f"{returns.columns[column]} is unchanged for {last - first + 1} sessions, "
        f"{returns.index[first]:%Y-%m-%d} to {returns.index[last]:%Y-%m-%d}{more}: a price carried "
        "forward, or missing returns written as zero; leave those cells empty."
    )


def _filled_days(returns: pd.DataFrame, profile: Profile, used: Bools) -> Ints:
    """Rows on which nearly all returns of the columns in use are exactly zero."""
    if used.sum() < FEWEST_COLUMNS:
        return np.empty(0, dtype=np.int64)
    with_zeros = np.flatnonzero(used & (profile.zeros > 0))
    if len(with_zeros) < WHOLE_DAY * (used & (profile.count > 0)).sum():
        return np.empty(0, dtype=np.int64)
    values = returns.to_numpy()
    few = values[:, with_zeros[:LOOKED_AT]]
    rows = np.flatnonzero((few == 0).sum(axis=1) >= min(LOOKED_AT, few.shape[1]) - 1)
    block = values[rows][:, used]
    known = (block == block).sum(axis=1)
    whole = ((block == 0).sum(axis=1) >= WHOLE_DAY * known) & (known >= FEWEST_COLUMNS)
    return np.asarray(rows[whole])
