"""The days of a file, in whichever way one column writes them all; nothing ambiguous is guessed."""

from __future__ import annotations

import calendar
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np
import pandas as pd

from eventstudy.arrays import Bools, Stamps
from eventstudy.errors import LONGEST_QUOTE, InputError, quoted
from eventstudy.prices.dialects.cells import MISSING, Findings, texts_of

FIRST_YEAR, LAST_YEAR = 1700, 2200  # what nanosecond dates can hold, rounded
CLOCK = r"[T ]([01]\d|2[0-4]):[0-5]\d(:[0-5]\d([.,]\d{1,9})?)?( ?(Z|UTC|[+-]\d{2}(:?\d{2})?))?"
ISO_DAY = re.compile(rf"\d{{4}}-\d{{2}}-\d{{2}}({CLOCK})?|\d{{8}}", re.ASCII)
NO_DAY = np.datetime64("NaT", "ns")
MONTHS = {name[:3].lower(): number for number, name in enumerate(calendar.month_name) if number}
SAS_EPOCH, EXCEL_EPOCH = date(1960, 1, 1), date(1899, 12, 30)
ENOUGH_DAYS = 10
"""From which on weekdays tell one way of counting from another."""


@dataclass(frozen=True, slots=True)
class Form:
    """A way of writing dates: the pattern of the whole cell, and year, month and day of a match."""

    pattern: re.Pattern[str]
    parts: Callable[[re.Match[str]], tuple[int, int, int]]
    said: str = ""
    """How it is called where there could be doubt."""


