"""Any factors that the study names."""

from __future__ import annotations

from eventstudy.models.batch import Batch
from eventstudy.models.fits import Fits
from eventstudy.models.registry import FACTORS, register_model
from eventstudy.models.regression import Regression

NAMED_FACTORS = Regression()


@register_model(
    "factors",
    label="Factor model",
    regressors=(FACTORS,),
    coefficients=("alpha", FACTORS),
    reference="Campbell, Lo & MacKinlay (1997), chapter 4",
    linear=True,
    regression=NAMED_FACTORS,
)
def fit(batch: Batch) -> Fits:
    """R = α + x'b + ε by OLS on the columns named in factors= (k = 1 + their number).

    Raw returns; for excess returns hand in excess returns.
    """
    return NAMED_FACTORS.fit(batch)
