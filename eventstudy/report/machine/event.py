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
    p: Figure = key("p of the quoted test", P)
    test: str = key("The quoted test; empty for none", NAME)
    significant: bool = key("Whether the test rejects zero", YES)


class AgainstKeys(Declared):
    """The lead against one benchmark."""

    benchmark: str = key("Name of the benchmark in print; empty if there is none", NAME)
    moved: Figure = key("Return of the benchmark on the day", RETURN)
    expected: Figure = key("Return of the lead that the model expected", RETURN)
    dollars: Figure = key("Abnormal change of the lead's market value", DOLLARS)
    as_extreme: int = key("Ordinary days as extreme as the event", COUNT)
    ordinary: int = key("Ordinary days in the placebo test; 0 without the test", COUNT)
    windows: list[QuotedKeys] = key(
        "The day of the headline, then the CAR windows that the answer gives"
    )


class OtherEventKeys(Declared):
    """Another headline event in the studied days."""

    title: str = key("What happened", NAME)
    date: str = key("Its day 0", DATE)
    day: int = key("That day 0 in sessions from day 0 of this event", SESSION)
    ar: Figure = key("The lead's abnormal return on that day", RETURN)


class LeadKeys(Declared):
    """The asset, index or group that the answer is about: the first one."""

    name: str = key("Name in print", NAME)
    moved: Figure = key("Observed return on the day", RETURN)
    date: str | None = key("Date of the day; null where the data end earlier", DATE)
    against: list[AgainstKeys] = key(
        "Results against the study's benchmark, then against the others"
    )
    other_headlines: list[OtherEventKeys] = key("Other headline events in the studied days")


class BenchmarkKeys(Declared):
    """A benchmark by name."""

    ticker: str = key("Its ticker", NAME)
    name: str = key("Name in print", NAME)


class EventReport(Report):
    """results.json of one event."""

    kind: Literal["event"] = key("What the document describes", NAME)
    announced_at: str = key("Date or time of the announcement, as in the list of events", DATE)
    day0: str = key("Day 0: the session on which prices could first react", DATE)
    shift_reason: str = key("Why day 0 is not the day of the announcement; empty if it is")
    benchmarks: list[BenchmarkKeys] = key("The study's benchmark, then those it is compared with")
    lead: LeadKeys = key("The figures of the answer")
    groups: list[EntityKeys] = key(
        "The groups, each given by its only asset, its index or as a portfolio"
    )
    assets: list[EntityKeys] = key("Every asset with an estimate")
    exclusions: list[ExclusionRow] = key("What was left out, and why")
    evidence: EvidenceKeys | None = key("The evidence on the event; null if none was gathered")
    figures: EventPageFigures = key("Further figures that sentences of single pages quote")
    spec: StudySpec = key("The options of the study")
    planned: PlannedKeys | None = key("The tests of the plan that the run followed", default=None)
