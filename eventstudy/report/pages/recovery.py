"""The page on recovery: what the sessions after day 0 undid of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
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
    NOTHING,
    Recovery,
    first_moved,
    recovered,
    recovery_finding,
    share_interval,
)
from eventstudy.report.charts.recovery import draw_recovery
from eventstudy.report.drawing.blocks import Chart, Page, Table, Text, axes_in, panels
from eventstudy.report.drawing.geometry import Rect
from eventstudy.report.drawing.text import Paragraph
from eventstudy.report.machine.places import Basis
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
    """How much of day 0 was recovered: paths of the leads, and shares with their tests."""
    recovery = story.part(Recovery)
    marks = _marks(recovery)
    chart = _paths(recovery) if _lead_names(recovery) else None
    notes = [_marks_text(marks)] if len(marks) else []
    notes += [text] if (text := _unmoved_text(recovery)) else []
    key = Text(tuple(Paragraph(note, size=7.5, quiet=True, space=4.0) for note in notes))
    columns, rows = recovery_rows(recovery, story.lower_name)
    table = Table(tuple(columns), tuple(rows), "tables/recovery_table.csv", size=8.0)

    def arrange(fig: Figure, body: Rect) -> None:
        written = sum(paragraph.height(body.width) for paragraph in key.paragraphs)
        lower = min(0.47 * body.height, written + 14.0 * (len(rows) + 4))
        top, below = body.rows(body.height - lower, lower, gap=10)
        if chart is not None:
            chart.draw(fig, top)
        if notes:
            below = below.below(key.draw(fig, below) - 4)
        table.draw(fig, below)

    blocks = tuple(block for block in (chart, key if notes else None, table) if block is not None)
    finding = recovery_finding(recovery, first=True)
    subtitle, basis = _subtitle(story, recovery), Basis(figures=_recovered(recovery))
    return Page("recovery", finding, subtitle, blocks, arrange, basis=basis)


def _recovered(recovery: Recovery) -> dict[str, float | None]:
    """The figures of the finding."""
    last = latest = None
    for lead in first_moved(recovery):
        last, latest = recovered(recovery, lead["key"])
    of_latest = {"share": "share", "low": "share_low", "high": "share_high", "sessions": "horizon"}
    of_last = {"last": "horizon", "p_last": "p_value"}
    return {
        name: None if row is None else row[column]
        for row, columns in ((latest, of_latest), (last, of_last))
        for name, column in columns.items()
    }


def _paths(recovery: Recovery) -> Chart:
    """The leads' paths from day 0 on, a panel each."""
    names = _lead_names(recovery)

    def draw(fig: Figure, rect: Rect) -> None:
        _draw(axes_in(fig, panels(rect, len(names), gap=10)), recovery)

    alt = (
        f"Cumulative abnormal return from day 0 on of {listed(names)}, a panel each, with lines "
        "at the level of day 0 and at zero, where all is recovered."
    )
    return Chart("paths", draw, alt, height=250, narrow=200.0 * len(names))


def recovery_sketch(recovery: Recovery) -> Sketch:
    """The leads' paths by themselves.

    Raises:
        InputError: no lead has a path.
    """
    names = _lead_names(recovery)
    if not names:
        raise InputError("No lead moved unusually on day 0 and has a path; see summary for why.")
    marks = _marks(recovery)
    key = f" {_marks_text(marks)}." if len(marks) else ""
    subtitle = f"CAR from day 0 on in percent, sessions {_sessions(recovery)} after it.{key}"
    split = beside(*[1.0] * len(names), gap=26.0 if len(names) == 2 else 10.0)
    title, paint = recovery_finding(recovery, first=True), partial(_draw, recovery=recovery)
    return Sketch(title, subtitle, paint, 280.0, len(names), split, apart=True)


def _draw(axes: Sequence[Axes], recovery: Recovery) -> None:
    names = _lead_names(recovery)
    paths = recovery.path[recovery.path["lead"] & recovery.path["label"].isin(names)]
    words = [_level_words(recovery, name) for name in names]
    each = _marks(recovery).drop_duplicates(["label", "day"])
    draw_recovery(axes, paths, each, words, f"{level_text(recovery.confidence)} band, day by day")


def _lead_names(recovery: Recovery) -> list[str]:
    """The leads that have a path and moved unusually on day 0."""
    summary = recovery.summary
    moved = set(summary.loc[summary["lead"] & summary["abnormal"], "key"])
    path = recovery.path
    return list(dict.fromkeys(path.loc[path["lead"] & path["key"].isin(moved), "label"]))


