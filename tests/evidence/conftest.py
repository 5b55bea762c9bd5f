"""What the tests of the evidence share: small worlds that run in a second."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

sys.path.insert(0, str(Path(__file__).parent))  # importlib mode puts no folder of tests on it

SMALL = {"n_events": 12, "estimation": (-45, -6), "samples": 30}


@pytest.fixture
def small() -> dict[str, object]:
    return dict(SMALL)


@pytest.fixture(scope="session")
def panel() -> pd.DataFrame:
    """Returns of 30 tickers and a market over 300 sessions, some missing."""
    rng = np.random.default_rng(5)
    market = 0.01 * rng.standard_normal(300)
    returns = market[:, None] + 0.02 * rng.standard_normal((300, 30))
    returns[rng.random(returns.shape) < 0.02] = np.nan
    days = pd.bdate_range("2020-01-01", periods=300)
    frame = pd.DataFrame(returns, index=days, columns=[f"T{i}" for i in range(30)])
    return frame.assign(mkt=market)
