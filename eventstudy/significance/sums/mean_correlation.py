"""r̄ of a group: from residuals if it is small, in machine code if it is large."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from eventstudy.compiled.kernel import compiles
from eventstudy.models.kernel.batch import Floats
from eventstudy.significance.sums.many_pairs import many_pair_sums
from eventstudy.significance.sums.pair_correlation import (
    calendar_pair_sums,
    check_overlap,
    event_pair_sum,
    shared_mean,
)

PAIRS = 20
"""Pairs of windows with gaps that take as long as one observation."""

if TYPE_CHECKING:
    from eventstudy.significance.sums.estimation_windows import EstimationWindows


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
    day0, gap = windows.positions.day0, ~windows.complete
    # Windows without gaps are summed by date; each pair with another one is correlated.
    pairs = np.bincount(day0[gap], minlength=day0.max() + 1) @ np.bincount(day0)
    if compiles(len(day0)) or compiles(int(pairs) // PAIRS):
        return many_pair_sums(windows, lags)
    return calendar_pair_sums(windows.residuals, day0, windows.positions.asset, lags)
