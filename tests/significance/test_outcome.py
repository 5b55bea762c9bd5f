"""p-values and quantiles, far into the tails."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import special, stats

from eventstudy.significance.outcome import f_test, refusal, t_p_values, t_quantile, t_test, z_test

STATISTICS = [0.0, 0.1, 1.0, 1.96, 5.0, 12.5, 37.0, 40.0]
DFS = [1, 2, 3, 10, 38, 248, 5_000]


@pytest.mark.parametrize("df", DFS)
@pytest.mark.parametrize("statistic", STATISTICS)
@pytest.mark.parametrize("sign", [1, -1])
def test_t_p_value_is_two_survival_tails(statistic: float, df: int, sign: int) -> None:
    outcome = t_test(sign * statistic, df, 7)
    np.testing.assert_allclose(outcome.p_value, 2 * stats.t.sf(statistic, df), rtol=1e-12)
    # The same tail by the incomplete beta function, another implementation.
    beta = special.betainc(df / 2, 0.5, df / (df + statistic**2))
    np.testing.assert_allclose(outcome.p_value, beta, rtol=1e-9)
    assert outcome.p_value > 0
    assert (outcome.statistic, outcome.df, outcome.n) == (sign * statistic, df, 7)
    assert (outcome.distribution, outcome.refused) == ("t", "")
    np.testing.assert_allclose(
        t_p_values(np.array([sign * statistic]), np.array([df])), outcome.p_value, rtol=1e-12
    )


@pytest.mark.parametrize("statistic", [*STATISTICS[:-1], 37.0])
def test_z_p_value(statistic: float) -> None:
    for signed in (statistic, -statistic):
        outcome = z_test(signed, 3)
        np.testing.assert_allclose(outcome.p_value, 2 * stats.norm.sf(statistic), rtol=1e-12)
        assert outcome.p_value > 0
        assert np.isnan(outcome.df)


def test_defect_p_by_one_minus_cdf_would_be_zero_in_the_tail() -> None:
    """40 standard errors are not impossible: the survival function still tells them apart."""
    assert 1 - stats.t.cdf(40.0, 248) == 0
    assert 0 < t_test(40.0, 248, 1).p_value < 1e-100
    assert t_test(40.0, 248, 1).p_value < t_test(39.0, 248, 1).p_value
    assert 1 - stats.norm.cdf(12.0) == 0
    assert 0 < z_test(12.0, 1).p_value < 1e-30
    assert 1 - stats.f.cdf(900.0, 3, 248) == 0
    assert 0 < f_test(900.0, 3, 248, 3).p_value < 1e-100


@pytest.mark.parametrize("df", [1, 4, 30])
@pytest.mark.parametrize("df2", [1, 5, 219])
@pytest.mark.parametrize("statistic", [0.2, 1.0, 4.0, 60.0])
def test_f_p_value(statistic: float, df: int, df2: int) -> None:
    outcome = f_test(statistic, df, df2, df)
    np.testing.assert_allclose(outcome.p_value, stats.f.sf(statistic, df, df2), rtol=1e-12)
    assert (outcome.df, outcome.df2) == (df, df2)


def test_t_of_one_degree_is_cauchy() -> None:
    np.testing.assert_allclose(t_test(1.0, 1, 1).p_value, 0.5, rtol=1e-14)


@pytest.mark.parametrize("confidence", [0.5, 0.9, 0.95, 0.99])
def test_quantile_inverts_the_p_value(confidence: float) -> None:
    df = np.array([1, 2, 5, 38, 248])
    quantile = t_quantile(confidence, df)
    np.testing.assert_allclose(t_p_values(quantile, df), 1 - confidence, rtol=1e-10)
    np.testing.assert_allclose(quantile, stats.t.ppf((1 + confidence) / 2, df), rtol=1e-10)
    assert t_quantile(confidence, np.asarray(38)) == quantile[3]
    many = np.arange(1, 200)[::-1]
    np.testing.assert_array_equal(t_quantile(confidence, many)[many == 38], quantile[3])


@pytest.mark.parametrize("df", [1, 2, 3, 7, 29, 88, 248, 5_000, 10**6])
def test_many_p_values_are_those_of_one_at_a_time(df: int) -> None:
    size = np.concatenate([np.linspace(0.001, 12, 20_001), [37.0, np.inf]])
    found = t_p_values(np.where(np.arange(len(size)) % 2, size, -size), np.full(len(size), df))
    np.testing.assert_allclose(found, 2 * special.stdtr(df, -size), rtol=1e-13)
    assert (np.diff(found) <= 0).all()


def test_p_values_near_zero_are_exact() -> None:
    """Of Cauchy's law, where scipy's own are off by 3e-9 at 1e-8."""
    size = 10.0 ** -np.arange(0, 300)
    exact = 2 * np.arctan2(1, size) / np.pi
    np.testing.assert_allclose(t_p_values(size, np.ones(300, dtype=int)), exact, rtol=1e-13)


def test_a_p_value_does_not_depend_on_what_else_is_asked_for() -> None:
    rng = np.random.default_rng(4)
    t, df = 3 * rng.normal(size=40_000), rng.integers(1, 300, 40_000)
    t[::7], t[::11] = 0.0, np.nan
    some = rng.permutation(40_000)[:50]
    whole = t_p_values(t, df)
    np.testing.assert_array_equal(t_p_values(t[some], df[some]), whole[some])
    np.testing.assert_array_equal(t_p_values(t[:1], df[:1]), whole[:1])
    np.testing.assert_array_equal(t_p_values(t, df.astype(float)), whole)
    assert (whole[t == 0] == 1).all()
    half = t_p_values(np.array([1.0, 1.0]), np.array([2.5, np.nan]))
    np.testing.assert_array_equal(half, 2 * special.stdtr([2.5, np.nan], -1.0))


def test_a_missing_statistic_has_a_missing_p() -> None:
    assert np.isnan(t_p_values(np.array([np.nan]), np.array([10]))).all()


def test_a_refusal_has_a_reason_and_no_figure() -> None:
    outcome = refusal("too few", 1)
    assert outcome.refused == "too few"
    assert np.isnan([outcome.statistic, outcome.df, outcome.df2, outcome.p_value]).all()
    assert outcome.n == 1


@pytest.mark.parametrize("statistic", [-40.0, -1.5, 0.0, 0.3, 6.0])
def test_defect_two_different_tails_in_one_test(statistic: float) -> None:
    """Two-sided is twice the smaller of the one-sided p-values, each a survival function."""
    t, z = t_test(statistic, 38, 5), z_test(statistic / 2, 5)
    for outcome, null in ((t, stats.t(38)), (z, stats.norm)):
        np.testing.assert_allclose(outcome.p_greater, null.sf(outcome.statistic), rtol=1e-12)
        np.testing.assert_allclose(outcome.p_less, null.cdf(outcome.statistic), rtol=1e-12)
        smaller = min(outcome.p_greater, outcome.p_less)
        np.testing.assert_allclose(outcome.p_value, min(1.0, 2 * smaller), rtol=1e-15)
        assert smaller > 0
