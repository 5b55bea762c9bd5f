"""The options of a study: one frozen object, saved with its result."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator, Sequence
from typing import (
    TYPE_CHECKING,
    Annotated,
    Any,
    Generic,
    Literal,
    NamedTuple,
    TypeVar,
)

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from eventstudy.errors import InputError, quoted
from eventstudy.text.numbers import session_text, span_text

DEFAULT_BENCHMARK = "^GSPC"
"""The benchmark if neither the study nor its event names one."""

PLACEBO_LIMIT = 1_000
"""Up to this many observations the placebo p-values are computed without being asked for."""

FARTHEST = 200_000
"""Sessions from day 0 that a window may reach: eight centuries of days, two years of minutes."""


ReturnKind = Literal["simple", "log", "trade", "other"]
"""What a study computes of prices, or is told that its returns are.

"trade" stands for log returns from one trade to the next."""

Frequency = Literal["daily", "weekly", "monthly"]
"""How far apart the rows of a study lie."""


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

    Args:
        value: Two whole numbers of sessions from day 0, or a text with both.

    Raises:
        InputError: It is neither, or it ends before it starts.
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
        raise InputError(
            f"{quoted(value)} is no window; give two whole numbers of sessions such as -1,1."
        ) from None
    if max(abs(start), abs(end)) > FARTHEST:
        raise InputError(
            f"{quoted(value)} reaches further than {FARTHEST:,} sessions; no exchange has so many."
        )
    if end < start:
        raise InputError(f"the window {start},{end} ends before it starts.")
    return Window(start, end)


def _as_windows(value: Any) -> Any:
    single = isinstance(value, tuple) and len(value) == 2 and all(isinstance(v, int) for v in value)
    return (value,) if single or isinstance(value, (str, Window)) else value


def _as_names(value: Any) -> Any:
    """Several names from a list, or from one text with commas."""
    if isinstance(value, str):
        return tuple(name.strip() for name in value.split(",") if name.strip())
    return tuple(value) if isinstance(value, Iterable) and not isinstance(value, bytes) else value


def _as_tests(value: Any) -> Any:
    return value if isinstance(value, str) and value in ("default", "all") else _as_names(value)


def _unless_empty(value: Any) -> Any:
    """None for an empty text, which counts as left out."""
    return None if isinstance(value, str) and not value else value


Pair = tuple[int, int]
Given = TypeVar("Given", contravariant=True)
Held = TypeVar("Held", covariant=True)

if TYPE_CHECKING:

    class Read(Generic[Given, Held]):
        """Tells a type checker that a field takes one type and holds another."""

        def __get__(self, instance: object, owner: Any = None) -> Held: ...
        def __set__(self, instance: object, value: Given) -> None: ...

    OneWindow = Read[Pair | str, Window]
    MaybeWindow = Read[Pair | str | None, Window | None]
    Windows = Read[Sequence[Pair | str] | Pair | str, tuple[Window, ...]]
    Names = Read[Sequence[str] | str, tuple[str, ...]]
    MaybeNames = Read[Sequence[str] | str | None, tuple[str, ...] | None]
    TestNames = Read[Sequence[str] | str, Literal["default", "all"] | tuple[str, ...]]
else:
    OneWindow = Annotated[Window, BeforeValidator(as_window)]
    MaybeWindow = OneWindow | None
    Windows = Annotated[tuple[OneWindow, ...], BeforeValidator(_as_windows)]
    Names = Annotated[tuple[str, ...], BeforeValidator(_as_names)]
    MaybeNames = Annotated[tuple[str, ...] | None, BeforeValidator(_as_names)]
    TestNames = Annotated[Literal["default", "all"] | tuple[str, ...], BeforeValidator(_as_tests)]
MaybeName = Annotated[str | None, BeforeValidator(_unless_empty)]


def _choice(
    default: Any,
    help: str,
    metavar: str = "",
    *,
    unit: str = "",
    names: str = "",
    more: str = "",
    panel: str = "How to estimate",
    **limits: Any,
) -> Any:
    """Declare an option of a study: all that command line, help and docs say about it.

    Args:
        default: Its value unless set.
        help: What it is, without a full stop.
        metavar: Placeholder of its value on the command line; empty for a flag.
        unit: Unit of its numbers.
        names: The registry of its allowed names, as "module:attribute".
        more: Further sentences, for the docs and `help`.
        panel: Heading in the command line's help.
        limits: Bounds of a number, as pydantic takes them.
    """
    about = {"metavar": metavar, "unit": unit, "names": names, "more": more, "panel": panel}
    return Field(default=default, description=help, json_schema_extra={**about}, **limits)


def _window(default: Any, help: str) -> Any:
    return _choice(default, help, "FROM,TO", unit="sessions from day 0")


_CARS = (Window(0, 0), Window(-1, 1), Window(0, 5), Window(0, 20))


class StudySpec(BaseModel):
    """Every choice that changes a number, in one frozen object.

    A window is a pair of sessions from day 0, both ends included, or a text such as "-1,1". The
    options are those of `EventStudy`, whose help explains each.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    model: str = _choice(
        "market",
        "Normal-return model; for a list, run eventstudy models",
        "NAME",
        names="eventstudy.models.names:MODELS",
    )
    benchmark: MaybeName = _choice(
        None, f"Benchmark; by default each event's own, else {DEFAULT_BENCHMARK}", "TICKER"
    )
    estimation: OneWindow = _window(Window(-260, -11), "Estimation window")
    window: OneWindow = _window(Window(-10, 10), "Event window")
    car: Windows = _window(_CARS, "Windows of the cumulative abnormal returns")
    tests: TestNames = _choice(
        "default",
        "Tests to compute: default, all or names; for a list, run eventstudy tests",
        "NAME,...",
        names="eventstudy.significance.names:TESTS",
    )
    min_obs: int = _choice(120, "Minimum valid returns in the estimation window", "N", ge=3)
    returns: ReturnKind = _choice(
        "simple",
        "Type of returns",
        "NAME",
        more="With returns=, what they are: trade is log returns from one trade to the next, for "
        "the model trade_to_trade; other is any measure, such as log volume or changes of a yield, "
        "and is not checked as returns are.",
    )
    kp: Literal["calendar", "event"] = _choice(
        "calendar", "How the Kolari-Pynnönen correction aligns residuals", "NAME"
    )
    compare: MaybeNames = _choice(
        None,
        "Other benchmarks to compare with; by default those that the source offers",
        "TICKER,...",
        more="An empty list turns the comparison off.",
    )
    placebo: bool | None = _choice(
        None, f"Placebo p-values; by default for up to {PLACEBO_LIMIT:,} observations"
    )
    confidence: float = _choice(0.95, "Level of the confidence intervals", "X", gt=0, lt=1)
    calendar: str = _choice(
        "XNYS", "Exchange calendar, such as XNYS or XLON", "NAME", panel="What to study"
    )
    seed: int = _choice(0, "Seed of all random draws", "N", ge=0, lt=2**63)
    factors: Names = _choice((), "Regressors of the model factors", "NAME,...")
    donors: Names = _choice((), "Donor assets of the models peers and synthetic", "TICKER,...")
    post_estimation: MaybeWindow = _window(None, "Second estimation window, such as 30,120")
    rolling: bool = _choice(False, "Move the estimation window with each event day")
    draws: int = _choice(999, "Number of draws in resampling tests", "N", ge=99)
    drop_confounded: bool = _choice(
        False,
        "Exclude assets with another registered event in the studied days",
        more="The studied days are the event window and all CAR windows. An event of the whole "
        "market excludes no asset: the benchmark reflects it.",
    )
    frequency: Frequency = _choice(
        "daily",
        "Rows of the prices or returns",
        "NAME",
        more="If weekly or monthly, windows count weeks or months, and day 0 is the week or month "
        "of the event.",
    )
    variance_from: Literal["estimation", "day_before"] = _choice(
        "estimation",
        "From when the variance of garch, gjr and egarch is forecast",
        "NAME",
        more="From the end of the estimation window, or from the day before each event day; days "
        "after day 0 are always forecast from before it. Parameters are those of the estimation "
        "window either way.",
    )

    if not TYPE_CHECKING:  # type checkers read the parameters from the fields

        def __init__(self, **options: Any) -> None:
            """Check the options; InputError names every wrong one."""
            try:
                super().__init__(**options)
            except ValidationError as error:
                raise InputError(list(_sentences(error))) from None

    def __str__(self) -> str:
        """What is chosen: the model, the windows, and what differs from the defaults."""
        always = ("model", "estimation", "window", "car")
        fields = type(self).model_fields
        chosen = [
            f"{name}={plain_text(getattr(self, name))}"
            for name, field in fields.items()
            if name in always or getattr(self, name) != field.default
        ]
        return ", ".join(chosen)

    def __repr__(self) -> str:
        name = type(self).__name__
        return textwrap.fill(
            f"{name}({self})", 80, subsequent_indent=" " * 10, break_on_hyphens=False
        )

    def _repr_html_(self) -> str:
        from eventstudy.text.brief import Brief, brief_html
        from eventstudy.text.table import PlainTable

        rows = [
            (name, plain_text(value), "default" if value == field.default else "")
            for name, field in type(self).model_fields.items()
            for value in (getattr(self, name),)
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
        """The estimation window; with `rolling`, all sessions that it covers as it moves."""
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
    def rows(self) -> str:
        """What windows count: sessions, weeks or months."""
        return {"daily": "sessions", "weekly": "weeks", "monthly": "months"}[self.frequency]

    @property
    def span(self) -> Window:
        """The estimated days: from the first to the last day of the event and CAR windows."""
        windows = (self.window, *self.car)
        return Window(min(w.start for w in windows), max(w.end for w in windows))


def plain_text(value: Any) -> str:
    """A choice as it is written in Python; windows as pairs."""
    if isinstance(value, Window):
        return f"({value.start}, {value.end})"
    if isinstance(value, tuple):
        return f"({', '.join(map(plain_text, value))}{',' if len(value) == 1 else ''})"
    return repr(value)


def _sentences(error: ValidationError) -> Iterator[str]:
    for item in error.errors():
        name = str(item["loc"][0]) if item["loc"] else "options"
        message = item["msg"].removeprefix("Value error, ").removesuffix(".")
        if item["type"] == "extra_forbidden":
            yield f"Option {quoted(name)} is not known; known: {', '.join(StudySpec.model_fields)}."
        elif item["loc"]:
            given = quoted(item["input"])
            yield f"Option {name}: {message[0].lower()}{message[1:]} (given: {given})."
        else:
            yield f"{message[0].upper()}{message[1:]}."


DEFAULTS = StudySpec()
"""The options of a study that sets none; other functions take their defaults from it."""
