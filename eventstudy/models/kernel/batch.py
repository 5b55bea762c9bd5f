"""What a normal-return model sees: returns and regressors of N observations, cut from a panel.

An observation is one asset at one event. Everything here is arrays, batched over
observations; a missing value is NaN and stays one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
from numpy.lib.stride_tricks import as_strided

from eventstudy.spec.windows import Window

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
Rows = slice | npt.NDArray[np.generic]
"""Chosen observations: a slice, an index or a mask."""
Room = Callable[[tuple[int, ...], npt.DTypeLike], npt.NDArray[Any]]
"""Makes an array of a shape and kind, to be filled: in memory, or on disk."""
Days = Sequence[int] | Ints
"""Relative sessions, such as range(-260, -10)."""


@dataclass(frozen=True, slots=True)
class Panel:
    """The returns of all assets and the regressors of all designs, on one row of sessions."""

    returns: Floats
    """(A, T) returns in decimals, one row an asset."""
    designs: Floats
    """(D, T, K) regressors without the constant; D sets, such as one per benchmark."""
    months: Ints | None = None
    """(T,) which calendar month a session lies in, ascending; None where nobody knows."""
    clean: Floats | None = None
    """(A, T) the returns that estimation windows may use, NaN on sessions that they leave out; None
    where they may use all of `returns`."""

    @property
    def to_estimate(self) -> Floats:
        """(A, T) the returns that estimation windows may use."""
        return self.returns if self.clean is None else self.clean


@dataclass(frozen=True, slots=True)
class Positions:
    """Where N observations lie in a panel."""

    asset: Ints
    """(N,) row of `Panel.returns`."""
    day0: Ints
    """(N,) session of the event."""
    design: Ints
    """(N,) which of `Panel.designs`."""
    benchmark: Ints | None = None
    """(N,) row of `Panel.returns` that is the benchmark, −1 where there is none."""
    estimation: Ints | None = None
    """(N, 2) first and last relative session of each observation's own estimation window, inside
    that of the study; None where all have the study's."""

    def __len__(self) -> int:
        return len(self.asset)

    def take(self, rows: Rows) -> Positions:
        """The observations chosen by a slice, index or mask."""
        benchmark = None if self.benchmark is None else self.benchmark[rows]
        own = None if self.estimation is None else self.estimation[rows]
        return Positions(self.asset[rows], self.day0[rows], self.design[rows], benchmark, own)


@dataclass(frozen=True, slots=True)
class Batch:
    """Returns and regressors of N observations over estimation and event sessions."""

    y_est: Floats
    """(N, T) returns over the estimation window."""
    x_est: Floats
    """(N, T, K) regressors over the estimation window."""
    y_event: Floats
    """(N, W) returns over the event days."""
    x_event: Floats
    """(N, W, K) regressors over the event days."""
    estimation: Days = ()
    """(T,) the estimation sessions, relative to day 0."""
    event: Days = ()
    """(W,) the event days, relative to day 0."""
    placebos: bool = True
    """Whether the basis of the regressors is kept, which only placebo runs need."""

    def take(self, rows: Rows) -> Batch:
        """The observations chosen by a slice, index or mask."""
        return replace(
            self,
            y_est=self.y_est[rows],
            x_est=self.x_est[rows],
            y_event=self.y_event[rows],
            x_event=self.x_event[rows],
        )

    def on_sessions(self, keep: Bools) -> Batch:
        """The same with the estimation sessions outside `keep` (T,) made missing."""
        return replace(self, y_est=np.where(keep, self.y_est, np.nan))

    def portfolio(self, weights: Floats | None = None) -> Batch:
        """The mean return of all observations as a batch of one.

        A session averages the members that have a return on it. The observations must share
        their date and design, so that their rows are the same sessions.

        Args:
            weights: (N,) positive, of any sum; all weigh alike if None.
        """
        return replace(
            self,
            y_est=_mean_of_valid(self.y_est, weights),
            x_est=self.x_est[:1],
            y_event=_mean_of_valid(self.y_event, weights),
            x_event=self.x_event[:1],
        )


def slices(n: int, size: int) -> list[slice]:
    """All of n observations in their order, `size` at a time; one empty slice for n = 0."""
    return [slice(start, min(start + size, n)) for start in range(0, max(n, 1), size)]


def columns_of(window: Window, span: Window) -> slice:
    """The columns of the days of `window` in an array over the days of `span`, which covers it."""
    return slice(window.start - span.start, window.end - span.start + 1)


def centred(values: Floats, valid: Bools) -> Floats:
    """Rows of values (N, T) less the mean of their valid columns (N, T); 0 in the others."""
    count = np.maximum(valid.sum(axis=1, keepdims=True), 1)
    known = np.where(valid, values, 0.0)
    return np.where(valid, known - known.sum(axis=1, keepdims=True) / count, 0.0)


def _mean_of_valid(values: Floats, weights: Floats | None) -> Floats:
    valid = np.isfinite(values)
    if weights is not None:
        weight = np.where(valid, weights[:, None], 0.0).sum(axis=0, keepdims=True)
        total = np.where(valid, weights[:, None] * values, 0.0).sum(axis=0, keepdims=True)
        return np.where(weight > 0, total / np.where(weight > 0, weight, 1.0), np.nan)
    count = valid.sum(axis=0, keepdims=True)
    total = np.where(valid, values, 0.0).sum(axis=0, keepdims=True)
    return np.where(count > 0, total / np.maximum(count, 1), np.nan)


