"""Sums over clusters of observations, and over resampled clusters and signs, as machine code."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from eventstudy.arrays import Floats, Ints
from eventstudy.compiled.kernel import kernel


@kernel
def sums_by_cluster(statistics: Floats, which: Ints) -> tuple[Floats, bool]:
    """(clusters, 3, R) Σz, Σz² and N of each run, and whether every observation has a run.

    Args:
        statistics: (n, R) NaN where there is none.
        which: (n,) cluster from 0 on, ascending.
    """
    n, runs = statistics.shape
    totals = np.zeros((which[-1] + 1, 3, runs))
    for i in range(n):
        row, some = statistics[i], 0
        total, squares, count = totals[which[i]]
        for r in range(runs):
            z = row[r] if row[r] == row[r] else 0.0
            total[r] += z
            squares[r] += z * z
            count[r] += 1.0 if row[r] == row[r] else 0.0
            some += row[r] == row[r]
        if not some:
            return totals, False
    return totals, True


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
def picked_sums(sums: Floats, place: npt.NDArray[np.int32]) -> Floats:
    """(3, B) Σ over the clusters of sums (clusters, 3, R) at places (clusters, B)."""
    picked = np.zeros((3, place.shape[1]))
    for c in range(len(sums)):
        for kind in range(3):
            row, total = sums[c, kind], picked[kind]
            for b in range(place.shape[1]):
                total[b] += row[place[c, b]]
    return picked
