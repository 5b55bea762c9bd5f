"""Abnormal returns of fitted observations, and the sums of what the parametric tests compare."""

from __future__ import annotations

import math

import numpy as np

from eventstudy.arrays import Floats, Ints
from eventstudy.compiled.kernel import kernel

TOGETHER = 64
"""Observations whose fits are fetched before they are used: memory serves many requests in the time
of one."""


@kernel
def write_fits(
    packed: Floats,
    which: Ints,
    returns: Floats,
    offset: Floats,
    x: Floats,
    asset: Ints,
    day0: Ints,
    design: Ints,
    first: int,
    fitted: Floats,
    center: Floats,
    whiten: Floats,
    plain: Floats,
    n_obs: Ints,
    ar: Floats,
    start: int,
    stop: int,
) -> None:
    """Write the fits and the abnormal returns of the observations start to stop.

    Args:
        packed: (U, 4 + (1 + k) + k + k²) of each asset and date: n_obs, s, R², level, constant and
            slopes where there are any, means of the regressors and whitening matrix.
        which: (N,) the row of an observation.
        returns: (A, T)
        offset: (D, T) subtracted from the returns; (D, 0) for nothing.
        x: (D, k, T) regressors without the constant.
        asset: (N,) rows of returns.
        day0: (N,) sessions.
        design: (N,) rows of x.
        first: The day of the first column of ar, relative to day 0.
        fitted: (N, 1 + k) written into; (N, 0) where nothing is fitted.
        center: (N, k) written into.
        whiten: (N, k, k) written into.
        plain: (3, N) written into: s, R² and level.
        n_obs: (N,) written into.
        ar: (N, W) written into; NaN outside the data.
        start: First observation.
        stop: The one after the last.
    """
    sessions, width, k = returns.shape[1], ar.shape[1], x.shape[1]
    count, columns = fitted.shape[1], packed.shape[1]
    found = np.empty((TOGETHER, columns))
    usual = k == 1 and count == 2 and not offset.shape[1]
    for begin in range(start, stop, TOGETHER):
        end = min(begin + TOGETHER, stop)
        for i in range(begin, end):
            for p in range(columns):
                found[i - begin, p] = packed[which[i], p]
        for i in range(begin, end):
            fit = i - begin
            n_obs[i] = int(found[fit, 0])
            for p in range(3):
                plain[p, i] = found[fit, 1 + p]
            for p in range(count):
                fitted[i, p] = found[fit, 4 + p]
            for p in range(k):
                center[i, p] = found[fit, 4 + count + p]
                for q in range(k):
                    whiten[i, p, q] = found[fit, 4 + count + k + p * k + q]
        for i in range(begin, end):
            a, d, at = asset[i], design[i], day0[i] + first
            constant = found[i - begin, 4] if count else 0.0
            if usual and at >= 0 and at + width <= sessions:
                slope, own = found[i - begin, 5], ar[i]
                y, along = returns[a, at : at + width], x[d, 0, at : at + width]
                for w in range(width):
                    own[w] = y[w] - constant - slope * along[w]
                continue
            for w in range(width):
                t = at + w
                ar[i, w] = np.nan
                if 0 <= t < sessions:
                    ar[i, w] = returns[a, t] - constant
                    if offset.shape[1]:
                        ar[i, w] -= offset[d, t]
                    for p in range(k):
                        ar[i, w] -= found[i - begin, 5 + p] * x[d, p, t]


@kernel
def unit_precisions(
    rows: Floats,
    at: int,
    level: float,
    center: Floats,
    whiten: Floats,
    windows: Ints,
    found: Floats,
) -> None:
    """Write s over the standard error of the forecast for each window of one observation, (Q,).

    Args:
        rows: (k, S) regressors of all event windows, one after the other.
        at: Where its event window begins in them.
        level: As in `Leverage`.
        center: (k,) the same.
        whiten: (k, k) the same.
        windows: (Q, 2) first column and length of each.
        found: Written into.
    """
    for q in range(len(windows)):
        column, length = windows[q]
        variance = length + (length * level) * (length * level)
        for j in range(len(rows)):
            part = 0.0
            for m in range(j + 1):
                total = 0.0
                for w in range(at + column, at + column + length):
                    total += rows[m, w]
                part += (total - length * center[m]) * whiten[m, j]
            variance += part * part
        found[q] = 1.0 / math.sqrt(variance)


@kernel
def typical_precisions(rows: Floats, typical: Floats, windows: Ints) -> Floats:
    """(R, Q) the same for one observation at each place of an event window; 0 where there is none.

    Args:
        rows: (k, S)
        typical: (R, 1 + k + k²) level, center and whiten of the observation; NaN for none.
        windows: (Q, 2)
    """
    k = len(rows)
    found = np.zeros((len(typical), len(windows)))
    for at in range(len(typical)):
        own = typical[at]
        if own[0] == own[0]:
            whiten = own[1 + k :].reshape(k, k)
            unit_precisions(rows, at, own[0], own[1 : 1 + k], whiten, windows, found[at])
    return found


