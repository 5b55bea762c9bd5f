"""The estimation windows of a group: kept from the fit, or computed again a block at a time.

The windows of a million observations do not fit into memory, and nobody needs them at once. All
sums that the chosen tests need of them are taken in one pass (`scan`); blocks are added up in their
order, so that the sums do not depend on who worked on which.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from eventstudy.compiled.kernel import compiles
from eventstudy.compute.engine import Report, map_blocks, map_tasks
from eventstudy.models.kernel.batch import (
    Batch,
    Bools,
    Floats,
    Ints,
    Panel,
    Positions,
    Rows,
    cut_batch,
    slices,
)
from eventstudy.models.kernel.fits import Fits
from eventstudy.models.kernel.regression import distant
from eventstudy.models.kernel.regressors import Regressors
from eventstudy.models.registry import Model
from eventstudy.significance.sums.moments import window_values
from eventstudy.significance.sums.once import ComputesOnce
from eventstudy.significance.sums.ties import SAME, mean_ranks
from eventstudy.spec.study_spec import StudySpec
from eventstudy.spec.windows import Window

if TYPE_CHECKING:
    from eventstudy.compiled.sorting import Sorted

BLOCK = 1_024
"""Observations whose estimation windows are in memory at once."""

TASK = 16
"""Blocks in a task."""


@dataclass(frozen=True)
class Block(ComputesOnce):
    """Some observations of a group with their estimation windows."""

    fits: Fits
    positions: Positions
    days: Floats
    """(n, T + W) abnormal returns of the estimation window, then of the event days; NaN where
    missing."""
    spec: StudySpec
    compiled: bool = False
    """Whether its sums use compiled loops."""

    @property
    def residuals(self) -> Floats:
        """(n, T) those of the estimation window."""
        return self.days[:, : self.days.shape[1] - self.fits.ar.shape[1]]

    def scores(self, windows: Sequence[Window]) -> Floats:
        """(n, Q) SAR or SCAR over each window; NaN where a day is missing."""
        pieces = window_values(self.fits, self.spec.span, windows)
        return np.concatenate([z for _, z, _ in pieces], 1)


def estimation_ranks(block: Block) -> Floats:
    """(n, T) ranks of the days of each estimation window among themselves; 0 where missing."""
    return mean_ranks(block.residuals)


def sorted_days(block: Block) -> Sorted:
    """The days of a block sorted, for compiled loops."""
    from eventstudy.compiled.sorting import sort_rows

    return sort_rows(block.days, SAME)


Sums = tuple[Any, ...]
"""What a scan adds up: arrays of fixed shapes, or objects that can be added in order of dates."""

Scan = Callable[[Block], Sums]
"""The sums over one block of observations in the order of their dates; a module's function, so that
it can be pickled."""


@dataclass(frozen=True)
class EstimationWindows(ComputesOnce):
    """Gives the residuals of any of N observations."""

    fits: Fits
    positions: Positions
    panel: Panel
    model: Model
    spec: StudySpec
    decided: bool | None = None
    """Whether the whole group is large, where these are only some of its observations."""

    @cached_property
    def compiled(self) -> bool:
        """Whether the group is large enough for compiled loops."""
        return compiles(len(self.fits)) if self.decided is None else self.decided

    @cached_property
    def _sessions(self) -> range:
        """Relative sessions from the first to the last of the estimation window."""
        days = self.spec.estimation_days
        return range(min(days), max(days) + 1)

    @property
    def width(self) -> int:
        """How many these are, T."""
        return len(self._sessions)

    @cached_property
    def _left_out(self) -> Bools:
        """(T,) which of these lie between two estimation windows."""
        return ~np.isin(self._sessions, self.spec.estimation_days)

    @property
    def columns(self) -> int:
        """Sessions in a row of residuals: T, or as many as the model keeps."""
        given = self.kept or self.model.regression is None
        return self.fits.residuals.shape[1] if given else self.width

    @property
    def kept(self) -> bool:
        """Whether the residuals are in memory."""
        return bool(self.fits.residuals.shape[1])

    def residuals(self, rows: Rows) -> Floats:
        """(n, T) of these observations."""
        if self.kept or self.model.regression is None:
            return self.fits.residuals[rows]
        at = self.positions.take(rows)
        residuals = np.empty((len(at), self.width))
        self._compute(at, rows, residuals)
        return residuals

    def _compute(self, at: Positions, rows: Rows, days: Floats) -> None:
        """Write the residuals of observations to the first T of the days (n, ≥ T)."""
        regression, coef = self.model.regression, self.fits.coef[rows]
        assert regression is not None
        if self.compiled:
            fitted = regression.loadings(coef) if regression.constant else coef[:, :0]
            self._compute_compiled(at, fitted, days)
        else:
            days[:, : self.width] = regression.residuals(coef, self._batch(at))
        far = np.flatnonzero(self.distant[rows])
        if len(far):
            days[far, : self.width] = self.model.fit(self._batch(at.take(far))).residuals

    def _batch(self, at: Positions) -> Batch:
        return cut_batch(self.panel, at, self.spec.estimation_days, range(0))

    def _compute_compiled(self, at: Positions, fitted: Floats, days: Floats) -> None:
        from eventstudy.compiled import windows

        first, own = self._sessions[0], np.array([[0, self.width]])
        if at.estimation is not None:
            own = at.estimation - first + np.array([0, 1])
        given = self._regressors
        series, places = (given.offset, given.x), (at.asset, at.day0 + first, at.design)
        windows.write_residuals(
            self.panel.to_estimate, *series, *places, fitted, own, self._left_out, days
        )

    @cached_property
    def _regressors(self) -> Regressors:
        assert self.model.regression is not None
        return Regressors.of(self.model.regression, self.panel.designs)

    @cached_property
    def distant(self) -> Bools:
        """(N,) which residuals coefficients alone would give with too few digits."""
        regression, fits = self.model.regression, self.fits
        if regression is None or not regression.constant:
            return np.zeros(len(fits), dtype=bool)
        return distant(regression.loadings(fits.coef), fits.leverage.center, fits.s)

    @cached_property
    def complete(self) -> Bools:
        """(N,) which observations miss no session of the estimation window."""
        return np.asarray(self.fits.n_obs == len(self.spec.estimation_days))

    def block(self, rows: Rows) -> Block:
        """These observations."""
        fits, at = self.fits.take(rows), self.positions.take(rows)
        if self.kept or self.model.regression is None:
            days = np.concatenate([fits.residuals, fits.ar], axis=1)
        else:
            days = np.empty((len(at), self.width + fits.ar.shape[1]))
            days[:, self.width :] = fits.ar
            self._compute(at, rows, days)
        return Block(fits, at, days, self.spec, self.compiled)

    def blocks(self) -> Iterator[Block]:
        """All blocks, one at a time."""
        return map(self.block, slices(len(self.fits), BLOCK))


def scan(
    windows: EstimationWindows,
    scans: Sequence[Scan],
    engine: str = "serial",
    report: Report | None = None,
) -> dict[Scan, Sums]:
    """The sums of every scan over all observations, in one pass in the order of their dates.

    Args:
        windows: The observations.
        scans: What to sum.
        engine: Where tasks run.
        report: Receives progress.
    """
    if not scans:
        return {}
    order = _by_date(windows)
    rows = [order[task] for task in slices(len(order), TASK * BLOCK)]
    if engine == "serial":
        done = map_tasks(_scan_rows, (windows, tuple(scans)), rows, report=report)
    else:
        none = slice(0)
        fits, positions = windows.fits.take(none), windows.positions.take(none)
        bare = replace(windows, fits=fits, positions=positions, decided=windows.compiled)
        tasks = _Tasks(windows, rows)
        done = map_tasks(_scan_task, (bare, tuple(scans)), tasks, engine, report=report)
    totals: list[Sums] = []
    for blocks in done:
        for sums in blocks:
            totals = [_added(*pair) for pair in zip(totals, sums, strict=True)] if totals else sums
    return dict(zip(scans, totals, strict=True))


def _by_date(windows: EstimationWindows) -> Ints:
    """(N,) the observations in the order of their dates."""
    day0 = windows.positions.day0
    if not windows.compiled:
        return np.argsort(day0, kind="stable")
    from eventstudy.compiled.order import grouped

    return grouped(day0, int(day0.max()) + 1)[0]


Shared = tuple[EstimationWindows, tuple[Scan, ...]]
"""What every process receives once; other processes get the observations with their tasks."""


class _Tasks(Sequence[tuple[Fits, Positions]]):
    """Observations, selected when their task is submitted."""

    def __init__(self, windows: EstimationWindows, rows: Sequence[Ints]) -> None:
        self._windows, self._rows = windows, rows

    def __len__(self) -> int:
        return len(self._rows)

    def __getitem__(self, number: Any) -> Any:
        rows = self._rows[number]
        return self._windows.fits.take(rows), self._windows.positions.take(rows)


def _scan_task(shared: Shared, task: tuple[Fits, Positions]) -> list[list[Sums]]:
    bare, scans = shared
    fits, positions = task
    windows = replace(bare, fits=fits, positions=positions)
    return _scan_rows((windows, scans), np.arange(len(fits)))


def _scan_rows(shared: Shared, rows: Ints) -> list[list[Sums]]:
    windows, scans = shared

    def sums(own: slice) -> list[Sums]:
        block = windows.block(rows[own])
        return [one(block) for one in scans]

    return map_blocks(sums, slices(len(rows), BLOCK))


def _added(total: Sums, block: Sums) -> Sums:
    return tuple(a + b for a, b in zip(total, block, strict=True))
