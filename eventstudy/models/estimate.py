"""Fit a model to any number of observations, a chunk at a time."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import numpy as np

from eventstudy.engine import Engine, map_chunks
from eventstudy.models.batch import Panel, Positions, cut
from eventstudy.models.fits import Fits, Problem, stack
from eventstudy.models.registry import Model
from eventstudy.spec import StudySpec

CHUNK = 2_048
"""Observations fitted together: large enough for numpy, small enough for the processor's cache."""
LOOP_CHUNK = 64
"""The same for models fitted one observation at a time: chunks are what processes share."""
ROOM = 2**24
"""Regressor values in a chunk, so that hundreds of donors fit into memory."""


def estimate(
    panel: Panel,
    positions: Positions,
    model: Model,
    spec: StudySpec,
    *,
    keep_basis: bool,
    engine: Engine = "serial",
) -> Fits:
    """Fit every observation; those below `min_obs` are marked, none is dropped.

    The basis is what the placebo test needs; without `keep_basis` it is let go, which saves
    most of the memory of a large study. Chunks are the same on every engine, and so are the
    figures.
    """
    values = (len(spec.estimation_days) + spec.span.length) * (1 + panel.designs.shape[2])
    most = min(LOOP_CHUNK, CHUNK) if model.loops else CHUNK
    size = max(1, min(most, ROOM // values))
    starts = range(0, max(len(positions), 1), size)
    chunks = [positions.take(slice(start, start + size)) for start in starts]
    fit = partial(_fit_chunk, panel, model, spec, keep_basis)
    parts = map_chunks(fit, chunks, engine)
    return parts[0] if len(parts) == 1 else stack(parts)


def _fit_chunk(
    panel: Panel, model: Model, spec: StudySpec, keep_basis: bool, positions: Positions
) -> Fits:
    fits = model.fit(cut(panel, positions, spec.estimation_days, spec.span.days))
    problem = np.where(fits.n_obs < spec.min_obs, Problem.TOO_FEW, fits.problem)
    fits = replace(fits, problem=problem)
    return fits if keep_basis else fits.without_basis()
