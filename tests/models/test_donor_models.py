"""Models on other assets' returns: the elastic net on peers, the synthetic control, its test."""

from __future__ import annotations

import sys

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import minimize

import eventstudy as es
from eventstudy.models.donors import own_columns
from eventstudy.models.kernel.batch import Batch
from eventstudy.models.kernel.fits import Problem, sum_window
from eventstudy.models.peers import elastic_net
from eventstudy.models.registry import get_model
from eventstudy.models.synthetic import simplex_weights
from eventstudy.spec.windows import Window

T, W, K = 150, 11, 6
WEIGHTS = np.array([0.5, 0.0, 0.3, 0.2, 0.0, 0.0])


def make_batch(n: int = 3, seed: int = 0, noise: float = 0.002) -> Batch:
    rng = np.random.default_rng(seed)
    x = 0.01 * rng.normal(size=(1, T + W, 1)) + 0.01 * rng.normal(size=(n, T + W, K))
    y = x @ WEIGHTS + noise * rng.normal(size=(n, T + W))
    return Batch(y[:, :T], x[:, :T], y[:, T:], x[:, T:])


def test_simplex_weights_are_the_minimum() -> None:
    """Against SLSQP, and by the conditions of Karush, Kuhn and Tucker."""
    rng = np.random.default_rng(1)
    for scale in (1.0, 1e-3, 1e3):
        for donors in (1, 2, 7, 30):
            x = scale * rng.normal(size=(60, donors))
            y = x[:, : min(donors, 3)].mean(axis=1) + 0.5 * scale * rng.normal(size=60)
            w = simplex_weights(y, x)
            assert (w >= 0).all()
            np.testing.assert_allclose(w.sum(), 1, rtol=1e-12)
            gradient = -2 * x.T @ (y - x @ w) / scale**2
            multiplier = gradient @ w
            assert (gradient > multiplier - 1e-8).all()
            np.testing.assert_allclose(gradient[w > 0], multiplier, rtol=1e-6, atol=1e-8)
            found = minimize(
                lambda v, y=y, x=x, scale=scale: ((y - x @ v) ** 2).sum() / scale**2,
                np.full(donors, 1 / donors),
                bounds=[(0, 1)] * donors,
                constraints={"type": "eq", "fun": lambda v: v.sum() - 1},
                method="SLSQP",
                options={"ftol": 1e-12, "maxiter": 500},
            )
            ours = ((y - x @ w) ** 2).sum() / scale**2
            assert ours <= found.fun * (1 + 1e-7)


def test_copies_of_the_asset_share_the_weight() -> None:
    rng = np.random.default_rng(2)
    x = rng.normal(size=(40, 4))
    x[:, 3] = x[:, 1]
    np.testing.assert_array_equal(simplex_weights(x[:, 1], x), [0, 0.5, 0, 0.5])


def test_a_planted_combination_is_recovered() -> None:
    batch = make_batch(noise=0.0)
    fits = get_model("synthetic").fit(batch)
    np.testing.assert_allclose(fits.coef, np.tile(WEIGHTS, (3, 1)), atol=1e-10)
    np.testing.assert_allclose(fits.ar, 0, atol=1e-12)
    assert (fits.problem == Problem.NO_VARIATION).all()
    batch = make_batch()
    batch.y_event[:, 5] += 0.05
    for model in ("synthetic", "peers"):
        fits = get_model(model).fit(batch)
        assert (fits.problem == Problem.NONE).all()
        np.testing.assert_allclose(fits.ar[:, 5], 0.05, atol=0.008)
        assert np.abs(np.delete(fits.ar, 5, axis=1)).max() < 0.012


def test_synthetic_by_its_weights() -> None:
    batch = make_batch()
    fits = get_model("synthetic").fit(batch)
    for i in range(3):
        w = fits.coef[i]
        assert (w >= 0).all()
        assert abs(w.sum() - 1) < 1e-12
        errors = np.empty(T)
        for block in np.split(np.arange(T), 10):
            rest = np.delete(np.arange(T), block)
            without = simplex_weights(batch.y_est[i][rest], batch.x_est[i][rest])
            errors[block] = batch.y_est[i][block] - batch.x_est[i][block] @ without
        np.testing.assert_allclose(fits.residuals[i], errors, rtol=1e-12, atol=1e-16)
        fitted = batch.y_est[i] - batch.x_est[i] @ w
        assert (errors**2).sum() > (fitted**2).sum()
        np.testing.assert_allclose(fits.s[i], np.sqrt((errors**2).mean()), rtol=1e-12)
        np.testing.assert_allclose(
            fits.ar[i], batch.y_event[i] - batch.x_event[i] @ w, rtol=1e-10, atol=1e-16
        )
        assert (fits.n_obs[i], fits.df[i]) == (T, T - (w > 0).sum())
    window = sum_window(fits, Window(-5, 5), Window(0, 3))
    np.testing.assert_allclose(window.se, 2 * fits.s, rtol=1e-14)


