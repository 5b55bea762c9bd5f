"""The registered events on the bundled prices, against a computation of our own from the CSV."""

from __future__ import annotations

import csv
import io
import lzma
from functools import cache
from importlib import resources
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import eventstudy as es

REPOSITORY = Path(__file__).resolve().parents[2]
ROUT = "deepseek-app-store"


@cache
def closes() -> dict[str, dict[str, tuple[float, float]]]:
    """ticker → day → (close, adj_close), straight from the packed CSV."""
    packed = (resources.files("eventstudy") / "data" / "prices.csv.xz").read_bytes()
    table: dict[str, dict[str, tuple[float, float]]] = {}
    for row in csv.DictReader(io.StringIO(lzma.decompress(packed).decode())):
        if row["close"]:
            day = table.setdefault(row["ticker"], {})
            day[row["date"]] = (float(row["close"]), float(row["adj_close"]))
    return table


def sessions() -> list[str]:
    return sorted(closes()["^GSPC"])


def returns(ticker: str) -> np.ndarray:
    """Total return of each session; NaN where one of its two prices is absent."""
    prices = np.array([closes()[ticker].get(day, (np.nan, np.nan))[1] for day in sessions()])
    return np.append(np.nan, prices[1:] / prices[:-1] - 1)


def market_model(ticker: str, day0: str) -> tuple[float, float, float]:
    """(beta, AR on day 0, its t) by the normal equations."""
    at = sessions().index(day0)
    past = np.arange(at - 260, at - 10)
    y, x = returns(ticker), returns("^GSPC")
    past = past[np.isfinite(y[past]) & np.isfinite(x[past])]
    X = np.column_stack([np.ones(len(past)), x[past]])
    a, b = np.linalg.solve(X.T @ X, X.T @ y[past])
    residuals = y[past] - a - b * x[past]
    row = np.array([1.0, x[at]])
    c = 1 + row @ np.linalg.inv(X.T @ X) @ row
    ar = y[at] - a - b * x[at]
    return b, ar, ar / np.sqrt(residuals @ residuals / (len(past) - 2) * c)


RAW = {
    "NVDA": -16.97,
    "^IXIC": -3.07,
    "MSFT": -2.14,
    "GOOGL": -4.20,
    "AMZN": 0.24,
    "META": 1.91,
    "ORCL": -13.79,
    "AVGO": -17.40,
    "MRVL": -19.10,
    "AMD": -6.37,
    "TSM": -13.33,
    "MU": -11.71,
    "VST": -28.27,
    "CEG": -20.85,
    "GEV": -21.52,
    "VRT": -29.88,
    "ANET": -22.35,
    "AAPL": 3.18,
    "CRM": 3.96,
}
ABNORMAL = {"NVDA": -13.3, "MSFT": -0.4, "AMZN": 2.5, "META": 4.1, "GOOGL": -2.4, "ORCL": -11.9}


@pytest.fixture
def rout(registered) -> es.StudyResult:
    return registered.only(ROUT)


@pytest.mark.parametrize("ticker", list(RAW))
def test_raw_moves_of_the_rout(rout, ticker: str) -> None:
    raw = rout.returns.loc[(ROUT, ticker), 0]
    assert round(100 * raw, 2) == RAW[ticker]
    at = sessions().index("2025-01-27")
    np.testing.assert_allclose(raw, returns(ticker)[at], rtol=1e-12)


@pytest.mark.parametrize("ticker", list(ABNORMAL))
def test_abnormal_moves_of_the_rout(rout, ticker: str) -> None:
    beta, ar, t = market_model(ticker, "2025-01-27")
    row = rout.car((0, 0)).loc[(ROUT, ticker)]
    np.testing.assert_allclose(row["car"], ar, rtol=1e-9)
    np.testing.assert_allclose(row["t"], t, rtol=1e-9)
    np.testing.assert_allclose(rout.fits.loc[(ROUT, ticker), "beta"], beta, rtol=1e-10)
    assert round(100 * row["car"], 1) == ABNORMAL[ticker]


