"""Correlations of pairs of windows with gaps, each over the sessions that both have.

A pair's sums are those of each window less its values on the sessions that the other one lacks, so
that apart from one product of the two windows only the gaps are visited.
"""

from __future__ import annotations

import math

import numpy as np

from eventstudy.arrays import Bools, Floats, Ints
from eventstudy.compiled.kernel import kernel

LITTLE = 1e-3
"""A sum of squares below this share of the whole window's is summed again: subtraction would leave
mostly rounding error."""

SUMMED, STRAY, GAPS = 0, 1, 2
"""Windows that sums by session stand for, others without a gap, and those with one."""


@kernel
def _own_sums(x: Floats, gap: Ints, gaps: Ints, lags: int) -> tuple[Floats, Floats]:
    """Count, Σx and Σx² of each row of x (T, n) without its first `lag` sessions, or its last ones.

    Sessions are added, never subtracted.

    Returns:
        Without the first ones, and without the last ones, (lags, 3, n) each.
    """
    sessions, n = x.shape
    early, late = np.zeros((lags, 3, n)), np.zeros((lags, 3, n))
    shared = max(sessions - lags + 1, lags - 1)
    for t in range(lags - 1, shared):  # the sessions that belong to all lags of both sides
        _add_session(x[t], late[lags - 1])
    early[lags - 1] = late[lags - 1]
    for t in range(sessions):
        if t < lags - 1 or t >= shared:
            _add_session(x[t], early[min(t, lags - 1)])
            _add_session(x[t], late[min(sessions - 1 - t, lags - 1)])
    for lag in range(lags - 1, -1, -1):
        for p in range(1, 3 if lag < lags - 1 else 1):
            of_early, of_late = early[lag, p], late[lag, p]
            more_early, more_late = early[lag + 1, p], late[lag + 1, p]
            for i in range(n):
                of_early[i] += more_early[i]
                of_late[i] += more_late[i]
        early[lag, 0, :] = late[lag, 0, :] = float(sessions - lag)
        for i in range(n):
            for place in range(gaps[i], gaps[i + 1]):
                early[lag, 0, i] -= gap[place] >= lag
                late[lag, 0, i] -= gap[place] < sessions - lag
    return early, late


@kernel
def _add_session(x: Floats, sums: Floats) -> None:
    """Add a session's x and x² to the sums (3, n)."""
    total, squares = sums[1], sums[2]
    for i in range(len(x)):
        total[i] += x[i]
    for i in range(len(x)):
        squares[i] += x[i] * x[i]


@kernel
def _or_zero(value: float) -> float:
    """The value, 0 where it is missing."""
    return value if value == value else 0.0