def _level_words(recovery: Recovery, name: str) -> tuple[str, str]:
    """What the level of day 0 and zero stand for in a panel."""
    summary = recovery.summary
    lead = summary[(summary["label"] == name) & (summary["days"] == ALL_DAYS)].iloc[0]
    verb = "recovered" if lead["ar0"] < 0 else "given back"
    return f"none {verb}", f"all {verb}"


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
    return f"Marked days of other registered events: {' · '.join(days)}"


def _unmoved_text(recovery: Recovery) -> str:
    """Who has no row, because it did not move unusually."""
    summary = recovery.summary[recovery.summary["days"] == ALL_DAYS]
    return "; ".join(
        f"{', '.join(part['label'])}: {why}"
        for why, part in summary[~summary["abnormal"]]
        .assign(why=lambda rows: np.where(rows["ar0"].notna(), NOTHING, rows["first_reason"]))
        .groupby("why", sort=False)
    )


def _sessions(recovery: Recovery) -> str:
    return window_text((1, max(recovery.last, 1)))


def _subtitle(story: Story, recovery: Recovery) -> str:
    cut = f"; {recovery.cut}" if recovery.cut else ""
    how = _test_text(recovery, story.result.spec.confidence)
    return (
        f"Share recovered = −CAR[+1, +h] / AR of day 0, {story.date}; sessions "
        f"{_sessions(recovery)}{cut}; p: of CAR[+1, +h], two-sided{how}; shares "
        f"with Fieller's {story.level} interval of the same test. "
        f"{setting(story)}"
    )


def _test_text(recovery: Recovery, confidence: float) -> str:
    """Which test is quoted, and what to note of it over many sessions."""
    if PLACEBO not in set(recovery.table["test"]):
        return " by t"
    known = caution(PLACEBO, (ONE_ASSET,), recovery.last + 1, confidence)
    return f" by the placebo test{f' ({known})' if known else ''}"


def recovery_rows(
    recovery: Recovery, named: Callable[[str], str] = str
) -> tuple[list[Column], list[Row]]:
    """The table: one row an entity that moved on day 0.

    Leads have a second one without the confounders' days, and one against each other benchmark,
    which `named` writes out.
    """
    table, summary = recovery.table, recovery.summary
    horizons = list(dict.fromkeys(table["horizon"]))
    known = table.loc[table["share"].notna(), "horizon"]
    last = int(known.max()) if len(known) else int(horizons[-1])
    columns = [Column("Share recovered, %", "left"), Column("AR day 0\n%"), Column("\np")]
    for h in horizons:
        columns += [Column(f"{Window(h, h).label}\n%", "right"), Column("\np", "right")]
    columns += [
        Column(f"{Window(last, last).label} interval\n%", "right"),
        Column("Half recovered\non day", "right"),
        Column("Not significant\nfrom day", "right"),
    ]
    rows = []
    each = dict(iter(table.groupby(["key", "days"], sort=False)))
    for about in summary[summary["abnormal"]].to_dict("records"):
        second = about["days"] == CLEAR_DAYS
        if second and not (about["lead"] and about["left_out"]):
            continue
        mine = each[about["key"], about["days"]]
        label = worded("   without the marked days") if second else about["label"]
        ends = [
            _by(about["half_life"], about["half_reason"]),
            _by(about["stays_back"], about["first_reason"] or "not within the days"),
        ]
        rows.append(Row([*_shares(label, about["p_value"], mine, last), *ends]))
        if about["lead"] and not second:
            rows += _other_rows(recovery.others, about["key"], last, named)
    return columns, rows


def _other_rows(
    others: pd.DataFrame, key: str, last: int, named: Callable[[str], str]
) -> list[Row]:
    """A lead against each comparison benchmark."""
    mine = others[others["key"] == key]
    return [
        Row([*_shares(f"   against {named(str(name))}", part["p_ar0"].iloc[0], part, last), "", ""])
        for name, part in mine.groupby("benchmark", sort=False)
    ]


def _shares(label: str, p_day0: float, rows: pd.DataFrame, last: int) -> list[str]:
    """The cells of day 0, of every horizon, and of the interval at the last."""
    cells = [label, percent(rows["ar0"].iloc[0], 1, unit=False), p_text(p_day0, prefix=False)]
    for share, p in zip(rows["share"], rows["p_value"], strict=True):
        cells += [percent(share, 0, unit=False), p_text(p, prefix=False)]
    end = rows[rows["horizon"] == last]
    return [*cells, share_interval(end.iloc[0]) if len(end) else MISSING]


def _by(day: float, reason: str) -> str:
    if np.isfinite(day):
        return number(day, 0, signed=True)
    return "never" if reason.startswith("not within") else MISSING
