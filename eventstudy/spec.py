"""What a study is asked to do: one frozen configuration, saved with its result."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from typing import Annotated, Any, Literal, NamedTuple

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from eventstudy.errors import InputError, quoted
from eventstudy.text.numbers import session_text, span_text

PLACEBO_LIMIT = 1_000
"""Up to this many observations the placebo p-values are computed without being asked for."""

FARTHEST = 200_000
"""Sessions from day 0 that a window may reach: eight centuries of days, two years of minutes."""


class Window(NamedTuple):
    """A span of relative sessions, both ends included; day 0 is the event's session."""

    start: int
    end: int

    @property
    def length(self) -> int:
        """Number of sessions, L."""
        return self.end - self.start + 1

    @property
    def days(self) -> range:
        """The relative sessions, in order."""
        return range(self.start, self.end + 1)

    def covers(self, other: Window) -> bool:
        """Whether every session of `other` lies inside."""
        return self.start <= other.start and other.end <= self.end

    @property
    def label(self) -> str:
        """The day "+3" or the window "[−1, +1]", with a true minus sign."""
        return session_text(self.start) if self.length == 1 else str(self)

    def __str__(self) -> str:
        return span_text(self.start, self.end)


def as_window(value: Any) -> Window:
    """Read a window from a pair or from text such as "-1,1".

    Raises ValueError with a sentence when it is neither, or when it ends before it starts.
    """
    if isinstance(value, str):
        parts: list[Any] = value.strip().strip("[]()").split(",")
    elif isinstance(value, (tuple, list)):
        parts = list(value)
    else:
        parts = []
    try:
        if any(isinstance(part, float) and not part.is_integer() for part in parts):
            raise ValueError
        start, end = (int(part) for part in parts)
    except (TypeError, ValueError):
        raise ValueError(
            f"{quoted(value)} is no window; give two whole numbers of sessions such as -1,1"
        ) from None
    if max(abs(start), abs(end)) > FARTHEST:
        raise ValueError(
            f"{quoted(value)} reaches further than {FARTHEST:,} sessions; no exchange has so many"
        )
    if end < start:
        raise ValueError(f"the window {start},{end} ends before it starts")
    return Window(start, end)


WindowField = Annotated[Window, BeforeValidator(as_window)]


def _as_windows(value: Any) -> Any:
    single = isinstance(value, tuple) and len(value) == 2 and all(isinstance(v, int) for v in value)
    return (value,) if single or isinstance(value, (str, Window)) else value


def _as_tuple(value: Any) -> Any:
    if isinstance(value, str):
        return tuple(name.strip() for name in value.split(",") if name.strip())
    return tuple(value) if isinstance(value, list) else value


def _as_names(value: Any) -> Any:
    if isinstance(value, str) and value not in ("default", "all"):
        return tuple(name.strip() for name in value.split(",") if name.strip())
    return tuple(value) if isinstance(value, list) else value


