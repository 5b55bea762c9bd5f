"""Tables in a terminal: aligned columns of at most 80 in all.

`rich` measures and pads, so that wide letters count twice. Its own tables know no decimal point, no
heading over several rows and no window that must stay whole, which these have.
"""

from __future__ import annotations

from collections.abc import Sequence
from sys import maxsize

from rich.cells import cell_len, set_cell_size

from eventstudy.text.lines import WIDTH, line_width, shortened, visible, wrapped
from eventstudy.text.table import Column, PlainTable, indented, split_tail

LONGEST_NAME = 32
"""Columns that a left-aligned cell keeps where the table is too wide; the rest of it is "…"."""
_LEAST_WORDS = 8
"""The same in a listing, whose columns all stand side by side."""
_LEAST_LAST = 20
"""Columns below which a last cell is not wrapped."""


def terminal_of(table: PlainTable, width: int | None = None) -> str:
    """The table between rules; columns that do not fit go into further blocks below.

    Args:
        table: The table.
        width: Columns that a line has at most; `line_width` if None.
    """
    width = line_width() if width is None else width
    columns = _columns(table, width)
    lines = wrapped(table.title, width)
    for block in _blocks(columns, width):
        lines += [*([""] if lines else []), *_ruled(table, block)]
    for row in table.foot:
        if table.spans(row):
            lines += wrapped(": ".join(row.cells), width)
    for note in table.all_notes:
        lines += wrapped(note, width)
    return "\n".join(lines)


def plain_lines(table: PlainTable, width: int | None = None, keys: int = 1) -> list[str]:
    """Header and rows without rules, in blocks that fit, each with the first `keys` columns.

    Args:
        table: The table.
        width: Columns that a line has at most; `line_width` if None.
        keys: How many columns each block repeats.
    """
    width = line_width() if width is None else width
    lines: list[str] = []
    for block in _blocks(_columns(table, width), width, keys):
        lines += [*([""] if lines else []), *_joined(block)]
    return lines


def listing_lines(table: PlainTable) -> list[str]:
    """Header, rows and how many there are more, each on a line of at most 80 columns."""
    lines = [shortened(line) for line in _joined(_columns(table, WIDTH, _LEAST_WORDS))]
    left_out = table.left_out(len(table.rows))
    return [*lines, *([shortened(left_out)] if left_out else [])]


def hanging_lines(table: PlainTable, width: int) -> list[str]:
    """Header and rows, the last of words wrapped; as blocks where they do not fit."""
    columns = _columns(table)
    if table.columns[-1].align != "left":
        lines = _joined(columns)
        return lines if max(map(cell_len, lines)) <= width else _stacked(table, width)
    last = [table.columns[-1].title, *(row.cells[-1] for row in table.rows)]
    prefixes = [f"{'  '.join(cells)}  " for cells in zip(*columns[:-1], strict=True)]
    if cell_len(prefixes[0]) + _LEAST_LAST > width:
        return _stacked(table, width)
    return [
        line
        for prefix, text in zip(prefixes, last, strict=True)
        for line in wrapped(text, width, prefix, len(prefix)) or [prefix.rstrip()]
    ]


def _stacked(table: PlainTable, width: int) -> list[str]:
    """Each row as a block: its first cell, the others by the names of their columns below it."""
    names = [column.title for column in table.columns[1:]]
    lines = []
    for row in table.rows:
        lines.append(row.cells[0])
        for name, cell in zip(names, row.cells[1:], strict=True):
            prefix = f"    {name}: "
            lines += wrapped(cell, width, prefix, len(prefix)) if cell else []
    return lines


def _columns(table: PlainTable, width: int = maxsize, least: int = LONGEST_NAME) -> list[list[str]]:
    """Each column with its cells equally wide: header rows, rows, rows of the foot.

    Where lines would be wider than `width`, left-aligned cells are shortened, but not below
    `least`.
    """
    blank = [""] * len(table.columns)
    foot = [row for row in table.foot if not table.spans(row)]
    rows = [
        *table.head_rows,
        *(blank if row.group else table.filled(row) for row in (*table.rows, *foot)),
    ]
    texts = [[_clean(cell) for cell in cells] for cells in zip(*rows, strict=True)]
    sizes = [max(map(_width, cells)) for cells in texts]
    left = [i for i, column in enumerate(table.columns) if column.align == "left"]
    excess = sum(sizes) + 2 * len(sizes) - 2 - width
    while excess > 0 and any(sizes[i] > least for i in left):
        widest = max(left, key=sizes.__getitem__)
        sizes[widest] -= 1
        excess -= 1
    return [_aligned(*parts) for parts in zip(table.columns, texts, sizes, strict=True)]


def _width(text: str) -> int:
    return len(text) if text.isascii() else cell_len(text)


def _clean(cell: str) -> str:
    if cell.isprintable() and cell.strip() == cell and "  " not in cell:
        return cell
    inward, words = indented(visible(cell))
    return f"   {words}" if inward and words else words


def _aligned(column: Column, cells: Sequence[str], size: int) -> list[str]:
    if column.align == "left":
        return [
            cell.ljust(size)
            if cell.isascii() and len(cell) <= size
            else set_cell_size(shortened(cell, size), size)
            for cell in cells
        ]
    if column.align == "right":
        return [" " * (size - cell_len(cell)) + cell for cell in cells]
    parts = [split_tail(cell) for cell in cells]
    core, tail = (max(cell_len(part[i]) for part in parts) for i in (0, 1))
    return [" " * (core - cell_len(a)) + a + set_cell_size(b, tail) for a, b in parts]


def _blocks(columns: Sequence[list[str]], width: int, keys: int = 1) -> list[list[list[str]]]:
    """The columns in blocks that fit, each with the first ones, the keys."""
    names = list(columns[:keys])
    blocks = [names]
    for column in columns[keys:]:
        wider = [*blocks[-1], column]
        full = sum(cell_len(one[0]) + 2 for one in wider) - 2 > width
        if full and len(blocks[-1]) > keys:
            blocks.append([*names, column])
        else:
            blocks[-1] = wider
    return blocks


def _joined(columns: Sequence[Sequence[str]]) -> list[str]:
    return ["  ".join(cells).rstrip() for cells in zip(*columns, strict=True)]


def _ruled(table: PlainTable, columns: Sequence[Sequence[str]]) -> list[str]:
    lines = _joined(columns)
    rule = "─" * max(map(cell_len, lines))
    head, end = len(table.head_rows), len(table.head_rows) + len(table.rows)
    body = [
        shortened(_clean(row.cells[0])) if row.group else line
        for row, line in zip(table.rows, lines[head:end], strict=True)
    ]
    foot = lines[end:]
    return [rule, *lines[:head], rule, *body, *([rule, *foot] if foot else []), rule]