def test_peers_are_forecast_from_the_past_alone() -> None:
    """Each block's residuals by hand, and none changes when later sessions do."""
    batch = make_batch(1, noise=0.01)
    fits = get_model("peers").fit(batch)
    size = T // 6
    assert np.isnan(fits.residuals[0, :size]).all()
    for block in range(1, 6):
        at = slice(block * size, (block + 1) * size)
        constant, w = elastic_net(batch.y_est[0, : at.start], batch.x_est[0, : at.start])
        expected = batch.y_est[0, at] - constant - batch.x_est[0, at] @ w
        np.testing.assert_allclose(fits.residuals[0, at], expected, rtol=1e-10, atol=1e-15)
    out = fits.residuals[0, size:]
    np.testing.assert_allclose(fits.s[0], out.std(ddof=1), rtol=1e-12)
    assert (fits.n_obs[0], fits.df[0]) == (T, T - size - 1)
    later = Batch(batch.y_est.copy(), batch.x_est.copy(), batch.y_event, batch.x_event)
    later.y_est[0, 4 * size :] += 0.05
    later.x_est[0, 4 * size :] *= 3
    changed = get_model("peers").fit(later).residuals[0]
    np.testing.assert_array_equal(changed[: 4 * size], fits.residuals[0, : 4 * size])
    assert fits.s[0] > (batch.y_est[0] - fits.coef[0, 0] - batch.x_est[0] @ fits.coef[0, 1:]).std()


def test_the_penalty_shrinks_and_no_peer_explains_noise() -> None:
    rng = np.random.default_rng(3)
    x, y = rng.normal(size=(200, 30)), rng.normal(size=200)
    _, w = elastic_net(y, x)
    assert np.abs(w).sum() < 0.5
    constant, w = elastic_net(np.full(50, 0.3), x[:50])
    assert (constant, np.abs(w).max()) == (0.3, 0.0)


@pytest.mark.parametrize("model", ["peers", "synthetic"])
def test_the_asset_is_never_its_own_donor(model: str) -> None:
    batch = make_batch()
    batch.y_est[1, 9] = np.nan
    batch.x_est[1, :, 4], batch.x_event[1, :, 4] = batch.y_est[1], batch.y_event[1]
    np.testing.assert_array_equal(np.argwhere(own_columns(batch)), [[1, 4]])
    fits = get_model(model).fit(batch)
    first = 0 if model == "synthetic" else 1
    assert fits.coef[1, first + 4] == 0
    rest = np.delete(np.arange(K), 4)
    without = Batch(
        batch.y_est[1:2],
        batch.x_est[1:2][:, :, rest],
        batch.y_event[1:2],
        batch.x_event[1:2][:, :, rest],
    )
    np.testing.assert_allclose(fits.ar[1], get_model(model).fit(without).ar[0], rtol=1e-10)
    alone = Batch(
        batch.y_est[1:2],
        batch.x_est[1:2][:, :, [4]],
        batch.y_event[1:2],
        batch.x_event[1:2][:, :, [4]],
    )
    assert get_model(model).fit(alone).problem[0] == Problem.COLLINEAR


@pytest.mark.parametrize("model", ["peers", "synthetic"])
def test_missing_sessions_and_donors(model: str) -> None:
    batch = make_batch()
    batch.y_est[0, 3] = batch.x_est[0, 8, 2] = np.nan
    batch.y_event[0, 1] = batch.x_event[0, 2, 0] = batch.x_event[0, 4, 1] = np.nan
    fits = get_model(model).fit(batch)
    assert fits.n_obs[0] == T - 2
    assert np.isnan(fits.residuals[0, [3, 8]]).all()
    used = fits.coef[0, -K:] != 0
    assert used[0]
    assert list(np.flatnonzero(np.isnan(fits.ar[0]))) == ([1, 2, 4] if used[1] else [1, 2])
    kept = np.delete(np.arange(T), [3, 8])
    compact = Batch(
        batch.y_est[:1, kept], batch.x_est[:1, kept], batch.y_event[:1], batch.x_event[:1]
    )
    np.testing.assert_allclose(get_model(model).fit(compact).ar, fits.ar[:1], rtol=1e-10)
    batch.x_est[2, :, 0] = np.nan
    assert get_model(model).fit(batch).problem[2] == Problem.TOO_FEW


