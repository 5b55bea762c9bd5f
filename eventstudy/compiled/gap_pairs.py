"""Correlations of pairs of windows that lack sessions, each on the sessions that both have.

A pair's sums are those of each window less what it has on the sessions that the other one lacks,
so that beside one product of the two windows only the gaps are visited.
"""

from __future__ import annotations

import math

import numpy as np

from eventstudy.arrays import Bools, Floats, Ints
from eventstudy.compiled.kernel import kernel

FLAT = 1e-14
"""A series whose sum of squares about its mean is below this share of Σe² does not vary: what is
left is rounding."""

LITTLE = 1e-3
"""A sum of squares that is less than this share of the whole window's is summed anew: subtracting
would leave its rounding."""

SUMMED, STRAY, GAPS = 0, 1, 2
"""Windows that sums by session stand for, others without a gap, and those with one."""


@kernel
def residual_rows(
    returns: Floats,
    offset: Floats,
    x: Floats,
    asset: Ints,
    day0: Ints,
    design: Ints,
    fitted: Floats,
    first: int,
    found: Floats,
) -> None:
    """Write the residuals of the estimation windows of observations; NaN where missing.

    Args:
        returns: (A, T)
        offset: (D, T) taken off the returns; (D, 0) for nothing.
        x: (D, k, T) regressors.
        asset: (N,) rows of returns.
        day0: (N,) sessions.
        design: (N,) rows of x.
        fitted: (N, 1 + k) constant and slopes; (N, 0) where nothing is fitted.
        first: First estimation session relative to day 0.
        found: (N, L) written into.
    """
    for i in range(len(found)):
        a, d, at = asset[i], design[i], day0[i] + first
        low, high = max(0, -at), min(found.shape[1], returns.shape[1] - at)
        for t in range(found.shape[1]):
            found[i, t] = np.nan
        constant = fitted[i, 0] if fitted.shape[1] else 0.0
        for t in range(low, high):
            found[i, t] = returns[a, at + t] - constant
        if offset.shape[1]:
            for t in range(low, high):
                found[i, t] -= offset[d, at + t]
        for j in range(fitted.shape[1] - 1):
            slope = fitted[i, 1 + j]
            for t in range(low, high):
                found[i, t] -= slope * x[d, j, at + t]


@kernel
def _product(x: Floats, i: int, j: int, shift: int, length: int) -> float:
    """Σ x_i(t + shift)·x_j(t) over t below length, in eight sums that are added at the end."""
    s0 = s1 = s2 = s3 = s4 = s5 = s6 = s7 = 0.0
    whole = length - length % 8
    for t in range(0, whole, 8):
        s0 += x[i, t + shift] * x[j, t]
        s1 += x[i, t + shift + 1] * x[j, t + 1]
        s2 += x[i, t + shift + 2] * x[j, t + 2]
        s3 += x[i, t + shift + 3] * x[j, t + 3]
        s4 += x[i, t + shift + 4] * x[j, t + 4]
        s5 += x[i, t + shift + 5] * x[j, t + 5]
        s6 += x[i, t + shift + 6] * x[j, t + 6]
        s7 += x[i, t + shift + 7] * x[j, t + 7]
    total = ((s0 + s4) + (s1 + s5)) + ((s2 + s6) + (s3 + s7))
    for t in range(whole, length):
        total += x[i, t + shift] * x[j, t]
    return total


@kernel
def _own_sums(x: Floats, valid: Bools, row: int, low: int, high: int, found: Floats) -> None:
    """Write count, Σx and Σx² of a row over its sessions low to high, the last not included."""
    count, total, squares = 0.0, 0.0, 0.0
    for t in range(low, high):
        count += 1.0 if valid[row, t] else 0.0
        total += x[row, t]
        squares += x[row, t] * x[row, t]
    found[row, 0], found[row, 1], found[row, 2] = count, total, squares


@kernel
def _correlation(
    x: Floats,
    valid: Bools,
    i: int,
    j: int,
    lag: int,
    gap: Ints,
    gaps: Ints,
    early: Floats,
    late: Floats,
) -> float:
    """ρ of rows i and j, the second one beginning `lag` sessions later, on what both have."""
    length = x.shape[1] - lag
    n, sx, sxx = early[i]
    sy, syy = late[j, 1], late[j, 2]
    for place in range(gaps[j], gaps[j + 1]):
        t = gap[place] + lag
        if t < x.shape[1]:
            n -= 1.0 if valid[i, t] else 0.0
            sx -= x[i, t]
            sxx -= x[i, t] * x[i, t]
    for place in range(gaps[i], gaps[i + 1]):
        t = gap[place] - lag
        if t >= 0:
            sy -= x[j, t]
            syy -= x[j, t] * x[j, t]
    if sxx < LITTLE * early[i, 2] or syy < LITTLE * late[j, 2]:
        sx = sxx = sy = syy = 0.0
        for t in range(length):
            if valid[i, t + lag] and valid[j, t]:
                sx += x[i, t + lag]
                sxx += x[i, t + lag] * x[i, t + lag]
                sy += x[j, t]
                syy += x[j, t] * x[j, t]
    n = max(n, 1.0)
    vx, vy = sxx - sx * sx / n, syy - sy * sy / n
    if not (vx > FLAT * sxx and vy > FLAT * syy):
        return 0.0
    return float((_product(x, i, j, lag, length) - sx * sy / n) / math.sqrt(vx * vy))


