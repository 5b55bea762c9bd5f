"""What the models on other assets' returns share: the donors, and the asset among them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from eventstudy.models.kernel.batch import Batch, Bools, Floats, Ints
from eventstudy.models.kernel.fits import Fits, Problem
from eventstudy.models.kernel.least_squares import unfitted


@dataclass(frozen=True, slots=True)
class Mix:
    """One asset explained by its donors."""

    constant: float
    weights: Floats
    """(K,) of the donors."""
    residuals: Floats
    """(M,) of the valid sessions, each forecast from others; NaN where the model has none."""


def own_columns(batch: Batch) -> Bools:
    """(N, K) donors whose returns are the asset's own wherever the asset's may be used.

    An estimation window of its own and cleaned days take returns from the asset, not from donors.
    """
    y, x = batch.y_est[:, :, None], batch.x_est
    same = np.equal(y, x) | np.isnan(y)
    known = np.isfinite(batch.y_est).any(axis=1, keepdims=True)
    return np.asarray(np.all(same, axis=1) & known)


def fit_mixes(
    batch: Batch, mix: Callable[[Floats, Floats], Mix | None], least: int
) -> tuple[Fits, Ints]:
    """Fit every observation by `mix`: the fits, df = residuals − 1, and (N,) donors with weight.

    A session counts when the asset and all its donors have a return. An event day needs the donors
    of non-zero weight. Nothing is estimated that a forecast error could be written for: root has
    q = 0.

    Args:
        batch: N observations; the regressors are the donors' returns.
        mix: (M,) returns and (M, K) donors → Mix, None if it failed.
        least: Sessions needed.
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
        fitted = mix(batch.y_est[i][seen], x[seen])
        if fitted is None:
            problem[i] = Problem.NO_CONVERGENCE
            continue
        constant[i], weights[i, others] = fitted.constant, fitted.weights
        residuals[i, seen] = fitted.residuals
    used = weights != 0
    x_event = np.where(used[:, None, :], batch.x_event, 0.0)
    ar = batch.y_event - constant[:, None] - np.einsum("nwk,nk->nw", x_event, weights)
    fits = unfitted(ar, residuals, batch, np.column_stack([constant, weights]))
    problem = np.where(problem != Problem.NONE, problem, fits.problem)
    return replace(fits, problem=problem, n_obs=m), used.sum(axis=1)
