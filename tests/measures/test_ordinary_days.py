"""Regressions of CARs on one date: csestudy's published figures, brute force, and properties."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from scipy import stats

import eventstudy as es
from eventstudy.measures.components import component_covariance, rolled_gls, spans
from eventstudy.measures.ordinary_days import ranked_slopes, rejecting, slopes_of

FIRMS = 40
MIXED = np.array(
    [
        [-0.010969201231201542, -0.0013084205428576824, -0.0010227136211872932],
        [0.0008177395787862103, -0.0037717665262440355, -0.0039452815578412525],
        [8.90299426775937e-05, -0.003010284530494255, 0.0028963442955552924],
    ]
)
"""Turns independent draws into the three factors of csestudy's sample."""


def csestudy_sample() -> tuple[np.ndarray, np.ndarray]:
    """Returns (300, 461) and log size (300,) of the sample that csestudy ships.

    Synthetic, from one seed; day 440 is the event. Returns at prices up to 5 are missing, as in its
    examples.
    """
    rng = np.random.default_rng(20260416)
    factors = rng.standard_normal((461, 3)) @ MIXED + [0.0003, 0.00012, 0.00012]
    size = rng.normal(8.5, 1.5, 300)
    about = size - size.mean()
    loads = [1.4 - 0.05 * size, 0.6 - 0.04 * about, 0.3 - 0.02 * about]
    loads = np.array([load + rng.normal(0, 0.2, 300) for load in loads])
    own = np.exp(rng.normal(np.log(0.016), 0.35, 300))
    drift = rng.normal(0.0001, 0.0003, 300)
    price = np.exp(rng.normal(np.log(40), 0.7, 300))
    rng.integers(0, 30, 300)  # industries
    returns = drift[:, None] + (factors @ loads).T + rng.normal(0, 1, (300, 461)) * own[:, None]
    returns[:, 440] += 0.0015 * about / size.std()
    prices = price[:, None] * np.cumprod(1 + returns, axis=1)
    for cheap in rng.choice(300, 15, replace=False):
        prices[cheap] *= rng.uniform(1.5, 4.5) / prices[cheap].mean()
    return np.where(np.round(prices, 2) > 5, np.round(returns, 6), np.nan), np.round(size, 4)


@pytest.fixture(scope="module")
def sample() -> tuple[np.ndarray, np.ndarray]:
    return csestudy_sample()


def test_the_sample_is_csestudys(sample) -> None:
    returns, size = sample
    assert size[0] == 9.1499
    assert returns[0, :6].tolist() == [0.016477, -0.013083, 0.000479, -0.020157, 0.015365, -0.02009]


def test_ols_is_csestudys(sample) -> None:
    """Cohn, Johnson, Liu & Wardlaw's published run: 200 days before, the event the day after."""
    returns, size = sample
    design = np.column_stack([size, np.ones(300)])
    coef = slopes_of(design, returns[:, [440]])[0]
    found = ranked_slopes(coef, slopes_of(design, returns[:, 240:440]), 0.05)
    assert np.isfinite(returns[:, 440]).sum() == 284
    np.testing.assert_allclose(coef, [0.0015922394478737414, -0.019274631105643605], rtol=1e-10)
    np.testing.assert_allclose(found.p_rank, [0.05970149253731343, 0.25870646766169153], rtol=1e-12)
    np.testing.assert_allclose(found.p_t, [0.056199962498204144, 0.26060993858311726], rtol=1e-10)


def test_gls_is_csestudys(sample) -> None:
    """The same with gls npc(100): each day weighted by the 200 days before it."""
    returns, size = sample
    design = np.column_stack([size, np.ones(300)])
    before = returns[:, 40:440]
    assert spans(400, 1) == 200
    rolled = rolled_gls(design, returns[:, 440], before, before, 1, 100)
    found = ranked_slopes(rolled.coef, rolled.slopes, 0.05)
    assert rolled.used.sum() == 282
    np.testing.assert_allclose(
        rolled.coef, [0.0018204128992898106, -0.016755261785880302], rtol=1e-8
    )
    np.testing.assert_allclose(found.p_rank, [0.024875621890547265, 0.13930348258706468])
    np.testing.assert_allclose(found.p_t, [0.015442603034211867, 0.11594928719763319], rtol=1e-7)


