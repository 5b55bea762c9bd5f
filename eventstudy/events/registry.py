"""The registry: events.csv → validated, frozen events."""

from __future__ import annotations

import difflib
import os
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from eventstudy.compute.collecting import uncollected
from eventstudy.errors import LONGEST_QUOTE, InputError, quoted, say_some, some_names, unknown_name
from eventstudy.events.cells import Cells, cells_of_sheet, cells_of_text
from eventstudy.events.columns import EventColumns, check_column
from eventstudy.events.event import COLUMNS, Event, event_cells
from eventstudy.events.groups import Groups
from eventstudy.events.list_rows import Asked
from eventstudy.events.listing import translated
from eventstudy.files.atomic import replace_file, writing
from eventstudy.files.csv_text import csv_line
from eventstudy.files.frames import is_frame, sheet_of
from eventstudy.files.reading import CSV_TEXT, decoded, read_file, shown_path
from eventstudy.files.tables.read import is_delimited, read_sheet
from eventstudy.text.brief import MOST_ROWS, Brief, Shown
from eventstudy.text.numbers import counted
from eventstudy.text.table import PlainTable

if TYPE_CHECKING:
    import pandas as pd


MOST_UNKNOWN = 5
MOST_PROBLEMS = 100
REQUIRED = ("event_id", "title", "announced_at", "groups")
"""The columns that an events file must have."""


@dataclass(frozen=True, repr=False)
class Events(Shown):
    """Validated events in the order of their list."""

    rows: Sequence[Event]
    path: str | None = None
    """The file that they came from; None for none."""
    notes: tuple[str, ...] = ()
    """How a list in another layout than events.csv was read, and what was left out of it."""

    def __post_init__(self) -> None:
        if not isinstance(self.rows, EventColumns):
            object.__setattr__(self, "rows", tuple(self.rows))
        ids = self.field("event_id")
        if len(set(map(str.casefold, ids))) == len(ids):
            return
        folded = Counter(map(str.casefold, ids))
        twice = sorted({each for each in ids if folded[each.casefold()] > 1})
        raise InputError(
            f"The event_id {some_names(twice)} appears more than once (upper and "
            "lower case count as the same); give each event its own id."
        )

    def field(self, name: str) -> Sequence[Any]:
        """One field of every event.

        Args:
            name: Its name, such as "announced_at".
        """
        if isinstance(self.rows, EventColumns):
            return self.rows.column(name)
        return [getattr(event, name) for event in self.rows]

    def _brief(self) -> Brief:
        days = {f"{moment:%Y-%m-%d}" for moment in set(self.field("announced_at"))}
        span = f", {min(days)} to {max(days)}" if days else ""
        headline = sum(self.field("headline"))
        where = " ".join([*([f"From {self.path}."] if self.path else []), *self.notes])
        rows = [
            (
                event.event_id,
                f"{event.announced_at:%Y-%m-%d}",
                "yes" if event.headline else "",
                ";".join(event.groups) or "whole market",
                event.title,
            )
            for event in self.rows[:MOST_ROWS]
        ]
        heads = ("event", "announced", "headline", "groups", "title")
        listing = PlainTable.of(heads, rows, len(self.rows), (0, 1, 2, 3, 4), more="to_frame()")
        finding = f"{counted(len(self.rows), 'event')}{span}; {headline} in the headline"
        return Brief(finding, where, (listing,))

    @cached_property
    def _places(self) -> dict[str, int]:
        return {event_id: place for place, event_id in enumerate(self.field("event_id"))}

    def __iter__(self) -> Iterator[Event]:
        return iter(self.rows)

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, event_id: str) -> Event:
        """The event of that id; InputError with the nearest ids where there is none."""
        if event_id not in self._places:
            raise unknown_name("event", event_id, list(self._places))
        return self.rows[self._places[event_id]]

    def select(self, ids: Iterable[str]) -> Events:
        """The events of these ids, in the order given; an unknown id raises InputError."""
        chosen = tuple(self[event_id] for event_id in dict.fromkeys(ids))
        return Events(chosen, self.path, self.notes)

    def headline(self) -> Events:
        """The headline events only; there may be none."""
        marked = enumerate(self.field("headline"))
        chosen = tuple(self.rows[place] for place, headline in marked if headline)
        return Events(chosen, self.path, self.notes)

    def to_frame(self) -> pd.DataFrame:
        """One row per event with the columns of events.csv.

        Dates and timestamps are ISO text, groups are joined by ";", headline is bool.
        """
        import pandas as pd

        rows = [{**event_cells(event), "headline": event.headline} for event in self.rows]
        return pd.DataFrame(rows, columns=list(COLUMNS))


