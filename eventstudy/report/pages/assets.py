"""Pages on single assets: paths, forest, heat map, placebo days, time line."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from eventstudy.report.charts.heatmap import draw_heatmap
from eventstudy.report.charts.paths import draw_car_paths
from eventstudy.report.charts.placebo import draw_placebo
from eventstudy.report.charts.rows import draw_forest
from eventstudy.report.charts.timeline import draw_timeline
from eventstudy.report.drawing.blocks import Chart, Page, axes_in, on_axes, panels
from eventstudy.report.drawing.geometry import Rect
from eventstudy.report.figures import path_window
from eventstudy.report.machine.places import Basis, at
from eventstudy.report.plots import assets as plots
from eventstudy.report.story import Story, setting
from eventstudy.result.entities import is_index
from eventstudy.result.multiple_testing import joint_placebo_p, remaining
from eventstudy.result.neighbours import OtherHeadline, headline_shares, other_headlines
from eventstudy.significance.quoted import rejects
from eventstudy.spec.windows import Window
from eventstudy.text.measure import headed, measure
from eventstudy.text.numbers import counted, number, percent, window_text
from eventstudy.text.words import date_text, listed, possessive, short_date


def paths_page(story: Story) -> Page:
    """Cumulative abnormal returns of the lead groups with their bands, from day 0 on."""
    window = path_window(story.result.spec.window)
    frame = pd.concat([story.path(entity) for entity in story.leads], ignore_index=True)
    ends = [(entity.name, story.figures(entity, window)) for entity in story.leads]
    finding = f"{plots.paths_finding(ends, window)}{_other_days(story, window)}"
    others = other_headlines(story.result)
    subtitle = (
        f"Cumulative abnormal return in percent from day {Window(window.start, window.start).label}"
        f", {story.date}, with pointwise and simultaneous {story.level} bands."
        f"{_of_others(story, others, window)} {setting(story)}"
    )
    shown = window.covers(Window(0, 0))
    marker = short_date(story.day0) if shown else ""
    marks = {other.day: short_date(other.session) for other in others if other.day}

    def draw(fig: Figure, rect: Rect) -> None:
        axes = axes_in(fig, panels(rect, len(story.leads)))
        draw_car_paths(axes, frame, marker, f"{story.level} bands", marks)

    alt = (
        f"Lines of the cumulative abnormal return over days {story.result.spec.window}, a panel "
        f"each for {', '.join(entity.name for entity in story.leads)}, with bands; day 0 is marked."
        f" {finding}."
    )
    narrow = 210.0 * len(story.leads)
    chart = Chart("paths", draw, alt, 400, narrow)
    ends_at = (place for entity in story.leads for place in story.quoted_at(entity, window))
    basis = Basis(tuple(ends_at))
    return Page("car-paths", finding, subtitle, (chart,), basis=basis)


def _other_days(story: Story, window: Window) -> str:
    """How much of a significant CAR of the first lead falls on days of other headline events."""
    lead = story.leads[0]
    if not story.figures(lead, window).significant:
        return ""
    return "".join(
        f"; of {possessive(lead.name)}, {share.figure} fell {share.when}, another event's day"
        for share in headline_shares(story, lead, window)
    )


def _of_others(story: Story, others: Sequence[OtherHeadline], window: Window) -> str:
    """What other headline events are marked, and what the lead's CAR owes to their days."""
    inside = [share.sentence for share in headline_shares(story, story.leads[0], window)]
    drawn = story.result.spec.window
    before = [
        f"{date_text(other.session)} ({other.title})"
        for other in others
        if other.day < window.start and drawn.covers(Window(other.day, other.day))
    ]
    also = [f"Also marked: {listed(before)}."] if before else []
    return "".join(f" {text}" for text in [*inside, *also])


def forest_page(story: Story) -> Page:
    """The abnormal return of every asset with its interval, by group."""
    table = story.day_table
    rows = plots.forest_rows(story.result, table)
    kind = " of the placebo test, and its p" if story.result.assets.has_placebo else ""
    level = 1 - story.result.spec.confidence
    subtitle = (
        f"Abnormal return on {story.focus_day}, {story.focus_date}, in percent, with "
        f"{story.level} interval{kind}; of the {len(table)} rows about "
        f"{level * len(table):.2g} would be significant by chance{_after_adjustment(story)}. "
        f"{setting(story)}"
    )
    label = headed(f"Abnormal return on {window_text(story.focus)}, %")
    alt = f"Each asset's abnormal return as a dot on its interval, by group. {_reach(rows)}"
    height = 90.0 + 13.0 * len(rows)
    narrow = height + 20.0 * rows["group"].nunique()
    draw = on_axes(draw_forest, rows, label, story.result.spec.confidence)
    finding = plots.forest_finding(story.result, table, story.focus)
    chart = Chart("forest", draw, alt, height, narrow)
    basis = Basis(figures=asdict(plots.moved_counts(story.result, table)))
    return Page("forest", finding, subtitle, (chart,), basis=basis)


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
    level = 1 - story.result.spec.confidence
    after = remaining(story.day_table, level)
    adjusted = f"; after Benjamini-Hochberg's correction {after.bh or 'none'} {_remain(after.bh)}"
    if not story.result.assets.has_placebo:
        return f"{adjusted}, after Holm's {after.holm or 'none'}"
    joint = int(rejects(joint_placebo_p(story.result.assets, story.focus), level).sum())
    return f"{adjusted}, after Westfall and Young's {joint or 'none'}"


