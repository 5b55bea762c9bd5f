"""What was said about an event against what was measured: verdicts computed from stated rules.

A fact holds or not. A cumulative abnormal return supports a part of a claim when it has the stated
sign and p lies below 1 − confidence, contradicts it when it has the other sign and p lies below
that, and is mixed when it cannot be told from zero; where another benchmark that the prices offer
gives another answer, it is mixed as well. A share won back is held against the threshold by its
Fieller interval. A claim is supported (contradicted) when all its testable parts are, untestable
when none can be tested, and mixed otherwise.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from eventstudy.errors import EventStudyError
from eventstudy.evidence.case import Case
from eventstudy.evidence.claim_register import FACTS, Claim, Part, read_claims
from eventstudy.evidence.contrasts import differences, members_of
from eventstudy.evidence.days import fieller, spec_over, sum_days
from eventstudy.market.listing import unlisted_reason
from eventstudy.numbers import window_text
from eventstudy.significance.outcome import t_quantile
from eventstudy.spec import Window

SUPPORTED, CONTRADICTED, MIXED, UNTESTABLE = "supported", "contradicted", "mixed", "untestable"
UNCLEAR = "cannot be told from zero"


@dataclass(frozen=True, eq=False)
class Claims:
    """The claims about one event with their verdicts, and the parts these rest on."""

    claims: pd.DataFrame
    """id, says, source, verdict, why."""
    parts: pd.DataFrame
    """id, part, measure, of, minus, label, event_id, day0, start, end, direction, threshold,
    within, figure (decimals or points), low, high, p_value, p_kind ("placebo", "t", or empty for a
    fact), benchmark, other (further benchmarks), other_figure, other_p, confounders (titles of
    registered events inside the window), verdict, why."""
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
    level = 1 - case.spec.confidence
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
                    **_quoted(found, list(cases)),
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
    return Claims(
        pd.DataFrame(whole, columns=["id", "says", "source", "verdict", "why"]),
        pd.DataFrame(rows, columns=_COLUMNS),
        case.spec.confidence,
    )


_COLUMNS = ["id", "part", "measure", "of", "minus", "label", "event_id", "day0", "start", "end"]
_COLUMNS += ["direction", "threshold", "within", "figure", "low", "high", "p_value", "p_kind"]
_COLUMNS += ["benchmark", "other", "other_figure", "other_p", "confounders", "verdict", "why"]


def part_verdict(part: Part, found: Sequence[Figure], level: float) -> tuple[str, str]:
    """Verdict and reason of a part from its figure under each benchmark."""
    if reason := next((figure.reason for figure in found if figure.reason), ""):
        return UNTESTABLE, reason
    if part.measure in FACTS:
        return (SUPPORTED if _holds(part, found[0].value) else CONTRADICTED), ""
    one = _share_outcome if part.measure == "share_back" else _car_outcome
    outcomes = [one(part, figure, level) for figure in found]
    if len(set(outcomes)) > 1:
        return MIXED, "turns on the benchmark"
    if outcomes[0] in (SUPPORTED, CONTRADICTED):
        return outcomes[0], ""
    return MIXED, outcomes[0]


def _holds(part: Part, value: float) -> bool:
    if part.direction == "about":
        return abs(value - part.threshold) <= part.within
    return (value > part.threshold) if part.direction == "above" else (value < part.threshold)


def _car_outcome(part: Part, figure: Figure, level: float) -> str:
    if figure.p >= level:
        return UNCLEAR
    return SUPPORTED if _holds(part, figure.value) else CONTRADICTED


def _share_outcome(part: Part, figure: Figure, _level: float) -> str:
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
    """The figures, or for all of them the sentence why there are none."""
    try:
        return measure(case, day, parts)
    except EventStudyError as error:
        return dict.fromkeys(parts, Figure(np.nan, reason=str(error)))


def _untestable(case: Case, part: Part) -> str:
    """Why a part cannot be measured on these prices, or empty."""
    if part.event and part.event not in set(case.context.events["event_id"]):
        return f"the registry has no event {part.event}"
    for name in (*part.of, *part.minus):
        if _not_here(case, name):
            return unlisted_reason(name) or case.prices.unavailable.get(
                name, f"{name} is not in the prices"
            )
    day = case.sessions.searchsorted(_day0(case, part))
    last = int(day) + part.window.end
    if not 1 <= day < len(case.sessions) or last >= len(case.sessions):
        return f"the prices do not reach {window_text(part.window)}"
    return ""


def _day0(case: Case, part: Part) -> pd.Timestamp:
    events = case.context.events
    wanted = part.event or case.event_id
    return pd.Timestamp(events.loc[events["event_id"] == wanted, "day0"].iloc[0])


def _fact(case: Case, part: Part) -> Figure:
    """A return or an index move over the window; the mean over a group's members."""
    at = int(case.sessions.searchsorted(_day0(case, part)))
    first, last = at + part.window.start - 1, at + part.window.end
    if first < 0:
        return Figure(np.nan, reason=f"the prices do not reach {window_text(part.window)}")
    points = part.measure == "index_points"
    prices = case.prices.close if points else case.prices.adj_close
    table = prices[list(members_of(case, part.of))]
    before, after = table.iloc[first].to_numpy(), table.iloc[last].to_numpy()
    value = float((after - before).mean() if points else (after / before - 1).mean())
    if not np.isfinite(value):
        return Figure(np.nan, reason=f"a price is missing around {window_text(part.window)}")
    return Figure(value)


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
            found[i] = _car(estimates.car_table(part.window).iloc[row[name]])
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
        i: _car(table.iloc[place[(part.of, part.minus), part.window]]) for i, part in parts.items()
    }


