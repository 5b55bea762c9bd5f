"""results.json of one event."""

from __future__ import annotations

from typing import Literal

from eventstudy.report.machine.evidence import EvidenceKeys
from eventstudy.report.machine.keys import (
    COUNT,
    DATE,
    DOLLARS,
    NAME,
    RETURN,
    SESSION,
    YES,
    Declared,
    P,
    key,
)
from eventstudy.report.machine.page_figures import EventPageFigures
from eventstudy.report.machine.planned import PlannedKeys
from eventstudy.report.machine.rows import (
    EntityKeys,
    ExclusionRow,
    Figure,
    Report,
    Span,
)
from eventstudy.spec.study_spec import StudySpec


class QuotedKeys(Span):
    """A figure of the lead over a window, by the quoted test."""

    estimate: Figure = key("Abnormal return, cumulative over several sessions", RETURN)
    low: Figure = key("Lower end of its interval", RETURN)
    high: Figure = key("Upper end of its interval", RETURN)
    p: Figure = key("Its p", P)
    test: str = key("The quoted test; empty for none", NAME)
    significant: bool = key("Whether the test rejects zero", YES)


class AgainstKeys(Declared):
    """The lead against one benchmark."""

    benchmark: str = key("The benchmark as a sentence calls it; empty for none", NAME)
    moved: Figure = key("Its own return on the day", RETURN)
    expected: Figure = key("What the model expected of the lead", RETURN)
    dollars: Figure = key("Abnormal change of the lead's market value", DOLLARS)
    as_extreme: int = key("Ordinary days that were as extreme", COUNT)
    ordinary: int = key("Ordinary days of the placebo test; 0 without it", COUNT)
    windows: list[QuotedKeys] = key("The day of the finding, then the CAR windows that are told")


class OtherEventKeys(Declared):
    """Another headline event in the studied days."""

    title: str = key("What happened", NAME)
    date: str = key("Its day 0", DATE)
    day: int = key("The same in sessions from day 0 of this event", SESSION)
    ar: Figure = key("The lead's abnormal return on it", RETURN)


class LeadKeys(Declared):
    """Whom the answer is about: the first asset, index or group."""

    name: str = key("As it is called in print", NAME)
    moved: Figure = key("Observed return of the day", RETURN)
    date: str | None = key("The session of the day; null where the data end before", DATE)
    against: list[AgainstKeys] = key("The study's own benchmark, then the others")
    other_headlines: list[OtherEventKeys] = key("Other headline events in the studied days")


class BenchmarkKeys(Declared):
    """A benchmark by name."""

    ticker: str = key("Its ticker", NAME)
    name: str = key("As it is called in print", NAME)


class EventReport(Report):
    """results.json of one event."""

    kind: Literal["event"] = key("What the document is of", NAME)
    announced_at: str = key("When it was announced, as the list of events says it", DATE)
    day0: str = key("Day 0: the session on which prices could first react", DATE)
    shift_reason: str = key("Why day 0 is not the day of the announcement; empty where it is")
    benchmarks: list[BenchmarkKeys] = key("The study's own, then those it is compared with")
    lead: LeadKeys = key("The figures of the answer")
    groups: list[EntityKeys] = key("The groups, each by its asset, its index or taken as one")
    assets: list[EntityKeys] = key("Every asset with an estimate")
    exclusions: list[ExclusionRow] = key("What was left out, and why")
    evidence: EvidenceKeys | None = key("The evidence on the event; null where none was gathered")
    figures: EventPageFigures = key("What the sentences of single pages quote beside that")
    spec: StudySpec = key("The options of the study")
    planned: PlannedKeys | None = key("The tests of the plan that the run followed", default=None)
