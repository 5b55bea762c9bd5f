"""Least squares over the estimation windows of assets and dates, from sums by blocks of sessions.

The sessions of an asset are cut into blocks at the same places for all its dates. A window is the
end of one block, some whole ones and the start of another, so that its sums take a few additions
however long it is, and nothing is ever subtracted: a shock outside a window does not affect it (van
Herk 1992 finds running maxima in this way). Only centring can lose digits: where it would cost more
than two, the fit is marked as not exact.

Sums and matrices of `LANES` dates are stored side by side, so that one instruction handles several.
"""

from __future__ import annotations

import math

import numpy as np

from eventstudy.arrays import Bools, Floats, Ints
from eventstudy.compiled.kernel import kernel

BLOCK = 64
"""Sessions in a block."""

LANES = 64
"""Dates of an asset that are fitted together."""

LOST = 0.01
"""The smallest share of a sum of squares that centring, projecting or fitting may leave."""

COPIED = 1e-10
"""Returns less an offset that are this small relative to the returns may be rounding error: such a
window is gathered."""


@kernel
def _typical_mean(values: Floats, valid: Bools, means: Floats) -> float:
    """The median of the means of all blocks, which one wrong value does not move; 0 without any.

    Subtracted before sums are formed, so that products are small and centring costs few digits.
    """
    blocks = 0
    for start in range(0, len(values), BLOCK):
        total, count = 0.0, 0
        for t in range(start, min(start + BLOCK, len(values))):
            total += values[t] if valid[t] else 0.0
            count += valid[t]
        if count:
            means[blocks] = total / count
            blocks += 1
    if blocks == 0:
        return 0.0
    means[:blocks].sort()
    return float(means[blocks // 2])


@kernel
def _cumulate(sums: Floats, start: int, stop: int) -> None:
    """From sums[0] (P, T) the sums over a block forwards, sums[1], and backwards, sums[2]."""
    for p in range(sums.shape[1]):
        total = 0.0
        for t in range(start, stop):
            total += sums[0, p, t]
            sums[1, p, t] = total
        total = 0.0
        for t in range(stop - 1, start - 1, -1):
            total += sums[0, p, t]
            sums[2, p, t] = total


@kernel
def _regressor_products(
    sums: Floats, x: Floats, shift: Floats, valid: Bools, start: int, stop: int
) -> None:
    """Write 1, x and xx' (upper triangle by rows) of some sessions; 0 where one does not count."""
    k = len(x)
    for t in range(start, stop):
        sums[0, 0, t] = 1.0 if valid[t] else 0.0
    for i in range(k):
        for t in range(start, stop):
            sums[0, 1 + i, t] = x[i, t] - shift[i] if valid[t] else 0.0
    place = 1 + k
    for i in range(k):
        for j in range(i, k):
            for t in range(start, stop):
                sums[0, place, t] = sums[0, 1 + i, t] * sums[0, 1 + j, t]
            place += 1


@kernel
def regressor_sums(x: Floats, known: Bools) -> tuple[Floats, Floats]:
    """Shifts, products and sums of regressors, common to all assets without gaps.

    Args:
        x: (D, k, T) regressors of each design.
        known: (D, T) the sessions on which all of them are known.

    Returns:
        What is subtracted from each regressor (D, k); the products, and their sums within blocks
        forwards and backwards (D, 3, 1 + k + k(k + 1)/2, T).
    """
    designs, k, sessions = x.shape
    shift = np.zeros((designs, k))
    sums = np.empty((designs, 3, 1 + k + k * (k + 1) // 2, sessions))
    means = np.empty(sessions // BLOCK + 1)
    for d in range(designs):
        for i in range(k):
            shift[d, i] = _typical_mean(x[d, i], known[d], means)
        _regressor_products(sums[d], x[d], shift[d], known[d], 0, sessions)
        for start in range(0, sessions, BLOCK):
            _cumulate(sums[d], start, min(start + BLOCK, sessions))
    return shift, sums


@kernel
def _response_products(
    sums: Floats, y: Floats, given: Floats, of_x: Floats, start: int, stop: int
) -> None:
    """Write y, y², xy of some sessions, or y, y², the return as given and its square."""
    for t in range(start, stop):
        sums[0, 0, t] = y[t]
        sums[0, 1, t] = y[t] * y[t]
    if len(given):
        for t in range(start, stop):
            sums[0, 2, t] = given[t]
            sums[0, 3, t] = given[t] * given[t]
    else:
        for i in range(sums.shape[1] - 2):
            for t in range(start, stop):
                sums[0, 2 + i, t] = of_x[1 + i, t] * y[t]


@kernel
def _add_windows(total: Floats, sums: Floats, low: Ints, high: Ints) -> None:
    """Add to total (P, LANES) the sums over the sessions low to high of each lane."""
    for p in range(len(total)):
        for lane in range(LANES):
            first, last = low[lane], high[lane]
            part = 0.0
            if first // BLOCK == last // BLOCK:
                for t in range(first, last + 1):
                    part += sums[0, p, t]
            elif first <= last:
                part = sums[2, p, first]
                for block in range(first // BLOCK + 1, last // BLOCK):
                    part += sums[2, p, block * BLOCK]
                part += sums[1, p, last]
            total[p, lane] += part


@kernel
def _whiten(c: Floats, scale: Floats, lower: Floats, whiten: Floats, exact: Bools) -> None:
    """W upper triangular with W'CW = I for the matrix C (k, k, LANES) of each lane.

    By Cholesky's method on the correlation matrix; exact becomes false where it lacks full rank.
    """
    k = len(scale)
    for i in range(k):
        for lane in range(LANES):
            scale[i, lane] = math.sqrt(c[i, i, lane] if exact[lane] else 1.0)
    for i in range(k):
        lower[i, i] = 1.0
        for j in range(i):
            for lane in range(LANES):
                r = c[j, i, lane] / (scale[i, lane] * scale[j, lane])
                for p in range(j):
                    r -= lower[i, p, lane] * lower[j, p, lane]
                r /= lower[j, j, lane]
                lower[i, j, lane] = r
                lower[i, i, lane] -= r * r
        for lane in range(LANES):
            exact[lane] &= lower[i, i, lane] > LOST
            lower[i, i, lane] = math.sqrt(lower[i, i, lane] if exact[lane] else 1.0)
    for i in range(k):
        for j in range(i + 1):
            for lane in range(LANES):
                back = 1.0 if i == j else 0.0
                for p in range(j, i):
                    back -= lower[i, p, lane] * whiten[j, p, lane]
                whiten[j, i, lane] = back / lower[i, i, lane]
    for i in range(k):
        for j in range(i, k):
            for lane in range(LANES):
                whiten[i, j, lane] /= scale[i, lane]


@kernel
def _solve(
    of_x: Floats,
    of_y: Floats,
    shift_x: Floats,
    shift_y: float,
    limits: tuple[float, float],
    work: tuple[Floats, ...],
    solved: tuple[Floats, Floats, Floats, Floats],
    exact: Bools,
) -> None:
    """Fit the windows of all lanes from their sums (P, LANES) on a constant and k regressors."""
    smallest, distant = limits
    c, scale, lower, loads = work
    fitted, center, whiten, squares = solved
    k = len(scale)
    for lane in range(LANES):
        m = max(of_x[0, lane], 1.0)
        fitted[0, lane] = of_y[0, lane] / m
        squares[1, lane] = of_y[1, lane] - of_y[0, lane] * fitted[0, lane]
        exact[lane] = squares[1, lane] > LOST * of_y[1, lane]
    place = 1 + k
    for i in range(k):
        for j in range(i, k):
            for lane in range(LANES):
                m = max(of_x[0, lane], 1.0)
                xx = of_x[place, lane]
                c[i, j, lane] = xx - of_x[1 + i, lane] * (of_x[1 + j, lane] / m)
                if i == j:
                    left = c[i, i, lane]
                    exact[lane] &= (left > LOST * xx) & (left > smallest * smallest)
            place += 1
    _whiten(c, scale, lower, whiten, exact)
    for lane in range(LANES):
        squares[0, lane] = squares[1, lane]
    for j in range(k):
        for lane in range(LANES):
            load = 0.0
            for i in range(j + 1):
                xy = of_y[2 + i, lane] - of_x[1 + i, lane] * fitted[0, lane]
                load += whiten[i, j, lane] * xy
            loads[j, lane] = load
            squares[0, lane] -= load * load
    # Undo the shift, which affects the constant only.
    for lane in range(LANES):
        exact[lane] &= squares[0, lane] > LOST * squares[1, lane]
        fitted[0, lane] += shift_y
    for i in range(k):
        for lane in range(LANES):
            m = max(of_x[0, lane], 1.0)
            slope = 0.0
            for j in range(i, k):
                slope += whiten[i, j, lane] * loads[j, lane]
            mean = of_x[1 + i, lane] / m + shift_x[i]
            center[i, lane] = mean
            fitted[1 + i, lane] = slope
            fitted[0, lane] -= slope * mean
            exact[lane] &= mean * mean * m <= distant * distant * c[i, i, lane]


@kernel
def fit_windows(
    returns: Floats,
    offset: Floats,
    x: Floats,
    known: Bools,
    shared: tuple[Floats, Floats],
    limits: tuple[float, float],
    asset: Ints,
    design: Ints,
    low: Ints,
    high: Ints,
    found: tuple[Floats, Floats, Floats, Floats, Ints, Bools],
    start: int,
    stop: int,
) -> None:
    """Fit the windows start to stop; those of one asset and design lie together.

    Args:
        returns: (A, T) NaN where missing.
        offset: (D, T) subtracted from the returns; (D, 0) for nothing.
        x: (D, k, T) regressors without the constant.
        known: (D, T) the sessions on which all regressors and the offset are known.
        shared: From `regressor_sums`.
        limits: `arrays.SMALLEST`, below which a spread is zero, and `regression.DISTANT`, how many
            times the spread a mean may be.
        asset: (U,) rows of returns.
        design: (U,) rows of x.
        low: (V, U) first session of the window, or of each of its V parts.
        high: (V, U) last session; before the first one where a part lies outside the data.
        found: Written into: constant and slopes (U, 1 + k), or (U, 0) where nothing is fitted;
            means of the regressors (U, k); whitening matrix (U, k, k); SSR and the sum of squares
            that it is a part of (U, 2); valid sessions (U,); whether no more than two digits were
            lost; otherwise the figures are meaningless (U,).
        start: First of the windows to fit.
        stop: The one after the last.
    """
    fitted, center, whiten, squares, n_obs, exact = found
    shift_x, shared_sums = shared
    k, sessions = x.shape[1], x.shape[2]
    nothing = fitted.shape[1] == 0
    y_sums = np.empty((3, 4 if nothing else 2 + k, sessions))
    x_sums = np.empty((3, shared_sums.shape[2], sessions))
    y, valid = np.empty(sessions), np.empty(sessions, dtype=np.bool_)
    given, means = np.empty(sessions if nothing else 0), np.empty(sessions // BLOCK + 1)
    made = np.empty(sessions // BLOCK + 1, dtype=np.bool_)
    of_x, of_y = np.empty((shared_sums.shape[2], LANES)), np.empty((y_sums.shape[1], LANES))
    first, last = np.empty(LANES, dtype=np.int64), np.empty(LANES, dtype=np.int64)
    work = (
        np.empty((k, k, LANES)),
        np.empty((k, LANES)),
        np.empty((k, k, LANES)),
        np.empty((k, LANES)),
    )
    solved = (
        np.empty((1 + k, LANES)),
        np.empty((k, LANES)),
        np.zeros((k, k, LANES)),
        np.empty((2, LANES)),
    )
    fine = np.empty(LANES, dtype=np.bool_)
    begin, shift_y, size, whole = start, 0.0, 0.0, True
    while begin < stop:
        a, d = asset[begin], design[begin]
        if begin == start or a != asset[begin - 1] or d != design[begin - 1]:
            made[:] = False
            count, size = 0, 0.0
            for t in range(sessions):
                here = returns[a, t]
                valid[t] = known[d, t] and here == here
                y[t] = here
                if offset.shape[1]:
                    y[t] -= offset[d, t]
                    size = max(size, abs(here) if valid[t] else 0.0)
                if nothing:
                    given[t] = here if valid[t] else 0.0
                count += valid[t]
            shift_y = _typical_mean(y, valid, means)
            for t in range(sessions):
                y[t] = y[t] - shift_y if valid[t] else 0.0
            whole = count == known[d].sum()
        end = begin + 1
        while end < min(begin + LANES, stop) and asset[end] == a and design[end] == d:
            end += 1
        of_x[:] = 0.0
        of_y[:] = 0.0
        for v in range(len(low)):
            for lane in range(LANES):
                mine = min(begin + lane, end - 1)
                first[lane], last[lane] = low[v, mine], high[v, mine]
            for lane in range(end - begin):
                if first[lane] > last[lane]:
                    continue
                for block in range(first[lane] // BLOCK, last[lane] // BLOCK + 1):
                    if not made[block]:
                        made[block] = True
                        t0, t1 = block * BLOCK, min(block * BLOCK + BLOCK, sessions)
                        if not whole:
                            _regressor_products(x_sums, x[d], shift_x[d], valid, t0, t1)
                            _cumulate(x_sums, t0, t1)
                        products = shared_sums[d, 0] if whole else x_sums[0]
                        _response_products(y_sums, y, given, products, t0, t1)
                        _cumulate(y_sums, t0, t1)
            _add_windows(of_x, shared_sums[d] if whole else x_sums, first, last)
            _add_windows(of_y, y_sums, first, last)
        if nothing:
            for lane in range(LANES):
                m = max(of_x[0, lane], 1.0)
                left = of_y[1, lane] - of_y[0, lane] * of_y[0, lane] / m
                plain = of_y[3, lane] - of_y[2, lane] * of_y[2, lane] / m
                fine[lane] = (left > LOST * of_y[1, lane]) & (plain > LOST * of_y[3, lane])
                solved[3][0, lane], solved[3][1, lane] = left, plain
        else:
            _solve(of_x, of_y, shift_x[d], shift_y, limits, work, solved, fine)
        least = max(limits[0], COPIED * size)
        for lane in range(end - begin):
            at = begin + lane
            n_obs[at] = int(of_x[0, lane])
            squares[at, 0], squares[at, 1] = solved[3][0, lane], solved[3][1, lane]
            left = of_y[1, lane] - of_y[0, lane] * (of_y[0, lane] / max(of_x[0, lane], 1.0))
            exact[at] = fine[lane] and left > max(of_x[0, lane], 1.0) * least * least
            if not nothing:
                for i in range(1 + k):
                    fitted[at, i] = solved[0][i, lane]
                for i in range(k):
                    center[at, i] = solved[1][i, lane]
                    for j in range(k):
                        whiten[at, i, j] = solved[2][i, j, lane]
        begin = end
