"""What a study could have found: the table of a result and `eventstudy power`."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import eventstudy as es

APP_STORE = "deepseek-app-store"


@pytest.fixture(scope="module")
def flagship():
    return es.EventStudy().run(es.read_events("events.csv"), es.load_prices("bundled"))


def test_nvidia_by_its_own_ordinary_days(flagship):
    result = flagship.only(APP_STORE)
    table = result.detectable((0, 0), 0.03)
    row = table[table["ticker"] == "NVDA"].iloc[0]
    car = result.car((0, 0)).loc[(APP_STORE, "NVDA")]
    critical = (car["placebo_high"] - car["car"]) / car["se"]
    at = result.assets.rows_of("ticker", "NVDA")[0]
    error = result.assets.placebos(1)[at]
    both = np.concatenate([error, -error]) * row["se"]
    found = np.abs(both + 0.03) >= critical * row["se"]
    assert row["test"] == "placebo"
    assert row["se"] == pytest.approx(0.0258, abs=5e-5)
    assert row["power"] == pytest.approx(found.mean(), rel=1e-12)
    assert row["type_m"] == pytest.approx(np.abs(both + 0.03)[found].mean() / 0.03, rel=1e-10)
    assert row["detectable"] == pytest.approx(0.0706, abs=1e-4)
    share = (both + row["detectable"] + 1e-9 >= critical * row["se"]).mean()
    assert share >= 0.8


def test_with_t_errors_nvidia_needs_seven_point_three_percent():
    study = es.EventStudy(placebo=False)
    result = study.run(
        es.read_events("events.csv"), es.load_prices("bundled"), event_ids=[APP_STORE]
    )
    row = result.detectable((0, 0), 0.03).query("ticker == 'NVDA'").iloc[0]
    assert row["test"] == "t"
    assert row["detectable"] == pytest.approx(0.073, abs=5e-4)
    assert row["type_m"] == pytest.approx(2.2, abs=0.05)
    reach = stats.t.ppf(0.975, 248) + stats.t.ppf(0.8, 248)
    assert row["detectable"] == pytest.approx(reach * row["se"], rel=1e-10)


def test_every_asset_portfolio_and_group_has_its_row(flagship):
    effects = (0.01, 0.05)
    table = flagship.detectable((0, 0), effects)
    assert list(table["effect"][:2]) == list(effects)
    kinds = table.drop_duplicates(["event_id", "ticker", "kind"])["kind"].value_counts()
    assert kinds["asset"] == flagship.n
    assert kinds["portfolio"] == len(flagship.portfolios.labels)
    assert kinds["mean"] >= 1
    answered = table[table["reason"] == ""]
    assert answered[["se", "detectable", "power", "type_s", "type_m"]].notna().all(axis=None)
    assert table[table["reason"] != ""]["power"].isna().all()
    large, small = (
        answered[answered["effect"] == e].set_index(["event_id", "ticker", "kind"])
        for e in (0.05, 0.01)
    )
    assert (large["power"] >= small["power"] - 1e-12).mean() > 0.95
    assert (large["type_m"] <= small["type_m"] + 1e-12).all()


@pytest.mark.parametrize("weights", ["equal", "precision", "size"])
def test_means_over_many_dates_have_their_rows_whatever_their_weights(weights):
    rng = np.random.default_rng(5)
    sessions = pd.bdate_range("2020-01-01", periods=500)
    returns = pd.DataFrame(rng.normal(0, 0.01, (500, 9)), sessions, ["^GSPC", *"ABCDEFGH"])
    events = pd.DataFrame(
        {
            "event_id": [f"e{i}" for i in range(8)],
            "ticker": list("ABCDEFGH"),
            "date": sessions[[290, 310, 330, 350, 370, 390, 410, 430]],
            "size": np.geomspace(1, 1e6, 8),
        }
    )
    result = es.EventStudy(weights=weights).run(events, returns=returns)
    row = result.detectable((0, 0), 0.03).query("kind == 'mean' and group == 'all'").iloc[0]
    mean = result.averages.query("group == 'all' and start == 0 and end == 0").iloc[0]
    assert row["test"] == ("weighted_kp_t" if weights == "size" else "bmp_kp_t")
    assert row["se"] == mean["se"]
    half = (mean["ci_high"] - mean["ci_low"]) / 2
    assert stats.t.ppf(0.975, 7) * row["se"] == pytest.approx(half, rel=1e-10)
    assert row["detectable"] == pytest.approx(half + stats.t.ppf(0.8, 7) * row["se"], rel=1e-10)


@pytest.mark.parametrize(
    "wrong",
    [{"effects": 0}, {"effects": "a"}, {"effects": []}, {"power": 1.0}, {"window": (0, 99)}],
)
def test_wrong_input_is_refused(flagship, wrong):
    with pytest.raises(es.InputError):
        flagship.only(APP_STORE).detectable(**wrong)


def test_no_placebo_reaches_a_level_below_one_in_m_plus_one():
    study = es.EventStudy(confidence=0.999)
    result = study.run(
        es.read_events("events.csv"), es.load_prices("bundled"), event_ids=[APP_STORE]
    )
    table = result.detectable((0, 0), 0.03)
    assets = table[table["kind"] == "asset"]
    assert assets["detectable"].isna().all()
    assert (assets["reason"] != "").all()


def test_the_verb_prints_what_the_table_has(call, flagship, tmp_path, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    answer = call("power", APP_STORE, "--effect", "0.03", "--json")
    assert answer.code == 0
    rows = pd.DataFrame(json.loads(answer.out)[APP_STORE])
    ours = flagship.only(APP_STORE).detectable((0, 0), 0.03)
    assert rows["detectable"].to_list() == pytest.approx(ours["detectable"].to_list(), rel=1e-11)
    text = call("power", APP_STORE)
    assert text.code == 0
    assert max(map(len, text.out.splitlines())) <= 80
    nvidia = next(line for line in text.out.splitlines() if line.startswith("NVDA"))
    assert nvidia.split()[1:] == ["2.58", "7.1", "17", "3.6", "2.3"]
    for wrong in (["--over=x"], ["--effect=0"], ["--probability=2"]):
        assert call("power", APP_STORE, *wrong).code == 2


@pytest.mark.parametrize(("unit", "effects"), [("percent", [5, 10, 25]), ("points", [1, 3, 5])])
def test_effects_on_levels_are_of_their_unit(unit, effects):
    rng = np.random.default_rng(5)
    sessions = pd.bdate_range("2020-01-01", periods=400)
    levels = pd.DataFrame(
        2 + rng.normal(0, 0.05, (400, 2)).cumsum(axis=0), sessions, ["^GSPC", "A"]
    )
    events = pd.DataFrame({"event_id": ["e"], "ticker": ["A"], "date": sessions[[300]]})
    study = es.EventStudy(returns="difference", level_unit=unit)
    table = study.run(events, levels).detectable()
    assert table["effect"].to_list() == effects
