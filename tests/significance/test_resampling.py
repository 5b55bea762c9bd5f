"""Resampling tests against literal loops."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import eventstudy as es
from eventstudy.significance.registry import list_tests
from eventstudy.significance.sums.placebo_runs import Reference, placebo_statistics
from eventstudy.spec.windows import Window

DAY = Window(0, 0)


def world(
    seed: int, n: int = 20, dates: int = 8, rho: float = 0.3
) -> tuple[np.ndarray, np.ndarray, list[int]]:
    rng = np.random.default_rng(seed)
    market, shared = rng.normal(0, 0.01, 160), rng.normal(0, 1, 160)
    own = np.sqrt(rho) * shared + np.sqrt(1 - rho) * rng.normal(0, 1, (n, 160))
    return market + 0.02 * own, market, (80 + rng.integers(0, dates, n) * 5).tolist()


def found(group, name: str, window: Window = DAY):
    return list_tests()[name].function(group.over(window))


def t_of(z: np.ndarray) -> float:
    return float(z.mean() / z.std(ddof=1) * np.sqrt(len(z)))


@pytest.mark.parametrize("missing", [0, 3], ids=["complete", "gaps"])
@pytest.mark.parametrize("large", [1, 10_000], ids=["compiled", "arrays"])
def test_bootstrap_equals_a_loop_over_draws(make_group, monkeypatch, large, missing):
    monkeypatch.setattr("eventstudy.compiled.kernel.LARGE", large)
    returns, market, days = world(1)
    for i in np.flatnonzero(np.array(days) == days[0])[:missing]:
        returns[i, days[0]] = np.nan  # an early date of few observations loses some or all
    group = make_group(returns, market, days, draws=199, seed=4)
    sample = group.over(DAY)
    z, day0 = sample.z, group.positions.day0[sample.valid]
    dates = np.unique(day0)
    rng = np.random.default_rng(4)
    signs = rng.integers(0, 2, size=(199, len(dates)), dtype=np.int8) * 2.0 - 1.0
    drawn = [t_of(z * row[np.searchsorted(dates, day0)]) for row in signs]
    outcome = found(group, "bootstrap")
    assert outcome.statistic == pytest.approx(t_of(z), rel=1e-12)
    slack = 1e-10 * abs(t_of(z))
    beyond = sum(abs(t) >= abs(t_of(z)) - slack for t in drawn)
    assert outcome.p_value == (1 + beyond) / 200
    assert outcome.p_greater == (1 + sum(t >= t_of(z) - slack for t in drawn)) / 200


def test_permutation_draws_whole_dates_from_the_estimation_windows(make_group):
    returns, market, day0 = world(2)
    returns[3, 30] = np.nan
    group = make_group(returns, market, day0, draws=150, seed=9)
    window = Window(-1, 1)
    runs = placebo_statistics(Reference.of(group.fits), 3)
    dates, which = np.unique(group.positions.day0, return_inverse=True)
    rng, drawn = np.random.default_rng(9), []
    for size in (64, 64, 22):
        for picked in rng.integers(0, runs.shape[1], size=(size, len(dates))):
            z = runs[np.arange(20), picked[which]]
            drawn.append(t_of(z[np.isfinite(z)]))
    observed = t_of(group.over(window).z)
    outcome = found(group, "permutation", window)
    assert outcome.p_value == (1 + sum(abs(t) >= abs(observed) for t in drawn)) / 151
    assert outcome.p_less == (1 + sum(t <= observed for t in drawn)) / 151


@pytest.mark.parametrize("name", ["bootstrap", "permutation"])
def test_the_seed_decides_and_nothing_else_does(make_group, name):
    first, again = (found(make_group(*world(3), seed=1), name) for _ in range(2))
    other = found(make_group(*world(3), seed=2), name)
    assert first == again
    assert first.statistic == other.statistic
    assert first.p_value != other.p_value


@pytest.mark.weekly
@pytest.mark.slow
@pytest.mark.parametrize("name", ["bootstrap", "permutation"])
def test_size_holds_where_observations_of_a_date_move_together(make_group, name):
    p = [
        found(make_group(*world(seed, n=30, dates=15, rho=0.4), draws=199), name).p_value
        for seed in range(150)
    ]
    naive = [
        found(make_group(*world(seed, n=30, dates=15, rho=0.4)), "patell_z").p_value
        for seed in range(150)
    ]
    bound = 0.05 + 3.5 * np.sqrt(0.05 * 0.95 / 150)
    assert np.mean(np.array(p) < 0.05) < bound
    assert np.mean(np.array(naive) < 0.05) > np.mean(np.array(p) < 0.05)


def test_too_few_dates_for_a_bootstrap_are_refused(make_group):
    returns, market, _ = world(5)
    outcome = found(make_group(returns, market, [80, 85] * 10), "bootstrap")
    assert outcome.refused == "needs at least 6 dates, there are 2"


def test_jackknife_equals_leaving_out_one_at_a_time(make_group):
    sample = make_group(*world(8)).over(Window(-1, 1))
    x, se = sample.x, sample.se

    def theta(keep: np.ndarray) -> float:
        return float(x[keep].mean() / np.sqrt((se[keep] ** 2).mean()))

    n = len(x)
    everyone = np.ones(n, dtype=bool)
    pseudo = []
    for i in range(n):
        keep = everyone.copy()
        keep[i] = False
        pseudo.append(n * theta(everyone) - (n - 1) * theta(keep))
    assert found(sample.group, "jackknife_z", Window(-1, 1)).statistic == pytest.approx(
        t_of(np.array(pseudo)), rel=1e-10
    )


def test_a_window_longer_than_the_estimation_window_is_refused():
    rng = np.random.default_rng(5)
    sessions = pd.bdate_range("2020-01-01", periods=200)
    returns = pd.DataFrame(rng.normal(0, 0.01, (200, 9)), sessions, ["^GSPC", *"ABCDEFGH"])
    events = pd.DataFrame({"event_id": [*"ABCDEFGH"], "ticker": [*"ABCDEFGH"]})
    events["date"] = sessions[60:140:10]
    study = es.EventStudy(estimation=(-25, -11), min_obs=10, car=[(0, 14), (0, 15)], tests="all")
    tests = study.run(events, returns=returns).tests.set_index(["group", "end", "test"])
    for name in ("permutation", "shift_t", "shift_placebo"):
        assert "no " in tests.loc[("all", 15, name), "refused"]
