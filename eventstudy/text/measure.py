"""What the figures of a study are counted in: per cent, basis points or points.

`measured_in` chooses it for all that is printed and drawn inside a `with` block, so that no
function passes it on; `percent` and the axes of charts read it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

_KINDS = "abnormal|normal|expected|observed|raw|missing|valid|equal-weighted|simple|mean"
_WORDS = tuple(
    (re.compile(pattern), word)
    for pattern, word in (
        (r"\b([Nn]o) (abnormal )?return\b", r"\1 \2figure"),
        (rf"(?i)\b((?:{_KINDS}) )return(s?)\b", r"\1change\2"),
        (r"\bReturns in percent\b", "Changes in percent"),
        (r"\bthe return of the group\b", "the change of the group"),
    )
)
"""What is said of returns, and the same of changes of levels."""

_ROW = re.compile(r"\b(session|Session|day|Day(?= (?:by|0|[+−]))|Day(?=s))(s?)\b")
"""What is said of days and sessions; names that begin with a capital stay."""

_ON = re.compile(
    r"\b[Oo]n(?= (?:(?:that|every|each|the same|[\d,]+(?: of [\d,]+)?) )?(?:ordinary )?"
    r"(?:week|month)s?\b(?! \[))"
)
"""Days are on, weeks and months in."""


@dataclass(frozen=True, slots=True)
class Measure:
    """A unit of returns or of changes."""

    name: str
    scale: float
    """What a figure of a table is multiplied by when it is printed."""
    head: str
    """How the header of a column or an axis says it: "%"."""
    sign: str
    """What follows a figure in a sentence: "%"."""
    says: str
    """What a reader of tables is told."""
    level: bool = True
    """Whether the figures are changes of levels and no returns."""


PERCENT = Measure(
    "percent", 100.0, "%", "%", "A fraction, shown in percent: -0.05 is −5%.", level=False
)
BASIS_POINTS = Measure("bp", 1.0, "bp", " bp", "Basis points: hundredths of a percentage point.")
POINTS = Measure("points", 1.0, "points", " points", "Points of the level.")
MEASURES = {one.name: one for one in (PERCENT, BASIS_POINTS, POINTS)}

ROWS = {"daily": "day", "weekly": "week", "monthly": "month"}
"""Frequency of a study → what one of its rows is called."""

_row: ContextVar[str] = ContextVar("what a row is called", default="day")
_measure: ContextVar[Measure] = ContextVar("the unit of the figures", default=PERCENT)


def measure() -> Measure:
    """The unit of what is printed now."""
    return _measure.get()


def scale() -> float:
    """What a figure is multiplied by when it is printed or drawn now: 100 for per cent."""
    return _measure.get().scale


@contextmanager
def measured_in(unit: str, frequency: str = "daily") -> Iterator[None]:
    """Print and draw in a unit, and of days, weeks or months, for the length of a `with` block.

    Args:
        unit: The name of one of `MEASURES`, as `StudySpec.unit` has it.
        frequency: daily, weekly or monthly.
    """
    tokens = _measure.set(MEASURES[unit]), _row.set(ROWS[frequency])
    try:
        yield
    finally:
        _measure.reset(tokens[0])
        _row.reset(tokens[1])


def worded(text: str) -> str:
    """A sentence about returns of days as one about what is studied: changes, weeks, months.

    Args:
        text: A sentence of the package, such as "the abnormal return of day 0".
    """
    now, row = _measure.get(), _row.get()
    if row != "day":
        text = _ROW.sub(lambda m: f"{_cased(row, m[1])}{m[2]}", text)
        text = _ON.sub(lambda m: _cased("in", m[0]), text)
    if not now.level:
        return text
    for pattern, word in _WORDS:
        text = pattern.sub(word, text)
    return text.replace("in percent", f"in {now.head}")


def _cased(word: str, like: str) -> str:
    return word.capitalize() if like[0].isupper() else word


def headed(text: str) -> str:
    """A header or the title of an axis in the unit of what is printed now.

    Args:
        text: As it is for returns: "Abnormal return, %".
    """
    return worded(text).replace("%", _measure.get().head)
