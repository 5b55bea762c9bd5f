"""What the pages of a pooled study tell: means over many events, and the sentences made of them.

Here figures leave the result: every page, chart and sentence has them `rounded`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any, ClassVar, TypeVar

import numpy as np
import pandas as pd

from eventstudy.events.groups import read_groups
from eventstudy.measures.regression_table import Regression
from eventstudy.report.plots.groups import mean_path
from eventstudy.report.told import KeyFigure
from eventstudy.result.participants import Participants
from eventstudy.result.result import StudyResult
from eventstudy.result.summary import standing_sentence
from eventstudy.significance.names import STANDARDISED
from eventstudy.significance.registry import list_tests
from eventstudy.spec.study_spec import MEAN_BENCHMARK, StudySpec
from eventstudy.spec.windows import Window
from eventstudy.text.measure import worded
from eventstudy.text.numbers import between, counted, p_text, percent, share, window_text
from eventstudy.text.rounding import rounded
from eventstudy.text.words import date_text, evidence_text, level_text, listed

Made = TypeVar("Made")

ALL = "all"
MOST_VALUES = 12
"""Values of a column that make a table of means."""
_OWN = {"event_id", "ticker", "date", "day0", "group", "benchmark", "timing", "title"}
MOST_GROUPS = 6
"""Groups that a sentence or a chart names; a table has all."""


@dataclass(frozen=True, slots=True)
class MeanFigures:
    """The mean of a group over one window, with the test that is quoted of it."""

    group: str
    window: Window
    estimate: float
    """The mean with the study's weights: AAR of one day, CAAR of several."""
    tested: float
    """What the quoted test is about: the mean weighted by precision, or `estimate`."""
    low: float
    high: float
    """The interval of `tested` by the quoted test."""
    n: int
    positive: int
    test: str
    """The quoted test; empty where none could be computed."""
    p: float
    level: float
    by_precision: bool
    """Whether `tested` weighs observations by 1/s.e."""

    @property
    def significant(self) -> bool:
        """Whether the quoted test rejects."""
        return self.evidence != evidence_text(1.0, self.level)

    @property
    def evidence(self) -> str:
        """What p is called: strong evidence, evidence or not significant."""
        return evidence_text(self.p, self.level)

    @property
    def interval(self) -> str:
        """The interval in words: +0.01 to +0.33%."""
        return between(percent(self.low, unit=False), percent(self.high))


