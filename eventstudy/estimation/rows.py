"""Rows of the data by their date."""

from __future__ import annotations

import numpy as np

from eventstudy.arrays import Ints

DAY = 86_400 * 10**9
"""Nanoseconds."""


def next_rows(rows: Ints, asked: Ints) -> Ints:
    """(N,) the row of each date, else of the next one; after the last, the number of rows.

    Many dates are looked up in a table of days rather than one by one.

    Args:
        rows: (T,) the rows as `periods` numbers them, ascending.
        asked: (N,) the dates, in the same way.
    """
    unit = DAY if not (rows % DAY).any() else 1
    span = (int(rows[-1]) - int(rows[0])) // unit + 2 if len(rows) else 0
    if not 0 < span <= len(asked):
        return np.asarray(np.searchsorted(rows, asked, side="left"), dtype=np.int64)
    first = int(rows[0]) // unit
    table = np.searchsorted(rows // unit, np.arange(first, first + span))
    day = asked if unit == 1 else -(-asked // unit)  # a moment after one row belongs to the next
    return np.asarray(table.take(day - first, mode="clip"), dtype=np.int64)
