"""Another benchmark beside the study's own, against least squares from the raw prices."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm

import eventstudy as es
from eventstudy.evidence.case import Case
from eventstudy.evidence.contamination import contamination, leave_out
from eventstudy.evidence.parts.contamination import Change, Contamination, change_sentence
from eventstudy.prices.prices import Prices
from eventstudy.spec.windows import Window
from eventstudy.text.numbers import percent

REPOSITORY = Path(__file__).resolve().parents[2]
ROUT = "deepseek-app-store"
OTHER = "EW_EX_AI"


@pytest.fixture(scope="module")
def prices() -> Prices:
    return es.load_prices("bundled")


def run(prices: Prices, event_id: str = ROUT, **options: object) -> Case:
    events = es.read_events(REPOSITORY / "events.csv")
    result = es.EventStudy(**options).run(events, prices, event_ids=[event_id])
    return Case(result, prices)


@pytest.fixture(scope="module")
def found(prices: Prices) -> Contamination:
    return contamination(run(prices))


def least_squares(
    y: np.ndarray, x: np.ndarray, at: int, days: range
) -> tuple[float, np.ndarray, np.ndarray]:
    """CAR, residuals of the 250 sessions, and what each of them weighs in the forecast."""
    past = np.arange(at - 260, at - 10)
    now = np.array([at + day for day in days])
    X, Z = sm.add_constant(x[past]), np.column_stack([np.ones(len(now)), x[now]])
    fine = np.isfinite(y[past])
    hat = np.zeros((len(now), len(past)))
    hat[:, fine] = Z @ np.linalg.pinv(X[fine])
    car = float((y[now] - hat[:, fine] @ y[past][fine]).sum())
    residuals = np.where(fine, y[past] - X @ (np.linalg.pinv(X[fine]) @ y[past][fine]), 0.0)
    return car, residuals, hat.sum(axis=0)


MEMBERS = ["MSFT", "GOOGL", "AMZN", "META", "ORCL"]


@pytest.mark.parametrize("key", ["NVDA", "^IXIC", "GEV", "hyperscalers"])
@pytest.mark.parametrize("window", [(0, 0), (0, 20)])
def test_both_estimates_and_the_error_of_their_difference(
    found: Contamination, prices: Prices, key: str, window: tuple[int, int]
) -> None:
    returns = prices.adj_close.pct_change(fill_method=None)
    at, days = (
        list(returns.index).index(pd.Timestamp("2025-01-27")),
        range(window[0], window[1] + 1),
    )
    y = (returns[MEMBERS].mean(axis=1) if key == "hyperscalers" else returns[key]).to_numpy()
    car, u, h = least_squares(y, returns["^GSPC"].to_numpy(), at, days)
    against, v, g = least_squares(y, returns[OTHER].to_numpy(), at, days)
    n = int((u != 0).sum())
    rows = found.table[(found.table["start"] == window[0]) & (found.table["end"] == window[1])]
    row = rows.set_index("key").loc[key]
    se = np.sqrt(u @ u / (n - 2) * (len(days) + h @ h))
    assert row["own"] == pytest.approx(car)
    assert row["own_se"] == pytest.approx(se)
    assert row["against"] == pytest.approx(against)
    assert row["difference"] == pytest.approx(against - car)
    assert row["in_se"] == pytest.approx((against - car) / se)
    # tr(M_u M_v) from the two projections written out
    keep = u != 0
    past = np.arange(at - 260, at - 10)[keep]
    M = [
        np.eye(n) - X @ np.linalg.pinv(X)
        for X in (sm.add_constant(returns[b].to_numpy()[past]) for b in ("^GSPC", OTHER))
    ]
    shared = u @ v / np.trace(M[0] @ M[1])
    variance = u @ u / (n - 2) * (len(days) + h @ h) + v @ v / (n - 2) * (len(days) + g @ g)
    variance -= 2 * shared * (len(days) + h @ g)
    assert row["difference_se"] == pytest.approx(np.sqrt(variance))


def test_the_error_of_the_difference_is_that_of_ordinary_days(prices: Prices) -> None:
    """Over days on which nothing happened difference / error has a spread of about one."""
    returns = prices.adj_close.pct_change(fill_method=None)
    days = returns.index[265:420:5]
    frame = pd.DataFrame({"event_id": [f"d{i}" for i in range(len(days))], "ticker": "IBM"})
    frame["date"] = days
    both = [
        es.EventStudy(benchmark=b, window=(0, 0), car=[(0, 0)]).run(frame, returns=returns).assets
        for b in ("^GSPC", OTHER)
    ]
    from eventstudy.evidence.contamination import difference_errors

    day = Window(0, 0)
    error = difference_errors(both[0].fits, both[1].fits, day, day)
    z = (both[1].fits.ar[:, 0] - both[0].fits.ar[:, 0]) / error
    assert len(z) == 31
    assert 0.6 < np.sqrt((z**2).mean()) < 1.6


def test_flags_and_sentences(found: Contamination) -> None:
    table = found.table
    assert (table["flagged"] == (table["difference"].abs() > table["own_se"])).all()
    assert found.benchmark == "^GSPC"
    assert found.others == (OTHER,)
    nvidia = table[(table["key"] == "NVDA") & (table["end"] == 0)].iloc[0]
    assert nvidia["lead"]
    assert nvidia["flagged"]
    day, longest = found.warnings
    counts = ~table["portfolio"] & ~table["key"].str.startswith("^")  # three are indices
    count = int(table.loc[(table["end"] == 0) & counts, "flagged"].sum())
    assert day.startswith(
        f"Against {OTHER} the abnormal return on day 0 differs by more than one standard error "
        f"for {count} of 25 assets (Nvidia {percent(nvidia['against'], 1)} instead of "
        f"{percent(nvidia['own'], 1)}, "
    )
    assert day.endswith("): chance does not explain the difference.")
    weak = table[table["lead"] & table["flagged"] & (table["end"] > 0)]
    assert (weak["difference"].abs() <= 2 * weak["difference_se"]).all()
    assert longest.endswith("chance alone could explain the difference.")


def test_a_group_that_differs_alone_counts_no_asset() -> None:
    lead = {"name": "Chips", "own": 0.01, "against": 0.02, "difference": 0.01, "difference_se": 1.0}
    sentence = change_sentence(Change("EW", Window(0, 5), (lead,), flagged=0, assets=6))
    assert "Chips +2.0% instead of +1.0%" in sentence
    assert "assets" not in sentence


def test_another_day_another_sentence(prices: Prices) -> None:
    quiet = contamination(run(prices, "deepseek-r1"))
    assert quiet.warnings == ()


def test_plain_columns(found: Contamination) -> None:
    assert {str(kind) for kind in found.table.dtypes} == {"str", "int64", "float64", "bool"}
    assert isinstance(found.table.index, pd.RangeIndex)
    assert set(found.table.loc[found.table["portfolio"], "key"]) >= {"hyperscalers", "ai-power"}


def test_without_a_comparison_the_table_is_empty(prices: Prices) -> None:
    empty = contamination(run(prices, compare=()))
    assert empty.table.empty
    assert empty.warnings == ()
    assert empty.others == ()
    none = contamination(run(prices, model="mean"))
    assert none.benchmark == ""
    assert none.table.empty


def test_models_and_windows_without_an_error_say_so(prices: Prices) -> None:
    rolling = contamination(run(prices, estimation=(-200, -40), rolling=True)).table
    assert rolling["difference"].notna().all()
    assert rolling["difference_se"].isna().all()
    bare = contamination(run(prices, placebo=False)).table
    assert bare["difference"].notna().all()
    assert bare["difference_se"].isna().all()
    assert not bare["portfolio"].any()


def test_an_asset_that_the_other_benchmark_cannot_have(prices: Prices) -> None:
    found = contamination(run(prices, compare=["^IXIC"]))
    row = found.table[found.table["key"] == "^IXIC"].iloc[0]
    assert np.isnan(row["against"])
    assert row["reason"] == "no estimate against ^IXIC"
    assert not row["flagged"]
    assert found.table.loc[found.table["key"] == "NVDA", "difference"].notna().all()


def test_market_adjusted_has_the_error_of_the_benchmarks_themselves(prices: Prices) -> None:
    """AR differ by R_m − R_o, whose spread is that of the benchmarks' difference."""
    row = contamination(run(prices, model="market_adjusted")).table.iloc[0]
    returns = prices.adj_close.pct_change(fill_method=None)
    apart = (returns["^GSPC"] - returns[OTHER]).to_numpy()
    at = list(returns.index).index(pd.Timestamp("2025-01-27"))
    assert row["difference"] == pytest.approx(apart[at])
    assert row["difference_se"] == pytest.approx(apart[at - 260 : at - 10].std(ddof=1))


