"""Dollars and points, against sums made from the raw prices with nothing of the package."""

from __future__ import annotations

import csv
import io
import lzma
from dataclasses import replace
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm

import eventstudy as es
from eventstudy.evidence.case import Case
from eventstudy.evidence.parts.value import Value
from eventstudy.evidence.value import value
from eventstudy.prices.load import load_prices
from eventstudy.prices.prices import Prices, make_prices
from eventstudy.prices.shares import Shares, load_shares
from eventstudy.result.dollars import asset_values, index_points

REPOSITORY = Path(__file__).resolve().parents[2]
ROUT = "deepseek-app-store"
DAY, BEFORE = "2025-01-27", "2025-01-24"
SHARES = {
    "NVDA": 24_490_000_000,
    "AVGO": 4_690_000_000,
    "MRVL": 865_300_000,
    "AMD": 1_620_477_962,
    "ARM": 1_050_000_000,
    "TSM": 5_186_546_648,
    "MU": 1_110_000_000,
    "ASML": 393_283_720,
    "DELL": 697_700_000,
    "ANET": 4 * 314_940_000,
    "NOW": 5 * 206_000_000,
}


@cache
def sample(column: int) -> pd.DataFrame:
    """The packed CSV as a table of sessions × tickers: close (2) or adjusted close (3)."""
    packed = (resources.files("eventstudy") / "data" / "prices.csv.xz").read_bytes()
    rows = list(csv.reader(io.StringIO(lzma.decompress(packed).decode())))
    head = rows[0]
    name = {2: "close", 3: "adj_close"}[column]
    at = [head.index(c) for c in ("date", "ticker", name)]
    cells = [(r[at[0]], r[at[1]], float(r[at[2]])) for r in rows[1:] if r[at[2]]]
    table = pd.DataFrame(cells, columns=["date", "ticker", "price"])
    return table.set_index(["date", "ticker"])["price"].unstack()  # noqa: PD010


def fit(y: np.ndarray, x: np.ndarray, at: int) -> tuple[float, float, float]:
    """AR on session `at`, its standard error and half its placebo interval at 95%."""
    past = np.arange(at - 260, at - 10)
    past = past[np.isfinite(y[past]) & np.isfinite(x[past])]
    ols = sm.OLS(y[past], sm.add_constant(x[past])).fit()
    row = np.array([[1.0, x[at]]])
    ar = y[at] - float(ols.predict(row)[0])
    se = float(ols.get_prediction(row).se_obs[0])
    return ar, se, se * kept(ols)


def kept(ols: Any) -> float:
    """What the placebo test keeps: at most 5% of the left-out residuals and the event beyond."""
    far = np.sort(np.abs(ols.get_influence().resid_studentized_external))[::-1]
    return float(far[int(0.05 * (len(far) + 1)) - 1])


@pytest.fixture(scope="module")
def prices() -> Prices:
    return load_prices("bundled")


@pytest.fixture(scope="module")
def result(prices: Prices) -> es.StudyResult:
    events = es.read_events(REPOSITORY / "events.csv")
    return es.EventStudy(compare=()).run(events, prices, event_ids=[ROUT])


@pytest.fixture(scope="module")
def found(result: es.StudyResult, prices: Prices) -> Value:
    return value(Case(result, prices))


def test_the_reported_loss_of_nvidia() -> None:
    """About $590 billion, as it was reported: from the raw prices alone."""
    close = sample(2)["NVDA"]
    assert (close[DAY] - close[BEFORE]) * SHARES["NVDA"] == pytest.approx(-590e9, abs=5e9)


@pytest.mark.parametrize("ticker", list(SHARES))
def test_an_asset(found: Value, ticker: str) -> None:
    close, adjusted = sample(2), sample(3)
    returns = adjusted.pct_change(fill_method=None)
    at = list(returns.index).index(DAY)
    ar, se, half = fit(returns[ticker].to_numpy(), returns["^GSPC"].to_numpy(), at)
    worth = close.loc[BEFORE, ticker] * SHARES[ticker]
    row = found.assets.set_index("ticker").loc[ticker]
    assert row["raw"] == pytest.approx((close.loc[DAY, ticker] * SHARES[ticker]) - worth)
    expected = [ar * worth, se * worth, (ar - half) * worth, (ar + half) * worth]
    assert row[["abnormal", "se", "low", "high"]].tolist() == pytest.approx(expected)
    assert row["reason"] == ""


