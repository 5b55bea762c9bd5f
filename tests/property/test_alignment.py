"""Properties of day 0: never earlier, always a session, and the same when asked again."""

from __future__ import annotations

import datetime as dt
from functools import cache

import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

import eventstudy as es
from eventstudy.calendars import sessions_of
from eventstudy.events.align import align
from eventstudy.events.event import Event

QUICK = settings(max_examples=60, derandomize=True)
dates = st.dates(dt.date(2000, 1, 1), dt.date(2026, 6, 30))
zones = st.sampled_from(
    [dt.UTC, dt.timezone(dt.timedelta(hours=-5)), dt.timezone(dt.timedelta(hours=9))]
)
moments = st.datetimes(dt.datetime(2000, 1, 1), dt.datetime(2026, 6, 30), timezones=zones)  # noqa: DTZ001


def event(at: dt.date | dt.datetime, timing: str = "") -> Event:
    return Event(event_id="e", title="t", announced_at=at, timing=timing, groups=("A",))


@cache
def days() -> np.ndarray:
    return sessions_of("XNYS").days


@given(dates, st.sampled_from(["", "pre", "intraday", "post"]))
@QUICK
def test_a_date_goes_to_a_session_that_is_not_earlier(at: dt.date, timing: str) -> None:
    found = align(event(at, timing))
    assert np.datetime64(found.session, "D") in days()
    assert found.session >= at
    is_session = np.datetime64(at, "D") in days()
    assert (found.session == at) == (is_session and timing != "post")
    assert found.shifted == bool(found.reason) == (found.session != at)
    between = days()[
        (days() > np.datetime64(at, "D")) & (days() < np.datetime64(found.session, "D"))
    ]
    assert not len(between), "a session was passed over"


@given(dates)
@QUICK
def test_alignment_is_idempotent(at: dt.date) -> None:
    once = align(event(at)).session
    again = align(event(once))
    assert (again.session, again.shifted) == (once, False)


@given(moments)
@QUICK
def test_a_timestamp_goes_to_the_first_session_that_closes_after_it(at: dt.datetime) -> None:
    sessions = sessions_of("XNYS")
    found = np.datetime64(align(event(at)).session, "D")
    utc = np.datetime64(at.astimezone(dt.UTC).replace(tzinfo=None), "us")
    assert found == days()[sessions.closes > utc][0]


@given(dates, dates)
@QUICK
def test_a_later_announcement_is_never_aligned_earlier(a: dt.date, b: dt.date) -> None:
    first, second = sorted((a, b))
    assert align(event(first)).session <= align(event(second)).session


RNG = np.random.default_rng(0)
INDEX = pd.bdate_range("2023-01-02", periods=260).delete([57, 58, 120, 201])
WIDE = pd.DataFrame(0.01 * RNG.standard_normal((len(INDEX), 3)), INDEX, ["A", "B", "mkt"])
STUDY = es.EventStudy(
    benchmark="mkt", estimation=(-60, -11), window=(0, 0), car=[], min_obs=10, tests=["t"]
)


@given(st.lists(st.integers(0, 420), min_size=1, max_size=6))
@QUICK
def test_research_dates_become_sessions_of_the_returns(offsets: list[int]) -> None:
    asked = [dt.date(2022, 12, 1) + dt.timedelta(days=d) for d in offsets]
    frame = pd.DataFrame(
        {"event_id": range(len(asked)), "ticker": "A", "date": pd.to_datetime(asked)}
    )
    result = STUDY.run(frame, returns=WIDE)
    labels = result.assets.labels
    assert labels["day0"].isin(INDEX).all()
    assert (labels["day0"] >= labels["date"]).all()
    for row in labels.itertuples():
        assert row.day0 == INDEX[INDEX.searchsorted(row.date)]
    assert set(result.alignments["event_id"]) == set(
        labels.loc[labels["day0"] != labels["date"], "event_id"]
    )
    assert len(labels) + len(result.exclusions) == len(frame)
    if len(labels):
        again = STUDY.run(labels[["event_id", "ticker"]].assign(date=labels["day0"]), returns=WIDE)
        assert again.alignments.empty
        np.testing.assert_array_equal(
            again.abnormal_returns.to_numpy(), result.abnormal_returns.to_numpy()
        )


@given(st.sampled_from(["ms", "s", "us", "ns"]), st.booleans())
@QUICK
def test_the_unit_of_the_dates_does_not_matter(unit: str, as_text: bool) -> None:
    frame = pd.DataFrame({"event_id": ["1"], "ticker": ["A"], "date": [INDEX[100]]})
    frame["date"] = frame["date"].astype(f"datetime64[{unit}]")
    if as_text:
        frame["date"] = frame["date"].dt.strftime("%Y-%m-%d")
    wide = WIDE.set_axis(WIDE.index.as_unit(unit))
    assert STUDY.run(frame, returns=wide).assets.labels["day0"].item() == INDEX[100]
