"""Estimation windows after the event, on both sides, and moving along with the event day."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

import eventstudy as es
from eventstudy.models.estimate import estimate
from eventstudy.models.kernel.batch import Panel, Positions, cut_batch
from eventstudy.models.kernel.fits import Problem, sum_window
from eventstudy.models.registry import get_model
from eventstudy.models.rolling import model_for
from eventstudy.significance.sums.placebo_runs import Reference, placebo_statistics
from eventstudy.spec.study_spec import StudySpec
from eventstudy.spec.windows import Window

CARS = ((0, 0), (-1, 2))
BOTH = StudySpec(
    estimation=(-60, -11), post_estimation=(11, 40), window=(-5, 5), car=CARS, min_obs=20
)
AFTER = StudySpec(estimation=(11, 90), window=(-5, 5), car=CARS, min_obs=20)
ROLLING = StudySpec(estimation=(-60, -16), window=(-5, 5), car=CARS, min_obs=20, rolling=True)


def make_panel(seed: int = 0, missing: float = 0.0) -> Panel:
    rng = np.random.default_rng(seed)
    x = 0.01 * rng.normal(size=(1, 260, 2))
    y = x[0].sum(axis=1) + 0.02 * rng.standard_t(5, size=(8, 260))
    y[rng.random(y.shape) < missing] = np.nan
    return Panel(y, x)


def places(n: int = 12, seed: int = 1) -> Positions:
    rng = np.random.default_rng(seed)
    return Positions(rng.integers(0, 8, n), rng.integers(80, 150, n), np.zeros(n, dtype=np.int64))


def brute(panel: Panel, asset: int, day0: int, days: list[int], event: list[int], k: int) -> dict:
    X = np.column_stack([np.ones(260), panel.designs[0][:, :k]])
    rows = np.array([day0 + d for d in days])
    rows = rows[np.isfinite(panel.returns[asset, rows])]
    coef = np.linalg.lstsq(X[rows], panel.returns[asset, rows], rcond=None)[0]
    e = panel.returns[asset, rows] - X[rows] @ coef
    inverse = np.linalg.inv(X[rows].T @ X[rows])
    at = np.array([day0 + d for d in event])
    forms = np.zeros((len(at), 260))
    forms[:, rows] = X[at] @ inverse @ X[rows].T
    s = np.sqrt(e @ e / (len(rows) - 1 - k))
    return {"ar": panel.returns[asset, at] - X[at] @ coef, "s": s, "forms": forms, "m": len(rows)}


@pytest.mark.parametrize("spec", [BOTH, AFTER], ids=["both sides", "after"])
@pytest.mark.parametrize("model", ["market", "mean"])
def test_windows_after_the_event_by_brute_force(spec: StudySpec, model: str) -> None:
    k = len(get_model(model).regressors)
    panel, at = make_panel(missing=0.05), places()
    panel = Panel(panel.returns, panel.designs[:, :, :k])
    fits = estimate(panel, at, get_model(model), spec, keep_windows=True)
    sums = sum_window(fits, spec.span, Window(-1, 2))
    assert (fits.problem == Problem.NONE).all()
    for i in range(len(at)):
        one = brute(panel, at.asset[i], at.day0[i], list(spec.estimation_days), [-1, 0, 1, 2], k)
        assert fits.n_obs[i] == one["m"]
        np.testing.assert_allclose(fits.s[i], one["s"], rtol=1e-10)
        if np.isfinite(one["ar"]).all():
            np.testing.assert_allclose(sums.car[i], one["ar"].sum(), rtol=1e-9)
            v = 4 + (one["forms"].sum(axis=0) ** 2).sum()
            np.testing.assert_allclose(sums.se[i], one["s"] * np.sqrt(v), rtol=1e-9)


def test_the_sessions_between_two_windows_are_missing_ones() -> None:
    panel, at = make_panel(), places()
    batch = cut_batch(panel, at, BOTH.estimation_days, BOTH.span.days)
    assert list(batch.estimation) == list(range(-60, 41))
    assert np.isfinite(batch.y_est).sum(axis=1).tolist() == [80] * 12
    assert np.isnan(batch.y_est[:, 50:71]).all()
    assert np.isnan(batch.x_est[:, 50:71]).all()


def test_no_placebo_run_bridges_the_gap() -> None:
    """Every run lies in one window; its figures are those of a refit without it."""
    panel, at = make_panel(), places(2)
    panel = Panel(panel.returns, panel.designs[:, :, :1])
    fits = estimate(panel, at, get_model("market"), BOTH, keep_windows=True)
    for length in (1, 4):
        found = placebo_statistics(Reference.of(fits), length)
        assert np.isfinite(found).sum(axis=1).tolist() == [80 - 2 * (length - 1)] * 2
        days = np.arange(-60, 41)
        for start in np.flatnonzero(np.isfinite(found[0]))[::9]:
            run = days[start : start + length].tolist()
            assert set(run) <= set(BOTH.estimation_days)
            left = [d for d in BOTH.estimation_days if d not in run]
            one = brute(panel, at.asset[0], at.day0[0], left, run, 1)
            v = length + (one["forms"].sum(axis=0) ** 2).sum()
            np.testing.assert_allclose(
                found[0, start], one["ar"].sum() / (one["s"] * np.sqrt(v)), rtol=1e-8
            )


@pytest.mark.parametrize("missing", [0.0, 0.05])
def test_mean_correlation_in_calendar_time_by_a_loop_over_pairs(
    missing: float, r_bar_calendar: Callable[..., float]
) -> None:
    panel, at = make_panel(missing=missing), places(10)
    at = Positions(at.asset, np.array([90, 90, 91, 92, 92, 94, 120, 121, 121, 140]), at.design)
    panel = Panel(panel.returns, panel.designs[:, :, :1])
    fits = estimate(panel, at, get_model("market"), BOTH, keep_windows=True)
    length, total = 3, 0.0
    series = [
        pd.Series(row, index=np.arange(-60, 41) + d)
        for row, d in zip(fits.residuals, at.day0, strict=True)
    ]
    for i in range(10):
        for j in range(10):
            overlap = max(0, length - abs(int(at.day0[i] - at.day0[j]))) / length
            if i != j and overlap:
                rho = 1.0 if at.asset[i] == at.asset[j] else series[i].corr(series[j])
                total += rho * overlap
    ours = r_bar_calendar(fits.residuals, at.day0, at.asset, length)
    np.testing.assert_allclose(ours, total / 90, rtol=1e-9, atol=1e-14)


@pytest.mark.parametrize("model", ["market", "mean", "dimson"])
@pytest.mark.parametrize("missing", [0.0, 0.05])
def test_rolling_windows_by_brute_force(model: str, missing: float) -> None:
    """Each day by a fit of its own; a CAR's variance by the linear forms over all sessions."""
    k = {"market": 1, "mean": 0, "dimson": 3}[model]
    rng = np.random.default_rng(3)
    panel = Panel(make_panel(missing=missing).returns, 0.01 * rng.normal(size=(1, 260, k)))
    at, spec = places(), ROLLING.model_copy(update={"model": model})
    fits = estimate(panel, at, model_for(spec), spec, keep_windows=True)
    fixed = estimate(
        panel, at, get_model(model), spec.model_copy(update={"rolling": False}), keep_windows=True
    )
    for name in ("coef", "s", "df", "n_obs", "residuals", "basis"):
        np.testing.assert_array_equal(getattr(fits, name), getattr(fixed, name))
    for i in range(len(at)):
        days = {
            tau: brute(panel, at.asset[i], at.day0[i], list(range(tau - 60, tau - 15)), [tau], k)
            for tau in spec.span.days
        }
        for window in (Window(0, 0), Window(3, 3), Window(-1, 2), Window(-5, 5)):
            sums = sum_window(fits, spec.span, window)
            car = sum(days[t]["ar"][0] for t in window.days)
            if not np.isfinite(car):
                assert np.isnan(sums.car[i])
                continue
            form = sum(days[t]["s"] * days[t]["forms"][0] for t in window.days)
            variance = sum(days[t]["s"] ** 2 for t in window.days) + form @ form
            np.testing.assert_allclose(sums.car[i], car, rtol=1e-8, atol=1e-14)
            np.testing.assert_allclose(sums.se[i], np.sqrt(variance), rtol=1e-8)


