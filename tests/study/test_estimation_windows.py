"""Estimation windows without other events' days, and windows of each event's own, by brute force."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import eventstudy as es
from eventstudy.errors import InputError
from eventstudy.report.pages.methods import method_paragraphs
from eventstudy.report.story import Story

SHORT: dict[str, Any] = {
    "benchmark": "mkt",
    "estimation": (-120, -11),
    "window": (-5, 5),
    "car": [(0, 0), (-1, 1)],
    "min_obs": 30,
}


@pytest.fixture
def recurring(wide: pd.DataFrame) -> pd.DataFrame:
    """A has four events, B two; an event of A lies in the estimation window of another."""
    at = {"e1": ("A", 200), "e2": ("A", 260), "e3": ("A", 275), "e4": ("A", 340), "e5": ("B", 275)}
    rows = [(name, ticker, wide.index[row]) for name, (ticker, row) in at.items()]
    rows += [("e6", "B", wide.index[340]), ("e7", "C", wide.index[340])]
    return pd.DataFrame(rows, columns=["event_id", "ticker", "date"])


def by_loop(
    wide: pd.DataFrame, ticker: str, row: int, rows: list[int], window: tuple[int, int]
) -> dict[str, float]:
    """CAR, s, standard error and placebo p of one observation estimated on `rows`."""
    y, x = wide[ticker].to_numpy(), wide["mkt"].to_numpy()
    rows = [t for t in rows if np.isfinite(y[t]) and np.isfinite(x[t])]

    def forecast(on: list[int], days: list[int]) -> tuple[float, float, float]:
        X = np.column_stack([np.ones(len(on)), x[on]])
        coef = np.linalg.lstsq(X, y[on], rcond=None)[0]
        e = y[on] - X @ coef
        s = float(np.sqrt(e @ e / (len(on) - 2)))
        future = np.column_stack([np.ones(len(days)), x[days]])
        shares = future.sum(axis=0)
        v = len(days) + shares @ np.linalg.inv(X.T @ X) @ shares
        return float((y[days] - future @ coef).sum()), s, s * float(np.sqrt(v))

    days = list(range(row + window[0], row + window[1] + 1))
    car, s, se = forecast(rows, days)
    known, length = set(rows), len(days)
    runs = [list(range(t, t + length)) for t in rows if set(range(t, t + length)) <= known]
    placebos = []
    for run in runs:
        error, _, scale = forecast([t for t in rows if t not in run], run)
        placebos.append(abs(error / scale))
    beyond = sum(one >= abs(car / se) for one in placebos)
    p = (1 + beyond) / (1 + len(runs))
    return {"car": car, "s": s, "se": se, "n_obs": len(rows), "p_placebo": p}


def cleaned_rows(
    wide: pd.DataFrame, events: pd.DataFrame, ticker: str, row: int, spec: dict[str, Any]
) -> list[int]:
    (a, b), (low, high) = spec["estimation"], spec["window"]
    others = [
        int(wide.index.get_loc(day))
        for day in events.loc[events["ticker"] == ticker, "date"]
        if wide.index.get_loc(day) != row
    ]
    return [t for t in range(row + a, row + b + 1) if not any(low <= t - o <= high for o in others)]


def agrees(result: es.StudyResult, key: tuple[str, str], expected: dict[str, float]) -> None:
    window = (-1, 1)
    row = result.car(window).loc[key]
    for name in ("car", "se", "n_obs", "p_placebo"):
        assert row[name] == pytest.approx(expected[name], rel=1e-9), name
    assert result.fits.loc[key, "s"] == pytest.approx(expected["s"], rel=1e-9)
    assert result.fits.loc[key, "df"] == expected["n_obs"] - 2


def test_cleaned_windows_by_a_loop(wide: pd.DataFrame, recurring: pd.DataFrame) -> None:
    wide.iloc[250, 1] = np.nan
    result = es.EventStudy(**SHORT, clean_estimation=True).run(recurring, returns=wide)
    for event_id, ticker, day in recurring.itertuples(index=False):
        row = int(wide.index.get_loc(day))
        rows = cleaned_rows(wide, recurring, ticker, row, SHORT)
        agrees(result, (event_id, ticker), by_loop(wide, ticker, row, rows, (-1, 1)))
    assert result.fits["n_left_out"].tolist() == [0, 11, 21, 22, 0, 11, 0]
    left = result.left_out.groupby("event_id")["date"].count()
    assert left.to_dict() == {"e2": 11, "e3": 21, "e4": 22, "e6": 11}
    third = result.left_out[result.left_out["event_id"] == "e3"]
    assert set(third["date"]) == set(wide.index[[*range(195, 206), *range(255, 265)]])
    assert third["reason"].str.contains("e1").sum() == 11
    assert third["reason"].str.contains("e2").sum() == 10


def test_an_old_shock_doubles_the_error_and_cleaning_takes_it_out(wide: pd.DataFrame) -> None:
    events = pd.DataFrame({"event_id": ["old", "new"], "ticker": "A"})
    events["date"] = wide.index[[250, 340]]
    calm = es.EventStudy(**SHORT).run(events, returns=wide).fits.loc[("new", "A"), "s"]
    shocked = wide.copy()
    shocked.iloc[250, 0] += 0.5
    dirty, clean = (
        es.EventStudy(**SHORT, clean_estimation=clean)
        .run(events, returns=shocked)
        .fits.loc[("new", "A"), "s"]
        for clean in (False, True)
    )
    assert dirty > 2 * calm
    assert clean == pytest.approx(calm, rel=0.05)
    without = es.EventStudy(**SHORT, clean_estimation=True).run(events, returns=wide)
    assert clean == without.fits.loc[("new", "A"), "s"]  # the shock leaves no trace at all


@pytest.mark.parametrize("model", ["market", "mean", "market_adjusted"])
@pytest.mark.parametrize("own", [False, True])
def test_running_sums_and_kept_windows_say_the_same(
    wide: pd.DataFrame, recurring: pd.DataFrame, model: str, own: bool
) -> None:
    options = {**SHORT, "model": model, "clean_estimation": True}
    frame = recurring
    if own:
        frame = recurring.assign(estimation_start=[-100, -90, -120, -110, -120, -70, -100])
    kept, summed = (
        es.EventStudy(**options, placebo=placebo, tests="all").run(frame, returns=wide)
        for placebo in (True, False)
    )
    for name in ("s", "n_obs", "df", "n_left_out"):
        np.testing.assert_allclose(kept.fits[name], summed.fits[name], rtol=1e-9)
    np.testing.assert_allclose(kept.abnormal_returns, summed.abnormal_returns, rtol=1e-8)
    both = kept.tests.merge(summed.tests, on=["group", "start", "end", "test"])
    both = both[(both["refused_x"] == "") & (both["refused_y"] == "")]
    assert {"patell_z", "bmp_kp_t", "corrado_z"} <= set(both["test"])
    np.testing.assert_allclose(both["statistic_x"], both["statistic_y"], rtol=1e-7)


def test_patell_takes_the_freedom_that_is_left(wide: pd.DataFrame, recurring: pd.DataFrame) -> None:
    result = es.EventStudy(**SHORT, clean_estimation=True, tests=["patell_z"]).run(
        recurring, returns=wide
    )
    table = result.car((0, 0))
    df = table["df"].to_numpy()
    z = table["t"].sum() / np.sqrt((df / (df - 2)).sum())
    row = result.tests[(result.tests["start"] == 0) & (result.tests["end"] == 0)].iloc[0]
    assert row["statistic"] == pytest.approx(z, rel=1e-12)


def test_r_bar_correlates_pairs_on_the_sessions_that_both_have(wide: pd.DataFrame) -> None:
    days = wide.index[[340, 340, 280]]
    frame = pd.DataFrame({"event_id": ["a", "b", "old"], "ticker": [*"ABA"], "date": days})
    frame["estimation_start"] = [-120, -80, -120]
    spec = {**SHORT, "clean_estimation": True, "car": [(0, 0)], "window": (-2, 2)}
    result = es.EventStudy(**spec, tests=["bmp_t", "bmp_kp_t"]).run(frame, returns=wide)
    at = result.tests["start"] == 0
    t = result.tests[at].set_index("test")["statistic"]
    first, second = result.assets.fits.residuals[:2]
    both = np.isfinite(first) & np.isfinite(second)
    assert both.sum() == 70 - 5
    r_bar = 2 * np.corrcoef(first[both], second[both])[0, 1] / (3 * 2)
    scale = np.sqrt((1 - r_bar) / (1 + 2 * r_bar))
    assert t["bmp_kp_t"] == pytest.approx(t["bmp_t"] * scale, rel=1e-9)


def test_own_windows_by_a_loop(wide: pd.DataFrame, recurring: pd.DataFrame) -> None:
    bounds = [(-120, -11), (-150, -20), (-61, -30), (-200, -11), (-90, -15), (-120, -40), (-99, -9)]
    frame = recurring.assign(
        estimation_start=[None, "-150", wide.index[275 - 61].date(), -200, -90, "", -99],
        estimation_end=["", wide.index[240], -30, None, -15, "−40", -9],
    )
    result = es.EventStudy(**SHORT).run(frame, returns=wide)
    rows = zip(recurring.itertuples(index=False), bounds, strict=True)
    for (event_id, ticker, day), (a, b) in rows:
        row = int(wide.index.get_loc(day))
        expected = by_loop(wide, ticker, row, list(range(row + a, row + b + 1)), (-1, 1))
        agrees(result, (event_id, ticker), expected)
    found = result.fits[["estimation_start", "estimation_end"]]
    assert [tuple(row) for row in found.to_numpy().tolist()] == bounds
    assert result.spec.estimation == (-200, -9)
    assert any("estimation_start" in note for note in result.notes)


def test_a_date_that_is_no_session_moves_into_the_window(wide: pd.DataFrame) -> None:
    row = 340
    saturday = wide.index[250] + pd.offsets.Week(weekday=5)
    frame = pd.DataFrame({"ticker": ["A"], "date": wide.index[[row]]})
    frame["estimation_start"], frame["estimation_end"] = saturday, saturday + pd.Timedelta(56, "D")
    fits = es.EventStudy(**SHORT).run(frame, returns=wide).fits.iloc[0]
    start, end = (int(fits[f"estimation_{e}"]) for e in ("start", "end"))
    assert wide.index[row + start].weekday() == 0
    assert wide.index[row + end].weekday() == 4
    assert wide.index[row + start - 1] < saturday < wide.index[row + start]
    assert fits["n_obs"] == end - start + 1 == 40


def test_a_window_that_is_too_short_excludes_its_event_alone(
    wide: pd.DataFrame, recurring: pd.DataFrame
) -> None:
    frame = recurring.assign(estimation_start=[None, None, None, -30, None, None, None])
    result = es.EventStudy(**SHORT).run(frame, returns=wide)
    out = result.exclusions
    assert out["event_id"].tolist() == ["e4"]
    assert "20 " in out["reason"].iloc[0]
    assert "30 " in out["reason"].iloc[0]
    assert result.fits["n_obs"].tolist() == [110] * 6


def test_own_windows_survive_saving(wide: pd.DataFrame, recurring: pd.DataFrame, tmp_path) -> None:
    frame = recurring.assign(estimation_start=-150)
    result = es.EventStudy(**SHORT, clean_estimation=True).run(frame, returns=wide)
    again = es.load(result.save(tmp_path / "saved"))
    pd.testing.assert_frame_equal(again.fits, result.fits)
    pd.testing.assert_frame_equal(again.left_out, result.left_out)
    assert again.spec == result.spec


@pytest.mark.parametrize(
    ("columns", "options", "named"),
    [
        ({"estimation_start": "soon"}, {}, "soon"),
        ({"estimation_start": -20, "estimation_end": -40}, {}, "ends before"),
        ({"estimation_end": -3}, {}, "overlap"),
        ({"estimation_end": 20}, {}, "overlap"),
        ({"estimation_start": -90}, {"rolling": True}, "rolling"),
        ({"estimation_start": -90}, {"post_estimation": (11, 40)}, "post_estimation"),
        ({"estimation_start": [-90] * 6 + [11], "estimation_end": [-11] * 6 + [60]}, {}, "after"),
    ],
)
def test_windows_that_are_none_are_refused(
    wide: pd.DataFrame, recurring: pd.DataFrame, columns: dict, options: dict, named: str
) -> None:
    frame = recurring.assign(**columns)
    with pytest.raises(InputError, match=named):
        es.EventStudy(**{**SHORT, **options}).run(frame, returns=wide)


HEADER = "event_id,title,announced_at,timing,category,groups,benchmark,headline,source,notes\n"
EVENTS = (
    "main,Main news,2025-01-27,pre,x,NVDA;MSFT,,yes,s,\n"
    "nvidia,Of Nvidia,2024-05-23,pre,x,NVDA,,no,s,\n"
    "rates,Of the market,2024-09-18,intraday,x,,,no,s,\n"
)


@pytest.fixture
def listed(tmp_path: Path) -> es.Events:
    file = tmp_path / "events.csv"
    file.write_text(HEADER + EVENTS)
    return es.read_events(file)


def test_events_of_the_market_leave_out_a_day_of_all(listed: es.Events) -> None:
    prices = es.load_prices("bundled")
    study = es.EventStudy(compare=(), clean_estimation=True, window=(-2, 2), car=[(0, 0)])
    result = study.run(listed, prices)
    assert result.fits["n_left_out"].tolist() == [10, 5]
    days = prices.sessions
    rates, nvidia = (int(days.get_loc(day)) for day in ("2024-09-18", "2024-05-23"))
    left = result.left_out.groupby("ticker")["date"].agg(set)
    assert left["MSFT"] == set(days[rates - 2 : rates + 3])
    assert left["NVDA"] == left["MSFT"] | set(days[nvidia - 2 : nvidia + 3])
    assert any("5 to 10" in note for note in result.notes)
    assert "5 to 10" in " ".join(result.summary().split())
    page = " ".join(one.text for one in method_paragraphs(Story(result, "main")))
    assert "5 to 10" in page


def test_evidence_refits_on_the_same_cleaned_windows(listed: es.Events) -> None:
    from eventstudy.evidence.case import Case, column

    prices = es.load_prices("bundled")
    result = es.EventStudy(compare=(), clean_estimation=True).run(listed, prices)
    case = Case(result, prices)
    fitted = case.refit([column(entity) for entity in case.entities], [case.day0], case.spec)
    found = fitted.estimates.car_table((0, 0)).droplevel("event_id")[["car", "se", "n_obs"]]
    expected = result.car((0, 0)).droplevel("event_id")[["car", "se", "n_obs"]]
    for ticker in expected.index:
        np.testing.assert_allclose(found.loc[ticker], expected.loc[ticker], rtol=1e-9)


def test_a_benchmark_that_is_set_aside_is_said(wide: pd.DataFrame, recurring: pd.DataFrame) -> None:
    frame = recurring.assign(benchmark=["D", "", "D", "mkt", "E", "", ""])
    aside = es.EventStudy(**SHORT).run(frame, returns=wide).notes
    assert any({"D", "E", "mkt"} <= set(re.findall(r"\w+", note)) for note in aside)
    own = es.EventStudy(**{**SHORT, "benchmark": None}).run(
        frame.replace({"benchmark": {"": "mkt"}}), returns=wide
    )
    assert not any("set aside" in note for note in own.notes)
    mean = es.EventStudy(**SHORT, model="mean").run(frame, returns=wide)
    assert not any("set aside" in note for note in mean.notes)


def test_a_registered_benchmark_that_is_set_aside_is_said(tmp_path: Path) -> None:
    file = tmp_path / "events.csv"
    file.write_text(HEADER + "main,Main news,2025-01-27,pre,x,NVDA,QQQ,yes,s,\n")
    events, prices = es.read_events(file), es.load_prices("bundled")
    notes = es.EventStudy(benchmark="^GSPC", compare=()).run(events, prices).notes
    assert any("QQQ" in note and "^GSPC" in note for note in notes)


@pytest.mark.parametrize("placebo", [True, False])
def test_placebo_dates_are_drawn_from_windows_of_the_events_own(placebo: bool) -> None:
    """Each window is a tenth of the sessions that all of them span; no draw may fall between."""
    rng = np.random.default_rng(4)
    sessions = pd.bdate_range("2015-01-01", periods=1200)
    names = [f"S{i:02d}" for i in range(18)]
    returns = pd.DataFrame(rng.normal(0, 0.01, (1200, 19)), sessions, ["mkt", *names])
    start = -50 - 20 * np.arange(18)
    events = pd.DataFrame({"event_id": names, "ticker": names, "estimation_start": start})
    events = events.assign(estimation_end=start + 35, date=sessions[400 + 40 * np.arange(18)])
    study = es.EventStudy(**{**SHORT, "placebo": placebo}, tests=["permutation", "bmp_t"])
    tests = study.run(events, returns=returns).tests.query("group == 'all'")
    p = tests.pivot_table(index=["start", "end"], columns="test", values="p_value")
    assert p.notna().all(axis=None)
    assert (p["permutation"] - p["bmp_t"]).abs().max() < 0.06


def test_a_variance_of_the_day_before_needs_windows_without_a_gap(
    wide: pd.DataFrame, recurring: pd.DataFrame
) -> None:
    spec = {**SHORT, "model": "garch", "estimation": (-120, -6), "placebo": False}
    study = es.EventStudy(**spec, variance_from="day_before")
    one = recurring.tail(1)
    assert study.run(one.assign(estimation_start=-100), returns=wide).n == 1
    with pytest.raises(InputError, match="e7") as error:
        study.run(one.assign(estimation_end=-30), returns=wide)
    assert "−30" in str(error.value) or "-30" in str(error.value)


@pytest.mark.slow
@pytest.mark.parametrize("model", ["synthetic", "peers"])
def test_an_asset_is_no_donor_of_itself_outside_its_own_window(
    wide: pd.DataFrame, recurring: pd.DataFrame, model: str
) -> None:
    """Windows of the events' own, or cleaned ones, have gaps that the donors do not have."""
    donors = [name for name in wide.columns if name != "mkt"]
    spec = {**SHORT, "model": model, "donors": donors, "tests": "all", "min_obs": 20}
    given = recurring.query("event_id == 'e3'")
    own = given.assign(estimation_start=-100, estimation_end=-20)
    # Another observation widens the study's window.
    both = pd.concat([own, recurring.query("event_id == 'e7'")]).assign(group=["x", "y"])
    alone = es.EventStudy(**{**spec, "estimation": (-100, -20)}).run(given, returns=wide)
    found = es.EventStudy(**spec).run(both, returns=wide)
    one = ("e3", "A")
    pd.testing.assert_series_equal(
        found.car((-1, 1)).loc[one].drop("group"), alone.car((-1, 1)).loc[one].drop("group")
    )
    assert found.fits.loc[one, "s"] > 0.001
    tests = [
        r.tests.query(f"group == '{g}'").set_index(["start", "end", "test"])["p_value"]
        for r, g in ((found, "x"), (alone, "all"))
    ]
    pd.testing.assert_series_equal(*tests)
    clean = es.EventStudy(**spec, clean_estimation=True).run(recurring, returns=wide)
    assert (clean.fits["s"] > 0.001).all()
    assert clean.n == len(recurring)