@dataclass(frozen=True, eq=False)
class PooledStory:
    """A study of many events, told by its means."""

    kind: ClassVar[str] = "pooled"

    result: StudyResult
    event_id: str
    """The name of the bundle."""
    regression: Regression | None = None
    evidence: None = None

    @cached_property
    def _made(self) -> dict[object, Any]:
        return {}

    def once(self, compute: Callable[[PooledStory], Made]) -> Made:
        """What a function makes of the story, computed when it is first asked for."""
        if compute not in self._made:
            self._made[compute] = compute(self)
        made: Made = self._made[compute]
        return made

    @cached_property
    def cast(self) -> Participants:
        """How assets and groups are called."""
        return Participants(self.result)

    @cached_property
    def focus(self) -> Window:
        """The window of the finding: see `focus_window`."""
        return focus_window(self.result.spec)

    @cached_property
    def windows(self) -> tuple[Window, ...]:
        """The CAR windows; day 0 or the first day where there is none."""
        return self.result.spec.car or (self.focus,)

    @cached_property
    def event_count(self) -> int:
        """Events with an estimate."""
        return int(self.result.assets.labels["event_id"].nunique())

    @property
    def noun(self) -> str:
        """An event, where each is one observation."""
        return "event" if self.event_count == self.result.n else "observation"

    @property
    def counted(self) -> str:
        """Such as "2,753 events", "12,400 observations at 310 events"."""
        n = counted(self.result.n, self.noun)
        return n if self.noun == "event" else f"{n} at {counted(self.event_count, 'event')}"

    @property
    def title(self) -> str:
        """The title of the documents."""
        return f"Event study: {self.event_id}, {self.counted}"

    @cached_property
    def dates(self) -> tuple[pd.Timestamp, pd.Timestamp]:
        """The first and the last day 0."""
        day0 = self.result.assets.labels["day0"]
        return pd.Timestamp(day0.min()), pd.Timestamp(day0.max())

    @property
    def subject(self) -> str:
        """How many events and when."""
        first, last = (date_text(day) for day in self.dates)
        when = first if first == last else f"{first} to {last}"
        return f"{self.event_id}: {self.counted}, {when}"

    @property
    def facts(self) -> Sequence[tuple[str, str]]:
        """What was studied, and how much of what was asked for."""
        return [("Events", f"{self.subject}."), ("Coverage", self.coverage())]

    @property
    def origin(self) -> Mapping[str, str]:
        """Where the prices come from."""
        context = self.result.context
        return context.origin if context else self.result.source

    @cached_property
    def benchmark(self) -> str:
        """The benchmark of all estimates; empty for none or several."""
        names = self.result.assets.labels["benchmark"].unique()
        return str(names[0]) if len(names) == 1 else ""

    @property
    def level(self) -> str:
        """The level of the intervals: 95%."""
        return level_text(self.result.spec.confidence)

    def name(self, ticker: str) -> str:
        """A ticker's written-out name."""
        if ticker == MEAN_BENCHMARK:
            return "the equal-weighted mean of the prices"
        named = self.cast.name(ticker)
        return packaged_names().get(ticker, named) if named == ticker else named

    def group_name(self, group: str) -> str:
        """A group's name in print."""
        return "All" if group == ALL else self.cast.group_label(group)

    @cached_property
    def groups(self) -> tuple[str, ...]:
        """The groups in their order; none where all observations are one."""
        names = [str(name) for name in self.result.averages["group"].unique()]
        return tuple(name for name in names if name != ALL)

    @cached_property
    def value_columns(self) -> tuple[str, ...]:
        """Columns of the list, beside the group, whose few values are words or yes and no."""
        labels = self.result.assets.labels
        return tuple(
            str(name)
            for name in labels
            if name not in _OWN
            and not _is_number(labels[name])
            and 2 <= labels[name].nunique() <= MOST_VALUES
        )

    @cached_property
    def _means(self) -> dict[tuple[str, int, int], Mapping[str, Any]]:
        keys = ["group", "start", "end"]
        quoted = self.result.tests[self.result.tests["headline"].astype(bool)]
        table = self.result.averages.merge(quoted[[*keys, "test", "p_value"]], on=keys, how="left")
        table = rounded(table)
        places = zip(*(table[name].tolist() for name in keys), strict=True)
        rows: list[dict[str, Any]] = [
            {str(name): value for name, value in row.items()} for row in table.to_dict("records")
        ]
        return {(str(g), s, e): row for (g, s, e), row in zip(places, rows, strict=True)}

    def mean(self, group: str, window: Window) -> MeanFigures:
        """The mean of a group over a day of the event window or a CAR window."""
        row = self._means[group, window.start, window.end]
        known = isinstance(row["test"], str)
        return MeanFigures(
            group=group,
            window=window,
            estimate=float(row["estimate"]),
            tested=float(row["tested"]),
            low=float(row["ci_low"]) if known else np.nan,
            high=float(row["ci_high"]) if known else np.nan,
            n=int(row["n"]),
            positive=int(row["positive"]),
            test=row["test"] if known else "",
            p=float(row["p_value"]) if known else np.nan,
            level=1 - self.result.spec.confidence,
            by_precision=row["se_from"] == STANDARDISED,
        )

    @cached_property
    def weighted(self) -> bool:
        """Whether the quoted test is of a mean weighted by precision, beside the plain one."""
        return self.mean(ALL, self.focus).by_precision

    def path(self, group: str) -> pd.DataFrame:
        """The mean CAR of a group day by day: label, day, car, low, high."""
        label = "All" if group == ALL else self.group_name(group)
        return rounded(mean_path(self.result, group)).assign(label=label)

    @property
    def lines(self) -> list[tuple[str, pd.DataFrame]]:
        """The path of all, and of a few groups."""
        paths = [self.path(group) for group in (ALL, *self.groups[:MOST_GROUPS])]
        return [(str(path["label"].iloc[0]), path[["day", "car", "low", "high"]]) for path in paths]

    @property
    def bars(self) -> tuple[str, str, pd.DataFrame]:
        """The tested mean of all and of each group over the focus window."""
        means = [self.mean(group, self.focus) for group in (ALL, *self.groups)]
        rows = [(self.group_name(m.group), m.tested, m.low, m.high) for m in means]
        table = pd.DataFrame(rows, columns=["label", "estimate", "low", "high"])
        return worded("Mean abnormal return"), window_text(self.focus), table

    @property
    def key_figure(self) -> KeyFigure:
        """The tested mean of all over the focus window."""
        mean = self.mean(ALL, self.focus)
        bounds = (mean.low, mean.high, mean.significant)
        return KeyFigure(f"Mean of {self.counted}", _over(self.focus), mean.tested, *bounds)

    @cached_property
    def cars(self) -> pd.DataFrame:
        """The CAR of each observation over the focus window, with its labels."""
        table = self.result.car(self.focus).reset_index()
        return rounded(table.assign(day0=self.result.assets.labels["day0"].to_numpy()))

    # The sentences. Each reads its figures from the result.

    def finding(self) -> str:
        """The mean over the focus window with the interval and p of the quoted test."""
        mean = self.mean(ALL, self.focus)
        when = _over(self.focus)
        if not mean.test:
            return worded(f"{self.counted}: no test of the mean {when} could be computed")
        if not mean.significant:
            return worded(
                f"{self.counted}: no significant abnormal return {when} ({p_text(mean.p)})"
            )
        return worded(
            f"{self.counted}: mean abnormal return of {percent(mean.tested)} {when} "
            f"({self.level} interval {mean.interval}, {p_text(mean.p)})"
        )

    def answer(self) -> list[str]:
        """How much, in which groups, did it last, which test stands, of how many events."""
        texts = [
            self._how_much(),
            self._by_group(),
            self._later(),
            standing_sentence(self.result),
            self.coverage(),
        ]
        return [worded(text) for text in texts if text]

    def _how_much(self) -> str:
        mean = self.mean(ALL, self.focus)
        up = f"{mean.positive:,} of {mean.n:,} ({share(mean.positive / max(mean.n, 1), 0)})"
        plain = f"The mean abnormal return {_over(self.focus)} is {percent(mean.estimate)}"
        if not mean.test:
            return f"{plain}; {up} are positive, and no test could be computed."
        tested = ""
        if mean.by_precision:
            tested = f"; weighted by precision, as in the quoted test, {percent(mean.tested)}"
        return (
            f"{plain}{tested} ({self.level} interval {mean.interval}): {mean.evidence} "
            f"({test_label(mean.test)}, {p_text(mean.p)}). {up} are positive."
        )

    def _by_group(self) -> str:
        if len(self.groups) < 2:
            return ""
        means = [self.mean(group, self.focus) for group in self.groups]
        named = [
            f"{self.group_name(m.group)} {percent(m.tested)} ({p_text(m.p)}, N = {m.n:,})"
            for m in means[:MOST_GROUPS]
            if m.test
        ]
        if not named:
            return ""
        more = len(means) - len(named)
        also = f"; {counted(more, 'other group')} in tables/averages.csv" if more else ""
        return f"By group: {'; '.join(named)}{also}."

    def _later(self) -> str:
        """The windows beside the focus."""
        means = [self.mean(ALL, w) for w in self.windows if w != self.focus]
        sure = [m for m in means if m.significant]
        rest = [m for m in means if not m.significant and m.test]
        said = [f"{percent(m.tested)} {_over(m.window)} ({p_text(m.p)})" for m in sure]
        if rest:
            said.append(f"not significant {listed([_over(m.window) for m in rest])}")
        return f"Other windows: {'; '.join(said)}." if said else ""

    def coverage(self) -> str:
        """How many of the observations that were asked for have an estimate."""
        out = unestimated(self.result)
        asked = self.result.n + len(out)
        noun = self.noun
        if out.empty:
            return f"All {counted(asked, noun)} of the list have an estimate."
        return (
            f"{self.result.n:,} of {counted(asked, noun)} have an estimate; "
            f"{len(out):,} {'is' if len(out) == 1 else 'are'} left out, the reason for each in "
            "tables/exclusions.csv."
        )


