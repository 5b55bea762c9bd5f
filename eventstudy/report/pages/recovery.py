"""The page on recovery: what the sessions after day 0 undid of it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from eventstudy.errors import InputError
from eventstudy.estimation.quoted import PLACEBO
from eventstudy.evidence.parts.recovery import (
    ALL_DAYS,
    CLEAR_DAYS,
    Recovery,
    recovery_finding,
    share_interval,
)
from eventstudy.report.charts.recovery import draw_recovery
from eventstudy.report.drawing.blocks import Chart, Page, Table, Text, axes_in, panels
from eventstudy.report.drawing.geometry import Rect
from eventstudy.report.drawing.text import Paragraph
from eventstudy.report.plots.canvas import Sketch, beside
from eventstudy.report.story import Story, setting
from eventstudy.significance.date_layouts import ONE_ASSET
from eventstudy.significance.validity import caution
from eventstudy.spec.windows import Window
from eventstudy.text.measure import worded
from eventstudy.text.numbers import MISSING, number, p_text, percent, window_text
from eventstudy.text.table import Column, Row
from eventstudy.text.words import level_text, listed


def recovery_page(story: Story) -> Page:
    """How much of day 0 was won back: paths of the leads, and shares with their tests."""
    recovery = story.part(Recovery)
    marks = _marks(recovery)
    chart = _paths(recovery) if recovery.path["lead"].any() else None
    named = Paragraph(_marks_text(marks), size=7.0, quiet=True, space=7.0)
    key = Text((named,)) if len(marks) else None
    columns, rows = recovery_rows(recovery)
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
    finding = recovery_finding(recovery, first=True)
    return Page("recovery", finding, _subtitle(story, recovery), blocks, arrange)


def _paths(recovery: Recovery) -> Chart:
    """The leads' paths from day 0 on, a panel each."""
    names = _lead_names(recovery)

    def draw(fig: Figure, rect: Rect) -> None:
        _draw(axes_in(fig, panels(rect, len(names), gap=10)), recovery)

    alt = (
        f"Cumulative abnormal return from day 0 on of {listed(names)}, a panel each, with lines "
        "at the level of day 0 and at zero, where all is undone."
    )
    return Chart("paths", draw, alt, height=250, narrow=200.0 * len(names))


def recovery_sketch(recovery: Recovery) -> Sketch:
    """The leads' paths by themselves.

    Raises:
        InputError: no lead has a path.
    """
    names = _lead_names(recovery)
    if not names:
        raise InputError("No lead has a path from day 0 on; see summary for the reasons.")
    marks = _marks(recovery)
    key = f" {_marks_text(marks)}." if len(marks) else ""
    subtitle = f"CAR from day 0 on in percent, sessions {_sessions(recovery)} after it.{key}"
    split = beside(*[1.0] * len(names), gap=26.0 if len(names) == 2 else 10.0)
    title, paint = recovery_finding(recovery, first=True), partial(_draw, recovery=recovery)
    return Sketch(title, subtitle, paint, 280.0, len(names), split, apart=True)


def _draw(axes: Sequence[Axes], recovery: Recovery) -> None:
    paths = recovery.path[recovery.path["lead"]]
    words = [_level_words(recovery, name) for name in _lead_names(recovery)]
    each = _marks(recovery).drop_duplicates(["label", "day"])
    draw_recovery(axes, paths, each, words, f"{level_text(recovery.confidence)} band, day by day")


def _lead_names(recovery: Recovery) -> list[str]:
    """The leads that have a path."""
    return list(dict.fromkeys(recovery.path.loc[recovery.path["lead"], "label"]))


def _level_words(recovery: Recovery, name: str) -> tuple[str, str]:
    """What the level of day 0 and zero stand for in a panel."""
    summary = recovery.summary
    lead = summary[(summary["label"] == name) & (summary["days"] == ALL_DAYS)].iloc[0]
    if not lead["abnormal"]:
        return "day 0", "zero"
    verb = "won" if lead["ar0"] < 0 else "given"
    return f"none {verb} back", f"all {verb} back"


