"""The constant-mean-return model."""

from __future__ import annotations

from eventstudy.models.batch import Batch
from eventstudy.models.fits import Fits
from eventstudy.models.kernel import fit_linear
from eventstudy.models.registry import register_model


@register_model(
    "mean",
    label="Constant mean return",
    coefficients=("alpha",),
    reference="Brown & Warner (1985)",
    linear=True,
)
def fit(batch: Batch) -> Fits:
    """R = α + ε: the expected return is the mean of the estimation window (k = 1)."""
    return fit_linear(batch)
