"""All chosen tests over all groups and windows, as tidy rows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from eventstudy.compute.engine import Report
from eventstudy.significance.outcome import Outcome, refusal
from eventstudy.significance.registry import HEADLINE, Test, chosen_tests
from eventstudy.significance.sample import Group, Sample
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
    groups: Iterable[Group], spec: StudySpec, engine: str = "serial", report: Report | None = None
) -> Iterator[TestRow]:
    """Every chosen test for every group, each day of the event window and each CAR window.

    "default" leaves out tests that mean nothing in a group's layout; a test that was asked for
    is refused there with the reason.
    """
    chosen = chosen_tests(spec.tests)
    for group in groups:
        fitting = [t for t in chosen if spec.tests != "default" or group.layout in t.layouts]
        scans = [one for test in fitting for one in test.scans if group.layout in test.layouts]
        group.prepare(scans, engine, report)
        for window in tested_windows(spec):
            yield from _rows(group.over(window), fitting)


def _rows(sample: Sample, tests: Sequence[Test]) -> list[TestRow]:
    group = sample.group
    rows = [
        TestRow(group.name, sample.window, test.name, _outcome(test, sample), False, "")
        for test in tests
    ]
    warned = [replace(r, warning=_warning(t, sample)) for t, r in zip(tests, rows, strict=True)]
    quoted = next(
        (
            name
            for name in HEADLINE[group.layout]
            if any(r.test == name and not r.outcome.refused for r in rows)
        ),
        None,
    )
    return [replace(row, headline=row.test == quoted) for row in warned]


def _outcome(test: Test, sample: Sample) -> Outcome:
    if sample.group.layout in test.layouts:
        return test.function(sample)
    wanted = " or ".join(test.layouts)
    return refusal(f"{test.name} is a test for {wanted}; here is {sample.group.layout}", sample.n)


def _warning(test: Test, sample: Sample) -> str:
    group, length = sample.group, sample.window.length
    if "placebo" in test.name and length > LONG_PLACEBO and group.layout in test.layouts:
        return (
            f"placebo runs of {length} sessions overlap: about {len(group.spec.estimation_days)}"
            f"/{length} of them are independent, and small p-values come somewhat too often"
        )
    sharing = group.sharing(length)
    if not test.assumes_independence or not sharing:
        return ""
    common = "their date" if sharing == group.sharing(1) else "days of the window"
    return (
        f"assumes independent observations, but {sharing} of {len(group.fits)} share {common}: "
        "it can reject too often"
    )
