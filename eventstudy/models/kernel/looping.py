"""Models that an outside library fits one observation at a time: market models with other errors.

The libraries know no batches, so here, and only here and for peers and synthetic, observations
are looped over. What cannot be fitted is found by the batched least squares first.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np

from eventstudy.models.kernel.batch import Batch, Floats, Ints
from eventstudy.models.kernel.fits import Fits, Leverage, Problem
from eventstudy.models.kernel.least_squares import fit_linear, sum_of_squares


@dataclass(frozen=True, slots=True)
class Alone:
    """One observation fitted by a library, or the lack of it."""

    coef: Floats
    """(p,) coefficients; the first 1 + K are the constant and the slopes."""
    covariance: Floats
    """(1 + K, 1 + K) of the constant and the slopes."""
    s: float
    df: int
    noise: Floats = field(default_factory=lambda: np.empty(0))
    """(W,) variance of the event days' errors over s², or (0,) where it is 1."""
    noise_est: Floats = field(default_factory=lambda: np.empty(0))
    """(M,) the same of the valid estimation sessions, or (0,)."""


@dataclass(frozen=True, slots=True)
class Valid:
    """One observation's valid estimation sessions, and how far ahead its event days lie."""

    y: Floats
    """(M,) returns."""
    x: Floats
    """(M, 1 + K) regressors, the constant first."""
    s: float
    """Residual standard deviation by least squares."""
    event: Ints
    """(W,) the event days relative to day 0."""
    last: int
    """The last valid estimation session, likewise."""
    y_event: Floats
    """(W,) returns of the event days, NaN where missing."""
    x_event: Floats
    """(W, 1 + K) their regressors."""


def fit_each(
    batch: Batch, alone: Callable[[Valid], Alone | None], *, extra: int = 0, changing: bool = False
) -> Fits:
    """Fit every observation by `alone`; least squares stands in where there is a problem.

    Args:
        batch: N observations.
        alone: Fits one of them; None is a fit that did not converge.
        extra: Number of coefficients beyond the constant and slopes.
        changing: Whether the variance of the errors changes from day to day.
    """
    base = fit_linear(batch)
    n, width = batch.y_est.shape
    problem = base.problem.copy()
    coef = np.column_stack([base.coef, np.full((n, extra), np.nan)])
    s, df = base.s.copy(), base.df.copy()
    root, basis = base.root, base.basis.copy()
    noise, noise_est = np.ones_like(batch.y_event), np.ones_like(batch.y_est)
    days = np.asarray(batch.estimation) if len(batch.estimation) else np.arange(-width, 0)
    event = np.asarray(batch.event) if len(batch.event) else np.arange(batch.y_event.shape[1])
    x_all = np.concatenate([np.ones((n, width, 1)), batch.x_est], axis=2)
    x_event = np.concatenate([np.ones((*batch.y_event.shape, 1)), batch.x_event], axis=2)
    for i in np.flatnonzero(problem == Problem.NONE):
        seen = np.isfinite(base.residuals[i])
        rows = x_all[i][seen]
        last = int(days[seen][-1])
        own = alone(
            Valid(batch.y_est[i][seen], rows, base.s[i], event, last, batch.y_event[i], x_event[i])
        )
        if own is None:
            problem[i] = Problem.NO_CONVERGENCE
            continue
        coef[i], s[i], df[i] = own.coef, own.s, own.df
        root[i] = x_event[i] @ np.linalg.cholesky(own.covariance) / own.s
        if changing:
            noise[i], noise_est[i, seen] = own.noise, own.noise_est
            weighted = rows / np.sqrt(own.noise_est)[:, None]
            basis[i, seen] = np.linalg.qr(weighted)[0]
    slopes = coef[:, : x_all.shape[2]]
    ar = batch.y_event - np.einsum("nwk,nk->nw", x_event, slopes)
    residuals = batch.y_est - np.einsum("ntk,nk->nt", x_all, slopes)
    residuals = np.where(np.isfinite(base.residuals), residuals, np.nan)
    return replace(
        base,
        coef=coef,
        s=s,
        df=df,
        ar=ar,
        leverage=Leverage.of_roots(root),
        basis=basis,
        residuals=residuals,
        r_squared=_explained(batch.y_est, residuals),
        problem=problem,
        noise=noise if changing else base.noise,
        noise_est=noise_est if changing else base.noise_est,
    )


def _explained(y: Floats, residuals: Floats) -> Floats:
    """(N,) 1 − SSR/SST, both about their means."""
    valid = np.isfinite(residuals)
    sst = sum_of_squares(y, valid)
    return np.asarray(1 - sum_of_squares(residuals, valid) / np.where(sst > 0, sst, 1.0))
