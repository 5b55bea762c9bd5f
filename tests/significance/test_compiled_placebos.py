"""Machine code finds the figures of numpy: placebos, their sums, draws of places and of signs."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from eventstudy.compiled import kernel
from eventstudy.compute import engine
from eventstudy.models.kernel.batch import Batch, Panel, Positions
from eventstudy.models.kernel.least_squares import fit_linear
from eventstudy.models.registry import get_model
from eventstudy.significance.registry import list_tests
from eventstudy.significance.sample import FittedGroup
from eventstudy.significance.sums.placebo_runs import (
    Reference,
    compiled_statistics,
    placebo_statistics,
    running_totals,
)
from eventstudy.significance.sums.placebo_sums import placebo_sums
from eventstudy.spec.windows import Window

T = 60
TESTS = ("bootstrap", "permutation", "shift_placebo", "shift_t")


def same(ours: np.ndarray, theirs: np.ndarray, rtol: float = 1e-12) -> None:
    """Equal, and missing in the same places; what is nearly zero is compared by the others' size."""
    size = np.nanmedian(np.abs(theirs)) if np.isfinite(theirs).any() else 0.0
    np.testing.assert_allclose(ours, theirs, rtol=rtol, atol=rtol * size)


def gappy(k: int, seed: int = 6) -> Batch:
    """Eight observations: complete ones, gaps in returns and regressors, and a wrong price."""
    rng = np.random.default_rng(seed)
    x = 0.01 * rng.normal(size=(8, T, k))
    y = 0.001 + 0.02 * rng.standard_t(4, size=(8, T)) + x.sum(axis=2)
    y[1] = y[0]
    y[2, [0, 7, 8, 30]] = y[3, -5:] = np.nan
    y[4, 20] += 5.0
    y[5, 11::9] = np.nan
    if k:
        x[6, [2, 40], 0] = np.nan
        x[7] *= 1e-6
    return Batch(y, x, y[:, :1], x[:, :1])


@pytest.mark.parametrize("length", [1, 2, 3, 21, 57, T])
@pytest.mark.parametrize("k", [0, 1, 3, 10])
def test_placebos_of_each_observation(k: int, length: int) -> None:
    reference = Reference.of(fit_linear(gappy(k)))
    same(compiled_statistics(reference, length), placebo_statistics(reference, length), 1e-10)


@pytest.mark.parametrize("length", [1, 3])
def test_placebos_of_errors_whose_variance_changes(length: int) -> None:
    batch = gappy(1)
    sessions = np.random.default_rng(3).integers(1, 4, size=(8, T, 1)).astype(float)
    x = np.concatenate([sessions, batch.x_est], axis=2)
    fits = get_model("trade_to_trade").fit(replace(batch, x_est=x, x_event=x[:, :1]))
    reference = Reference.of(fits)
    assert reference.noise.shape == (8, T)
    scaled = replace(reference, scale=np.linspace(0.5, 2, 8))
    same(compiled_statistics(scaled, length), placebo_statistics(scaled, length), 1e-11)


def test_a_fit_that_a_run_leaves_without_spread_has_no_placebo_there() -> None:
    x = np.random.default_rng(1).normal(size=(1, T, 1))
    y = 0.5 * x[:, :, 0]
    y[0, 7] += 0.1  # one session that the line misses: without it nothing is left to miss
    fits = fit_linear(Batch(y, x, y[:, :1], x[:, :1]))
    found = compiled_statistics(Reference.of(fits), 1)
    assert list(np.flatnonzero(np.isnan(found[0]))) == [7]


@pytest.mark.parametrize("length", [1, 2, 5, 9])
def test_running_totals_equal_sums(length: int) -> None:
    values = np.random.default_rng(2).normal(size=(3, 9, 2))
    expected = [values[:, i : i + length].sum(axis=1) for i in range(9 - length + 1)]
    np.testing.assert_allclose(
        running_totals(values, length), np.stack(expected, axis=1), rtol=1e-12, atol=1e-14
    )


