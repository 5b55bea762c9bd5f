"""Observations brought together by what they share, in the order in which they were."""

from __future__ import annotations

import numpy as np

from eventstudy.arrays import Ints
from eventstudy.compiled.kernel import kernel


@kernel
def grouped(key: Ints, size: int) -> tuple[Ints, Ints]:
    """Sort by counting: the places of the observations by ascending key, equal keys in their order.

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
def numbered(key: Ints, size: int) -> tuple[Ints, Ints, Ints]:
    """The distinct keys in ascending order, which of them each key is, and how often each occurs.

    Args:
        key: (N,) from 0.
        size: One more than the largest key; not much larger than N.
    """
    number = np.zeros(size, dtype=np.int64)
    for i in range(len(key)):
        number[key[i]] += 1
    count = 0
    for k in range(size):
        count += number[k] > 0
    distinct, times = np.empty(count, dtype=np.int64), np.empty(count, dtype=np.int64)
    at = 0
    for k in range(size):
        if number[k]:
            distinct[at], times[at] = k, number[k]
            number[k] = at
            at += 1
    which = np.empty(len(key), dtype=np.int64)
    for i in range(len(key)):
        which[i] = number[key[i]]
    return distinct, which, times


SPARSE = 16
"""Possible keys for each one that is there beyond which they are sorted instead of counted."""


def distinct_keys(key: Ints, size: int) -> tuple[Ints, Ints, Ints]:
    """The same for keys of any size.

    Args:
        key: (N,) from 0.
        size: One more than the largest possible key.
    """
    if size <= SPARSE * len(key):
        found: tuple[Ints, Ints, Ints] = numbered(key, size)
        return found
    distinct, which, times = np.unique(key, return_inverse=True, return_counts=True)
    return distinct, which, times
