"""results.json of many events pooled."""

from __future__ import annotations

from typing import Literal

from eventstudy.report.machine.keys import (
    CONFIDENCE,
    COUNT,
    DATE,
    NAME,
    NUMBER,
    RETURN,
    SESSION,
    YES,
    Declared,
    P,
    key,
)
from eventstudy.report.machine.page_figures import PooledPageFigures
from eventstudy.report.machine.rows import Figure, Report, Span
from eventstudy.spec.study_spec import StudySpec


class MeanKeys(Span):
    """The mean of a group over a window."""

    group: str = key("The group; all for all observations together", NAME)
    estimate: Figure = key("Mean with the study's weights", RETURN)
    tested: Figure = key(
        "What the quoted test tests: the precision-weighted mean, or estimate", RETURN
    )
    low: Figure = key("Lower end of the quoted test's interval", RETURN)
    high: Figure = key("Upper end of the quoted test's interval", RETURN)
    n: int = key("Observations", COUNT)
    positive: int = key("Observations above zero", COUNT)
    test: str = key("The quoted test; empty where none could be computed", NAME)
    p: Figure = key("p of the quoted test", P)
    level: float = key("Level of significance", CONFIDENCE)
    by_precision: bool = key("Whether `tested` weights by the reciprocal of the error", YES)
    significant: bool = key("Whether the quoted test rejects zero", YES)


class DifferenceKeys(Span):
    """One group minus another over a window."""

    a: str = key("The first group", NAME)
    b: str = key("The second group", NAME)
    n_a: int = key("Observations of a", COUNT)
    n_b: int = key("Observations of b", COUNT)
    mean_a: Figure = key("Mean of a", RETURN)
    mean_b: Figure = key("Mean of b", RETURN)
    difference: Figure = key("mean_a minus mean_b", RETURN)
    method: str = key("How the error is computed", NAME)
    se: Figure = key("Standard error of the difference", RETURN)
    statistic: Figure = key("Its t", NUMBER)
    df: Figure = key("Degrees of freedom", NUMBER)
    p_value: Figure = key("Two-sided p", P)
    ci_low: Figure = key("Lower end of the interval", RETURN)
    ci_high: Figure = key("Upper end of the interval", RETURN)
    clusters: Figure = key("Dates by which errors are clustered", COUNT)
    refused: str = key("Why there is no figure; empty if there is one")


class DistributionKeys(Declared):
    """The distribution of single CARs over the window of the headline."""

    mean: Figure = key("Mean", RETURN)
    sd: Figure = key("Standard deviation", RETURN)
    quantile_1: Figure = key("1% of the observations are below", RETURN)
    quantile_5: Figure = key("5% are below", RETURN)
    quantile_25: Figure = key("25% are below", RETURN)
    quantile_50: Figure = key("Median", RETURN)
    quantile_75: Figure = key("75% are below", RETURN)
    quantile_95: Figure = key("95% are below", RETURN)
    quantile_99: Figure = key("99% are below", RETURN)
    trimmed_mean: Figure = key("Mean without the 1% at each end", RETURN)
    winsorised_mean: Figure = key("Mean with those set to the nearest value kept", RETURN)


class LeftOutKeys(Declared):
    """Why observations were left out, counted."""

    stage: str = key("Stage at which; CAR and a window where only that window is missing")
    kind: str = key("The reason without names, dates and numbers")
    count: int = key("Observations", COUNT)
    example: str = key("The first such reason, with names and numbers")


class TermKeys(Declared):
    """A term of the regression."""

    term: str = key("The term", NAME)
    coef: Figure = key("Coefficient: CAR as a fraction per unit of the term", NUMBER)
    se: Figure = key("Its standard error", NUMBER)
    t: Figure = key("Its t", NUMBER)
    p_value: Figure = key("Two-sided p", P)
    ci_low: Figure = key("Lower end of the interval", NUMBER)
    ci_high: Figure = key("Upper end of the interval", NUMBER)


class RegressionKeys(Declared):
    """The regression of CARs on characteristics."""

    formula: str = key("The formula")
    window: list[int] = key("First and last session of the CAR", SESSION)
    covariance: str = key("Kind of the standard errors", NAME)
    n: int = key("Observations", COUNT)
    r_squared: Figure = key("R²", NUMBER)
    terms: list[TermKeys] = key("The terms")


class PooledReport(Report):
    """results.json of many events pooled."""

    kind: Literal["pooled"] = key("What the document describes", NAME)
    first_day0: str = key("The first day 0", DATE)
    last_day0: str = key("The last day 0", DATE)
    asked: int = key("Observations in the list", COUNT)
    estimated: int = key("Observations with an estimate", COUNT)
    events: int = key("Events with an estimate", COUNT)
    means: list[MeanKeys] = key("Means of all and of each group over each window")
    differences: list[DifferenceKeys] = key("Differences between groups")
    distribution: DistributionKeys = key("Distribution of the CARs")
    left_out: list[LeftOutKeys] = key("Why observations were left out, counted")
    regression: RegressionKeys | None = key("The regression; null if none was asked for")
    figures: PooledPageFigures = key("Further figures that sentences of single pages quote")
    spec: StudySpec = key("The options of the study")
