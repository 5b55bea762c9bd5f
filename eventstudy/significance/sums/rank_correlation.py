"""The mean rank correlation between observations for windows that share only some of their days.

Spearman's correlation of two estimation windows, aligned in calendar time, summed over all pairs
from sums by date: O(N·T), and nothing but the dates within a window's length is in memory. Returns
of firms have shocks of their own that hide from Pearson's correlation what ranks still show.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from eventstudy.models.kernel.batch import Floats, Ints
from eventstudy.significance.sums.estimation_windows import Block, estimation_ranks, sorted_days
from eventstudy.significance.sums.pair_correlation import shared_mean
from eventstudy.significance.sums.ties import SAME


@dataclass(frozen=True, slots=True)
class RankCorrelation:
    """Mean over all ordered pairs of different observations of ρ_ij·o_ij.

    ρ is the rank correlation and o the share of the window that both have in calendar time.
    """

    all_pairs: float
    apart: float
    """What the pairs on different dates contribute: windows that overlap in part."""


def rank_correlation(sums: Floats, day0: Ints, length: int) -> RankCorrelation:
    """For windows of some length.

    Args:
        sums: (lags,) `PairSums.total` of N ≥ 2 observations.
        day0: (N,) session of each event.
        length: Days of the window.
    """
    n = len(day0)
    whole = shared_mean(sums, length, n)
    return RankCorrelation(whole, whole - float(sums[0]) / (n * (n - 1)))


def independent_places(day0: Ints, length: int, places: int, r_bar: float) -> float:
    """To how many independent figures the statistic of moved events amounts, as to its variance.

    Moved by k sessions, events overlap with those not moved: with themselves up to the length of
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


@dataclass(frozen=True, slots=True)
class RankPairs:
    """The scan behind the mean rank correlation."""

    lags: int
    """One more than the sessions that the dates of a pair may lie apart."""

    def __call__(self, block: Block) -> tuple[PairSums]:
        """The sums of a block, whose observations are in the order of their dates."""
        return (PairSums(np.zeros(self.lags), _dates_of(block), 0, block.compiled),)


@dataclass(frozen=True, slots=True)
class _Dates:
    """Sums over the observations of each of d dates, by estimation session."""

    day: Ints
    """(d,) the dates in their order."""
    n: Floats
    """(d,) number of observations."""
    z: Floats
    """(d, T) Σ of the ranks, each observation's with mean 0 and variance 1."""
    seen: Floats
    """(d, T) number of observations with a return."""
    own: Floats
    """(d,) Σ of all squared ranks, which are not pairs."""

    def since(self, first: int) -> _Dates:
        """The dates from one of them on."""
        return _Dates(*(getattr(self, name)[first:] for name in self.__slots__))


@dataclass(frozen=True, slots=True)
class PairSums:
    """Sums over pairs among some observations, to which those of later dates can be added."""

    sums: Floats
    """(lags,) Σ ρ_ij over the pairs 0, 1, … sessions apart whose later date is done.

    At lag 0 over ordered pairs of different observations, beyond that with i the earlier one.
    """
    dates: _Dates
    """The last dates, which pairs with later ones need."""
    done: int
    """How many of these are complete; the last may continue in the next block."""
    compiled: bool

    def __add__(self, later: PairSums) -> PairSums:
        """The sums with those of the next block added."""
        dates = _joined(self.dates, later.dates)
        last = len(dates.day) - 1
        near = int(np.searchsorted(dates.day, dates.day[last] - len(self.sums), "right"))
        sums = self.sums + self._pairs(dates, last)
        return PairSums(sums, dates.since(near), last - near, self.compiled)

    def total(self) -> Floats:
        """(lags,) the sums with the last date done."""
        return self.sums + self._pairs(self.dates, len(self.dates.day))

    def _pairs(self, dates: _Dates, end: int) -> Floats:
        add = _compiled_pairs if self.compiled else _pairs
        return add(dates, self.done, end, len(self.sums))


def _joined(first: _Dates, later: _Dates) -> _Dates:
    """Dates followed by later ones; the last of the earlier may be the first of the later."""
    shared = first.day[-1] == later.day[0]
    cut = len(first.day) - shared
    columns = []
    for name in _Dates.__slots__:
        before, after = getattr(first, name), getattr(later, name)
        joined = np.concatenate([before[:cut], after])
        if shared and name != "day":
            joined[cut] += before[cut]
        columns.append(joined)
    return _Dates(*columns)


def _dates_of(block: Block) -> _Dates:
    """The dates of a block."""
    day, which, n = np.unique(block.positions.day0, return_inverse=True, return_counts=True)
    if block.compiled:
        from eventstudy.compiled.ranks import date_sums

        columns = np.arange(block.residuals.shape[1])
        sums = date_sums(block.once(sorted_days), columns, which, len(n), SAME)
        return _Dates(day, n.astype(np.float64), *sums)
    seen = np.isfinite(block.residuals)
    count = seen.sum(axis=1, keepdims=True)
    ranks = block.once(estimation_ranks) - seen * (count + 1) / 2
    spread = np.sqrt((ranks**2).sum(axis=1, keepdims=True) / np.maximum(count, 1))
    z = ranks / np.where(spread > 0, spread, 1.0)
    first = np.flatnonzero(np.diff(which, prepend=-1))
    each = (z, seen * 1.0, (z**2).sum(axis=1))
    return _Dates(
        day, n.astype(np.float64), *(np.add.reduceat(values, first, axis=0) for values in each)
    )


def _compiled_pairs(dates: _Dates, first: int, end: int, lags: int) -> Floats:
    from eventstudy.compiled.date_pairs import add_date_pairs

    sums = np.zeros(lags)
    add_date_pairs(dates.day, dates.n, dates.z, dates.seen, dates.own, first, end, sums)
    return sums


def _pairs(dates: _Dates, first: int, end: int, lags: int) -> Floats:
    """(lags,) Σ ρ_ij of the pairs whose later date is one of those from `first` to before `end`."""
    sums = np.zeros(lags)
    for lag in range(lags):
        later = np.arange(first, end)
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
        sums[lag] = (pairs[known] * products[known] / shared[known]).sum()
    return sums
