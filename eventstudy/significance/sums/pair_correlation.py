"""r̄, the mean correlation of the estimation-window abnormal returns between observations.

Kolari & Pynnönen (2010), "Event study testing with cross-sectional correlation of abnormal
returns". Balanced data cost O(N·T): correlations sum to squares of summed z-scores. With
missing returns each pair is correlated on the sessions that both have.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from eventstudy.arrays import product
from eventstudy.models.kernel.batch import Bools, Floats, Ints, slices

BLOCK = 1_024
"""Rows of a pairwise-complete correlation matrix worked on at a time."""

FLAT = 1e-14
"""A series whose sum of squares about its mean is below this share of Σe² does not vary: what is
left is rounding."""


class NoOverlapError(ValueError):
    """Two observations share too few estimation sessions to be correlated."""


def shared_mean(sums: Floats, length: int, n: int) -> float:
    """r̄ of a window from the sums at each lag: pairs ℓ sessions apart share L − ℓ of L days.

    Args:
        sums: (lags,) Σ ρ_ij of the pairs 0, 1, … sessions apart.
        length: L.
        n: Observations.
    """
    lags = np.arange(min(length, len(sums)))
    weights = np.where(lags == 0, 1.0, 2.0) * (length - lags) / length
    return float((weights * sums[: len(lags)]).sum() / (n * (n - 1)))


def check_overlap(day0: Ints, width: int, length: int) -> None:
    """See that any two observations whose windows overlap can be correlated.

    Args:
        day0: (N,) session of each event.
        width: Sessions in the estimation window.
        length: Sessions in the tested window.

    Raises:
        NoOverlapError: Two of them share under three estimation sessions.
    """
    dates = np.flatnonzero(np.bincount(day0))
    for lag in range(max(width - 2, 1), length):
        if np.isin(dates + lag, dates).any():
            raise NoOverlapError(
                f"events {lag} sessions apart share fewer than three estimation sessions"
            )


def loose_pair_sums(
    residuals: Callable[[Ints], Floats], day0: Ints, asset: Ints, lags: int, loose: Bools
) -> Floats:
    """(lags,) Σ ρ_ij over the pairs that lie 0, 1, … sessions apart and have a loose member.

    At lag 0 over ordered pairs of different observations, beyond that with i the earlier one.

    Args:
        residuals: Gives the rows (n, T) of some observations.
        day0: (N,) session of each event.
        asset: (N,) identity.
        lags: How many lags.
        loose: (N,) the observations that weights cannot stand for.
    """
    sums = np.zeros(lags)
    dates = {date: _Date(rows, asset[rows], loose[rows]) for date, rows in _by_date(day0).items()}
    for date, one in dates.items():
        apart = [lag for lag in range(lags) if date + lag in dates]
        for lag in (lag for lag in apart if one.loose.any() or dates[date + lag].loose.any()):
            other = dates[date + lag]
            for each in (one, other):
                each.load(residuals)
            sums[lag] += other.within() if lag == 0 else one.before(other, lag)
        one.forget()
    return sums


@dataclass(slots=True)
class _Date:
    """The observations of one date."""

    rows: Ints
    asset: Ints
    loose: Bools
    values: Floats | None = None
    """(n, T) their residuals, while they are needed."""

    def load(self, residuals: Callable[[Ints], Floats]) -> None:
        if self.values is None:
            self.values = residuals(self.rows)

    def forget(self) -> None:
        self.values = None

    def within(self) -> float:
        """Σ ρ_ij over ordered pairs of different observations with a loose member."""
        assert self.values is not None
        loose, tight = self.values[self.loose], self.values[~self.loose]
        total = _sum_within(loose)
        if len(tight):
            total += 2 * _sum_between(loose, tight)
        return total + self._same_asset(self, 0)

    def before(self, later: _Date, lag: int) -> float:
        """Σ ρ_ij over pairs of an observation here and one `lag` sessions later."""
        assert self.values is not None
        assert later.values is not None
        early, late = self.values[:, lag:], later.values[:, : later.values.shape[1] - lag]
        total = _sum_between(early[self.loose], late)
        if not self.loose.all():
            total += _sum_between(early[~self.loose], late[later.loose])
        return total + self._same_asset(later, lag)

    def _same_asset(self, later: _Date, lag: int) -> float:
        """What has to be added so that pairs of one asset count with correlation 1."""
        assert self.values is not None
        assert later.values is not None
        i, j = _same_asset_pairs(self.asset, later.asset)
        wanted = (self.loose[i] | later.loose[j]) & ((i != j) if later is self else True)
        i, j = i[wanted], j[wanted]
        if not len(i):
            return 0.0
        width = later.values.shape[1]
        own = _paired(self.values[i][:, lag:], later.values[j][:, : width - lag])
        return float((1 - own).sum())


def _by_date(day0: Ints) -> dict[int, Ints]:
    order = np.argsort(day0, kind="stable")
    dates, first = np.unique(day0[order], return_index=True)
    return dict(zip(dates.tolist(), np.split(order, first[1:]), strict=True))


def _standardise(values: Floats) -> Floats:
    """Rows with mean 0 and sum of squares 1, so that products are correlations."""
    centred = values - values.mean(axis=1, keepdims=True)
    norm = np.sqrt((centred**2).sum(axis=1, keepdims=True))
    return np.asarray(centred / np.where(norm > 0, norm, 1.0))


def _sum_within(values: Floats) -> float:
    """Sum of the correlations over all ordered pairs of different rows."""
    values = values[:, np.isfinite(values).any(axis=0)]
    if len(values) < 2 or not values.shape[1]:
        return 0.0
    if np.isfinite(values).all():
        z = _standardise(values)
        return float((z.sum(axis=0) ** 2).sum() - (z**2).sum())
    blocks = slices(len(values), BLOCK)
    total = sum(float(_pairwise(values[rows], values).sum()) for rows in blocks)
    return total - float(_paired(values, values).sum())


def _sum_between(first: Floats, second: Floats) -> float:
    """Sum of the correlations over all pairs of a row of `first` and a row of `second`."""
    shared = np.isfinite(first).any(axis=0) & np.isfinite(second).any(axis=0)
    if not shared.any():
        return 0.0
    first, second = first[:, shared], second[:, shared]
    if np.isfinite(first).all() and np.isfinite(second).all():
        return float((_standardise(first).sum(axis=0) * _standardise(second).sum(axis=0)).sum())
    blocks = slices(len(first), BLOCK)
    return sum(float(_pairwise(first[rows], second).sum()) for rows in blocks)


def _pairwise(first: Floats, second: Floats) -> Floats:
    """(N1, N2) correlations, each on the columns that both rows have."""
    a, b = np.isfinite(first).astype(np.float64), np.isfinite(second).astype(np.float64)
    x, y = np.nan_to_num(first), np.nan_to_num(second)
    pairs = ((a, b), (x, b), (a, y), (x**2, b), (a, y**2), (x, y))
    return _correlation(*(product(left, right.T) for left, right in pairs))


def _paired(first: Floats, second: Floats) -> Floats:
    """(N,) correlations of row i of `first` with row i of `second`."""
    both = np.isfinite(first) & np.isfinite(second)
    x, y = np.where(both, first, 0.0), np.where(both, second, 0.0)
    sums = (both, x, y, x**2, y**2, x * y)
    return _correlation(*(np.asarray(v, dtype=np.float64).sum(axis=1) for v in sums))


def _correlation(
    n: Floats, sx: Floats, sy: Floats, sxx: Floats, syy: Floats, sxy: Floats
) -> Floats:
    """Pearson's correlation from sums; 0 where a row does not vary on the shared columns."""
    n = np.maximum(n, 1)
    vx, vy = sxx - sx * sx / n, syy - sy * sy / n
    varies = (vx > FLAT * sxx) & (vy > FLAT * syy)
    scale = np.sqrt(np.where(varies, vx * vy, 1.0))
    return np.where(varies, (sxy - sx * sy / n) / scale, 0.0)


