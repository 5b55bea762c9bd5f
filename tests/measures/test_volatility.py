"""The variance ratio against direct computation and simulation; GARCH with a planted jump."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from scipy.optimize import minimize

import eventstudy as es


def panel(rng, n=60, jump=0.0, days=5, at=300, heavy=False) -> tuple[pd.DataFrame, pd.DataFrame]:
    """GARCH(1,1) returns whose variance rises by `jump` times its mean from day 0 on."""
    length, omega, alpha, beta = 330, 4e-5, 0.1, 0.8
    index = pd.bdate_range("2021-01-04", periods=length)
    market = 0.01 * rng.normal(size=length)
    shocks = (
        rng.standard_t(5, size=(length, n)) / np.sqrt(5 / 3)
        if heavy
        else rng.normal(size=(length, n))
    )
    h, e = np.full(n, omega / (1 - alpha - beta)), np.zeros((length, n))
    for t in range(1, length):
        h = omega + alpha * e[t - 1] ** 2 + beta * h + (4e-4 * jump if at <= t < at + days else 0)
        e[t] = np.sqrt(h) * shocks[t]
    names = [f"G{i:03d}" for i in range(n)]
    wide = pd.DataFrame(market[:, None] + e, index, names).assign(mkt=market)
    return wide, pd.DataFrame({"event_id": names, "ticker": names, "date": index[at]})


def run(wide, observations, **options) -> es.StudyResult:
    given = {"benchmark": "mkt", "window": (-5, 5), "car": [(0, 0), (0, 4)], **options}
    return es.EventStudy(**given).run(observations, returns=wide)


def test_the_ratio_is_chows_forecast_test(wide, observations, result) -> None:
    """F from the sums of squares of two regressions, with and without the event's days."""
    found = es.volatility_study(result, windows=[(0, 4), (0, 0)])
    row = observations.iloc[9]
    at = wide.index.get_loc(row["date"])
    past, event = np.arange(at - 260, at - 10), np.arange(at, at + 5)

    def ssr(rows) -> float:
        X = np.column_stack([np.ones(len(rows)), wide["mkt"].to_numpy()[rows]])
        y = wide[row["ticker"]].to_numpy()[rows]
        return float(((y - X @ np.linalg.lstsq(X, y, rcond=None)[0]) ** 2).sum())

    short, long = ssr(past), ssr(np.append(past, event))
    f = (long - short) / 5 / (short / 248)
    mine = found.observations.query("end == 4").loc[(row["event_id"], row["ticker"])]
    assert mine["F"] == pytest.approx(f, rel=1e-9)
    assert mine["ratio"] == pytest.approx(f * 246 / 248, rel=1e-9)
    assert mine["p_greater"] == pytest.approx(stats.f.sf(f, 5, 248), rel=1e-9)
    day = found.observations.query("end == 0")
    np.testing.assert_allclose(day["F"], result.car((0, 0))["t"] ** 2, rtol=1e-10)
    np.testing.assert_allclose(day["p_greater"], result.car((0, 0))["p_value"], rtol=1e-8)


def test_group_tests_are_their_formulas(result) -> None:
    found = es.volatility_study(result, windows=[(0, 0), (0, 4)])
    tests = found.tests.set_index(["group", "start", "end", "test"])
    for end in (0, 4):
        u = found.observations.query("end == @end")["ratio"].to_numpy()
        t = stats.ttest_1samp(u, 1)
        assert tests.loc[("all", 0, end, "ratio_t"), "statistic"] == pytest.approx(t.statistic)
        assert tests.loc[("all", 0, end, "ratio_t"), "p_value"] == pytest.approx(t.pvalue)
        length = end + 1
        nu = 2 * len(u) / stats.f.var(length, 248) / (246 / 248) ** 2
        chi2 = tests.loc[("all", 0, end, "ratio_chi2")]
        assert chi2["df"] == pytest.approx(nu, rel=1e-9)
        assert chi2["p_greater"] == pytest.approx(stats.chi2.sf(nu * u.mean(), nu), rel=1e-8)
        assert found.averages.query("group == 'all' and end == @end")["ratio"].item() == u.mean()


def test_the_placebo_test_counts_runs_of_the_estimation_window(result) -> None:
    found = es.volatility_study(result, windows=[(0, 4)])
    out = result.assets.placebos(1) ** 2 * (247 - 2) / 247
    days = out.mean(axis=0)
    runs = np.array([days[i : i + 5].mean() for i in range(246)])
    mean = found.observations["ratio"].mean()
    row = found.tests.set_index(["group", "test"]).loc[("all", "ratio_placebo")]
    assert row["p_greater"] == (1 + (runs >= mean).sum()) / 247
    assert row["statistic"] == pytest.approx(mean)


