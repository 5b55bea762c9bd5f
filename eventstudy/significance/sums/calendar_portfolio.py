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
from eventstudy.models.kernel.batch import Bools, Floats, Ints, Rows, slices
from eventstudy.significance.sums.estimation_windows import EstimationWindows
from eventstudy.spec.windows import Window

BLOCK = 8_192
"""Observations whose values are in memory at once, in compiled loops."""

TABLES = 16
"""Parts of the observations whose sums are added up by sessions of their own, at most."""

MEMBERS = 512
"""Observations whose estimation windows are in memory at once, in compiled loops."""

ENTRIES = 2**14
"""Members of portfolios whose estimation windows are in memory at once."""

HALF = 0.5
"""An estimation session counts where members with this share of the weight have a residual."""


@dataclass(frozen=True, slots=True)
class Held:
    """N observations, each held through its window of L sessions."""

    day0: Ints
    """(N,) sessions of the events."""
    window: Window
    """The sessions held, relative to day 0."""
    weight: Floats
    """(N,) weights of the observations, positive."""
    place: Ints
    """(N,) row of `share`, −1 where the window overlaps no other of the same asset."""
    share: Floats
    """(P, L) one over the number of observations that hold the asset on the session."""

    def sessions(self, rows: Rows) -> Ints:
        """(n, L) sessions on which these observations are held."""
        return self.day0[rows][:, None] + np.arange(self.window.start, self.window.end + 1)

    def weights(self, rows: Rows) -> Floats:
        """(n, L) weights with which they enter."""
        weights = np.repeat(self.weight[rows][:, None], self.window.length, axis=1)
        place = self.place[rows]
        shared = np.flatnonzero(place >= 0)
        weights[shared] *= self.share[place[shared]]
        return weights

    def totals(self, values: Floats | None = None) -> Floats:
        """(S,) weighted sums of values (N, L) on sessions 0 to S − 1; without values, of ones."""
        last = int(self.day0.max(initial=-self.window.end - 1)) + self.window.end + 1
        everything = slice(None)
        weights = self.weights(everything) if values is None else self.weights(everything) * values
        sessions = self.sessions(everything)
        return np.asarray(np.bincount(sessions.ravel(), weights.ravel(), last), dtype=np.float64)


def hold(asset: Ints, day0: Ints, window: Window, weights: Floats | None = None) -> Held:
    """Hold every observation's asset through its window.

    Args:
        asset: (N,) which asset each observation is of.
        day0: (N,) session of its event.
        window: The L sessions to hold, relative to day 0; all of them inside the data.
        weights: (N,) positive, such as market values; equal where left out.
    """
    n, length = len(asset), window.length
    order = np.lexsort((day0, asset))
    near = (np.diff(asset[order]) == 0) & (np.diff(day0[order]) < length)
    again = np.zeros(n, dtype=bool)
    again[order[:-1][near]] = True
    again[order[1:][near]] = True
    rows = np.flatnonzero(again)
    place = np.full(n, -1, dtype=np.int64)
    place[rows] = np.arange(len(rows))
    sessions = day0[rows][:, None] + np.arange(length)
    width = int(sessions.max(initial=0)) + 1
    keys = asset[rows][:, None] * width + sessions
    _, which, count = np.unique(keys, return_inverse=True, return_counts=True)
    share = 1.0 / count[which.reshape(keys.shape)]
    return Held(day0, window, np.ones(n) if weights is None else weights, place, share)


@dataclass(frozen=True, slots=True)
class DailyPortfolio:
    """The mean of the holdings on each of D sessions on which something is held."""

    days: Ints
    """(D,) sessions, in order."""
    value: Floats
    """(D,) weighted mean of what was asked for."""


def daily_portfolio(held: Held, values: Floats) -> DailyPortfolio:
    """The weighted mean of values on each session.

    Args:
        held: N observations over L sessions.
        values: (N, L) returns or abnormal returns, none missing.
    """
    mass = held.totals()
    days = np.flatnonzero(mass > 0)
    return DailyPortfolio(days, held.totals(values)[days] / mass[days])


