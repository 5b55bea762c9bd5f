"""Market models for assets that do not trade at every close."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from eventstudy.arrays import SMALLEST
from eventstudy.models.kernel.batch import Batch, Bools, Floats, centred
from eventstudy.models.kernel.fits import Fits, Leverage
from eventstudy.models.kernel.least_squares import FLAT, fit_regression, least_squares, make_fits
from eventstudy.models.kernel.regression import ReturnRegression
from eventstudy.models.registry import (
    AFTER,
    BEFORE,
    BENCHMARK,
    BENCHMARK_SINCE,
    SESSIONS_SINCE,
    register_model,
)

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


@register_model(
    "trade_to_trade",
    label="Trade-to-trade market model",
    regressors=(SESSIONS_SINCE, BENCHMARK_SINCE),
    coefficients=("alpha", "beta"),
    reference="Maynes & Rumsey (1993)",
)
def trade_to_trade(batch: Batch) -> Fits:
    """R = αn + βR_m + ε, Var ε = nσ²: returns from one trade to the next, n sessions apart.

    Both returns are log returns over the same n sessions, and the regression is weighted by 1/√n,
    which is that of R/n on R_m/n with weights n. s² = Σ(e²/n)/(M − 2), M trades; the variance of an
    AR is s²(n + x'(X'WX)⁻¹x) with x = (n, R_m), W = 1/n. A session without a trade has no AR: what
    happened on it is in the AR of the next trade.
    """
    n, x = batch.x_est[:, :, 0], batch.x_est[:, :, 1]
    valid = np.isfinite(batch.y_est) & np.isfinite(x) & (n > 0)
    n, x, y = (np.where(valid, values, 0.0) for values in (n, x, batch.y_est))
    count, sessions = valid.sum(axis=1), n.sum(axis=1)
    total = np.where(sessions > 0, sessions, 1.0)
    mean_x, mean_y = x.sum(axis=1) / total, y.sum(axis=1) / total
    # distances from the means, over √n: the residuals' variance is then the same everywhere
    root_n = np.sqrt(np.where(valid, n, 1.0))
    far_x = np.where(valid, x - n * mean_x[:, None], 0.0) / root_n
    far_y = np.where(valid, y - n * mean_y[:, None], 0.0) / root_n
    spread = np.sqrt(np.einsum("nt,nt->n", far_x, far_x))
    flat = spread <= np.maximum(FLAT * np.sqrt(total) * np.abs(mean_x), SMALLEST)
    spread = np.where(flat, 1.0, spread)
    beta = np.einsum("nt,nt->n", far_x / spread[:, None], far_y) / spread
    errors = far_y - beta[:, None] * far_x

    def roots(sessions: Floats, market: Floats) -> Floats:
        level = sessions / np.sqrt(total)[:, None]
        slope = (market - sessions * mean_x[:, None]) / spread[:, None]
        return np.stack([level, slope], axis=2)

    ahead, market = batch.x_event[:, :, 0], batch.x_event[:, :, 1]
    ahead = np.where(ahead > 0, ahead, np.nan)
    missed = batch.y_event - ahead * mean_y[:, None]
    missed -= beta[:, None] * (market - ahead * mean_x[:, None])
    basis = roots(n, x) / root_n[:, :, None]
    df = count - 2
    fits = make_fits(
        coef=np.column_stack([mean_y - beta * mean_x, beta]),
        ar=missed,
        leverage=Leverage.of_roots(roots(ahead, market)),
        residuals=np.where(valid, errors * root_n, np.nan),
        basis=np.where(valid[:, :, None], basis, 0.0),
        batch=batch,
        df=df,
        singular=flat,
    )
    ssr, sst = np.einsum("nt,nt->n", errors, errors), np.einsum("nt,nt->n", far_y, far_y)
    return replace(
        fits,
        s=np.sqrt(ssr / np.maximum(df, 1)),
        r_squared=1 - ssr / np.where(sst > 0, sst, 1.0),
        noise=np.where(np.isfinite(ahead), ahead, 1.0),
        noise_est=np.where(valid, n, 1.0),
    )
