"""What results.json has of the sealed plan that a run followed."""

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

    tests: int = key("Planned tests on the event", COUNT)
    supported: int = key("Of them, those that are supported", COUNT)
    not_supported: int = key("Those that are not supported", COUNT)
    untestable: int = key("Those that cannot be tested", COUNT)


class PlannedRow(Span):
    """One hypothesis, its estimate and the verdict on it."""

    entity: str = key("A ticker or a group", NAME)
    name: str = key("Its name in print", NAME)
    direction: str = key("falls, rises or moves either way", NAME)
    threshold: float = key("What the effect must be beyond; 0 for any effect", RETURN)
    estimate: Figure = key("Cumulative abnormal return", RETURN)
    low: Figure = key("Lower end of its interval", RETURN)
    high: Figure = key("Upper end of its interval", RETURN)
    p: Figure = key("Two-sided p of no effect, by the quoted test", P)
    test: str = key("The quoted test: as planned, or what took its place", NAME)
    detectable: Figure = key("The smallest effect that the plan said its test finds", RETURN)
    verdict: str = key("supported, not supported or cannot be tested", NAME)
    reason: str = key("Why it cannot be tested or is not supported; else empty")


class ChangedPriceRow(Declared):
    """A price of the plan that is another now."""

    series: str = key("A ticker or a factor", NAME)
    day: str = key("Its day; empty where all days changed by one factor", DATE)
    figure: str = key("close, adj_close or returns", NAME)
    old: Figure = key("What it was; null where it is not kept", NUMBER)
    new: Figure = key("What it is; null where it is gone", NUMBER)
    factor: Figure = key("By which every adjusted close was multiplied", NUMBER)


class PlannedKeys(Declared):
    """The tests of a sealed plan, and all that differs from it."""

    sealed: bool = key("Whether the plan is as it was sealed", YES)
    finding: str = key("How many tests are supported")
    tests: list[PlannedRow] = key("The planned tests; none where the plan was altered")
    exploratory: list[PlannedRow] = key("The tests of an altered plan")
    seal: str = key("SHA-256 of the plan's content", NAME)
    altered: list[str] = key("What was altered in the file since it was sealed")
    kind: Literal["prospective", "retrospective"] = key(
        "Whether prices of its windows were there when it was made", NAME
    )
    prices_to: str = key("The last day with a price when the plan was made", DATE)
    as_of: str = key("The day at which the plan's prices were cut; empty where not", DATE)
    stamp: str = key("What is known of the time of the seal")
    power: float = key("With which probability the detectable effects are found", SHARE)
    deviations: list[str] = key("What was asked for and differs from the plan")
    prices: list[ChangedPriceRow] = key("Prices that changed since the plan")
    others: list[str] = key("Other events of the plan", NAME)
