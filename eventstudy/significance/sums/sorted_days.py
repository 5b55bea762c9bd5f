"""The days of observations, sorted once; a window or a day then costs sums and counts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from eventstudy.models.kernel.batch import Bools, Floats, Ints
from eventstudy.significance.sums.estimation_windows import Block
from eventstudy.significance.sums.ties import (
    SAME,
    may_tie,
    mean_ranks,
    shared_places,
    typical_sizes,
)

Places = npt.NDArray[Any]
"""Places in an order, in as few bytes as they need."""


@dataclass(frozen=True, slots=True)
class SortedDays:
    """D days of n observations, sorted by abnormal return."""

    values: Floats
    """(n, D) abnormal returns in the order of the days; NaN where missing."""
    order: Ints
    """(n, D) the days from the lowest to the highest, those missing last."""
    ascending: Floats
    """(n, D) the values in that order."""
    count: Ints
    """(n, 1) how many are not missing."""
    tied: Bools
    """(n,) whether any two values may be the same, see `ties.may_tie`."""

    @classmethod
    def of(cls, values: Floats) -> SortedDays:
        """Sort values (n, D), NaN where missing."""
        order = np.argsort(values, axis=1)
        ascending = np.take_along_axis(values, order, axis=1)
        count = np.isfinite(values).sum(axis=1, keepdims=True)
        return cls(values, order, ascending, count, may_tie(ascending, count))

    def only(self, columns: Sequence[int]) -> SortedDays:
        """Some of the days, given in ascending order: they are not sorted again."""
        width = self.values.shape[1]
        if len(columns) == width:
            return self
        place = np.full(width, -1)
        place[list(columns)] = np.arange(len(columns))
        moved = place[self.order]
        kept = moved >= 0
        shape = (len(self.values), len(columns))
        values = self.values[:, list(columns)]
        count = np.isfinite(values).sum(axis=1, keepdims=True)
        return SortedDays(
            values,
            moved[kept].reshape(shape),
            self.ascending[kept].reshape(shape),
            count,
            self.tied,
        )

    @property
    def valid(self) -> Bools:
        """(n, D) which values are not missing."""
        return np.isfinite(self.values)

    def rank_totals(self, weight: Floats | None = None) -> Floats:
        """(D,) Σ of the ranks of each day, weighted by observation where there are weights (n,).

        Ranks run from 1, ties share their mean, a missing value has none.
        """
        n, d = self.order.shape
        if not self.tied.any() and self.count.min(initial=d) == d:
            each = np.ones(n) if weight is None else weight
            places = each[:, None] * np.arange(1.0, d + 1)
            return np.bincount(self.order.ravel(), places.ravel(), d).astype(np.float64)
        ranks = self.ranks()
        ranks[~self.valid] = 0.0
        return np.asarray(
            ranks.sum(axis=0) if weight is None else np.einsum("n,nd->d", weight, ranks)
        )

    def ranks(self) -> Floats:
        """(n, D) ranks from 1, ties sharing their mean; of what is missing they mean nothing."""
        places = np.broadcast_to(np.arange(1.0, self.order.shape[1] + 1), self.order.shape)
        if self.tied.any():
            places = places.copy()
            places[self.tied] = shared_places(self.ascending[self.tied])
        ranks = np.empty(self.values.shape)
        np.put_along_axis(ranks, self.order, places, axis=1)
        return ranks

    def median(self) -> Floats:
        """(n, 1) of the values that are not missing."""
        low, high = (self.count - 1) // 2, self.count // 2
        middle = [np.take_along_axis(self.ascending, m.clip(0), axis=1) for m in (low, high)]
        return np.asarray((middle[0] + middle[1]) / 2)

    def median_signs(self) -> tuple[Ints, Ints]:
        """(D,) how many values lie above their observation's median, and how many below."""
        median = self.median()
        slack = np.zeros_like(median)
        if self.tied.any():
            size = np.maximum(np.abs(median[self.tied]), typical_sizes(self.values[self.tied]))
            slack[self.tied] = SAME * size
        above = column_counts(self.values > median + slack)
        return above, column_counts(self.values < median - slack)

    def first_days(self, days: int) -> tuple[Places, Floats]:
        """Of the first days alone, the estimation window.

        Returns:
            Places (n, T) from 1, ties in any order and 0 where missing; and the values in ascending
            order (n, T), infinite where missing.
        """
        early = self.order < days
        every = np.zeros(self.order.shape, dtype=np.int16)
        np.put_along_axis(every, self.order, np.cumsum(early, axis=1, dtype=np.int16), axis=1)
        places: Places = every[:, :days]
        ascending: Floats = self.ascending[early].reshape(len(self.values), days)
        if not np.isfinite(ascending[:, -1]).all():
            places = np.where(np.isfinite(self.values[:, :days]), places, 0)
            ascending = np.where(np.isnan(ascending), np.inf, ascending)
        return places, ascending

    def tie_shifts(self, places: Places) -> tuple[Bools, Floats]:
        """Which observations may have ties among the first days (n,), and what these shift.

        Args:
            places: (n, T) of the first days, by `first_days`.

        Returns:
            The observations, and (ties, T) by how much the mean rank of a day lies off its place.
        """
        early = self.values[self.tied, : places.shape[1]]
        slip = mean_ranks(early) - places[self.tied]
        slip[~np.isfinite(early)] = 0.0
        return self.tied, slip


def sorted_days(block: Block) -> SortedDays:
    """All days of estimation window and event of a block."""
    return SortedDays.of(np.concatenate([block.residuals, block.fits.ar], axis=1))


def column_counts(flags: Bools) -> Ints:
    """(T,) how many of (n, T) are set, counted in bytes as far as these reach."""
    total = np.zeros(flags.shape[1], dtype=np.int64)
    for start in range(0, len(flags), 255):  # the most that a byte counts
        total += np.add.reduce(flags[start : start + 255].view(np.uint8), axis=0, dtype=np.uint8)
    return total


def count_below(ascending: Floats, wanted: Floats) -> Ints:
    """(n, Q) how many of each row's ascending values (n, T) lie below each of its wanted ones.

    Binary search in all rows at once: `np.searchsorted` takes one row.
    """
    n, t = ascending.shape
    below = np.zeros(wanted.shape, dtype=np.int64)
    start = np.arange(n)[:, None] * t
    flat = ascending.ravel()
    for bit in reversed(range(t.bit_length())):
        reach = below + (1 << bit)
        value = flat.take(start + np.minimum(reach, t) - 1)
        below = np.where((reach <= t) & (value < wanted), reach, below)
    return below
