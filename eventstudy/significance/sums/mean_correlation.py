"""r̄ of a group, by the cheapest way that is exact: from weights, from residuals, from blocks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from eventstudy.models.kernel.batch import Floats, Ints, slices
from eventstudy.models.kernel.regression import ReturnRegression
from eventstudy.significance.sums.calendar_pairs import AssetDates, pair_sums
from eventstudy.significance.sums.pair_correlation import (
    check_overlap,
    event_pair_sum,
    loose_pair_sums,
    shared_mean,
)

if TYPE_CHECKING:
    from eventstudy.significance.sums.estimation_windows import EstimationWindows

AT_ONCE = 2_048
"""Observations whose residuals are in memory at once."""


def mean_correlation(windows: EstimationWindows, kind: str, length: int, longest: int) -> float:
    """The mean correlation between the observations of a group for windows of some length.

    Args:
        windows: The group's estimation windows.
        kind: Align them in "calendar" or in "event" time.
        length: Days of the window.
        longest: Days of the longest tested window: its sums serve all shorter ones.

    Raises:
        NoOverlapError: Two observations share too few estimation sessions to be correlated.
    """
    n, width = len(windows.fits), windows.width
    if kind == "event":
        return windows.once(_event_sum) / (n * (n - 1))
    check_overlap(windows.positions.day0, width, length)
    lags = max(min(max(length, longest), width - 2), 1)
    return shared_mean(windows.once(_sums_by_lag, lags), length, n)


def _event_sum(windows: EstimationWindows) -> float:
    return event_pair_sum(lambda: (block.residuals for block in windows.blocks()))


def _sums_by_lag(windows: EstimationWindows, lags: int) -> Floats:
    """(lags,) Σ ρ_ij of the pairs at each distance."""
    at, regression = windows.positions, windows.model.regression
    loose = np.ones(len(at), dtype=bool)
    sums = np.zeros(lags)
    one_window = len(windows.spec.estimation_windows) == 1
    if regression is not None and one_window and not windows.kept:
        # Weights stand for an observation only without a gap and under the commonest design.
        loose = ~(windows.complete & (at.design == np.bincount(at.design).argmax()))
        loose |= windows.distant
        if not loose.all():
            sums += pair_sums(_cells(windows, regression, np.flatnonzero(~loose)), lags)
    if loose.any():
        sums += loose_pair_sums(windows.residuals, at.day0, at.asset, lags, loose)
    return sums


def _cells(windows: EstimationWindows, regression: ReturnRegression, rows: Ints) -> AssetDates:
    """The distinct pairs of asset and date among observations of one design without a gap."""
    panel, fits, at = windows.panel, windows.fits, windows.positions
    assets = len(panel.returns)
    key = at.day0[rows] * assets + at.asset[rows]
    key, one, times = _distinct(key, panel.returns.size)
    rows = rows[one]
    offset, x = regression.split(panel.designs[at.design[rows[0]]])
    fitted = regression.loadings(fits.coef[rows]) if regression.constant else _means(windows, rows)
    return AssetDates(
        returns=panel.returns if offset is None else panel.returns - offset,
        x=x if regression.constant else x[:, :0],
        asset=key % assets,
        day0=key // assets,
        fitted=fitted,
        ssr=fits.s[rows] ** 2 * fits.df[rows],
        times=times,
        first=windows.spec.estimation.start,
        length=windows.width,
    )


def _means(windows: EstimationWindows, rows: Ints) -> Floats:
    """(n, 1) mean residuals of a model that fits nothing."""
    parts = [windows.residuals(rows[some]).mean(axis=1) for some in slices(len(rows), AT_ONCE)]
    return np.concatenate(parts)[:, None]


def _distinct(key: Ints, cells: int) -> tuple[Ints, Ints, Floats]:
    """The distinct keys in order, where each occurs, and how often."""
    if cells > 16 * len(key):
        distinct, first, times = np.unique(key, return_index=True, return_counts=True)
        return distinct, first, times.astype(np.float64)
    times = np.bincount(key, minlength=cells)
    distinct = np.flatnonzero(times)
    place = np.empty(cells, dtype=np.int64)
    place[key] = np.arange(len(key))
    return distinct, place[distinct], times[distinct].astype(np.float64)
