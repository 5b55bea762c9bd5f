"""The rows of a CSV file before it is parsed: where each ends, and how many cells it has.

Bytes are counted in blocks, so that a row too many, a row cut off or an open quotation mark is
found before any cell takes memory.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from eventstudy.arrays import Bools, Ints

SEPARATED_BY = b";\t|,"
"""What may stand between cells; where two fit equally well, the first of them does."""
BLOCK = 2**23
"""Bytes looked at at once."""
SAMPLE_BYTES, SAMPLE_ROWS = 2**16, 40
QUOTE, LINE = 34, 10
_QUOTED = re.compile(rb'"[^"]*"')


@dataclass(frozen=True, slots=True, eq=False)
class RowShapes:
    """What bytes alone tell of the rows of a text whose lines end in a line feed."""

    widths: Ints
    """Cells of each row."""
    ends: Ints
    """Where each row ends: the place after its line end."""
    longest: int
    """Bytes of the longest cell."""
    longest_row: int
    """The row that has it, the first being 0."""
    across: bool
    """Whether a cell goes over several lines."""
    odd: int | None
    """The row of the first quotation mark that neither opens nor ends a cell; None without one."""


def separator_of(text: bytes) -> int:
    """The byte between the cells: the one of which most of the first rows have the same number.

    Args:
        text: The file.
    """
    lines = _QUOTED.sub(b"", text[:SAMPLE_BYTES]).split(b"\n")
    if len(text) > SAMPLE_BYTES and len(lines) > 1:
        lines = lines[:-1]  # cut off
    rows = [line for line in lines if line.strip()][:SAMPLE_ROWS]

    def fit(mark: int) -> tuple[int, int]:
        """How many rows have the usual number of the mark, and that number."""
        counts = Counter(count for row in rows if (count := row.count(mark)))
        return max(((rows, count) for count, rows in counts.items()), default=(0, 0))

    best = max(SEPARATED_BY, key=fit)
    return best if fit(best) > (0, 0) else ord(",")


def row_shapes(text: bytes, separator: int) -> RowShapes:
    """Measure every row.

    Args:
        text: UTF-8 whose lines end in a line feed.
        separator: The byte between cells.
    """
    widths, ends = [], []
    longest, longest_at, before, cells, odd_at = 0, 0, -1, 0, None
    for marks, is_end, odd in _marks(text, separator):
        odd_at = odd if odd_at is None else odd_at
        if not len(marks):
            continue
        lengths = np.diff(marks, prepend=before) - 1
        if (most := int(lengths.max())) > longest:
            longest, longest_at = most, int(marks[lengths.argmax()])
        last = np.flatnonzero(is_end)
        widths.append(np.diff(last, prepend=-1 - cells).astype(np.int32))
        ends.append(marks[last] + 1)
        cells = len(marks) - 1 - int(last[-1]) if len(last) else cells + len(marks)
        before = int(marks[-1])
    places = np.concatenate(ends)
    return RowShapes(
        widths=np.concatenate(widths),
        ends=places,
        longest=longest,
        longest_row=int(np.searchsorted(places, longest_at, side="right")),
        across=len(places) < text.count(b"\n") + (not text.endswith(b"\n")),
        odd=None if odd_at is None else int(np.searchsorted(places, odd_at, side="right")),
    )


def _marks(text: bytes, separator: int) -> Iterator[tuple[Ints, Bools, int | None]]:
    """Block by block: places of separators and line ends that stand outside quotation marks.

    With them, which are line ends, and the first quotation mark that is out of order. The end of
    the text counts as a line end.
    """
    content = np.frombuffer(text, dtype=np.uint8)
    quotes, inside = b'"' in text, 0
    for start in range(0, len(content), BLOCK):
        block = content[start : start + BLOCK]
        marks = np.flatnonzero((block == separator) | (block == LINE))
        odd = None
        if quotes:
            quoted = np.flatnonzero(block == QUOTE)
            odd = _first_odd(content, quoted + start, inside, separator)
            marks = marks[(np.searchsorted(quoted, marks) + inside) % 2 == 0]
            inside = (inside + len(quoted)) % 2
        yield marks + start, block[marks] == LINE, odd
    if inside or not text.endswith(b"\n"):
        odd = text.rfind(b'"') if inside else None
        yield np.array([len(text)]), np.array([True]), odd


def _first_odd(
    content: npt.NDArray[np.uint8], marks: Ints, inside: int, separator: int
) -> int | None:
    """The place of the first mark that neither opens nor ends a cell, nor stands for a mark in one.

    Args:
        content: The whole text.
        marks: Where it has quotation marks.
        inside: 1 where the first of them is within a cell that has one already.
        separator: The byte between cells.
    """
    opens = (np.arange(len(marks)) + inside) % 2 == 0
    beside = np.where(opens, marks - 1, marks + 1)
    neighbour = np.where(
        (beside < 0) | (beside >= len(content)), LINE, content[np.clip(beside, 0, len(content) - 1)]
    )
    fits = (neighbour == separator) | (neighbour == LINE) | (neighbour == QUOTE)
    fits |= ~opens & (neighbour == 13)  # \r before the line's end
    wrong = np.flatnonzero(~fits)
    return int(marks[wrong[0]]) if len(wrong) else None
