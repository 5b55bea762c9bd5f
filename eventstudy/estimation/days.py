"""A column of dates as days and, where it has times of day, as moments in UTC."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from eventstudy.events.placing import Days
from eventstudy.models.kernel.batch import Bools

_DAY = r"\d{4}-\d{2}-\d{2}"
_CLOCK = r"[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?"
_ZONE = r" ?(?:Z|UTC|[+-]\d{2}:?\d{2})"
_DIGITS = r"\d{8}(?:\.0)?"
_MIDNIGHT = rf"{_DAY}[T ]00:00(?::00(?:\.0+)?)?(?:{_ZONE})?"
_FIRST, _LAST = np.datetime64("1701-01-01"), np.datetime64("2200-01-01")
"""Years of plausible dates, the latter excluded."""


@dataclass(frozen=True, slots=True, eq=False)
class Instants:
    """When N things happened."""

    day: Days
    """(N,) datetime64[D]: the date as it is written; NaT where it is none."""
    utc: Days
    """(N,) datetime64[us]: the time in UTC where a time of day and a zone are given; else NaT."""
    zoneless: Bools
    """(N,) whether there is a time of day but no zone."""

    def take(self, at: Any) -> Instants:
        """The moments at these places."""
        return Instants(self.day[at], self.utc[at], self.zoneless[at])


def moments_of(values: pd.Series[Any]) -> Instants:
    """Instants of stamps, ISO text or 8 digits.

    03/02/2025 is refused, because it could be either of two days. Midnight is not a time of day:
    stamps of a zone that are all midnight there are dates.

    Args:
        values: One a row.
    """
    if pd.api.types.is_datetime64_any_dtype(values.dtype):
        return _of_stamps(pd.DatetimeIndex(values))
    try:
        codes, distinct = pd.factorize(values)
    except TypeError:  # lists and the like, which are no dates
        codes, distinct = pd.factorize(values.astype(str).where(values.notna()))
    moments = _of_texts(
        pd.Series(distinct, dtype=object).astype(str).astype("string[pyarrow]").str.strip()
    )
    none = Instants(np.array(["NaT"], "M8[D]"), np.array(["NaT"], "M8[us]"), np.zeros(1, bool))
    return Instants(
        np.append(moments.day, none.day)[codes],  # −1 is a missing one
        np.append(moments.utc, none.utc)[codes],
        np.append(moments.zoneless, none.zoneless)[codes],
    )


def _of_stamps(stamps: pd.DatetimeIndex) -> Instants:
    local = (stamps if stamps.tz is None else stamps.tz_localize(None)).to_numpy()
    # Dividing whole numbers is many times faster than converting and comparing dates.
    count = local.view(np.int64)
    in_day = int(np.timedelta64(1, "D") / np.timedelta64(1, stamps.unit))
    number = count // in_day
    timed, day = number * in_day != count, number.view("datetime64[D]")
    if (gone := np.isnat(local)).any():
        timed, day = timed & ~gone, np.where(gone, np.datetime64("NaT"), day)
    utc = np.broadcast_to(np.datetime64("NaT", "us"), len(stamps))
    if stamps.tz is not None and timed.any():
        utc = stamps.tz_convert("UTC").tz_localize(None).to_numpy().astype("datetime64[us]")
        timed = np.zeros(len(stamps), dtype=bool)
    return Instants(possible_days(day), utc, timed)


def _of_texts(texts: pd.Series[str]) -> Instants:
    def fits(form: str) -> Bools:
        return np.asarray(texts.str.fullmatch(form).fillna(value=False), dtype=bool)

    digits, zoned, clocked = fits(_DIGITS), fits(_DAY + _CLOCK + _ZONE), fits(_DAY + _CLOCK)
    plain = texts.str.slice(0, 10).str.replace("-", "", regex=False)
    plain = plain.where(~digits, texts.str.slice(0, 8))
    known = digits | zoned | clocked | fits(_DAY)
    stamps = pd.to_datetime(plain.where(known), format="%Y%m%d", errors="coerce")
    day = possible_days(stamps.to_numpy().astype("datetime64[D]"))
    timed = (clocked | zoned) & ~fits(_MIDNIGHT)
    utc = np.full(len(texts), "NaT", dtype="datetime64[us]")
    if zoned.any() and timed.any():
        written = texts[zoned].str.replace(" ?UTC", "Z", regex=True)
        moments = pd.to_datetime(written, format="ISO8601", utc=True, errors="coerce")
        utc[zoned] = pd.DatetimeIndex(moments).tz_localize(None).to_numpy()
        day[zoned & np.isnat(utc)] = np.datetime64("NaT")  # 25:00 is no time
    return Instants(day, utc, timed & clocked)


def possible_days(day: Days) -> Days:
    """The days within the years of plausible dates, else NaT.

    Args:
        day: datetime64[D].
    """
    meant = (day >= _FIRST) & (day < _LAST)
    return day if meant.all() else np.where(meant, day, np.datetime64("NaT"))
