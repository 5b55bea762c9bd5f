"""The page on value: what the day moved in dollars, company by company, and in index points."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from eventstudy.evidence.value import ALL, Value
from eventstudy.numbers import dollars, number, points, window_text
from eventstudy.tearsheet import theme
from eventstudy.tearsheet.charts.waterfall import draw_waterfall
from eventstudy.tearsheet.geometry import Rect
from eventstudy.tearsheet.story import Story, counted
from eventstudy.tearsheet.story_page import setting, story_page
from eventstudy.tearsheet.table import Column, Row, draw_table
from eventstudy.tearsheet.text import Paragraph, draw_paragraphs

_SIZE = 8.0


def value_page(story: Story, number_: int) -> Figure:
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
    fig, body = story_page(story, value_finding(story, found), subtitle, number_)
    left, right = body.columns(2.15, 1.0, gap=24)
    if found.known.empty:
        _side(fig, left, story, found)
        return fig
    rows = found.known.assign(
        label=found.known["name"], group=[story.group_label(g) for g in found.known["group"]]
    )
    rows["group"] = rows["group"].where(rows["group"] != rows["label"], "")
    total = pd.DataFrame([{**found.total, "label": "Total", "group": ""}])
    draw_waterfall(left.add_axes(fig), rows, total, level=story.level)
    _side(fig, right, story, found)
    return fig


def value_finding(story: Story, found: Value) -> str:
    """The largest abnormal amount and the total, as one sentence; without any the first index."""
    known, total = found.known, found.total
    if known.empty:
        return _index_finding(story, found)
    first: Any = known.iloc[int(known["abnormal"].abs().to_numpy().argmax())]
    largest = (
        f"{first['name']} {_gained(first['abnormal'])} of market value on {story.focus_date} "
        f"(raw: {dollars(first['raw'], signed=True)})"
    )
    if len(known) == 1:
        return largest
    return (
        f"{largest}; the {counted(len(known), 'asset')} with known shares "
        f"{_gained(total['abnormal'])} together{_beside_zero(total, story.level)}"
    )


def _index_finding(story: Story, found: Value) -> str:
    index: Any = found.indices.iloc[0]
    if not np.isfinite(index["abnormal"]):
        return f"{index['name']}: {index['reason']}"
    moved = "lost" if index["raw"] < 0 else "gained"
    interval = f"{points(index['low'])} to {points(index['high'])}"
    return (
        f"{index['name']} {moved} {number(abs(index['raw']), 1)} points on {story.focus_date}; "
        f"{points(index['abnormal'])} are abnormal ({story.level} interval {interval})"
    )


def _gained(amount: float) -> str:
    return f"{'lost' if amount < 0 else 'gained'} an abnormal {dollars(abs(amount))}"


def _beside_zero(total: Any, level: str) -> str:
    low, high = total["low"], total["high"]
    if not np.isfinite(low):
        return ""
    chance = "" if low > 0 or high < 0 else ", no more than chance brings"
    interval = f"{dollars(low, signed=True)} to {dollars(high, signed=True)}"
    return f"{chance} ({level} interval {interval})"


def _side(fig: Figure, rect: Rect, story: Story, found: Value) -> None:
    """Group totals, who is not in them, and the indices."""
    bottom = _group_table(fig, rect, found) if len(found.assets) else rect.top + 12
    absent = found.assets[found.assets["abnormal"].isna()]
    if len(absent):
        text = "; ".join(
            f"{', '.join(part['name'])}: {reason}"
            for reason, part in absent.groupby("reason", sort=False)
        )
        note = [Paragraph(f"In no total: {text}.", size=7.5, color=theme.GREY)]
        bottom = draw_paragraphs(fig, rect.below(bottom - 6), note)
    if len(found.indices):
        bottom = _index_table(fig, rect.below(bottom - 12), found, story.level)
    dated = found.known[found.known["as_of"] != ""]["as_of"]
    if len(dated):
        dates = " to ".join(dict.fromkeys([dated.min(), dated.max()]))
        text = f"Shares outstanding are as of {dates}."
        note = [Paragraph(text, size=7.5, color=theme.GREY)]
        draw_paragraphs(fig, rect.below(bottom - 8), note)


def _group_table(fig: Figure, rect: Rect, found: Value) -> float:
    columns = [
        Column("Sum over the members\nwith known shares", "left"),
        Column("Members\nin it", "right"),
        Column("Abnormal\n$", "right"),
        Column("Raw\n$", "right"),
    ]
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
    return draw_table(fig, rect, columns, rows, size=_SIZE)


def _index_table(fig: Figure, rect: Rect, found: Value, level: str) -> float:
    columns = [
        Column("Index\npoints", "left"),
        Column("Raw"),
        Column("Abnormal"),
        Column(f"{level}\ninterval", "right"),
    ]
    rows = [
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
    ]
    return draw_table(fig, rect, columns, rows, size=_SIZE)
