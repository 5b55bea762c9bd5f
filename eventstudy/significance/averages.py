"""Mean abnormal returns of a group, with the standard error that its layout allows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from eventstudy.significance.parametric import WeightedError, weighted_error
from eventstudy.significance.sample import FittedGroup, Layout, Sample
from eventstudy.significance.single_date import portfolio_problem
from eventstudy.significance.sums.moments import tested_windows
from eventstudy.spec import StudySpec, Window


@dataclass(frozen=True, slots=True)
class Average:
    """AAR (one day) or CAAR of a group."""

    group: str
    window: Window
    estimate: float
    """The mean of the observations' AR or CAR, weighted where the study has weights."""
    tested: float
    """What the headline test is about: the portfolio's figure on one date, else the mean. They
    differ where the members' estimation windows differ."""
    se: float
    """Of `tested`."""
    n: int
    positive: int
    """Observations above zero."""
    se_from: str
    """What the standard error rests on: forecast error, portfolio or cross-section."""


def average_all(groups: Iterable[FittedGroup], spec: StudySpec) -> Iterator[Average]:
    """Every group over each day of the event window and each CAR window."""
    for group in groups:
        for window in tested_windows(spec):
            yield _average(group.over(window))


def _average(sample: Sample) -> Average:
    """The mean of AR or CAR over the observations that have one.

    One asset: the forecast's standard error. One date: that of the group's portfolio, because
    the spread across assets says nothing about a shock they share. Several dates: sd/√N.
    """
    moments, nan = sample.moments, float("nan")
    tested, se, se_from = _tested(sample) if sample.n else (nan, nan, "no observation")
    return Average(
        group=sample.group.name,
        window=sample.window,
        estimate=sample.mean if sample.n else nan,
        tested=tested,
        se=se,
        n=sample.n,
        positive=moments.positive,
        se_from=se_from,
    )


def _tested(sample: Sample) -> tuple[float, float, str]:
    """The figure that the headline test is about, its standard error, and what that rests on."""
    group, mean = sample.group, sample.mean
    if group.layout is Layout.ONE:
        return mean, float(group.sums(sample.window).se[0]), "forecast error"
    if group.layout is Layout.ONE_DATE and not portfolio_problem(sample):
        sums = sample.portfolio_sums
        return float(sums.car[0]), float(sums.se[0]), "portfolio"
    if sample.n < 2:
        return mean, np.nan, "one observation of several has a value"
    if sample.weights is not None:
        error = weighted_error(sample)
        se = error.se if isinstance(error, WeightedError) else np.nan
        return mean, se, "cross-section, weighted"
    variance = sample.moments.squares_x / (sample.n - 1)
    return mean, float(np.sqrt(variance / sample.n)), "cross-section"
