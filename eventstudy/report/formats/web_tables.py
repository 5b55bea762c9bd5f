"""Tables for the web page: those of the findings as printed, those of the bundle as read."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from eventstudy.report.tables.columns import (
    DATE,
    DOLLARS,
    FLAG,
    PERCENT,
    TEXT,
    Described,
    Unit,
    column_units,
)
from eventstudy.text.numbers import MISSING
from eventstudy.text.table import Column, PlainTable, Row, indented

LIMIT = 120
"""Rows of a bundle's table that the page holds; the file has all."""

_LONG = 30
"""Letters above which the cells of a column may break into lines."""
_BREAK = re.compile(r" |[A-Za-z]-[A-Za-z]")
_FIGURE = r"[+−-]?\$?\d[\d,]*(\.\d+)?( ?(%|tn|bn|mn))?"
_SORTED_AS_NUMBER = re.compile(rf"[<>≤≥]?{_FIGURE}( to {_FIGURE})?")


@dataclass(frozen=True, slots=True)
class WebCell:
    """A cell as read; `pad` is what it lacks behind the decimal point, beside its column."""

    text: str
    pad: str = ""
    indented: bool = False


@dataclass(frozen=True, slots=True)
class WebRow:
    """A row of a table."""

    cells: tuple[WebCell, ...]
    bold: bool = False


@dataclass(frozen=True, slots=True)
class WebBody:
    """Rows under a heading, which may be empty."""

    heading: str
    rows: list[WebRow]


@dataclass(frozen=True, slots=True)
class WebHead:
    """A column: the lines of its header; `kind` is the class of its cells, empty for figures."""

    lines: tuple[str, ...]
    kind: str
    numeric: bool


@dataclass(frozen=True, slots=True)
class WebTable:
    """A table of the page; `foot` is a row of totals, `total` counts the rows of its file."""

    caption: str
    note: str
    heads: tuple[WebHead, ...]
    bodies: tuple[WebBody, ...]
    foot: list[WebRow]
    more: str
    total: int

    @property
    def size(self) -> str:
        """A table of many columns takes all the width, a crowd of them stands closer."""
        return "many crowd" if len(self.heads) > 12 else "many" if len(self.heads) > 7 else ""

    @property
    def sortable(self) -> bool:
        """Rows that belong under a heading or under another row have no order but their own.

        A row that begins with nothing goes on with the one above.
        """
        if len(self.bodies) != 1 or self.bodies[0].heading:
            return False
        rows = self.bodies[0].rows
        return len(rows) > 1 and not any(
            row.cells[0].indented or not row.cells[0].text for row in rows
        )

    @property
    def shown(self) -> int:
        """How many rows of the file the page has."""
        return sum(len(body.rows) for body in self.bodies) + len(self.foot)


def web_table(table: PlainTable) -> WebTable:
    """A table with all rows that are at hand, in bodies under their headings."""
    plain = [row for row in table.rows if not row.group]
    cells = [[table.filled(row)[i] for row in plain] for i in range(len(table.columns))]
    pads = [_pads(*each) for each in zip(table.columns, cells, strict=True)]
    bodies: list[WebBody] = []
    for row in table.rows:
        if row.group or not bodies:
            bodies.append(WebBody(row.cells[0] if row.group else "", []))
        if not row.group:
            made = tuple(_cell(text, pad) for text, pad in zip(row.cells, pads, strict=False))
            bodies[-1].rows.append(WebRow(made, row.bold))
    # A last row that alone is bold is a sum over the others.
    bold = [row.bold for row in plain]
    totals = [bodies[-1].rows.pop()] if len(bold) > 1 and bold[-1] and sum(bold) == 1 else []
    return WebTable(
        table.title,
        table.note,
        tuple(_head(*each) for each in zip(table.columns, cells, strict=True)),
        tuple(bodies),
        totals,
        table.more,
        table.total,
    )


def _cell(text: str, pads: dict[str, str]) -> WebCell:
    inside, words = indented(text)
    return WebCell(words, pads.get(text, ""), inside)


def _head(column: Column, cells: Sequence[str]) -> WebHead:
    known = [text for text in cells if text not in ("", MISSING)]
    numeric = bool(known) and all(_SORTED_AS_NUMBER.fullmatch(text) for text in known)
    if column.align != "left":
        return WebHead(column.whole_lines, "", numeric)
    if max(map(len, cells), default=0) > _LONG:
        return WebHead(column.whole_lines, "l long", numeric)
    return WebHead(column.whole_lines, "l wrap" if any(map(_has_words, cells)) else "l", numeric)


def _has_words(text: str) -> bool:
    """Whether a text may break between its words; a window such as [−1, +1] may not."""
    return bool(_BREAK.search(text)) and not text.startswith("[")


def _pads(column: Column, cells: Sequence[str]) -> dict[str, str]:
    """What each cell of a column lacks to end where the longest fraction ends."""
    if column.align != "decimal":
        return {}
    fractions = {text: "".join(text.partition(".")[1:]) for text in cells}
    longest = max(fractions.values(), key=len, default="")
    return {text: longest[len(own) :] for text, own in fractions.items()}


def data_table(name: str, frame: pd.DataFrame) -> PlainTable:
    """A table of the bundle, `tables/<name>.csv`, rounded; its first rows where it is long.

    `event_id` is left out where it is the same in every row: the page is of one event.
    """
    if "event_id" in frame and len(set(frame["event_id"])) <= 1:
        frame = frame.drop(columns="event_id")
    part = frame.iloc[:LIMIT]
    units = column_units(name, part)
    cells = [_texts(units[str(column)], part[column]) for column in part]
    described = Described.of("tables", name)
    return PlainTable(
        columns=tuple(_column(str(column), units[str(column)], part[column]) for column in part),
        rows=[Row(texts) for texts in zip(*cells, strict=True)],
        more=f"tables/{name}.csv",
        title=described.title,
        note=described.says,
        count=len(frame),
    )


def _column(name: str, unit: Unit | Sequence[Unit], values: pd.Series[Any]) -> Column:
    title = Described.of("columns", name).title
    if unit in (TEXT, DATE, FLAG) or not pd.api.types.is_numeric_dtype(values):
        return Column(title, "left")
    if isinstance(unit, Unit) and unit.head:
        title = f"{title}\n{unit.head}"
    return Column(title, "right" if unit is DOLLARS else "decimal")


def _texts(unit: Unit | Sequence[Unit], values: pd.Series[Any]) -> list[str]:
    if isinstance(unit, Unit):
        return [_text(unit, value) for value in values]
    # A column of several units has them in its cells.
    pairs = zip(unit, values, strict=True)
    return [f"{_text(u, v)}{'%' if u is PERCENT and not pd.isna(v) else ''}" for u, v in pairs]


def _text(unit: Unit, value: Any) -> str:
    """A value as read; as many figures as the eye needs."""
    if unit is FLAG:
        return "yes" if value else "no"
    if pd.isna(value) or value == "":
        return MISSING
    return unit.text(value)
