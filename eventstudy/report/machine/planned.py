"""The keys of results.json for the sealed plan that a run followed."""

from __future__ import annotations

from typing import Literal

from eventstudy.report.machine.keys import (
    COUNT,
    DATE,
    NAME,
    NUMBER,
    RETURN,
    SHARE,
    YES,
    Declared,
    P,
    key,
)
from eventstudy.report.machine.rows import Figure, Span


class PlannedCounts(Declared):
    """Of the page of planned tests."""

    tests: int = key("Hypotheses of the plan on the event", COUNT)
    supported: int = key("Hypotheses that are supported", COUNT)
    not_supported: int = key("Hypotheses that are not supported", COUNT)
    untestable: int = key("Hypotheses that cannot be tested", COUNT)


class PlannedRow(Span):
    """One hypothesis, its estimate and the verdict on it."""

    entity: str = key("A ticker or a group", NAME)
    name: str = key("Its name in print", NAME)
    direction: str = key("rises, falls or either", NAME)
    threshold: float = key("The effect is expected beyond it; 0 for any effect", RETURN)
    estimate: Figure = key("Cumulative abnormal return", RETURN)
    low: Figure = key("Lower end of its interval", RETURN)
    high: Figure = key("Upper end of its interval", RETURN)
    p: Figure = key("Two-sided p of the null of no effect, by the quoted test", P)
    test: str = key("The quoted test: as planned, or its replacement", NAME)
    detectable: Figure = key(
        "The smallest effect that the test finds, as stated in the plan", RETURN
    )
    verdict: str = key("supported, not supported or cannot be tested", NAME)
    reason: str = key("Why it cannot be tested or is not supported; else empty")


class ChangedPriceRow(Declared):
    """A price of the plan that has changed."""

    series: str = key("A ticker or a factor", NAME)
    day: str = key("Its day; empty where one factor changed all days or the day is unknown", DATE)
    figure: str = key("close, adj_close or returns", NAME)
    old: Figure = key("The figure in the plan; null where none is on record", NUMBER)
    new: Figure = key("The figure now; null where it is missing", NUMBER)
    factor: Figure = key("The multiplier of every adjusted close", NUMBER)


class PlannedKeys(Declared):
    """The tests of a sealed plan, and every deviation from it."""

    sealed: bool = key("Whether the plan is unaltered", YES)
    finding: str = key("How many hypotheses are supported, in words")
    tests: list[PlannedRow] = key("The planned tests; none where the plan was altered")
    exploratory: list[PlannedRow] = key("The tests of an altered plan")
    seal: str = key("SHA-256 of the plan's content", NAME)
    altered: list[str] = key("What was altered in the file after sealing")
    kind: Literal["prospective", "retrospective"] = key(
        "retrospective where prices of its windows were available when it was made", NAME
    )
    prices_to: str = key("The last day with a price when the plan was made", DATE)
    as_of: str = key("The day at which the plan's prices were cut; empty where they were not", DATE)
    stamp: str = key("What is known of the time of the seal")
    power: float = key("The probability with which the detectable effects are found", SHARE)
    deviations: list[str] = key("Where the run departs from the plan, a sentence each")
    prices: list[ChangedPriceRow] = key("Prices that changed since the plan was made")
    others: list[str] = key("Other events of the plan", NAME)