@pytest.fixture(scope="module")
def panel() -> pd.DataFrame:
    """360 days of 40 firms that share a market and a second factor; column mkt."""
    rng = np.random.default_rng(11)
    days = pd.bdate_range("2022-01-03", periods=360)
    market, second = rng.normal(0, 0.01, (2, 360))
    loads = np.linspace(-1, 1, FIRMS)
    firms = market[:, None] + second[:, None] * loads + rng.normal(0, 0.015, (360, FIRMS))
    names = [f"F{i:02d}" for i in range(FIRMS)]
    return pd.DataFrame(firms, days, names).assign(mkt=market)


@pytest.fixture(scope="module")
def firms(panel: pd.DataFrame) -> pd.DataFrame:
    """All firms on the 330th day; `load` is what makes them share a shock, `size` is not."""
    names = list(panel.columns[:FIRMS])
    size = np.random.default_rng(12).lognormal(size=FIRMS)
    return pd.DataFrame(
        {
            "event_id": names,
            "ticker": names,
            "date": panel.index[330],
            "load": np.linspace(-1, 1, FIRMS),
            "size": size,
            "sector": np.resize(["x", "y", "z"], FIRMS),
        }
    )


def study(**options) -> es.EventStudy:
    chosen = {"benchmark": "mkt", "window": (-3, 3), "car": [(0, 0), (-1, 1)], **options}
    return es.EventStudy(**chosen)


@pytest.fixture(scope="module")
def result(panel, firms) -> es.StudyResult:
    return study().run(firms, returns=panel)


@pytest.fixture(scope="module")
def adjusted(panel, firms) -> es.StudyResult:
    """Returns less the market's, and nothing estimated."""
    plain = study(
        model="market_adjusted",
        estimation=(-200, -1),
        window=(0, 2),
        car=[(0, 2)],
    )
    return plain.run(firms, returns=panel)


def brute_slopes(values: np.ndarray, *traits: np.ndarray) -> np.ndarray:
    X = np.column_stack([np.ones(len(values)), *traits])
    return np.array([np.linalg.lstsq(X, day, rcond=None)[0] for day in values.T])


@pytest.mark.parametrize("length", [1, 3])
def test_a_study_without_estimates_is_csestudy(adjusted, panel, firms, length) -> None:
    values = panel.to_numpy()[:, :FIRMS].T - panel["mkt"].to_numpy()
    runs = np.lib.stride_tricks.sliding_window_view(values[:, 130:330], length, axis=1).sum(axis=2)
    slopes = brute_slopes(runs, firms["size"])
    event = brute_slopes(values[:, 330 : 330 + length].sum(axis=1)[:, None], firms["size"])[0]
    mean, B = slopes.mean(axis=0), len(slopes)
    far = np.abs(slopes - mean) >= np.abs(event - mean)
    t = (event - mean) / (slopes.std(axis=0, ddof=1) * np.sqrt((B + 1) / B))
    found = es.regress(adjusted, "size", window=(0, length - 1))
    assert found.covariance == "ordinary_days"
    assert len(found.slopes) == B == 201 - length
    np.testing.assert_allclose(found.slopes, slopes, rtol=1e-8, atol=1e-14)
    np.testing.assert_allclose(found.table["coef"], event, rtol=1e-9)
    np.testing.assert_allclose(found.table["p_value"], (1 + far.sum(axis=0)) / (B + 1))
    np.testing.assert_allclose(found.table["t"], t, rtol=1e-8)
    np.testing.assert_allclose(found.ordinary["p_t"], 2 * stats.t.sf(np.abs(t), B - 1), rtol=1e-7)
    assert found.df == B - 1
    assert found.slopes.index[0] == -200
    assert found.slopes.index[-1] == -length


def test_ordinary_days_are_left_out_of_their_own_fit(result, panel, firms) -> None:
    """Refitted by hand without the run, in units of the event's forecast error."""
    market = panel["mkt"].to_numpy()
    window, at, run = slice(70, 320), 330, slice(200, 203)
    rest = np.r_[70:200, 203:320]

    def forecast(sessions: np.ndarray, days: slice) -> tuple[np.ndarray, float]:
        x = sm.add_constant(market[sessions])
        new = np.column_stack([np.ones(3), market[days]])
        beta = np.linalg.lstsq(x, panel.to_numpy()[sessions, :FIRMS], rcond=None)[0]
        car = (panel.to_numpy()[days, :FIRMS] - new @ beta).sum(axis=0)
        total = new.sum(axis=0)
        return car, 3 + total @ np.linalg.inv(x.T @ x) @ total

    left, own = forecast(rest, run)
    _, v = forecast(np.r_[window], slice(at - 1, at + 2))
    expected = brute_slopes((left * np.sqrt(v / own))[:, None], firms["load"])[0]
    found = es.regress(result, "load")
    np.testing.assert_allclose(found.slopes.loc[200 - at], expected, rtol=1e-7)


