"""Abnormal returns of many assets over many days as one coloured table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.collections import QuadMesh
from matplotlib.patches import Rectangle
from numpy.typing import NDArray

from eventstudy.report.charts import axes as chart
from eventstudy.report.drawing import marks, theme
from eventstudy.report.drawing.geometry import axes_size, is_narrow, reserve
from eventstudy.report.drawing.palette import is_dark
from eventstudy.report.drawing.text import fit_lines, text_width
from eventstudy.text.measure import headed, measure, scale
from eventstudy.text.numbers import number, percent, window_text

_NICE = (0.5, 1.0, 2.0, 3.0, 5.0, 8.0, 10.0, 15.0, 20.0, 30.0, 50.0)
_BAR_HEIGHT = 7.0
_TOP, _BOTTOM, _BOTTOM_NARROW = 14.0, 40.0, 74.0
_ALL_PRINTED = 400
_ROOMY = 600.0
"""Points of width from which the notes stand beside the scale, not below it."""


@theme.themed()
def draw_heatmap(
    ax: Axes,
    matrix: pd.DataFrame,
    groups: Mapping[str, str],
    limit: float | None = None,
    unit: str = "Abnormal return, %",
    more: str = "tables/abnormal_returns.csv",
) -> None:
    """Assets by relative sessions, coloured symmetrically about zero.

    `matrix`: one row per asset (index: its label), one column per relative session (int), values
    as fractions, NaN where there is none. `groups` gives each label's group; rows are brought
    together by group in order of appearance. `limit` is the fraction at which the colour ends
    (default: a round figure near the 95% quantile of the absolute values); what lies beyond is
    stated at the colour bar. Values are printed when cells are large enough for 6.5 pt: all of
    up to 400 cells, in a larger table day 0 and what lies beyond half of the limit.
    """
    table = _by_group(matrix, groups)
    if table.empty:
        raise ValueError("draw_heatmap needs at least one row and one column")
    narrow, roomy = is_narrow(ax), axes_size(ax)[0] >= _ROOMY
    below = _BOTTOM if roomy else _BOTTOM_NARROW
    fits = int((axes_size(ax)[1] - _TOP - below) / (1.15 * theme.FLOOR_SIZE))
    notes = [f"{headed(unit)}, by session from day 0 (framed)."]
    if left_out := max(0, len(table) - fits):
        notes.append(f"… and {left_out} more in {more}.")
        table = table.iloc[:fits]
    values = scale() * table.to_numpy(dtype=float)
    end = _end(values) if limit is None else scale() * limit
    size = theme.FLOOR_SIZE
    names = [groups.get(str(name), "") for name in table.index]
    left = max(text_width(str(n), 8) for n in table.index)
    heads = -12.0 if narrow else max(text_width(n, 8, "bold") for n in names)
    right = 8.0 if narrow else 0.0
    width, height = reserve(ax, left=left + heads + 20, right=right, top=_TOP, bottom=below)
    cell = (width / values.shape[1], height / values.shape[0])
    mesh = ax.pcolormesh(
        np.ma.masked_invalid(values),
        cmap=theme.shades(theme.ink()),
        vmin=-end,
        vmax=end,
        edgecolors=theme.ink().paper,
        linewidth=0.4,
    )
    ax.set_ylim(values.shape[0], 0)
    chart.quiet(ax)
    _missing(ax, values)
    _tell(ax, table, unit.removesuffix(", %"))
    text_size = float(np.clip(cell[1] * 0.72, size, 8))
    _row_labels(ax, list(map(str, table.index)), names, left + heads + 20, text_size, not narrow)
    days = [int(d) for d in table.columns]
    _day_labels(ax, days, cell[0])
    widest = max(text_width(number(v, 1, signed=True), 1.0) for v in values.ravel())
    fitting = min(8.0, 0.66 * cell[1], (cell[0] - 3) / widest)
    if fitting >= size or (cell[1] >= 1.15 * size and (cell[0] - 3) / widest >= size):
        least = 0.0 if values.size <= _ALL_PRINTED else 0.5 * end
        shown = np.abs(values) >= least
        shown[:, [day == 0 for day in days]] = True
        _print(ax, values, shown & np.isfinite(values), end, max(size, fitting))
        if least:
            notes.append(f"Figures printed from ±{_plain(least)}{measure().sign} and on day 0.")
    if 0 in days:
        frame = Rectangle((days.index(0), 0), 1, values.shape[0], fill=False, linewidth=1.6)
        frame.set(edgecolor=theme.ink().text, clip_on=False)
        ax.add_patch(frame)
    if beyond := int(np.sum(np.abs(values) > end)):
        noun = "cell lies" if beyond == 1 else "cells lie"
        notes.append(f"Colours end at ±{_plain(end)}{measure().sign}; {beyond} {noun} beyond.")
    if not np.isfinite(values).all():
        notes.append("Hatched: no value.")
    _colour_bar(ax, mesh, end, " ".join(notes), (width, height), None if roomy else left)


def _tell(ax: Axes, table: pd.DataFrame, unit: str) -> None:
    """The figure of each cell, also of those too small to print it."""
    days = [window_text((int(day), int(day))) for day in table.columns]
    names = [f"{label}, {day}" for label in table.index for day in days]
    texts = [percent(float(v)) if np.isfinite(v) else "no value" for v in table.to_numpy().ravel()]
    y, x = (places.ravel() + 0.5 for places in np.indices(table.shape))
    marks.note(ax, x, y, names, {unit: texts}, marks.CELL)


def _by_group(matrix: pd.DataFrame, groups: Mapping[str, str]) -> pd.DataFrame:
    order = list(dict.fromkeys(groups.get(str(name), "") for name in matrix.index))
    rank = [order.index(groups.get(str(name), "")) for name in matrix.index]
    return matrix.iloc[np.argsort(rank, kind="stable")]


def _end(values: NDArray[np.float64]) -> float:
    size = np.abs(values[np.isfinite(values)])
    reach = float(np.quantile(size, 0.95)) if size.size else 1.0
    return next((n for n in _NICE if n >= reach), float(np.ceil(reach)))


def _missing(ax: Axes, values: NDArray[np.float64]) -> None:
    for row, column in np.argwhere(~np.isfinite(values)):
        patch = Rectangle(
            (column, row), 1, 1, facecolor=theme.ink().missing, edgecolor=theme.ink().rule
        )
        patch.set(hatch="/////", linewidth=0)
        ax.add_patch(patch)


def _row_labels(
    ax: Axes, labels: Sequence[str], names: Sequence[str], left: float, size: float, named: bool
) -> None:
    """Each row's label; groups are parted by lines and, where there is room, `named`."""
    chart.fixed_ticks(ax.yaxis)
    for index, (text, name) in enumerate(zip(labels, names, strict=True)):
        y = index + 0.5
        chart.row_label(ax, 0, y, text, -6, size, ha="right")
        if index == 0 or names[index - 1] != name:
            if named:
                chart.row_label(ax, 0, y, name, -left, size, weight="bold")
            if index:
                ax.axhline(index, color=theme.ink().text, linewidth=0.8)


