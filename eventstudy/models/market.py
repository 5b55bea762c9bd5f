"""The models without factors: market, constant mean, market-adjusted."""

from __future__ import annotations

from eventstudy.models.kernel.batch import Batch, Floats
from eventstudy.models.kernel.fits import Fits
from eventstudy.models.kernel.least_squares import fit_regression
from eventstudy.models.kernel.regression import PLAIN, ReturnRegression
from eventstudy.models.registry import BENCHMARK, register_model


@register_model(
    "market",
    label="Market model",
    regressors=(BENCHMARK,),
    coefficients=("alpha", "beta"),
    reference="Fama, Fisher, Jensen & Roll (1969); MacKinlay (1997)",
    linear=True,
    regression=PLAIN,
)
def market(batch: Batch) -> Fits:
    """R = α + β·R_m + ε by OLS (k = 2)."""
    return fit_regression(PLAIN, batch)


@register_model(
    "mean",
    label="Constant mean return",
    coefficients=("alpha",),
    reference="Brown & Warner (1985)",
    linear=True,
    regression=PLAIN,
)
def mean(batch: Batch) -> Fits:
    """R = α + ε: the expected return is the mean of the estimation window (k = 1)."""
    return fit_regression(PLAIN, batch)


def _less_benchmark(x: Floats) -> tuple[Floats, Floats]:
    return x[..., 0], x[..., 1:]


MARKET_ADJUSTED = ReturnRegression(_less_benchmark, constant=False)


@register_model(
    "market_adjusted",
    label="Market-adjusted return",
    regressors=(BENCHMARK,),
    reference="Brown & Warner (1985)",
    regression=MARKET_ADJUSTED,
)
def market_adjusted(batch: Batch) -> Fits:
    """AR = R − R_m: nothing is estimated but the spread of the AR.

    s is the sample standard deviation (ddof 1) of the estimation window's AR, df = M − 1, C = 1.
    """
    return fit_regression(MARKET_ADJUSTED, batch)
