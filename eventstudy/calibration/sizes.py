"""The size of every test on real returns, by how events lie in time and how long the window is.

Placebo events as in `own_prices`: every sample is fitted once, and all tests of all windows see it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from eventstudy.calibration.own_prices import OwnPanel, draw, own_panel
from eventstudy.calibration.rejections import answer, fitted_groups
from eventstudy.calibration.setting import Setting
from eventstudy.compute.checkpoints import Arrays, checkpoints_in
from eventstudy.compute.engine import map_tasks
from eventstudy.models.kernel.batch import Floats
from eventstudy.models.registry import Model, get_model
from eventstudy.significance.date_layouts import DateLayout
from eventstudy.significance.registry import Test
from eventstudy.significance.validity import LEVELS, column_of
from eventstudy.spec.study_spec import StudySpec
from eventstudy.spec.windows import Window

CHUNK = 20
"""Samples drawn and fitted together."""

NOTHING = Setting()
"""Nothing happens on the drawn days."""

Task = tuple[str, range]
"""A layout's name and the numbers of its samples."""


@dataclass(frozen=True, slots=True)
class SizeRun:
    """What is measured; what every process gets once."""

    panels: Mapping[str, OwnPanel]
    """By the name of a layout."""
    model: Model
    spec: StudySpec
    """Its CAR windows are those that are tested."""
    tests: tuple[Test, ...]
    resampled: int
    """Samples of a layout in which tests run that resample."""

    def __call__(self, task: Task) -> Floats:
        """(S, Q, J) two-sided p of S samples, Q windows and J tests; NaN where a test refuses.

        Also NaN where a test resamples and the sample is not among the first `resampled`.
        """
        name, numbers = task
        own = self.panels[name]
        p = np.full((len(numbers), len(self.spec.car), len(self.tests)), np.nan)
        groups = fitted_groups(draw(own, NOTHING, numbers), self.model, self.spec)
        for i, (number, group) in enumerate(zip(numbers, groups, strict=True)):
            run = [number < limit for limit in self.limits(name, number + 1)]
            for q, window in enumerate(self.spec.car):
                sample = group.over(window)
                for j in np.flatnonzero(run):
                    p[i, q, j] = answer(self.tests[j], sample).p_value
        return p

    def limits(self, name: str, samples: int) -> list[int]:
        """In how many of the first `samples` samples of a layout each test is run."""
        kind = self.panels[name].layout.kind
        most = [min(samples, self.resampled) if t.resamples else samples for t in self.tests]
        return [
            limit if kind in test.layouts else 0
            for test, limit in zip(self.tests, most, strict=True)
        ]


def size_run(
    returns: pd.DataFrame,
    layouts: Sequence[DateLayout],
    tests: Sequence[Test],
    windows: Sequence[Window],
    *,
    benchmark: str | None = None,
    left_out: tuple[str, ...] = (),
    seed: int = 0,
    resampled: int = 2_000,
) -> SizeRun:
    """Prepare the measuring of tests on a panel under the market model.

    Args:
        returns: decimals, sessions × tickers.
        layouts: how the events of a sample lie in time.
        tests: those to run.
        windows: tested windows of event days.
        benchmark: the panel's benchmark; ^GSPC, else the mean of the panel, if None.
        left_out: tickers that are never drawn.
        seed: the same seed draws the same events, whatever is measured beside.
        resampled: samples in which tests that resample are run, at most.

    Raises:
        DataMissingError: the benchmark is not among the returns.
        InputError: too few observations for a layout.
    """
    spec = StudySpec(
        window=windows[0],
        car=tuple(windows),
        benchmark=benchmark,
        seed=seed,
        placebo=False,
        compare=(),
    )
    model = get_model("market")
    panels = {
        layout.name: own_panel(
            returns, model=model, spec=spec, layout=layout, seed=seed, left_out=left_out
        )
        for layout in layouts
    }
    return SizeRun(panels, model, spec, tuple(tests), resampled)


def measure_sizes(
    run: SizeRun,
    samples: int,
    *,
    engine: str = "serial",
    progress: Callable[[str, int, int], None] | None = None,
    checkpoints: str | Path | None = None,
) -> pd.DataFrame:
    """How often each test rejects at 1, 5 and 10% in every layout and window.

    Args:
        run: what is measured.
        samples: samples of each layout.
        engine: "serial", "processes" or "dask"; the figures are the same.
        progress: called with the layout, the samples done and their total.
        checkpoints: a folder that keeps finished chunks, so that an interrupted run resumes.

    Returns:
        One row a layout, test and window: test, layout, length, samples (those with a p-value),
        refused, and rejections at each level, `at_1`, `at_5`, `at_10`.
    """
    tasks = [
        (name, range(first, min(first + CHUNK, samples)))
        for name in run.panels
        for first in range(0, samples, CHUNK)
    ]
    found: dict[str, list[Floats]] = {name: [] for name in run.panels}
    done = 0
    with checkpoints_in(checkpoints) as saved:
        kept = None if saved is None else saved.of((run, tasks), _pack, _unpack)
        with closing(map_tasks(SizeRun.__call__, run, tasks, engine, kept=kept)) as parts:
            for (name, numbers), part in zip(tasks, parts, strict=True):
                found[name].append(part)
                done += len(numbers)
                if progress:
                    progress(name, done, len(run.panels) * samples)
    rows = [row for name, p in found.items() for row in _rows(run, name, np.concatenate(p))]
    return pd.DataFrame(rows)


def _rows(run: SizeRun, layout: str, p: Floats) -> Iterator[dict[str, str | int]]:
    for j, (test, limit) in enumerate(zip(run.tests, run.limits(layout, len(p)), strict=True)):
        if not limit:
            continue
        for q, window in enumerate(run.spec.car):
            figures = p[:limit, q, j]
            given = figures[np.isfinite(figures)]
            row: dict[str, str | int] = {
                "test": test.name,
                "layout": layout,
                "length": window.length,
                "samples": len(given),
                "refused": limit - len(given),
            }
            yield row | {column_of(level): int((given <= level).sum()) for level in LEVELS}


def _pack(p: Floats) -> Arrays:
    return {"p": p}


def _unpack(arrays: Arrays) -> Floats:
    return np.asarray(arrays["p"], dtype=np.float64)