def _marks(recovery: Recovery) -> pd.DataFrame:
    """The leads' confounders: label, day, number (the same for the same day), date, title."""
    leads = recovery.summary.loc[recovery.summary["lead"], ["key", "label"]].drop_duplicates()
    marks = recovery.confounders.merge(leads, on="key")
    marks = marks[marks["day"] <= recovery.last].sort_values("day", kind="stable")
    marks["number"] = pd.factorize(marks["day"])[0] + 1
    return marks


def _marks_text(marks: pd.DataFrame) -> str:
    """The marked days by number."""
    days = []
    for number_, same in marks.groupby("number", sort=True):
        titles = "; ".join(dict.fromkeys(str(t).rstrip(".") for t in same["title"]))
        date = same["date"].iloc[0]
        days.append(f"{number_} = {titles} ({date.day} {date:%B})")
    return f"Marked days, which other registered events share: {' · '.join(days)}"


def _sessions(recovery: Recovery) -> str:
    return window_text((1, max(recovery.last, 1)))


def _subtitle(story: Story, recovery: Recovery) -> str:
    cut = f"; {recovery.cut}" if recovery.cut else ""
    how = _test_text(recovery, story.result.spec.confidence)
    return (
        f"Share won back = −CAR[+1, +h] / AR of day 0, {story.date}; sessions "
        f"{_sessions(recovery)}{cut}; p: of CAR[+1, +h], two-sided{how}; shares "
        f"with Fieller's {story.level} interval of the same test; bold: day 0 significant. "
        f"{setting(story)}"
    )


def _test_text(recovery: Recovery, confidence: float) -> str:
    """Which test is quoted, and what to mind of it over many sessions."""
    if PLACEBO not in set(recovery.table["test"]):
        return " by t"
    known = caution(PLACEBO, (ONE_ASSET,), recovery.last + 1, confidence)
    return f" by the placebo test{f' ({known})' if known else ''}"


def recovery_rows(recovery: Recovery) -> tuple[list[Column], list[Row]]:
    """The table: one row an entity, for leads a second one without the confounders' days."""
    table, summary = recovery.table, recovery.summary
    horizons = list(dict.fromkeys(table["horizon"]))
    known = table.loc[table["share"].notna(), "horizon"]
    last = int(known.max()) if len(known) else int(horizons[-1])
    columns = [Column("Share won back, %", "left"), Column("AR day 0\n%"), Column("\np")]
    for h in horizons:
        columns += [Column(f"{Window(h, h).label}\n%", "right"), Column("\np", "right")]
    columns += [
        Column(f"{Window(last, last).label} interval\n%", "right"),
        Column("First half\nback", "right"),
        Column("Significant\nno more from", "right"),
    ]
    rows = []
    each = dict(iter(table.groupby(["key", "days"], sort=False)))
    for about in summary.to_dict("records"):
        second = about["days"] == CLEAR_DAYS
        if second and not (about["lead"] and about["left_out"]):
            continue
        mine = each[about["key"], about["days"]]
        cells = [worded("   without the marked days") if second else about["label"]]
        cells += [percent(about["ar0"], 1, unit=False), p_text(about["p_value"], prefix=False)]
        for share, p in zip(mine["share"], mine["p_value"], strict=True):
            pair = percent(share, 0, unit=False), p_text(p, prefix=False)
            cells += pair if about["abnormal"] else (MISSING, MISSING)
        end = mine[mine["horizon"] == last]
        cells.append(share_interval(end.iloc[0]) if len(end) else MISSING)
        cells.append(_by(about["half_life"], about["half_reason"]))
        cells.append(_by(about["stays_back"], about["first_reason"] or "not within the days"))
        rows.append(Row(cells, bold=about["abnormal"] and not second))
    return columns, rows


def _by(day: float, reason: str) -> str:
    if np.isfinite(day):
        return number(day, 0, signed=True)
    return "never" if reason.startswith("not within") else MISSING