@kernel
def _correlations(
    x: Floats,
    residuals: Floats,
    row: int,
    mine: int,
    low: int,
    high: int,
    theirs: int,
    length: int,
    gap: Ints,
    gaps: Ints,
    own: Floats,
    others: Floats,
    work: Floats,
    flat: float,
) -> None:
    """Write into work[0] the correlations of one row with the rows low to high.

    Args:
        x: (T, n) residuals, 0 where missing.
        residuals: (n, T) the same, NaN where missing.
        row: The row.
        mine: Its first session that counts.
        low: First of the others.
        high: The one after their last.
        theirs: The first session of theirs that counts.
        length: How many sessions count.
        gap: The missing sessions of one row after the other.
        gaps: (n + 1,) where each row's begin in `gap`.
        own: (3, n) count, Σx and Σx² of the row over its sessions.
        others: (3, n) the same of the others.
        work: (3, n) written into.
        flat: As in `remaining_pairs`.
    """
    width, whole = high - low, length - length % 4
    product, total, squares = work[0, low:high], work[1, low:high], work[2, low:high]
    of_others, of_squares = others[1, low:high], others[2, low:high]
    own_row = residuals[row, mine : mine + length]
    for j in range(width):
        product[j], total[j], squares[j] = 0.0, of_others[j], of_squares[j]
    for t in range(0, whole, 4):  # four together, so that the products are read less often
        x0, x1 = _or_zero(own_row[t]), _or_zero(own_row[t + 1])
        x2, x3 = _or_zero(own_row[t + 2]), _or_zero(own_row[t + 3])
        s = theirs + t
        y0, y1 = x[s, low:high], x[s + 1, low:high]
        y2, y3 = x[s + 2, low:high], x[s + 3, low:high]
        for j in range(width):
            product[j] += (x0 * y0[j] + x1 * y1[j]) + (x2 * y2[j] + x3 * y3[j])
    for t in range(whole, length):
        x0, y0 = _or_zero(own_row[t]), x[theirs + t, low:high]
        for j in range(width):
            product[j] += x0 * y0[j]
    # The values of the others on the sessions that this row lacks are subtracted.
    for place in range(gaps[row], gaps[row + 1]):
        s = gap[place] - mine + theirs
        if theirs <= s < theirs + length:
            y0 = x[s, low:high]
            for j in range(width):
                total[j] -= y0[j]
                squares[j] -= y0[j] * y0[j]
    for j in range(low, high):
        n, sx, sxx = own[0, row], own[1, row], own[2, row]
        sy, syy = total[j - low], squares[j - low]
        for place in range(gaps[j], gaps[j + 1]):
            s = gap[place] - theirs + mine
            if mine <= s < mine + length:
                n -= residuals[row, s] == residuals[row, s]
                sx -= x[s, row]
                sxx -= x[s, row] * x[s, row]
        if sxx < LITTLE * own[2, row] or syy < LITTLE * others[2, j]:
            sx = sxx = sy = syy = 0.0
            for t in range(length):
                one, other = residuals[row, mine + t], residuals[j, theirs + t]
                if one == one and other == other:
                    sx += one
                    sxx += one * one
                    sy += other
                    syy += other * other
        n = max(n, 1.0)
        vx, vy = sxx - sx * sx / n, syy - sy * sy / n
        varies = vx > flat * sxx and vy > flat * syy
        work[0, j] = (work[0, j] - sx * sy / n) / math.sqrt(vx * vy) if varies else 0.0


