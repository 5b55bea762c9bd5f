"""The interval of the quoted test leaves out zero exactly where its p is at most the level."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

import eventstudy as es
from eventstudy.estimation.quoted import quoted_table
from eventstudy.significance.quoted import Quoted, agreeing, rejects
from eventstudy.significance.sums.placebo_runs import placebo_p, placebo_quantile


def leaves_out_zero(low: object, high: object) -> np.ndarray:
    return (np.asarray(low) > 0) | (np.asarray(high) < 0)


@given(
    st.lists(st.integers(-6, 6), min_size=1, max_size=60),
    st.integers(-7, 7),
    st.sampled_from([0.8, 0.9, 0.95, 0.99, 1 - 1 / 13, 1 - 3 / 40]),
    st.sampled_from([1e-3, 1 / 3, 1.0, 7.7]),
)
def test_ties_and_p_at_the_level(runs: list[int], observed: int, confidence: float, se: float):
    """Whole numbers tie with the event all the time, and p meets the level often."""
    statistics, scar = np.array([runs], dtype=float), np.array([float(observed)])
    p = placebo_p(statistics, scar)
    estimate = scar * se
    sure = rejects(p, 1 - confidence)
    low, high = agreeing(estimate, placebo_quantile(statistics, confidence) * se, sure)
    assert leaves_out_zero(low, high) == sure
    assert low <= estimate <= high
    larger = sum(abs(run) >= abs(observed) for run in runs)
    assert bool(sure[0]) == ((1 + larger) <= (1 - confidence) * (1 + len(runs)) + 1e-9)


def test_p_at_the_level_counts() -> None:
    assert Quoted(0.1, 0.0, 0.2, 10 / 200, "placebo", 1 - 0.95).significant
    assert not Quoted(0.1, 0.0, 0.2, 11 / 200, "placebo", 1 - 0.95).significant
    assert not Quoted(np.nan, np.nan, np.nan, np.nan, "", 1 - 0.95).significant


@pytest.mark.parametrize(
    ("p", "level", "said"),
    [
        (0.0099, 0.05, "strong evidence"),
        (0.0101, 0.05, "evidence"),
        (0.0501, 0.05, "not significant"),
        (0.019, 0.1, "strong evidence"),
        (0.0099, 0.01, "evidence"),
        (np.nan, 0.05, "not significant"),
    ],
)
def test_the_words_of_p_follow_the_level(p: float, level: float, said: str) -> None:
    assert Quoted(0.1, 0.0, 0.2, p, "t", level).evidence == said


def test_a_row_without_a_placebo_is_quoted_by_t() -> None:
    table = pd.DataFrame(
        {
            "car": [0.03, 0.03, np.nan],
            "p_value": [0.04, 0.04, np.nan],
            "p_placebo": [0.06, np.nan, np.nan],
            "ci_low": [0.001, 0.001, np.nan],
            "ci_high": [0.059, 0.059, np.nan],
            "placebo_low": [-0.002, np.nan, np.nan],
            "placebo_high": [0.062, np.nan, np.nan],
        }
    )
    found = quoted_table(table, 0.95)
    assert found["test"].tolist() == ["placebo", "t", ""]
    assert found["p"].tolist()[:2] == [0.06, 0.04]
    assert found["significant"].tolist() == [False, True, False]
    assert found["low"].tolist()[:2] == pytest.approx([-0.002, 0.001])
    assert found["high"].tolist()[:2] == pytest.approx([0.062, 0.059])


# The averages of a group: an interval of what the headline test is about.


def returns_and_events(
    seed: int, dates: int, assets: int = 12
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """A market and assets of different spreads, an event each, on some dates; odd seeds rise."""
    rng = np.random.default_rng(seed)
    days = pd.bdate_range("2020-01-01", periods=340)
    market = 0.01 * rng.standard_normal(340)
    spread = rng.uniform(0.005, 0.04, assets)
    noise = spread * (rng.standard_normal((340, assets)) + 0.4 * rng.standard_normal((340, 1)))
    names = [f"F{i}" for i in range(assets)]
    at = 300 + 2 * np.arange(dates)
    events = pd.DataFrame(
        {"event_id": names, "ticker": names, "date": days[at[np.arange(assets) % dates]]}
    )
    table = pd.DataFrame(market[:, None] + noise, days, names).assign(mkt=market)
    for event in events.itertuples():
        table.loc[event.date, event.ticker] += 0.12 * (seed % 2)
    if dates == 1:
        events["event_id"] = "e"
    return table, events


def study(tests: object = "default", **options: object) -> es.EventStudy:
    return es.EventStudy(
        benchmark="mkt", window=(-1, 2), car=[(0, 0), (-1, 1)], tests=tests, **options
    )


@pytest.mark.parametrize("dates", [1, 4])
@pytest.mark.parametrize("assets", [1, 12])
@pytest.mark.parametrize("confidence", [0.8, 0.95])
def test_intervals_of_groups_agree_with_the_headline_test(dates, assets, confidence) -> None:
    seen = set()
    for seed in range(6):
        table, events = returns_and_events(seed, dates, assets)
        by = study(confidence=confidence).run(events, returns=table).by("group")
        sure = rejects(by["p_value"].to_numpy(), 1 - confidence)
        np.testing.assert_array_equal(leaves_out_zero(by["ci_low"], by["ci_high"]), sure)
        assert ((by["ci_low"] <= by["tested"]) & (by["tested"] <= by["ci_high"])).all()
        seen |= set(sure.tolist())
    assert seen == {True, False}


def test_what_bmp_tests_is_the_mean_weighted_by_precision() -> None:
    table, events = returns_and_events(3, 4)
    result = study().run(events, returns=table)
    for window in ((0, 0), (-1, 1)):
        cars, row = result.car(window), result.by("group").loc[("all", *window)]
        x, se = cars["car"].to_numpy(), cars["se"].to_numpy()
        weighted = (x / se).sum() / (1 / se).sum()
        assert row["estimate"] == pytest.approx(x.mean(), rel=1e-12)
        assert row["tested"] == pytest.approx(weighted, rel=1e-12)
        assert row["test"] == "bmp_kp_t"
        assert row["tested"] / row["se"] == pytest.approx(row["statistic"], rel=1e-10)
        half = stats.t.ppf(0.975, len(x) - 1) * weighted / row["statistic"]
        assert row["ci_low"] == pytest.approx(weighted - half, rel=1e-9)
        assert row["ci_high"] == pytest.approx(weighted + half, rel=1e-9)


def test_the_interval_of_a_portfolio_is_that_of_its_placebo() -> None:
    table, events = returns_and_events(5, 1)
    result = study().run(events.assign(group="g"), returns=table)
    car = result.portfolios.car_table((0, 0)).iloc[0]
    row = result.by("group").loc[("g", 0, 0)]
    assert row["test"] == "portfolio_placebo"
    assert (row["ci_low"], row["ci_high"]) == pytest.approx(
        (car["placebo_low"], car["placebo_high"]), rel=1e-9
    )


def test_without_a_headline_test_the_interval_is_that_of_the_standard_error() -> None:
    table, events = returns_and_events(2, 4)
    result = study(tests=["csect_t"]).run(events, returns=table)
    row = result.averages.set_index(["group", "start", "end"]).loc[("all", 0, 0)]
    x = result.car((0, 0))["car"]
    half = stats.t.ppf(0.975, 11) * x.std(ddof=1) / np.sqrt(12)
    assert row["tested"] == row["estimate"]
    assert (row["ci_low"], row["ci_high"]) == pytest.approx((x.mean() - half, x.mean() + half))
