"""Tests of skewed samples against published figures, literal loops and real shares."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from eventstudy.significance.registry import list_tests
from eventstudy.significance.skewness import bootstrapped_johnson_t, hall_t, johnson_t
from eventstudy.spec.windows import Window

AUTO_PRICES = """
4099 4749 3799 4816 7827 5788 4453 5189 10372 4082 11385 14500 15906 3299 5705 4504 5104 3667 3955
3984 4010 5886 6342 4389 4187 11497 13594 13466 3829 5379 6165 4516 6303 3291 8814 5172 4733 4890
4181 4195 10371 4647 4425 4482 6486 4060 5798 4934 5222 4723 4424 4172 9690 6295 9735 6229 4589
5079 8129 4296 5799 4499 3995 12990 3895 3798 5899 3748 5719 7140 5397 4697 6850 11995
"""
"""US dollars; the column on which Stata's skewt is demonstrated."""


def moments(values: np.ndarray) -> tuple[float, float, float, int]:
    apart = values - values.mean()
    return float(values.mean()), float((apart**2).sum()), float((apart**3).sum()), len(values)


def literal_johnson(values: np.ndarray, null: float = 0.0) -> float:
    n, apart = len(values), values - values.mean()
    s = (values.mean() - null) / values.std(ddof=1)
    gamma = (apart**3).mean() / (apart**2).mean() ** 1.5
    return float(np.sqrt(n) * (s + gamma * s**2 / 3 + gamma / (6 * n)))


def test_the_published_coefficients_of_skewt() -> None:
    published = johnson_t(np.array(2.090274744), np.array(1.653433512), 74)
    assert float(published) == pytest.approx(38.728, abs=5e-4)
    s, g, root = 2.090274744, 1.653433512, 8.602325267
    hall = root * (s + g * s**2 / 3 + g**2 * s**3 / 27 + g / (6 * root**2))
    assert hall == pytest.approx(46.683, abs=5e-4)


def test_skewt_from_the_prices_themselves() -> None:
    prices = np.array(AUTO_PRICES.split(), dtype=float)
    assert len(prices) == 74
    outcome = bootstrapped_johnson_t(prices, draws=99, seed=0)
    assert outcome.statistic == pytest.approx(38.72841, abs=5e-6)


VOLKSWAGEN = np.array(
    [
        [-0.0055, -0.0118, -0.0224, -0.0107, 0.0076],
        [-0.0055, 0.0024, -0.0091, -0.0019, 0.0001],
        [-0.0022, -0.0201, -0.0033, -0.0180, 0.0090],
    ]
)
"""Abnormal returns of three securities over five days, as EventStudyTools publishes them."""


@pytest.mark.parametrize(
    ("day", "published"), list(enumerate([-0.8704, -1.1225, -3.1482, -1.9178, 0.8879]))
)
def test_the_published_skewness_t_is_halls(day: int, published: float) -> None:
    assert hall_t(*moments(VOLKSWAGEN[:, day])).statistic == pytest.approx(published, abs=5e-5)


@pytest.mark.parametrize(
    ("day", "published"), list(enumerate([-4.0, -1.4918, -2.0518, -2.1915, 2.0267]))
)
def test_the_published_cross_sectional_t_is_one_of_the_unrounded_returns(
    day: int, published: float
) -> None:
    """Days −1 and +2 differ from the t of the printed figures by less than their last digit moves."""
    printed = VOLKSWAGEN[:, day]
    corners = np.array(np.meshgrid(*[[-5e-5, 0.0, 5e-5]] * 3)).reshape(3, -1)
    possible = stats.ttest_1samp(printed[:, None] + corners, 0.0).statistic
    assert possible.min() <= published <= possible.max()
    if day in (0, 2, 3):
        assert stats.ttest_1samp(printed, 0.0).statistic == pytest.approx(published, abs=5e-5)


def panel(n: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray, list[int]]:
    rng = np.random.default_rng(seed)
    market = rng.normal(0, 0.01, 160)
    returns = market + 0.02 * (rng.exponential(1.0, (n, 160)) - 1)
    return returns, market, (80 + 2 * (np.arange(n) % 20)).tolist()


def bhars(returns: np.ndarray, market: np.ndarray, day0: list[int]) -> np.ndarray:
    days = np.asarray(day0)[:, None] + np.arange(12)
    own = returns[np.arange(len(returns))[:, None], days]
    return np.asarray(np.prod(1 + own, axis=1) - np.prod(1 + market[days], axis=1))


HELD = Window(0, 11)