def read_events(
    path: str | Path | object,
    *,
    id_col: str | None = None,
    date_col: str | None = None,
    ticker_col: str | None = None,
    timing_col: str | None = None,
    dayfirst: bool | None = None,
) -> Events:
    """Read a list of events: events.csv, a vendor's list, or any list of tickers and dates.

    A file laid out as events.csv has the columns event_id, title, announced_at and groups; the
    others of `COLUMNS` may be left out, and no other column is allowed. The lists of SDC, I/B/E/S,
    RavenPack, Compustat, CRSP, EventStudyTools and earnings calendars are recognised by their
    header; in any other, a column of tickers and one of dates are enough. `Events.notes` says how
    such a list was read. Rows without any content are skipped. The apostrophe with which
    `add_event` keeps a text from being a formula in a spreadsheet is not part of the text.

    Args:
        path: The file: text separated by commas, semicolons, tabs or bars, a workbook, Parquet,
            Feather, Stata or SAS, compressed or not; or a frame of any library.
        id_col: The column of ids; without one, ids are made of ticker and date.
        date_col: The column of dates, or of timestamps.
        ticker_col: The column of tickers.
        timing_col: The column that says pre, intraday or post, also as BMO and AMC.
        dayfirst: Whether 01/02/2025 is the 1st of February; needed where no date decides it.

    Raises:
        InputError: The file cannot be read or its layout is not known, or one sentence for each
            wrong cell, all at once; rows are counted as a spreadsheet shows them, the header being
            row 1, and in a frame from its first row on.
    """
    given = {"event_id": id_col, "date": date_col, "ticker": ticker_col, "timing": timing_col}
    asked = Asked({role: name for role, name in given.items() if name is not None}, dayfirst)
    if isinstance(path, (str, Path)):
        source = str(path)
        raw = read_file(path, "events file")
        if is_delimited(path, raw):
            table = _parse(source, raw, asked)
        else:
            sheet = read_sheet(path, "events file")
            table = _checked(source, cells_of_sheet(sheet, asked), asked)
    elif is_frame(path):
        source = "The frame of events"
        table = _checked(source, cells_of_sheet(sheet_of(path, source), asked), asked)
    else:
        raise InputError(
            f"events is a {type(path).__name__}; give the path of a file, or a frame with ticker "
            "and date."
        )
    if not table.events:
        raise InputError(f"{source} has a header but no events; add at least one row.")
    return Events(table.events, source if isinstance(path, (str, Path)) else None, table.notes)


def add_event(path: str | Path, event: Event) -> None:
    """Append an event to an events file; the file is made where there is none.

    The bytes of the other rows stay as they are, and the file is replaced as a whole or not
    at all.

    Raises:
        InputError: The file has problems, has the id already, lacks a column that the event fills,
            or cannot be written.
    """
    target = Path(path).resolve()  # a link stays a link
    raw = read_file(path, "events file") if os.path.lexists(path) else b""
    if not raw.strip():
        _replace(target, f"{csv_line(COLUMNS)}{csv_line(event_cells(event).values())}".encode())
        return
    table = _parse(str(path), raw, Asked())
    if table.notes:
        raise InputError(
            f"{path} is not laid out as events.csv ({table.notes[0].rstrip('.')}); add the event "
            "to it by hand or give another file."
        )
    known = {event_id.casefold() for event_id in table.events.column("event_id")}
    if event.event_id.casefold() in known:
        raise InputError(
            f"{path} has an event {event.event_id!r} already; give the new one its own id."
        )
    cells = event_cells(event)
    absent = [
        name for name in COLUMNS if name not in table.columns and cells[name] not in ("", "no")
    ]
    if absent:
        raise InputError(
            f"{path} has no column {', '.join(absent)}, but the event fills it; "
            "add the column to the file or leave it out of the event."
        )
    newline = "\r\n" if raw.partition(b"\n")[0].endswith(b"\r") else "\n"
    end = b"" if raw.endswith((b"\n", b"\r")) else newline.encode()
    line = csv_line((cells[name] for name in table.columns), newline)
    _replace(target, raw + end + line.encode())


def validate_groups(events: Events, groups: Groups) -> None:
    """Check that every name in the events' `groups` is a group, or can be a ticker or company.

    Raises:
        InputError: One sentence per wrong name, all at once.
    """
    where = f"{events.path}, event" if events.path else "Event"
    wrong = {
        name: problem
        for name in dict.fromkeys(name for names in set(events.field("groups")) for name in names)
        if (problem := groups.problem(name))
    }
    if wrong:
        problems = [
            f"{where} {event_id}, column groups: {wrong[name]}"
            for event_id, names in zip(
                events.field("event_id"), events.field("groups"), strict=True
            )
            for name in names
            if name in wrong
        ]
        raise InputError(say_some(problems, MOST_PROBLEMS))


