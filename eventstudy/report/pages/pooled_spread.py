"""The pages of single events of a pooled study: how CARs are spread, and what was left out."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from eventstudy.report.charts.daily import draw_months
from eventstudy.report.charts.histogram import draw_histogram
from eventstudy.report.drawing.blocks import GAP, Chart, Page, Table, Text, on_axes
from eventstudy.report.drawing.geometry import Rect
from eventstudy.report.drawing.text import Paragraph
from eventstudy.report.machine.places import Basis, at
from eventstudy.report.pooled.spread import (
    FAR,
    NAMED,
    counted_reasons,
    dates_shared,
    distribution,
    estimated_share,
    known_cars,
    mean_without,
    outliers,
)
from eventstudy.report.pooled.story import PooledStory
from eventstudy.report.story import setting
from eventstudy.text.measure import headed, worded
from eventstudy.text.numbers import counted, number, percent, share, window_text
from eventstudy.text.table import Column, Row
from eventstudy.text.words import short_date

ENOUGH_TO_TRIM = 200
"""Observations from which 1% at an end is more than one or two of them."""


def spread_page(story: PooledStory) -> Page:
    """The histogram of the CARs beside the outliers, named."""
    figures = dict(distribution(story).itertuples(index=False, name=None))
    far = outliers(story)
    values = known_cars(story)
    over = window_text(story.focus)
    finding = (
        f"Half of the {counted(len(values), story.noun)} lie between "
        f"{percent(figures['quantile_25'])} and {percent(figures['quantile_75'])} over {over}; "
        f"{counted(len(far), 'outlier') if len(far) else 'no outlier'}"
    )
    unit = headed(f"Cumulative abnormal return {over}, %")
    draw = on_axes(draw_histogram, values, unit, story.noun)
    alt = (
        f"A histogram of the abnormal returns over {over}: median "
        f"{percent(figures['quantile_50'])}, mean {percent(figures['mean'])}."
    )
    chart = Chart("histogram", draw, alt, 300.0, 280.0)
    text = Text(tuple(Paragraph(each) for each in _robust(story, figures, far)))
    blocks: tuple[Text | Chart | Table, ...] = (text, chart)
    table = _outlier_table(far) if len(far) else None
    if table is not None:
        blocks = (text, chart, table)

    def arrange(fig: Figure, body: Rect) -> None:
        below = body.below(text.draw(fig, body) - GAP)
        left, right = below.columns(1.15, 1.0, gap=18) if table is not None else (below, below)
        chart.draw(fig, left)
        if table is not None:
            table.draw(fig, right)

    basis = Basis((at("distribution"),), {"observations": len(values), "outliers": len(far)})
    return Page("distribution", finding, setting(story), blocks, arrange, basis=basis)


def _robust(story: PooledStory, figures: dict[str, float], far: pd.DataFrame) -> list[str]:
    """What the mean owes to its tails."""
    over = window_text(story.focus)
    trimmed = (
        f"; without the outer 1% at each end the mean is {percent(figures['trimmed_mean'])}, and "
        f"{percent(figures['winsorised_mean'])} with them winsorised"
        if len(known_cars(story)) >= ENOUGH_TO_TRIM
        else ""
    )
    texts = [
        f"Mean over {over} {percent(figures['mean'])}, median {percent(figures['quantile_50'])}, "
        f"standard deviation {percent(figures['sd'], signed=False)}{trimmed}."
    ]
    if len(far):
        texts.append(
            f"{counted(len(far), 'outlier')} ({share(len(far) / len(known_cars(story)), 1)}) lie "
            f"more than {number(FAR, 0)} robust standard deviations from the median; without them "
            f"the mean is {percent(mean_without(story, far))}. Check their prices and dates."
        )
    return [worded(text) for text in texts]


def _outlier_table(far: pd.DataFrame) -> Table:
    rows: list[Row] = []
    order = np.argsort(far["car"].to_numpy(), kind="stable")
    falls = far.iloc[[at for at in order if far["distance"].iloc[at] < 0]]
    rises = far.iloc[[at for at in order[::-1] if far["distance"].iloc[at] > 0]]
    for name, part in (("Lowest", falls), ("Highest", rises)):
        more = f" {NAMED} of {len(part)}" if len(part) > NAMED else ""
        rows += [Row([f"{name}{more}"], group=True)] if len(part) else []
        for row in part.head(NAMED).to_dict("records"):
            cells = [f"   {row['ticker']}", short_date(row["day0"]), str(row["group"])]
            cells += [percent(row["car"], unit=False), number(row["distance"], 1, signed=True)]
            rows.append(Row(cells))
    columns = (
        Column("Outlier", "left"),
        Column("Day 0", "left"),
        Column("Group", "left"),
        Column(headed("CAR\n%")),
        Column("Robust\ns.d."),
    )
    return Table(columns, tuple(rows), "tables/outliers.csv", size=8.0, count=len(far))


def coverage_page(story: PooledStory) -> Page:
    """How many were estimated, when they were, and why the others are left out, counted."""
    n, asked = estimated_share(story)
    finding = (
        f"{n:,} of {counted(asked, story.noun)} ({share(n / asked, 1)}) have an estimate"
        if n < asked
        else f"All {counted(n, story.noun)} of the list have an estimate"
    )
    months = _months(story)
    busiest = months.iloc[int(months["count"].to_numpy().argmax())]
    unit, note = f"{story.noun.capitalize()}s a month", "By the month of day 0."
    draw = on_axes(draw_months, months, unit, note)
    alt = (
        f"Bars of {story.noun}s by month; the most are {int(busiest['count']):,} in "
        f"{busiest['month']:%B %Y}."
    )
    chart = Chart("months", draw, alt, 220.0, 220.0)
    table = _reasons_table(story)
    blocks: tuple[Chart | Table, ...] = (chart, table) if table.rows else (chart,)

    def arrange(fig: Figure, body: Rect) -> None:
        if not table.rows:
            chart.draw(fig, body)
            return
        above, below = body.rows(0.9, 1.0)
        chart.draw(fig, above)
        table.draw(fig, below)

    basis = Basis((at("asked"), at("estimated")), {"share": n / asked})
    return Page("coverage", finding, setting(story), blocks, arrange, basis=basis)


def _months(story: PooledStory) -> pd.DataFrame:
    """Every month from the first to the last with its observations: month, count."""
    dates = dates_shared(story)
    month = dates["day0"].dt.to_period("M")
    counts = dates["count"].groupby(month).sum()
    every = pd.period_range(month.min(), month.max(), freq="M")
    counts = counts.reindex(every, fill_value=0)  # a month without an event has none, not a gap
    return pd.DataFrame({"month": every.to_timestamp(), "count": counts.to_numpy()})


def _reasons_table(story: PooledStory) -> Table:
    table = counted_reasons(story)
    columns = (table[name].tolist() for name in ("stage", "count", "example"))
    rows = tuple(
        Row([stage, f"{count:,}", worded(example)])
        for stage, count, example in zip(*columns, strict=True)
    )
    heads = (Column("Stage", "left"), Column("Count", "right"), Column("Such as", "left"))
    note = "All are in tables/exclusions.csv; those at a stage named CAR lack only that window"
    return Table(heads, rows, "tables/reasons.csv", "Left out", note, size=8.0)
