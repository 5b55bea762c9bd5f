"""Placebos in time and in space, against fits of our own from the packed prices."""

from __future__ import annotations

import csv
import io
import lzma
from copy import copy
from functools import cache
from importlib import resources
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from evidence_helpers import case_of, prices_of, world
from scipy import stats

import eventstudy as es
from eventstudy.errors import InputError
from eventstudy.evidence.case import Case
from eventstudy.evidence.placebos import placebo_assets, placebo_dates, placebos
from eventstudy.prices.prices import Prices
from eventstudy.spec.windows import Window

REPOSITORY = Path(__file__).resolve().parents[2]
ROUT, DAY = "deepseek-app-store", "2025-01-27"
HYPERSCALERS = ["MSFT", "GOOGL", "AMZN", "META", "ORCL"]


@cache
def table() -> pd.DataFrame:
    """Adjusted closes, sessions × tickers, straight from the packed CSV."""
    packed = (resources.files("eventstudy") / "data" / "prices.csv.xz").read_bytes()
    rows = list(csv.DictReader(io.StringIO(lzma.decompress(packed).decode())))
    cells = [(r["date"], r["ticker"], float(r["adj_close"])) for r in rows if r["adj_close"]]
    frame = pd.DataFrame(cells, columns=["date", "ticker", "close"])
    return frame.set_index(["date", "ticker"])["close"].unstack()  # noqa: PD010


def returns(*tickers: str) -> np.ndarray:
    """Return of each session, the mean over the tickers."""
    close = table()[list(tickers)].to_numpy()
    made = close[1:] / close[:-1] - 1
    return np.append(np.nan, made.mean(axis=1))


def scar(y: np.ndarray, x: np.ndarray, at: int, start: int, end: int) -> tuple[float, float]:
    """(CAR, SCAR) over [at + start, at + end], market model on sessions −260 to −11."""
    past = np.arange(at - 260, at - 10)
    past = past[np.isfinite(y[past]) & np.isfinite(x[past])]
    X = np.column_stack([np.ones(len(past)), x[past]])
    b = np.linalg.lstsq(X, y[past], rcond=None)[0]
    rest = y[past] - X @ b
    days = np.arange(at + start, at + end + 1)
    Z = np.column_stack([np.ones(len(days)), x[days]])
    car = float((y[days] - Z @ b).sum())
    total = Z.sum(axis=0)
    v = len(days) + total @ np.linalg.inv(X.T @ X) @ total
    return car, car / np.sqrt(rest @ rest / (len(past) - 2) * v)


@pytest.fixture(scope="module")
def case() -> Case:
    prices = es.load_prices("bundled")
    study = es.EventStudy(compare=())
    result = study.run(es.read_events(REPOSITORY / "events.csv"), prices, event_ids=[ROUT])
    return Case(result, prices)


@pytest.mark.parametrize("window", [(0, 0), (-1, 1)])
@pytest.mark.parametrize(("lead", "tickers"), [(0, ["NVDA"]), (2, HYPERSCALERS)])
def test_every_day_is_refitted(
    case: Case, lead: int, tickers: list[str], window: tuple[int, int]
) -> None:
    entity = case.leads[lead]
    row, draws = placebo_dates(case, [entity], [window]).of("time", entity, Window(*window))
    sessions = list(table().index)
    y, x = returns(*tickers), returns("^GSPC")
    expected = [scar(y, x, sessions.index(f"{d:%Y-%m-%d}"), *window) for d in draws["date"]]
    assert np.allclose(draws[["car", "statistic"]], expected, rtol=1e-9, atol=1e-13)
    observed = scar(y, x, sessions.index(DAY), *window)
    assert np.allclose([row["car"], row["statistic"]], observed, rtol=1e-9)
    z = np.array([statistic for _, statistic in expected])
    count = len(z)
    ordinary = case.ordinary_days(entity.members, Window(-260, -11), Window(*window))
    assert list(draws["date"]) == list(ordinary)
    assert row["n_placebos"] == count == len(ordinary)
    assert row["n_apart"] == count // (window[1] - window[0] + 1)
    beyond = (np.abs(z) >= abs(observed[1])).sum()
    assert row["rank"] == 1 + beyond
    assert row["p_value"] == pytest.approx((1 + beyond) / (1 + count))
    assert row["p_less"] == pytest.approx((1 + (z <= observed[1]).sum()) / (1 + count))
    assert row["p_greater"] == pytest.approx((1 + (z >= observed[1]).sum()) / (1 + count))
    assert (row["first"], row["last"]) == (ordinary[0], ordinary[-1])