class _Table(NamedTuple):
    columns: tuple[str, ...]
    events: EventColumns
    notes: tuple[str, ...]


def _parse(source: str, raw: bytes, asked: Asked) -> _Table:
    text = decoded(raw, shown_path(source), CSV_TEXT)
    with uncollected():
        return _checked(source, cells_of_text(source, text, asked), asked)


def _checked(source: str, cells: Cells, asked: Asked) -> _Table:
    """The events of a list, or one sentence for each wrong cell, in the order of its rows."""
    numbers = cells.numbers
    notes: tuple[str, ...] = ()
    shown: Mapping[str, str] = {}
    if cells.layout is None:
        header = _columns(source, cells.header)
        texts = dict(zip(header, cells.columns, strict=True))
    else:
        header = ()
        own = translated(source, cells.layout, cells.columns, numbers, asked)
        texts, notes, shown = own.columns, own.notes, own.shown
        numbers = [numbers[place] for place in own.kept]
    problems = [(number, -1, text) for number, text in cells.problems]
    problems += _duplicates(texts["event_id"], numbers)
    values = {}
    for order, name in enumerate(COLUMNS):
        if name in texts:
            values[name], wrong = check_column(name, texts[name])
            column = shown.get(name, name)
            problems += [(numbers[at], order, f", column {column}: {why}") for at, why in wrong]
    if problems:
        problems.sort(key=lambda problem: problem[:2])
        sentences = [f"{source} row {number}{text}" for number, _, text in problems]
        raise InputError(say_some(sentences, MOST_PROBLEMS))
    return _Table(header, EventColumns(values), notes)


def _columns(source: str, names: tuple[str, ...]) -> tuple[str, ...]:
    """The names of the columns of an events.csv."""
    problems = [
        f"{source} row 1: the column {name} appears twice; keep one."
        for name in dict.fromkeys(names)
        if name in COLUMNS and names.count(name) > 1
    ]
    unknown, meant = _unknown(source, [name for name in names if name not in COLUMNS], names)
    problems += unknown
    missing = [name for name in REQUIRED if name not in names and name not in meant]
    if missing:
        lacks = "column" if len(missing) == 1 else "columns"
        are = "is" if len(missing) == 1 else "are"
        problems.append(
            f"{source} row 1: the {lacks} {some_names(missing)} {are} missing; "
            f"found are {_shown(names)}."
        )
    if problems:
        raise InputError(problems)
    return names


def _unknown(
    source: str, unknown: Sequence[str], names: Sequence[str]
) -> tuple[list[str], list[str]]:
    """A sentence for each unknown column, or one for all where the file is another altogether.

    With them the columns that seem to be meant, which need no sentence of their own.
    """
    known = ", ".join(COLUMNS)
    if len(unknown) > MOST_UNKNOWN:
        many = f"{len(unknown)} columns are not known ({_shown(unknown)})"
        return [f"{source} row 1: {many}; known are {known}."], []
    free = [column for column in COLUMNS if column not in names]
    sentences, meant = [], []
    for name in unknown:
        plain = name[:LONGEST_QUOTE].lower().replace(" ", "_")
        close = difflib.get_close_matches(plain, free, n=1)
        advice = f"did you mean {close[0]}?" if close else f"known are {known}."
        sentences.append(f"{source} row 1: the column {quoted(name)} is not known; {advice}")
        meant += close
    return sentences, meant


def _shown(names: Sequence[str]) -> str:
    return some_names([name[:LONGEST_QUOTE] for name in names])


def _duplicates(ids: Sequence[str], numbers: Sequence[int]) -> Iterator[tuple[int, int, str]]:
    # Ids name folders, and some file systems do not tell upper from lower case.
    if len(set(map(str.casefold, ids))) == len(ids):
        return
    first: dict[str, int] = {}
    for number, cell in zip(numbers, ids, strict=True):
        event_id = cell.strip()
        earlier = first.setdefault(event_id.casefold(), number)
        if event_id and earlier != number:
            yield (
                number,
                -1,
                f", column event_id: {event_id!r} is the id of row {earlier} already "
                "(upper and lower case count as the same); give each event its own id.",
            )


def _replace(target: Path, content: bytes) -> None:
    with writing(target, "check the folder", InputError), replace_file(target) as stream:
        stream.write(content)
