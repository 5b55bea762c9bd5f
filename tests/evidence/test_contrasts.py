"""Differences of groups and of events: against regressions and linear forms from raw prices."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from scipy import stats

import eventstudy as es
from eventstudy.errors import InputError
from eventstudy.events.event import make_event
from eventstudy.events.registry import Events
from eventstudy.evidence.case import Case
from eventstudy.evidence.contrasts import contrasts, difference
from eventstudy.evidence.parts.contrasts import Contrasts

DAY, R1 = "2025-01-27", "2025-01-21"
HYPERSCALERS = ["MSFT", "GOOGL", "AMZN", "META", "ORCL"]
SILICON = ["AVGO", "MRVL", "AMD", "ARM"]


@pytest.fixture(scope="module")
def loaded(flagship):
    return flagship.prices


@pytest.fixture(scope="module")
def returns(loaded) -> pd.DataFrame:
    return loaded.adj_close.pct_change(fill_method=None)


@pytest.fixture(scope="module")
def case(loaded, flagship) -> Case:
    return Case(flagship.both.only("deepseek-app-store"), loaded)


@pytest.fixture(scope="module")
def found(case) -> Contrasts:
    return contrasts(case)


@pytest.fixture
def make(tmp_path: Path, loaded):
    def build(closes=None, groups="NVDA;^IXIC;AMD", others=(), day=DAY, **options: object) -> Case:
        columns = ["NVDA", "AMD", "MSFT", "^IXIC", "^GSPC"]
        frame = loaded.adj_close[columns] if closes is None else closes
        frame.to_csv(tmp_path / "p.csv")
        own = es.load_prices(tmp_path / "p.csv")
        events = [
            make_event(event_id="e", title="E", announced_at=day, groups=groups, headline=True),
            *(
                make_event(event_id=n, title=n, announced_at=d, groups=g, headline=h)
                for n, d, g, h in others
            ),
        ]
        return Case(es.EventStudy(**options).run(Events(tuple(events)), own).only("e"), own)

    return build


def by_dummies(y: pd.Series, market: pd.Series, day: str, window: tuple[int, int]):
    """CAR, its standard error and df by one regression with a dummy for each event day."""
    at = y.index.get_loc(day)
    rows = [*range(at - 260, at - 10), *range(at + window[0], at + window[1] + 1)]
    count = window[1] - window[0] + 1
    dummies = np.vstack([np.zeros((250, count)), np.eye(count)])
    x = np.column_stack([np.ones(len(rows)), market.iloc[rows], dummies])
    used = np.isfinite(y.iloc[rows].to_numpy())
    fit = sm.OLS(y.iloc[rows].to_numpy()[used], x[used]).fit()
    total = np.concatenate([[0, 0], np.ones(count)])
    return fit.params @ total, float(np.sqrt(total @ fit.cov_params() @ total)), fit.df_resid


@pytest.mark.parametrize("window", [(0, 0), (0, 5), (-1, 1), (0, 20)])
@pytest.mark.parametrize(
    ("a", "b", "left", "right"),
    [
        (("AMD", "INTC"), ("NVDA",), ["AMD", "INTC"], ["NVDA"]),
        ("custom-silicon", "NVDA", SILICON, ["NVDA"]),
        ("hyperscalers", "nasdaq", HYPERSCALERS, ["^IXIC"]),
        (("software-adopters", "devices"), "INTC", ["CRM", "NOW", "IBM", "AAPL"], ["INTC"]),
    ],
)
def test_is_the_regression_of_the_difference(case, returns, window, a, b, left, right):
    row = difference(case, a, b, [window]).iloc[0]
    y = returns[left].mean(axis=1) - returns[right].mean(axis=1)
    car, se, df = by_dummies(y, returns["^GSPC"], DAY, window)
    assert (row["car"], row["se"], row["df"]) == pytest.approx((car, se, df), rel=1e-8)
    assert row["t"] == pytest.approx(car / se, rel=1e-8)
    assert row["p_value"] == pytest.approx(2 * stats.t.sf(abs(car / se), df), rel=1e-7)
    assert row["p_greater"] == pytest.approx(stats.t.sf(car / se, df), rel=1e-7)
    assert row["ci_low"] == pytest.approx(car - stats.t.ppf(0.975, df) * se, rel=1e-7)
    assert row["car_a"] - row["car_b"] == pytest.approx(row["car"], abs=1e-12)
    assert row["reason"] == ""


def test_the_placebo_p_leaves_each_session_out(case, returns):
    row = difference(case, "custom-silicon", "NVDA").iloc[0]
    y = (returns[SILICON].mean(axis=1) - returns["NVDA"]).to_numpy()
    x = np.column_stack([np.ones(len(y)), returns["^GSPC"]])
    at = returns.index.get_loc(DAY)
    window = np.arange(at - 260, at - 10)

    def forecast(day: int, rows: np.ndarray) -> float:
        b, ssr, *_ = np.linalg.lstsq(x[rows], y[rows], rcond=None)
        c = 1 + x[day] @ np.linalg.inv(x[rows].T @ x[rows]) @ x[day]
        return float((y[day] - x[day] @ b) / np.sqrt(ssr[0] / (len(rows) - 2) * c))

    placebos = np.array([forecast(day, window[window != day]) for day in window])
    larger = (np.abs(placebos) >= abs(forecast(at, window))).sum()
    assert row["p_placebo"] == pytest.approx((1 + larger) / 251)
    assert larger > 5  # so that the count is really tested


def test_another_day_than_the_events_own(case, returns):
    row = difference(case, "META", "NVDA", [(0, 1)], day0="2025-01-24").iloc[0]
    y = returns["META"] - returns["NVDA"]
    assert (row["car"], row["se"]) == pytest.approx(
        by_dummies(y, returns["^GSPC"], "2025-01-24", (0, 1))[:2], rel=1e-8
    )


def test_only_sessions_that_both_sides_have(loaded, make):
    closes = loaded.adj_close[["NVDA", "AMD", "MSFT", "^IXIC", "^GSPC"]].copy()
    at = closes.index.get_loc(DAY)
    closes.iloc[at - 200 : at - 150, closes.columns.get_loc("AMD")] = np.nan
    closes.iloc[at - 90 : at - 80, closes.columns.get_loc("NVDA")] = np.nan
    row = difference(make(closes), "AMD", "NVDA").iloc[0]
    each = closes.pct_change(fill_method=None)
    car, se, df = by_dummies(each["AMD"] - each["NVDA"], each["^GSPC"], DAY, (0, 0))
    assert row["n_obs"] == 250 - 51 - 11
    assert (row["car"], row["se"], row["df"]) == pytest.approx((car, se, df), rel=1e-8)


@pytest.mark.parametrize("unit", [1.0, 3.0])
def test_two_sides_that_move_as_one_have_no_test(loaded, make, unit):
    """The same returns, and the same but for rounding."""
    closes = loaded.adj_close[["NVDA", "AMD", "MSFT", "^IXIC", "^GSPC"]].copy()
    closes["AMD"] = unit * closes["NVDA"]
    row = difference(make(closes), "NVDA", "AMD").iloc[0]
    assert row["reason"] == "the two sides move as one, so that nothing can be tested"
    assert row[["t", "se", "p_value", "p_placebo", "ci_low", "ci_high"]].isna().all()


def test_a_missing_event_day_has_a_reason(loaded, make):
    closes = loaded.adj_close[["NVDA", "AMD", "MSFT", "^IXIC", "^GSPC"]].copy()
    closes.iloc[closes.index.get_loc(DAY) + 2, closes.columns.get_loc("AMD")] = np.nan
    table = difference(make(closes), "AMD", "NVDA", [(0, 0), (0, 5)])
    assert table["reason"].tolist() == ["", "missing returns of AMD in [0, +5]"]
    assert np.isnan(table["car"][1])
    assert np.isfinite(table["car"][0])


def test_market_adjusted_differences_are_those_of_returns(make):
    case = make(model="market_adjusted")
    row = difference(case, "AMD", "NVDA").iloc[0]
    gap = case.returns["AMD"] - case.returns["NVDA"]
    spread = gap.iloc[case.at - 260 : case.at - 10].std()
    assert row["car"] == pytest.approx(gap.iloc[case.at])
    assert row["se"] == pytest.approx(spread)


def test_two_sides_that_are_correlated_are_not_taken_as_independent(case):
    """The error that the same-day covariance guards against."""
    row = difference(case, "AMD", "NVDA").iloc[0]
    own = case.result.car((0, 0)).droplevel("event_id")["se"]
    assert row["se"] < 0.95 * np.hypot(own["AMD"], own["NVDA"])


@pytest.mark.parametrize(
    ("a", "b", "said"),
    [
        ("^GSPC", "NVDA", "^GSPC is the benchmark: its abnormal return is zero by construction"),
        ("NVDA", ("^GSPC",), "^GSPC is the benchmark: its abnormal return is zero"),
        ("NVDA", "nvidia", "both sides are the same"),
    ],
)
def test_refusals_keep_their_row(case, a, b, said):
    table = difference(case, a, b, [(0, 0), (0, 5)])
    assert len(table) == 2
    assert table["reason"].str.startswith(said).all()
    assert table["car"].isna().all()


@pytest.mark.parametrize("options", [{"model": "robust"}, {"rolling": True, "window": (0, 5)}])
def test_models_without_least_squares_are_refused(make, options):
    case = make(groups="NVDA;^IXIC", car=((0, 0), (0, 5)), **options)
    said = difference(case, "AMD", "NVDA")["reason"][0]
    assert said.startswith("differences are exact for least-squares models only, not for Market mo")
    found = contrasts(case)
    assert found.pairs["reason"].str.startswith("differences are exact").all()
    assert found.history["ar"].notna().all()


def test_unknown_names_and_empty_sides(case):
    with pytest.raises(InputError, match=r"no asset or group 'NVDIA'\. Did you mean 'nvidia'"):
        difference(case, "NVDIA", "AMD")
    with pytest.raises(InputError, match="at least one asset"):
        difference(case, (), "AMD")
    with pytest.raises(InputError, match="overlap"):
        difference(case, "AMD", "NVDA", [(-20, 0)])


def test_days_outside_the_data_say_so(case):
    table = difference(case, "AMD", "NVDA", day0="2031-01-02")
    assert "lies after the last session" in table["reason"][0]
    early = difference(case, "AMD", "NVDA", day0="2023-06-01")
    assert "minimum 120 (min_obs)" in early["reason"][0]


def test_the_pages_pairs_are_each_other_entity_minus_the_first_lead(case, found):
    others = [e.name for e in case.entities[1:]]
    assert found.lead == "Nvidia"
    assert found.pairs["a"].tolist() == [name for name in others for _ in range(2)]
    assert set(zip(found.pairs["start"], found.pairs["end"], strict=True)) == {(0, 0), (0, 20)}
    alone = difference(case, "hyperscalers", "NVDA", [(0, 20)])
    same = found.pairs[(found.pairs["a"] == "Hyperscalers") & (found.pairs["end"] == 20)]
    pd.testing.assert_frame_equal(alone, same.reset_index(drop=True))


def weights_of(market: np.ndarray, at: int, window: tuple[int, int]) -> tuple[np.ndarray, int]:
    """The CAR as a linear form of all returns, by fitting to each unit vector of returns."""
    x = np.column_stack([np.ones(len(market)), market])
    old, new = np.arange(at - 260, at - 10), np.arange(at + window[0], at + window[1] + 1)
    units = np.eye(len(market))
    b = np.linalg.lstsq(x[old], units[old], rcond=None)[0]
    return (units[new] - x[new] @ b).sum(axis=0), len(old) - 2


@pytest.mark.parametrize("window", [(0, 0), (-1, 1), (0, 5), (0, 20)])
@pytest.mark.parametrize(("key", "members"), [("NVDA", ["NVDA"]), ("hyperscalers", HYPERSCALERS)])
def test_two_events_of_one_asset(returns, found, window, key, members):
    """Windows of the two events overlap from [0, +5] on; their estimation windows always do."""
    y, market = returns[members].mean(axis=1).to_numpy()[1:], returns["^GSPC"].to_numpy()[1:]
    at = [returns.index[1:].get_loc(day) for day in (DAY, R1)]
    w = [weights_of(market, day, window)[0] for day in at]
    s2 = []
    for day in at:
        rows = slice(day - 260, day - 10)
        s2.append(sm.OLS(y[rows], sm.add_constant(market[rows])).fit().mse_resid)
    se = np.sqrt(np.mean(s2) * ((w[0] - w[1]) ** 2).sum())
    table = found.headlines
    row = table[(table["key"] == key) & (table["start"] == window[0]) & (table["end"] == window[1])]
    assert len(row) == 1
    row = row.iloc[0]
    assert row["event_id"] == "deepseek-r1"
    assert (row["car_a"], row["car_b"]) == pytest.approx((w[0] @ y, w[1] @ y), rel=1e-7)
    assert (row["car"], row["se"]) == pytest.approx(((w[0] - w[1]) @ y, se), rel=1e-7)
    assert row["p_value"] == pytest.approx(2 * stats.t.sf(abs((w[0] - w[1]) @ y / se), 248))
    assert row["shared"] == max(0, window[1] - window[0] + 1 - 4)


def test_an_event_inside_the_others_estimation_window(loaded, make):
    """Its day counts in both linear forms: 1 in one, a small weight in the other."""
    closes = loaded.adj_close[["NVDA", "AMD", "MSFT", "^IXIC", "^GSPC"]]
    case = make(others=[("old", "2024-10-01", "NVDA", True)], car=((0, 0),), window=(0, 0))
    row = contrasts(case).headlines.query("key == 'NVDA'").iloc[0]
    each = closes.pct_change(fill_method=None).iloc[1:]
    at = [each.index.get_loc(day) for day in (DAY, "2024-10-01")]
    w = [weights_of(each["^GSPC"].to_numpy(), day, (0, 0))[0] for day in at]
    assert w[0][at[1]] != 0
    s2 = [
        sm.OLS(
            each["NVDA"].iloc[d - 260 : d - 10],
            sm.add_constant(each["^GSPC"].iloc[d - 260 : d - 10]),
        )
        .fit()
        .mse_resid
        for d in at
    ]
    assert row["se"] == pytest.approx(np.sqrt(np.mean(s2) * ((w[0] - w[1]) ** 2).sum()), rel=1e-7)


def test_one_asset_over_its_registered_events(found, returns):
    history = found.history[found.history["key"] == "NVDA"].set_index("event_id")
    assert list(history.index) == [
        *("deepseek-v2", "nvda-earnings-2024-11-20", "deepseek-v3", "deepseek-r1", "meta-capex"),
        *("deepseek-app-store", "nvda-earnings-2025-02-26"),
    ]
    assert history.index[history["studied"]].tolist() == ["deepseek-app-store"]
    for row in history.itertuples():
        car, se, df = by_dummies(returns["NVDA"], returns["^GSPC"], f"{row.day0:%Y-%m-%d}", (0, 0))
        assert (row.ar, row.se, row.df) == pytest.approx((car, se, df), rel=1e-8)
    p = history["p_placebo"].to_numpy()
    by_hand, running = np.empty(len(p)), 0.0
    for rank, place in enumerate(np.argsort(p, kind="stable")):
        running = max(running, min(1.0, (len(p) - rank) * p[place]))
        by_hand[place] = running
    np.testing.assert_allclose(history["p_holm"], by_hand, rtol=1e-12)


def test_events_of_one_day_count_once(found):
    """Microsoft and Meta reported on one day: the same test, not two."""
    rows = found.history[found.history["key"] == "hyperscalers"]
    twice = rows[rows["day0"] == "2025-01-30"]
    assert len(twice) == 2
    assert len(set(twice["p_holm"])) == 1
    least = rows.loc[rows["p_placebo"].idxmin()]
    assert least["p_holm"] == pytest.approx(rows["day0"].nunique() * least["p_placebo"])


def test_events_outside_the_data_keep_their_row(make):
    others = [("early", "2023-05-01", "NVDA", True), ("elsewhere", "2024-12-02", "AMD", False)]
    others += [("late", "2025-08-04", "NVDA", True)]
    found = contrasts(make(others=others))
    mine = found.history[found.history["key"] == "NVDA"].set_index("event_id")
    assert list(mine.index) == ["early", "e", "late"]
    assert "2025-08-04 lies after the last session of the data" in mine["reason"]["late"]
    assert "minimum 120 (min_obs)" in mine["reason"]["early"]
    assert np.isnan(mine["ar"]["early"])
    assert mine["p_holm"]["e"] == mine["p_placebo"]["e"]  # the only one with a p
    assert found.headlines["reason"].str.contains("2023-05-01|2025-08-04").all()


def test_one_asset_alone_has_no_pairs(make):
    found = contrasts(make(groups="NVDA"))
    assert found.pairs.empty
    assert found.headlines.empty
    assert len(found.history) == 1
    for table in (found.pairs, found.headlines, found.history):
        assert {str(kind) for kind in table.dtypes} <= {
            *("str", "int64", "float64", "bool", "datetime64[ns]")
        }
