"""Σ SAR or Σ SCAR by date, of all tested windows in one pass over many observations."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from eventstudy.compute.engine import map_blocks
from eventstudy.models.kernel.batch import Floats, Ints, slices
from eventstudy.models.kernel.fits import Fits
from eventstudy.significance.sums.moments import window_values
from eventstudy.spec.windows import Window

BLOCK = 4_096
"""Observations whose scores are in memory at once."""

BLOCKS = 12
"""Blocks with one set of sums."""


@dataclass(frozen=True, slots=True)
class DateScores:
    """D dates from the first to the last, Q windows."""

    sums: Floats
    """(D, Q) Σz of the observations with a value."""
    counts: Ints
    """(D, Q) how many these are."""
    squares: Floats
    """(Q,) Σz² of all."""


def date_scores(fits: Fits, day0: Ints, span: Window, windows: Sequence[Window]) -> DateScores:
    """As machine code.

    Args:
        fits: N fitted observations.
        day0: (N,) session of each event.
        span: The days of the columns of `fits.ar`.
        windows: Q windows inside `span`.
    """
    from eventstudy.compiled.draws import sums_by_date

    date = day0 - day0.min()
    shape = int(date.max()) + 1, len(windows)

    def by_date(rows: slice) -> tuple[Floats, Ints, Floats]:
        sums, counts = np.zeros(shape), np.zeros(shape, dtype=np.int64)
        squares = np.zeros(len(windows))
        for block in slices(rows.stop - rows.start, BLOCK):
            some = slice(rows.start + block.start, rows.start + block.stop)
            z = [z for _, z, _ in window_values(fits.take(some), span, windows)]
            sums_by_date(np.concatenate(z, axis=1), date[some], sums, counts, squares)
        return sums, counts, squares

    parts = map_blocks(by_date, slices(len(fits), BLOCKS * BLOCK))
    sums, counts, squares = (np.stack(part).sum(axis=0) for part in zip(*parts, strict=True))
    return DateScores(sums, counts, squares)
