"""r̄ against loops over all pairs."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from eventstudy.significance.sums import pair_correlation as correlation
from eventstudy.significance.sums.pair_correlation import NoOverlapError

T = 40


def pearson(a: np.ndarray, b: np.ndarray) -> float:
    both = np.isfinite(a) & np.isfinite(b)
    return float(np.corrcoef(a[both], b[both])[0, 1])


def loop_event(residuals: np.ndarray) -> float:
    n = len(residuals)
    pairs = [pearson(residuals[i], residuals[j]) for i in range(n) for j in range(n) if i != j]
    return float(np.mean(pairs))


def loop_calendar(residuals: np.ndarray, day0: np.ndarray, asset: np.ndarray, length: int) -> float:
    """Every residual on its own calendar session; windows compared as sets of sessions."""
    n = len(residuals)
    calendar = np.full((n, day0.max() + T + 1), np.nan)
    for i in range(n):
        calendar[i, day0[i] : day0[i] + T] = residuals[i]
    total = 0.0
    for i in range(n):
        for j in range(n):
            if i == j:
                continue
            mine = set(range(day0[i], day0[i] + length))
            shared = len(mine & set(range(day0[j], day0[j] + length))) / length
            if shared:
                total += shared * (1 if asset[i] == asset[j] else pearson(calendar[i], calendar[j]))
    return total / (n * (n - 1))


def make(n: int, *, missing: bool, spread: int, assets: int, seed: int = 0):
    """Observations cut from correlated series of `assets` firms, so firms recur and dates cluster."""
    rng = np.random.default_rng(seed)
    series = rng.normal(size=(assets, T + spread)) + rng.normal(size=T + spread)
    if missing:
        series[rng.random(series.shape) < 0.07] = np.nan
    cells = rng.choice(assets * spread, size=n, replace=False)
    asset, day0 = np.divmod(cells, spread)
    residuals = np.stack([series[a, d : d + T] for a, d in zip(asset, day0, strict=True)])
    return residuals + 0.01 * rng.normal(size=residuals.shape), day0, asset


@pytest.mark.parametrize("missing", [False, True], ids=["complete", "gaps"])
@pytest.mark.parametrize("n", [2, 3, 25])
def test_event_time_equals_the_mean_over_all_pairs(
    n: int, missing: bool, r_bar_event: Callable[..., float]
) -> None:
    residuals, _, _ = make(n, missing=missing, spread=15, assets=12)
    np.testing.assert_allclose(r_bar_event(residuals), loop_event(residuals), rtol=1e-10)


@pytest.mark.parametrize("missing", [False, True], ids=["complete", "gaps"])
@pytest.mark.parametrize("length", [1, 3, 11])
@pytest.mark.parametrize(("spread", "assets"), [(15, 12), (4, 30), (1, 25)])
def test_calendar_time_equals_the_sum_over_all_pairs(
    missing: bool, length: int, spread: int, assets: int, r_bar_calendar: Callable[..., float]
) -> None:
    residuals, day0, asset = make(22, missing=missing, spread=spread, assets=assets)
    ours = r_bar_calendar(residuals, day0, asset, length)
    np.testing.assert_allclose(ours, loop_calendar(residuals, day0, asset, length), rtol=1e-10)


@pytest.mark.parametrize("missing", [False, True], ids=["complete", "gaps"])
@pytest.mark.parametrize("length", [1, 3, 11])
def test_both_agree_on_one_common_date(
    missing: bool,
    length: int,
    r_bar_event: Callable[..., float],
    r_bar_calendar: Callable[..., float],
) -> None:
    residuals, day0, asset = make(20, missing=missing, spread=1, assets=20)
    calendar = r_bar_calendar(residuals, day0, asset, length)
    np.testing.assert_allclose(calendar, r_bar_event(residuals), rtol=1e-12)


def test_the_formula_of_the_contract_on_balanced_data(r_bar_event: Callable[..., float]) -> None:
    """r̄ = (Σ_t(Σ_i z_it)² − N)/(N(N − 1)) for rows of unit length."""
    residuals, _, _ = make(9, missing=False, spread=3, assets=9)
    z = residuals - residuals.mean(axis=1, keepdims=True)
    z /= np.linalg.norm(z, axis=1, keepdims=True)
    np.testing.assert_allclose(r_bar_event(z), ((z.sum(axis=0) ** 2).sum() - 9) / 72, rtol=1e-12)


@pytest.mark.parametrize("missing", [False, True], ids=["complete", "gaps"])
def test_dates_far_apart_have_no_correlation_in_calendar_time(
    missing: bool, r_bar_event: Callable[..., float], r_bar_calendar: Callable[..., float]
) -> None:
    residuals, _, asset = make(6, missing=missing, spread=1, assets=6)
    apart = np.arange(6) * 500
    assert r_bar_calendar(residuals, apart, asset, 11) == 0.0
    assert r_bar_event(residuals) > 0.2


def test_one_asset_in_overlapping_windows_counts_with_one(
    r_bar_calendar: Callable[..., float],
) -> None:
    """Two events of a firm two sessions apart share one of three days: r̄ = ⅓ whatever ρ is."""
    rng = np.random.default_rng(0)
    residuals = rng.normal(size=(2, T))
    ours = r_bar_calendar(residuals, np.array([5, 7]), np.array([3, 3]), 3)
    np.testing.assert_allclose(ours, 1 / 3, rtol=1e-12)
    same_day = r_bar_calendar(residuals, np.array([5, 5]), np.array([3, 3]), 1)
    np.testing.assert_allclose(same_day, 1.0, rtol=1e-12)


def test_windows_that_overlap_beyond_the_estimation_window_are_refused(
    r_bar_calendar: Callable[..., float],
) -> None:
    residuals = np.random.default_rng(0).normal(size=(2, 5))
    with pytest.raises(NoOverlapError, match="3 sessions apart"):
        r_bar_calendar(residuals, np.array([0, 3]), np.array([0, 1]), 4)
    assert np.isfinite(r_bar_calendar(residuals, np.array([0, 2]), np.array([0, 1]), 4))


@pytest.mark.parametrize("missing", [False, True], ids=["complete", "gaps"])
def test_blocks_do_not_change_the_sum(
    missing: bool,
    monkeypatch: pytest.MonkeyPatch,
    r_bar_event: Callable[..., float],
    r_bar_calendar: Callable[..., float],
) -> None:
    residuals, day0, asset = make(25, missing=missing, spread=2, assets=25)
    event, calendar = r_bar_event(residuals), r_bar_calendar(residuals, day0, asset, 3)
    monkeypatch.setattr(correlation, "BLOCK", 4)
    np.testing.assert_allclose(r_bar_event(residuals), event, rtol=1e-12)
    np.testing.assert_allclose(r_bar_calendar(residuals, day0, asset, 3), calendar, rtol=1e-12)


def test_the_order_of_observations_does_not_matter(r_bar_calendar: Callable[..., float]) -> None:
    residuals, day0, asset = make(22, missing=True, spread=6, assets=8)
    order = np.random.default_rng(1).permutation(22)
    np.testing.assert_allclose(
        r_bar_calendar(residuals[order], day0[order], asset[order], 3),
        r_bar_calendar(residuals, day0, asset, 3),
        rtol=1e-12,
    )


def test_pairs_without_a_common_session_count_as_uncorrelated(
    r_bar_event: Callable[..., float],
) -> None:
    residuals = np.random.default_rng(0).normal(size=(3, T))
    residuals[0, : T // 2] = np.nan
    residuals[1, T // 2 :] = np.nan
    expected = 2 * (pearson(residuals[0], residuals[2]) + pearson(residuals[1], residuals[2])) / 6
    np.testing.assert_allclose(r_bar_event(residuals), expected, rtol=1e-10)
