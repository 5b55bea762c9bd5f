"""The cells of a list of events, by column: of a text file with any separator, or of a frame."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from typing import TYPE_CHECKING, Any

from eventstudy.errors import InputError
from eventstudy.events.event import COLUMNS
from eventstudy.events.list_rows import Asked, ListLayout
from eventstudy.events.listing import layout_of
from eventstudy.files.csv_text import csv_rows, unguarded

if TYPE_CHECKING:
    import pandas as pd

    from eventstudy.files.tables.sheet import Sheet


Row = tuple[int, list[str]]

_SEPARATORS = (",", ";", "\t", "|")
_QUOTED = re.compile(r'"[^"]*"')
_DATED = r"(?:^|{0})\d{{4}}-\d{{2}}-\d{{2}}(?:[T ][^{0}]*)?{0}"
_LOOKED_AT = 20
"""Rows from which the layout is told."""


@dataclass(frozen=True, slots=True)
class Cells:
    """A list of events before its texts are checked."""

    layout: ListLayout | None
    """None where it is laid out as events.csv."""
    header: tuple[str, ...]
    """The names of the columns, blank ones at the end left out; empty where it has none."""
    columns: list[list[str]]
    numbers: Sequence[int]
    """The number of each row as a spreadsheet shows it."""
    problems: list[tuple[int, str]]
    """Rows of another width, and cells that swallowed rows."""


def cells_of_text(source: str, text: str, asked: Asked) -> Cells:
    """The cells of a text file, whatever separates them.

    Args:
        source: How sentences call the file.
        text: What it holds.
        asked: What the user says of it.

    Raises:
        InputError: It is empty, no valid CSV, or of no known layout.
    """
    separator = _separator(text)
    fault = "is not valid CSV ({error}); check that every quotation mark in it is closed"
    numbered = csv_rows(text, f"{source} row", fault, separator)
    rows = (row for row in numbered if any(map(str.strip, row[1])))
    top = list(islice(rows, _LOOKED_AT))
    if not top:
        raise InputError(
            f"{source} is empty; its first row must name the columns {', '.join(COLUMNS)}."
        )
    top = _below_title(top)
    first = _trimmed(top[0][1])
    layout = layout_of(source, first, [row for _, row in top[1:]], asked)
    headless = layout is not None and not layout.header
    width = len(top[0][1])
    header = () if headless else tuple(name.strip() for name in first)
    below = chain(top if headless else top[1:], rows)
    columns, numbers, problems = _by_column(below, len(first), width)
    if '"' in text:
        problems += _swallowed(columns, numbers, header, separator)
    return Cells(layout, header, columns, numbers, problems)


def cells_of_sheet(sheet: Sheet, asked: Asked) -> Cells:
    """The cells of a table whose columns have names, as text.

    Args:
        sheet: A frame, or a file of a kind with typed columns.
        asked: What the user says of it.

    Raises:
        InputError: It has no rows, or is of no known layout.
    """
    if not len(sheet.cells):
        raise InputError(f"{sheet.name} has no rows; add at least one event.")
    if not sheet.headers:
        texts = [as_texts(sheet.cells[place]) for place in sheet.cells.columns]
        rows = [list(row) for row in zip(*texts, strict=True)]
        return _of_rows(
            sheet.name, list(zip(map(int, sheet.cells.index), rows, strict=True)), asked
        )
    names = tuple(
        " ".join(dict.fromkeys(filter(None, (str(part).strip() for part in parts))))
        for parts in zip(*sheet.headers, strict=True)
    )
    texts = [as_texts(sheet.cells[place]) for place in sheet.cells.columns]
    below = [list(row) for row in zip(*(column[:_LOOKED_AT] for column in texts), strict=True)]
    layout = layout_of(sheet.name, names, below, asked)
    numbers = [int(number) for number in sheet.cells.index]
    return Cells(layout, names, texts, numbers, [])


def _of_rows(source: str, rows: Sequence[Row], asked: Asked) -> Cells:
    """Cells of rows that hold their header."""
    filled = [row for row in rows if any(cell.strip() for cell in row[1])]
    if not filled:
        raise InputError(f"{source} is empty; its first row must name its columns.")
    filled = _below_title(filled)
    first = _trimmed(filled[0][1])
    layout = layout_of(source, first, [row for _, row in filled[1:_LOOKED_AT]], asked)
    headless = layout is not None and not layout.header
    below = iter(filled if headless else filled[1:])
    columns, numbers, problems = _by_column(below, len(first), len(filled[0][1]))
    header = () if headless else tuple(name.strip() for name in first)
    return Cells(layout, header, columns, numbers, problems)


def _below_title(rows: Sequence[Row]) -> list[Row]:
    """Rows without those of a single cell that a vendor puts above the names of columns."""
    wide = (
        at
        for at, (_, row) in enumerate(rows[:_LOOKED_AT])
        if sum(map(bool, map(str.strip, row))) > 1
    )
    return list(rows[next(wide, 0) :])


def as_texts(values: pd.Series[Any]) -> list[str]:
    """A column as text: dates without a time of day and whole numbers as they are read.

    Args:
        values: Values of any type; a missing one is "".
    """
    from pandas.api.types import is_datetime64_any_dtype, is_float_dtype

    if is_datetime64_any_dtype(values.dtype):
        local = values.dt.tz_localize(None) if values.dt.tz is not None else values
        days = (local.isna() | (local == local.dt.normalize())).all()
        shown = local.dt.strftime("%Y-%m-%d") if days else values.map(_text, na_action="ignore")
        return [str(text) for text in shown.astype(object).where(values.notna(), "")]
    if is_float_dtype(values.dtype):
        whole = values.map(lambda v: f"{v:.0f}" if float(v).is_integer() else repr(float(v)))
        return [str(text) for text in whole.astype(object).where(values.notna(), "")]
    return [_text(value) for value in values.astype(object).where(values.notna(), "").tolist()]


def _text(value: Any) -> str:
    """A value as a cell of events.csv has it."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float) and value.is_integer():
        return f"{value:.0f}"
    if isinstance(value, (list, tuple)):
        return ";".join(map(str, value))
    if hasattr(value, "isoformat"):
        text = str(value.isoformat())
        return text.removesuffix("T00:00:00")  # midnight is no time of day
    return str(value)


