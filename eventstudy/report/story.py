"""What the pages of one event tell: its lead assets, their figures, the sentences made of them.

Here figures leave the result: every page, chart and sentence has them `rounded`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar, TypeVar

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from eventstudy.estimation.estimates import Estimates
from eventstudy.estimation.paths import car_paths
from eventstudy.estimation.quoted import PLACEBO, quoted_cars, quoted_table
from eventstudy.evidence.parts.evidence import Evidence
from eventstudy.evidence.parts.part import EvidencePart
from eventstudy.report.drawing.blocks import Page
from eventstudy.report.drawing.page import new_page
from eventstudy.report.told import KeyFigure, Told
from eventstudy.result.dollars import asset_values, focus_of, index_points
from eventstudy.result.entities import Entity
from eventstudy.result.participants import Participants
from eventstudy.significance.quoted import Quoted
from eventstudy.spec.windows import Window
from eventstudy.text.measure import measure, scale, worded
from eventstudy.text.numbers import between, counted, number, p_text, percent, window_text
from eventstudy.text.rounding import rounded
from eventstudy.text.words import date_text, level_text, moved_text

Part = TypeVar("Part", bound=EvidencePart)


@dataclass(frozen=True, slots=True)
class EntityFigures:
    """One entity over one window: a row of the CAR table, and what is quoted of it."""

    car: float
    se: float
    t: float
    p_value: float
    p_placebo: float
    n_obs: int
    quoted: Quoted
    """The figure with the interval, the p and the verdict of the one test that is quoted."""

    @property
    def low(self) -> float:
        """Lower end of the quoted test's interval."""
        return self.quoted.low

    @property
    def high(self) -> float:
        """Upper end of it."""
        return self.quoted.high

    @property
    def p(self) -> float:
        """The quoted p: the placebo p-value where there is one, else that of t."""
        return self.quoted.p

    @property
    def p_said(self) -> str:
        """`p` with its kind: "placebo p = 0.004", or "p = 0.004" of t."""
        return f"{'placebo ' if self.quoted.test == PLACEBO else ''}{p_text(self.p)}"

    @property
    def significant(self) -> bool:
        """Whether `p` is at most 1 − confidence."""
        return self.quoted.significant


