"""One event: what it states, checked field by field."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, ValidationError

from eventstudy.errors import InputError, plainly, quoted
from eventstudy.events.timing import TIMINGS, Timing, timing_of
from eventstudy.files.names import name_problem
from eventstudy.files.reading import control_in
from eventstudy.text.brief import Brief, brief_html
from eventstudy.text.lines import one_line
from eventstudy.text.table import PlainTable

LONGEST_NAME = 80
"""Characters of a ticker, of whatever exchange or data provider."""

_DATE = re.compile(r"\d{4}-\d{2}-\d{2}|\d{8}", re.ASCII)
_SERIAL = re.compile(r"[2-6]\d{4}(\.\d+)?", re.ASCII)
_SERIAL_ZERO = dt.date(1899, 12, 30)
_STAMP = re.compile(
    r"(\d{4}-\d{2}-\d{2})[T ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:?\d{2})?", re.ASCII
)
_DATE_HINT = "write it as 2025-01-27, or with time and offset as 2025-01-27T16:30:00-05:00."
_TRUTH = {
    **dict.fromkeys(("yes", "true", "1"), True),
    **dict.fromkeys(("no", "false", "0", ""), False),
}


def _as_id(value: Any) -> Any:
    text = value.strip() if isinstance(value, str) else value
    if not text:
        raise ValueError("it is empty; give the event a short id such as deepseek-r1.")
    if problem := name_problem(text):
        raise ValueError(problem)
    return text


def _as_title(value: Any) -> Any:
    title = _as_plain(value)
    # A zero-width character leaves no ink, so a text of such ones is no title.
    if isinstance(title, str) and not any(c.isprintable() and not c.isspace() for c in title):
        raise ValueError("it is empty; say in a few words what happened.")
    return title


def _as_plain(value: Any) -> Any:
    """A text without characters that steer a terminal or a page."""
    if not isinstance(value, str):
        return value
    if control := control_in(value):
        raise ValueError(f"it has the control character {control}; delete it.")
    return value.strip()


def _as_moment(value: Any) -> dt.date | dt.datetime:
    moment = _parsed_moment(value.strip()) if isinstance(value, str) else value
    if not isinstance(moment, dt.date):
        raise ValueError(f"{quoted(value)} is not a date; {_DATE_HINT}")
    if isinstance(moment, dt.datetime) and moment.utcoffset() is None:
        raise ValueError(
            f"{quoted(str(value))} has a time but no offset from UTC; "
            "add it, such as -05:00 for New York in winter (-04:00 in summer)."
        )
    return moment


def _parsed_moment(text: str) -> dt.date | dt.datetime:
    if not text:
        raise ValueError(f"it is empty; {_DATE_HINT}")
    stamp = _STAMP.fullmatch(text)
    if meant := excel_day(text):
        raise ValueError(
            f"{quoted(text)} is a serial number of Excel, which shows it as {meant}; "
            "format the column as text or as a date like 2025-01-27 and save again."
        )
    if not stamp and not _DATE.fullmatch(text):
        raise ValueError(f"{quoted(text)} is not a date; {_DATE_HINT}")
    try:
        day = dt.date.fromisoformat(text[:10])  # 8 digits have no more
    except ValueError:
        raise ValueError(f"{quoted(text[:10])} is not a day of the calendar; correct it.") from None
    try:
        return dt.datetime.fromisoformat(text) if stamp else day
    except ValueError:
        raise ValueError(
            f"{quoted(text)} has no valid time of day or offset; {_DATE_HINT}"
        ) from None


def excel_day(text: str) -> dt.date | None:
    """The day that Excel shows for a serial number, such as 2025-01-27 for 45684; else None.

    Args:
        text: A cell.
    """
    serial = _SERIAL.fullmatch(text)
    if not serial:
        return None
    return _SERIAL_ZERO + dt.timedelta(days=int(serial[0].partition(".")[0]))


def _as_timing(value: Any) -> Any:
    timing = timing_of(value) if isinstance(value, str) else None
    if timing is None:
        raise ValueError(
            f"{quoted(value)} is not allowed; use {', '.join(TIMINGS)} or leave it empty."
        )
    return timing


def _as_groups(value: Any) -> Any:
    if isinstance(value, str):
        value = (value,)
    if not isinstance(value, (tuple, list)) or not all(isinstance(name, str) for name in value):
        raise ValueError(f"{quoted(value)} is not allowed; give names separated by ';'.")
    names = tuple(dict.fromkeys(part.strip() for name in value for part in name.split(";")))
    if names and not any(names) and any(name.strip() for name in value):
        raise ValueError("it has only separators; name groups or tickers, or leave it empty.")
    return tuple(name for name in names if name)


def _as_benchmark(value: Any) -> Any:
    ticker = _as_plain(value) or None
    if isinstance(ticker, str) and len(ticker) > LONGEST_NAME:
        raise ValueError(f"{quoted(ticker)} is not a ticker; write it like ^GSPC.")
    return ticker


def _as_truth(value: Any) -> Any:
    if isinstance(value, str):
        if value.strip().lower() not in _TRUTH:
            raise ValueError(f"{quoted(value)} is not allowed; use yes, no or leave it empty.")
        return _TRUTH[value.strip().lower()]
    return value


_PlainText = Annotated[str, BeforeValidator(_as_plain)]


class Event(BaseModel):
    """One event as the registry states it.

    `announced_at` is a date, or a timestamp with its offset from UTC. `timing` places a date
    before, in or after the trading session. `groups` are names from the groups file or tickers;
    none means the whole market: such an event is only flagged as a confounder. `benchmark`
    None leaves the choice to the study. Construction raises pydantic's ValidationError; use
    `make_event` for InputError.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    event_id: Annotated[str, BeforeValidator(_as_id)]
    title: Annotated[str, BeforeValidator(_as_title)]
    announced_at: Annotated[dt.date | dt.datetime, BeforeValidator(_as_moment)]
    timing: Annotated[Timing | Literal[""], BeforeValidator(_as_timing)] = ""
    category: _PlainText = ""
    groups: Annotated[tuple[str, ...], BeforeValidator(_as_groups)] = ()
    benchmark: Annotated[str | None, BeforeValidator(_as_benchmark)] = None
    headline: Annotated[bool, BeforeValidator(_as_truth)] = False
    source: _PlainText = ""
    notes: _PlainText = ""

    def __repr__(self) -> str:
        return one_line(
            f"Event({self.event_id!r}, {self.announced_at.isoformat()}, {self.title!r})"
        )

    __str__ = __repr__

    def _repr_html_(self) -> str:
        rows = [(name, text) for name, text in event_cells(self).items() if text]
        return brief_html(
            Brief(self.title, "", (PlainTable.of(("field", "value"), rows, len(rows), (0, 1)),))
        )


