"""Properties of the figures: CARs add, errors grow, placebo p has its bounds, saving keeps all."""

from __future__ import annotations

import tempfile
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import eventstudy as es

QUICK = settings(max_examples=40, derandomize=True)
MODELS = ["market", "mean", "market_adjusted"]
DAYS = range(-5, 11)


@cache
def study(seed: int, model: str = "market", missing: float = 0.03) -> es.StudyResult:
    rng = np.random.default_rng(seed)
    n, sessions = 5, 160
    market = 0.01 * rng.standard_normal(sessions)
    firms = market[:, None] + 0.02 * rng.standard_t(4, (sessions, n))
    firms[rng.random(firms.shape) < missing] = np.nan
    index = pd.bdate_range("2024-01-01", periods=sessions)
    names = [f"F{i}" for i in range(n)]
    wide = pd.DataFrame(np.column_stack([firms, market]), index, [*names, "mkt"])
    frame = pd.DataFrame(
        {
            "event_id": [f"e{i}" for i in range(n)],
            "ticker": names,
            "date": index[rng.integers(100, 140, n)],
            "group": rng.choice(["up", "down"], n),
            "size": rng.random(n),
        }
    )
    return es.EventStudy(
        model=model,
        benchmark="mkt",
        estimation=(-90, -11),
        window=(-5, 10),
        car=[(-1, 1), (0, 5)],
        min_obs=30,
    ).run(frame, returns=wide)


@given(
    seed=st.integers(0, 12),
    model=st.sampled_from(MODELS),
    cuts=st.lists(st.sampled_from(DAYS), min_size=3, max_size=3, unique=True).map(sorted),
)
@QUICK
def test_cars_of_adjacent_windows_add(seed: int, model: str, cuts: list[int]) -> None:
    a, b, c = cuts
    result = study(seed, model)
    whole = result.car((a, c))["car"]
    parts = result.car((a, b))["car"] + result.car((b + 1, c))["car"]
    np.testing.assert_allclose(whole, parts, rtol=1e-10, atol=1e-15)
    days = result.abnormal_returns.loc[:, a:c]
    np.testing.assert_allclose(whole, days.sum(axis=1, skipna=False), rtol=1e-10, atol=1e-15)


@given(seed=st.integers(0, 12), model=st.sampled_from(MODELS), start=st.sampled_from(DAYS[:-1]))
@QUICK
def test_the_standard_error_grows_with_the_window(seed: int, model: str, start: int) -> None:
    """V of L days contains L, so one more day never makes the forecast of the sum safer."""
    result = study(seed, model, 0.0)
    se = np.array([result.car((start, end))["se"] for end in range(start, DAYS[-1] + 1)])
    if model == "market":  # a day's regressor may lean against the sum so far, but never by a day
        s2 = result.fits["s"].to_numpy() ** 2
        lengths = np.arange(1, len(se) + 1)[:, None]
        assert (se**2 >= s2 * lengths * (1 - 1e-12)).all()
        return
    assert (np.diff(se, axis=0) > 0).all()


@given(seed=st.integers(0, 12), model=st.sampled_from(MODELS), length=st.integers(1, 6))
@QUICK
def test_the_placebo_p_has_its_bounds(seed: int, model: str, length: int) -> None:
    result = study(seed, model)
    table = result.car((0, length - 1))
    known = table["p_placebo"].dropna()
    assert (known <= 1).all()
    runs = np.isfinite(result.assets.placebos(length)).sum(axis=1)
    least = pd.Series(1 / (runs + 1), table.index)[known.index]
    assert (known >= least - 1e-15).all()
    steps = known * (pd.Series(runs, table.index)[known.index] + 1)
    np.testing.assert_allclose(steps, steps.round(), atol=1e-9)
    inside = (table["placebo_low"] <= 0) & (table["placebo_high"] >= 0)
    rejected = table["p_placebo"] <= 0.05 + 1e-9
    assert (rejected[known.index] == ~inside[known.index]).all()


@given(seed=st.integers(0, 12), start=st.sampled_from(DAYS), length=st.integers(1, 4))
@QUICK
def test_interval_and_p_value_agree(seed: int, start: int, length: int) -> None:
    table = study(seed).car((start, min(start + length - 1, DAYS[-1]))).dropna(subset="car")
    outside = (table["ci_low"] > 0) | (table["ci_high"] < 0)
    assert (outside == (table["p_value"] < 0.05)).all()
    np.testing.assert_allclose(
        (table["ci_low"] + table["ci_high"]) / 2, table["car"], rtol=1e-9, atol=1e-15
    )


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_what_is_loaded_is_what_was_saved(seed: int, model: str) -> None:
    result = study(seed, model)
    with tempfile.TemporaryDirectory() as folder:
        first, second = Path(folder) / "first", Path(folder) / "second"
        loaded = es.load(result.save(first))
        assert loaded.spec == result.spec
        for name in ("tests", "averages", "exclusions", "alignments", "fits", "abnormal_returns"):
            pd.testing.assert_frame_equal(
                getattr(loaded, name), getattr(result, name), check_exact=True
            )
        for window in ((0, 0), (-1, 1), (-5, 10)):
            pd.testing.assert_frame_equal(loaded.car(window), result.car(window), check_exact=True)
        pd.testing.assert_frame_equal(loaded.by("size"), result.by("size"), check_exact=True)
        assert loaded.summary() == result.summary()
        loaded.save(second)
        for path in sorted(first.iterdir()):
            assert path.read_bytes() == (second / path.name).read_bytes(), path.name