def _same_asset_pairs(asset: Ints, others: Ints) -> tuple[Ints, Ints]:
    """All pairs of positions in `asset` and `others` with the same asset."""
    order = np.argsort(others, kind="stable")
    low = np.searchsorted(others[order], asset, side="left")
    high = np.searchsorted(others[order], asset, side="right")
    count = high - low
    i = np.repeat(np.arange(len(asset)), count)
    within = np.arange(len(i)) - np.repeat(np.cumsum(count) - count, count)
    return i, order[np.repeat(low, count) + within]


def event_pair_sum(blocks: Callable[[], Iterator[Floats]]) -> float:
    """Σ ρ_ij over all ordered pairs, residuals aligned in event time, seen a block at a time.

    Observations without a gap add up in one vector; each one with a gap meets all the others.
    """
    total: Floats | None = None
    own, gaps = 0.0, []
    for values in blocks():
        whole = np.isfinite(values).all(axis=1)
        z = _standardise(values[whole])
        total = z.sum(axis=0) + (0.0 if total is None else total)
        own += float((z**2).sum())
        gaps.append(values[~whole])
    loose = np.concatenate(gaps)
    pairs = float((total**2).sum()) - own if total is not None else 0.0
    if not len(loose):
        return pairs
    for values in blocks():
        pairs += 2 * _sum_between(loose, values[np.isfinite(values).all(axis=1)])
    return pairs + _sum_within(loose)