def _year(text: str) -> int:
    """A year of two digits is the last one that is not to come."""
    if len(text) > 2:
        return int(text)
    now = datetime.now(UTC).year
    return (century := now // 100 * 100) + int(text) - (100 if century + int(text) > now else 0)


def _iso(match: re.Match[str]) -> tuple[int, int, int]:
    digits = match[0][:10].replace("-", "") if "-" in match[0] else match[0]
    return int(digits[:4]), int(digits[4:6]), int(digits[6:8])


_MONTH = rf"(?P<month>[A-Za-z]{{3}}|{'|'.join(calendar.month_name[1:])})"
_TIME = rf"({CLOCK}| \d{{1,2}}:\d{{2}}(:\d{{2}})?( [AP]M)?)?"
_PAIR = rf"(?P<a>\d{{1,2}})([/-])(?P<b>\d{{1,2}})\2(?P<year>\d{{4}}|(?<=/)\d{{2}}){_TIME}"
_DIGITS = {10: "s", 13: "ms", 16: "us", 19: "ns"}

FORMS: Mapping[str, Form] = {
    "iso": Form(ISO_DAY, _iso),
    "ymd": Form(
        re.compile(rf"(\d{{4}})[/.](\d{{1,2}})[/.](\d{{1,2}}){_TIME}", re.ASCII),
        lambda m: (int(m[1]), int(m[2]), int(m[3])),
    ),
    "dotted": Form(
        re.compile(rf"(\d{{1,2}})\.(\d{{1,2}})\.(\d{{4}}|\d{{2}}){_TIME}", re.ASCII),
        lambda m: (_year(m[3]), int(m[2]), int(m[1])),
        "day.month.year",
    ),
    "mdy": Form(
        re.compile(_PAIR, re.ASCII),
        lambda m: (_year(m["year"]), int(m["a"]), int(m["b"])),
        "month/day/year",
    ),
    "dmy": Form(
        re.compile(_PAIR, re.ASCII),
        lambda m: (_year(m["year"]), int(m["b"]), int(m["a"])),
        "day/month/year",
    ),
    "day month": Form(
        re.compile(rf"(\d{{1,2}})[ -]?{_MONTH}[ -]?(?P<year>\d{{4}}|\d{{2}})", re.ASCII),
        lambda m: (_year(m["year"]), MONTHS.get(m["month"][:3].lower(), 0), int(m[1])),
    ),
    "month day": Form(
        re.compile(rf"{_MONTH}\.? (?P<day>\d{{1,2}}), (?P<year>\d{{4}})", re.ASCII),
        lambda m: (_year(m["year"]), MONTHS.get(m["month"][:3].lower(), 0), int(m["day"])),
    ),
}
"""The ways of writing a date that stand for themselves; "slash" is mdy or dmy, whichever it is."""
EPOCH, SERIAL = re.compile(r"\d{10}(\.0)?|\d{13}|\d{16}|\d{19}"), re.compile(r"\d{5}(\.0)?")


@dataclass(frozen=True, slots=True, eq=False)
class Days:
    """The days of a column as datetime64[ns], and how they were read where that is worth saying."""

    days: Stamps
    said: str = ""


def read_days(
    cells: pd.Series[Any],
    name: str,
    findings: Findings,
    file: str,
    *,
    dates: Sequence[str] = ("iso",),
    dayfirst: bool | None = None,
    exchange: str | None = None,
) -> Days:
    """The days of a column; what is not a day is noted in `findings`.

    A time of day is cut off in the time zone it is written in; stamps in seconds since 1970 are
    days of the exchange, or of UTC where all are midnights there.

    Args:
        cells: The column.
        name: Its name.
        findings: Takes cells that are no date, missing or to come.
        file: How sentences call the file.
        dates: The ways of writing dates that are possible: of FORMS, "slash", "epoch", "sas".
        dayfirst: Whether 02/01/2025 is 2 January; None where the file has to tell.
        exchange: Its calendar, in whose zone stamps become days.

    Raises:
        InputError: Dates that can be read in two ways, or numbers of days.
    """
    if pd.api.types.is_datetime64_any_dtype(cells.dtype):
        read = Days(iso_days(cells))
    else:
        codes, unique = pd.factorize(texts_of(cells))
        texts = [str(text) for text in unique]
        one = _read(texts, name, file, dates, dayfirst, exchange)
        read = Days(one.days[codes], one.said)
    _note_faults(read.days, cells, name, findings)
    return read


def iso_days(cells: pd.Series[Any]) -> Stamps:
    """Days written as 2025-01-27 or 20250127 as datetime64[ns], NaT where a cell holds none.

    A time of day is cut off, in the time zone it is written in.

    Args:
        cells: The column, of any type.
    """
    if pd.api.types.is_datetime64_any_dtype(cells.dtype):
        naive = cells.dt.tz_localize(None).dt.normalize()
        possible = naive.dt.year.between(FIRST_YEAR, LAST_YEAR)  # others would wrap around
        return np.asarray(naive.where(possible).to_numpy().astype("datetime64[ns]"))
    codes, texts = pd.factorize(texts_of(cells))
    return _parsed([str(text) for text in texts], FORMS["iso"])[codes]


def is_date(text: str) -> bool:
    """Whether a cell is a date in any of the ways of writing one.

    Args:
        text: The cell.
    """
    return any(form.pattern.fullmatch(text.strip()) for form in FORMS.values())


def _read(
    texts: Sequence[str],
    name: str,
    file: str,
    dates: Sequence[str],
    dayfirst: bool | None,
    exchange: str | None,
) -> Days:
    written = [text for text in texts if text.lower() not in MISSING]
    where = f"{file}, column {name[:LONGEST_QUOTE]}"
    matching = {
        form: sum(bool(FORMS[form].pattern.fullmatch(text)) for text in written[:PROBED])
        for form in FORMS
        if form in dates or (form in ("mdy", "dmy") and "slash" in dates)
    }
    form = max(matching, key=lambda each: matching[each])
    if not matching[form]:
        if "epoch" in dates and all(EPOCH.fullmatch(text) for text in written):
            return _stamps(texts, exchange)
        if written and all(SERIAL.fullmatch(text) for text in written):
            return _numbered(texts, where, certain="sas" in dates)
    if form in ("mdy", "dmy") and "slash" in dates:
        form = _order(written, where, dayfirst)
    days = _parsed(texts, FORMS[form])
    return Days(days, FORMS[form].said if "slash" in dates else "")


PROBED = 2_000
"""Cells that tell how a column writes its dates."""


def _order(written: Sequence[str], where: str, dayfirst: bool | None) -> str:
    """Whether days or months come first: as the user says, a day above 12, or the weekdays."""
    if dayfirst is not None:
        return "dmy" if dayfirst else "mdy"
    matches = [m for text in written if (m := FORMS["mdy"].pattern.fullmatch(text))]
    first, second = (sum(int(m[part]) > 12 for m in matches) for part in "ab")
    short = any(len(m["year"]) == 2 for m in matches)  # the first could be the year
    if second > first:
        return "mdy"
    if first and not short:
        return "dmy"
    orders = {form: _parsed([m[0] for m in matches], FORMS[form]) for form in ("mdy", "dmy")}
    fitting = [form for form, days in orders.items() if _weekdays(days) and _in_order(days)]
    if len(fitting) == 1 and len(matches) >= ENOUGH_DAYS and not short:
        return fitting[0]
    example = matches[0]
    raise InputError(
        f"{where}: {quoted(example[0])} could be month/day or day/month; add --dayfirst if the day "
        "comes first, else --no-dayfirst (in Python dayfirst=True or dayfirst=False)."
    )


def _weekdays(days: Stamps) -> bool:
    return bool(np.is_busday(days.astype("datetime64[D]")).all())


def _in_order(days: Stamps) -> bool:
    steps = np.diff(days).astype(np.int64)
    return bool((steps > 0).all() or (steps < 0).all())


def _numbered(texts: Sequence[str], where: str, *, certain: bool) -> Days:
    """Numbers of days since an epoch: SAS's where header and weekdays leave no doubt."""
    numbers = [None if text.lower() in MISSING else int(float(text)) for text in texts]
    sas, excel = (
        np.array(
            [NO_DAY if n is None else np.datetime64(epoch) + n for n in numbers], "datetime64[ns]"
        )
        for epoch in (SAS_EPOCH, EXCEL_EPOCH)
    )
    known = [sas[~np.isnat(sas)], excel[~np.isnat(excel)]]
    if certain and len(known[0]) >= ENOUGH_DAYS and _weekdays(known[0]) > _weekdays(known[1]):
        return Days(sas, "SAS day numbers")
    number = next(n for n in numbers if n is not None)
    meant = f"{str(known[1][0])[:10]} in Excel and {str(known[0][0])[:10]} in SAS"
    raise InputError(
        f"{where} holds day numbers: {number} is {meant}. Format the column as yyyy-mm-dd and save "
        "the file again."
    )


def _stamps(texts: Sequence[str], exchange: str | None) -> Days:
    """Days of stamps since 1970 in s, ms, µs or ns, told apart by their digits."""
    digits = [text.partition(".")[0] for text in texts]
    moments = np.full(len(digits), NO_DAY, dtype="datetime64[ns]")
    for length, unit in _DIGITS.items():
        own = [at for at, each in enumerate(digits) if len(each) == length]
        moments[own] = np.array([int(digits[at]) for at in own]).astype(f"datetime64[{unit}]")
    known = moments[~np.isnat(moments)]
    if (known == known.astype("datetime64[D]")).all():
        return Days(moments, "Unix timestamps at midnight UTC, taken as dates")
    zone = "UTC"
    if exchange is not None:
        from eventstudy.calendars import sessions_of

        zone = str(sessions_of(exchange).calendar.tz)
    local = pd.DatetimeIndex(moments).tz_localize("UTC").tz_convert(zone).tz_localize(None)
    said = f"Unix timestamps, {zone} time"
    return Days(local.normalize().to_numpy().astype("datetime64[ns]"), said)


def _parsed(texts: Sequence[str], form: Form) -> Stamps:
    days = np.full(len(texts), NO_DAY, dtype="datetime64[ns]")
    for at, text in enumerate(texts):
        match = form.pattern.fullmatch(text)
        day = _date(*form.parts(match)) if match else None
        if day is not None and FIRST_YEAR <= day.year <= LAST_YEAR:
            days[at] = day
    return days


def _date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _note_faults(days: Stamps, cells: pd.Series[Any], name: str, findings: Findings) -> None:
    bad: Bools = np.isnat(days)
    mixed = " (the column mixes date formats)" if bad.any() and not bad.all() else ""
    column = f"column {name[:LONGEST_QUOTE]}"

    def say(at: int) -> str:
        text = str(cells.iloc[at]).strip()
        if text.lower() in MISSING:
            return f"{column}: the date is missing."
        why = "is not in the calendar" if ISO_DAY.fullmatch(text) else f"is not a date{mixed}"
        return f"{column}: {quoted(text)} {why}; write dates as 2025-01-27."

    findings.add(bad, say)
    tomorrow = np.datetime64((datetime.now(UTC) + timedelta(days=1)).date())  # begun somewhere
    with np.errstate(invalid="ignore"):
        findings.add(
            days > tomorrow,
            lambda at: f"{column}: {str(days[at])[:10]} is in the future; correct it.",
        )