def portfolio_spreads(held: Held, windows: EstimationWindows, rows: Ints, days: Ints) -> Floats:
    """(D,) standard deviation, over the estimation sessions, of each day's portfolio.

    The members that are held on a day, with their weights of that day, form one portfolio of
    standardised residuals e/s over the sessions of their estimation windows; its spread is
    √(ΣP²/(sessions − k)), k being the mean number of parameters that were fitted. A session counts
    where members with at least half of the weight have a residual, and averages those. A portfolio
    of one member with no session missing has spread 1.

    Args:
        held: N observations over L sessions.
        windows: The estimation windows of the group.
        rows: (N,) which of the group's observations they are.
        days: (D,) sessions on which something is held, in order.
    """
    order = np.argsort(held.day0, kind="stable")
    sorted_day0 = held.day0[order]
    fits = windows.fits
    fitted = (fits.n_obs - fits.df).astype(np.float64)
    spread = np.empty(len(days))
    first, last = _members(sorted_day0, held.window, days)
    start = 0
    while start < len(days):
        members = np.cumsum(last[start:] - first[start:])
        stop = start + max(1, int(np.searchsorted(members, ENTRIES, side="right")))
        some = order[int(first[start]) : int(last[stop - 1])]
        z = windows.residuals(rows[some]) / fits.s[rows[some]][:, None]
        spread[start:stop] = _spreads(held, some, z, days[start:stop], fitted[rows[some]])
        start = stop
    return spread


def _members(day0: Ints, window: Window, days: Ints) -> tuple[Ints, Ints]:
    """First and last (exclusive) of the observations, ordered by day 0, that are held on days.

    A day in the middle of a gap between windows has none.
    """
    first = np.searchsorted(day0, days - window.end, side="left")
    last = np.searchsorted(day0, days - window.start, side="right")
    return first.astype(np.int64), last.astype(np.int64)


def _spreads(held: Held, some: Ints, z: Floats, days: Ints, fitted: Floats) -> Floats:
    """(d,) spreads of the portfolios of a few days from residuals z (n, T) of their members."""
    at = held.sessions(some)
    which = np.searchsorted(days, at)
    inside = (which < len(days)) & (days[np.minimum(which, len(days) - 1)] == at)
    member, column = np.nonzero(inside)
    which = which[member, column]
    weight = held.weights(some)[member, column]
    width = z.shape[1] + held.window.length - 1
    # Sessions before the day, counted so that the same session is the same column for all members.
    shift = (held.window.end - held.window.start) - column
    flat = (which * width + shift)[:, None] + np.arange(z.shape[1])
    known = np.isfinite(z[member])
    size = len(days) * width
    share = np.where(known, weight[:, None], 0.0).ravel()
    value = np.where(known, z[member] * weight[:, None], 0.0).ravel()
    mass = np.bincount(flat.ravel(), share, size).reshape(len(days), width)
    total = np.bincount(flat.ravel(), value, size).reshape(len(days), width)
    whole = np.bincount(which, weight, len(days))
    counts = mass >= HALF * whole[:, None]
    squares = (np.where(counts, total / np.where(counts, mass, 1.0), 0.0) ** 2).sum(axis=1)
    parameters = np.bincount(which, weight * fitted[member], len(days)) / whole
    left = counts.sum(axis=1) - parameters
    return np.asarray(np.sqrt(np.where(left > 0, squares / np.where(left > 0, left, 1.0), np.nan)))


