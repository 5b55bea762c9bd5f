"""Mean abnormal returns of a group, with the standard error that its layout allows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from eventstudy.significance.battery import tested_windows
from eventstudy.significance.one_date import portfolio_problem
from eventstudy.significance.sample import Group, Layout, Sample, sums_of
from eventstudy.spec import StudySpec, Window


@dataclass(frozen=True, slots=True)
class Average:
    """AAR (one day) or CAAR of a group."""

    group: str
    window: Window
    estimate: float
    se: float
    n: int
    positive: int
    """Observations above zero."""
    se_from: str
    """What the standard error rests on: forecast error, portfolio or cross-section."""


def average_all(groups: Iterable[Group], spec: StudySpec) -> Iterator[Average]:
    """Every group over each day of the event window and each CAR window."""
    for group in groups:
        for window in tested_windows(spec):
            yield _average(group.over(window))


def _average(sample: Sample) -> Average:
    """The mean of AR or CAR over the observations that have one.

    One asset: the forecast's standard error. One date: that of the group's portfolio, because
    the spread across assets says nothing about a shock they share. Several dates: sd/√N.
    """
    x, n = sample.x, sample.n
    if n == 0:
        return Average(sample.group.name, sample.window, np.nan, np.nan, 0, 0, "no observation")
    se, se_from = _standard_error(sample)
    return Average(
        sample.group.name, sample.window, float(x.mean()), se, n, int((x > 0).sum()), se_from
    )


def _standard_error(sample: Sample) -> tuple[float, str]:
    group = sample.group
    if group.layout is Layout.ONE:
        return float(sums_of(group.fits, group.spec, sample.window).se[0]), "forecast error"
    if group.layout is Layout.ONE_DATE and not portfolio_problem(sample):
        return float(sums_of(sample.portfolio, group.spec, sample.window).se[0]), "portfolio"
    if sample.n < 2:
        return np.nan, "one observation of several has a value"
    return float(sample.x.std(ddof=1) / np.sqrt(sample.n)), "cross-section"
