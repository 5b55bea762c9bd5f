"""r̄, the mean correlation of the estimation-window abnormal returns between observations.

Kolari & Pynnönen (2010), "Event study testing with cross-sectional correlation of abnormal
returns". Balanced data cost O(N·T): correlations sum to squares of summed z-scores. With
missing returns each pair is correlated on the sessions that both have.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

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
    far = range(max(width - 2, 1), length)
    dates = np.flatnonzero(np.bincount(day0)) if far else day0[:0]
    for lag in far:
        if np.isin(dates + lag, dates).any():
            raise NoOverlapError(
                f"events {lag} sessions apart share fewer than three estimation sessions"
            )


def calendar_pair_sums(
    residuals: Callable[[Ints], Floats], day0: Ints, asset: Ints, lags: int
) -> Floats:
    """(lags,) Σ ρ_ij over the pairs that lie 0, 1, … sessions apart; 1 for the same asset.

    At lag 0 over ordered pairs of different observations, beyond that with i the earlier one.
    Windows without gaps are summed by date and session; pairs with another one are correlated.

    Args:
        residuals: Gives the rows (n, T) of some observations.
        day0: (N,) session of each event.
        asset: (N,) identity.
        lags: How many lags.
    """
    order = np.argsort(day0, kind="stable")
    values, day0, asset = residuals(order), day0[order], asset[order]
    seen: Bools = np.asarray(np.isfinite(values).any(axis=0))
    whole: Bools = np.asarray(np.isfinite(values[:, seen]).all(axis=1))
    key, assets = day0 * (asset.max() + 1) + asset, asset.max() + 1
    by_key = np.argsort(key, kind="stable")
    sums = np.zeros(lags)
    for lag in range(lags):
        # Over the sessions that two windows share, the earlier one begins at a later column.
        left = values.shape[1] - lag
        shared = seen[lag:] & seen[:left]
        early, late = values[:, lag:], values[:, :left]
        if not shared.all():
            early, late = early[:, shared], late[:, shared]
        sums[lag] = _whole_pairs(early, late, whole, day0, lag)
        gaps, rest = np.flatnonzero(~whole), np.flatnonzero(whole)
        i, j = _matching(day0[gaps] + lag, day0)
        sums[lag] += _paired_sum(early, late, gaps[i], j, lag)
        i, j = _matching(day0[rest] + lag, day0[gaps])
        sums[lag] += _paired_sum(early, late, rest[i], gaps[j], lag)
        i, j = _matching(key + lag * assets, key[by_key])
        same = len(i) - (len(key) if lag == 0 else 0)
        sums[lag] += same - _paired_sum(early, late, i, by_key[j], lag)
    return sums


def _whole_pairs(early: Floats, late: Floats, whole: Bools, day0: Ints, lag: int) -> float:
    """Σ ρ_ij over the pairs of windows without gaps that lie `lag` sessions apart."""
    partners = np.bincount(day0[whole], minlength=day0.max(initial=0) + lag + 1)[day0 + lag]
    rows = np.flatnonzero(whole & (partners > (lag == 0)))
    if not len(rows):
        return 0.0
    totals, own = _sums_of_dates(early, rows, day0)
    if lag == 0:
        return float((totals**2).sum()) - own
    later, _ = _sums_of_dates(late, np.flatnonzero(whole & np.isin(day0 - lag, day0[whole])), day0)
    return float((totals * later).sum())


def _sums_of_dates(values: Floats, rows: Ints, day0: Ints) -> tuple[Floats, float]:
    """(dates, T) sums of the standardised rows of each date, and the sum of all their squares."""
    starts = np.flatnonzero(np.diff(day0[rows], prepend=-1))
    z = _standardise(values if len(rows) == len(values) else values[rows])
    return np.add.reduceat(z, starts, axis=0), float(np.einsum("nt,nt->", z, z))


def _matching(keys: Ints, others: Ints) -> tuple[Ints, Ints]:
    """All pairs of places of equal keys in two lists, of which the second is ascending."""
    low = np.searchsorted(others, keys, side="left")
    count = np.searchsorted(others, keys, side="right") - low
    i = np.repeat(np.arange(len(keys)), count)
    within = np.arange(len(i)) - np.repeat(np.cumsum(count) - count, count)
    return i, np.repeat(low, count) + within


def _paired_sum(first: Floats, second: Floats, i: Ints, j: Ints, lag: int) -> float:
    """Σ of the correlations of rows i of `first` with rows j of `second`, none with itself."""
    if lag == 0:
        i, j = i[i != j], j[i != j]
    blocks = slices(len(i), BLOCK)
    return sum(float(_paired(first[i[some]], second[j[some]]).sum()) for some in blocks)


def _standardise(values: Floats) -> Floats:
    """Rows with mean 0 and sum of squares 1, so that products are correlations."""
    z = values - values.mean(axis=1, keepdims=True)
    norm = np.sqrt(np.einsum("nt,nt->n", z, z))[:, None]
    z /= np.where(norm > 0, norm, 1.0)
    return np.asarray(z)


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
