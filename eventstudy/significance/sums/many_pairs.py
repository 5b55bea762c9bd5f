"""Correlations summed over all pairs of many observations, in machine code.

Observations without gaps under the most common design are summed by date and session; a pair with
any other member is correlated individually.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from eventstudy.compute.engine import map_blocks
from eventstudy.models.kernel.batch import Floats, Ints, slices
from eventstudy.models.kernel.regressors import Regressors
from eventstudy.significance.sums.pair_correlation import FLAT

if TYPE_CHECKING:
    from eventstudy.significance.sums.estimation_windows import EstimationWindows

CELLS = 2**15
"""Assets and dates that a thread works on at a time."""

DATES = 32
"""Dates that a thread sums at a time."""

ROWS = 2_048
"""Residual windows that a thread holds in memory at a time, unless a date has more."""


def many_pair_sums(windows: EstimationWindows, lags: int) -> Floats:
    """(lags,) Σ ρ_ij over all pairs whose dates lie 0, 1, … lags − 1 sessions apart.

    At lag 0 over ordered pairs of different observations, beyond that with i the earlier one. ρ is
    taken on the estimation sessions that both have; it is 1 for the same asset.

    Args:
        windows: The observations' estimation windows.
        lags: How many lags.
    """
    from eventstudy.compiled.gap_pairs import GAPS, STRAY, SUMMED

    at, sums = windows.positions, np.zeros(lags)
    kind = np.where(windows.complete, np.int8(STRAY), np.int8(GAPS))
    one_window = len(windows.spec.estimation_windows) == 1
    if windows.model.regression is not None and one_window and not windows.kept:
        common = at.design == np.bincount(at.design).argmax()
        kind[windows.complete & common & ~windows.distant] = SUMMED
        if (kind == SUMMED).any():
            sums += _by_session(_cells(windows, np.flatnonzero(kind == SUMMED)), lags)
    return sums if (kind == SUMMED).all() else sums + _remaining(windows, kind, lags)


@dataclass(frozen=True, slots=True)
class _Cells:
    """U distinct pairs of asset and date, by asset and then date, with no session missing."""

    returns: Floats
    """(A, T)"""
    offset: Floats
    """(T,) subtracted from the returns; (0,) for nothing."""
    x: Floats
    """(k, T) regressors without the constant."""
    asset: Ints
    """(U,)"""
    day0: Ints
    """(U,)"""
    fitted: Floats
    """(U, 1 + k) constant and slopes."""
    ssr: Floats
    """(U,)"""
    times: Floats
    """(U,) observations in each."""
    order: Ints
    """(U,) date by date."""
    assets: Ints
    """(U,) `asset` in this order."""
    dates: Ints
    """(dates,) their sessions."""
    bounds: Ints
    """(dates + 1,) where each date begins in `order`."""
    first: int
    """First estimation session relative to day 0."""
    length: int
    """Estimation sessions, T."""


def _cells(windows: EstimationWindows, rows: Ints) -> _Cells:
    """The cells of observations of one design without gaps."""
    from eventstudy.compiled.date_sums import fits_of_cells
    from eventstudy.compiled.order import distinct_pairs, grouped

    panel, fits, at = windows.panel, windows.fits, windows.positions
    regression = windows.model.regression
    assert regression is not None
    sessions = panel.returns.shape[1]
    asset, day0, which, times = distinct_pairs(
        at.asset[rows], at.day0[rows], (len(panel.returns), sessions)
    )
    columns = Regressors.of(regression, panel.designs[at.design[rows[:1]]])
    coef, ssr = np.empty((len(asset), fits.coef.shape[1])), np.empty(len(asset))
    fits_of_cells(which, rows, fits.coef, fits.s, fits.df, coef, ssr)
    if regression.constant:
        fitted = regression.loadings(coef)
    else:
        one = np.empty(len(asset), dtype=np.int64)
        one[which] = rows
        fitted = _means(windows, one)
    order, starts = grouped(day0, sessions)
    dates = np.flatnonzero(np.diff(starts))
    return _Cells(
        returns=panel.to_estimate,
        offset=columns.offset[0],
        x=columns.x[0],
        asset=asset,
        day0=day0,
        fitted=np.ascontiguousarray(fitted),
        ssr=ssr,
        times=times.astype(np.float64),
        order=order,
        assets=asset[order],
        dates=dates,
        bounds=np.append(starts[dates], len(asset)),
        first=windows.spec.estimation.start,
        length=windows.width,
    )


def _means(windows: EstimationWindows, rows: Ints) -> Floats:
    """(n, 1) mean residuals of a model that fits nothing."""
    parts = map_blocks(
        lambda some: windows.residuals(rows[some]).mean(axis=1), slices(len(rows), ROWS)
    )
    return np.concatenate(parts)[:, None]


def _by_session(cells: _Cells, lags: int) -> Floats:
    """(lags,) Σ ρ_ij from the sums of each date's standardised residuals, session by session."""
    known = cells.ssr > 0
    weight = np.where(known, cells.times / np.sqrt(np.where(known, cells.ssr, 1.0)), 0.0)
    weights = np.column_stack([weight, weight[:, None] * cells.fitted])
    z = _sums_of_dates(cells, weights, 1)[:, 0, : cells.length]
    sums = [float(np.einsum("dt,dt->d", z, z).sum() - cells.times[known].sum())]
    for lag in range(1, lags, 2):
        sums += _apart(cells, lag)
    return np.array(sums[:lags])