def test_a_rolling_day_is_the_study_with_the_window_moved() -> None:
    panel, at = make_panel(), places()
    panel = Panel(panel.returns, panel.designs[:, :, :1])
    fits = estimate(panel, at, model_for(ROLLING), ROLLING, keep_windows=True)
    for tau in (-5, 0, 4):
        spec = StudySpec(estimation=(-60 + tau, -16 + tau), window=(-5, 5), car=CARS, min_obs=20)
        moved = estimate(panel, at, get_model("market"), spec, keep_windows=True)
        ours, theirs = (sum_window(f, spec.span, Window(tau, tau)).scar for f in (fits, moved))
        np.testing.assert_allclose(ours, theirs, rtol=1e-9)


def test_rolling_in_blocks_chunks_and_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    from eventstudy.models import estimate as chunks
    from eventstudy.models import rolling

    panel, at = make_panel(missing=0.05), places()
    panel = Panel(panel.returns, panel.designs[:, :, :1])
    whole = sum_window(
        estimate(panel, at, model_for(ROLLING), ROLLING, keep_windows=True),
        ROLLING.span,
        Window(-1, 2),
    )
    monkeypatch.setattr(rolling, "BLOCK", 5)
    monkeypatch.setattr(chunks, "BLOCK", 7)
    parts = sum_window(
        estimate(panel, at, model_for(ROLLING), ROLLING, keep_windows=True),
        ROLLING.span,
        Window(-1, 2),
    )
    np.testing.assert_allclose(parts.scar, whole.scar, rtol=1e-10)
    one = estimate(panel, at.take(np.array([4])), model_for(ROLLING), ROLLING, keep_windows=True)
    np.testing.assert_allclose(
        sum_window(one, ROLLING.span, Window(-1, 2)).scar, whole.scar[4:5], rtol=1e-10
    )


