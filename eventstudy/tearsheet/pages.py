"""The pages of one event's report, in order. Each titles itself with its finding."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from eventstudy.entities import Entity
from eventstudy.errors import unknown_name
from eventstudy.evidence.gathered import Evidence
from eventstudy.evidence.multiplicity import adjust, joint_placebo_p, remaining
from eventstudy.numbers import number, p_text, percent, window_text
from eventstudy.spec import Window
from eventstudy.tearsheet import theme
from eventstudy.tearsheet.charts import (
    draw_car_paths,
    draw_forest,
    draw_heatmap,
    draw_placebo,
    draw_timeline,
)
from eventstudy.tearsheet.methods import method_paragraphs, provenance_paragraphs
from eventstudy.tearsheet.pages_benchmarks import benchmarks_page
from eventstudy.tearsheet.pages_claims import claims_page
from eventstudy.tearsheet.pages_contrasts import contrasts_page
from eventstudy.tearsheet.pages_curve import curve_finding, curve_page, has_curve
from eventstudy.tearsheet.pages_placebos import placebos_page
from eventstudy.tearsheet.pages_recovery import recovery_finding, recovery_page
from eventstudy.tearsheet.pages_value import value_page
from eventstudy.tearsheet.story import LEVEL, Story, counted, money
from eventstudy.tearsheet.story_page import setting, story_page
from eventstudy.tearsheet.table import Column, Row, draw_table
from eventstudy.tearsheet.text import Paragraph, draw_paragraphs

PageFunction = Callable[[Story, int], Figure]


def draw_pages(story: Story, only: Sequence[str] | None = None) -> dict[str, Figure]:
    """All pages that the result has material for, by the name of their figure file.

    `only` names those wanted; they keep their numbers.
    """
    chosen = _chosen(story)
    for name in only or ():
        if name not in chosen:
            raise unknown_name("page of this event", name, list(chosen))
    return {
        name: draw(story, number)
        for number, (name, draw) in enumerate(chosen.items(), start=1)
        if only is None or name in only
    }


def _chosen(story: Story) -> dict[str, PageFunction]:
    """The answer, how sure it is, whether it lasted, what it was worth, what was said of it."""
    evidence = story.evidence or Evidence()
    placebo = story.result.assets.has_placebo
    wanted: list[tuple[str, PageFunction, object]] = [
        ("headline", headline_page, True),
        ("car-paths", paths_page, True),
        ("forest", forest_page, True),
        ("heatmap", heatmap_page, True),
        ("placebo", placebo_page, placebo),
        ("placebo-days", placebos_page, evidence.placebos),
        ("benchmarks", benchmarks_page, story.result.comparison),
        ("specifications", curve_page, has_curve(story)),
        ("recovery", recovery_page, evidence.recovery),
        ("contrasts", contrasts_page, evidence.contrasts),
        ("value", value_page, evidence.value),
        ("claims", claims_page, evidence.claims and len(evidence.claims.claims)),
        ("timeline", timeline_page, True),
        ("methods", methods_page, True),
    ]
    return {name: page for name, page, material in wanted if material}


def headline_page(story: Story, number_: int) -> Figure:
    """The answer, what the evidence adds to it, and the table of the lead groups."""
    title = f"{str(story.event['title']).rstrip('.')}. Returns in percent. "
    subtitle = f"{title}{setting(story)}"
    fig, body = story_page(story, story.headline(), subtitle, number_)
    size = theme.BODY_SIZE + 1
    said = [*story.answer(), *_from_evidence(story)]
    text = [Paragraph(sentence, size=size, bullet="•") for sentence in said]
    bottom = draw_paragraphs(fig, body, text)
    columns, rows = _headline_table(story)
    draw_table(fig, body.below(bottom - 8), columns, rows, more="tables/car.csv")
    return fig


def _from_evidence(story: Story) -> list[str]:
    """Would others have found the same, and was it undone; as far as there is evidence."""
    evidence, said = story.evidence or Evidence(), []
    if evidence.curve is not None:
        found = evidence.curve.quoted(story.leads[0])
        said += [] if found is None else [f"{curve_finding(found)}."]
    if evidence.recovery is not None:
        said.append(f"{recovery_finding(evidence.recovery)}.")
    return said


def _headline_table(story: Story) -> tuple[list[Column], list[Row]]:
    columns = [
        Column("", "left"),
        Column("Raw\n%"),
        Column("Abnormal\n%"),
        Column(f"{story.level} interval\n%", "right"),
        Column("t"),
        Column("Placebo\np" if story.result.assets.has_placebo else "\np"),
        *(Column(f"CAR {window}\n%") for window in story.longer),
        Column("Index\npoints"),
        Column("Raw\n$", "right"),
        Column("Abnormal\n$", "right"),
    ]
    rows = [Row([f"{_day_text(story)}, the lead groups"], group=True)]
    for entity in story.leads:
        rows.append(_headline_row(story, entity, bold=True))
        if entity.portfolio:
            assets = [story.asset(ticker, entity.group) for ticker in entity.members]
            rows += [_headline_row(story, asset, indent="   ") for asset in assets]
    others = story.entities[len(story.leads) :]
    if others:
        several = any(entity.portfolio for entity in others)
        heading = "The other groups, equal-weighted where of several" if several else "The others"
        rows.append(Row([heading], group=True))
        rows += [_headline_row(story, entity) for entity in others]
    used = [
        i
        for i in range(len(columns))
        if i < 6 or any(i < len(row.cells) and row.cells[i] != "–" for row in rows)
    ]
    kept = [r if r.group else Row([r.cells[i] for i in used], bold=r.bold) for r in rows]
    return [columns[i] for i in used], kept


def _headline_row(story: Story, entity: Entity, bold: bool = False, indent: str = "") -> Row:
    found = story.figures(entity, story.focus)
    of_several = f" ({len(entity.members)})" if entity.portfolio else ""
    low, high = (percent(value, unit=False) for value in (found.low, found.high))
    return Row(
        [
            f"{indent}{entity.name}{of_several}",
            percent(story.raw(entity), unit=False),
            percent(found.car, unit=False),
            f"{low} to {high}" if np.isfinite(found.car) else "–",
            number(found.t, signed=True),
            p_text(
                found.p_placebo if story.result.assets.has_placebo else found.p_value, prefix=False
            ),
            *(percent(story.figures(entity, w).car, unit=False) for w in story.longer),
            number(story.points(entity), signed=True),
            *money(story.dollars(entity)),
        ],
        bold=bold,
    )


def _day_text(story: Story) -> str:
    return window_text(story.focus).capitalize()


def paths_page(story: Story, number_: int) -> Figure:
    """Cumulative abnormal returns of the lead groups with their bands."""
    window = story.result.spec.window
    frame = pd.concat([_path(story, entity) for entity in story.leads], ignore_index=True)
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
        f"{story.level} band; sessions from day 0, {story.date}. {setting(story)}"
    )
    fig, body = story_page(story, finding, subtitle, number_)
    axes = [rect.add_axes(fig) for rect in body.columns(*[1.0] * len(story.leads), gap=8)]
    shown = window.covers(Window(0, 0))
    marker = f"{story.day0.day} {story.day0:%b %Y}" if shown else ""
    draw_car_paths(axes, frame, marker, f"{story.level} band")
    return fig


def _path(story: Story, entity: Entity) -> pd.DataFrame:
    window = story.result.spec.window
    found = [story.figures(entity, Window(window.start, day)) for day in window.days]
    return pd.DataFrame(
        {
            "label": entity.name,
            "day": list(window.days),
            "car": [f.car for f in found],
            "low": [f.low for f in found],
            "high": [f.high for f in found],
        }
    )


def forest_page(story: Story, number_: int) -> Figure:
    """The abnormal return of every asset with its interval, by group."""
    table = story.day_table
    p = table["p_placebo"].fillna(table["p_value"])
    rows = pd.DataFrame(
        {
            "group": [story.group_label(g) for g in table["group"]],
            "label": [story.name(t) for t in table["ticker"]],
            "estimate": table["car"],
            "low": table["ci_low"],
            "high": table["ci_high"],
            "p_value": p,
        }
    )
    if len(rows) > 1:
        rows["p_adjusted"] = adjust(p)["p_bh"].to_numpy()
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
        f"Abnormal return on {_day_text(story).lower()}, {story.focus_date}, in percent, with "
        f"{story.level} interval{kind}; by chance alone about {LEVEL * len(table):.2g} "
        f"would stand out{_after_adjustment(story)}. {setting(story)}"
    )
    fig, body = story_page(story, finding, subtitle, number_)
    label = f"Abnormal return on {window_text(story.focus)}, %"
    draw_forest(body.add_axes(fig), rows, label, LEVEL, level=story.level)
    return fig


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


def heatmap_page(story: Story, number_: int) -> Figure:
    """Every asset on every day of the event window."""
    labels = story.result.assets.labels
    matrix = story.result.abnormal_returns.set_axis([story.name(t) for t in labels["ticker"]])
    groups = {
        story.name(t): story.group_label(g)
        for t, g in zip(labels["ticker"], labels["group"], strict=True)
    }
    finding = _busiest_days(story)
    subtitle = f"Abnormal return in percent, assets by sessions. {setting(story)}"
    fig, body = story_page(story, finding, subtitle, number_)
    draw_heatmap(body.add_axes(fig), matrix, groups)
    return fig


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


def placebo_page(story: Story, number_: int) -> Figure:
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
    fig, body = story_page(story, finding, subtitle, number_)
    draw_placebo(body.add_axes(fig), reference, found.t, window_text(story.focus))
    return fig


def timeline_page(story: Story, number_: int) -> Figure:
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
    fig, body = story_page(story, finding, subtitle, number_)
    draw_timeline(body.add_axes(fig), close, events, f"Close, {unit}")
    return fig


def methods_page(story: Story, number_: int) -> Figure:
    """How it was computed, on what data, and what was left out."""
    result = story.result
    out = result.exclusions
    missing = counted(len(out), "exclusion") if len(out) else "nothing left out"
    finding = f"How these figures were computed: {counted(result.n, 'asset')} estimated, {missing}"
    fig, body = story_page(story, finding, setting(story), number_)
    left, right = body.columns(1.0, 1.0, gap=24)
    draw_paragraphs(fig, left, method_paragraphs(story))
    bottom = draw_paragraphs(fig, right, provenance_paragraphs(story))
    if len(out):
        rows = [Row([str(r.ticker), str(r.stage), str(r.reason)]) for r in out.itertuples()]
        columns = [Column("Left out", "left"), Column("Stage", "left"), Column("Reason", "left")]
        draw_table(fig, right.below(bottom - 8), columns, rows, more="tables/exclusions.csv")
    return fig
