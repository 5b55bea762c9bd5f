"""How large a table may be: told from its first bytes, before memory is taken for its cells."""

from __future__ import annotations

from contextlib import AbstractContextManager

from eventstudy.errors import InputError
from eventstudy.files.reading import failing_as
from eventstudy.text.numbers import counted

LARGEST = 512 * 2**20
"""Bytes of a file, packed or unpacked."""

MOST_CELLS = 100_000_000
"""Cells of a table; as doubles 800 MB."""

MOST_ROWS, MOST_TEXTS = 5_000_000, 20_000_000
"""Rows of a text, and its cells: what is read of them one by one takes time and memory."""

MOST_COLUMNS = 50_000
"""Columns of a table: no exchange lists as many shares."""

INSTEAD = (
    "leave out tickers and days, or keep returns as long Parquet files and read them with "
    "es.read_panel"
)


def require_room(name: str, rows: int, columns: int, cells: int | None = None) -> None:
    """InputError where a table is larger than memory would hold.

    Args:
        name: How sentences call the file.
        rows: Its rows.
        columns: The columns of its widest row.
        cells: Its cells, where rows differ in width; else rows × columns.
    """
    if columns > MOST_COLUMNS or (rows * columns if cells is None else cells) > MOST_CELLS:
        raise InputError(
            f"{name} has {counted(rows, 'row')} and {counted(columns, 'column')}, too many for "
            f"memory; {INSTEAD}."
        )


def require_few_texts(name: str, rows: int, cells: int) -> None:
    """InputError where a text has more rows or cells than can be looked at in good time.

    Args:
        name: How sentences call the file.
        rows: Its rows.
        cells: Its cells.
    """
    for count, most, noun in ((rows, MOST_ROWS, "rows"), (cells, MOST_TEXTS, "cells")):
        if count > most:
            raise InputError(
                f"{name} has {count:,} {noun}, and a text file may have {most:,}; leave out "
                "columns, tickers or days, or write it as Parquet."
            )


def unreadable(name: str, called: str) -> InputError:
    """The refusal of a file that is not what its name or its first bytes say.

    Args:
        name: How sentences call the file.
        called: Its kind, such as "Parquet file".
    """
    return InputError(f"{name} is damaged or is not a {called}; save it again.")


def reading_as(name: str, called: str) -> AbstractContextManager[None]:
    """Whatever goes wrong in reading a file means what `unreadable` says.

    Args:
        name: How sentences call the file.
        called: Its kind, such as "Parquet file".
    """
    return failing_as(unreadable(name, called))
