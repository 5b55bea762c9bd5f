"""Fit a model to any number of observations, a block at a time.

A block is what numpy computes on at once; a task is a run of blocks that one process works on.
Blocks are cut at the same places whatever the size of a task, so that the figures are the same.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from eventstudy.compiled.kernel import compiles
from eventstudy.compute.checkpoints import Arrays, Checkpoints
from eventstudy.compute.engine import Report, map_blocks, map_tasks
from eventstudy.models.kernel.batch import (
    Bools,
    Floats,
    Panel,
    Positions,
    Room,
    cut_batch,
    shared_windows,
    slices,
    window_index,
)
from eventstudy.models.kernel.fits import Fits, Problem, arrays_of, fill, fits_of
from eventstudy.models.kernel.many import MOST_REGRESSORS, fit_cells, forecast
from eventstudy.models.kernel.regression import ReturnRegression
from eventstudy.models.registry import Model
from eventstudy.spec.study_spec import StudySpec

BLOCK = 2_048
"""Observations computed on together: large enough for numpy, small enough for the cache."""
LOOP_BLOCK = 64
"""The same for models fitted one observation at a time: blocks are what processes share."""
ROOM = 2**24
"""Regressor values in a block, so that hundreds of donors fit into memory."""
TASK = 2**16
"""Observations in a task."""
ALONE = 2**19
"""The same where one process runs all tasks: each asset is fitted once per date and task."""

WHOLE = 2**20
"""Up to so many observations it has one task, whose arrays are the result's."""


