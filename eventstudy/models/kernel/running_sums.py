"""Least squares for many (asset, date) pairs from sums that run along each asset's sessions.

The cross-products of a window are computed for every session at once (`sliding_sum`). Nothing is
subtracted, so a shock outside a window leaves no trace in it. What is left to lose is the centring:
where it would cost more than two digits, a fit says that it is not exact enough, and the windows
are gathered instead.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from eventstudy.arrays import SMALLEST
from eventstudy.models.kernel.batch import Bools, Floats, Ints, Panel, Positions, slices
from eventstudy.models.kernel.regression import DISTANT, ReturnRegression, distant
from eventstudy.spec.windows import Window

LOST = 0.01
"""The least share of a sum of squares that may be left after centring, projecting or fitting."""

COPIED = 1e-10
"""Returns less an offset that are this small beside the returns may be rounding: gathered windows
tell."""

LARGEST_TABLE = 2**27
"""Values in a table of sums, 1 GiB; beyond that windows are gathered."""

ASSETS_AT_ONCE = 64
"""Assets summed together: their sessions stay in the processor's cache."""


@dataclass(frozen=True, slots=True)
class Solved:
    """Least squares of n observations from their sums; figures mean nothing where not `exact`."""

    fitted: Floats
    """(n, 1 + k) constant and slopes; (n, 0) where nothing is fitted."""
    s: Floats
    """(n,)"""
    n_obs: Ints
    """(n,)"""
    df: Ints
    """(n,)"""
    r_squared: Floats
    """(n,)"""
    level: Floats
    """(n,) 1/√M, 0 where nothing is fitted."""
    center: Floats
    """(n, k)"""
    whiten: Floats
    """(n, k, k)"""
    exact: Bools
    """(n,) whether no more than two digits were lost."""


@dataclass(frozen=True, slots=True)
class RunningSums:
    """The cross-products of every estimation window of some assets under their designs."""

    table: Floats
    """(pairs, T, P): count, Σx, Σy, Σxx (upper triangle by rows), Σxy, Σyy and, where nothing is
    fitted, Σ and Σ² of the plain returns; for the window of each session as day 0."""
    pair: Ints
    """(A, D) the row of `table` of an asset under a design; −1 where there is none."""
    shift_y: Floats
    """(pairs,) subtracted from the returns before summing."""
    shift_x: Floats
    """(pairs, k) the same of the regressors."""
    size: Floats
    """(pairs,) the largest return where something is taken off it before the fit, else 0."""
    constant: bool
    """Whether a constant is fitted."""

    def solve(self, positions: Positions) -> Solved:
        """Fit the observations at these positions."""
        pair = self.pair[positions.asset, positions.design]
        k = self.shift_x.shape[1]
        sums = self.table[pair, positions.day0].T
        count = sums[0]
        m = np.maximum(count, 1.0)
        sx, sy, products = sums[1 : 1 + k], sums[1 + k], sums[2 + k :]
        corner = [(i, j) for i in range(k) for j in range(i, k)]
        place = {pair: p for p, pair in enumerate(corner)}
        sxy, syy = products[len(place) : len(place) + k], products[len(place) + k]
        mean_x, mean_y = sx / m, sy / m
        # Centring takes S_xx − (Σx)²/M. What it leaves says how many digits it cost.
        cyy = syy - sy * mean_y
        exact = _kept(cyy, syy) & (cyy > m * np.maximum(SMALLEST, COPIED * self.size[pair]) ** 2)
        if not self.constant:
            raw, raw2 = products[len(place) + k + 1], products[len(place) + k + 2]
            sst = raw2 - raw * raw / m
            none = np.empty((len(m), 0))
            exact &= _kept(sst, raw2)
            return _solved(count, cyy, sst, exact, none, none, none.reshape(len(m), 0, 0))
        cxx = {(i, j): products[p] - sx[i] * mean_x[j] for (i, j), p in place.items()}
        cxy = [sxy[i] - sx[i] * mean_y for i in range(k)]
        for i in range(k):
            exact &= _kept(cxx[i, i], products[place[i, i]]) & (cxx[i, i] > SMALLEST**2)
        whiten, full = _whiten(cxx, k, exact)
        exact &= full
        loads = [sum(whiten[i][j] * cxy[i] for i in range(j + 1)) for j in range(k)]
        ssr = cyy - sum((load**2 for load in loads), start=np.zeros_like(cyy))
        exact &= _kept(ssr, cyy)
        slopes = [sum(whiten[i][j] * loads[j] for j in range(i, k)) for i in range(k)]
        # Back to the data as they were before the shift: only the constant feels it.
        center = mean_x.T + self.shift_x[pair]
        constant = mean_y + self.shift_y[pair]
        for i in range(k):
            constant = constant - slopes[i] * center[:, i]
            exact &= center[:, i] ** 2 * m <= DISTANT**2 * cxx[i, i]
        fitted = np.empty((len(m), 1 + k))
        fitted[:, 0] = constant
        matrix = np.zeros((len(m), k, k))
        for j in range(k):
            fitted[:, 1 + j] = slopes[j]
            for i in range(j + 1):
                matrix[:, i, j] = whiten[i][j]
        solved = _solved(count, ssr, cyy, exact, fitted, center, matrix)
        return replace(solved, exact=solved.exact & ~distant(fitted, center, solved.s))