def test_a_day_whose_moved_window_is_too_thin_has_no_figure() -> None:
    panel = make_panel()
    panel = Panel(panel.returns, panel.designs[:, :, :1])
    panel.returns[0, 20:65] = np.nan
    at = Positions(np.array([0]), np.array([100]), np.array([0]))
    spec = StudySpec(estimation=(-60, -16), window=(-5, 5), car=CARS, min_obs=20, rolling=True)
    fits = estimate(panel, at, model_for(spec), spec, keep_windows=True)
    valid = [np.isfinite(panel.returns[0, 40 + t : 85 + t]).sum() >= 20 for t in range(-5, 6)]
    assert np.isfinite(fits.ar[0]).tolist() == valid
    assert 0 < sum(valid) < 11


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"rolling": True}, r"reaches them; end it at session -31 or earlier"),
        (
            {"rolling": True, "estimation": (21, 260)},
            r"reaches them; start it at session 31 or later",
        ),
        (
            {"rolling": True, "estimation": (-300, -40), "post_estimation": (60, 100)},
            "leave out post_estimation or rolling",
        ),
    ],
)
def test_windows_that_cannot_roll_are_refused_with_a_sentence(options: dict, sentence: str) -> None:
    with pytest.raises(es.InputError, match=sentence):
        StudySpec(**options)


def test_the_window_named_in_the_refusal_is_accepted() -> None:
    assert StudySpec(rolling=True, estimation=(-290, -31)).estimation_reach == (-300, -11)
    assert StudySpec(rolling=True, estimation=(31, 260)).estimation_reach == (21, 280)


def test_only_least_squares_models_roll() -> None:
    with pytest.raises(
        es.InputError, match=r"garch is not a least-squares model.*market, mean, capm"
    ):
        es.EventStudy(model="garch", rolling=True, estimation=(-290, -41))


@pytest.mark.parametrize(
    "options",
    [
        {"rolling": True, "estimation": (-150, -21)},
        {"estimation": (-130, -11), "post_estimation": (21, 90)},
        {"estimation": (21, 160)},
    ],
    ids=["rolling", "both sides", "after"],
)
def test_a_whole_study_with_every_test(options: dict) -> None:
    """Every test answers or says why not; a planted effect is found."""
    rng = np.random.default_rng(5)
    days = pd.bdate_range("2023-01-02", periods=500)
    market = 0.01 * rng.normal(size=500)
    wide = pd.DataFrame(
        market[:, None] + 0.01 * rng.normal(size=(500, 6)), index=days, columns=[*"ABCDEF"]
    )
    wide["mkt"] = market
    at = [200, 200, 200, 210, 230, 260]
    for asset, day in zip(range(6), at, strict=True):
        wide.iloc[day, asset] += 0.1
    frame = pd.DataFrame(
        {
            "event_id": [f"e{i}" for i in range(6)],
            "ticker": [*"ABCDEF"],
            "date": days[at],
            "group": [*"xxxyyz"],
        }
    )
    study = es.EventStudy(
        benchmark="mkt", tests="all", window=(-2, 2), car=[(0, 0), (0, 3)], draws=99, **options
    )
    result = study.run(frame, returns=wide)
    assert result.n == 6
    np.testing.assert_allclose(result.car((0, 0))["car"], 0.1, atol=0.04)
    assert (result.car((0, 0))["p_placebo"] < 0.05).all()
    answered = result.tests["refused"] == ""
    assert (result.tests["p_value"].notna() == answered).all()
    assert (result.tests.loc[~answered, "refused"].str.len() > 10).all()
    assert {"bmp_kp_t", "cda_t", "corrado_z", "grank_t", "portfolio_t", "placebo"} <= set(
        result.tests.loc[answered, "test"]
    )
    joint = result.tests.query("test == 'joint_f' and group == 'x'")
    assert (joint["refused"] != "").all() == ("rolling" in options)
