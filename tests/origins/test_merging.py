"""The one rule for news of a day, spans of days, and `events from-csv`."""

from __future__ import annotations

import csv
import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import eventstudy as es
from eventstudy.errors import InputError
from eventstudy.events.align import align_all
from eventstudy.origins.asked_span import asked_span
from eventstudy.origins.dated_news import DatedNews, merged_by_day, timing_in
from eventstudy.origins.edgar_records import accepted_at, listed_as

NEW_YORK = ZoneInfo("America/New_York")


def at(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text).replace(tzinfo=NEW_YORK)


def news(moment: str, ticker: str = "X", **more: Any) -> DatedNews:
    when = at(moment) if " " in moment else dt.date.fromisoformat(moment)
    return DatedNews((ticker,), when, more.pop("title", moment), **more)


def test_the_earliest_of_a_day_stands_with_the_titles_of_all() -> None:
    dated = merged_by_day(
        [
            news("2024-03-05 15:00", title="third", category="c"),
            news("2024-03-04 16:00", title="first", category="a", source="s1", notes="n"),
            news("2024-03-05 08:00", title="second", category="a", source="s2"),
            news("2024-03-05 16:00", title="next day"),
            news("2024-03-05 09:00", "Y", title="other ticker"),
        ],
        "XNYS",
        "filing",
    )
    assert [str(day) for day in dated.days] == ["2024-03-05", "2024-03-05", "2024-03-06"]
    first, other, following = dated.news
    assert (first.title, first.category, first.source) == ("first; second; third", "a + c", "s1")
    assert first.moment == at("2024-03-04 16:00")
    assert "s2" in first.notes
    assert (other.title, following.title) == ("other ticker", "next day")
    (note,) = dated.notes
    assert "3 filings of 5 March 2024 (X)" in note


def test_a_date_counts_by_its_phase_of_the_day() -> None:
    late, early, timed = (
        news("2024-03-05", title="in"),
        news("2024-03-05", title="pre", timing="pre"),
        news("2024-03-04", title="evening before", timing="post"),
    )
    dated = merged_by_day([late, early, timed], "XNYS", "row")
    assert dated.news[0].title == "evening before; pre; in"


@settings(max_examples=40)
@given(
    st.lists(
        st.tuples(
            st.integers(0, 60 * 24 * 60).map(lambda minutes: dt.timedelta(minutes=minutes)),
            st.sampled_from("AB"),
        ),
        min_size=1,
        max_size=12,
    )
)
def test_merging_loses_no_day_and_leaves_no_two_alike(
    pairs: list[tuple[dt.timedelta, str]],
) -> None:
    given_news = [DatedNews((name,), at("2024-01-02") + later, "t") for later, name in pairs]
    dated = merged_by_day(given_news, "XNYS", "row")
    events = dated.events()
    days = [each.session for each in align_all(events)]
    assert days == list(dated.days)
    keys = [(each.tickers, day) for each, day in zip(dated.news, days, strict=True)]
    assert len(set(keys)) == len(keys)
    single = {(each.tickers, merged_by_day([each], "XNYS", "row").days[0]) for each in given_news}
    assert set(keys) == single
    assert len({event.event_id for event in events}) == len(events)


def test_the_timing_of_a_time_never_contradicts_it() -> None:
    for text in (
        "2024-05-22 09:29:59",
        "2024-05-22 09:30",
        "2024-05-22 15:59:59",
        "2024-05-22 16:00",
    ):
        event = DatedNews(("X",), at(text), "t", timing_in(at(text), "XNYS"))
        merged_by_day([event], "XNYS", "row")
    phases = [timing_in(at(f"2024-05-22 {clock}"), "XNYS") for clock in ("09:29", "09:30", "16:00")]
    assert phases == ["pre", "intraday", "post"]
    assert timing_in(at("2024-05-25 12:00"), "XNYS") == ""


@pytest.mark.parametrize(
    ("listed", "clock", "meant"),
    [
        ("2024-05-22T20:20:55.000Z", "2024-05-22 16:20:55", "UTC"),
        ("2024-05-22T16:20:55.000Z", "2024-05-22 16:20:55", "New York"),
        ("2024-05-23T00:20:55.000Z", "2024-05-22 16:20:55", "twice"),
        ("2024-11-20T21:20:10.000Z", "2024-11-20 16:20:10", "UTC"),
        ("2024-11-20T20:20:10.000Z", "2024-11-20 16:20:10", ""),
        ("2024-11-21T02:20:10.000Z", "2024-11-20 16:20:10", "twice"),
        ("", "2024-11-20 16:20:10", ""),
    ],
)
def test_the_lists_time_is_held_against_the_pages(listed: str, clock: str, meant: str) -> None:
    assert listed_as(listed, at(clock)) == meant