def _car(row: pd.Series[Any]) -> Figure:
    """A row of a CAR table: the placebo p where there is one, with the interval of t."""
    if row["reason"]:
        return Figure(np.nan, reason=str(row["reason"]))
    placebo = bool(np.isfinite(row["p_placebo"]))
    p = float(row["p_placebo"] if placebo else row["p_value"])
    kind = "placebo" if placebo else "t"
    return Figure(float(row["car"]), float(row["ci_low"]), float(row["ci_high"]), p, kind)


def _share_back(fits: Any, span: Window, window: Window, confidence: float) -> Figure:
    """−CAR over the window over AR0, with its Fieller interval; p that nothing was won back."""
    day = np.arange(span.start, span.end + 1)
    zero = sum_days(fits, (day == 0)[None])
    after = sum_days(fits, ((day >= window.start) & (day <= window.end))[None])
    if not (np.isfinite(zero.car[0, 0]) and np.isfinite(after.car[0, 0])):
        return Figure(np.nan, reason=f"a day without an abnormal return in {window_text(window)}")
    quantile = t_quantile(confidence, fits.df)[:, None]
    variances = (after.se**2, zero.se**2, -after.covariance(zero))
    low, high = fieller(-after.car, zero.car, variances, quantile)
    share, p = -after.car / zero.car, after.p_value
    return Figure(float(share[0, 0]), float(low[0, 0]), float(high[0, 0]), float(p[0, 0]), "t")


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


def _quoted(found: Sequence[Figure], benchmarks: Sequence[str]) -> dict[str, Any]:
    """The figure under the study's benchmark, and under the next one."""
    own, other = found[0], found[1] if len(found) > 1 else Figure(np.nan)
    return {
        "figure": own.value,
        "low": own.low,
        "high": own.high,
        "p_value": own.p,
        "p_kind": own.kind,
        "benchmark": benchmarks[0],
        "other": benchmarks[1] if len(benchmarks) > 1 else "",
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
    groups = {entity.group for entity in case.entities} | {e.key for e in case.entities}
    return name not in groups and name not in case.prices.adj_close.columns
