"""Σ SAR or Σ SCAR by date, of all tested windows in one pass over many observations."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from eventstudy.compute.engine import map_blocks
from eventstudy.models.kernel.batch import Floats, Ints, slices
from eventstudy.models.kernel.fits import Fits
from eventstudy.spec.windows import Window

BLOCK = 65_536
"""Observations summed at once."""


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
    from eventstudy.compiled.draws import scores_by_date

    date = day0 - day0.min()
    columns = np.array([(window.start, window.end) for window in windows]) - span.start

    def by_date(block: slice) -> tuple[Floats, Ints, Floats]:
        one = fits.leverage.take(block)
        return scores_by_date(
            fits.ar[block],
            fits.s[block],
            fits.noise[block],
            one.rows,
            one.of,
            one.level,
            one.center,
            one.whiten,
            columns,
            date[block],
            int(date.max()) + 1,
        )

    parts = map_blocks(by_date, slices(len(fits), BLOCK))
    sums, counts, squares = (np.stack(part).sum(axis=0) for part in zip(*parts, strict=True))
    return DateScores(sums, counts, squares)