@pytest.mark.parametrize(
    ("group", "members", "without"),
    [
        ("custom-silicon", ["AVGO", "MRVL", "AMD", "ARM"], ""),
        ("chip-supply", ["TSM", "MU", "ASML"], ""),
        ("ai-servers", ["DELL", "ANET"], "SMCI"),
    ],
)
def test_a_group_total_with_the_same_day_covariance(
    found: Value, group: str, members: list[str], without: str
) -> None:
    returns = sample(3).pct_change(fill_method=None)
    at = list(returns.index).index(DAY)
    past, market = np.arange(at - 260, at - 10), returns["^GSPC"].to_numpy()
    X = sm.add_constant(market[past])
    Y = returns[members].to_numpy()
    residuals = Y[past] - X @ np.linalg.lstsq(X, Y[past], rcond=None)[0]
    covariance = residuals.T @ residuals / (len(past) - 2)
    x = np.array([1.0, market[at]])
    w = np.array([sample(2).loc[BEFORE, t] * SHARES[t] for t in members])
    se = np.sqrt(w @ covariance @ w * (1 + x @ np.linalg.inv(X.T @ X) @ x))
    row = found.totals.set_index("group").loc[group]
    assert row["se"] == pytest.approx(se)
    alone = found.assets.set_index("ticker").loc[members]
    assert row["abnormal"] == pytest.approx(alone["abnormal"].sum())
    assert row["raw"] == pytest.approx(alone["raw"].sum())
    together = sm.OLS(Y[past] @ w / w.sum(), X)
    assert row["high"] - row["low"] == pytest.approx(2 * se * kept(together.fit()))
    assert row["se"] != pytest.approx(np.sqrt((alone["se"] ** 2).sum()), rel=1e-3)
    assert (row["members"], row["without"], row["n"]) == (";".join(members), without, len(members))


def test_a_single_member_is_its_own_total(found: Value) -> None:
    one = found.totals.set_index("group").loc["nvidia"]
    asset = found.assets.set_index("ticker").loc["NVDA"]
    names = ["raw", "abnormal", "se", "low", "high"]
    assert one[names].tolist() == pytest.approx(asset[names].tolist())


def test_the_total_has_every_asset_once_and_names_the_rest(found: Value) -> None:
    total = found.total
    assert total["group"] == "all"
    assert total["n"] == len(found.known) == 24
    assert total["abnormal"] == pytest.approx(found.known["abnormal"].sum())
    unknown = found.assets[found.assets["abnormal"].isna()]
    assert total["without"] == ";".join(unknown["ticker"])
    assert set(unknown["reason"]) == {"no dated source of its shares outstanding"}
    assert list(unknown["ticker"]) == ["SMCI"]


def test_a_group_without_a_figure_says_so(result: es.StudyResult, prices: Prices) -> None:
    context = result.context
    assert context is not None
    power = ("VST", "CEG", "GEV", "ETN", "VRT")
    shares = {ticker: n for ticker, n in context.shares.items() if ticker not in power}
    without = replace(result, context=replace(context, shares=shares))
    empty = value(Case(without, prices)).totals.set_index("group").loc["ai-power"]
    assert empty["reason"] == "no member has a figure"
    assert empty[["raw", "abnormal", "se", "equal_weighted", "value_weighted"]].isna().all()


def test_prices_in_another_currency_make_no_dollars(result: es.StudyResult, prices: Prices) -> None:
    context = result.context
    assert context is not None
    abroad = replace(context, origin={**context.origin, "currency": "EUR"})
    found = value(Case(replace(result, context=abroad), prices))
    assert set(found.assets["reason"]) == {"its price is in EUR, and the amounts are in dollars"}
    assert found.assets[["raw", "abnormal", "shares"]].isna().all(axis=None)
    assert found.indices["raw"].notna().all()
    unsaid = replace(context, origin={**context.origin, "currency": ""})
    assert value(Case(replace(result, context=unsaid), prices)).total["n"] == 24


def test_index_points(found: Value) -> None:
    row = found.indices.set_index("ticker").loc["^IXIC"]
    assert round(row["raw"], 2) == -612.47
    returns = sample(3).pct_change(fill_method=None)
    at = list(returns.index).index(DAY)
    ar, _, half = fit(returns["^IXIC"].to_numpy(), returns["^GSPC"].to_numpy(), at)
    before = sample(2).loc[BEFORE, "^IXIC"]
    assert row["abnormal"] == pytest.approx(ar * before)
    assert [row["low"], row["high"]] == pytest.approx([(ar - half) * before, (ar + half) * before])
    assert not set(found.assets["ticker"]) & set(found.indices["ticker"])


