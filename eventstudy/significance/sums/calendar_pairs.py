"""Correlations of fitted observations summed over all pairs, date by date, from weights.

ρ_ij is a product of standardised residuals, so the sum over the pairs of two dates is the product
of two weighted sums of return series. These sums are matrix products of weights by date and asset
with the returns: their cost does not grow with the number of pairs, and no residual is kept.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.lib.stride_tricks import as_strided

from eventstudy.arrays import product
from eventstudy.models.kernel.batch import Floats, Ints
from eventstudy.significance.sums.pair_correlation import FLAT

DATES = 64
"""Sessions whose weighted sums are found by one matrix product."""


@dataclass(frozen=True, slots=True)
class AssetDates:
    """U distinct pairs of asset and date, by date and then asset, with no session missing."""

    returns: Floats
    """(A, T) what the model explains: returns, less the offset where there is one."""
    x: Floats
    """(T, k) regressors without the constant."""
    asset: Ints
    """(U,)"""
    day0: Ints
    """(U,)"""
    fitted: Floats
    """(U, 1 + k) constant and slopes."""
    ssr: Floats
    """(U,) sum of squared residuals over the estimation window."""
    times: Floats
    """(U,) observations in each cell."""
    first: int
    """First estimation session relative to day 0."""
    length: int
    """Estimation sessions, T."""


@dataclass(slots=True)
class _TrimmedSums:
    """Sums over the estimation sessions that are left when some are dropped at one end."""

    e: Floats
    """(U,) Σe"""
    ee: Floats
    """(U,) Σe²"""
    xe: Floats
    """(U, k) Σxe"""

    def drop(self, cells: AssetDates, day: int) -> None:
        """Leave out the session `day` after day 0."""
        at = cells.day0 + day
        x = cells.x[at]
        e = cells.returns[cells.asset, at] - cells.fitted[:, 0]
        e -= np.einsum("uk,uk->u", x, cells.fitted[:, 1:])
        self.e -= e
        self.ee -= e * e
        self.xe -= x * e[:, None]

    def scale(self, left: int) -> Floats:
        """(U,) 1 over the norm about the mean over `left` sessions; 0 without variation."""
        squares = self.ee - self.e**2 / left
        varies = squares > FLAT * self.ee
        return np.where(varies, 1 / np.sqrt(np.where(varies, squares, 1.0)), 0.0)


def pair_sums(cells: AssetDates, lags: int) -> Floats:
    """(lags,) Σ ρ_ij over all pairs whose dates lie 0, 1, … lags − 1 sessions apart.

    At lag 0 over ordered pairs of different observations, beyond that with i the earlier one. ρ is
    taken on the estimation sessions that both have; it is 1 for the same asset.

    Args:
        cells: Pairs of asset and date.
        lags: How many lags.
    """
    u, k = len(cells.asset), cells.x.shape[1]
    early = _TrimmedSums(np.zeros(u), cells.ssr.copy(), np.zeros((u, k)))
    late = _TrimmedSums(np.zeros(u), cells.ssr.copy(), np.zeros((u, k)))
    place = _Finder.of(cells)
    sums = np.zeros(lags)
    for lag in range(lags):
        left = cells.length - lag
        if lag:
            early.drop(cells, cells.first + lag - 1)
            late.drop(cells, cells.first + left)
        scale, scale_late = early.scale(left), late.scale(left)
        first = _Weighted.of(cells, scale, early.e / left)
        if not lag:
            sums[0] = _products(cells, first, first, 0) - cells.times[scale > 0].sum()
            continue
        second = _Weighted.of(cells, scale_late, late.e / left)
        sums[lag] = _products(cells, first, second, lag)
        # The products gave pairs of one asset the correlation of its two fits, which is not 1.
        i, j = place.pairs(cells, lag)
        change = cells.fitted[i] - cells.fitted[j]
        both = early.ee[i] + change[:, 0] * early.e[i]
        both += np.einsum("uk,uk->u", change[:, 1:], early.xe[i])
        own = (both - early.e[i] * late.e[j] / left) * scale[i] * scale_late[j]
        sums[lag] += (cells.times[i] * cells.times[j] * (1 - own)).sum()
    return sums


@dataclass(frozen=True, slots=True)
class _Finder:
    """Finds the cell of an asset some sessions later."""

    key: Ints
    """(U,) day0 · A + asset, ascending."""
    table: Ints | None
    """Cell by key, −1 where there is none; None where that would be too large."""

    @classmethod
    def of(cls, cells: AssetDates) -> _Finder:
        assets, sessions = cells.returns.shape
        key = cells.day0 * assets + cells.asset
        if assets * sessions > 16 * len(key):
            return cls(key, None)
        table = np.full(assets * sessions, -1, dtype=np.int64)
        table[key] = np.arange(len(key))
        return cls(key, table)

    def pairs(self, cells: AssetDates, lag: int) -> tuple[Ints, Ints]:
        """All pairs of a cell and the same asset's cell `lag` sessions later."""
        assets, sessions = cells.returns.shape
        wanted = self.key + lag * assets
        if self.table is not None:
            inside = np.flatnonzero(wanted < assets * sessions)
            j = self.table[wanted[inside]]
            known = j >= 0
            return inside[known], j[known]
        j = np.searchsorted(self.key, wanted)
        known = self.key[np.minimum(j, len(self.key) - 1)] == wanted
        return np.flatnonzero(known), j[known]


