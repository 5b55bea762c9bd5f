"""Returns of portfolios that are bought once and held, and of control firms that may drop out."""

from __future__ import annotations

import numpy as np

from eventstudy.arrays import Bools, Floats, Ints, product
from eventstudy.models.kernel.batch import slices

CELLS_AT_ONCE = 2**22
"""Portfolios × sessions × members in memory at once."""


def held_returns(returns: Floats, members: Bools, first: Ints, length: int) -> Floats:
    """(N, L) returns of equal-weighted portfolios bought before session `first`, never rebalanced.

    Lyon, Barber & Tsai (1999): each member's returns are compounded, then averaged. What a member
    lacks is filled with the mean of the others on that session, as if its proceeds were spread over
    them; a session without any member is missing, and so are those after it.

    Args:
        returns: (T, A) in decimals.
        members: (N, A) which assets each portfolio holds, at least one.
        first: (N,) first session of each holding period.
        length: Sessions of the holding period; those beyond the data are missing.
    """
    sessions = len(returns)
    count = members.sum(axis=1)
    most = int(count.max(initial=1))
    columns = np.argsort(~members, axis=1, kind="stable")[:, :most]
    inside = np.arange(most) < count[:, None]
    held = np.empty((len(members), length))
    for block in slices(len(members), max(1, CELLS_AT_ONCE // (length * most))):
        rows = first[block, None] + np.arange(length)
        cut = returns[rows.clip(max=sessions - 1)[:, :, None], columns[block, None, :]]
        known = np.isfinite(cut) & inside[block, None, :] & (rows < sessions)[:, :, None]
        there = known.sum(axis=2)
        total = np.where(known, cut, 0.0).sum(axis=2)
        mean = np.where(there > 0, total / np.maximum(there, 1), np.nan)
        grown = np.cumprod(1 + np.where(known, cut, mean[:, :, None]), axis=1)
        grown[~np.broadcast_to(inside[block, None, :], grown.shape)] = 0.0
        value = grown.sum(axis=2) / count[block, None]
        held[block, 0] = value[:, 0] - 1
        held[block, 1:] = value[:, 1:] / value[:, :-1] - 1
    return held


def mean_returns(returns: Floats, members: Bools) -> Floats:
    """(N, T) mean returns of the members that have one on a session: rebalanced every session.

    Args:
        returns: (T, A) in decimals.
        members: (N, A) which assets each portfolio holds.
    """
    known = np.isfinite(returns)
    chosen = members.astype(np.float64)
    count = product(chosen, known.T.astype(np.float64))
    total = product(chosen, np.where(known, returns, 0.0).T)
    return np.where(count > 0, total / np.maximum(count, 1.0), np.nan)


def spliced_returns(returns: Floats, ranked: Ints, first: int, length: int) -> tuple[Floats, Ints]:
    """(L,) returns of the nearest control and, from where it lacks one, of the next; and which.

    Args:
        returns: (T, A) in decimals.
        ranked: (K,) columns of the candidates, the nearest first.
        first: First session of the holding period.
        length: Sessions of the holding period.

    Returns:
        The returns, missing from where no candidate has one, and the (L,) columns, −1 there.
    """
    cut = returns[first : first + length]
    spliced, which = np.full(length, np.nan), np.full(length, -1)
    at = 0
    for column in ranked:
        known = np.isfinite(cut[at:, column])
        until = len(cut) if known.all() else at + int(known.argmin())
        spliced[at:until], which[at:until] = cut[at:until, column], column
        at = until
        if at == len(cut):
            break
    return spliced, which
