"""Fit a model to any number of observations, a chunk at a time."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from eventstudy.models.batch import Batch, Panel, Positions, cut
from eventstudy.models.fits import Fits, Problem, stack
from eventstudy.models.registry import Model
from eventstudy.spec import StudySpec

CHUNK = 2_048
"""Observations fitted together: large enough for numpy, small enough for the processor's cache."""


def estimate(
    panel: Panel, positions: Positions, model: Model, spec: StudySpec, *, keep_basis: bool
) -> Fits:
    """Fit every observation; those below `min_obs` are marked, none is dropped.

    The basis is what the placebo test needs; without `keep_basis` it is let go, which saves
    most of the memory of a large study.
    """
    starts = range(0, max(len(positions), 1), CHUNK)
    parts = [
        _fit(cut_chunk(panel, positions, i, spec), model, spec.min_obs, keep_basis) for i in starts
    ]
    return parts[0] if len(parts) == 1 else stack(parts)


def cut_chunk(panel: Panel, positions: Positions, start: int, spec: StudySpec) -> Batch:
    """The windows of one chunk of observations."""
    chunk = positions.take(slice(start, start + CHUNK))
    return cut(panel, chunk, spec.estimation, spec.span)


def _fit(batch: Batch, model: Model, min_obs: int, keep_basis: bool) -> Fits:
    fits = model.fit(batch)
    problem = np.where(fits.n_obs < min_obs, Problem.TOO_FEW, fits.problem)
    fits = replace(fits, problem=problem)
    return fits if keep_basis else fits.without_basis()
