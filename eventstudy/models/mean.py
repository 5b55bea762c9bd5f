"""The constant-mean-return model."""

from __future__ import annotations

from eventstudy.models.batch import Batch
from eventstudy.models.fits import Fits
from eventstudy.models.registry import register_model
from eventstudy.models.regression import Regression

MEAN = Regression()


@register_model(
    "mean",
    label="Constant mean return",
    coefficients=("alpha",),
    reference="Brown & Warner (1985)",
    linear=True,
    regression=MEAN,
)
def fit(batch: Batch) -> Fits:
    """R = α + ε: the expected return is the mean of the estimation window (k = 1)."""
    return MEAN.fit(batch)
