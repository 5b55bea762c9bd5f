"""The specification curve, against fits of our own from the packed prices and factors."""

from __future__ import annotations

import csv
import io
import lzma
from dataclasses import replace
from functools import cache
from importlib import resources
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from evidence_helpers import case_of, prices_of, world
from scipy import stats

import eventstudy as es
from eventstudy.errors import InputError
from eventstudy.evidence.case import Case
from eventstudy.evidence.curve import specification_curve
from eventstudy.evidence.curve_statistics import (
    CurveStatistics,
    curve_p_values,
    curve_statistics,
    normal_values,
)
from eventstudy.evidence.grid import Grid
from eventstudy.evidence.parts.curve import Curve
from eventstudy.spec.windows import Window

REPOSITORY = Path(__file__).resolve().parents[2]
ROUT, DAY = "deepseek-app-store", "2025-01-27"
HYPERSCALERS = ["MSFT", "GOOGL", "AMZN", "META", "ORCL"]
DAY0, LONG = Window(0, 0), Window(0, 20)


def packed(name: str) -> list[dict[str, str]]:
    raw = (resources.files("eventstudy") / "data" / name).read_bytes()
    return list(csv.DictReader(io.StringIO(lzma.decompress(raw).decode())))


@cache
def close() -> dict[str, dict[str, float]]:
    """day → ticker → adjusted close."""
    table: dict[str, dict[str, float]] = {}
    for row in packed("prices.csv.xz"):
        if row["adj_close"]:
            table.setdefault(row["date"], {})[row["ticker"]] = float(row["adj_close"])
    return dict(sorted(table.items()))


@cache
def factors() -> dict[str, dict[str, str]]:
    return {row["date"]: row for row in packed("factors.csv.xz")}


@cache
def returns(kind: str, *tickers: str) -> np.ndarray:
    """The mean return over the tickers, a session each."""
    table = np.array([[day.get(t, np.nan) for t in tickers] for day in close().values()])
    ratio = table[1:] / table[:-1]
    made = np.log(ratio) if kind == "log" else ratio - 1
    return np.append(np.nan, made.mean(axis=1))


def factor(name: str) -> np.ndarray:
    cells = [factors().get(day, {}).get(name, "") for day in close()]
    return np.array([float(cell) if cell else np.nan for cell in cells])


DESIGNS = {
    "market": (),
    "capm": (),
    "mean": (),
    "ff3": ("mkt_rf", "smb_ff3", "hml"),
    "carhart": ("mkt_rf", "smb_ff3", "hml", "mom"),
    "ff5": ("mkt_rf", "smb", "hml", "rmw", "cma"),
}


def expected(
    tickers: list[str], spec: pd.Series, window: Window, at: int
) -> tuple[float, float, int]:
    """(AR or CAR, its standard error, df) of one specification at one session."""
    y = returns(spec["returns"], *tickers)
    model, days = spec["model"], at + np.arange(window.start, window.end + 1)
    past = np.arange(at + spec["end"] - spec["length"] + 1, at + spec["end"] + 1)
    has_benchmark = model in ("market", "market_adjusted", "capm")
    x = returns(spec["returns"], spec["benchmark"]) if has_benchmark else np.zeros(len(y))
    if model == "market_adjusted":
        ar = y - x
        s = np.nanstd(ar[past], ddof=1)
        return float(ar[days].sum()), s * np.sqrt(len(days)), int(np.isfinite(ar[past]).sum()) - 1
    if model in ("capm", "ff3", "carhart", "ff5"):
        y, x = y - factor("rf"), x - factor("rf")
    columns = [factor(name) for name in DESIGNS[model]] + ([x] if has_benchmark else [])
    X = np.column_stack([np.ones(len(y)), *columns])
    past = past[np.isfinite(y[past]) & np.isfinite(X[past]).all(axis=1)]
    ols = sm.OLS(y[past], X[past]).fit()
    total = X[days].sum(axis=0)
    v = len(days) + total @ np.linalg.inv(X[past].T @ X[past]) @ total
    car = float((y[days] - ols.predict(X[days])).sum())
    return car, float(np.sqrt(ols.mse_resid * v)), int(ols.df_resid)


@pytest.fixture(scope="module")
def case() -> Case:
    prices = es.load_prices("bundled")
    study = es.EventStudy(compare=())
    result = study.run(es.read_events(REPOSITORY / "events.csv"), prices, event_ids=[ROUT])
    return Case(result, prices)


