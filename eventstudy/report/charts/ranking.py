"""A ranking of amounts: raw and abnormal changes in value from largest loss to largest gain."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from eventstudy.report.charts import axes as chart
from eventstudy.report.drawing import marks, theme
from eventstudy.report.drawing.geometry import axes_size, is_narrow, reserve
from eventstudy.report.drawing.text import fit_lines, shorten, text_width
from eventstudy.text.numbers import between, dollars, number

_COLUMNS = ("label", "group", "abnormal", "low", "high", "raw")
_HEADS = ("Abnormal", "Interval, $bn", "Raw")
_BILLION = 1e9


@theme.themed()
def draw_ranking(
    ax: Axes,
    rows: pd.DataFrame,
    xlabel: str = "Change in market value, $bn",
    level: str = "95%",
) -> None:
    """Dollar amounts from the largest loss to the largest gain, each from zero.

    `rows` has the columns `group, label, abnormal, low, high, raw`, all but the first two in
    dollars and every `abnormal` finite. Filled: abnormal; outline: raw; thin line: the interval.
    If not all fit, the smallest are drawn as one.
    """
    chart.need_columns(rows, _COLUMNS, "draw_ranking")
    if rows.empty or not np.isfinite(rows["abnormal"]).all():
        raise ValueError("draw_ranking needs rows, each with a finite abnormal amount")
    notes = f"■ abnormal   □ raw   — {level} interval of the abnormal change"
    lines, note_size = fit_lines(
        f"{xlabel}.  {notes}", axes_size(ax)[0], (7.5, theme.FLOOR_SIZE), 2
    )
    height = axes_size(ax)[1] - 34 - 10 * len(lines)
    shown = _ordered(rows, int(height / (1.3 * theme.FLOOR_SIZE)))
    size = float(np.clip(0.55 * height / len(shown), theme.FLOOR_SIZE, 8.5))
    cells, heads = _cells(shown), list(_HEADS)
    figures = dict(zip(heads, cells, strict=True))
    y = np.arange(len(shown), dtype=np.float64)
    marks.note(ax, shown["abnormal"] / _BILLION, y, shown["label"], figures, marks.ROW)
    if is_narrow(ax):
        del cells[1], heads[1]
        shown["group"] = ""
    widths = [
        max(text_width(head, 8), *(text_width(cell, size) for cell in column)) + 12
        for head, column in zip(heads, cells, strict=True)
    ]
    whole = axes_size(ax)[0]
    shown["label"] = [shorten(str(t), 0.24 * whole, size) for t in shown["label"]]
    shown["group"] = [shorten(str(g), 0.16 * whole, theme.FLOOR_SIZE) for g in shown["group"]]
    names = max(text_width(t, size) for t in shown["label"])
    left = names + max(text_width(g, theme.FLOOR_SIZE) for g in shown["group"]) + 20
    reserve(ax, left=left, right=sum(widths), top=14, bottom=20 + 10 * len(lines))
    chart.foot_lines(ax, lines, (-left, -28), note_size, pitch=10)
    chart.quiet(ax, grid="x")
    chart.fixed_ticks(ax.yaxis)
    ax.set_ylim(y[-1] + 0.7, -0.7)
    _bars(ax, shown, y)
    aside = {"ha": "right", "color": theme.ink().grey}
    for place, row in zip(y, shown.itertuples(), strict=True):
        chart.row_label(ax, 0, place, str(row.label), -left, size)
        chart.row_label(ax, 0, place, str(row.group), -8, theme.FLOOR_SIZE, **aside)
    for index, (head, column) in enumerate(zip(heads, cells, strict=True)):
        x = sum(widths[: index + 1])
        chart.grey_label(ax, (1, 1), head, (x, 3), size=8, ha="right")
        for place, cell in zip(y, column, strict=True):
            chart.row_label(ax, 1, place, cell, x, size, ha="right")


def _ordered(rows: pd.DataFrame, most: int) -> pd.DataFrame:
    """From the largest loss to the largest gain; beyond `most` the smallest become one row."""
    shown = rows[list(_COLUMNS)]
    if len(rows) > max(most, 2):
        by_size = shown["abnormal"].abs().sort_values(ascending=False, kind="stable").index
        small = shown.loc[by_size[max(most, 2) - 1 :]]
        others = {
            "label": f"{len(small)} others",
            "group": "",
            "abnormal": small["abnormal"].sum(),
            "low": np.nan,
            "high": np.nan,
            "raw": small["raw"].sum(skipna=False),
        }
        shown = pd.concat([shown.drop(small.index), pd.DataFrame([others])])
    return shown.sort_values("abnormal", kind="stable", ignore_index=True)


def _cells(shown: pd.DataFrame) -> list[list[str]]:
    """The figures beside the bars: abnormal, its interval, raw."""
    abnormal, raw = ([dollars(x, signed=True) for x in shown[n]] for n in ("abnormal", "raw"))
    ends = shown[["low", "high"]].to_numpy(dtype=np.float64) / _BILLION
    interval = [between(*(number(end, 0, signed=True) for end in pair)) for pair in ends]
    return [abnormal, interval, raw]


def _bars(ax: Axes, shown: pd.DataFrame, y: np.ndarray) -> None:
    amounts = shown[["abnormal", "low", "high", "raw"]].to_numpy(dtype=np.float64) / _BILLION
    abnormal, low, high, raw = amounts.T
    ink = theme.ink()
    colors = [ink.vermilion if x < 0 else ink.blue for x in abnormal]
    ax.barh(y, abnormal, 0.5, color=colors, zorder=2)
    ax.barh(y, raw, 0.78, color="none", edgecolor=ink.text, linewidth=0.7, zorder=3)
    ax.hlines(y, low, high, ink.text, linewidth=0.9, zorder=4)
    left, right = chart.hull(abnormal, raw, low, high)
    chart.zero_scale(ax, "x", (left, right), 0.03, int(np.clip(axes_size(ax)[0] / 36, 2, 8)))
