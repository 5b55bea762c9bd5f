"""The p-values of several tests of the same thing, on a logarithmic scale."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import NullLocator

from eventstudy.report.charts import axes as chart
from eventstudy.report.drawing import marks, theme
from eventstudy.report.drawing.geometry import axes_size, reserve
from eventstudy.report.drawing.text import fit_lines, shorten, text_width
from eventstudy.text.numbers import p_text

LEAST = 1e-5
"""Smaller p-values stand at the edge: no test can tell them apart."""
_TICKS = (1.0, 0.5, 0.1, 0.05, 0.01, 0.001, 0.0001, 0.00001)
_COLUMNS = ("label", "p_value", "quoted", "warned", "refused")
_FOOT = 24.0


@theme.themed()
def draw_p_values(
    ax: Axes, rows: pd.DataFrame, level: float = 0.05, more: str = "result.tests"
) -> None:
    """One test a row, from the top: its p as a dot, small ones to the right, the least as arrows.

    `rows` has the columns `label, p_value, quoted, warned, refused`: `quoted` (bool) marks the
    test to quote, `warned` (bool) those that may over-reject here, `refused` says why there is
    no p, or is empty. The dashed line stands at `level`. What does not fit is counted.
    """
    chart.need_columns(rows, _COLUMNS, "draw_p_values")
    width, height = axes_size(ax)
    key = "p, two-sided, logarithmic scale; ◆ the test to quote; ● others"
    key += "; ○ may over-reject here" if rows["warned"].any() else ""
    key += f"; ▸ below {LEAST:.5f}" if (rows["p_value"] < LEAST).any() else ""
    lines, small = fit_lines(key, width, (7.5, theme.FLOOR_SIZE), 2)
    bottom = _FOOT + 9.5 * len(lines)
    fits = int((height - bottom - 6) / (1.25 * theme.FLOOR_SIZE))
    left_out = max(0, len(rows) - fits)
    shown = rows.iloc[: fits - 1 if left_out else fits].reset_index(drop=True)
    count = len(shown) + (1 if left_out else 0)
    size = float(np.clip((height - bottom - 6) / count * 0.72, theme.FLOOR_SIZE, 8.5))
    names = [shorten(str(name), 0.4 * width, size, "bold") for name in shown["label"]]
    left = max(text_width(name, size, "bold") for name in names) + 10
    right = text_width("<0.001", size, "bold") + 10
    reserve(ax, left=left, right=right, top=6, bottom=bottom)
    _scale(ax, shown["p_value"], count, level)
    for y, row in enumerate(shown.to_dict("records")):
        p = float(row["p_value"])
        style = {"ha": "right", "weight": "bold" if row["quoted"] else "normal"}
        chart.row_label(ax, 0, y, names[y], -8, size, **style)
        chart.row_label(ax, 1, y, p_text(p, prefix=False), right, size, **style)
        if not np.isfinite(p):
            why = f"refused: {row['refused']}" if row["refused"] else "no p"
            text = shorten(why, axes_size(ax)[0] - 8, size)
            look = {"color": theme.ink().grey, "bbox": chart.backing()}
            chart.row_label(ax, 0, y, text, 4, size, **look)
    _dots(ax, shown)
    figures = {"p": [p_text(float(p), prefix=False) for p in shown["p_value"]]}
    figures["Refused"] = [str(why) for why in shown["refused"]]
    place = shown["p_value"].clip(lower=LEAST).fillna(1.0)
    marks.note(ax, place, np.arange(len(shown)), shown["label"], figures, marks.ROW)
    if left_out:
        text = f"… and {len(rows) - len(shown)} more in {more}"
        chart.row_label(ax, 0, count - 1, text, 4, size, color=theme.ink().grey)
    chart.foot_lines(ax, lines, (-left, -_FOOT - 4), small)


def _scale(ax: Axes, p: pd.Series, count: int, level: float) -> None:
    chart.quiet(ax, grid="x")
    known = p[p.notna()]
    least = max(LEAST, min(level / 5, float(known.min()) if len(known) else level))
    ax.set_xscale("log")
    ax.set_xlim(1.35, least / 1.5)
    ax.xaxis.set_minor_locator(NullLocator())
    ticks = [tick for tick in _TICKS if tick >= least * 0.999]
    width = axes_size(ax)[0]
    apart = width * np.log(2) / np.log(1.35 * 1.5 / least)
    if apart < text_width("0.05", theme.LABEL_SIZE) + 8:
        ticks = [tick for tick in ticks if tick not in (0.5, 0.05)]
    chart.fixed_ticks(ax.xaxis, ticks, [f"{tick:.5f}".rstrip("0").rstrip(".") for tick in ticks])
    ax.set_ylim(count - 0.4, -0.6)
    chart.fixed_ticks(ax.yaxis)
    ax.axvline(level, color=theme.ink().text, linewidth=0.8, linestyle=(0, (4, 3)), zorder=1.5)


def _dots(ax: Axes, shown: pd.DataFrame) -> None:
    p = shown["p_value"].clip(lower=LEAST)
    beyond = (shown["p_value"] < LEAST).to_numpy()
    quoted, warned = (shown[name].to_numpy(dtype=bool) for name in ("quoted", "warned"))
    kinds = (
        (quoted, "D", 6.0, theme.ink().event, theme.ink().event),
        (~quoted & ~warned, "o", 5.0, theme.ink().blue, theme.ink().blue),
        (~quoted & warned, "o", 5.0, theme.ink().blue, theme.ink().paper),
    )
    for which, marker, size, edge, face in kinds:
        for part, shape in ((which & ~beyond, marker), (which & beyond, ">")):
            chart.dots(ax, p[part], np.flatnonzero(part), edge, face, size, shape, zorder=3)
