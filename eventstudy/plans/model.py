"""What a plan holds: hypotheses, specification, events and the prices that it was made on."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import fields
from itertools import pairwise
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    model_validator,
)

from eventstudy.errors import InputError, plainly, quoted
from eventstudy.events.event import COLUMNS, Event, make_event
from eventstudy.events.groups import Group, Groups
from eventstudy.events.registry import Events
from eventstudy.prices.dialects.dialect import FileOptions
from eventstudy.spec.study_spec import StudySpec
from eventstudy.spec.windows import Window, as_window

FORMAT: Literal[1] = 1
PROSPECTIVE, RETROSPECTIVE = "prospective", "retrospective"
DIGITS = 6
"""Hexadecimal digits of the mark of a day."""
FILE_OPTIONS = frozenset(field.name for field in fields(FileOptions)) - {"calendar"}
"""What can be said of price files; the calendar is an option of the study."""
Direction = Literal["rises", "falls", "either"]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


def _iso_day(text: str) -> str:
    try:
        same = dt.date.fromisoformat(text).isoformat() == text
    except ValueError:
        same = False
    if not same:
        raise ValueError("it is not a date such as 2025-01-27")
    return text


def _iso_day_if_any(text: str) -> str:
    return _iso_day(text) if text else text


def _window(days: tuple[int, int]) -> tuple[int, int]:
    start, end = as_window(days)
    return start, end


def _file_options(said: dict[str, Any]) -> dict[str, Any]:
    if unknown := set(said) - FILE_OPTIONS:
        raise ValueError(f"{sorted(unknown)[0]} is not an option of price files")
    return said


IsoDay = Annotated[str, AfterValidator(_iso_day)]
Figure = Annotated[float, Field(strict=True, allow_inf_nan=False)]
Size = Annotated[float, Field(strict=True, allow_inf_nan=False, ge=0)]


def threshold_wanted(direction: str, threshold: float) -> str:
    """What the threshold of an expectation should be; empty where it is that.

    Args:
        direction: What is expected.
        threshold: Beyond what.
    """
    wrong = {"falls": threshold > 0, "rises": threshold < 0, "either": threshold < 0}
    if not wrong[direction]:
        return ""
    return "0 or less" if direction == "falls" else "0 or more"


class Hypothesis(_Part):
    """One expectation of one asset or group, and what its test could find."""

    event: str
    """The event's id."""
    entity: str
    """A ticker, or a group that is studied as one portfolio."""
    kind: Literal["asset", "group"]
    members: tuple[str, ...]
    """The tickers that had an estimate when the plan was made."""
    window: Annotated[tuple[int, int], AfterValidator(_window)]
    """Sessions from day 0, both included."""
    direction: Direction
    threshold: Figure = 0.0
    """In the study's unit: the CAR is expected beyond it. Of "either", a size."""
    test: str
    """The test that is quoted: placebo or t, of a group portfolio_placebo or portfolio_t."""
    se: Size | None = None
    """Standard error of the CAR where the regressors have their mean of the estimation window."""
    detectable: Size | None = None
    """The smallest effect that the test finds with the plan's power; None where it finds none."""

    @model_validator(mode="after")
    def _consistent(self) -> Hypothesis:
        if wanted := threshold_wanted(self.direction, self.threshold):
            raise ValueError(
                f"the threshold {self.threshold:g} of {self.entity}, {self.direction}, should be "
                f"{wanted}"
            )
        if self.kind == "asset" and self.members != (self.entity,):
            raise ValueError(f"{self.entity} is an asset, and its members are others")
        return self

    @property
    def days(self) -> Window:
        """The window."""
        return Window(*self.window)


