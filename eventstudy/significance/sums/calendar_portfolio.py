"""The portfolio that holds every asset through its event window, on the sessions of the calendar.

An asset counts once a session: observations of one asset whose windows overlap share its place
there, so that each of them enters with one over their number.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from eventstudy.models.kernel.batch import Floats, Ints, Rows, slices
from eventstudy.significance.sums.estimation_windows import EstimationWindows
from eventstudy.spec.windows import Window

BLOCK = 8_192
"""Observations summed at once."""

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
        total = np.zeros(last)
        for rows in slices(len(self.day0), BLOCK):
            weights = self.weights(rows)
            if values is not None:
                weights *= values[rows]
            total += np.bincount(self.sessions(rows).ravel(), weights.ravel(), last)
        return total


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
