"""Alignment: from the moment of an announcement to day 0, the first session that could react."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Literal

from eventstudy.calendars import Sessions, as_date, as_day64, beyond, sessions_of
from eventstudy.errors import InputError
from eventstudy.events.event import Event
from eventstudy.spec import DEFAULTS

if TYPE_CHECKING:
    import numpy as np


_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
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
    sessions = sessions_of(calendar)
    moment = event.announced_at
    # A day's margin, because the exchange's date may differ from the one written.
    margin = dt.timedelta(days=1)
    written = moment.date() if isinstance(moment, dt.datetime) else moment
    if not sessions.first + margin <= written <= sessions.last - margin:
        raise InputError(f"Event {event.event_id!r}: " + beyond(str(written), sessions))
    if isinstance(moment, dt.datetime):
        day, index = _of_timestamp(event, moment, sessions)
    else:
        day, index = _of_date(event, moment, sessions)
    if index >= len(sessions.days):
        raise InputError(f"Event {event.event_id!r}: " + beyond(str(written), sessions))
    session = as_date(sessions.days[index])
    reason = "" if session == day else _reason(day, session, sessions)
    return Alignment(event.event_id, moment, session, bool(reason), reason)


def align_all(events: Iterable[Event], calendar: str = DEFAULTS.calendar) -> tuple[Alignment, ...]:
    """`align` for many events on one calendar.

    Raises:
        InputError: The problems of all events at once.
    """
    aligned: list[Alignment] = []
    problems: list[str] = []
    sessions_of(calendar)  # an unknown one is refused once, not for every event
    for event in events:
        try:
            aligned.append(align(event, calendar))
        except InputError as error:
            problems += error.problems
    if problems:
        raise InputError(problems)
    return tuple(aligned)


def _of_date(event: Event, day: dt.date, sessions: Sessions) -> tuple[dt.date, int]:
    side: Literal["left", "right"] = "right" if event.timing == "post" else "left"
    return day, int(sessions.days.searchsorted(as_day64(day), side=side))


def _of_timestamp(event: Event, moment: dt.datetime, sessions: Sessions) -> tuple[dt.date, int]:
    """The announcement's date in exchange time, and the first session that closes after it."""
    day = moment.astimezone(sessions.calendar.tz).date()
    utc = _utc64(moment)
    here = int(sessions.days.searchsorted(as_day64(day)))
    if event.timing and sessions.days[here] == as_day64(day):
        _check_timing(event, moment, here, sessions)
    return day, int(sessions.closes.searchsorted(utc, side="right"))


def _check_timing(event: Event, moment: dt.datetime, here: int, sessions: Sessions) -> None:
    utc, opens, closes = _utc64(moment), sessions.opens[here], sessions.closes[here]
    actual = tuple(_TIMINGS)[int(utc >= opens) + int(utc >= closes)]
    if event.timing != actual:
        hours = f"{_clock(opens, sessions)} to {_clock(closes, sessions)}"
        raise InputError(
            f"Event {event.event_id!r}: announced_at {moment.isoformat()} lies {_TIMINGS[actual]} "
            f"of {as_date(sessions.days[here])} ({hours} {_place(sessions)} time), but timing says "
            f"{event.timing}; correct one of the two."
        )


def _reason(day: dt.date, session: dt.date, sessions: Sessions) -> str:
    here = int(sessions.days.searchsorted(as_day64(day)))
    if sessions.days[here] == as_day64(day):
        clock = _clock(sessions.closes[here], sessions)
        cause = f"announced after the close of {day} ({clock} {_place(sessions)} time)"
    else:
        cause = f"{day} was no {sessions.name} session ({_closed(day, sessions.calendar)})"
    return f"{cause}; day 0 is the next session, {session}"


@lru_cache(maxsize=256)
def _closed(day: dt.date, calendar: Any) -> str:
    """Why the exchange was closed: the weekend, a holiday by its name, or a day of its own."""
    if calendar.weekmask[day.weekday()] == "0":
        return f"a {_WEEKDAYS[day.weekday()]}"
    holidays = calendar.regular_holidays
    names = [] if holidays is None else list(holidays.holidays(day, day, return_name=True))
    return str(names[0]) if names and names[0] else "an exchange holiday"


def _place(sessions: Sessions) -> str:
    """The exchange's time zone in words: "New York" for America/New_York."""
    return str(sessions.calendar.tz).rpartition("/")[2].replace("_", " ")


def _clock(stamp: np.datetime64, sessions: Sessions) -> str:
    utc: dt.datetime = stamp.astype(object).replace(tzinfo=dt.UTC)
    return f"{utc.astimezone(sessions.calendar.tz):%H:%M}"


def _utc64(moment: dt.datetime) -> np.datetime64:
    import numpy as np

    return np.datetime64(moment.astimezone(dt.UTC).replace(tzinfo=None), "us")