@pytest.fixture(scope="module")
def curve(case: Case) -> Curve:
    return specification_curve(case)


@pytest.mark.parametrize(("lead", "tickers"), [(0, ["NVDA"]), (1, ["^IXIC"]), (2, HYPERSCALERS)])
@pytest.mark.parametrize("window", [DAY0, LONG])
def test_specifications_are_those_of_our_own_fits(
    case: Case, curve: Curve, lead: int, tickers: list[str], window: Window
) -> None:
    said, rows = curve.of(case.leads[lead], window)
    at = list(close()).index(DAY)
    for _, row in rows.iloc[:: 7 if lead == 0 else 31].iterrows():
        car, se, df = expected(tickers, row, window, at)
        assert (row["estimate"], row["se"]) == pytest.approx((car, se), rel=1e-8), row
        assert row["df"] == df
        assert row["t"] == pytest.approx(car / se)
        p = 2 * stats.t.sf(abs(car / se), df)
        assert row["p_value"] == pytest.approx(p, rel=1e-7)
        assert row["significant"] == (p < 0.05)
        margin = stats.t.ppf(0.975, df) * se
        assert (row["ci_low"], row["ci_high"]) == pytest.approx((car - margin, car + margin))
    assert said["n_specifications"] == len(rows) == (144 if lead == 1 else 180)
    assert said["n_distinct"] == rows["estimate"].round(10).nunique() < len(rows)
    assert said["median"] == pytest.approx(np.median(rows["estimate"]))
    assert (said["minimum"], said["maximum"]) == (rows["estimate"].min(), rows["estimate"].max())
    same = np.sign(rows["estimate"]) == np.sign(said["median"])
    assert said["share_same_sign"] == pytest.approx(same.mean())
    assert said["n_significant"] == (same & (rows["p_value"] < 0.05)).sum()
    assert said["share_significant"] == pytest.approx(said["n_significant"] / len(rows))


def test_the_grid_and_the_study_s_own_specification(case: Case, curve: Curve) -> None:
    _, rows = curve.of(case.leads[0], DAY0)
    made = {tuple(r) for r in rows[["model", "benchmark"]].itertuples(index=False)}
    benchmarks = ("^GSPC", "EW_EX_AI", "^IXIC")
    assert made == {
        *((m, b) for m in ("market", "market_adjusted") for b in benchmarks),
        ("mean", "none"),
        *((m, "mkt_rf") for m in ("ff3", "carhart", "ff5")),
    }
    each = rows.groupby(["model", "benchmark"]).size()
    assert set(each) == {3 * 3 * 2}
    own = rows[rows["own"]]
    assert own[["model", "benchmark", "length", "end", "returns"]].to_numpy().tolist() == [
        ["market", "^GSPC", 250, -11, "simple"]
    ]
    assert own["estimate"].item() == pytest.approx(
        case.result.car((0, 0)).loc[(ROUT, "NVDA"), "car"]
    )
    assert set(curve.of(case.leads[1], DAY0)[1]["benchmark"]) == {
        "^GSPC",
        "EW_EX_AI",
        "none",
        "mkt_rf",
    }
    constant, out = curve.left_out.iloc[0], curve.left_out.iloc[1]
    assert (constant["entity"], constant["model"]) == ("", "capm")
    assert constant["reason"] == "the risk-free rate is constant, so capm equals the market model"
    assert (out["entity"], out["benchmark"]) == ("^IXIC", "^IXIC")
    assert out["reason"] == "the benchmark ^IXIC is the same as Nasdaq Composite"
    tables = (curve.specifications, curve.summary, curve.placebos, curve.left_out)
    assert {str(t) for f in tables for t in f.dtypes} <= {
        *("str", "bool", "int64", "float64", "datetime64[ns]")
    }


