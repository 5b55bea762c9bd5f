"""The table of returns is what the fits took: as many sessions, and the same estimates again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import eventstudy as es
from eventstudy.errors import InputError
from eventstudy.evidence.case import Case
from eventstudy.evidence.estimation_returns import estimation_returns
from eventstudy.evidence.parts.estimation import EstimationReturns
from eventstudy.prices.prices import Prices

REGISTRY = Path(__file__).resolve().parents[2] / "events.csv"
EVENT = "deepseek-app-store"


@pytest.fixture(scope="module")
def prices() -> Prices:
    return es.load_prices("bundled")


@pytest.fixture(scope="module")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The packaged events, the one that is studied with two assets alone."""
    events = pd.read_csv(REGISTRY, dtype=str, keep_default_na=False)
    events.loc[events["event_id"] == EVENT, "groups"] = "NVDA;AVGO"
    path = tmp_path_factory.mktemp("registry") / "events.csv"
    events.to_csv(path, index=False)
    return path


Of = Callable[..., tuple[Case, EstimationReturns]]


@pytest.fixture(scope="module")
def of(registry: Path, prices: Prices) -> Of:
    events = es.read_events(registry)

    def study(on: Prices = prices, **options: Any) -> tuple[Case, EstimationReturns]:
        chosen = es.EventStudy(**{"car": [(0, 0), (0, 5)], "compare": (), **options})
        case = Case(chosen.run(events, on, event_ids=[EVENT]), on)
        return case, estimation_returns(case)

    return study


def again(inputs: EstimationReturns, ticker: str) -> float:
    """The AR of day 0 from the table alone."""
    rows = inputs.returns[inputs.returns["ticker"] == ticker]
    x = rows[list(inputs.regressors)].to_numpy()
    x = np.column_stack([np.ones(len(rows)), x]) if inputs.constant else x
    y, used = rows[inputs.response].to_numpy(), rows["used"].to_numpy()
    slopes = np.linalg.lstsq(x[used], y[used], rcond=None)[0] if x.shape[1] else np.empty(0)
    return float((y - x @ slopes)[rows["rel_day"] == 0][0])


@pytest.mark.parametrize(
    ("model", "more"),
    [
        ("market", {}),
        ("mean", {}),
        ("market_adjusted", {}),
        ("capm", {}),
        ("ff3", {}),
        ("dimson", {}),
        ("factors", {"factors": ("^GSPC", "^IXIC")}),
    ],
)
def test_the_table_gives_the_abnormal_returns_again(
    of: Of, model: str, more: dict[str, Any]
) -> None:
    case, inputs = of(model=model, **more)
    assert inputs.not_replicable == ""
    assert inputs.summary["used"].tolist() == case.result.assets.fits.n_obs.tolist()
    ar = case.result.car((0, 0)).droplevel(0)["car"]
    for ticker in ("NVDA", "AVGO"):
        assert again(inputs, ticker) == pytest.approx(ar[ticker], abs=1e-12)


@pytest.mark.parametrize("model", ["scholes_williams", "robust"])
def test_other_models_say_why_no_script_computes_them(of: Of, model: str) -> None:
    case, inputs = of(model=model)
    assert model in inputs.not_replicable
    assert inputs.summary["used"].tolist() == case.result.assets.fits.n_obs.tolist()


def test_each_session_is_used_or_says_why(of: Of, prices: Prices) -> None:
    gap = pd.Timestamp("2024-06-03")
    lost = prices.adj_close.copy()
    lost.loc[gap, "AVGO"] = np.nan
    case, inputs = of(replace(prices, adj_close=lost), clean_estimation=True, compare=None)
    table = inputs.returns
    assert (table["used"] == (table["reason"] == "")).all()
    row = table[(table["ticker"] == "AVGO") & (table["date"] == gap)].iloc[0]
    assert row["reason"] == "no return"
    assert np.isnan(row["return"])
    left = case.result.left_out
    said = table.merge(left, on=["ticker", "date"], suffixes=("", "_left"))
    assert len(said) == len(left) > 0
    assert (said["reason"] == "left out: " + said["reason_left"]).all()
    days = table.loc[table["ticker"] == "NVDA"].set_index("rel_day")["reason"]
    assert days[0] == days[5] == "event window"
    assert days.index.min() == -260
    assert days.index.max() == 10
    assert "return_EW_EX_AI" in table
    assert inputs.summary["used"].tolist() == case.result.assets.fits.n_obs.tolist()


def test_a_moving_window_has_no_table(of: Of) -> None:
    with pytest.raises(InputError, match="rolling"):
        of(rolling=True, estimation=(-300, -60))
