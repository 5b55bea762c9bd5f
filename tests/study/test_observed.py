"""Frames of observations: times of day and timings, made ids, other names, other libraries."""

from __future__ import annotations

import datetime as dt
import hashlib
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import eventstudy as es
from eventstudy.calendars import sessions_of
from eventstudy.estimation.observed import check_observations
from eventstudy.events.align import align
from eventstudy.events.event import make_event
from eventstudy.files.frames import by_day, sheet_of, to_arrow, to_polars


@pytest.fixture(scope="module")
def levels() -> pd.DataFrame:
    return es.load_prices("bundled", tickers=["NVDA", "AMD", "^GSPC"]).adj_close


def one(date: object, **more: object) -> pd.DataFrame:
    return pd.DataFrame({"event_id": ["a"], "ticker": ["NVDA"], "date": [date], **more})


def study(frame: object, levels: pd.DataFrame) -> es.StudyResult:
    return es.EventStudy(benchmark="^GSPC", car=[(0, 0)]).run(frame, levels)


# --- times of day ------------------------------------------------------------------------------

AFTER = [
    one("2025-01-27T21:30:00Z"),
    one("2025-01-27 16:30:00-05:00"),
    one(pd.Timestamp("2025-01-27 21:30", tz="UTC")),
    one(pd.Timestamp("2025-01-27 22:30", tz="Europe/Berlin")).astype({"date": object}),
    one("2025-01-27T21:00:00+00:00"),
    one("2025-01-27", timing="AMC"),
    one("2025-01-27", timing="post"),
    one(pd.Timestamp("2025-01-27"), timing="After Market Close"),
    one("2025-01-27T21:30:00Z", timing="post"),
]


@pytest.mark.parametrize("frame", AFTER)
def test_after_the_close_is_the_next_session(levels, frame) -> None:
    result = study(frame, levels)
    assert result.car((0, 0))["car"].item() == pytest.approx(0.062658, abs=5e-7)
    (row,) = result.alignments.to_dict("records")
    assert (row["event_id"], row["shifted"]) == ("a", True)
    assert row["announced_at"].startswith("2025-01-27")
    assert row["day0"] == pd.Timestamp("2025-01-28")
    assert "16:00 New York" in row["reason"]


@pytest.mark.parametrize(
    "frame",
    [
        one("2025-01-27"),
        one("2025-01-27T20:59:00Z"),
        one("2025-01-27T08:00:00-05:00"),
        one("2025-01-27 00:00:00"),
        one("2025-01-27 00:00"),
        one(pd.Timestamp("2025-01-27", tz="America/New_York")),
        one(pd.Timestamp("2025-01-27", tz="Asia/Tokyo")),
        one("2025-01-27", timing="BMO"),
        one("2025-01-27", timing=None),
        one("2025-01-27", timing="time-not-supplied"),
    ],
)
def test_before_the_close_and_midnight_stay_on_the_day(levels, frame) -> None:
    result = study(frame, levels)
    assert result.car((0, 0))["car"].item() == pytest.approx(-0.132600, abs=5e-7)
    assert result.alignments.empty


def test_frames_and_registry_place_the_same_moments_alike(levels) -> None:
    """Around opens, closes, a half day, a holiday and a weekend; summer and winter time."""
    near = ["2024-11-27", "2024-11-28", "2024-11-29", "2024-11-30", "2024-12-24", "2024-07-03"]
    times = ["09:00", "14:29:59", "14:30", "17:59:59", "18:00", "20:59:59", "21:00", "23:59"]
    stamps = [
        f"{day}T{time}{':00' if time.count(':') == 1 else ''}Z" for day in near for time in times
    ]
    frame = pd.DataFrame({"event_id": range(len(stamps)), "ticker": "NVDA", "date": stamps})
    observed = check_observations(frame)
    registered = [
        align(make_event(event_id=f"e{i}", title="T", announced_at=stamp))
        for i, stamp in enumerate(stamps)
    ]
    assert [str(day.date()) for day in observed.frame["date"]] == [
        str(at.session) for at in registered
    ]
    reasons = dict(zip(observed.alignments["event_id"], observed.alignments["reason"], strict=True))
    assert reasons == {str(i): at.reason for i, at in enumerate(registered) if at.shifted}


