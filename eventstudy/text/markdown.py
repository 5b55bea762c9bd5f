"""Tables as GitHub's pipe tables: readable as they stand, and safe whatever the cells hold."""

from __future__ import annotations

import re

from eventstudy.text.lines import visible
from eventstudy.text.table import PlainTable, Row, indented

_SPECIAL = re.compile(r"[\\`*_|~$]|\](?=[(\[:])|<(?=[A-Za-z/!?])|&(?=#?\w+;)|:(?=//)|(?<=www)\.")
_OPENS = re.compile(r"(?<=^\d)(?=[.)])|^(?=[#>+=-])")
"""Where the begin of a paragraph would make it a heading, a quotation or a list."""


def escape_markdown(text: str) -> str:
    """Text on one line in which no character is markup: pipes, stars, dollars, tags, addresses.

    Nor does one command the terminal that shows the file; see `visible`.
    """
    return _SPECIAL.sub(r"\\\g<0>", visible(" ".join(text.split())))


def markdown_of(table: PlainTable, source: str = "") -> str:
    """The table with its title above and its notes below, each a paragraph, `source` the last."""
    heads = [escape_markdown(" ".join(column.whole_lines)) for column in table.columns]
    marks = [":---" if column.align == "left" else "---:" for column in table.columns]
    rows = [heads, marks, *(_cells(table, row) for row in (*table.rows, *table.foot))]
    title = [f"**{escape_markdown(table.title)}**", ""] if table.title else []
    notes = [*table.all_notes, *([source] if source else [])]
    below = [part for note in notes for part in ("", _paragraph(note))]
    return "\n".join([*title, *(f"| {' | '.join(row)} |" for row in rows), *below, ""])


def _paragraph(text: str) -> str:
    return _OPENS.sub(r"\\", escape_markdown(text), count=1)


def _cells(table: PlainTable, row: Row) -> list[str]:
    return [_cell(cell, row.bold or row.group) for cell in table.filled(row)]


def _cell(cell: str, bold: bool) -> str:
    inward, words = indented(cell)
    text = escape_markdown(words)
    text = f"**{text}**" if bold and text else text
    return f"&emsp;{text}" if inward and text else text
