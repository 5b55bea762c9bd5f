"""Tables for the web page: those of the findings as printed, those of the bundle as read."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd

from eventstudy.report.drawing.blocks import Table
from eventstudy.report.drawing.table import Column, Row
from eventstudy.report.tables.columns import (
    ABOUT,
    BROKEN_FREEDOM,
    COUNT,
    DATE,
    DAY,
    DOLLARS,
    FLAG,
    FREEDOM,
    P_VALUE,
    PERCENT,
    POINTS,
    PRICE,
    STATISTIC,
    TEXT,
    Kind,
    kinds_of,
)
from eventstudy.text.numbers import MISSING, dollars, number, p_text, percent
from eventstudy.text.table import indented

LIMIT = 300
"""Rows of a bundle's table that the page holds; the file has all."""

_LONG = 30
"""Letters above which the cells of a column may break into lines."""
UNSIGNED = replace(PERCENT, unit="A standard error, shown in percent.")
_FIGURE = r"[+−-]?\$?\d[\d,]*(\.\d+)?( ?(%|tn|bn|mn))?"
_SORTED_AS_NUMBER = re.compile(rf"[<>≤≥]?{_FIGURE}( to {_FIGURE})?")


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell as read; `pad` is what it lacks behind the decimal point, beside its column."""

    text: str
    pad: str = ""
    indented: bool = False


@dataclass(frozen=True, slots=True)
class Line:
    """A row of a table."""

    cells: tuple[Cell, ...]
    bold: bool = False


@dataclass(frozen=True, slots=True)
class Body:
    """Rows under a heading, which may be empty."""

    heading: str
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Head:
    """A column: the lines of its header; `kind` is the class of its cells, empty for figures."""

    lines: tuple[str, ...]
    kind: str
    numeric: bool


@dataclass(frozen=True, slots=True)
class WebTable:
    """A table of the page; `foot` is a row of totals, `total` counts the rows of its file."""

    caption: str
    note: str
    heads: tuple[Head, ...]
    bodies: tuple[Body, ...]
    foot: tuple[Line, ...]
    more: str
    total: int

    @property
    def size(self) -> str:
        """A table of many columns takes all the width, a crowd of them stands closer."""
        return "many crowd" if len(self.heads) > 12 else "many" if len(self.heads) > 7 else ""

    @property
    def sortable(self) -> bool:
        """Rows that belong under a heading or under another row have no order but their own."""
        if len(self.bodies) != 1 or self.bodies[0].heading:
            return False
        lines = self.bodies[0].lines
        return len(lines) > 1 and not any(line.cells[0].indented for line in lines)

    @property
    def shown(self) -> int:
        return sum(len(body.lines) for body in self.bodies) + len(self.foot)


def printed_table(block: Table) -> WebTable:
    """A table of a finding: all of its rows, as on paper."""
    plain = [row for row in block.rows if not row.group]
    pads = [_pads(i, column, plain) for i, column in enumerate(block.columns)]
    bodies: list[tuple[str, list[Line]]] = []
    for row in block.rows:
        if row.group or not bodies:
            bodies.append((row.cells[0] if row.group else "", []))
        if not row.group:
            cells = [_cell(text, pads[i]) for i, text in enumerate(row.cells)]
            bodies[-1][1].append(Line(tuple(cells), row.bold))
    heads = [_head(i, column, plain) for i, column in enumerate(block.columns)]
    foot = _totals([line for _, lines in bodies for line in lines])
    if foot:
        del bodies[-1][1][-1]
    made = tuple(Body(heading, tuple(lines)) for heading, lines in bodies)
    return WebTable(block.title, block.note, tuple(heads), made, foot, block.more, len(plain))


def _totals(lines: Sequence[Line]) -> tuple[Line, ...]:
    """The last row where it alone is bold, as a sum over the others is."""
    alone = len(lines) > 1 and lines[-1].bold and not any(line.bold for line in lines[:-1])
    return (lines[-1],) if alone else ()


def _cell(text: str, pads: dict[str, str]) -> Cell:
    inside, words = indented(text)
    return Cell(words, pads.get(text, ""), inside)


def _head(index: int, column: Column, rows: Sequence[Row]) -> Head:
    cells = [row.cells[index] for row in rows if index < len(row.cells)]
    known = [text for text in cells if text not in ("", MISSING)]
    numeric = bool(known) and all(_SORTED_AS_NUMBER.fullmatch(text) for text in known)
    kind = (
        ""
        if column.align != "left"
        else "l long"
        if max(map(len, cells), default=0) > _LONG
        else "l"
    )
    return Head(_header_lines(column), kind, numeric)


def _header_lines(column: Column) -> tuple[str, ...]:
    """The lines of a header; a word that was broken for paper is whole again."""
    return tuple(
        line for line in re.sub(r"(?<=[a-z])-\n(?=[a-z])", "", column.title).split("\n") if line
    )


def _pads(index: int, column: Column, rows: Sequence[Row]) -> dict[str, str]:
    """What each cell of a column lacks to end where the longest fraction ends."""
    if column.align != "decimal":
        return {}
    fractions = {text: _fraction(text) for row in rows for text in row.cells[index : index + 1]}
    longest = max(fractions.values(), key=len, default="")
    return {text: longest[len(own) :] for text, own in fractions.items()}


def _fraction(cell: str) -> str:
    _, point, digits = cell.partition(".")
    return point + digits


_TITLES = {
    "arch_lm_p": "ARCH-LM p",
    "car": "CAR",
    "car_a": "CAR of a",
    "car_b": "CAR of b",
    "ci_high": "Interval\nto",
    "ci_low": "Interval\nfrom",
    "day0": "Day 0",
    "df2": "df 2",
    "durbin_watson": "Durbin-\nWatson",
    "event_id": "Event",
    "id": "Claim",
    "jarque_bera_p": "Jarque-\nBera p",
    "ljung_box_p": "Ljung-\nBox p",
    "n": "N",
    "n_obs": "Estimation\ndays",
    "of": "Of",
    "p_bh": "p, Benjamini-\nHochberg",
    "p_greater": "p,\ngreater",
    "p_holm": "p,\nHolm",
    "p_less": "p,\nless",
    "p_placebo": "Placebo\np",
    "p_quoted": "p\nquoted",
    "p_value": "p",
    "r_squared": "R²",
    "rel_day": "Day",
    "se": "s.e.",
}
"""Names of columns that do not read well with blanks for their underscores."""

_NAMES = {
    "abnormal_returns": "Abnormal returns, asset by day",
    "alignments": "How day 0 was found",
    "averages": "Averages of each group, day by day and over windows",
    "benchmarks": "Cumulative abnormal returns under each benchmark",
    "car": "Cumulative abnormal returns of the assets",
    "claims_claims": "Claims: what was said",
    "claims_parts": "Claims: their parts, each against its figure",
    "confounders": "Other registered events in the studied days",
    "contamination_table": "Benchmarks: with and without the shocked names",
    "contrasts_headlines": "Contrasts: against the other headline events",
    "contrasts_history": "Contrasts: the lead on every registered event",
    "contrasts_pairs": "Contrasts: group against group",
    "curve_left_out": "Specifications: left out",
    "curve_placebos": "Specifications: the curve on ordinary days",
    "curve_specifications": "Specifications: each of them",
    "curve_summary": "Specifications: summary",
    "diagnostics": "Residuals of the fits",
    "exclusions": "Left out of the study",
    "fits": "Fitted normal returns",
    "placebos_draws": "Placebos: each of them",
    "placebos_left_out": "Placebos: left out",
    "placebos_summary": "Placebos: summary",
    "portfolios": "Cumulative abnormal returns of the groups",
    "recovery_confounders": "Recovery: other registered events on the way",
    "recovery_path": "Recovery: day by day",
    "recovery_summary": "Recovery: summary",
    "recovery_table": "Recovery: how much was undone",
    "tests": "Tests, by group and window",
    "value_assets": "Market values of the assets",
    "value_indices": "Index points",
    "value_totals": "Market values of the groups",
}


def data_table(name: str, frame: pd.DataFrame) -> WebTable:
    """A table of the bundle, `tables/<name>.csv`, rounded; its first rows where it is long.

    `event_id` is left out where it is the same in every row: the page is of one event.
    """
    if "event_id" in frame and len(set(frame["event_id"])) <= 1:
        frame = frame.drop(columns="event_id")
    part = frame.iloc[:LIMIT]
    kinds = {
        c: UNSIGNED if _is_error(c) and k is PERCENT else k for c, k in kinds_of(name, part).items()
    }
    columns = [_column(str(column), kinds[str(column)], part[column]) for column in part]
    texts = [_texts(kinds[str(column)], part[column]) for column in part]
    rows = [Row(cells) for cells in zip(*texts, strict=True)]
    pads = [_pads(i, column, rows) for i, column in enumerate(columns)]
    lines = tuple(
        Line(tuple(_cell(text, pads[i]) for i, text in enumerate(row.cells))) for row in rows
    )
    heads = tuple(_head(i, column, rows) for i, column in enumerate(columns))
    title = _NAMES.get(name, name.replace("_", " ").capitalize())
    about = ABOUT.get(name, "")
    return WebTable(title, about, heads, (Body("", lines),), (), f"tables/{name}.csv", len(frame))


def _is_error(column: str) -> bool:
    return column in ("s", "se") or column.endswith("_se")


def _column(name: str, kind: Kind | Sequence[Kind], values: pd.Series[Any]) -> Column:
    if name in _TITLES or len(name) < 3:
        title = _TITLES.get(name, name)
    else:
        title = name.replace("_", " ").capitalize()
    left = kind in (TEXT, DATE, FLAG) or not pd.api.types.is_numeric_dtype(values)
    unit = "\n%" if kind in (PERCENT, UNSIGNED) else ""
    return Column(f"{title}{unit}", "left" if left else "right" if kind is DOLLARS else "decimal")


def _texts(kind: Kind | Sequence[Kind], values: pd.Series[Any]) -> list[str]:
    if isinstance(kind, Kind):
        return [_text(kind, value) for value in values]
    # A column of several kinds has its units in its cells.
    pairs = zip(kind, values, strict=True)
    return [f"{_text(k, v)}{' %' if k is PERCENT and not pd.isna(v) else ''}" for k, v in pairs]


def _text(kind: Kind, value: Any) -> str:
    """A value as read; as many figures as the eye needs."""
    if kind is FLAG:
        return "yes" if value else "no"
    if pd.isna(value) or value == "":
        return MISSING
    if kind is DATE:
        return f"{value:%Y-%m-%d}"
    if kind is TEXT:
        return str(value)
    return _FORMATS.get(kind, _general)(value)


_FORMATS: dict[Kind, Callable[[float], str]] = {
    PERCENT: lambda value: percent(value, unit=False),
    UNSIGNED: lambda value: percent(value, signed=False, unit=False),
    P_VALUE: lambda value: p_text(value, prefix=False),
    STATISTIC: lambda value: number(value, signed=True),
    COUNT: lambda value: number(value, 0),
    FREEDOM: lambda value: number(value, 0),
    BROKEN_FREEDOM: number,
    DAY: lambda value: number(value, 0, signed=True),
    DOLLARS: lambda value: dollars(value, signed=True),
    PRICE: number,
    POINTS: lambda value: number(value, signed=True),
}


def _general(value: float) -> str:
    """Four significant figures, whole numbers whole."""
    if float(value).is_integer():
        return number(value, 0)
    return number(value, min(6, max(0, 3 - math.floor(math.log10(abs(value))))))
