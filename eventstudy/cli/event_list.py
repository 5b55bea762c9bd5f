"""The options that say how a list of events is laid out, for every verb that reads one."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from eventstudy.cli.asked_names import require_file
from eventstudy.cli.console import say
from eventstudy.cli.options import DEFAULT_EVENTS, WHAT, EventsFile, VerbFunction, option

if TYPE_CHECKING:
    from eventstudy.events.observations import ObservationList
    from eventstudy.events.registry import Events


_COLUMNS = {
    "event_id_col": ("id_col", "Column of event ids; created if there is none."),
    "event_date_col": ("date_col", "Column of event dates, if it has another name."),
    "event_ticker_col": ("ticker_col", "Column of tickers, if it has another name."),
    "event_timing_col": ("timing_col", "Column of pre, post, BMO or AMC."),
}
"""Option → the argument of `read_events`, and what it is."""
_ORDER = "event_dayfirst"


@dataclass(frozen=True, slots=True)
class EventList:
    """A file of events and how it is laid out, not yet read."""

    path: Path
    layout: Mapping[str, Any]
    """Arguments of `read_events`."""

    def read(self, *, quiet: bool = False) -> Events:
        """The events; how another layout than that of events.csv was read is said.

        Args:
            quiet: Say nothing.
        """
        from eventstudy.events.registry import read_events

        require_file(self.path, ())
        events = read_events(self.path, **self.layout)
        for note in () if quiet else events.notes:
            say(f"Note: {note}")
        return events

    def read_rows(self) -> ObservationList | None:
        """The rows of a list of tickers and dates one by one; None for a file like events.csv."""
        from eventstudy.events.observations import read_observations

        return read_observations(self.path, **self.layout)

    def __str__(self) -> str:
        return str(self.path)


EVENTS = EventList(DEFAULT_EVENTS, {})
"""What a verb reads by default."""


def with_event_options(
    *, short: bool = False, declared: Any = None
) -> Callable[[VerbFunction], VerbFunction]:
    """Give a verb the options of the layout of --events, which it receives as an `EventList`.

    Args:
        short: Whether --date-col and the like stand for events, as no prices are read.
        declared: What the verb takes instead of --events, such as an argument.
    """

    def decorate(verb: VerbFunction) -> VerbFunction:
        taken = inspect.signature(verb, eval_str=True)
        before = list(taken.parameters.values())
        place = [each.name for each in before].index("events") + 1
        added = [_parameter(name, short) for name in (*_COLUMNS, _ORDER)]

        @wraps(verb)
        def read_as(*, events: Path, **values: Any) -> None:
            given = {column: values.pop(name) for name, (column, _) in _COLUMNS.items()}
            order = {"dayfirst": values.pop(_ORDER)}
            verb(events=EventList(events, {**given, **order}), **values)

        named = [
            each if each.kind is each.VAR_KEYWORD else each.replace(kind=each.KEYWORD_ONLY)
            for each in before
        ]
        kind = (EventsFile, DEFAULT_EVENTS) if declared is None else (declared, before[0].empty)
        named[place - 1] = named[place - 1].replace(annotation=kind[0], default=kind[1])
        parameters = [*named[:place], *added, *named[place:]]
        read_as.__dict__["__signature__"] = taken.replace(parameters=parameters)
        return read_as  # type: ignore[return-value]

    return decorate


def _parameter(name: str, short: bool) -> inspect.Parameter:
    flag = f"--{name.replace('_', '-')}"
    if name == _ORDER:
        flags = [f"{flag}/--no-event-dayfirst"]
        flags += ["--dayfirst/--no-dayfirst"] if short else []
        kind: Any = bool | None
        info = option(WHAT, "", "Whether 01/02/2025 is 1 February.", *flags)
    else:
        flags = [flag, *([flag.replace("--event-", "--")] if short else [])]
        kind = str | None
        info = option(WHAT, "NAME", _COLUMNS[name][1], *flags)
    return inspect.Parameter(
        name, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=Annotated[kind, info]
    )
