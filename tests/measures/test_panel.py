"""Estimators of panels: the library's answers against plain differences, and what is refused."""

from __future__ import annotations

import sys

import numpy as np
import pandas as pd
import pytest

import eventstudy as es
from eventstudy.measures.panel import stacked_did, synthetic_did

JUMP = 0.05


@pytest.fixture(scope="module")
def returns() -> pd.DataFrame:
    """330 days of 12 firms with events, 20 without, and mkt; firms with events jump on day 0."""
    rng = np.random.default_rng(1)
    days = pd.bdate_range("2022-01-03", periods=330)
    market = rng.normal(0, 0.01, 330)
    names = [f"F{i:02d}" for i in range(32)]
    frame = pd.DataFrame(market[:, None] + rng.normal(0, 0.015, (330, 32)), days, names)
    for firm, at in zip(names[:12], np.resize([280, 300, 315], 12), strict=True):
        frame.loc[days[at], firm] += JUMP
    return frame.assign(mkt=market)


@pytest.fixture(scope="module")
def events(returns: pd.DataFrame) -> pd.DataFrame:
    names = list(returns.columns[:12])
    dates = returns.index[np.resize([280, 300, 315], 12)]
    return pd.DataFrame({"event_id": names, "ticker": names, "date": dates})


@pytest.fixture(scope="module")
def controls(returns: pd.DataFrame) -> pd.DataFrame:
    return returns[[f"F{i:02d}" for i in range(12, 32)]]


def run(events: pd.DataFrame, returns: pd.DataFrame) -> es.StudyResult:
    return es.EventStudy(benchmark="mkt", window=(-5, 5), car=[(0, 5)]).run(events, returns=returns)


@pytest.fixture(scope="module")
def result(returns, events) -> es.StudyResult:
    return run(events, returns)


@pytest.fixture(scope="module")
def one_date(returns, events) -> es.StudyResult:
    return run(events.iloc[::3], returns)


def test_stacked_is_the_difference_in_differences(one_date, returns, events, controls) -> None:
    """On one date, with controls that are never treated, it is what four means give."""
    found = stacked_did(one_date, controls=controls, window=(-3, 4))
    firms = list(events["ticker"].iloc[::3])
    ahead = returns.iloc[280:285].cumsum()
    apart = ahead[firms].mean(axis=1) - ahead[controls.columns].mean(axis=1)
    before = returns.iloc[278:280][::-1].cumsum()
    earlier = before[firms].mean(axis=1) - before[controls.columns].mean(axis=1)
    after = found.table.loc[0]
    np.testing.assert_allclose(after["estimate"], apart, rtol=1e-8)
    assert after.index.tolist() == [0, 1, 2, 3, 4]
    ends = found.table.xs(-1, level="end")
    np.testing.assert_allclose(ends.loc[[-1, -2], "estimate"], earlier, rtol=1e-8)
    assert (found.n_treated, found.n_controls) == (4, 20)
    assert (found.table["n"] == 4).all()


def test_stacked_dates_are_weighted_by_their_events(result, returns, events, controls) -> None:
    found = stacked_did(result, controls=controls, window=(-3, 4))
    parts = []
    for at in (280, 300, 315):
        treated = events["ticker"][np.resize([280, 300, 315], 12) == at]
        waiting = events["ticker"][np.resize([280, 300, 315], 12) > at + 4]
        clean = [*waiting, *controls.columns]
        moves = returns.iloc[at : at + 5].sum()
        parts.append(moves[treated].mean() - moves[clean].mean())
    assert found.table.loc[(0, 4), "estimate"] == pytest.approx(np.mean(parts), rel=1e-8)
    assert found.table.loc[(0, 0), "ci_low"] < JUMP < found.table.loc[(0, 0), "ci_high"]
    early = found.table.xs(-1, level="end")
    assert (early["ci_low"] < early["estimate"]).all()
    assert (early["p_value"] > 0.001).all()


def test_synthetic_did_finds_what_was_planted(one_date, controls) -> None:
    found = synthetic_did(one_date, controls, draws=99)
    row = found.table.loc[(0, 0)]
    assert row["ci_low"] < JUMP < row["ci_high"]
    assert row["p_value"] == 1 / 100
    assert row["ci_low"] > 0
    assert found.weights["weight"].sum() == pytest.approx(1)
    assert set(found.weights.index) == set(controls.columns)
    again = synthetic_did(one_date, controls, draws=99)
    pd.testing.assert_frame_equal(again.table, found.table)


