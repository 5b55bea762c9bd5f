"""The days of many observations sorted by their values.

A row is sorted as integers that carry the day of each value in their last bits: numpy sorts
integers many times faster than it computes an order (argsort).
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from eventstudy.arrays import Bools, Floats, Ints
from eventstudy.compiled.kernel import kernel

Array = npt.NDArray[Any]


class Sorted(NamedTuple):
    """The days of n rows, each sorted by its values."""

    order: Array
    """(n, D) the days from the lowest to the highest value, those missing last."""
    ascending: Floats
    """(n, D) the values in that order."""
    known: Ints
    """(n,) how many are not missing."""
    tied: Bools
    """(n,) whether any two may tie."""


def small_type(width: int) -> type[np.unsignedinteger]:
    """The type that holds twice the number of a day; unsigned, so that none is below 0."""
    return np.uint16 if width < 32_000 else np.uint32


def sort_rows(values: Floats, same: float) -> Sorted:
    """Sort the days of each row.

    Args:
        values: (n, D), contiguous; NaN where missing.
        same: The largest relative difference between values that tie.
    """
    n, width = values.shape
    keys = np.empty((n, width), dtype=np.int64)
    low_bits = max(width - 1, 1).bit_length()
    _pack(values, low_bits, keys)
    keys.sort(axis=1)
    days = Sorted(
        np.empty((n, width), dtype=small_type(width)),
        np.empty((n, width)),
        np.empty(n, dtype=np.int64),
        np.empty(n, dtype=np.bool_),
    )
    _unpack(keys, values, low_bits, same, days)
    return days


@kernel
def _pack(values: Floats, low_bits: int, keys: Ints) -> None:
    """Integers in the order of the values, except that the last bits are the days."""
    bits = values.view(np.int64)
    cleared = ~((np.int64(1) << low_bits) - 1)
    for i in range(values.shape[0]):
        for day in range(values.shape[1]):
            b = bits[i, day]
            b ^= (b >> 63) & 0x7FFFFFFFFFFFFFFF
            if values[i, day] != values[i, day]:
                b = 0x7FFFFFFFFFFFFFFF
            keys[i, day] = (b & cleared) | day


@kernel
def _unpack(keys: Ints, values: Floats, low_bits: int, same: float, sorted_days: Sorted) -> None:
    n, width = values.shape
    order, ascending, counts, tied = sorted_days
    mask = (np.int64(1) << low_bits) - 1
    for i in range(n):
        days, row, given = order[i], ascending[i], values[i]
        for place in range(width):
            day = days.dtype.type(keys[i, place] & mask)
            days[place] = day
            row[place] = given[day]
        known = width
        while known > 0 and row[known - 1] != row[known - 1]:
            known -= 1
        # Twice, because a median lies between two values.
        slack = 2 * same * max(abs(row[0]), abs(row[known - 1])) if known else 0.0
        near = 0
        for place in range(1, known):
            near += row[place] - row[place - 1] <= slack
        counts[i], tied[i] = known, near > 0
        # Values that differ only in the bits taken by the days are still out of order.
        for place in range(1, known if near else 0):
            value, day, at = row[place], days[place], place
            while at > 0 and value < row[at - 1]:
                row[at], days[at] = row[at - 1], days[at - 1]
                at -= 1
            row[at], days[at] = value, day
