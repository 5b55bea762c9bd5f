"""The page on recovery: what the sessions after day 0 undid of it."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from eventstudy.evidence.parts.recovery import (
    CLEAR_DAYS,
    Recovery,
    recovery_finding,
    share_interval,
)
from eventstudy.report.drawing.blocks import Chart, Page, Table, Text, axes_in, panels
from eventstudy.report.drawing.geometry import Rect
from eventstudy.report.drawing.text import Paragraph
from eventstudy.report.plots.evidence_charts import (
    draw_lead_paths,
    lead_names,
    marks_of,
    marks_text,
)
from eventstudy.report.story import Story, setting
from eventstudy.spec import Window
from eventstudy.text.numbers import MISSING, number, p_text, percent, window_text
from eventstudy.text.table import Column, Row
from eventstudy.text.words import listed


def recovery_page(story: Story) -> Page:
    """How much of day 0 was won back: paths of the leads, and shares with their tests."""
    found = _evidence(story)
    marks = marks_of(found)
    chart = _paths(found) if found.path["lead"].any() else None
    named = Paragraph(marks_text(marks), size=7.0, quiet=True, space=7.0)
    key = Text((named,)) if len(marks) else None
    columns, rows = recovery_rows(found)
    table = Table(tuple(columns), tuple(rows), "tables/recovery_table.csv", size=8.0)

    def arrange(fig: Figure, body: Rect) -> None:
        top, below = body.rows(1.12, 1.0, gap=10)
        if chart is not None:
            chart.draw(fig, top)
        if key is not None:
            room = Rect(below.x, below.top - 44, below.width, 44)
            below = below.below(key.draw(fig, room))
        table.draw(fig, below)

    blocks = tuple(block for block in (chart, key, table) if block is not None)
    finding = recovery_finding(found, first=True)
    return Page("recovery", finding, _subtitle(story, found), blocks, arrange)


def _paths(found: Recovery) -> Chart:
    """The leads' paths from day 0 on, a panel each."""
    names = lead_names(found)

    def draw(fig: Figure, rect: Rect) -> None:
        draw_lead_paths(axes_in(fig, panels(rect, len(names), gap=10)), found)

    alt = (
        f"Cumulative abnormal return from day 0 on of {listed(names)}, a panel each, with lines "
        "at the level of day 0 and at zero, where all is undone."
    )
    return Chart("paths", draw, alt, height=250, narrow=200.0 * len(names))


def _evidence(story: Story) -> Recovery:
    assert story.evidence is not None
    assert story.evidence.recovery is not None
    return story.evidence.recovery


def _subtitle(story: Story, found: Recovery) -> str:
    window = window_text((1, max(found.last, 1)))
    cut = f"; {found.cut}" if found.cut else ""
    return (
        f"Share won back = −CAR[+1, +h] / AR of day 0, {story.date}; sessions {window}{cut}; p: "
        "one-sided, that CAR[+1, +h] runs against day 0; shares with "
        f"Fieller's {story.level} interval. {setting(story)}"
    )


def recovery_rows(found: Recovery) -> tuple[list[Column], list[Row]]:
    """The table: one row an entity, for leads a second one without the confounders' days."""
    table, summary = found.table, found.summary
    horizons = list(dict.fromkeys(table["horizon"]))
    known = table.loc[table["share"].notna(), "horizon"]
    last = int(known.max()) if len(known) else int(horizons[-1])
    columns = [Column("Share won back, %", "left"), Column("AR day 0\n%"), Column("\np")]
    for h in horizons:
        columns += [Column(f"{Window(h, h).label}\n%", "right"), Column("\np", "right")]
    columns += [
        Column(f"{Window(last, last).label} interval\n%", "right"),
        Column("First half\nback", "right"),
        Column("Abnormal\nno more from", "right"),
    ]
    rows = []
    for about in summary.to_dict("records"):
        second = about["days"] == CLEAR_DAYS
        if second and not (about["lead"] and about["left_out"]):
            continue
        mine = table[(table["key"] == about["key"]) & (table["days"] == about["days"])]
        cells = ["   without the marked days" if second else about["label"]]
        cells += [percent(about["ar0"], 1, unit=False), p_text(about["p_value"], prefix=False)]
        for share, p in zip(mine["share"], mine["p_back"], strict=True):
            pair = percent(share, 0, unit=False), p_text(p, prefix=False)
            cells += pair if about["abnormal"] else (MISSING, MISSING)
        end = mine[mine["horizon"] == last]
        cells.append(share_interval(end.iloc[0]) if len(end) else MISSING)
        cells.append(_by(about["half_life"], about["half_reason"]))
        cells.append(_by(about["stays_back"], about["first_reason"] or "not within the days"))
        rows.append(Row(cells, bold=about["lead"] and not second))
    return columns, rows


def _by(day: float, reason: str) -> str:
    if np.isfinite(day):
        return number(day, 0, signed=True)
    return "never" if reason.startswith("not within") else MISSING
