"""The options of a study: one frozen object, saved with its result."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping
from itertools import chain
from typing import (
    TYPE_CHECKING,
    Any,
    Literal,
    get_args,
    get_origin,
)

from pydantic import BaseModel, ConfigDict, ValidationError, model_validator

from eventstudy.errors import InputError, plainly, quoted
from eventstudy.spec.fields import (
    MaybeName,
    MaybeNames,
    MaybeWindow,
    Names,
    OneWindow,
    TestNames,
    Windows,
    choice,
    window_choice,
)
from eventstudy.spec.windows import Window

DEFAULT_BENCHMARK = "^GSPC"
"""The benchmark if neither the study nor its event names one."""

MEAN_BENCHMARK = "EQUAL_WEIGHTED"
"""The name of the equal-weighted mean of all series of a source, which is made when asked for."""

PLACEBO_LIMIT = 1_000
"""Up to this many observations the placebo p-values are computed without being asked for."""

EQUAL, PRECISION, VALUE = "equal", "precision", "value"
"""Weights of a group's mean beside those of a column: all alike, by the reciprocal of each
observation's standard error, by market values before the event."""

ReturnKind = Literal["simple", "log", "trade", "difference", "other"]
"""What a study computes of prices, or is told that its returns are.

"trade" stands for log returns from one trade to the next, "difference" for changes of levels."""

LevelUnit = Literal["percent", "decimal", "bp", "points"]
"""The unit of levels that are no prices."""

Frequency = Literal["daily", "weekly", "monthly"]
"""How far apart the rows of a study lie."""


BY_FREQUENCY: Mapping[Frequency, Mapping[str, Any]] = {
    "weekly": {
        "estimation": Window(-108, -5),
        "window": Window(-4, 4),
        "car": (Window(0, 0), Window(-1, 1), Window(0, 3), Window(0, 12)),
        "min_obs": 52,
    },
    "monthly": {
        "estimation": Window(-66, -7),
        "window": Window(-6, 6),
        "car": (Window(0, 0), Window(-1, 1), Window(0, 5), Window(0, 11)),
        "min_obs": 24,
    },
}
"""What a study of weeks or months takes for options that it leaves out; the fields of `StudySpec`
have the defaults of days. Two years of weeks, five years of months."""


def plain_text(value: Any) -> str:
    """A choice as it is written in Python; windows as pairs."""
    if isinstance(value, Window):
        return f"({value.start}, {value.end})"
    if isinstance(value, tuple):
        return f"({', '.join(map(plain_text, value))}{',' if len(value) == 1 else ''})"
    return repr(value)


def _defaults_text() -> str:
    """The defaults of other frequencies in words, for help and docs."""
    return " ".join(
        f"Defaults of {name} rows: "
        + ", ".join(f"{option} {plain_text(value)}" for option, value in options.items())
        + "."
        for name, options in BY_FREQUENCY.items()
    )


_CARS = (Window(0, 0), Window(-1, 1), Window(0, 5), Window(0, 20))


