"""Chains of overlapping windows, which are drawn and moved together."""

from __future__ import annotations

import numpy as np

from eventstudy.models.kernel.batch import Ints

LONGEST_CHAIN = 10
"""Window lengths after which a chain is cut. Cuts every 10 L sessions lose a thirtieth of the
covariance of overlapping windows; without cuts a decade of events would be one cluster."""


def chains(day0: Ints, length: int) -> tuple[Ints, int]:
    """The chain of overlapping windows that each observation is in, and how many chains there are.

    Windows of dates less than `length` sessions apart overlap, and so on from date to date; with
    windows of one day a chain is a date. A chain is cut every `LONGEST_CHAIN` lengths.

    Args:
        day0: (N,) session of each event.
        length: Sessions in the window.
    """
    dates = np.flatnonzero(np.bincount(day0))
    begins = np.diff(dates, prepend=dates[0] - length) >= length
    first = dates[begins][np.cumsum(begins) - 1]
    piece = (dates - first) // (LONGEST_CHAIN * length)
    begins |= np.diff(piece, prepend=0) > 0
    number = np.cumsum(begins) - 1
    return number[np.searchsorted(dates, day0)], int(number[-1]) + 1
