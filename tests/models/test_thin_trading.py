"""Scholes-Williams and Dimson against plain loops."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import eventstudy as es
from eventstudy.models.kernel.batch import Batch
from eventstudy.models.kernel.fits import Problem, sum_window
from eventstudy.models.registry import get_model
from eventstudy.spec.windows import Window

T, W = 120, 11
SPAN = Window(-5, 5)


def make_batch(seed: int = 0, n: int = 6, missing: float = 0.05) -> Batch:
    rng = np.random.default_rng(seed)
    market = 0.01 * rng.normal(size=(n, T + W + 2))
    market[:, 1:] += 0.2 * market[:, :-1]
    x = np.stack([market[:, :-2], market[:, 1:-1], market[:, 2:]], axis=2)
    y = 0.0005 + x @ np.array([0.3, 0.6, 0.1]) + 0.015 * rng.standard_t(5, size=(n, T + W))
    y[rng.random(y.shape) < missing] = np.nan
    x[0, 7, 2] = np.nan
    return Batch(y[:, :T], x[:, :T], y[:, T:], x[:, T:])


def slope(y: np.ndarray, x: np.ndarray) -> float:
    return float(((x - x.mean()) * (y - y.mean())).sum() / ((x - x.mean()) ** 2).sum())


def test_scholes_williams_by_a_loop() -> None:
    batch = make_batch()
    fits = get_model("scholes_williams").fit(batch)
    window = sum_window(fits, SPAN, Window(0, 3))
    for i in range(len(fits)):
        seen = np.isfinite(batch.y_est[i]) & np.isfinite(batch.x_est[i]).all(axis=1)
        y, (before, same, after) = batch.y_est[i][seen], batch.x_est[i][seen].T
        rho = np.corrcoef(before, same)[0, 1]
        betas = [slope(y, lag) for lag in (before, same, after)]
        beta = sum(betas) / (1 + 2 * rho)
        alpha = y.mean() - beta * same.mean()
        np.testing.assert_allclose(fits.coef[i], [alpha, beta, *betas, rho], rtol=1e-10)
        error = y - alpha - beta * same
        m = len(y)
        s = np.sqrt(error @ error / (m - 2))
        np.testing.assert_allclose(fits.s[i], s, rtol=1e-12)
        assert (fits.n_obs[i], fits.df[i]) == (m, m - 2)
        event = batch.x_event[i, :, 1]
        np.testing.assert_allclose(
            fits.ar[i], batch.y_event[i] - alpha - beta * event, rtol=1e-10, atol=1e-16
        )
        days = event[5:9]
        v = 4 + 16 / m + (days.sum() - 4 * same.mean()) ** 2 / ((same - same.mean()) ** 2).sum()
        if np.isfinite(window.car[i]):
            np.testing.assert_allclose(window.se[i], s * np.sqrt(v), rtol=1e-10)


def test_dimson_by_a_loop() -> None:
    batch = make_batch(1)
    fits = get_model("dimson").fit(batch)
    for i in range(len(fits)):
        seen = np.isfinite(batch.y_est[i]) & np.isfinite(batch.x_est[i]).all(axis=1)
        X = np.column_stack([np.ones(seen.sum()), batch.x_est[i][seen]])
        coef = np.linalg.lstsq(X, batch.y_est[i][seen], rcond=None)[0]
        np.testing.assert_allclose(fits.coef[i], [coef[0], coef[1:].sum(), *coef[1:]], rtol=1e-9)
        rows = np.column_stack([np.ones(W), batch.x_event[i]])
        np.testing.assert_allclose(
            fits.ar[i], batch.y_event[i] - rows @ coef, rtol=1e-9, atol=1e-15
        )
        leverage = np.einsum("wk,kl,wl->w", rows, np.linalg.inv(X.T @ X), rows)
        np.testing.assert_allclose((fits.root[i] ** 2).sum(axis=1), leverage, rtol=1e-9)
        assert fits.df[i] == seen.sum() - 4


@pytest.mark.parametrize("model", ["scholes_williams", "dimson"])
def test_stale_prices_bias_the_market_model_and_not_these(model: str) -> None:
    """A price that moves a day late for half of each move: true beta 1.5."""
    rng = np.random.default_rng(3)
    market = 0.01 * rng.normal(size=(40, 1002))
    x = np.stack([market[:, :-2], market[:, 1:-1], market[:, 2:]], axis=2)
    y = 0.75 * x[:, :, 0] + 0.75 * x[:, :, 1] + 0.01 * rng.normal(size=(40, 1000))
    batch = Batch(y, x, y[:, :5], x[:, :5])
    assert abs(get_model(model).fit(batch).coef[:, 1].mean() - 1.5) < 0.03
    plain = Batch(y, x[:, :, [1]], y[:, :5], x[:, :5, [1]])
    assert get_model("market").fit(plain).coef[:, 1].mean() < 0.8


@pytest.mark.parametrize("model", ["scholes_williams", "dimson"])
def test_alone_scaled_and_permuted(model: str) -> None:
    batch, fit = make_batch(4), get_model(model).fit
    whole = fit(batch)
    order = np.array([3, 0, 5, 1])
    for name in ("coef", "s", "ar", "root"):
        ours = getattr(whole, name)
        np.testing.assert_allclose(
            getattr(fit(batch.take(order)), name), ours[order], rtol=1e-11, atol=1e-16
        )
        alone = getattr(fit(batch.take(np.array([2]))), name)[0]
        np.testing.assert_allclose(alone, ours[2], rtol=1e-11, atol=1e-16)
    tens = Batch(10 * batch.y_est, batch.x_est, 10 * batch.y_event, batch.x_event)
    np.testing.assert_allclose(
        fit(tens).ar / fit(tens).s[:, None], whole.ar / whole.s[:, None], rtol=1e-9
    )


def test_constant_benchmarks_and_too_few_sessions_are_problems() -> None:
    batch = make_batch(5)
    batch.x_est[0] = 0.01
    batch.y_est[1, 2:] = np.nan
    for model in ("scholes_williams", "dimson"):
        fits = get_model(model).fit(batch)
        assert list(fits.problem[:3]) == [Problem.COLLINEAR, Problem.TOO_FEW, Problem.NONE]


def test_lags_are_neighbouring_sessions_of_the_benchmark() -> None:
    rng = np.random.default_rng(6)
    days = pd.bdate_range("2024-01-01", periods=400)
    market = 0.01 * rng.normal(size=400)
    late = np.roll(market, 1) + 0.001 * rng.normal(size=400)
    early = np.roll(market, -1) + 0.001 * rng.normal(size=400)
    wide = pd.DataFrame({"late": late, "early": early, "mkt": market}, index=days)
    frame = pd.DataFrame({"event_id": [1, 2], "ticker": ["late", "early"], "date": days[300]})
    fits = es.EventStudy(model="dimson", benchmark="mkt").run(frame, returns=wide).fits
    np.testing.assert_allclose(fits["beta_before"], [1, 0], atol=0.02)
    np.testing.assert_allclose(fits["beta_after"], [0, 1], atol=0.02)
    np.testing.assert_allclose(fits["beta"], 1, atol=0.03)
