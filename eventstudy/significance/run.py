"""All chosen tests over all groups and windows, as tidy rows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from eventstudy.compute.engine import Report
from eventstudy.significance.outcome import Outcome, refusal
from eventstudy.significance.registry import HEADLINE, Test, chosen_tests
from eventstudy.significance.sample import FittedGroup, Sample
from eventstudy.significance.sums.moments import tested_windows
from eventstudy.spec import StudySpec, Window

LONG_PLACEBO = 10
"""Windows above this length carry a warning on their placebo p: at 21 days and 250 sessions a
5 % test rejects 6.8 % and a 1 % test 2.5 % (docs/calibration.md says by which command)."""


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
    """Why not to trust the figure, or empty."""


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
    for group in groups:
        fitting = [t for t in chosen if spec.tests != "default" or _means_something(t, group)]
        scans = [one for test in fitting for one in test.scans if group.layout in test.layouts]
        group.prepare(scans, engine, report)
        for window in tested_windows(spec):
            yield from _rows(group.over(window), fitting)


def _means_something(test: Test, group: FittedGroup) -> bool:
    of_others = test.of_returns and group.spec.returns == "difference"
    return group.layout in test.layouts and not of_others


def _rows(sample: Sample, tests: Sequence[Test]) -> list[TestRow]:
    outcomes = {test.name: outcome_of(test, sample) for test in tests}
    answered = [
        name
        for name in HEADLINE[sample.group.layout]
        if name in outcomes and not outcomes[name].refused
    ]
    return [
        TestRow(
            group=sample.group.name,
            window=sample.window,
            test=test.name,
            outcome=outcomes[test.name],
            headline=test.name in answered[:1],
            warning=_warning(test, sample),
        )
        for test in tests
    ]


def outcome_of(test: Test, sample: Sample) -> Outcome:
    """What a test says of a sample; refused where it is no test of its layout or of its figures."""
    if test.of_returns and sample.group.spec.returns == "difference":
        reason = f"{test.name} compounds returns, and the study is of changes of levels"
        return refusal(reason, sample.n)
    if sample.group.layout in test.layouts:
        return test.function(sample)
    wanted = " or ".join(test.layouts)
    return refusal(f"{test.name} is a test for {wanted}; here is {sample.group.layout}", sample.n)


def _warning(test: Test, sample: Sample) -> str:
    group, length = sample.group, sample.window.length
    if "placebo" in test.name and length > LONG_PLACEBO and group.layout in test.layouts:
        return (
            f"placebo runs of {length} {group.spec.rows} overlap: about "
            f"{len(group.spec.estimation_days)}/{length} of them are independent, and small "
            "p-values come somewhat too often"
        )
    sharing = group.sharing(length)
    if not test.assumes_independence or not sharing:
        return ""
    common = "their date" if sharing == group.sharing(1) else "days of the window"
    return (
        f"assumes independent observations, but {sharing} of {len(group.fits)} share {common}: "
        "it can reject too often"
    )
