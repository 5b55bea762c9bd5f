"""The models of asset pricing, on returns above the riskless rate."""

from __future__ import annotations

from eventstudy.models.kernel.batch import Batch, Floats
from eventstudy.models.kernel.fits import Fits
from eventstudy.models.kernel.least_squares import fit_regression
from eventstudy.models.kernel.regression import PLAIN, ReturnRegression
from eventstudy.models.registry import BENCHMARK, FACTORS, register_model


def _less_riskless(x: Floats) -> tuple[Floats, Floats]:
    """The last column is rf, the others are excess returns or long-short factors."""
    return x[..., -1], x[..., :-1]


def _market_premium(x: Floats) -> tuple[Floats, Floats]:
    """The benchmark and rf."""
    return x[..., 1], x[..., :1] - x[..., 1:]


CAPM = ReturnRegression(_market_premium)
EXCESS = ReturnRegression(_less_riskless)


@register_model(
    "capm",
    label="CAPM",
    regressors=(BENCHMARK, "rf"),
    coefficients=("alpha", "beta"),
    reference="Sharpe (1964); Lintner (1965); Jensen (1968)",
    linear=True,
    regression=CAPM,
)
def capm(batch: Batch) -> Fits:
    """R − rf = α + β(R_m − rf) + ε by OLS (k = 2)."""
    return fit_regression(CAPM, batch)


def fit_excess(batch: Batch) -> Fits:
    """R − rf = α + x'b + ε by OLS, where the last regressor is rf and x the others.

    AR = R − rf − α − x'b in decimals. A session without rf is a missing one. k = 1 + the number
    of factors; rf is no regressor.
    """
    return fit_regression(EXCESS, batch)


for _name, _label, _factors, _paper in (
    ("ff3", "Fama-French three factors", "smb_ff3 hml", "Fama & French (1993)"),
    ("ff5", "Fama-French five factors", "smb hml rmw cma", "Fama & French (2015)"),
    ("carhart", "Carhart four factors", "smb_ff3 hml mom", "Carhart (1997)"),
    (
        *("ff5_mom", "Fama-French five factors and momentum", "smb hml rmw cma mom"),
        "Fama & French (2018)",
    ),
):
    register_model(
        _name,
        label=_label,
        # smb of three and of five factors differ
        regressors=("mkt_rf", *_factors.split(), "rf"),
        coefficients=("alpha", "beta", *_factors.split()),
        reference=_paper,
        linear=True,
        regression=EXCESS,
    )(fit_excess)


@register_model(
    "factors",
    label="Factor model",
    regressors=(FACTORS,),
    coefficients=("alpha", FACTORS),
    reference="Campbell, Lo & MacKinlay (1997), chapter 4",
    linear=True,
    regression=PLAIN,
)
def factors(batch: Batch) -> Fits:
    """R = α + x'b + ε by OLS on the columns named in factors= (k = 1 + their number).

    Raw returns; for excess returns hand in excess returns.
    """
    return fit_regression(PLAIN, batch)
