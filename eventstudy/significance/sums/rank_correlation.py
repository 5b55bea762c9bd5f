"""The mean rank correlation between observations for windows that share only some of their days.

Spearman's correlation of two estimation windows, aligned in calendar time, summed over all pairs
from sums by date: O(N·T), and nothing but the dates within a window's length is in memory. Returns
of firms have shocks of their own that hide from Pearson's correlation what ranks still show.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from eventstudy.compute.engine import map_blocks
from eventstudy.models.kernel.batch import Bools, Floats, Ints, slices
from eventstudy.significance.sums.pair_correlation import check_overlap, shared_mean
from eventstudy.significance.sums.ties import SAME, mean_ranks

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
    rows = np.argsort(windows.positions.day0, kind="stable")
    batches = slices(len(rows), BATCH * BLOCK)
    sums, held, done = np.zeros(lags), [], 0
    for batch in batches:
        blocks = [rows[batch][block] for block in slices(len(rows[batch]), BLOCK)]
        dates = _joined([*held, *map_blocks(partial(_block_dates, windows), blocks)])
        end = len(dates.day) - (batch is not batches[-1])  # the last date may go on in the next
        _add_pairs(windows.compiled, dates, done, end, sums)
        near = dates.day > dates.day[-1] - lags
        held, done = [dates.take(near)], int(near.sum()) - 1
    return sums


@dataclass(frozen=True, slots=True)
class _Dates:
    """Sums over the observations of each of d dates, by estimation session."""

    day: Ints
    """(d,) the dates in their order."""
    n: Floats
    """(d,) observations."""
    z: Floats
    """(d, T) Σ of the ranks, each observation's with mean 0 and variance 1."""
    seen: Floats
    """(d, T) observations with a return."""
    own: Floats
    """(d,) Σ of all squared ranks, which are no pairs."""

    def take(self, which: Bools) -> _Dates:
        """Some of the dates."""
        return _Dates(*(getattr(self, name)[which] for name in self.__slots__))


def _joined(parts: Sequence[_Dates]) -> _Dates:
    """The parts as one; the last date of one may be the first of the next."""
    day, *sums = (
        np.concatenate([getattr(part, name) for part in parts]) for name in _Dates.__slots__
    )
    first = np.flatnonzero(np.diff(day, prepend=-1))
    return _Dates(day[first], *(np.add.reduceat(each, first, axis=0) for each in sums))


def _block_dates(windows: EstimationWindows, rows: Ints) -> _Dates:
    """The dates of some observations, which are in the order of their dates."""
    residuals = windows.residuals(rows)
    day, which, n = np.unique(windows.positions.day0[rows], return_inverse=True, return_counts=True)
    if windows.compiled:
        from eventstudy.compiled.ranks import date_sums, sort_rows

        return _Dates(day, n * 1.0, *date_sums(sort_rows(residuals, SAME), which, len(n), SAME))
    seen = np.isfinite(residuals)
    count = seen.sum(axis=1, keepdims=True)
    ranks = np.where(seen, mean_ranks(residuals) - (count + 1) / 2, 0.0)
    spread = np.sqrt((ranks**2).sum(axis=1, keepdims=True) / np.maximum(count, 1))
    z = ranks / np.where(spread > 0, spread, 1.0)
    first = np.flatnonzero(np.diff(which, prepend=-1))
    sums = (z, seen * 1.0, (z**2).sum(axis=1))
    return _Dates(day, n * 1.0, *(np.add.reduceat(each, first, axis=0) for each in sums))


def _add_pairs(compiled: bool, dates: _Dates, first: int, last: int, sums: Floats) -> None:
    """Add Σ ρ_ij by lag of the pairs whose later date is one of those from `first` to `last` − 1."""
    if compiled:
        from eventstudy.compiled.date_pairs import pair_sums

        pair_sums(dates.day, dates.n, dates.z, dates.seen, dates.own, first, last, sums)
        return
    for lag in range(len(sums)):
        later = np.arange(first, last)
        earlier = np.searchsorted(dates.day, dates.day[later] - lag)
        both = dates.day[earlier] == dates.day[later] - lag
        i, j = earlier[both], later[both]
        products, shared = (
            np.einsum("dt,dt->d", each[i, lag:], each[j, : each.shape[1] - lag])
            for each in (dates.z, dates.seen)
        )
        pairs = dates.n[i] * dates.n[j]
        if lag == 0:
            products -= dates.own[j]
            shared -= dates.seen[j].sum(axis=1)
            pairs -= dates.n[j]
        known = shared > 0
        sums[lag] += (pairs[known] * products[known] / shared[known]).sum()
