"""All chosen tests over all groups and windows, as tidy rows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from eventstudy.compute.engine import Report
from eventstudy.significance.outcome import Outcome, refusal
from eventstudy.significance.registry import HEADLINE, Test, chosen_tests
from eventstudy.significance.sample import FittedGroup, Layout, Sample
from eventstudy.significance.sums.moments import tested_windows
from eventstudy.significance.validity import warning_of
from eventstudy.spec.study_spec import StudySpec
from eventstudy.spec.windows import Window

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
    for group in groups:
        fitting = fitting_tests(group, spec)
        scans = [one for test in fitting for one in test.scans if group.layout in test.layouts]
        group.prepare(scans, engine, report)
        quoted, warnings = quotable(fitting, group), dict[int, list[str]]()
        for window in tested_windows(spec):
            sample, length = group.over(window), window.length
            if length not in warnings:
                warnings[length] = [warning_of(test, sample) for test in fitting]
            yield from _rows(sample, fitting, quoted, warnings[length])


def _means_something(test: Test, group: FittedGroup) -> bool:
    of_others = test.of_returns and group.spec.returns == "difference"
    return group.layout in test.layouts and not of_others


def _rows(
    sample: Sample, tests: Sequence[Test], quoted: Sequence[str], warnings: Sequence[str]
) -> list[TestRow]:
    outcomes = {test.name: outcome_of(test, sample) for test in tests}
    headline = next((name for name in quoted if not outcomes[name].refused), "")
    return [
        TestRow(
            group=sample.group.name,
            window=sample.window,
            test=test.name,
            outcome=outcomes[test.name],
            headline=test.name == headline,
            warning=warning,
        )
        for test, warning in zip(tests, warnings, strict=True)
    ]


def fitting_tests(group: FittedGroup, spec: StudySpec) -> list[Test]:
    """The tests of a group: those asked for, or the default ones of its layout.

    That of a weighted mean belongs to every study with such weights.

    Args:
        group: The observations.
        spec: The study's options.
    """
    chosen = chosen_tests(spec.tests)
    fitting = [t for t in chosen if spec.tests != "default" or _means_something(t, group)]
    own = chosen_tests(WEIGHTED) if group.weights is not None else ()
    return [*fitting, *(t for t in own if t not in fitting and group.layout in t.layouts)]


def quotable(tests: Sequence[Test], group: FittedGroup) -> list[str]:
    """Those of the tests that can be quoted of a group, the first choice first.

    The first that is not refused is quoted, whatever it says; a warning stands beside it.

    Args:
        tests: The chosen ones.
        group: The observations; over many dates the test of a weighted mean goes first.
    """
    names = HEADLINE[group.layout]
    if group.weights is not None and group.layout is Layout.MANY_DATES:
        names = (WEIGHTED, *names)
    known = {test.name for test in tests}
    return [name for name in names if name in known]


def outcome_of(test: Test, sample: Sample) -> Outcome:
    """The outcome of a test for a sample; refused where it is not valid for layout or figures.

    It is kept, so that the group's means do not compute it again.
    """
    known, key = sample.group.once(_outcomes), (test.name, sample.window)
    if key not in known:
        known[key] = _outcome(test, sample)
    return known[key]


def _outcomes(_: FittedGroup) -> dict[tuple[str, Window], Outcome]:
    """Where a group keeps the outcomes of its tests."""
    return {}


def _outcome(test: Test, sample: Sample) -> Outcome:
    if test.of_returns and sample.group.spec.returns == "difference":
        reason = f"{test.name} compounds returns, and the study is of changes of levels"
        return refusal(reason, sample.n)
    if sample.group.layout in test.layouts:
        return test.function(sample)
    wanted = " or ".join(test.layouts)
    return refusal(
        f"{test.name} is a test for {wanted}; this group is {sample.group.layout}", sample.n
    )
