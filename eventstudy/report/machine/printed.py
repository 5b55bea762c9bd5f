"""How a figure of results.json may stand in a sentence: numbers as they are printed, by unit."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import pandas as pd

from eventstudy.report.machine.keys import (
    CONFIDENCE,
    COUNT,
    DOLLARS,
    MONEY,
    NUMBER,
    POINTS,
    RETURN,
    SESSION,
    SHARE,
    P,
)
from eventstudy.text.measure import scale
from eventstudy.text.numbers import MINUS, dollars, p_text
from eventstudy.text.words import date_text, level_text, short_date

_PLAIN = rf"[{MINUS}+]?\$?\d(?:[\d,]*\d)?(?:\.\d+)?"
_OF_A_WINDOW = re.compile(rf"\[({_PLAIN}), ({_PLAIN})\]")
_NUMBER = re.compile(
    rf"(?P<before>\bp [=<≤] |\b(?:day|week|month)[ -]|\bafter )?"
    rf"(?P<number>{_PLAIN})"
    rf"(?P<after>(?: to {_PLAIN})?(?:%| bp\b| percentage points\b| points\b)|[bmt]n\b"
    r"|(?= (?:session|day|week|month)s?\b))?"
)
_DAY = re.compile(r"(?:day|week|month)[ -]")


@dataclass(frozen=True, slots=True)
class Number:
    """A number as a sentence has it."""

    text: str
    """The number with its sign, without what follows: "−18.54", "$593"."""
    large: str
    """bn, mn or tn behind an amount; empty for none."""
    units: Collection[str]
    """The units that a figure may have which is printed like this."""
    window: int = 0
    """1 for the first and 2 for the second end of a window in brackets, else 0."""

    @property
    def digits(self) -> str:
        """The number without sign and currency."""
        return self.text.lstrip(f"{MINUS}+$")


def numbers_in(text: str) -> list[Number]:
    """The numbers of a sentence: those of windows in brackets first, two by two.

    Args:
        text: Without names and dates, whose digits are no figures.
    """
    windows = [
        Number(found[end], "", (SESSION,), end)
        for found in _OF_A_WINDOW.finditer(text)
        for end in (1, 2)
    ]
    numbers, rest, start = [], _OF_A_WINDOW.sub(" ", text), 0
    while found := _NUMBER.search(rest, start):
        before, after = found["before"] or "", found["after"]
        large = after if after in ("bn", "mn", "tn") else ""
        numbers.append(Number(found["number"], large, _units(found["number"], before, after)))
        start = found.end("number")
    return windows + numbers


def _units(number: str, before: str, after: str | None) -> Collection[str]:
    """The units of a number with these words around it; `after` is None for no known ones."""
    if before.startswith("p "):
        return (P, CONFIDENCE)
    if _DAY.match(before):
        return (SESSION,)
    if "$" in number:
        return (DOLLARS, MONEY)
    if after is None and number[0] in f"{MINUS}+":
        return (NUMBER, MONEY, SESSION)
    if after is None:
        counted = (COUNT, NUMBER, MONEY)
        return (*counted, SESSION) if before or number == "0" else counted
    if after == "":
        return (COUNT, SESSION)
    if after.endswith("%"):
        return (RETURN, SHARE, CONFIDENCE)
    return (RETURN, POINTS) if after.endswith(" points") else (RETURN,)


def stands_for(number: Number, value: float, unit: str) -> bool:
    """Whether a number of a sentence is a figure as it is printed.

    A sentence may leave out the sign, which its verb then says.

    Args:
        number: Of a sentence.
        value: The figure.
        unit: The unit of its key.
    """
    if unit not in number.units or not math.isfinite(value):
        return False
    wrong = {MINUS: value > 0, "+": value < 0}.get(number.text[0], False)
    return not wrong and f"{number.digits}{number.large}" in set(_PRINTED[unit](value))


def dates_of(value: str) -> Iterable[str]:
    """An ISO date as sentences print it, the longest first.

    Args:
        value: The date, or a time on it.
    """
    try:
        day = pd.Timestamp(date.fromisoformat(value[:10]))
    except ValueError:
        return ()
    month = f"{day:%B %Y}"
    return (date_text(day), short_date(day), f"{day:%Y-%m-%d}", month)


def _decimals(value: float) -> list[str]:
    return [f"{abs(value):,.{digits}f}" for digits in range(3)]


def _levels(value: float) -> list[str]:
    return [*(level_text(each).rstrip("%") for each in (value, 1 - value)), f"{1 - value:.2g}"]


_PRINTED: Mapping[str, Callable[[float], Iterable[str]]] = {
    RETURN: lambda value: _decimals(scale() * value),
    SHARE: lambda value: _decimals(100 * value),
    P: lambda value: [p_text(value, prefix=False).lstrip("<")],
    COUNT: lambda value: [f"{value:,.0f}"],
    SESSION: lambda value: [f"{abs(value):.0f}"],
    DOLLARS: lambda value: [dollars(abs(value)).removeprefix("$")],
    MONEY: lambda value: [f"{abs(value):,.2f}"],
    POINTS: _decimals,
    NUMBER: lambda value: [*_decimals(value), f"{value:g}"],
    CONFIDENCE: _levels,
}


def is_figure(value: Any) -> bool:
    """Whether a value of JSON is a number."""
    return isinstance(value, (int, float)) and not isinstance(value, bool)
