"""Simultaneous bands: the critical value against laws that are known in closed form."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import integrate, stats

import eventstudy as es
from eventstudy.estimation.paths import car_paths
from eventstudy.significance.sums.bands import (
    DRAWS,
    furthest_of_runs,
    path_covariance,
    run_quantile,
    sup_t_quantile,
)
from eventstudy.significance.sums.placebo_runs import Reference


def tolerance(df: float, confidence: float) -> float:
    """Four Monte-Carlo standard errors of the quantile of one |t|, which bounds the spread."""
    c = stats.t.ppf((1 + confidence) / 2, df)
    density = 2 * stats.t.pdf(c, df)
    return 4 * np.sqrt(confidence * (1 - confidence) / DRAWS) / density


@pytest.mark.parametrize("df", [5.0, 30.0, 248.0])
@pytest.mark.parametrize("confidence", [0.9, 0.95, 0.99])
def test_one_day_is_students_t(df, confidence):
    found = sup_t_quantile(np.array([[2.5]]), df, confidence)
    exact = stats.t.ppf((1 + confidence) / 2, df)
    assert found == pytest.approx(exact, abs=tolerance(df, confidence))


@pytest.mark.parametrize("days", [2, 5, 21])
@pytest.mark.parametrize("df", [10.0, 248.0])
def test_independent_days_follow_the_studentised_maximum_modulus(days, df):
    found = sup_t_quantile(np.diag(np.arange(1.0, days + 1)), df, 0.95)

    def inside(u: float) -> float:
        s = np.sqrt(stats.chi2.ppf(u, df) / df)
        return float((2 * stats.norm.cdf(found * s) - 1) ** days)

    covered, _ = integrate.quad(inside, 0, 1, limit=200)
    assert covered == pytest.approx(0.95, abs=4 * np.sqrt(0.95 * 0.05 / DRAWS))


def test_three_cumulated_days_follow_the_multivariate_t():
    covariance = path_covariance(np.array([[0.1, 0.3], [0.1, -0.2], [0.1, 0.0]]), np.ones(3))
    found = sup_t_quantile(covariance, 12.0, 0.95)
    scale = np.sqrt(np.diag(covariance))
    law = stats.multivariate_t(shape=covariance / np.outer(scale, scale), df=12.0)
    box = np.full(3, found)
    covered = law.cdf(box, lower_limit=-box, random_state=1, maxpts=400_000)
    assert covered == pytest.approx(0.95, abs=4 * np.sqrt(0.95 * 0.05 / DRAWS))


def test_the_covariance_is_that_of_sums_day_by_day():
    rng = np.random.default_rng(3)
    root, noise = rng.normal(size=(4, 2)), rng.uniform(0.5, 2.0, 4)
    found = path_covariance(root, noise)
    for i in range(4):
        for j in range(4):
            own = sum(noise[k] for k in range(min(i, j) + 1))
            shared = root[: i + 1].sum(axis=0) @ root[: j + 1].sum(axis=0)
            assert found[i, j] == pytest.approx(own + shared, rel=1e-12)


def test_between_one_day_and_bonferroni_and_the_same_twice():
    covariance = path_covariance(np.full((21, 1), 0.06), np.ones(21))
    found = sup_t_quantile(covariance, 248.0, 0.95)
    assert stats.t.ppf(0.975, 248) < found < stats.t.ppf(1 - 0.025 / 21, 248)
    assert found == sup_t_quantile(covariance, 248.0, 0.95)


def furthest_by_hand(y: np.ndarray, x: np.ndarray, length: int) -> list[float]:
    """max |CAR/(s√V)| over the days of every run, each from a fit without the run."""
    found = []
    for start in range(len(y) - length + 1):
        run = np.arange(start, start + length)
        design, others = np.delete(x, run, axis=0), np.delete(y, run)
        b, ssr, *_ = np.linalg.lstsq(design, others, rcond=None)
        inverse = np.linalg.inv(design.T @ design)
        s = np.sqrt(float(ssr[0]) / (len(others) - x.shape[1]))
        sizes = []
        for days in range(1, length + 1):
            total = x[run[:days]].sum(axis=0)
            error = s * np.sqrt(days + total @ inverse @ total)
            sizes.append(abs((y[run[:days]] - x[run[:days]] @ b).sum()) / error)
        found.append(max(sizes))
    return found


@pytest.mark.parametrize("length", [1, 4, 11])
def test_paths_of_runs_are_those_of_fits_without_them(length):
    rng = np.random.default_rng(length)
    x = np.column_stack([np.ones(60), rng.standard_normal(60)])
    y = x @ [0.1, 1.2] + rng.standard_t(3, 60)
    q, _ = np.linalg.qr(x)
    e = y - q @ (q.T @ y)
    reference = Reference(e[None], q[None], np.array([58]), True, np.ones(1), np.empty((1, 0)))
    found = furthest_of_runs(reference, length)
    by_hand = furthest_by_hand(y, x, length)
    np.testing.assert_allclose(found[0], by_hand, rtol=1e-9)
    largest = np.sort(by_hand)[::-1]
    rank = int(0.1 * (len(by_hand) + 1))
    assert run_quantile(found, 0.9)[0] == pytest.approx(largest[rank - 1], rel=1e-9)
    assert run_quantile(found, 0.999)[0] == pytest.approx(largest[0], rel=1e-9)
    assert furthest_of_runs(reference, 61).shape == (1, 0)
    assert run_quantile(np.empty((1, 0)), 0.9)[0] == 0


def test_a_band_holds_every_day_and_is_never_narrower_than_that_of_normal_errors(paths_of):
    for seed in range(4):
        table = paths_of(seed)
        assert (table["band_low"] <= table["placebo_low"] + 1e-15).all()
        assert (table["band_high"] >= table["placebo_high"] - 1e-15).all()
        assert (table["band_high"] >= table["ci_high"]).all()
        plain = paths_of(seed, placebo=False)
        assert (table["critical"] >= plain["critical"]).all()
        assert plain["placebo_low"].isna().all()


@pytest.fixture
def paths_of():
    """The paths of three fat-tailed assets over seven days."""

    def run(seed: int, placebo: bool = True) -> pd.DataFrame:
        rng = np.random.default_rng(seed)
        days = pd.bdate_range("2020-01-01", periods=320)
        table = pd.DataFrame(0.02 * rng.standard_t(3, (320, 4)), days, ["A", "B", "C", "mkt"])
        events = pd.DataFrame({"event_id": "e", "ticker": ["A", "B", "C"], "date": days[300]})
        spec = {"benchmark": "mkt", "window": (-3, 3), "car": [(0, 0)], "placebo": placebo}
        return es.EventStudy(**spec).run(events, returns=table).paths()

    return run


@pytest.mark.slow
@pytest.mark.needs_shared
def test_bands_of_real_shares_cover_about_as_often_as_they_say(shared):
    """600 windows of 21 days with no event, on 500 shares over eleven years."""
    prices = pd.read_parquet(shared / "data" / "universe_prices.parquet")
    wide = prices.pivot_table(index="date", columns="ticker", values="adj_close")
    returns = wide.pct_change(fill_method=None).iloc[1:]
    returns["mkt"] = returns.mean(axis=1)
    rng = np.random.default_rng(5)
    days = returns.index[rng.integers(265, len(returns) - 12, 700)]
    tickers = rng.choice(returns.columns[:-1], 700)
    events = pd.DataFrame({"event_id": [f"e{i}" for i in range(700)], "ticker": tickers})
    study = es.EventStudy(
        benchmark="mkt", window=(-10, 10), car=[(0, 0)], min_obs=250, tests="csect_t", kp="event"
    )
    result = study.run(events.assign(date=days), returns=returns)
    assets = result.assets
    parts = [car_paths(assets, np.arange(i, min(i + 150, result.n))) for i in range(0, 600, 150)]
    paths = pd.concat(parts)
    paths["inside"] = (paths["band_low"] <= 0) & (paths["band_high"] >= 0)
    covered = paths.dropna().groupby("event_id")["inside"].all()
    assert len(covered) > 550
    assert 0.935 - 2 * np.sqrt(0.05 * 0.95 / len(covered)) < covered.mean() < 0.97