def test_the_pure_tables_are_those_of_the_story(result: es.StudyResult, found: Value) -> None:
    from eventstudy.report.story import Story

    story = Story(result, ROUT)
    lead = story.leads[0]
    row = asset_values(story.result).set_index("ticker").loc["NVDA"]
    assert story.dollars(lead) == pytest.approx((row["raw"], row["abnormal"]))
    points = index_points(story.result).set_index("ticker").loc["^IXIC", "raw"]
    assert story.points(story.leads[1]) == pytest.approx(points)
    pd.testing.assert_frame_equal(asset_values(story.result), found.assets)


def test_sources_and_plain_columns(found: Value) -> None:
    nvidia = found.assets.set_index("ticker").loc["NVDA"]
    assert nvidia["as_of"] == "2024-11-15"
    assert nvidia["source"].startswith("Form 10-Q")
    kinds = {"str", "int64", "float64"}
    for table in (found.assets, found.totals, found.indices):
        assert {str(kind) for kind in table.dtypes} <= kinds
        assert isinstance(table.index, pd.RangeIndex)


# A world of our own: gaps, data that end early, the user's own shares.

SESSIONS = 300
AT = 280


def returns_of_three() -> np.ndarray:
    rng = np.random.default_rng(3)
    market = 0.01 * rng.standard_normal(SESSIONS)
    own = 0.02 * rng.standard_normal((SESSIONS, 2)) + 0.01 * rng.standard_normal((SESSIONS, 1))
    return np.column_stack([1.3 * market[:, None] + own, market])


def small_case(
    tmp_path: Path,
    returns: np.ndarray,
    gap: slice | None = None,
    keep: int = SESSIONS,
    other: slice | None = None,
) -> Case:
    from eventstudy.calendars import sessions_between

    days = pd.DatetimeIndex(
        sessions_between(
            pd.Timestamp("2020-01-02").date(), pd.Timestamp("2021-12-31").date(), "XNYS"
        )
    )[:SESSIONS]
    close = pd.DataFrame(100 * np.cumprod(1 + returns, axis=0), days, ["AA", "BB", "^GSPC"])
    if gap is not None:
        close.iloc[gap, 1] = np.nan
    if other is not None:
        close.iloc[other, 0] = np.nan
    source = make_prices(close.iloc[:keep], provenance=load_prices(tickers="NVDA").provenance)
    file = tmp_path / "events.csv"
    file.write_text(
        "event_id,title,announced_at,timing,category,groups,benchmark,headline,source,notes\n"
        f"e1,News,{days[AT]:%Y-%m-%d},pre,test,pair,,yes,none,\n"
    )
    groups = tmp_path / "groups.toml"
    groups.write_text('[groups.pair]\nmembers = ["AA", "BB"]\n')
    study = es.EventStudy(window=(0, 2), car=[(0, 0)], compare=())
    return Case(study.run(es.read_events(file), source, groups=groups), source)


def own_shares(case: Case, **counts: float) -> dict[str, Shares]:
    return {t: Shares(t, n, f"{case.day0:%Y-%m}", "a filing", "") for t, n in counts.items()}


def test_shares_of_the_user(tmp_path: Path) -> None:
    case = small_case(tmp_path, returns_of_three())
    with pytest.raises(es.InputError, match="Nothing moves in dollars or points at e1"):
        value(case)
    found = value(case, own_shares(case, AA=1e6))
    close = case.prices.close["AA"]
    row = found.assets.set_index("ticker").loc["AA"]
    assert row["raw"] == pytest.approx((close.iloc[AT] - close.iloc[AT - 1]) * 1e6)
    assert row["source"] == "a filing"
    assert found.total["without"] == "BB"
    old = {"AA": Shares("AA", 1e6, "2015-01", "a filing", "")}
    reason = asset_values(case.result, old)["reason"].iloc[0]
    assert reason == "shares outstanding of 2015-01, more than 366 days from the event"


def test_changed_data_change_the_amount(tmp_path: Path) -> None:
    returns = returns_of_three()
    case = small_case(tmp_path, returns)
    first = value(case, own_shares(case, AA=1e6, BB=2e6))
    returns[AT, 1] -= 0.1
    again = small_case(tmp_path, returns)
    second = value(again, own_shares(again, AA=1e6, BB=2e6))
    worth = case.prices.close["BB"].iloc[AT - 1] * 2e6
    assert second.total["abnormal"] - first.total["abnormal"] == pytest.approx(-0.1 * worth)
    assert second.total["se"] == pytest.approx(first.total["se"])