def _is_number(values: pd.Series[Any]) -> bool:
    kinds = pd.api.types
    if kinds.is_bool_dtype(values):
        return False
    return kinds.is_numeric_dtype(values) or kinds.is_datetime64_any_dtype(values)


def focus_window(spec: StudySpec) -> Window:
    """The window that the finding quotes.

    The first CAR window of several days that holds day 0, because announcements after the close
    move prices a day later; else the first window; without one day 0 or the first day.

    Args:
        spec: The options of the study.
    """
    longer = [w for w in spec.car if w.length > 1 and w.covers(Window(0, 0))]
    first = Window(0, 0) if spec.window.covers(Window(0, 0)) else None
    fallback = first or Window(spec.window.start, spec.window.start)
    return next(iter([*longer, *spec.car]), fallback)


@cache
def packaged_names() -> Mapping[str, str]:
    """Ticker → name of the packaged groups, which know the usual indices."""
    return read_groups(None).names


def unestimated(result: StudyResult) -> pd.DataFrame:
    """The exclusions of observations that have no estimate at all."""
    out = result.exclusions
    return out[~out["stage"].astype(str).str.startswith("CAR ")]


def test_label(name: str) -> str:
    """A test's written-out name."""
    known = list_tests()
    return known[name].label if name in known else name


def _over(window: Window) -> str:
    return f"{'on' if window.length == 1 else 'over'} {window_text(window)}"