@kernel
def moments_of_blocks(
    ar: Floats,
    rows: Floats,
    of: Ints,
    level: Floats,
    center: Floats,
    whiten: Floats,
    s: Floats,
    df: Ints,
    windows: Ints,
    typical: Floats,
    units: Floats,
    size: int,
    start: int,
    stop: int,
    found: Floats,
) -> None:
    """Write the fields of `Moments` in their order, over blocks of observations.

    Observations of one date without gaps have the same leverage, which is computed once.

    Args:
        ar: (N, W) abnormal returns; NaN where missing.
        rows: (k, S) regressors of all event windows, one after the other.
        of: (N,) where an observation's event window begins in them.
        level: (N,) as in `Leverage`.
        center: (N, k) the same.
        whiten: (N, k, k) the same.
        s: (N,) residual standard deviations.
        df: (N,) degrees of freedom.
        windows: (Q, 2) first column and length of each window.
        typical: (R, 1 + k + k²) as in `typical_precisions`.
        units: (R, Q) by it.
        size: Observations in a block.
        start: First block.
        stop: The one after the last.
        found: (B, 11, Q) written into.
    """
    queries, k = len(windows), len(rows)
    x, z, unit = np.empty((size, queries)), np.empty((size, queries)), np.empty(queries)
    days = 0
    while days < queries and windows[days, 1] == 1 and windows[days, 0] == windows[0, 0] + days:
        days += 1
    for block in range(start, stop):
        sums, begin = found[block], block * size
        n = min(begin + size, len(ar)) - begin
        sums[:] = 0.0
        of_car, of_scar, of_unit, above = sums[1], sums[4], sums[6], sums[7]
        weights, squares, count, least = 0.0, 0.0, 0.0, np.inf
        sums[9, :] = np.inf
        for r in range(n):
            i, at = begin + r, of[begin + r]
            usual = typical[at]
            shared = level[i] == usual[0]
            for j in range(k):
                shared &= center[i, j] == usual[1 + j]
                for m in range(j + 1):
                    shared &= whiten[i, m, j] == usual[1 + k + m * k + j]
            if shared:
                found_before = units[at]
                for q in range(queries):
                    unit[q] = found_before[q]
            else:
                unit_precisions(rows, at, level[i], center[i], whiten[i], windows, unit)
            car, scar = x[r], z[r]
            if days:
                own = ar[i, windows[0, 0] : windows[0, 0] + days]
                for q in range(days):
                    car[q] = own[q]
            for q in range(days, queries):
                car[q] = 0.0
                for w in range(windows[q, 0], windows[q, 0] + windows[q, 1]):
                    car[q] += ar[i, w]
            inverse, missing = 1.0 / s[i], 0
            for q in range(queries):
                unit[q] *= inverse
                scar[q] = car[q] * unit[q]
            for q in range(queries):
                missing += car[q] != car[q]
            for q in range(queries):
                above[q] += 1.0 if car[q] > 0.0 else 0.0
            weight = df[i] / (df[i] - 2.0) if df[i] > 2 else float(df[i])
            if not missing:
                count, weights, squares = count + 1.0, weights + weight, squares + s[i] * s[i]
                least = min(least, float(df[i]))
                for q in range(queries):
                    of_car[q] += car[q]
                for q in range(queries):
                    of_scar[q] += scar[q]
                for q in range(queries):
                    of_unit[q] += unit[q]
                continue
            for q in range(queries):
                if car[q] == car[q]:
                    sums[0, q] += 1.0
                    of_car[q] += car[q]
                    of_scar[q] += scar[q]
                    of_unit[q] += unit[q]
                    sums[8, q] += weight
                    sums[9, q] = min(sums[9, q], float(df[i]))
                    sums[10, q] += s[i] * s[i]
        whole = count == n
        for q in range(queries):
            sums[0, q] += count
            sums[8, q] += weights
            sums[9, q] = min(sums[9, q], least)
            sums[10, q] += squares
        _about_means(x[:n], sums, 1, whole)
        _about_means(z[:n], sums, 4, whole)


@kernel
def _about_means(values: Floats, sums: Floats, at: int, whole: bool) -> None:
    """Turn the sums in row `at` into means, and write Σ(v − mean)² and, if at 1, Σ(v − mean)³.

    The mean is rounded, which shifts the moments about it slightly; that is corrected.
    """
    n, queries = values.shape
    slip, squares, cubes = np.zeros(queries), np.zeros(queries), np.zeros(queries)
    mean = sums[at]
    for q in range(queries):
        mean[q] /= max(sums[0, q], 1.0)
    for r in range(n):
        row = values[r]
        if whole:
            for q in range(queries):
                apart = row[q] - mean[q]
                slip[q] += apart
                squares[q] += apart * apart
                cubes[q] += apart * apart * apart
        else:
            for q in range(queries):
                apart = row[q] - mean[q] if row[q] == row[q] else 0.0
                slip[q] += apart
                squares[q] += apart * apart
                cubes[q] += apart * apart * apart
    for q in range(queries):
        off = slip[q] / max(sums[0, q], 1.0)
        mean[q] += off
        sums[at + 1, q] = max(squares[q] - sums[0, q] * off * off, 0.0)
        if at == 1:
            sums[3, q] = cubes[q] - 3.0 * off * squares[q]
