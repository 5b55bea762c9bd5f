"""The size of the models' tests on ordinary days of real shares, as their pages state it."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from eventstudy.models.kernel.fits import Problem
from eventstudy.models.registry import get_model

TOOL = Path(__file__).parents[2] / "tools" / "model_sizes.py"


@pytest.fixture(scope="module")
def tool():
    spec = importlib.util.spec_from_file_location("model_sizes", TOOL)
    module = importlib.util.module_from_spec(spec)
    sys.modules["model_sizes"] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def closes(tool, shared) -> pd.DataFrame:
    return tool.read_closes(shared / "data" / "universe_prices.parquet")


@pytest.mark.needs_shared
@pytest.mark.slow
@pytest.mark.parametrize(
    ("model", "n"), [("synthetic", 400), ("trade_to_trade", 1_000), ("garch", 150), ("egarch", 150)]
)
def test_no_test_rejects_more_than_half_as_often_again(tool, closes, model: str, n: int) -> None:
    """Beyond two Monte-Carlo errors, at 5%."""
    known = get_model(model)
    fits = known.fit(tool.drawn(closes, known, n, 30, seed=1))
    assert (fits.problem == Problem.NONE).mean() > 0.97
    for window, test, count, (_, rejected, _) in tool.sizes(fits):
        if count >= 100:
            most = 0.075 + 2 * np.sqrt(0.05 * 0.95 / count)
            assert rejected <= most, f"{test} over {window}"


def test_the_share_of_rejections_by_a_loop(tool) -> None:
    """On a panel without events a test of 5% rejects about that often, and the tool counts it."""
    rng = np.random.default_rng(0)
    days = pd.bdate_range("2020-01-01", periods=600)
    walks = np.exp(np.cumsum(0.01 * rng.normal(size=(600, 30)), axis=0))
    closes = pd.DataFrame(walks, index=days, columns=[f"S{i}" for i in range(30)])
    known = get_model("market")
    fits = known.fit(tool.drawn(closes, known, 300, 0, seed=2))
    found = {(w.label, test): shares for w, test, _, shares in tool.sizes(fits)}
    z = fits.ar[:, 10] / (fits.s * np.sqrt(1 + fits.leverage.daily()[:, 10]))
    assert found["0", "t"][1] == (np.abs(z) >= 1.9695757).mean()  # t(248) at 97.5%
    assert all(0.0 <= one <= 0.12 for shares in found.values() for one in shares[:2])