# An index without some of its members.

T = 320


@pytest.fixture
def world() -> tuple[pd.DataFrame, pd.Series, pd.DataFrame]:
    """Prices of five members held in fixed numbers, the index of all, their weights by session."""
    rng = np.random.default_rng(8)
    moves = 0.01 * rng.standard_normal((T, 1)) + 0.02 * rng.standard_normal((T, 5))
    moves[300, 0] -= 0.15
    days = pd.bdate_range("2020-01-01", periods=T)
    worth = pd.DataFrame(np.cumprod(1 + moves, axis=0) * [50, 20, 15, 10, 5], days, list("ABCDE"))
    index = worth.sum(axis=1).rename("IDX")
    return worth, index, worth.div(index, axis=0)


@pytest.mark.parametrize("names", [["A"], ["A", "C"]])
@pytest.mark.parametrize("at", [0, 150, 319])
def test_leaving_out_is_the_index_of_the_others(world, names: list[str], at: int) -> None:
    worth, index, weights = world
    day = worth.index[at]
    found = leave_out(
        index.pct_change(), worth.pct_change(), dict(weights.loc[day]), names, as_of=day
    )
    rest = worth.drop(columns=names).sum(axis=1).pct_change()
    np.testing.assert_allclose(found.iloc[1:], rest.iloc[1:], atol=1e-13)
    assert found.name == f"IDX without {', '.join(names)}"
    assert np.isnan(found.iloc[0])


