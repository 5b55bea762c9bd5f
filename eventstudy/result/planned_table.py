"""The planned tests as a table of words and printed figures."""

from __future__ import annotations

from eventstudy.result.planned import PlannedTest, PlannedTests
from eventstudy.text.measure import headed
from eventstudy.text.numbers import between, p_text, percent, window_text
from eventstudy.text.table import Column, PlainTable, Row
from eventstudy.text.words import level_text


def planned_table(planned: PlannedTests, confidence: float) -> PlainTable:
    """A row a hypothesis: what was expected, estimate, interval, quoted p, verdict.

    Args:
        planned: Of one event.
        confidence: Of the intervals.
    """
    columns = (
        Column("Expected", "left"),
        Column(headed("Estimate")),
        Column(f"{level_text(confidence)} interval", "right"),
        Column("p"),
        Column("Detectable"),
        Column("Verdict", "left"),
    )
    return PlainTable(columns, [_row(test) for test in planned.tests], "tables/planned.csv")


def _row(test: PlannedTest) -> Row:
    ends = (percent(test.low, unit=False), percent(test.high, unit=False))
    return Row(
        [
            expected_text(test),
            percent(test.estimate, unit=False),
            between(*ends),
            p_text(test.p, prefix=False),
            percent(test.detectable, signed=False, unit=False),
            test.verdict,
        ]
    )


def expected_text(test: PlannedTest) -> str:
    """Such as "Nvidia falls beyond −2%, day 0".

    Args:
        test: The hypothesis.
    """
    verb = "moves" if test.direction == "either" else test.direction
    signed = test.direction != "either"
    beyond = f" beyond {percent(test.threshold, signed=signed)}" if test.threshold else ""
    return f"{test.name} {verb}{beyond}, {window_text((test.start, test.end))}"