def _separator(text: str) -> str:
    """What separates the cells of the first line that has any."""
    first = next((line for line in _lines(text) if line.strip(" ,;|\t\r\n")), "")
    bare = _QUOTED.sub("", first)
    return max(_SEPARATORS, key=bare.count)


def _lines(text: str) -> Iterator[str]:
    start = 0
    while start < len(text):
        end = text.find("\n", start)
        end = len(text) if end < 0 else end + 1
        yield text[start:end]
        start = end


def _trimmed(header: Sequence[str]) -> Sequence[str]:
    """The header without the blank columns that spreadsheets leave at its end."""
    last = max(place for place, name in enumerate(header) if name.strip())
    return header[: last + 1]


def _by_column(
    rows: Iterator[Row], wanted: int, width: int
) -> tuple[list[list[str]], list[int], list[tuple[int, str]]]:
    """Rows as columns, and those that have too many or too few cells.

    `width` is that of the header as it stands in the file, blank columns included.
    """
    columns: list[list[str]] = [[] for _ in range(wanted)]
    numbers: list[int] = []
    problems = []
    while chunk := list(islice(rows, 50_000)):
        fit = []
        for row in chunk:
            count = len(row[1])
            if count == wanted or (
                wanted < count <= width and not any(cell.strip() for cell in row[1][wanted:])
            ):
                fit.append(row)
            else:
                problems.append((row[0], _misfit(row[1], wanted)))
        numbers += [number for number, _ in fit]
        for column, cells in zip(
            columns, zip(*(row for _, row in fit), strict=False), strict=False
        ):
            column += [unguarded(c) if c[:1] == "'" else c for c in cells]
    return columns, numbers, problems


def _misfit(cells: Sequence[str], wanted: int) -> str:
    counts = f": {len(cells)} cells where the header has {wanted}"
    if len(cells) >= wanted:
        return f"{counts}; put a text that has a comma in quotation marks."
    return f"{counts}; an empty cell needs its comma too."


def _swallowed(
    columns: Sequence[Sequence[str]],
    numbers: Sequence[int],
    header: Sequence[str],
    separator: str,
) -> Iterator[tuple[int, str]]:
    """Cells of several lines of which one looks like a row: a quotation mark is misplaced."""
    dated = re.compile(_DATED.format(re.escape(separator)), re.ASCII)
    for place, column in enumerate(columns):
        for row, cell in enumerate(column):
            if "\n" not in cell:
                continue
            lines = cell.splitlines()
            if any(
                n.count(separator) >= max(len(columns) - 1, 2) or dated.search(n) for n in lines
            ):
                name = header[place] if header else str(place + 1)
                yield (
                    numbers[row],
                    f", column {name}: the cell has {len(lines)} lines that look like rows; check "
                    "that every quotation mark is closed.",
                )
