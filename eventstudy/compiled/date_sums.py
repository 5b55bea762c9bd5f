"""Correlations of estimation windows without a gap, summed over all pairs date by date.

ρ_ij is a product of standardised residuals, so that the sum over the pairs of two dates is the
product of two sums by session: nothing here grows with the number of pairs. Windows that begin
some sessions apart are standardised over the sessions that both have.
"""

from __future__ import annotations

import math

import numpy as np

from eventstudy.arrays import Floats, Ints
from eventstudy.compiled.kernel import kernel

LANES = 8
"""Days added in one unrolled step."""


@kernel
def fits_of_cells(
    which: Ints, rows: Ints, coef: Floats, s: Floats, df: Ints, fitted: Floats, ssr: Floats
) -> None:
    """Write the coefficients and the sum of squared residuals of each asset and date.

    Args:
        which: (n,) the cell of each observation.
        rows: (n,) which observations these are.
        coef: (N, c) their coefficients.
        s: (N,) residual standard deviations.
        df: (N,) degrees of freedom.
        fitted: (U, c) written into.
        ssr: (U,) written into.
    """
    for i in range(len(which)):
        u, row = which[i], rows[i]
        ssr[u] = s[row] * s[row] * df[row]
        for p in range(coef.shape[1]):
            fitted[u, p] = coef[row, p]


Windows = tuple[Floats, Floats, Floats, Ints, Ints, Floats, Floats, Floats]
"""U windows without gaps: returns (A, T); offset (T,) subtracted from them, (0,) for nothing;
regressors without the constant (k, T); asset (U,), ascending rows of returns; day0 (U,), ascending
for each asset; constant and slopes (U, 1 + k); sums of squared residuals (U,); observations of each
(U,)."""


@kernel
def standardise(
    windows: Windows,
    flat: float,
    first: int,
    length: int,
    lag: int,
    start: int,
    stop: int,
    scale: Floats,
    mean: Floats,
    weights: Floats,
) -> None:
    """Standardise the windows start to stop over what remains without sessions at one end.

    Over a whole window Σe = 0 and Σe² = SSR; the dropped sessions are subtracted.

    Args:
        windows: The U windows.
        flat: The share of Σe² below which a sum of squares about the mean is rounding error.
        first: First session of a window relative to day 0.
        length: Sessions in a window.
        lag: How many sessions are dropped.
        start: First window.
        stop: The one after the last.
        scale: (U, 4) written into: 1 over the norm about the mean, 0 where nothing varies; without
            `lag` sessions at the beginning, at the end, and without one session more at each.
        mean: (U, 4) written into.
        weights: (U, 4, 2 + k) written into: what `sums_by_date` takes.
    """
    returns, offset, x, asset, day0, fitted, ssr, times = windows
    e, ee = np.zeros((2, 2)), np.zeros((2, 2))
    for u in range(start, stop):
        a, at = asset[u], day0[u] + first
        for side in range(2):
            total, squares = 0.0, ssr[u]
            for lost in range(lag + 1):
                if lost == lag:
                    e[0, side], ee[0, side] = total, squares
                t = at + length - 1 - lost if side else at + lost
                here = returns[a, t] - fitted[u, 0]
                if len(offset):
                    here -= offset[t]
                for j in range(len(x)):
                    here -= fitted[u, 1 + j] * x[j, t]
                total -= here
                squares -= here * here
            e[1, side], ee[1, side] = total, squares
        for more in range(2):
            left = 1.0 / (length - lag - more)
            for side in range(2):
                squares = ee[more, side] - e[more, side] * e[more, side] * left
                varies = squares > flat * ee[more, side]
                norm = math.sqrt(squares if varies else 1.0)
                s = 2 * more + side
                scale[u, s] = 1.0 / norm if varies else 0.0
                mean[u, s] = e[more, side] * left
                weight = times[u] * scale[u, s]
                weights[u, s, 0] = weight
                weights[u, s, 1] = weight * (fitted[u, 0] + mean[u, s])
                for j in range(len(x)):
                    weights[u, s, 2 + j] = weight * fitted[u, 1 + j]


