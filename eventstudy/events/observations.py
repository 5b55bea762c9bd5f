"""A list of tickers and dates as a frame of observations, its other columns included."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from eventstudy.errors import InputError, say_some, some_names
from eventstudy.events.cells import Cells, cells_of_sheet, cells_of_text
from eventstudy.events.figures import one_spelling, says_nothing, written_figures
from eventstudy.events.list_rows import Asked, placed_rows
from eventstudy.files.frames import sheet_of
from eventstudy.files.reading import CSV_TEXT, decoded, read_file, shown_path
from eventstudy.files.tables.read import is_delimited, read_sheet

if TYPE_CHECKING:
    import pandas as pd

MOST_PROBLEMS = 100
ROW = " row"
"""How the name of an index ends that says where each row of a frame is from."""
FRAME = "The frame of events"
"""What sentences call a list that came without a file."""
_OWN = {"groups": "ticker", "announced_at": "date"}
"""Column of events.csv → column of the observations."""


@dataclass(frozen=True, slots=True, eq=False)
class ObservationList:
    """The rows of a list, one observation each."""

    frame: pd.DataFrame
    """ticker, date, event_id and timing where the list has them, and its other columns: numbers
    where every filled cell is one, else text; a cell that says nothing is missing. The index is the
    row of the list, named after it."""
    notes: tuple[str, ...]
    """How the list was read, and what was left out of it."""


def read_observations(
    path: str | Path | object,
    *,
    id_col: str | None = None,
    date_col: str | None = None,
    ticker_col: str | None = None,
    timing_col: str | None = None,
    dayfirst: bool | None = None,
) -> ObservationList | None:
    """Read a list of tickers and dates for one pooled study; None for a file like events.csv.

    Layouts are recognised as by `read_events`. Rows are kept one by one: an id with several
    tickers is several observations.

    Args:
        path: The file, or a frame of any library.
        id_col: The column of ids; made of ticker and date where there is none.
        date_col: The column of dates.
        ticker_col: The column of tickers.
        timing_col: The column that says pre, intraday or post.
        dayfirst: Whether 01/02/2025 is the 1st of February.

    Raises:
        InputError: The file cannot be read, its layout is not known, or rows are wrong.
    """
    given = {"event_id": id_col, "date": date_col, "ticker": ticker_col, "timing": timing_col}
    asked = Asked({role: name for role, name in given.items() if name is not None}, dayfirst)
    source = str(path) if isinstance(path, (str, Path)) else FRAME
    cells = _cells(path, source, asked)
    if cells.layout is None:
        return None
    if cells.problems:
        sentences = [f"{source} row {number}{text}" for number, text in cells.problems]
        raise InputError(say_some(sentences, MOST_PROBLEMS))
    return _observed(source, cells, asked)


def _cells(path: str | Path | object, source: str, asked: Asked) -> Cells:
    if not isinstance(path, (str, Path)):
        return cells_of_sheet(sheet_of(path, source), asked)
    raw = read_file(path, "events file")
    if is_delimited(path, raw):
        return cells_of_text(source, decoded(raw, shown_path(path), CSV_TEXT), asked)
    return cells_of_sheet(read_sheet(path, "events file"), asked)


def _observed(source: str, cells: Cells, asked: Asked) -> ObservationList:
    import pandas as pd

    layout = cells.layout
    assert layout is not None
    names = [name for name in layout.header if name]
    rows = placed_rows(source, layout, cells.columns, cells.numbers, asked, names)
    columns: dict[str, pd.Series[Any]] = {}
    for name, texts in rows.columns.items():
        if any(texts):
            columns[_OWN.get(name, name)] = pd.Series(texts, dtype=str)
    kept = [cells.numbers[row] for row in rows.kept]
    notes = list(rows.notes)
    for place, name in enumerate(layout.header):
        if name and place not in rows.used and name not in columns:
            texts = [cells.columns[place][row].strip() for row in rows.kept]
            if name == "group":
                texts, joined = one_spelling(texts)
                notes += [f"Column group: {some_names(joined)}."] if joined else []
            found = written_figures(texts, kept)
            columns[name] = (
                pd.Series([None if says_nothing(text) else text for text in texts], dtype="str")
                if found.values is None
                else pd.Series(found.values, dtype="float64")
            )
            notes += [f"Column {name}: {found.note}."] if found.note else []
    frame = pd.DataFrame(columns)
    frame.index = pd.Index(kept, name=f"{source}{ROW}")
    return ObservationList(frame, tuple(notes))