@dataclass(frozen=True, eq=False)
class Story(Participants):
    """One event of a result that has a context, with the evidence on it where there is any."""

    kind: ClassVar[str] = "event"
    noun: ClassVar[str] = "asset"

    event_id: str
    evidence: Evidence | None = None

    @cached_property
    def focus(self) -> Window:
        """Day 0, or the first day that was estimated where day 0 was not."""
        return focus_of(self.result.spec)

    @cached_property
    def longer(self) -> tuple[Window, ...]:
        """The CAR windows of more than one day, at most three."""
        return tuple(w for w in self.result.spec.car if w.length > 1)[:3]

    @cached_property
    def event(self) -> pd.Series[str]:
        """The registry's row of the event."""
        events = self.context.events
        return events[events["event_id"] == self.event_id].iloc[0]

    def has_part(self, name: str) -> bool:
        """Whether a part of the evidence is there and tells of the first lead."""
        part = self.evidence.parts.get(name) if self.evidence else None
        return part is not None and part.tells_of(self.leads[0].key)

    def part(self, kind: type[Part]) -> Part:
        """The part of the evidence of a class, which must be there; its figures `rounded`."""
        assert self.evidence is not None
        return rounded(next(p for p in self.evidence.parts.values() if isinstance(p, kind)))

    @property
    def title(self) -> str:
        """The title of the documents."""
        return f"Event study: {self.event['title']}"

    @property
    def subject(self) -> str:
        """The event's title."""
        return str(self.event["title"])

    @property
    def facts(self) -> list[tuple[str, str]]:
        """The event and its day 0."""
        shift = f" {self.event['shift_reason']}." if self.event["shift_reason"] else ""
        return [("Event", self.subject), ("Day 0", f"{self.date}.{shift}")]

    @property
    def origin(self) -> Mapping[str, str]:
        """Where the prices come from."""
        return self.context.origin

    @property
    def lines(self) -> list[tuple[str, pd.DataFrame]]:
        """The paths of the leads."""
        return [(entity.name, self.path(entity)) for entity in self.leads]

    @property
    def bars(self) -> tuple[str, str, pd.DataFrame]:
        """Every asset on the focus day with the interval of the quoted test."""
        quoted = quoted_table(self.day_table, self.result.spec.confidence)
        names = [self.name(str(ticker)) for ticker in self.day_table["ticker"]]
        shown = quoted[["estimate", "low", "high"]].assign(label=names)
        return worded("Abnormal return"), f"{self.focus_day}, {self.focus_date}", shown

    @property
    def key_figure(self) -> KeyFigure:
        """The abnormal return of the first lead on the focus day."""
        lead = self.leads[0]
        figures = self.figures(lead, self.focus)
        bounds = (figures.low, figures.high, figures.significant)
        return KeyFigure(lead.name, self.on_focus_date, figures.car, *bounds)

    @property
    def date(self) -> str:
        """Day 0 written out: 27 January 2025."""
        return date_text(self.day0)

    @cached_property
    def focus_date(self) -> str:
        """The session of the focus day written out; its relative day where the data end before."""
        column = self.focus.start - self.result.spec.span.start
        session = pd.Timestamp(self.result.assets.dates[0, column])
        return window_text(self.focus) if pd.isna(session) else date_text(session)

    @cached_property
    def on_focus_date(self) -> str:
        """When the focus was: "on 27 January 2025", "in January 2025", "on day +3" without data."""
        column = self.focus.start - self.result.spec.span.start
        session = pd.Timestamp(self.result.assets.dates[0, column])
        if pd.isna(session):
            return f"on {window_text(self.focus)}"
        return moved_text(session, self.result.spec.frequency)

    @property
    def focus_day(self) -> str:
        """The relative day of the focus: "day 0"."""
        return window_text(self.focus)

    @property
    def level(self) -> str:
        """The level of the intervals: 95%."""
        return level_text(self.result.spec.confidence)

    @cached_property
    def confounders(self) -> pd.DataFrame:
        """Other registered events of the same assets inside the studied days."""
        table = self.context.confounders
        return table[table["event_id"] == self.event_id]

    def figures(self, entity: Entity, window: Window) -> EntityFigures:
        """The entity's AR or CAR over a window."""
        source, row = self.row_of(entity)
        return source.once(figures_over, window)[row]

    def path(self, entity: Entity) -> pd.DataFrame:
        """The entity's CAR from the first event day on, see `labelled_path`."""
        return labelled_path(*self.row_of(entity), entity.name)

    def under(self, benchmark: str, ticker: str, window: Window) -> EntityFigures | None:
        """An asset's AR or CAR under another benchmark; None where that has no estimate."""
        estimates = self.result.comparison[benchmark]
        rows = estimates.rows_of("ticker", ticker)
        return estimates.once(figures_over, window)[rows[0]] if len(rows) else None

    def raw(self, entity: Entity) -> float:
        """The observed return on the focus day."""
        source, row = self.row_of(entity)
        return rounded(float(source.returns[row, self.focus.start - self.result.spec.span.start]))

    @cached_property
    def _index_points(self) -> dict[str, float]:
        table = index_points(self.result)
        return dict(zip(table["ticker"], rounded(table["raw"]), strict=True))

    @cached_property
    def _values(self) -> dict[str, tuple[float, float]]:
        known = None if self.evidence is None else self.evidence.value
        table = asset_values(self.result) if known is None else known.assets
        columns = (table[name].tolist() for name in ("ticker", "raw", "abnormal"))
        return {ticker: (raw, abnormal) for ticker, raw, abnormal in zip(*columns, strict=True)}

    def points(self, entity: Entity) -> float:
        """An index's move in points on the focus day; NaN for anything but an index."""
        if entity.portfolio or measure().level:
            return np.nan
        return self._index_points.get(entity.key, np.nan)

    def dollars(self, entity: Entity) -> tuple[float, float]:
        """Raw and abnormal change in market value; NaN where any member's shares are unknown."""
        if not set(entity.members) <= self._values.keys():
            return np.nan, np.nan
        raw, abnormal = np.array([self._values[each] for each in entity.members]).sum(axis=0)
        return rounded((float(raw), float(abnormal)))

    @cached_property
    def day_table(self) -> pd.DataFrame:
        """The AR of the focus day of every asset."""
        return rounded(self.result.car(self.focus).reset_index())

    @cached_property
    def abnormal_returns(self) -> pd.DataFrame:
        """Of every asset on every day of the event window."""
        return rounded(self.result.abnormal_returns)

    # The sentences. Each reads its figures from the result.

    def finding(self) -> str:
        """How far the first lead moved, and whether that is abnormal."""
        return worded(self._finding())

    def _finding(self) -> str:
        lead = self.leads[0]
        figures = self.figures(lead, self.focus)
        if not np.isfinite(figures.car):
            return f"{lead.name}: no return {self.on_focus_date}"
        return (
            f"{lead.name} {_moved(self.raw(lead))} {self.on_focus_date}; {percent(figures.car)} is "
            f"abnormal: {_judged(figures)}"
        )

    def answer(self) -> list[str]:
        """The answer in three sentences: how much, who else, did it last."""
        return [worded(text) for text in (self._how_much(), self._who_else(), self._did_it_last())]

    def _how_much(self) -> str:
        lead = self.leads[0]
        figures, raw = self.figures(lead, self.focus), self.raw(lead)
        if not np.isfinite(figures.car):
            return f"{lead.name} has no return {self.on_focus_date}, so nothing can be said of it."
        interval = between(percent(figures.low, unit=False), percent(figures.high))
        return (
            f"{lead.name} {_moved(raw)} {self.on_focus_date}; the "
            f"{self.result.model_label.lower()} "
            f"expected {percent(raw - figures.car)}, so {percent(figures.car)} is abnormal "
            f"({self.level} interval {interval}, {figures.p_said})"
            f"{self._under_other(lead)}."
        )

    def _under_other(self, lead: Entity) -> str:
        for benchmark in self.result.comparison:
            other = None if lead.portfolio else self.under(benchmark, lead.key, self.focus)
            if other is not None and np.isfinite(other.car):
                return f", and {percent(other.car)} against {self.lower_name(benchmark)}"
        return ""

    def lower_name(self, ticker: str) -> str:
        """A ticker's name inside a sentence."""
        name = self.name(ticker)
        return f"the {name[0].lower()}{name[1:]}" if name.startswith("Market") else name

    def _who_else(self) -> str:
        parts = []
        for entity in self.leads[1:]:
            figures = self.figures(entity, self.focus)
            if not np.isfinite(figures.car):
                parts.append(f"{entity.name} has no abnormal return {self.on_focus_date}")
                continue
            points = self.points(entity)
            in_points = f" ({number(points, signed=True)} points)" if np.isfinite(points) else ""
            parts.append(
                f"{entity.name} {_moved(self.raw(entity))}{in_points}, "
                f"{percent(figures.car)} abnormal ({p_text(figures.p)})"
            )
            if entity.portfolio:
                parts[-1] += f", from {self._extremes(entity)}"
        table = self.day_table
        falls, known = int((table["car"] < 0).sum()), int(table["car"].notna().sum())
        if not known:
            count = "no asset has an abnormal return"
        elif known == len(self.day_table) == 1:
            count = "No other asset was studied"
        else:
            count = f"{falls} of {counted(known, 'asset')} had a negative abnormal return"
        if not parts:
            count = f"{count[0].upper()}{count[1:]}"
        return f"{'; '.join([*parts, count])}."

    def _extremes(self, entity: Entity) -> str:
        each = [
            (self.figures(self.asset(t, entity.group), self.focus).car, t) for t in entity.members
        ]
        known = [(car, ticker) for car, ticker in each if np.isfinite(car)]
        (low, first), (high, last) = min(known), max(known)
        return f"{percent(low)} ({self.name(first)}) to {percent(high)} ({self.name(last)})"

    def _did_it_last(self) -> str:
        lead = self.leads[0]
        if not self.longer:
            return (
                f"Only {window_text(self.focus)} was studied, so nothing is said about later days."
            )
        parts, unknown = [], []
        for window in self.longer:
            figures = self.figures(lead, window)
            if np.isfinite(figures.car):
                parts.append(
                    f"{percent(figures.car)} over {window_text(window)} ({p_text(figures.p)})"
                )
            else:
                unknown.append(window_text(window))
        subject = f"The cumulative abnormal return of {lead.name}"
        absent = f"not known over {' and '.join(unknown)}, where days have no abnormal return"
        if not parts:
            return f"{subject} is {absent}."
        if unknown:
            return f"{subject} was {', '.join(parts)}; it is {absent}."
        return f"{subject} was {', '.join(parts)}: {self._verdict(lead)}."

    def _verdict(self, lead: Entity) -> str:
        """What the window that ends last says beside the focus day."""
        last = self.figures(lead, max(self.longer, key=lambda window: (window.end, window.length)))
        first = self.figures(lead, self.focus).significant
        if last.significant:
            return f"what remained at the end is {'still ' if first else ''}significant"
        return f"what remained at the end is {'no longer' if first else 'not'} significant"


