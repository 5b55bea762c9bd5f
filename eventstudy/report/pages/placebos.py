"""The pages of placebos: on other days, and among other companies."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from eventstudy.errors import InputError
from eventstudy.evidence.parts.part import row_window, rows_at
from eventstudy.evidence.parts.placebos import (
    FAR,
    KINDS,
    Placebos,
    companies_finding,
    days_finding,
    hit_by,
    placebos_finding,
)
from eventstudy.report.charts.placebo import draw_days, draw_placebo, draw_places
from eventstudy.report.drawing.blocks import Chart, Page, on_axes
from eventstudy.report.machine.places import Basis, evidence_row
from eventstudy.report.plots.canvas import Paint, Sketch, beside
from eventstudy.report.plots.words import what_text, when_text
from eventstudy.report.story import Story, setting
from eventstudy.text.numbers import p_text, window_text
from eventstudy.text.words import date_text, ordinal

_ROW = ("kind", "entity", "window_start", "window_end")
"""What tells the rows of the summary apart."""
_SHARES = (1.75, 1.0)
"""Widths of the two charts."""


def placebos_page(story: Story) -> Page:
    """The lead's focus day among ordinary days, with the study refitted at each."""
    lead = story.leads[0]
    row, days = story.part(Placebos).of("time", lead, story.focus)
    head = _rank_text(row)
    subtitle = (
        f"Abnormal return of {lead.name} on {window_text(story.focus)}, {story.focus_date}, in "
        "standard errors of its forecast; the study is refitted at every session with no "
        f"registered event around it. {setting(story)}"
    )
    chart = Chart(
        "other-days",
        on_axes(draw_days, days, story.day0, float(row["statistic"]), head),
        f"Dots, one an ordinary day from left to right, at {lead.name}'s abnormal return in "
        f"standard errors; the event's own is marked. {head}.",
    )
    if not np.isfinite(row["statistic"]):
        finding = f"{lead.name} has no abnormal return on {story.focus_date}; its placebos alone"
    else:
        finding = days_finding(row, story.focus_date)
    places = evidence_row("placebos", row, *_ROW).each("n_placebos", "p_value", "reason")
    basis = Basis(places, {"beyond": row["rank"] - 1})
    return Page("placebo-days", finding, subtitle, (chart,), basis=basis)


def companies_page(story: Story) -> Page:
    """The lead's focus day among the other assets of the prices on the same day."""
    placebos, lead = story.part(Placebos), story.leads[0]
    row, assets = placebos.of("space", lead, story.focus)
    hit = hit_by(assets)
    head = _rank_text(row, hit)
    subtitle = (
        f"Abnormal return on {window_text(story.focus)} in standard errors of its forecast, for "
        f"{lead.name} and every other asset of the prices. The rank asks whether {lead.name} "
        f"stands out, not whether the day does. {setting(story)}"
    )
    chart = Chart(
        "other-companies",
        on_axes(draw_places, assets, lead.name, float(row["statistic"]), head),
        f"The assets of the prices in order of their abnormal return {story.on_focus_date}, in "
        f"standard errors; {lead.name} is marked. {head}.",
        height=80.0 + 13.0 * len(assets),
    )
    finding = companies_finding(row, story.focus_date, story.focus, hit)
    counts = {"beyond": int(row["rank"]) - 1, "hit": hit[0], "others": hit[1], "far": FAR}
    places = evidence_row("placebos", row, *_ROW).each("n_placebos", "p_value")
    basis = Basis(places, counts)
    return Page("other-companies", finding, subtitle, (chart,), basis=basis)


def placebos_sketch(placebos: Placebos, entity: str | None = None, window: Any = None) -> Sketch:
    """The charts of an entity and window by themselves, one a kind that there is.

    Raises:
        InputError: no such entity or window, or no placebos of it.
    """
    first = placebos.chosen(entity, window)
    name, days = str(first["name"]), row_window(first)
    summary, every = (
        rows_at(table, str(first["entity"]), days) for table in (placebos.summary, placebos.draws)
    )
    draws = dict(iter(every.groupby("kind", sort=False)))
    rows = {row["kind"]: row for _, row in summary.iterrows() if row["kind"] in draws}
    if not rows:
        raise InputError(f"{name} has no placebos {when_text(days)}: {first['reason']}.")
    day0 = draws["space"]["date"].iloc[0] if "space" in rows else None
    what = f"its {'' if days.length == 1 else 'window '}{window_text(days)}"
    if day0 is not None and days == (0, 0):
        what = date_text(day0)
    panels = [_panel(row, draws[kind], day0) for kind, row in rows.items()]
    refitted = {
        "time": "at every session with no registered event around it",
        "space": "for every other asset of the prices",
    }
    subtitle = (
        f"{what_text(days)} {when_text(days)} in standard errors of its forecast; the study is "
        f"refitted {' and '.join(refitted[kind] for kind in rows)}."
    )
    split = beside(*_SHARES[: len(panels)])
    title = placebos_finding(rows, what, days, hit_by(every))
    return Sketch.of(title, subtitle, panels, height=320.0, split=split)


def _panel(row: pd.Series, draws: pd.DataFrame, day0: pd.Timestamp | None) -> Paint:
    """What draws the placebos of one kind; without a date of the event those in time are bars."""
    name, observed = str(row["name"]), float(row["statistic"])
    head = _rank_text(row, hit_by(draws))
    if row["kind"] == "space":
        return partial(draw_places, assets=draws, name=name, observed=observed, title=head)
    if day0 is not None:
        return partial(draw_days, days=draws, day0=day0, observed=observed, title=head)
    values, own = draws["statistic"].to_numpy(), window_text(row_window(row))
    return partial(draw_placebo, reference=values, observed=observed, label_text=own, title=head)


def _rank_text(row: pd.Series, hit: tuple[int, int] | None = None) -> str:
    """The heading of a panel: "Other days: 1st of 182, p = 0.005"."""
    kind = KINDS[str(row["kind"])].capitalize()
    if not np.isfinite(row["rank"]):
        return f"{kind}: no rank"
    rank = f"{ordinal(int(row['rank']))} of {int(row['n_placebos']) + 1:,}"
    if row["kind"] == "space" and hit is not None and 2 * hit[0] > hit[1]:
        return f"{kind}: {rank}; most moved unusually"
    return f"{kind}: {rank}, {p_text(float(row['p_value']))}"
