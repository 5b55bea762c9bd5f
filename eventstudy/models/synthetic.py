"""The synthetic control: a portfolio of donors that moves as the asset did."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from scipy.optimize import nnls

from eventstudy.models.donors import Mix, fit_mixes
from eventstudy.models.kernel.batch import Batch, Floats
from eventstudy.models.kernel.fits import Fits, Problem
from eventstudy.models.registry import DONORS, register_model

FOLDS = 10
"""Blocks of consecutive sessions, each forecast with the weights of the others."""
LEAST = 2 * FOLDS
"""Sessions needed, so that a block is no single one."""


@register_model(
    "synthetic",
    label="Synthetic control",
    regressors=(DONORS,),
    coefficients=(DONORS,),
    reference="Abadie, Diamond & Hainmueller (2010)",
    loops=True,
)
def synthetic(batch: Batch) -> Fits:
    """AR = R − Σ_j w_j R_j with w ≥ 0 and Σw = 1 that minimise the sum of squares over the window.

    The asset itself is no donor. The residuals are out of sample: the window is cut into ten blocks
    and each is forecast with the weights of the other nine, because the weights of the whole window
    fit its own sessions better than they can fit the event. s is their root mean square, df = M −
    the donors with weight, C = 1.
    """
    return _fit(batch, _mix, LEAST)


def fit_in_sample(batch: Batch) -> Fits:
    """The same with residuals of the weights on the sessions that they are fitted to.

    s is then the RMSPE of Abadie, Diamond & Hainmueller (2010), by which they divide gaps.
    """
    return _fit(batch, _whole, 3)


def _fit(batch: Batch, mix: Callable[[Floats, Floats], Mix | None], least: int) -> Fits:
    fits, used = fit_mixes(batch, mix, least)
    errors = np.where(np.isfinite(fits.residuals), fits.residuals, 0.0)
    s = np.sqrt((errors**2).sum(axis=1) / np.maximum(fits.n_obs, 1))
    df = fits.n_obs - used
    problem = np.where((fits.problem == Problem.NONE) & (df < 1), Problem.TOO_FEW, fits.problem)
    return replace(fits, coef=fits.coef[:, 1:], s=s, df=df, problem=problem)


def _whole(y: Floats, x: Floats) -> Mix | None:
    weights = simplex_weights(y, x)
    return None if weights is None else Mix(0.0, weights, y - x @ weights)


def _mix(y: Floats, x: Floats) -> Mix | None:
    weights = simplex_weights(y, x)
    if weights is None:
        return None
    residuals = np.empty(len(y))
    for block in np.array_split(np.arange(len(y)), FOLDS):
        others = np.delete(np.arange(len(y)), block)
        without = simplex_weights(y[others], x[others])
        if without is None:
            return None
        residuals[block] = y[block] - x[block] @ without
    return Mix(0.0, weights, residuals)


def simplex_weights(y: Floats, x: Floats) -> Floats | None:
    """(K,) weights w ≥ 0 with Σw = 1 that minimise |y − xw|², or None without convergence.

    On the simplex y − xw = −Dw with D = x − y. Non-negative least squares of (D, 1'c) on (0, c)
    has its minimum on the same ray for any c, because for w = t·v with v on the simplex the least
    value over t grows with |Dv|. It is exact and ends after finitely many steps.
    """
    difference = x - y[:, None]
    sizes = (difference**2).sum(axis=0)
    if sizes.min() == 0:
        same = sizes == 0
        return np.asarray(same / same.sum())
    difference = difference / np.sqrt(sizes.min())
    stacked = np.vstack([difference, np.ones(x.shape[1])])
    target = np.zeros(len(stacked))
    target[-1] = 1.0
    try:
        scaled = nnls(stacked, target)[0]
    except RuntimeError:
        return None
    total = scaled.sum()
    return np.asarray(scaled / total) if total > 0 else None
