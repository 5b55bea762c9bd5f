"""Market models for assets that do not trade at every close."""

from __future__ import annotations

import numpy as np

from eventstudy.models.kernel.batch import Batch, Bools, Floats, centred
from eventstudy.models.kernel.fits import Fits
from eventstudy.models.kernel.least_squares import fit_regression, least_squares, make_fits
from eventstudy.models.kernel.regression import ReturnRegression
from eventstudy.models.registry import AFTER, BEFORE, BENCHMARK, register_model

NO_SCALE = 1e-6
"""|1 + 2ρ̂| below this leaves the Scholes-Williams beta without a value."""


@register_model(
    "scholes_williams",
    label="Scholes-Williams",
    regressors=(BEFORE, BENCHMARK, AFTER),
    coefficients=("alpha", "beta", "beta_before", "beta_same", "beta_after", "rho"),
    reference="Scholes & Williams (1977)",
)
def scholes_williams(batch: Batch) -> Fits:
    """β = (β₋₁ + β₀ + β₊₁)/(1 + 2ρ̂), α = R̄ − βR̄_m, AR_τ = R_τ − α − βR_m,τ.

    The three betas are slopes of simple regressions on the benchmark of the session before, the
    same and the session after; ρ̂ is the correlation of the benchmark with its own session before;
    all on the sessions that have the return and all three. s² = SSR/(M − 2). The forecast error
    is that of the market model, C = 1 + 1/M + (R_m,τ − R̄_m)²/S_mm.
    """
    valid = np.isfinite(batch.y_est) & np.isfinite(batch.x_est).all(axis=2)
    y = np.where(valid, batch.y_est, np.nan)
    simple = [least_squares(y, batch.x_est[:, :, [lag]]) for lag in range(3)]
    market = simple[1]
    betas = np.column_stack([one.slopes[:, 0] for one in simple])
    rho = _correlation(batch.x_est[:, :, 0], batch.x_est[:, :, 1], valid)
    scale = 1 + 2 * rho
    lost = np.abs(scale) < NO_SCALE
    beta = betas.sum(axis=1) / np.where(lost, 1.0, scale)
    mean = market.constant + market.slopes[:, 0] * market.center[:, 0]
    alpha = mean - beta * market.center[:, 0]
    residuals = y - alpha[:, None] - beta[:, None] * batch.x_est[:, :, 1]
    same = batch.x_event[:, :, [1]]
    return make_fits(
        coef=np.column_stack([alpha, beta, betas, rho]),
        ar=batch.y_event - alpha[:, None] - beta[:, None] * same[:, :, 0],
        leverage=market.leverage(same),
        residuals=np.where(valid, residuals, np.nan),
        basis=np.where(valid[:, :, None], market.leverage(batch.x_est[:, :, [1]]).root(), 0.0),
        batch=batch,
        df=market.n_obs - 2,
        singular=lost | np.any([one.singular for one in simple], axis=0),
    )


def _correlation(first: Floats, second: Floats, valid: Bools) -> Floats:
    """(N,) Pearson's correlation over the valid columns; 0 where one does not vary."""
    a, b = centred(first, valid), centred(second, valid)
    size = np.sqrt((a**2).sum(axis=1) * (b**2).sum(axis=1))
    return np.where(size > 0, (a * b).sum(axis=1) / np.where(size > 0, size, 1.0), 0.0)


def _with_sum(coef: Floats) -> Floats:
    """The sum of the betas goes in front of them."""
    return np.column_stack([coef[:, 0], coef[:, 1:].sum(axis=1), coef[:, 1:]])


def _without_sum(coef: Floats) -> Floats:
    return np.delete(coef, 1, axis=1)


DIMSON = ReturnRegression(report=_with_sum, loadings=_without_sum)


@register_model(
    "dimson",
    label="Dimson",
    regressors=(BEFORE, BENCHMARK, AFTER),
    coefficients=("alpha", "beta", "beta_before", "beta_same", "beta_after"),
    reference="Dimson (1979)",
    linear=True,
    regression=DIMSON,
)
def dimson(batch: Batch) -> Fits:
    """R_t = α + β₋₁R_m,t−1 + β₀R_m,t + β₊₁R_m,t+1 + ε by OLS (k = 4); beta is their sum.

    The expected return uses all three benchmark returns, so the forecast error is exact.
    """
    return fit_regression(DIMSON, batch)