def cut_batch(panel: Panel, positions: Positions, estimation: Days, event: Days) -> Batch:
    """Gather the days of every observation; sessions outside the panel are missing.

    Where estimation sessions are not consecutive (two windows), those between are kept as missing
    ones, so that neighbours in the arrays are neighbours in time: T counts from the first to the
    last. So are those outside an observation's own estimation window.

    Args:
        panel: Returns and designs.
        positions: Where the N observations lie in it.
        estimation: Estimation sessions relative to day 0.
        event: (W,) event days relative to day 0.
    """
    wanted = np.asarray(estimation)
    estimation = range(int(wanted.min()), int(wanted.max()) + 1) if len(wanted) else ()
    y_est, x_est = _gather(Panel(panel.to_estimate, panel.designs), positions, estimation)
    if len(estimation) > len(wanted):
        between = ~np.isin(estimation, wanted)
        y_est[:, between] = np.nan
        x_est[:, between] = np.nan
    if positions.estimation is not None and len(estimation):
        first, last = positions.estimation.T[:, :, None]
        outside = (np.asarray(estimation) < first) | (np.asarray(estimation) > last)
        y_est[outside] = np.nan  # the regressors stay: observations of one date share them
    y_event, x_event = _gather(panel, positions, event)
    return Batch(y_est, x_est, y_event, x_event, estimation, event)


def _gather(panel: Panel, positions: Positions, days: Days) -> tuple[Floats, Floats]:
    if isinstance(days, range) and len(days) and len(positions):
        start = positions.day0 + days[0]
        inside = (start >= 0) & (start + len(days) <= panel.returns.shape[1])
        if inside.all() and panel.returns.flags.c_contiguous and panel.designs.flags.c_contiguous:
            return _whole_rows(panel, positions, start, len(days))
    sessions, outside = _sessions(panel, positions, days)
    y = panel.returns[positions.asset[:, None], sessions]
    y[outside] = np.nan
    x = panel.designs[positions.design[:, None], sessions]
    x[outside] = np.nan
    return y, x


def _whole_rows(
    panel: Panel, positions: Positions, start: Ints, width: int
) -> tuple[Floats, Floats]:
    """The same by copying runs of memory, which is many times faster than picking days.

    A view gives every run of `width` days that begins anywhere in the flat memory; runs that cross
    from one asset into the next are in it too, but nobody asks for them.
    """
    assets, sessions = panel.returns.shape
    designs, _, columns = panel.designs.shape
    step = panel.designs.strides[1]
    y = as_strided(panel.returns, (assets * sessions - width + 1, width), (8, 8))
    x = as_strided(panel.designs, (designs * sessions - width + 1, width, columns), (step, step, 8))
    return y[positions.asset * sessions + start], x[positions.design * sessions + start]


def _sessions(panel: Panel, positions: Positions, days: Days) -> tuple[Ints, Bools]:
    """(N, W) sessions of the days, and which of them lie outside the panel."""
    count = panel.returns.shape[1]
    sessions = positions.day0[:, None] + np.asarray(days, dtype=np.int64)
    outside = (sessions < 0) | (sessions >= count)
    return sessions.clip(0, count - 1), outside


def benchmark_returns(panel: Panel, positions: Positions, days: Days) -> Floats:
    """(N, W) returns of each observation's benchmark; NaN where it has none."""
    if positions.benchmark is None:
        return np.full((len(positions), len(days)), np.nan)
    sessions, outside = _sessions(panel, positions, days)
    returns = panel.returns[positions.benchmark[:, None], sessions]
    return np.where(outside | (positions.benchmark < 0)[:, None], np.nan, returns)


def returns_over(returns: Floats, positions: Positions, span: Window) -> Floats:
    """(N, W) returns over the days of `span`, out of (A, T); NaN outside."""
    bare = Panel(returns, np.empty((1, returns.shape[1], 0)))
    at = Positions(positions.asset, positions.day0, np.zeros_like(positions.asset))
    return _gather(bare, at, span.days)[0]


def shared_windows(designs: Floats, span: Window) -> Floats:
    """(U, W, K) the regressors of every event window that can lie on designs (D, T, K).

    A view: neighbours overlap. Days outside the panel are missing. `window_index` finds a row.
    """
    count, sessions, columns = designs.shape
    left, right = max(0, -span.start), max(0, span.end)
    padded = np.full((count, left + sessions + right, columns), np.nan)
    padded[:, left : left + sessions] = designs
    rows = count * padded.shape[1] - span.length + 1
    step = padded.strides[1]
    return as_strided(padded, (rows, span.length, columns), (step, step, padded.strides[2]))


def window_index(panel: Panel, positions: Positions, span: Window) -> Ints:
    """(N,) the rows of `shared_windows` that belong to the observations."""
    left, right = max(0, -span.start), max(0, span.end)
    sessions = left + panel.returns.shape[1] + right
    index: Ints = positions.design * sessions + positions.day0 + (span.start + left)
    return index


def on_own_rows(n: int, first: int) -> Positions:
    """Positions of n observations in a panel (n, W) of just their days, from day `first` on."""
    rows = np.arange(n)
    return Positions(rows, np.full(n, -first), np.zeros(n, dtype=np.int64))
