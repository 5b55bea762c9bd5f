"""Alignment: from the moment of an announcement to day 0, the first session that could react."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from eventstudy.calendars import Sessions, as_day64, beyond, sessions_of
from eventstudy.errors import InputError
from eventstudy.events.event import Event
from eventstudy.spec.study_spec import DEFAULTS

if TYPE_CHECKING:
    import numpy as np

    from eventstudy.events.placing import Announced


_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_UNNAMED = "an exchange holiday"
_TIMINGS = {"pre": "before the open", "intraday": "in the session", "post": "at or after the close"}


@dataclass(frozen=True, slots=True)
class Alignment:
    """Day 0 of one event.

    `session` is the exchange's date of day 0. `shifted` says that it is later than the
    announcement's date in exchange time, and `reason` why, as a sentence without a full stop.
    """

    event_id: str
    announced_at: dt.date | dt.datetime
    session: dt.date
    shifted: bool
    reason: str


def align(event: Event, calendar: str = DEFAULTS.calendar) -> Alignment:
    """Find day 0 of an event on an exchange's calendar.

    A date on a session is day 0 itself, unless its timing is post: then it is the next session.
    A timestamp before the close of a session belongs to that session, one at the close or later
    to the next. Whatever falls on a closed day belongs to the next session.

    Raises:
        InputError: The calendar is unknown or does not reach the date, or a timestamp contradicts
            the event's timing.
    """
    (aligned,) = align_all([event], calendar)
    return aligned


def align_all(events: Iterable[Event], calendar: str = DEFAULTS.calendar) -> tuple[Alignment, ...]:
    """`align` for many events on one calendar.

    Args:
        events: The events.
        calendar: Name of the exchange's calendar, such as XNYS.

    Raises:
        InputError: The problems of all events at once.
    """
    rows = [(event.event_id, event.announced_at, event.timing) for event in events]
    ids, moments, timings = zip(*rows, strict=True) if rows else ((), (), ())
    return align_columns(ids, moments, timings, calendar)


def align_columns(
    ids: Sequence[str],
    moments: Sequence[dt.date | dt.datetime],
    timings: Sequence[str],
    calendar: str = DEFAULTS.calendar,
) -> tuple[Alignment, ...]:
    """`align` for events that are held by column.

    Args:
        ids: Their event_id.
        moments: Their announced_at.
        timings: Their timing.
        calendar: Name of the exchange's calendar, such as XNYS.

    Raises:
        InputError: The problems of all events at once.
    """
    from eventstudy.events.placing import place

    sessions = sessions_of(calendar)
    placed = place(_announced(moments, timings), sessions)
    problems = [
        _problem(ids[at], moments[at], timings[at], int(placed.actual[at]), sessions)
        for at in (placed.outside | (placed.actual > 0)).nonzero()[0].tolist()
    ]
    if problems:
        raise InputError(problems)
    days = placed.day.astype(object)
    zero = placed.session(sessions).astype(object)
    reasons: dict[tuple[dt.date, dt.date], str] = {}
    aligned = []
    for event_id, moment, pair in zip(ids, moments, zip(days, zero, strict=True), strict=True):
        day, session = pair
        if day != session and pair not in reasons:
            reasons[pair] = shift_reason(day, session, sessions)
        reason = reasons[pair] if day != session else ""
        aligned.append(Alignment(event_id, moment, session, bool(reason), reason))
    return tuple(aligned)


def _announced(moments: Sequence[dt.date | dt.datetime], timings: Sequence[str]) -> Announced:
    """Moments as arrays; each distinct one is converted once."""
    import numpy as np

    from eventstudy.events.placing import TIMING_CODES, Announced

    distinct = {moment: place for place, moment in enumerate(dict.fromkeys(moments))}
    at = [distinct[moment] for moment in moments]
    days = [each.date() if isinstance(each, dt.datetime) else each for each in distinct]
    stamps = [
        np.datetime64(each.replace(tzinfo=None), "us") - np.timedelta64(each.utcoffset(), "us")
        if isinstance(each, dt.datetime)
        else np.datetime64("NaT")
        for each in distinct
    ]
    return Announced(
        np.array(days, dtype="datetime64[D]")[at],
        np.array(stamps, dtype="datetime64[us]")[at],
        np.array([TIMING_CODES[timing] for timing in timings], dtype=np.int8),
    )


def _problem(
    event_id: str, moment: dt.date | dt.datetime, timing: str, actual: int, sessions: Sessions
) -> str:
    if not actual:
        written = moment.date() if isinstance(moment, dt.datetime) else moment
        return f"Event {event_id!r}: " + beyond(str(written), sessions)
    day = moment.astimezone(sessions.calendar.tz).date()  # type: ignore[union-attr]
    return (
        f"Event {event_id!r}: announced_at {moment.isoformat()} "
        f"{contradiction(day, actual, sessions)}, but timing says {timing}; correct one of the two."
    )


def contradiction(day: dt.date, actual: int, sessions: Sessions) -> str:
    """Where a time of day lies in its session: "lies at or after the close of 2025-01-27 …".

    Args:
        day: A session.
        actual: One of `placing.TIMING_CODES`.
        sessions: Of the exchange.
    """
    here = int(sessions.days.searchsorted(as_day64(day)))
    hours = f"{_clock(sessions.opens[here], sessions)} to {_clock(sessions.closes[here], sessions)}"
    words = tuple(_TIMINGS.values())[actual - 1]
    return f"lies {words} of {day} ({hours} {_place(sessions)} time)"


def shift_reason(day: dt.date, session: dt.date, sessions: Sessions) -> str:
    """Why day 0 is later than the date of the announcement, without a full stop.

    Args:
        day: The date in the exchange's time.
        session: Day 0.
        sessions: Of the exchange.
    """
    here = int(sessions.days.searchsorted(as_day64(day)))
    if sessions.days[here] == as_day64(day):
        clock = _clock(sessions.closes[here], sessions)
        cause = f"announced after the close of {day} ({clock} {_place(sessions)} time)"
    else:
        cause = f"{day} was not a session of {sessions.name} ({_closed(day, sessions)})"
    return f"{cause}; day 0 is the next session, {session}"


def _closed(day: dt.date, sessions: Sessions) -> str:
    """Why the exchange was closed: the weekend, a holiday by its name, or a day of its own."""
    if sessions.calendar.weekmask[day.weekday()] == "0":
        return f"a {_WEEKDAYS[day.weekday()]}"
    return _holidays(sessions.calendar, sessions.first, sessions.last).get(day, _UNNAMED)


@lru_cache(maxsize=16)
def _holidays(calendar: Any, first: dt.date, last: dt.date) -> dict[dt.date, str]:
    """The names of the exchange's holidays, of all at once: one costs as much."""
    rules = calendar.regular_holidays
    if rules is None:
        return {}
    named = rules.holidays(first, last, return_name=True)
    days = [stamp.date() for stamp in named.index]
    return {day: str(name) or _UNNAMED for day, name in zip(days, named, strict=True)}


def _place(sessions: Sessions) -> str:
    """The exchange's time zone in words: "New York" for America/New_York."""
    return str(sessions.calendar.tz).rpartition("/")[2].replace("_", " ")


def _clock(stamp: np.datetime64, sessions: Sessions) -> str:
    utc: dt.datetime = stamp.astype(object).replace(tzinfo=dt.UTC)
    return f"{utc.astimezone(sessions.calendar.tz):%H:%M}"
