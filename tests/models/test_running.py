"""Running sums against gathered windows: the same fits, or the windows themselves."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from eventstudy.models import estimate as module
from eventstudy.models.estimate import (
    Estimator,
    attach_rows,
    collect,
    estimate,
    make_estimator,
)
from eventstudy.models.kernel.batch import Panel, Positions
from eventstudy.models.kernel.fits import ARRAYS, Fits, Problem
from eventstudy.models.kernel.running_sums import pairs_in_use, running_sums, sliding_sum
from eventstudy.models.registry import get_model, list_models
from eventstudy.spec.study_spec import StudySpec
from eventstudy.spec.windows import Window

ASSETS, SESSIONS, N = 12, 240, 900
BY_SUMS = [name for name, model in list_models().items() if model.regression is not None]


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
    estimator = Estimator(panel, get_model(spec.model), spec, False, None)
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
    "window", [(-10, -3), (-60, -2), (2, 7), (-3, 3), (0, 0), (-100, -70), (60, 70)]
)
def test_sliding_sums_equal_plain_sums(window: tuple[int, int]) -> None:
    values = np.random.default_rng(1).normal(size=(3, 50))
    values[1, 20] = 1e9  # leaves no trace outside its windows
    first, last = window
    expected = [
        [sum(row[t] for t in range(max(s + first, 0), min(s + last, 49) + 1)) for s in range(50)]
        for row in values
    ]
    found = sliding_sum(values, Window(first, last))
    np.testing.assert_allclose(found[[0, 2]], np.array(expected)[[0, 2]], atol=1e-13)
    clear = np.abs(np.array(expected)[1]) < 1e6
    np.testing.assert_allclose(found[1][clear], np.array(expected)[1][clear], atol=1e-13)


@pytest.mark.parametrize("post", [None, (12, 30)])
@pytest.mark.parametrize("designs", [1, 2])
@pytest.mark.parametrize("model", BY_SUMS)
def test_sums_equal_windows(model: str, designs: int, post: tuple[int, int] | None) -> None:
    names = {"mean": 0, "market": 1, "market_adjusted": 1, "capm": 2, "dimson": 3, "factors": 4}
    columns = names.get(model, len(get_model(model).regressors))
    panel, at = make_panel(columns, designs), somewhere(designs)
    spec = spec_of(model, post_estimation=post)
    estimator = make_estimator(panel, at, get_model(model), spec, keep_windows=False)
    assert estimator.pairs is not None
    same(
        estimate(panel, at, get_model(model), spec, keep_windows=False), by_windows(panel, at, spec)
    )


def test_what_sums_cannot_tell_exactly_is_gathered() -> None:
    panel = make_panel(1)
    panel.returns[0] = 3 * panel.designs[0, :, 0] + 1e-9 * panel.returns[0]  # R² next to 1
    panel.returns[1] = 0.01  # no variation
    panel.returns[2] = panel.designs[0, :, 0]  # a copy of the benchmark
    at, spec = somewhere(), spec_of("market")
    pairs = pairs_in_use(panel, at)
    regression = get_model("market").regression
    assert regression is not None
    sums = running_sums(panel, pairs, regression, spec.estimation_windows)
    exact = sums.solve(at).exact
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
    monkeypatch.setattr(module, "SUMS_BLOCK", 64)
    whole = estimate(panel, at, get_model("dimson"), spec, keep_windows=False)
    monkeypatch.setattr(module, "TASK", task)
    parts = estimate(panel, at, get_model("dimson"), spec, keep_windows=False, engine=engine)
    for name in (*ARRAYS, "root"):
        assert getattr(parts, name).tobytes() == getattr(whole, name).tobytes(), name


def test_few_events_on_a_large_panel_are_gathered() -> None:
    panel, spec = make_panel(1), spec_of("market")
    few = somewhere().take(slice(0, 12))
    assert make_estimator(panel, few, get_model("market"), spec, keep_windows=False).pairs is None
