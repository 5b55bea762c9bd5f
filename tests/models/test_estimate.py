"""Cutting windows out of a panel, chunks, engines, and the registry of models."""

from __future__ import annotations

import numpy as np
import pytest

import eventstudy as es
from eventstudy.models import estimate as module
from eventstudy.models.estimate import estimate
from eventstudy.models.kernel.batch import Batch, Panel, Positions, cut_batch
from eventstudy.models.kernel.fits import ARRAYS, Problem
from eventstudy.models.registry import SESSIONS_SINCE, get_model, list_models, register_model
from eventstudy.spec.study_spec import StudySpec


def make_panel(seed: int = 0, assets: int = 9, sessions: int = 200, designs: int = 2) -> Panel:
    rng = np.random.default_rng(seed)
    x = 0.01 * rng.normal(size=(designs, sessions, 1))
    y = 0.02 * rng.standard_t(5, size=(assets, sessions)) + x[0, :, 0]
    y[rng.random(y.shape) < 0.03] = np.nan
    return Panel(y, x)


def positions(n: int, low: int, high: int, seed: int = 1) -> Positions:
    rng = np.random.default_rng(seed)
    return Positions(rng.integers(0, 9, n), rng.integers(low, high, n), rng.integers(0, 2, n))


SPEC = StudySpec(estimation=(-60, -11), window=(-5, 5), car=((0, 0), (0, 8)), min_obs=20)


def test_cut_takes_the_sessions_that_it_says() -> None:
    panel, at = make_panel(), positions(20, 80, 180)
    batch = cut_batch(panel, at, range(-60, -10), range(-5, 9))
    for i in range(20):
        day0, asset, design = at.day0[i], at.asset[i], at.design[i]
        np.testing.assert_array_equal(batch.y_est[i], panel.returns[asset, day0 - 60 : day0 - 10])
        np.testing.assert_array_equal(batch.y_event[i], panel.returns[asset, day0 - 5 : day0 + 9])
        np.testing.assert_array_equal(batch.x_event[i], panel.designs[design, day0 - 5 : day0 + 9])


def test_windows_that_leave_the_panel_are_missing_there_and_only_there() -> None:
    panel = make_panel()
    before = panel.returns.copy()
    at = Positions(np.array([0, 1]), np.array([30, 197]), np.array([0, 1]))
    batch = cut_batch(panel, at, range(-60, -10), range(-5, 9))
    assert np.isnan(batch.y_est[0, :30]).all()
    assert np.isnan(batch.x_est[0, :30]).all()
    np.testing.assert_array_equal(batch.y_est[0, 30:], panel.returns[0, :20])
    assert np.isnan(batch.y_event[1, 8:]).all()
    assert np.isnan(batch.x_event[1, 8:]).all()
    np.testing.assert_array_equal(batch.y_event[1, :8], panel.returns[1, 192:])
    np.testing.assert_array_equal(panel.returns, before)


def test_an_event_at_the_edge_is_fitted_on_what_there_is() -> None:
    panel = make_panel()
    at = Positions(np.array([0, 0]), np.array([20, 60]), np.array([0, 0]))
    fits = estimate(panel, at, get_model("market"), SPEC, keep_windows=True)
    assert list(fits.problem) == [Problem.TOO_FEW, Problem.NONE]
    seen = np.isfinite(panel.returns[0, 0:50])
    assert fits.n_obs[1] == seen.sum()


@pytest.mark.parametrize("model", ["market", "mean", "market_adjusted"])
@pytest.mark.parametrize("chunk", [1, 7, 50])
def test_chunks_equal_one_batch(model: str, chunk: int, monkeypatch: pytest.MonkeyPatch) -> None:
    panel, at = make_panel(), positions(50, 10, 199)
    whole = estimate(panel, at, get_model(model), SPEC, keep_windows=True)
    monkeypatch.setattr(module, "BLOCK", chunk)
    parts = estimate(panel, at, get_model(model), SPEC, keep_windows=True)
    assert len(parts) == len(whole) == 50
    for name in (*ARRAYS, "root"):
        np.testing.assert_allclose(
            getattr(parts, name), getattr(whole, name), rtol=1e-11, atol=1e-15
        )