def test_the_ratio_is_one_and_chi2_keeps_its_size_without_an_event() -> None:
    rng = np.random.default_rng(4)
    index = pd.bdate_range("2021-01-04", periods=330)
    names = [f"N{i:04d}" for i in range(900)]
    noise = pd.DataFrame(0.02 * rng.normal(size=(330, 900)), index, names)
    noise["mkt"] = 0.01 * rng.normal(size=330)
    observations = pd.DataFrame(
        {
            "event_id": names,
            "ticker": names,
            "date": index[300],
            "group": np.repeat(np.arange(90), 10),
        }
    )
    short = {"estimation": (-40, -11), "min_obs": 20, "placebo": True}
    found = es.volatility_study(run(noise, observations, **short), windows=[(0, 0), (0, 4)])
    for end in (0, 4):
        mean = found.averages[found.averages["end"] == end].set_index("group").loc["all", "ratio"]
        assert mean == pytest.approx(1, abs=0.12)
        tests = found.tests[(found.tests["end"] == end) & (found.tests["group"] != "all")]
        p = tests[tests["test"] == "ratio_chi2"]["p_greater"]
        assert 0 <= (p < 0.05).mean() <= 0.12
        single = found.observations[found.observations["end"] == end]["p_greater"]
        assert stats.kstest(single, "uniform").pvalue > 0.001


def test_a_planted_rise_is_found_by_all_three() -> None:
    wide, observations = panel(np.random.default_rng(0), n=40, jump=4)
    found = es.volatility_study(run(wide, observations))
    p = found.tests.query("group == 'all' and start == 0 and end == 4").set_index("test")
    assert (p["p_greater"] < 0.01).all()
    assert found.averages.query("start == 0 and end == 4")["ratio"].item() > 3
    text = str(found)
    assert max(map(len, text.splitlines())) <= 80
    assert "[0, +4]" in text


def test_one_observation_missing_days_and_saved_results(wide, observations, tmp_path) -> None:
    holes = wide.copy()
    row = observations.iloc[0]
    holes.loc[row["date"], row["ticker"]] = np.nan
    result = run(holes, observations)
    result.save(tmp_path / "r")
    found = es.volatility_study(result)
    again = es.volatility_study(es.load(tmp_path / "r"))
    pd.testing.assert_frame_equal(found.tests, again.tests)
    first = found.observations.query("start == 0 and end == 0").iloc[0]
    assert np.isnan(first["ratio"])
    assert first["reason"] == "no abnormal return on day 0"
    assert set(found.tests.query("start == 0 and end == 0")["n"]) == {59}

    alone = es.volatility_study(run(wide, observations.iloc[[3]]), windows=[(0, 4)])
    by = alone.tests.query("group == 'all'").set_index("test")
    assert "at least 2 observations" in by.loc["ratio_t", "refused"]
    assert by.loc["ratio_chi2", "distribution"] == "F"
    assert by.loc["ratio_chi2", "p_greater"] == alone.observations["p_greater"].item()


def test_without_estimation_windows_the_placebo_is_refused(wide, observations) -> None:
    lean = run(wide, observations, placebo=False)
    found = es.volatility_study(lean, windows=[(0, 0)])
    rows = found.tests.set_index(["group", "test"])
    assert "placebo=True" in rows.loc[("all", "ratio_placebo"), "refused"]
    assert rows.loc[("all", "ratio_chi2"), "refused"] == ""
    with pytest.raises(es.InputError, match="placebo=True"):
        es.garch_event(lean)


def test_wrong_windows_and_errors(result) -> None:
    with pytest.raises(es.InputError, match="leaves the estimated days"):
        es.volatility_study(result, windows=[(0, 50)])
    with pytest.raises(es.InputError, match="is not a valid window"):
        es.volatility_study(result, windows=["x"])
    with pytest.raises(es.InputError, match="leaves the estimated days"):
        es.garch_event(result, (0, 50))
    with pytest.raises(es.InputError, match="is not a valid window"):
        es.garch_event(result, "tomorrow")
    with pytest.raises(es.InputError, match=r"no distribution of errors 'ged'.*normal, t"):
        es.garch_event(result, errors="ged")


def slow_loss(theta, e, event) -> float:
    """Minus the normal log likelihood, day by day."""
    omega, alpha, beta, delta = theta
    average = np.nanmean(e[~event] ** 2)
    h, last, total = average, average, 0.0
    for shock, inside in zip(e, event, strict=True):
        h = omega + alpha * last + beta * h + delta * inside
        if h <= 0:
            return 1e10
        total += 0.0 if np.isnan(shock) else 0.5 * (np.log(h) + shock**2 / h)
        last = average if np.isnan(shock) else shock**2
    return total