@pytest.mark.parametrize(("lead", "tickers"), [(0, ["NVDA"]), (2, HYPERSCALERS)])
def test_every_other_asset_of_that_day(case: Case, lead: int, tickers: list[str]) -> None:
    entity = case.leads[lead]
    found = placebo_assets(case, [entity], [(0, 5)])
    row, draws = found.of("space", entity, Window(0, 5))
    others = [t for t in table() if not t.startswith("^") and t not in ("EW_EX_AI", *tickers)]
    assert sorted(draws["ticker"]) == others
    at, x = list(table().index).index(DAY), returns("^GSPC")
    expected = [scar(returns(ticker), x, at, 0, 5) for ticker in draws["ticker"]]
    assert np.allclose(draws[["car", "statistic"]], expected, rtol=1e-9)
    observed = scar(returns(*tickers), x, at, 0, 5)[1]
    z = np.abs([statistic for _, statistic in expected])
    assert row["rank"] == 1 + (z >= abs(observed)).sum()
    assert row["p_value"] == pytest.approx(row["rank"] / (1 + len(others)))
    assert pd.isna(row["first"])
    why = dict(zip(found.left_out["ticker"], found.left_out["reason"], strict=True))
    assert why["EW_EX_AI"] == why["^GSPC"] == "is a benchmark"
    assert why["^IXIC"] == "is an index"
    assert why[tickers[0]] == f"belongs to {entity.name}"
    assert len(why) + len(draws) == len(table().columns)
    assert draws.loc[draws["ticker"] == "AVGO", "name"].item() == "Broadcom"


def test_both_kinds_over_day_0_and_the_study_s_windows(case: Case) -> None:
    found = placebos(case)
    keys = found.summary[["kind", "entity", "window_start", "window_end"]]
    windows = [(0, 0), (-1, 1), (0, 5), (0, 20)]
    assert [tuple(k) for k in keys.itertuples(index=False)] == [
        (kind, entity.key, *window)
        for kind in ("time", "space")
        for entity in case.leads
        for window in windows
    ]
    assert (found.summary["reason"] == "").all()
    counts = found.draws.groupby(list(keys.columns), sort=False).size()
    assert list(counts) == list(found.summary["n_placebos"])
    kinds = {str(t) for f in (found.summary, found.draws, found.left_out) for t in f.dtypes}
    assert kinds <= {"str", "int64", "float64", "datetime64[ns]"}
    own = found.of("time", case.leads[0], Window(0, 5))[0]
    assert own["statistic"] == pytest.approx(case.result.car((0, 5)).loc[(ROUT, "NVDA"), "t"])
    with pytest.raises(InputError, match="no placebos in time of Nvidia"):
        found.of("time", case.leads[0], Window(0, 3))


@pytest.fixture(scope="module")
def quiet() -> Prices:
    return world(6, 7, betas=(0.5, 1.5))


def test_a_missing_day_is_no_placebo_and_says_so(quiet: Prices) -> None:
    close = quiet.close.copy()
    close.iloc[200, close.columns.get_loc("A0")] = np.nan
    found = placebo_dates(case_of(prices_of(close), ["A0", "A1"]))
    out = found.left_out
    assert set(out["ticker"]) == {"A0"}
    gone = out[out["window_end"] == 0]
    assert list(gone["date"]) == [quiet.sessions[200], quiet.sessions[201]]
    assert set(gone["reason"]) == {"no abnormal return on day 0"}
    longer = out[out["window_end"] == 4]
    assert list(longer["date"]) == list(quiet.sessions[196:202])
    assert set(longer["reason"]) == {
        f"no abnormal return on day {s}" for s in ("0", "+1", "+2", "+3", "+4")
    }
    by = found.summary.set_index(["entity", "window_end"])["n_placebos"]
    assert by["A0", 0] == by["A1", 0] - 2


def test_an_event_without_a_figure_has_no_rank(quiet: Prices) -> None:
    found = placebos(case_of(prices_of(quiet.close.iloc[:243]), ["A0"]))
    late = found.summary[found.summary["window_end"] == 4]
    last = f"{quiet.sessions[242]:%Y-%m-%d}"
    assert late["reason"].tolist() == [f"the data end {last}, before day +3"] * 2
    assert late[["statistic", "rank", "p_value", "p_less", "p_greater"]].isna().all(axis=None)
    assert late["n_placebos"].iloc[0] > 50
    same = found.summary[found.summary["window_end"] == 0]
    assert same["p_value"].between(0, 1).all()


