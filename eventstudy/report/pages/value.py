"""The page on value: what the day moved in dollars, company by company, and in index points."""

from __future__ import annotations

from functools import partial

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from eventstudy.errors import InputError
from eventstudy.evidence.parts.value import (
    ALL,
    Value,
    largest_change,
    value_date,
    value_finding,
)
from eventstudy.report.charts.ranking import draw_ranking
from eventstudy.report.drawing.blocks import Chart, Page, Table, Text, on_axes
from eventstudy.report.drawing.geometry import Rect
from eventstudy.report.drawing.text import Paragraph
from eventstudy.report.machine.places import Basis, at, evidence_row
from eventstudy.report.plots.canvas import Sketch
from eventstudy.report.story import Story, setting
from eventstudy.text.numbers import between, counted, dollars, percent, points, window_text
from eventstudy.text.table import Column, Row
from eventstudy.text.words import level_text

_SIZE = 8.0
_BETWEEN = 10.0
"""Points between the tables."""


def value_page(story: Story) -> Page:
    """The ranking of changes in market value, group totals and index points.

    Without an asset of known shares the tables stand alone. Needs `story.evidence.value`.
    """
    value = story.part(Value)
    subtitle = (
        f"Abnormal change on {window_text((value.day, value.day))}, {story.focus_date}, with "
        f"{story.level} interval: AR × previous close, × shares outstanding for market values in "
        f"dollars; raw: change of the close. {setting(story)}"
    )
    chart = None if value.known.empty else _ranking(value)
    side = _side(story, value)

    def arrange(fig: Figure, body: Rect) -> None:
        left, right = body.columns(1.6, 1.0, gap=18)
        if chart is None:
            right = left
        else:
            chart.draw(fig, left)
        bottom = right.top
        for block in side:
            bottom = block.draw(fig, right.below(bottom)) - _BETWEEN

    blocks = side if chart is None else (chart, *side)
    finding, basis = value_finding(value), _basis(value)
    return Page("value", finding, subtitle, blocks, arrange, basis=basis)


def _basis(value: Value) -> Basis:
    """The largest change and the total, or the first index where no amount is known."""
    if not value.known.empty:
        largest = at("assets", {"key": largest_change(value)["ticker"]})
        total = evidence_row("value", value.total, "group").each("raw", "abnormal", "low", "high")
        places = (*largest.each("raw_dollars", "abnormal_dollars"), *total)
        return Basis(places, {"companies": len(value.known)})
    names = ("raw", "abnormal", "low", "high")
    index = {f"index_{name}": value.indices.iloc[0][name] for name in names}
    return Basis(figures={"companies": 0, **index})


def _ranking(value: Value) -> Chart:
    """Raw and abnormal dollars company by company."""
    alt = (
        f"A ranking of {counted(len(value.known), 'asset')} by abnormal change in market value, "
        "from the largest loss to the largest gain, with intervals; outlines are the raw changes."
    )
    height = 70.0 + 14.0 * len(value.known)
    return Chart("ranking", on_axes(_draw, value), alt, height, height)


def value_sketch(value: Value) -> Sketch:
    """The ranking by itself.

    Raises:
        InputError: no asset has an amount.
    """
    if value.known.empty:
        raise InputError(
            "No asset has both known shares and an abnormal amount, so there is nothing to rank; "
            "the index points are in indices."
        )
    subtitle = (
        f"Abnormal change on {value_date(value)}: AR × previous close × shares outstanding; raw: "
        "change of the close × shares."
    )
    height = float(np.clip(80.0 + 16.0 * len(value.known), 160.0, 560.0))
    return Sketch.of(value_finding(value), subtitle, [partial(_draw, value=value)], height=height)


def _draw(ax: Axes, value: Value) -> None:
    """Raw and abnormal dollars company by company; needs one that is known."""
    called = dict(zip(value.totals["group"], value.totals["label"], strict=True))
    rows = value.known.assign(
        label=value.known["name"], group=[called.get(g, g) for g in value.known["group"]]
    )
    rows["group"] = rows["group"].where(rows["group"] != rows["label"], "")
    draw_ranking(ax, rows, level=level_text(value.confidence))


def _side(story: Story, value: Value) -> tuple[Table | Text, ...]:
    """Group totals, who is not in them, the indices, and the date of the shares."""
    blocks: list[Table | Text] = []
    if len(value.assets):
        blocks += [
            _group_table(value),
            _note(
                "Dollars add up, so large companies count more: the value-weighted return is the "
                "abnormal sum over the companies' value before the day. The equal-weighted one "
                "is their plain mean. Indices are excluded from both."
            ),
        ]
    absent = value.assets[value.assets["abnormal"].isna()]
    if len(absent):
        text = "; ".join(
            f"{', '.join(part['name'])}: {reason}"
            for reason, part in absent.groupby("reason", sort=False)
        )
        blocks.append(_note(f"Left out: {text}."))
    if len(value.indices):
        blocks.append(_index_table(value, story.level))
    dated = value.known[value.known["as_of"] != ""]["as_of"]
    if len(dated):
        dates = " to ".join(dict.fromkeys([dated.min(), dated.max()]))
        blocks.append(_note(f"Shares outstanding are as of {dates}."))
    return tuple(blocks)


def _note(text: str) -> Text:
    return Text((Paragraph(text, size=7.5, quiet=True),))


def _group_table(value: Value) -> Table:
    columns = (
        Column("Sum over companies\nwith known shares", "left"),
        Column("\nn", "right"),
        Column("Raw\n$", "right"),
        Column("Abnormal\n$", "right"),
        Column("Value-\nweighted, %"),
        Column("Equal-\nweighted, %"),
    )
    rows = []
    for row in value.totals.to_dict("records"):
        absent = len([t for t in row["without"].split(";") if t])
        cells = [
            row["label"],
            f"{row['n']}/{row['n'] + absent}" if absent else f"{row['n']}",
            dollars(row["raw"], signed=True),
            dollars(row["abnormal"], signed=True),
            percent(row["value_weighted"], unit=False),
            percent(row["equal_weighted"], unit=False),
        ]
        rows.append(Row(cells, bold=row["group"] == ALL))
    return Table(columns, tuple(rows), "tables/value_totals.csv", size=_SIZE)


def _index_table(value: Value, level: str) -> Table:
    columns = (
        Column("Index\npoints", "left"),
        Column("Raw"),
        Column("Abnormal"),
        Column(f"{level}\ninterval", "right"),
    )
    rows = []
    for row in value.indices.to_dict("records"):
        interval = between(points(row["low"], 0), points(row["high"], 0))
        rows.append(Row([row["name"], points(row["raw"]), points(row["abnormal"]), interval]))
    return Table(columns, tuple(rows), "tables/value_indices.csv", size=_SIZE)
