"""The page of the specification curve."""

from __future__ import annotations

import pandas as pd
from matplotlib.figure import Figure

from eventstudy.evidence.parts.curve import Curve, curve_finding
from eventstudy.report.charts.curve import draw_curve
from eventstudy.report.drawing.blocks import Chart, Page, Table, Text
from eventstudy.report.drawing.geometry import Rect
from eventstudy.report.drawing.text import Paragraph
from eventstudy.report.plots.evidence_charts import CHOICES, against_text, curve_rows
from eventstudy.report.story import Story
from eventstudy.spec import Window
from eventstudy.text.numbers import counted, number, p_text, percent, window_text
from eventstudy.text.table import Column, Row


def curve_page(story: Story) -> Page:
    """The lead's estimate under every specification, and what all leads' curves amount to."""
    assert story.evidence is not None
    curve = story.evidence.curve
    assert curve is not None
    lead, quoted = story.leads[0], curve.quoted(story.leads[0])
    assert quoted is not None
    window = Window(int(quoted["window_start"]), int(quoted["window_end"]))
    said, rows = curve.of(lead, window)
    subtitle = (
        f"Abnormal return of {lead.name} on {window_text(window)}, {story.date}, in percent, by "
        f"model, benchmark, estimation window and kind of returns; {100 * curve.confidence:g} % "
        f"intervals. {against_text(said)}"
    )
    summary = _summary(curve)
    upper = _drawn(story, curve, said, rows)

    def arrange(fig: Figure, body: Rect) -> None:
        table = 30.0 + 13.0 * len(summary.rows)
        upper.draw(fig, Rect(body.x, body.bottom + table, body.width, body.height - table))
        summary.draw(fig, body.below(body.bottom + table - 6))

    finding = curve_finding(said)
    return Page("specifications", finding, subtitle, (upper, summary), arrange)


def _drawn(story: Story, curve: Curve, said: pd.Series, rows: pd.DataFrame) -> Chart | Text:
    """The curve over its choices, or why there is none."""
    if not int(said["n_specifications"]):
        reason = f"{said['reason']}: {rows['reason'].iloc[0]}." if len(rows) else ""
        return Text((Paragraph(reason),))
    table, level = curve_rows(rows, story.name), f"{100 * curve.confidence:g} %"

    def draw(fig: Figure, rect: Rect) -> None:
        upper, lower = rect.rows(1.0, 1.25, gap=6)
        draw_curve(upper.add_axes(fig), lower.add_axes(fig), table, CHOICES, level)

    alt = (
        f"Above, the estimates of {counted(len(table), 'specification')} in order of size with "
        "their intervals, the report's own marked; below, one dot a specification for each choice "
        "that it makes."
    )
    return Chart("curve", draw, alt, height=380, narrow=560)


def has_curve(story: Story) -> bool:
    """Whether there is a curve of the first lead."""
    evidence = story.evidence
    curve = None if evidence is None else evidence.curve
    return curve is not None and curve.quoted(story.leads[0]) is not None


def _summary(curve: Curve) -> Table:
    """What all curves amount to, a row each."""
    columns = (
        Column("", "left"),
        Column("Window", "left"),
        Column("Specifi-\ncations"),
        Column("Median\n%"),
        Column("Range\n%", "right"),
        Column("Same\nsign, %"),
        Column("Signifi-\ncant, %"),
        Column("Placebo\ndays"),
        Column("p by\nmedian"),
        Column("p by\nnumber"),
        Column("p by\nmean z"),
    )
    rows = tuple(Row(_cells(record)) for _, record in curve.summary.iterrows())
    return Table(columns, rows, "tables/curve_summary.csv", size=8.0)


def _cells(said: pd.Series) -> list[str]:
    low, high = (percent(float(said[name]), unit=False) for name in ("minimum", "maximum"))
    known = bool(said["n_specifications"])
    window = Window(int(said["window_start"]), int(said["window_end"]))
    return [
        str(said["name"]),
        window_text(window),
        number(float(said["n_specifications"]), 0),
        percent(float(said["median"]), unit=False),
        f"{low} to {high}" if known else "–",
        number(100 * float(said["share_same_sign"]), 0),
        number(100 * float(said["share_significant"]), 0),
        number(float(said["n_placebos"]), 0),
        *(p_text(float(said[p]), prefix=False) for p in ("p_median", "p_significant", "p_z")),
    ]
