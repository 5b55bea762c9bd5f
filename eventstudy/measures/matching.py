"""Sorting firms into portfolios by characteristics, and finding the firm that is most alike."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from eventstudy.arrays import Bools, Floats, Ints

NONE = -1
"""The portfolio of a firm without characteristics."""


def nested_portfolios(values: Floats, known: Bools, counts: Sequence[int]) -> Ints:
    """(U, A, C) portfolios from 0 on: by the first characteristic, within it by the next.

    Portfolio k of q holds firms of which at least k/q and less than (k + 1)/q of their peers are
    smaller; firms with the same value are in the same portfolio. Lyon, Barber & Tsai (1999) sort
    into size deciles, and within each into quintiles of book-to-market.

    Args:
        values: (U, A, C) characteristics of A firms on U days.
        known: (U, A) which firms are sorted; the others are in `NONE`.
        counts: (C,) portfolios for each characteristic.
    """
    days, firms, _ = values.shape
    found = np.full(values.shape, NONE, dtype=np.int64)
    cell = np.repeat(np.arange(days)[:, None], firms, axis=1)[known]
    for at, count in enumerate(counts):
        bins = _bins(values[:, :, at][known], cell, count)
        found[:, :, at][known] = bins
        cell = np.unique(cell * count + bins, return_inverse=True)[1].reshape(-1)
    return found


def _bins(values: Floats, cell: Ints, count: int) -> Ints:
    """(n,) which of `count` portfolios each value is in among those of its cell (n,)."""
    order = np.lexsort((values, cell))
    ordered, cells = values[order], cell[order]
    starts = np.diff(cells, prepend=NONE) != 0
    place = np.arange(len(order))
    begin = np.maximum.accumulate(np.where(starts, place, 0))
    fresh = starts | (np.diff(ordered, prepend=np.nan) != 0)
    smaller = np.maximum.accumulate(np.where(fresh, place, 0)) - begin
    size = np.bincount(cells)[cells]
    bins = np.empty(len(order), dtype=np.int64)
    bins[order] = smaller * count // np.maximum(size, 1)
    return bins


def ranked_controls(
    size: Floats, other: Floats, possible: Bools, own: Ints, band: tuple[float, float]
) -> list[Ints]:
    """The candidates of each firm, the most alike first: N arrays of columns.

    Barber & Lyon (1997): firms whose size is within the band about the firm's own, in
    the order of the distance in the other characteristic; equal distances by that in log size.

    Args:
        size: (N, A) sizes of all firms on the day of each observation.
        other: (N, A) the other characteristic.
        possible: (N, A) which firms may be controls.
        own: (N,) column of each observation's firm.
        band: Least and largest ratio of a control's size to the firm's.
    """
    row = np.arange(len(own))
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = size / size[row, own][:, None]
        inside = possible & (ratio >= band[0]) & (ratio <= band[1])
        far = np.abs(other - other[row, own][:, None])
        apart = np.abs(np.log(ratio))
    inside[row, own] = False
    order = np.lexsort((apart, np.where(inside, far, np.inf)), axis=1)
    return [line[:count] for line, count in zip(order, inside.sum(axis=1), strict=True)]