def test_synthetic_did_adds_the_days_up(returns, controls, one_date) -> None:
    """The estimate is the weighted difference in differences, times the days."""
    found = synthetic_did(one_date, controls, window=(0, 2), draws=39)
    treated = returns[[f"F{i:02d}" for i in range(0, 12, 3)]]
    mix = found.weights["weight"]
    gap = treated.mean(axis=1) - returns[mix.index] @ mix
    window = gap.iloc[280:283].sum()
    before = gap.iloc[20:270]  # the days' own weights lie between the least and the largest
    low, high = window - 3 * before.max(), window - 3 * before.min()
    assert low < found.table["estimate"].iloc[0] < high
    assert found.table["estimate"].iloc[0] == pytest.approx(window, abs=0.03)


def test_holes_and_second_events_are_named(returns, events, controls) -> None:
    holes = returns.copy()
    holes.iloc[310, [1, 20]] = np.nan
    twice = pd.concat([events, events.iloc[[0]].assign(event_id="again", date=returns.index[315])])
    found = stacked_did(run(twice, holes), controls=holes[controls.columns])
    why = found.left_out.set_index(["event_id", "ticker"])["reason"]
    assert "first event" in why["again", "F00"]
    assert "missing" in why["F01", "F01"]
    assert "missing" in why["", "F20"]
    assert found.n_treated == 11


def test_dates_without_a_control_are_named(result, events) -> None:
    """The last date has no asset that is still without an event."""
    found = stacked_did(result, window=(-3, 4))
    last = events["ticker"].iloc[2::3].tolist()
    assert found.left_out["ticker"].tolist() == last
    assert found.left_out["reason"].ne("").all()
    assert found.n_treated == 8
    assert found.notes == ()


def test_a_saved_study_lacks_the_days(one_date, controls, tmp_path) -> None:
    one_date.save(tmp_path / "r")
    loaded = es.load(tmp_path / "r")
    with pytest.raises(es.InputError, match="run it again"):
        stacked_did(loaded, controls=controls)
    with pytest.raises(es.InputError, match="run it again"):
        synthetic_did(loaded, controls)


def test_it_is_a_column_of_a_table(one_date, controls) -> None:
    found = es.stacked_did(one_date, controls=controls)
    frame = es.etable([found, found]).to_frame()
    own = frame[frame["model"] == "(2)"]
    np.testing.assert_array_equal(own["coef"], found.table["estimate"])
    assert "[0, +5]" in set(own["term"])
    assert found.__maketables_stat__("N") == found.n_treated


def test_it_prints_itself_and_its_warnings(one_date, controls) -> None:
    found = stacked_did(one_date, controls=controls)
    text = repr(found)
    assert max(map(len, text.splitlines())) <= 80
    assert found.library in text
    assert "<table" in found._repr_html_()
    few = synthetic_did(one_date, controls, draws=39)
    assert all(note in " ".join(few._brief().notes) for note in few.notes)


def test_the_extra_is_named(monkeypatch, one_date, controls) -> None:
    monkeypatch.setitem(sys.modules, "diff_diff", None)
    with pytest.raises(es.InputError, match=r"eventstudy-kit\[panel\]"):
        stacked_did(one_date, controls=controls)
    with pytest.raises(es.InputError, match=r"eventstudy-kit\[panel\]"):
        synthetic_did(one_date, controls)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"window": (-1, 3)}, "must run from before"),
        ({"window": (-3, -2)}, "must run from before"),
        ({"window": (-3, 200)}, "leaves the data"),
        ({"confidence": 2}, "not between"),
        ({"controls": None}, "cannot be estimated"),
    ],
)
def test_what_cannot_be_stacked_is_said(one_date, controls, options, said) -> None:
    with pytest.raises(es.InputError, match=said):
        stacked_did(one_date, **{"controls": controls, **options})


def test_what_has_no_synthetic_control_is_said(result, one_date, returns, controls) -> None:
    cases = [
        (result, controls, {}, "one date"),
        (one_date, controls, {"window": (-2, 0)}, "begin at 0 or later"),
        (one_date, controls, {"draws": 10}, "needs 19 or more"),
        (one_date, returns[["F00", "F20"]], {}, "none of the study's"),
        (one_date, controls.set_axis(["x"] * 330), {}, "must be days"),
    ]
    for study, frame, options, said in cases:
        with pytest.raises(es.InputError, match=said):
            synthetic_did(study, frame, **options)