def test_weights_before_the_first_session(world) -> None:
    worth, index, weights = world
    moves, market = worth.pct_change().iloc[1:], index.pct_change().iloc[1:]
    found = leave_out(market, moves, {"A": float(weights["A"].iloc[0])})
    rest = worth.drop(columns="A").sum(axis=1).pct_change().iloc[1:]
    np.testing.assert_allclose(found, rest, atol=1e-13)


def test_a_missing_return_is_missing_and_the_weight_stays(world) -> None:
    worth, index, weights = world
    moves = worth.pct_change()
    moves.loc[moves.index[100], "A"] = np.nan
    day = worth.index[0]
    found = leave_out(index.pct_change(), moves, {"A": float(weights.loc[day, "A"])}, as_of=day)
    assert np.flatnonzero(found.isna()).tolist() == [0, 100]
    share, market = float(weights["A"].iloc[99]), index.pct_change()
    expected = (market.iloc[101] - share * moves["A"].iloc[101]) / (1 - share)
    assert found.iloc[101] == pytest.approx(expected)


def test_a_study_on_the_index_without_the_shocked_name(world) -> None:
    worth, index, weights = world
    day = worth.index[0]
    moves, market = worth.pct_change(), index.pct_change()
    bare = leave_out(market, moves, {"A": float(weights.loc[day, "A"])}, as_of=day)
    returns = moves.assign(IDX=market, **{bare.name: bare}).iloc[1:]
    events = pd.DataFrame({"event_id": ["e"], "ticker": ["A"], "date": [worth.index[300]]})
    options = {"window": (0, 1), "car": [(0, 0)]}
    own, clean = (
        es.EventStudy(benchmark=b, **options).run(events, returns=returns).car((0, 0)).iloc[0]
        for b in ("IDX", str(bare.name))
    )
    rest = worth.drop(columns="A").sum(axis=1).pct_change().to_numpy()
    expected, _, _ = least_squares(moves["A"].to_numpy(), rest, 300, range(1))
    assert clean["car"] == pytest.approx(expected)
    assert clean["car"] < own["car"] - 0.05


@pytest.mark.parametrize(
    ("weights", "names", "said"),
    [
        ({"A": 0.5, "B": 0.5}, None, "sum to less than 1; given: A 0.5, B 0.5"),
        ({"A": -0.1}, None, "Weights are positive fractions"),
        ({"A": 0.1}, ["A", "B"], "B has no weight"),
        ({"Z": 0.1}, None, "Z has no returns among the members"),
        ({}, None, "No member was named"),
        ({"A": 0.97}, None, "The weights of A grow to 1.*do not belong together"),
    ],
)
def test_refused_weights(world, weights, names, said: str) -> None:
    worth, index, _ = world
    with pytest.raises(es.InputError, match=said):
        leave_out(index.pct_change(), worth.pct_change(), weights, names)


def test_refused_date(world) -> None:
    worth, index, _ = world
    with pytest.raises(es.InputError, match="2019-01-01 is not a session of IDX"):
        leave_out(index.pct_change(), worth.pct_change(), {"A": 0.5}, as_of="2019-01-01")
