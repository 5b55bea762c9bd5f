"""Sums over clusters of observations at each placebo run: Σz, Σz² and N."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np

from eventstudy.compiled.kernel import compiles
from eventstudy.compute.engine import map_blocks
from eventstudy.models.kernel.batch import Floats, Ints, cut_batch, slices
from eventstudy.models.kernel.regression import ReturnRegression
from eventstudy.significance.sums.estimation_windows import EstimationWindows
from eventstudy.significance.sums.placebo_runs import (
    LIMITS,
    Reference,
    placebo_statistics,
)

OBSERVATIONS = 512
"""Number of observations whose placebos are in memory at once."""


def placebo_sums(
    windows: EstimationWindows, rows: Ints, which: Ints, length: int, onto: Floats | None = None
) -> Floats | None:
    """(clusters, 3, runs) Σz, Σz² and N of the placebo SCARs; None where an observation has none.

    Args:
        windows: The estimation windows of a group.
        rows: (n,) which of its observations, in the order of their clusters.
        which: (N,) cluster of each observation of the group, from 0 on.
        length: Sessions in a run.
        onto: The sums of other observations, to which these are added.
    """
    if length > windows.width:
        return None
    sums = None if onto is None else onto.copy()
    large = compiles(len(windows.fits))
    summed = partial(_compiled_sums if large else _sums, _placebos(windows, length, large), which)
    blocks = [rows[block] for block in slices(len(rows), OBSERVATIONS)] if len(rows) else []
    for found in map_blocks(summed, blocks):
        if found is None:
            return None
        at, parts = found
        sums = np.zeros((which.max() + 1, *parts.shape[1:])) if sums is None else sums
        sums[at] += parts
    return sums


def _sums(
    placebos: Callable[[Ints], Floats], which: Ints, rows: Ints
) -> tuple[Ints | slice, Floats] | None:
    """Clusters of a block of observations and their sums."""
    z, mine = placebos(rows), which[rows]
    seen = np.isfinite(z)
    if not seen.any(axis=1).all():
        return None
    z = np.where(seen, z, 0.0)
    first = np.flatnonzero(np.diff(mine, prepend=-1))
    parts = [np.add.reduceat(one, first, axis=0) for one in (z, z * z, seen.astype(np.float64))]
    return mine[first], np.stack(parts, axis=1)


def _compiled_sums(
    placebos: Callable[[Ints], Floats], which: Ints, rows: Ints
) -> tuple[Ints | slice, Floats] | None:
    from eventstudy.compiled.draws import sums_by_cluster

    mine = which[rows]
    sums, all_have = sums_by_cluster(placebos(rows), mine - mine[0])
    return (slice(mine[0], mine[-1] + 1), sums) if all_have else None


def _placebos(windows: EstimationWindows, length: int, large: bool) -> Callable[[Ints], Floats]:
    """Gives (n, runs) placebo SCARs of chosen observations; NaN where there is no such run."""
    if large and windows.model.regression is not None:
        return _of_regression(windows, windows.model.regression, length)

    def fitted_again(rows: Ints) -> Floats:
        at, days = windows.positions.take(rows), windows.spec.estimation_days
        batch = cut_batch(windows.panel, at, days, windows.spec.span.days)
        reference = Reference.of(windows.model.fit(batch))
        return placebo_statistics(reference, length, len(windows.fits))

    return fitted_again


def _of_regression(
    windows: EstimationWindows, regression: ReturnRegression, length: int
) -> Callable[[Ints], Floats]:
    from eventstudy.compiled.placebos import left_out_statistics, regression_windows

    panel, at, days = windows.panel, windows.positions, np.asarray(windows.spec.estimation_days)
    offset, x = regression.split(panel.designs)
    offset = np.where(np.isfinite(x).all(axis=2), 0.0 if offset is None else offset, np.nan)
    returns, x = np.ascontiguousarray(panel.to_estimate), np.ascontiguousarray(x.swapaxes(1, 2))
    start, constant = days.min(), regression.constant
    wanted = np.full(windows.width, np.nan)
    wanted[days - start] = 0.0
    everywhere = np.tile([start, days.max()], (len(at), 1))
    own = (everywhere if at.estimation is None else at.estimation) - start

    def placebos(rows: Ints) -> Floats:
        places = at.asset[rows], at.design[rows], at.day0[rows] + start, own[rows]
        fitted = regression_windows(returns, x, offset, wanted, *places, constant)
        df, same = windows.fits.df[rows], np.ones(len(rows))
        even = np.empty((len(rows), 0))
        return left_out_statistics(*fitted, even, df, same, length, constant, LIMITS)

    return placebos
