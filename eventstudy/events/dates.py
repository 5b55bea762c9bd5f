"""Dates and times of day as vendors write them, as the ISO text of events.csv."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal
from zoneinfo import ZoneInfo

from eventstudy.errors import InputError, quoted

TURN = 69
"""Two-digit years from here on are of the last century, those below of this one."""

_MONTHS = (
    *("january", "february", "march", "april", "may", "june"),
    *("july", "august", "september", "october", "november", "december"),
)
_OFFSETS = {"Z": "+00:00", "UTC": "+00:00", "GMT": "+00:00", "EST": "-05:00", "EDT": "-04:00"}
_MONTH = r"(?P<month>[A-Za-z]{3,9})\.?"
_FORMS = (
    r"(?P<y>\d{4})[-/.](?P<m>\d{1,2})[-/.](?P<d>\d{1,2})",
    r"(?P<y>\d{4})(?P<m>\d{2})(?P<d>\d{2})(?:\.0+)?",
    r"(?P<a>\d{1,2})(?P<mark>[/.-])(?P<b>\d{1,2})[/.-](?P<y>\d{4}|\d{2})",
    rf"(?P<d>\d{{1,2}})[- ]?{_MONTH}[-, ]*(?P<y>\d{{4}}|\d{{2}})",
    rf"{_MONTH} ?(?P<d>\d{{1,2}}),? (?P<y>\d{{4}})",
)
_CLOCK = (
    r"(?P<hour>\d{1,2})(?::(?P<minute>\d{2})(?::(?P<second>\d{2})(?:\.\d+)?)?)? ?"
    r"(?P<half>[AaPp]\.?[Mm]\.?)?(?: ?(?P<zone>Z|UTC|GMT|EST|EDT|ET|[+-]\d{2}:?\d{2}))?"
)
_TIME = re.compile(_CLOCK, re.ASCII)
_WRITTEN = [re.compile(rf"{form}(?:(?:T|,? at |,? ){_CLOCK})?", re.ASCII) for form in _FORMS]
_SECONDS = re.compile(r"\d{1,5}(\.0+)?", re.ASCII)
_ELAPSED = re.compile(r"0 days,? ")
"""What stands before a time of day that was kept as a span of time."""
_NO_HHMM = 2400
"""From here on a number is no 1620 for 16:20."""
_EASTERN = "America/New_York"
_CLOSE = dt.time(16)
_SPELLED = {False: "month first", True: "day first"}


@dataclass(frozen=True, slots=True)
class DateOrder:
    """Whether 01/02/2025 is the 1st of February, and what decided it."""

    dayfirst: bool | None = None
    """None where no date needs to know."""
    said: str = ""
    """What a note says of it."""


def order_of(texts: Iterable[str], where: str, asked: bool | None, usual: bool | None) -> DateOrder:
    """Whether the day or the month comes first in a column of dates.

    Args:
        texts: The distinct cells.
        where: How sentences call the column.
        asked: What the user says; None if nothing.
        usual: What the vendor always writes; None if it varies.

    Raises:
        InputError: Either order is possible and nobody says which, or no order fits.
    """
    proof: dict[bool, str] = {}
    open_one = ""
    for text in texts:
        found = _WRITTEN[2].match(text)
        if not found:
            continue
        open_one = open_one or text
        if found["mark"] == "." or int(found["a"]) > 12:
            proof.setdefault(True, text)
        if found["mark"] != "." and int(found["b"]) > 12:
            proof.setdefault(False, text)
    if not open_one:
        return DateOrder()
    if len(proof) == 2:
        raise InputError(
            f"{where}: {quoted(proof[False])} has the month first and {quoted(proof[True])} the "
            "day; write all dates one way, preferably as 2025-01-27."
        )
    shown = next(iter(proof), None)
    if asked is not None and shown not in (asked, None):
        raise InputError(
            f"{where}: {quoted(proof[bool(shown)])} has the {_SPELLED[bool(shown)]}, though "
            f"dayfirst={asked} was given; leave it out."
        )
    if shown is not None:
        return DateOrder(shown, f"dates {_SPELLED[shown]}, as {quoted(proof[shown])} shows")
    if asked is not None:
        return DateOrder(asked, f"dates {_SPELLED[asked]}, as asked")
    if usual is not None:
        return DateOrder(usual, f"dates {_SPELLED[usual]}, as this vendor writes them")
    found = _WRITTEN[2].match(open_one)
    assert found is not None
    a, b = int(found["a"]), int(found["b"])
    raise InputError(
        f"{where}: {quoted(open_one)} can be day {a} of month {b} or day {b} of month {a}, and no "
        "date in the list decides it; give dayfirst=True or dayfirst=False (--event-dayfirst or "
        "--no-event-dayfirst)."
    )


def iso_moment(text: str, order: DateOrder, clock: str = "", zone: str = "") -> str:
    """A date, or a date and time of day, as events.csv writes it.

    Midnight without an offset is not a time of day. What is not a date is returned unchanged.

    Args:
        text: The date as it is written, with or without a time of day.
        order: Whether the day comes first.
        clock: A time of day from another column; empty or midnight where it is not known.
        zone: The time zone of times of day that state none.
    """
    text = " ".join(text.split())
    found = next((match for form in _WRITTEN if (match := form.fullmatch(text))), None)
    if found is None:
        return text
    parts = found.groupdict()
    day = _day(parts, order)
    if day is None:
        return text
    timed = found if parts["hour"] is not None else _TIME.fullmatch(clock.strip())
    time = _time(timed) if timed else None
    if time is None or timed is None:
        unread = timed is found or clock.strip()
        return f"{text} {clock}".strip() if unread else day
    own = (timed["zone"] or "").upper()
    named = _EASTERN if own == "ET" else zone
    if own and own != "ET":
        return f"{day}T{time}{_OFFSETS.get(own, own)}"
    if time == dt.time() and (timed is not found or not zone):
        return day
    if not named or not _exists(day):
        return f"{day}T{time}"
    moment = dt.datetime.combine(dt.date.fromisoformat(day), time, ZoneInfo(named))
    return moment.isoformat()


def typed_moment(text: str, where: str) -> str:
    """One date as a person types it, with or without a time of day, as events.csv writes it.

    What is not a date is returned unchanged.

    Args:
        text: Such as "2025-1-27", "27 January 2025", "27/01/2025" or "2025-01-27 16:05 ET".
        where: How sentences call it.

    Raises:
        InputError: Day and month can be either way round.
    """
    text = " ".join(text.split())
    found = _WRITTEN[2].match(text)
    if found is None:
        return iso_moment(text, DateOrder())
    a, b = int(found["a"]), int(found["b"])
    if found["mark"] != "." and a != b and a <= len(_MONTHS) >= b:
        days = [_day(found.groupdict(), DateOrder(first)) for first in (True, False)]
        raise InputError(f"{where}: {text} can be {days[0]} or {days[1]}; write one of these.")
    return iso_moment(text, DateOrder(found["mark"] == "." or a > len(_MONTHS)))


def _exists(day: str) -> bool:
    try:
        return bool(dt.date.fromisoformat(day))
    except ValueError:
        return False


def short_years(texts: Iterable[str]) -> str:
    """The first date with a year of two digits; empty if there is none.

    Args:
        texts: Dates as they are written.
    """
    for text in texts:
        for form in (_WRITTEN[2], _WRITTEN[3]):
            found = form.fullmatch(text.strip())
            if found and len(found["y"]) == 2:
                return text.strip()
    return ""


def is_written_date(text: str) -> bool:
    """Whether a text is a date in one of the forms that are read.

    Args:
        text: A cell.
    """
    plain = " ".join(text.split())
    return any(form.fullmatch(plain) for form in _WRITTEN)


def is_clock(text: str) -> bool:
    """Whether a text is a time of day with minutes.

    Args:
        text: A cell.
    """
    found = _TIME.fullmatch(text.strip())
    return found is not None and (found["minute"] is not None or found["half"] is not None)


def session_of(moment: str) -> str:
    """The weekday in New York whose session can first react to a moment, holidays apart.

    Args:
        moment: ISO text as `iso_moment` writes it; without a time of day and an offset it stays.
    """
    try:
        at = dt.datetime.fromisoformat(moment)
    except ValueError:
        return moment
    if at.tzinfo is None:
        return moment
    local = at.astimezone(ZoneInfo(_EASTERN))
    day = local.date() + dt.timedelta(days=local.time() >= _CLOSE)
    return str(day + dt.timedelta(days=7 - day.weekday() if day.weekday() > 4 else 0))


def clocks_of(texts: Sequence[str]) -> list[str]:
    """Times of day, those that count seconds or span the time from midnight written out.

    Args:
        texts: Cells of a column; one that counts seconds does so in every cell.
    """
    texts = [_ELAPSED.sub("", text) for text in texts]
    if not all(_SECONDS.fullmatch(text) for text in texts if text):
        return list(texts)
    seconds = {text: int(text.partition(".")[0]) for text in dict.fromkeys(texts) if text}
    if max(seconds.values(), default=0) < _NO_HHMM or max(seconds.values()) >= 24 * 3600:
        return list(texts)
    clocks = {
        text: f"{n // 3600:02d}:{n // 60 % 60:02d}:{n % 60:02d}" for text, n in seconds.items()
    }
    return [clocks.get(text, text) for text in texts]


def _day(parts: dict[str, str | None], order: DateOrder) -> str | None:
    year = int(parts["y"] or 0)
    if len(parts["y"] or "") == 2:
        year += 1900 if year >= TURN else 2000
    if parts.get("a"):
        pair = (parts["b"], parts["a"]) if order.dayfirst else (parts["a"], parts["b"])
        month, day = (int(each or 0) for each in pair)
    elif parts.get("month"):
        named = _month(parts["month"] or "")
        if named is None:
            return None
        month, day = named, int(parts["d"] or 0)
    else:
        month, day = int(parts["m"] or 0), int(parts["d"] or 0)
    return f"{year:04d}-{month:02d}-{day:02d}"


def _month(name: str) -> int | None:
    """The number of a month by its English name or the first letters of it, three at least."""
    found = [n for n, full in enumerate(_MONTHS, 1) if full.startswith(name.lower())]
    return found[0] if found else None


def _time(found: re.Match[str]) -> dt.time | None:
    hour = int(found["hour"])
    half: Literal["", "a", "p"] = (found["half"] or "").lower()[:1]  # type: ignore[assignment]
    if half:
        hour = hour % 12 + (12 if half == "p" else 0)
    elif found["minute"] is None:
        return None
    try:
        return dt.time(hour, int(found["minute"] or 0), int(found["second"] or 0))
    except ValueError:
        return None


def first_texts(texts: Sequence[str], most: int = 20) -> list[str]:
    """The first texts that are not empty.

    Args:
        texts: Cells of a column.
        most: How many.
    """
    filled = (text for text in texts if text.strip())
    return [text for text, _ in zip(filled, range(most), strict=False)]
