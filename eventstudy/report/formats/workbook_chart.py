"""The sheet of native charts, and the cells that they are bound to."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from xlsxwriter.utility import xl_range_abs

from eventstudy.report.drawing import theme
from eventstudy.report.formats.workbook_sheets import SheetWriter
from eventstudy.report.tables.columns import DAY, figure_unit
from eventstudy.report.told import Told
from eventstudy.text.lines import visible
from eventstudy.text.measure import worded

SHEET = "Chart"
FIRST = 13
"""The column of the cells, N: the charts stand at their left."""
_TOP = 2
_WIDTH = 800
_PATH = 280
_ROW = 20
"""Pixels: of a chart's width, of the height of a path, of a row of the sheet."""
_PAGE = 32
"""Rows of a printed page, A4 or letter, between the margins that are set below."""
_BAR, _AROUND_BARS = 17, 110
_MOST_BARS = (_PAGE * _ROW - _AROUND_BARS) // _BAR
"""Bars of a chart that fits on a page."""


@dataclass
class _Pages:
    """Where charts begin so that none is printed over two pages."""

    row: int = _TOP
    first: int = 0
    breaks: list[int] = field(default_factory=list)

    def take(self, height: int) -> int:
        """The first row of a chart that is so many pixels high; the next stands below it."""
        rows = -(-height // _ROW)
        if self.row + rows > self.first + _PAGE:
            self.breaks.append(self.row)
            self.first = self.row
        start, self.row = self.row, self.row + rows + 1
        return start


def write_charts(story: Told, writer: SheetWriter) -> None:
    """A path with its bands for each lead group, and a bar for each asset on the focus day."""
    look: dict[str, Any] = {"bold": True, "text_wrap": True, "valign": "top"}
    writer.sheet.merge_range(0, 0, 0, FIRST - 1, "", writer.styles.of(**look))
    writer.sheet.set_row_pixels(0, 2 * _ROW)
    writer.text(0, 0, story.finding(), **look)
    writer.text(1, 0, "Drawn from the cells at the right, from column N on.")
    pages, column = _Pages(), FIRST
    for name, path in story.lines:
        _paths(story.level, writer, path, column, pages.take(_PATH), name)
        column += len(path.columns) + 1
    _bars(story, writer, column, pages)
    sheet = writer.sheet
    sheet.hide_gridlines(2)
    sheet.print_area(0, 0, pages.row - 1, FIRST - 1)
    sheet.set_margins(left=0.7, right=0.7, top=0.5, bottom=0.7)
    # A sheet that is fitted to pages ignores breaks; columns are wider where fonts are replaced.
    sheet.set_print_scale(85)
    sheet.set_h_pagebreaks(pages.breaks)


def _paths(
    level: str, writer: SheetWriter, path: pd.DataFrame, column: int, row: int, name: str
) -> None:
    """The cells of one path, and its lines."""
    ink = theme.ink()
    heads = {
        "day": "Session",
        "car": "CAR",
        "low": f"{level} from",
        "high": f"{level} to",
        "band_low": "Whole path from",
        "band_high": "Whole path to",
    }
    drawn = {heads[name]: path[name] for name in heads if name in path}
    places = _cells(writer, column, name, drawn, whole="Session")
    pointwise = {"color": ink.blue, "width": 0.75}
    whole = {"color": ink.grey, "width": 0.75, "dash_type": "dash"}
    looks: dict[str, tuple[str, dict[str, Any]]] = {
        "CAR": ("CAR", {"color": ink.blue, "width": 2.25}),
        heads["low"]: (f"{level} interval, day by day", pointwise),
        heads["high"]: ("", pointwise),
        heads["band_low"]: (f"{level} band of the whole path", whole),
        heads["band_high"]: ("", whole),
    }
    title = worded(f"{name}: cumulative abnormal return")
    chart = _chart(writer, "line", title)
    looks = {head: look for head, look in looks.items() if head in places}
    for head, (key, line) in looks.items():
        series = {"name": key or head, "categories": places["Session"], "values": places[head]}
        chart.add_series({**series, "line": line})
    axis = {"label_position": "low", "num_format": DAY.format, "num_font": {"color": ink.grey}}
    chart.set_x_axis({"name": "Sessions from day 0", **axis, "interval_unit": 5})
    unnamed = [at for at, (key, _) in enumerate(looks.values()) if not key]
    chart.set_legend({"position": "bottom", "delete_series": unnamed})
    chart.show_blanks_as("gap")
    whole_too = " and over the whole path" if heads["band_low"] in places else ""
    alt = f"{title}, with its {level} interval day by day{whole_too}."
    _place(writer, chart, row, _PATH, alt)


def _bars(story: Told, writer: SheetWriter, column: int, pages: _Pages) -> None:
    """The cells of the focus day, and its bars with intervals: a chart for each page of them."""
    what, when, table = story.bars
    head, reach = story.noun.capitalize(), f"± ({story.level} interval)"
    columns = {
        head: table["label"],
        what: table["estimate"],
        reach: (table["high"] - table["estimate"]).replace(np.inf, np.nan),
    }
    _cells(writer, column, f"{when[0].upper()}{when[1:]}", columns)
    title = f"{what} on {when}"
    alt = f"{title}, each as a bar with its {story.level} interval."
    whole = len(table) <= _MOST_BARS
    scale = {} if whole else _scale(table)
    for first in range(0, len(table), _MOST_BARS):
        last = min(first + _MOST_BARS, len(table)) - 1
        places = [_range(column + at, first, last) for at in range(len(columns))]
        head = title if whole else f"{title}, {first + 1} to {last + 1} of {len(table)}"
        chart = _bar_chart(writer, head, what, places, scale)
        height = _AROUND_BARS + _BAR * (last + 1 - first)
        _place(writer, chart, pages.take(height), height, alt)


def _scale(table: pd.DataFrame) -> dict[str, float]:
    """The ends of an axis that several charts share."""
    ends = table[["estimate", "low", "high"]].to_numpy(float)
    known = ends[np.isfinite(ends)]
    return {"min": 1.05 * float(known.min()), "max": 1.05 * float(known.max())}


def _bar_chart(
    writer: SheetWriter, title: str, what: str, places: list[str], scale: dict[str, Any]
) -> Any:
    """Bars of the cells that hold names, estimates and the reach of their intervals."""
    (names, estimates, reach), ink = places, theme.ink()
    chart = _chart(writer, "bar", title)
    errors = {
        "type": "custom",
        "plus_values": reach,
        "minus_values": reach,
        "line": {"color": ink.grey, "width": 0.75},
    }
    chart.add_series(
        {
            "name": what,
            "categories": names,
            "values": estimates,
            "fill": {"color": ink.blue},
            "gap": 60,
            "y_error_bars": errors,
        }
    )
    axis = {"num_format": figure_unit().axis, "label_position": "low"}
    chart.set_x_axis({**axis, **scale, "major_gridlines": _grid()})
    chart.set_y_axis({"reverse": True, "label_position": "low", "interval_unit": 1})
    chart.set_legend({"none": True})
    return chart


def _range(column: int, first: int, last: int) -> str:
    """The cells of a column of values from one to another, as a chart names them."""
    return f"={SHEET}!{xl_range_abs(_TOP + 1 + first, column, _TOP + 1 + last, column)}"


def _cells(
    writer: SheetWriter,
    column: int,
    title: str,
    columns: dict[str, pd.Series[Any]],
    whole: str = "",
) -> dict[str, str]:
    """Write columns of cells under a title; returns where each lies, as a chart names it."""
    writer.text(_TOP - 1, column, title, bold=True)
    places = {}
    for at, (head, values) in enumerate(columns.items(), start=column):
        writer.text(_TOP, at, head, bold=True, bottom=1)
        width = max(10, len(head) + 1)
        for row, value in enumerate(values.tolist(), start=_TOP + 1):
            if isinstance(value, str):
                width = max(width, writer.text(row, at, value))
            elif np.isfinite(value):
                writer.number(row, at, value, DAY if head == whole else figure_unit())
        writer.sheet.set_column(at, at, width)
        places[head] = _range(at, 0, len(values) - 1)
    return places


def _grid() -> dict[str, Any]:
    return {"visible": True, "line": {"color": theme.ink().grid, "width": 0.5}}


def _chart(writer: SheetWriter, kind: str, title: str) -> Any:
    chart = writer.styles.book.add_chart({"type": kind})
    # xlsxwriter makes a formula of a title such as "x!A1"; an unseen joiner keeps it text.
    text = visible(title).replace("!", "!\N{WORD JOINER}")
    chart.set_title({"name": text, "name_font": {"size": 12}, "overlay": False})
    chart.set_y_axis({"num_format": figure_unit().axis, "major_gridlines": _grid()})
    chart.set_chartarea({"border": {"none": True}})
    return chart


def _place(writer: SheetWriter, chart: Any, row: int, height: int, alt: str) -> None:
    chart.set_size({"width": _WIDTH, "height": height})
    writer.sheet.insert_chart(row, 0, chart, {"description": visible(alt), "object_position": 2})
