"""The specification curve: sorted estimates above, and below which choices made each of them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd
from matplotlib.axes import Axes

from eventstudy.report.charts import axes as chart
from eventstudy.report.drawing import marks, theme
from eventstudy.report.drawing.geometry import axes_size, is_narrow, reserve
from eventstudy.report.drawing.text import shorten, text_width
from eventstudy.text.numbers import number

_GAP = 0.7
"""Rows of air between two kinds of choice."""
_RIGHT = 44.0
_LABEL = 190.0
"""Most points that the name of a choice may take."""


@theme.themed()
def draw_curve(
    upper: Axes, lower: Axes, rows: pd.DataFrame, choices: Sequence[str], level: str = "95%"
) -> None:
    """Estimates with their intervals, smallest first, over the choices behind them.

    `rows`, one a specification: `estimate, low, high` (fractions), `significant, own` (bool) and
    a column of labels for each name in `choices`, whose values stand in order of appearance.
    Rows without an estimate are not drawn. Beside each choice stands the median of the
    specifications that make it.
    """
    chart.need_columns(
        rows, ("estimate", "low", "high", "significant", "own", *choices), "draw_curve"
    )
    levels = [(name, str(value)) for name in choices for value in dict.fromkeys(rows[name])]
    rows = rows[rows["estimate"].notna()]
    if rows.empty:
        raise ValueError("draw_curve needs at least one estimate")
    rows = rows.sort_values("estimate", kind="stable").reset_index(drop=True)
    stacked = is_narrow(lower)
    tops = _tops(levels, stacked)
    size = float(np.clip(axes_size(lower)[1] / (tops[-1] + 2.2) / 1.2, 6.5, 8.0))
    widest = max(text_width(value, 1.0) for _, value in levels)
    size = max(theme.FLOOR_SIZE, min(size, _LABEL / widest))
    heads = max(text_width(name, size, "bold") for name in choices)
    names = min(_LABEL, max(text_width(value, size) for _, value in levels))
    left = names + 12 if stacked else heads + names + 20
    _draw_estimates(upper, rows, left, level)
    _tell(upper, rows, choices, level)
    _draw_choices(lower, rows, levels, (left, names), size, tops)


def _tell(ax: Axes, rows: pd.DataFrame, choices: Sequence[str], level: str) -> None:
    """An estimate and the choices behind it, wherever in its column the reader points."""
    figures = {
        "Abnormal return": chart.percents(rows["estimate"]),
        f"{level} interval": chart.intervals(rows["low"], rows["high"]),
        **{name: [str(value) for value in rows[name]] for name in choices},
    }
    places = np.arange(1, len(rows) + 1)
    own = np.where(rows["own"], ", the study's own", "")
    names = [f"{place} of {len(rows)}{more}" for place, more in zip(places, own, strict=True)]
    marks.note(ax, places, 100 * rows["estimate"], names, figures, marks.DAY)


def _colors(rows: pd.DataFrame) -> npt.NDArray[np.object_]:
    return np.where(rows["significant"], theme.ink().blue, theme.ink().rule).astype(object)


def _draw_estimates(ax: Axes, rows: pd.DataFrame, left: float, level: str) -> None:
    key = f"Estimates, %, smallest first, with {level} intervals; dashed: median"
    end = text_width(key, 7.5) + 14
    apart = end + 90 > axes_size(ax)[0] - left
    width, height = reserve(ax, left=left, right=_RIGHT, top=26 if apart else 14, bottom=6)
    chart.quiet(ax, grid="y")
    chart.fixed_ticks(ax.xaxis)
    x = np.arange(1, len(rows) + 1)
    ax.set_xlim(0.5, len(rows) + 0.5)
    low, high = chart.hull(rows["estimate"], rows["low"], rows["high"])
    limits = chart.zero_scale(ax, "y", (100 * low, 100 * high), 0.05, 6)
    line = float(np.clip(0.5 * width / len(rows), 0.4, 3.0))
    faint = np.where(rows["significant"], theme.ink().band, theme.ink().grid)
    ax.vlines(x, 100 * rows["low"], 100 * rows["high"], colors=list(faint), linewidth=line)
    dots = float(np.clip(0.9 * width / len(rows), 1.6, 5.0)) ** 2
    ax.scatter(x, 100 * rows["estimate"], s=dots, c=list(_colors(rows)), linewidths=0, zorder=3)
    median = 100 * float(rows["estimate"].median())
    ax.axhline(median, color=theme.ink().grey, linewidth=0.7, linestyle=(0, (4, 3)))
    text = number(median, 1, signed=True)
    chart.row_label(ax, 1, median, text, 6, 8, color=theme.ink().grey)
    start, y = (-left, 16) if apart else (0.0, 4)
    chart.grey_label(ax, (0, 1), key, (start, y), size=7.5)
    end = start if apart else end
    for text, color in (("significant by t", theme.ink().blue), ("not", theme.ink().rule)):
        chart.label(ax, (0, 1), "●", (end, 4), "axes", 7.5, color=color)
        chart.grey_label(ax, (0, 1), text, (end + 9, 4), size=7.5)
        end += text_width(text, 7.5) + 20
    _mark_own(ax, rows, (width, height), limits)


def _mark_own(
    ax: Axes, rows: pd.DataFrame, size: tuple[float, float], limits: tuple[float, float]
) -> None:
    """The study's own specification, with its figure where the intervals leave room."""
    own = np.flatnonzero(rows["own"])
    if not len(own):
        return
    x, row = float(own[0] + 1), rows.iloc[own[0]]
    low, value, high = (100 * float(row[name]) for name in ("low", "estimate", "high"))
    ax.vlines([x], [low], [high], colors=[theme.ink().event], linewidth=1.4, zorder=4)
    ax.plot([x], [value], marker="D", markersize=5, color=theme.ink().event, zorder=5)
    text = f"the study's own: {number(value, 1, signed=True)}%"
    width, height = size
    scale = height / (limits[1] - limits[0])
    place = (x - 0.5) / len(rows) * width
    start = float(np.clip(place - text_width(text, 8, "bold") / 2, 0, width))
    span = (start, start + text_width(text, 8, "bold"))
    covered = (np.arange(len(rows)) / len(rows) * width >= span[0] - 4) & (
        (np.arange(len(rows)) / len(rows) * width) <= span[1]
    )
    top = max(0.0, 100 * float(rows["high"][covered].max()))
    bottom = min(0.0, 100 * float(rows["low"][covered].min()))
    above = (limits[1] - top) * scale >= (bottom - limits[0]) * scale
    y = (top - limits[0]) * scale + 4 if above else (bottom - limits[0]) * scale - 11
    y = float(np.clip(y, 2, height - 9))
    style = {"weight": "bold", "color": theme.ink().event, "zorder": 6}
    chart.label(ax, (0, 0), text, (start, y), "axes", 8, bbox=chart.backing(), **style)


