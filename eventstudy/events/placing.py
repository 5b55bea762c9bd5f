"""Day 0 of many announcements at once: one event and ten million take the same code."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from eventstudy.calendars import Sessions, as_day64
from eventstudy.events.timing import TIMINGS

Days = npt.NDArray[np.datetime64]

TIMING_CODES: dict[str, int] = {"": 0, **{timing: code for code, timing in enumerate(TIMINGS, 1)}}
"""What `Announced.timing` holds for each word."""


@dataclass(frozen=True, slots=True, eq=False)
class Announced:
    """Moments of N announcements."""

    day: Days
    """(N,) datetime64[D]: the date as it is written."""
    utc: Days
    """(N,) datetime64[us]: the time in UTC, NaT where a date is all that is known."""
    timing: npt.NDArray[np.int8]
    """(N,) `TIMING_CODES`."""


@dataclass(frozen=True, slots=True, eq=False)
class Placings:
    """Where N announcements lie on an exchange's calendar."""

    day: Days
    """(N,) datetime64[D]: the date of the announcement in the exchange's time."""
    index: npt.NDArray[np.int64]
    """(N,) the first session that could react, as its place among the sessions."""
    outside: npt.NDArray[np.bool_]
    """(N,) whether the calendar does not reach the date."""
    actual: npt.NDArray[np.int8]
    """(N,) what the time says of the timing, where it contradicts the one stated; else 0."""

    def session(self, sessions: Sessions) -> Days:
        """(N,) datetime64[D]: day 0; of those outside the calendar its last session."""
        return sessions.days[np.minimum(self.index, len(sessions.days) - 1)]


def place(announced: Announced, sessions: Sessions) -> Placings:
    """Find day 0 of announcements on an exchange's calendar.

    A date on a session is day 0 itself, unless its timing is post: then it is the next session.
    A time before the close of a session belongs to that session, one at the close or later to the
    next. Whatever falls on a closed day belongs to the next session.

    Args:
        announced: The moments.
        sessions: Of the exchange.
    """
    timed = ~np.isnat(announced.utc)
    day, index = announced.day.copy(), np.zeros(len(announced.day), dtype=np.int64)
    outside = _outside(announced.day, sessions)
    timed &= ~outside
    post = announced.timing == TIMING_CODES["post"]
    for late, side in ((False, "left"), (True, "right")):
        chosen = ~timed & ~outside & (post == late)
        index[chosen] = sessions.days.searchsorted(day[chosen], side=side)  # type: ignore[call-overload]
    actual = np.zeros(len(day), dtype=np.int8)
    if timed.any():
        utc = announced.utc[timed]
        local = pd.DatetimeIndex(utc).tz_localize("UTC").tz_convert(sessions.calendar.tz)
        day[timed] = local.tz_localize(None).to_numpy().astype("datetime64[D]")
        index[timed] = sessions.closes.searchsorted(utc, side="right")
        actual[timed] = _contradicted(day[timed], utc, announced.timing[timed], sessions)
    outside |= index >= len(sessions.days)
    return Placings(day, index, outside, actual)


def _outside(written: Days, sessions: Sessions) -> npt.NDArray[np.bool_]:
    # A day's margin, because the exchange's date may differ from the one written.
    margin = np.timedelta64(1, "D")
    first, last = as_day64(sessions.first) + margin, as_day64(sessions.last) - margin
    outside: npt.NDArray[np.bool_] = (written < first) | (written > last)
    return outside


def _contradicted(
    day: Days, utc: Days, stated: npt.NDArray[np.int8], sessions: Sessions
) -> npt.NDArray[np.int8]:
    """The timing of each time on a session where it is another than stated; else 0."""
    here = np.minimum(sessions.days.searchsorted(day), len(sessions.days) - 1)
    phase = 1 + (utc >= sessions.opens[here]) + (utc >= sessions.closes[here])
    wrong = (stated > 0) & (sessions.days[here] == day) & (phase != stated)
    return np.where(wrong, phase, 0).astype(np.int8)
