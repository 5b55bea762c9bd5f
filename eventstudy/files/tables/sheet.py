"""Sheet: the cells of a file or a frame before anybody has decided what its columns are."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, slots=True, eq=False)
class Sheet:
    """The cells of a file or a frame.

    Text files and workbooks keep their header among the cells, because vendors write it in one to
    three rows, below a preamble, or not at all. Kinds with typed columns have it in `headers`.
    """

    name: str
    """How sentences call it: a path, or "the prices"."""
    cells: pd.DataFrame
    """Columns 0 to W − 1; the index is the number of each row as a spreadsheet shows it. Cells of a
    text file are text, "" where empty; those of other kinds keep their types."""
    headers: tuple[tuple[str, ...], ...] = ()
    """The rows of names of a kind with typed columns, one a level; none where they are cells."""
    sha256: str = ""
    """Of the bytes of the file; empty for a frame."""
    text: bool = True
    """Whether cells are text as it stands in a CSV file, apostrophes before formulas included."""

    def top(self, rows: int = 30) -> list[tuple[str, ...]]:
        """The first rows as text, names included: what tells one vendor from another.

        Args:
            rows: How many of the cells' rows.
        """
        head = self.cells.head(rows)
        cells = head.astype(object).where(head.notna(), "").itertuples(index=False, name=None)
        first = [tuple(str(cell).strip() for cell in row) for row in islice(cells, rows)]
        return [*self.headers, *first]
