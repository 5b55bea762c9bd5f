"""The evidence in results.json: one table per part, which `in_short` of the part names."""

from __future__ import annotations

from eventstudy.report.machine.keys import (
    COUNT,
    DATE,
    DOLLARS,
    MONEY,
    NAME,
    NUMBER,
    RETURN,
    SESSION,
    SHARE,
    YES,
    Declared,
    P,
    key,
)
from eventstudy.report.machine.rows import Figure, Label, Span

_ENTITY = "Ticker of an asset, or name of a group"
_NAME = "Name in print"
_REASON = "Why a figure is missing; empty if none is"


class PlaceboRow(Declared):
    """The event among ordinary days, or among other assets."""

    kind: str = key("time: among other days; space: among other assets", NAME)
    entity: str = key(_ENTITY, NAME)
    name: str = key(_NAME, NAME)
    window_start: int = key("First session of the window", SESSION)
    window_end: int = key("Last session of the window", SESSION)
    car: Figure = key("The event's abnormal return, cumulative over several sessions", RETURN)
    statistic: Figure = key("car in standard errors of its forecast", NUMBER)
    n_placebos: Figure = key("Other days or assets among which the event is ranked", COUNT)
    n_apart: Figure = key("Windows among them that do not overlap", COUNT)
    rank: Figure = key("Rank of the event by size, 1 the largest", COUNT)
    p_value: Figure = key("Two-sided p: the rank divided by the number ranked", P)
    p_less: Figure = key("One-sided p of a fall", P)
    p_greater: Figure = key("One-sided p of a rise", P)
    first: Label = key("First of the other days", DATE)
    last: Label = key("Last of the other days", DATE)
    reason: str = key(_REASON)


class CurveRow(Declared):
    """A summary of the estimates under all specifications."""

    entity: str = key(_ENTITY, NAME)
    name: str = key(_NAME, NAME)
    window_start: int = key("First session of the window", SESSION)
    window_end: int = key("Last session of the window", SESSION)
    n_specifications: Figure = key("Specifications with an estimate", COUNT)
    n_distinct: Figure = key("Distinct estimates among them", COUNT)
    median: Figure = key("Median of the estimates", RETURN)
    minimum: Figure = key("Smallest estimate", RETURN)
    maximum: Figure = key("Largest estimate", RETURN)
    n_significant: Figure = key("Significant by t in the direction of the median", COUNT)
    share_significant: Figure = key(
        "Share that is significant in the direction of the median", SHARE
    )
    share_same_sign: Figure = key("Share with the sign of the median", SHARE)
    mean_z: Figure = key("Mean of the estimates in their standard errors", NUMBER)
    n_placebos: Figure = key("Ordinary days with such a curve", COUNT)
    first: Label = key("First of these days", DATE)
    last: Label = key("Last of these days", DATE)
    p_median: Figure = key("p among ordinary days, by the median", P)
    p_significant: Figure = key("p among ordinary days, by the number significant", P)
    p_z: Figure = key("p among ordinary days, by the mean z", P)
    reason: str = key(_REASON)


class RecoveryRow(Declared):
    """How much of day 0 later sessions reversed."""

    key_: str = key(_ENTITY, NAME, alias="key")
    label: str = key(_NAME, NAME)
    lead: bool = key("Whether the report leads with it", YES)
    days: str = key("all, or clear: without the days of registered confounders", NAME)
    ar0: Figure = key("Abnormal return of day 0", RETURN)
    se: Figure = key("Its standard error", RETURN)
    t: Figure = key("Its t", NUMBER)
    df: Figure = key("Degrees of freedom of t", NUMBER)
    test: Label = key("The test that is quoted", NAME)
    p_value: Figure = key("Its two-sided p", P)
    abnormal: bool = key("Whether day 0 is significant", YES)
    first_back: Figure = key(
        "First session at which the CAR is not significant in the direction of day 0", SESSION
    )
    stays_back: Figure = key("First session from which it never is again", SESSION)
    first_reason: str = key("Why one of these is missing; empty if none is")
    half_life: Figure = key("First session by which half of day 0 is recovered", SESSION)
    half_reason: str = key("Why half_life is missing; empty if it is not")
    left_out: str = key("Days left out because of confounders")


class ContaminationRow(Span):
    """An estimate against the study's benchmark and against another."""

    other: str = key("The other benchmark", NAME)
    key_: str = key(_ENTITY, NAME, alias="key")
    name: str = key(_NAME, NAME)
    group: str = key("Its group", NAME)
    portfolio: bool = key("Whether it is a group as a portfolio", YES)
    lead: bool = key("Whether the report leads with it", YES)
    own: Figure = key("Estimate against the study's benchmark", RETURN)
    own_se: Figure = key("Its standard error", RETURN)
    against: Figure = key("Estimate against the other benchmark", RETURN)
    against_se: Figure = key("Its standard error", RETURN)
    difference: Figure = key("against minus own", RETURN)
    in_se: Figure = key("difference divided by own_se", NUMBER)
    difference_se: Figure = key("Standard error of the difference", RETURN)
    flagged: bool = key("Whether the difference exceeds one standard error", YES)
    reason: str = key(_REASON)


