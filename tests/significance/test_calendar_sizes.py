"""How often calendar-time tests reject on real shares where nothing happened."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from eventstudy.models.estimate import estimate
from eventstudy.models.kernel.batch import Panel, Positions
from eventstudy.models.registry import get_model
from eventstudy.significance.registry import list_tests
from eventstudy.significance.sample import FittedGroup
from eventstudy.spec.study_spec import StudySpec
from eventstudy.spec.windows import Window

pytestmark = pytest.mark.needs_shared

SAMPLES, WINDOW = 200, Window(0, 20)
NAMES = ("calendar_time", "calendar_time_ar", "calendar_time_sar")
BOUND = 0.075 + 2 * np.sqrt(0.05 * 0.95 / SAMPLES)
"""One and a half times the nominal level, and two Monte-Carlo errors."""


@pytest.fixture(scope="module")
def panel(shared: Path) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(A, T) returns of shares that have all days, the market's, and the riskless rate."""
    prices = pd.read_parquet(shared / "data" / "universe_prices.parquet")
    wide = prices.pivot_table("adj_close", "date", "ticker").dropna(axis=1)
    factors = pd.read_csv(shared / "data" / "factors_daily.csv", index_col="date")
    returns = wide.astype(np.float64).pct_change().iloc[1:]
    returns.index = pd.to_datetime(returns.index)
    factors.index = pd.to_datetime(factors.index)
    factors = factors.reindex(returns.index)
    market = (factors["mkt_rf"] + factors["rf"]).to_numpy()
    return np.ascontiguousarray(returns.to_numpy().T), market, factors["rf"].to_numpy()


@pytest.mark.slow
@pytest.mark.parametrize("model", ["market", "mean", "market_adjusted", "capm"])
def test_no_more_than_half_as_often_again_in_ten_consecutive_sessions(panel, model) -> None:
    """40 events; HAC errors with L − 1 lags rejected 22 to 25% here."""
    returns, market, rf = panel
    rng = np.random.default_rng(1)
    start = rng.integers(261, returns.shape[1] - 32, SAMPLES)
    day0 = (start[:, None] + np.repeat(np.arange(10), 4)).ravel()
    draws = [rng.choice(len(returns), 40, replace=False) for _ in range(SAMPLES)]
    columns = {"mean": [], "capm": [market, rf]}.get(model, [market])
    x = np.stack(columns, axis=-1) if columns else np.empty((len(market), 0))
    data, chosen = Panel(returns, np.ascontiguousarray(x)[None]), get_model(model)
    at = Positions(np.concatenate(draws), day0, np.zeros(len(day0), dtype=np.int64))
    spec = StudySpec(model=model, estimation=(-260, -11), window=(0, 20), car=((0, 20),))
    fits = estimate(data, at, chosen, spec, keep_windows=True)
    p = []
    for first in range(0, len(day0), 40):
        rows = np.arange(first, first + 40)
        group = FittedGroup("g", fits.take(rows), at.take(rows), chosen, spec, data, rows)
        sample = group.over(WINDOW)
        p.append([list_tests()[name].function(sample).p_value for name in NAMES])
    rejected = (np.array(p) < 0.05).mean(axis=0)
    assert (rejected < BOUND).all(), dict(zip(NAMES, rejected, strict=True))
