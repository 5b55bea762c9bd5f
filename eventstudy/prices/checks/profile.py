"""A panel in a few numbers a column: one pass over memory, which all checks of figures read."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from eventstudy.arrays import LARGEST, Bools, Floats, Ints

AT_ONCE = 2**16
"""Cells that are looked at together: as many as stay in a processor's cache."""


@dataclass(frozen=True, slots=True, eq=False)
class Profile:
    """Each column of a panel; missing values count nowhere."""

    count: Ints
    """(columns,) values that are there."""
    least: Floats
    """(columns,) the smallest; NaN where there is none, and so the others."""
    largest: Floats
    mean: Floats
    size: Floats
    """(columns,) mean of the absolute values."""
    negatives: Ints
    zeros: Ints

    @property
    def beyond(self) -> Bools:
        """(columns,) which have a value too large to compute with, or an infinite one."""
        return np.asarray((self.least < -LARGEST) | (self.largest > LARGEST))


def _nothing(columns: int) -> Profile:
    none, absent = np.zeros(columns, dtype=np.int64), np.full(columns, np.nan)
    return Profile(none, absent, absent, absent, absent, none, none)


def _counts(which: Bools) -> Ints:
    """(columns,) how many are true; many times faster than a sum of booleans."""
    total = np.add.reduce(which.view(np.uint8), axis=0, dtype=np.uint32)
    return np.asarray(total, dtype=np.int64)


def profile_of(values: Floats) -> Profile:
    """Describe each column of a panel.

    Args:
        values: Sessions × columns, NaN where missing; read in blocks as they lie in memory.
    """
    rows, columns = values.shape
    if not rows:
        return _nothing(columns)
    by_column = values.strides[0] <= values.strides[1]
    step = max(1, AT_ONCE // max(1, rows if by_column else columns))
    count, negatives, zeros = (np.zeros(columns, dtype=np.int64) for _ in range(3))
    total, size = np.zeros(columns), np.zeros(columns)
    least, largest = np.full(columns, np.nan), np.full(columns, np.nan)
    for low in range(0, columns if by_column else rows, step):
        piece = slice(low, low + step)
        at = piece if by_column else slice(None)
        block = values[:, piece] if by_column else values[piece]
        with np.errstate(over="ignore", invalid="ignore"):  # infinite values are told by `beyond`
            sums, sizes = block.sum(axis=0), np.abs(block)
            count[at] += len(block)
            if not np.isfinite(sums).all():
                there = block == block
                sums, sizes = (np.where(there, each, 0.0) for each in (block, sizes))
                sums = sums.sum(axis=0)
                count[at] += _counts(there) - len(block)
            total[at] += sums
            size[at] += sizes.sum(axis=0)
        negatives[at] += _counts(block < 0)
        zeros[at] += _counts(block == 0)
        least[at] = np.fmin(least[at], np.fmin.reduce(block, axis=0))
        largest[at] = np.fmax(largest[at], np.fmax.reduce(block, axis=0))
    with np.errstate(invalid="ignore", divide="ignore"):
        return Profile(count, least, largest, total / count, size / count, negatives, zeros)
