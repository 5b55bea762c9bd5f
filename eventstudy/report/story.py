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

from eventstudy.estimation.quoted import PLACEBO, quoted_table
from eventstudy.evidence.parts.evidence import Evidence
from eventstudy.evidence.parts.part import EvidencePart
from eventstudy.report.drawing.blocks import Page
from eventstudy.report.drawing.page import new_page
from eventstudy.report.figures import EntityFigures, figures_over, labelled_path
from eventstudy.report.machine.places import Place, Said, at
from eventstudy.report.told import KeyFigure, Told
from eventstudy.result.answer import Answer, answer_of, move_text
from eventstudy.result.dollars import asset_values, focus_of, index_points
from eventstudy.result.entities import Entity, assets_text, is_index
from eventstudy.result.participants import Participants
from eventstudy.result.result import StudyResult
from eventstudy.spec.windows import Window
from eventstudy.text.measure import measure, worded
from eventstudy.text.numbers import counted, dollars, number, p_text, percent, window_text
from eventstudy.text.rounding import rounded
from eventstudy.text.words import date_text, level_text, moved_text, unusual_moves

Part = TypeVar("Part", bound=EvidencePart)


@dataclass(frozen=True, eq=False)
class Story(Participants):
    """One event of a result that has a context, with the evidence on it where there is any."""

    kind: ClassVar[str] = "event"
    noun: ClassVar[str] = "asset"

    result: StudyResult
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

    def place(self, entity: Entity) -> Place:
        """Where results.json has an entity."""
        kind = "groups" if entity in self.entities else "assets"
        return at(kind, {"key": entity.key})

    def quoted_at(self, entity: Entity, window: Window) -> tuple[Place, ...]:
        """Where it has the entity's AR or CAR over a window, with the p of the quoted test."""
        placebo = self.figures(entity, window).quoted.test == PLACEBO
        listed = window in (self.focus, *self.result.spec.car)
        place = self.place(entity)
        row = place.below("windows").over(window) if listed else place.below("path")
        return row.each("start", "end", "car", "p_placebo" if placebo else "p_value")

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

    @cached_property
    def reply(self) -> Answer:
        """The answer for the first lead, as the terminal prints it."""
        answer = answer_of(self.result)
        assert answer is not None  # a story is of one event with an estimate
        return answer

    def finding(self) -> str:
        """What happened, how far the first lead moved, and how far beyond expectation."""
        return self.reply.title_sentence

    def answer(self) -> list[str]:
        """How much, how sure, did it last; then the lead's dollars and the other assets."""
        return [each.text for each in self.said()]

    def said(self) -> list[Said]:
        """The answer, each sentence with the places of its figures."""
        against, lead = at("lead", "against", {}), self.place(self.leads[0])
        day, later = against.below("windows").over(self.focus), against.below("windows", {})
        places = (
            (at("lead", "moved"), *against.each("moved", "expected"), day.below("estimate")),
            (*day.each("low", "high", "p"), *against.each("as_extreme", "ordinary")),
            later.each("start", "end", "estimate", "p"),
        )
        reply = [Said(*each) for each in zip(self.reply.paragraphs, places, strict=False)]
        amounts = (lead.below("raw_dollars"), against.below("dollars"))
        more = (Said(self._in_dollars(), amounts), Said(self._who_else(), self._others_at()))
        return [*reply, *(Said(worded(one.text), one.places) for one in more if one.text)]

    def _others_at(self) -> tuple[Place, ...]:
        """Where the figures of the other leads are, and how many assets moved unusually."""
        places = [at("figures", "headline")]
        for entity in self.leads[1:]:
            places += self.place(entity).each("raw_return", "index_points")
            places += self.quoted_at(entity, self.focus)
            if entity.portfolio and np.isfinite(self.figures(entity, self.focus).car):
                rows = [at("assets", {"key": ticker}) for _, ticker in self.extremes(entity)]
                places += [row.below("windows").over(self.focus).below("car") for row in rows]
        return tuple(places)

    def _in_dollars(self) -> str:
        """The lead's change in market value, and how much of it is abnormal; empty if unknown."""
        lead = self.leads[0]
        raw, abnormal = self.dollars(lead)
        if not np.isfinite(raw + abnormal) or not self.reply.certain:
            return ""
        ends = [dollars(abs(self.lead_dollars(end))) for end in self.reply.range]
        side = "more" if raw * abnormal > 0 else "less"
        verb = "lost" if raw < 0 else "gained"
        return (
            f"{lead.name} {verb} {dollars(abs(raw))} of market value, "
            f"{' to '.join(dict.fromkeys(ends))} {side} than {self.reply.implied}."
        )

    def lead_dollars(self, estimate: float) -> float:
        """What an abnormal return of the lead on the focus day is of its market value."""
        lead = self.leads[0]
        _, abnormal = self.dollars(lead)
        return abnormal * estimate / self.figures(lead, self.focus).car

    def _who_else(self) -> str:
        """The other leads, and how many assets moved unusually; empty for one asset."""
        if self.result.n == 1:
            return ""
        parts = [self._of_other(entity) for entity in self.leads[1:]]
        count = self.unusual_assets()
        return f"{'; '.join([*parts, count if parts else f'{count[0].upper()}{count[1:]}'])}."

    def _of_other(self, entity: Entity) -> str:
        figures = self.figures(entity, self.focus)
        if not np.isfinite(figures.car):
            return f"{entity.name} has no abnormal return {self.on_focus_date}"
        points = self.points(entity)
        in_points = f" ({number(points, signed=True)} points)" if np.isfinite(points) else ""
        text = (
            f"{entity.name} {move_text(self.raw(entity))}{in_points}, "
            f"{percent(figures.car)} abnormal ({p_text(figures.p)})"
        )
        return f"{text}, from {self._extremes(entity)}" if entity.portfolio else text

    def unusual_assets(self) -> str:
        """How many assets fell and rose unusually far."""
        fell, rose, known = self.unusual_counts()
        if not known:
            return "no asset has an abnormal return"
        return unusual_moves(fell, rose, assets_text(known))

    def unusual_counts(self) -> tuple[int, int, list[str]]:
        """How many fell and rose so, of which tickers; indices hold them and are not counted."""
        table = self.day_table
        shares = ~table["ticker"].map(is_index).astype(bool)
        table = table[shares] if shares.any() else table
        quoted = quoted_table(table, self.result.spec.confidence)
        known, sure = table["car"].notna(), quoted["significant"]
        fell, rose = (int((sure & (sign * table["car"] > 0)).sum()) for sign in (-1, 1))
        return fell, rose, table.loc[known, "ticker"].astype(str).tolist()

    def _extremes(self, entity: Entity) -> str:
        (low, first), (high, last) = self.extremes(entity)
        return f"{percent(low)} ({self.name(first)}) to {percent(high)} ({self.name(last)})"

    def extremes(self, entity: Entity) -> tuple[tuple[float, str], tuple[float, str]]:
        """The lowest and the highest member of a group on the focus day: figure and ticker."""
        each = [
            (self.figures(self.asset(t, entity.group), self.focus).car, t) for t in entity.members
        ]
        known = [(car, ticker) for car, ticker in each if np.isfinite(car)]
        return min(known), max(known)


