"""Correlations of estimation windows summed over all pairs of observations, date by date.

ρ_ij is a product of standardised residuals, so that the sum over the pairs of two dates is the
product of two sums by session: nothing here grows with the number of pairs, but for windows with
gaps, whose correlation with any other is taken on the sessions that both have.
"""

from __future__ import annotations

import math

import numpy as np

from eventstudy.arrays import Floats, Ints
from eventstudy.compiled.kernel import kernel

FLAT = 1e-14
"""A series whose sum of squares about its mean is below this share of Σe² does not vary: what is
left is rounding."""


@kernel
def trimmed(
    returns: Floats,
    offset: Floats,
    x: Floats,
    asset: Ints,
    begin: Ints,
    fitted: Floats,
    ssr: Floats,
    drop: int,
    left: int,
    start: int,
    stop: int,
    found: Floats,
) -> None:
    """Sums over the residuals that are left when sessions are dropped at one end of a window.

    Over a whole window Σe = 0, Σe² = SSR and Σxe = 0; what is dropped is taken off these.

    Args:
        returns: (A, T)
        offset: (T,) taken off the returns; (0,) for nothing.
        x: (k, T) regressors.
        asset: (U,) rows of returns.
        begin: (U,) first session that is dropped.
        fitted: (U, 1 + k) constant and slopes.
        ssr: (U,) of the whole window.
        drop: How many sessions are dropped.
        left: How many are left.
        start: First window.
        stop: The one after the last.
        found: (U, 3 + k) written into: 1 over the norm about the mean, 0 where nothing varies;
            Σe, Σe², Σxe.
    """
    k = len(x)
    for u in range(start, stop):
        for p in range(3 + k):
            found[u, p] = 0.0
        found[u, 2] = ssr[u]
        for t in range(begin[u], begin[u] + drop):
            e = returns[asset[u], t] - fitted[u, 0]
            if len(offset):
                e -= offset[t]
            for j in range(k):
                e -= fitted[u, 1 + j] * x[j, t]
            found[u, 1] -= e
            found[u, 2] -= e * e
            for j in range(k):
                found[u, 3 + j] -= x[j, t] * e
        squares = found[u, 2] - found[u, 1] * found[u, 1] / left
        if squares > FLAT * found[u, 2]:
            found[u, 0] = 1.0 / math.sqrt(squares)


@kernel
def sums_by_date(
    returns: Floats,
    offset: Floats,
    x: Floats,
    asset: Ints,
    times: Floats,
    fitted: Floats,
    found: Floats,
    bounds: Ints,
    chosen: Ints,
    begin: Ints,
    start: int,
    stop: int,
    z: Floats,
) -> None:
    """Write sums of standardised residuals, session by session, into the rows start to stop of z.

    Args:
        returns: (A, T)
        offset: (T,) or (0,)
        x: (k, T)
        asset: (U,) rows of returns, date by date.
        times: (U,) observations of an asset on a date.
        fitted: (U, 1 + k)
        found: (U, 3 + k) by `trimmed`.
        bounds: (dates + 1,) where each date begins among the U.
        chosen: (C,) the dates that are wanted.
        begin: (C,) first session of each.
        start: First row.
        stop: The one after the last.
        z: (C, L) written into.
    """
    k, left = len(x), z.shape[1]
    totals = np.empty(2 + k)
    for d in range(start, stop):
        at, low, high = begin[d], bounds[chosen[d]], bounds[chosen[d] + 1]
        for t in range(left):
            z[d, t] = 0.0
        totals[:] = 0.0
        for u in range(low, high):
            weight = times[u] * found[u, 0]
            totals[0] += weight * (fitted[u, 0] + found[u, 1] / left)
            totals[1] += weight
            for j in range(k):
                totals[2 + j] += weight * fitted[u, 1 + j]
        whole = high - (high - low) % 4
        for u in range(low, whole, 4):  # four at a time, so that z is written less often
            a0, a1, a2, a3 = asset[u], asset[u + 1], asset[u + 2], asset[u + 3]
            w0, w1 = times[u] * found[u, 0], times[u + 1] * found[u + 1, 0]
            w2, w3 = times[u + 2] * found[u + 2, 0], times[u + 3] * found[u + 3, 0]
            for t in range(left):
                z[d, t] += (w0 * returns[a0, at + t] + w1 * returns[a1, at + t]) + (
                    w2 * returns[a2, at + t] + w3 * returns[a3, at + t]
                )
        for u in range(whole, high):
            a0, w0 = asset[u], times[u] * found[u, 0]
            for t in range(left):
                z[d, t] += w0 * returns[a0, at + t]
        for t in range(left):
            z[d, t] -= totals[0]
        if len(offset):
            for t in range(left):
                z[d, t] -= totals[1] * offset[at + t]
        for j in range(k):
            for t in range(left):
                z[d, t] -= totals[2 + j] * x[j, at + t]


@kernel
def own_pairs(
    asset: Ints,
    times: Floats,
    fitted: Floats,
    early: Floats,
    late: Floats,
    bounds: Ints,
    first: Ints,
    second: Ints,
    left: int,
) -> float:
    """What the products of dates' sums lack of 1 for the pairs of one asset.

    Args:
        asset: (U,) ascending within a date.
        times: (U,) observations.
        fitted: (U, 1 + k)
        early: (U, 3 + k) by `trimmed`, sessions dropped at the beginning.
        late: (U, 3 + k) sessions dropped at the end.
        bounds: (dates + 1,) where each date begins among the U.
        first: (C,) the earlier dates.
        second: (C,) the later date of each.
        left: Sessions that both have.
    """
    total = 0.0
    for pair in range(len(first)):
        j, end = bounds[second[pair]], bounds[second[pair] + 1]
        for i in range(bounds[first[pair]], bounds[first[pair] + 1]):
            while j < end and asset[j] < asset[i]:
                j += 1
            if j == end:
                break
            if asset[j] == asset[i]:
                both = early[i, 2] + (fitted[i, 0] - fitted[j, 0]) * early[i, 1]
                for p in range(1, fitted.shape[1]):
                    both += (fitted[i, p] - fitted[j, p]) * early[i, 2 + p]
                own = (both - early[i, 1] * late[j, 1] / left) * early[i, 0] * late[j, 0]
                total += times[i] * times[j] * (1.0 - own)
    return total
