"""A table as words alone, which a terminal, HTML, LaTeX and Markdown each set in their own way."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass, replace
from html import escape
from typing import TYPE_CHECKING, Literal
from unicodedata import combining, east_asian_width

from eventstudy.text.brief import visible

if TYPE_CHECKING:
    from eventstudy.report.drawing.blocks import Table


WIDTH = 80
"""Columns of a terminal."""
LONGEST_NAME = 32
"""Columns that a left-aligned cell may take in a terminal; what is longer ends in "…"."""
_TAIL = re.compile(r"[)\]*]*$")


@dataclass(frozen=True, slots=True)
class Head:
    """A column: the lines of its header, and how its cells are aligned.

    In a "decimal" column closing brackets and stars hang to the right of the figures.
    """

    lines: tuple[str, ...]
    align: Literal["left", "right", "decimal"] = "decimal"

    @property
    def text(self) -> str:
        """The header on one line: "Con-" and "founders" is "Confounders"."""
        return re.sub(r"(?<=[a-z])- (?=[a-z])", "", " ".join(self.lines)).strip()


@dataclass(frozen=True, slots=True)
class Line:
    """Cells from the left. Leading blanks of the first indent it.

    A `group` line is a heading over those after it; `below` goes on with the line above, as a
    standard error does; a line of the foot with two cells tells one thing of all columns.
    """

    cells: tuple[str, ...]
    bold: bool = False
    group: bool = False
    below: bool = False


@dataclass(frozen=True, slots=True)
class PlainTable:
    """Heads, lines, a foot below a rule, and notes below the table."""

    heads: tuple[Head, ...]
    lines: tuple[Line, ...]
    foot: tuple[Line, ...] = ()
    title: str = ""
    notes: tuple[str, ...] = ()

    @property
    def head_rows(self) -> list[tuple[str, ...]]:
        """The header row by row, shorter heads standing at the bottom."""
        deepest = max(len(head.lines) for head in self.heads)
        columns = [("",) * (deepest - len(head.lines)) + head.lines for head in self.heads]
        return list(zip(*columns, strict=True))

    def spans(self, line: Line) -> bool:
        """Whether the line tells one thing of all columns."""
        return len(line.cells) == 2 < len(self.heads)


def plain_of(block: Table, title: str = "") -> PlainTable:
    """A table of a report's page."""
    return PlainTable(
        heads=tuple(Head(tuple(column.lines), column.align) for column in block.columns),
        lines=tuple(Line(tuple(r.cells), bold=r.bold, group=r.group) for r in block.rows),
        title=block.title or title,
        notes=(f"{block.note.rstrip('.')}.",) if block.note else (),
    )


def indented(cell: str) -> tuple[bool, str]:
    """Whether a cell is indented, and its words."""
    return cell.startswith("  "), " ".join(cell.split())


def split_tail(cell: str) -> tuple[str, str]:
    """A figure and what hangs to its right: "(2.58)" is "(2.58" and ")"."""
    start = _TAIL.search(cell).start()  # type: ignore[union-attr]  # it finds at least nothing
    return cell[:start], cell[start:]


def text_of(table: PlainTable, width: int = WIDTH) -> str:
    """The table for a terminal; columns that find no room go into further blocks below."""
    table = _visible(table)
    said = [table.title] if table.title else []
    lines = [line for text in said for line in textwrap.wrap(text, width)]
    set_columns = [_column(table, i) for i in range(len(table.heads))]
    for chosen in _blocks(set_columns, width):
        lines += [*([""] if lines else []), *_block(table, [set_columns[i] for i in chosen])]
    for line in table.foot:
        if table.spans(line):
            label, value = line.cells
            lines += textwrap.wrap(f"{label}: {value}", width)
    for note in table.notes:
        lines += textwrap.wrap(note, width)
    return "\n".join(lines)


def _visible(table: PlainTable) -> PlainTable:
    return replace(
        table,
        heads=tuple(replace(h, lines=tuple(map(visible, h.lines))) for h in table.heads),
        lines=tuple(replace(line, cells=tuple(map(visible, line.cells))) for line in table.lines),
        foot=tuple(replace(line, cells=tuple(map(visible, line.cells))) for line in table.foot),
        title=visible(table.title),
        notes=tuple(map(visible, table.notes)),
    )


def _columns_of(text: str) -> int:
    """Columns of a terminal that a text takes."""
    return sum(
        0 if combining(char) else 2 if east_asian_width(char) in "WF" else 1 for char in text
    )