WRONG = {
    "a time without a zone": (one("2025-01-27 16:30"), ["Observation 1", "offset", "timing"]),
    "a stamp without a zone": (one(pd.Timestamp("2025-01-27 16:30")), ["Observation 1", "offset"]),
    "an hour that does not exist": (one("2025-01-27T25:30:00Z"), ["Observation 1", "date"]),
    "a serial number of Excel": (one(45684), ["Observation 1", "Excel", "2025-01-27", "to_datetime"]),
    "a list": (one([1]), ["Observation 1", "[1]", "date"]),
    "a timing that is none": (one("2025-01-27", timing="lunch"), ["Observation 1", "'lunch'", "intraday"]),
    "a time against its timing": (
        one("2025-01-27T21:30:00Z", timing="BMO"),
        ["Observation 1", "after the close", "09:30 to 16:00", "pre"],
    ),
    "a date beyond the calendar": (one("1850-01-27", timing="post"), ["Observation 1", "1850-01-27", "XNYS"]),
    "another naming": (
        pd.DataFrame({"Symbol": ["NVDA"], "Earnings Date": ["2025-01-27"]}),
        ["date, ticker", "'Earnings Date': 'date'", "'Symbol': 'ticker'"],
    ),
    "names of nobody": (pd.DataFrame({"a": [1], "b": [2]}), ["date, ticker", "a, b"]),
    "a pair twice without ids": (
        pd.DataFrame({"ticker": ["NVDA", "NVDA"], "date": ["2025-01-27", "20250127"]}),
        ["Observation 2", "'NVDA'", "event_id"],
    ),
}  # fmt: skip


@pytest.mark.parametrize(("frame", "says"), WRONG.values(), ids=WRONG)
def test_what_cannot_be_placed_is_one_sentence(frame, says) -> None:
    with pytest.raises(es.InputError) as caught:
        check_observations(frame)
    (only,) = caught.value.problems
    for part in says:
        assert part in only


def test_the_calendar_is_built_only_for_times_and_timings(levels, monkeypatch) -> None:
    built = []
    monkeypatch.setattr(
        "eventstudy.estimation.observed.sessions_of", lambda name: built.append(name) or sessions_of(name)
    )  # fmt: skip
    check_observations(one("2025-01-27", timing="pre"))
    check_observations(one("2025-01-27"))
    assert built == []
    check_observations(one("2025-01-27", timing="post"), "XLON")
    assert built == ["XLON"]


def test_ids_are_made_of_ticker_and_date(levels) -> None:
    frame = pd.DataFrame(
        {"ticker": ["NVDA", "AMD"], "date": ["2025-01-27T21:30:00Z", "2025-01-27"]}
    )
    result = study(frame, levels)
    assert list(result.car((0, 0)).index) == [
        ("NVDA-2025-01-27", "NVDA"),
        ("AMD-2025-01-27", "AMD"),
    ]
    assert result.alignments["event_id"].tolist() == ["NVDA-2025-01-27"]


def test_an_event_that_was_moved_is_listed_once_for_all_its_tickers(levels) -> None:
    frame = pd.DataFrame(
        {"event_id": "a", "ticker": ["NVDA", "AMD"], "date": "2025-01-27T21:30:00Z"}
    )
    assert len(study(frame, levels).alignments) == 1


# --- times of day in other columns -------------------------------------------------------------

