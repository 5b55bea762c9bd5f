"""Defects of other packages, each held off by name.

The order is that of statistics.md, "Known defects elsewhere", then of the deviations that were
measured in published packages; docs/comparison.md names these tests.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import eventstudy as es
from eventstudy.significance.outcome import t_test, z_test

SESSIONS, DAY0, T = 200, 150, 120
INDEX = pd.bdate_range("2024-01-01", periods=SESSIONS)
RNG = np.random.default_rng(20)
N = 14


def panel(n: int = N, *, seed: int = 0, sd: float = 0.02) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    market = 0.01 * rng.standard_normal(SESSIONS)
    firms = market[:, None] + sd * rng.standard_t(5, (SESSIONS, n))
    names = [f"F{i:02d}" for i in range(n)]
    return pd.DataFrame(np.column_stack([firms, market]), INDEX, [*names, "mkt"])


def events(wide: pd.DataFrame, step: int = 2) -> pd.DataFrame:
    names = [c for c in wide.columns if c != "mkt"]
    at = DAY0 + step * np.arange(len(names))
    return pd.DataFrame({"event_id": names, "ticker": names, "date": INDEX[at]})


def study(**options: object) -> es.EventStudy:
    given = {
        "benchmark": "mkt",
        "estimation": (-T - 10, -11),
        "window": (-5, 5),
        "car": [(-1, 1), (-5, 5)],
        "tests": "all",
        "min_obs": 40,
        "draws": 99,
        "kp": "event",
        **options,
    }
    return es.EventStudy(**given)


def statistic(result: es.StudyResult, test: str, window: tuple[int, int] = (0, 0)) -> pd.Series:
    rows = result.tests.query("group == 'all' and test == @test")
    return rows.set_index(["start", "end"]).loc[window]


def literal(wide: pd.DataFrame, row: object, window: tuple[int, int] = (0, 0)):
    """AR or CAR, its standard error and df of one event by one regression, written out."""
    at = INDEX.get_loc(row.date)
    past = np.arange(at - T - 10, at - 10)
    y, m = wide[row.ticker].to_numpy(), wide["mkt"].to_numpy()
    past = past[np.isfinite(y[past])]
    X = np.column_stack([np.ones(len(past)), m[past]])
    b, *_ = np.linalg.lstsq(X, y[past], rcond=None)
    days = np.arange(at + window[0], at + window[1] + 1)
    x = np.column_stack([np.ones(len(days)), m[days]])
    df = len(past) - 2
    s2 = ((y[past] - X @ b) ** 2).sum() / df
    total = x.sum(axis=0)
    v = len(days) + total @ np.linalg.inv(X.T @ X) @ total
    return (y[days] - x @ b).sum(), np.sqrt(s2 * v), df


@pytest.fixture(scope="module")
def wide() -> pd.DataFrame:
    return panel()


@pytest.fixture(scope="module")
def result(wide: pd.DataFrame) -> es.StudyResult:
    return study().run(events(wide), returns=wide)


# statistics.md, "Known defects elsewhere"


def test_joining_on_ticker_instead_of_event_id(wide) -> None:
    """A firm with three events is three observations, each with its own day and fit."""
    frame = events(wide)
    frame.loc[[1, 2], "ticker"] = "F00"
    result = study().run(frame, returns=wide)
    ours = result.car((0, 0)).droplevel("ticker")
    for row in frame.itertuples():
        car, se, _ = literal(wide, row)
        np.testing.assert_allclose(ours.loc[row.event_id, ["car", "se"]], [car, se], rtol=1e-9)
    z = ours["t"].to_numpy()
    bmp = statistic(result, "bmp_t")
    assert bmp["n"] == N
    np.testing.assert_allclose(bmp["statistic"], z.mean() / z.std(ddof=1) * np.sqrt(N), rtol=1e-10)


def test_a_missing_ar_counted_as_zero(wide) -> None:
    frame = events(wide)
    holed = wide.copy()
    holed.loc[frame["date"][3], "F03"] = np.nan
    result = study().run(frame, returns=holed)
    assert np.isnan(result.abnormal_returns.loc[("F03", "F03"), 0])
    assert np.isnan(result.car((-1, 1)).loc[("F03", "F03"), "car"])
    others = result.car((0, 0))["car"].dropna()
    assert len(others) == result.aar.loc[0, "n"] == N - 1
    np.testing.assert_allclose(result.aar.loc[0, "estimate"], others.mean(), rtol=1e-12)


def test_sums_scaled_by_columns_instead_of_valid_counts(wide) -> None:
    """Four firms without a return on day 0: every test there equals the test without these firms.

    estudy2 0.10 inflates sign, rank, Wilcoxon and Patell statistics, 2.2988 instead of 2.0426.
    """
    frame = events(wide)
    holed = wide.copy()
    for i in range(4):
        holed.loc[frame["date"][i], f"F{i:02d}"] = np.nan
    names = ["csect_t", "bw80_z", "patell_z", "bmp_t", "sign_z", "sign_exact"]
    names += ["wilcoxon", "wilcoxon_z", "skew_t", "jackknife_z", "bhar_t", "grank_t", "grank_z"]
    some = study(tests=names).run(frame, returns=holed)
    fewer = study(tests=names).run(frame.iloc[4:], returns=holed)
    for name in names:
        a, b = statistic(some, name), statistic(fewer, name)
        assert a["n"] == b["n"] == N - 4
        np.testing.assert_allclose(a["statistic"], b["statistic"], rtol=1e-9, err_msg=name)
        np.testing.assert_allclose(a["p_value"], b["p_value"], rtol=1e-8, err_msg=name)


def test_rank_tests_with_missing_returns_keep_their_variance() -> None:
    """5% missing leaves z of corrado_z and corrado_zivney_z with variance one under the null."""
    found = {"corrado_z": [], "corrado_zivney_z": [], "gsign_z": []}
    for seed in range(30):
        wide = panel(20, seed=seed)
        firms = wide.columns[:-1]
        wide[firms] = wide[firms].mask(np.random.default_rng(seed).random((SESSIONS, 20)) < 0.05)
        result = study(tests=list(found), car=[]).run(events(wide, 1), returns=wide)
        for name in found:
            rows = result.tests.query("group == 'all' and test == @name and refused == ''")
            found[name] += rows["statistic"].tolist()
    for name, values in found.items():
        sd = np.std(values)
        assert abs(sd - 1) < 4 / np.sqrt(2 * len(values)) + 0.02, (name, sd)


def test_a_variance_window_that_includes_the_event(wide) -> None:
    """A jump on day 0 changes no s, no df, no cda_t denominator."""
    frame = events(wide)
    loud = wide.copy()
    for row in frame.itertuples():
        loud.loc[row.date, row.ticker] += 0.5
    calm_result, loud_result = (study().run(frame, returns=w) for w in (wide, loud))
    pd.testing.assert_frame_equal(calm_result.fits, loud_result.fits, check_exact=True)
    a, b = calm_result.car((0, 0)), loud_result.car((0, 0))
    np.testing.assert_allclose(a["se"], b["se"], rtol=1e-12)
    np.testing.assert_allclose(b["car"] - a["car"], 0.5, rtol=1e-10)
    moved = (
        statistic(loud_result, "cda_t")["statistic"] - statistic(calm_result, "cda_t")["statistic"]
    )
    spread = calm_result.aar.loc[0, "estimate"] / statistic(calm_result, "cda_t")["statistic"]
    np.testing.assert_allclose(moved, 0.5 / spread, rtol=1e-9)


def test_df_of_n_minus_one_with_two_parameters(result, wide) -> None:
    """df is M − 2 for the market model; p follows t(M − 2)."""
    table = result.car((0, 0))
    assert (table["df"] == T - 2).all()
    assert (table["n_obs"] == T).all()
    np.testing.assert_allclose(
        table["p_value"], 2 * stats.t.sf(table["t"].abs(), T - 2), rtol=1e-10
    )
    mean = study(model="mean").run(events(wide), returns=wide).car((0, 0))
    assert (mean["df"] == T - 1).all()


def test_ddof_zero(result, wide) -> None:
    """s divides by M − k, and spreads across observations by N − 1."""
    for row in events(wide).itertuples():
        _, se, _ = literal(wide, row)
        np.testing.assert_allclose(
            result.car((0, 0)).loc[(row.event_id, row.ticker), "se"], se, rtol=1e-9
        )
    adjusted = study(model="market_adjusted").run(events(wide), returns=wide)
    at = INDEX.get_loc(events(wide)["date"][0])
    past = slice(at - T - 10, at - 10)
    spread = (wide["F00"] - wide["mkt"]).iloc[past].std(ddof=1)
    np.testing.assert_allclose(adjusted.fits["s"].iloc[0], spread, rtol=1e-12)
    x = result.car((0, 0))["car"].to_numpy()
    expected = x.mean() / x.std(ddof=1) * np.sqrt(N)
    np.testing.assert_allclose(statistic(result, "csect_t")["statistic"], expected, rtol=1e-12)


def test_no_forecast_error_term(wide) -> None:
    """se² − s²L is the forecast error, and it is positive for every model that estimates."""
    for model, factor in (("market", None), ("mean", 1 + 1 / T), ("market_adjusted", 1.0)):
        result = study(model=model).run(events(wide), returns=wide)
        c = (result.car((0, 0))["se"] / result.fits["s"]) ** 2
        v = (result.car((-5, 5))["se"] / result.fits["s"]) ** 2
        if factor is not None:
            np.testing.assert_allclose(c, factor, rtol=1e-12)
            np.testing.assert_allclose(v, 11 + 121 * (factor - 1), rtol=1e-12)
        else:
            assert (c > 1 + 1 / T - 1e-12).all()
            assert (v > 11 + 121 / T - 1e-9).all()
            z = result.car((0, 0))["t"]
            bare = (z * np.sqrt(c)).to_numpy()  # AR/s, as BMP is computed without the term
            without = bare.mean() / bare.std(ddof=1) * np.sqrt(N)
            assert abs(statistic(result, "bmp_t")["statistic"] / without - 1) > 1e-6


@pytest.mark.parametrize("length", [3, 5, 11])
def test_multi_day_patell_with_running_weights(length: int) -> None:
    """Variance of the multi-day Patell z under the null is one, so a 5% test rejects 5%.

    Weights 1/√s with variance Σ1/s reject 14.9, 20.0 and 26.2% at 3, 5 and 11 days (eventstudy2).
    """
    window = (0, length - 1)
    found = []
    for seed in range(30):
        wide = panel(30, seed=seed)
        result = study(tests=["patell_z"], car=[window], window=(0, 0), placebo=False).run(
            events(wide, 0), returns=wide
        )
        found.append(statistic(result, "patell_z", window)["statistic"])
    assert abs(np.var(found) - 1) < 4 * np.sqrt(2 / len(found))
    wide = panel()
    result = study(tests=["patell_z"], car=[window]).run(events(wide), returns=wide)
    z, _, df = zip(*[_scar(wide, row, window) for row in events(wide).itertuples()], strict=True)
    df = np.array(df)
    expected = np.sum(z) / np.sqrt((df / (df - 2)).sum())
    np.testing.assert_allclose(
        statistic(result, "patell_z", window)["statistic"], expected, rtol=1e-9
    )


def _scar(wide: pd.DataFrame, row: object, window: tuple[int, int]):
    car, se, df = literal(wide, row, window)
    return car / se, se, df


def test_grank_scaled_by_the_standard_error_instead_of_the_sd() -> None:
    """SCAR* has unit spread; divided by the standard error it would rank √N too far out: 21%."""
    rejected = []
    for seed in range(60):
        wide = panel(25, seed=seed)
        result = study(tests=["grank_t"], car=[(-1, 1)], window=(0, 0), placebo=False).run(
            events(wide, 0), returns=wide
        )
        rejected.append(statistic(result, "grank_t", (-1, 1))["p_value"] < 0.05)
    assert abs(np.mean(rejected) - 0.05) < 4 * np.sqrt(0.05 * 0.95 / len(rejected))
    # The statistic by its formula, with SCAR* = SCAR/sd.
    frame = events(wide, 0)
    z = np.array([_scar(wide, row, (-1, 1))[0] for row in frame.itertuples()])
    star = z / z.std(ddof=1)
    sar = _in_sample_sar(wide, frame)
    u = np.apply_along_axis(stats.rankdata, 1, np.column_stack([sar, star])) / (T + 2) - 0.5
    mean_u = u.mean(axis=0)
    zed = mean_u[-1] / np.sqrt((mean_u**2).mean())
    expected = zed * np.sqrt((T + 1 - 2) / (T + 1 - 1 - zed**2))
    np.testing.assert_allclose(
        statistic(result, "grank_t", (-1, 1))["statistic"], expected, rtol=1e-8
    )


def _in_sample_sar(wide: pd.DataFrame, frame: pd.DataFrame) -> np.ndarray:
    rows = []
    for row in frame.itertuples():
        at = INDEX.get_loc(row.date)
        past = slice(at - T - 10, at - 10)
        y, m = wide[row.ticker].to_numpy()[past], wide["mkt"].to_numpy()[past]
        X = np.column_stack([np.ones(T), m])
        e = y - X @ np.linalg.lstsq(X, y, rcond=None)[0]
        rows.append(e / np.sqrt((e**2).sum() / (T - 2)))
    return np.array(rows)


@pytest.mark.parametrize(
    "name", ["corrado_z", "corrado_zivney_z", "corrado_zivney_sign_z", "grank_t"]
)
def test_a_rank_test_repeating_one_day_on_every_day(result, name: str) -> None:
    days = [statistic(result, name, (d, d))["statistic"] for d in range(-5, 6)]
    assert len(set(np.round(days, 9))) >= (6 if "sign" in name else 11)


def test_corrado_by_its_formula_on_every_day(result, wide) -> None:
    ranks = []
    for i, row in enumerate(events(wide).itertuples()):
        own = np.concatenate(
            [
                _in_sample_sar(wide, events(wide).iloc[[i]])[0] * result.fits["s"].iloc[i],
                result.abnormal_returns.loc[(row.event_id, row.ticker)],
            ]
        )
        ranks.append(stats.rankdata(own) - (len(own) + 1) / 2)
    mean = np.mean(ranks, axis=0)
    spread = np.sqrt((mean**2).mean())
    for day in range(-5, 6):
        ours = statistic(result, "corrado_z", (day, day))["statistic"]
        np.testing.assert_allclose(ours, mean[T + 5 + day] / spread, rtol=1e-9)


@pytest.mark.parametrize("name", ["wilcoxon", "wilcoxon_z", "sign_exact", "sign_z", "csect_t"])
def test_two_different_tails_in_one_two_sided_test(name: str) -> None:
    """Mirrored data have the same p: both tails weigh alike (a 7.6% test in estudy2)."""
    for seed in range(3):
        wide = panel(9, seed=seed)
        a, b = (
            statistic(study(tests=[name]).run(events(w), returns=w), name) for w in (wide, -wide)
        )
        np.testing.assert_allclose(a["p_value"], b["p_value"], rtol=1e-9)
        np.testing.assert_allclose(a["p_greater"], b["p_less"], rtol=1e-9)
        np.testing.assert_allclose(
            a["p_value"], min(1, 2 * min(a["p_greater"], a["p_less"])), rtol=1e-12
        )


def test_wilcoxon_is_scipys(result) -> None:
    x = result.car((0, 0))["car"].to_numpy()
    theirs = stats.wilcoxon(x, method="exact")
    np.testing.assert_allclose(statistic(result, "wilcoxon")["p_value"], theirs.pvalue, rtol=1e-12)


def test_forward_filled_prices_that_hide_halts(wide) -> None:
    """A halt on day 0 leaves no return on days 0 and +1: no zero, and no two-day return on +1."""
    prices = 100 * (1 + wide).cumprod()
    frame = events(wide)
    prices.loc[frame["date"][2], "F02"] = np.nan
    result = study().run(frame, prices)
    row = result.abnormal_returns.loc[("F02", "F02")]
    assert list(row.index[row.isna()]) == [0, 1]
    assert "day 0" in result.car((0, 0)).loc[("F02", "F02"), "reason"]


def test_p_values_by_one_minus_cdf() -> None:
    """Far tails keep their digits: 1 − cdf gives 0 from z = 8.3 on."""
    for z in (9.0, 20.0, 35.0):
        found = z_test(z, 10)
        np.testing.assert_allclose(found.p_value, 2 * stats.norm.sf(z), rtol=1e-9)
        assert found.p_value > 0
        found = t_test(-z, 400, 10)
        np.testing.assert_allclose(found.p_value, 2 * stats.t.sf(z, 400), rtol=1e-9)
        np.testing.assert_allclose(found.p_less, stats.t.sf(z, 400), rtol=1e-9)


def test_far_tails_of_every_test_are_no_round_zero(wide) -> None:
    """A shock of 300% on every firm: p is tiny and positive, one side of 1 − p is not lost."""
    loud = wide.copy()
    for row in events(wide).itertuples():
        loud.loc[row.date, row.ticker] += RNG.normal(3, 0.3)
    result = study().run(events(wide), returns=loud)
    rows = result.tests.query("group == 'all' and start == 0 and end == 0 and refused == ''")
    for row in rows.itertuples():
        assert row.statistic > 0
        if row.distribution == "t" or abs(row.statistic) < 37:
            assert row.p_value > 0, row.test
            assert row.p_greater > 0, row.test


def test_results_that_depend_on_row_order(wide, result) -> None:
    order = np.random.default_rng(0).permutation(N)
    mixed = study().run(events(wide).iloc[order], returns=wide[wide.columns[::-1]].iloc[::-1])
    a, b = (
        r.tests.set_index(["test", "start", "end"]).query("group == 'all'") for r in (mixed, result)
    )
    np.testing.assert_allclose(a["statistic"], b["statistic"], rtol=1e-9, atol=1e-10)
    np.testing.assert_allclose(a["p_value"], b["p_value"], rtol=1e-8)


# Measured in published packages beside the above


def test_windows_in_calendar_days(result, wide) -> None:
    """250 sessions asked are 250 used (177 in easy-es 0.1.8); here the 120 of the specification."""
    assert (result.fits["n_obs"] == T).all()
    assert list(result.abnormal_returns.columns) == list(range(-5, 6))


def test_weekend_events_dropped_silently(wide) -> None:
    """A Saturday moves to the Monday, and stands in the alignments."""
    frame = events(wide).head(3)
    monday = INDEX[DAY0 + (-INDEX[DAY0].weekday()) % 7]
    assert monday.weekday() == 0
    frame.loc[0, "date"] = monday - pd.Timedelta(days=2)
    moved = study().run(frame, returns=wide)
    frame.loc[0, "date"] = monday
    direct = study().run(frame, returns=wide)
    assert list(moved.alignments["event_id"]) == ["F00"]
    np.testing.assert_array_equal(moved.abnormal_returns, direct.abnormal_returns)
    assert moved.n == 3


def test_two_events_of_a_firm_in_one_pooled_regression(wide) -> None:
    """Each event has its own estimation window and coefficients (event-study-toolkit 1.0)."""
    frame = events(wide).head(2)
    frame["ticker"] = "F00"
    frame.loc[1, "date"] = INDEX[DAY0 + 30]
    result = study().run(frame, returns=wide)
    assert result.fits["beta"].nunique() == 2
    for row in frame.itertuples():
        car, *_ = literal(wide, row, (-1, 1))
        ours = result.car((-1, 1)).loc[(row.event_id, "F00"), "car"]
        np.testing.assert_allclose(ours, car, rtol=1e-9)


def test_kolari_pynnonen_with_correlations_that_are_not_normalised(result) -> None:
    """r̄ is a mean of correlations: returns of other units or unequal risk leave it as it is."""
    e = np.corrcoef(result.assets.fits.residuals)
    r = (e.sum() - N) / (N * (N - 1))
    bmp = statistic(result, "bmp_t")["statistic"]
    expected = bmp * np.sqrt((1 - r) / (1 + (N - 1) * r))
    np.testing.assert_allclose(statistic(result, "bmp_kp_t")["statistic"], expected, rtol=1e-9)


def test_kolari_pynnonen_that_counts_pairs_without_a_common_day() -> None:
    """Residuals correlated at .4, windows that share no day: nothing inflates the variance."""
    common = 0.02 * np.random.default_rng(44).standard_normal(SESSIONS)
    wide = panel(4, seed=4).add(pd.Series(common, INDEX), axis=0)
    wide["mkt"] = panel(4, seed=4)["mkt"]
    apart = study(kp="calendar").run(events(wide, step=11), returns=wide)
    at = statistic(apart, "bmp_t", (-5, 5))["statistic"]
    assert statistic(apart, "bmp_kp_t", (-5, 5))["statistic"] == pytest.approx(at, rel=1e-12)
    near = study(kp="calendar").run(events(wide, step=2), returns=wide)
    at = statistic(near, "bmp_t", (-5, 5))["statistic"]
    assert abs(statistic(near, "bmp_kp_t", (-5, 5))["statistic"]) < 0.9 * abs(at)


def test_bmp_p_from_the_normal_distribution(result) -> None:
    """sd(z) is estimated from N observations, so that the null is t(N − 1)."""
    for name in ("bmp_t", "bmp_kp_t"):
        row = statistic(result, name)
        expected = 2 * stats.t.sf(abs(row["statistic"]), N - 1)
        assert row["p_value"] == pytest.approx(expected, rel=1e-12)
        assert row["p_value"] > 2 * stats.norm.sf(abs(row["statistic"]))


def test_a_forecast_error_by_the_market_of_other_sessions() -> None:
    """Mean and spread of the market are those of the sessions on which the firm has a return."""
    wide = panel(4, seed=8)
    wide.loc[INDEX[40:80], "F01"] = np.nan
    listed = events(wide, step=0)
    result = study(tests="default").run(listed, returns=wide)
    for row in listed.itertuples():
        _, se, _ = literal(wide, row)
        own = result.car((0, 0)).loc[(row.event_id, row.ticker), "se"]
        assert own == pytest.approx(se, rel=1e-12)


def test_a_band_that_never_widens(result) -> None:
    """The standard error of a CAR grows with its length, at least as √L."""
    se = np.array([result.car((-5, end))["se"] for end in range(-5, 6)])
    s = result.fits["s"].to_numpy()
    assert (se > s * np.sqrt(np.arange(1, 12))[:, None]).all()
    caar = [
        study(car=[(-5, end)]).run(events(panel()), returns=panel()).caar["se"].item()
        for end in (-5, 0, 5)
    ]
    assert caar[0] < caar[1] < caar[2]


def test_a_band_of_another_level_than_its_name(wide) -> None:
    """A 90% interval has 90%: t quantiles of .95 on both sides ("90%" is 80% in eventstudy 0.1a12)."""
    table = study(confidence=0.9).run(events(wide), returns=wide).car((0, 0))
    reach = (table["ci_high"] - table["ci_low"]) / 2 / table["se"]
    np.testing.assert_allclose(reach, stats.t.ppf(0.95, T - 2), rtol=1e-10)


def test_one_missing_value_that_voids_the_mean(wide) -> None:
    """One NaN costs its own observation, which is named, and not the CAAR."""
    frame = events(wide)
    holed = wide.copy()
    holed.loc[frame["date"][5], "F05"] = np.nan
    result = study().run(frame, returns=holed)
    assert result.caar.loc[(-1, 1), "n"] == N - 1
    assert np.isfinite(result.caar["estimate"]).all()
    stages = set(result.exclusions.query("event_id == 'F05'")["stage"])
    assert stages == {"CAR [−1, +1]", "CAR [−5, +5]"}


def test_simple_returns_divided_by_the_later_price(wide) -> None:
    prices = pd.DataFrame(
        {
            "F00": np.where(np.arange(SESSIONS) < DAY0, 100.0, 150.0),
            "mkt": 100 * (1 + wide["mkt"]).cumprod(),
        },
        INDEX,
    )
    prices["F00"] *= (1 + wide["F00"]).cumprod() / (1 + wide["F00"]).cumprod().iloc[0]
    result = study().run(events(wide).head(1), prices)
    expected = prices["F00"].iloc[DAY0] / prices["F00"].iloc[DAY0 - 1] - 1
    np.testing.assert_allclose(result.returns.loc[("F00", "F00"), 0], expected, rtol=1e-12)


def test_a_zero_return_on_the_last_day_shifts_nothing(wide) -> None:
    """Zero is a return: the last session of the data may have one (ffjr-eventstudies 0.2)."""
    frame = events(wide).head(4)
    flat = wide.copy()
    flat.iloc[-1] = 0.0
    a, b = (study().run(frame, returns=w) for w in (wide, flat))
    pd.testing.assert_frame_equal(a.abnormal_returns, b.abnormal_returns, check_exact=True)
