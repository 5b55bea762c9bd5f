"""The days from which events are wanted, as a person names them."""

from __future__ import annotations

import datetime as dt
import re
from calendar import monthrange
from dataclasses import dataclass

from eventstudy.errors import InputError, quoted

_WRITTEN = re.compile(r"(\d{4})(?:-(\d{1,2})(?:-(\d{1,2}))?)?", re.ASCII)


@dataclass(frozen=True, slots=True)
class AskedSpan:
    """The first and the last day, both included; None leaves an end open."""

    first: dt.date | None = None
    last: dt.date | None = None

    def __contains__(self, day: dt.date) -> bool:
        return (self.first is None or self.first <= day) and (self.last is None or day <= self.last)

    def __str__(self) -> str:
        since = f" from {self.first}" if self.first else ""
        return f"{since} to {self.last}" if self.last else since


def asked_span(since: str | None, until: str | None) -> AskedSpan:
    """The days between two texts, each a year, a month or a day.

    Args:
        since: Such as "2020", "2020-05" or "2020-05-20"; the first day of it counts.
        until: The same; the last day of it counts.

    Raises:
        InputError: A text cannot be read as a date, or the end lies before the beginning.
    """
    first = _end_of("since", since, last=False) if since else None
    last = _end_of("until", until, last=True) if until else None
    if first and last and last < first:
        raise InputError(f"Option until: {until} ends before --since {since} begins; swap them.")
    return AskedSpan(first, last)


def _end_of(option: str, text: str, *, last: bool) -> dt.date:
    found = _WRITTEN.fullmatch(text.strip())
    wrong = InputError(
        f"Option {option}: {quoted(text)} is not a date; write it as 2020, 2020-05 or 2020-05-20."
    )
    if found is None:
        raise wrong
    year, month, day = (int(part) if part else None for part in found.groups())
    assert year is not None
    try:
        if month is None:
            return dt.date(year, 12, 31) if last else dt.date(year, 1, 1)
        if day is None:
            first = dt.date(year, month, 1)
            return first.replace(day=monthrange(year, month)[1]) if last else first
        return dt.date(year, month, day)
    except ValueError:
        raise wrong from None
