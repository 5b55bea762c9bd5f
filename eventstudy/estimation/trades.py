"""Returns from one trade to the next: how many sessions each covers, and the benchmark's over them.

Maynes & Rumsey (1993): a share that does not trade every session has a return from its last trade,
and the benchmark's return must be that of the same sessions.
"""

from __future__ import annotations

import numpy as np

from eventstudy.arrays import Bools, Floats, Ints

COLUMNS = 2
"""Sessions since the last trade, and the benchmark's return since then."""


def sessions_since(traded: Bools) -> Floats:
    """(T,) sessions from the last trade before to each trade; NaN where there is none.

    The first trade has none before it, so what its return covers is not known.

    Args:
        traded: (T,) whether there is a return.
    """
    since = np.full(len(traded), np.nan)
    days = np.flatnonzero(traded)
    since[days[1:]] = np.diff(days)
    return since


def return_since(returns: Floats, traded: Bools) -> Floats:
    """(T,) return of a benchmark from the last trade of an asset before to each of its trades.

    NaN where the benchmark itself has no return on one of the two sessions: its level is then not
    known there. A session without its return in between is covered by its next one.

    Args:
        returns: (T,) the benchmark's, from one of its own trades to the next.
        traded: (T,) whether the asset has a return.
    """
    total = np.full(len(traded), np.nan)
    days = np.flatnonzero(traded)
    if len(days) < 2:
        return total
    known = np.isfinite(returns)
    sums = np.add.reduceat(np.where(known, returns, 0.0)[: days[-1] + 1], days[:-1] + 1)
    total[days[1:]] = np.where(known[days[1:]] & known[days[:-1]], sums, np.nan)
    return total


def trade_designs(returns: Floats, asset: Ints, benchmark: Ints) -> tuple[Floats, Ints]:
    """The regressors of every asset under its benchmark; assets that trade alike share them.

    Args:
        returns: (T, A) returns from one trade to the next, NaN where there was none.
        asset: (N,) column of each observation.
        benchmark: (N,) column of its benchmark.

    Returns:
        (D, T, 2) sessions since the last trade and the benchmark's return over them; and (N,)
        which of them belongs to an observation.
    """
    pairs, which = np.unique(np.stack([asset, benchmark]), axis=1, return_inverse=True)
    designs: list[Floats] = []
    place: dict[tuple[int, bytes], int] = {}
    of = np.empty(pairs.shape[1], dtype=np.int64)
    for at, (own, market) in enumerate(pairs.T.tolist()):
        traded = np.isfinite(returns[:, own])
        key = (market, traded.tobytes())
        if key not in place:
            place[key] = len(designs)
            since = return_since(returns[:, market], traded)
            designs.append(np.column_stack([sessions_since(traded), since]))
        of[at] = place[key]
    if not designs:
        return np.full((1, len(returns), COLUMNS), np.nan), of[which.ravel()]
    return np.stack(designs), of[which.ravel()]
