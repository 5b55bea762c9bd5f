"""Several assets on one date: portfolio and joint test; one asset alone."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from eventstudy.significance.averages import average_all
from eventstudy.significance.registry import list_tests as known_tests
from eventstudy.spec.windows import Window

DAY = Window(0, 0)
AT = 90


def simulate(n: int, seed: int = 0, missing: float = 0.0, sessions: int = 120):
    rng = np.random.default_rng(seed)
    market = 0.01 * rng.normal(size=sessions)
    shock = 0.01 * rng.normal(size=sessions)
    returns = 0.001 + 1.1 * market + shock + 0.02 * rng.normal(size=(n, sessions))
    past = returns[:, : AT - 10]
    past[rng.random(past.shape) < missing] = np.nan
    return returns, market


def on_one_date(make_group, returns, market, **options):
    return make_group(returns, market, np.full(len(returns), AT), **options)


def literal_joint_f(returns, market, window: Window, model: str = "market"):
    """Multivariate regression on the common sessions by explicit covariance matrices."""
    past = np.arange(AT - 60, AT - 10)
    past = past[np.isfinite(returns[:, past]).all(axis=0)]
    days = np.arange(AT + window.start, AT + window.end + 1)
    extra = [market[past]] if model == "market" else []
    X = np.column_stack([np.ones(len(past)), *extra])
    ahead = [market[days]] if model == "market" else []
    rows = np.column_stack([np.ones(len(days)), *ahead])
    Y = returns[:, past].T
    inverse = np.linalg.inv(X.T @ X)
    B = inverse @ X.T @ Y
    E = Y - X @ B
    df = len(past) - X.shape[1]
    sigma = E.T @ E / df
    car = (returns[:, days].T - rows @ B).sum(axis=0)
    total = rows.sum(axis=0)
    v = len(days) + total @ inverse @ total
    n = len(returns)
    df2 = df - n + 1
    return df2 / (n * df) * (car @ np.linalg.inv(sigma) @ car) / v, n, df2


@pytest.mark.parametrize("model", ["market", "mean"])
@pytest.mark.parametrize("missing", [0.0, 0.05], ids=["complete", "gaps"])
@pytest.mark.parametrize("window", [DAY, Window(-1, 1)])
@pytest.mark.parametrize("n", [2, 7])
def test_joint_f_by_explicit_covariances(make_group, model, missing, window, n) -> None:
    returns, market = simulate(n, missing=missing)
    group = on_one_date(make_group, returns, market, model=model)
    outcome = known_tests()["joint_f"].function(group.over(window))
    f, df, df2 = literal_joint_f(returns, market, window, model)
    np.testing.assert_allclose(outcome.statistic, f, rtol=1e-9)
    assert (outcome.df, outcome.df2, outcome.n) == (df, df2, n)
    np.testing.assert_allclose(outcome.p_value, stats.f.sf(f, df, df2), rtol=1e-8)


def test_joint_f_of_one_member_left_would_be_its_squared_t(make_group) -> None:
    """F(1, M − k) = t²: with two uncorrelated copies removed, the scale of F is right."""
    returns, market = simulate(2)
    group = on_one_date(make_group, returns, market)
    one = group.over(DAY)
    f, _, _ = literal_joint_f(returns[:1], market, DAY)
    np.testing.assert_allclose(f, one.z[0] ** 2, rtol=1e-10)


def test_joint_f_leaves_out_members_without_a_return_that_day(make_group) -> None:
    returns, market = simulate(5)
    returns[2, AT] = np.nan
    group = on_one_date(make_group, returns, market)
    outcome = known_tests()["joint_f"].function(group.over(DAY))
    f, df, df2 = literal_joint_f(np.delete(returns, 2, axis=0), market, DAY)
    np.testing.assert_allclose(outcome.statistic, f, rtol=1e-9)
    assert (outcome.df, outcome.df2, outcome.n) == (df, df2, 4)


def test_joint_f_counts_only_sessions_with_a_benchmark(make_group) -> None:
    """A missing benchmark lowers M; the reason for too many assets names the sessions left."""
    returns, market = simulate(10)
    market[AT - 60 : AT - 22] = np.nan
    group = on_one_date(make_group, returns, market)
    outcome = known_tests()["joint_f"].function(group.over(DAY))
    assert outcome.df2 == 12 - 2 - 10 + 1
    market[AT - 22] = np.nan
    group = on_one_date(make_group, returns, market)
    refused = known_tests()["joint_f"].function(group.over(DAY)).refused
    assert refused == "10 assets are too many for 11 common estimation sessions"


def test_joint_f_refusals(make_group) -> None:
    joint_f = known_tests()["joint_f"].function
    returns, market = simulate(49)
    too_many = joint_f(on_one_date(make_group, returns, market).over(DAY))
    assert "49 assets are too many for 50" in too_many.refused
    just = joint_f(on_one_date(make_group, returns[:48], market).over(DAY))
    assert (just.refused, just.df2) == ("", 1)

    returns, market = simulate(3)
    returns[2] = 0.5 * (returns[0] + returns[1])
    assert "singular" in joint_f(on_one_date(make_group, returns, market).over(DAY)).refused

    returns, market = simulate(3)
    adjusted = on_one_date(make_group, returns, market, model="market_adjusted")
    assert "least-squares" in joint_f(adjusted.over(DAY)).refused

    two = make_group(returns, np.stack([market, market + 0.001]), [AT] * 3, design=[0, 0, 1])
    for name in ("joint_f", "portfolio_t", "portfolio_placebo"):
        assert "different benchmarks" in known_tests()[name].function(two.over(DAY)).refused

    returns[:2, AT] = np.nan
    alone = joint_f(on_one_date(make_group, returns, market).over(DAY))
    assert "at least 2" in alone.refused


@pytest.mark.weekly
@pytest.mark.slow
def test_joint_f_has_the_size_it_claims(make_group) -> None:
    """Correlated assets, no event: 5% nominal within four standard errors of the simulation."""
    rejected = []
    for seed in range(600):
        returns, market = simulate(6, seed=seed, sessions=100)
        group = on_one_date(make_group, returns, market, window=(0, 0), car=((0, 0),))
        rejected.append(known_tests()["joint_f"].function(group.over(DAY)).p_value < 0.05)
    assert abs(np.mean(rejected) - 0.05) < 4 * np.sqrt(0.05 * 0.95 / 600)


@pytest.mark.parametrize("model", ["market", "mean", "market_adjusted"])
@pytest.mark.parametrize("window", [DAY, Window(-1, 1)])
def test_portfolio_t_is_the_t_of_the_mean_return(make_group, model, window) -> None:
    returns, market = simulate(6)
    several = on_one_date(make_group, returns, market, model=model)
    alone = make_group(returns.mean(axis=0)[None], market, [AT], model=model)
    for theirs, ours in (("t", "portfolio_t"), ("placebo", "portfolio_placebo")):
        group_test = known_tests()[ours].function(several.over(window))
        single = known_tests()[theirs].function(alone.over(window))
        np.testing.assert_allclose(group_test.statistic, single.statistic, rtol=1e-9)
        np.testing.assert_allclose(group_test.p_value, single.p_value, rtol=1e-8)
        assert group_test.n == 6


def test_the_portfolio_estimate_is_the_mean_of_its_members(make_group) -> None:
    returns, market = simulate(6)
    group = on_one_date(make_group, returns, market)
    average = next(a for a in average_all([group], group.spec) if a.window == DAY)
    outcome = known_tests()["portfolio_t"].function(group.over(DAY))
    assert (average.n, average.se_from) == (6, "portfolio")
    assert average.positive == (group.over(DAY).x > 0).sum()
    np.testing.assert_allclose(average.estimate / average.se, outcome.statistic, rtol=1e-9)


def test_a_portfolio_tests_the_members_that_it_counts(make_group) -> None:
    """Two of ten trade on the day: they are measured against the spread of two, not of ten.

    With the spread of ten a 5% test rejects 38%.
    """
    returns, market = simulate(10)
    returns[2:, AT] = np.nan
    group = on_one_date(make_group, returns, market)
    two = on_one_date(make_group, returns[:2], market)
    for name in ("portfolio_t", "portfolio_placebo"):
        function = known_tests()[name].function
        ours, theirs = function(group.over(DAY)), function(two.over(DAY))
        assert ours.n == 2
        np.testing.assert_allclose(ours.statistic, theirs.statistic, rtol=1e-12)
        np.testing.assert_allclose(ours.p_value, theirs.p_value, rtol=1e-12)
    averages = [next(a for a in average_all([g], g.spec) if a.window == DAY) for g in (group, two)]
    np.testing.assert_allclose(averages[0].se, averages[1].se, rtol=1e-12)


def test_a_window_that_no_member_completes_is_refused(make_group) -> None:
    returns, market = simulate(2)
    returns[0, AT], returns[1, AT + 1] = np.nan, np.nan
    sample = on_one_date(make_group, returns, market).over(Window(0, 1))
    for name in ("portfolio_t", "portfolio_placebo"):
        assert "no member has a return on every day" in known_tests()[name].function(sample).refused


@pytest.mark.weekly
@pytest.mark.slow
def test_size_of_naive_and_portfolio_tests_on_one_date(make_group) -> None:
    """What shared shocks do: the naive tests over-reject, portfolio_t holds its 5%."""
    names = ("portfolio_t", "csect_t", "bmp_t", "bmp_kp_t")
    rejected = dict.fromkeys(names, 0)
    runs = 400
    for seed in range(runs):
        returns, market = simulate(15, seed=1_000 + seed, sessions=100)
        sample = on_one_date(make_group, returns, market, window=(0, 0), car=((0, 0),)).over(DAY)
        for name in names:
            rejected[name] += known_tests()[name].function(sample).p_value < 0.05
    bound = 4 * np.sqrt(0.05 * 0.95 / runs)
    assert abs(rejected["portfolio_t"] / runs - 0.05) < bound
    assert abs(rejected["bmp_kp_t"] / runs - 0.05) < bound + 0.01
    assert min(rejected["csect_t"], rejected["bmp_t"]) / runs > 0.25


def test_one_event_t_is_refused_without_a_return(make_group) -> None:
    returns, market = simulate(1)
    returns[0, AT] = np.nan
    sample = on_one_date(make_group, returns, market).over(DAY)
    for name in ("t", "placebo"):
        outcome = known_tests()[name].function(sample)
        assert (outcome.refused, outcome.n) == ("no abnormal return in the window", 0)


def test_one_event_t(make_group) -> None:
    returns, market = simulate(1)
    group = on_one_date(make_group, returns, market)
    outcome = known_tests()["t"].function(group.over(DAY))
    f, _, df2 = literal_joint_f(returns, market, DAY)
    np.testing.assert_allclose(outcome.statistic**2, f, rtol=1e-10)
    assert outcome.df == df2 == 48
    average = next(a for a in average_all([group], group.spec) if a.window == DAY)
    assert average.se_from == "forecast error"
    np.testing.assert_allclose(average.estimate / average.se, outcome.statistic, rtol=1e-12)


def test_defect_degrees_of_freedom_and_ddof(make_group) -> None:
    """s divides by M − 2 with two parameters, by M − 1 with one or none: never M or M − 1 alike."""
    returns, market = simulate(1)
    past = slice(AT - 60, AT - 10)
    y, x = returns[0, past], market[past]
    slope, level = np.polyfit(x, y, 1)
    sums = {
        "market": (((y - level - slope * x) ** 2).sum(), 48),
        "mean": (((y - y.mean()) ** 2).sum(), 49),
        "market_adjusted": (((y - x - (y - x).mean()) ** 2).sum(), 49),
    }
    for model, (ssr, df) in sums.items():
        fits = on_one_date(make_group, returns, market, model=model).fits
        assert fits.df[0] == df
        np.testing.assert_allclose(fits.s[0], np.sqrt(ssr / df), rtol=1e-10)


def test_defect_no_forecast_error_term(make_group) -> None:
    """The further the market moves on day 0, the less sure the abnormal return is."""
    returns, market = simulate(1)
    calm = on_one_date(make_group, returns, market).over(DAY)
    se_calm = calm.x / calm.z
    market[AT] = 0.2
    wild = on_one_date(make_group, returns, market).over(DAY)
    past = market[AT - 60 : AT - 10]
    deviation = (market[AT] - past.mean()) ** 2 / ((past - past.mean()) ** 2).sum()
    s = on_one_date(make_group, returns, market).fits.s[0]
    np.testing.assert_allclose(wild.x / wild.z, s * np.sqrt(1 + 1 / 50 + deviation), rtol=1e-10)
    assert (wild.x / wild.z > 2 * se_calm).all()
