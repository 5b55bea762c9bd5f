"""The outcome of a sealed plan: its tests, and every deviation from it.

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
    """A price of the plan that has changed."""

    series: str
    """A ticker, or a factor."""
    day: str
    """An ISO date; empty where one factor changed all days, or the day cannot be identified."""
    figure: str
    """close, adj_close or returns; several where the one that changed cannot be identified."""
    old: float | None = None
    """None where there was no price, or where it is not kept."""
    new: float | None = None
    """None where the price is gone."""
    factor: float | None = None
    """The multiplier of every adjusted close; it leaves their returns unchanged."""

    @property
    def sentence(self) -> str:
        """Such as "NVDA on 2025-01-10: close 135.91, in the plan 135.90"."""
        if self.factor is not None:
            return (
                f"{self.series}: every {self.figure} is {self.factor:.6g} times the plan's, as "
                "after a dividend or split; the returns computed from it are unchanged"
            )
        if not self.day:
            what = self.figure or "a price"
            return f"{self.series}: {what} changed on a day that cannot be identified"
        new = "missing" if self.new is None else number(self.new, 6).rstrip("0").rstrip(".")
        old = "not on record" if self.old is None else number(self.old, 6).rstrip("0").rstrip(".")
        neither = self.new is None and self.old is None
        values = "changed" if neither else f"{new}, in the plan {old}"
        return f"{self.series} on {self.day}: {self.figure} {values}"


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
    """The quoted test: as planned, or its replacement."""
    detectable: float | None
    """The smallest effect that the test finds, as stated in the plan."""
    verdict: str
    reason: str
    """Why it cannot be tested, or why it is not supported; else empty."""


@dataclass(frozen=True, slots=True)
class PlannedTests:
    """The tests of a plan on one event, and every deviation from the plan."""

    seal: str
    """SHA-256 of the plan's content."""
    altered: tuple[str, ...]
    """What was altered in the file after sealing; if anything was, no test counts as planned."""
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
    """Where the run departs from the plan, a sentence each."""
    prices: tuple[ChangedPrice, ...]
    others: tuple[str, ...] = ()
    """Other events of the plan, reported elsewhere."""

    @property
    def sealed(self) -> bool:
        """Whether the plan is unaltered."""
        return not self.altered

    @property
    def retrospective(self) -> bool:
        """Whether prices of its windows were available when it was made."""
        return self.kind == RETROSPECTIVE

    @property
    def finding(self) -> str:
        """How many of its hypotheses are supported."""
        if not self.sealed:
            return "The plan was altered after sealing; none of its tests counts as planned"
        count = len(self.tests)
        verdicts = [test.verdict for test in self.tests]
        kinds = (SUPPORTED, NOT_SUPPORTED, UNTESTABLE)
        said = [
            f"{verdicts.count(kind)} {_verb(kind, verdicts.count(kind))}"
            for kind in kinds
            if kind in verdicts
        ]
        what = "retrospective" if self.retrospective else "planned"
        if count == 1:
            return f"The one {what} hypothesis {_verb(verdicts[0], 1)}"
        return f"Of {count:,} {what} hypotheses, {listed(said)}"

    @property
    def about(self) -> tuple[str, ...]:
        """What a reader must know about the plan, a sentence each."""
        said = []
        if not self.sealed:
            said.append(
                f"The file differs from the sealed plan: {'; '.join(self.altered)}. Its tests are "
                "exploratory."
            )
        if self.retrospective:
            said.append(
                "The plan is retrospective: when it was made, prices were available to "
                f"{self.prices_to}, inside or after its windows."
            )
        else:
            said.append(f"The plan was made with prices to {self.prices_to}.")
        if self.as_of:
            said.append(
                f"Later prices were cut off (--as-of {self.as_of}); the plan alone does not show "
                "that they were unknown."
            )
        if self.others:
            said.append(f"The plan also has hypotheses about {some_names(self.others)}.")
        return (*said, self.stamp, f"Seal: {self.seal}.")

    @property
    def differences(self) -> tuple[str, ...]:
        """Each deviation, and the changed prices: some by name, the others counted."""
        named = [f"{price.sentence}." for price in self.prices[:MOST_NAMED]]
        left = len(self.prices) - len(named)
        more = (
            [f"{counted(left, 'more price')} changed; see {self.table}_prices."] if left > 0 else []
        )
        head = [f"{counted(len(self.prices), 'price')} changed since the plan was made."]
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
