"""The planned tests in print: a table of words and figures, and a sentence each."""

from __future__ import annotations

from eventstudy.result.planned import PlannedTest, PlannedTests
from eventstudy.text.measure import headed
from eventstudy.text.numbers import between, p_text, percent, window_text
from eventstudy.text.table import Column, PlainTable, Row
from eventstudy.text.words import level_text

_MOST_DIGITS = 4


def planned_table(planned: PlannedTests, confidence: float) -> PlainTable:
    """A row a hypothesis: what was expected, estimate, interval, quoted p, verdict.

    Args:
        planned: Of one event.
        confidence: Of the intervals.
    """
    columns = (
        Column("Expected", "left"),
        Column(headed("Estimate, %")),
        Column(f"{level_text(confidence)} interval", "right"),
        Column("p"),
        Column("Test", "left"),
        Column(headed("Detectable, %")),
        Column("Verdict", "left"),
    )
    rows = [_row(test) for test in planned.tests]
    return PlainTable(columns, rows, f"tables/{planned.table}.csv")


def _row(test: PlannedTest) -> Row:
    return Row(
        [
            expected_text(test),
            percent(test.estimate, unit=False),
            between(percent(test.low, unit=False), percent(test.high, unit=False)),
            p_text(test.p, prefix=False),
            test.test,
            percent(test.detectable, 1, signed=False, unit=False),
            test.verdict,
        ]
    )


def expected_text(test: PlannedTest) -> str:
    """Such as "Nvidia: falls beyond −2%, day 0".

    Args:
        test: The hypothesis.
    """
    days = window_text((test.start, test.end))
    return f"{test.name}: {direction_text(test.direction, test.threshold)}, {days}"


def direction_text(direction: str, threshold: float) -> str:
    """Such as "falls beyond −2%", "moves".

    Args:
        direction: rises, falls or either.
        threshold: In the study's unit.
    """
    verb = "moves" if direction == "either" else direction
    return f"{verb} beyond {_short(threshold, direction != 'either')}" if threshold else verb


def _short(threshold: float, signed: bool) -> str:
    """A threshold with no more digits than it has."""
    decimals = percent(threshold, _MOST_DIGITS, signed, unit=False).partition(".")[2]
    return percent(threshold, len(decimals.rstrip("0")), signed)


def test_in_words(test: PlannedTest, confidence: float) -> str:
    """A planned test in a sentence for a terminal.

    Args:
        test: The test.
        confidence: Of its interval.
    """
    reason = f" ({test.reason})" if test.reason else ""
    said = f"{expected_text(test)}: {test.verdict}{reason}."
    if test.estimate is None:
        return said
    ends = between(percent(test.low, unit=False), percent(test.high))
    found = f" Estimate {percent(test.estimate)}, {level_text(confidence)} interval {ends}"
    power = percent(test.detectable, 1, signed=False)
    detectable = f"; {power} was detectable" if test.detectable is not None else ""
    return f"{said}{found}, {p_text(test.p)} ({test.test}){detectable}."


def planned_sentences(planned: PlannedTests, confidence: float) -> list[str]:
    """The finding, then each test, a sentence each.

    Args:
        planned: Of one event.
        confidence: Of the intervals.
    """
    return [f"{planned.finding}.", *(test_in_words(test, confidence) for test in planned.tests)]