@pytest.mark.slow
@pytest.mark.parametrize("model", ["garch", "robust", "peers", "synthetic", "capm", "dimson"])
def test_chunks_equal_one_batch_for_every_kind_of_fit(
    model: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    rng = np.random.default_rng(3)
    columns = {"capm": 2, "dimson": 3, "peers": 4, "synthetic": 4}.get(model, 1)
    panel = make_panel()
    panel = Panel(panel.returns, 0.01 * rng.normal(size=(2, 200, columns)))
    at = positions(5, 80, 180)
    whole = estimate(panel, at, get_model(model), SPEC, keep_windows=True)
    monkeypatch.setattr(module, "LOOP_BLOCK", 2)
    monkeypatch.setattr(module, "ROOM", 1)
    parts = estimate(panel, at, get_model(model), SPEC, keep_windows=True)
    assert len(parts) == len(whole) == 5
    for name in (*ARRAYS, "root"):
        np.testing.assert_allclose(
            getattr(parts, name), getattr(whole, name), rtol=1e-6, atol=1e-10
        )


def test_processes_give_the_same_bytes_as_serial(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "BLOCK", 16)
    panel, at = make_panel(), positions(40, 70, 190)
    serial = estimate(panel, at, get_model("market"), SPEC, keep_windows=True)
    processes = estimate(
        panel, at, get_model("market"), SPEC, keep_windows=True, engine="processes"
    )
    for name in (*ARRAYS, "root"):
        ours, theirs = getattr(serial, name), getattr(processes, name)
        assert (ours.tobytes(), ours.dtype, ours.shape) == (
            theirs.tobytes(),
            theirs.dtype,
            theirs.shape,
        )


def test_without_the_windows_all_else_is_the_same() -> None:
    panel, at = make_panel(), positions(10, 80, 180)
    full = estimate(panel, at, get_model("market"), SPEC, keep_windows=True)
    lean = estimate(panel, at, get_model("market"), SPEC, keep_windows=False)
    assert (lean.residuals.shape, lean.basis.shape) == ((10, 0), (10, 0, 0))
    np.testing.assert_array_equal(lean.ar, full.ar)
    np.testing.assert_array_equal(lean.s, full.s)
    bare = full.without_estimation()
    assert (bare.residuals.shape, bare.basis.shape[:2]) == ((10, 0), (10, 0))


def test_no_position_gives_an_empty_fit() -> None:
    nothing = positions(5, 80, 180).take(slice(0, 0))
    fits = estimate(make_panel(), nothing, get_model("market"), SPEC, keep_windows=True)
    assert len(fits) == 0
    assert fits.ar.shape == (0, SPEC.span.length)


def test_every_registered_model_says_what_it_is() -> None:
    for name, model in list_models().items():
        assert model.name == name
        assert model.label
        assert model.reference
        rng = np.random.default_rng(0)
        x = rng.normal(size=(3, 60, len(model.regressors)))
        if SESSIONS_SINCE in model.regressors:
            x[:, :, model.regressors.index(SESSIONS_SINCE)] = rng.integers(1, 4, size=(3, 60))
        y = rng.normal(size=(3, 60))
        y[1, 5] = y[2, 3] = np.nan
        fits = model.fit(Batch(y, x, y[:, :5], x[:, :5]))
        assert fits.coef.shape == (3, len(model.coefficients))
        np.testing.assert_array_equal(np.isnan(fits.ar), np.isnan(y[:, :5]))
        np.testing.assert_array_equal(fits.n_obs, [60, 59, 59])
        assert (fits.df < fits.n_obs).all()


@pytest.mark.usefixtures("clean_registries")
def test_a_name_can_be_registered_once_and_an_unknown_one_lists_the_known() -> None:
    with pytest.raises(es.InputError, match="'market' is registered already"):
        register_model("market", label="x")(lambda batch: None)
    with pytest.raises(es.InputError, match=r"no model 'markt'.*'market'.*market_adjusted"):
        get_model("markt")