@kernel
def _sum_date(
    x: Floats, kind: Ints, low: int, high: int, shift: int, counted: Bools, z: Floats
) -> float:
    """Write Σ of standardised rows without a gap: of all in z[0], without strays in z[1].

    Args:
        x: (T, n) residuals.
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
            total += x[t + shift, i] if counted[t] else 0.0
        mean, squares = total / count, 0.0
        for t in range(len(counted)):
            apart = x[t + shift, i] - mean if counted[t] else 0.0
            squares += apart * apart
        scale = 1.0 / math.sqrt(squares) if squares > 0.0 else 0.0
        for t in range(len(counted)):
            value = (x[t + shift, i] - mean) * scale if counted[t] else 0.0
            z[0, t] += value
            if kind[i] == STRAY:
                own += value * value
            else:
                z[1, t] += value
    return own


@kernel
def _by_session(residuals: Floats) -> tuple[Floats, Ints, Ints]:
    """Residuals (n, T) by session, 0 where missing; their gaps."""
    n, sessions = residuals.shape
    x = np.empty((sessions, n))
    for start in range(0, sessions, 8):  # a few sessions at a time, so that writes are contiguous
        for i in range(n):
            row = residuals[i]
            for t in range(start, min(start + 8, sessions)):
                x[t, i] = row[t]
    gaps = np.zeros(n + 1, dtype=np.int64)
    for i in range(n):
        row, missing = residuals[i], 0
        for t in range(sessions):
            missing += row[t] != row[t]
        gaps[i + 1] = gaps[i] + missing
    gap = np.empty(gaps[n], dtype=np.int64)
    for i in range(n):
        row, place = residuals[i], gaps[i]
        for t in range(sessions if gaps[i + 1] > place else 0):
            if row[t] != row[t]:
                x[t, i], gap[place] = 0.0, t
                place += 1
    return x, gap, gaps


@kernel
def remaining_pairs(
    residuals: Floats,
    asset: Ints,
    kind: Ints,
    seen: Bools,
    dates: Ints,
    bounds: Ints,
    first_dates: int,
    lags: int,
    flat: float,
) -> Floats:
    """(lags,) Σ ρ_ij over the pairs 0, 1, … sessions apart that have a member other than `SUMMED`.

    At lag 0 over ordered pairs of different observations, beyond that with i the earlier one; ρ of
    an asset with itself is 1.

    Args:
        residuals: (n, T) date by date; NaN where missing.
        asset: (n,)
        kind: (n,) `SUMMED`, `STRAY` or `GAPS`.
        seen: (T,) the sessions that belong to an estimation window.
        dates: (dates,) their sessions, ascending.
        bounds: (dates + 1,) where each begins among the rows.
        first_dates: Dates whose pairs are summed; later ones serve as partners only.
        lags: How many lags.
        flat: The share of Σe² below which a sum of squares about the mean is rounding error.
    """
    x, gap, gaps = _by_session(residuals)
    every_early, every_late = _own_sums(x, gap, gaps, lags)
    width, sums, work = residuals.shape[1], np.zeros(lags), np.empty((3, len(kind)))
    for a in range(first_dates):
        for b in range(a, len(dates)):
            lag = dates[b] - dates[a]
            if lag >= lags:
                break
            low, high, start, stop = bounds[a], bounds[a + 1], bounds[b], bounds[b + 1]
            most, strays = SUMMED, False
            for i in range(low, stop):
                if i < high or i >= start:
                    most = max(most, kind[i])
                    strays |= kind[i] == STRAY
            if most == SUMMED:
                continue
            length, total = width - lag, 0.0
            early, late = every_early[lag], every_late[lag]
            if strays:
                counted = seen[:length] & seen[lag:]
                z, later = np.empty((2, length)), np.empty((2, length))
                own = _sum_date(x, kind, low, high, lag, counted, z)
                _sum_date(x, kind, start, stop, 0, counted, later)
                for t in range(length):
                    total += z[0, t] * later[0, t] - z[1, t] * later[1, t]
                total -= own if lag == 0 else 0.0
            for i in range(low, high):
                # Within a date a pair with one gap is visited once, and counts in both orders.
                if kind[i] == GAPS:
                    _correlations(
                        x,
                        residuals,
                        i,
                        lag,
                        start,
                        stop,
                        0,
                        length,
                        gap,
                        gaps,
                        early,
                        late,
                        work,
                        flat,
                    )
                    for j in range(start, stop):
                        if lag > 0 or i != j:
                            rho = 1.0 if asset[i] == asset[j] else work[0, j]
                            total += 2.0 * rho if lag == 0 and kind[j] != GAPS else rho
                for j in range(start, stop if kind[i] == STRAY else start):
                    if asset[i] == asset[j] and kind[j] != GAPS and (lag > 0 or i != j):
                        _correlations(
                            x,
                            residuals,
                            i,
                            lag,
                            j,
                            j + 1,
                            0,
                            length,
                            gap,
                            gaps,
                            early,
                            late,
                            work,
                            flat,
                        )
                        lacks = 1.0 - work[0, j]
                        total += 2.0 * lacks if lag == 0 and kind[j] == SUMMED else lacks
            for j in range(start, stop if lag > 0 else start):
                if kind[j] == GAPS:
                    _correlations(
                        x,
                        residuals,
                        j,
                        0,
                        low,
                        high,
                        lag,
                        length,
                        gap,
                        gaps,
                        late,
                        early,
                        work,
                        flat,
                    )
                    for i in range(low, high):
                        if kind[i] != GAPS:
                            total += 1.0 if asset[i] == asset[j] else work[0, i]
                for i in range(low, high if kind[j] == STRAY else low):
                    if asset[i] == asset[j] and kind[i] == SUMMED:
                        _correlations(
                            x,
                            residuals,
                            j,
                            0,
                            i,
                            i + 1,
                            lag,
                            length,
                            gap,
                            gaps,
                            late,
                            early,
                            work,
                            flat,
                        )
                        total += 1.0 - work[0, i]
            sums[lag] += total
    return sums