def clash_of(hypotheses: Sequence[Hypothesis]) -> str:
    """Two expectations of one window that are the same or differ in direction; empty for none.

    Args:
        hypotheses: Those of a plan.
    """
    for at, h in enumerate(hypotheses):
        for other in hypotheses[:at]:
            if (other.event, other.entity, other.window) != (h.event, h.entity, h.window):
                continue
            if other.direction != h.direction:
                return f"two expectations of {h.entity} over {h.days} differ in direction"
            if other.threshold == h.threshold:
                return f"two expectations of {h.entity} over {h.days} are the same"
    return ""


class EventRow(_Part):
    """An event as the list stated it, with its day 0 and the hash of its row."""

    event_id: str
    title: str
    announced_at: str
    timing: str
    category: str
    groups: str
    benchmark: str
    headline: str
    source: str
    notes: str
    studied: bool
    """False for an event that only keeps days out of estimation windows."""
    day0: IsoDay
    sha256: str

    @property
    def event(self) -> Event:
        """The event; InputError for one that no list could hold."""
        return make_event(**self.cells)

    @property
    def cells(self) -> dict[str, str]:
        """Column → text, as events.csv has it."""
        return {name: getattr(self, name) for name in COLUMNS}


class GroupRow(_Part):
    """A group that an event names."""

    name: str
    label: str
    members: tuple[str, ...]


class Source(_Part):
    """Where the prices came from."""

    names: Annotated[tuple[str, ...], Field(min_length=1)]
    """Sources, files and folders, in the order in which they count."""
    files: Annotated[dict[str, Any], AfterValidator(_file_options)]
    """What was said of price files."""
    description: str
    retrieved: str
    currency: str


class SeriesHashes(_Part):
    """The prices of one ticker, or a factor, in hashes."""

    name: str
    close: str
    """SHA-256 of the closes of all days of the vintage that the plan uses."""
    adj_close: str
    returns: str
    """Of the returns that the source states; empty where it states none."""
    marks: str
    """Six hexadecimal digits a day, which tell on which day a price has changed."""


class Vintage(_Part):
    """The prices that the plan was made on, up to the end of the estimation windows."""

    sha256: str
    """Of the table of these prices, under which the cache keeps it."""
    prices_to: IsoDay
    """The last day with a price of what the plan studies."""
    as_of: Annotated[str, AfterValidator(_iso_day_if_any)] = ""
    """The last day that the source was asked for, where one was named."""
    days: tuple[IsoDay, ...]
    """The rows of the prices inside the estimation windows, and the row before each."""
    series: tuple[SeriesHashes, ...]

    @model_validator(mode="after")
    def _marked(self) -> Vintage:
        wrong = [each.name for each in self.series if len(each.marks) != DIGITS * len(self.days)]
        if wrong:
            raise ValueError(f"the marks of {wrong[0]} are not {DIGITS} digits a day")
        if any(later <= day for day, later in pairwise(self.days)):
            raise ValueError("its days are not in order")
        return self


