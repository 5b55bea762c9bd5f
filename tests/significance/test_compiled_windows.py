"""Compiled loops over estimation windows equal numpy: residuals, ranks, signs, ties, dates."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from eventstudy.compiled import kernel, ranks, sorting
from eventstudy.models.estimate import estimate
from eventstudy.models.kernel.batch import Panel, Positions
from eventstudy.models.registry import get_model
from eventstudy.significance.granks import gsar_sums
from eventstudy.significance.parametric import residual_sums
from eventstudy.significance.ranks import DayScan, day_sums
from eventstudy.significance.registry import list_tests
from eventstudy.significance.sample import FittedGroup
from eventstudy.significance.signs import positive_shares
from eventstudy.significance.sums import estimation_windows
from eventstudy.significance.sums.estimation_windows import scan
from eventstudy.significance.sums.rank_correlation import RankPairs
from eventstudy.significance.sums.ties import SAME, mean_ranks
from eventstudy.spec.study_spec import StudySpec
from eventstudy.spec.windows import Window

SESSIONS, ASSETS, N = 220, 12, 1_300
MODELS = {
    "mean": 0,
    "market": 1,
    "market_adjusted": 1,
    "capm": 2,
    "dimson": 3,
    "ff5": 6,
    "scholes_williams": 3,
}
"""Columns of the design of each model."""


def group_of(
    model: str = "market",
    *,
    gaps: float = 0.0,
    rounded: bool = False,
    own: bool = False,
    keep_windows: bool = False,
    level: float = 0.0,
    large: bool = False,
    **options: object,
) -> FittedGroup:
    rng = np.random.default_rng(7)
    designs = 0.01 * rng.standard_normal((2, SESSIONS, MODELS[model]))
    returns = 0.02 * rng.standard_t(4, (ASSETS, SESSIONS)) + 0.01 * rng.normal(size=SESSIONS)
    if rounded:  # many ties, a price that stands still, differences in the last bits
        returns = returns.round(2) * (1 + 1e-15 * rng.uniform(-1, 1, returns.shape))
        returns[0, 60:170] = 0.0
        designs = designs.round(2)
    returns[1, 90] = 5.0  # a wrong price
    returns[2] += level  # so far from 0 that coefficients alone leave too few digits
    returns[rng.random(returns.shape) < gaps] = np.nan
    given = {"estimation": (-60, -11), "window": (-5, 5), "car": ((-1, 2), (0, 8)), "min_obs": 10}
    spec = StudySpec(**{**given, **options})
    estimation = None
    if own:
        first = rng.integers(-60, -40, N)
        estimation = np.column_stack([first, rng.integers(-20, -10, N)])
    at = Positions(
        asset=rng.integers(0, ASSETS, N),
        day0=rng.integers(50 if gaps else 60, SESSIONS - 9, N),
        design=rng.integers(0, 2, N),
        estimation=estimation,
    )
    panel, chosen = Panel(returns, designs), get_model(model)
    fits = estimate(panel, at, chosen, spec, keep_windows=keep_windows)
    usable = fits.problem == 0
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(kernel, "LARGE", 1 if large else N + 1)
        rows = np.flatnonzero(usable)
        group = FittedGroup(
            "g", fits.take(rows), at.take(rows), chosen, spec, panel, np.arange(len(rows))
        )
        assert group.windows.compiled == large
    return group


CASES = {
    "whole": {},
    "gaps": {"gaps": 0.03},
    "ties": {"rounded": True, "gaps": 0.01},
    "adjusted ties": {"model": "market_adjusted", "rounded": True},
    "no regressor": {"model": "mean", "rounded": True},
    "offset": {"model": "capm", "gaps": 0.01},
    "three": {"model": "dimson"},
    "five": {"model": "ff5", "gaps": 0.01},
    "own windows": {"own": True, "gaps": 0.01},
    "two windows": {"post_estimation": (12, 30), "gaps": 0.01},
    "no regression": {"model": "scholes_williams", "gaps": 0.01},
    "far from zero": {"level": 1e3, "gaps": 0.01},
    "kept": {"keep_windows": True, "gaps": 0.01},
}
each_case = pytest.mark.parametrize("case", CASES.values(), ids=list(CASES))


def assert_close(ours: np.ndarray, theirs: np.ndarray) -> None:
    size = max(np.nanmax(np.abs(theirs), initial=0.0), 1.0)
    np.testing.assert_allclose(ours, theirs, rtol=1e-12, atol=1e-12 * size)


@each_case
def test_residuals_equal_those_of_cut_windows(case) -> None:
    rows = np.random.default_rng(1).permutation(900)
    ours, theirs = (group_of(**case, large=large).windows for large in (True, False))
    assert np.isfinite(theirs.residuals(rows)).any()
    assert_close(ours.residuals(rows), theirs.residuals(rows))


@each_case
def test_sums_over_estimation_windows_equal_numpys(case) -> None:
    sums = []
    for large in (True, False):
        group = group_of(**case, large=large)
        scans = {
            make: make(group) for make in (day_sums, gsar_sums, residual_sums, positive_shares)
        }
        assert len(scans[day_sums].sets) == 2  # the second goes beyond the event window
        found = scan(group.windows, list(scans.values()))
        sums.append([total for one in scans.values() for total in found[one]])
    assert len(sums[0]) == 8 + 6 + 2 + 1
    for ours, theirs in zip(*sums, strict=True):
        assert_close(ours, theirs)


@each_case
def test_rank_sums_of_pairs_of_dates_equal_numpys(case) -> None:
    ours, theirs = (
        scan(group_of(**case, large=large).windows, [RankPairs(9)])[RankPairs(9)][0].total()
        for large in (True, False)
    )
    assert (theirs != 0).all()
    assert_close(ours, theirs)


@each_case
def test_signed_ranks_equal_scipys(case) -> None:
    test = list_tests()["wilcoxon"].function
    for window in (Window(0, 0), Window(0, 8)):
        sample = group_of(**case, large=True).over(window)
        ours, x = test(sample), sample.x.round(13)
        theirs = stats.wilcoxon(x, method="asymptotic", correction=False)
        assert ours.p_value == pytest.approx(theirs.pvalue, rel=1e-9)
        assert ours.statistic == pytest.approx(
            test(group_of(**case).over(window)).statistic, rel=1e-12
        )


def test_days_chosen_from_sorted_ones_rank_as_if_sorted_alone() -> None:
    rng = np.random.default_rng(3)
    values = rng.standard_t(3, (300, 40)).round(1) * (1 + 1e-15 * rng.uniform(-1, 1, (300, 40)))
    values[rng.random(values.shape) < 0.1] = -np.nan  # a NaN with a sign, as processors make them
    values[0], values[1] = np.nan, 3.0
    values[2, :7] = 1 + 0.6 * SAME * np.arange(7)  # a chain of small steps
    columns = np.sort(rng.choice(40, 25, replace=False))
    rows = sorting.sort_rows(values, SAME)
    assert (np.take_along_axis(values, rows.order.astype(int), 1) == rows.ascending).any()
    np.testing.assert_array_equal(rows.ascending, np.sort(values, axis=1))
    plain, scaled, _, seen = ranks.sums_by_day(rows, columns, SAME)
    chosen = values[:, columns]
    valid = np.isfinite(chosen)
    count = valid.sum(axis=1, keepdims=True)
    expected = np.where(valid, mean_ranks(chosen) - (count + 1) / 2, 0.0)
    np.testing.assert_array_equal(plain, expected.sum(axis=0))
    np.testing.assert_array_equal(seen, valid.sum(axis=0))
    np.testing.assert_allclose(scaled, (expected / (1 + count)).sum(axis=0), rtol=1e-12, atol=1e-13)


def test_a_scan_of_other_days_than_those_tested_is_compiled_too() -> None:
    sums = []
    for large in (True, False):
        group = group_of(gaps=0.01, large=large)
        alone = DayScan(((0, 1, 7, 8),))
        sums.append(scan(group.windows, [alone])[alone])
    for ours, theirs in zip(*sums, strict=True):
        assert_close(ours, theirs)


@pytest.mark.slow
def test_processes_give_the_same_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(estimation_windows, "TASK", 1)
    group = group_of("ff5", gaps=0.01, large=True)
    scans = [day_sums(group), gsar_sums(group), residual_sums(group), RankPairs(9)]
    ours, theirs = (scan(group.windows, scans, engine) for engine in ("processes", "serial"))
    for one in scans:
        for total, other in zip(ours[one], theirs[one], strict=True):
            if one == RankPairs(9):
                total, other = total.total(), other.total()
            assert total.tobytes() == other.tobytes()
