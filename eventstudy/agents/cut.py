"""Figures as plain values, and tables cut to what an answer holds."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from eventstudy.agents.answers import CutTable
from eventstudy.files.formats import json_text
from eventstudy.text.numbers import counted
from eventstudy.text.rounding import rounded

if TYPE_CHECKING:
    import pandas as pd

    from eventstudy.agents.folder import ServedFolder

MOST_ROWS = 100
"""Rows of a table in an answer."""
MOST_ASSETS = 40
"""Assets in an answer, and groups."""
MOST_NOTES = 20
"""Notes in an answer."""
LONGEST_TEXT = 2_000
"""Characters of one text."""


def plain(figures: Any) -> Any:
    """Figures as JSON has them: `rounded`, days as text, None for what does not exist.

    Args:
        figures: A dict or list of figures, texts, days.
    """
    return _shortened(json.loads(json_text(rounded(figures))))


def _shortened(value: Any) -> Any:
    if isinstance(value, str):
        return value if len(value) <= LONGEST_TEXT else f"{value[:LONGEST_TEXT]} …"
    if isinstance(value, dict):
        return {name: _shortened(inner) for name, inner in value.items()}
    return [_shortened(inner) for inner in value] if isinstance(value, list) else value


def cut_table(table: pd.DataFrame, name: str, folder: ServedFolder) -> CutTable:
    """The first rows of a table; one that has more is written to the folder.

    Args:
        table: Its index is left out.
        name: Of the file.
        folder: Where it goes.

    Raises:
        EventStudyError: The place cannot be written.
    """
    table = rounded(table)
    file = folder.write_table(name, table) if len(table) > MOST_ROWS else ""
    return some_rows(table, 0, MOST_ROWS, file)


def some_rows(table: pd.DataFrame, first: int, most: int, file: str) -> CutTable:
    """Some rows of a table.

    Args:
        table: Its index is left out.
        first: The first of them.
        most: How many.
        file: Where the whole table is.
    """
    shown = table.iloc[first : first + most]
    left = len(table) - len(shown)
    where = f"; {file} has them all" if file else ""
    verb = "is" if left == 1 else "are"
    note = f"{left:,} of {counted(len(table), 'row')} {verb} left out here{where}."
    return CutTable(
        columns=[str(name) for name in table.columns],
        rows=plain([list(row) for row in shown.itertuples(index=False, name=None)]),
        first_row=first,
        total=len(table),
        note=note if left else "",
        file=file,
    )


def some_notes(notes: list[str]) -> list[str]:
    """Each note once, the first ones, and how many more there are.

    Args:
        notes: In their order.
    """
    said = list(dict.fromkeys(notes))
    more = len(said) - MOST_NOTES
    return [
        *said[:MOST_NOTES],
        *([f"{counted(more, 'further note')} left out here."] if more > 0 else []),
    ]
