"""How often each test rejects in a run of samples: the package's own fits and tests, counted."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from eventstudy.calibration.setting import Setting
from eventstudy.calibration.shares import RejectionCount
from eventstudy.calibration.simulate import Samples
from eventstudy.compute.checkpoints import Arrays
from eventstudy.models.estimate import estimate
from eventstudy.models.kernel.fits import Problem
from eventstudy.models.registry import Model
from eventstudy.significance.outcome import Outcome, refusal
from eventstudy.significance.registry import Test
from eventstudy.significance.run import outcome_of
from eventstudy.significance.sample import FittedGroup, Sample
from eventstudy.spec.study_spec import StudySpec

Make = Callable[[Setting, range], Samples]


def pack(tallies: Sequence[RejectionCount]) -> Arrays:
    """Tallies as arrays, for a file; reasons in the order in which they were first met."""
    reasons = [(i, *counted) for i, t in enumerate(tallies) for counted in t.reasons.items()]
    which, texts, counts = zip(*reasons, strict=True) if reasons else ((), (), ())
    return {
        "answered": np.array([t.answered for t in tallies], dtype=np.int64),
        "rejections": np.array([t.rejections for t in tallies], dtype=np.int64),
        "which": np.array(which, dtype=np.int64),
        "reasons": np.array(texts, dtype=np.str_),
        "counts": np.array(counts, dtype=np.int64),
    }


def unpack(arrays: Arrays) -> list[RejectionCount]:
    """What `pack` took apart."""
    columns = (arrays[name].tolist() for name in ("answered", "rejections"))
    tallies = [RejectionCount(*both) for both in zip(*columns, strict=True)]
    refusals = (arrays[name].tolist() for name in ("which", "reasons", "counts"))
    for i, reason, count in zip(*refusals, strict=True):
        tallies[i].reasons[reason] = count
    return tallies


@dataclass(frozen=True, slots=True)
class Count:
    """The work of a chunk; can be sent to another process."""

    make: Make
    model: Model
    spec: StudySpec
    tests: tuple[Test, ...]
    alpha: float

    def __call__(self, task: tuple[Setting, range]) -> list[RejectionCount]:
        """One tally a test over the samples of the task, fitted in one batch."""
        tallies = [RejectionCount() for _ in self.tests]
        for group in fitted_groups(self.make(*task), self.model, self.spec):
            sample = group.over(self.spec.window)
            for test, tally in zip(self.tests, tallies, strict=True):
                tally.add(answer(test, sample), self.alpha)
        return tallies


def fitted_groups(made: Samples, model: Model, spec: StudySpec) -> Sequence[FittedGroup]:
    """The samples as fitted groups, in their order; all are fitted in one batch.

    Args:
        made: Samples on a panel.
        model: The normal-return model.
        spec: Windows and options.
    """
    fits = estimate(made.panel, made.positions, model, spec, keep_windows=True)
    usable = (fits.problem == Problem.NONE) & np.isfinite(fits.ar).any(axis=1)
    groups = []
    for start in range(0, len(made.positions), made.n):
        rows: slice | np.ndarray = slice(start, start + made.n)
        if not usable[rows].all():
            rows = start + np.flatnonzero(usable[rows])
        groups.append(
            FittedGroup(
                name="sample",
                fits=fits.take(rows),
                positions=made.positions.take(rows),
                model=model,
                spec=spec,
                panel=made.panel,
                rows=np.arange(len(made.positions))[rows],
            )
        )
    return groups


def answer(test: Test, sample: Sample) -> Outcome:
    """What a test says of a sample, which may have no observation left."""
    if not len(sample.group.fits):
        return refusal("no observation could be fitted", 0)
    return outcome_of(test, sample)