@dataclass(frozen=True)
class Estimator:
    """A model on a panel, ready to fit any observations of it; what every process gets once."""

    panel: Panel
    model: Model
    spec: StudySpec
    keep_windows: bool
    """Keep what the placebo tests need of the estimation windows."""
    compiled: bool
    """Fit in machine code, each asset once per date; else gather each observation's window."""

    @property
    def block(self) -> int:
        """Observations in a block."""
        spec, columns = self.spec, self.panel.designs.shape[2]
        values = (len(spec.estimation_days) + spec.span.length) * (1 + columns)
        most = min(LOOP_BLOCK, BLOCK) if self.model.loops else BLOCK
        return int(max(1, min(most, ROOM // values)))

    def tasks(self, n: int, engine: str) -> list[slice]:
        """The observations of each task: whole blocks, more where one process runs all tasks."""
        most = TASK
        if self.compiled and engine == "serial":
            most = n if n <= WHOLE else ALONE
        blocks = 1 if self.model.loops else max(1, -(-most // self.block))
        return slices(n, blocks * self.block)

    def fit(self, positions: Positions) -> list[Fits]:
        """Fit the observations, a block each; those below `min_obs` are marked, none is dropped."""
        if self.compiled:
            return [self._compiled(positions)]
        if self.model.regression is None:  # it may not be thread-safe
            return [self._gathered(block) for block in self._blocks(positions)]
        _ = self.event_rows  # made once, before the threads ask for it
        return map_blocks(self._gathered, self._blocks(positions))

    def _blocks(self, positions: Positions) -> list[Positions]:
        return [positions.take(rows) for rows in slices(len(positions), self.block)]

    @cached_property
    def event_rows(self) -> Floats:
        """(U, W, k) the regressors of every possible event window."""
        return self._regression.split(shared_windows(self.panel.designs, self.spec.span))[1]

    @property
    def _regression(self) -> ReturnRegression:
        assert self.model.regression is not None
        return self.model.regression

    def _gathered(self, at: Positions) -> Fits:
        """Fit from the returns of each window."""
        batch = cut_batch(self.panel, at, self.spec.estimation_days, self.spec.span.days)
        if self.model.regression is not None:
            batch = replace(batch, placebos=self.keep_windows)
        fits = self.model.fit(batch)
        problem = np.where(fits.n_obs < self.spec.min_obs, Problem.TOO_FEW, fits.problem)
        fits = replace(fits, problem=problem)
        if self.model.regression is None:
            return fits if self.keep_windows else fits.without_basis()
        # The rows are those of all events of the panel, and are not sent about with each block.
        of = window_index(self.panel, at, self.spec.span)
        fits = replace(fits, leverage=replace(fits.leverage, rows=self.event_rows[:0], of=of))
        return fits if self.keep_windows else fits.without_estimation()

    def _compiled(self, at: Positions) -> Fits:
        """Fit each asset once per date; gather the windows where sums are not exact enough."""
        spec = self.spec
        solved = fit_cells(self.panel, at, self._regression, spec.estimation_windows)
        fits = forecast(self.panel, at, self._regression, solved, spec.span)
        fits.problem[fits.n_obs < spec.min_obs] = Problem.TOO_FEW
        again = np.flatnonzero(~solved.exact & (solved.n_obs >= spec.min_obs))
        if len(again):
            place = np.full(len(solved.exact), -1, dtype=np.int64)
            place[again] = np.arange(len(again))
            place = place[solved.which]
            rows = np.flatnonzero(place >= 0)
            blocks = map_blocks(self._gathered, self._blocks(solved.at.take(again)))
            fill(fits, rows, collect(blocks, len(again)).take(place[rows]))
        return fits


def make_estimator(
    panel: Panel, positions: Positions, model: Model, spec: StudySpec, *, keep_windows: bool
) -> Estimator:
    """Choose between machine code and gathered windows.

    The size of the whole study decides, so that neither tasks nor engines change a figure.

    Args:
        panel: Returns and designs.
        positions: All observations of the study.
        model: The model to fit.
        spec: Windows and `min_obs`.
        keep_windows: Keep residuals and basis of the estimation windows.
    """
    compiled = False
    if model.regression is not None and not keep_windows and compiles(len(positions)):
        _, x = model.regression.split(panel.designs[:, :1])
        compiled = x.shape[-1] <= MOST_REGRESSORS
    return Estimator(panel, model, spec, keep_windows, compiled)


def estimate(
    panel: Panel,
    positions: Positions,
    model: Model,
    spec: StudySpec,
    *,
    keep_windows: bool,
    engine: str = "serial",
    report: Report | None = None,
    room: Room = np.empty,
    checkpoints: Checkpoints | None = None,
) -> Fits:
    """Fit every observation; those below `min_obs` are marked, none is dropped.

    Blocks are the same on every engine, and so are the figures.

    Args:
        panel: Returns and designs.
        positions: Where the N observations lie in it.
        model: The model to fit.
        spec: Windows and `min_obs`.
        keep_windows: Keep residuals and basis of the estimation windows, which the placebo test
            needs and which outweigh everything else.
        engine: Where tasks run.
        report: Receives progress.
        room: Makes the arrays of the result.
        checkpoints: Keeps finished tasks.
    """
    estimator = make_estimator(panel, positions, model, spec, keep_windows=keep_windows)
    tasks = [positions.take(rows) for rows in estimator.tasks(len(positions), engine)]
    kept = None
    if checkpoints is not None:
        kept = checkpoints.of((estimator, positions), _pack, _unpack)
    done = map_tasks(Estimator.fit, estimator, tasks, engine, report=report, kept=kept)
    fits = collect((block for blocks in done for block in blocks), len(positions), room)
    return attach_rows(fits, estimator)


def _pack(blocks: list[Fits]) -> Arrays:
    return {
        f"{number}.{name}": values
        for number, block in enumerate(blocks)
        for name, values in arrays_of(block).items()
    }


def _unpack(arrays: Arrays) -> list[Fits]:
    blocks: dict[int, dict[str, npt.NDArray[Any]]] = {}
    for name, values in arrays.items():
        number, _, inner = name.partition(".")
        blocks.setdefault(int(number), {})[inner] = values
    return [fits_of(blocks[number]) for number in sorted(blocks)]


def collect(blocks: Iterable[Fits], n: int, room: Room = np.empty) -> Fits:
    """Join blocks of together n observations as they come.

    Args:
        blocks: At least one.
        n: Observations in all of them.
        room: Makes the arrays.
    """
    whole: Fits | None = None
    start = 0
    for block in blocks:
        if len(block) == n and room is np.empty:
            return block
        whole = block.room_for(n, room) if whole is None else whole
        fill(whole, slice(start, start + len(block)), block)
        start += len(block)
    assert whole is not None
    return whole


def keep(fits: Fits, model: Model, kept: Bools, room: Room = np.empty) -> Fits:
    """The observations of a mask, in arrays that `room` makes.

    Args:
        fits: N fitted observations.
        model: The model that they are fitted by.
        kept: (N,) which to keep.
        room: Makes the arrays.
    """
    if room is np.empty or not kept.any():
        return fits.take(kept)
    shared = fits.leverage.rows
    sent = fits if model.regression is None else fits.with_rows(shared[:0])
    rows = np.flatnonzero(kept)
    blocks = (sent.take(rows[some]) for some in slices(len(rows), TASK))
    whole = collect(blocks, len(rows), room)
    return whole if model.regression is None else whole.with_rows(shared)


def attach_rows(fits: Fits, estimator: Estimator) -> Fits:
    """Give the leverage of a regression back the rows that were not sent with it."""
    if estimator.model.regression is None:
        return fits
    return fits.with_rows(estimator.event_rows)
