"""What counts as a tie: one tolerance for ranks, signs, medians, placebos and spreads.

An abnormal return is a return less a fit, so two that are equal on paper differ in the last bits.
Ranks that compare bit by bit then miss the tie, and what they miss depends on the processor.
"""

from __future__ import annotations

import numpy as np

from eventstudy.models.kernel.batch import Floats, Ints

SAME = 1e-12
"""Figures that differ by less than this share of their size differ by rounding."""


def typical_sizes(values: Floats) -> Floats:
    """(n, 1) median absolute value of each row, 0 where nothing is known.

    A small value is what is left of larger ones and has their rounding, so it is not compared by
    its own size alone; the median is not moved by one wrong price.

    Args:
        values: (n, D), NaN where missing.
    """
    if not values.shape[1]:
        return np.zeros((len(values), 1))
    size = np.sort(np.abs(values), axis=1)  # NaN last
    count = np.isfinite(values).sum(axis=1)
    middle = np.take_along_axis(size, (count // 2).clip(max=size.shape[1] - 1)[:, None], axis=1)
    return np.where(np.isfinite(middle), middle, 0.0)


def medians(ascending: Floats) -> Floats:
    """(n, 1) median of each row, NaN where nothing is known.

    Args:
        ascending: (n, D) values in ascending order, those missing last as NaN.
    """
    count = np.isfinite(ascending).sum(axis=1, keepdims=True)
    middle = (count - 1).clip(0) // 2, np.minimum(count // 2, ascending.shape[1] - 1)
    low, high = (np.take_along_axis(ascending, place, axis=1) for place in middle)
    return np.asarray((low + high) / 2)


def tie_starts(ascending: Floats) -> Ints:
    """(n, D) for each place the first place of the values that are the same as its own.

    All of them are the same as the first, so that a chain of small steps is no tie. What is
    missing stands alone.

    Args:
        ascending: (n, D) values in ascending order, those missing last as NaN.
    """
    places = np.broadcast_to(np.arange(ascending.shape[1]), ascending.shape)
    size = np.maximum(np.abs(ascending), typical_sizes(ascending))
    slack = SAME * np.maximum(size[:, 1:], size[:, :-1])
    begins = np.ones(ascending.shape, dtype=np.bool_)
    begins[:, 1:] = ~(np.diff(ascending, axis=1) <= slack)
    while True:
        first = np.maximum.accumulate(np.where(begins, places, 0), axis=1)
        anchor = np.take_along_axis(ascending, first, axis=1)
        allowed = SAME * np.maximum(size, np.take_along_axis(size, first, axis=1))
        beyond = ascending - anchor > allowed
        if not beyond.any():
            return first
        begins[:, 1:] |= beyond[:, 1:] & ~beyond[:, :-1]


def shared_places(ascending: Floats) -> Floats:
    """(n, D) ranks from 1 of ascending rows, ties sharing their mean; missing ones rank last."""
    first = tie_starts(ascending)
    places = np.arange(ascending.shape[1])
    after = np.concatenate([first[:, 1:], np.full((len(first), 1), len(places))], axis=1)
    ends = np.where(after > places, after, len(places))  # the place after each group's last
    ends = np.minimum.accumulate(ends[:, ::-1], axis=1)[:, ::-1]
    return np.asarray((first + ends + 1) / 2)


def mean_ranks(values: Floats) -> Floats:
    """(n, D) ranks of each row from 1, ties sharing their mean; 0 where a value is missing."""
    order = np.argsort(values, axis=1)
    ascending = np.take_along_axis(values, order, axis=1)
    places = np.arange(1.0, values.shape[1] + 1) * np.isfinite(ascending)
    largest = np.abs(np.where(places > 0, ascending, 0.0)).max(axis=1, keepdims=True, initial=0.0)
    near = (np.diff(ascending, axis=1) <= SAME * largest).any(axis=1)
    places[near] = shared_places(ascending[near]) * (places[near] > 0)
    ranks = np.empty(values.shape)
    np.put_along_axis(ranks, order, places, axis=1)
    return ranks
