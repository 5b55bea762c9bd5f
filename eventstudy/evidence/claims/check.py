"""What was said about an event against what was measured: verdicts computed from stated rules.

A fact holds or not. A cumulative abnormal return supports a part of a claim when it has the stated
sign and p is at most 1 − confidence, contradicts it when it has the other sign and such a p, and is
mixed when it is not significant; where another benchmark that the prices offer gives another
answer, it is mixed as well. p is the placebo p; above `LONG_RUN` days, where placebo runs overlap
too much, the larger one of it and that of t; the interval is that of the same test. A recovered
share of a loss is compared with the threshold by its Fieller interval. A claim is supported
(contradicted) when all its testable parts are, untestable when none can be tested, and mixed
otherwise.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from eventstudy.evidence.case import Case
from eventstudy.evidence.claims.measures import is_absent, measure_parts, part_day0
from eventstudy.evidence.claims.register import FACTS, Claim, ClaimPart, read_claims
from eventstudy.evidence.claims.verdicts import Measured, claim_verdict, part_verdict
from eventstudy.evidence.contrasts import members_of
from eventstudy.evidence.parts.claims import Claims
from eventstudy.evidence.refits import typed
from eventstudy.result.multiple_testing import adjust


def check_claims(case: Case, claims: Sequence[Claim] | None = None) -> Claims:
    """The verdict on every claim about the case's event.

    Each part is measured with the study's own specification, at its own event's day 0, under the
    study's benchmark and those it is compared with.

    Args:
        case: the event and its prices.
        claims: from `read_claims`; the packaged register if None.
    """
    register = read_claims() if claims is None else claims
    mine = [claim for claim in register if claim.event == case.event_id]
    parts = [part for claim in mine for part in claim.part]
    cases = case.by_benchmark()
    figures = [measure_parts(one, parts) for one in cases.values()]
    level = round(1 - case.spec.confidence, 12)
    rows: list[dict[str, Any]] = []
    whole = []
    number = 0
    for claim in mine:
        verdicts = []
        for place, part in enumerate(claim.part, start=1):
            measured = [by_part[number] for by_part in figures]
            verdict, why = part_verdict(part, measured, level)
            verdicts.append(verdict)
            rows.append(
                {
                    "id": claim.id,
                    "part": place,
                    **_described(case, part),
                    **_quoted(part, measured, list(cases)),
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


def _described(case: Case, part: ClaimPart) -> dict[str, Any]:
    label = ", ".join(_entity_name(case, name) for name in part.of)
    if part.minus:
        label += " minus " + ", ".join(_entity_name(case, name) for name in part.minus)
    known = part.event is None or part.event in set(case.context.events["event_id"])
    return {
        **part.model_dump(include={"measure", "direction", "threshold", "within"}),
        "of": ";".join(part.of),
        "minus": ";".join(part.minus),
        "label": label,
        "event_id": part.event or case.event_id,
        "day0": part_day0(case, part) if known else pd.NaT,
        "start": part.window.start,
        "end": part.window.end,
    }


def _entity_name(case: Case, name: str) -> str:
    return case.group_label(case.name(name))


def _quoted(
    part: ClaimPart, measured: Sequence[Measured], benchmarks: Sequence[str]
) -> dict[str, Any]:
    """The figure under the study's benchmark, and under the next one; a fact has no benchmark."""
    compared = len(measured) > 1 and part.measure not in FACTS
    own, other = measured[0], measured[1] if compared else Measured(np.nan)
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


def _confounders(case: Case, part: ClaimPart) -> str:
    """Registered events of the same assets or of the market inside the part's window."""
    if part.event and part.event not in set(case.context.events["event_id"]):
        return ""
    listed = [n for n in (*part.of, *part.minus) if not is_absent(case, n)]
    at = int(case.sessions.searchsorted(part_day0(case, part)))
    members = members_of(case, listed) if listed else ()
    near = case.registered_near(members, at, part.window, part.event or case.event_id)
    return "; ".join(event.title for event in near)