def print_page(story: Told, page: Page, number: int) -> Figure:
    """The page on paper: its finding as title, its blocks, source and number at the foot."""
    label = f"{story.event_id} · {number}"
    fig, body = new_page(page.finding, page.subtitle, source_line(story), label)
    page.fill(fig, body)
    return fig


def source_line(story: Told, *, short: bool = False) -> str:
    """Where the prices come from, as it stands under every figure; `short` without its notes."""
    origin = story.origin
    if not origin:
        return "Returns or prices supplied as a table. Computed with eventstudy."
    retrieved = f", retrieved {origin['retrieved']}" if origin["retrieved"] else ""
    noted = origin["note"] and not short
    about = f" {origin['note'].partition('. ')[0].rstrip('.')}." if noted else ""
    return f"Prices: {origin['description']}{retrieved}.{about} Computed with eventstudy."


def setting(story: Told) -> str:
    """Model, benchmark, estimation window and N, as every subtitle says them."""
    spec = story.result.spec
    against = f" on {story.name(story.benchmark)}" if story.benchmark else ""
    tickers = story.result.assets.labels["ticker"].astype(str)
    studied = assets_text(tickers) if story.noun == "asset" else counted(len(tickers), story.noun)
    return (
        f"{story.result.model_label}{against}, estimated on {spec.rows} {spec.estimation}; "
        f"N = {studied}"
    )
