"""What is asked of a price source: tickers and a span of days, read the same everywhere."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, datetime
from typing import TypeAlias

from eventstudy.errors import InputError, quoted
from eventstudy.files.reading import control_in

TickerList: TypeAlias = "str | Sequence[str] | None"
"""Tickers asked for: a list, or text with commas; None for all that the source has."""
Day: TypeAlias = "str | date | None"
"""A day asked for, such as "2025-01-27"; None for the source's first or last."""

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}(\Z|[T ])", re.ASCII)


def parse_tickers(tickers: TickerList) -> tuple[str, ...] | None:
    """The tickers asked for, in the order asked, each once; None means all that the source has.

    Text is split at commas.

    Raises:
        InputError: A name or the list is empty, or a name has a control character.
    """
    if tickers is None:
        return None
    names = tickers.split(",") if isinstance(tickers, str) else list(tickers)
    wrong = [name for name in names if not isinstance(name, str) or not name.strip()]
    if wrong or not names:
        given = repr(wrong[0]) if wrong else "an empty list"
        raise InputError(
            f"Option tickers: {given} names no ticker; give names such as NVDA or ^GSPC."
        )
    for name in names:
        if control := control_in(name.strip()):
            raise InputError(
                f"Option tickers: {name[:40]!r} has the control character {control}; delete it."
            )
    return tuple(dict.fromkeys(name.strip() for name in names))


def parse_day(value: Day, option: str) -> date | None:
    """A day given as text (2025-01-27), date, datetime or Timestamp; None stays None.

    A time of day is cut off.

    Raises:
        InputError: It is not a day; the sentence names the option.
    """
    if value is None:
        return None
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    try:
        if not _DAY.match(value):  # no weeks, no digits of other scripts
            raise ValueError
        return datetime.fromisoformat(value).date()
    except (TypeError, ValueError):
        raise InputError(
            f"Option {option}: {quoted(value)} is not a date; write it as 2025-01-27."
        ) from None


def span_words(first: date | None, last: date | None) -> str:
    """The days asked for in a sentence: "from 2024-01-02 to 2024-03-01"."""
    return " ".join(f"{word} {day}" for word, day in (("from", first), ("to", last)) if day)


def parse_span(start: Day, end: Day) -> tuple[date | None, date | None]:
    """First and last day asked for, both included.

    Raises:
        InputError: One is not a day, or they are in the wrong order.
    """
    first, last = parse_day(start, "start"), parse_day(end, "end")
    if first is not None and last is not None and last < first:
        raise InputError(f"Option end: {last} lies before start {first}; swap them.")
    return first, last
