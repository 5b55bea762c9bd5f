"""Simulated returns are what their setting says."""

from __future__ import annotations

from functools import partial

import numpy as np
import pytest

from eventstudy.calibration.setting import Setting
from eventstudy.calibration.simulate import World, simulate
from eventstudy.spec.study_spec import StudySpec

SPEC = StudySpec(estimation=(-80, -3), window=(0, 1), car=((0, 1),), min_obs=10)


def world(**options: object) -> World:
    given = {
        "spec": SPEC,
        "n": 20,
        "clustered": True,
        "sigma": (0.02, 0.02),
        "untraded": "missing",
        "shifts": (0,),
        "seed": 3,
    }
    return World(**{**given, **options})  # type: ignore[arg-type]


def residuals(made, n: int) -> np.ndarray:
    """(samples, n, sessions) what is left when beta times the market is taken off, by regression."""
    count = len(made.positions) // n
    returns = made.panel.returns[: count * n].reshape(count, n, -1)
    market = made.panel.returns[count * n :][:, None, :]
    beta = (returns * market).sum(-1, keepdims=True) / (market**2).sum(-1, keepdims=True)
    return returns - beta * market


def test_correlation_spread_and_event_variance():
    made = simulate(world(), Setting(rho=0.3, variance=4.0), range(200))
    rest = residuals(made, 20)
    day0 = int(made.positions.day0[0])
    before, event = rest[..., :day0], rest[..., day0 : day0 + 2]
    total = before.sum(axis=1)
    correlation = ((total**2).mean() / (before**2).mean() / 20 - 1) / 19
    assert correlation == pytest.approx(0.3, abs=0.02)
    assert before.std() == pytest.approx(0.02, rel=0.02)
    assert event.std() == pytest.approx(0.04, rel=0.06)
    assert rest[..., day0 + 2 :].std() == pytest.approx(0.02, rel=0.1)


def test_fat_tails_keep_the_variance():
    normal = residuals(simulate(world(), Setting(), range(100)), 20)
    fat = residuals(simulate(world(), Setting(tails=4.0), range(100)), 20)
    assert fat.std() == pytest.approx(normal.std(), rel=0.05)
    kurtosis = [(r**4).mean() / (r**2).mean() ** 2 for r in (normal, fat)]
    assert kurtosis[0] == pytest.approx(3, abs=0.15)
    assert kurtosis[1] > 4


@pytest.mark.parametrize("untraded", ["missing", "zero"])
def test_thin_trading(untraded: str):
    draw = partial(simulate, world(untraded=untraded), samples=range(40))
    full, thin = draw(Setting()).panel.returns, draw(Setting(thin=0.25)).panel.returns
    full, thin = full[: 40 * 20], thin[: 40 * 20]
    idle = np.isnan(thin) if untraded == "missing" else thin == 0
    assert idle.mean() == pytest.approx(0.25, abs=0.01)
    if untraded == "missing":
        assert np.array_equal(thin[~idle], full[~idle])
        return
    # The price catches up: after a day with a trade both have gained the same.
    gap = np.cumsum(thin, axis=1) - np.cumsum(full, axis=1)
    assert gap[~idle] == pytest.approx(0, abs=1e-12)


def test_dispersed_events_have_dates_of_their_own():
    made = simulate(world(clustered=False), Setting(ar=0.5), range(3))
    days = made.positions.day0.reshape(3, 20)
    assert all(len(set(row)) == 20 for row in days.tolist())
    jumped = made.panel.returns[np.arange(60), made.positions.day0]
    assert (jumped > 0.3).all()
    assert made.panel.returns.max(axis=1)[:60] == pytest.approx(jumped)


def test_a_sample_is_the_same_in_any_chunk():
    whole = simulate(world(), Setting(rho=0.1, thin=0.1), range(10))
    part = simulate(world(), Setting(rho=0.1, thin=0.1), range(4, 6))
    assert np.array_equal(whole.panel.returns[80:120], part.panel.returns[:40], equal_nan=True)


def test_leads_and_lags_of_the_market():
    made = simulate(world(shifts=(1, 0, -1)), Setting(), range(2))
    market, design = made.panel.returns[40:], made.panel.designs
    assert np.array_equal(design[:, 1:, 0], market[:, :-1])
    assert np.array_equal(design[:, :, 1], market)
    assert np.array_equal(design[:, :-1, 2], market[:, 1:])
    assert np.isnan(design[:, 0, 0]).all()
    assert np.isnan(design[:, -1, 2]).all()
