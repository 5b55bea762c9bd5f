"""Wrong, contradictory and odd arguments: one sentence that names them, never a library's error."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest

import eventstudy as es
from eventstudy.calendars import sessions_of

NAMES = [f"S{i}" for i in range(8)]


@pytest.fixture(scope="module")
def days() -> pd.DatetimeIndex:
    days = pd.bdate_range("2022-01-03", "2024-12-31")
    return days[np.isin(days.to_numpy().astype("M8[D]"), sessions_of("XNYS").days)]


@pytest.fixture(scope="module")
def returns(days) -> pd.DataFrame:
    rng = np.random.default_rng(1)
    market = rng.normal(0, 0.01, len(days))
    frame = market[:, None] + rng.normal(0, 0.015, (len(days), 28))
    names = [*NAMES, *(f"C{i:02d}" for i in range(20))]
    return pd.DataFrame(frame, days, names).assign(**{"^GSPC": market})


@pytest.fixture(scope="module")
def events(days) -> pd.DataFrame:
    dates = [days[400 + 15 * i] for i in range(8)]
    columns = {"event_id": [f"e{i}" for i in range(8)], "ticker": NAMES, "date": dates}
    return pd.DataFrame({**columns, "size": np.arange(1.0, 9.0), "side": list("abababab")})


def run(events: pd.DataFrame, returns: pd.DataFrame, **options: Any) -> es.StudyResult:
    return es.EventStudy(**{"car": [(0, 0), (-1, 1)], **options}).run(events, returns=returns)


@pytest.fixture(scope="module")
def result(events, returns) -> es.StudyResult:
    return run(events, returns)


@pytest.fixture(scope="module")
def one_date(events, returns, days) -> es.StudyResult:
    return run(events.assign(date=days[500]), returns)


Ask = Callable[[es.StudyResult], object]
WRONG: dict[str, tuple[str, Ask]] = {
    "power text": ("power", lambda r: r.detectable(power="a")),  # type: ignore[arg-type]
    "power none": ("power", lambda r: r.detectable(power=None)),  # type: ignore[arg-type]
    "compare nothing": ("None", lambda r: r.compare(None)),  # type: ignore[arg-type]
    "compare a number": ("3", lambda r: r.compare(3)),  # type: ignore[arg-type]
    "values no list": ("values", lambda r: r.compare("side", values=5)),  # type: ignore[arg-type]
    "windows no list": ("windows", lambda r: r.compare("side", windows=5)),  # type: ignore[arg-type]
    "one group": ("only the value", lambda r: r.compare("group")),
    "no formula": ("None", lambda r: es.regress(r, None)),  # type: ignore[arg-type]
    "no term": ("'0'", lambda r: es.regress(r, "0")),
    "cov a number": ("5", lambda r: es.regress(r, "size", cov=5)),  # type: ignore[arg-type]
    "cov a list": ("HC3", lambda r: es.regress(r, "size", cov=["HC3"])),  # type: ignore[arg-type]
    "cluster none": (
        "cluster",
        lambda r: es.regress(r, "size", cov="cluster", cluster=None),  # type: ignore[arg-type]
    ),
    "cluster without clusters": ("cov='cluster'", lambda r: es.regress(r, "size", cluster="firm")),
    "cluster beside HC3": (
        "cov='cluster'",
        lambda r: es.regress(r, "size", cov="HC3", cluster="firm"),
    ),
    "confidence text": (
        "confidence",
        lambda r: es.regress(r, "size", confidence="x"),  # type: ignore[arg-type]
    ),
}


@pytest.mark.parametrize("case", WRONG)
def test_a_wrong_argument_is_named(case: str, result) -> None:
    named, ask = WRONG[case]
    with pytest.raises(es.InputError, match=named):
        ask(result)


@pytest.mark.parametrize("components", [2.5, "x", True, 0])
def test_components_are_a_whole_number(components: Any, one_date) -> None:
    with pytest.raises(es.InputError, match="components"):
        es.regress(one_date, "size", cov="gls_pc", components=components)


def test_one_window_may_stand_by_itself(result) -> None:
    for window in ((0, 0), "0,0", [(0, 0)]):
        assert set(result.compare("side", windows=window)["end"]) == {0}


def test_an_effect_given_twice_is_answered_once(result) -> None:
    assert len(result.detectable(effects=[0.01, 0.01])) == len(result.detectable(effects=0.01))


def test_effects_have_the_unit_of_the_study(returns, events) -> None:
    """A hundredth of a basis point is no effect anybody asks for."""
    levels = 3 + 10 * returns.cumsum()
    study = es.EventStudy(returns="difference", model="mean", car=[(0, 0)])
    found = study.run(events, levels).detectable()
    assert found["effect"].min() >= 1
    assert (found["type_m"] < 100).all()


@pytest.mark.parametrize(
    ("column", "named"),
    [("date", "dates"), ("flag", "true and false")],
)
def test_weights_are_numbers(column: str, named: str, events, returns) -> None:
    with pytest.raises(es.InputError, match=f"weights.*{column}.*{named}"):
        run(events.assign(flag=True), returns, weights=column)


def test_a_column_given_twice_is_named(events, returns) -> None:
    twice = pd.concat([events, events[["size"]]], axis=1)
    with pytest.raises(es.InputError, match="'size' twice"):
        run(twice, returns, weights="size")


def test_own_windows_outside_the_data_are_not_called_reversed(events, returns) -> None:
    odd = events.assign(estimation_start="1990-06-01", estimation_end="1991-06-01")
    with pytest.raises(es.InputError, match="1990-06-01 to 1991-06-01 has no row of the data"):
        run(odd, returns)
    with pytest.raises(es.InputError, match="ends before it starts"):
        run(events.assign(estimation_start=-20, estimation_end=-200), returns)


def test_what_cleaning_left_too_short_says_so(events, returns, days) -> None:
    """Neither the note nor the reason hides that other events took the days."""
    earlier = events.assign(event_id=events["event_id"] + "-before", date=events["date"].map(
        lambda day: days[days.get_loc(day) - 40]
    ))  # fmt: skip
    both = pd.concat([events, earlier], ignore_index=True)
    found = run(both, returns, clean_estimation=True, min_obs=240)
    out = found.exclusions.set_index("event_id")
    assert set(out.index) == set(events["event_id"])
    assert out["reason"].str.contains("21 more are left out for other events").all()
    assert not any("nothing was left out" in note for note in found.notes)


CONTROLS: dict[str, tuple[str, Callable[[pd.DataFrame], object]]] = {
    "a series": ("controls", lambda c: c["C00"]),
    "a list": ("controls", lambda c: [1]),
    "prices": ("C00", lambda c: 100 * (1 + c).cumprod()),
    "per cent": ("per cent|percent", lambda c: c * 100),
    "infinite": ("C00", lambda c: c.assign(C00=np.inf)),
    "days twice": ("twice", lambda c: pd.concat([c, c])),
    "no day of the study": ("every day", lambda c: c.iloc[:50]),
    "a column twice": ("C00", lambda c: pd.concat([c, c], axis=1)),
}


@pytest.mark.parametrize("case", CONTROLS)
def test_controls_that_are_none_are_refused(case: str, result, one_date, returns) -> None:
    named, make = CONTROLS[case]
    given: Any = make(returns[[name for name in returns if name.startswith("C")]])
    for ask in (
        lambda: es.stacked_did(result, controls=given),
        lambda: es.synthetic_did(one_date, given, draws=40),
    ):
        with pytest.raises(es.InputError, match=named):
            ask()


def test_too_few_controls_for_placebos_are_counted(one_date, returns) -> None:
    with pytest.raises(es.InputError, match="8 for 8 treated assets"):
        es.synthetic_did(one_date, returns[[f"C{i:02d}" for i in range(8)]], draws=40)
    with pytest.raises(es.InputError, match="controls"):
        es.synthetic_did(one_date, None, draws=40)  # type: ignore[arg-type]


@pytest.mark.parametrize("option", [{"draws": "x"}, {"draws": 60.5}, {"seed": "x"}, {"seed": -1}])
def test_draws_and_seed_are_whole_numbers(option: Any, one_date, returns) -> None:
    controls = returns[[f"C{i:02d}" for i in range(20)]]
    with pytest.raises(es.InputError, match=next(iter(option))):
        es.synthetic_did(one_date, controls, **{"draws": 40, **option})


def test_controls_of_polars_are_those_of_pandas(one_date, returns) -> None:
    controls = returns[[f"C{i:02d}" for i in range(20)]]
    other = pl.from_pandas(controls.rename_axis("date").reset_index())
    made = [es.synthetic_did(one_date, given, draws=40).table for given in (controls, other)]
    pd.testing.assert_frame_equal(*made)


BENCHMARKS: dict[str, tuple[str, str, dict[str, Any]]] = {
    "by a text": ("reference", "by", {"by": {"market_value": "2"}}),
    "by a fraction": ("reference", "by", {"by": {"market_value": 2.5}}),
    "by a list": ("reference", "by", {"by": ["market_value"]}),
    "least 0": ("reference", "least", {"least": 0}),
    "least text": ("reference", "least", {"least": "x"}),
    "age below 0": ("reference", "max_age", {"max_age": -1}),
    "age text": ("matched", "max_age", {"max_age": "x"}),
    "frequency": ("reference", "yearly", {"frequency": "yearly"}),
    "one ratio": ("matched", "band", {"band": 0.5}),
    "three ratios": ("matched", "band", {"band": (0.7, 1.3, 2)}),
    "ratios in a text": ("matched", "band", {"band": "0.7,1.3"}),
}


@pytest.mark.parametrize("case", BENCHMARKS)
def test_wrong_arguments_of_benchmarks_are_named(case: str, events, returns) -> None:
    kind, named, options = BENCHMARKS[case]
    ask: Any = es.reference_portfolios if kind == "reference" else es.matched_firms
    sizes = pd.DataFrame({"ticker": NAMES, "market_value": 1.0, "book_to_market": 1.0})
    with pytest.raises(es.InputError, match=named):
        ask(events, sizes, returns=returns, **options)


def test_a_negative_size_matches_nobody(events, returns) -> None:
    sizes = pd.DataFrame({"ticker": NAMES, "market_value": -1.0, "book_to_market": 1.0})
    with pytest.raises(es.InputError, match=r"Row 1 .*market_value -1"):
        es.matched_firms(events, sizes, returns=returns)


def test_a_date_in_its_week_is_not_called_moved(events, returns) -> None:
    """A row of weeks stands for its days: only a week without any row moves an event."""
    weekly = (1 + returns).resample("W-FRI").prod() - 1
    options = {"frequency": "weekly", "estimation": (-60, -5), "min_obs": 40, "car": [(0, 0)]}
    assert run(events, weekly, **options).alignments.empty
    week = events["date"].iloc[3] + pd.offsets.Week(weekday=4, n=0)
    moved = run(events, weekly.drop(week), **options).alignments
    assert list(moved["event_id"]) == ["e3"]


@pytest.mark.parametrize("weights", ["size", "value"])
def test_weights_are_not_blamed_where_no_asset_has_prices(weights: str, events, returns) -> None:
    found = run(events.assign(ticker="ZZZ"), returns, weights=weights)
    assert set(found.exclusions["reason"]) == {"ZZZ is not in the prices"}
