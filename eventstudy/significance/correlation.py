"""r̄, the mean correlation of the estimation-window abnormal returns between observations.

Kolari & Pynnönen (2010), "Event study testing with cross-sectional correlation of abnormal
returns". Balanced data cost O(N·T): correlations sum to squares of summed z-scores. With
missing returns each pair is correlated on the sessions that both have.
"""

from __future__ import annotations

import numpy as np

from eventstudy.models.batch import Floats, Ints

BLOCK = 1_024
"""Rows of a pairwise-complete correlation matrix worked on at a time."""


class NoOverlapError(ValueError):
    """Two observations share too few estimation sessions to be correlated."""


def r_bar_event(residuals: Floats) -> float:
    """Mean pairwise correlation with residuals (N, T) aligned in event time."""
    n = len(residuals)
    return float(_sum_within(residuals) / (n * (n - 1)))


def r_bar_calendar(residuals: Floats, day0: Ints, asset: Ints, length: int) -> float:
    """Mean of ρ_ij·o_ij over all pairs, residuals aligned in calendar time.

    residuals (N, T); day0 (N,) session of the event; asset (N,) identity. o_ij is the share of a
    tested window of `length` sessions that i and j have in common in calendar time, ρ_ij the
    correlation on the estimation sessions that they share, 1 for the same asset. It equals
    `r_bar_event` when all events share one date.

    Raises NoOverlapError where windows overlap but estimation windows share under three sessions.
    """
    n, width = residuals.shape
    members = _by_date(day0)
    total = 0.0
    for date, rows in members.items():
        total += _sum_within(residuals[rows]) + _same_asset(residuals, asset, rows)
        for lag in range(1, length):
            later = members.get(date + lag)
            if later is None:
                continue
            if width - lag < 3:
                raise NoOverlapError(
                    f"events {lag} sessions apart share fewer than three estimation sessions"
                )
            pair_sum = _sum_between(residuals[rows][:, lag:], residuals[later][:, : width - lag])
            pair_sum += _same_asset(residuals, asset, rows, later, lag)
            total += 2 * pair_sum * (length - lag) / length
    return float(total / (n * (n - 1)))


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
    total = sum(
        float(_pairwise(values[i : i + BLOCK], values).sum()) for i in range(0, len(values), BLOCK)
    )
    return total - float(_paired(values, values).sum())


def _sum_between(first: Floats, second: Floats) -> float:
    """Sum of the correlations over all pairs of a row of `first` and a row of `second`."""
    shared = np.isfinite(first).any(axis=0) & np.isfinite(second).any(axis=0)
    if not shared.any():
        return 0.0
    first, second = first[:, shared], second[:, shared]
    if np.isfinite(first).all() and np.isfinite(second).all():
        return float(_standardise(first).sum(axis=0) @ _standardise(second).sum(axis=0))
    return sum(
        float(_pairwise(first[i : i + BLOCK], second).sum()) for i in range(0, len(first), BLOCK)
    )


def _pairwise(first: Floats, second: Floats) -> Floats:
    """(N1, N2) correlations, each on the columns that both rows have."""
    a, b = np.isfinite(first).astype(np.float64), np.isfinite(second).astype(np.float64)
    x, y = np.nan_to_num(first), np.nan_to_num(second)
    return _correlation(a @ b.T, x @ b.T, a @ y.T, (x**2) @ b.T, a @ (y**2).T, x @ y.T)


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
    varies = (vx > 1e-14 * sxx) & (vy > 1e-14 * syy)
    scale = np.sqrt(np.where(varies, vx * vy, 1.0))
    return np.where(varies, (sxy - sx * sy / n) / scale, 0.0)


def _same_asset(
    residuals: Floats, asset: Ints, rows: Ints, later: Ints | None = None, lag: int = 0
) -> float:
    """What has to be added so that pairs of one asset count with correlation 1."""
    i, j = _same_asset_pairs(asset, rows, rows if later is None else later)
    if later is None:
        i, j = i[i != j], j[i != j]
    if not len(i):
        return 0.0
    width = residuals.shape[1]
    own = _paired(residuals[i][:, lag:], residuals[j][:, : width - lag])
    return float((1 - own).sum())


def _same_asset_pairs(asset: Ints, rows: Ints, others: Ints) -> tuple[Ints, Ints]:
    """All pairs of a row and another with the same asset."""
    order = others[np.argsort(asset[others], kind="stable")]
    low = np.searchsorted(asset[order], asset[rows], side="left")
    high = np.searchsorted(asset[order], asset[rows], side="right")
    count = high - low
    i = np.repeat(rows, count)
    within = np.arange(len(i)) - np.repeat(np.cumsum(count) - count, count)
    return i, order[np.repeat(low, count) + within]