def world(make_group, layout: str, model: str = "market") -> FittedGroup:
    """90 observations on 30 dates of one or two designs, with what the layout says."""
    rng = np.random.default_rng(8)
    market = 0.01 * rng.normal(size=(2, 220))
    returns = 0.02 * rng.standard_t(3, size=(40, 220)) + market[0]
    day0 = np.sort(rng.integers(35 if layout == "early" else 70, 190, size=30)).repeat(3)[
        rng.permutation(90)
    ]
    options = {"estimation": (-60, -11)}
    if layout != "complete":
        returns[rng.random(returns.shape) < 0.03] = np.nan
        returns[5, 100] += 3.0
        returns[:, 140] = np.round(returns[:, 140], 2)
    if layout == "two windows":
        options = {"estimation": (-60, -31), "post_estimation": (9, 24)}
    if layout == "far":
        returns += 3.0  # means of 150 standard deviations
    if layout == "missing regressor":
        market[0, [50, 51, 120]] = np.nan
    design = rng.integers(0, 2, size=90) if layout == "designs" else None
    no_regression = model == "of no regression"
    group = make_group(
        returns,
        market,
        day0,
        asset=rng.integers(0, 40, size=90),
        design=design,
        model="market" if no_regression else model,
        window=(-1, 1),
        car=((-1, 1), (0, 4)),
        draws=150,
        **options,
    )
    if no_regression:
        group = replace(group, model=replace(group.model, regression=None))
    if layout == "clean":
        panel = replace(group.panel, clean=np.where(rng.random((40, 220)) < 0.02, np.nan, returns))
        group = refitted(group, panel, group.positions)
    if layout == "own windows":
        start = rng.integers(-60, -50, size=90)
        own = np.column_stack([start, start + rng.integers(30, 35, size=90)])
        group = refitted(group, group.panel, replace(group.positions, estimation=own))
    return group


def refitted(group: FittedGroup, panel: Panel, at: Positions) -> FittedGroup:
    from eventstudy.models.estimate import estimate

    fits = estimate(panel, at, group.model, group.spec, keep_windows=True)
    return replace(group, panel=panel, positions=at, fits=fits)


LAYOUTS = [
    "complete",
    "gaps",
    "two windows",
    "missing regressor",
    "designs",
    "early",
    "far",
    "clean",
    "own windows",
]


@pytest.mark.slow
@pytest.mark.parametrize("layout", LAYOUTS)
def test_every_figure_of_the_tests(make_group, monkeypatch, layout: str) -> None:
    compare(make_group, monkeypatch, layout, "market")


@pytest.mark.parametrize("model", ["mean", "market_adjusted", "of no regression"])
def test_every_figure_of_other_models(make_group, monkeypatch, model: str) -> None:
    compare(make_group, monkeypatch, "gaps", model)


def compare(make_group, monkeypatch, layout: str, model: str) -> None:
    """Counts and p-values are the same, statistics to twelve digits."""
    simple = world(make_group, layout, model)
    assert len(simple.fits) == 90
    fast = replace(simple)
    expected = outcomes(simple)
    monkeypatch.setattr(kernel, "LARGE", 1)
    for (name, window), ours in outcomes(fast).items():
        theirs = expected[name, window]
        assert (ours.refused, ours.n, ours.detail) == (theirs.refused, theirs.n, theirs.detail)
        assert ours.statistic == pytest.approx(theirs.statistic, rel=1e-12, nan_ok=True), name
        if name == "shift_t":
            assert ours.p_value == pytest.approx(theirs.p_value, rel=1e-11, nan_ok=True)
        else:
            assert (ours.p_value, ours.p_greater, ours.p_less) == pytest.approx(
                (theirs.p_value, theirs.p_greater, theirs.p_less), abs=0, nan_ok=True
            )
    assert any(not one.refused for one in expected.values())


def outcomes(group: FittedGroup) -> dict:
    windows = [Window(0, 0), Window(-1, 1), Window(0, 4)]
    tests = list_tests()
    return {
        (name, str(window)): tests[name].function(group.over(window))
        for name in TESTS
        for window in windows
    }


@pytest.mark.parametrize("large", [1, 10_000], ids=["compiled", "arrays"])
@pytest.mark.parametrize("window", [Window(0, 0), Window(-1, 1)], ids=str)
def test_what_windows_share_is_what_each_has(make_group, monkeypatch, large, window) -> None:
    """Observations without a value have no part in a window's draws, places and signs."""
    monkeypatch.setattr(kernel, "LARGE", large)
    group = world(make_group, "gaps")
    valid = group.over(window).valid
    assert not valid.all()
    alone = group.take(np.flatnonzero(valid))
    for name in ("bootstrap", "permutation", "shift_placebo"):
        test = list_tests()[name].function
        ours, theirs = test(group.over(window)), test(alone.over(window))
        assert (ours.p_value, ours.n, ours.detail) == (theirs.p_value, theirs.n, theirs.detail)
        assert not ours.refused


def test_threads_do_not_change_a_bit(make_group, monkeypatch) -> None:
    group = world(make_group, "gaps")
    monkeypatch.setattr(kernel, "LARGE", 1)
    monkeypatch.setattr("eventstudy.significance.sums.placebo_sums.OBSERVATIONS", 16)
    rows = np.argsort(group.positions.day0, kind="stable")
    which = np.unique(group.positions.day0, return_inverse=True)[1]
    found = []
    for threads in (1, 3):
        monkeypatch.setattr(engine, "usable_threads", lambda threads=threads: threads)
        found.append(placebo_sums(group.windows, rows, which, 3))
    assert found[0].tobytes() == found[1].tobytes()