def test_nvidia(rout) -> None:
    assert round(rout.fits.loc[(ROUT, "NVDA"), "beta"], 2) == 2.68
    assert round(100 * rout.returns.loc[(ROUT, "NVDA"), 1], 2) == 8.93
    assert rout.fits.loc[(ROUT, "NVDA"), "n_obs"] == 250


def test_the_nasdaq_in_points(rout) -> None:
    points = rout.context.closes["^IXIC"]
    assert round(points["2025-01-27"] - points["2025-01-24"], 2) == -612.47


def test_the_market_without_the_shocked_names_stands_beside(rout) -> None:
    other = rout.comparison["EW_EX_AI"].car_table((0, 0))
    ours = rout.car((0, 0))
    assert list(rout.comparison) == ["EW_EX_AI"]
    assert other.loc[(ROUT, "NVDA"), "car"] < ours.loc[(ROUT, "NVDA"), "car"]
    at = sessions().index("2025-01-27")
    assert round(100 * returns("EW_EX_AI")[at], 2) == 0.84
    assert set(other.index) == set(ours.index)


def test_day_zero_after_a_holiday_and_a_weekend(registered) -> None:
    table = registered.alignments.set_index("event_id")
    assert table["day0"].dt.strftime("%Y-%m-%d").to_dict() == {
        "deepseek-r1": "2025-01-21",
        ROUT: "2025-01-27",
    }
    assert table["shifted"].all()
    assert "Martin Luther King" in table.loc["deepseek-r1", "reason"]
    assert "a Sunday" in table.loc[ROUT, "reason"]


def test_hardly_listed_firms(early) -> None:
    """GE Vernova had traded for a month when V2 came out; Arm for eight."""
    gone = early.exclusions.set_index("ticker")
    assert list(gone.index) == ["GEV"]
    assert gone.loc["GEV", "stage"] == "estimation"
    at = sessions().index("2024-05-06")
    assert np.isfinite(returns("GEV")[at - 260 if at > 260 else 0 : at - 10]).sum() == 16
    assert gone.loc["GEV", "reason"].startswith("16 valid returns")
    arm = early.fits.loc[("deepseek-v2", "ARM"), "n_obs"]
    assert arm == np.isfinite(returns("ARM")[at - 260 : at - 10]).sum() == 150
    assert (early.fits.drop(index=("deepseek-v2", "ARM"))["n_obs"] == 250).all()


def test_confounders_are_those_inside_the_days(rout) -> None:
    table = rout.context.confounders.set_index("confounder")
    assert (table["rel_day"].between(-10, 20)).all()
    assert table.loc["meta-capex", "rel_day"] == -1
    assert table.loc["deepseek-r1", "rel_day"] == -4
    assert table.loc["stargate", "rel_day"] == -3
    assert table.loc["fomc-2025-01-29", "concerns"] == "whole market"
    assert table.loc["meta-earnings-2025-01-29", "rel_day"] == 3
    assert table.loc["meta-earnings-2025-01-29", "concerns"] == "META"
    assert "tsla-earnings-2025-01-29" not in table.index
    assert "tariffs-2025-04-02" not in table.index
    assert ROUT not in table.index


def test_confounders_reach_as_far_as_the_longest_car(registered) -> None:
    """Amazon's earnings lie 13 sessions after R1: outside the window, inside CAR[0, +20]."""
    table = registered.only("deepseek-r1").context.confounders.set_index("confounder")
    assert table.loc["amzn-earnings-2025-02-06", "rel_day"] == 13
    assert table.loc["deepseek-app-store", "rel_day"] == 4


def test_each_event_by_itself_is_the_study_of_it_alone(registered, rout) -> None:
    events = es.read_events(REPOSITORY / "events.csv")
    alone = es.EventStudy().run(events, es.load_prices("bundled"), event_ids=[ROUT])
    pd.testing.assert_frame_equal(alone.tests, rout.tests)
    pd.testing.assert_frame_equal(alone.car((0, 20)), rout.car((0, 20)))
    assert alone.only(ROUT) is alone
    with pytest.raises(es.InputError, match="no event in this result 'x'"):
        registered.only("x")
    both = registered.car((0, 0)).loc[[ROUT]]
    pd.testing.assert_frame_equal(both, rout.car((0, 0)), rtol=1e-10)