def _shortened(text: str, width: int) -> str:
    if _columns_of(text) <= width:
        return text
    while _columns_of(text) > width - 1:
        text = text[:-1]
    return f"{text}…"


def _padded(text: str, width: int, left: bool) -> str:
    air = " " * (width - _columns_of(text))
    return text + air if left else air + text


def _column(table: PlainTable, index: int) -> list[str]:
    """One column, every cell as wide as the others: header rows, lines, rows of the foot."""
    head = table.heads[index]
    rows = [row[index] for row in table.head_rows]
    for line in (*table.lines, *(line for line in table.foot if not table.spans(line))):
        there = not line.group and index < len(line.cells)
        cell = line.cells[index] if there else ""
        rows.append(_shortened(cell.rstrip(), LONGEST_NAME) if head.align == "left" else cell)
    if head.align == "left":
        wide = max(map(_columns_of, rows))
        return [_padded(cell, wide, left=True) for cell in rows]
    parts = [split_tail(cell) if head.align == "decimal" else (cell, "") for cell in rows]
    core, tail = (max(_columns_of(part[i]) for part in parts) for i in (0, 1))
    return [_padded(a, core, left=False) + _padded(b, tail, left=True) for a, b in parts]


def _blocks(columns: Sequence[Sequence[str]], width: int) -> list[list[int]]:
    """The columns in blocks that fit, each with the first."""
    sizes = [_columns_of(column[0]) for column in columns]
    blocks: list[list[int]] = [[0]]
    for index in range(1, len(columns)):
        if len(blocks[-1]) > 1 and sum(sizes[i] + 2 for i in [*blocks[-1], index]) - 2 > width:
            blocks.append([0])
        blocks[-1].append(index)
    return blocks


def _block(table: PlainTable, columns: Sequence[Sequence[str]]) -> list[str]:
    rows = ["  ".join(cells).rstrip() for cells in zip(*columns, strict=True)]
    rule = "─" * max(map(_columns_of, rows))
    head, body = len(table.head_rows), len(table.lines)
    shown = [
        _shortened(line.cells[0], WIDTH) if line.group else row
        for line, row in zip(table.lines, rows[head : head + body], strict=True)
    ]
    foot = rows[head + body :]
    return [rule, *rows[:head], rule, *shown, *([rule, *foot] if foot else []), rule]


def html_of(table: PlainTable) -> str:
    """The table for a notebook, everything escaped."""
    left = [head.align == "left" for head in table.heads]
    parts = ["<table>"]
    if table.title:
        parts.append(f"<caption>{escape(table.title)}</caption>")
    parts.append("<thead>")
    for row in table.head_rows:
        cells = zip(row, left, strict=True)
        parts.append(_html_row([_html_cell("th", c, a, ' scope="col"') for c, a in cells]))
    parts.append("</thead><tbody>")
    parts += [_html_line(line, left) for line in table.lines]
    parts.append("</tbody>")
    if table.foot:
        parts.append("<tfoot>")
        for line in table.foot:
            if table.spans(line):
                span = f' colspan="{len(table.heads) - 1}"'
                named = _html_cell("th", line.cells[0], True, ' scope="row"')
                parts.append(_html_row([named, _html_cell("td", line.cells[1], False, span)]))
            else:
                parts.append(_html_line(line, left))
        parts.append("</tfoot>")
    parts.append("</table>")
    parts += [f"<p><small>{escape(note)}</small></p>" for note in table.notes]
    return "\n".join(parts)


def _html_line(line: Line, left: Sequence[bool]) -> str:
    if line.group:
        span = f' scope="rowgroup" colspan="{len(left)}"'
        return _html_row([_html_cell("th", line.cells[0], True, span)])
    cells = [*line.cells, *[""] * (len(left) - len(line.cells))]
    named = "td" if line.below else "th"
    first = _html_cell(named, cells[0], left[0], "" if line.below else ' scope="row"')
    others = zip(cells[1:], left[1:], strict=True)
    return _html_row([first, *(_html_cell("td", cell, align) for cell, align in others)], line.bold)


def _html_row(cells: Sequence[str], bold: bool = False) -> str:
    style = ' style="font-weight:bold"' if bold else ""
    return f"<tr{style}>{''.join(cells)}</tr>"


def _html_cell(tag: str, cell: str, left: bool, attributes: str = "") -> str:
    inward, words = indented(cell)
    side = "left" if left else "right"
    space = ";padding-left:2em" if inward else ""
    style = f' style="text-align:{side}{space}"'
    return f"<{tag}{attributes}{style}>{escape(words)}</{tag}>"
