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
def _own_sums(x: Floats, valid: Floats, lags: int) -> tuple[Floats, Floats]:
    """Count, Σx and Σx² of each row of x (T, n) without its first `lag` sessions, or its last ones.

    Sessions are added, never subtracted.

    Returns:
        Without the first ones, and without the last ones, (lags, 3, n) each.
    """
    sessions, n = x.shape
    early, late = np.zeros((lags, 3, n)), np.zeros((lags, 3, n))
    for t in range(sessions):
        for side in range(2):
            # The first sessions belong to few lags of one side, the last ones to few of the other.
            lag = min(t if side == 0 else sessions - 1 - t, lags - 1)
            found = early if side == 0 else late
            for i in range(n):
                found[lag, 0, i] += valid[t, i]
                found[lag, 1, i] += x[t, i]
                found[lag, 2, i] += x[t, i] * x[t, i]
    for lag in range(lags - 2, -1, -1):
        for p in range(3):
            for i in range(n):
                early[lag, p, i] += early[lag + 1, p, i]
                late[lag, p, i] += late[lag + 1, p, i]
    return early, late


@kernel
def _correlations(
    x: Floats,
    valid: Floats,
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
        valid: (T, n) 1 where not missing.
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
    product, total, squares = work
    for j in range(low, high):
        product[j], total[j], squares[j] = 0.0, others[1, j], others[2, j]
    whole = length - length % 4
    for t in range(
        0, whole, 4
    ):  # four sessions at a time, so that the products are read less often
        x0, x1 = x[mine + t, row], x[mine + t + 1, row]
        x2, x3 = x[mine + t + 2, row], x[mine + t + 3, row]
        s = theirs + t
        for j in range(low, high):
            product[j] += (x0 * x[s, j] + x1 * x[s + 1, j]) + (x2 * x[s + 2, j] + x3 * x[s + 3, j])
    for t in range(whole, length):
        for j in range(low, high):
            product[j] += x[mine + t, row] * x[theirs + t, j]
    # The values of the others on the sessions that this row lacks are subtracted.
    for place in range(gaps[row], gaps[row + 1]):
        s = gap[place] - mine + theirs
        if theirs <= s < theirs + length:
            for j in range(low, high):
                total[j] -= x[s, j]
                squares[j] -= x[s, j] * x[s, j]
    for j in range(low, high):
        n, sx, sxx = own[0, row], own[1, row], own[2, row]
        sy, syy = total[j], squares[j]
        for place in range(gaps[j], gaps[j + 1]):
            s = gap[place] - theirs + mine
            if mine <= s < mine + length:
                n -= valid[s, row]
                sx -= x[s, row]
                sxx -= x[s, row] * x[s, row]
        if sxx < LITTLE * own[2, row] or syy < LITTLE * others[2, j]:
            sx = sxx = sy = syy = 0.0
            for t in range(length):
                both = valid[mine + t, row] * valid[theirs + t, j]
                sx += both * x[mine + t, row]
                sxx += both * x[mine + t, row] * x[mine + t, row]
                sy += both * x[theirs + t, j]
                syy += both * x[theirs + t, j] * x[theirs + t, j]
        n = max(n, 1.0)
        vx, vy = sxx - sx * sx / n, syy - sy * sy / n
        varies = vx > flat * sxx and vy > flat * syy
        product[j] = (product[j] - sx * sy / n) / math.sqrt(vx * vy) if varies else 0.0


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
def _by_session(residuals: Floats) -> tuple[Floats, Floats, Ints, Ints]:
    """Residuals (n, T) by session, 0 where missing; where they are valid; their gaps."""
    n, sessions = residuals.shape
    x, valid = np.empty((sessions, n)), np.empty((sessions, n))
    gaps = np.zeros(n + 1, dtype=np.int64)
    for start in range(0, sessions, 8):  # a few sessions at a time, so that writes are contiguous
        for i in range(n):
            for t in range(start, min(start + 8, sessions)):
                known = residuals[i, t] == residuals[i, t]
                x[t, i] = residuals[i, t] if known else 0.0
                valid[t, i] = 1.0 if known else 0.0
                gaps[i + 1] += not known
    for i in range(n):
        gaps[i + 1] += gaps[i]
    gap = np.empty(gaps[n], dtype=np.int64)
    for i in range(n):
        place = gaps[i]
        for t in range(sessions if gaps[i + 1] > place else 0):
            if valid[t, i] == 0.0:
                gap[place] = t
                place += 1
    return x, valid, gap, gaps


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
    x, valid, gap, gaps = _by_session(residuals)
    every_early, every_late = _own_sums(x, valid, lags)
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
                        x, valid, i, lag, start, stop, 0, length, gap, gaps, early, late, work, flat
                    )
                    for j in range(start, stop):
                        if lag > 0 or i != j:
                            rho = 1.0 if asset[i] == asset[j] else work[0, j]
                            total += 2.0 * rho if lag == 0 and kind[j] != GAPS else rho
                for j in range(start, stop if kind[i] == STRAY else start):
                    if asset[i] == asset[j] and kind[j] != GAPS and (lag > 0 or i != j):
                        _correlations(
                            x,
                            valid,
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
                        x, valid, j, 0, low, high, lag, length, gap, gaps, late, early, work, flat
                    )
                    for i in range(low, high):
                        if kind[i] != GAPS:
                            total += 1.0 if asset[i] == asset[j] else work[0, i]
                for i in range(low, high if kind[j] == STRAY else low):
                    if asset[i] == asset[j] and kind[i] == SUMMED:
                        _correlations(
                            x,
                            valid,
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