def _kept(left: Floats, before: Floats) -> Bools:
    return np.asarray(left > LOST * before)


def _whiten(
    cxx: dict[tuple[int, int], Floats], k: int, usable: Bools
) -> tuple[list[list[Any]], Bools]:
    """W upper triangular with W'CW = I for each of n matrices C, and where C has full rank.

    By Cholesky's method on the correlation matrix, written out over the k × k entries, so that
    the n matrices run through numpy together.
    """
    scale = [np.sqrt(np.where(usable, cxx[i, i], 1.0)) for i in range(k)]
    full = usable.copy()
    lower: list[list[Any]] = []
    inverse: list[list[Any]] = []
    for i in range(k):
        row: list[Any] = []
        for j in range(i):
            r = cxx[j, i] / (scale[i] * scale[j])
            for p in range(j):
                r = r - row[p] * lower[j][p]
            row.append(r / lower[j][j])
        pivot = np.ones_like(full, dtype=np.float64)
        for value in row:
            pivot = pivot - value**2
        full &= pivot > LOST
        row.append(np.sqrt(np.where(full, pivot, 1.0)))
        lower.append(row)
        back = [-sum(row[p] * inverse[p][j] for p in range(j, i)) / row[i] for j in range(i)]
        inverse.append([*back, 1 / row[i]])
    whiten = [
        [inverse[j][i] / scale[i] if j >= i else full * 0.0 for j in range(k)] for i in range(k)
    ]
    return whiten, full


def _solved(
    count: Floats,
    ssr: Floats,
    sst: Floats,
    exact: Bools,
    fitted: Floats,
    center: Floats,
    whiten: Floats,
) -> Solved:
    n_obs = count.astype(np.int64)
    level = 1 / np.sqrt(np.maximum(count, 1.0))
    df = n_obs - max(fitted.shape[1], 1)
    exact = exact & (df >= 1)
    return Solved(
        fitted=fitted,
        s=np.sqrt(np.where(exact, ssr, 0.0) / np.maximum(df, 1)),
        n_obs=n_obs,
        df=df,
        r_squared=1 - ssr / np.where(exact, sst, 1.0),
        level=level if fitted.shape[1] else np.zeros_like(level),
        center=center,
        whiten=whiten,
        exact=exact,
    )


def pairs_in_use(panel: Panel, positions: Positions) -> Ints:
    """The pairs of asset and design that the observations have, as asset · D + design."""
    designs = len(panel.designs)
    present = np.zeros(len(panel.returns) * designs, dtype=bool)
    present[positions.asset * designs + positions.design] = True
    return np.flatnonzero(present)


def worthwhile(regression: ReturnRegression, panel: Panel, pairs: Ints, visits: int) -> bool:
    """Whether running sums cost less than gathering, and fit into memory.

    They visit each session of each pair once.

    Args:
        regression: The model.
        panel: Returns and designs.
        pairs: Assets and designs in use, from `pairs_in_use`.
        visits: Sessions of all estimation windows together, which gathering visits.
    """
    cells = len(pairs) * panel.returns.shape[1]
    fits = cells * _width(regression, panel.designs.shape[2]) <= LARGEST_TABLE
    return bool(fits and visits >= cells)


