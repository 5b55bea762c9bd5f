"""The page on comparisons: every group against the lead, and the lead on every registered event."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.figure import Figure

from eventstudy.evidence.parts.contrasts import Contrasts, contrasts_finding, lead_events
from eventstudy.report.drawing.blocks import Block, Chart, Page, Table, on_axes
from eventstudy.report.drawing.geometry import Rect
from eventstudy.report.plots.evidence_charts import draw_history, draw_pairs
from eventstudy.report.story import Story, setting
from eventstudy.text.numbers import p_text, percent, window_text
from eventstudy.text.table import Column, Row
from eventstudy.text.words import short_date


def contrasts_page(story: Story) -> Page:
    """Differences from the lead at the left; its events, and pairs of events, at the right."""
    found = _evidence(story)
    subtitle = (
        f"Differences of abnormal returns in percent, {story.date}; both sides on one regression, "
        "so that what they share that day cancels; placebo p where there is one. "
        f"{setting(story)}"
    )
    pairs = _pairs_chart(found) if len(found.pairs) else None
    history = _history_chart(found)
    headlines = _headlines(found, story) if len(found.headlines) else None

    def arrange(fig: Figure, body: Rect) -> None:
        right = body
        if pairs is not None:
            left, right = body.columns(1.0, 1.0, gap=26)
            pairs.draw(fig, left)
        if headlines is not None:
            right, below = right.rows(1.35, 1.0, gap=12)
            headlines.draw(fig, below)
        history.draw(fig, right)

    blocks: list[Block | None] = [pairs, history, headlines]
    found_blocks = tuple(block for block in blocks if block is not None)
    return Page("contrasts", contrasts_finding(found), subtitle, found_blocks, arrange)


def _pairs_chart(found: Contrasts) -> Chart:
    """Every group minus the lead."""
    alt = f"Each group's abnormal return minus that of {found.lead}, with its interval, by window."
    height = 110.0 + 15.0 * len(found.pairs)
    draw = on_axes(draw_pairs, found)
    return Chart("differences", draw, alt, height, height)


def _history_chart(found: Contrasts) -> Chart:
    """The lead on every registered event that names it."""
    alt = f"The abnormal return of {found.lead} on day 0 of each registered event, with interval."
    height = 110.0 + 15.0 * len(lead_events(found))
    draw = on_axes(draw_history, found)
    return Chart("history", draw, alt, height, height)


def _evidence(story: Story) -> Contrasts:
    assert story.evidence is not None
    assert story.evidence.contrasts is not None
    return story.evidence.contrasts


def _headlines(found: Contrasts, story: Story) -> Table:
    """This event minus each other headline event: the leads, day 0 and the longest window."""
    table = found.headlines
    length = table["end"] - table["start"]
    table = table[(length == length.max()) | ((table["start"] == 0) & (table["end"] == 0))]
    shared = int(table["shared"].max())
    overlap = f"; up to {shared} sessions lie in both windows" if shared else ""
    columns = (
        Column("", "left"),
        Column("", "left"),
        Column("This\n%"),
        Column("Other\n%"),
        Column("Difference\n%"),
        Column(f"{story.level} interval\n%", "right"),
        Column("\np"),
    )
    rows: list[Row] = []
    for (_, title), part in table.groupby(["event_id", "title"], sort=False):
        day = short_date(part["day0"].iloc[0])
        rows.append(Row([f"{day}: {str(title).rstrip('.')}"], group=True))
        for row in part.itertuples():
            first = row.start == row.end
            rows.append(
                Row(
                    [
                        str(row.label) if first else "",
                        window_text((int(str(row.start)), int(str(row.end)))),
                        *(percent(v, 1, unit=False) for v in (row.car_a, row.car_b, row.car)),
                        _interval(row),
                        p_text(row.p_value, prefix=False),
                    ]
                )
            )
    return Table(
        columns,
        tuple(rows),
        "tables/contrasts_headlines.csv",
        title="This event minus the other headline events",
        note=f"The same asset on two days, exact variance{overlap}",
        size=8.0,
    )


def _interval(row: Any) -> str:
    low, high = (percent(v, 1, unit=False) for v in (row.ci_low, row.ci_high))
    return f"{low} to {high}" if np.isfinite(row.car) else "–"
