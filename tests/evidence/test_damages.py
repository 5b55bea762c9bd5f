"""Money a share and the estimates beside peers, against sums made from the raw prices."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm

import eventstudy as es
from eventstudy.errors import InputError
from eventstudy.evidence.case import Case
from eventstudy.evidence.damages import damages, inflation, look_back
from eventstudy.evidence.parts.damages import (
    MARKET_AND_PEERS,
    OTHER,
    PEERS_ALONE,
    PEERS_THEMSELVES,
    STUDY,
    SYNTHETIC,
    Damages,
    damages_finding,
    peers_finding,
    power_sentence,
)
from eventstudy.prices.prices import Prices

PEERS = ("AVGO", "AMD", "MU", "TSM")
HEAD = "event_id,title,announced_at,timing,category,groups,benchmark,headline,source,notes\n"
ROUT = "rout,A rout,2025-01-27,,rout,NVDA;peers,,yes,a newspaper,\n"
QUIET = "quiet,A quiet day,2024-11-15,,none,AAPL,,no,a newspaper,\n"
DAY, BEFORE = "2025-01-27", "2025-01-24"


@pytest.fixture(scope="module")
def prices() -> Prices:
    return es.load_prices("bundled")


def studied(prices: Prices, folder: Path, rows: str, peers: tuple[str, ...] = PEERS) -> Case:
    (folder / "events.csv").write_text(HEAD + rows, "utf-8")
    members = ", ".join(f'"{ticker}"' for ticker in peers)
    groups = f'[groups.peers]\nlabel = "Peers"\nmembers = [{members}]\n'
    (folder / "groups.toml").write_text(groups, "utf-8")
    known = es.read_groups(folder / "groups.toml")
    study = es.EventStudy(car=[(0, 0), (0, 5)])
    return Case(study.run(es.read_events(folder / "events.csv"), prices, groups=known), prices)


@pytest.fixture(scope="module")
def case(prices: Prices, tmp_path_factory: pytest.TempPathFactory) -> Case:
    return studied(prices, tmp_path_factory.mktemp("rout"), ROUT)


@pytest.fixture(scope="module")
def found(case: Case) -> Damages:
    return damages(case)


def regressed(case: Case, y: pd.Series, x: pd.DataFrame) -> tuple[float, float]:
    """AR of day 0 and its standard error, by statsmodels."""
    at = case.at
    past = slice(at - 260, at - 10)
    ols = sm.OLS(y.iloc[past], sm.add_constant(x.iloc[past])).fit()
    row = np.column_stack([[1.0], x.iloc[[at]].to_numpy()])
    forecast = ols.get_prediction(row)
    return float(y.iloc[at] - forecast.predicted_mean[0]), float(forecast.se_obs[0])


def on_day(found: Damages, kind: str, weighting: str = "") -> pd.Series[Any]:
    table = found.estimates[(found.estimates["start"] == 0) & (found.estimates["end"] == 0)]
    rows = table[table["kind"] == kind]
    rows = rows[rows["weighting"] == weighting] if weighting else rows
    assert len(rows) == 1
    return rows.iloc[0]


def test_a_share_on_the_event_day(found: Damages, case: Case, prices: Prices) -> None:
    close = prices.close["NVDA"]
    returns = prices.adj_close.pct_change(fill_method=None)
    ar, se = regressed(case, returns["NVDA"], returns[["^GSPC"]])
    row = found.day
    assert row["car"] == pytest.approx(ar, rel=1e-10)
    assert row["se"] == pytest.approx(se, rel=1e-10)
    assert row["per_share"] == pytest.approx(ar * close[BEFORE], rel=1e-10)
    assert row["raw_change"] == pytest.approx(close[DAY] - close[BEFORE])
    assert row["test"] == "placebo"
    assert row["per_share_low"] < row["per_share"] < row["per_share_high"] < 0
    told = case.result.car((0, 0)).droplevel(0).loc["NVDA"]
    ends = [told["placebo_low"] * close[BEFORE], told["placebo_high"] * close[BEFORE]]
    assert row[["per_share_low", "per_share_high"]].tolist() == pytest.approx(ends)


def test_a_window_is_in_money_of_the_close_before_it(found: Damages, case: Case) -> None:
    row = found.per_share.iloc[1]
    assert (row["start"], row["end"]) == (0, 5)
    assert f"{row['last']:%Y-%m-%d}" == "2025-02-03"
    car = case.result.car((0, 5)).droplevel(0).loc["NVDA", "car"]
    assert row["per_share"] == pytest.approx(car * found.day["previous_close"])


def test_the_detectable_effect(found: Damages, case: Case) -> None:
    """80% of the ordinary days, moved by it, would have been significant, and it is the least."""
    table = case.result.detectable((0, 0), effects=found.day["detectable"])
    power = table[table["ticker"] == "NVDA"]["power"].iloc[0]
    assert power == pytest.approx(0.8, abs=0.01)
    least = found.day["detectable"] * found.day["previous_close"]
    assert found.day["detectable_per_share"] == pytest.approx(least)
    said = power_sentence(found)
    assert "80%" in said
    assert f"${least:.2f}" in said
    assert f"{100 * found.day['detectable']:.1f}%" in said


class TestInflation:
    day = pd.Series({"car": -0.10, "low": -0.15, "high": -0.05, "previous_close": 200.0})
    closes = pd.Series([100.0, np.nan, 200.0], pd.bdate_range("2024-01-01", periods=3))

    def test_the_two_methods(self) -> None:
        table = inflation(self.closes, self.day)
        assert table["constant_dollar"].tolist() == pytest.approx([20.0] * 3)
        assert table["constant_dollar_low"].tolist() == pytest.approx([10.0] * 3)
        assert table["constant_dollar_high"].tolist() == pytest.approx([30.0] * 3)
        assert table["constant_percentage"].iloc[[0, 2]].tolist() == pytest.approx([10.0, 20.0])
        assert table["constant_percentage_high"].iloc[0] == pytest.approx(15.0)
        assert np.isnan(table["constant_percentage"].iloc[1])

    def test_a_rise_is_a_price_that_was_too_low(self) -> None:
        table = inflation(self.closes, -self.day)
        assert table["constant_dollar"].iloc[0] == pytest.approx(20.0)
        up = self.day.copy()
        up[["car", "low", "high"]] = [0.10, 0.05, 0.15]
        assert inflation(self.closes, up)["constant_dollar"].iloc[0] == pytest.approx(-20.0)

    def test_both_agree_at_the_last_close(self, found: Damages) -> None:
        last = found.inflation.iloc[-1]
        assert f"{last['date']:%Y-%m-%d}" == BEFORE == found.base_date
        for end in ("", "_low", "_high"):
            assert last[f"constant_dollar{end}"] == pytest.approx(last[f"constant_percentage{end}"])
        assert last["constant_dollar"] == pytest.approx(-found.day["per_share"])
        assert last["constant_dollar_low"] == pytest.approx(-found.day["per_share_high"])

    def test_the_class_period(self, case: Case, found: Damages) -> None:
        assert found.class_start == "2024-01-11"  # the first session of the estimation window
        own = damages(case, class_start="2024-05-25")  # a Saturday before a holiday
        assert own.class_start == "2024-05-28"
        assert f"{own.inflation['date'].iloc[0]:%Y-%m-%d}" == "2024-05-28"
        for wrong in ("2025-01-27", "1990-01-01"):
            with pytest.raises(InputError, match=f"cannot begin on {wrong}.*2025-01-27"):
                damages(case, class_start=wrong)
        with pytest.raises(InputError, match=r"class_start: 'soon' is not a date"):
            damages(case, class_start="soon")


class TestLookBack:
    def test_the_mean_of_ninety_days(self, found: Damages, prices: Prices) -> None:
        closes = prices.close["NVDA"]["2025-01-27":"2025-04-26"]
        assert found.lookback == pytest.approx(closes.mean())
        assert found.lookback_sessions == len(closes) == 63

    def test_no_mean_of_fewer_days_or_with_a_gap(self, prices: Prices) -> None:
        closes = prices.close["NVDA"]
        day = pd.Timestamp(DAY)
        assert look_back(closes[:"2025-04-25"], day)[0] is not None  # the 26th is a Saturday
        assert look_back(closes[:"2025-04-24"], day) == (None, 62)
        gap = closes.copy()
        gap["2025-03-03"] = np.nan
        assert look_back(gap, day)[0] is None


class TestPeers:
    def test_two_factors_and_peers_alone(self, found: Damages, case: Case, prices: Prices) -> None:
        returns = prices.adj_close.pct_change(fill_method=None)
        index = returns[list(PEERS)].mean(axis=1).rename("peers")
        both = pd.concat([returns["^GSPC"], index], axis=1)
        for kind, x in ((MARKET_AND_PEERS, both), (PEERS_ALONE, both[["peers"]])):
            row = on_day(found, kind, "equal")
            ar, se = regressed(case, returns["NVDA"], x)
            assert row[["car", "se"]].tolist() == pytest.approx([ar, se], rel=1e-9)
            assert row["per_share"] == pytest.approx(ar * prices.close.loc[BEFORE, "NVDA"])
            assert 0 < row["p_placebo"] <= 1
        ar, _ = regressed(case, index, returns[["^GSPC"]])
        assert on_day(found, PEERS_THEMSELVES)["car"] == pytest.approx(ar, rel=1e-9)
        assert np.isnan(on_day(found, PEERS_THEMSELVES)["per_share"])

    def test_weights_by_value(self, found: Damages, case: Case, prices: Prices) -> None:
        from eventstudy.prices.shares import read_shares

        counts = pd.Series({ticker: read_shares()[ticker].shares for ticker in PEERS})
        held = prices.close[list(PEERS)].shift(1) * counts
        returns = prices.adj_close.pct_change(fill_method=None)
        index = (returns[list(PEERS)] * held).sum(axis=1) / held.sum(axis=1)
        ar, se = regressed(case, returns["NVDA"], index.to_frame())
        row = on_day(found, PEERS_ALONE, "value")
        assert row[["car", "se"]].tolist() == pytest.approx([ar, se], rel=1e-9)

    def test_the_study_and_the_other_benchmark_come_first(self, found: Damages, case: Case) -> None:
        own = case.result.car((0, 0)).droplevel(0).loc["NVDA"]
        assert on_day(found, STUDY)["car"] == own["car"]
        other = case.result.comparison["EW_EX_AI"].car_table((0, 0)).droplevel(0).loc["NVDA"]
        assert on_day(found, OTHER)["car"] == other["car"]
        assert list(dict.fromkeys(found.estimates["kind"]))[:2] == [STUDY, OTHER]

    def test_the_synthetic_control_is_that_of_the_study(
        self, found: Damages, case: Case, prices: Prices
    ) -> None:
        study = es.EventStudy(model="synthetic", donors=PEERS, car=[(0, 0)], tests="all")
        frame = pd.DataFrame({"event_id": ["x"], "ticker": ["NVDA"], "date": [DAY]})
        result = study.run(frame, prices)
        row = on_day(found, SYNTHETIC)
        assert row["car"] == pytest.approx(result.car((0, 0))["car"].iloc[0], rel=1e-9)
        tests = result.tests[(result.tests["test"] == "donor_placebo") & (result.tests["end"] == 0)]
        assert row["p_donors"] == tests[tests["start"] == 0]["p_value"].iloc[0]

    def test_unknown_shares_and_a_single_peer_are_said(
        self, prices: Prices, tmp_path: Path
    ) -> None:
        case = studied(prices, tmp_path, ROUT, ("MRVL",))
        assert case.result.context is not None
        unknown = replace(case.result.context, shares={})
        alone = damages(Case(replace(case.result, context=unknown), prices))
        assert alone.peers == ("MRVL",)
        row = on_day(alone, PEERS_ALONE, "value")
        assert np.isnan(row["car"])
        assert "MRVL" in row["reason"]
        assert np.isnan(on_day(alone, SYNTHETIC)["car"])
        assert "2 peers" in on_day(alone, SYNTHETIC)["reason"]
        assert np.isfinite(on_day(alone, PEERS_ALONE, "equal")["car"])

    def test_the_finding_has_both_figures(self, found: Damages) -> None:
        said = peers_finding(found)
        for kind, weighting in ((STUDY, ""), (MARKET_AND_PEERS, "equal")):
            figure = f"{100 * on_day(found, kind, weighting)['car']:.2f}%".replace("-", "−")
            assert figure in said

    def test_without_peers_there_are_only_benchmarks(self, prices: Prices, tmp_path: Path) -> None:
        bare = damages(studied(prices, tmp_path, QUIET))
        assert bare.peers == ()
        assert set(bare.estimates["kind"]) == {STUDY, OTHER}


def test_a_day_without_an_effect_quotes_no_loss(prices: Prices, tmp_path: Path) -> None:
    quiet = damages(studied(prices, tmp_path, QUIET))
    assert not quiet.significant
    said = damages_finding(quiet)
    assert "not significant" in said
    assert "$" not in said


def test_the_finding_has_the_interval(found: Damages) -> None:
    said = damages_finding(found)
    for name in ("per_share", "per_share_low", "per_share_high"):
        assert f"${abs(found.day[name]):.2f}" in said
    assert "27 January 2025" in said


@pytest.mark.parametrize(("asked", "named"), [("^IXIC", "is no single share"), ("peers", "Peers")])
def test_a_group_or_index_has_no_damages(
    prices: Prices, tmp_path: Path, asked: str, named: str
) -> None:
    case = studied(prices, tmp_path, ROUT.replace("NVDA;peers", asked))
    with pytest.raises(InputError, match=named.replace("^", r"\^")):
        damages(case)
