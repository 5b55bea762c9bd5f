"""The evidence in results.json: one table a part, which `in_short` of the part names."""

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

_ENTITY = "Ticker of an asset, name of a group"
_NAME = "As it is called in print"
_REASON = "Why a figure is missing; empty where none is"


class PlaceboRow(Declared):
    """The event among ordinary days, or among other assets."""

    kind: str = key("time: among other days; space: among other assets", NAME)
    entity: str = key(_ENTITY, NAME)
    name: str = key(_NAME, NAME)
    window_start: int = key("First session of the window", SESSION)
    window_end: int = key("Last session of the window", SESSION)
    car: Figure = key("The event's abnormal return, cumulative over several sessions", RETURN)
    statistic: Figure = key("The same in standard errors of its forecast", NUMBER)
    n_placebos: Figure = key("Other days or assets that the event is ranked among", COUNT)
    n_apart: Figure = key("How many windows of them share no day", COUNT)
    rank: Figure = key("Rank of the event by size, 1 the largest", COUNT)
    p_value: Figure = key("Two-sided p: the rank over all", P)
    p_less: Figure = key("One-sided p of a fall", P)
    p_greater: Figure = key("One-sided p of a rise", P)
    first: Label = key("First of the other days", DATE)
    last: Label = key("Last of the other days", DATE)
    reason: str = key(_REASON)


class CurveRow(Declared):
    """What the estimates under all specifications amount to."""

    entity: str = key(_ENTITY, NAME)
    name: str = key(_NAME, NAME)
    window_start: int = key("First session of the window", SESSION)
    window_end: int = key("Last session of the window", SESSION)
    n_specifications: Figure = key("Specifications with an estimate", COUNT)
    n_distinct: Figure = key("Estimates that differ", COUNT)
    median: Figure = key("Median of the estimates", RETURN)
    minimum: Figure = key("Smallest estimate", RETURN)
    maximum: Figure = key("Largest estimate", RETURN)
    n_significant: Figure = key("Significant by t in the direction of the median", COUNT)
    share_significant: Figure = key("The same as a share", SHARE)
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
    """What the sessions after day 0 undid of it."""

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
    first_back: Figure = key("First session not significantly on the side of day 0", SESSION)
    stays_back: Figure = key("First session from which it never is again", SESSION)
    first_reason: str = key("Why one of them is missing; empty where none is")
    half_life: Figure = key("First session with half recovered", SESSION)
    half_reason: str = key("Why it is missing; empty where it is not")
    left_out: str = key("Days that are left out, of confounders")


class ContaminationRow(Span):
    """An estimate under the study's own and under another benchmark."""

    other: str = key("The other benchmark", NAME)
    key_: str = key(_ENTITY, NAME, alias="key")
    name: str = key(_NAME, NAME)
    group: str = key("Its group", NAME)
    portfolio: bool = key("Whether it is a group taken as one", YES)
    lead: bool = key("Whether the report leads with it", YES)
    own: Figure = key("Estimate under the study's benchmark", RETURN)
    own_se: Figure = key("Its standard error", RETURN)
    against: Figure = key("Estimate under the other benchmark", RETURN)
    against_se: Figure = key("Its standard error", RETURN)
    difference: Figure = key("against minus own", RETURN)
    in_se: Figure = key("difference over own_se", NUMBER)
    difference_se: Figure = key("Standard error of the difference", RETURN)
    flagged: bool = key("Whether it exceeds one standard error", YES)
    reason: str = key(_REASON)


class ContrastRow(Span):
    """A group or asset minus the lead."""

    a: str = key("Who is compared", NAME)
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
    p_placebo: Figure = key("Two-sided p among ordinary days", P)
    ci_low: Figure = key("Lower end of the interval of t", RETURN)
    ci_high: Figure = key("Upper end of the interval of t", RETURN)
    placebo_low: Figure = key("Lower end of the placebo interval", RETURN)
    placebo_high: Figure = key("Upper end of the placebo interval", RETURN)
    n_obs: Figure = key("Returns of the estimate", COUNT)
    reason: str = key(_REASON)


class ValueRow(Declared):
    """Market value of a group: the sum over companies with known shares."""

    group: str = key("The group; all for all together", NAME)
    label: str = key(_NAME, NAME)
    members: str = key("Tickers in the sum, separated by ;", NAME)
    without: str = key("Tickers not in it, separated by ;", NAME)
    n: int = key("Companies in the sum", COUNT)
    raw: Figure = key("Change of market value", DOLLARS)
    abnormal: Figure = key("The part of it that is abnormal", DOLLARS)
    se: Figure = key("Standard error of the abnormal part", DOLLARS)
    low: Figure = key("Lower end of its interval", DOLLARS)
    high: Figure = key("Upper end of its interval", DOLLARS)
    n_obs: Figure = key("Sessions behind the standard error", COUNT)
    equal_weighted: Figure = key("Mean abnormal return of the members", RETURN)
    value_weighted: Figure = key("Abnormal sum over value before the day", RETURN)
    reason: str = key(_REASON)


class DamagesRow(Span):
    """Money a share over a window."""

    first: Label = key("Session that the window begins with", DATE)
    last: Label = key("Session that it ends with", DATE)
    previous_close: Figure = key("Close before the window", MONEY)
    close: Figure = key("Close at its end", MONEY)
    raw_change: Figure = key("Difference of the two", MONEY)
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
    detectable_per_share: Figure = key("The same a share", MONEY)
    reason: str = key(_REASON)


class EstimationRow(Declared):
    """The sessions behind the estimate of an asset."""

    ticker: str = key("The asset", NAME)
    name: str = key(_NAME, NAME)
    benchmark: str = key("Its benchmark", NAME)
    first: Label = key("First session used", DATE)
    last: Label = key("Last session used", DATE)
    used: int = key("Sessions used", COUNT)
    unused: int = key("Sessions of the window that are not", COUNT)


class ClaimRow(Declared):
    """What was said about the event."""

    id: str = key("Id of the claim", NAME)
    says: str = key("The claim")
    source: str = key("Who made it")
    verdict: str = key("supported, contradicted, mixed or untestable", NAME)
    why: str = key("How many of its parts came out how; empty for one part")


class EvidenceKeys(Declared):
    """The evidence on the event; a part that is missing is not there, `absent` says why."""

    placebos: list[PlaceboRow] = key("Among other days and other assets", default=[])
    curve: list[CurveRow] = key("Under other specifications", default=[])
    recovery: list[RecoveryRow] = key("What the sessions after day 0 undid", default=[])
    contamination: list[ContaminationRow] = key("Under other benchmarks", default=[])
    contrasts: list[ContrastRow] = key("Others minus the lead", default=[])
    value: list[ValueRow] = key("Market values", default=[])
    damages: list[DamagesRow] = key("Money a share", default=[])
    estimation: list[EstimationRow] = key("Sessions behind the estimates", default=[])
    claims: list[ClaimRow] = key("What was said, with the verdict", default=[])
    absent: dict[str, str] = key("Part → why there is none")
    notes: list[str] = key("What a reader of the evidence should know")
