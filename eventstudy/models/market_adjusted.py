"""The market-adjusted return."""

from __future__ import annotations

import numpy as np

from eventstudy.models.batch import Batch
from eventstudy.models.fits import Fits
from eventstudy.models.kernel import make_fits
from eventstudy.models.registry import BENCHMARK, register_model


@register_model(
    "market_adjusted",
    label="Market-adjusted return",
    regressors=(BENCHMARK,),
    reference="Brown & Warner (1985)",
)
def fit(batch: Batch) -> Fits:
    """AR = R − R_m: nothing is estimated but the spread of the AR.

    s is the sample standard deviation (ddof 1) of the estimation window's AR, df = M − 1, C = 1.
    """
    n, width = batch.y_event.shape
    residuals = batch.y_est - batch.x_est[:, :, 0]
    valid = np.isfinite(residuals)
    n_obs = valid.sum(axis=1)
    return make_fits(
        coef=np.empty((n, 0)),
        ar=batch.y_event - batch.x_event[:, :, 0],
        root=np.empty((n, width, 0)),
        residuals=residuals,
        basis=np.where(valid, 1 / np.sqrt(np.maximum(n_obs, 1))[:, None], 0.0)[:, :, None],
        batch=batch,
        df=n_obs - 1,
        singular=np.zeros(n, dtype=bool),
    )
