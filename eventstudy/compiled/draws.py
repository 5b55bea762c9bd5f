"""Sums of drawn signs and drawn places over clusters, and what is drawn from, as machine code."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from eventstudy.arrays import Floats, Ints
from eventstudy.compiled.kernel import kernel


@kernel
def scores_by_date(
    ar: Floats,
    s: Floats,
    noise: Floats,
    rows: Floats,
    of: Ints,
    level: Floats,
    center: Floats,
    whiten: Floats,
    columns: Ints,
    date: Ints,
    dates: int,
) -> tuple[Floats, Ints, Floats]:
    """Σz and the number of z by date (dates, Q), and Σz² (Q,), z the SAR or SCAR over Q windows.

    Args:
        ar: (n, W) abnormal returns, NaN where missing.
        s: (n,) residual standard deviations.
        noise: See `Fits`.
        rows: See `Leverage`, as for all that follow.
        of: See there.
        level: See there.
        center: See there.
        whiten: See there.
        columns: (Q, 2) first and last column of each window in `ar`.
        date: (n,) from 0 on.
        dates: Number of dates.
    """
    windows, q, k = len(columns), rows.shape[2], whiten.shape[1]
    sums, counts = np.zeros((dates, windows)), np.zeros((dates, windows), np.int64)
    squares, x = np.zeros(windows), np.empty(q)
    for i in range(len(ar)):
        total, count = sums[date[i]], counts[date[i]]
        for w in range(windows):
            first, last = columns[w]
            days = last - first + 1
            car, variance = 0.0, 0.0 if noise.shape[1] else float(days)
            x[:] = 0.0
            for day in range(first, last + 1):
                car += ar[i, day]
                if noise.shape[1]:
                    variance += noise[i, day]
                for j in range(q):
                    x[j] += rows[of[i], day, j]
            if k < q:  # the rows are roots
                for j in range(q):
                    variance += x[j] * x[j]
            else:
                variance += (days * level[i]) ** 2
                for j in range(k):
                    root = 0.0
                    for m in range(j + 1):
                        root += (x[m] - days * center[i, m]) * whiten[i, m, j]
                    variance += root * root
            z = car / (s[i] * np.sqrt(variance))
            if z == z:
                total[w] += z
                count[w] += 1
                squares[w] += z * z
    return sums, counts, squares


@kernel
def signed_sums(signs: npt.NDArray[np.int8], sums: Floats) -> Floats:
    """(B,) Σ over the clusters of signs (clusters, B) times their sums (clusters,)."""
    total = np.zeros(signs.shape[1])
    for c in range(len(signs)):
        row, mine = signs[c], sums[c]
        for b in range(len(total)):
            total[b] += row[b] * mine
    return total


@kernel
def picked_sums(sums: Floats, place: Ints) -> Floats:
    """(3, B) Σ over the clusters of sums (clusters, 3, R) at places (clusters, B)."""
    picked = np.zeros((3, place.shape[1]))
    for c in range(len(sums)):
        for kind in range(3):
            row, total = sums[c, kind], picked[kind]
            for b in range(place.shape[1]):
                total[b] += row[place[c, b]]
    return picked
