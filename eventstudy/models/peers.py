"""The elastic net on peers."""

from __future__ import annotations

import warnings

import numpy as np

from eventstudy.errors import needs_extra
from eventstudy.models.donors import Mix, fit_mixes
from eventstudy.models.kernel.batch import Batch, Floats
from eventstudy.models.kernel.fits import Fits
from eventstudy.models.registry import DONORS, register_model

FOLDS = 5
"""Blocks of the time-ordered cross-validation, and of the out-of-sample residuals."""
LEAST = (FOLDS + 1) * (FOLDS + 1)
"""Sessions needed: the first training block must hold every fold of its own cross-validation."""
L1_SHARE = 0.5
"""How the penalty is shared between absolute values and squares."""
PENALTIES, SMALLEST = 50, 1e-3
"""Number of penalties tried, down from the least one under which all weights are zero."""


@register_model(
    "peers",
    label="Elastic net on peers",
    regressors=(DONORS,),
    coefficients=("alpha", DONORS),
    reference="Baker & Gelbach (2020)",
    loops=True,
)
def peers(batch: Batch) -> Fits:
    """R = α + Σ_j w_j R_j + ε by elastic net on the donors' returns, the asset itself left out.

    The penalty is the one of least squared error in time-ordered cross-validation. The residuals
    are out of sample: each of five blocks is forecast from the sessions before it alone, penalty
    and scaling included; the first sixth of the window has none. s is their standard deviation,
    df their number − 1, C = 1.

    Raises:
        EventStudyError: scikit-learn is not installed.
    """
    with needs_extra("The model peers", "peers"):
        import sklearn  # noqa: F401
    return fit_mixes(batch, _mix, LEAST)[0]


def _mix(y: Floats, x: Floats) -> Mix | None:
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.model_selection import TimeSeriesSplit

    residuals = np.full(len(y), np.nan)
    with warnings.catch_warnings():
        warnings.simplefilter("error", ConvergenceWarning)
        try:
            for before, block in TimeSeriesSplit(FOLDS).split(y):
                constant, weights = elastic_net(y[before], x[before])
                residuals[block] = y[block] - constant - x[block] @ weights
            constant, weights = elastic_net(y, x)
        except ConvergenceWarning:
            return None
    return Mix(constant, weights, residuals)


def elastic_net(y: Floats, x: Floats) -> tuple[float, Floats]:
    """Constant and weights (K,) of y (M,) on x (M, K), the penalty by time-ordered validation.

    Both are standardised first, so that the fit does not depend on units.
    """
    from sklearn.linear_model import ElasticNetCV
    from sklearn.model_selection import TimeSeriesSplit

    center, scale = x.mean(axis=0), x.std(axis=0)
    scale = np.where(scale > 0, scale, 1.0)
    spread = float(y.std())
    z, target = (x - center) / scale, (y - y.mean()) / (spread or 1.0)
    largest = float(np.abs(z.T @ target).max()) / (len(y) * L1_SHARE)
    if spread == 0 or largest == 0:
        return float(y.mean()), np.zeros(x.shape[1])
    model = ElasticNetCV(
        l1_ratio=L1_SHARE,
        alphas=largest * np.geomspace(1.0, SMALLEST, PENALTIES),
        cv=TimeSeriesSplit(FOLDS),
        max_iter=20_000,
        tol=1e-6,
    ).fit(z, target)
    weights = np.asarray(model.coef_) * spread / scale
    constant = float(y.mean() + spread * model.intercept_ - center @ weights)
    return constant, weights