def _remain(count: int) -> str:
    return "remains" if count < 2 else "remain"


def heatmap_page(story: Story) -> Page:
    """Every asset on every day of the event window."""
    labels = story.result.assets.labels
    matrix = story.abnormal_returns.set_axis([story.name(t) for t in labels["ticker"]])
    groups = {
        story.name(t): story.group_label(g)
        for t, g in zip(labels["ticker"], labels["group"], strict=True)
    }
    finding = plots.busiest_days(story.result)
    subtitle = f"Abnormal return in percent, assets by sessions. {setting(story)}"
    alt = (
        f"A table of coloured cells, {counted(len(matrix), 'asset')} by "
        f"{counted(len(matrix.columns), 'session')}: the abnormal return of each; day 0 is framed."
    )
    height = 90.0 + 14.0 * len(matrix)
    draw = on_axes(draw_heatmap, matrix, groups)
    chart, counts = Chart("heatmap", draw, alt, height, height), plots.busy_counts(story.result)
    basis = Basis((at("spec", "window"),), asdict(counts) if counts else {})
    return Page("heatmap", finding, subtitle, (chart,), basis=basis)


def placebo_page(story: Story) -> Page:
    """The lead asset's day 0 among its own ordinary days."""
    lead = story.leads[0]
    reference = plots.placebos_of(*story.row_of(lead), story.focus)
    figures, when = story.figures(lead, story.focus), story.on_focus_date
    finding = plots.placebo_finding(lead.name, figures, reference, story.focus, when)
    subtitle = (
        "Abnormal returns in standard errors of their forecast: each estimation session is left "
        f"out of its own fit, as day 0 was. {setting(story)}"
    )
    alt = (
        f"Bars counting the {len(reference)} ordinary days of {lead.name} by their abnormal return "
        f"in standard errors; {window_text(story.focus)} is marked at {number(figures.t, 1)}."
    )
    confidence = story.result.spec.confidence
    draw = on_axes(
        draw_placebo, reference, figures.t, window_text(story.focus), confidence=confidence
    )
    chart = Chart("placebo", draw, alt, 360, 300)
    counts = {"beyond": plots.as_far_out(figures, reference), "days": len(reference)}
    basis = Basis(story.quoted_at(lead, story.focus), counts)
    return Page("placebo", finding, subtitle, (chart,), basis=basis)


def timeline_page(story: Story) -> Page:
    """The lead's price with all registered events, those inside the window named as confounders."""
    context = story.context
    lead = story.leads[0]
    ticker = lead.members[0]
    close = context.closes[ticker].dropna()
    events = _marked_events(story)
    what, unit, adjusted = _priced_as(story, ticker)
    each = story.result.spec.frequency
    subtitle = (
        f"{story.name(ticker)}, {each} {what} in {unit}{adjusted}; registered events at their day 0"
    )
    alt = (
        f"The {each} {what} of {story.name(ticker)} with "
        f"{counted(len(events), 'registered event')} marked on their days and listed beside it."
    )
    raw = story.raw(story.asset(ticker, lead.group))
    session = pd.Timestamp(story.day0)
    move = (session, percent(raw)) if story.focus.start == 0 and np.isfinite(raw) else None
    draw = on_axes(draw_timeline, close, events, f"{what.capitalize()}, {unit}", move=move)
    chart = Chart("timeline", draw, alt, height=430, narrow=330.0 + 14.0 * len(events))
    span = story.result.spec.span
    counts = {"others": len(story.confounders), "first": span.start, "last": span.end}
    basis = Basis(figures=counts)
    return Page("timeline", _neighbours_finding(story), subtitle, (chart,), basis=basis)


def _neighbours_finding(story: Story) -> str:
    """How many other events fall in the days, and which of them are headlines."""
    span, count = story.result.spec.span, len(story.confounders)
    if not count:
        return f"No other event of the list falls in days {span}"
    verb = "falls" if count == 1 else "fall"
    heads = [f"{o.title} ({date_text(o.session)})" for o in other_headlines(story.result)]
    among = f", among them {listed(heads)}" if heads else ""
    return f"{counted(count, 'other event')} of the list {verb} in days {span}{among}"


def _marked_events(story: Story) -> pd.DataFrame:
    """The registered events as the timeline takes them."""
    known = story.context.events
    own = known["event_id"] == story.event_id
    inside = known["event_id"].isin(story.confounders["confounder"])
    kind = np.where(own, "own", np.where(inside, "confounder", "event"))
    return pd.DataFrame(
        {
            "date": known["day0"],
            "title": known["title"],
            "headline": known["headline"] | own,
            "kind": kind,
        }
    )


def _priced_as(story: Story, ticker: str) -> tuple[str, str, str]:
    """What the line is of, its unit, and how it is adjusted."""
    if measure().level:
        units = {"percent": "%", "decimal": "decimals"}
        return "level", units.get(story.result.spec.level_unit, story.result.spec.level_unit), ""
    return "close", "points" if is_index(ticker) else "$", ", adjusted for splits"
