"""Tables in the manner of booktabs: three rules, no boxes, figures aligned on the decimal point."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from eventstudy.report.drawing import theme
from eventstudy.report.drawing.geometry import Rect, page_size
from eventstudy.report.drawing.text import put, shorten, text_width
from eventstudy.text.table import PlainTable, Row

_PITCH = (1.75, 1.32)
"""Row height in font sizes: comfortable, and the tightest before the font shrinks."""
_AIR = 0.3
_BELOW = 0.8
"""Height of a row that goes on with the one above it, in rows: nearer to it than to the next."""
_GAPS = (26.0, 8.0)
"""Space between columns in points: most and least."""


@dataclass(frozen=True, slots=True)
class _Layout:
    """Sizes in points, and how many rows are shown."""

    size: float
    pitch: float
    shown: int
    edges: list[tuple[float, float]]
    """Left and right end of each column."""


def draw_table(fig: Figure, rect: Rect, table: PlainTable, size: float = theme.BODY_SIZE) -> float:
    """Draw header and rows at the top left of `rect`; returns the y in points of their bottom.

    The font shrinks from `size` to 6.5 pt until rows and columns fit; then left-aligned cells are
    shortened, and rows that do not fit are replaced by "… and N more in `more`".
    """
    layout = _fit(rect, table, size)
    right = layout.edges[-1][1]
    deepest = len(table.head_rows)
    y = rect.top
    _rule(fig, rect.x, right, y, 0.9)
    for column, (left, end) in zip(table.columns, layout.edges, strict=True):
        for number, line in enumerate(column.lines, start=deepest - len(column.lines) + 1):
            x, ha = (left, "left") if column.align == "left" else (end, "right")
            base = y - number * layout.size * 1.25
            put(fig, x, base, line, layout.size, ha=ha, color=theme.ink().grey)
    y -= _header_height(table, layout.size)
    _rule(fig, rect.x, right, y, 0.5)
    offsets = [_decimal_room(table, i, layout.size) for i in range(len(table.columns))]
    for index, row in enumerate(table.rows[: layout.shown]):
        y -= _AIR * layout.pitch if row.group and index else 0.0
        tall = layout.pitch * (_BELOW if row.below else 1.0)
        base = y - tall + layout.pitch / 2 - 0.36 * layout.size
        _draw_row(fig, row, table, layout, offsets, base)
        y -= tall
    if (left_out := len(table.rows) - layout.shown) > 0:
        note = f"… and {left_out} more in {table.more}"
        base = y - layout.pitch / 2 - 0.36 * layout.size
        put(fig, rect.x, base, note, layout.size, color=theme.ink().grey)
        y -= layout.pitch
    _rule(fig, rect.x, right, y, 0.9)
    return y


def fitting_size(table: PlainTable, width: float, size: float) -> float:
    """The size in points, at most `size`, at which all columns fit into `width`."""
    return _fit(Rect(0.0, 0.0, width, float("inf")), table, size).size


def _without_headings(rows: Sequence[Row], count: int) -> int:
    """So many of the first rows that a heading does not stand last, unless all are taken."""
    while 0 < count < len(rows) and rows[count - 1].group:
        count -= 1
    return count


def _weight(row: Row) -> str:
    if row.group:
        return "semibold"  # bold says that a figure is significant
    return "bold" if row.bold else "normal"


def _header_height(table: PlainTable, size: float) -> float:
    return len(table.head_rows) * size * 1.25 + 0.55 * size


def _fit(rect: Rect, table: PlainTable, size: float) -> _Layout:
    rows = table.rows
    gaps = max(1, len(table.columns) - 1)
    while True:
        room = rect.height - _header_height(table, size)
        widths = [_column_width(table, i, size) for i in range(len(table.columns))]
        tall = _units(rows) * _PITCH[1] * size > room
        wide = sum(widths) + gaps * _GAPS[1] > rect.width
        if size <= theme.FLOOR_SIZE or not (tall or wide):
            break
        size = max(theme.FLOOR_SIZE, size - 0.25)
    gap = min(_GAPS[0], max(_GAPS[1], (rect.width - sum(widths)) / gaps))
    if wide:
        widths = _squeeze(table, widths, rect.width - gaps * gap)
    pitch = min(_PITCH[0] * size, max(_PITCH[1] * size, room / max(1.0, _units(rows))))
    shown = len(rows)
    if _units(rows) * pitch > room + 0.01:
        while shown and (_units(rows[:shown]) + 1) * pitch > room + 0.01:
            shown -= 1
    return _Layout(size, pitch, _without_headings(rows, shown), list(_edges(rect.x, widths, gap)))


def _units(rows: Sequence[Row]) -> float:
    """Height of the rows in row heights: a group header has some air above it, the first less."""
    groups = sum(row.group for row in rows)
    below = (1 - _BELOW) * sum(row.below for row in rows)
    return len(rows) - below + _AIR * (groups - (1 if rows and rows[0].group else 0))


def _squeeze(table: PlainTable, widths: list[float], room: float) -> list[float]:
    """Take what is too much from the left-aligned columns, the widest first."""
    widths = list(widths)
    left = [i for i, column in enumerate(table.columns) if column.align == "left"]
    excess = sum(widths) - room
    while excess > 0 and left and max(widths[i] for i in left) > 20:
        widest = max(left, key=lambda i: widths[i])
        step = min(2.0, excess)
        widths[widest] -= step
        excess -= step
    return widths


def _column_cells(table: PlainTable, index: int) -> list[tuple[str, str]]:
    """The cells of a column with their weights; headings are no cells of it."""
    return [
        (row.cells[index], _weight(row))
        for row in table.rows
        if not row.group and index < len(row.cells)
    ]


def _column_width(table: PlainTable, index: int, size: float) -> float:
    column, cells = table.columns[index], _column_cells(table, index)
    head = max(text_width(line, size) for line in column.lines)
    if column.align == "decimal":
        whole = max((text_width(_split(c)[0], size, w) for c, w in cells), default=0.0)
        return max(head, whole + _decimal_room(table, index, size))
    return max([head, *(text_width(c, size, w) for c, w in cells)])


def _split(cell: str) -> tuple[str, str]:
    """The cell up to the decimal point and from it; text without a digit stands left of it."""
    whole, point, fraction = cell.partition(".")
    return whole, point + fraction


def _decimal_room(table: PlainTable, index: int, size: float) -> float:
    """Points that the longest fraction of a column takes."""
    if table.columns[index].align != "decimal":
        return 0.0
    cells = _column_cells(table, index)
    return max((text_width(_split(c)[1], size, w) for c, w in cells), default=0.0)


def _edges(x: float, widths: Sequence[float], gap: float) -> Iterator[tuple[float, float]]:
    for width in widths:
        yield x, x + width
        x += width + gap


def _draw_row(
    fig: Figure,
    row: Row,
    table: PlainTable,
    layout: _Layout,
    offsets: Sequence[float],
    base: float,
) -> None:
    size, edges, weight = layout.size, layout.edges, _weight(row)
    if row.group:
        text = shorten(row.cells[0], edges[-1][1] - edges[0][0], size, weight)
        put(fig, edges[0][0], base, text, size, weight=weight)
        return
    places = zip(row.cells, table.columns, edges, offsets, strict=False)
    for cell, column, (left, right), room in places:
        if not cell:
            continue
        if column.align == "left":
            cell = shorten(cell, right - left + 0.01, size, weight)
            put(fig, left, base, cell, size, weight=weight)
        elif column.align == "right" or not any(map(str.isdigit, cell)):
            put(fig, right, base, cell, size, weight=weight, ha="right")
        else:
            end = right - room + text_width(_split(cell)[1], size, weight)
            put(fig, end, base, cell, size, weight=weight, ha="right")


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
