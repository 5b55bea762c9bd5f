"""The page of the specification curve."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from eventstudy.errors import InputError
from eventstudy.evidence.parts.curve import (
    MARKET_FACTOR,
    NO_BENCHMARK,
    Curve,
    curve_finding,
    same_sign,
)
from eventstudy.evidence.parts.part import range_cell, row_window, rows_at
from eventstudy.report.charts.curve import draw_curve
from eventstudy.report.drawing.blocks import Chart, Page, Table, Text, axes_in
from eventstudy.report.drawing.geometry import Rect
from eventstudy.report.drawing.text import Paragraph
from eventstudy.report.machine.places import Basis, Place, at, evidence_row
from eventstudy.report.plots.canvas import Sketch, stacked
from eventstudy.report.plots.words import what_text, when_text
from eventstudy.report.story import Story
from eventstudy.text.numbers import counted, number, p_text, percent, window_text
from eventstudy.text.table import Column, Row
from eventstudy.text.words import level_text

CHOICES = ("Model", "Benchmark", "Sessions", "Ending", "Returns")
"""What a specification chooses, in the order of a curve's rows."""
_SPLIT = stacked(1.0, 1.25)


def curve_page(story: Story) -> Page:
    """The lead's estimate under every specification, and what all leads' curves amount to."""
    curve, lead = story.part(Curve), story.leads[0]
    row = curve.chosen(lead.key, None)
    window = row_window(row)
    _, specifications = curve.of(lead, window)
    subtitle = (
        f"Abnormal return of {lead.name} on {window_text(window)}, {story.date}, "
        f"{_basis(curve, row)}"
    )
    summary = _summary(curve)
    upper = _drawn(story, curve, row, specifications)

    def arrange(fig: Figure, body: Rect) -> None:
        table = 30.0 + 13.0 * len(summary.rows)
        upper.draw(fig, Rect(body.x, body.bottom + table, body.width, body.height - table))
        summary.draw(fig, body.below(body.bottom + table - 6))

    finding = curve_finding(row, story.date)
    basis = Basis(curve_places(row), {"same": same_sign(row)})
    return Page("specifications", finding, subtitle, (upper, summary), arrange, basis=basis)


def curve_places(row: pd.Series) -> tuple[Place, ...]:
    """Where results.json has what `curve_finding` says of a row of the summary."""
    curve = evidence_row("curve", row, "entity", "window_start", "window_end")
    names = ("n_specifications", "n_distinct", "n_significant", "median", "minimum", "maximum")
    days = curve.each("window_start", "window_end")
    return (*curve.each(*names), *days, at("figures", "specifications"))


def _drawn(
    story: Story, curve: Curve, row: pd.Series, specifications: pd.DataFrame
) -> Chart | Text:
    """The curve over its choices, or why there is none."""
    if not int(row["n_specifications"]):
        why = f"{row['reason']}: {specifications['reason'].iloc[0]}." if len(specifications) else ""
        return Text((Paragraph(why),))
    table, level = curve_rows(specifications, story.name), level_text(curve.confidence)

    def draw(fig: Figure, rect: Rect) -> None:
        upper, lower = axes_in(fig, _SPLIT(rect))
        draw_curve(upper, lower, table, CHOICES, level)

    alt = (
        f"Above, the estimates of {counted(len(table), 'specification')} in order of size with "
        "their intervals, the report's own marked; below, one dot a specification for each choice "
        "that it makes."
    )
    return Chart("curve", draw, alt, height=380, narrow=560)


def curve_sketch(curve: Curve, entity: str | None = None, window: Any = None) -> Sketch:
    """The curve of an entity and window by itself.

    Raises:
        InputError: no such entity or window, or no estimate under any specification.
    """
    row = curve.chosen(entity, window)
    days = row_window(row)
    if not int(row["n_specifications"]):
        raise InputError(f"There is no curve of {row['name']} to draw: {row['reason']}.")
    rows = curve_rows(rows_at(curve.specifications, str(row["entity"]), days))

    def paint(axes: Sequence[Axes]) -> None:
        draw_curve(axes[0], axes[1], rows, CHOICES, level_text(curve.confidence))

    basis = _basis(curve, row)
    subtitle = f"{what_text(days)} of {row['name']} {when_text(days)} {basis}."
    return Sketch(curve_finding(row), subtitle, paint, 400.0, 2, _SPLIT, apart=True)


def _basis(curve: Curve, row: pd.Series) -> str:
    """What the estimates are, and the curve among those of ordinary days."""
    kinds = (
        "in percent, by model, benchmark, estimation window and kind of returns; "
        f"{level_text(curve.confidence)} intervals of t."
    )
    if not np.isfinite(row["p_median"]):
        return f"{kinds} No p of the curve: {row['reason']}."
    p = [p_text(float(row[name])) for name in ("p_median", "p_significant", "p_z")]
    return (
        f"{kinds} Among the same curves of {counted(int(row['n_placebos']), 'ordinary day')}: "
        f"{p[0]} by the median, {p[1]} by the number significant, {p[2]} by the mean z"
    )


def benchmark_label(benchmark: str, name: Callable[[str], str] = str) -> str:
    """What a benchmark of the curve is called; `name` writes a ticker out."""
    known = {NO_BENCHMARK: "None", MARKET_FACTOR: "Market factor"}
    return known.get(benchmark) or name(benchmark)


def curve_rows(rows: pd.DataFrame, name: Callable[[str], str] = str) -> pd.DataFrame:
    """Specifications of a curve as `draw_curve` takes them; `name` writes a ticker out."""
    benchmark = {b: benchmark_label(b, name) for b in rows["benchmark"].unique()}
    return pd.DataFrame(
        {
            "estimate": rows["estimate"],
            "low": rows["ci_low"],
            "high": rows["ci_high"],
            "significant": rows["significant"],
            "own": rows["own"],
            "Model": rows["model_label"],
            "Benchmark": rows["benchmark"].map(benchmark),
            "Sessions": [f"{length} sessions" for length in rows["length"]],
            "Ending": [f"session {number(end, 0, signed=True)}" for end in rows["end"]],
            "Returns": rows["returns"].str.capitalize(),
        }
    )


def _summary(curve: Curve) -> Table:
    """What the curves of day 0 and of the longest window from it amount to, a row each."""
    columns = (
        Column("", "left"),
        Column("Window", "left"),
        Column("Number"),
        Column("Median\n%"),
        Column("Range\n%", "right"),
        Column("Same\nsign, %"),
        Column("Significant\n%"),
        Column("Placebo\ndays"),
        Column("p by\nmedian"),
        Column("p by\nnumber"),
        Column("p by\nmean z"),
    )
    table = curve.summary
    ends = table["window_end"].where(table["window_start"] == 0)
    longest = ends == ends.groupby(table["entity"]).transform("max")
    shown = table[longest | (~table["entity"].duplicated())]
    rows = tuple(Row(_cells(record)) for _, record in shown.iterrows())
    return Table(columns, rows, "tables/curve_summary.csv", size=8.0)


def _cells(row: pd.Series) -> list[str]:
    return [
        str(row["name"]),
        window_text(row_window(row)),
        number(float(row["n_specifications"]), 0),
        percent(float(row["median"]), unit=False),
        range_cell(float(row["minimum"]), float(row["maximum"])),
        number(100 * float(row["share_same_sign"]), 0),
        number(100 * float(row["share_significant"]), 0),
        number(float(row["n_placebos"]), 0),
        *(p_text(float(row[p]), prefix=False) for p in ("p_median", "p_significant", "p_z")),
    ]
