"""Σ SAR or Σ SCAR by date, of all tested windows in one pass over many observations."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from eventstudy.compute.engine import map_blocks
from eventstudy.models.kernel.batch import Bools, Floats, Ints, slices
from eventstudy.models.kernel.fits import Fits
from eventstudy.significance.sums.moments import window_values
from eventstudy.spec.windows import Window

BLOCK = 16_384
"""Number of observations summed at once."""


@dataclass(frozen=True, slots=True)
class DateScores:
    """D dates from the first to the last, Q windows."""

    sums: Floats
    """(D, Q) Σz of the observations with a value."""
    known: Bools
    """(D, Q) whether there are any."""
    squares: Floats
    """(Q,) Σz² of all observations."""


def date_scores(fits: Fits, day0: Ints, span: Window, windows: Sequence[Window]) -> DateScores:
    """Sum the scores of every date.

    Args:
        fits: N fitted observations.
        day0: (N,) session of each event.
        span: The days of the columns of `fits.ar`.
        windows: Q windows inside `span`.
    """
    first = int(day0.min())
    shape = int(day0.max()) - first + 1, len(windows)
    scores = DateScores(np.zeros(shape), np.zeros(shape, dtype=np.bool_), np.zeros(len(windows)))

    def summed(rows: slice) -> tuple[Ints, Floats, Bools, Floats]:
        order = np.argsort(day0[rows], kind="stable")
        dates = day0[rows][order] - first
        begins = np.flatnonzero(np.diff(dates, prepend=-1))
        z = np.concatenate([z for _, z, _ in window_values(fits.take(rows), span, windows)], axis=1)
        seen = np.isfinite(z)
        z = np.where(seen, z, 0.0)
        sums = np.add.reduceat(z[order], begins, axis=0)
        known = np.logical_or.reduceat(seen[order], begins, axis=0)
        return dates[begins], sums, known, (z * z).sum(axis=0)

    for dates, sums, known, squares in map_blocks(summed, slices(len(fits), BLOCK)):
        scores.sums[dates] += sums
        scores.known[dates] |= known
        scores.squares[:] += squares
    return scores
