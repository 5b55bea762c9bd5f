"""Mean abnormal returns of a group, with the interval of the test that is quoted of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from eventstudy.significance.names import SPREAD, STANDARDISED, WEIGHTED_MEAN
from eventstudy.significance.outcome import Outcome, t_quantile
from eventstudy.significance.parametric import WeightedError, inflated_by, weighted_error
from eventstudy.significance.quoted import Quoted, agreeing, rejects
from eventstudy.significance.registry import Test
from eventstudy.significance.run import fitting_tests, outcome_of, quotable
from eventstudy.significance.sample import FittedGroup, Layout, Sample
from eventstudy.significance.single_date import portfolio_problem
from eventstudy.significance.sums.moments import tested_windows
from eventstudy.significance.sums.placebo_runs import placebo_quantile
from eventstudy.spec.study_spec import StudySpec
from eventstudy.spec.windows import Window

_BMP = "bmp_kp_t"


@dataclass(frozen=True, slots=True)
class Average:
    """AAR (one day) or CAAR of a group."""

    group: str
    window: Window
    estimate: float
    """The mean of the observations' AR or CAR, weighted where the study has weights."""
    tested: float
    """What the headline test is about: the portfolio's figure on one date; of several dates, for
    `bmp_kp_t`, the mean weighted by 1/s.e. of the forecasts; else the mean."""
    se: float
    """Of `tested`."""
    n: int
    positive: int
    """Observations above zero."""
    se_from: str
    """What the standard error rests on: forecast error, portfolio, standardised cross-section (of
    the weighted mean), or cross-section (sd/√N, where no test is quoted)."""
    ci_low: float
    """Of the effects that the headline test does not reject at 1 − confidence, the smallest; of
    those within the t quantile times `se` where no test is quoted."""
    ci_high: float
    """The largest of them."""


def average_all(groups: Iterable[FittedGroup], spec: StudySpec) -> Iterator[Average]:
    """Every group over each day of the event window and each CAR window."""
    for group in groups:
        known = {test.name: test for test in fitting_tests(group, spec)}
        possible = [known[name] for name in quotable([*known.values()], group)]
        for window in tested_windows(spec):
            yield _average(group.over(window), possible)


def _average(sample: Sample, possible: Sequence[Test]) -> Average:
    """The mean of AR or CAR over the observations that have one."""
    moments, nan = sample.moments, float("nan")
    test, outcome = _headline(sample, possible)
    tested, se, df, se_from = (
        _tested(sample, test, outcome) if sample.n else (nan, nan, nan, "no observation")
    )
    quoted = _quoted(sample, test, outcome, (tested, se, df))
    return Average(
        group=sample.group.name,
        window=sample.window,
        estimate=sample.mean if sample.n else nan,
        tested=tested,
        se=se,
        n=sample.n,
        positive=moments.positive,
        se_from=se_from,
        ci_low=quoted.low,
        ci_high=quoted.high,
    )


def _headline(sample: Sample, possible: Sequence[Test]) -> tuple[str, Outcome | None]:
    """The first of the tests that is not refused, and what it answers."""
    for test in possible:
        outcome = outcome_of(test, sample)
        if not outcome.refused:
            return test.name, outcome
    return "", None


def _tested(sample: Sample, test: str, outcome: Outcome | None) -> tuple[float, float, float, str]:
    """The figure that the headline test is about, its standard error, df, and what that rests on.

    One asset: the forecast's standard error. One date: that of the group's portfolio, because
    the spread across assets says nothing about a shock they share. Several dates: BMP's mean of
    z over that of 1/se, which is Σ(x/se)/Σ(1/se), and the error with which its t is bmp_kp_t's; or
    the mean with the study's weights.
    """
    group, moments = sample.group, sample.moments
    mean = sample.mean
    if group.layout is Layout.ONE:
        return mean, float(group.sums(sample.window).se[0]), group.fits.df[0], "forecast error"
    if group.layout is Layout.ONE_DATE:
        # The spread across assets that share a day says nothing about their mean.
        if problem := portfolio_problem(sample):
            return mean, np.nan, np.nan, problem
        sums = sample.portfolio_sums
        return float(sums.car[0]), float(sums.se[0]), sample.portfolio.df[0], "portfolio"
    if sample.n < 2:
        return mean, np.nan, np.nan, "one observation of several has a value"
    if group.weights is not None:
        error = weighted_error(sample)
        se = error.se if isinstance(error, WeightedError) else np.nan
        return mean, se, sample.n - 1, WEIGHTED_MEAN
    if test == _BMP and outcome is not None:
        weighted = moments.mean_z / moments.mean_precision
        spread = group.spread_z(sample.window) / np.sqrt(sample.n)
        inflation = inflated_by(sample.r_bar, sample.n)
        se = float(spread * np.sqrt(inflation) / moments.mean_precision)
        return weighted, se, outcome.df, STANDARDISED
    if sample.weights is not None:
        # By precision all w·x are alike in spread, so that N/(N − 1) makes up for their mean.
        squares = float(((sample.weights * (sample.x - mean)) ** 2).sum())
        return mean, float(np.sqrt(squares * sample.n / (sample.n - 1))), sample.n - 1, SPREAD
    variance = moments.squares_x / (sample.n - 1)
    return mean, float(np.sqrt(variance / sample.n)), sample.n - 1, SPREAD


def _quoted(
    sample: Sample, test: str, outcome: Outcome | None, figures: tuple[float, float, float]
) -> Quoted:
    """The figure with its interval: what the placebo test or t does not reject."""
    tested, se, df = figures
    confidence = sample.group.spec.confidence
    level = 1 - confidence
    if outcome is None and not np.isfinite(se):
        return Quoted(tested, np.nan, np.nan, np.nan, "", level)
    reach = t_quantile(confidence, np.array([df])) * se
    if "placebo" in test:
        reach = placebo_quantile(sample.placebos[None], confidence) * se
    p = np.array([outcome.p_value if outcome else np.nan])
    rejected = rejects(p, level) if outcome else np.abs([tested]) > reach
    low, high = agreeing(np.array([tested]), reach, rejected)
    return Quoted(tested, float(low[0]), float(high[0]), float(p[0]), test, level)
