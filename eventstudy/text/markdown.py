"""Tables as GitHub's pipe tables: readable as they stand, and safe whatever the cells hold."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from eventstudy.text.brief import visible
from eventstudy.text.table import Line, PlainTable, indented

if TYPE_CHECKING:
    pass


_SPECIAL = re.compile(r"[\\`*_|~$]|\](?=[(\[:])|<(?=[A-Za-z/!?])|&(?=#?\w+;)|:(?=//)|(?<=www)\.")
_OPENS = re.compile(r"(?<=^\d)(?=[.)])|^(?=[#>+=-])")
"""Where the begin of a paragraph would make it a heading, a quotation or a list."""


def escape_markdown(text: str) -> str:
    """Text on one line in which no character is markup: pipes, stars, dollars, tags, addresses.

    Nor does one command the terminal that shows the file; see `visible`.
    """
    return _SPECIAL.sub(r"\\\g<0>", visible(" ".join(text.split())))


def markdown_of(table: PlainTable) -> str:
    """The table with its title above and its notes below, each a paragraph."""
    heads = [escape_markdown(head.text) for head in table.heads]
    marks = [":---" if head.align == "left" else "---:" for head in table.heads]
    rows = [heads, marks, *(_cells(table, line) for line in (*table.lines, *table.foot))]
    title = [f"**{escape_markdown(table.title)}**", ""] if table.title else []
    notes = [part for note in table.notes for part in ("", _paragraph(note))]
    lines = [*title, *(f"| {' | '.join(row)} |" for row in rows), *notes]
    return "\n".join(lines) + "\n"


def _paragraph(text: str) -> str:
    return _OPENS.sub(r"\\", escape_markdown(text), count=1)


def _cells(table: PlainTable, line: Line) -> list[str]:
    cells = [*line.cells, *[""] * (len(table.heads) - len(line.cells))]
    return [_cell(cell, line.bold or line.group) for cell in cells]


def _cell(cell: str, bold: bool) -> str:
    inward, words = indented(cell)
    text = escape_markdown(words)
    text = f"**{text}**" if bold and text else text
    return f"&emsp;{text}" if inward and text else text
