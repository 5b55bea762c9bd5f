"""The models on factors, against brute force on the bundled sample."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import eventstudy as es
from eventstudy.models.kernel.batch import Batch
from eventstudy.models.kernel.fits import Problem
from eventstudy.models.registry import get_model

FACTORS = {
    "ff3": ["mkt_rf", "smb_ff3", "hml"],
    "ff5": ["mkt_rf", "smb", "hml", "rmw", "cma"],
    "carhart": ["mkt_rf", "smb_ff3", "hml", "mom"],
    "ff5_mom": ["mkt_rf", "smb", "hml", "rmw", "cma", "mom"],
}
OPTIONS = {"benchmark": "^GSPC", "window": (-2, 5), "car": [(0, 0), (-1, 3)], "compare": ()}


@pytest.fixture(scope="module")
def prices():
    return es.load_prices("bundled", tickers=["NVDA", "AAPL", "META", "^GSPC"])


@pytest.fixture(scope="module")
def observations() -> pd.DataFrame:
    days = pd.to_datetime(["2025-01-27", "2025-01-27", "2024-11-06"])
    return pd.DataFrame(
        {"event_id": ["a", "b", "c"], "ticker": ["NVDA", "AAPL", "META"], "date": days}
    )


def brute(y: pd.Series, x: pd.DataFrame, rf: pd.Series | float, at: int, days: slice) -> dict:
    """One observation by lstsq and explicit matrices."""
    X = np.column_stack([np.ones(len(x)), x])
    net = (y - rf).to_numpy()
    past = slice(at - 260, at - 10)
    coef = np.linalg.lstsq(X[past], net[past], rcond=None)[0]
    error = net[past] - X[past] @ coef
    s2 = error @ error / (250 - X.shape[1])
    inverse = np.linalg.inv(X[past].T @ X[past])
    event = slice(at + days.start, at + days.stop)
    total = X[event].sum(axis=0)
    car = (net[event] - X[event] @ coef).sum()
    se = np.sqrt(s2 * (len(X[event]) + total @ inverse @ total))
    return {"coef": coef, "s": np.sqrt(s2), "car": car, "se": se, "df": 250 - X.shape[1]}


@pytest.mark.parametrize("model", ["capm", *FACTORS, "factors"])
def test_by_brute_force_on_the_offline_sample(model: str, prices, observations) -> None:
    options = {"factors": ["mkt_rf", "mom"]} if model == "factors" else {}
    result = es.EventStudy(model=model, **OPTIONS, **options).run(observations, prices)
    returns = prices.adj_close.pct_change(fill_method=None)
    factors = prices.factors
    rf = 0.0 if model == "factors" else factors["rf"]
    assert result.n == 3
    for row in observations.itertuples():
        if model == "capm":
            x = (returns["^GSPC"] - rf).to_frame()
        else:
            x = factors[FACTORS.get(model, ["mkt_rf", "mom"])]
        at = prices.sessions.get_loc(row.date)
        for window in ((0, 0), (-1, 3)):
            one = brute(returns[row.ticker], x, rf, at, slice(window[0], window[1] + 1))
            car = result.car(window).loc[(row.event_id, row.ticker)]
            np.testing.assert_allclose(car["car"], one["car"], rtol=1e-9)
            np.testing.assert_allclose(car["se"], one["se"], rtol=1e-9)
        fit = result.fits.loc[(row.event_id, row.ticker)].astype(float)
        np.testing.assert_allclose(fit.iloc[: len(one["coef"])], one["coef"], rtol=1e-8, atol=1e-12)
        np.testing.assert_allclose(fit["s"], one["s"], rtol=1e-10)
        assert fit["df"] == one["df"]
    raw = [returns[r.ticker].loc[r.date] for r in observations.itertuples()]
    np.testing.assert_array_equal(result.assets.returns[:, 2], raw)


def test_a_planted_abnormal_return_is_found(prices, observations) -> None:
    factors = prices.factors
    exact = (
        0.0003
        + factors["rf"]
        + 1.3 * factors["mkt_rf"]
        - 0.4 * factors["smb_ff3"]
        + 0.2 * factors["hml"]
    )
    noise = 0.001 * np.sin(np.arange(len(exact)) ** 2)
    plain = pd.DataFrame({"X": exact + noise}).join(factors)
    planted = plain.copy()
    planted.loc["2025-01-27", "X"] += 0.07
    event = observations.iloc[[0]].assign(ticker="X")
    study = es.EventStudy(model="ff3", **{**OPTIONS, "benchmark": None})
    without, with_it = (
        study.run(event, returns=r).car((0, 0))["car"].item() for r in (plain, planted)
    )
    np.testing.assert_allclose(with_it - without, 0.07, rtol=1e-10)
    np.testing.assert_allclose(with_it, 0.07, atol=0.002)
    np.testing.assert_allclose(study.run(event, returns=plain).fits["beta"].item(), 1.3, atol=0.02)


def test_missing_columns_are_all_named(prices, observations) -> None:
    bare = replace(prices, factors=prices.factors.drop(columns=["smb_ff3", "rf"]))
    with pytest.raises(
        es.DataMissingError,
        match=r"ff3 needs 'smb_ff3', 'rf', .* names mkt_rf, smb_ff3, hml, rf",
    ):
        es.EventStudy(model="ff3", **OPTIONS).run(observations, bare)
    with pytest.raises(es.InputError, match="factors needs factors="):
        es.EventStudy(model="factors", **OPTIONS).run(observations, prices)


@pytest.mark.parametrize("model", ["capm", "ff3"])
def test_a_missing_riskless_rate_is_a_missing_session(model: str) -> None:
    rng = np.random.default_rng(0)
    k = len(get_model(model).regressors)
    x, y = rng.normal(size=(2, 80, k)), rng.normal(size=(2, 80))
    x[0, 5, -1] = x[0, 72, -1] = np.nan
    fits = get_model(model).fit(Batch(y[:, :70], x[:, :70], y[:, 70:], x[:, 70:]))
    assert list(fits.n_obs) == [69, 70]
    assert list(fits.problem) == [Problem.NONE] * 2
    assert np.isnan(fits.ar[0, 2])


def test_the_batch_is_left_as_it_was() -> None:
    rng = np.random.default_rng(1)
    x, y = rng.normal(size=(2, 80, 2)), rng.normal(size=(2, 80))
    before = x.copy()
    get_model("capm").fit(Batch(y[:, :70], x[:, :70], y[:, 70:], x[:, 70:]))
    np.testing.assert_array_equal(x, before)
