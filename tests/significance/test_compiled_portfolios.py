"""Compiled loops of calendar-time portfolios and of resampled skewness, held to numpy."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from eventstudy.compiled import kernel
from eventstudy.compute import engine
from eventstudy.significance import calendar_time, skewness
from eventstudy.significance.registry import list_tests
from eventstudy.significance.sample import FittedGroup
from eventstudy.significance.sums import calendar_portfolio
from eventstudy.significance.sums.calendar_portfolio import hold
from eventstudy.spec.windows import Window

TESTS = ("calendar_time", "calendar_time_ar", "calendar_time_sar", "calendar_time_monthly")
DAYS = [Window(day, day) for day in range(-5, 6)]
LONG = Window(-3, 4)


@pytest.fixture
def compiled(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every study is large."""
    monkeypatch.setattr(kernel, "LARGE", 0)


@pytest.fixture
def make(make_group):
    """200 observations of 12 assets, whose windows overlap, with days missing."""

    def make(gaps: bool = True, designs: int = 1, seed: int = 0, **options) -> FittedGroup:
        rng = np.random.default_rng(seed)
        market = rng.normal(0.0003, 0.01, (designs, 300))
        returns = market[0] + rng.normal(0, 0.02, (12, 300))
        if gaps:
            returns[rng.random(returns.shape) < 0.04] = np.nan
            returns[3, 90:97] = np.nan
        asset, day0 = rng.integers(0, 12, 200), rng.integers(70, 290, 200)
        day0[:40] = 90 + np.arange(40) % 3
        chosen = np.arange(200) % designs
        group = make_group(
            returns, market, day0, asset=asset, design=chosen, car=(LONG,), **options
        )
        panel = replace(group.panel, months=np.arange(300) // 21)
        return replace(group, panel=panel)

    return make


def outcomes(group: FittedGroup) -> list:
    fresh = replace(group)  # what is computed once is computed again
    return [list_tests()[name].function(fresh.over(w)) for w in (*DAYS, LONG) for name in TESTS]


def same(group: FittedGroup, monkeypatch: pytest.MonkeyPatch) -> None:
    expected = outcomes(group)
    monkeypatch.setattr(kernel, "LARGE", 0)
    found = outcomes(group)
    assert sum(not one.refused for one in found) > len(found) / 2
    for one, other in zip(found, expected, strict=True):
        assert (one.refused, one.n, one.detail) == (other.refused, other.n, other.detail)
        assert one.statistic == pytest.approx(other.statistic, rel=1e-12, abs=1e-12, nan_ok=True)
        assert one.df == pytest.approx(other.df, rel=1e-12, nan_ok=True)


@pytest.mark.slow
@pytest.mark.parametrize("gaps", [False, True])
@pytest.mark.parametrize("model", ["market", "mean", "market_adjusted"])
def test_all_calendar_time_tests_equal_those_of_numpy(make, monkeypatch, model, gaps) -> None:
    same(make(gaps, model=model), monkeypatch)


def test_so_they_do_with_weights(make, monkeypatch) -> None:
    weights = np.random.default_rng(1).uniform(1, 9, 200)
    same(replace(make(seed=1), weights=weights), monkeypatch)


def test_so_they_do_weighted_by_precision(make, monkeypatch) -> None:
    same(make(seed=2, weights="precision"), monkeypatch)


def test_so_they_do_with_several_benchmarks(make, monkeypatch) -> None:
    same(make(designs=3, seed=3), monkeypatch)


def test_so_they_do_with_estimation_windows_of_their_own(make, monkeypatch) -> None:
    group = make(seed=4)
    at = group.positions
    own = np.column_stack([-60 + np.arange(200) % 9, np.full(200, -11)])
    same(replace(group, positions=replace(at, estimation=own)), monkeypatch)


def test_so_they_do_with_two_estimation_windows(make, monkeypatch) -> None:
    same(make(seed=10, post_estimation=(8, 30)), monkeypatch)


@pytest.mark.parametrize("first", [Window(2, 2), LONG])
def test_portfolios_and_spreads_equal_those_of_numpy(make, first) -> None:
    """Every third observation is not held, and single days have members of their own."""
    rng, group = np.random.default_rng(5), make(seed=5)
    count = 4 if first.length == 1 else 1
    weights = rng.uniform(0.5, 2, (200, count)) * (rng.random((200, count)) < 0.9)
    weights[::3] = 0.0
    values = rng.normal(size=(200, count + first.length - 1))
    values[::3] = np.nan
    at = group.positions
    numpy, machine = (
        hold(at.asset, at.day0, first, count, weights, compiled=compiled)
        for compiled in (False, True)
    )
    np.testing.assert_allclose(machine.weights, numpy.weights, rtol=1e-12)
    pairs = zip(*(one.portfolios(values.__getitem__) for one in (machine, numpy)), strict=True)
    for found, expected in pairs:
        assert found.days.tolist() == expected.days.tolist()
        np.testing.assert_allclose(found.value, expected.value, rtol=1e-12)
    spreads = numpy.spreads(group.windows)
    np.testing.assert_allclose(machine.spreads(group.windows), spreads, rtol=1e-12)
    assert (spreads > 0).any(axis=0).all()


def test_days_with_the_same_members_have_one_weight(make) -> None:
    """Where no day is missing, so that the estimation windows are summed once for all of them."""
    whole, gaps = (calendar_time._held(make(some), DAYS[0], 11) for some in (False, True))
    assert (whole.weights.shape, gaps.weights.shape) == ((200, 1), (200, 11))


@pytest.mark.parametrize("first", [DAYS[0], LONG])
def test_no_digit_depends_on_the_blocks_of_members(make, monkeypatch, first) -> None:
    group = make(seed=6)
    at, count = group.positions, 11 if first.length == 1 else 1
    weights = np.where(np.random.default_rng(6).random((200, count)) < 0.9, 1.0, 0.0)
    held = hold(at.asset, at.day0, first, count, weights, compiled=True)
    before = held.spreads(group.windows)
    monkeypatch.setattr(calendar_portfolio, "MEMBERS", 3)
    assert held.spreads(group.windows).tobytes() == before.tobytes()


def test_no_digit_depends_on_the_number_of_threads(make, monkeypatch, compiled) -> None:
    group, found = make(seed=7), []
    monkeypatch.setattr(calendar_portfolio, "MEMBERS", 20)
    monkeypatch.setattr(calendar_portfolio, "BLOCK", 30)
    for threads in (1, 3):
        monkeypatch.setattr(engine, "usable_threads", lambda count=threads: count)
        found.append(outcomes(group))
    assert repr(found[0]) == repr(found[1])


# --- skewness ---------------------------------------------------------------------------------


def standardised(count: int, n: int) -> list[np.ndarray]:
    rng = np.random.default_rng(count)
    values = [np.sort(rng.exponential(1.0, n) ** 2) for _ in range(count)]
    return [(one - one.mean()) / one.std(ddof=1) for one in values]


@pytest.mark.parametrize(("count", "n"), [(1, 2_500), (3, 2_500), (11, 40_000)])
def test_resamples_of_many_samples_equal_those_of_each(compiled, count, n) -> None:
    """The largest does not fit into the processor's cache and is picked from block by block."""
    apart, size = standardised(count, n), n // 4
    found = skewness._resampled(apart, size, 12, 3)
    rng = np.random.default_rng(3)
    picked = rng.integers(0, n, size=(12, size))
    for own, drawn in zip(apart, found, strict=True):
        np.testing.assert_allclose(drawn, skewness._johnson_of(own[picked]), rtol=1e-11, atol=1e-11)


def test_blocks_of_compiled_resamples_are_one_run_of_draws(compiled, monkeypatch) -> None:
    apart = standardised(2, 900)
    whole = skewness._resampled(apart, 225, 50, 1)
    monkeypatch.setattr(skewness, "PLACES", 500)
    assert np.array_equal(skewness._resampled(apart, 225, 50, 1), whole)


def test_resamples_of_one_value_lie_infinitely_far_out(compiled) -> None:
    values = np.append(np.zeros(400), [0.5, 0.6])
    apart = (np.sort(values) - values.mean()) / values.std(ddof=1)
    drawn = skewness._resampled([apart], 101, 99, 0)[0]
    rng = np.random.default_rng(0)
    expected = skewness._johnson_of(apart[rng.integers(0, 402, size=(99, 101))])
    assert np.isneginf(drawn).sum() == np.isneginf(expected).sum() > 20
    np.testing.assert_allclose(drawn, expected, rtol=1e-10)


def test_samples_of_one_size_are_tested_as_each_is(monkeypatch) -> None:
    rng = np.random.default_rng(8)
    samples = [rng.lognormal(0.01, 0.4, 200) - 1.08, np.full(200, 0.2), rng.normal(0, 1, 200)]
    alone = [skewness.bootstrapped_johnson_t(values, 199, 4) for values in samples]
    assert skewness.bootstrapped_johnson_ts(samples, 199, 4) == alone
    assert "same value" in alone[1].refused
    monkeypatch.setattr(kernel, "LARGE", 0)
    together = skewness.bootstrapped_johnson_ts(samples, 199, 4)
    assert [one.p_value for one in together[::2]] == [one.p_value for one in alone[::2]]


def test_every_window_of_a_large_group_is_resampled_as_alone(make_group, monkeypatch) -> None:
    rng = np.random.default_rng(9)
    market = rng.normal(0, 0.01, 160)
    returns = market + 0.02 * (rng.exponential(1.0, (120, 160)) - 1)
    returns[5, 100] = np.nan
    stacked, day0 = np.vstack([returns, market]), (80 + 2 * (np.arange(120) % 20)).tolist()
    group = make_group(stacked, market, day0, car=((0, 4),), draws=99)
    at = replace(group.positions, benchmark=np.full(120, 120))
    windows = [Window(0, 0), Window(2, 2), Window(0, 4)]

    def tested() -> list:
        group_again = replace(group, positions=at)
        return [
            list_tests()["bhar_skew_t"].function(group_again.over(window)) for window in windows
        ]

    alone = tested()
    monkeypatch.setattr(kernel, "LARGE", 0)
    assert tested() == alone
