"""The placebo test against brute force: drop a block, fit the rest again, forecast the block."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eventstudy.models.kernel.batch import Batch
from eventstudy.models.registry import get_model
from eventstudy.significance.outcome import placebo_outcome
from eventstudy.significance.sums.placebo_runs import (
    Reference,
    compiled_statistics,
    placebo_p,
    placebo_quantile,
    placebo_statistics,
)

T = 45


def make_batch(model: str, *, missing: bool, seed: int = 0) -> Batch:
    rng = np.random.default_rng(seed)
    k = 0 if model == "mean" else 1
    x = 0.01 * rng.standard_t(4, size=(4, T + 5, k))
    y = 0.001 + 0.02 * rng.standard_t(3, size=(4, T + 5)) + x.sum(axis=2)
    if missing:
        y[0, [4, 5, 30]] = np.nan
        y[1, 0] = y[1, T - 1] = np.nan
        y[2, ::7] = np.nan
        y[3, 40] = np.nan
        if k:
            x[3, 17] = np.nan
    return Batch(y[:, :T], x[:, :T], y[:, T:], x[:, T:])


Find = Callable[[Reference, int], np.ndarray]

both = pytest.mark.parametrize(
    "find", [placebo_statistics, compiled_statistics], ids=["arrays", "compiled"]
)


def brute_force(model: str, y: np.ndarray, x: np.ndarray, length: int) -> np.ndarray:
    """SCAR of each left-out run, by refitting on all that is left."""
    out = np.full(T - length + 1, np.nan)
    valid = np.isfinite(y) & np.isfinite(x).all(axis=1)
    for first in range(len(out)):
        block = np.zeros(T, dtype=bool)
        block[first : first + length] = True
        if not valid[block].all():
            continue
        rest = valid & ~block
        if model == "market_adjusted":
            abnormal = y - x[:, 0]
            if rest.sum() > 1:
                out[first] = abnormal[block].sum() / (abnormal[rest].std(ddof=1) * np.sqrt(length))
            continue
        X = np.column_stack([np.ones(T), x])
        coef, *_ = np.linalg.lstsq(X[rest], y[rest], rcond=None)
        residuals = y[rest] - X[rest] @ coef
        df = rest.sum() - X.shape[1]
        if df < 1:
            continue
        s = np.sqrt(residuals @ residuals / df)
        total = X[block].sum(axis=0)
        v = length + total @ np.linalg.inv(X[rest].T @ X[rest]) @ total
        out[first] = (y[block] - X[block] @ coef).sum() / (s * np.sqrt(v))
    return out


@both
@pytest.mark.parametrize("model", ["market", "mean", "market_adjusted"])
@pytest.mark.parametrize("length", [1, 3, 11])
@pytest.mark.parametrize("missing", [False, True], ids=["complete", "gaps"])
def test_placebos_equal_brute_force(model: str, length: int, missing: bool, find: Find) -> None:
    batch = make_batch(model, missing=missing)
    ours = find(Reference.of(get_model(model).fit(batch)), length)
    assert ours.shape == (4, T - length + 1)
    for i in range(4):
        theirs = brute_force(model, batch.y_est[i], batch.x_est[i], length)
        np.testing.assert_allclose(ours[i], theirs, rtol=1e-9, atol=1e-12)
        runs = np.isfinite(theirs).sum()
        assert runs == T - length + 1 if not missing else runs < T - length + 1


@both
def test_one_day_is_the_externally_studentised_residual(find: Find) -> None:
    """e_t / (s_(t)√(1 − h_t)), by the hat matrix and statsmodels' own figure."""
    import statsmodels.api as sm

    batch = make_batch("market", missing=False, seed=3)
    ours = find(Reference.of(get_model("market").fit(batch)), 1)
    for i in range(4):
        ols = sm.OLS(batch.y_est[i], sm.add_constant(batch.x_est[i])).fit()
        theirs = ols.get_influence().resid_studentized_external
        np.testing.assert_allclose(ours[i], theirs, rtol=1e-9)