def test_garch_is_the_maximum_of_a_likelihood_written_day_by_day() -> None:
    wide, observations = panel(np.random.default_rng(11), n=3, jump=4)
    result = run(wide, observations)
    found = es.garch_event(result, (0, 4), errors="normal")
    fits = result.assets.fits
    for i in range(3):
        e = np.concatenate([fits.residuals[i], np.full(5, np.nan), fits.ar[i]])
        event = np.isin(np.arange(-260, 6), np.arange(0, 5))
        row = found.iloc[i]
        mine = row[["omega", "alpha", "beta", "delta"]].to_numpy(dtype=float)
        reached = slow_loss(mine, e, event)
        bounds = [(1e-9, None), (0, 1), (0, 1), (None, None)]
        other = minimize(
            slow_loss, mine * [1.1, 0.9, 0.98, 1.1], (e, event), "Nelder-Mead", bounds=bounds,
            options={"maxiter": 4000, "maxfev": 4000, "xatol": 1e-10, "fatol": 1e-10},
        )  # fmt: skip
        assert reached <= other.fun + 1e-4
        null = minimize(
            lambda p, e=e, event=event: slow_loss([*p, 0.0], e, event), mine[:3], method="Nelder-Mead",
            bounds=bounds[:3], options={"maxiter": 4000, "maxfev": 4000, "xatol": 1e-10, "fatol": 1e-10},
        )  # fmt: skip
        assert row["lr"] == pytest.approx(2 * (null.fun - reached), abs=2e-2)
        assert row["p_value"] == pytest.approx(stats.chi2.sf(row["lr"], 1))


@pytest.mark.slow
def test_garch_finds_the_planted_jump_and_nothing_where_there_is_none() -> None:
    rng = np.random.default_rng(2)
    jumped = es.volatility_study(run(*panel(rng, n=20, jump=4))).garch((0, 4), errors="normal")
    assert (jumped["p_greater"] < 0.05).mean() > 0.8
    assert 8e-4 < jumped["delta"].median() < 2.6e-3
    assert 2.5 < jumped["ratio"].median() < 9
    assert ((jumped["alpha"] + jumped["beta"]) < 1).all()
    calm = es.garch_event(run(*panel(rng, n=20)), (0, 4), errors="normal")
    assert (calm["p_value"] < 0.05).mean() < 0.2
    assert (calm["lr"] >= 0).all()


@pytest.mark.weekly
@pytest.mark.slow
def test_fat_tails_are_not_taken_for_events() -> None:
    result = run(*panel(np.random.default_rng(6), n=25, heavy=True))
    heavy = es.garch_event(result, (0, 0))
    assert (heavy["p_value"] < 0.05).mean() < 0.2
    assert 3 < heavy["nu"].median() < 12


def test_garch_scales_with_returns_and_says_what_it_cannot_do(wide, observations) -> None:
    result = run(wide, observations.iloc[:4])
    fits = result.assets.fits
    once = es.garch_event(result, (0, 4))
    double = replace(fits, residuals=2 * fits.residuals, ar=2 * fits.ar)
    twice = es.garch_event(replace(result, assets=replace(result.assets, fits=double)), (0, 4))
    np.testing.assert_allclose(twice["lr"].astype(float), once["lr"].astype(float), rtol=1e-9)
    np.testing.assert_allclose(
        twice["omega"].astype(float), 4 * once["omega"].astype(float), rtol=1e-9
    )
    holes = fits.ar.copy()
    holes[0, 5] = np.nan
    few = fits.residuals.copy()
    few[1, :200] = np.nan
    broken = replace(fits, ar=holes, residuals=few)
    found = es.garch_event(replace(result, assets=replace(result.assets, fits=broken)), (0, 4))
    assert found["reason"].iloc[0] == "no abnormal return on a day of the window"
    assert "100 are needed" in found["reason"].iloc[1]
    assert found["p_value"].isna().tolist() == [True, True, False, False]


def test_a_ratio_without_an_expectation_says_why(bench_of_few_days) -> None:
    found = es.volatility_study(bench_of_few_days, windows=[(0, 0)]).observations
    assert found["F"].notna().all()
    assert found["ratio"].isna().all()
    assert found["reason"].str.contains("more than 2 degrees of freedom").all()


@pytest.fixture
def bench_of_few_days(wide, observations):
    """Studies of three sessions each: one degree of freedom."""
    one = observations.iloc[:1]
    returns = wide.copy()
    at = returns.index.get_loc(one["date"].iloc[0])
    returns.iloc[: at - 13, returns.columns.get_loc(one["ticker"].iloc[0])] = np.nan
    study = es.EventStudy(
        benchmark="mkt", window=(0, 0), car=((0, 0),), estimation=(-260, -11), min_obs=3
    )
    return study.run(one, returns=returns)
