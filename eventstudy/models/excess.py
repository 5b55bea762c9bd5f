"""The models of asset pricing, on returns above the riskless rate."""

from __future__ import annotations

from dataclasses import replace

from eventstudy.models.batch import Batch
from eventstudy.models.fits import Fits
from eventstudy.models.kernel import fit_linear
from eventstudy.models.registry import BENCHMARK, register_model


def fit_excess(batch: Batch) -> Fits:
    """R − rf = α + x'b + ε by OLS, where the last regressor is rf and x the others.

    AR = R − rf − α − x'b in decimals; `Fits.returns` stay the raw returns. A session without rf
    is a missing one. k = 1 + the number of factors; rf is no regressor.
    """
    net = replace(
        batch,
        y_est=batch.y_est - batch.x_est[:, :, -1],
        x_est=batch.x_est[:, :, :-1],
        y_event=batch.y_event - batch.x_event[:, :, -1],
        x_event=batch.x_event[:, :, :-1],
    )
    return replace(fit_linear(net), returns=batch.y_event)


@register_model(
    "capm",
    label="CAPM",
    regressors=(BENCHMARK, "rf"),
    coefficients=("alpha", "beta"),
    reference="Sharpe (1964); Lintner (1965); Jensen (1968)",
    linear=True,
)
def capm(batch: Batch) -> Fits:
    """R − rf = α + β(R_m − rf) + ε by OLS (k = 2)."""
    x_est, x_event = batch.x_est.copy(), batch.x_event.copy()
    x_est[:, :, 0] -= x_est[:, :, 1]
    x_event[:, :, 0] -= x_event[:, :, 1]
    return fit_excess(replace(batch, x_est=x_est, x_event=x_event))


_FACTOR_MODELS = (
    (
        "ff3",
        "Fama-French three factors",
        ("smb_ff3", "hml"),
        "Fama & French (1993)",
    ),
    (
        "ff5",
        "Fama-French five factors",
        ("smb", "hml", "rmw", "cma"),
        "Fama & French (2015)",
    ),
    (
        "carhart",
        "Carhart four factors",
        ("smb_ff3", "hml", "mom"),
        "Carhart (1997)",
    ),
    (
        "ff5_mom",
        "Fama-French five factors and momentum",
        ("smb", "hml", "rmw", "cma", "mom"),
        "Fama & French (2018)",
    ),
)
"""Name, label, factors beside the market, paper. smb of three and of five factors differ."""

for _name, _label, _factors, _paper in _FACTOR_MODELS:
    register_model(
        _name,
        label=_label,
        regressors=("mkt_rf", *_factors, "rf"),
        coefficients=("alpha", "beta", *_factors),
        reference=_paper,
        linear=True,
    )(fit_excess)