@both
def test_a_regressor_that_lives_on_one_day_leaves_that_placebo_undefined(find: Find) -> None:
    """Leaving out the only day on which a regressor moves leaves no fit to forecast with."""
    rng = np.random.default_rng(0)
    y = rng.normal(size=(1, 30))
    x = np.zeros((1, 30, 1))
    x[0, 12] = 1.0
    fits = get_model("market").fit(Batch(y, x, y[:, :3], x[:, :3]))
    statistics = find(Reference.of(fits), 1)
    assert np.isnan(statistics[0, 12])
    assert np.isfinite(np.delete(statistics[0], 12)).all()


@both
@pytest.mark.parametrize("day", [0, 7, 29])
@pytest.mark.parametrize("level", [0.0, 0.013])
def test_a_day_without_which_nothing_varies_is_no_placebo(
    day: int, level: float, find: Find
) -> None:
    """A share that moved once: what rounding leaves of the others' spread is no yardstick."""
    y = np.full((1, 30), level)
    y[0, day] += 0.37
    x = np.empty((1, 30, 0))
    fits = get_model("mean").fit(Batch(y, x, y[:, :3], x[:, :3]))
    statistics = find(Reference.of(fits), 1)
    assert np.isnan(statistics[0, day])
    others = np.delete(statistics[0], day)
    assert np.isfinite(others).all()
    assert np.abs(others).max() < 1


@both
def test_a_run_that_leaves_too_few_sessions_is_no_placebo(find: Find) -> None:
    batch = make_batch("market", missing=False)
    few = batch.on_sessions(np.arange(T) < 6)
    statistics = find(Reference.of(get_model("market").fit(few)), 4)
    assert np.isnan(statistics).all()
    three = find(Reference.of(get_model("market").fit(few)), 3)
    np.testing.assert_array_equal(np.isfinite(three).sum(axis=1), [4, 4, 4, 4])


def test_p_is_one_plus_the_larger_ones_over_one_more_than_all() -> None:
    statistics = np.array([[0.5, -1.0, 2.0, np.nan, -3.0]])
    cases = {
        0.1: 1.0,
        0.5: 1.0,
        0.7: 4 / 5,
        1.0: 4 / 5,
        -1.0: 4 / 5,
        2.5: 2 / 5,
        3.0: 2 / 5,
        -3.1: 1 / 5,
    }
    for observed, p in cases.items():
        assert placebo_p(statistics, np.array([observed]))[0] == pytest.approx(p, abs=0)
    assert np.isnan(placebo_p(statistics, np.array([np.nan])))[0]
    assert np.isnan(placebo_p(np.full((1, 3), np.nan), np.array([1.0])))[0]


def test_p_is_never_zero_and_never_above_one() -> None:
    statistics = np.random.default_rng(0).normal(size=(1, 250))
    assert placebo_p(statistics, np.array([1e9]))[0] == 1 / 251
    assert placebo_p(statistics, np.array([0.0]))[0] == 1.0


@given(
    seed=st.integers(0, 10_000),
    count=st.integers(1, 260),
    confidence=st.sampled_from([0.5, 0.8, 0.9, 0.95, 0.99]),
)
@settings(max_examples=60, derandomize=True)
def test_the_interval_holds_exactly_what_the_test_keeps(
    seed: int, count: int, confidence: float
) -> None:
    """placebo_quantile inverts placebo_p on a grid and on the placebos themselves."""
    rng = np.random.default_rng(seed)
    statistics = rng.standard_t(3, size=(1, count))
    statistics[0, rng.random(count) < 0.1] = np.nan
    magnitudes = np.abs(statistics[np.isfinite(statistics)])
    reach = placebo_quantile(statistics, confidence)[0]
    for value in np.concatenate([np.linspace(0, 12, 61), magnitudes]):
        for signed in (value, -value):
            p = placebo_p(statistics, np.array([signed]))[0]
            rejected = p <= 1 - confidence + 1e-9
            if len(magnitudes):
                assert rejected == (value > reach)