def test_p_of_the_curve_by_counting_days_of_our_own(case: Case) -> None:
    grid = Grid(
        models=("market", "mean"),
        lengths=(120, 200),
        ends=(-11, -31),
        benchmarks=("^GSPC", "EW_EX_AI"),
        returns=("log",),
        windows=(DAY0,),
    )
    lead = case.leads[0]
    curve = specification_curve(case, grid, [lead])
    said, rows = curve.of(lead, DAY0)
    days = case.ordinary_days(("NVDA",), Window(-260, -11), DAY0)
    assert list(curve.placebos["date"]) == list(days)
    sessions = list(close())
    assert len(rows) == 13  # the study's own, of simple returns, beside the twelve of the grid
    made = [
        [
            expected(["NVDA"], row, DAY0, sessions.index(f"{day:%Y-%m-%d}"))
            for _, row in rows.iterrows()
        ]
        for day in (case.day0, *days)
    ]
    car, se, df = (np.array([[one[k] for one in day] for day in made]) for k in range(3))
    p = 2 * stats.t.sf(np.abs(car / se), df)
    z = -stats.norm.ppf(p / 2) * np.sign(car)
    median = np.median(car, axis=1)
    dominant = (np.sign(car) == np.sign(median)[:, None]) & (p < 0.05)
    for name, statistic in {
        "p_median": np.abs(median),
        "p_significant": dominant.sum(axis=1),
        "p_z": np.abs(z.mean(axis=1)),
    }.items():
        wanted = (1 + (statistic[1:] >= statistic[0]).sum()) / (1 + len(days))
        assert said[name] == pytest.approx(wanted), name
    assert np.allclose(curve.placebos["median"], median[1:])
    assert curve.placebos["n_significant"].tolist() == dominant.sum(axis=1)[1:].tolist()
    assert np.allclose(curve.placebos["mean_z"], z.mean(axis=1)[1:])
    assert said["mean_z"] == pytest.approx(z.mean(axis=1)[0])
    assert (said["first"], said["last"]) == (days[0], days[-1])


def test_the_statistics_of_curves_by_hand() -> None:
    estimate = np.array([[-0.02, 0.01], [-0.04, 0.03], [0.01, 0.02]])
    significant = np.array([[True, False], [False, True], [True, True]])
    found = curve_statistics(estimate, 100 * estimate, significant)
    assert found.median.tolist() == [-0.02, 0.02]
    assert found.significant.tolist() == [1, 2]
    assert found.mean_z == pytest.approx([-5 / 3, 2])
    event, placebos = found.take(slice(0, 1)), found.take(slice(1, None))
    assert curve_p_values(event, placebos).tolist() == [1.0, 1.0, 1.0]
    assert curve_p_values(placebos, event).tolist() == [1.0, 0.5, 0.5]
    none = CurveStatistics(*(np.empty(0), np.empty(0, dtype=np.int64), np.empty(0)))
    assert np.isnan(curve_p_values(event, none)).all()
    t = np.array([-2.0, 0.0, 60.0])
    z = normal_values(t, 2 * stats.t.sf(np.abs(t), 30))
    assert z[:2] == pytest.approx([-stats.norm.isf(stats.t.sf(2, 30)), 0.0])
    assert np.isfinite(normal_values(np.array([1e4]), np.array([0.0]))).all()


SMALL = Grid(models=("market", "market_adjusted"), lengths=(40, 60), ends=(-11, -21))


def test_what_the_prices_do_not_admit_is_named() -> None:
    case = case_of(world(2, 1), ["A0"])
    grid = replace(SMALL, models=("market", "ff3", "garch"), benchmarks=("^GSPC", "^DJI", "A0"))
    curve = specification_curve(case, grid)
    out = curve.left_out.set_index(["model", "benchmark", "entity"])["reason"]
    assert out["", "^DJI", ""] == "the benchmark ^DJI is not in the prices"
    assert out["", "A0", "A0"] == "the benchmark A0 is the same as A0"
    assert out["ff3", "", ""].startswith("the model ff3 needs mkt_rf, smb_ff3, hml, rf")
    assert "garch is no single regression" in out["garch", "", ""]
    assert set(curve.specifications["benchmark"]) == {"^GSPC"}
    assert len(curve.specifications) == 2 * 8
    with pytest.raises(InputError, match="model"):
        specification_curve(case, replace(SMALL, models=("marke",)))
    with pytest.raises(InputError, match="no specification"):
        specification_curve(
            case_of(world(2, 1), ["A0"], model="robust"), replace(SMALL, models=("ff3",))
        )
    with pytest.raises(InputError, match="overlap"):
        specification_curve(case, replace(SMALL, ends=(3,)))
    with pytest.raises(InputError, match="ends before it starts"):
        specification_curve(case, replace(SMALL, windows=((2, 0),)))
    with pytest.raises(InputError, match="no specification curve of A0"):
        curve.of(case.leads[0], Window(0, 3))


