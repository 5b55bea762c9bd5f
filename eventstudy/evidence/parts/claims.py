"""Claims checked against the figures."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from eventstudy.evidence.parts.part import EvidencePart, listing, records
from eventstudy.text.brief import Brief
from eventstudy.text.numbers import (
    MISSING,
    between,
    counted,
    number,
    p_text,
    percent,
    points,
    window_text,
)

SUPPORTED, CONTRADICTED, MIXED, UNTESTABLE = "supported", "contradicted", "mixed", "untestable"
"""The values of the column `verdict`."""

VERDICTS = {
    SUPPORTED: "prices moved as the claim says",
    CONTRADICTED: "prices moved in the opposite direction",
    MIXED: "not shown",
    UNTESTABLE: "cannot be tested",
}
"""How a verdict on a claim is said."""

PART_VERDICTS = {
    SUPPORTED: "as claimed",
    CONTRADICTED: "opposite",
    MIXED: "not shown",
    UNTESTABLE: "cannot be tested",
}
"""How a verdict on one part of it is said."""

MEASURES = {
    "raw_return": "raw return",
    "index_points": "move in points",
    "car": "CAR",
    "share_back": "share recovered",
}
_SIGNS = {"above": ">", "below": "<", "about": "≈"}


def about(part: dict[str, Any], event_id: str) -> str:
    """Whose figure, where and when: "Nvidia, [+1, +20]"; of an unlisted name why there is none."""
    if part["verdict"] == UNTESTABLE:
        why = str(part["why"]).partition(":")[0]
        return why if why.startswith(str(part["label"])) else f"{part['label']}: {why}"
    at = "" if part["event_id"] == event_id else f" at {part['event_id']}"
    return f"{part['label']}{at}, {window_text((int(part['start']), int(part['end'])))}"


def stated(part: dict[str, Any]) -> str:
    """What the claim says of the figure: "> 0", "≈ −17%"."""
    value = float(part["threshold"])
    unit = "" if in_points(part) else "%"
    within = f" ± {_amount(part, float(part['within']))}" if part["within"] else ""
    amount = "0" if value == 0 and not within else f"{_amount(part, value)}{within}{unit}"
    return f"{_SIGNS[str(part['direction'])]} {amount}"


def _amount(part: dict[str, Any], value: float) -> str:
    """As many digits as it takes, at most two."""
    scaled = value if in_points(part) else 100 * value
    digits = next(d for d in (0, 1, 2) if d == 2 or abs(scaled - round(scaled, d)) < 1e-9)
    return number(scaled, digits)


def in_points(part: dict[str, Any]) -> bool:
    """Whether the figures are index points and not shares of one."""
    return bool(part["measure"] == "index_points")


def figure(part: dict[str, Any], value: float, unit: bool = False) -> str:
    """One of the part's figures in points or percent."""
    if in_points(part):
        return points(value)
    share = part["measure"] == "share_back"
    return percent(value, 1 if share else 2, signed=not share, unit=unit)


def interval(part: dict[str, Any]) -> str:
    """The interval of the part's figure, or a dash."""
    return between(figure(part, part["low"]), figure(part, part["high"]))


def part_line(part: dict[str, Any], event_id: str) -> str:
    """A part in one sentence, for a terminal."""
    head = f"{about(part, event_id)}"
    if part["verdict"] == UNTESTABLE:
        return f"{head}."
    text = f"{head}: {MEASURES[part['measure']]} {figure(part, part['figure'], unit=True)}"
    notes = [f"stated {stated(part)}"]
    if np.isfinite(part["low"]):
        notes.append(f"interval {interval(part)}")
    if np.isfinite(part["p_value"]):
        kind = "placebo " if part["p_kind"] == "placebo" else ""
        holm = f", {p_text(part['p_holm'], prefix=False)} after Holm"
        notes.append(f"{kind}{p_text(part['p_value'])}{holm}")
    if np.isfinite(part["other_figure"]):
        other = figure(part, part["other_figure"], unit=True)
        p = f", {p_text(part['other_p'])}" if np.isfinite(part["other_p"]) else ""
        notes.append(f"against {part['other']} {other}{p}")
    if part["confounders"]:
        notes.append(f"also in the window: {part['confounders']}")
    return f"{text} ({'; '.join(notes)}): {part_verdict_text(part)}."


def part_verdict_text(part: dict[str, Any]) -> str:
    """The verdict on a part with its reason: "not shown: not significant"."""
    why = f": {part['why']}" if part["why"] else ""
    return f"{PART_VERDICTS[str(part['verdict'])]}{why}"


def claims_lines(checked: Claims, event_id: str) -> list[tuple[str, str]]:
    """(indent, text) lines: each claim with its verdict, then its parts."""
    lines = []
    for claim in checked.claims.to_dict("records"):
        why = f" ({claim['why']})" if claim["why"] else ""
        lines.append(("", f"{claim['id']}: {VERDICTS[claim['verdict']]}{why}"))
        lines.append(("  ", f"{claim['says']} ({claim['source']})"))
        mine = checked.parts[checked.parts["id"] == claim["id"]]
        lines += [("  - ", part_line(part, event_id)) for part in mine.to_dict("records")]
    return lines


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

    computed_by = "claims.check.check_claims"
    takes = ("claims",)
    in_short = "claims"

    def tells_of(self, _lead: str, /) -> bool:
        """Whether there is a claim."""
        return not self.claims.empty

    def _brief(self) -> Brief:
        claims, parts = self.claims, self.parts
        rows = [
            (str(row["says"]), VERDICTS[str(row["verdict"])], str(row["why"] or MISSING))
            for row in records(claims)
        ]
        verdicts = listing(("claim", "verdict", "why"), rows, claims, "claims", words=(0, 1, 2))
        measured = [
            (
                f"{about(row, str(row['event_id']))}: {MEASURES[str(row['measure'])]}",
                stated(row),
                figure(row, row["figure"], unit=True),
                p_text(row["p_value"], prefix=False),
                PART_VERDICTS[str(row["verdict"])],
            )
            for row in records(parts)
        ]
        heads = ("part", "stated", "measured", "p", "verdict")
        figures = listing(heads, measured, parts, "parts", words=(0, 4))
        return Brief(claims_finding(self), "", (verdicts, figures))


def verdict_counts(checked: Claims) -> dict[str, int]:
    """How many claims have which verdict."""
    found = checked.claims["verdict"].value_counts().to_dict()
    return {verdict: int(found.get(verdict, 0)) for verdict in VERDICTS}


def claims_finding(checked: Claims) -> str:
    """How many claims came out how."""
    counts = verdict_counts(checked)
    total = counted(len(checked.claims), "claim")
    verb = "says" if len(checked.claims) == 1 else "say"
    text = f"Prices moved as {counts.get(SUPPORTED, 0) or 'none'} of {total} {verb}"
    if other := counts.get(CONTRADICTED):
        text += f" and in the opposite direction to {other}"
    rest = []
    if unshown := counts.get(MIXED):
        rest.append(f"{unshown} {'is' if unshown == 1 else 'are'} not shown")
    if untested := counts.get(UNTESTABLE):
        rest.append(f"{untested} cannot be tested")
    return "; ".join([text, *rest])
