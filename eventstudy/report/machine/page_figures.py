"""Figures that results.json has for the sentences of single pages."""

from __future__ import annotations

from eventstudy.report.machine.keys import (
    COUNT,
    DATE,
    NAME,
    NUMBER,
    POINTS,
    RETURN,
    SESSION,
    SHARE,
    Declared,
    P,
    key,
)
from eventstudy.report.machine.planned import PlannedCounts
from eventstudy.report.machine.rows import Figure, Span

_ASSETS = "Assets with an abnormal return, without indices that hold them"


class AnswerCounts(Declared):
    """Of the first page: who moved unusually on the day of the finding."""

    fell: int = key("Assets that fell unusually far", COUNT)
    rose: int = key("Assets that rose unusually far", COUNT)
    assets: int = key(_ASSETS, COUNT)
    indices: int = key("Indices; counted only where no other asset was studied", COUNT)


class ForestCounts(Declared):
    """Of the page Asset by asset."""

    fell: int = key("Assets that fell unusually far", COUNT)
    rose: int = key("Assets that rose unusually far", COUNT)
    usual: int = key("Assets within their normal range", COUNT)
    absent: int = key("Assets without a figure", COUNT)
    assets: int = key("Assets in all, without indices that hold them", COUNT)


class BusiestDays(Declared):
    """Of the page Every asset, every day."""

    own: int = key("Assets that moved unusually on the day of the finding", COUNT)
    day: int = key("The busiest other day", SESSION)
    other: int = key("Assets that moved unusually on that day", COUNT)
    assets: int = key("Assets in all, without indices that hold them", COUNT)


class OrdinaryDays(Declared):
    """Of the page Among ordinary days."""

    beyond: int = key("Ordinary days as far from expectation as the event", COUNT)
    days: int = key("Ordinary days", COUNT)


class OtherDays(Declared):
    """Of the page Other days."""

    beyond: Figure = key("Other days with as large a move", COUNT)


class OtherCompanies(Declared):
    """Of the page Other companies."""

    beyond: int = key("Other assets that moved further", COUNT)
    hit: int = key("Other assets that themselves moved by more than `far`", COUNT)
    others: int = key("Other assets", COUNT)
    far: float = key("Standard errors from which another asset counts as hit", NUMBER)


class BenchmarkCounts(Declared):
    """Of the page Other benchmarks."""

    lower: int = key("Assets with a lower abnormal return against the other benchmark", COUNT)
    assets: int = key("Assets in all, without indices", COUNT)


class CurveCounts(Declared):
    """Of the page Other choices."""

    same: Figure = key("Specifications whose estimate has the sign of the median", COUNT)


class RecoveredShare(Declared):
    """Of the page Did it last?: the last significant share, and where the path ends."""

    share: Figure = key("Share of day 0 recovered", SHARE)
    low: Figure = key("Lower end of its interval", SHARE)
    high: Figure = key("Upper end of its interval", SHARE)
    sessions: Figure = key("Sessions after day 0 at which the share is measured", SESSION)
    last: Figure = key("Sessions after day 0 at which the path ends", SESSION)
    p_last: Figure = key("p of the change after day 0, to the end of the path", P)


class ContrastCounts(Declared):
    """Of the page Against each other."""

    better: int = key("Groups that did significantly better than the lead", COUNT)
    worse: int = key("Groups that did significantly worse", COUNT)
    groups: int = key("Groups that can be compared", COUNT)
    p: Figure = key("p of the only difference, where there is one", P)
    events: int = key("Registered events that name the lead", COUNT)
    days: list[str] = key("Days 0 of those that are significant after Holm's correction", DATE)


class ValueFigures(Declared):
    """Of the page In dollars and points."""

    companies: int = key("Companies with a known change of market value", COUNT)
    index_raw: Figure = key("Move of the first index", POINTS, default=None)
    index_abnormal: Figure = key("Abnormal part of that move", POINTS, default=None)
    index_low: Figure = key("Lower end of the interval", POINTS, default=None)
    index_high: Figure = key("Upper end of the interval", POINTS, default=None)


class PeerFigures(Declared):
    """Of the page Beside its peers."""

    peers: int = key("Peers", COUNT)
    own: Figure = key("Abnormal return against the study's benchmark", RETURN)
    with_peers: Figure = key("Abnormal return against market and peers", RETURN)
    low: Figure = key("Lower end of its interval", RETURN)
    high: Figure = key("Upper end of its interval", RETURN)
    p: Figure = key("p of the quoted test", P)


