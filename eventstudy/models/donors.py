"""What the models on other assets' returns share: the donors, and the asset among them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from eventstudy.models.kernel.batch import Batch, Floats, Ints
from eventstudy.models.kernel.fits import Fits, Problem
from eventstudy.models.kernel.least_squares import make_fits
from eventstudy.models.kernel.leverage import Leverage


@dataclass(frozen=True, slots=True)
class Mix:
    """One asset explained by its donors."""

    constant: float
    weights: Floats
    """(K,) of the donors."""
    residuals: Floats
    """(M,) of the valid sessions; NaN where the model has none."""


def own_columns(batch: Batch) -> npt.NDArray[np.bool_]:
    """(N, K) donors whose returns are the asset's own over the whole estimation window."""
    y, x = batch.y_est[:, :, None], batch.x_est
    same = np.equal(y, x) | (np.isnan(y) & np.isnan(x))
    known = np.isfinite(batch.y_est).any(axis=1, keepdims=True)
    return np.asarray(np.all(same, axis=1) & known)


def fit_mixes(
    batch: Batch, mix: Callable[[Floats, Floats], Mix | None], least: int
) -> tuple[Fits, Ints]:
    """Fit every observation by `mix`, (M,) returns and (M, K) donors → Mix, None if it failed.

    A session counts when the asset and all its donors have a return; fewer than `least` are too
    few. An event day needs the donors of non-zero weight. Nothing is estimated that a forecast
    error could be written for: root has q = 0. Returns the fits with df = residuals − 1, and the
    number of non-zero weights (N,).
    """
    n, width, donors = batch.x_est.shape
    own = own_columns(batch)
    weights, constant = np.zeros((n, donors)), np.zeros(n)
    residuals = np.full((n, width), np.nan)
    problem = np.zeros(n, dtype=np.int64)
    m = np.zeros(n, dtype=np.int64)
    for i in range(n):
        others = np.flatnonzero(~own[i])
        x = batch.x_est[i][:, others]
        seen = np.isfinite(batch.y_est[i]) & np.isfinite(x).all(axis=1)
        m[i] = seen.sum()
        if not len(others) or m[i] < least:
            problem[i] = Problem.TOO_FEW if len(others) else Problem.COLLINEAR
            continue
        found = mix(batch.y_est[i][seen], x[seen])
        if found is None:
            problem[i] = Problem.NO_CONVERGENCE
            continue
        constant[i], weights[i, others], residuals[i, seen] = (
            found.constant,
            found.weights,
            found.residuals,
        )
    used = weights != 0
    x_event = np.where(used[:, None, :], batch.x_event, 0.0)
    known = np.isfinite(residuals)
    count = known.sum(axis=1)
    fits = make_fits(
        coef=np.column_stack([constant, weights]),
        ar=batch.y_event - constant[:, None] - np.einsum("nwk,nk->nw", x_event, weights),
        leverage=Leverage.of_roots(np.empty((n, batch.y_event.shape[1], 0))),
        residuals=residuals,
        basis=np.where(known, 1 / np.sqrt(np.maximum(count, 1))[:, None], 0.0)[:, :, None],
        batch=batch,
        df=count - 1,
        singular=np.zeros(n, dtype=bool),
    )
    problem = np.where(problem != Problem.NONE, problem, fits.problem)
    return replace(fits, problem=problem, n_obs=m), used.sum(axis=1)
