"""All chosen tests over all groups and windows, as tidy rows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from eventstudy.compute.engine import Report
from eventstudy.significance.outcome import Outcome, refusal
from eventstudy.significance.registry import HEADLINE, Test, chosen_tests
from eventstudy.significance.sample import FittedGroup, Layout, Sample
from eventstudy.significance.sums.moments import tested_windows
from eventstudy.significance.validity import quoted_test, warning_of
from eventstudy.spec import EQUAL, PRECISION, StudySpec, Window

WEIGHTED = "weighted_kp_t"
"""The test of a weighted mean over many dates."""


@dataclass(frozen=True, slots=True)
class TestRow:
    """One test of one group over one window."""

    group: str
    window: Window
    test: str
    outcome: Outcome
    headline: bool
    """The test to quote for this group and window, by the layout of its observations."""
    warning: str
    """Why not to trust the figure, or empty; see `validity.warning_of`."""


def run_tests(
    groups: Iterable[FittedGroup],
    spec: StudySpec,
    engine: str = "serial",
    report: Report | None = None,
) -> Iterator[TestRow]:
    """Every chosen test for every group, each day of the event window and each CAR window.

    "default" leaves out tests that mean nothing in a group's layout; a test that was asked for
    is refused there with the reason.

    Args:
        groups: The groups of a study.
        spec: Tests and windows.
        engine: Where sums over the estimation windows are taken.
        report: Receives progress.
    """
    chosen = chosen_tests(spec.tests)
    own = chosen_tests(WEIGHTED) if spec.weights not in (EQUAL, PRECISION) else ()
    for group in groups:
        fitting = [t for t in chosen if spec.tests != "default" or group.layout in t.layouts]
        fitting += [t for t in own if t not in fitting and group.layout in t.layouts]
        scans = [one for test in fitting for one in test.scans if group.layout in test.layouts]
        group.prepare(scans, engine, report)
        for window in tested_windows(spec):
            yield from _rows(group.over(window), fitting)


def _rows(sample: Sample, tests: Sequence[Test]) -> list[TestRow]:
    outcomes = {test.name: outcome_of(test, sample) for test in tests}
    warnings = {test.name: warning_of(test, sample) for test in tests}
    answered = {name: text for name, text in warnings.items() if not outcomes[name].refused}
    headline = quoted_test(_quotable(sample.group), answered)
    return [
        TestRow(
            group=sample.group.name,
            window=sample.window,
            test=test.name,
            outcome=outcomes[test.name],
            headline=test.name == headline,
            warning=warnings[test.name],
        )
        for test in tests
    ]


def _quotable(group: FittedGroup) -> tuple[str, ...]:
    """The tests to quote, the first that answers; that of the weighted mean before the others."""
    names = HEADLINE[group.layout]
    weighted = group.weights is not None and group.layout is Layout.MANY_DATES
    return (WEIGHTED, *names) if weighted else names


def outcome_of(test: Test, sample: Sample) -> Outcome:
    """What a test says of a sample; refused where the sample's layout is not the test's."""
    if sample.group.layout in test.layouts:
        return test.function(sample)
    wanted = " or ".join(test.layouts)
    return refusal(f"{test.name} is a test for {wanted}; here is {sample.group.layout}", sample.n)