class Plan(_Part):
    """A plan without its seal."""

    format: Literal[1]
    kind: Literal["prospective", "retrospective"]
    made_with: str
    """Name and version of the package."""
    power: Annotated[float, Field(gt=0, lt=1)]
    """The probability with which the detectable effects are found."""
    unit: str
    """Of thresholds, errors and effects: fraction, bp or points."""
    events_file: str
    """Empty for an event of --date."""
    groups_file: str
    """Empty for the packaged groups."""
    left_open: tuple[str, ...]
    """Options of the specification that are set to nothing."""
    specification: dict[str, Any]
    """Every other option of a study."""
    source: Source
    hypotheses: tuple[Hypothesis, ...]
    events: tuple[EventRow, ...]
    groups: tuple[GroupRow, ...]
    vintage: Vintage

    @model_validator(mode="after")
    def _whole(self) -> Plan:
        if not self.hypotheses:
            raise ValueError("a plan needs at least one hypothesis")
        if clash := clash_of(self.hypotheses):
            raise ValueError(clash)
        unknown = {h.event for h in self.hypotheses} - {e.event_id for e in self.studied}
        if unknown:
            raise ValueError(
                f"a hypothesis is about {sorted(unknown)[0]}, which the plan does not study"
            )
        missing = set(StudySpec.model_fields) - {*self.specification, *self.left_open}
        if missing:
            raise ValueError(f"the specification lacks {sorted(missing)[0]}")
        first = min(self.first_day(event) for event in self.studied)
        known = self.vintage.prices_to >= first
        if known != (self.kind == RETROSPECTIVE):
            raise ValueError(
                f"prices end on {self.vintage.prices_to} and the first planned window begins on "
                f"{first}, so the plan is {RETROSPECTIVE if known else PROSPECTIVE}"
            )
        return self

    @property
    def options(self) -> dict[str, Any]:
        """Every option of the study by name."""
        return {**self.specification, **dict.fromkeys(self.left_open)}

    @property
    def spec(self) -> StudySpec:
        """The options of the study; InputError for wrong ones."""
        return StudySpec(**self.options)

    @property
    def studied(self) -> tuple[EventRow, ...]:
        """The events that hypotheses are about."""
        return tuple(event for event in self.events if event.studied)

    @property
    def registry(self) -> Events:
        """The events as a list of its own."""
        return Events(tuple(row.event for row in self.events))

    def known_groups(self, others: Groups) -> Groups:
        """The plan's groups with the names of others.

        Args:
            others: Those of the groups file.
        """
        return Groups(
            {row.name: Group(row.label, row.members) for row in self.groups}, others.names
        )

    def first_day(self, event: EventRow) -> str:
        """The first day of the event's planned windows, an ISO date.

        Args:
            event: One that is studied.
        """
        starts = [h.window[0] for h in self.hypotheses if h.event == event.event_id]
        return day_at(
            event.day0,
            min(starts, default=0),
            str(self.specification["calendar"]),
            str(self.specification["frequency"]),
        )


def day_at(day0: str, rows: int, calendar: str, frequency: str) -> str:
    """The session so many rows from day 0; of weeks and months their first day.

    Args:
        day0: An ISO date.
        rows: Sessions, weeks or months.
        calendar: Of the exchange.
        frequency: Of the rows.
    """
    from eventstudy.calendars import as_date, as_day64, sessions_of

    day = dt.date.fromisoformat(day0)
    if frequency == "weekly":
        return (day - dt.timedelta(days=day.weekday()) + dt.timedelta(weeks=rows)).isoformat()
    if frequency == "monthly":
        months = day.year * 12 + day.month - 1 + rows
        return dt.date(months // 12, months % 12 + 1, 1).isoformat()
    days = sessions_of(calendar).days
    at = int(days.searchsorted(as_day64(day))) + rows
    if not 0 <= at < len(days):
        raise InputError(f"Day {rows} from {day0} lies outside the calendar {calendar}.")
    return as_date(days[at]).isoformat()


def plan_of(content: Mapping[str, Any], name: str) -> Plan:
    """A plan from the content of its file, without the seal.

    Args:
        content: Of the TOML file.
        name: The file, for messages.

    Raises:
        InputError: It is no plan, or one of another version; every wrong field is named.
    """
    if content.get("format") != FORMAT:
        raise InputError(
            f"{name} is not a plan that this version reads (format {FORMAT}); give a file that "
            "eventstudy plan wrote."
        )
    try:
        return Plan.model_validate(content)
    except ValidationError as error:
        raise InputError([f"{name}: {_sentence(item)}" for item in error.errors()]) from None


def _sentence(item: Any) -> str:
    where = ".".join(str(p + 1 if isinstance(p, int) else p) for p in item["loc"])
    message = plainly(item["msg"].removeprefix("Value error, ").rstrip("."))
    if not where:
        return f"{message}; make a new plan."
    if item["type"] == "missing":
        return f"{where} is missing; make a new plan."
    if isinstance(item["input"], Mapping):
        return f"{where}: {message}; make a new plan."
    return f"{where} is {quoted(item['input'])}: {message[0].lower()}{message[1:]}."
