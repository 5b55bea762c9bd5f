"""What the columns of a bundle's tables hold, and how a spreadsheet shows it."""

from __future__ import annotations

import math
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from typing import Any

import pandas as pd

from eventstudy.evidence.parts.claims import in_points
from eventstudy.text import measure as units
from eventstudy.text.measure import measure, worded
from eventstudy.text.numbers import dollars, number, p_text, share


@dataclass(frozen=True, slots=True)
class Unit:
    """How values are shown: a spreadsheet's number format, and as text.

    `says` is what a reader is told of the unit, `sample` formats a value as wide as `format` does.
    """

    name: str
    format: str
    says: str
    sample: str
    text: Callable[[Any], str] = str
    head: str = ""
    """What stands under the title of a column, where it has a unit."""
    axis: str = "General"
    """The number format of an axis."""

    def width(self, value: float) -> int:
        """Characters that a value takes in a spreadsheet."""
        return len(self.sample.format(value))


def _figures(digits: int = 2, signed: bool = False) -> Callable[[float], str]:
    return partial(number, digits=digits, signed=signed)


def _general(value: float) -> str:
    """Four significant figures, whole numbers whole."""
    if float(value).is_integer():
        return number(value, 0)
    return number(value, min(6, max(0, 3 - math.floor(math.log10(abs(value))))))


_SHARE = partial(share, signed=True, unit=False)
_FRACTION = units.PERCENT.says
_SESSIONS = "Sessions from day 0; negative before it."
_CLOSE = "A close: US dollars, or points of an index."
_FREEDOM = "Degrees of freedom."

PERCENT = Unit("percent", "0.00%", _FRACTION, "{:.2%}", _SHARE, "%", "0%")
ERROR = Unit("error", "0.00%", _FRACTION, "{:.2%}", partial(_SHARE, signed=False), "%", "0%")
"""A standard error, which has no sign."""
P_VALUE = Unit(
    "p", "0.0000", "A p-value, between 0 and 1.", "{:.4f}", partial(p_text, prefix=False)
)
STATISTIC = Unit(
    "statistic", "0.00", "A test statistic, without unit.", "{:.2f}", _figures(signed=True)
)
NUMBER = Unit("number", "0.0000", "A number without unit.", "{:.4f}", _general)
COUNT = Unit("count", "#,##0", "A count.", "{:,.0f}", _figures(0))
FREEDOM = Unit("freedom", "#,##0", _FREEDOM, "{:,.0f}", _figures(0))
BROKEN_FREEDOM = Unit("broken freedom", "#,##0.00", _FREEDOM, "{:,.2f}", number)
DAY = Unit("day", "+0;-0;0", _SESSIONS, "{:+.0f}", _figures(0, signed=True))
DATE = Unit("date", "yyyy-mm-dd", "A session, year-month-day.", "0000-00-00", "{:%Y-%m-%d}".format)
DOLLARS = Unit(
    "dollars", "$#,##0;-$#,##0", "US dollars.", "-${:,.0f}", partial(dollars, signed=True)
)
PRICE = Unit("price", "#,##0.00", _CLOSE, "{:,.2f}", number)
POINTS = Unit("points", "#,##0.00;-#,##0.00", "Index points.", "-{:,.2f}", _figures(signed=True))
FLAG = Unit("flag", '"TRUE";"TRUE";"FALSE"', "TRUE or FALSE.", "FALSE")
TEXT = Unit("text", "General", "", "{}")

_NAMED = (PERCENT, ERROR, P_VALUE, STATISTIC, NUMBER, COUNT, FREEDOM, DAY, DOLLARS, PRICE, POINTS)
_UNITS = {unit.name: unit for unit in _NAMED}
_AMOUNTS = ("raw", "abnormal", "se", "low", "high")
"""The columns that have the unit of their table, where that has one."""
_MEASURED = ("threshold", "within", "figure", "low", "high", "other_figure")
"""Those of a claim's part, which have the unit of what is measured."""


RETURN_OF = "return_"
"""How the columns of comparison benchmarks begin, which are called after their tickers."""

SHARES = ("zero_returns", "share", "share_low", "share_high", "power", "type_s")
"""Columns in percent that are shares, and no returns or changes."""


def figure_unit(signed: bool = True) -> Unit:
    """The unit of returns, or of the changes that a study is of.

    Args:
        signed: Whether positive figures have a sign.
    """
    now = measure()
    if not now.level:
        return PERCENT if signed else ERROR
    text = _figures(2, signed=signed)
    return Unit(now.name, "#,##0.00", now.says, "{:,.2f}", text, now.head, "General")


@dataclass(frozen=True, slots=True)
class Described:
    """A table or a column in words: how it is headed, and what it holds in a sentence."""

    title: str
    says: str = ""
    unit: str = ""

    @classmethod
    def of(cls, kind: str, name: str) -> Described:
        """The description of a name among "tables" or "columns"; of an unknown one the name."""
        plain = name.replace("_", " ").capitalize() if len(name) > 2 else name
        known = {"title": plain} | dict(descriptions()[kind].get(name, {}))
        return cls(worded(known["title"]), worded(known.get("says", "")), known.get("unit", ""))


@cache
def descriptions() -> Mapping[str, Mapping[str, Mapping[str, str]]]:
    """By "tables" and "columns", then by name: title, says and unit, as far as written down."""
    return tomllib.loads(Path(__file__).with_suffix(".toml").read_text("utf-8"))


def column_units(table: str, frame: pd.DataFrame) -> dict[str, Unit | Sequence[Unit]]:
    """Column → its unit, or one unit a row where a column holds several."""
    units: dict[str, Unit | Sequence[Unit]] = {}
    for column in map(str, frame):
        if table == "claims_parts" and column in _MEASURED:
            in_index = [in_points({"measure": measure}) for measure in frame["measure"]]
            units[column] = [POINTS if of_points else PERCENT for of_points in in_index]
        else:
            units[column] = _unit(table, column, frame[column])
    return units


def _unit(table: str, column: str, values: pd.Series[float]) -> Unit:
    if pd.api.types.is_bool_dtype(values):
        return FLAG
    if pd.api.types.is_datetime64_any_dtype(values):
        return DATE
    if not pd.api.types.is_numeric_dtype(values):
        return TEXT
    amounts = Described.of("tables", table).unit
    known = "return" if column.startswith(RETURN_OF) else column
    named = amounts if amounts and column in _AMOUNTS else Described.of("columns", known).unit
    if named in (PERCENT.name, ERROR.name) and column not in SHARES:
        return figure_unit(signed=named == PERCENT.name)
    if named == "freedom" and (values.dropna() % 1 != 0).any():
        return BROKEN_FREEDOM
    if named:
        return _UNITS[named]
    return COUNT if pd.api.types.is_integer_dtype(values) else NUMBER
