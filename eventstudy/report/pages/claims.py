"""What was said about the event, each claim against its figures."""

from __future__ import annotations

from typing import Any

import pandas as pd

from eventstudy.evidence.parts.claims import (
    MEASURES,
    UNTESTABLE,
    Claims,
    about,
    claims_finding,
    figure,
    in_points,
    interval,
    stated,
)
from eventstudy.report.drawing.blocks import Page, Table
from eventstudy.report.story import Story, setting
from eventstudy.significance.sums.placebo_runs import LONG_RUN
from eventstudy.text.numbers import p_text
from eventstudy.text.table import Column, Row


def claims_page(story: Story) -> Page:
    """Each claim with its verdict, and under it the parts that it rests on."""
    checked = story.part(Claims)
    others = list(dict.fromkeys(n for n in checked.parts["other"] if n))
    beside = f"; beside: against {' and '.join(map(story.lower_name, others))}" if others else ""
    subtitle = (
        f"A part stands at p ≤ {1 - checked.confidence:.4g} with the stated sign, under every "
        f"benchmark; placebo p, above {LONG_RUN} days the larger of it and that of t, "
        f"with the interval of the same test{beside}. "
        f"Holm: over all parts. Confounders: registered events inside the window. {setting(story)}"
    )
    columns, rows = claims_table(story, checked.claims, checked.parts)
    table = Table(tuple(columns), tuple(rows), "tables/claims_parts.csv")
    return Page("claims", claims_finding(checked), subtitle, (table,))


def claims_table(
    story: Story, claims: pd.DataFrame, parts: pd.DataFrame
) -> tuple[list[Column], list[Row]]:
    """A header row a claim, a row a part."""
    other = any(parts["other"])
    columns = [
        Column("Claim and parts", "left"),
        Column("Stated", "left"),
        Column("Measured"),
        Column(f"{story.level} interval", "right"),
        Column("p"),
        Column("Holm\np"),
        *([Column("Other\nbenchmark"), Column("p")] if other else []),
        Column("Con-\nfounders", "right"),
        Column("Verdict", "left"),
    ]
    rows = []
    for claim in claims.to_dict("records"):
        heading = f"{str(claim['says']).rstrip('.')} ({claim['source']}): {claim['verdict']}"
        rows.append(Row([heading], group=True))
        mine = parts[parts["id"] == claim["id"]]
        rows += [_part_row(story, part, other) for part in mine.to_dict("records")]
    return columns, rows


def _part_row(story: Story, part: dict[str, Any], other: bool) -> Row:
    untestable = part["verdict"] == UNTESTABLE
    unit = "" if in_points(part) else ", %"
    measure = "" if untestable else f": {MEASURES[str(part['measure'])]}{unit}"
    reason = "" if untestable or not part["why"] else f": {part['why']}"
    confounders = [name for name in str(part["confounders"]).split("; ") if name]
    return Row(
        [
            f"   {about(part, story.event_id)}{measure}",
            "" if untestable else stated(part).removesuffix("%"),
            figure(part, part["figure"]),
            interval(part),
            p_text(part["p_value"], prefix=False),
            p_text(part["p_holm"], prefix=False),
            *(
                [figure(part, part["other_figure"]), p_text(part["other_p"], prefix=False)]
                if other
                else []
            ),
            str(len(confounders)) if confounders else "–",
            f"{part['verdict']}{reason}",
        ]
    )
