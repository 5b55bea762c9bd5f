"""The market-adjusted return."""

from __future__ import annotations

from eventstudy.models.batch import Batch, Floats
from eventstudy.models.fits import Fits
from eventstudy.models.registry import BENCHMARK, register_model
from eventstudy.models.regression import Regression


def _less_benchmark(x: Floats) -> tuple[Floats, Floats]:
    return x[..., 0], x[..., 1:]


MARKET_ADJUSTED = Regression(_less_benchmark, constant=False)


@register_model(
    "market_adjusted",
    label="Market-adjusted return",
    regressors=(BENCHMARK,),
    reference="Brown & Warner (1985)",
    regression=MARKET_ADJUSTED,
)
def fit(batch: Batch) -> Fits:
    """AR = R − R_m: nothing is estimated but the spread of the AR.

    s is the sample standard deviation (ddof 1) of the estimation window's AR, df = M − 1, C = 1.
    """
    return MARKET_ADJUSTED.fit(batch)