@dataclass(frozen=True, slots=True)
class _Weighted:
    """The weights of Σ z_i = Σ w_i(y_i − fit_i − mean_i), cell by cell."""

    weight: Floats
    constant: Floats
    slopes: Floats

    @classmethod
    def of(cls, cells: AssetDates, scale: Floats, mean: Floats) -> _Weighted:
        weight = cells.times * scale
        fitted = cells.fitted
        return cls(weight, weight * (fitted[:, 0] + mean), weight[:, None] * fitted[:, 1:])


def _products(cells: AssetDates, first: _Weighted, second: _Weighted, lag: int) -> float:
    """Σ over dates d of Σ_t Z_d(t)·Z'_{d+lag}(t), Z and Z' the weighted sums of the two dates."""
    total, start = 0.0, 0
    while start < len(cells.day0):
        low = int(cells.day0[start])
        stop = int(np.searchsorted(cells.day0, low + DATES))
        high = int(cells.day0[stop - 1])
        mine = slice(start, stop)
        theirs = slice(*np.searchsorted(cells.day0, (low + lag, high + lag + 1)).tolist())
        start = stop
        if theirs.start == theirs.stop:
            continue
        sessions = slice(low + cells.first + lag, high + cells.first + cells.length)
        assets = _assets(cells, mine, theirs)
        y = cells.returns[assets, sessions]
        early = _sums_by_date(cells, first, mine, (low, high), assets, y, sessions)
        late = early
        if second is not first:
            days = (low + lag, high + lag)
            late = _sums_by_date(cells, second, theirs, days, assets, y, sessions)
        total += float(np.einsum("dt,dt->", _band(early, cells, lag), _band(late, cells, lag)))
    return total


def _assets(cells: AssetDates, mine: slice, theirs: slice) -> slice | Ints:
    """The assets that two runs of cells have; all of them as a slice, which needs no copy."""
    present = np.zeros(len(cells.returns), dtype=bool)
    present[cells.asset[mine]] = True
    present[cells.asset[theirs]] = True
    rows = np.flatnonzero(present)
    return slice(None) if 2 * len(rows) > len(present) else rows


def _sums_by_date(
    cells: AssetDates,
    weighted: _Weighted,
    rows: slice,
    days: tuple[int, int],
    assets: slice | Ints,
    y: Floats,
    sessions: slice,
) -> Floats:
    """(dates, sessions) weighted sums of standardised residuals of the first to the last date."""
    date = cells.day0[rows] - days[0]
    dates = days[1] - days[0] + 1
    weights = np.zeros((dates, len(y)))
    column = cells.asset[rows]
    if not isinstance(assets, slice):
        column = np.searchsorted(assets, column)
    weights[date, column] = weighted.weight[rows]
    known = np.isfinite(y)
    z = product(weights, y if known.all() else np.where(known, y, 0.0))
    z -= np.bincount(date, weighted.constant[rows], dates)[:, None]
    for k in range(cells.x.shape[1]):
        slope = np.bincount(date, weighted.slopes[rows, k], dates)
        x = cells.x[sessions, k]
        z -= slope[:, None] * np.where(np.isfinite(x), x, 0.0)
    return z


def _band(z: Floats, cells: AssetDates, lag: int) -> Floats:
    """(dates, T − lag) of each date its own estimation sessions: row d begins at column d."""
    row, step = z.strides
    return as_strided(z, (len(z), cells.length - lag), (row + step, step))
