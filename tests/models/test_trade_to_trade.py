"""Returns from one trade to the next, against statsmodels and against loops over prices."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm

import eventstudy as es
from eventstudy.estimation.trades import return_since, sessions_since, trade_designs
from eventstudy.models.kernel.batch import Batch
from eventstudy.models.kernel.fits import Problem, sum_window
from eventstudy.models.registry import get_model
from eventstudy.prices.returns import compute_returns
from eventstudy.significance.sums.placebo_runs import Reference, placebo_statistics
from eventstudy.spec.windows import Window

T, W = 130, 11
SPAN = Window(-5, 5)


def make_batch(seed: int = 0, n: int = 5, untraded: float = 0.3) -> Batch:
    rng = np.random.default_rng(seed)
    traded = rng.random((n, T + W)) >= untraded
    since = np.array([sessions_since(row) for row in traded])
    market = 0.0004 + 0.01 * rng.normal(size=(n, T + W))
    x = np.array([return_since(m, row) for m, row in zip(market, traded, strict=True)])
    noise = 0.02 * np.sqrt(np.nan_to_num(since)) * rng.normal(size=(n, T + W))
    y = 0.001 * since + 1.3 * x + noise
    design = np.stack([since, x], axis=2)
    return Batch(y[:, :T], design[:, :T], y[:, T:], design[:, T:])


def make_prices(untraded: float = 0.3, seed: int = 3, length: int = 340) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    days = pd.bdate_range("2023-01-02", periods=length, name="date")
    market = 0.01 * rng.normal(size=length)
    one = 1.2 * market + 0.02 * rng.normal(size=length)
    closes = pd.DataFrame(
        100 * np.exp(np.cumsum(np.column_stack([one, market]), axis=0)),
        index=days,
        columns=["THIN", "mkt"],
    )
    closes.loc[rng.random(length) < untraded, "THIN"] = np.nan
    return closes


def test_the_regression_is_the_weighted_one_of_statsmodels() -> None:
    batch = make_batch()
    fits = get_model("trade_to_trade").fit(batch)
    window = sum_window(fits, SPAN, Window(-1, 1))
    known = 0
    for i in range(len(fits)):
        seen = np.isfinite(batch.y_est[i]) & np.isfinite(batch.x_est[i]).all(axis=1)
        rows, y = batch.x_est[i][seen], batch.y_est[i][seen]
        direct = sm.WLS(y, rows, weights=1 / rows[:, 0]).fit()
        np.testing.assert_allclose(fits.coef[i], direct.params, rtol=1e-9)
        np.testing.assert_allclose(fits.s[i] ** 2, direct.scale, rtol=1e-10)
        np.testing.assert_allclose(fits.residuals[i][seen], direct.resid, rtol=1e-9, atol=1e-14)
        assert (fits.n_obs[i], fits.df[i]) == (len(y), direct.df_resid)
        event = batch.x_event[i]
        np.testing.assert_allclose(
            fits.ar[i], batch.y_event[i] - event @ direct.params, rtol=1e-9, atol=1e-15
        )
        covariance = direct.cov_params()
        own = np.isfinite(fits.ar[i])
        leverage = np.einsum("wk,kl,wl->w", event[own], covariance, event[own])
        ours = fits.s[i] ** 2 * (fits.noise[i] + fits.leverage.daily()[i])
        np.testing.assert_allclose(ours[own], direct.scale * event[own][:, 0] + leverage, rtol=1e-9)
        if np.isfinite(window.car[i]):
            known += 1
            total = event[4:7].sum(axis=0)
            variance = direct.scale * total[0] + total @ covariance @ total
            np.testing.assert_allclose(window.se[i] ** 2, variance, rtol=1e-9)
    assert known


def test_left_out_trades_are_forecast_as_if_refitted_without_them() -> None:
    batch = make_batch(1, n=1)
    fits = get_model("trade_to_trade").fit(batch)
    placebos = placebo_statistics(Reference.of(fits), 1)[0]
    seen = np.flatnonzero(np.isfinite(fits.residuals[0]))
    assert np.array_equal(seen, np.flatnonzero(np.isfinite(placebos)))
    for t in seen[::7]:
        rest = seen[seen != t]
        rows = batch.x_est[0][rest]
        direct = sm.WLS(batch.y_est[0][rest], rows, weights=1 / rows[:, 0]).fit()
        row = batch.x_est[0, t]
        variance = direct.scale * row[0] + row @ direct.cov_params() @ row
        z = (batch.y_est[0, t] - row @ direct.params) / np.sqrt(variance)
        np.testing.assert_allclose(placebos[t], z, rtol=1e-8)


def test_prices_become_returns_over_the_sessions_between_trades() -> None:
    """By a loop over the closes of one share, which trades on two sessions of three."""
    closes = make_prices()
    returns = compute_returns(closes, "trade")
    designs, which = trade_designs(returns.to_numpy(), np.array([0]), np.array([1]))
    known = np.flatnonzero(closes["THIN"].notna())
    assert np.isnan(designs[which[0]][known[0]]).all()
    for before, at in pairwise(known):
        own = np.log(closes["THIN"].iloc[at] / closes["THIN"].iloc[before])
        np.testing.assert_allclose(returns["THIN"].iloc[at], own, rtol=1e-12)
        if before == known[0] or before == 0:
            continue  # what the first return covers is not known from returns
        market = np.log(closes["mkt"].iloc[at] / closes["mkt"].iloc[before])
        np.testing.assert_allclose(designs[which[0]][at], [at - before, market], rtol=1e-9)
    untraded = closes["THIN"].isna().to_numpy()
    assert returns["THIN"].isna().to_numpy()[untraded].all()
    assert np.isnan(designs[which[0]][untraded]).all()


def test_a_benchmark_without_a_price_on_either_day_leaves_the_trade_out() -> None:
    traded = np.array([True, False, True, True, True, True])
    market = np.array([0.01, 0.02, 0.03, np.nan, 0.05, 0.07])
    np.testing.assert_array_equal(sessions_since(traded), [np.nan, np.nan, 2, 1, 1, 1])
    # session 4's return covers sessions 3 and 4, but the share traded on 3, where no level is known
    np.testing.assert_allclose(
        return_since(market, traded), [np.nan, np.nan, 0.05, np.nan, np.nan, 0.07]
    )
    np.testing.assert_allclose(
        return_since(market, np.array([True, False, True, False, True, True])),
        [np.nan, np.nan, 0.05, np.nan, 0.05, 0.07],
    )


def run(closes: pd.DataFrame, day: int = 300, **options) -> es.StudyResult:
    given = {
        "model": "trade_to_trade",
        "returns": "trade",
        "benchmark": "mkt",
        "window": (0, 2),
        "car": [(0, 0)],
        "min_obs": 60,
    }
    frame = pd.DataFrame({"event_id": [1], "ticker": ["THIN"], "date": [closes.index[day]]})
    return es.EventStudy(**{**given, **options}).run(frame, closes)


def test_without_gaps_it_is_the_market_model_on_log_returns() -> None:
    closes = make_prices(untraded=0.0)
    ours = run(closes)
    market = run(closes, model="market", returns="log")
    for name in ("car", "se", "t", "p_value", "p_placebo"):
        np.testing.assert_allclose(ours.car((0, 0))[name], market.car((0, 0))[name], rtol=1e-9)
    np.testing.assert_allclose(ours.fits[["alpha", "beta"]], market.fits[["alpha", "beta"]])


def test_a_shock_on_a_session_without_a_trade_is_in_the_next_trade() -> None:
    closes = make_prices(untraded=0.0)
    closes.iloc[301:, 0] *= np.exp(-0.2)
    closes.iloc[[90, 91, 200, 300, 301], 0] = np.nan
    result = run(closes)
    returns = result.abnormal_returns.iloc[0]
    assert list(np.isnan(returns)) == [True, True, False]
    assert abs(returns[2] + 0.2) < 0.12
    row = result.car((2, 2)).iloc[0]
    spread = result.fits["s"].item()
    assert abs(row["se"] / (spread * np.sqrt(3)) - 1) < 0.03
    assert result.fits["n_obs"].item() == 250 - 3
    filled = closes.ffill()
    market = run(filled, model="market", returns="log").car((2, 2)).iloc[0]
    assert market["se"] < 0.65 * row["se"]  # who fills prices takes three sessions for one


def test_thin_trading_biases_the_market_model_and_not_this_one() -> None:
    """Half of the sessions without a trade, closes carried forward: true beta 1.2."""
    betas = {"trade_to_trade": [], "market": []}
    for seed in range(12):
        closes = make_prices(untraded=0.5, seed=seed)
        day = 290 + int(closes["THIN"].iloc[290:].notna().argmax())
        betas["trade_to_trade"].append(run(closes, day, min_obs=40).fits["beta"].item())
        filled = closes.ffill().bfill()
        market = run(filled, day, model="market", returns="log")
        betas["market"].append(market.fits["beta"].item())
    assert abs(np.mean(betas["trade_to_trade"]) - 1.2) < 0.15
    assert np.mean(betas["market"]) < 0.85


def test_returns_of_other_sessions_are_refused_in_words() -> None:
    with pytest.raises(es.InputError, match='returns="trade"'):
        es.EventStudy(model="trade_to_trade")
    with pytest.raises(es.InputError, match='model="trade_to_trade"'):
        es.EventStudy(returns="trade")


def test_shares_that_trade_alike_have_one_design() -> None:
    returns = np.full((6, 4), 0.01)
    returns[2, 1] = returns[2, 2] = np.nan
    asset, benchmark = np.array([0, 1, 2, 0]), np.array([3, 3, 3, 3])
    designs, which = trade_designs(returns, asset, benchmark)
    assert len(designs) == 2
    assert which[0] == which[3] != which[1] == which[2]


def test_what_cannot_be_fitted_is_a_problem() -> None:
    batch = make_batch(4, untraded=0.0)
    batch.x_est[0, :, 1] = 0.01
    batch.y_est[1, 2:] = np.nan
    batch.y_est[2] = 0.001 * batch.x_est[2, :, 0] + batch.x_est[2, :, 1]
    fits = get_model("trade_to_trade").fit(batch)
    assert list(fits.problem[:4]) == [
        Problem.COLLINEAR,
        Problem.TOO_FEW,
        Problem.NO_VARIATION,
        Problem.NONE,
    ]
