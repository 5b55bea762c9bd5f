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
    p_placebo: Figure = key("Two-sided p by rank among ordinary days", P)
    low: Figure = key("Lower end of the quoted test's interval", RETURN)
    high: Figure = key("Upper end of the quoted test's interval", RETURN)
    n_obs: int = key("Returns in the estimation window", COUNT)
    significant: bool = key("Whether the quoted test rejects zero", YES)
    quoted_test: str = key("The test behind interval and verdict; empty if there is none", NAME)


class EntityKeys(Declared):
    """An asset, or a group as a portfolio."""

    key_: str = key("Ticker of an asset, or name of a group", NAME, alias="key")
    name: str = key("Name in print", NAME)
    group: str = key("The group it belongs to", NAME)
    members: list[str] = key("Tickers of its members", NAME)
    raw_return: Figure = key("Observed return on the day of the headline", RETURN)
    index_points: Figure = key("Observed change of an index", POINTS)
    raw_dollars: Figure = key("Change of market value", DOLLARS)
    abnormal_dollars: Figure = key("Abnormal part of that change", DOLLARS)
    windows: list[WindowKeys] = key("The day of the headline, then the CAR windows")
    path: WindowKeys | None = key("The window over which the path is drawn; null without a path")


class QuotedTest(Span):
    """The test to quote for a group over a window."""

    group: str = key("The group; all for all observations together", NAME)
    test: str = key("Id of the test", NAME)
    statistic: Figure = key("Its statistic", NUMBER)
    df: Figure = key("Degrees of freedom; those of the numerator for F", NUMBER)
    df2: Figure = key("Degrees of freedom of the denominator of F", NUMBER)
    p_value: Figure = key("Two-sided p", P)
    n: int = key("Observations that the statistic uses", COUNT)
    distribution: str = key("Distribution under the null, such as t, N or placebo", NAME)
    warning: str = key("Measured fault of the test in such a design; empty if there is none")
    detail: str = key("Further basis of the figure; empty if there is none")
    p_greater: Figure = key("One-sided p against a positive abnormal return", P)
    p_less: Figure = key("One-sided p against a negative abnormal return", P)


class ExclusionRow(Declared):
    """An event or asset without a figure."""

    event_id: str = key("The event", NAME)
    ticker: str = key("The asset", NAME)
    stage: str = key("Stage at which; CAR and a window where only that window is missing")
    reason: str = key("Why it was left out")


class SentenceKeys(Declared):
    """A sentence of the report, and the keys of its figures in this document."""

    page: str = key("The page that prints it; empty for a note on the study", NAME)
    kind: Literal["finding", "answer", "note"] = key(
        "finding: the title of a page; answer: a sentence of the first page; note: a note", NAME
    )
    text: str = key("The sentence as printed")
    keys: list[str] = key(
        "Place of each of its figures in this document: JSON Pointers (RFC 6901)", NAME
    )


class Head(Declared):
    """The first keys of every document and every line of --json."""

    schema_version: str = key("Version of the schema that describes this document", NAME)
    event_id: str = key("The event's id; the name of the list where events are pooled", NAME)
    title: str = key("The event's title; the title of the report where events are pooled", NAME)
    unit: Literal["fraction", "bp", "points"] = key(
        "Unit of returns: fraction, or basis points or points of a level", NAME
    )
    confidence: float = key("Level of the intervals", CONFIDENCE)


class Report(Head):
    """The keys that documents of one event and of many have in common."""

    headline: str = key("The finding in one sentence")
    answer: list[str] = key("The answer in a few sentences")
    focus: list[int] = key(
        "First and last session of the window of the headline", SESSION, min_length=2, max_length=2
    )
    headline_tests: list[QuotedTest] = key("The test to quote for every group and window")
    notes: list[str] = key("Notes on the input and the estimates", TEXT)
    sentences: list[SentenceKeys] = key("Findings, answer and notes with the keys of their figures")
