"""Any factors that the study names."""

from __future__ import annotations

from eventstudy.models.batch import Batch
from eventstudy.models.fits import Fits
from eventstudy.models.kernel import fit_linear
from eventstudy.models.registry import FACTORS, register_model


@register_model(
    "factors",
    label="Factor model",
    regressors=(FACTORS,),
    coefficients=("alpha", FACTORS),
    reference="Campbell, Lo & MacKinlay (1997), chapter 4",
    linear=True,
)
def fit(batch: Batch) -> Fits:
    """R = α + x'b + ε by OLS on the columns named in factors= (k = 1 + their number).

    Raw returns; for excess returns hand in excess returns.
    """
    return fit_linear(batch)
