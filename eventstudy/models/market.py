"""The market model."""

from __future__ import annotations

from eventstudy.models.batch import Batch
from eventstudy.models.fits import Fits
from eventstudy.models.registry import BENCHMARK, register_model
from eventstudy.models.regression import Regression

MARKET = Regression()


@register_model(
    "market",
    label="Market model",
    regressors=(BENCHMARK,),
    coefficients=("alpha", "beta"),
    reference="Fama, Fisher, Jensen & Roll (1969); MacKinlay (1997)",
    linear=True,
    regression=MARKET,
)
def fit(batch: Batch) -> Fits:
    """R = α + β·R_m + ε by OLS (k = 2)."""
    return MARKET.fit(batch)