def labelled_path(estimates: Estimates, row: int, label: str) -> pd.DataFrame:
    """The CAR of one row of the estimates from the first event day on, as charts take it.

    Columns label, day, car, low, high (the day by itself, of the quoted test), band_low, band_high
    (the whole path).
    """
    path = car_paths(estimates, np.array([row]))
    kind = "placebo" if path["placebo_low"].notna().any() else "ci"
    names = {"rel_day": "day", f"{kind}_low": "low", f"{kind}_high": "high"}
    columns = ["day", "car", "low", "high", "band_low", "band_high"]
    shown = path.rename(columns=names)[columns].replace([np.inf, -np.inf], np.nan)
    return rounded(shown).assign(label=label)


def figures_over(estimates: Estimates, window: Window) -> list[EntityFigures]:
    """The AR or CAR of every row of the estimates over a window."""
    table = estimates.car_table(window)
    columns = (table[n].tolist() for n in ("car", "se", "t", "p_value", "p_placebo", "n_obs"))
    rows = zip(*columns, quoted_cars(estimates, window), strict=True)
    return [rounded(EntityFigures(*row)) for row in rows]


def _judged(figures: EntityFigures) -> str:
    """Such as "strong evidence (p = 0.004)", "not significant (p = 0.312)"."""
    return f"{figures.quoted.evidence} ({p_text(figures.p)})"


