"""The page of placebos in time and in space."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from eventstudy.numbers import p_text, window_text
from eventstudy.tearsheet.blocks import Chart, Page, on_axes
from eventstudy.tearsheet.charts.places import draw_days, draw_places
from eventstudy.tearsheet.geometry import Rect
from eventstudy.tearsheet.story import Story, counted
from eventstudy.tearsheet.story_page import setting


def placebos_page(story: Story) -> Page:
    """The lead's focus day among ordinary days, refitted at each, and among other assets."""
    assert story.evidence is not None
    placebos = story.evidence.placebos
    assert placebos is not None
    lead = story.leads[0]
    in_time, days = placebos.of("time", lead, story.focus)
    in_space, assets = placebos.of("space", lead, story.focus)
    subtitle = (
        f"Abnormal return on {window_text(story.focus)} in standard errors of its forecast; the "
        "study is refitted at every session with no registered event around it, and for every "
        f"other asset of the prices. {setting(story)}"
    )
    observed = float(in_time["statistic"])
    time_head, space_head = _said("In time", in_time), _said("In space", in_space)
    time = Chart(
        "in-time",
        on_axes(draw_days, days, story.day0, observed, time_head),
        f"Dots, one an ordinary day from left to right, at {lead.name}'s abnormal return in "
        f"standard errors; the event's own is marked. {time_head}.",
    )
    space = Chart(
        "in-space",
        on_axes(draw_places, assets, lead.name, observed, space_head),
        f"The assets of the prices in order of their abnormal return on {story.focus_date}, in "
        f"standard errors; {lead.name} is marked. {space_head}.",
    )

    def arrange(fig: Figure, body: Rect) -> None:
        left, right = body.columns(1.75, 1.0, gap=26)
        time.draw(fig, left)
        space.draw(fig, right)

    finding = _finding(story, in_time, in_space)
    return Page("placebo-days", finding, subtitle, (time, space), arrange)


def _finding(story: Story, in_time: pd.Series, in_space: pd.Series) -> str:
    lead = story.leads[0]
    if not np.isfinite(in_time["statistic"]):
        return f"{lead.name} has no abnormal return on {story.focus_date}; its placebos alone"
    parts = []
    if np.isfinite(in_time["rank"]):
        beyond, of = int(in_time["rank"]) - 1, counted(int(in_time["n_placebos"]), "other day")
        none = "none" if not beyond else f"{beyond:,}"
        verb = "moves" if beyond in (0, 1) else "move"
        parts.append(
            f"Refitted at {of}, {none} {verb} {lead.name} as far as {story.focus_date} did "
            f"({p_text(float(in_time['p_value']))})"
        )
    else:
        parts.append(f"{lead.name} has no placebo days: {in_time['reason']}")
    if np.isfinite(in_space["rank"]):
        parts.append(
            f"among {counted(int(in_space['n_placebos']) + 1, 'asset')} that day it is the "
            f"{ordinal(int(in_space['rank']))} furthest out ({p_text(float(in_space['p_value']))})"
        )
    return "; ".join(parts)


def _said(kind: str, row: pd.Series) -> str:
    """The heading of a panel: "In time: 1st of 182, p = 0.005"."""
    if not np.isfinite(row["rank"]):
        return f"{kind}: no rank"
    of = f"{ordinal(int(row['rank']))} of {int(row['n_placebos']) + 1:,}"
    return f"{kind}: {of}, {p_text(float(row['p_value']))}"


def ordinal(count: int) -> str:
    """ "1st", "2nd", "3rd", "11th"."""
    teen = 10 <= count % 100 <= 20
    ending = "th" if teen else {1: "st", 2: "nd", 3: "rd"}.get(count % 10, "th")
    return f"{count:,}{ending}"
