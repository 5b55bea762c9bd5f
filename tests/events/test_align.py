"""Day 0: dates, timestamps, half days, closed days, and what contradicts itself."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eventstudy.calendars import sessions_between, sessions_of
from eventstudy.errors import InputError
from eventstudy.events.align import Alignment, align, align_all
from eventstudy.events.event import Event, make_event
from eventstudy.events.registry import read_events

NEW_YORK = ZoneInfo("America/New_York")


def event(announced_at, timing: str = "") -> Event:
    return make_event(event_id="e", title="T", announced_at=announced_at, timing=timing)


def after_close(day: str, clock: str, session: str) -> str:
    return f"announced after the close of {day} ({clock} New York time); day 0 is the next session, {session}"


def closed(day: str, why: str, session: str) -> str:
    return f"{day} was not a session of XNYS ({why}); day 0 is the next session, {session}"


@pytest.mark.parametrize(
    ("announced_at", "timing", "session", "reason"),
    [
        ("2025-01-24", "", "2025-01-24", ""),
        ("2025-01-24", "pre", "2025-01-24", ""),
        ("2025-01-24", "intraday", "2025-01-24", ""),
        ("2025-01-24", "post", "2025-01-27", after_close("2025-01-24", "16:00", "2025-01-27")),
        ("2024-11-29", "post", "2024-12-02", after_close("2024-11-29", "13:00", "2024-12-02")),
        (
            "2025-01-20",
            "",
            "2025-01-21",
            closed("2025-01-20", "Dr. Martin Luther King Jr. Day", "2025-01-21"),
        ),
        (
            "2025-01-20",
            "post",
            "2025-01-21",
            closed("2025-01-20", "Dr. Martin Luther King Jr. Day", "2025-01-21"),
        ),
        ("2025-01-26", "pre", "2025-01-27", closed("2025-01-26", "a Sunday", "2025-01-27")),
        ("2025-02-01", "post", "2025-02-03", closed("2025-02-01", "a Saturday", "2025-02-03")),
        # A national day of mourning: closed by decree, so without a name in the calendar.
        ("2025-01-09", "", "2025-01-10", closed("2025-01-09", "an exchange holiday", "2025-01-10")),
        ("2001-09-11", "", "2001-09-17", closed("2001-09-11", "an exchange holiday", "2001-09-17")),
        ("1987-10-19", "", "1987-10-19", ""),
        ("2040-01-01", "", "2040-01-03", closed("2040-01-01", "a Sunday", "2040-01-03")),
    ],
)
def test_dates(announced_at, timing, session, reason):
    assert align(event(announced_at, timing)) == Alignment(
        "e",
        dt.date.fromisoformat(announced_at),
        dt.date.fromisoformat(session),
        bool(reason),
        reason,
    )


@pytest.mark.parametrize(
    ("announced_at", "timing", "session", "reason"),
    [
        ("2025-01-29T14:00:00-05:00", "intraday", "2025-01-29", ""),
        ("2025-01-29T06:00:00-05:00", "pre", "2025-01-29", ""),
        ("2025-01-29T09:29:59-05:00", "pre", "2025-01-29", ""),
        ("2025-01-29T09:30:00-05:00", "intraday", "2025-01-29", ""),
        ("2025-01-29T15:59:59.999999-05:00", "", "2025-01-29", ""),
        (
            "2025-01-29T16:00:00-05:00",
            "",
            "2025-01-30",
            after_close("2025-01-29", "16:00", "2025-01-30"),
        ),
        (
            "2025-01-29T21:00:00Z",
            "post",
            "2025-01-30",
            after_close("2025-01-29", "16:00", "2025-01-30"),
        ),
        ("2024-11-29T12:59:59-05:00", "", "2024-11-29", ""),
        (
            "2024-11-29T13:00:00-05:00",
            "post",
            "2024-12-02",
            after_close("2024-11-29", "13:00", "2024-12-02"),
        ),
        (
            "2024-12-24T13:00:00-05:00",
            "",
            "2024-12-26",
            after_close("2024-12-24", "13:00", "2024-12-26"),
        ),
        ("2024-12-24T12:59:00-05:00", "", "2024-12-24", ""),
        # Summer time: 20:00 UTC is the close; Beijing is a day ahead of New York's evening.
        ("2025-07-01T19:59:00Z", "", "2025-07-01", ""),
        (
            "2025-07-01T20:00:00Z",
            "",
            "2025-07-02",
            after_close("2025-07-01", "16:00", "2025-07-02"),
        ),
        (
            "2025-01-28T08:00:00+08:00",
            "",
            "2025-01-28",
            after_close("2025-01-27", "16:00", "2025-01-28"),
        ),
        (
            "2025-01-26T12:00:00-05:00",
            "pre",
            "2025-01-27",
            closed("2025-01-26", "a Sunday", "2025-01-27"),
        ),
        (
            "2025-01-20T18:00:00-05:00",
            "post",
            "2025-01-21",
            closed("2025-01-20", "Dr. Martin Luther King Jr. Day", "2025-01-21"),
        ),
    ],
)
def test_timestamps(announced_at, timing, session, reason):
    found = align(event(announced_at, timing))
    assert (found.session.isoformat(), found.shifted, found.reason) == (
        session,
        bool(reason),
        reason,
    )


@pytest.mark.parametrize(
    ("announced_at", "timing", "found"),
    [
        ("2025-01-29T10:00:00-05:00", "post", "in the session of 2025-01-29 (09:30 to 16:00"),
        ("2025-01-29T10:00:00-05:00", "pre", "in the session of 2025-01-29 (09:30 to 16:00"),
        ("2025-01-29T06:00:00-05:00", "intraday", "before the open of 2025-01-29 (09:30 to 16:00"),
        (
            "2024-11-29T14:00:00-05:00",
            "intraday",
            "at or after the close of 2024-11-29 (09:30 to 13:00",
        ),
    ],
)
def test_a_timestamp_that_contradicts_its_timing(announced_at, timing, found):
    with pytest.raises(InputError) as caught:
        align(event(announced_at, timing))
    assert str(caught.value) == (
        f"Event 'e': announced_at {announced_at} lies {found} New York time), but "
        f"timing says {timing}; correct one of the two."
    )


def test_other_exchanges():
    assert align(event("2025-10-01"), "XHKG").reason == (
        "2025-10-01 was not a session of XHKG (National Day); day 0 is the next session, 2025-10-02"
    )
    late = align(event("2025-01-27T08:10:00Z"), "XHKG")
    assert late.reason == (
        "announced after the close of 2025-01-27 (16:00 Hong Kong time); "
        "day 0 is the next session, 2025-01-28"
    )
    # A calendar that names no holidays at all.
    assert "(an exchange holiday)" in align(event("2025-01-01"), "XSHG").reason
    assert align(event("2025-01-26T10:00:00Z"), "24/7").session == dt.date(2025, 1, 26)


def test_unknown_and_broken_calendars(monkeypatch):
    with pytest.raises(
        InputError, match=r"There is no exchange calendar 'XNY'\. Did you mean 'XNYS'\?"
    ):
        align(event("2025-01-29"), "XNY")

    import exchange_calendars

    sessions_of.cache_clear()

    def broken(*args, **kwargs):
        raise NotImplementedError

    monkeypatch.setattr(exchange_calendars, "get_calendar", broken)
    with pytest.raises(
        InputError,
        match=r"The calendar 'XLON' cannot be built with the installed exchange_calendars and "
        r"pandas \(NotImplementedError\); choose another",
    ):
        align(event("2025-01-29"), "XLON")


@pytest.mark.parametrize("day", ["1850-01-01", "2205-01-27", "0001-01-01", "9999-12-31"])
def test_a_date_beyond_the_calendar(day):
    sentence = (
        f"Event 'e': {day} lies outside the XNYS calendar, which runs from 1900-01-01 to "
        "2100-12-31; check the date."
    )
    for announced_at in (day, f"{day}T23:00:00-05:00"):
        with pytest.raises(InputError) as caught:
            align(event(announced_at))
        assert str(caught.value) == sentence


def test_an_evening_beyond_the_calendars_last_session():
    # 2100-12-30 by its own clock, 2100-12-31 in Auckland, after that exchange's last close.
    with pytest.raises(InputError, match="2100-12-30 lies outside the XNZE calendar"):
        align(event("2100-12-30T23:00:00-11:00"), "XNZE")


def test_align_all_keeps_order_and_reports_all_problems_at_once():
    events = read_events(Path(__file__).parents[2] / "events.csv")
    sessions = {found.event_id: found.session.isoformat() for found in align_all(events)}
    assert list(sessions) == [one.event_id for one in events]
    assert sessions["deepseek-v2"] == "2024-05-06"
    assert sessions["deepseek-v3"] == "2024-12-26"
    assert sessions["deepseek-r1"] == "2025-01-21"
    assert sessions["meta-capex"] == "2025-01-24"
    assert sessions["deepseek-app-store"] == "2025-01-27"
    assert sessions["stargate"] == "2025-01-22"
    assert sessions["tariffs-2025-04-02"] == "2025-04-03"
    with pytest.raises(InputError) as caught:
        align_all([event("1850-01-01"), event("2025-01-29"), event("2025-01-29T10:00Z", "post")])
    assert len(caught.value.problems) == 2


def test_sessions_between():
    days = sessions_between(dt.date(2025, 1, 17), dt.date(2025, 1, 22))
    assert days.dtype == np.dtype("datetime64[D]")
    assert days.astype(str).tolist() == ["2025-01-17", "2025-01-21", "2025-01-22"]
    assert len(sessions_between(dt.date(2025, 1, 18), dt.date(2025, 1, 20))) == 0
    assert len(sessions_between(dt.date(2025, 1, 22), dt.date(2025, 1, 21))) == 0
    assert len(sessions_between(dt.date(2024, 1, 1), dt.date(2024, 12, 31))) == 252
    with pytest.raises(InputError, match=r"^1850-01-01 lies outside the XNYS calendar"):
        sessions_between(dt.date(1850, 1, 1), dt.date(2025, 1, 1))


MOMENTS = st.one_of(
    st.dates(dt.date(1990, 1, 1), dt.date(2030, 12, 31)),
    st.datetimes(
        dt.datetime(1990, 1, 1),  # noqa: DTZ001
        dt.datetime(2030, 12, 31),  # noqa: DTZ001
        timezones=st.sampled_from(
            [NEW_YORK, ZoneInfo("Asia/Shanghai"), ZoneInfo("UTC"), ZoneInfo("Pacific/Auckland")]
        ),
    ),
)


@settings(max_examples=300)
@given(moment=MOMENTS, timing=st.sampled_from(["", "pre", "intraday", "post"]))
def test_day_0_is_a_session_never_before_the_news_and_stays_put(moment, timing):
    stamped = isinstance(moment, dt.datetime)
    found = align(event(moment, "" if stamped else timing))
    day = moment.astimezone(NEW_YORK).date() if stamped else moment
    assert found.session >= day
    assert found.session - day <= dt.timedelta(days=9)
    assert found.shifted == (found.session > day) == bool(found.reason)
    assert sessions_between(found.session, found.session).size == 1
    # At most the announcement's own day lies between the news and day 0.
    assert sessions_between(day, found.session).size <= 2
    again = align(event(found.session))
    assert (again.session, again.shifted) == (found.session, False)
