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

    group: str = key("The group; all for all together", NAME)
    estimate: Figure = key("Mean with the study's weights", RETURN)
    tested: Figure = key("What the quoted test is of: the mean by precision, or estimate", RETURN)
    low: Figure = key("Lower end of the quoted test's interval", RETURN)
    high: Figure = key("Upper end of it", RETURN)
    n: int = key("Observations", COUNT)
    positive: int = key("Those above zero", COUNT)
    test: str = key("The quoted test; empty where none could be computed", NAME)
    p: Figure = key("Its p", P)
    level: float = key("Level of significance", CONFIDENCE)
    by_precision: bool = key("Whether tested weighs by the reciprocal of the error", YES)
    significant: bool = key("Whether the quoted test rejects", YES)


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
    ci_high: Figure = key("Upper end of it", RETURN)
    clusters: Figure = key("Dates that errors are clustered by", COUNT)
    refused: str = key("Why there is no figure; empty where there is")


class DistributionKeys(Declared):
    """How the CARs of single observations are spread over the finding's window."""

    mean: Figure = key("Mean", RETURN)
    sd: Figure = key("Standard deviation", RETURN)
    quantile_1: Figure = key("1% of the observations are below", RETURN)
    quantile_5: Figure = key("5% are below", RETURN)
    quantile_25: Figure = key("25% are below", RETURN)
    quantile_50: Figure = key("Median", RETURN)
    quantile_75: Figure = key("75% are below", RETURN)
    quantile_95: Figure = key("95% are below", RETURN)
    quantile_99: Figure = key("99% are below", RETURN)
    trimmed_mean: Figure = key("Mean without the outer 1% at each end", RETURN)
    winsorised_mean: Figure = key("Mean with them pulled in", RETURN)


class LeftOutKeys(Declared):
    """Why observations were left out, counted."""

    stage: str = key("Where; CAR and a window where only that is missing")
    kind: str = key("The reason without names, dates and numbers")
    count: int = key("Observations", COUNT)
    example: str = key("The first of them")


class TermKeys(Declared):
    """A term of the regression."""

    term: str = key("The term", NAME)
    coef: Figure = key("Coefficient: CAR as a fraction per unit of the term", NUMBER)
    se: Figure = key("Its standard error", NUMBER)
    t: Figure = key("Its t", NUMBER)
    p_value: Figure = key("Two-sided p", P)
    ci_low: Figure = key("Lower end of the interval", NUMBER)
    ci_high: Figure = key("Upper end of it", NUMBER)


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

    kind: Literal["pooled"] = key("What the document is of", NAME)
    first_day0: str = key("The first day 0", DATE)
    last_day0: str = key("The last day 0", DATE)
    asked: int = key("Observations in the list", COUNT)
    estimated: int = key("Those with an estimate", COUNT)
    events: int = key("Events with an estimate", COUNT)
    means: list[MeanKeys] = key("Means of all and of each group over each window")
    differences: list[DifferenceKeys] = key("Differences of groups")
    distribution: DistributionKeys = key("How the CARs are spread")
    left_out: list[LeftOutKeys] = key("Why observations were left out, counted")
    regression: RegressionKeys | None = key("The regression; null where none was asked for")
    figures: PooledPageFigures = key("What the sentences of single pages quote beside that")
    spec: StudySpec = key("The options of the study")