def test_the_interval_is_what_the_rank_keeps(result) -> None:
    for confidence in (0.8, 0.9, 0.95, 0.98):
        found = es.regress(result, "size + load", confidence=confidence)
        for term in found.table.index:
            row, slopes = found.table.loc[term], found.slopes[term]
            away = (slopes - slopes.mean()).abs().to_numpy()

            def p_of(null: float) -> float:
                own = abs(row["coef"] - null - slopes.mean())  # noqa: B023
                return (1 + (away >= own).sum()) / (1 + len(away))  # noqa: B023

            width = row["ci_high"] - row["ci_low"]
            for end, out in ((row["ci_low"], -1), (row["ci_high"], 1)):
                assert p_of(end - out * 1e-6 * width) > 1 - confidence
                assert p_of(end + out * 1e-6 * width) <= 1 - confidence
            significant = row["p_value"] <= 1 - confidence
            assert significant == (row["ci_low"] > 0 or row["ci_high"] < 0)


def test_independent_errors_warn_with_their_own_rate(result, firms) -> None:
    found = es.regress(result, "load", cov="HC3")
    days = es.regress(result, "load").slopes
    assert found.slopes.equals(days)
    assert found.warning
    rate = found.ordinary.loc["load", "rejected"]
    assert rate > 0.3  # the second factor moves the slope every day
    assert f"{100 * rate:.0f}%" in found.warning
    assert found.warning[:20] in found.summary()
    assert es.regress(result, "size", cov="HC3").ordinary.loc["size", "rejected"] < 0.2
    assert es.regress(result, "load", cov="cluster", cluster="sector").warning
    for quiet in ("ordinary_days", "gls_pc", "portfolio"):
        assert not es.regress(result, "load", cov=quiet).warning


