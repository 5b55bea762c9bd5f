"""The mean rank correlation between observations for windows that share only some of their days.

Spearman's correlation of two estimation windows, aligned in calendar time, summed over all pairs
from sums by date: O(N·T), and nothing but the dates within a window's length is in memory. Returns
of firms have shocks of their own that hide from Pearson's correlation what ranks still show.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from eventstudy.compute.engine import map_blocks
from eventstudy.models.kernel.batch import Floats, Ints, slices
from eventstudy.significance.sums.pair_correlation import check_overlap, shared_mean
from eventstudy.significance.sums.sorted_days import SortedDays

if TYPE_CHECKING:
    from eventstudy.significance.sums.estimation_windows import EstimationWindows

BLOCK = 1_024
"""Observations ranked at once."""

BATCH = 16
"""Blocks whose sums are in memory at once."""


@dataclass(frozen=True, slots=True)
class RankCorrelation:
    """Mean over all ordered pairs of different observations of ρ_ij·o_ij.

    ρ is the rank correlation and o the share of the window that both have in calendar time.
    """

    all_pairs: float
    apart: float
    """What the pairs on different dates contribute: windows that overlap in part."""


def rank_correlation(windows: EstimationWindows, length: int, longest: int) -> RankCorrelation:
    """For windows of some length.

    Args:
        windows: The estimation windows of N ≥ 2 observations.
        length: Days of the window.
        longest: Days of the longest tested window: its sums serve all shorter ones.

    Raises:
        NoOverlapError: Two observations share too few estimation sessions to be correlated.
    """
    n, width = len(windows.fits), windows.width
    check_overlap(windows.positions.day0, width, length)
    lags = max(min(max(length, longest), width - 2), 1)
    sums = windows.once(rank_pair_sums, lags)
    whole = shared_mean(sums, length, n)
    return RankCorrelation(whole, whole - float(sums[0]) / (n * (n - 1)))


def independent_places(day0: Ints, length: int, places: int, r_bar: float) -> float:
    """To how many independent figures the statistic of moved events amounts, as to its variance.

    Moved by k sessions, events share days with those not moved: with themselves up to the length of
    the window, with events of other dates wherever these come to lie. Of N observations whose
    returns have correlation ρ on the same day the statistics k places apart have the correlation
    a_k = Σ_ij ρ_ij·o(d_i − d_j − k)/Σ_ij ρ_ij·o(d_i − d_j), and B places are worth
    B/(1 + 2Σ(1 − k/B)a_k²) independent ones.

    Args:
        day0: (N,) session of each event.
        length: Sessions in the window, L; o(x) = 1 − |x|/L of them are shared x sessions apart.
        places: B.
        r_bar: Mean over all pairs of ρ_ij·o_ij; ρ is this over the mean of o_ij, if positive.
    """
    n, dates = len(day0), np.bincount(day0 - day0.min()).astype(np.float64)
    apart = np.zeros(places + length)
    for lag in range(min(len(apart), len(dates))):
        apart[lag] = np.einsum("d,d->", dates[lag:], dates[: len(dates) - lag])
    moves, near = np.arange(places), np.arange(1 - length, length)
    share = 1 - np.abs(near) / length
    same = n * np.clip(1 - moves / length, 0, None)
    others = np.einsum("y,ky->k", share, apart[np.abs(moves[:, None] + near)]) - same
    rho = min(max(r_bar * n * (n - 1) / others[0], 0.0), 1.0) if others[0] > 0.5 / length else 0.0
    a = (same + rho * others) / (same[0] + rho * others[0])
    return float(places / (1 + 2 * ((1 - moves / places) * a**2)[1:].sum()))


def rank_pair_sums(windows: EstimationWindows, lags: int) -> Floats:
    """(lags,) Σ ρ_ij over all pairs whose dates lie 0, 1, … lags − 1 sessions apart.

    At lag 0 over ordered pairs of different observations, beyond that with i the earlier one.

    Args:
        windows: The estimation windows.
        lags: How many lags.
    """
    sums = np.zeros(lags)
    recent: dict[int, _DateSums] = {}
    for date, one in _dates(windows):
        recent = {day: sums for day, sums in recent.items() if day > date - lags}
        sums[0] += one.within()
        for day, earlier in recent.items():
            sums[date - day] += earlier.before(one, date - day)
        recent[date] = one
    return sums


@dataclass(frozen=True, slots=True)
class _DateSums:
    """Of the n observations of one date, by estimation session."""

    n: int
    z: Floats
    """(T,) Σ of the ranks, each observation's with mean 0 and variance 1."""
    seen: Floats
    """(T,) observations with a return."""
    own: float
    """Σ of all squared ranks, which are no pairs."""

    def __add__(self, other: _DateSums) -> _DateSums:
        return _DateSums(
            self.n + other.n, self.z + other.z, self.seen + other.seen, self.own + other.own
        )

    def within(self) -> float:
        """Σ ρ_ij over ordered pairs of different observations."""
        products = float(np.einsum("t,t->", self.z, self.z)) - self.own
        return _total(products, float((self.seen * (self.seen - 1)).sum()), self.n * (self.n - 1))

    def before(self, later: _DateSums, lag: int) -> float:
        """Σ ρ_ij over the pairs with an observation `lag` sessions later."""
        width = len(self.z) - lag
        products = float(np.einsum("t,t->", self.z[lag:], later.z[:width]))
        shared = float(np.einsum("t,t->", self.seen[lag:], later.seen[:width]))
        return _total(products, shared, self.n * later.n)


def _total(products: float, shared: float, pairs: int) -> float:
    """Σ ρ of pairs from Σ of their products over the sessions that both have."""
    return pairs * products / shared if shared > 0 else 0.0


def _dates(windows: EstimationWindows) -> Iterator[tuple[int, _DateSums]]:
    """The sums of each date, from the first to the last."""
    rows = np.argsort(windows.positions.day0, kind="stable")
    now: tuple[int, _DateSums] | None = None
    for batch in slices(len(rows), BATCH * BLOCK):
        blocks = [rows[batch][block] for block in slices(len(rows[batch]), BLOCK)]
        for parts in map_blocks(partial(_block_dates, windows), blocks):
            for date, sums in parts:
                if now is not None and now[0] == date:
                    now = date, now[1] + sums
                    continue
                if now is not None:
                    yield now
                now = date, sums
    if now is not None:
        yield now


def _block_dates(windows: EstimationWindows, rows: Ints) -> list[tuple[int, _DateSums]]:
    """The dates of some observations, which are in the order of their dates."""
    days = SortedDays.of(windows.residuals(rows))
    seen = days.valid
    ranks = np.where(seen, days.ranks() - (days.count + 1) / 2, 0.0)
    spread = np.sqrt((ranks**2).sum(axis=1, keepdims=True) / np.maximum(days.count, 1))
    z = ranks / np.where(spread > 0, spread, 1.0)
    day0 = windows.positions.day0[rows]
    first = np.flatnonzero(np.diff(day0, prepend=-1))
    totals = np.add.reduceat(z, first, axis=0)
    counts = np.add.reduceat(seen.astype(np.float64), first, axis=0)
    own = np.add.reduceat((z**2).sum(axis=1), first)
    n = np.diff(np.append(first, len(rows)))
    sums = [_DateSums(*each) for each in zip(n.tolist(), totals, counts, own.tolist(), strict=True)]
    return list(zip(day0[first].tolist(), sums, strict=True))
