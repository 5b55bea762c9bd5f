"""The rows of a list in whatever layout, each with its ticker and its moment."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from eventstudy.errors import InputError, quoted, some_names
from eventstudy.events.dates import (
    TURN,
    clocks_of,
    is_clock,
    iso_moment,
    order_of,
    short_years,
)
from eventstudy.events.dialects import INDICES, ROLES, EventDialect
from eventstudy.text.numbers import counted

_SAID = {"event_id": "id", "clock": "time of day"}
_AS_THEY_ARE = ("category", "benchmark", "source", "notes", "title")
_FEW = 5


@dataclass(frozen=True, slots=True)
class Asked:
    """What the user says of a list: names of columns, and whether days come before months."""

    columns: Mapping[str, str] = field(default_factory=dict)
    """Role → the name of its column, for those that are named."""
    dayfirst: bool | None = None


@dataclass(frozen=True, slots=True)
class ListLayout:
    """Which column of a list is what."""

    dialect: EventDialect
    header: tuple[str, ...]
    """The names of its columns; empty where it has none."""
    places: Mapping[str, int]
    """Role → place of its column."""

    def name(self, role: str) -> str:
        """How a sentence calls the column of a role."""
        return self.header[self.places[role]].strip() if self.header else str(self.places[role] + 1)


@dataclass(frozen=True, slots=True)
class ListRows:
    """The rows of a list that have a ticker and a date, as text."""

    columns: dict[str, list[str]]
    """announced_at, timing, groups (the ticker), and event_id, title, benchmark and category where
    the list has them."""
    kept: Sequence[int]
    """The places of the rows in the list."""
    notes: tuple[str, ...]
    """What was read from where, first; then what was left out."""
    used: frozenset[int]
    """The places of the columns that were read."""


def placed_rows(
    source: str,
    layout: ListLayout,
    cells: Sequence[list[str]],
    numbers: Sequence[int],
    asked: Asked,
    others_read: Iterable[str] = (),
) -> ListRows:
    """The columns of events.csv that a list holds, row by row.

    Args:
        source: How sentences call the list.
        layout: Which column is what.
        cells: Its columns.
        numbers: The number of each row.
        asked: What the user says.
        others_read: Names of further columns that the caller reads.

    Raises:
        InputError: The order of day and month is open, or rows lack a date or a ticker.
    """
    dialect, at = layout.dialect, layout.places
    columns = {role: [text.strip() for text in cells[place]] for role, place in at.items()}
    passed_on = _passed_on(layout, cells)
    columns |= passed_on
    tickers = [_whole(text) for text in columns.pop("ticker")]
    distinct = dict.fromkeys(columns["date"])
    where = f"{source}, column {layout.name('date')}"
    order = order_of(distinct, where, asked.dayfirst, dialect.dayfirst)
    timing = columns.pop("timing", [""] * len(tickers))
    clock = clocks_of(columns.pop("clock", [])) or [t if is_clock(t) else "" for t in timing]
    timing = ["" if is_clock(text) else text for text in timing]
    memo: dict[tuple[str, str], str] = {}
    moments = []
    for pair in zip(columns.pop("date"), clock, strict=True):
        if pair not in memo:
            memo[pair] = iso_moment(pair[0], order, pair[1], dialect.zone)
        moments.append(memo[pair])
    if dialect.cells:
        columns["benchmark"] = [INDICES.get(name, name) for name in columns["benchmark"]]
    own = {"announced_at": moments, "timing": timing, "groups": tickers, **columns}
    kept, left_out = _complete(source, layout, own, numbers)
    own = {name: [texts[place] for place in kept] for name, texts in own.items()}
    said = {*passed_on, *others_read}
    read = _recognised(layout, said, order.said, short_years(distinct))
    used = {*at.values(), *(place for place, name in enumerate(layout.header) if name in passed_on)}
    return ListRows(own, kept, (read, *left_out), frozenset(used))


def _passed_on(layout: ListLayout, cells: Sequence[list[str]]) -> dict[str, list[str]]:
    """Columns that are called as in events.csv and have no other role."""
    used = set(layout.places.values())
    return {
        name: cells[place]
        for place, name in enumerate(layout.header)
        if name not in layout.places
        and place not in used
        and (name in _AS_THEY_ARE or (name == "headline" and _are_yes_or_no(cells[place])))
    }


def _are_yes_or_no(texts: Sequence[str]) -> bool:
    """Whether a column headline marks events and does not hold text that vendors call so."""
    return {text.strip().lower() for text in texts} <= {"yes", "no", "true", "false", "1", "0", ""}


def _whole(text: str) -> str:
    """A number without the decimals that a table of floats gives it: 86580.0 is 86580."""
    return text[:-2] if text.endswith(".0") and text[:-2].isdigit() else text


def _complete(
    source: str, layout: ListLayout, own: Mapping[str, list[str]], numbers: Sequence[int]
) -> tuple[list[int], list[str]]:
    """The rows that have a ticker and a date, and a sentence for those left out."""
    wanted = {"ticker": own["groups"], "date": own["announced_at"]}
    kept = list(range(len(numbers)))
    said = []
    for role, texts in wanted.items():
        empty = [place for place in kept if texts[place] in ("", "-", "--", "nan", "NaN", ".")]
        if not empty:
            continue
        rows = some_names([str(numbers[place]) for place in empty], _FEW)
        column = f"column {layout.name(role)}"
        if not layout.dialect.sparse:
            raise InputError(
                f"{source}, {column}: there is no {role} in row {rows}; fill it or delete the row."
            )
        said.append(f"{counted(len(empty), 'row')} without a {role} ({column}) left out: {rows}.")
        gone = set(empty)
        kept = [place for place in kept if place not in gone]
    return kept, said


def _recognised(layout: ListLayout, passed_on: set[str], order: str, short_year: str) -> str:
    """The one line that says what was read from where, and how dates were understood."""
    column = "" if layout.header else "column "
    taken = [
        f"{_SAID.get(role, role)} from {column}{layout.name(role)}"
        for role in ROLES
        if role in layout.places
    ]
    named = {layout.name(role) for role in layout.places} | passed_on
    unread = [name for name in layout.header if name and name not in named]
    years = f"years as in {quoted(short_year)} are {1900 + TURN} to {1999 + TURN}"
    parts = [
        ", ".join(taken),
        *([order] if order else []),
        *([years] if short_year else []),
        *([f"not read: {some_names(unread, 6)}"] if unread else []),
    ]
    return f"Events read as {layout.dialect.name}: {'; '.join(parts)}."
