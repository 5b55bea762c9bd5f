"""From measured figures to a verdict on a claim."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from eventstudy.evidence.claims.register import FACTS, ClaimPart
from eventstudy.evidence.parts.claims import (
    CONTRADICTED,
    MIXED,
    PART_VERDICTS,
    SUPPORTED,
    UNTESTABLE,
)
from eventstudy.significance.quoted import rejects

UNCLEAR = "not significant"


class Measured(NamedTuple):
    """A measured part under one benchmark; NaN beside the reason for it."""

    value: float
    low: float = np.nan
    high: float = np.nan
    p: float = np.nan
    kind: str = ""
    reason: str = ""


def part_verdict(part: ClaimPart, measured: Sequence[Measured], level: float) -> tuple[str, str]:
    """Verdict and reason of a part from its figure under each benchmark."""
    if measured[0].reason:
        return UNTESTABLE, measured[0].reason
    if part.measure in FACTS:
        return (SUPPORTED if _holds(part, measured[0].value) else CONTRADICTED), ""
    known = [figure for figure in measured if not figure.reason]
    if part.measure == "share_back":
        outcomes = [_share_outcome(part, figure) for figure in known]
    else:
        outcomes = [_car_outcome(part, figure, level) for figure in known]
    firm = {outcome for outcome in outcomes if outcome in (SUPPORTED, CONTRADICTED)}
    if len(firm) == 2:
        return MIXED, "depends on the benchmark"
    if not firm:
        return MIXED, outcomes[0]
    sure = [outcome for outcome in outcomes if outcome in firm]
    if len(sure) < len(outcomes):
        words = PART_VERDICTS[firm.pop()]
        return MIXED, f"{words} against only {len(sure)} of {len(outcomes)} benchmarks"
    if len(outcomes) < len(measured):
        return outcomes[0], f"known against {len(outcomes)} of {len(measured)} benchmarks"
    return outcomes[0], ""


def _holds(part: ClaimPart, value: float) -> bool:
    if part.direction == "about":
        return abs(value - part.threshold) <= part.within
    return (value > part.threshold) if part.direction == "above" else (value < part.threshold)


def _car_outcome(part: ClaimPart, figure: Measured, level: float) -> str:
    if not rejects(np.array(figure.p), level):
        return UNCLEAR
    return SUPPORTED if _holds(part, figure.value) else CONTRADICTED


def _share_outcome(part: ClaimPart, figure: Measured) -> str:
    if not (np.isfinite(figure.low) and np.isfinite(figure.high)):
        return "the interval has no bounds"
    ends = {_holds(part, figure.low), _holds(part, figure.high)}
    if len(ends) > 1:
        return "the interval includes the threshold"
    return SUPPORTED if ends.pop() else CONTRADICTED


def claim_verdict(parts: Sequence[str]) -> tuple[str, str]:
    """The verdict on a claim from those on its parts, and how many of these say what."""
    testable = [verdict for verdict in parts if verdict != UNTESTABLE]
    counts = {words: parts.count(name) for name, words in PART_VERDICTS.items()}
    why = ", ".join(f"{count} {words}" for words, count in counts.items() if count)
    why = f"of {len(parts)} parts, {why}" if len(parts) > 1 else ""
    if not testable:
        return UNTESTABLE, why
    return (testable[0] if len(set(testable)) == 1 else MIXED), why
