"""Weights of group means: by a column, by precision, by market value; each against a loop."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import eventstudy as es

ESTIMATION, WINDOW = (-120, -11), (-3, 3)


def study(**options):
    given = {
        "benchmark": "mkt",
        "estimation": ESTIMATION,
        "window": WINDOW,
        "car": [(0, 0), (-1, 1)],
        "min_obs": 60,
    }
    return es.EventStudy(**{**given, **options})


@pytest.fixture(scope="module")
def data():
    rng = np.random.default_rng(3)
    days = pd.bdate_range("2020-01-01", periods=700)
    market = rng.normal(0, 0.01, 700)
    shock = rng.normal(0, 0.01, (700, 1))
    sigma = np.linspace(0.01, 0.04, 12)
    own = market[:, None] * rng.uniform(0.5, 1.5, 12) + shock + rng.normal(0, 1, (700, 12)) * sigma
    names = [f"S{i}" for i in range(12)]
    returns = pd.DataFrame(np.column_stack([own, market]), index=days, columns=[*names, "mkt"])
    return returns, names


def events(data, dates, **columns):
    returns, names = data
    n = len(dates)
    tickers = [names[i % 12] for i in range(n)]
    frame = pd.DataFrame({"event_id": range(n), "ticker": tickers, "date": returns.index[dates]})
    return frame.assign(**columns)


def market_model(y, x, day0, window):
    """CAR, its forecast error and degrees of freedom, by plain least squares."""
    at = np.arange(day0 + ESTIMATION[0], day0 + ESTIMATION[1] + 1)
    design = np.column_stack([np.ones(len(at)), x[at]])
    coef, *_ = np.linalg.lstsq(design, y[at], rcond=None)
    s2 = ((y[at] - design @ coef) ** 2).sum() / (len(at) - 2)
    days = np.arange(day0 + window[0], day0 + window[1] + 1)
    here = np.column_stack([np.ones(len(days)), x[days]])
    total = here.sum(axis=0)
    v = len(days) + total @ np.linalg.inv(design.T @ design) @ total
    return (y[days] - here @ coef).sum(), np.sqrt(s2 * v), len(at) - 2


@pytest.mark.parametrize("window", [(0, 0), (-1, 1)])
def test_one_date_is_the_weighted_return_as_one_asset(data, window):
    returns, names = data
    weights = np.arange(1.0, 13.0)
    frame = events(data, [400] * 12, mv=weights)
    result = study(weights="mv").run(frame, returns=returns)
    y = (returns[names].to_numpy() * weights).sum(axis=1) / weights.sum()
    car, se, _df = market_model(y, returns["mkt"].to_numpy(), 400, window)
    row = result.headline("all", window)
    t = result.tests.query("test == 'portfolio_t' and start == @window[0] and end == @window[1]")
    assert row["test"] == "portfolio_placebo"
    assert t["statistic"].iloc[0] == pytest.approx(car / se, rel=1e-10)
    caar = result.caar.loc[window]
    assert (caar["tested"], caar["se"]) == pytest.approx((car, se), rel=1e-10)
    assert caar["estimate"] == pytest.approx(car, rel=1e-10)


def test_precision_on_one_date_weighs_by_the_residual_spread(data):
    returns, names = data
    result = study(weights="precision").run(events(data, [400] * 12), returns=returns)
    w = 1 / result.fits["s"].to_numpy()
    y = (returns[names].to_numpy() * w).sum(axis=1) / w.sum()
    car, se, _ = market_model(y, returns["mkt"].to_numpy(), 400, (0, 0))
    assert result.caar.loc[(0, 0), "tested"] == pytest.approx(car, rel=1e-10)
    assert result.caar.loc[(0, 0), "se"] == pytest.approx(se, rel=1e-10)


DATES = [300, 300, 300, 340, 340, 380, 381, 420, 460, 461, 500, 540, 560, 560, 600, 600]


@pytest.mark.parametrize("window", [(0, 0), (-1, 1)])
def test_many_dates_by_a_loop(data, window):
    returns, _ = data
    rng = np.random.default_rng(4)
    mv = rng.lognormal(3, 1, len(DATES))
    result = study(weights="mv").run(events(data, DATES, mv=mv), returns=returns)
    car = result.car(window)
    x, se = car["car"].to_numpy(), car["se"].to_numpy()
    z, w = x / se, mv / mv.sum()
    row = result.headline("all", window)
    r_bar = float(row["detail"].rsplit("mean correlation ", 1)[1].split()[0])
    a = w * se
    effective = a.sum() ** 2 / (a**2).sum()
    error = z.std(ddof=1) * np.sqrt((a**2).sum() * (1 + (effective - 1) * r_bar) / (1 - r_bar))
    assert row["test"] == "weighted_kp_t"
    assert row["statistic"] == pytest.approx((w @ x) / error, rel=1e-5)  # r̄ has six digits
    p = 2 * stats.t.sf(abs(row["statistic"]), len(x) - 1)
    assert row["p_value"] == pytest.approx(p, rel=1e-10)
    caar = result.caar.loc[window]
    assert caar["estimate"] == caar["tested"] == pytest.approx(w @ x, rel=1e-12)
    assert caar["tested"] / caar["se"] == pytest.approx(row["statistic"], rel=1e-12)


def test_precision_weights_give_bmp_kp(data):
    returns, _ = data
    frame = events(data, DATES)
    result = study(weights="precision", tests="bmp_kp_t,weighted_kp_t").run(frame, returns=returns)
    table = result.tests.pivot_table(index=["start", "end"], columns="test", values="statistic")
    assert table["weighted_kp_t"].to_numpy() == pytest.approx(
        table["bmp_kp_t"].to_numpy(), rel=1e-10
    )
    assert set(result.tests[result.tests["headline"]]["test"]) == {"bmp_kp_t"}
    car = result.car((-1, 1))
    w = 1 / car["se"]
    assert result.caar.loc[(-1, 1), "estimate"] == pytest.approx(
        (w * car["car"]).sum() / w.sum(), rel=1e-12
    )


def test_equal_weights_in_a_column_change_no_mean(data):
    returns, _ = data
    frame = events(data, DATES, mv=7.0, sector=["a", "b"] * 8)
    plain = study().run(frame, returns=returns)
    weighted = study(weights="mv").run(frame, returns=returns)
    assert weighted.caar["estimate"].to_list() == pytest.approx(
        plain.caar["estimate"].to_list(), rel=1e-12
    )
    a, b = (one.by("sector") for one in (plain, weighted))
    assert a["se"].to_list() == pytest.approx(b["se"].to_list(), rel=1e-12)
    assert a["estimate"].to_list() == pytest.approx(b["estimate"].to_list(), rel=1e-12)


def test_without_a_weight_an_observation_keeps_its_car_and_is_named(data):
    returns, _ = data
    mv = np.where(np.arange(16) == 5, np.nan, 2.0)
    result = study(weights="mv").run(events(data, DATES, mv=mv), returns=returns)
    assert np.isfinite(result.car((0, 0))["car"]).all()
    assert result.caar.loc[(0, 0), "n"] == 15
    left = result.exclusions
    assert left["event_id"].tolist() == [5]
    assert "mv" in left["reason"].iloc[0]


@pytest.mark.parametrize("bad", [0.0, -1.0, np.inf, "x"])
def test_a_weight_that_is_none_is_refused(data, bad):
    returns, _ = data
    mv = pd.Series([2.0] * 15 + [bad], dtype=object)
    with pytest.raises(es.InputError, match="S3"):
        study(weights="mv").run(events(data, DATES, mv=mv), returns=returns)


def test_an_unknown_column_is_refused_with_those_there_are(data):
    returns, _ = data
    with pytest.raises(es.InputError, match="nope"):
        study(weights="nope").run(events(data, DATES), returns=returns)
    with pytest.raises(es.InputError, match="column"):
        study(weights="value").run(events(data, DATES), returns=returns)


def test_market_values_of_the_bundled_prices():
    prices = es.load_prices("bundled")
    result = es.EventStudy(weights="value").run(
        es.read_events("events.csv"), prices, event_ids=["deepseek-app-store"]
    )
    labels = result.assets.labels.set_index("ticker")["value"]
    close = prices.close["NVDA"]
    before = close.index.searchsorted(pd.Timestamp("2025-01-27")) + result.spec.span.start - 1
    shares = result.context.shares["NVDA"]
    assert labels["NVDA"] == pytest.approx(close.iloc[before] * shares, rel=1e-12)
    left = result.exclusions[result.exclusions["stage"] == "group means"]["ticker"]
    assert "^IXIC" in set(left)


@pytest.mark.parametrize("values", [np.geomspace(1, 1e6, 12), -np.ones(12), [""] * 12, ["x"] * 12])
@pytest.mark.parametrize("weights", ["equal", "precision"])
def test_a_covariate_named_weight_weighs_nothing(data, values, weights):
    returns, _ = data
    plain = study(weights=weights).run(events(data, DATES[:12]), returns=returns)
    named = study(weights=weights).run(events(data, DATES[:12], weight=values), returns=returns)
    pd.testing.assert_frame_equal(named.averages, plain.averages)
    pd.testing.assert_frame_equal(named.tests, plain.tests)
    assert len(plain.averages)


def test_weights_leave_other_columns_alone(data):
    returns, _ = data
    given = events(data, DATES[:12], weight=np.arange(12), size=np.arange(12) + 1)
    labels = study(weights="size").run(given, returns=returns).assets.labels
    assert labels["weight"].to_list() == list(range(12))
    assert labels["size"].to_list() == list(range(1, 13))


def test_without_a_quoted_test_the_spread_is_that_of_the_weighted_mean(data):
    returns, _ = data
    result = study(weights="precision", tests=["csect_t"]).run(events(data, DATES), returns=returns)
    row = result.averages.query("group == 'all' and start == 0 and end == 0").iloc[0]
    car = result.car((0, 0))
    w, x, n = 1 / car["se"] / (1 / car["se"]).sum(), car["car"], len(car)
    mean = (w * x).sum()
    assert row["se_from"] == "cross-section"
    assert row["tested"] == pytest.approx(mean, rel=1e-12)
    spread = np.sqrt((w**2 * (x - mean) ** 2).sum() * n / (n - 1))
    assert row["se"] == pytest.approx(spread, rel=1e-10)


@pytest.mark.weekly
@pytest.mark.slow
def test_the_error_of_a_mean_by_a_column_is_unbiased_for_uneven_weights(data):
    from eventstudy.result.means import spread_means

    rng = np.random.default_rng(1)
    weights = np.geomspace(1, 300, 8)
    share = weights / weights.sum()
    label = pd.Series(["a"] * 8)
    squares = [
        spread_means(rng.normal(size=8), label, weights)["se"].iloc[0] ** 2 for _ in range(1000)
    ]
    assert np.mean(squares) == pytest.approx((share**2).sum(), rel=0.15)
    x = rng.normal(size=8)
    plain = spread_means(x, label, np.ones(8))["se"].iloc[0]
    assert plain == pytest.approx(x.std(ddof=1) / np.sqrt(8), rel=1e-12)


@pytest.mark.parametrize("weights", ["precision", "size"])
def test_paths_are_of_the_means_that_the_tables_have(data, weights):
    from eventstudy.report.plots.groups import column_paths, group_paths

    returns, _ = data
    given = events(data, DATES[:12], size=np.geomspace(1, 99, 12), kind=[*"pq"] * 6)
    result = study(weights=weights, car=[WINDOW]).run(given, returns=returns)
    mean = result.averages.query(f"start == {WINDOW[0]} and end == {WINDOW[1]}").iloc[0]
    last = group_paths(result).iloc[-1]
    assert last["car"] == pytest.approx(mean["estimate"], rel=1e-10)
    by = result.by("kind")
    for value, path in column_paths(result, "kind").groupby("label"):
        assert path["car"].iloc[-1] == pytest.approx(by.loc[value, "estimate"].iloc[0], rel=1e-10)
        assert path["se"].iloc[-1] == pytest.approx(by.loc[value, "se"].iloc[0], rel=1e-10)
