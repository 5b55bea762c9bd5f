"""Fits in machine code against gathered windows: the same, or the windows themselves."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from eventstudy.compiled import kernel
from eventstudy.models import estimate as module
from eventstudy.models.estimate import (
    Estimator,
    attach_rows,
    collect,
    estimate,
    make_estimator,
)
from eventstudy.models.kernel import many
from eventstudy.models.kernel.batch import Panel, Positions
from eventstudy.models.kernel.fits import ARRAYS, Fits, Problem
from eventstudy.models.kernel.many import MOST_REGRESSORS, fit_cells
from eventstudy.models.registry import get_model, list_models
from eventstudy.spec.study_spec import StudySpec
from eventstudy.spec.windows import Window

ASSETS, SESSIONS, N = 12, 240, 900
BY_SUMS = [name for name, model in list_models().items() if model.regression is not None]


@pytest.fixture(autouse=True)
def _every_study_is_large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kernel, "LARGE", 1)


def make_panel(columns: int, designs: int = 1, gaps: float = 0.01) -> Panel:
    rng = np.random.default_rng(3)
    x = 0.01 * rng.normal(size=(designs, SESSIONS, columns)) + 0.0003
    y = 0.02 * rng.standard_t(4, size=(ASSETS, SESSIONS)) + x[0].sum(axis=1)
    y[rng.random(y.shape) < gaps] = np.nan
    x[0, 30, :] = np.nan
    return Panel(y, x)


def somewhere(designs: int = 1) -> Positions:
    rng = np.random.default_rng(8)
    day0 = rng.integers(20, SESSIONS, N)  # some too early to be estimated, some at the very end
    return Positions(rng.integers(0, ASSETS, N), day0, rng.integers(0, designs, N))


def spec_of(model: str, **options: Any) -> StudySpec:
    given = {"estimation": (-60, -11), "window": (-5, 5), "car": ((0, 7),), "min_obs": 20}
    return StudySpec(model=model, **{**given, **options})


def by_windows(panel: Panel, at: Positions, spec: StudySpec) -> Fits:
    estimator = Estimator(panel, get_model(spec.model), spec, False, False)
    return attach_rows(collect(estimator.fit(at), len(at)), estimator)


def same(ours: Fits, theirs: Fits) -> None:
    np.testing.assert_array_equal(ours.problem, theirs.problem)
    for name in ("n_obs", "df"):
        np.testing.assert_array_equal(getattr(ours, name), getattr(theirs, name))
    fine = theirs.problem == Problem.NONE
    assert fine.any()
    for name in ("coef", "s", "r_squared", "ar"):
        a, b = getattr(ours, name)[fine], getattr(theirs, name)[fine]
        np.testing.assert_allclose(a, b, rtol=1e-10, atol=1e-13)
    a, b = ours.leverage.daily()[fine], theirs.leverage.daily()[fine]
    np.testing.assert_allclose(a, b, rtol=1e-10, atol=1e-15)


@pytest.mark.parametrize(
    "window", [(-10, -3), (-60, -2), (2, 7), (-3, 3), (0, 1), (-200, -70), (60, 130)]
)
def test_a_window_is_the_sum_of_its_days_wherever_it_lies(window: tuple[int, int]) -> None:
    panel = make_panel(0)
    panel.returns[3, 100] = 1e6  # leaves no trace outside its windows
    at, regression = somewhere(), get_model("mean").regression
    assert regression is not None
    solved = fit_cells(panel, at, regression, [Window(*window)])
    for i in range(N):
        low, high = at.day0[i] + window[0], at.day0[i] + window[1] + 1
        y = panel.returns[at.asset[i], max(low, 0) : max(high, 0)]
        y, cell = y[np.isfinite(y)], solved.which[i]
        assert solved.n_obs[cell] == len(y)
        if len(y) > 20:
            assert solved.exact[cell] or 1e6 in y
        if solved.exact[cell]:
            assert solved.fitted[cell, 0] == pytest.approx(y.mean(), rel=1e-12, abs=1e-16)
            assert solved.packed[cell, 1] == pytest.approx(y.std(ddof=1), rel=1e-12)


@pytest.mark.slow
@pytest.mark.parametrize("post", [None, (12, 30)])
@pytest.mark.parametrize("designs", [1, 2])
@pytest.mark.parametrize("model", BY_SUMS)
def test_sums_equal_windows(model: str, designs: int, post: tuple[int, int] | None) -> None:
    names = {"mean": 0, "market": 1, "market_adjusted": 1, "capm": 2, "dimson": 3, "factors": 4}
    columns = names.get(model, len(get_model(model).regressors))
    panel, at = make_panel(columns, designs), somewhere(designs)
    spec = spec_of(model, post_estimation=post)
    estimator = make_estimator(panel, at, get_model(model), spec, keep_windows=False)
    assert estimator.compiled
    same(
        estimate(panel, at, get_model(model), spec, keep_windows=False), by_windows(panel, at, spec)
    )


def test_what_sums_cannot_tell_exactly_is_gathered() -> None:
    panel = make_panel(1)
    panel.returns[0] = 3 * panel.designs[0, :, 0] + 1e-9 * panel.returns[0]  # R² next to 1
    panel.returns[1] = 0.01  # no variation
    panel.returns[2] = panel.designs[0, :, 0]  # a copy of the benchmark
    at, spec = somewhere(), spec_of("market")
    regression = get_model("market").regression
    assert regression is not None
    solved = fit_cells(panel, at, regression, spec.estimation_windows)
    exact = solved.exact[solved.which]
    assert not exact[at.asset < 3].any()
    assert exact[(at.asset > 3) & (at.day0 > 80)].all()
    fits = estimate(panel, at, get_model("market"), spec, keep_windows=False)
    same(fits, by_windows(panel, at, spec))
    assert (fits.problem[(at.asset == 1) & (at.day0 > 80)] == Problem.NO_VARIATION).all()


def test_a_benchmark_that_never_moves_is_collinear_either_way() -> None:
    panel, at, spec = make_panel(1), somewhere(), spec_of("market")
    panel.designs[0, :, 0] = 0.001
    fits = estimate(panel, at, get_model("market"), spec, keep_windows=False)
    late = at.day0 > 80
    assert (fits.problem[late] == Problem.COLLINEAR).all()


@pytest.mark.parametrize("engine", ["serial", "processes"])
@pytest.mark.parametrize("task", [1, 64, 10**6])
def test_neither_tasks_nor_engines_change_a_bit(
    engine: str, task: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    panel, at, spec = make_panel(3), somewhere(), spec_of("dimson")
    monkeypatch.setattr(many, "BLOCK", 64)
    monkeypatch.setattr(module, "BLOCK", 64)
    whole = estimate(panel, at, get_model("dimson"), spec, keep_windows=False)
    monkeypatch.setattr(module, "TASK", task)
    monkeypatch.setattr(module, "ALONE", task)
    monkeypatch.setattr(many, "BLOCK", 33)
    parts = estimate(panel, at, get_model("dimson"), spec, keep_windows=False, engine=engine)
    for name in (*ARRAYS, "root"):
        assert getattr(parts, name).tobytes() == getattr(whole, name).tobytes(), name


@pytest.mark.parametrize("columns", [0, 1, 2, 5, MOST_REGRESSORS])
def test_any_number_of_regressors(columns: int) -> None:
    panel, at = make_panel(columns, gaps=0.05), somewhere()
    spec = spec_of("factors", factors=[f"f{i}" for i in range(columns)], min_obs=30)
    fits = estimate(panel, at, get_model("factors"), spec, keep_windows=False)
    same(fits, by_windows(panel, at, spec))


def test_windows_of_their_own() -> None:
    rng = np.random.default_rng(5)
    panel, at, spec = make_panel(1), somewhere(), spec_of("market")
    own = np.column_stack([rng.integers(-60, -40, N), rng.integers(-30, -10, N)])
    at = Positions(at.asset, at.day0, at.design, None, own)
    fits = estimate(panel, at, get_model("market"), spec, keep_windows=False)
    same(fits, by_windows(panel, at, spec))


def test_few_observations_and_many_regressors_are_gathered(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    at, model = somewhere(), get_model("factors")
    wide = make_panel(MOST_REGRESSORS + 1)
    spec = spec_of("factors")
    assert not make_estimator(wide, at, model, spec, keep_windows=False).compiled
    monkeypatch.setattr(kernel, "LARGE", N + 1)
    assert not make_estimator(make_panel(1), at, model, spec, keep_windows=False).compiled