def _draw_choices(
    ax: Axes,
    rows: pd.DataFrame,
    levels: Sequence[tuple[str, str]],
    left: tuple[float, float],
    size: float,
    tops: Sequence[float],
) -> None:
    reserve(ax, left=left[0], right=_RIGHT, top=11, bottom=4)
    chart.quiet(ax)
    chart.grey_label(ax, (1, 1), "median", (_RIGHT - 2, 3), size=theme.FLOOR_SIZE + 0.5, ha="right")
    for axis in (ax.xaxis, ax.yaxis):
        chart.fixed_ticks(axis)
    width, height = axes_size(ax)
    extent = tops[-1] + 1
    pitch = height / (extent + 0.5)
    ax.set_xlim(0.5, len(rows) + 0.5)
    ax.set_ylim(extent + 0.25, -0.25)
    colors = _colors(rows)
    colors[rows["own"].to_numpy(dtype=bool)] = theme.ink().event
    line = float(np.clip(0.7 * width / len(rows), 0.5, 4.0))
    stacked = tops[0] > 0
    for index, ((name, value), y) in enumerate(zip(levels, tops, strict=True)):
        new = not index or levels[index - 1][0] != name
        above = y - 1 if stacked else y
        if index and new:
            ax.axhline(above - _GAP / 2, color=theme.ink().grid, linewidth=0.6)
        middle = y + 0.5
        here = np.flatnonzero(rows[name] == value)
        if new:
            chart.row_label(ax, 0, above + 0.5, name, -left[0], size, weight="bold")
        text = shorten(value, left[1] + 0.01, size)
        chart.row_label(ax, 0, middle, text, -10, size, ha="right")
        tall = min(0.8, 7.0 / pitch) / 2
        ax.vlines(here + 1, middle - tall, middle + tall, colors=list(colors[here]), linewidth=line)
        median = 100 * float(rows["estimate"].iloc[here].median()) if len(here) else np.nan
        text = number(median, 1, signed=True)
        grey = theme.ink().grey
        chart.row_label(ax, 1, middle, text, _RIGHT - 2, size, ha="right", color=grey)


def _tops(levels: Sequence[tuple[str, str]], stacked: bool) -> list[float]:
    """Top of each row, in rows; `stacked` kinds of choice have a row for their name."""
    tops, y = [], 0.0
    for index, (name, _) in enumerate(levels):
        new = not index or levels[index - 1][0] != name
        if index:
            y += 1 + (_GAP if new else 0.0)
        y += 1 if stacked and new else 0
        tops.append(y)
    return tops