def _width(regression: ReturnRegression, columns: int) -> int:
    """P, the number of sums that a model needs for a design of so many columns."""
    k = regression.split(np.empty((1, columns)))[1].shape[-1]
    return int(3 + 2 * k + k * (k + 1) // 2 + (0 if regression.constant else 2))


def running_sums(
    panel: Panel, used: Ints, regression: ReturnRegression, windows: Sequence[Window]
) -> RunningSums:
    """Sum the cross-products of the estimation windows for every pair in use.

    Args:
        panel: Returns and designs.
        used: Assets and designs in use, from `pairs_in_use`.
        regression: The model.
        windows: One estimation window or two, relative to day 0.
    """
    designs = len(panel.designs)
    assets, sessions = panel.returns.shape
    pair = np.full((assets, designs), -1, dtype=np.int64)
    pair[used // designs, used % designs] = np.arange(len(used))
    width = _width(regression, panel.designs.shape[2])
    table = np.empty((len(used), sessions, width))
    splits = [regression.split(design) for design in panel.designs]
    shift_y, shift_x = np.empty(len(used)), np.empty((len(used), splits[0][1].shape[1]))
    size = np.zeros(len(used))
    for block in slices(len(used), ASSETS_AT_ONCE):
        for design, (offset, x) in enumerate(splits):
            rows = np.arange(block.start, block.stop)
            rows = rows[used[rows] % designs == design]
            if not len(rows):
                continue
            returns = panel.to_estimate[used[rows] // designs]
            y = returns if offset is None else returns - offset
            known: Bools = np.asarray(np.isfinite(x).all(axis=1))
            valid = np.isfinite(y) & known
            if offset is not None:
                size[rows] = np.where(valid, np.abs(returns), 0.0).max(axis=1)
            # Products of data about their means are small: centring a window then costs few digits.
            shift_x[rows] = np.where(known[:, None], x, 0.0).sum(axis=0) / max(known.sum(), 1)
            shift_y[rows] = np.where(valid, y, 0.0).sum(axis=1) / np.maximum(valid.sum(axis=1), 1)
            x = np.where(known[:, None], x - shift_x[rows[0]], 0.0)
            y = np.where(valid, y - shift_y[rows, None], 0.0)
            plain = None if regression.constant else np.where(valid, returns, 0.0)
            whole = (valid == known).all(axis=1)
            for p, (values, same) in enumerate(_products(valid, known, x, y, plain)):
                if same is None:
                    table[rows, :, p] = _sums(values(slice(None)), windows)
                else:  # the regressors' own sums are shared by all assets without a gap
                    table[rows[whole], :, p] = _sums(same[None], windows)
                    table[rows[~whole], :, p] = _sums(values(~whole), windows)
    return RunningSums(table, pair, shift_y, shift_x, size, regression.constant)


Masked = Callable[[slice | Bools], Floats]


def _products(
    valid: Bools,
    known: Bools,
    x: Floats,
    y: Floats,
    plain: Floats | None,
) -> Iterator[tuple[Masked, Floats | None]]:
    """What is summed, in the order of the table.

    For each sum a function of the rows wanted, and the one row that all assets without a gap share,
    where there is one.
    """

    def own(column: Floats) -> tuple[Masked, Floats]:
        return lambda rows: valid[rows] * column, known * column

    def each(values: Floats) -> tuple[Masked, None]:
        return lambda rows: values[rows], None

    columns = list(x.T)
    yield own(np.ones(len(known)))
    for column in columns:
        yield own(column)
    yield each(y)
    for i, column in enumerate(columns):
        for other in columns[i:]:
            yield own(column * other)
    for column in columns:
        yield each(y * column)
    yield each(y * y)
    if plain is not None:
        yield each(plain)
        yield each(plain * plain)


def _sums(values: Floats, windows: Sequence[Window]) -> Floats:
    first, *more = (sliding_sum(values, window) for window in windows)
    return sum(more, start=first)


def sliding_sum(values: Floats, window: Window) -> Floats:
    """(A, T) sums of values (A, T) over the window of each session as day 0; outside lies 0.

    Van Herk (1992): the sessions are cut into blocks as long as the window, and each block is
    cumulated forwards and backwards. A window that begins inside a block is the end of that block
    and the start of the next one: two additions a session however long the window, and nothing is
    ever subtracted.
    """
    assets, sessions = values.shape
    length, first = window.length, window.start
    blocks = -(-(sessions - 1 + length) // length)
    padded = np.zeros((assets, blocks * length))
    # Column j stands for session j + first; only sessions of the panel are not 0.
    low, high = max(first, 0), min(sessions, blocks * length + first)
    if low < high:
        padded[:, low - first : high - first] = values[:, low:high]
    cut = padded.reshape(assets, blocks, length)
    ahead = np.cumsum(cut, axis=2).reshape(padded.shape)[:, length - 1 : length - 1 + sessions]
    behind = np.cumsum(cut[:, :, ::-1], axis=2)[:, :, ::-1].reshape(padded.shape)[:, :sessions]
    ahead[:, ::length] = 0.0  # a window that is a block is in `behind` already
    return np.asarray(ahead + behind)