@dataclass(frozen=True, slots=True)
class HeldTogether:
    """N observations, each held through windows of L sessions that begin on days in a row.

    The compiled form of `Held`: one window, or C single days.
    """

    first: Window
    """The first of the windows."""
    count: int
    """Windows, C; 1 where they have more than one session."""
    begin: int
    """The earliest session of an event."""
    day0: Ints
    """(N,) sessions of the events, counted from `begin`."""
    weights: Floats
    """(N, L) of one window, (N, C) of single days or (N, 1) where those are alike; with an asset's
    share in them, and 0 where nothing is held."""

    @property
    def sessions(self) -> int:
        """From the first session of an event to the last one held in the first window."""
        return int(self.day0.max()) + self.first.length

    @property
    def parts(self) -> list[slice]:
        """Runs of observations, few of them however many observations there are."""
        n = len(self.day0)
        return slices(n, max(BLOCK, -(-n // TABLES)))

    def portfolios(self, values: Callable[[slice], Floats]) -> list[DailyPortfolio]:
        """`daily_portfolio` of each window.

        Args:
            values: The values of a run of observations over all days of the windows.
        """
        mass, total = np.sum(map_blocks(partial(_by_session, self, values), self.parts), axis=0)
        portfolios = []
        for c in range(self.count):
            held = np.flatnonzero(mass[:, c] > 0)
            days = held + (self.begin + self.first.start + c)
            portfolios.append(DailyPortfolio(days, total[held, c] / mass[held, c]))
        return portfolios

    def spreads(self, windows: EstimationWindows) -> Floats:
        """(S, C) or (S, 1) `portfolio_spreads` of every session, counted as in `day0`.

        Args:
            windows: The estimation windows of these observations.
        """
        from eventstudy.compiled.calendar_portfolio import differing
        from eventstudy.compiled.order import grouped

        length, sessions = self.first.length, self.sessions
        order, begins = grouped(self.day0, sessions)
        single = length == 1
        wanted = (
            differing(self.day0, self.weights, sessions) if single else np.ones((sessions, 1), bool)
        )
        wanted[:, 0] = True
        windows.distant  # noqa: B018 (before threads ask for it)

        def of_run(run: slice) -> Floats:
            first, last = max(0, run.start - length + 1), min(run.stop, len(begins) - 1)
            at = order[begins[first] : begins[last]]
            return _member_spreads(self, windows, at, run.start, wanted[run])

        run = max(1, 8 * (length - 1), MEMBERS * sessions // len(order))
        spreads = np.concatenate(map_blocks(of_run, slices(sessions, run)))
        return np.where(wanted, spreads, spreads[:, :1])


def hold_together(asset: Ints, day0: Ints, first: Window, weights: Floats) -> HeldTogether:
    """`hold` for several single days, or one window, in compiled loops.

    Args:
        asset: (N,) which asset each observation is of.
        day0: (N,) session of its event.
        first: The first window to hold.
        weights: (N, C) for each window, 0 where the observation is not held in it.
    """
    from eventstudy.compiled.calendar_portfolio import held_weights
    from eventstudy.compiled.order import grouped

    count, begin = weights.shape[1], int(day0.min())
    if (weights[:, 1:] == weights[:, :1]).all():
        weights = weights[:, :1]
    order, begins = grouped(asset, int(asset.max()) + 1)
    shared = held_weights(order, begins, day0 - begin, weights, first.length)
    return HeldTogether(first, count, begin, day0 - begin, shared)


def _by_session(held: HeldTogether, values: Callable[[slice], Floats], part: slice) -> Floats:
    """(2, S, C) sums of weights and weighted values of a run of observations."""
    from eventstudy.compiled.calendar_portfolio import add_by_session

    sums = np.zeros((2, held.sessions, held.count))
    for rows in slices(part.stop - part.start, BLOCK):
        at = slice(part.start + rows.start, part.start + rows.stop)
        weights, length = held.weights[at], held.first.length
        add_by_session(held.day0[at], weights, values(at), length, sums[0], sums[1])
    return sums


def _member_spreads(
    held: HeldTogether, windows: EstimationWindows, at: Ints, begin: int, wanted: Bools
) -> Floats:
    """(S, C) spreads of the portfolios of some sessions from `begin` on; `at` are their members."""
    from eventstudy.compiled.calendar_portfolio import add_members, member_spreads

    fits, length, width = windows.fits, held.first.length, windows.width
    total, mass = np.zeros((2, wanted.size, width + length - 1))
    complete, sums = np.zeros((wanted.size, length)), np.zeros((wanted.size, 2))
    for some in slices(len(at), MEMBERS):
        rows = at[some]
        fitted = (fits.n_obs[rows] - fits.df[rows]).astype(np.float64)
        places = held.day0[rows] - begin, held.weights[rows], wanted.ravel(), length
        residuals = windows.residuals(rows)
        add_members(residuals, fits.s[rows], fitted, *places, total, mass, complete, sums)
    return member_spreads(width, HALF, total, mass, complete, sums).reshape(wanted.shape)