def _moved(raw: float) -> str:
    """Such as "fell 16.97%", "rose 1.91%", "did not move"."""
    if not np.isfinite(raw):
        return "has no return"
    if round(scale() * raw, 2) == 0:
        return "did not move"
    return f"{'rose' if raw > 0 else 'fell'} {percent(abs(raw), signed=False)}"


def print_page(story: Told, page: Page, number: int) -> Figure:
    """The page on paper: its finding as title, its blocks, source and number at the foot."""
    label = f"{story.event_id} · {number}"
    fig, body = new_page(page.finding, page.subtitle, source_line(story), label)
    page.fill(fig, body)
    return fig


def source_line(story: Told) -> str:
    """Where the prices come from, as it stands under every figure."""
    origin = story.origin
    if not origin:
        return "Returns or prices handed in as a table. Computed with eventstudy."
    retrieved = f", retrieved {origin['retrieved']}" if origin["retrieved"] else ""
    about = f" {origin['note'].partition('. ')[0].rstrip('.')}." if origin["note"] else ""
    return f"Prices: {origin['description']}{retrieved}.{about} Computed with eventstudy."


def setting(story: Told) -> str:
    """Model, benchmark, estimation window and N, as every subtitle says them."""
    spec = story.result.spec
    against = f" on {story.name(story.benchmark)}" if story.benchmark else ""
    return (
        f"{story.result.model_label}{against}, estimated on {spec.rows} {spec.estimation}; "
        f"N = {counted(story.result.n, story.noun)}"
    )