@pytest.mark.slow
@pytest.mark.parametrize("model", ["peers", "synthetic"])
def test_alone_scaled_and_permuted(model: str) -> None:
    batch, fit = make_batch(), get_model(model).fit
    whole = fit(batch)
    order = np.array([2, 0])
    for name in ("coef", "s", "ar", "residuals"):
        np.testing.assert_array_equal(
            getattr(fit(batch.take(order)), name), getattr(whole, name)[order]
        )
        np.testing.assert_array_equal(
            getattr(fit(batch.take(np.array([1]))), name)[0], getattr(whole, name)[1]
        )
    hundred = Batch(100 * batch.y_est, 100 * batch.x_est, 100 * batch.y_event, 100 * batch.x_event)
    np.testing.assert_allclose(fit(hundred).ar, 100 * whole.ar, rtol=1e-6, atol=1e-9)
    mixed = np.array([5, 3, 1, 0, 2, 4])
    other = fit(
        Batch(batch.y_est, batch.x_est[:, :, mixed], batch.y_event, batch.x_event[:, :, mixed])
    )
    np.testing.assert_allclose(other.ar, whole.ar, rtol=1e-3, atol=1e-6)


def test_peers_without_its_extra_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sklearn", None)
    with pytest.raises(es.EventStudyError, match=r"pip install 'eventstudy-kit\[peers\]'"):
        get_model("peers").fit(make_batch())


@pytest.fixture
def wide() -> pd.DataFrame:
    rng = np.random.default_rng(4)
    days = pd.bdate_range("2024-01-01", periods=320)
    common = 0.01 * rng.normal(size=(320, 1))
    values = common + 0.01 * rng.standard_t(4, size=(320, 9))
    frame = pd.DataFrame(values, index=days, columns=[*"ABCDEFGHI"])
    frame.iloc[290, 0] -= 0.2
    return frame


def run(wide: pd.DataFrame, donors: list[str], **options) -> es.StudyResult:
    frame = pd.DataFrame({"event_id": ["e"], "ticker": ["A"], "date": [wide.index[290]]})
    given = {
        "model": "synthetic",
        "tests": ["donor_placebo", "t"],
        "window": (0, 2),
        "car": [(0, 0), (0, 2)],
    }
    return es.EventStudy(**{**given, **options}, donors=donors).run(frame, returns=wide)


def test_the_donor_placebo_by_a_loop(wide) -> None:
    donors = [*"ABCDEFGHI"]
    result = run(wide, donors)
    assert result.fits["A"].item() == 0
    for length in (1, 3):
        others = [*"BCDEFGHI"]
        z = {}
        for unit in "ABCDEFGHI":
            pool = [d for d in others if d != unit]
            past, event = wide.iloc[30:280], wide.iloc[290 : 290 + length]
            w = simplex_weights(past[unit].to_numpy(), past[pool].to_numpy())
            rmspe = np.sqrt(((past[unit] - past[pool] @ w) ** 2).mean())
            z[unit] = (event[unit] - event[pool] @ w).sum() / (rmspe * np.sqrt(length))
        row = result.tests.query(
            "group == 'all' and test == 'donor_placebo' and start == 0 and end == @length - 1"
        ).iloc[0]
        rest = np.array([z[d] for d in others])
        np.testing.assert_allclose(row["statistic"], z["A"], rtol=1e-9)
        np.testing.assert_allclose(row["p_value"], (1 + (np.abs(rest) >= abs(z["A"])).sum()) / 9)
        np.testing.assert_allclose(row["p_less"], (1 + (rest <= z["A"]).sum()) / 9)
        np.testing.assert_allclose(row["p_greater"], (1 + (rest >= z["A"]).sum()) / 9)
        assert "8 donors" in row["detail"]
    assert row["p_less"] == 1 / 9


def test_the_donor_placebo_is_refused_with_its_reason(wide) -> None:
    def why(result: es.StudyResult, day: int = 0) -> str:
        rows = result.tests.query(
            "group == 'all' and test == 'donor_placebo' and start == @day and end == @day"
        )
        return rows["refused"].item()

    assert "not of mean" in why(run(wide, [], model="mean"))
    assert "at least 2 donors" in why(run(wide, ["A", "B"]))
    wide.iloc[291, 0] = np.nan
    assert "no abnormal return" in why(run(wide, [*"BCD"]), 1)
    wide.iloc[292, 1:] = np.nan
    assert "no abnormal return" in why(run(wide, [*"BCD"]), 2)
