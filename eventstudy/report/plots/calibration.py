"""The figure of a calibration: rejection shares by test, one panel a setting."""

from __future__ import annotations

from math import ceil
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from eventstudy.calibration.advice import kept_by
from eventstudy.calibration.calibration import Calibration
from eventstudy.report.charts import axes as chart
from eventstudy.report.drawing import theme
from eventstudy.report.drawing.geometry import axes_size, reserve
from eventstudy.report.drawing.page import new_page
from eventstudy.report.drawing.savefig import save_figure
from eventstudy.report.drawing.text import shorten, text_width
from eventstudy.text.numbers import number
from eventstudy.text.words import level_text

MOST_PANELS = 12
IN_A_ROW = 6
TICKS = (0, 1, 5, 10, 25, 50, 75, 100)
GAP = 10.0
NAMED = 6
"""Fewer tests than this are named in the title."""


@theme.themed()
def draw_calibration(calibration: Calibration) -> Figure:
    """A page: up to twelve settings as panels on one scale, tests from top to bottom.

    The scale is that of the square root, so that the difference between 5% and 8% shows beside
    one of 50%. The band is what an exact test stays in with 95% probability.
    """
    shown = calibration.settings[:MOST_PANELS]
    level = level_text(calibration.alpha)
    left_out = len(calibration.settings) - len(shown)
    more = f"; {left_out} more settings are in the table" if left_out else ""
    kind = "one date" if calibration.clustered else "dispersed dates"
    fig, body = new_page(
        _finding(calibration),
        f"Share of {calibration.samples:,} samples that the two-sided {level} test rejects; "
        f"N = {calibration.n_events}, {kind}; {calibration.source}. Line: {level}; band: ± 2 "
        f"Monte-Carlo standard errors; square-root scale{more}.",
        "Open circles: the test does not keep its size. Whiskers: ± 2 Monte-Carlo standard errors.",
        "Calibration",
    )
    rows = ceil(len(shown) / IN_A_ROW)
    columns = ceil(len(shown) / rows)
    size = theme.LABEL_SIZE if rows == 1 and len(calibration.tests) < 30 else theme.FLOOR_SIZE
    names = max(text_width(name, size) for name in calibration.tests) + 8
    top = max(float(calibration.table["rate"].max()), 3 * calibration.alpha)
    for line, rect in enumerate(body.rows(*[1.0] * rows)):
        part = rect._replace(x=rect.x + names, width=rect.width - names)
        cells = part.columns(*[1.0] * columns, gap=GAP)
        for column, cell in enumerate(cells[: len(shown) - line * columns]):
            position = line * columns + column
            ax = cell.add_axes(fig)
            reserve(ax, top=16, bottom=14, right=4)
            table = calibration.table.iloc[
                position * len(calibration.tests) : (position + 1) * len(calibration.tests)
            ]
            _panel(ax, table, calibration, top, size)
            head = shorten(calibration.labels()[position], axes_size(ax)[0] + 4, 8, "bold")
            chart.label(ax, (0, 1), head, (0, 5), "axes", 8, weight="bold")
            if not column:
                ax.set_yticklabels(calibration.tests, fontsize=size, color=theme.ink().text)
    return fig


def save_calibration(calibration: Calibration, path: Path) -> Figure:
    """Write the figure as PDF and PNG: `path` without an ending."""
    figure = draw_calibration(calibration)
    save_figure(figure, path)
    return figure


def _finding(calibration: Calibration) -> str:
    if not any(setting.is_null for setting in calibration.settings):
        return "The power of tests whose size is not known"
    kept, tests = kept_by(calibration), len(calibration.tests)
    if not kept:
        return f"None of {tests} tests keeps its size"
    named = f": {', '.join(kept)}" if len(kept) < NAMED else ""
    return f"{len(kept)} of {tests} tests keep{'s' if len(kept) == 1 else ''} the size{named}"


def _panel(
    ax: Axes, table: pd.DataFrame, calibration: Calibration, top: float, size: float
) -> None:
    chart.quiet(ax, grid="x")
    ax.set_xscale("function", functions=(_root, np.square))
    ax.set_xlim(0, 100 * min(1.0, 1.08 * top))
    rows = np.arange(len(table))
    ax.set_ylim(len(table) - 0.4, -0.6)
    chart.fixed_ticks(ax.yaxis, list(rows), [""] * len(rows))
    error = calibration.mc_error
    low, high = max(0.0, calibration.alpha - 2 * error), calibration.alpha + 2 * error
    ax.axvspan(100 * low, 100 * high, color=theme.ink().band, linewidth=0)
    ax.axvline(100 * calibration.alpha, color=theme.ink().text, linewidth=0.8)
    rate, se = (table[name].to_numpy(dtype=float) for name in ("rate", "mc_se"))
    power = table["test"].isin(kept_by(calibration)).astype("boolean")
    kept = table["nominal"].fillna(power).to_numpy(dtype=bool)
    color = [theme.ink().blue if ok else theme.ink().vermilion for ok in kept]
    left, right = 100 * np.maximum(rate - 2 * se, 0), 100 * (rate + 2 * se)
    ax.hlines(rows, left, right, color=color, linewidth=1.0)
    ax.scatter(
        100 * rate,
        rows,
        s=18,
        facecolors=[c if ok else theme.ink().paper for c, ok in zip(color, kept, strict=True)],
        edgecolors=color,
        linewidths=1.0,
        zorder=3,
    )
    for row in rows[np.isnan(rate)]:
        chart.grey_label(ax, (0.02, row), "refused", (0, -0.35 * size), "y data", size)
    _ticks(ax)


def _root(values: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    return np.asarray(np.sqrt(np.maximum(values, 0)))


def _ticks(ax: Axes) -> None:
    """Round figures that fit side by side."""
    high = ax.get_xlim()[1]
    width = axes_size(ax)[0]
    room = text_width("100", theme.LABEL_SIZE) * 1.25
    marks: list[float] = []
    for tick in TICKS:
        at = width * np.sqrt(tick / high)
        if tick <= high and (not marks or at - width * np.sqrt(marks[-1] / high) >= room):
            marks.append(tick)
    chart.fixed_ticks(ax.xaxis, marks, [number(tick, 0) for tick in marks])