@pytest.fixture
def held(make_group):
    def make(n: int, seed: int = 0, window: Window = HELD, **options):
        returns, market, day0 = panel(n, seed)
        days = {"window": (0, 0), "car": (HELD, (0, 1))}
        group = make_group(np.vstack([returns, market]), market, day0, **days, **options)
        at = group.positions
        benchmark = np.full(len(at), n)
        return replace(group, positions=replace(at, benchmark=benchmark)).over(window)

    return make


def run(name: str, sample):
    return list_tests()[name].function(sample)


def test_bhar_skew_t_equals_a_loop_over_resamples(held) -> None:
    values = np.sort(bhars(*panel(26, seed=3)))
    outcome = run("bhar_skew_t", held(26, 3, draws=299))
    rng = np.random.default_rng(0)
    picked = rng.integers(0, 26, size=(299, 7))
    drawn = [literal_johnson(values[rows], null=values.mean()) for rows in picked]
    statistic = literal_johnson(values)
    assert outcome.statistic == pytest.approx(statistic, rel=1e-10)
    greater = (1 + sum(t >= statistic for t in drawn)) / 300
    less = (1 + sum(t <= statistic for t in drawn)) / 300
    assert (outcome.p_greater, outcome.p_less) == (greater, less)
    assert outcome.p_value == min(1.0, 2 * min(greater, less))
    assert (outcome.distribution, outcome.n) == ("resampled", 26)


def test_bhar_hall_t_is_skew_t_of_the_bhars(held) -> None:
    values = bhars(*panel(15, seed=4))
    n, s = len(values), values.mean() / values.std(ddof=1)
    gamma = stats.skew(values, bias=True) * ((n - 1) / n) ** 1.5 * n**2 / ((n - 1) * (n - 2))
    expected = np.sqrt(n) * (s + gamma * s**2 / 3 + gamma**2 * s**3 / 27 + gamma / (6 * n))
    outcome = run("bhar_hall_t", held(15, 4))
    assert outcome.statistic == pytest.approx(expected, rel=1e-10)
    assert outcome.p_value == pytest.approx(2 * stats.norm.sf(abs(expected)), rel=1e-8)


def test_below_nine_observations_a_resample_has_no_skewness(held) -> None:
    assert "at least 9 observations" in run("bhar_skew_t", held(8)).refused
    assert not run("bhar_skew_t", held(9)).refused


def test_short_windows_need_a_hundred_observations(held) -> None:
    short = Window(0, 1)
    assert "100 observations, there are 99" in run("bhar_skew_t", held(99, window=short)).refused
    assert not run("bhar_skew_t", held(100, window=short)).refused
    assert not run("bhar_skew_t", held(99)).refused


def test_order_and_seed_of_the_resamples() -> None:
    values = np.random.default_rng(1).lognormal(0.05, 0.4, 40) - 1
    one = bootstrapped_johnson_t(values, 999, 5)
    assert bootstrapped_johnson_t(values[::-1], 999, 5) == one
    assert bootstrapped_johnson_t(values, 999, 6).p_value != one.p_value
    assert bootstrapped_johnson_t(values * 1e-6, 999, 5).p_value == one.p_value


def test_blocks_of_resamples_are_one_run_of_draws(monkeypatch: pytest.MonkeyPatch) -> None:
    values = np.random.default_rng(2).exponential(1.0, 30) - 1
    whole = bootstrapped_johnson_t(values, 500, 1)
    monkeypatch.setattr("eventstudy.significance.skewness.VALUES_AT_ONCE", 20)
    assert bootstrapped_johnson_t(values, 500, 1) == whole


def test_resamples_of_equal_values_count_as_extreme() -> None:
    """Thirty firms that did nothing and two that did: most resamples are all alike."""
    values = np.append(np.zeros(30), [0.5, 0.6])
    outcome = bootstrapped_johnson_t(values, 999, 0)
    assert np.isfinite(outcome.statistic)
    assert outcome.p_less > 0.3
    flat = bootstrapped_johnson_t(np.full(12, 0.25), 99, 0)
    assert "same value" in flat.refused


def test_each_tail_holds_where_the_sample_is_skewed() -> None:
    """Centred lognormal values, at 5% each: the figures that docs/tests/bhar_skew_t.md quotes."""
    samples = np.random.default_rng(11).lognormal(0.0, 1.0, (1_000, 60)) - np.exp(0.5)
    found = [bootstrapped_johnson_t(values, 399, 0) for values in samples]
    tails = np.array([(one.p_less, one.p_greater) for one in found])
    plain = stats.ttest_1samp(samples, 0.0, axis=1, alternative="less").pvalue
    assert (plain <= 0.05).mean() == pytest.approx(0.127, abs=5e-4)
    assert (plain >= 0.95).mean() == pytest.approx(0.015, abs=5e-4)
    assert (tails <= 0.05).mean(axis=0) == pytest.approx([0.054, 0.053], abs=5e-4)