def test_an_asset_alone_and_too_short_a_history(quiet: Prices) -> None:
    alone = prices_of(quiet.close[["A0", "^GSPC"]].iloc[180:])
    found = placebos(case_of(alone, ["A0"], at=60, min_obs=20, estimation=(-59, -11)))
    time, space = (found.summary[found.summary["kind"] == k].iloc[0] for k in ("time", "space"))
    assert np.isfinite(time["p_value"])
    assert space["n_placebos"] == 0
    assert np.isnan(space["p_value"])
    assert space["reason"] == "no other asset of the prices has a figure on that day"
    short = case_of(prices_of(quiet.close.iloc[171:246]), ["A0"], at=69, min_obs=20)
    time = placebo_dates(short, windows=[(0, 0)]).summary.iloc[0]
    assert np.isfinite(time["statistic"])
    assert time["n_placebos"] == 0
    assert np.isnan(time["rank"])
    assert time["reason"] == "no ordinary day has the estimation window and the window clear"


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"rolling": True}, "this study has a rolling one"),
        ({"post_estimation": (20, 60)}, "this study has a second one"),
        ({"model": "garch"}, "the model garch is fitted one observation at a time"),
    ],
)
def test_what_is_not_refitted_says_why(quiet: Prices, options: dict, said: str) -> None:
    options = {"estimation": (-80, -20), "car": ((0, 0),), **options}
    found = placebos(case_of(quiet, ["A0"], **options))
    time, space = (found.summary[found.summary["kind"] == k].iloc[0] for k in ("time", "space"))
    assert said in time["reason"]
    assert np.isnan(time["p_value"])
    assert np.isfinite(time["statistic"])
    assert space["n_placebos"] == 5
    assert np.isfinite(space["p_value"])


def test_windows_outside_the_study_are_refused(quiet: Prices) -> None:
    case = case_of(quiet, ["A0"])
    with pytest.raises(InputError, match=r"\[0, \+9\] leaves the estimated days \[−2, \+5\]"):
        placebo_dates(case, windows=[(0, 9)])
    with pytest.raises(InputError, match="ends before it starts"):
        placebo_assets(case, windows=[(1, 0)])


def test_a_planted_shock_is_the_most_extreme(quiet: Prices) -> None:
    close = quiet.close.copy()
    close.iloc[240:, close.columns.get_loc("A0")] *= 0.8
    found = placebos(case_of(prices_of(close), ["A0"], car=((0, 0),)))
    assert found.summary["rank"].tolist() == [1.0, 1.0]
    assert found.summary["p_less"].tolist() == found.summary["p_value"].tolist()
    assert found.summary["p_value"].tolist() == (1 / (1 + found.summary["n_placebos"])).tolist()


def assert_uniform(p: np.ndarray, placebos: np.ndarray, seed: int = 0) -> None:
    """At 5, 25 and 50% within three standard errors, and by Kolmogorov-Smirnov, spread over the
    steps of 1/(1 + B)."""
    for level in (0.05, 0.25, 0.5):
        exact = np.floor(level * (1 + placebos) + 1e-9) / (1 + placebos)
        error = np.sqrt(level * (1 - level) / len(p))
        assert abs((p <= level + 1e-9).mean() - exact.mean()) < 3 * error, level
    spread = p - np.random.default_rng(seed).random(len(p)) / (1 + placebos)
    assert stats.kstest(spread, "uniform").pvalue > 0.01


@pytest.mark.parametrize("window", [(0, 0), (0, 4)])
def test_p_in_time_is_uniform_where_nothing_happened(window: tuple[int, int]) -> None:
    """300 assets whose returns, but for the market, are independent."""
    case = case_of(world(300, 11, betas=(0.5, 1.5)), [f"A{i}" for i in range(300)])
    found = placebo_dates(case, case.entities, [window]).summary
    assert len(found) == 300
    for p in ("p_value", "p_less", "p_greater"):
        assert_uniform(found[p].to_numpy(), found["n_placebos"].to_numpy())


@pytest.mark.weekly
@pytest.mark.slow
def test_p_in_space_is_uniform_where_nothing_happened() -> None:
    """300 days, at each of which another asset is ranked among 19 others."""
    prices = world(20, 12, sessions=700, betas=(0.5, 1.5))
    first = case_of(prices, [f"A{i}" for i in range(20)])
    _ = first.returns  # made once for all copies
    rows = []
    for k in range(300):
        case = copy(first)
        vars(case)["day0"] = prices.sessions[80 + 2 * k]
        entity = first.entities[k % 20]
        rows.append(placebo_assets(case, [entity], [(0, 0)]).summary)
    found = pd.concat(rows)
    assert set(found["n_placebos"]) == {19}
    for p in ("p_value", "p_less", "p_greater"):
        assert_uniform(found[p].to_numpy(), found["n_placebos"].to_numpy())
