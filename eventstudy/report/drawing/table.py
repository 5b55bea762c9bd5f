"""Tables in the manner of booktabs: three rules, no boxes, figures aligned on the decimal point."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from eventstudy.report.drawing import theme
from eventstudy.report.drawing.geometry import Rect, page_size
from eventstudy.report.drawing.text import put, shorten, text_width

Align = Literal["left", "right", "decimal"]

_PITCH = (1.75, 1.32)
"""Row height in font sizes: comfortable, and the tightest before the font shrinks."""
_AIR = 0.3
_GAPS = (26.0, 8.0)
"""Space between columns in points: most and least."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column's header (a line break makes two lines, say name and unit) and its alignment."""

    title: str
    align: Align = "decimal"

    @property
    def lines(self) -> list[str]:
        return self.title.split("\n")


@dataclass(frozen=True, slots=True)
class Row:
    """Cells as printed; a `group` row is a header over the rows after it (first cell only)."""

    cells: Sequence[str]
    bold: bool = False
    group: bool = False

    @property
    def weight(self) -> str:
        return "bold" if self.bold or self.group else "normal"


@dataclass(frozen=True, slots=True)
class _Layout:
    size: float
    pitch: float
    shown: int
    widths: list[float]
    gap: float


def draw_table(
    fig: Figure,
    rect: Rect,
    columns: Sequence[Column],
    rows: Sequence[Row],
    more: str = "tables/car.csv",
    size: float = theme.BODY_SIZE,
) -> float:
    """Draw the table at the top left of `rect` and return the y in points of its bottom.

    The font shrinks from `size` to 6.5 pt until rows and columns fit; then left-aligned cells are
    shortened, and rows that find no room are replaced by "… and N more in `more`".
    """
    layout = _fit(rect, columns, rows, size)
    edges = _edges(rect.x, layout)
    right = edges[-1][1]
    header = max(len(c.lines) for c in columns)
    y = rect.top
    _rule(fig, rect.x, right, y, 0.9)
    for column, (left, end) in zip(columns, edges, strict=True):
        for number, line in enumerate(column.lines):
            base = y - (header - len(column.lines) + number + 1) * layout.size * 1.25
            x, ha = (left, "left") if column.align == "left" else (end, "right")
            put(fig, x, base, line, layout.size, ha=ha, color=theme.ink().grey)
    y -= _header_height(header, layout.size)
    _rule(fig, rect.x, right, y, 0.5)
    offsets = [_decimal_room(i, c, rows, layout.size) for i, c in enumerate(columns)]
    for index, row in enumerate(rows[: layout.shown]):
        y -= _AIR * layout.pitch if row.group and index else 0.0
        base = y - layout.pitch / 2 - 0.36 * layout.size
        _draw_row(fig, row, columns, edges, offsets, base, layout.size)
        y -= layout.pitch
    if (left_out := len(rows) - layout.shown) > 0:
        note = f"… and {left_out} more in {more}"
        base = y - layout.pitch / 2 - 0.36 * layout.size
        put(fig, rect.x, base, note, layout.size, color=theme.ink().grey)
        y -= layout.pitch
    _rule(fig, rect.x, right, y, 0.9)
    return y


def split_rows(
    columns: Sequence[Column], rows: Sequence[Row], rect: Rect, size: float
) -> tuple[tuple[Row, ...], tuple[Row, ...]]:
    """The rows that fit into `rect` without the font shrinking for them, and the rest.

    A group that is cut begins again on top of the rest; the font shrinks for the width alone.
    """
    wide = rect._replace(height=float("inf"))
    pitch = _PITCH[1] * _fit(wide, columns, rows, size).size
    header = _header_height(max(len(c.lines) for c in columns), size)
    fits = next(
        (k for k in range(len(rows), 0, -1) if _units(rows[:k]) * pitch <= rect.height - header), 0
    )
    while 0 < fits < len(rows) and rows[fits - 1].group:
        fits -= 1
    rest = tuple(rows[fits:])
    cut = next((row for row in reversed(rows[:fits]) if row.group), None)
    if fits and rest and cut is not None and not rest[0].group:
        rest = (cut, *rest)
    return tuple(rows[:fits]), rest


def _header_height(lines: int, size: float) -> float:
    return lines * size * 1.25 + 0.55 * size