READ_AS_TIMING = {
    "another case": {"Timing": "AMC"},
    "hour": {"hour": "amc"},
    "when": {"when": "After Close"},
    "a name with the words": {"bmo_amc": "AMC"},
    "camel case": {"ReportTime": "post"},
    "words without doubt": {"release": "After Market Close"},
    "a group of it": {"group": "after-hours"},
    "a category": {"session": pd.Categorical(["AMC"], categories=["lunch", "AMC"])},
    "a column of numbers beside it": {"hour": "amc", "time": 16.5},
}


@pytest.mark.parametrize("more", READ_AS_TIMING.values(), ids=READ_AS_TIMING)
def test_a_column_that_says_after_the_close_is_the_timing(levels, more) -> None:
    result = study(one("2025-01-27", **more), levels)
    assert result.car((0, 0))["car"].item() == pytest.approx(0.062658, abs=5e-7)
    assert "16:00 New York" in result.alignments["reason"].item()


def test_both_words_leave_no_doubt_whatever_the_column_is_called() -> None:
    frame = pd.DataFrame(
        {
            "ticker": ["NVDA", "AMD", "TSM", "MU"],
            "date": "2025-01-27",
            "x": ["AMC", "BMO", None, "--"],
        }
    )
    days = check_observations(frame).frame["date"].dt.day
    assert days.tolist() == [28, 27, 27, 27]


DOUBTFUL = {
    "a clock": ({"time": "16:30"}, ["'time'", "'16:30'", "offset", "timing"]),
    "a clock of another name": ({"x": "4:30 PM"}, ["'x'", "'4:30 PM'", "offset", "timing"]),
    "a time object": ({"hour": dt.time(16, 30)}, ["'hour'", "'16:30:00'", "timing"]),
    "a span since midnight": ({"time": pd.Timedelta("16:30:00")}, ["'time'", "'16:30:00'"]),
    "a word with other meanings": ({"period": "post"}, ["'period'", "'post'", "'timing'"]),
    "a company called AMC": ({"peer": "AMC"}, ["'peer'", "'AMC'", "'timing'"]),
    "two columns": ({"hour": "AMC", "when": "post"}, ["'hour'", "'when'", "timing"]),
}


@pytest.mark.parametrize(("more", "says"), DOUBTFUL.values(), ids=DOUBTFUL)
def test_a_column_that_may_say_the_time_of_day_is_named(levels, more, says) -> None:
    frame = one("2025-01-27", **more)
    with pytest.raises(es.InputError) as caught:
        check_observations(frame)
    (only,) = caught.value.problems
    for part in says:
        assert part in only
    result = study(frame.assign(timing=""), levels)
    assert result.car((0, 0))["car"].item() == pytest.approx(-0.132600, abs=5e-7)


def test_a_column_of_times_with_one_word_that_is_none_is_named() -> None:
    frame = pd.DataFrame(
        {"ticker": ["NVDA", "AMD"], "date": "2025-01-27", "when": ["AMC", "lunch"]}
    )
    with pytest.raises(es.InputError, match="'when'"):
        check_observations(frame)


@pytest.mark.parametrize(
    "more",
    [
        {"sector": "technology"},
        {"session": "Asia"},
        {"hour": 16},
        {"peer": ["AMC"]},
        {"time": "00:00"},
        {"note": None},
        {"group": "post"},
        {"benchmark": "AMC"},
        {"period": "pre"},
        {"lag": pd.Timedelta("01:30:00")},
    ],
    ids=str,
)
def test_other_columns_are_covariates(more) -> None:
    frame = pd.DataFrame({"ticker": ["NVDA"], "date": "2025-01-27", **more})
    if more == {"peer": ["AMC"]}:
        frame = pd.concat([frame, frame.assign(ticker="AMD", peer="IMAX")])
    observed = check_observations(frame)
    assert observed.alignments.empty
    assert set(more) <= set(observed.frame)


def test_a_clock_beside_dates_with_times_says_nothing_more() -> None:
    observed = check_observations(one("2025-01-27T21:30:00Z", time="16:30"))
    assert observed.frame["date"].item() == pd.Timestamp("2025-01-28")