def test_a_run_longer_than_the_estimation_window_has_no_placebo_and_no_crash() -> None:
    fits = get_model("market").fit(make_batch("market", missing=False))
    statistics = placebo_statistics(Reference.of(fits), T + 1)
    assert statistics.shape == (4, 0)
    observed = np.array([1.0, 2.0, np.nan, 0.0])
    assert np.isnan(placebo_p(statistics, observed)).all()
    np.testing.assert_array_equal(placebo_quantile(statistics, 0.95), np.inf)
    assert placebo_outcome(statistics[0], np.array([1.0]), T + 1).refused


def test_too_few_placebos_to_reject_leave_an_unbounded_interval() -> None:
    eighteen = np.arange(1.0, 19.0)[None]
    assert placebo_quantile(eighteen, 0.95)[0] == np.inf
    nineteen = np.arange(1.0, 20.0)[None]
    assert placebo_quantile(nineteen, 0.95)[0] == 19.0


def test_the_outcome_of_one_observation_says_why_there_is_none() -> None:
    reference = Reference.of(get_model("market").fit(make_batch("market", missing=False)))
    three, many = (placebo_statistics(reference, length)[0] for length in (3, 44))
    assert placebo_outcome(three, np.array([]), 3).refused == "no abnormal return in the window"
    assert placebo_outcome(three, np.array([np.nan]), 3).refused
    assert "no complete run of 44" in placebo_outcome(many, np.array([1.0]), 44).refused
    outcome = placebo_outcome(three, np.array([99.0]), 3)
    assert (outcome.p_value, outcome.n, outcome.distribution) == (1 / (T - 3 + 1 + 1), 1, "placebo")


@pytest.mark.parametrize("length", [1, 3])
def test_size_is_exact_when_the_event_is_one_more_ordinary_day(length: int) -> None:
    """Skewed returns, no event: 5% nominal within four standard errors of 5%."""
    rng = np.random.default_rng(5)
    n, t = 4_000, 78 + length  # 79 runs, so that 5% is a level that ranks can attain
    y = rng.exponential(size=(n, t + length)) - 1
    x = np.empty((n, t + length, 0))
    fits = get_model("mean").fit(Batch(y[:, :t], x[:, :t], y[:, t:], x[:, t:]))
    total = fits.ar.sum(axis=1)
    v = length + (fits.root.sum(axis=1) ** 2).sum(axis=1)
    p = placebo_p(placebo_statistics(Reference.of(fits), length), total / (fits.s * np.sqrt(v)))
    share = np.mean(p <= 0.05)
    # The event's s rests on `length` more sessions than each placebo's, so size is near, not at, 5%.
    assert abs(share - 0.05) < 4 * np.sqrt(0.05 * 0.95 / n) + 0.003


@both
@pytest.mark.parametrize("length", [1, 3, 10])
@pytest.mark.parametrize("shock", [1.0, 1e2, 1e4, 1e6])
def test_a_wrong_price_leaves_digits_to_all_placebos_and_keeps_its_own(
    length: int, shock: float, find: Find
) -> None:
    """Subtracting its square would leave rounding of what is left."""
    rng = np.random.default_rng(5)
    x = 0.01 * rng.standard_normal((1, T + 1, 1))
    y = x[:, :, 0] + 0.02 * rng.standard_normal((1, T + 1))
    y[0, 17] += shock
    batch = Batch(y[:, :T], x[:, :T], y[:, T:], x[:, T:])
    ours = find(Reference.of(get_model("market").fit(batch)), length)[0]
    assert np.isfinite(ours).all()
    expected = brute_force("market", y[0, :T], x[0, :T], length)
    np.testing.assert_allclose(ours, expected, rtol=1e-9)
