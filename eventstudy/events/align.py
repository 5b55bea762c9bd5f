"""Alignment: from the moment of an announcement to day 0, the first session that could react."""

from __future__ import annotations

import datetime as dt
import warnings
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from eventstudy.errors import InputError, unknown_name
from eventstudy.events.registry import Event

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

# Beyond these days a date is a slip of the pen; a calendar may end earlier (see `_build`).
_FIRST = dt.date(1900, 1, 1)
_LAST = dt.date(2100, 12, 31)
_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


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


def align(event: Event, calendar: str = "XNYS") -> Alignment:
    """Find day 0 of an event on an exchange's calendar.

    A date on a session is day 0 itself, unless its timing is post: then it is the next session.
    A timestamp before the close of a session belongs to that session, one at the close or later
    to the next. Whatever falls on a closed day belongs to the next session. Raises InputError
    when the calendar is unknown, when it does not reach the date, or when a timestamp
    contradicts the event's timing.
    """
    return _align(event, _sessions(calendar))


def align_all(events: Iterable[Event], calendar: str = "XNYS") -> tuple[Alignment, ...]:
    """`align` for many events on one calendar; the problems of all are reported at once."""
    sessions = _sessions(calendar)
    aligned: list[Alignment] = []
    problems: list[str] = []
    for event in events:
        try:
            aligned.append(_align(event, sessions))
        except InputError as error:
            problems += error.problems
    if problems:
        raise InputError(problems)
    return tuple(aligned)


def sessions_between(
    start: dt.date, end: dt.date, calendar: str = "XNYS"
) -> NDArray[np.datetime64]:
    """The sessions from `start` to `end`, both included, as datetime64[D] in order."""
    sessions = _sessions(calendar)
    for day in (start, end):
        if not sessions.first <= day <= sessions.last:
            raise InputError(_beyond(str(day), sessions))
    low = sessions.days.searchsorted(_day64(start), side="left")
    high = sessions.days.searchsorted(_day64(end), side="right")
    return sessions.days[low:high].copy()


@dataclass(frozen=True, slots=True)
class _Sessions:
    """An exchange's sessions: `days` [S] datetime64[D], `opens` and `closes` [S] in UTC, µs."""

    calendar: Any
    name: str
    days: NDArray[np.datetime64]
    opens: NDArray[np.datetime64]
    closes: NDArray[np.datetime64]

    @property
    def first(self) -> dt.date:
        return _date(self.days[0])

    @property
    def last(self) -> dt.date:
        return _date(self.days[-1])


@lru_cache(maxsize=16)
def _sessions(name: str) -> _Sessions:
    from exchange_calendars.errors import InvalidCalendarName

    # The library's own use of pandas is being deprecated; nothing here depends on it.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        warnings.simplefilter("ignore", FutureWarning)
        try:
            calendar = _build(name)
        except InvalidCalendarName:
            from exchange_calendars import get_calendar_names

            raise unknown_name(
                "calendar", name, get_calendar_names(include_aliases=False)
            ) from None
        except (ValueError, NotImplementedError) as error:
            raise InputError(
                f"The calendar {name!r} cannot be built with the installed exchange_calendars and "
                f"pandas ({type(error).__name__}); choose another calendar or change a version."
            ) from error
    return _Sessions(
        calendar=calendar,
        name=name,
        days=calendar.sessions.to_numpy().astype("datetime64[D]"),
        opens=_utc(calendar.opens),
        closes=_utc(calendar.closes),
    )


def _build(name: str) -> Any:
    """The calendar over the widest span for which its holidays are recorded."""
    from exchange_calendars import get_calendar

    try:
        return get_calendar(name, start=_FIRST, end=_LAST)
    except ValueError:
        kind = type(get_calendar(name))
        start, end = kind.bound_min(), kind.bound_max()
        return get_calendar(name, start=start or _FIRST, end=end or _LAST)


def _utc(stamps: Any) -> NDArray[np.datetime64]:
    utc: NDArray[np.datetime64] = stamps.dt.tz_convert(None).to_numpy()
    return utc.astype("datetime64[us]")