@pytest.mark.parametrize("cov", ["HC0", "HC1", "HC2", "HC3", "nonrobust", "cluster", "two kinds"])
def test_the_rate_is_that_of_statsmodels(cov) -> None:
    rng = np.random.default_rng(3)
    X = np.column_stack([np.ones(30), rng.lognormal(size=30)])
    y = rng.normal(size=(30, 40)) + rng.normal(size=(10, 40)).repeat(3, axis=0)
    codes = {"cluster": np.arange(30) // 3, "two kinds": np.mgrid[0:10, 0:3].reshape(2, 30).T}
    groups = codes.get(cov)
    kind, options = (cov, None) if groups is None else ("cluster", {"groups": groups})
    fits = [sm.OLS(day, X).fit(cov_type=kind, cov_kwds=options, use_t=True) for day in y.T]
    expected = np.mean([fit.pvalues < 0.2 for fit in fits], axis=0)
    assert 0 < expected[0] < 1
    np.testing.assert_allclose(rejecting(X, y, kind, 0.2, groups), expected)


def test_missing_returns_leave_a_days_slope_to_the_others() -> None:
    rng = np.random.default_rng(5)
    X = np.column_stack([np.ones(20), rng.normal(size=20)])
    y = rng.normal(size=(20, 4))
    weights = rng.lognormal(size=20)
    y[3:6, 1] = np.nan
    y[2:, 2] = np.nan  # two are left
    found = slopes_of(X, y, weights)
    for day, rows in ((0, slice(None)), (1, np.r_[0:3, 6:20])):
        expected = sm.WLS(y[rows, day], X[rows], weights=weights[rows]).fit().params
        np.testing.assert_allclose(found[day], expected, rtol=1e-10)
    assert np.isnan(found[2]).all()
    assert np.isfinite(found[3]).all()


def test_components_with_all_of_them_are_the_covariance() -> None:
    values = np.random.default_rng(6).normal(size=(5, 30))
    loadings, left = component_covariance(values, 5)
    np.testing.assert_allclose(loadings @ loadings.T, np.cov(values), rtol=1e-10)
    assert (left == 1e-15).all()
    loadings, left = component_covariance(values, 2)
    whole = loadings @ loadings.T + np.diag(left)
    np.testing.assert_allclose(np.diag(whole), np.diag(np.cov(values)), rtol=1e-10)


def test_gls_by_hand(result, panel, firms) -> None:
    """The event's coefficients by the inverse of the covariance itself."""
    found = es.regress(result, "size + load", window=(0, 0), cov="gls_pc", components=5)
    residuals = result.assets.fits.residuals
    days = len(found.slopes)
    assert days == (250 - 11 + 1) // 2
    before = residuals[:, -days:]
    _, s, v = np.linalg.svd((before - before.mean(axis=1, keepdims=True)).T, full_matrices=False)
    factors = v[:5].T
    scores = (before - before.mean(axis=1, keepdims=True)).T @ factors
    rest = (before - before.mean(axis=1, keepdims=True)).T - scores @ factors.T
    omega = factors @ np.diag(s[:5] ** 2 / (days - 1)) @ factors.T
    omega += np.diag((rest**2).sum(axis=0) / (days - 1))
    X = np.column_stack([np.ones(FIRMS), firms["size"], firms["load"]])
    expected = sm.GLS(result.car((0, 0))["car"].to_numpy(), X, sigma=omega).fit().params
    np.testing.assert_allclose(found.table["coef"], expected, rtol=1e-8)
    assert found.components == 5
    assert "5 principal components" in found.summary()
    assert max(map(len, found.summary().splitlines())) <= 80


def test_gls_names_whom_it_leaves_out(panel, firms) -> None:
    holes = panel.copy()
    holes.iloc[300, 4] = np.nan
    found = es.regress(study().run(firms, returns=holes), "load", cov="gls_pc")
    assert found.n == FIRMS - 1
    assert found.left_out["ticker"].tolist() == ["F04"]


def test_gls_is_sharper_where_firms_share_a_factor(result) -> None:
    plain = es.regress(result, "I(load + size)", window=(0, 0))
    sharp = es.regress(result, "I(load + size)", window=(0, 0), cov="gls_pc", components=3)
    assert sharp.table["se"].iloc[1] < 0.9 * plain.table["se"].iloc[1]


@pytest.mark.parametrize("weights", [None, "1/se2"])
def test_portfolios_are_regressions_of_their_returns(result, panel, firms, weights) -> None:
    """Sefcik and Thompson: the portfolio's return on the market and a dummy of the event."""
    found = es.regress(result, "load", window=(0, 0), cov="portfolio", weights=weights)
    X = np.column_stack([np.ones(FIRMS), firms["load"]])
    w = np.ones(FIRMS) if weights is None else result.car((0, 0))["se"].to_numpy() ** -2.0
    portfolios = np.linalg.solve(X.T @ (X * w[:, None]), (X * w[:, None]).T)
    days = np.r_[70:320, 330]
    returns = panel.to_numpy()[days, :FIRMS] @ portfolios.T
    dummy = (days == 330).astype(float)
    for term, series in zip(found.table.index, returns.T, strict=True):
        fit = sm.OLS(series, np.column_stack([np.ones(251), panel["mkt"].iloc[days], dummy])).fit()
        row = found.table.loc[term]
        figures = (fit.params[2], fit.bse[2], fit.tvalues[2], fit.pvalues[2], *fit.conf_int()[2])
        np.testing.assert_allclose(row, figures, rtol=1e-8)
        assert found.df == fit.df_resid


def test_two_ways_of_clustering(wide, observations) -> None:
    """Var = by firm + by date − by both, t with the fewer clusters."""
    twice = pd.concat([observations, observations.assign(date=wide.index[330])])
    twice["event_id"] = [f"e{i}" for i in range(len(twice))]
    found = study(window=(-1, 1)).run(twice, returns=wide)
    mine = es.regress(found, "size", cov="cluster", cluster=("firm", "date"))
    labels = found.assets.labels
    firm, date = (pd.factorize(labels[name])[0] for name in ("ticker", "day0"))
    both = pd.factorize(labels["ticker"].astype(str) + labels["day0"].astype(str))[0]
    X, y = sm.add_constant(labels["size"].to_numpy()), found.car((-1, 1))["car"].to_numpy()
    variance = sum(
        sign
        * np.diag(sm.OLS(y, X).fit(cov_type="cluster", cov_kwds={"groups": codes}).cov_params())
        for sign, codes in ((1, firm), (1, date), (-1, both))
    )
    np.testing.assert_allclose(mine.table["se"], np.sqrt(variance), rtol=1e-9)
    assert mine.n_clusters == min(firm.max(), date.max()) + 1
    assert mine.df == mine.n_clusters - 1
    assert mine.cluster == "firm and date"
    other = es.regress(found, "size", cov="cluster", cluster=("date", "firm"))
    np.testing.assert_allclose(mine.table, other.table, rtol=1e-12)


def test_the_default_follows_the_dates(result, panel, firms) -> None:
    assert es.regress(result, "load").covariance == "ordinary_days"
    dates = panel.index[np.resize([325, 330, 335], FIRMS)]
    several = study().run(firms.assign(date=dates), returns=panel)
    assert es.regress(several, "load").covariance == "HC3"
    assert len(es.regress(several, "load", cov="ordinary_days").slopes) == 248
    short = study(estimation=(-40, -11), min_obs=20).run(firms, returns=panel)
    strict = es.regress(short, "load", confidence=0.99)
    assert strict.covariance == "HC3"
    assert strict.warning
    bare = study(placebo=False).run(firms, returns=panel)
    none = es.regress(bare, "load")
    assert none.covariance == "HC3"
    assert none.warning
    assert none.slopes.empty


def test_long_windows_warn(panel, firms) -> None:
    made = study(window=(0, 14), car=[(0, 14)]).run(firms, returns=panel)
    assert "15 days" in es.regress(made, "load", window=(0, 14)).warning
    assert not es.regress(made, "load", window=(0, 9)).warning
    assert not es.regress(made, "load", window=(0, 14), cov="portfolio").warning


def test_days_are_named_with_other_estimation_windows(panel, firms) -> None:
    for options, first in (
        ({"rolling": True}, -260),
        ({"estimation": (-150, -20), "post_estimation": (10, 25)}, -150),
        ({"estimation": (10, 28), "min_obs": 15, "post_estimation": (-60, -20)}, -60),
    ):
        found = es.regress(study(**options).run(firms, returns=panel), "load", window=(0, 0))
        assert found.slopes.index[0] == first
        assert not set(found.slopes.index) & set(range(-3, 4))


def test_dates_apart_need_no_warning(result, wide, observations) -> None:
    apart = observations.assign(date=wide.index[270 + 2 * np.arange(60)])
    found = study(window=(0, 1)).run(apart, returns=wide)
    assert not es.regress(found, "size", window=(0, 0)).warning


def test_saved_with_the_ordinary_days(result, tmp_path) -> None:
    found = es.regress(result, "load")
    found.save(tmp_path / "out")
    slopes = pd.read_csv(tmp_path / "out" / "slopes.csv", index_col="first")
    np.testing.assert_allclose(slopes, found.slopes, rtol=1e-11)
    ordinary = pd.read_csv(tmp_path / "out" / "ordinary.csv", index_col="term")
    np.testing.assert_allclose(ordinary["p_rank"], found.table["p_value"], rtol=1e-11)
    result.save(tmp_path / "r")
    again = es.regress(es.load(tmp_path / "r"), "load")
    pd.testing.assert_frame_equal(again.table, found.table)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"cov": "portfolio", "many": True}, "must share one date"),
        ({"cov": "gls_pc", "many": True}, "on one date"),
        ({"cov": "gls_pc", "weights": "1/se2"}, "leave weights= out"),
        ({"cov": "gls_pc", "components": 0}, "components"),
        ({"cov": "gls_pc", "components": 500}, "give 1 to"),
        ({"components": 3}, "only for cov='gls_pc'"),
        ({"cov": "ordinary_days", "confidence": 0.999}, "cannot be as small"),
        ({"cov": "gls_pc", "confidence": 0.995}, "a rank needs"),
        ({"cov": "ordinary_days", "kept": False}, "placebo=True"),
        ({"cov": "gls_pc", "kept": False}, "placebo=True"),
        ({"cov": "portfolio", "kept": False}, "placebo=True"),
        ({"cov": "cluster", "cluster": ("firm", "date")}, "share one date"),
        ({"cov": "cluster", "cluster": ("firm", "firm")}, "two such as"),
        ({"cov": "cluster", "cluster": ("firm", "nobody")}, "no column 'nobody'"),
    ],
)
def test_what_cannot_be_compared_is_said(panel, firms, options, said) -> None:
    options = dict(options)
    rows = firms
    if options.pop("many", False):
        rows = firms.assign(date=panel.index[np.resize([325, 330], FIRMS)])
    made = study(placebo=options.pop("kept", True)).run(rows, returns=panel)
    with pytest.raises(es.InputError, match=said):
        es.regress(made, "load", **options)
