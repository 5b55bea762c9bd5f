"""A table as words alone, which a terminal, HTML, LaTeX, Markdown and paper each set."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from eventstudy.text.measure import worded

Align = Literal["left", "right", "decimal"]

_TAIL = re.compile(r"[)\]*]*$")


@dataclass(frozen=True, slots=True)
class Column:
    """A column's header (a line break makes two lines, say name and unit) and its alignment.

    In a "decimal" column figures stand on their decimal point; closing brackets and stars hang to
    the right of them.
    """

    title: str
    align: Align = "decimal"

    @property
    def lines(self) -> list[str]:
        """The header as set in a narrow column."""
        return self.title.split("\n")

    @property
    def whole_lines(self) -> tuple[str, ...]:
        """The same with "Value-" and "weighted" as one line, "Value-weighted"."""
        return tuple(line for line in self.title.replace("-\n", "-").split("\n") if line)


@dataclass(frozen=True, slots=True)
class Row:
    """Cells from the left. Leading blanks of the first indent it.

    A `group` row is a heading over those after it (first cell only); `below` goes on with the row
    above, as a standard error does; a row of the foot with two cells tells one thing of all
    columns.
    """

    cells: Sequence[str]
    bold: bool = False
    group: bool = False
    below: bool = False


@dataclass(frozen=True)
class PlainTable:
    """Columns, rows, a foot below a rule, and notes below the table.

    `more` names what has all rows, a file or a call; `count` says how many these are where they
    are not all at hand. `note` stands under the title, or first of the notes where a title has no
    room for it.
    """

    columns: tuple[Column, ...]
    rows: Sequence[Row]
    more: str = ""
    title: str = ""
    note: str = ""
    notes: tuple[str, ...] = ()
    foot: tuple[Row, ...] = ()
    count: int | None = None

    def __post_init__(self) -> None:
        for name in ("title", "note"):
            object.__setattr__(self, name, worded(getattr(self, name)))
        object.__setattr__(self, "notes", tuple(map(worded, self.notes)))
        heads = tuple(Column(worded(each.title), each.align) for each in self.columns)
        object.__setattr__(self, "columns", heads)

    @classmethod
    def of(
        cls,
        heads: Sequence[str],
        rows: Sequence[Sequence[str]],
        count: int | None = None,
        words: Sequence[int] = (0,),
        title: str = "",
        more: str = "",
    ) -> PlainTable:
        """A table of heads and cells.

        Args:
            heads: The header of each column, on one line.
            rows: The cells of each row that is at hand, one a column.
            count: The number of rows in all; None for those at hand.
            words: The positions of the columns of text, which are aligned left and shortened where
                lines would be too long. The others are figures.
            title: What stands above the table.
            more: Where the other rows are.
        """
        columns = tuple(
            Column(head, "left" if index in words else "right") for index, head in enumerate(heads)
        )
        return cls(columns, [Row(cells) for cells in rows], more, title, count=count)

    @property
    def total(self) -> int:
        """The number of rows in all, headings apart."""
        return sum(not row.group for row in self.rows) if self.count is None else self.count

    @property
    def head_rows(self) -> list[tuple[str, ...]]:
        """The header row by row, shorter heads standing at the bottom."""
        deepest = max(len(column.lines) for column in self.columns)
        heads = [[""] * (deepest - len(c.lines)) + c.lines for c in self.columns]
        return list(zip(*heads, strict=True))

    @property
    def all_notes(self) -> tuple[str, ...]:
        """The notes, after the one of the title."""
        return (f"{self.note.rstrip('.')}.", *self.notes) if self.note else self.notes

    def filled(self, row: Row) -> list[str]:
        """The cells of a row, one a column."""
        return [*row.cells, *[""] * (len(self.columns) - len(row.cells))]

    def spans(self, row: Row) -> bool:
        """Whether the row tells one thing of all columns."""
        return len(row.cells) == 2 < len(self.columns)

    def left_out(self, shown: int) -> str:
        """How many rows there are more: "… and 12 more rows; see table."; empty for none."""
        others = self.total - shown
        noun = "row" if others == 1 else "rows"
        where = f"; see {self.more}" if self.more else ""
        return f"… and {others:,} more {noun}{where}." if others > 0 else ""


def indented(cell: str) -> tuple[bool, str]:
    """Whether a cell is indented, and its words."""
    return cell.startswith("  "), " ".join(cell.split())


def split_tail(cell: str) -> tuple[str, str]:
    """A figure and what hangs to its right: "(2.58)" is "(2.58" and ")"."""
    start = _TAIL.search(cell).start()  # type: ignore[union-attr]  # it matches the end at least
    return cell[:start], cell[start:]