class StudySpec(BaseModel):
    """Every choice that changes a number, in one frozen object.

    A window is a pair of sessions from day 0, both ends included, or a text such as "-1,1". The
    options are those of `EventStudy`, whose help explains each.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    model: str = choice(
        "market",
        "Normal-return model; for a list, run eventstudy models",
        "NAME",
        names="eventstudy.models.names:MODELS",
    )
    benchmark: MaybeName = choice(
        None, f"Benchmark; by default each event's own, else {DEFAULT_BENCHMARK}", "TICKER"
    )
    estimation: OneWindow = window_choice(Window(-260, -11), "Estimation window")
    window: OneWindow = window_choice(Window(-10, 10), "Event window")
    car: Windows = window_choice(_CARS, "Windows of the cumulative abnormal returns")
    tests: TestNames = choice(
        "default",
        "Tests to compute: default, all or names; for a list, run eventstudy tests",
        "NAME,...",
        names="eventstudy.significance.names:TESTS",
    )
    min_obs: int = choice(120, "Minimum valid returns in the estimation window", "N", ge=3)
    returns: ReturnKind = choice(
        "simple",
        "Type of returns",
        "NAME",
        more="With returns=, what they are: trade is log returns from one trade to the next, for "
        "the model trade_to_trade; other is any measure, such as log volume, and is not checked as "
        "returns are. difference studies the changes of levels other than prices, such as yields "
        "and spreads.",
    )
    kp: Literal["calendar", "event"] = choice(
        "calendar", "How the Kolari-Pynnönen correction aligns residuals", "NAME"
    )
    compare: MaybeNames = choice(
        None,
        "Other benchmarks to compare with; by default those that the source offers",
        "TICKER,...",
        more="An empty list turns the comparison off.",
    )
    placebo: bool | None = choice(
        None, f"Placebo p-values; by default for up to {PLACEBO_LIMIT:,} observations"
    )
    confidence: float = choice(0.95, "Level of the confidence intervals", "X", gt=0, lt=1)
    calendar: str = choice(
        "XNYS", "Exchange calendar, such as XNYS or XLON", "NAME", panel="What to study"
    )
    seed: int = choice(0, "Seed of all random draws", "N", ge=0, lt=2**63)
    factors: Names = choice((), "Regressors of the model factors", "NAME,...")
    donors: Names = choice((), "Donor assets of the models peers and synthetic", "TICKER,...")
    post_estimation: MaybeWindow = window_choice(None, "Second estimation window, such as 30,120")
    rolling: bool = choice(False, "Move the estimation window with each event day")
    draws: int = choice(999, "Number of draws in resampling tests", "N", ge=99)
    drop_confounded: bool = choice(
        False,
        "Exclude assets with another registered event in the studied days",
        more="The studied days are the event window and all CAR windows. An event of the whole "
        "market excludes no asset: the benchmark reflects it.",
    )
    frequency: Frequency = choice(
        "daily",
        "Rows of the prices or returns",
        "NAME",
        more="If weekly or monthly, windows count weeks or months, and day 0 is the week or month "
        f"of the event. {_defaults_text()}",
    )
    weights: str = choice(
        EQUAL,
        "Weights of group means: equal, precision, value or a column of the observations",
        "NAME",
        more="precision weighs by the reciprocal of each standard error; value by market values "
        "before the event; a column must hold positive numbers.",
    )
    clean_estimation: bool = choice(
        False,
        "Leave the event windows of other events out of the estimation window",
        more="Those of the registry that concern the asset or the whole market; of a frame, the "
        "other observations of the same ticker. What is left out is in result.left_out.",
    )
    levels: Names = choice(
        (),
        "Tickers that are levels, not prices, with returns difference; by default all",
        "TICKER,...",
        more="The others are prices: their returns in per cent explain the changes of the levels.",
    )
    level_unit: LevelUnit = choice(
        "percent",
        "Unit of the levels, with returns difference",
        "NAME",
        more="Changes are in basis points, of points in points.",
    )
    variance_from: Literal["estimation", "day_before"] = choice(
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

    @model_validator(mode="before")
    @classmethod
    def _by_frequency(cls, given: dict[str, Any]) -> dict[str, Any]:
        """The defaults of the study's frequency for what is left out; words in any case."""
        typed = {name: cls._as_word(name, value) for name, value in given.items()}
        known = {str(name): options for name, options in BY_FREQUENCY.items()}
        return {**known.get(str(typed.get("frequency")), {}), **typed}

    @classmethod
    def _as_word(cls, name: str, value: Any) -> Any:
        """The word of an option that is typed in another case; anything else as it is."""
        field = cls.model_fields.get(name)
        if (
            not isinstance(value, str)
            or field is None
            or get_origin(field.annotation) is not Literal
        ):
            return value
        return next((w for w in get_args(field.annotation) if w == value.lower()), value)

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
        self._check_levels()
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

    def _check_levels(self) -> None:
        if self.returns != "difference" and (self.levels or self.level_unit != "percent"):
            name = "levels" if self.levels else "level_unit"
            raise ValueError(f"option {name} is for returns='difference' (--returns difference)")

    @property
    def weighting(self) -> str:
        """How the members of a group weigh, in words: "equal-weighted", "weighted by size"."""
        named = self.weights in (EQUAL, PRECISION, VALUE)
        return f"{self.weights}-weighted" if named else f"weighted by {self.weights}"

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
        return tuple(chain.from_iterable(window.days for window in self.estimation_windows))

    @property
    def unit(self) -> str:
        """What figures are printed in: percent, bp or points (see `text.measure`)."""
        if self.returns != "difference":
            return "percent"
        return "points" if self.level_unit == "points" else "bp"

    @property
    def rows(self) -> str:
        """What windows count: sessions, weeks or months."""
        return {"daily": "sessions", "weekly": "weeks", "monthly": "months"}[self.frequency]

    @property
    def span(self) -> Window:
        """The estimated days: from the first to the last day of the event and CAR windows."""
        windows = (self.window, *self.car)
        return Window(min(w.start for w in windows), max(w.end for w in windows))


def _sentences(error: ValidationError) -> Iterator[str]:
    for item in error.errors():
        name = str(item["loc"][0]) if item["loc"] else "options"
        message = plainly(item["msg"].removeprefix("Value error, ").removesuffix("."))
        if item["type"] == "extra_forbidden":
            yield f"Option {quoted(name)} is not known; known: {', '.join(StudySpec.model_fields)}."
        elif item["loc"]:
            given = quoted(item["input"])
            yield f"Option {name}: {message[0].lower()}{message[1:]} (given: {given})."
        else:
            yield f"{message[0].upper()}{message[1:]}."


DEFAULTS = StudySpec()
"""The options of a study that sets none; other functions take their defaults from it."""