def _fit(rect: Rect, columns: Sequence[Column], rows: Sequence[Row], size: float) -> _Layout:
    header = max(len(c.lines) for c in columns)
    while True:
        room = rect.height - _header_height(header, size)
        widths = [_column_width(i, c, rows, size) for i, c in enumerate(columns)]
        gaps = max(1, len(columns) - 1)
        tall = _units(rows) * _PITCH[1] * size > room
        wide = sum(widths) + gaps * _GAPS[1] > rect.width
        if size <= theme.FLOOR_SIZE or not (tall or wide):
            break
        size = max(theme.FLOOR_SIZE, size - 0.25)
    gap = min(_GAPS[0], max(_GAPS[1], (rect.width - sum(widths)) / gaps))
    if wide:
        widths = _squeeze(columns, widths, rect.width - gaps * gap)
    pitch = min(_PITCH[0] * size, max(_PITCH[1] * size, room / max(1.0, _units(rows))))
    shown = len(rows)
    if _units(rows) * pitch > room + 0.01:
        while shown and (_units(rows[:shown]) + 1) * pitch > room + 0.01:
            shown -= 1
    while 0 < shown < len(rows) and rows[shown - 1].group:
        shown -= 1
    return _Layout(size, pitch, shown, widths, gap)


def _units(rows: Sequence[Row]) -> float:
    """Height of the rows in row heights: a group header has some air above it, the first less."""
    groups = sum(row.group for row in rows)
    return len(rows) + _AIR * (groups - (1 if rows and rows[0].group else 0))


def _squeeze(columns: Sequence[Column], widths: list[float], room: float) -> list[float]:
    """Take what is too much from the left-aligned columns, the widest first."""
    widths = list(widths)
    left = [i for i, c in enumerate(columns) if c.align == "left"]
    excess = sum(widths) - room
    while excess > 0 and left and max(widths[i] for i in left) > 20:
        widest = max(left, key=lambda i: widths[i])
        step = min(2.0, excess)
        widths[widest] -= step
        excess -= step
    return widths


def _column_width(index: int, column: Column, rows: Sequence[Row], size: float) -> float:
    head = max(text_width(line, size) for line in column.lines)
    cells = [(r.cells[index], r.weight) for r in rows if not r.group and index < len(r.cells)]
    if column.align == "decimal":
        whole = max((text_width(_split(c)[0], size, w) for c, w in cells), default=0.0)
        return max(head, whole + _decimal_room(index, column, rows, size))
    return max([head, *(text_width(c, size, w) for c, w in cells)])


def _split(cell: str) -> tuple[str, str]:
    """The cell up to the decimal point and from it; text without a digit stands left of it."""
    whole, point, fraction = cell.partition(".")
    return whole, point + fraction


def _decimal_room(index: int, column: Column, rows: Sequence[Row], size: float) -> float:
    if column.align != "decimal":
        return 0.0
    return max(
        (
            text_width(_split(r.cells[index])[1], size, r.weight)
            for r in rows
            if not r.group and index < len(r.cells)
        ),
        default=0.0,
    )


def _edges(x: float, layout: _Layout) -> list[tuple[float, float]]:
    edges = []
    for width in layout.widths:
        edges.append((x, x + width))
        x += width + layout.gap
    return edges


def _draw_row(
    fig: Figure,
    row: Row,
    columns: Sequence[Column],
    edges: Sequence[tuple[float, float]],
    offsets: Sequence[float],
    base: float,
    size: float,
) -> None:
    if row.group:
        text = shorten(row.cells[0], edges[-1][1] - edges[0][0], size, "bold")
        put(fig, edges[0][0], base, text, size, weight="bold")
        return
    for cell, column, (left, right), room in zip(row.cells, columns, edges, offsets, strict=False):
        if not cell:
            continue
        if column.align == "left":
            cell = shorten(cell, right - left + 0.01, size, row.weight)
            put(fig, left, base, cell, size, weight=row.weight)
        elif column.align == "right" or not any(map(str.isdigit, cell)):
            put(fig, right, base, cell, size, weight=row.weight, ha="right")
        else:
            end = right - room + text_width(_split(cell)[1], size, row.weight)
            put(fig, end, base, cell, size, weight=row.weight, ha="right")


def _rule(fig: Figure, left: float, right: float, y: float, thickness: float) -> None:
    width, height = page_size(fig)
    fig.add_artist(
        Line2D(
            [left / width, right / width],
            [y / height] * 2,
            color=theme.ink().text,
            linewidth=thickness,
        )
    )
