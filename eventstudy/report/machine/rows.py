"""Objects that results.json has in several places: windows, tests, exclusions, sentences."""

from __future__ import annotations

from typing import Literal

from eventstudy.report.machine.keys import (
    CONFIDENCE,
    COUNT,
    DOLLARS,
    NAME,
    NUMBER,
    POINTS,
    RETURN,
    SESSION,
    TEXT,
    YES,
    Declared,
    P,
    key,
)

Figure = float | None
"""A figure; null where there is none."""
Label = str | None
"""Words; null where the row has none."""


class Span(Declared):
    """A window."""

    start: int = key("First session of the window", SESSION)
    end: int = key("Last session of the window", SESSION)


class WindowKeys(Span):
    """The figures of an asset or group over one window."""

    car: Figure = key("Abnormal return of one session, cumulative abnormal return of more", RETURN)
    se: Figure = key("Standard error of car, with the forecast error", RETURN)
    t: Figure = key("car over its standard error", NUMBER)
    p_value: Figure = key("Two-sided p of t", P)
    p_placebo: Figure = key("Two-sided p among ordinary days", P)
    low: Figure = key("Lower end of the quoted test's interval", RETURN)
    high: Figure = key("Upper end of the quoted test's interval", RETURN)
    n_obs: int = key("Returns that the estimate is made of", COUNT)
    significant: bool = key("Whether the quoted test rejects zero", YES)
    quoted_test: str = key("The test that interval and verdict are of; empty for none", NAME)


class EntityKeys(Declared):
    """An asset, or a group taken as one."""

    key_: str = key("Ticker of an asset, name of a group", NAME, alias="key")
    name: str = key("As it is called in print", NAME)
    group: str = key("The group it belongs to", NAME)
    members: list[str] = key("Tickers of its members", NAME)
    raw_return: Figure = key("Observed return on the day of the finding", RETURN)
    index_points: Figure = key("Observed move of an index", POINTS)
    raw_dollars: Figure = key("Change of market value", DOLLARS)
    abnormal_dollars: Figure = key("The part of it that is abnormal", DOLLARS)
    windows: list[WindowKeys] = key("The day of the finding, then the CAR windows")
    path: WindowKeys | None = key("The days that the path is drawn over; null without a path")


class QuotedTest(Span):
    """The test to quote of a group over a window."""

    group: str = key("The group; all for all together", NAME)
    test: str = key("Id of the test", NAME)
    statistic: Figure = key("Its statistic", NUMBER)
    df: Figure = key("Degrees of freedom, of F those of the numerator", NUMBER)
    df2: Figure = key("Degrees of freedom of F's denominator", NUMBER)
    p_value: Figure = key("Two-sided p", P)
    n: int = key("Observations that the statistic uses", COUNT)
    distribution: str = key("The null, such as t, N, placebo", NAME)
    warning: str = key("What was measured against the test in this design; empty for nothing")
    detail: str = key("What else the figure rests on; empty for nothing")
    p_greater: Figure = key("One-sided p against a positive abnormal return", P)
    p_less: Figure = key("One-sided p against a negative abnormal return", P)


class ExclusionRow(Declared):
    """What went in and did not come out."""

    event_id: str = key("The event", NAME)
    ticker: str = key("The asset", NAME)
    stage: str = key("Where it was left out; CAR and a window where only that is missing")
    reason: str = key("Why")


class SentenceKeys(Declared):
    """A sentence of the report, and where its figures stand in this document."""

    page: str = key("The page that prints it; empty for a note on the study", NAME)
    kind: Literal["finding", "answer", "note"] = key(
        "finding: the title of a page; answer: a sentence of the first page; note: a note", NAME
    )
    text: str = key("The sentence as it is printed")
    keys: list[str] = key("Where each of its figures stands here: JSON Pointers (RFC 6901)", NAME)


class Head(Declared):
    """What every document and every line of --json begins with."""

    schema_version: str = key("Version of the schema that describes this document", NAME)
    event_id: str = key("The event's id; the name of the list where events are pooled", NAME)
    title: str = key("The event's title; of a pooled study the title of the report", NAME)
    unit: Literal["fraction", "bp", "points"] = key(
        "What returns are in: fraction, or basis points or points of a level", NAME
    )
    confidence: float = key("Level of the intervals", CONFIDENCE)


class Report(Head):
    """What the documents of one event and of many have in common."""

    headline: str = key("The finding")
    answer: list[str] = key("The answer in a few sentences")
    focus: list[int] = key(
        "First and last session of the finding's window", SESSION, min_length=2, max_length=2
    )
    headline_tests: list[QuotedTest] = key("The test to quote of every group and window")
    notes: list[str] = key("Notes on the input and the estimates", TEXT)
    sentences: list[SentenceKeys] = key("Findings, answer and notes with the keys of their figures")
