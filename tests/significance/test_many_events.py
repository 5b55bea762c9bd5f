"""Tests over many events by direct formulas, with missing returns and refusals."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from scipy import stats

from eventstudy.significance.averages import average_all
from eventstudy.significance.registry import HEADLINE
from eventstudy.significance.registry import list_tests as known_tests
from eventstudy.significance.run import run_tests
from eventstudy.significance.sample import FittedGroup, Layout
from eventstudy.spec.windows import Window

PARAMETRIC = ("csect_t", "patell_z", "bmp_t", "bmp_kp_t")
DAY = Window(0, 0)


def simulate(n: int = 14, sessions: int = 150, seed: int = 0, missing: float = 0.05):
    rng = np.random.default_rng(seed)
    market = 0.01 * rng.normal(size=sessions)
    returns = 0.001 + market + 0.02 * rng.standard_t(5, size=(n, sessions))
    returns[rng.random(returns.shape) < missing] = np.nan
    return returns, market


def dates(n: int = 14) -> np.ndarray:
    return 70 + 2 * np.arange(n)


def literal(returns, market, day0, window: Window, model: str):
    """CAR, SCAR and df of each complete observation, one regression at a time."""
    x, z, dfs = [], [], []
    for i, at in enumerate(day0):
        past = np.arange(at - 60, at - 10)
        days = np.arange(at + window.start, at + window.end + 1)
        length = len(days)
        past = past[np.isfinite(returns[i, past])]
        y = returns[i, past]
        if not np.isfinite(returns[i, days]).all():
            continue
        if model == "market_adjusted":
            car = (returns[i, days] - market[days]).sum()
            s, v, df = (y - market[past]).std(ddof=1), length, len(past) - 1
        else:
            extra = [market[past]] if model == "market" else []
            X = np.column_stack([np.ones(len(past)), *extra])
            ahead = [market[days]] if model == "market" else []
            rows = np.column_stack([np.ones(length), *ahead])
            b = np.linalg.lstsq(X, y, rcond=None)[0]
            car = (returns[i, days] - rows @ b).sum()
            df = len(past) - X.shape[1]
            s = np.sqrt(((y - X @ b) ** 2).sum() / df)
            total = rows.sum(axis=0)
            v = length + total @ np.linalg.inv(X.T @ X) @ total
        x.append(car)
        z.append(car / (s * np.sqrt(v)))
        dfs.append(df)
    return np.array(x), np.array(z), np.array(dfs)


@pytest.mark.parametrize("model", ["market", "mean", "market_adjusted"])
@pytest.mark.parametrize("window", [DAY, Window(3, 3), Window(-1, 1), Window(-5, 5)])
@pytest.mark.parametrize("kp", ["calendar", "event"])
def test_every_formula(
    make_group,
    model: str,
    window: Window,
    kp: str,
    r_bar_event: Callable[..., float],
    r_bar_calendar: Callable[..., float],
) -> None:
    returns, market = simulate()
    group: FittedGroup = make_group(returns, market, dates(), model=model, kp=kp)
    sample = group.over(window)
    x, z, df = literal(returns, market, dates(), window, model)
    n = len(x)
    assert 5 < n < 15
    np.testing.assert_allclose(sample.x, x, rtol=1e-9)
    np.testing.assert_allclose(sample.z, z, rtol=1e-9)
    np.testing.assert_array_equal(sample.df, df)

    csect = x.mean() / x.std(ddof=1) * np.sqrt(n)
    patell = z.sum() / np.sqrt((df / (df - 2)).sum())
    bmp = z.mean() / z.std(ddof=1) * np.sqrt(n)
    residuals, at = group.fits.residuals, group.positions
    r = (
        r_bar_event(residuals)
        if kp == "event"
        else r_bar_calendar(residuals, at.day0, at.asset, window.length)
    )
    bmp_kp = bmp * np.sqrt((1 - r) / (1 + (n - 1) * r))
    figures = {"csect_t": csect, "patell_z": patell, "bmp_t": bmp, "bmp_kp_t": bmp_kp}
    for name, figure in figures.items():
        outcome = known_tests()[name].function(sample)
        assert (outcome.n, outcome.refused) == (n, "")
        np.testing.assert_allclose(outcome.statistic, figure, rtol=1e-9)
        if name == "patell_z":
            np.testing.assert_allclose(outcome.p_value, 2 * stats.norm.sf(abs(figure)), rtol=1e-8)
        else:
            assert outcome.df == n - 1
            np.testing.assert_allclose(
                outcome.p_value, 2 * stats.t.sf(abs(figure), n - 1), rtol=1e-8
            )


def test_csect_is_scipys_one_sample_t(make_group) -> None:
    group = make_group(*simulate(seed=1), dates())
    sample = group.over(DAY)
    theirs = stats.ttest_1samp(sample.x, 0.0)
    ours = known_tests()["csect_t"].function(sample)
    np.testing.assert_allclose(ours.statistic, theirs.statistic, rtol=1e-12)
    np.testing.assert_allclose(ours.p_value, theirs.pvalue, rtol=1e-12)


def test_the_kind_of_correlation_is_named(make_group) -> None:
    for kp in ("calendar", "event"):
        group = make_group(*simulate(), dates(), kp=kp)
        assert f"in {kp} time" in known_tests()["bmp_kp_t"].function(group.over(DAY)).detail


def rows_of(group: FittedGroup, **wanted):
    spec = group.spec.model_copy(update=wanted)
    return {(row.test, row.window): row for row in run_tests([group], spec)}


def test_one_valid_observation_is_refused_with_a_reason(make_group) -> None:
    returns, market = simulate(3, missing=0)
    returns[1, 72] = returns[2, 74] = np.nan
    rows = rows_of(make_group(returns, market, dates(3)), tests="all")
    for name in ("csect_t", "bmp_t", "bmp_kp_t"):
        assert "needs at least 2 observations" in rows[name, DAY].outcome.refused
        assert rows[name, DAY].outcome.n == 1
    assert np.isfinite(rows["patell_z", DAY].outcome.statistic)


def test_no_valid_observation_is_refused_with_a_reason(make_group) -> None:
    returns, market = simulate(2, missing=0)
    returns[0, 70] = returns[1, 72] = np.nan
    group = make_group(returns, market, dates(2))
    rows = rows_of(group, tests="all")
    assert all(rows[name, DAY].outcome.refused for name in known_tests())
    average = next(a for a in average_all([group], group.spec) if a.window == DAY)
    assert (average.n, average.se_from) == (0, "no observation")


def test_identical_values_are_refused(make_group) -> None:
    returns, market = simulate(3, missing=0)
    returns[1:] = returns[0]
    group = make_group(returns, market, [90, 90, 90])
    rows = rows_of(group, tests="all")
    for name in ("csect_t", "bmp_t", "bmp_kp_t"):
        assert "the same value" in rows[name, DAY].outcome.refused
    assert "singular" in rows["joint_f", DAY].outcome.refused


def test_patell_needs_more_than_two_degrees_of_freedom(make_group) -> None:
    returns, market = simulate(3, missing=0)
    returns[0, :55] = np.nan
    group = make_group(returns, market, [70, 90, 95], min_obs=3)
    assert group.fits.df[0] == 3
    assert not known_tests()["patell_z"].function(group.over(DAY)).refused
    returns[0, 55] = np.nan
    group = make_group(returns, market, [70, 90, 95], min_obs=3)
    assert group.fits.df[0] == 2
    assert "more than 2 degrees" in known_tests()["patell_z"].function(group.over(DAY)).refused


def test_every_row_has_a_figure_or_a_reason_and_never_a_bare_nan(make_group) -> None:
    for n, spread in ((1, 0), (2, 0), (2, 3), (6, 0), (6, 1), (60, 0), (60, 1)):
        returns, market = simulate(n, 230, seed=n, missing=0.1)
        group = make_group(returns, market, 70 + spread * np.arange(n))
        for row in run_tests([group], group.spec.model_copy(update={"tests": "all"})):
            outcome = row.outcome
            assert bool(outcome.refused) != np.isfinite(outcome.statistic)
            assert bool(outcome.refused) != (0 < outcome.p_value <= 1)


def test_shared_dates_are_warned_of_where_independence_is_assumed(make_group) -> None:
    returns, market = simulate(6, missing=0)
    mixed = rows_of(make_group(returns, market, [70, 70, 80, 80, 80, 95]), tests="all")
    for name in ("csect_t", "patell_z", "bmp_t"):
        assert "5 of 6 " in mixed[name, DAY].warning
    assert mixed["bmp_kp_t", DAY].warning == ""
    apart = rows_of(make_group(returns, market, 70 + 11 * np.arange(6)), tests="all")
    for name in ("csect_t", "patell_z", "bmp_t", "bmp_kp_t"):
        assert apart[name, DAY].warning == ""


def test_overlapping_windows_are_warned_of_too(make_group) -> None:
    """30 events on consecutive sessions, residual correlation .15: csect_t rejects 29% at L = 21."""
    returns, market = simulate(4, missing=0)
    group = make_group(returns, market, [70, 72, 90, 75], car=((-1, 1), (0, 5), (0, 30)))
    rows = rows_of(group, tests="all")
    for window in (DAY, Window(-1, 1)):  # in whole windows an observation shares less than one
        assert rows["csect_t", window].warning == ""
    assert rows["csect_t", Window(0, 30)].warning
    for window in (DAY, Window(-1, 1), Window(0, 5), Window(0, 30)):
        assert rows["bmp_kp_t", window].warning == ""


@pytest.mark.parametrize(
    ("day0", "layout", "quoted"),
    [
        ([70], Layout.ONE, "placebo"),
        ([70, 70, 70], Layout.ONE_DATE, "portfolio_placebo"),
        ([70, 70, 80], Layout.MANY_DATES, "bmp_kp_t"),
    ],
)
def test_one_headline_for_each_window_by_layout(make_group, day0, layout, quoted) -> None:
    returns, market = simulate(len(day0), missing=0)
    group = make_group(returns, market, day0)
    assert group.layout is layout
    rows = list(run_tests([group], group.spec))
    for window in {row.window for row in rows}:
        assert [row.test for row in rows if row.window == window and row.headline] == [quoted]
    for row in rows:
        assert layout in known_tests()[row.test].layouts
    assert set(HEADLINE) == set(Layout)


def test_the_headline_falls_back_when_the_first_is_refused(make_group) -> None:
    returns, market = simulate(1, missing=0)
    returns[0, 12:60:2] = np.nan
    group = make_group(returns, market, [70], car=((0, 5),))
    rows = {row.test: row for row in run_tests([group], group.spec) if row.window == (0, 5)}
    assert "no complete run of 6" in rows["placebo"].outcome.refused
    assert rows["t"].headline
    assert not rows["placebo"].headline


def test_a_test_asked_for_in_the_wrong_layout_is_refused_and_not_dropped(make_group) -> None:
    returns, market = simulate(4, missing=0)
    rows = rows_of(make_group(returns, market, dates(4)), tests=("t", "joint_f", "bmp_t"))
    assert (
        "is a test for one observation; this group is several dates"
        in rows["t", DAY].outcome.refused
    )
    assert "several assets on one date" in rows["joint_f", DAY].outcome.refused
    assert not rows["bmp_t", DAY].outcome.refused


def test_negative_correlation_that_leaves_no_variance_is_refused(make_group) -> None:
    """Three assets, each pair with its own common sessions and opposite returns on them."""
    rng = np.random.default_rng(4)
    shock = rng.normal(size=(3, 150))
    returns = np.full((3, 150), np.nan)
    for block, (i, j) in enumerate([(0, 1), (0, 2), (1, 2)]):
        days = np.arange(30 + block * 16, 46 + block * 16)
        returns[i, days], returns[j, days] = shock[block, days], -shock[block, days]
    returns[:, 85:] = rng.normal(size=(3, 65))
    group = make_group(returns, np.zeros(150), [90, 90, 90], model="mean")
    assert group.r_bar(1) < -0.9
    outcome = known_tests()["bmp_kp_t"].function(group.over(DAY))
    assert "leaves no variance to correct" in outcome.refused


def test_windows_that_overlap_where_estimation_windows_do_not_are_refused(make_group) -> None:
    returns, market = simulate(2, 230, missing=0)
    group = make_group(returns, market, [70, 118], car=((0, 49),))
    outcome = known_tests()["bmp_kp_t"].function(group.over(Window(0, 49)))
    assert "48 sessions apart share fewer than three" in outcome.refused
    assert not known_tests()["bmp_kp_t"].function(group.over(DAY)).refused


# Known defects elsewhere, each held off by name.


def test_defect_missing_ar_counted_as_zero(make_group) -> None:
    returns, market = simulate(missing=0)
    returns[3, dates()[3]] = np.nan
    group = make_group(returns, market, dates())
    sample = group.over(DAY)
    assert sample.n == 13
    assert not (sample.x == 0).any()
    average = next(a for a in average_all([group], group.spec) if a.window == DAY)
    np.testing.assert_allclose(average.estimate, sample.x.mean(), rtol=1e-14)


def test_defect_sums_scaled_by_columns_instead_of_valid_counts(make_group) -> None:
    returns, market = simulate(missing=0)
    returns[:4, :] = np.where(np.arange(150) == dates()[:4, None], np.nan, returns[:4])
    group = make_group(returns, market, dates())
    without = make_group(returns[4:], market, dates()[4:])
    for name in ("csect_t", "patell_z", "bmp_t"):
        function = known_tests()[name].function
        ours, theirs = function(group.over(DAY)), function(without.over(DAY))
        assert ours.n == 10
        np.testing.assert_allclose(ours.statistic, theirs.statistic, rtol=1e-12)
        np.testing.assert_allclose(ours.p_value, theirs.p_value, rtol=1e-11)


def test_defect_variance_window_that_includes_the_event(make_group) -> None:
    """A larger jump on day 0 leaves s as it is and raises |z| in proportion."""
    returns, market = simulate(1, missing=0)
    calm = make_group(returns, market, [70])
    returns[0, 70] += 1.0
    loud = make_group(returns, market, [70])
    np.testing.assert_array_equal(calm.fits.s, loud.fits.s)
    change = loud.over(DAY).z - calm.over(DAY).z
    c = 1 + (calm.fits.root[0, 5] ** 2).sum()
    np.testing.assert_allclose(change, 1.0 / (calm.fits.s * np.sqrt(c)), rtol=1e-10)


def test_defect_multi_day_patell_with_running_weights(make_group) -> None:
    """A window's z is its own SCAR: on white noise the variance of Patell's z is one.

    Running 1/√s weights give 5% tests that reject 15 to 31%.
    """
    z = []
    for seed in range(400):
        rng = np.random.default_rng(seed)
        market = 0.01 * rng.normal(size=100)
        returns = 0.02 * rng.normal(size=(8, 100))
        group = make_group(returns, market, np.full(8, 75) + np.arange(8), car=((-5, 5),))
        z.append(known_tests()["patell_z"].function(group.over(Window(-5, 5))).statistic)
    share = np.mean(np.abs(z) > stats.norm.isf(0.025))
    assert abs(share - 0.05) < 4 * np.sqrt(0.05 * 0.95 / 400)


def test_defect_results_that_depend_on_row_order(make_group) -> None:
    returns, market = simulate()
    order = np.random.default_rng(2).permutation(14)
    straight = rows_of(make_group(returns, market, dates()), tests="all")
    mixed = rows_of(make_group(returns[order], market, dates()[order]), tests="all")
    for key, row in straight.items():
        np.testing.assert_allclose(mixed[key].outcome.statistic, row.outcome.statistic, rtol=1e-10)
        assert mixed[key].outcome.n == row.outcome.n
