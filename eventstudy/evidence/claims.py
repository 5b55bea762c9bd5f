"""What was said about an event against what was measured: verdicts computed from stated rules.

A fact holds or not. A cumulative abnormal return supports a part of a claim when it has the stated
sign and p lies below 1 − confidence, contradicts it when it has the other sign and p lies below
that, and is mixed when it cannot be told from zero; where another benchmark that the prices offer
gives another answer, it is mixed as well. p is the placebo p; above `LONG` days, where placebo runs
overlap too much, the larger one of it and that of t. A share won back is held against the threshold
by its Fieller interval. A claim is supported (contradicted) when all its testable parts are,
untestable when none can be tested, and mixed otherwise.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from eventstudy.errors import EventStudyError
from eventstudy.evidence.case import Case
from eventstudy.evidence.claim_register import FACTS, Claim, Part, read_claims
from eventstudy.evidence.contrasts import differences, members_of
from eventstudy.evidence.days import share_undone, spec_over, sum_days, typed
from eventstudy.evidence.multiplicity import adjust
from eventstudy.evidence.shown import EvidencePart
from eventstudy.market.listing import unlisted_reason
from eventstudy.models.fits import Fits
from eventstudy.numbers import window_text
from eventstudy.significance.outcome import t_quantile
from eventstudy.spec import Window

SUPPORTED, CONTRADICTED, MIXED, UNTESTABLE = "supported", "contradicted", "mixed", "untestable"
UNCLEAR = "cannot be told from zero"
LONG = 10
"""Days above which placebo runs overlap so much that their p comes out too small."""


@dataclass(frozen=True, eq=False, repr=False)
class Claims(EvidencePart):
    """The claims about one event with their verdicts, and the parts these rest on."""

    claims: pd.DataFrame
    """id, says, source, verdict, why."""
    parts: pd.DataFrame
    """id, part, measure, of, minus, label, event_id, day0, start, end, direction, threshold,
    within, figure (decimals or points), low, high, p_value, p_kind ("placebo", "t", or empty where
    there is none), p_holm (Holm's, over all parts), benchmark, other (another benchmark),
    other_figure, other_p, confounders (titles of registered events inside the window), verdict,
    why."""
    confidence: float


class Figure(NamedTuple):
    """A measured part under one benchmark; NaN beside the reason for it."""

    value: float
    low: float = np.nan
    high: float = np.nan
    p: float = np.nan
    kind: str = ""
    reason: str = ""


def check_claims(case: Case, claims: Sequence[Claim] | None = None) -> Claims:
    """The verdict on every claim about the case's event; by default of the packaged register.

    Each part is measured with the study's own specification, at its own event's day 0, under the
    study's benchmark and those it is compared with.
    """
    register = read_claims() if claims is None else claims
    mine = [claim for claim in register if claim.event == case.event_id]
    parts = [part for claim in mine for part in claim.part]
    cases = _by_benchmark(case)
    figures = [_measure(one, parts) for one in cases.values()]
    level = round(1 - case.spec.confidence, 12)
    rows: list[dict[str, Any]] = []
    whole = []
    number = 0
    for claim in mine:
        verdicts = []
        for place, part in enumerate(claim.part, start=1):
            found = [by_part[number] for by_part in figures]
            verdict, why = part_verdict(part, found, level)
            verdicts.append(verdict)
            rows.append(
                {
                    "id": claim.id,
                    "part": place,
                    **_described(case, part),
                    **_quoted(part, found, list(cases)),
                    "confounders": _confounders(case, part),
                    "verdict": verdict,
                    "why": why,
                }
            )
            number += 1
        verdict, counted = claim_verdict(verdicts)
        why = counted or str(rows[-1]["why"])
        about = {"id": claim.id, "says": claim.says, "source": claim.source}
        whole.append({**about, "verdict": verdict, "why": why})
    table = typed(rows, _PARTS)
    table["p_holm"] = adjust(table["p_value"])["p_holm"].to_numpy()
    return Claims(typed(whole, _CLAIMS), table, case.spec.confidence)


_CLAIMS = "id:s says:s source:s verdict:s why:s"
_PARTS = (
    "id:s part:i measure:s of:s minus:s label:s event_id:s day0:d start:i end:i direction:s "
    "threshold within figure low high p_value p_kind:s p_holm benchmark:s other:s other_figure "
    "other_p confounders:s verdict:s why:s"
)


def part_verdict(part: Part, found: Sequence[Figure], level: float) -> tuple[str, str]:
    """Verdict and reason of a part from its figure under each benchmark."""
    if found[0].reason:
        return UNTESTABLE, found[0].reason
    if part.measure in FACTS:
        return (SUPPORTED if _holds(part, found[0].value) else CONTRADICTED), ""
    known = [figure for figure in found if not figure.reason]
    if part.measure == "share_back":
        outcomes = [_share_outcome(part, figure) for figure in known]
    else:
        outcomes = [_car_outcome(part, figure, level) for figure in known]
    firm = {outcome for outcome in outcomes if outcome in (SUPPORTED, CONTRADICTED)}
    if len(firm) == 2:
        return MIXED, "turns on the benchmark"
    if not firm:
        return MIXED, outcomes[0]
    sure = [outcome for outcome in outcomes if outcome in firm]
    if len(sure) < len(outcomes):
        return MIXED, f"{firm.pop()} under {len(sure)} of {len(outcomes)} benchmarks"
    if len(outcomes) < len(found):
        return outcomes[0], f"known under {len(outcomes)} of {len(found)} benchmarks"
    return outcomes[0], ""


def _holds(part: Part, value: float) -> bool:
    if part.direction == "about":
        return abs(value - part.threshold) <= part.within
    return (value > part.threshold) if part.direction == "above" else (value < part.threshold)


def _car_outcome(part: Part, figure: Figure, level: float) -> str:
    if not figure.p < level:
        return UNCLEAR
    return SUPPORTED if _holds(part, figure.value) else CONTRADICTED


def _share_outcome(part: Part, figure: Figure) -> str:
    if not (np.isfinite(figure.low) and np.isfinite(figure.high)):
        return "its interval has no bounds"
    ends = {_holds(part, figure.low), _holds(part, figure.high)}
    if len(ends) > 1:
        return "its interval holds the threshold"
    return SUPPORTED if ends.pop() else CONTRADICTED


def claim_verdict(parts: Sequence[str]) -> tuple[str, str]:
    """The verdict on a claim from those on its parts, and how many of these say what."""
    testable = [verdict for verdict in parts if verdict != UNTESTABLE]
    counts = {name: parts.count(name) for name in (SUPPORTED, CONTRADICTED, MIXED, UNTESTABLE)}
    why = ", ".join(f"{count} {name}" for name, count in counts.items() if count)
    why = f"{why} of {len(parts)} parts" if len(parts) > 1 else ""
    if not testable:
        return UNTESTABLE, why
    return (testable[0] if len(set(testable)) == 1 else MIXED), why


def _by_benchmark(case: Case) -> dict[str, Case]:
    """The case under the study's benchmark, then under each that it is compared with."""
    others = {
        name: replace(
            case,
            result=replace(
                case.result, spec=case.spec.model_copy(update={"benchmark": name}), comparison={}
            ),
        )
        for name in case.result.comparison
    }
    return {case.benchmark: case, **others}


def _measure(case: Case, parts: Sequence[Part]) -> list[Figure]:
    """Every part's figure under the case's benchmark: one fit a day, whatever the parts."""
    found: dict[int, Figure] = {}
    days: dict[pd.Timestamp, list[int]] = {}
    for i, part in enumerate(parts):
        reason = _untestable(case, part)
        if reason:
            found[i] = Figure(np.nan, reason=reason)
        elif part.measure in FACTS:
            found[i] = _fact(case, part)
        else:
            days.setdefault(_day0(case, part), []).append(i)
    for day, rows in days.items():
        chosen = {i: parts[i] for i in rows}
        single = {i: part for i, part in chosen.items() if not part.minus}
        pairs = {i: part for i, part in chosen.items() if part.minus}
        for some, measure in ((single, _singles), (pairs, _pairs)):
            found |= _or_reason(case, day, some, measure) if some else {}
    return [found[i] for i in range(len(parts))]


Measure = Callable[[Case, pd.Timestamp, dict[int, Part]], dict[int, Figure]]


def _or_reason(
    case: Case, day: pd.Timestamp, parts: dict[int, Part], measure: Measure
) -> dict[int, Figure]:
    """The figures, or the sentence why there is none; one bad window spoils no other part."""
    try:
        return measure(case, day, parts)
    except EventStudyError as error:
        if len(parts) == 1:
            return dict.fromkeys(parts, Figure(np.nan, reason=str(error).rstrip(".")))
    alone = [_or_reason(case, day, {i: part}, measure) for i, part in parts.items()]
    return {i: figure for one in alone for i, figure in one.items()}


def _untestable(case: Case, part: Part) -> str:
    """Why a part cannot be measured on these prices, or empty."""
    if part.event and part.event not in set(case.context.events["event_id"]):
        return f"the registry has no event {part.event}"
    groups = _groups(case)
    for name in (*part.of, *part.minus):
        if _not_here(case, name):
            near = difflib.get_close_matches(name, [*groups, *case.prices.adj_close.columns], n=1)
            hint = f"; did you mean {near[0]}?" if near else ""
            absent = f"{name} is neither in the prices nor a group of the event{hint}"
            return unlisted_reason(name) or case.prices.unavailable.get(name, absent)
    at = int(case.sessions.searchsorted(_day0(case, part)))
    first, last = at + min(part.window.start, 0), at + max(part.window.end, 0)
    if first < 1 or last >= len(case.sessions):
        return f"the prices do not reach {window_text(part.window)}"
    start = 0 if part.measure == "share_back" else part.window.start
    members = list(members_of(case, (*part.of, *part.minus)))
    ends = case.prices.close[members].iloc[[at + start - 1, at + part.window.end]].isna().any()
    if part.measure in FACTS and ends.any():
        return f"no close of {', '.join(ends.index[ends])} around {window_text(part.window)}"
    return case.gap(members, _day0(case, part), Window(start, part.window.end))


def _day0(case: Case, part: Part) -> pd.Timestamp:
    events = case.context.events
    wanted = part.event or case.event_id
    return pd.Timestamp(events.loc[events["event_id"] == wanted, "day0"].iloc[0])


def _fact(case: Case, part: Part) -> Figure:
    """The change of the close over the window, relative or in points; a group's mean return."""
    at = int(case.sessions.searchsorted(_day0(case, part)))
    table = case.prices.close[list(members_of(case, part.of))]
    before = table.iloc[at + part.window.start - 1].to_numpy()
    after = table.iloc[at + part.window.end].to_numpy()
    points = part.measure == "index_points"
    return Figure(float((after - before if points else after / before - 1).mean()))


def _singles(case: Case, day: pd.Timestamp, parts: dict[int, Part]) -> dict[int, Figure]:
    """CARs, and shares won back, of assets and equal-weighted portfolios on one day."""
    windows = tuple(dict.fromkeys(part.window for part in parts.values()))
    spec = spec_over(case.spec, (Window(0, 0), *windows), placebo=True)
    named = {i: members_of(case, part.of) for i, part in parts.items()}
    names = {members: f"claim {n}" for n, members in enumerate(dict.fromkeys(named.values()))}
    made = {name: case.returns[list(members)].mean(axis=1) for members, name in names.items()}
    returns = pd.concat([case.returns, pd.DataFrame(made)], axis=1)
    fitted = case.refit(list(made), [day], spec, returns)
    estimates = replace(fitted.estimates, spec=spec)
    row = {ticker: n for n, ticker in enumerate(estimates.labels["ticker"])}
    why = dict(zip(fitted.exclusions["ticker"], fitted.exclusions["reason"], strict=True))
    found = {}
    for i, part in parts.items():
        name = names[named[i]]
        if name not in row:
            found[i] = Figure(np.nan, reason=str(why[name]))
        elif part.measure == "share_back":
            one = estimates.take(np.array([row[name]]))
            found[i] = _share_back(one.fits, spec.span, part.window, spec.confidence)
        else:
            found[i] = _car(estimates.car_table(part.window).iloc[row[name]], part.window)
    return found


def _pairs(case: Case, day: pd.Timestamp, parts: dict[int, Part]) -> dict[int, Figure]:
    """Differences of two portfolios on one day, with the covariance of that day."""
    windows = tuple(dict.fromkeys(part.window for part in parts.values()))
    sides = list(dict.fromkeys((part.of, part.minus) for part in parts.values()))
    table = differences(case, sides, windows, day)
    place = {
        (pair, window): n * len(windows) + k
        for n, pair in enumerate(sides)
        for k, window in enumerate(windows)
    }
    return {
        i: _car(table.iloc[place[(part.of, part.minus), part.window]], part.window)
        for i, part in parts.items()
    }


def _car(row: pd.Series[Any], window: Window) -> Figure:
    """A row of a CAR table with the interval of t and the p that a verdict rests on."""
    if row["reason"]:
        return Figure(np.nan, reason=str(row["reason"]))
    p, kind = float(row["p_placebo"]), "placebo"
    if not np.isfinite(p) or (window.length > LONG and row["p_value"] > p):
        p, kind = float(row["p_value"]), "t"
    return Figure(float(row["car"]), float(row["ci_low"]), float(row["ci_high"]), p, kind)


def _share_back(fits: Fits, span: Window, window: Window, confidence: float) -> Figure:
    """−CAR over the window over an abnormal loss AR0, with its Fieller interval."""
    day = np.arange(span.start, span.end + 1)
    zero = sum_days(fits, (day == 0)[None])
    after = sum_days(fits, ((day >= window.start) & (day <= window.end))[None])
    if not (np.isfinite(zero.car[0, 0]) and np.isfinite(after.car[0, 0])):
        return Figure(
            np.nan, reason=f"a day without an abnormal return up to {window_text(window)}"
        )
    if zero.car[0, 0] >= 0:
        return Figure(np.nan, reason="day 0 brought no abnormal loss to win back")
    quantile = t_quantile(confidence, fits.df)[:, None]
    share, low, high = (float(v[0, 0]) for v in share_undone(zero, after, quantile))
    return Figure(share, low, high)


def _described(case: Case, part: Part) -> dict[str, Any]:
    label = ", ".join(_said(case, name) for name in part.of)
    if part.minus:
        label += " minus " + ", ".join(_said(case, name) for name in part.minus)
    known = part.event is None or part.event in set(case.context.events["event_id"])
    return {
        "measure": part.measure,
        "of": ";".join(part.of),
        "minus": ";".join(part.minus),
        "label": label,
        "event_id": part.event or case.event_id,
        "day0": _day0(case, part) if known else pd.NaT,
        "start": part.window.start,
        "end": part.window.end,
        "direction": part.direction,
        "threshold": part.threshold,
        "within": part.within,
    }


def _said(case: Case, name: str) -> str:
    return case.group_label(case.name(name))


def _quoted(part: Part, found: Sequence[Figure], benchmarks: Sequence[str]) -> dict[str, Any]:
    """The figure under the study's benchmark, and under the next one; a fact has no benchmark."""
    compared = len(found) > 1 and part.measure not in FACTS
    own, other = found[0], found[1] if compared else Figure(np.nan)
    return {
        "figure": own.value,
        "low": own.low,
        "high": own.high,
        "p_value": own.p,
        "p_kind": own.kind,
        "benchmark": benchmarks[0],
        "other": benchmarks[1] if compared else "",
        "other_figure": other.value,
        "other_p": other.p,
    }


def _confounders(case: Case, part: Part) -> str:
    """Registered events of the same assets or of the market inside the part's window."""
    if part.event and part.event not in set(case.context.events["event_id"]):
        return ""
    listed = [n for n in (*part.of, *part.minus) if not _not_here(case, n)]
    at = int(case.sessions.searchsorted(_day0(case, part)))
    members = members_of(case, listed) if listed else ()
    near = case.registered_near(members, at, part.window, part.event or case.event_id)
    return "; ".join(near["title"])


def _not_here(case: Case, name: str) -> bool:
    return name not in _groups(case) and name not in case.prices.adj_close.columns


def _groups(case: Case) -> set[str]:
    return {name for entity in case.entities for name in (entity.group, entity.key)}