class ContrastRow(Span):
    """A group or asset minus the lead."""

    a: str = key("Group or asset compared with the lead", NAME)
    b: str = key("The lead", NAME)
    car_a: Figure = key("CAR of a", RETURN)
    car_b: Figure = key("CAR of b", RETURN)
    car: Figure = key("car_a minus car_b", RETURN)
    se: Figure = key("Its standard error", RETURN)
    t: Figure = key("Its t", NUMBER)
    df: Figure = key("Degrees of freedom", NUMBER)
    p_value: Figure = key("Two-sided p of t", P)
    p_greater: Figure = key("One-sided p against a positive difference", P)
    p_less: Figure = key("One-sided p against a negative difference", P)
    p_placebo: Figure = key("Two-sided p by rank among ordinary days", P)
    ci_low: Figure = key("Lower end of the interval of t", RETURN)
    ci_high: Figure = key("Upper end of the interval of t", RETURN)
    placebo_low: Figure = key("Lower end of the placebo interval", RETURN)
    placebo_high: Figure = key("Upper end of the placebo interval", RETURN)
    n_obs: Figure = key("Returns in the estimation window", COUNT)
    reason: str = key(_REASON)


class ValueRow(Declared):
    """Market value of a group: the sum over companies with known shares."""

    group: str = key("The group; all for all companies together", NAME)
    label: str = key(_NAME, NAME)
    members: str = key("Tickers in the sum, separated by ;", NAME)
    without: str = key("Tickers not in the sum, separated by ;", NAME)
    n: int = key("Companies in the sum", COUNT)
    raw: Figure = key("Change of market value", DOLLARS)
    abnormal: Figure = key("Abnormal part of that change", DOLLARS)
    se: Figure = key("Standard error of the abnormal part", DOLLARS)
    low: Figure = key("Lower end of its interval", DOLLARS)
    high: Figure = key("Upper end of its interval", DOLLARS)
    n_obs: Figure = key("Sessions behind the standard error", COUNT)
    equal_weighted: Figure = key("Mean abnormal return of the members", RETURN)
    value_weighted: Figure = key("Abnormal sum divided by value before the day", RETURN)
    reason: str = key(_REASON)


class DamagesRow(Span):
    """Money per share over a window."""

    first: Label = key("First session of the window", DATE)
    last: Label = key("Last session of the window", DATE)
    previous_close: Figure = key("Close before the window", MONEY)
    close: Figure = key("Close at the end of the window", MONEY)
    raw_change: Figure = key("close minus previous_close", MONEY)
    car: Figure = key("Abnormal return, cumulative over several sessions", RETURN)
    se: Figure = key("Its standard error", RETURN)
    t: Figure = key("Its t", NUMBER)
    low: Figure = key("Lower end of the quoted test's interval", RETURN)
    high: Figure = key("Upper end of the quoted test's interval", RETURN)
    p: Figure = key("p of the quoted test", P)
    test: Label = key("The quoted test", NAME)
    per_share: Figure = key("car × close before the window", MONEY)
    per_share_low: Figure = key("low × close before the window", MONEY)
    per_share_high: Figure = key("high × close before the window", MONEY)
    detectable: Figure = key("Smallest abnormal return that the test finds", RETURN)
    detectable_per_share: Figure = key("detectable per share", MONEY)
    reason: str = key(_REASON)


class EstimationRow(Declared):
    """The sessions behind the estimate of an asset."""

    ticker: str = key("The asset", NAME)
    name: str = key(_NAME, NAME)
    benchmark: str = key("Its benchmark", NAME)
    first: Label = key("First session used", DATE)
    last: Label = key("Last session used", DATE)
    used: int = key("Sessions used", COUNT)
    unused: int = key("Sessions of the window not used", COUNT)


class ClaimRow(Declared):
    """A claim about the event."""

    id: str = key("Id of the claim", NAME)
    says: str = key("The claim")
    source: str = key("Who made it")
    verdict: str = key("supported, contradicted, mixed or untestable", NAME)
    why: str = key("Verdicts on its parts, counted; empty if it has one part")


class EvidenceKeys(Declared):
    """The evidence on the event; `absent` says why a part is missing."""

    placebos: list[PlaceboRow] = key("The event among other days and other assets", default=[])
    curve: list[CurveRow] = key("Estimates under other specifications", default=[])
    recovery: list[RecoveryRow] = key("How much of day 0 later sessions reversed", default=[])
    contamination: list[ContaminationRow] = key("Estimates against other benchmarks", default=[])
    contrasts: list[ContrastRow] = key("Other groups and assets minus the lead", default=[])
    value: list[ValueRow] = key("Changes of market value", default=[])
    damages: list[DamagesRow] = key("Money per share", default=[])
    estimation: list[EstimationRow] = key("Sessions behind the estimates", default=[])
    claims: list[ClaimRow] = key("Claims with their verdicts", default=[])
    absent: dict[str, str] = key("Why a part is missing, by part")
    notes: list[str] = key("What a reader of the evidence should know")