COLUMNS = tuple(Event.model_fields)
"""The columns that an events file can have, in the order in which they are written."""


FIELD_CHECKS: dict[str, Any] = {
    name: next(each.func for each in field.metadata if isinstance(each, BeforeValidator))
    for name, field in Event.model_fields.items()
}
"""What makes the value of each field out of its text; a wrong one is a ValueError."""


def make_event(**fields: Any) -> Event:
    """Build an Event; every wrong field is reported at once as InputError."""
    try:
        return Event(**fields)
    except ValidationError as error:
        raise InputError(
            [f"Event field {name}: {message}" for name, message in problems_of(error)]
        ) from None


def problems_of(error: ValidationError) -> Iterator[tuple[str, str]]:
    """Each wrong field of an event, with the sentence that says why."""
    for item in error.errors():
        name = str(item["loc"][0])
        if item["type"] == "value_error":
            yield name, item["msg"].removeprefix("Value error, ")
        elif item["type"] == "missing":
            yield name, "it is missing; give it."
        elif item["type"] == "extra_forbidden":
            yield name, f"it is not known; known are {', '.join(COLUMNS)}."
        else:
            yield name, f"{quoted(item['input'])} is not allowed; {plainly(item['msg'])}."


def event_cells(event: Event) -> dict[str, str]:
    """The event as text, column by column, as events.csv holds it."""
    return {
        "event_id": event.event_id,
        "title": event.title,
        "announced_at": event.announced_at.isoformat(),
        "timing": event.timing,
        "category": event.category,
        "groups": ";".join(event.groups),
        "benchmark": event.benchmark or "",
        "headline": "yes" if event.headline else "no",
        "source": event.source,
        "notes": event.notes,
    }
