"""Tables in a notebook: HTML without a colour of its own, everything escaped."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

from eventstudy.text.table import PlainTable, Row, indented


def html_of(table: PlainTable, most: int | None = None) -> str:
    """The table with its title above and its notes below.

    Args:
        table: What to set.
        most: Rows that are shown; of more a note says how many there are. None for all.
    """
    shown = table.rows[:most]
    title = f"<caption>{words_html(table.title)}</caption>" if table.title else ""
    head = "".join(_line(_cells(table, cells, "th", ' scope="col"')) for cells in table.head_rows)
    body = "".join(_row(table, row) for row in shown)
    foot = "".join(_foot_row(table, row) for row in table.foot)
    foot = f"<tfoot>{foot}</tfoot>" if foot else ""
    notes = (*table.all_notes, table.left_out(len(shown)))
    below = "".join(f"<p><small>{words_html(note)}</small></p>" for note in notes if note)
    return f"<table>{title}<thead>{head}</thead><tbody>{body}</tbody>{foot}</table>{below}"


def words_html(text: object) -> str:
    """Text on one line, escaped."""
    return escape(" ".join(str(text).split()))


def _row(table: PlainTable, row: Row) -> str:
    if row.group:
        heading = f' scope="rowgroup" colspan="{len(table.columns)}"'
        return _line([_cell("th", row.cells[0], "left", heading)])
    cells = _cells(table, table.filled(row), "td")
    if not row.below:
        cells[0] = _cell("th", row.cells[0], table.columns[0].align, ' scope="row"')
    return _line(cells, ' style="font-weight:bold"' if row.bold else "")


def _foot_row(table: PlainTable, row: Row) -> str:
    if not table.spans(row):
        return _row(table, row)
    label, words = row.cells
    name = _cell("th", label, "left", ' scope="row"')
    return _line([name, _cell("td", words, "right", f' colspan="{len(table.columns) - 1}"')])


def _line(cells: Iterable[str], style: str = "") -> str:
    return f"<tr{style}>{''.join(cells)}</tr>"


def _cells(table: PlainTable, cells: Iterable[str], tag: str, attributes: str = "") -> list[str]:
    columns = zip(cells, table.columns, strict=True)
    return [_cell(tag, cell, column.align, attributes) for cell, column in columns]


def _cell(tag: str, cell: str, align: str, attributes: str = "") -> str:
    inward, words = indented(cell)
    side = "left" if align == "left" else "right"
    space = ";padding-left:2em" if inward else ""
    return f'<{tag}{attributes} style="text-align:{side}{space}">{escape(words)}</{tag}>'