def _day_labels(ax: Axes, days: Sequence[int], width: float) -> None:
    step = max(1, int(np.ceil(1.35 * text_width("+00", theme.LABEL_SIZE) / width)))
    shown = [i for i, day in enumerate(days) if day % step == 0]
    ax.xaxis.set_ticks_position("top")
    names = [number(days[i], 0, signed=True) for i in shown]
    chart.fixed_ticks(ax.xaxis, [i + 0.5 for i in shown], names)
    ax.tick_params(axis="x", pad=2)
    for tick, index in zip(ax.xaxis.get_ticklabels(), shown, strict=True):
        if days[index] == 0:
            tick.set_fontweight("bold")
            tick.set_color(theme.ink().text)


def _plain(percent: float) -> str:
    return f"{percent:g}"


def _print(
    ax: Axes,
    values: NDArray[np.float64],
    shown: NDArray[np.bool_],
    end: float,
    size: float,
) -> None:
    colours = theme.shades(theme.ink())
    for row, column in np.argwhere(shown):
        value = values[row, column]
        on_dark = is_dark(colours(0.5 + value / (2 * end))[:3])
        ax.text(
            column + 0.5,
            row + 0.5,
            number(value, 1, signed=True),
            fontsize=size,
            ha="center",
            va="center_baseline",
            color=theme.ink().paper if on_dark else theme.ink().text,
        )


def _colour_bar(
    ax: Axes,
    mesh: QuadMesh,
    end: float,
    note: str,
    size: tuple[float, float],
    beyond: float | None,
) -> None:
    """The scale, and the notes beside it, or below it reaching `beyond` the plot to the left."""
    width, height = size
    length = min(220.0, 0.35 * width if beyond is None else width)
    bar = ax.inset_axes((0, -24 / height, length / width, _BAR_HEIGHT / height))
    edges, shades = np.linspace(-end, end, 65), np.linspace(-end, end, 64)
    look: dict[str, Any] = {"cmap": mesh.cmap, "vmin": -end, "vmax": end}
    bar.pcolormesh(edges, [0, 1], shades[None, :], edgecolors="face", linewidth=0.3, **look)
    chart.quiet(bar)
    chart.fixed_ticks(bar.yaxis)
    ticks = [-end, -end / 2, 0.0, end / 2, end]
    digits = 0 if float(end / 2).is_integer() else 2 if end < 1 else 1
    chart.fixed_ticks(bar.xaxis, ticks, [number(t, digits, signed=True) for t in ticks])
    bar.tick_params(axis="x", pad=2, labelsize=7.5)
    room = width - length - 16 if beyond is None else width + beyond
    lines, small = fit_lines(note, room, (7.5, theme.FLOOR_SIZE), 3)
    for index, line in enumerate(lines):
        anchor, x, y = ((1, 1), 16.0, -6.0) if beyond is None else ((0, 0), -beyond, -24.0)
        chart.grey_label(bar, anchor, line, (x, y - 9.5 * index), size=small)
