"""The market model by Huber's M-estimation."""

from __future__ import annotations

import warnings

import numpy as np

from eventstudy.models.kernel.batch import Batch, Floats
from eventstudy.models.kernel.fits import Fits
from eventstudy.models.kernel.looping import Alone, Valid, fit_each
from eventstudy.models.registry import BENCHMARK, register_model

ITERATIONS = 50
"""As statsmodels has it; a fit that needs more has not converged."""


@register_model(
    "robust",
    label="Market model, Huber",
    regressors=(BENCHMARK,),
    coefficients=("alpha", "beta"),
    reference="Huber (1964); statsmodels RLM",
    loops=True,
)
def robust(batch: Batch) -> Fits:
    """R = α + βR_m + ε by statsmodels RLM, Huber's T (1.345), scale by the MAD.

    s is RLM's scale, the forecast error s² + x'Cov(b)x with its covariance "H1", df = M − 2.
    """
    return fit_each(batch, _alone)


def _alone(valid: Valid) -> Alone | None:
    """Fitted in units not far from the residual's and the regressor's spread.

    What statsmodels takes for singular depends on units. These are powers of two, which change no
    digit.
    """
    from statsmodels.robust.robust_linear_model import RLM
    from statsmodels.tools.sm_exceptions import ConvergenceWarning

    size = _power_of_two(np.append(1.0, valid.x[:, 1:].std(axis=0)))
    unit = _power_of_two(np.array(valid.s))
    units = unit / size
    with warnings.catch_warnings():
        warnings.simplefilter("error", ConvergenceWarning)
        try:
            huber = RLM(valid.y / unit, valid.x / size).fit(maxiter=ITERATIONS)
        except ConvergenceWarning:
            return None
    if huber.fit_history["iteration"] >= ITERATIONS or not huber.scale > 0:
        return None
    return Alone(
        coef=huber.params * units,
        covariance=huber.bcov_scaled * np.outer(units, units),
        s=float(huber.scale * unit),
        df=len(valid.y) - valid.x.shape[1],
    )


def _power_of_two(sizes: Floats) -> Floats:
    """Of 1, 2^±32, 2^±64, … what is next to each size; 1 for returns in decimals."""
    return np.asarray(np.exp2(32 * np.round(np.log2(sizes) / 32)))
