"""Shares outstanding, to turn a price move into dollars."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from eventstudy.errors import LONGEST_QUOTE, InputError, quoted
from eventstudy.files.formats import read_toml
from eventstudy.files.reading import control_in

NEAR = 366
"""Shares outstanding say nothing about events further than this many days from their date."""

_KNOWN = ("shares", "as_of", "source", "note")
_MONTH = re.compile(r"\d{4}-\d{2}", re.ASCII)
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
LEAST, MOST = 1, 10**15
"""No company has fewer shares or more."""


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

    Args:
        path: The file: a table a ticker with `shares` (a positive number, on the split basis of
            the prices), `as_of` (a month "2024-11" or a day), `source` and, if wanted, `note`.

    Raises:
        InputError: The file cannot be read, or has bad entries; every one is named.
    """
    return _checked(read_toml(path, "shares.toml", "shares file"), str(path))


def _checked(content: Mapping[str, Any], where: str) -> Mapping[str, Shares]:
    """The entries of a shares file; every bad one is named in one InputError."""
    if not content:
        raise InputError(f"{where} names no shares; give a table a ticker, such as [NVDA].")
    problems = [
        f"{where}, table [{ticker[:LONGEST_QUOTE]}]: {problem}."
        for ticker, entry in content.items()
        for problem in (*_ticker_problems(ticker), *_problems(entry))
    ]
    if problems:
        raise InputError(problems)
    shares = {
        ticker: Shares(
            *(ticker, float(entry["shares"]), str(entry["as_of"])),
            *(entry["source"], entry.get("note", "")),
        )
        for ticker, entry in content.items()
    }
    return MappingProxyType(shares)


def _problems(entry: Any) -> Iterator[str]:
    if not isinstance(entry, dict):
        yield f"{quoted(entry)} should be a table with {', '.join(_KNOWN)}"
        return
    for name in entry:
        if name not in _KNOWN:
            yield f"{name[:LONGEST_QUOTE]} is not known; known are {', '.join(_KNOWN)}"
    for name in ("shares", "as_of", "source"):
        if name not in entry:
            yield f"{name} is missing; add it"
    count = entry.get("shares", 1)
    if isinstance(count, bool) or not isinstance(count, (int, float)) or not LEAST <= count <= MOST:
        yield f"shares is {quoted(count)}; it should be a positive number up to {MOST:,}"
    try:
        _as_date(str(entry.get("as_of", "2000-01")))
    except ValueError:
        yield f'as_of is {quoted(entry["as_of"])}; write a month "2024-11" or a day "2024-11-15"'
    for name in ("source", "note"):
        text = entry.get(name, "-")
        if not isinstance(text, str):
            yield f"{name} is {quoted(text)}; it should be text in quotes"
        elif control := control_in(text):
            yield f"{name} has the control character {control}; delete it"
    if entry.get("source") == "" or str(entry.get("source", "-")).isspace():
        yield "source is empty; name the filing or page that states the figure"


def _ticker_problems(ticker: str) -> Iterator[str]:
    plain = ticker.strip() == ticker and ticker and not control_in(ticker)
    if not plain or len(ticker) > LONGEST_QUOTE:
        yield "that is not a valid ticker; write it as the prices do, such as [NVDA]"


def _as_date(as_of: str) -> date:
    """The day, or the first day of the month; ValueError for anything else."""
    day = f"{as_of}-01" if _MONTH.fullmatch(as_of) else as_of
    if not _DAY.fullmatch(day):
        raise ValueError
    return date.fromisoformat(day)