@kernel
def _sum_date(
    x: Floats, kind: Ints, low: int, high: int, shift: int, counted: Bools, z: Floats
) -> float:
    """Write Σ of standardised rows without a gap: of all in z[0], without strays in z[1].

    Args:
        x: (n, T) residuals.
        kind: (n,)
        low: First row.
        high: The one after the last.
        shift: Where the first of the counted sessions lies in a row.
        counted: (L,) the sessions that count.
        z: (2, L) written into.

    Returns:
        Σz² of the strays.
    """
    z[:] = 0.0
    own, count = 0.0, max(counted.sum(), 1)
    for i in range(low, high):
        if kind[i] == GAPS:
            continue
        total = 0.0
        for t in range(len(counted)):
            total += x[i, t + shift] if counted[t] else 0.0
        mean, squares = total / count, 0.0
        for t in range(len(counted)):
            apart = x[i, t + shift] - mean if counted[t] else 0.0
            squares += apart * apart
        scale = 1.0 / math.sqrt(squares) if squares > 0.0 else 0.0
        for t in range(len(counted)):
            value = (x[i, t + shift] - mean) * scale if counted[t] else 0.0
            z[0, t] += value
            if kind[i] == STRAY:
                own += value * value
            else:
                z[1, t] += value
    return own


@kernel
def remaining_pairs(
    x: Floats,
    valid: Bools,
    asset: Ints,
    kind: Ints,
    seen: Bools,
    gap: Ints,
    gaps: Ints,
    dates: Ints,
    bounds: Ints,
    first_dates: int,
    lags: int,
) -> Floats:
    """(lags,) Σ ρ_ij over the pairs 0, 1, … sessions apart that have a member other than `SUMMED`.

    At lag 0 over ordered pairs of different observations, beyond that with i the earlier one; ρ of
    an asset with itself is 1.

    Args:
        x: (n, T) residuals, date by date; 0 where missing.
        valid: (n, T) which are not.
        asset: (n,)
        kind: (n,) `SUMMED`, `STRAY` or `GAPS`.
        seen: (T,) the sessions that belong to an estimation window.
        gap: The missing sessions of one row after the other.
        gaps: (n + 1,) where each row's begin in `gap`.
        dates: (dates,) their sessions, ascending.
        bounds: (dates + 1,) where each begins among the rows.
        first_dates: Dates whose pairs are wanted; those after them are there as partners.
        lags: How many lags.
    """
    sums = np.zeros(lags)
    early, late = np.empty((len(x), 3)), np.empty((len(x), 3))
    for a in range(first_dates):
        for b in range(a, len(dates)):
            lag = dates[b] - dates[a]
            if lag >= lags:
                break
            low, high, start, stop = bounds[a], bounds[a + 1], bounds[b], bounds[b + 1]
            most = max(kind[low:high].max(), kind[start:stop].max())
            if most == SUMMED:
                continue
            strays = False
            for i in range(low, high):
                strays |= kind[i] == STRAY
                _own_sums(x, valid, i, lag, x.shape[1], early)
            for j in range(start, stop):
                strays |= kind[j] == STRAY
                _own_sums(x, valid, j, 0, x.shape[1] - lag, late)
            if strays:
                counted = seen[: len(seen) - lag] & seen[lag:]
                z, later = np.empty((2, len(counted))), np.empty((2, len(counted)))
                own = _sum_date(x, kind, low, high, lag, counted, z)
                _sum_date(x, kind, start, stop, 0, counted, later)
                for t in range(len(counted)):
                    sums[lag] += z[0, t] * later[0, t] - z[1, t] * later[1, t]
                sums[lag] -= own if lag == 0 else 0.0
            total = 0.0
            for i in range(low, high):
                for j in range(i + 1 if a == b else start, stop):
                    if kind[i] == GAPS or kind[j] == GAPS:
                        if asset[i] == asset[j]:
                            total += 1.0
                        else:
                            total += _correlation(x, valid, i, j, lag, gap, gaps, early, late)
                    elif asset[i] == asset[j] and (kind[i] == STRAY or kind[j] == STRAY):
                        total += 1.0
                        total -= _correlation(x, valid, i, j, lag, gap, gaps, early, late)
            sums[lag] += 2.0 * total if a == b else total
    return sums