class ClaimCounts(Declared):
    """Of the page What was said."""

    claims: int = key("Claims", COUNT)
    supported: int = key("Claims that prices support", COUNT)
    contradicted: int = key("Claims that prices contradict", COUNT)
    mixed: int = key("Claims that are not shown", COUNT)
    untestable: int = key("Claims that cannot be tested", COUNT)


class Neighbours(Declared):
    """Of the page What else happened."""

    others: int = key("Other events of the list in the studied days", COUNT)
    first: int = key("First studied session", SESSION)
    last: int = key("Last studied session", SESSION)


class MethodCounts(Declared):
    """Of the page Methods and data."""

    assets: int = key("Assets with an estimate, without indices", COUNT)
    indices: int = key("Indices with an estimate", COUNT)
    exclusions: int = key("Rows left out", COUNT)


class BenchmarkChange(Span):
    """Of a note on another benchmark."""

    other: str = key("The other benchmark", NAME)
    flagged: int = key("Assets that differ by more than one standard error", COUNT)
    assets: int = key("Assets in all, without indices", COUNT)


class EventPageFigures(Declared):
    """By page; null for a page that the report does not have."""

    planned: PlannedCounts | None = key("Planned tests", default=None)
    headline: AnswerCounts | None = key("The answer", default=None)
    forest: ForestCounts | None = key("Asset by asset", default=None)
    heatmap: BusiestDays | None = key("Every asset, every day", default=None)
    placebo: OrdinaryDays | None = key("Among ordinary days", default=None)
    placebo_days: OtherDays | None = key("Other days", default=None)
    other_companies: OtherCompanies | None = key("Other companies", default=None)
    benchmarks: BenchmarkCounts | None = key("Other benchmarks", default=None)
    specifications: CurveCounts | None = key("Other choices", default=None)
    recovery: RecoveredShare | None = key("Did it last?", default=None)
    contrasts: ContrastCounts | None = key("Against each other", default=None)
    value: ValueFigures | None = key("In dollars and points", default=None)
    peers: PeerFigures | None = key("Beside its peers", default=None)
    claims: ClaimCounts | None = key("What was said", default=None)
    timeline: Neighbours | None = key("What else happened", default=None)
    methods: MethodCounts | None = key("Methods and data", default=None)
    notes: list[BenchmarkChange] = key("Notes of the evidence on other benchmarks", default=[])


class PooledAnswer(Declared):
    """Of the first page of a pooled study."""

    positive_share: Figure = key("Share of observations with a positive abnormal return", SHARE)
    left_out: int = key("Observations without an estimate", COUNT)
    other_groups: int = key("Groups that the answer does not name", COUNT)


class DailyCounts(Declared):
    """Of the page Day by day."""

    significant: list[int] = key("Days with a significant mean", SESSION)
    count: int = key("Number of those days", COUNT)
    days: int = key("Days", COUNT)


class GroupCounts(Declared):
    """Of the page By group."""

    significant: int = key("Groups with a significant mean", COUNT)
    groups: int = key("Groups", COUNT)


class PairCounts(Declared):
    """Of the page Against each other of a pooled study."""

    significant: int = key("Pairs of groups that differ significantly", COUNT)
    pairs: int = key("Pairs that can be compared", COUNT)


class SpreadCounts(Declared):
    """Of the page Distribution and outliers."""

    observations: int = key("Observations with a CAR", COUNT)
    outliers: int = key("Observations far from the median", COUNT)


class RegressionTerms(Declared):
    """Of the page Regression."""

    significant: list[str] = key("Significant terms, the smallest p first", NAME)
    further: int = key("Significant terms that the title does not name", COUNT)


class CoverageShare(Declared):
    """Of the page Coverage."""

    share: float = key("Share of the observations with an estimate", SHARE)


class PooledPageFigures(Declared):
    """By page; null for a page that the report does not have."""

    headline: PooledAnswer | None = key("The answer", default=None)
    daily: DailyCounts | None = key("Day by day", default=None)
    groups: GroupCounts | None = key("By group", default=None)
    differences: PairCounts | None = key("Against each other", default=None)
    distribution: SpreadCounts | None = key("Distribution and outliers", default=None)
    regression: RegressionTerms | None = key("Regression", default=None)
    coverage: CoverageShare | None = key("Coverage", default=None)