def test_members_with_different_sessions_share_those_that_both_have(tmp_path: Path) -> None:
    case = small_case(tmp_path, returns_of_three(), gap=slice(100, 130))
    found = value(case, own_shares(case, AA=1e6, BB=2e6))
    rows = found.assets.set_index("ticker")
    assert found.total["abnormal"] == pytest.approx(rows["abnormal"].sum())
    returns = case.prices.close.pct_change(fill_method=None)
    worth = rows["previous_close"] * rows["shares"]
    together = returns[["AA", "BB"]].to_numpy() @ (worth / worth.sum()).to_numpy()
    _, se, _ = fit(together, returns["^GSPC"].to_numpy(), AT)
    assert found.total["se"] == pytest.approx(se * worth.sum())
    assert found.total["n_obs"] == 250 - 31


def test_a_halt_on_the_day_leaves_the_total_without_the_asset(tmp_path: Path) -> None:
    case = small_case(tmp_path, returns_of_three(), gap=slice(AT, AT + 1))
    found = value(case, own_shares(case, AA=1e6, BB=2e6))
    row = found.assets.set_index("ticker").loc["BB"]
    assert np.isnan(row["abnormal"])
    assert row["reason"] == "no abnormal return on day 0"
    assert (found.total["members"], found.total["without"]) == ("AA", "BB")


def test_no_interval_where_too_few_sessions_are_shared(tmp_path: Path) -> None:
    case = small_case(tmp_path, returns_of_three(), slice(150, 260), other=slice(20, 130))
    assert case.result.n == 2
    found = value(case, own_shares(case, AA=1e6, BB=2e6))
    assert found.total["abnormal"] == pytest.approx(found.assets["abnormal"].sum())
    assert np.isnan(found.total[["se", "low", "high"]].astype(float)).all()
    assert found.total["reason"].startswith("no standard error: 28 valid returns in the estimation")


def test_data_that_end_with_the_day_before(tmp_path: Path) -> None:
    case = small_case(tmp_path, returns_of_three(), keep=AT + 1)
    assert value(case, own_shares(case, AA=1e6)).date == f"{case.day0:%Y-%m-%d}"


class TestLoadShares:
    def read(self, tmp_path: Path, text: str) -> dict[str, Shares]:
        file = tmp_path / "mine.toml"
        file.write_text(text)
        return dict(load_shares(file))

    def test_good(self, tmp_path: Path) -> None:
        text = '[MRVL]\nshares = 865_000_000\nas_of = 2024-11-29\nsource = "10-Q"\n'
        found = self.read(tmp_path, text)
        assert found == {"MRVL": Shares("MRVL", 865e6, "2024-11-29", "10-Q", "")}

    @pytest.mark.parametrize(
        ("entry", "said"),
        [
            (
                'shares = -1\nas_of = "2024-11"\nsource = "x"',
                "shares is -1; it should be a positive",
            ),
            ('shares = true\nas_of = "2024-11"\nsource = "x"', "shares is True; it should be"),
            ('shares = inf\nas_of = "2024-11"\nsource = "x"', "shares is inf; it should be"),
            ('shares = 1\nas_of = "Q3"\nsource = "x"', "as_of is 'Q3'; write a month"),
            ('shares = 1\nas_of = "2024-13"\nsource = "x"', "as_of is '2024-13'; write a month"),
            ('shares = 1\nas_of = "2024-11"\nsource = " "', "source is empty; name the filing"),
            ('shares = 1\nas_of = "2024-11"', "source is missing; add it"),
            ('shares = 1\nas_of = "2024-11"\nsource = "x"\nprice = 2', "price is not known; known"),
            (
                'shares = 1\nas_of = "2024-11"\nsource = "x"\nnote = 2',
                "note is 2; it should be text",
            ),
        ],
    )
    def test_bad_entries(self, tmp_path: Path, entry: str, said: str) -> None:
        with pytest.raises(es.InputError) as caught:
            self.read(tmp_path, f"[AA]\n{entry}\n[BB]\nshares = 0\n")
        assert any(f"table [AA]: {said}" in p for p in caught.value.problems)
        assert any("table [BB]: as_of is missing" in p for p in caught.value.problems)

    def test_files_that_are_none(self, tmp_path: Path) -> None:
        with pytest.raises(es.InputError, match="names no shares"):
            self.read(tmp_path, "")
        with pytest.raises(es.InputError, match=r"table \[AA\]: 3 should be a table"):
            self.read(tmp_path, "AA = 3\n")
        with pytest.raises(es.InputError, match="There is no shares file"):
            load_shares(tmp_path / "none.toml")