# --- near misses of tickers --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "columns"),
    [
        ("NVDA ", ["NVDA", "^GSPC"]),
        ("NVDA", ["NVDA  ", "^GSPC"]),
        (86580.0, ["86580", "^GSPC"]),
        ("86580", [86580.0, "^GSPC"]),
        (86580.0, [86580.0, "^GSPC"]),
        (86580, [86580, "^GSPC"]),
    ],
)
def test_blanks_and_decimals_are_no_part_of_a_ticker(levels, given, columns) -> None:
    wide = levels[["NVDA", "^GSPC"]].set_axis(columns, axis=1)
    frame = pd.DataFrame({"ticker": [given], "date": ["2025-01-27"]})
    result = study(frame, wide)
    assert result.exclusions.empty
    assert result.car((0, 0))["car"].item() == pytest.approx(-0.132600, abs=5e-7)
    assert result.car((0, 0)).index[0] == (
        f"{str(given).strip().removesuffix('.0')}-2025-01-27",
        str(given).strip().removesuffix(".0"),
    )


def test_tickers_that_differ_by_blanks_are_one() -> None:
    with pytest.raises(es.InputError, match="Observation 2: 'NVDA'"):
        check_observations(pd.DataFrame({"ticker": ["NVDA", " NVDA"], "date": "2025-01-27"}))
    with pytest.raises(es.InputError, match="Observation 2: ticker is empty"):
        check_observations(pd.DataFrame({"ticker": [1.0, np.nan], "date": "2025-01-27"}))


def test_a_benchmark_of_each_event_is_named_like_a_ticker(levels) -> None:
    wide = levels.rename(columns={"^GSPC": 7})
    frame = pd.DataFrame({"ticker": ["NVDA"], "date": ["2025-01-27"], "benchmark": [7.0]})
    result = es.EventStudy(car=[(0, 0)]).run(frame, wide)
    assert result.car((0, 0))["car"].item() == pytest.approx(-0.132600, abs=5e-7)


@pytest.mark.parametrize(
    ("given", "column", "hint"),
    [
        ("nvda", "NVDA", "NVDA"),
        ("NVAD", "NVDA", "NVDA"),
        ("86580", "086580", "086580"),
        ("086580", "86580", "86580"),
        ("86581", "86580", None),
        ("INTC", "NVDA", None),
    ],
)
def test_a_near_miss_of_a_ticker_has_the_one_that_is_there(levels, given, column, hint) -> None:
    wide = levels.rename(columns={"NVDA": column})
    frame = pd.DataFrame({"ticker": [given, "AMD"], "date": "2025-01-27"})
    (reason,) = study(frame, wide).exclusions["reason"]
    assert reason.startswith(f"{given} is not in the prices")
    assert ("did you mean" in reason) == (hint is not None)
    if hint:
        assert hint in reason


def test_near_misses_are_looked_for_a_few_times_only(levels, monkeypatch) -> None:
    from eventstudy.estimation import placement

    asked = []
    monkeypatch.setattr(placement, "nearest", lambda name, *_, **__: asked.append(name) or [])
    names = [f"nvda{number}" for number in range(30)] * 2
    frame = pd.DataFrame({"event_id": range(61), "ticker": [*names, "AMD"], "date": "2025-01-27"})
    result = study(frame, levels)
    assert len(result.exclusions) == 60
    assert 0 < len(asked) <= 5


# --- other libraries ---------------------------------------------------------------------------


