"""Rows of a database as the cells of a sheet, taken block by block."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal
from itertools import chain, repeat
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd

from eventstudy.files.tables.limits import require_room

if TYPE_CHECKING:
    from sqlalchemy import Connection, Select

BLOCK = 50_000
"""Rows that are turned into columns at once."""
GROUPS = 50
"""Rows of lists that are."""
_WHOLE = {int, type(None)}
_NUMBERS = {float, int, Decimal, type(None)}
_DAYS = {date, type(None)}
_STAMPS = {datetime, type(None)}
_TEXTS = {str, type(None)}
_LARGEST = 2**63


class ShortAnswer(NamedTuple):
    """A short answer: the names of its columns, what the driver calls their types, all rows."""

    names: list[str]
    types: list[Any]
    rows: list[tuple[Any, ...]]


def whole_answer(connection: Connection, statement: Select[Any]) -> ShortAnswer:
    """All of a short answer.

    Args:
        connection: Of `read_only`.
        statement: What to select.
    """
    answer = connection.execute(statement)
    told = answer.cursor.description if answer.cursor is not None else ()
    return ShortAnswer(
        list(answer.keys()), [each[1] for each in told], [tuple(row) for row in answer]
    )


def cells_of(
    connection: Connection,
    statements: Iterable[Select[Any]],
    columns: int,
    name: str,
    group: int | None = None,
) -> pd.DataFrame:
    """The rows of several statements with the same columns, below one another.

    Args:
        connection: Of `read_only`.
        statements: What to select.
        columns: How many columns each has.
        name: How sentences call the table.
        group: The column that a row has one value of, where it has lists of the others.

    Raises:
        InputError: There are more rows than memory would hold.
    """
    blocks: list[list[pd.Series[Any]]] = [[] for _ in range(columns)]
    count = 0
    for statement in statements:
        for rows in connection.execute(statement).partitions(BLOCK if group is None else GROUPS):
            block = zip(*rows, strict=True) if group is None else _unfolded(rows, columns, group)
            for place, cells in enumerate(block):
                blocks[place].append(_typed(cells))
            count += len(blocks[0][-1])
            require_room(name, count, columns)
    joined = {at: _joined(each) for at, each in enumerate(blocks)}
    return pd.DataFrame(joined, index=pd.RangeIndex(1, count + 1), columns=range(columns))


def _unfolded(rows: Sequence[Any], columns: int, group: int) -> Iterator[Sequence[Any]]:
    """The columns of rows with lists, the value of the group beside each cell of its lists."""
    length = next(at for at in (0, 1) if at != group)
    for at in range(columns):
        if at == group:
            yield list(chain.from_iterable(repeat(row[at], len(row[length])) for row in rows))
        else:
            yield list(chain.from_iterable(row[at] for row in rows))


def _typed(cells: Sequence[Any]) -> pd.Series[Any]:
    """A block of a column: figures, days and texts where all are, else as the driver gives them."""
    kinds = set(map(type, cells))
    if Decimal in kinds and all(map(_is_whole, cells)):
        cells = [cell if cell is None else int(cell) for cell in cells]
        kinds = set(map(type, cells))
    if kinds <= _WHOLE and all(cell is None or -_LARGEST <= cell < _LARGEST for cell in cells):
        return pd.Series(pd.array(cells, dtype="Int64"))  # identifiers keep all their digits
    if kinds <= _NUMBERS:
        return pd.Series(np.array(cells, dtype=np.float64))
    if kinds <= _DAYS:
        return pd.Series(_days(cells))
    if kinds <= _STAMPS and all(cell is None or cell.tzinfo is None for cell in cells):
        return pd.Series(np.array(cells, dtype="datetime64[us]"))
    if kinds <= _TEXTS:
        return pd.Series(cells, dtype=pd.StringDtype("pyarrow"))
    return pd.Series(cells, dtype=object)


def _is_whole(cell: Any) -> bool:
    """Whether a cell is empty or a number without a fraction, such as a day 20250127."""
    if isinstance(cell, Decimal):
        return cell.is_finite() and cell == cell.to_integral_value()
    return type(cell) in _WHOLE


def _joined(blocks: Sequence[pd.Series[Any]]) -> pd.Series[Any]:
    """The blocks as one column: of whole and other numbers figures, of other types objects."""
    if not blocks:
        return pd.Series([], dtype=object)
    if len({str(block.dtype) for block in blocks}) > 1:
        if all(pd.api.types.is_numeric_dtype(block.dtype) for block in blocks):
            blocks = [block.astype("Float64").astype(np.float64) for block in blocks]
        else:
            blocks = [block.astype(object).where(block.notna(), None) for block in blocks]
    whole = pd.concat(blocks, ignore_index=True)
    whole.index = pd.RangeIndex(1, len(whole) + 1)
    return whole


def _days(cells: Sequence[Any]) -> np.ndarray[Any, Any]:
    import pyarrow

    days = pyarrow.array(cells, pyarrow.date32()).to_numpy(zero_copy_only=False)
    return np.asarray(days.astype("datetime64[s]"))