def _apart(cells: _Cells, lag: int) -> list[float]:
    """Σ ρ_ij over the pairs `lag` and `lag` + 1 sessions apart."""
    from eventstudy.compiled.date_pairs import date_products
    from eventstudy.compiled.date_sums import own_pairs, standardise

    scale, mean = np.empty((2, len(cells.asset), 4))
    weights = np.empty((len(cells.asset), 4, 2 + len(cells.x)))
    places = cells.asset, cells.day0
    window = cells.returns, cells.offset, cells.x, *places, cells.fitted, cells.ssr, cells.times
    blocks = slices(len(scale), CELLS)

    def write(some: slice) -> None:
        of = cells.first, cells.length, lag, some.start, some.stop
        standardise(window, FLAT, *of, scale, mean, weights)

    map_blocks(write, blocks)
    z = _sums_of_dates(cells, weights.reshape(len(weights), -1), 4)
    sums = []
    for more in (0, 1):
        apart, sides = lag + more, slice(2 * more, 2 * more + 2)
        later = np.searchsorted(cells.dates, cells.dates + apart).clip(max=len(cells.dates) - 1)
        first = np.flatnonzero(cells.dates[later] == cells.dates + apart)

        def lacking(some: slice, apart: int = apart, sides: slice = sides) -> float:
            of = cells.first, cells.length, apart, some.start, some.stop
            return own_pairs(window, *of, scale[:, sides], mean[:, sides])

        # The products gave pairs of one asset the correlation of its two fits, which is not 1.
        own = sum(map_blocks(lacking, blocks))
        pairs = z, first, later[first], sides.start, apart, cells.length - apart
        sums.append(float(date_products(*pairs).sum()) + own)
    return sums


def _sums_of_dates(cells: _Cells, weights: Floats, sets: int) -> Floats:
    """(dates, S, T) Σ of the standardised residuals of each date, for weights (U, S·(2 + k))."""
    from eventstudy.compiled.date_sums import LANES, sums_by_date

    z = np.empty((len(cells.dates), sets, -(-cells.length // LANES) * LANES))

    def write(some: slice) -> None:
        sums_by_date(
            cells.returns,
            cells.offset,
            cells.x,
            weights,
            cells.order,
            cells.assets,
            cells.bounds,
            cells.dates + cells.first,
            cells.length,
            some.start,
            some.stop,
            z,
        )

    map_blocks(write, slices(len(z), DATES))
    return z


def _remaining(windows: EstimationWindows, kind: Ints, lags: int) -> Floats:
    """(lags,) Σ ρ_ij over the pairs with a member that is not in the sums by date."""
    at, days = windows.positions, windows.spec.estimation_days
    seen = np.isin(np.arange(min(days), max(days) + 1), days)
    order = np.argsort(at.day0, kind="stable")
    dates, bounds = np.unique(at.day0[order], return_index=True)
    bounds = np.append(bounds, len(order))
    _ = windows.distant  # computed once, before the threads need it

    def sums(some: slice) -> Floats:
        from eventstudy.compiled.gap_pairs import remaining_pairs

        last = int(np.searchsorted(dates, dates[some.stop - 1] + lags))
        rows = order[bounds[some.start] : bounds[last]]
        if not kind[rows].any():
            return np.zeros(lags)
        return remaining_pairs(
            windows.residuals(rows),
            at.asset[rows],
            kind[rows],
            seen,
            dates[some.start : last],
            bounds[some.start : last + 1] - bounds[some.start],
            some.stop - some.start,
            lags,
            FLAT,
        )

    return np.asarray(np.sum(map_blocks(sums, _runs(bounds)), axis=0))


def _runs(bounds: Ints) -> list[slice]:
    """Consecutive dates of about `ROWS` observations together."""
    run = bounds[:-1] // ROWS
    starts = np.flatnonzero(np.diff(run, prepend=-1))
    return [
        slice(*ends) for ends in zip(starts.tolist(), [*starts[1:].tolist(), len(run)], strict=True)
    ]