def _align(event: Event, sessions: _Sessions) -> Alignment:
    moment = event.announced_at
    # A day's margin, because the exchange's date may differ from the one written.
    margin = dt.timedelta(days=1)
    written = moment.date() if isinstance(moment, dt.datetime) else moment
    if not sessions.first + margin <= written <= sessions.last - margin:
        raise InputError(f"Event {event.event_id!r}: " + _beyond(str(written), sessions))
    if isinstance(moment, dt.datetime):
        day, index = _of_timestamp(event, moment, sessions)
    else:
        day, index = _of_date(event, moment, sessions)
    if index >= len(sessions.days):
        raise InputError(f"Event {event.event_id!r}: " + _beyond(str(written), sessions))
    session = _date(sessions.days[index])
    reason = "" if session == day else _reason(day, session, sessions)
    return Alignment(event.event_id, moment, session, bool(reason), reason)


def _of_date(event: Event, day: dt.date, sessions: _Sessions) -> tuple[dt.date, int]:
    if event.timing == "post":
        return day, int(sessions.days.searchsorted(_day64(day), side="right"))
    return day, int(sessions.days.searchsorted(_day64(day), side="left"))


def _of_timestamp(event: Event, moment: dt.datetime, sessions: _Sessions) -> tuple[dt.date, int]:
    """The announcement's date in exchange time, and the first session that closes after it."""
    day = moment.astimezone(sessions.calendar.tz).date()
    utc = _utc64(moment)
    here = int(sessions.days.searchsorted(_day64(day)))
    if event.timing and sessions.days[here] == _day64(day):
        _check_timing(event, moment, here, sessions)
    return day, int(sessions.closes.searchsorted(utc, side="right"))


def _check_timing(event: Event, moment: dt.datetime, here: int, sessions: _Sessions) -> None:
    utc = _utc64(moment)
    if utc < sessions.opens[here]:
        found = "before the open"
    elif utc < sessions.closes[here]:
        found = "in the session"
    else:
        found = "at or after the close"
    stated = {
        "pre": "before the open",
        "intraday": "in the session",
        "post": "at or after the close",
    }
    if stated[event.timing] != found:
        opens, closes = (
            _clock(times[here], sessions) for times in (sessions.opens, sessions.closes)
        )
        raise InputError(
            f"Event {event.event_id!r}: announced_at {moment.isoformat()} lies {found} of "
            f"{_date(sessions.days[here])} ({opens} to {closes} {_place(sessions)} time), but "
            f"timing says {event.timing}; correct one of the two."
        )


def _reason(day: dt.date, session: dt.date, sessions: _Sessions) -> str:
    here = int(sessions.days.searchsorted(_day64(day)))
    if sessions.days[here] == _day64(day):
        clock = _clock(sessions.closes[here], sessions)
        cause = f"announced after the close of {day} ({clock} {_place(sessions)} time)"
    else:
        cause = f"{day} was no {sessions.name} session ({_closed(day, sessions.calendar)})"
    return f"{cause}; day 0 is the next session, {session}"


def _closed(day: dt.date, calendar: Any) -> str:
    """Why the exchange was closed: the weekend, a holiday by its name, or a day of its own."""
    if calendar.weekmask[day.weekday()] == "0":
        return f"a {_WEEKDAYS[day.weekday()]}"
    holidays = calendar.regular_holidays
    names = [] if holidays is None else list(holidays.holidays(day, day, return_name=True))
    return str(names[0]) if names and names[0] else "an exchange holiday"


def _beyond(day: str, sessions: _Sessions) -> str:
    return (
        f"{day} lies outside the {sessions.name} calendar, which runs from {sessions.first} to "
        f"{sessions.last}; check the date."
    )


def _place(sessions: _Sessions) -> str:
    """The exchange's time zone in words: "New York" for America/New_York."""
    return str(sessions.calendar.tz).rpartition("/")[2].replace("_", " ")


def _clock(stamp: np.datetime64, sessions: _Sessions) -> str:
    utc: dt.datetime = stamp.astype(object).replace(tzinfo=dt.UTC)
    return f"{utc.astimezone(sessions.calendar.tz):%H:%M}"


def _date(day: np.datetime64) -> dt.date:
    date: dt.date = day.astype(object)
    return date


def _day64(day: dt.date) -> np.datetime64:
    import numpy as np

    return np.datetime64(day, "D")


def _utc64(moment: dt.datetime) -> np.datetime64:
    import numpy as np

    return np.datetime64(moment.astimezone(dt.UTC).replace(tzinfo=None), "us")
