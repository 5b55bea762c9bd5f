"""Abnormal returns of fitted observations, and the sums of what the parametric tests compare."""

from __future__ import annotations

import math

import numpy as np

from eventstudy.arrays import Floats, Ints
from eventstudy.compiled.kernel import kernel


@kernel
def abnormal_returns(
    returns: Floats,
    offset: Floats,
    x: Floats,
    asset: Ints,
    day0: Ints,
    design: Ints,
    first: int,
    fitted: Floats,
    ar: Floats,
    start: int,
    stop: int,
) -> None:
    """Write the abnormal returns of the observations start to stop; NaN outside the data.

    Args:
        returns: (A, T).
        offset: (D, T) taken off the returns; (D, 0) for nothing.
        x: (D, k, T) regressors without the constant.
        asset: (N,) rows of returns.
        day0: (N,) sessions.
        design: (N,) rows of x.
        first: The day of the first column, relative to day 0.
        fitted: (N, 1 + k) constant and slopes; (N, 0) where nothing is fitted.
        ar: (N, W) written into.
        start: First observation.
        stop: The one after the last.
    """
    sessions, width, k = returns.shape[1], ar.shape[1], x.shape[1]
    for i in range(start, stop):
        a, d, at = asset[i], design[i], day0[i] + first
        low, high = max(0, -at), min(width, sessions - at)
        if low > 0 or high < width:
            for w in range(width):
                ar[i, w] = np.nan
        constant = fitted[i, 0] if fitted.shape[1] else 0.0
        if k == 1 and fitted.shape[1] and not offset.shape[1]:
            slope = fitted[i, 1]
            for w in range(low, high):
                ar[i, w] = returns[a, at + w] - constant - slope * x[d, 0, at + w]
            continue
        for w in range(low, high):
            ar[i, w] = returns[a, at + w] - constant
        if offset.shape[1]:
            for w in range(low, high):
                ar[i, w] -= offset[d, at + w]
        for j in range(fitted.shape[1] - 1):
            slope = fitted[i, 1 + j]
            for w in range(low, high):
                ar[i, w] -= slope * x[d, j, at + w]


@kernel
def _standardise(
    ar: Floats,
    rows: Floats,
    center: Floats,
    whiten: Floats,
    own: float,
    level: float,
    s: float,
    at: int,
    x: Floats,
    precision: Floats,
) -> None:
    """Write AR and 1/(s√C) of one observation's days, or CAR and 1/(s√V) of one window's.

    Args:
        ar: (W,) of the days; written on to x.
        rows: (k, S) sums of the regressors over as many days.
        center: (k,) their means over so many days.
        whiten: (k, k)
        own: How many days each figure is a sum of.
        level: 1/√M.
        s: Residual standard deviation.
        at: Where the first day lies in rows.
        x: (W,) written into.
        precision: (W,) written into.
    """
    k, width = len(rows), len(x)
    base = own + (own * level) * (own * level)
    for w in range(width):
        x[w] = ar[w]
        precision[w] = base
    for j in range(k):
        for w in range(width):
            part = 0.0
            for m in range(j + 1):
                part += (rows[m, at + w] - own * center[m]) * whiten[m, j]
            precision[w] += part * part
    for w in range(width):
        precision[w] = 1.0 / (s * math.sqrt(precision[w]))


@kernel
def moments_of_block(
    ar: Floats,
    rows: Floats,
    summed: Floats,
    of: Ints,
    level: Floats,
    center: Floats,
    whiten: Floats,
    s: Floats,
    df: Ints,
    first: int,
    days: int,
    windows: Ints,
    start: int,
    stop: int,
) -> Floats:
    """The fields of `Moments` in their order, (11, Q), over the observations start to stop.

    Args:
        ar: (N, W) abnormal returns; NaN where missing.
        rows: (k, S) regressors of all event windows, one after the other.
        summed: (V, k, S) their sums over the days of each window that begins there.
        of: (N,) where an observation's event window begins in them.
        level: (N,) as in `Leverage`.
        center: (N, k) the same.
        whiten: (N, k, k) the same.
        s: (N,) residual standard deviations.
        df: (N,) degrees of freedom.
        first: The column of the first single day.
        days: How many single days come first among the Q windows.
        windows: (V, 2) first column and length of the windows after them.
        start: First observation.
        stop: The one after the last.
    """
    n, queries, more = stop - start, days + len(windows), len(windows)
    x, z = np.empty((n, queries)), np.empty((n, queries))
    precision, car = np.empty(queries), np.empty(1)
    sums = np.zeros((11, queries))
    sums[9, :] = np.inf
    for r in range(n):
        i = start + r
        _standardise(
            ar[i, first:],
            rows,
            center[i],
            whiten[i],
            1.0,
            level[i],
            s[i],
            of[i] + first,
            x[r, :days],
            precision[:days],
        )
        for v in range(more):
            column, length = windows[v]
            car[0] = 0.0
            for w in range(column, column + length):
                car[0] += ar[i, w]
            _standardise(
                car,
                summed[v],
                center[i],
                whiten[i],
                float(length),
                level[i],
                s[i],
                of[i] + column,
                x[r, days + v : days + v + 1],
                precision[days + v : days + v + 1],
            )
        weight = df[i] / (df[i] - 2.0) if df[i] > 2 else float(df[i])
        squared = s[i] * s[i]
        for q in range(queries):
            value = x[r, q]
            known = value == value
            z[r, q] = value * precision[q]
            sums[0, q] += 1.0 if known else 0.0
            sums[1, q] += value if known else 0.0
            sums[4, q] += z[r, q] if known else 0.0
            sums[6, q] += precision[q] if known else 0.0
            sums[7, q] += 1.0 if value > 0.0 else 0.0
            sums[8, q] += weight if known else 0.0
            sums[9, q] = min(sums[9, q], float(df[i]) if known else np.inf)
            sums[10, q] += squared if known else 0.0
    _about_means(x, sums, 1)
    _about_means(z, sums, 4)
    return sums


@kernel
def _about_means(values: Floats, sums: Floats, at: int) -> None:
    """Turn the sums in row `at` into means, and write Σ(v − mean)² and, if at 1, Σ(v − mean)³.

    The mean is rounded, and moments about a mean that is off by a slip are off too: corrected.
    """
    n, queries = values.shape
    slip, squares, cubes = np.zeros(queries), np.zeros(queries), np.zeros(queries)
    for q in range(queries):
        sums[at, q] /= max(sums[0, q], 1.0)
    for r in range(n):
        for q in range(queries):
            known = values[r, q] == values[r, q]
            apart = values[r, q] - sums[at, q] if known else 0.0
            slip[q] += apart
            squares[q] += apart * apart
            cubes[q] += apart * apart * apart
    for q in range(queries):
        off = slip[q] / max(sums[0, q], 1.0)
        sums[at, q] += off
        sums[at + 1, q] = max(squares[q] - sums[0, q] * off * off, 0.0)
        if at == 1:
            sums[3, q] = cubes[q] - 3.0 * off * squares[q]
