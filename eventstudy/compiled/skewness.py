"""Sums of the powers of resampled values, of many columns at once."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from eventstudy.arrays import Floats
from eventstudy.compiled.kernel import kernel

Places = npt.NDArray[np.int32]

SMALL = 2**19
"""Values resampled in place: they fit into the processors' shared cache."""

BLOCK = 2**15
"""Of more values, those resampled together: they fit into one processor's cache."""


@kernel
def resampled_powers(values: Floats, picked: Places) -> Floats:
    """(B, 3, Q) sums of x, x² and x³ of each resample, over columns of values (N, Q).

    Args:
        values: The rows to draw from.
        picked: (B, m) the rows of each resample.
    """
    resamples, size = picked.shape
    sums = np.zeros((resamples, 3, values.shape[1]))
    if values.size <= SMALL:
        for b in range(resamples):
            _add_powers(values, picked[b], sums[b])
        return sums
    bits = 0
    while values.shape[1] << (bits + 1) <= BLOCK:
        bits += 1
    blocks = (len(values) >> bits) + 1
    # Sorted by block first: a block is then read once for all resamples, not once for each.
    ordered = np.empty((resamples, size), dtype=np.int32)
    ends = np.zeros((resamples, blocks + 1), dtype=np.int64)
    for b in range(resamples):
        end, row, into = ends[b], picked[b], ordered[b]
        for j in range(size):
            end[(row[j] >> bits) + 1] += 1
        for block in range(blocks):
            end[block + 1] += end[block]
        for j in range(size):
            block = row[j] >> bits
            into[end[block]] = row[j]
            end[block] += 1
    for block in range(blocks):
        for b in range(resamples):
            first = ends[b, block - 1] if block else 0
            _add_powers(values, ordered[b, first : ends[b, block]], sums[b])
    return sums


@kernel
def _add_powers(values: Floats, rows: Places, sums: Floats) -> None:
    first, second, third = sums[0], sums[1], sums[2]
    columns = values.shape[1]
    whole = len(rows) - len(rows) % 4
    for j in range(0, whole, 4):  # four at a time: the sums are read and written once for all four
        v, w = values[rows[j]], values[rows[j + 1]]
        y, z = values[rows[j + 2]], values[rows[j + 3]]
        for q in range(columns):
            a, b, c, d = v[q], w[q], y[q], z[q]
            aa, bb, cc, dd = a * a, b * b, c * c, d * d
            first[q] += (a + b) + (c + d)
            second[q] += (aa + bb) + (cc + dd)
            third[q] += (aa * a + bb * b) + (cc * c + dd * d)
    for j in range(whole, len(rows)):
        v = values[rows[j]]
        for q in range(columns):
            a = v[q]
            first[q] += a
            second[q] += a * a
            third[q] += a * a * a