def test_the_page_of_a_filing_gives_new_yorks_time() -> None:
    page = b'No. 0001-24-1 <div class="infoHead">Accepted</div>\n   <div class="info">%s</div>'

    def read(page: bytes) -> dt.datetime | None:
        return accepted_at(page, "0001-24-1")

    summer, winter = read(page % b"2024-05-22 16:20:55"), read(page % b"2024-11-20 16:20:10")
    assert summer is not None
    assert winter is not None
    assert summer.astimezone(dt.UTC).isoformat() == "2024-05-22T20:20:55+00:00"
    assert winter.astimezone(dt.UTC).isoformat() == "2024-11-20T21:20:10+00:00"
    assert read(page % b"2024-13-40 16:20:55") is None
    assert read(page.replace(b"Accepted", b"Filed") % b"2024-05-22 16:20:55") is None
    assert read(page.replace(b"0001-24-1", b"0001-24-2") % b"2024-05-22 16:20:55") is None


@pytest.mark.parametrize(
    ("since", "until", "first", "last"),
    [
        ("2020", "2020", "2020-01-01", "2020-12-31"),
        ("2020-02", "2020-02", "2020-02-01", "2020-02-29"),
        ("2020-12", "2020-12", "2020-12-01", "2020-12-31"),
        ("2020-05-20", "2020-5-20", "2020-05-20", "2020-05-20"),
        (None, None, "None", "None"),
    ],
)
def test_spans(since: str | None, until: str | None, first: str, last: str) -> None:
    span = asked_span(since, until)
    assert (str(span.first), str(span.last)) == (first, last)


@pytest.mark.parametrize("text", ["20", "2020-00", "2020-02-30", "1.1.2020", "2020-", "0000"])
def test_what_is_no_day(text: str) -> None:
    with pytest.raises(InputError):
        asked_span(text, None)
    with pytest.raises(InputError):
        asked_span(None, text)


def test_a_foreign_list_becomes_an_events_file(
    call: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    lines = [
        "Aktie;Datum;Wann;Sektor",
        "NVDA;03/02/2025;AMC;x",
        "AMD;05/02/2025;BMO;x",
        "AMD;04/02/2025;AMC;x",
        "",
    ]
    (tmp_path / "list.csv").write_text("\n".join(lines))
    columns = ("--date-col", "Datum", "--ticker-col", "Aktie", "--timing-col", "Wann", "--dayfirst")
    answer = call("events", "from-csv", "list.csv", *columns, "--out", "events.csv")
    assert answer.code == 0, answer.err
    rows = list(csv.DictReader((tmp_path / "events.csv").read_text().splitlines()))
    assert [
        (row["groups"], row["announced_at"], row["timing"], row["headline"]) for row in rows
    ] == [
        ("NVDA", "2025-02-03", "post", "yes"),
        ("AMD", "2025-02-04", "post", "yes"),
    ]
    for column in ("date from Datum", "timing from Wann", "ticker from Aktie", "not read: Sektor"):
        assert column in answer.said
    assert "2 rows of 5 February 2025 (AMD)" in answer.said
    assert call("events", "validate", "--events", "events.csv").code == 0


def test_an_events_file_comes_back_as_it_was(
    call: Callable[..., Any], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    own = es.read_events(Path(__file__).resolve().parents[2] / "events.csv")
    (tmp_path / "out.csv").write_text(call("events", "from-csv", str(own.path)).out)
    again = es.read_events("out.csv")
    merged = {event.event_id for event in own} - {event.event_id for event in again}
    assert len(own) - len(again) == len(merged)
    for event in again:
        if all(name not in event.notes for name in ("also ",)):
            assert event == own[event.event_id]


def test_an_unknown_layout_is_one_sentence(
    call: Callable[..., Any], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "list.csv").write_text("Aktie;Datum\nNVDA;03/02/2025\n")
    answer = call("events", "from-csv", "list.csv", "--out", "events.csv")
    assert (answer.code, answer.err.count("Error: ")) == (2, 1)
    assert not (tmp_path / "events.csv").exists()
