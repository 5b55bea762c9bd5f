"""r̄ of a group, by the cheapest way that is exact: from weights, from residuals, from blocks."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from eventstudy.models.kernel.batch import Floats, Ints
from eventstudy.models.kernel.regression import Regression
from eventstudy.significance.sums.calendar_pairs import Cells, pair_sums
from eventstudy.significance.sums.pair_correlation import (
    check_overlap,
    event_pair_sum,
    loose_pair_sums,
    shared_mean,
)

if TYPE_CHECKING:
    from eventstudy.significance.sums.estimation_windows import Windows


class MeanCorrelation:
    """The mean correlation between the observations of a group for windows of any length."""

    def __init__(self, windows: Windows, kind: str, longest: int) -> None:
        """`kind` aligns in "calendar" or "event" time; `longest` is the longest tested window."""
        self._windows = windows
        self._kind = kind
        self._longest = longest
        self._sums = np.empty(0)

    def __call__(self, length: int) -> float:
        """r̄ for windows of `length` days; NoOverlapError where it is not defined."""
        n = len(self._windows.fits)
        if self._kind == "event":
            return self._event_sum / (n * (n - 1))
        width = self._windows.width
        check_overlap(self._windows.positions.day0, width, length)
        wanted = max(min(length, width - 2), 1)
        if len(self._sums) < wanted:
            self._sums = self._pair_sums(max(wanted, min(self._longest, width - 2)))
        return shared_mean(self._sums, length, n)

    @cached_property
    def _event_sum(self) -> float:
        return event_pair_sum(lambda: (block.residuals for block in self._windows.blocks()))

    def _pair_sums(self, lags: int) -> Floats:
        """(lags,) Σ ρ_ij of the pairs at each distance."""
        windows, at = self._windows, self._windows.positions
        regression = windows.model.regression
        loose = np.ones(len(at), dtype=bool)
        found = np.zeros(lags)
        if (
            not windows.kept
            and regression is not None
            and len(windows.spec.estimation_windows) == 1
        ):
            loose = ~(windows.complete & (at.design == np.bincount(at.design).argmax()))
            loose |= windows.distant
            if not loose.all():
                found += pair_sums(_cells(windows, regression, np.flatnonzero(~loose)), lags)
        if loose.any():
            found += loose_pair_sums(windows.residuals, at.day0, at.asset, lags, loose)
        return found


def _cells(windows: Windows, regression: Regression, rows: Ints) -> Cells:
    """The distinct pairs of asset and date among observations of one design without a gap."""
    panel, fits, at = windows.panel, windows.fits, windows.positions
    assets = len(panel.returns)
    key = at.day0[rows] * assets + at.asset[rows]
    key, one, times = _distinct(key, panel.returns.size)
    rows = rows[one]
    offset, x = regression.split(panel.designs[at.design[rows[0]]])
    fitted = regression.loadings(fits.coef[rows]) if regression.constant else _means(windows, rows)
    return Cells(
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


def _means(windows: Windows, rows: Ints) -> Floats:
    """(n, 1) mean residuals of a model that fits nothing."""
    size = 2_048
    parts = [windows.residuals(rows[s : s + size]).mean(axis=1) for s in range(0, len(rows), size)]
    return np.concatenate([*parts, np.empty(0)])[:, None]


def _distinct(key: Ints, cells: int) -> tuple[Ints, Ints, Floats]:
    """The distinct keys in order, where each occurs, and how often."""
    if cells > 16 * len(key):
        found, first, times = np.unique(key, return_index=True, return_counts=True)
        return found, first, times.astype(np.float64)
    times = np.bincount(key, minlength=cells)
    found = np.flatnonzero(times)
    place = np.empty(cells, dtype=np.int64)
    place[key] = np.arange(len(key))
    return found, place[found], times[found].astype(np.float64)
