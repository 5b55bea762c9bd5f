"""Pages on single assets: paths, forest, heat map, placebo days, time line."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from eventstudy.evidence.parts.part import LEVEL
from eventstudy.report.charts.heatmap import draw_heatmap
from eventstudy.report.charts.paths import draw_car_paths
from eventstudy.report.charts.placebo import draw_placebo
from eventstudy.report.charts.rows import draw_forest
from eventstudy.report.charts.timeline import draw_timeline
from eventstudy.report.drawing.blocks import Chart, Page, axes_in, on_axes, panels
from eventstudy.report.drawing.geometry import Rect
from eventstudy.report.pages.headline import day_text
from eventstudy.report.plots.assets import forest_rows
from eventstudy.report.story import Story, setting
from eventstudy.result.multiple_testing import joint_placebo_p, quoted_p, remaining
from eventstudy.spec import Window
from eventstudy.text.numbers import counted, number, p_text, percent, window_text


def paths_page(story: Story) -> Page:
    """Cumulative abnormal returns of the lead groups with their bands."""
    window = story.result.spec.window
    frame = pd.concat([story.path(entity) for entity in story.leads], ignore_index=True)
    ends = [story.figures(entity, window) for entity in story.leads]
    said = "; ".join(
        f"{entity.name} {percent(end.car)} ({p_text(end.p)})"
        if np.isfinite(end.car)
        else f"{entity.name} not known"
        for entity, end in zip(story.leads, ends, strict=True)
    )
    finding = f"Cumulative abnormal return by day {Window(window.end, window.end).label}: {said}"
    subtitle = (
        f"CAR from day {Window(window.start, window.start).label} on, in percent, with pointwise "
        f"and simultaneous {story.level} bands; sessions from day 0, {story.date}. {setting(story)}"
    )
    shown = window.covers(Window(0, 0))
    marker = f"{story.day0.day} {story.day0:%b %Y}" if shown else ""

    def draw(fig: Figure, rect: Rect) -> None:
        axes = axes_in(fig, panels(rect, len(story.leads)))
        draw_car_paths(axes, frame, marker, f"{story.level} bands")

    alt = (
        f"Lines of the cumulative abnormal return over days {window}, a panel each for "
        f"{', '.join(entity.name for entity in story.leads)}, with bands; day 0 is marked. {said}."
    )
    narrow = 210.0 * len(story.leads)
    return Page("car-paths", finding, subtitle, (Chart("paths", draw, alt, 400, narrow),))


def forest_page(story: Story) -> Page:
    """The abnormal return of every asset with its interval, by group."""
    table = story.day_table
    p, rows = quoted_p(table), forest_rows(story.result, table)
    falls, rises = (table["car"] < 0), (table["car"] > 0)
    sure = p < LEVEL
    known = table["car"].notna()
    absent = f"; {(~known).sum()} without a figure" if not known.all() else ""
    finding = (
        f"{(falls & sure).sum()} of {counted(len(table), 'asset')} fell and "
        f"{(rises & sure).sum()} rose by more than ordinary days bring; for "
        f"{(~sure & known).sum()} nothing is certain{absent}"
    )
    kind = "; placebo p" if story.result.assets.has_placebo else ""
    subtitle = (
        f"Abnormal return on {day_text(story).lower()}, {story.focus_date}, in percent, with "
        f"{story.level} interval{kind}; by chance alone about {LEVEL * len(table):.2g} "
        f"would stand out{_after_adjustment(story)}. {setting(story)}"
    )
    label = f"Abnormal return on {window_text(story.focus)}, %"
    alt = f"Each asset's abnormal return as a dot on its interval, by group. {_reach(rows)}"
    height = 90.0 + 13.0 * len(rows)
    narrow = height + 20.0 * rows["group"].nunique()
    draw = on_axes(draw_forest, rows, label, LEVEL, level=story.level)
    return Page("forest", finding, subtitle, (Chart("forest", draw, alt, height, narrow),))


def _reach(rows: pd.DataFrame) -> str:
    """The lowest and the highest of the estimates, named."""
    known = rows[rows["estimate"].notna()].sort_values("estimate", kind="stable")
    if known.empty:
        return "None has a figure."
    low, high = known.iloc[0], known.iloc[-1]
    return (
        f"From {percent(low['estimate'])} ({low['label']}) to "
        f"{percent(high['estimate'])} ({high['label']})."
    )


def _after_adjustment(story: Story) -> str:
    """How many of the assets stand out when all are taken into account; empty for one asset."""
    if story.result.n < 2:
        return ""
    left = remaining(story.day_table, LEVEL)
    said = f", and {left.bh} do after Benjamini-Hochberg"
    if not story.result.assets.has_placebo:
        return f"{said}, {left.holm} after Holm"
    joint = int((joint_placebo_p(story.result.assets, story.focus) < LEVEL).sum())
    return f"{said}, {joint} after Westfall-Young"


def heatmap_page(story: Story) -> Page:
    """Every asset on every day of the event window."""
    labels = story.result.assets.labels
    matrix = story.result.abnormal_returns.set_axis([story.name(t) for t in labels["ticker"]])
    groups = {
        story.name(t): story.group_label(g)
        for t, g in zip(labels["ticker"], labels["group"], strict=True)
    }
    finding = _busiest_days(story)
    subtitle = f"Abnormal return in percent, assets by sessions. {setting(story)}"
    alt = (
        f"A table of coloured cells, {counted(len(matrix), 'asset')} by "
        f"{counted(len(matrix.columns), 'session')}: the abnormal return of each; day 0 is framed."
    )
    height = 90.0 + 14.0 * len(matrix)
    draw = on_axes(draw_heatmap, matrix, groups)
    return Page("heatmap", finding, subtitle, (Chart("heatmap", draw, alt, height, height),))


def _busiest_days(story: Story) -> str:
    """How many assets leave the ordinary on the focus day, and on the busiest of the others."""
    window = story.result.spec.window
    found = {}
    for day in window.days:
        table = story.result.car((day, day))
        found[day] = int((table["p_placebo"].fillna(table["p_value"]) < LEVEL).sum())
    focus = found.pop(story.focus.start, None)
    if focus is None or not found:
        return f"Abnormal returns over days {window}"
    day = max(found, key=lambda d: found[d])
    return (
        f"On {window_text(story.focus)}, {focus} of {counted(story.result.n, 'asset')} left what "
        "is ordinary "
        f"(p < {LEVEL:g}); on the busiest other day, {Window(day, day).label}, {found[day]} did"
    )


def placebo_page(story: Story) -> Page:
    """The lead asset's day 0 among its own ordinary days."""
    lead = story.leads[0]
    source = story.result.portfolios if lead.portfolio else story.result.assets
    row = source.rows_of("ticker", lead.key)[0]
    reference = source.placebos(1)[row]
    reference = reference[np.isfinite(reference)]
    found = story.figures(lead, story.focus)
    beyond = int((np.abs(reference) >= abs(found.t)).sum())
    finding = (
        f"On {beyond} of {len(reference)} ordinary days {lead.name} moved as far from its "
        f"expectation as on {story.focus_date} ({found.p_said})"
        if np.isfinite(found.t)
        else f"{lead.name} has no abnormal return on {story.focus_date}; its ordinary days alone"
    )
    subtitle = (
        "Abnormal returns in standard errors of their forecast: each estimation session is left "
        f"out of its own fit, as day 0 was. {setting(story)}"
    )
    alt = (
        f"Bars counting the {len(reference)} ordinary days of {lead.name} by their abnormal return "
        f"in standard errors; {window_text(story.focus)} is marked at {number(found.t, 1)}."
    )
    draw = on_axes(draw_placebo, reference, found.t, window_text(story.focus))
    return Page("placebo", finding, subtitle, (Chart("placebo", draw, alt, 360, 300),))


