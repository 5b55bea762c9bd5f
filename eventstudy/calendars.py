"""Exchange calendars: the sessions of an exchange, from exchange_calendars, built once a name."""

from __future__ import annotations

import datetime as dt
import warnings
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from eventstudy.errors import InputError, unknown_name

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from eventstudy.spec.study_spec import Frequency


# Beyond these days a date is a slip of the pen; a calendar may end earlier (see `_build`).
_FIRST = dt.date(1900, 1, 1)
_LAST = dt.date(2100, 12, 31)


def sessions_between(
    start: dt.date, end: dt.date, calendar: str = "XNYS"
) -> NDArray[np.datetime64]:
    """The sessions from `start` to `end`, both included, as datetime64[D] in order.

    Args:
        start: The first day.
        end: The last day.
        calendar: Name of the exchange's calendar, such as XNYS.

    Raises:
        InputError: The calendar is unknown or does not reach a day.
    """
    sessions = sessions_of(calendar)
    for day in (start, end):
        if not sessions.first <= day <= sessions.last:
            raise InputError(beyond(str(day), sessions))
    low = sessions.days.searchsorted(as_day64(start), side="left")
    high = sessions.days.searchsorted(as_day64(end), side="right")
    return sessions.days[low:high].copy()


@dataclass(frozen=True, slots=True)
class Sessions:
    """An exchange's sessions: `days` [S] datetime64[D], `opens` and `closes` [S] in UTC, µs."""

    calendar: Any
    name: str
    days: NDArray[np.datetime64]
    opens: NDArray[np.datetime64]
    closes: NDArray[np.datetime64]

    @property
    def first(self) -> dt.date:
        """The first session of the calendar."""
        return as_date(self.days[0])

    @property
    def last(self) -> dt.date:
        """Its last session."""
        return as_date(self.days[-1])


@lru_cache(maxsize=16)
def sessions_of(name: str) -> Sessions:
    """All sessions of an exchange; a calendar is built once and kept.

    Raises:
        InputError: The name is unknown, or the installed versions cannot build the calendar.
    """
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
                "exchange calendar", name, get_calendar_names(include_aliases=False)
            ) from None
        except (ValueError, NotImplementedError) as error:
            raise InputError(
                f"The calendar {name!r} cannot be built with the installed exchange_calendars and "
                f"pandas ({type(error).__name__}); choose another calendar or change a version."
            ) from error
    return Sessions(
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


def periods(stamps: NDArray[np.datetime64], frequency: Frequency) -> NDArray[np.int64]:
    """Number of each stamp's week (Monday to Sunday) or month; the stamp itself where daily.

    Args:
        stamps: Of any unit; with bars within a day they are moments.
        frequency: Of the rows of a study.
    """
    import numpy as np

    if frequency == "monthly":
        return np.asarray(stamps.astype("datetime64[M]").astype(np.int64))
    if frequency == "weekly":  # 1970 began on a Thursday
        return np.asarray((stamps.astype("datetime64[D]").astype(np.int64) + 3) // 7)
    return np.asarray(stamps.astype("datetime64[ns]", copy=False).view(np.int64))


def as_date(day: np.datetime64) -> dt.date:
    """A day of an array as Python's own date."""
    date: dt.date = day.astype(object)
    return date


def as_day64(day: dt.date) -> np.datetime64:
    """A date as an array holds it, datetime64[D]."""
    import numpy as np

    return np.datetime64(day, "D")


def beyond(day: str, sessions: Sessions) -> str:
    """The message for a day outside a calendar."""
    return (
        f"{day} lies outside the {sessions.name} calendar, which runs from {sessions.first} to "
        f"{sessions.last}; check the date."
    )
