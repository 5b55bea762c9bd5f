"""Shares outstanding, to turn a price move into dollars."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from eventstudy.errors import InputError, quoted
from eventstudy.files import read_toml

NEAR = 366
"""Shares outstanding say nothing about events further than this many days from their date."""

_KNOWN = ("shares", "as_of", "source", "note")
_MONTH = re.compile(r"\d{4}-\d{2}")


@dataclass(frozen=True, slots=True, repr=False)
class Shares:
    """Shares outstanding of one company, on the split basis of the closes they are put to.

    `as_of` is an ISO month or day, `source` the filing that states the figure, `note` what else
    matters: which classes are counted, what a depositary receipt stands for.
    """

    ticker: str
    shares: float
    as_of: str
    source: str
    note: str

    def __repr__(self) -> str:
        return f"Shares({self.ticker!r}, {self.shares:,.0f}, as of {self.as_of})"

    def near(self, day: date) -> bool:
        """Whether the figure is of about that day: at most a year away."""
        return abs((_as_date(self.as_of) - day).days) <= NEAR


@cache
def read_shares() -> Mapping[str, Shares]:
    """Shares outstanding by ticker, from the packaged list, on the basis of the bundled closes."""
    return _checked(read_toml(None, "shares.toml", "shares file"), "shares.toml")


def load_shares(path: str | Path) -> Mapping[str, Shares]:
    """Shares outstanding by ticker, from a TOML file of the packaged list's shape.

    A table a ticker with `shares` (a positive number, on the split basis of the prices), `as_of`
    (a month "2024-11" or a day), `source` and, if wanted, `note`. Raises InputError with a
    sentence for every bad entry at once.
    """
    return _checked(read_toml(path, "shares.toml", "shares file"), str(path))


def _checked(content: Mapping[str, Any], where: str) -> Mapping[str, Shares]:
    """The entries of a shares file; every bad one is named in one InputError."""
    if not content:
        raise InputError(f"{where} names no shares; give a table a ticker, such as [NVDA].")
    problems = [
        f"{where}, table [{ticker}]: {problem}."
        for ticker, entry in content.items()
        for problem in _problems(entry)
    ]
    if problems:
        raise InputError(problems)
    return MappingProxyType(
        {
            ticker: Shares(
                ticker=ticker,
                shares=float(entry["shares"]),
                as_of=str(entry["as_of"]),
                source=entry["source"],
                note=entry.get("note", ""),
            )
            for ticker, entry in content.items()
        }
    )


def _problems(entry: Any) -> Iterator[str]:
    if not isinstance(entry, dict):
        yield f"{quoted(entry)} should be a table with {', '.join(_KNOWN)}"
        return
    for name in entry:
        if name not in _KNOWN:
            yield f"{name} is not known; known are {', '.join(_KNOWN)}"
    for name in ("shares", "as_of", "source"):
        if name not in entry:
            yield f"{name} is missing; add it"
    count = entry.get("shares", 1)
    if isinstance(count, bool) or not isinstance(count, (int, float)) or not 0 < count < math.inf:
        yield f"shares is {quoted(count)}; it should be a positive number"
    try:
        _as_date(str(entry.get("as_of", "2000-01")))
    except ValueError:
        yield f'as_of is {quoted(entry["as_of"])}; write a month "2024-11" or a day "2024-11-15"'
    if not isinstance(entry.get("source", "-"), str) or not entry.get("source", "-").strip():
        yield "source is empty; name the filing or page that states the figure"
    if not isinstance(entry.get("note", ""), str):
        yield f"note is {quoted(entry['note'])}; it should be text in quotes"


def _as_date(as_of: str) -> date:
    """The day, or the first day of the month; ValueError for anything else."""
    return date.fromisoformat(f"{as_of}-01" if _MONTH.fullmatch(as_of) else as_of)