def test_an_asset_in_several_groups_counts_once_among_all(registered) -> None:
    index = registered.abnormal_returns.index
    assert not index.has_duplicates
    assert registered.n == 56


def test_the_portfolio_of_a_group_is_the_mean_of_its_members(rout) -> None:
    table = rout.portfolios.car_table((0, 0)).loc[ROUT]
    cars = rout.car((0, 0)).loc[ROUT]
    for group in ("hyperscalers", "ai-power"):
        members = cars.loc[cars["group"] == group, "car"]
        headline = rout.headline(group)
        if group == "hyperscalers":
            np.testing.assert_allclose(table.loc[group, "car"], members.mean(), rtol=1e-9)
            np.testing.assert_allclose(headline["statistic"], table.loc[group, "t"], rtol=1e-9)
        assert headline["test"] == "portfolio_placebo"
        assert headline["n"] == len(members)


def test_summary_fits_eighty_columns(registered, early) -> None:
    lines = registered.summary().splitlines() + early.summary().splitlines()
    assert max(map(len, lines)) <= 80


@pytest.mark.parametrize("which", ["registered", "early"])
def test_summary_says_what_was_shifted_and_left_out(
    which: str, request: pytest.FixtureRequest
) -> None:
    result = request.getfixturevalue(which)
    text = result.summary()
    flat = " ".join(text.split())
    if which == "early":
        assert "GEV" in flat
    else:
        assert "Martin Luther King" in flat
    if not result.parts:
        assert repr(result).split("\n")[:20] == text.split("\n")[:20]
    assert "<table" in result._repr_html_()


def test_an_unknown_event_or_none_is_an_error() -> None:
    events = es.read_events(REPOSITORY / "events.csv")
    prices = es.load_prices("bundled")
    with pytest.raises(es.InputError, match="deepseek-r2"):
        es.EventStudy().run(events, prices, event_ids=["deepseek-r2"])
    with pytest.raises(es.InputError, match="No event was chosen"):
        es.EventStudy().run(events, prices, event_ids=[])
    with pytest.raises(es.InputError, match="names no groups"):
        es.EventStudy().run(events, prices, event_ids=["fomc-2025-01-29"])


def test_an_asset_of_two_groups_counts_in_both_and_once_among_all(tmp_path) -> None:
    (tmp_path / "groups.toml").write_text(
        """
        [groups.chips]
        label = "Chips"
        members = ["NVDA", "AMD", "MU"]
        [groups.ai]
        label = "AI"
        members = ["MSFT", "NVDA"]
        [names]
        NVDA = "Nvidia"
        """
    )
    (tmp_path / "events.csv").write_text(
        "event_id,title,announced_at,groups\nrout,The rout,2025-01-27,chips;ai\n"
    )
    result = es.EventStudy(compare=(), tests="all").run(
        es.read_events(tmp_path / "events.csv"),
        es.load_prices("bundled"),
        groups=tmp_path / "groups.toml",
    )
    assert sorted(result.abnormal_returns.index.get_level_values("ticker")) == sorted(
        ["NVDA", "AMD", "MU", "MSFT"]
    )
    n = result.tests.query("test == 'csect_t' and start == 0 and end == 0").set_index("group")["n"]
    assert n.to_dict() == {"all": 4, "chips": 3, "ai": 2}
    cars = result.car((0, 0)).droplevel("event_id")["car"]
    by = result.by("group").xs((0, 0), level=("start", "end"))["estimate"]
    np.testing.assert_allclose(by["ai"], cars[["MSFT", "NVDA"]].mean(), rtol=1e-12)
    np.testing.assert_allclose(by["all"], cars.mean(), rtol=1e-12)