def digests(result: es.StudyResult, folder: Path) -> dict[str, str]:
    saved = result.save(folder)
    return {
        str(path.relative_to(saved)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(saved.rglob("*"))
        if path.is_file()
    }


def test_the_same_bytes_whatever_the_library(levels, tmp_path) -> None:
    import duckdb
    import polars as pl
    import pyarrow as pa

    frame = pd.DataFrame(
        {
            "event_id": ["a", "b"],
            "ticker": ["NVDA", "AMD"],
            "date": pd.to_datetime(["2025-01-27", "2025-02-04"]),
            "timing": ["post", ""],
            "size": [1.5, np.nan],
        }
    )
    returns = levels.pct_change()
    flat = returns.reset_index()
    of = {
        "pandas": (frame, returns),
        "polars": (pl.from_pandas(frame), pl.from_pandas(flat)),
        "lazy": (pl.from_pandas(frame).lazy(), pl.from_pandas(flat).lazy()),
        "pyarrow": (pa.Table.from_pandas(frame, preserve_index=False), pa.Table.from_pandas(flat)),
        "duckdb": (duckdb.from_df(frame), duckdb.from_df(flat)),
    }
    found = {
        name: digests(
            es.EventStudy(benchmark="^GSPC", car=[(0, 0)]).run(events, returns=wide),
            tmp_path / name,
        )
        for name, (events, wide) in of.items()
    }
    assert all(each == found["pandas"] for each in found.values())
    assert len(found["pandas"]) > 5


def test_prices_of_polars_have_their_dates_in_a_column(levels) -> None:
    import polars as pl

    flat = levels.reset_index()
    result = study(one("2025-01-27"), pl.from_pandas(flat))
    assert result.car((0, 0))["car"].item() == pytest.approx(-0.132600, abs=5e-7)
    dated = flat.assign(date=flat["date"].dt.date)
    assert study(one("2025-01-27"), pl.from_pandas(dated)).n == 1


def test_a_long_frame_and_one_with_an_index_stay_as_they_are() -> None:
    long = pd.DataFrame({"date": ["2025-01-27"], "ticker": ["A"], "value": [1.0]})
    assert by_day(long, "prices") is long
    wide = pd.DataFrame({"A": [1.0]}, index=pd.to_datetime(["2025-01-27"]))
    assert by_day(wide, "prices") is wide


def test_a_sheet_of_a_frame_holds_names_by_level() -> None:
    wide = pd.DataFrame(
        [[1.0, 2.0]],
        index=pd.DatetimeIndex(["2025-01-27"], name="Date"),
        columns=pd.MultiIndex.from_tuples(
            [("Close", "A"), ("Close", "B")], names=["Price", "Ticker"]
        ),
    )
    sheet = sheet_of(wide, "The prices")
    assert sheet.headers == (("Date", "Close", "Close"), ("", "A", "B"))
    assert list(sheet.cells.index) == [1]
    assert sheet.cells[2].tolist() == [2.0]
    assert not sheet.text


def test_tables_as_polars_and_arrow(levels) -> None:
    result = study(one("2025-01-27"), levels)
    table = result.car((0, 0))
    polars, arrow = to_polars(table), to_arrow(table)
    assert polars.columns[:2] == ["event_id", "ticker"]
    assert polars["car"].item() == table["car"].item()
    assert arrow.column_names == polars.columns
    assert es.to_polars(result.abnormal_returns).columns[2] == "-10"
    assert es.to_arrow(result.tests).num_rows == len(result.tests)
    assert result.to_polars("car", (0, 0)).equals(polars)
    assert result.to_arrow().equals(es.to_arrow(result.abnormal_returns))
    with pytest.raises(es.InputError, match="'cars'"):
        result.to_polars("cars")


def test_without_polars_the_extra_is_named(levels, monkeypatch) -> None:
    monkeypatch.setitem(sys.modules, "polars", None)
    with pytest.raises(es.InputError, match=r"eventstudy-kit\[polars\]"):
        to_polars(levels)


@pytest.mark.parametrize("value", [[1], {"date": ["2025-01-27"]}, "events.csv", pd.Series([1.0])])
def test_what_is_no_frame_is_said(levels, value) -> None:
    with pytest.raises(es.InputError, match=type(value).__name__):
        study(value, levels)
    with pytest.raises(es.InputError, match=type(value).__name__):
        check_observations(value)
