"""The page on value: what the day moved in dollars, company by company, and in index points."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from eventstudy.evidence.parts.value import ALL, Value, value_finding
from eventstudy.report.drawing.blocks import Chart, Page, Table, Text, on_axes
from eventstudy.report.drawing.geometry import Rect
from eventstudy.report.drawing.text import Paragraph
from eventstudy.report.plots.evidence_charts import draw_value
from eventstudy.report.story import Story, setting
from eventstudy.text.numbers import counted, dollars, number, points, window_text
from eventstudy.text.table import Column, Row

_SIZE = 8.0
_BETWEEN = 10.0
"""Points between the tables."""


def value_page(story: Story) -> Page:
    """The waterfall of market values, group totals and index points.

    Without an asset of known shares the tables stand alone. Needs `story.evidence.value`.
    """
    assert story.evidence is not None
    assert story.evidence.value is not None
    found = story.evidence.value
    subtitle = (
        f"Abnormal change on {window_text((found.day, found.day))}, {story.focus_date}, with "
        f"{story.level} interval: AR × previous close, × shares outstanding for market values in "
        f"dollars; raw: change of the close. {setting(story)}"
    )
    chart = None if found.known.empty else _waterfall(found)
    side = _side(story, found)

    def arrange(fig: Figure, body: Rect) -> None:
        left, right = body.columns(2.15, 1.0, gap=24)
        if chart is None:
            right = left
        else:
            chart.draw(fig, left)
        bottom = right.top
        for block in side:
            bottom = block.draw(fig, right.below(bottom)) - _BETWEEN

    blocks = side if chart is None else (chart, *side)
    return Page("value", value_finding(found), subtitle, blocks, arrange)


def _waterfall(found: Value) -> Chart:
    """Abnormal dollars company by company, and their sum."""
    alt = (
        f"A waterfall of abnormal changes in market value, {counted(len(found.known), 'bar')} one "
        f"after the other to the total, with intervals; outlines are the raw changes."
    )
    draw = on_axes(draw_value, found)
    height = 90.0 + 14.0 * len(found.known)
    return Chart("waterfall", draw, alt, height, height)


def _side(story: Story, found: Value) -> tuple[Table | Text, ...]:
    """Group totals, who is not in them, the indices, and the date of the shares."""
    blocks: list[Table | Text] = [_group_table(found)] if len(found.assets) else []
    absent = found.assets[found.assets["abnormal"].isna()]
    if len(absent):
        text = "; ".join(
            f"{', '.join(part['name'])}: {reason}"
            for reason, part in absent.groupby("reason", sort=False)
        )
        blocks.append(_note(f"In no total: {text}."))
    if len(found.indices):
        blocks.append(_index_table(found, story.level))
    dated = found.known[found.known["as_of"] != ""]["as_of"]
    if len(dated):
        dates = " to ".join(dict.fromkeys([dated.min(), dated.max()]))
        blocks.append(_note(f"Shares outstanding are as of {dates}."))
    return tuple(blocks)


def _note(text: str) -> Text:
    return Text((Paragraph(text, size=7.5, quiet=True),))


def _group_table(found: Value) -> Table:
    columns = (
        Column("Sum over the members\nwith known shares", "left"),
        Column("Members\nin it", "right"),
        Column("Abnormal\n$", "right"),
        Column("Raw\n$", "right"),
    )
    rows = []
    for row in found.totals.to_dict("records"):
        absent = len([t for t in row["without"].split(";") if t])
        cells = [
            row["label"],
            f"{row['n']} of {row['n'] + absent}",
            dollars(row["abnormal"], signed=True),
            dollars(row["raw"], signed=True),
        ]
        rows.append(Row(cells, bold=row["group"] == ALL))
    return Table(columns, tuple(rows), "tables/value_totals.csv", size=_SIZE)


def _index_table(found: Value, level: str) -> Table:
    columns = (
        Column("Index\npoints", "left"),
        Column("Raw"),
        Column("Abnormal"),
        Column(f"{level}\ninterval", "right"),
    )
    rows = tuple(
        Row(
            [
                row["name"],
                points(row["raw"]),
                points(row["abnormal"]),
                f"{number(row['low'], 0, signed=True)} to {number(row['high'], 0, signed=True)}"
                if np.isfinite(row["low"])
                else "–",
            ]
        )
        for row in found.indices.to_dict("records")
    )
    return Table(columns, rows, "tables/value_indices.csv", size=_SIZE)
