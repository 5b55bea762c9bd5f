"""Portfolios held through event windows: weights, sums by session, sums of estimation windows.

Windows of several days are computed one at a time, single days all at once in columns; so an
observation has one weight for each day of its window, or one for each of the single days.
"""

from __future__ import annotations

import numpy as np

from eventstudy.arrays import Bools, Floats, Ints
from eventstudy.compiled.kernel import kernel


@kernel
def held_weights(order: Ints, begins: Ints, day0: Ints, weights: Floats, length: int) -> Floats:
    """(N, L) or (N, C) weights divided by the number of observations that hold the asset that day.

    Args:
        order: (N,) observations, asset by asset.
        begins: (A + 1,) where each asset begins in `order`.
        day0: (N,) sessions from 0 on.
        weights: (N, C) 0 where nothing is held; C = 1 for L > 1.
        length: Days of the window, L.
    """
    n, columns = weights.shape
    shared = np.zeros((n, columns + length - 1))
    count = np.zeros((day0.max() + length, columns), dtype=np.int64)
    for own in range(len(begins) - 1):
        rows = order[begins[own] : begins[own + 1]]
        for i in rows:
            for day in range(length):
                for c in range(columns):
                    count[day0[i] + day, c] += weights[i, c] > 0
        for i in rows:
            for day in range(length):
                for c in range(columns):
                    if weights[i, c] > 0:
                        shared[i, day + c] = weights[i, c] * (1.0 / count[day0[i] + day, c])
        for i in rows:
            count[day0[i] : day0[i] + length] = 0
    return shared


@kernel
def add_by_session(
    day0: Ints, weights: Floats, values: Floats, length: int, mass: Floats, total: Floats
) -> None:
    """Add weights and weighted values to the sessions on which they are held.

    Args:
        day0: (n,) sessions from 0 on.
        weights: (n, L), (n, C), or (n, 1) for C columns alike.
        values: (n, L) or (n, C); missing only where the weight is 0.
        length: Days of a window, L.
        mass: (S, C) sums of weights.
        total: (S, C) sums of weighted values.
    """
    columns = mass.shape[1]
    alike = columns > 1 and weights.shape[1] == 1
    for i in range(len(day0)):
        for day in range(length):
            held, added = mass[day0[i] + day], total[day0[i] + day]
            if alike:
                weight = weights[i, 0]
                for c in range(columns):
                    held[c] += weight
                    added[c] += weight * values[i, c] if weight > 0 else 0.0
            else:
                for c in range(columns):
                    weight = weights[i, day + c]
                    held[c] += weight
                    added[c] += weight * values[i, day + c] if weight > 0 else 0.0


@kernel
def differing(day0: Ints, weights: Floats, sessions: int) -> Bools:
    """(S, C) on which sessions a column of weights (n, C) differs from the first one."""
    differs = np.zeros((sessions, weights.shape[1]), dtype=np.bool_)
    for i in range(len(day0)):
        for c in range(weights.shape[1]):
            differs[day0[i], c] |= weights[i, c] != weights[i, 0]
    return differs


@kernel
def add_members(
    residuals: Floats,
    scale: Floats,
    fitted: Floats,
    day0: Ints,
    weights: Floats,
    wanted: Bools,
    length: int,
    total: Floats,
    mass: Floats,
    complete: Floats,
    sums: Floats,
) -> None:
    """Add members' standardised residuals to the portfolios of a run of sessions.

    Portfolios are rows: one a session, or C a session where windows are single days. Columns are
    earlier sessions, the same T + L − 1 for all members.

    Args:
        residuals: (n, T) NaN where missing.
        scale: (n,) what they are divided by.
        fitted: (n,) number of parameters fitted to them.
        day0: (n,) sessions from the first of the run on; those before it are negative.
        weights: (n, L) or (n, C).
        wanted: (P,) which portfolios are needed.
        length: Days of a window, L.
        total: (P, T + L − 1) weighted sums.
        mass: (P, T + L − 1) weights of incomplete rows on the sessions that they have.
        complete: (P, L) weights of complete rows, by day of the window.
        sums: (P, 2) weights, and weighted `fitted`.
    """
    width, step = residuals.shape[1], weights.shape[1] if length == 1 else 1
    for i in range(len(day0)):
        row = residuals[i]
        known = 0
        for day in range(width):
            known += row[day] == row[day]
        for k in range(weights.shape[1]):
            at, weight = day0[i] * step + k, weights[i, k]
            if weight == 0 or at < 0 or at >= len(wanted) or not wanted[at]:
                continue
            sums[at, 0] += weight
            sums[at, 1] += weight * fitted[i]
            lag = length - 1 - k if length > 1 else 0
            part, factor = total[at, lag : lag + width], weight / scale[i]
            if known == width:
                complete[at, length - 1 - lag] += weight
                for day in range(width):
                    part[day] += row[day] * factor
            else:
                present = mass[at, lag : lag + width]
                for day in range(width):
                    valid = row[day] == row[day]
                    part[day] += row[day] * factor if valid else 0.0
                    present[day] += weight if valid else 0.0


@kernel
def member_spreads(
    width: int, half: float, total: Floats, mass: Floats, complete: Floats, sums: Floats
) -> Floats:
    """(P,) spreads of portfolios from what `add_members` added; NaN without degrees of freedom.

    Args:
        width: Sessions of an estimation window, T.
        half: The share of the weight that a session needs.
        total: As in `add_members`.
        mass: As in `add_members`; overwritten.
        complete: As in `add_members`.
        sums: As in `add_members`.
    """
    length = complete.shape[1]
    spreads = np.full(len(total), np.nan)
    for at in range(len(total)):
        whole, present = sums[at, 0], mass[at]
        if whole == 0:
            continue
        for day in range(length):
            lag = length - 1 - day
            present[lag : lag + width] += complete[at, day]
        squares, left = 0.0, -sums[at, 1] / whole
        for day in range(len(present)):
            if present[day] >= half * whole:
                mean = total[at, day] / present[day]
                squares += mean * mean
                left += 1.0
        if left > 0:
            spreads[at] = np.sqrt(squares / left)
    return spreads