@kernel
def own_pairs(
    windows: Windows,
    first: int,
    length: int,
    lag: int,
    start: int,
    stop: int,
    scale: Floats,
    mean: Floats,
) -> float:
    """How far products by date fall short of 1 for windows of one asset `lag` sessions apart.

    Of the later window only scale and mean are needed: its residuals are those of the earlier one
    plus the effect of other coefficients.

    Args:
        windows: The U windows.
        first: First session of a window relative to day 0.
        length: Sessions in a window.
        lag: Sessions between the two.
        start: First of the earlier windows.
        stop: The one after the last.
        scale: (U, 2) without `lag` sessions at the beginning, and at the end.
        mean: (U, 2) the same.
    """
    returns, offset, x, asset, day0, fitted, ssr, times = windows
    own, left = 0.0, length - lag
    for u in range(start, stop):
        a, at, j = asset[u], day0[u] + first, u + 1
        while j < len(asset) and asset[j] == a and day0[j] < day0[u] + lag:
            j += 1
        if j == len(asset) or asset[j] != a or day0[j] != day0[u] + lag:
            continue
        e = mean[u, 0] * left
        both = ssr[u] + (fitted[u, 0] - fitted[j, 0]) * e - e * mean[j, 1]
        for t in range(at, at + lag):
            here = returns[a, t] - fitted[u, 0]
            if len(offset):
                here -= offset[t]
            for p in range(len(x)):
                here -= fitted[u, 1 + p] * x[p, t]
            both -= here * here
            for p in range(len(x)):
                both -= (fitted[u, 1 + p] - fitted[j, 1 + p]) * x[p, t] * here
        own += times[u] * times[j] * (1.0 - both * scale[u, 0] * scale[j, 1])
    return own


@kernel
def sums_by_date(
    returns: Floats,
    offset: Floats,
    x: Floats,
    weights: Floats,
    order: Ints,
    assets: Ints,
    bounds: Ints,
    begin: Ints,
    length: int,
    start: int,
    stop: int,
    z: Floats,
) -> None:
    """Write sums of standardised residuals, session by session, of the dates start to stop.

    Args:
        returns: (A, T)
        offset: (T,) or (0,)
        x: (k, T)
        weights: (U, S·(2 + k)) of each window, for S sums, one or four: observations over the norm,
            and that times constant and mean, and times each slope.
        order: (U,) the windows date by date.
        assets: (U,) their rows of returns in that order.
        bounds: (dates + 1,) where each date begins in it.
        begin: (dates,) the first session of its windows.
        length: Sessions in a window, L.
        start: First date.
        stop: The one after the last.
        z: (dates, S, L′) written into, its first L days; L′ is L or somewhat more.
    """
    sets, columns, most = z.shape[1], weights.shape[1], 0
    each = columns // sets
    totals = np.empty(columns)
    for d in range(start, stop):
        most = max(most, bounds[d + 1] - bounds[d])
    rows, of = np.zeros(most + 3, dtype=np.int64), np.zeros((most + 3, columns))
    for d in range(start, stop):
        at, low, high = begin[d], bounds[d], bounds[d + 1]
        totals[:] = 0.0
        for s in range(sets):
            for t in range(z.shape[2]):
                z[d, s, t] = 0.0
        for m in range(high - low):
            u = order[low + m]
            for j in range(columns):
                of[m, j] = weights[u, j]
        for m in range(high - low):
            rows[m] = assets[low + m]
            for j in range(columns):
                totals[j] += of[m, j]
        for m in range(high - low, high - low + 3):
            rows[m], of[m] = rows[high - low - 1], 0.0
        # Days beyond a window are summed too, where there are returns; these sums are never read.
        days = z.shape[2] if at + z.shape[2] <= returns.shape[1] else length
        last = at + days
        if sets == 4:
            z0, z1, z2, z3 = z[d, 0, :days], z[d, 1, :days], z[d, 2, :days], z[d, 3, :days]
            for m in range(0, high - low, 2):
                y, other = returns[rows[m], at:last], returns[rows[m + 1], at:last]
                v0, v1, v2, v3 = of[m, 0], of[m, each], of[m, 2 * each], of[m, 3 * each]
                n = m + 1
                w0, w1, w2, w3 = of[n, 0], of[n, each], of[n, 2 * each], of[n, 3 * each]
                for t in range(days):
                    z0[t] += v0 * y[t] + w0 * other[t]
                    z1[t] += v1 * y[t] + w1 * other[t]
                    z2[t] += v2 * y[t] + w2 * other[t]
                    z3[t] += v3 * y[t] + w3 * other[t]
        else:
            total = z[d, 0, :days]
            for m in range(0, high - low, 4):
                y0, y1 = returns[rows[m], at:last], returns[rows[m + 1], at:last]
                y2, y3 = returns[rows[m + 2], at:last], returns[rows[m + 3], at:last]
                w0, w1, w2, w3 = of[m, 0], of[m + 1, 0], of[m + 2, 0], of[m + 3, 0]
                for t in range(days):
                    total[t] += (w0 * y0[t] + w1 * y1[t]) + (w2 * y2[t] + w3 * y3[t])
        for s in range(sets):
            total = z[d, s, :length]
            share, constant = totals[s * each], totals[s * each + 1]
            for t in range(length):
                total[t] -= constant
            if len(offset):
                given = offset[at : at + length]
                for t in range(length):
                    total[t] -= share * given[t]
            for j in range(len(x)):
                along, slope = x[j, at : at + length], totals[s * each + 2 + j]
                for t in range(length):
                    total[t] -= slope * along[t]