def test_a_study_outside_the_grid_is_one_specification_more() -> None:
    case = case_of(world(2, 1), ["A0"], estimation=(-75, -15))
    _, rows = specification_curve(case, SMALL).of(case.leads[0], DAY0)
    assert len(rows) == 17
    assert rows.loc[rows["own"], ["length", "end"]].to_numpy().tolist() == [[61, -15]]
    rolling = case_of(world(2, 1), ["A0"], estimation=(-80, -20), rolling=True)
    curve = specification_curve(rolling, SMALL)
    assert not curve.specifications["own"].any()
    assert "cannot be fitted in one batch" in curve.left_out["reason"].iloc[0]


def test_missing_days_and_an_early_end() -> None:
    frame = world(2, 1).close.copy()
    frame.iloc[150, 0] = np.nan
    case = case_of(prices_of(frame.iloc[:243]), ["A0", "A1"])
    curve = specification_curve(case, SMALL)
    first, second = case.leads
    whole = curve.of(second, DAY0)[0]
    said = curve.of(first, DAY0)[0]
    assert said["n_placebos"] == whole["n_placebos"] - 2
    assert np.isfinite(said[["p_median", "p_significant", "p_z"]].to_numpy(dtype=float)).all()
    said, rows = curve.of(first, Window(0, 4))
    assert said["n_specifications"] == 0
    assert said["reason"] == "no specification has an estimate for the event"
    assert np.isnan([said["median"], said["p_median"]]).all()
    assert set(rows["reason"]) == {f"the data end {frame.index[242]:%Y-%m-%d}, before day +3"}
    assert not rows["significant"].any()
    early = specification_curve(case_of(prices_of(frame.iloc[160:246]), ["A0"], at=80), SMALL)
    said = early.summary.iloc[0]
    assert said["n_specifications"] == 16
    assert said["n_placebos"] == 0
    assert np.isnan(said["p_z"])
    assert said["reason"].startswith("no ordinary day has the longest estimation window")


def test_short_estimation_windows_ask_for_the_same_share_of_sessions() -> None:
    frame = world(2, 1).close.copy()
    frame.iloc[195:205, 0] = np.nan
    case = case_of(prices_of(frame), ["A0"], min_obs=45)  # three quarters of sixty
    _, rows = specification_curve(case, SMALL).of(case.leads[0], DAY0)
    short = rows[(rows["length"] == 40) & (rows["end"] == -11)]
    assert set(short["reason"]) == {
        "29 valid returns in the estimation window [−50, −11], minimum 30 (min_obs)"
    }


def test_a_shock_is_the_most_extreme_curve() -> None:
    case = case_of(world(3, 2, shock=0.15), ["A0"])
    said = specification_curve(case, SMALL).of(case.leads[0], DAY0)[0]
    least = 1 / (1 + said["n_placebos"])
    assert (said["share_significant"], said["share_same_sign"]) == (1.0, 1.0)
    assert said["p_median"] == said["p_z"] == pytest.approx(least)
    assert said["median"] == pytest.approx(0.15, abs=0.06)


@pytest.mark.weekly
@pytest.mark.slow
@pytest.mark.parametrize("window", [DAY0, Window(0, 4)])
def test_p_of_the_curve_is_uniform_where_nothing_happened(window: Window) -> None:
    """250 assets whose returns, but for the market, are independent; of counts with ties p is
    never too small."""
    case = case_of(world(250, 21), [f"A{i}" for i in range(250)])
    grid = replace(SMALL, returns=("simple",), windows=(window,))
    found = specification_curve(case, grid, case.entities).summary
    assert len(found) == 250
    steps = 1 / (1 + found["n_placebos"].to_numpy())
    for level in (0.05, 0.25, 0.5):
        error = 3 * np.sqrt(level * (1 - level) / len(found))
        exact = (np.floor(level / steps + 1e-9) * steps).mean()
        for name in ("p_median", "p_z"):
            assert abs((found[name] <= level).mean() - exact) < error, (name, level)
        assert (found["p_significant"] <= level).mean() < level + error
    assert (found["p_significant"] <= 0.05).mean() > 0.01
    for name in ("p_median", "p_z"):
        spread = found[name] - np.random.default_rng(0).random(len(found)) * steps
        assert stats.kstest(spread, "uniform").pvalue > 0.01
