"""Observations grouped by what they have in common, in their original order."""

from __future__ import annotations

import numpy as np

from eventstudy.arrays import Ints
from eventstudy.compiled.kernel import kernel


@kernel
def grouped(key: Ints, size: int) -> tuple[Ints, Ints]:
    """Sort by counting: the places of the observations by ascending key, ties in original order.

    Args:
        key: (N,) from 0.
        size: One more than the largest key.

    Returns:
        The places (N,), and where each key begins among them (size + 1,).
    """
    start = np.zeros(size + 1, dtype=np.int64)
    for i in range(len(key)):
        start[key[i] + 1] += 1
    for k in range(size):
        start[k + 1] += start[k]
    following = start[:-1].copy()
    order = np.empty(len(key), dtype=np.int64)
    for i in range(len(key)):
        k = key[i]
        order[following[k]] = i
        following[k] += 1
    return order, start


@kernel
def _runs(first: Ints, second: Ints, order: Ints) -> tuple[Ints, Ints, Ints, Ints]:
    """The distinct pairs among those in this order; see `distinct_pairs`."""
    n = len(order)
    which, one = np.empty(n, dtype=np.int64), np.empty((2, n), dtype=np.int64)
    times = np.zeros(n, dtype=np.int64)
    at = -1
    for place in range(n):
        i = order[place]
        if at < 0 or first[i] != one[0, at] or second[i] != one[1, at]:
            at += 1
            one[0, at], one[1, at] = first[i], second[i]
        which[i] = at
        times[at] += 1
    return one[0, : at + 1], one[1, : at + 1], which, times[: at + 1]


@kernel
def _counted(first: Ints, second: Ints, sizes: tuple[int, int]) -> tuple[Ints, Ints, Ints, Ints]:
    """The same by counting every possible pair."""
    number = np.zeros(sizes, dtype=np.int32)  # half the memory to reach into
    for i in range(len(first)):
        number[first[i], second[i]] += 1
    count = 0
    for a in range(sizes[0]):
        for b in range(sizes[1]):
            count += number[a, b] > 0
    one, times = np.empty((2, count), dtype=np.int64), np.empty(count, dtype=np.int64)
    at = 0
    for a in range(sizes[0]):
        for b in range(sizes[1]):
            if number[a, b]:
                one[0, at], one[1, at], times[at] = a, b, number[a, b]
                number[a, b] = at
                at += 1
    which = np.empty(len(first), dtype=np.int64)
    for i in range(len(first)):
        which[i] = number[first[i], second[i]]
    return one[0], one[1], which, times


DENSE = 4
"""Possible pairs per existing one, up to which counting all of them is cheaper."""


def distinct_pairs(
    first: Ints, second: Ints, sizes: tuple[int, int]
) -> tuple[Ints, Ints, Ints, Ints]:
    """The distinct pairs of two numbers, sorted by the first and then the second.

    Args:
        first: (N,) from 0.
        second: (N,) from 0.
        sizes: One more than the largest possible first, and second.

    Returns:
        First and second of the U distinct pairs, which of them each is (N,), how often each occurs.
    """
    if sizes[0] * sizes[1] <= DENSE * len(first):
        return _counted(first, second, sizes)
    order, _ = grouped(second, sizes[1])
    by_first, _ = grouped(first[order], sizes[0])
    return _runs(first, second, order[by_first])
