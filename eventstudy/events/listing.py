"""From a list of events in whatever layout to the columns of events.csv."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from eventstudy.errors import InputError, quoted, some_names
from eventstudy.events.dates import (
    first_texts,
    is_written_date,
    session_of,
)
from eventstudy.events.dialects import (
    DATES,
    NAMED,
    ROLES,
    TICKERS,
    candidates,
    column_key,
    dialect_of,
)
from eventstudy.events.event import COLUMNS
from eventstudy.events.list_rows import Asked, ListLayout, placed_rows
from eventstudy.events.timing import timing_of
from eventstudy.text.numbers import counted

OPTIONS = {
    "event_id": ("id_col", "--event-id-col"),
    "date": ("date_col", "--event-date-col"),
    "ticker": ("ticker_col", "--event-ticker-col"),
    "timing": ("timing_col", "--event-timing-col"),
}
"""Role → the option that names its column, in Python and on the command line."""

_OWN = {"event_id", "title", "announced_at", "groups"}
_TICKER = re.compile(r"[\^A-Z][A-Z0-9.\-=^_:/ ]{0,14}")
_UNFIT = re.compile(r"[^A-Za-z0-9._-]+")
_FEW = 5
_DOUBTFUL = {"pre", "post", "before", "after", "during"}


@dataclass(frozen=True, slots=True)
class Translated:
    """The columns of events.csv that a list holds, as text."""

    columns: dict[str, list[str]]
    kept: Sequence[int]
    """The places of its rows in the list; of rows that are one event, the first."""
    shown: Mapping[str, str]
    """Column of events.csv → the column of the list that it comes from, for sentences."""
    notes: tuple[str, ...]


def layout_of(
    source: str, header: Sequence[str], below: Sequence[Sequence[str]], asked: Asked
) -> ListLayout | None:
    """Which column is what; None where the list is laid out as events.csv.

    Args:
        source: How sentences call the list.
        header: The cells of its first row.
        below: Some of the rows below it.
        asked: What the user says.

    Raises:
        InputError: A named column is absent, several columns may be meant, or the layout is not
            known: then one sentence maps its columns to the options.
    """
    names = tuple(" ".join(name.split()) for name in header)
    plain = [column_key(name) for name in names]
    dialect = dialect_of(names)
    if dialect is not None and dialect.cells:
        return ListLayout(dialect, (), dialect.places)
    if not asked.columns and ("announced_at" in names or (not dialect and _looks_own(names))):
        return None
    dialect = dialect or (NAMED if asked.columns else None)
    if dialect is None:
        raise InputError(_unknown(source, names, below))
    places = {}
    for role in ROLES:
        if role in asked.columns:
            places[role] = _named(source, names, role, asked.columns[role])
        elif found := candidates(dialect, role, plain):
            if role in dialect.asks and len(found) > 1:
                raise InputError(_which(source, role, [names[place] for place in found]))
            places[role] = found[0]
    if dialect.timing and "timing" not in places and (found := _of_timings(below, places)):
        places["timing"] = found[0]
    for role in ("date", "ticker"):
        if role not in places:
            raise InputError(_unknown(source, names, below))
    twice = [names[place] for place in places.values() if plain.count(plain[place]) > 1]
    if twice:
        raise InputError(f"{source} has two columns {quoted(twice[0])}; keep one or rename it.")
    return ListLayout(dialect, names, places)


def translated(
    source: str,
    layout: ListLayout,
    cells: Sequence[list[str]],
    numbers: Sequence[int],
    asked: Asked,
) -> Translated:
    """The list as columns of events.csv: ids and titles are made where there are none.

    Args:
        source: How sentences call the list.
        layout: Which column is what.
        cells: Its columns.
        numbers: The number of each row.
        asked: What the user says.

    Raises:
        InputError: The order of day and month is open, rows lack a date or a ticker, or an id
            stands for several moments.
    """
    rows = placed_rows(source, layout, cells, numbers, asked)
    numbered = [numbers[place] for place in rows.kept]
    own, once, merged = _joined(source, rows.columns, numbered, news=layout.dialect.news)
    read, *left_out = rows.notes
    notes = [read, *left_out, *merged, *_unread_windows(layout, cells)]
    shown = {
        "event_id": "event_id", "announced_at": "date", "timing": "timing", "groups": "ticker",
        "title": "title", "benchmark": "benchmark", "category": "category",
    }  # fmt: skip
    names = {name: layout.name(role) for name, role in shown.items() if role in layout.places}
    return Translated(own, [rows.kept[place] for place in once], names, tuple(notes))


def _looks_own(names: Sequence[str]) -> bool:
    return len(_OWN & set(names)) >= 2 or "event_id" in names


def _named(source: str, names: Sequence[str], role: str, name: str) -> int:
    if name in names:
        return names.index(name)
    python, line = OPTIONS[role]
    raise InputError(
        f"{source} has no column {quoted(name)} ({python}, {line}); "
        f"found: {some_names([quoted(each) for each in names], 12)}."
    )


def _which(source: str, role: str, found: Sequence[str]) -> str:
    python, line = OPTIONS[role]
    return (
        f"{source} has several columns for the {role}: {some_names([quoted(n) for n in found])}; "
        f"choose one with {python} ({line}), such as {line} {quoted(found[0])}."
    )


def _unknown(source: str, names: Sequence[str], below: Sequence[Sequence[str]]) -> str:
    """One sentence that maps the columns of an unknown layout to the options."""
    guesses = {
        "date": _alike(below, is_written_date),
        "ticker": _alike(below, lambda text: bool(_TICKER.fullmatch(text))),
    }
    plain = [column_key(name) for name in names]
    called = {"date": DATES.split(), "ticker": TICKERS.split()}
    for role, found in guesses.items():
        found.sort(key=lambda place: place >= len(plain) or plain[place] not in called[role])
    guesses["ticker"] = [place for place in guesses["ticker"] if place not in guesses["date"]]
    options = []
    for role, found in guesses.items():
        place = found[0] if found else None
        name = names[place] if place is not None and place < len(names) else "NAME"
        options.append(f"{OPTIONS[role][1]} {quoted(name)}")
    listed = some_names([quoted(name) for name in names], 8)
    return (
        f"{source}, row 1: the columns {listed} match no known layout; name those of the date and "
        f"the ticker, perhaps with {' '.join(options)} (date_col, ticker_col), and any id and "
        "timing with --event-id-col and --event-timing-col; or rename the columns "
        f"{', '.join(COLUMNS[:6])}."
    )


def _of_timings(below: Sequence[Sequence[str]], places: Mapping[str, int]) -> list[int]:
    """Columns of words such as AMC alone; pre and post may be of a treatment as well."""
    found = _alike(below, lambda text: timing_of(text) and column_key(text) not in _DOUBTFUL)
    return [place for place in found if place not in places.values()]


def _alike(below: Sequence[Sequence[str]], fits: object) -> list[int]:
    """The places of the columns of which every filled cell fits."""
    assert callable(fits)
    width = max(map(len, below), default=0)
    columns = ([row[place].strip() for row in below if place < len(row)] for place in range(width))
    return [
        place
        for place, texts in enumerate(columns)
        if (filled := first_texts(texts)) and all(map(fits, filled))
    ]


def _joined(
    source: str, own: dict[str, list[str]], numbers: Sequence[int], *, news: bool
) -> tuple[dict[str, list[str]], list[int], list[str]]:
    """Rows of one event as one, with all its tickers; ids and titles where there are none."""
    given = own.get("event_id")
    times = [session_of(text) for text in own["announced_at"]] if news else own["announced_at"]
    made = zip(own["groups"], times, own["timing"], strict=True)
    keys: list[object] = [*(given or made)]
    first: dict[object, int] = {}
    tickers: dict[object, dict[str, None]] = {}
    again: list[int] = []
    for place, key in enumerate(keys):
        here = first.setdefault(key.casefold() if isinstance(key, str) else key, place)
        known = tickers.setdefault(keys[here], {})
        moment = (own["announced_at"], own["timing"])
        if given and any(column[here] != column[place] for column in moment):
            raise InputError(
                f"{source}: event {quoted(key)} has {own['announced_at'][here]} in row "
                f"{numbers[here]} and {own['announced_at'][place]} in row {numbers[place]}; give "
                "each event its own id."
            )
        if own["groups"][place] in known:
            again.append(place)
        known[own["groups"][place]] = None
    once = list(first.values())
    joined = {name: [texts[place] for place in once] for name, texts in own.items()}
    joined["groups"] = [";".join(tickers[keys[place]]) for place in once]
    days = [moment[:10] for moment in joined["announced_at"]]
    joined.setdefault("title", [""] * len(once))
    joined["title"] = [
        title or f"{name} {day}"
        for title, name, day in zip(joined["title"], joined["groups"], days, strict=True)
    ]
    if not given:
        joined["event_id"] = made_ids(joined["groups"], days)
    if not again:
        return joined, once, []
    rows = some_names([str(numbers[place]) for place in again], _FEW)
    of = "event_id" if given else "session" if news else "date"
    said = f"{counted(len(again), 'row')} with the ticker and {of} of an earlier one left out"
    return joined, once, [f"{said}: {rows}."]


def made_ids(tickers: Sequence[str], days: Sequence[str]) -> list[str]:
    """An id for each event, of its ticker and day; a later one of the same two is numbered.

    Args:
        tickers: One an event.
        days: Its date as ISO text.
    """
    seen: dict[str, int] = {}
    made = []
    for ticker, day in zip(tickers, days, strict=True):
        plain = _UNFIT.sub("-", ticker).strip("-._") or "event"
        name = f"{plain[:60]}-{day}"
        seen[name.casefold()] = count = seen.get(name.casefold(), 0) + 1
        made.append(f"{name}-{count}" if count > 1 else name)
    return made


def _unread_windows(layout: ListLayout, cells: Sequence[Sequence[str]]) -> Iterable[str]:
    """The windows of a request file, as options of a study."""
    if not layout.dialect.cells:
        return
    windows = dict.fromkeys(zip(*(cells[place] for place in (5, 6, 7, 8)), strict=True))
    if len(windows) == 1:
        start, end, last, length = (int(text) for text in next(iter(windows)))
        first = last - length + 1
        yield (
            "The windows of the list are not read; give them to the study: "
            f"--window={start},{end} --estimation={first},{last}."
        )
    else:
        yield (
            f"The list has {len(windows)} different windows, which are not read; a study uses one "
            "for all events (--window, --estimation)."
        )
