"""The portfolio that holds every asset through its event window, on the sessions of the calendar.

An asset counts once a session: observations of one asset whose windows overlap share its place
there, so that each of them enters with one over their number.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np

from eventstudy.compute.engine import map_blocks
from eventstudy.models.kernel.batch import Bools, Floats, Ints, slices
from eventstudy.significance.sums.estimation_windows import EstimationWindows
from eventstudy.significance.sums.ties import SAME
from eventstudy.spec.windows import Window

BLOCK = 8_192
"""Number of observations whose values are in memory at once."""

TABLES = 16
"""The largest number of parts of the observations that are summed separately."""

MEMBERS = 1_024
"""Approximate number of observations whose windows compiled loops sum at a time."""

ENTRIES = 2**14
"""Number of portfolio members whose estimation windows are in memory at once."""

HALF = 0.5 * (1 - SAME)
"""An estimation session counts where members with this share of the weight have a residual: half of
it, less what rounding can cost a sum of weights."""


@dataclass(frozen=True, slots=True)
class DailyPortfolio:
    """The mean of the holdings on each of D sessions on which something is held."""

    days: Ints
    """(D,) sessions, in order."""
    value: Floats
    """(D,) weighted mean of what was asked for."""


@dataclass(frozen=True, slots=True)
class Held:
    """N observations, each held through one window of L sessions, or on C single days in a row.

    Single days form one table, because the observations of one date are held together on all of
    them. Rows of tables are the S sessions of the first day held, counted from `begin`.
    """

    first: Window
    """The window, or the first of the single days."""
    count: int
    """Windows, C; 1 where they have more than one session."""
    begin: int
    """The earliest session of an event."""
    day0: Ints
    """(N,) sessions of the events, counted from `begin`."""
    weights: Floats
    """(N, L) of one window, (N, C) of single days, (N, 1) where those are equal: weights of the
    observations over the number of them that hold the asset that day; 0 where nothing is held."""
    compiled: bool
    """Whether compiled loops are used."""

    @property
    def sessions(self) -> int:
        """From the first session of an event to the last one held in the first window, S."""
        return int(self.day0.max()) + self.first.length

    def portfolios(self, values: Callable[[slice], Floats]) -> list[DailyPortfolio]:
        """The weighted mean of values on each session, for each window.

        Args:
            values: (n, L) or (n, C) of consecutive observations; missing only where none is held.
        """
        n = len(self.day0)
        parts = slices(n, max(BLOCK, -(-n // TABLES)))
        mass, total = np.sum(map_blocks(partial(_by_session, self, values), parts), axis=0)
        portfolios = []
        for c in range(self.count):
            held = np.flatnonzero(mass[:, c] > 0)
            days = held + (self.begin + self.first.start + c)
            portfolios.append(DailyPortfolio(days, total[held, c] / mass[held, c]))
        return portfolios

    def spreads(self, windows: EstimationWindows) -> Floats:
        """(S, C), or (S, 1) of all windows: standard deviations of each session's portfolio.

        The members held on a session, with their weights on that day, form one portfolio
        of standardised residuals e/s over the sessions of their estimation windows; its spread is
        √(ΣP²/(sessions − k)), k being the mean number of fitted parameters. A session
        counts where members with at least half of the weight have a residual, and averages those.
        A portfolio of one member with no session missing has spread 1.

        Args:
            windows: The estimation windows of these observations.
        """
        if self.compiled:
            return _compiled_spreads(self, windows)
        length = self.first.length
        each = [self.weights[:, c : c + length] for c in range(self.weights.shape[1] - length + 1)]
        return np.column_stack([_spreads(self, weights, windows) for weights in each])


def hold(
    asset: Ints,
    day0: Ints,
    first: Window,
    count: int,
    weights: Floats,
    *,
    compiled: bool = False,
) -> Held:
    """Hold every observation's asset through a window, or on single days in a row.

    Args:
        asset: (N,) which asset each observation is of.
        day0: (N,) session of its event.
        first: The window, or the first of the single days.
        count: Windows, C; 1 where they have more than one session.
        weights: (N, C) of the observations in each window, 0 where one is not held; (N, 1) where
            all windows have the same.
        compiled: Use compiled loops.
    """
    begin = int(day0.min())
    day0 = day0 - begin
    if compiled:
        from eventstudy.compiled.calendar_portfolio import held_weights
        from eventstudy.compiled.order import grouped

        order, begins = grouped(asset, int(asset.max()) + 1)
        shared = held_weights(order, begins, day0, weights, first.length)
    else:
        sessions = day0[:, None] + np.arange(first.length)
        keys = asset[:, None] * (int(sessions.max()) + 1) + sessions
        which = np.unique(keys, return_inverse=True)[1].reshape(keys.shape)
        holders = np.zeros((int(which.max()) + 1, weights.shape[1]))
        np.add.at(holders, which, (weights > 0)[:, None])
        shared = weights[:, None] * (1.0 / np.maximum(holders, 1))[which]
        shared = shared.reshape(len(day0), -1)
    return Held(first, count, begin, day0, shared, compiled)


def _by_session(held: Held, values: Callable[[slice], Floats], part: slice) -> Floats:
    """(2, S, C) sums of weights and weighted values of consecutive observations."""
    sums = np.zeros((2, held.sessions, held.count))
    for rows in slices(part.stop - part.start, BLOCK):
        at = slice(part.start + rows.start, part.start + rows.stop)
        day0, weights, length = held.day0[at], held.weights[at], held.first.length
        if held.compiled:
            from eventstudy.compiled.calendar_portfolio import add_by_session

            add_by_session(day0, weights, values(at), length, sums[0], sums[1])
            continue
        known = np.where(weights > 0, values(at), 0.0) * weights
        for day in range(length):
            days = slice(day, day + held.count)
            np.add.at(sums[0], day0 + day, weights[:, days])
            np.add.at(sums[1], day0 + day, known[:, days])
    return sums


def _spreads(held: Held, weights: Floats, windows: EstimationWindows) -> Floats:
    """(S,) spreads of the portfolios in which members have the weights (N, L)."""
    fits = windows.fits
    fitted = (fits.n_obs - fits.df).astype(np.float64)
    member, day = np.nonzero(weights)
    order = np.argsort(held.day0[member] + day, kind="stable")
    member, day = member[order], day[order]
    session, weight = held.day0[member] + day, weights[member, day]
    begins = np.flatnonzero(np.diff(session, prepend=-1))
    ends = np.append(begins, len(session))
    # Sessions before the one held, so that a column is the same session for all members.
    lag = weights.shape[1] - 1 - day
    width = windows.columns + weights.shape[1] - 1
    spreads = np.full(held.sessions, np.nan)
    start = 0
    while start < len(begins):
        stop = int(np.searchsorted(ends, ends[start] + ENTRIES, side="right")) - 1
        stop = max(stop, start + 1)
        some, count = slice(ends[start], ends[stop]), stop - start
        rows, share = member[some], weight[some]
        which = np.repeat(np.arange(count), np.diff(ends[start : stop + 1]))
        z = windows.residuals(rows) / fits.s[rows, None]
        known = np.isfinite(z)
        flat = (which * width + lag[some])[:, None] + np.arange(windows.columns)
        mass, total = (
            np.bincount(flat.ravel(), np.where(known, of, 0.0).ravel(), count * width)
            for of in (share[:, None], share[:, None] * z)
        )
        mass, total = mass.reshape(count, width), total.reshape(count, width)
        whole = np.bincount(which, share)
        counts = mass >= HALF * whole[:, None]
        squares = (np.where(counts, total / np.where(counts, mass, 1.0), 0.0) ** 2).sum(axis=1)
        left = counts.sum(axis=1) - np.bincount(which, share * fitted[rows]) / whole
        squares = np.where(left > 0, squares / np.where(left > 0, left, 1.0), np.nan)
        spreads[session[begins[start:stop]]] = np.sqrt(squares)
        start = stop
    return spreads


def _compiled_spreads(held: Held, windows: EstimationWindows) -> Floats:
    from eventstudy.compiled.calendar_portfolio import differing
    from eventstudy.compiled.order import grouped

    length, sessions, width = held.first.length, held.sessions, windows.columns
    order, begins = grouped(held.day0, sessions)
    wanted = np.ones((sessions, 1), dtype=np.bool_)
    if length == 1:
        wanted = differing(held.day0, held.weights, sessions)
        wanted[:, 0] = True
    windows.distant  # noqa: B018 (before threads ask for it)

    def of_run(run: slice) -> Floats:
        members = order[begins[max(0, run.start - length + 1)] : begins[run.stop]]
        return _run_spreads(held, windows, width, members, run.start, wanted[run])

    run = max(1, 8 * (length - 1), MEMBERS * sessions // len(order))
    spreads = np.concatenate(map_blocks(of_run, slices(sessions, run)))
    return np.where(wanted, spreads, spreads[:, :1])


def _run_spreads(
    held: Held,
    windows: EstimationWindows,
    width: int,
    members: Ints,
    begin: int,
    wanted: Bools,
) -> Floats:
    """(S, C) spreads on some sessions from `begin` on; only those that are wanted."""
    from eventstudy.compiled.calendar_portfolio import add_members, member_spreads

    fits, length = windows.fits, held.first.length
    total, mass = np.zeros((2, wanted.size, width + length - 1))
    complete, sums = np.zeros((wanted.size, length)), np.zeros((wanted.size, 2))
    for some in slices(len(members), 2 * MEMBERS):
        rows = members[some]
        fitted = (fits.n_obs[rows] - fits.df[rows]).astype(np.float64)
        places = held.day0[rows] - begin, held.weights[rows], wanted.ravel(), length
        residuals = windows.residuals(rows)
        add_members(residuals, fits.s[rows], fitted, *places, total, mass, complete, sums)
    return member_spreads(width, HALF, total, mass, complete, sums).reshape(wanted.shape)
