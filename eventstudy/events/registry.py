"""The registry: events.csv → validated, frozen events."""

from __future__ import annotations

import difflib
import os
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from pydantic import ValidationError

from eventstudy.errors import LONGEST_QUOTE, InputError, quoted, say_some, some_names, unknown_name
from eventstudy.events.event import COLUMNS, Event, event_cells, problems_of
from eventstudy.events.groups import Groups
from eventstudy.files.atomic import replace_file, writing
from eventstudy.files.csv_text import SEPARATORS, csv_line, csv_rows, unguarded
from eventstudy.files.reading import CSV_TEXT, decoded, read_file, shown_path
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
    """Validated events in the order of their file; `path` is None when they came from no file."""

    rows: tuple[Event, ...]
    path: str | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "rows", tuple(self.rows))
        folded = Counter(event.event_id.casefold() for event in self.rows)
        twice = [e.event_id for e in self.rows if folded[e.event_id.casefold()] > 1]
        if twice:
            raise InputError(
                f"The event_id {', '.join(sorted(set(twice)))} is there more than once (upper and "
                "lower case count as the same); give each event its own id."
            )

    def _brief(self) -> Brief:
        days = sorted(f"{event.announced_at:%Y-%m-%d}" for event in self.rows)
        span = f", {days[0]} to {days[-1]}" if days else ""
        headline = len([event for event in self.rows if event.headline])
        where = f"From {self.path}." if self.path else ""
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
    def _by_id(self) -> dict[str, Event]:
        return {event.event_id: event for event in self.rows}

    def __iter__(self) -> Iterator[Event]:
        return iter(self.rows)

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, event_id: str) -> Event:
        """The event of that id; InputError with the known ids where there is none."""
        if event_id not in self._by_id:
            raise unknown_name("event", event_id, list(self._by_id))
        return self._by_id[event_id]

    def select(self, ids: Iterable[str]) -> Events:
        """The events of these ids, in the order given; an unknown id raises InputError."""
        return Events(tuple(self[event_id] for event_id in dict.fromkeys(ids)), self.path)

    def headline(self) -> Events:
        """The headline events only; there may be none."""
        return Events(tuple(event for event in self.rows if event.headline), self.path)

    def to_frame(self) -> pd.DataFrame:
        """One row per event with the columns of events.csv.

        Dates and timestamps are ISO text, groups are joined by ";", headline is bool.
        """
        import pandas as pd

        rows = [{**event_cells(event), "headline": event.headline} for event in self.rows]
        return pd.DataFrame(rows, columns=list(COLUMNS))


def read_events(path: str | Path) -> Events:
    """Read an events file: CSV with a header, UTF-8, the columns of `COLUMNS`.

    The columns event_id, title, announced_at and groups must be there, the others may be left
    out, and no other column is allowed; event_id, title and announced_at must be filled in
    each row. Rows without any content are skipped. The apostrophe with which `add_event` keeps a
    text from being a formula in a spreadsheet is no part of the text.

    Args:
        path: The file.

    Raises:
        InputError: The file cannot be read, or one sentence for each wrong cell, all at once; rows
            are counted as a spreadsheet shows them, the header being row 1.
    """
    source = str(path)
    events = _parse(source, read_file(path, "events file")).events
    if not events:
        raise InputError(f"{source} has a header but no events; add at least one row.")
    return Events(events, source)


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
    table = _parse(str(path), raw)
    if event.event_id.casefold() in {known.event_id.casefold() for known in table.events}:
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
    problems = [
        f"{where} {event.event_id}, column groups: {problem}"
        for event in events
        for name in event.groups
        if (problem := groups.problem(name))
    ]
    if problems:
        raise InputError(problems)


class _Table(NamedTuple):
    columns: tuple[str, ...]
    events: tuple[Event, ...]


def _parse(source: str, raw: bytes) -> _Table:
    text = decoded(raw, shown_path(source), CSV_TEXT)
    (_, header), *rows = _records(source, text)
    columns = _columns(source, header)
    problems = list(_duplicates(columns, rows))
    events = []
    for number, cells in rows:
        try:
            events.append(_event(columns, len(header), cells))
        except ValidationError as error:
            problems += [(number, f", column {name}: {text}") for name, text in problems_of(error)]
        except ValueError as error:
            problems.append((number, f": {error}"))
    if problems:
        problems.sort(key=lambda problem: problem[0])
        sentences = [f"{source} row {number}{text}" for number, text in problems]
        raise InputError(say_some(sentences, MOST_PROBLEMS))
    return _Table(columns, tuple(events))


def _records(source: str, text: str) -> list[tuple[int, list[str]]]:
    """The rows with any content, the header first, each with its number."""
    fault = "is not valid CSV ({error}); check that every quotation mark in it is closed"
    numbered = csv_rows(text, f"{source} row", fault)
    records = [row for row in numbered if any(cell.strip() for cell in row[1])]
    if not records:
        raise InputError(
            f"{source} is empty; its first row must name the columns {', '.join(COLUMNS)}."
        )
    return records


def _columns(source: str, header: Sequence[str]) -> tuple[str, ...]:
    names = tuple(name.strip() for name in _trimmed(header))
    if len(names) == 1 and (mark := re.search(r"[;\t|]", names[0])):
        raise InputError(
            f"{source} row 1 separates its columns by {SEPARATORS[mark[0]]}; save it with commas."
        )
    problems = [
        f"{source} row 1: the column {name} is there twice; keep one."
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


def _trimmed(header: Sequence[str]) -> Sequence[str]:
    """The header without the blank columns that spreadsheets leave at its end."""
    last = max(place for place, name in enumerate(header) if name.strip())
    return header[: last + 1]


def _event(columns: Sequence[str], width: int, cells: Sequence[str]) -> Event:
    """One row as an event; ValueError when it has too many or too few cells.

    `width` is that of the header as it stands in the file, blank columns included.
    """
    wanted, count = len(columns), len(cells)
    counts = f"{count} cells where the header has {wanted}"
    if count > width or any(cell.strip() for cell in cells[wanted:]):
        raise ValueError(f"{counts}; put a text that has a comma in quotation marks.")
    if count < wanted:
        raise ValueError(f"{counts}; an empty cell needs its comma too.")
    return Event.model_validate(dict(zip(columns, map(unguarded, cells[:wanted]), strict=True)))


def _duplicates(
    columns: Sequence[str], rows: Sequence[tuple[int, list[str]]]
) -> Iterator[tuple[int, str]]:
    # Ids name folders, and some file systems do not tell upper from lower case.
    first: dict[str, int] = {}
    place = columns.index("event_id")
    for number, cells in rows:
        event_id = cells[place].strip() if place < len(cells) else ""
        earlier = first.setdefault(event_id.casefold(), number)
        if event_id and earlier != number:
            yield (
                number,
                f", column event_id: {event_id!r} is the id of row {earlier} already "
                "(upper and lower case count as the same); give each event its own id.",
            )


def _replace(target: Path, content: bytes) -> None:
    with writing(target, "check the folder", InputError), replace_file(target) as stream:
        stream.write(content)
