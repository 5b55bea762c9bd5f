"""The page on comparisons: every group against the lead, and the lead on every registered event."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from eventstudy.evidence.contrasts import Contrasts
from eventstudy.evidence.multiplicity import quoted
from eventstudy.numbers import p_text, percent, window_text
from eventstudy.tearsheet.blocks import Block, Chart, Page, Table, on_axes
from eventstudy.tearsheet.charts.contrasts import draw_contrasts
from eventstudy.tearsheet.geometry import Rect
from eventstudy.tearsheet.story import LEVEL, Story
from eventstudy.tearsheet.story_page import setting
from eventstudy.tearsheet.table import Column, Row


def contrasts_page(story: Story) -> Page:
    """Differences from the lead at the left; its events, and pairs of events, at the right."""
    found = _evidence(story)
    subtitle = (
        f"Differences of abnormal returns in percent, {story.date}; both sides on one regression, "
        "so that what they share that day cancels; placebo p where there is one. "
        f"{setting(story)}"
    )
    pairs = _pairs_chart(found, story) if len(found.pairs) else None
    history = _history_chart(found, story)
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


def _pairs_chart(found: Contrasts, story: Story) -> Chart:
    """Every group minus the lead."""
    rows, cells = _pair_rows(found)
    title = f"Each minus {found.lead}"
    label = f"Difference of abnormal returns, %, with {story.level} interval"
    alt = f"Each group's abnormal return minus that of {found.lead}, with its interval, by window."
    height = 110.0 + 15.0 * len(rows)
    draw = on_axes(draw_contrasts, rows, cells, title, label, _key("p"))
    return Chart("differences", draw, alt, height, height)


def _history_chart(found: Contrasts, story: Story) -> Chart:
    """The lead on every registered event that names it."""
    rows, cells = _event_rows(found)
    title = f"{found.lead} on day 0 of each registered event"
    label = f"Abnormal return, %, with {story.level} interval; Holm over these days"
    more = "tables/contrasts_history.csv"
    alt = f"The abnormal return of {found.lead} on day 0 of each registered event, with interval."
    height = 110.0 + 15.0 * len(rows)
    draw = on_axes(draw_contrasts, rows, cells, title, label, _key("Holm p"), more)
    return Chart("history", draw, alt, height, height)


def _key(p: str) -> str:
    return f"● {p} < {LEVEL:g}   ○ {p} ≥ {LEVEL:g} or unknown"


def _evidence(story: Story) -> Contrasts:
    assert story.evidence is not None
    assert story.evidence.contrasts is not None
    return story.evidence.contrasts


def contrasts_finding(found: Contrasts) -> str:
    """How many differ from the lead on day 0, and which of its events stand out."""
    said = [text for text in (_across_groups(found), _across_events(found)) if text]
    text = "; ".join(said)
    return f"{text[0].upper()}{text[1:]}" if text else f"Nothing to compare {found.lead} with"


def _across_groups(found: Contrasts) -> str:
    day = found.pairs[(found.pairs["start"] == 0) & (found.pairs["end"] == 0)]
    if day.empty:
        return ""
    known = day[day["car"].notna()]
    if known.empty:
        return f"nothing can be compared with {found.lead}: {day['reason'].iloc[0]}"
    if len(known) == 1:
        one = known.iloc[0]
        by = f"{percent(abs(one['car']), 1, signed=False)} {_side(one['car'])}"
        p = p_text(float(quoted(known).iloc[0]))
        return f"on day 0 {one['a']} did {by} than {found.lead} ({p})"
    sure = quoted(known) < LEVEL
    if not sure.any():
        return (
            f"on day 0, none of {len(known)} groups differed from {found.lead} by more than "
            "ordinary days bring"
        )
    better, worse = ((sure & (sign * known["car"] > 0)).sum() for sign in (1, -1))
    return (
        f"on day 0, {better} of {len(known)} groups did better and {worse} did worse than "
        f"{found.lead} by more than ordinary days bring"
    )


def _side(value: float) -> str:
    return "better" if value > 0 else "worse"


def _across_events(found: Contrasts) -> str:
    events = _lead_events(found)
    known = events[events["ar"].notna()]
    if known.empty:
        return ""
    out = known.loc[known["p_holm"] < LEVEL, "day0"].drop_duplicates()
    if len(known) == 1:
        stands = "stands out" if len(out) else "does not stand out"
        return f"the one registered event that names {found.lead} {stands}"
    days = " and ".join(_date(day) for day in out)
    verb = "stands" if len(out) == 1 else "stand"
    stands = f"only {days} {verb} out" if len(out) else "none stands out"
    names = f"{len(known)} registered events that name {found.lead}"
    return f"of {names}, {stands} after Holm's correction"


def _lead_events(found: Contrasts) -> pd.DataFrame:
    return found.history[found.history["label"] == found.lead]


def _date(day: pd.Timestamp) -> str:
    return f"{day.day} {day:%b %Y}"


def _pair_rows(found: Contrasts) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The forest of differences, a group a window."""
    order = ["start", "end"]
    pairs = found.pairs.sort_values(order, key=lambda c: c.abs(), kind="stable")
    p = quoted(pairs)
    heads = [
        window_text((s, e)).capitalize() if s == e else f"CAR {window_text((s, e))}"
        for s, e in zip(pairs["start"], pairs["end"], strict=True)
    ]
    rows = pd.DataFrame(
        {
            "group": heads,
            "label": pairs["a"],
            "estimate": pairs["car"],
            "low": pairs["ci_low"],
            "high": pairs["ci_high"],
            "sure": p < LEVEL,
        }
    )
    cells = pd.DataFrame(
        {
            "%": [percent(v, 1, unit=False) for v in pairs["car"]],
            "p": [p_text(v, prefix=False) for v in p],
        }
    )
    return rows.reset_index(drop=True), cells


def _event_rows(found: Contrasts) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The lead's events in order of their days."""
    events = _lead_events(found)
    adjusted = events["p_holm"]
    rows = pd.DataFrame(
        {
            "group": "",
            "label": [
                f"{title.rstrip('.')}, {_date(day)}"
                for title, day in zip(events["title"], events["day0"], strict=True)
            ],
            "estimate": events["ar"].to_numpy(),
            "low": events["ci_low"].to_numpy(),
            "high": events["ci_high"].to_numpy(),
            "sure": (adjusted < LEVEL).to_numpy(),
        }
    )
    cells = pd.DataFrame(
        {
            "%": [percent(v, 1, unit=False) for v in events["ar"]],
            "p": [p_text(v, prefix=False) for v in quoted(events)],
            "Holm p": [p_text(v, prefix=False) for v in adjusted],
        }
    )
    return rows, cells


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
        day = _date(part["day0"].iloc[0])
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
