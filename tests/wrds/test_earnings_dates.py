"""Announcements of I/B/E/S and Compustat as events with PERMNOs and moments."""

from __future__ import annotations

import datetime as dt

import pytest
from wrds_rows import D1, D6

import eventstudy as es
from eventstudy.events.align import align
from eventstudy.origins.asked_span import asked_span
from eventstudy.origins.dated_news import merged_by_day
from eventstudy.origins.wrds_earnings import clock_of, wrds_earnings_as_news

pytestmark = pytest.mark.needs_postgres


def gathered(tickers: str, since: str = D1, until: str = D6, **options):
    return wrds_earnings_as_news(tickers.split(","), asked_span(since, until), **options)


def events_of(*asked, **options):
    return merged_by_day(gathered(*asked, **options).news, "XNYS", "announcement").events()


def test_ibes_gives_moments_in_new_york_and_a_late_one_counts_on_the_next_session(wrds):
    events = events_of("ALFA")
    late, early, unknown = events
    assert late.announced_at == dt.datetime.fromisoformat("2020-03-03T16:05:00-05:00")
    assert align(late).session == dt.date(2020, 3, 4)
    assert align(early).session == dt.date(2020, 3, 5)
    assert unknown.announced_at == dt.date(2020, 3, 6)  # midnight is no time
    assert {event.groups for event in events} == {("ALFA",)}
    assert "2019-12-31" in late.title


def test_on_days_of_another_ticker_the_security_is_a_permno(wrds):
    """IOTA was OLD until 3 March 2020, and is NEW since."""
    import psycopg

    with psycopg.connect(wrds, autocommit=True) as connection:
        connection.execute(
            "INSERT INTO wrdsapps_link_crsp_ibes.ibcrsphist VALUES "
            "('IOT', 10009, '1990-01-01', NULL, 1)"
        )
        connection.execute(
            "INSERT INTO ibes.actu_epsus VALUES "
            "('IOT', 'IOTA', 'EPS', 'QTR', '2019-12-31', '2020-03-03', '07:00:00', 1), "
            "('IOT', 'IOTA', 'EPS', 'QTR', '2020-03-31', '2020-03-06', '07:00:00', 1)"
        )
    groups = [event.groups for event in events_of("NEW")]
    assert groups == [("10009",), ("NEW",)]


def test_compustat_gives_days(wrds):
    (event,) = events_of("10001", dates="compustat")
    assert event.announced_at == dt.date(2020, 3, 3)
    assert event.groups == ("10001",)
    assert "2019-12-31" in event.title


def test_summer_time_has_its_own_offset(wrds):
    import psycopg

    with psycopg.connect(wrds, autocommit=True) as connection:
        connection.execute(
            "INSERT INTO ibes.actu_epsus VALUES "
            "('ALF1', 'ALFA', 'EPS', 'QTR', '2021-03-31', '2021-05-05', '16:30:00', 1)"
        )
    (event,) = events_of("ALFA", "2021", "2021")
    assert event.announced_at == dt.datetime.fromisoformat("2021-05-05T16:30:00-04:00")


def test_who_has_none_is_said(wrds):
    missing = gathered("ALFA,BETA,NIX").missing
    assert [line.split()[0] for line in missing] == ["NIX", "BETA"]
    with pytest.raises(es.DataMissingError, match="BETA"):
        gathered("BETA")
    with pytest.raises(es.InputError, match=r"'reuters'.*ibes"):
        gathered("ALFA", dates="reuters")


@pytest.mark.parametrize(
    ("cell", "clock"),
    [
        (dt.time(16, 5), dt.time(16, 5)),
        ("8:54:03", dt.time(8, 54, 3)),
        ("16:05", dt.time(16, 5)),
        (57_900.0, dt.time(16, 5)),
        (dt.timedelta(hours=9), dt.time(9)),
        *[(cell, None) for cell in (None, "", float("nan"), "00:00:00", "0:00", 0, dt.time())],
    ],
)
def test_times_of_day_in_every_form(cell, clock):
    assert clock_of(cell) == clock


@pytest.mark.parametrize("cell", ["soon", "25:00:00", "16", 100_000, -5])
def test_what_is_no_time_is_refused(cell):
    with pytest.raises(es.InputError, match="time"):
        clock_of(cell)
