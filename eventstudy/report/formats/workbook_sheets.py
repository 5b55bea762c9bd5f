"""One table a sheet: numbers as numbers, dates as dates, text as text and nothing else."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import pandas as pd
from xlsxwriter.format import Format
from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

from eventstudy.files.csv_text import BLANKS, SIGNS
from eventstudy.report.tables.columns import DATE, FLAG, TEXT, Unit, column_units
from eventstudy.text.rounding import rounded

MOST_ROWS = 1_048_575
"""Rows of a sheet below the header."""
LONGEST_TEXT = 32_767
"""Characters of a cell."""
LONGEST_NAME = 31
_WIDEST = 80
_PRINTED = 180
"""Characters across a printed page that can still be read."""
_KEYS = 3
"""Of a table over several pages, so many leading columns of text are printed on each."""
_EARLIEST = pd.Timestamp("1900-03-01")
"""Before, spreadsheets disagree about the calendar."""


@dataclass
class Styles:
    """The formats of a workbook, each made once."""

    book: Workbook
    made: dict[tuple[tuple[str, Any], ...], Format] = field(default_factory=dict)

    def of(self, **properties: Any) -> Format:
        """The format with these properties of xlsxwriter."""
        key = tuple(sorted(properties.items()))
        if key not in self.made:
            self.made[key] = self.book.add_format(properties)
        return self.made[key]

    def head(self, unit: Unit | Sequence[Unit]) -> Format:
        """Of a header cell: text to the left, figures to the right, beside the filter's button."""
        words = unit in (TEXT, FLAG)
        side = {"align": "left", "indent": 1} if words else {"align": "right", "indent": 2}
        return self.of(bold=True, bottom=1, valign="top", **side)


def sheet_names(tables: Sequence[str]) -> dict[str, str]:
    """Table → the name of its sheet: allowed, at most 31 characters, no two alike."""
    names: dict[str, str] = {}
    for table in tables:
        clean = "".join(
            "_" if char in "[]:*?/\\" or not char.isprintable() else char for char in table
        )
        clean = clean.strip("' ") or "Sheet"
        name, number = clean[:LONGEST_NAME], 1
        taken = {used.casefold() for used in names.values()} | {"history"}
        while name.casefold() in taken:
            number += 1
            ending = f" {number}"
            name = clean[: LONGEST_NAME - len(ending)] + ending
        names[table] = name
    return names


def too_long(table: str, rows: int) -> str:
    """What stands for a table that no sheet can hold; empty for one that fits."""
    if rows <= MOST_ROWS:
        return ""
    return (
        f"This table has {rows:,} rows, more than the {MOST_ROWS:,} of a sheet; "
        f"all of them are in tables/{table}.csv."
    )


@dataclass(frozen=True, slots=True)
class SheetWriter:
    """A sheet, and the formats of its workbook."""

    styles: Styles
    sheet: Worksheet

    def table(self, name: str, frame: pd.DataFrame) -> None:
        """Fill the sheet with a table: a header with units in its comments, then the rows.

        A missing value is an empty cell. An infinite one is the text "∞" or "−∞", because a sheet
        has no such number.
        """
        sheet = self.sheet
        if instead := too_long(name, len(frame)):
            sheet.write_string(0, 0, instead)
            return
        width = key = 0
        for column, (title, unit) in enumerate(column_units(name, frame).items()):
            values = frame[title].tolist()
            each = [unit] * len(values) if isinstance(unit, Unit) else unit
            sheet.write_string(0, column, title, self.styles.head(unit))
            comments = list(dict.fromkeys(u.says for u in (each or [TEXT]) if u.says))
            if comments:
                sheet.write_comment(0, column, " Or: ".join(comments), {"author": "eventstudy"})
            size = len(title) + 4
            for row, (value, shown) in enumerate(zip(values, each, strict=True), start=1):
                size = max(size, self._value(row, column, value, shown, name))
            sheet.set_column(column, column, min(size + 2, _WIDEST))
            width += min(size + 2, _WIDEST)
            key += unit is TEXT and key == column
        sheet.freeze_panes(1, 0)
        if len(frame.columns):
            sheet.autofilter(0, 0, len(frame), len(frame.columns) - 1)
            self._set_print(frame, width, key)

    def _set_print(self, frame: pd.DataFrame, width: int, key: int) -> None:
        """As few pages across as can be read, each with the header and the names of its rows."""
        across = max(1, round(width / _PRINTED))
        self.sheet.print_area(0, 0, len(frame), len(frame.columns) - 1)
        self.sheet.repeat_rows(0)
        self.sheet.fit_to_pages(across, 0)
        if across > 1:
            self.sheet.repeat_columns(0, min(max(key, 1), _KEYS) - 1)

    def number(self, row: int, column: int, value: float, unit: Unit) -> None:
        """Write a number in the format of its unit."""
        self.sheet.write_number(
            row, column, rounded(float(value)), self.styles.of(num_format=unit.format)
        )

    def text(self, row: int, column: int, text: str, table: str = "", **look: Any) -> int:
        """Write text that stays text, also when a reader edits the cell; returns its length.

        Args:
            row: The row, counted from 0.
            column: The column, counted from 0.
            text: What is longer than a cell may be ends by naming the file that has all of it.
            table: The name of that file.
            **look: Properties of xlsxwriter's formats.
        """
        if len(text) > LONGEST_TEXT:
            ending = f" … (cut; all of it is in tables/{table}.csv)"
            text = text[: LONGEST_TEXT - len(ending)] + ending
        if text.startswith((*SIGNS, *BLANKS)):  # taken for a formula when the cell is edited
            look = {**look, "quote_prefix": True}
        self.sheet.write_string(row, column, text, self.styles.of(**look) if look else None)
        return len(text)

    def _value(self, row: int, column: int, value: Any, unit: Unit, table: str) -> int:
        """Write one cell; returns the characters it takes."""
        if pd.isna(value) or value == "":
            return 0
        if unit is FLAG:
            # Programs that take it for the number 1 show the word all the same.
            look = self.styles.of(num_format=unit.format, align="left", indent=1)
            self.sheet.write_boolean(row, column, bool(value), look)
            return len(unit.sample)
        if unit is DATE:
            self._date(row, column, pd.Timestamp(value))
            return len(unit.sample)
        if unit is TEXT:
            return self.text(row, column, str(value), table, indent=1)
        figure = float(value)
        if math.isinf(figure):
            sign = "∞" if figure > 0 else "−∞"
            self.sheet.write_string(row, column, sign, self.styles.of(align="right"))
            return 2
        self.number(row, column, value, unit)
        return unit.width(figure)

    def _date(self, row: int, column: int, day: pd.Timestamp) -> None:
        if day < _EARLIEST:
            self.sheet.write_string(row, column, f"{day:%Y-%m-%d}")
        else:
            style = self.styles.of(num_format=DATE.format)
            self.sheet.write_datetime(row, column, day.to_pydatetime(), style)
