"""What became of a sealed plan: its tests, and all that differs from it.

Plain figures and texts, which a result carries into its report, its files and its bundle.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

import pandas as pd

from eventstudy.errors import some_names
from eventstudy.text.numbers import counted, number
from eventstudy.text.words import listed

SUPPORTED, NOT_SUPPORTED, UNTESTABLE = "supported", "not supported", "cannot be tested"
"""The verdicts on a hypothesis."""
RETROSPECTIVE = "retrospective"
MOST_NAMED = 8
"""Changed prices that sentences name one by one; the table has all."""


@dataclass(frozen=True, slots=True)
class ChangedPrice:
    """A price of a plan that is another now."""

    series: str
    """A ticker, or a factor."""
    day: str
    """An ISO date; empty where all days changed by one factor, or the day cannot be told."""
    figure: str
    """close, adj_close or returns; several where it cannot be told which."""
    old: float | None = None
    """None where there was no price, or where it is not kept."""
    new: float | None = None
    """None where there is no price any more."""
    factor: float | None = None
    """What every adjusted close was multiplied by; their returns are the same."""

    @property
    def sentence(self) -> str:
        """Such as "NVDA on 2025-01-10: close 135.91, in the plan 135.90"."""
        if self.factor is not None:
            return (
                f"{self.series}: each {self.figure} is {self.factor:.6g} times that of the plan, "
                "as after a dividend or a split; the returns made of it are the same"
            )
        if not self.day:
            return f"{self.series}: {self.figure or 'a price'} on a day that cannot be told"
        new = "missing" if self.new is None else number(self.new, 6).rstrip("0").rstrip(".")
        old = "not kept" if self.old is None else number(self.old, 6).rstrip("0").rstrip(".")
        values = "" if self.new is None and self.old is None else f" {new}, in the plan {old}"
        return f"{self.series} on {self.day}: {self.figure}{values}"


@dataclass(frozen=True, slots=True)
class PlannedTest:
    """One hypothesis, its estimate and the verdict on it."""

    entity: str
    """A ticker or a group."""
    name: str
    """Its name in print."""
    start: int
    end: int
    direction: str
    threshold: float
    estimate: float | None
    """None where there is no figure."""
    low: float | None
    high: float | None
    p: float | None
    """Of no effect, two-sided, by the quoted test."""
    test: str
    """The quoted test: as planned, or what took its place."""
    detectable: float | None
    """The smallest effect that the plan said its test finds."""
    verdict: str
    reason: str
    """Why it cannot be tested, or why it is not supported; else empty."""


@dataclass(frozen=True, slots=True)
class PlannedTests:
    """The tests of a plan on one event, and what differs from the plan."""

    seal: str
    """SHA-256 of the plan's content."""
    altered: tuple[str, ...]
    """What was altered in the file since it was sealed; with anything here no test is planned."""
    kind: str
    """prospective or retrospective."""
    prices_to: str
    """The last day with a price when the plan was made, an ISO date."""
    as_of: str
    """The day at which the plan's prices were cut; empty where they were not."""
    stamp: str
    """What is known of the time of the seal, a sentence."""
    power: float
    tests: tuple[PlannedTest, ...]
    deviations: tuple[str, ...]
    """What was asked for, and differs from the plan, a sentence each."""
    prices: tuple[ChangedPrice, ...]
    others: tuple[str, ...] = ()
    """Other events of the plan, whose tests are told elsewhere."""

    @property
    def sealed(self) -> bool:
        """Whether the plan is as it was sealed."""
        return not self.altered

    @property
    def retrospective(self) -> bool:
        """Whether prices of its windows were there when it was made."""
        return self.kind == RETROSPECTIVE

    @property
    def finding(self) -> str:
        """How many of its tests are supported."""
        if not self.sealed:
            return "The plan was altered after it was sealed: nothing here counts as planned"
        count = len(self.tests)
        verdicts = [test.verdict for test in self.tests]
        kinds = (SUPPORTED, NOT_SUPPORTED, UNTESTABLE)
        said = [
            f"{verdicts.count(kind)} {_verb(kind, verdicts.count(kind))}"
            for kind in kinds
            if kind in verdicts
        ]
        what = counted(count, "retrospective test" if self.retrospective else "planned test")
        if count == 1:
            return f"The one {what[2:]} {_verb(verdicts[0], 1)}"
        return f"Of {what}, {listed(said)}"

    @property
    def about(self) -> tuple[str, ...]:
        """What a reader must know of the plan, a sentence each."""
        said = []
        if not self.sealed:
            said.append(
                f"The file is not the sealed plan: {'; '.join(self.altered)}. Its tests are "
                "exploratory."
            )
        if self.retrospective:
            said.append(
                f"The plan is retrospective: prices to {self.prices_to} were there when it was "
                "made, which reach into its windows."
            )
        else:
            said.append(f"The plan was made on prices to {self.prices_to}.")
        if self.as_of:
            said.append(
                f"Later prices were cut off (--as-of {self.as_of}), so that the plan itself does "
                "not show that they were unknown."
            )
        if self.others:
            said.append(f"The plan also has tests on {some_names(self.others)}.")
        return (*said, self.stamp, f"Seal: {self.seal}.")

    @property
    def differences(self) -> tuple[str, ...]:
        """Each deviation, and the changed prices: some by name, the others counted."""
        named = [f"{price.sentence}." for price in self.prices[:MOST_NAMED]]
        left = len(self.prices) - len(named)
        more = (
            [f"{counted(left, 'more price')} changed; see {self.table}_prices."] if left > 0 else []
        )
        head = [f"{counted(len(self.prices), 'price')} changed since the plan."]
        return (*self.deviations, *(head if self.prices else ()), *named, *more)

    def tables(self, event_id: str) -> dict[str, pd.DataFrame]:
        """planned, planned_deviations, planned_prices; of an altered plan altered_plan and so on.

        Args:
            event_id: Of the event, for the first column.
        """
        heads = [field.name for field in fields(PlannedTest)]
        tests = pd.DataFrame([asdict(test) for test in self.tests], columns=heads)
        said = [*(f"Altered after sealing: {one}." for one in self.altered), *self.deviations]
        prices = pd.DataFrame(
            [asdict(price) for price in self.prices],
            columns=[field.name for field in fields(ChangedPrice)],
        )
        figures = ["estimate", "low", "high", "p", "detectable"]
        tests[figures] = tests[figures].astype("float64")
        numbers = ["old", "new", "factor"]
        prices[numbers] = prices[numbers].astype("float64")
        prices = prices.rename(columns={"figure": "price", "day": "date"})
        tests = tests.rename(columns={"p": "p_value"})
        tests.insert(0, "event_id", event_id)
        deviations = pd.DataFrame({"deviation": pd.Series(said, dtype="str")})
        return {
            self.table: tests,
            f"{self.table}_deviations": deviations,
            f"{self.table}_prices": prices,
        }

    @property
    def table(self) -> str:
        """The name of the table of its tests."""
        return "planned" if self.sealed else "altered_plan"

    def as_json(self) -> dict[str, Any]:
        """Everything, as a file of JSON holds it."""
        return asdict(self)

    @classmethod
    def of_json(cls, content: Mapping[str, Any]) -> PlannedTests:
        """What `as_json` gave.

        Args:
            content: Of the file.
        """
        texts = {name: tuple(content[name]) for name in ("altered", "deviations", "others")}
        return cls(
            **{
                **content,
                **texts,
                "tests": tuple(PlannedTest(**each) for each in content["tests"]),
                "prices": tuple(ChangedPrice(**each) for each in content["prices"]),
            }
        )


def _verb(verdict: str, count: int) -> str:
    if verdict == UNTESTABLE:
        return verdict
    return f"{'is' if count == 1 else 'are'} {verdict}"
