"""Sheets of kinds whose columns have names and types."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pandas as pd

from eventstudy.files.tables.limits import require_room
from eventstudy.files.tables.sheet import Sheet

FIRST_ROW = 2
"""The row of a spreadsheet in which the first record would stand, below one of names."""


def typed_sheet(name: str, table: pd.DataFrame) -> Sheet:
    """The sheet of a table with named columns: dates stay dates, categories and bytes become text.

    Args:
        name: How sentences call the file.
        table: Its columns; levels of an index other than a count of rows become columns.
    """
    if not isinstance(table.index, pd.RangeIndex):
        table = table.reset_index(names=[level or "" for level in table.index.names])
    labels = [label if isinstance(label, tuple) else (label,) for label in table.columns]
    levels = max((len(label) for label in labels), default=1)
    headers = tuple(
        tuple(str(label[at]).strip() if at < len(label) else "" for label in labels)
        for at in range(levels)
    )
    columns = {at: _plain(table.iloc[:, at]) for at in range(table.shape[1])}
    index = pd.RangeIndex(FIRST_ROW, FIRST_ROW + len(table))
    cells = pd.DataFrame(columns, copy=False).set_axis(index, axis="index")
    return Sheet(name, cells, headers, text=False)


def put_together(name: str, parts: Iterable[pd.DataFrame]) -> pd.DataFrame:
    """Parts of one table put together.

    Args:
        name: How sentences call the file.
        parts: Its rows, some at a time.

    Raises:
        InputError: They are more than memory would hold.
    """
    read: list[pd.DataFrame] = []
    rows = 0
    for part in parts:
        rows += len(part)
        require_room(name, rows, part.shape[1])
        read.append(part)
    return pd.concat(read, ignore_index=True) if len(read) > 1 else read[0]


def _plain(column: pd.Series[Any]) -> pd.Series[Any]:
    if isinstance(column.dtype, pd.CategoricalDtype):
        column = column.astype(column.dtype.categories.dtype)
    if column.dtype == object:
        return column.map(_decoded)
    return column


def _decoded(cell: Any) -> Any:
    return cell.decode(errors="backslashreplace") if isinstance(cell, bytes) else cell