def timeline_page(story: Story) -> Page:
    """The lead's price with all registered events, those inside the window named as confounders."""
    assert story.result.context is not None
    context = story.result.context
    confounders = story.confounders
    ticker = story.leads[0].members[0]
    close = context.closes[ticker].dropna()
    events = pd.DataFrame(
        {
            "date": context.events["day0"],
            "title": context.events["title"],
            "headline": context.events["headline"] | (context.events["event_id"] == story.event_id),
            "kind": "event",
        }
    )
    inside = context.events["event_id"].isin(confounders["confounder"])
    events.loc[inside, "kind"] = "confounder"
    span = story.result.spec.span
    lie = "lies" if len(confounders) == 1 else "lie"
    finding = (
        f"{counted(len(confounders), 'other registered event')} {lie} inside days {span} and can "
        "move the same assets"
        if len(confounders)
        else f"No other registered event lies inside days {span}"
    )
    unit = "points" if ticker.startswith("^") else "$"
    subtitle = (
        f"{story.name(ticker)}, daily close in {unit}, adjusted for splits; registered events "
        "stand at their day 0"
    )
    alt = (
        f"The daily close of {story.name(ticker)} with {counted(len(events), 'registered event')} "
        "marked on their days and listed beside it."
    )
    draw = on_axes(draw_timeline, close, events, f"Close, {unit}")
    return Page(
        "timeline",
        finding,
        subtitle,
        (Chart("timeline", draw, alt, 430, 330.0 + 14.0 * len(events)),),
    )