class StudySpec(BaseModel):
    """Every choice that changes a number, in one frozen object.

    Windows are in sessions relative to day 0, both ends included. `benchmark=None` takes each
    event's own benchmark and ^GSPC where it names none. `compare=None` re-estimates under the
    other benchmarks that the price source offers; `()` switches that off. `placebo=None` computes
    the placebo p-values up to 1,000 observations. `factors` are the regressors of the model
    "factors", `donors` the assets of "peers" and "synthetic". `post_estimation` adds a second
    estimation window; `rolling` moves the estimation window along with each event day. `draws`
    and `seed` are for the tests that resample. `drop_confounded` leaves out the observations of a
    registry whose asset has another registered event of its own inside `span`.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    model: str = "market"
    benchmark: str | None = None
    estimation: WindowField = Window(-260, -11)
    window: WindowField = Window(-10, 10)
    car: Annotated[tuple[WindowField, ...], BeforeValidator(_as_windows)] = (
        Window(0, 0),
        Window(-1, 1),
        Window(0, 5),
        Window(0, 20),
    )
    tests: Annotated[Literal["default", "all"] | tuple[str, ...], BeforeValidator(_as_names)] = (
        "default"
    )
    min_obs: int = Field(default=120, ge=3)
    returns: Literal["simple", "log"] = "simple"
    kp: Literal["calendar", "event"] = "calendar"
    compare: tuple[str, ...] | None = None
    placebo: bool | None = None
    confidence: float = Field(default=0.95, gt=0, lt=1)
    calendar: str = "XNYS"
    seed: int = Field(default=0, ge=0, lt=2**63)
    factors: Annotated[tuple[str, ...], BeforeValidator(_as_tuple)] = ()
    donors: Annotated[tuple[str, ...], BeforeValidator(_as_tuple)] = ()
    post_estimation: WindowField | None = None
    rolling: bool = False
    draws: int = Field(default=999, ge=99)
    drop_confounded: bool = False

    def __str__(self) -> str:
        """What is chosen: the model, the windows, and what differs from the defaults."""
        always = ("model", "estimation", "window", "car")
        fields = type(self).model_fields
        said = [
            f"{name}={_plain(getattr(self, name))}"
            for name, field in fields.items()
            if name in always or getattr(self, name) != field.default
        ]
        return ", ".join(said)

    def __repr__(self) -> str:
        return _in_lines(f"StudySpec({self})", 10)

    def _repr_html_(self) -> str:
        from eventstudy.text.brief import Brief, brief_html
        from eventstudy.text.table import PlainTable

        fields = type(self).model_fields
        rows = [
            (name, _plain(value), "default" if value == fields[name].default else "")
            for name, value in self
        ]
        options = PlainTable.of(("option", "value", ""), rows, words=(0, 1, 2))
        return brief_html(Brief("What the study was asked to do", "", (options,)))

    @model_validator(mode="after")
    def _windows_apart(self) -> StudySpec:
        span = self.span
        after = (self.post_estimation,) if self.post_estimation else ()
        for window in (self.estimation, *after):
            if window.start <= span.end and span.start <= window.end:
                raise ValueError(
                    f"the estimation window {window} and the event days {span} overlap; "
                    "end the estimation window before the first event day"
                )
        self._check_rolling()
        after_days = self.post_estimation.days if self.post_estimation else ()
        days = (*self.estimation.days, *after_days)
        if len(set(days)) < len(days):
            raise ValueError(
                f"the estimation windows {self.estimation} and {self.post_estimation} overlap"
            )
        if self.min_obs > len(days):
            raise ValueError(
                f"option min_obs is {self.min_obs} but the estimation window {self.estimation} "
                f"has only {len(days)} sessions"
            )
        return self

    def _check_rolling(self) -> None:
        if not self.rolling:
            return
        if self.post_estimation:
            raise ValueError(
                "rolling moves one estimation window; leave out post_estimation or rolling"
            )
        span, reach = self.span, self.estimation_reach
        if reach.start <= span.end and span.start <= reach.end:
            before = self.estimation.end < span.start
            last = span.start - span.end - 1 if before else span.end - span.start + 1
            raise ValueError(
                f"with rolling the estimation window {self.estimation} moves along with the event "
                f"days {span}, to {reach}, and reaches them; "
                f"{'end' if before else 'start'} it at session {last} or "
                f"{'earlier' if before else 'later'}"
            )

    @property
    def estimation_reach(self) -> Window:
        """The estimation window; with `rolling` all the sessions that it moves over."""
        if not self.rolling:
            return self.estimation
        a, b = self.estimation
        return Window(a + self.span.start, b + self.span.end)

    @property
    def estimation_windows(self) -> tuple[Window, ...]:
        """The estimation window, or both where there is a second one."""
        return (self.estimation_reach, *((self.post_estimation,) if self.post_estimation else ()))

    @property
    def estimation_days(self) -> tuple[int, ...]:
        """(T,) the relative sessions needed to estimate, of both windows where there are two."""
        return tuple(day for window in self.estimation_windows for day in window.days)

    @property
    def span(self) -> Window:
        """The hull of the event window and of all CAR windows: the days that are estimated."""
        windows = (self.window, *self.car)
        return Window(min(w.start for w in windows), max(w.end for w in windows))


def _plain(value: Any) -> str:
    """A choice as it is written in Python; windows as pairs."""
    if isinstance(value, Window):
        return f"({value.start}, {value.end})"
    if isinstance(value, tuple):
        return f"({', '.join(map(_plain, value))}{',' if len(value) == 1 else ''})"
    return repr(value)


def _in_lines(text: str, indent: int) -> str:
    return textwrap.fill(text, 80, subsequent_indent=" " * indent, break_on_hyphens=False)


def make_spec(**options: Any) -> StudySpec:
    """Build a StudySpec; every wrong option is reported at once as InputError."""
    try:
        return StudySpec(**options)
    except ValidationError as error:
        raise InputError(list(_sentences(error))) from None


def _sentences(error: ValidationError) -> Iterator[str]:
    for item in error.errors():
        name = str(item["loc"][0]) if item["loc"] else "options"
        message = item["msg"].removeprefix("Value error, ")
        if item["type"] == "extra_forbidden":
            yield f"Option {quoted(name)} is not known; known: {', '.join(StudySpec.model_fields)}."
        elif item["loc"]:
            given = quoted(item["input"])
            yield f"Option {name}: {message[0].lower()}{message[1:]} (given: {given})."
        else:
            yield f"{message[0].upper()}{message[1:]}."
