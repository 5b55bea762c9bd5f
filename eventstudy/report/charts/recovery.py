"""Recovery: cumulative abnormal returns from day 0 on, between none and all of it recovered."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from eventstudy.report.charts import axes as chart
from eventstudy.report.drawing import marks as told
from eventstudy.report.drawing import theme
from eventstudy.report.drawing.geometry import axes_size, reserve
from eventstudy.report.drawing.text import shorten, text_width
from eventstudy.text.measure import worded
from eventstudy.text.numbers import percent, window_text

_COLUMNS = ("label", "day", "car", "low", "high", "clear_car")
_LANE = 10.0
_DASHED = (0, (3.5, 1.8))


@theme.themed()
def draw_recovery(
    axes: Sequence[Axes],
    paths: pd.DataFrame,
    marks: pd.DataFrame,
    words: Sequence[tuple[str, str]],
    band_label: str = "95% band",
) -> None:
    """One panel per label with scales of its own: the path from day 0 on, and what it crosses.

    `paths` has the columns `label, day, car, low, high, clear_car`: car is cumulated from day 0
    (fractions), clear_car the same without the days of `marks`; NaN breaks a line. `marks` has
    the columns `label, day, number`: days to mark on the axis with their number. `words` has a
    pair a panel, for the level of day 0 and for zero, such as ("none recovered", "all recovered").
    """
    chart.need_columns(paths, _COLUMNS, "draw_recovery")
    chart.need_columns(marks, ("label", "day", "number"), "draw_recovery")
    names = list(dict.fromkeys(paths["label"]))
    if not len(names) == len(axes) == len(words):
        raise ValueError(f"{len(names)} series need as many axes and words; {len(axes)} given")
    margin = max(text_width(w, 7.5) for pair in words for w in (*pair, "−00.0%")) + 8
    for ax, name, pair in zip(axes, names, words, strict=True):
        reserve(ax, left=28, right=margin, top=30, bottom=26)
        path = paths[paths["label"] == name]
        _panel(ax, path, marks[marks["label"] == name], pair)
        head = shorten(str(name), axes_size(ax)[0] + margin - 4, 10, "bold")
        chart.label(ax, (0, 1), head, (0, 18), "axes", 10, weight="bold")
    chart.grey_label(axes[0], (0, 1), "CAR from day 0 on, %", (-24, 5))
    _key(axes[0], band_label, bool(len(marks)), margin)


def _key(ax: Axes, band_label: str, dashed: bool, margin: float) -> None:
    """What line and shade are, under the first panel and as wide as needed."""
    text = worded(f"Sessions from day 0; shaded: {band_label}")
    note = worded("dashed: without the marked days") if dashed else ""
    x = text_width(text + "; ", 7.5)
    start = max(-24.0, min(0.0, axes_size(ax)[0] + margin - x - text_width(note, 7.5)))
    chart.grey_label(ax, (0, 0), text, (start, -25), size=7.5)
    chart.label(ax, (0, 0), note, (start + x, -25), "axes", 7.5, color=theme.ink().vermilion)


def _panel(ax: Axes, path: pd.DataFrame, marks: pd.DataFrame, words: tuple[str, str]) -> None:
    chart.quiet(ax, grid="y")
    day = path["day"].to_numpy()
    car, low, high, clear = (
        100 * path[c].to_numpy(dtype=float) for c in ("car", "low", "high", "clear_car")
    )
    names = [f"{path['label'].iloc[0]}, {window_text((0, d))}" for d in path["day"]]
    figures = {
        "Cumulative abnormal return": chart.percents(path["car"]),
        "Interval": chart.intervals(path["low"], path["high"]),
    }
    if len(marks):
        figures["Without the marked days"] = chart.percents(path["clear_car"])
    told.note(ax, day, car, names, figures, told.DAY)
    width, height = axes_size(ax)
    last = int(day.max())
    ax.set_xlim(-0.5, max(last, 1) + 0.3)
    lanes = chart.stack_lanes([d * width / (last + 0.8) for d in marks["day"]], _LANE)
    strip = (max(lanes, default=-1) + 1) * _LANE + 3
    bottom, top = chart.hull(car, low, high, clear)
    span = (top - bottom) or 1.0
    bottom -= span * strip / max(height - strip, 1)
    top += 0.03 * span
    ax.set_ylim(bottom, top)
    ax.fill_between(day, low, high, color=theme.ink().band, linewidth=0)
    for d in marks["day"]:
        ax.axvline(d, color=theme.ink().rule, linewidth=0.6, linestyle=(0, (1, 1.5)))
    ax.axhline(0, color=theme.ink().text, linewidth=0.8)
    known = np.isfinite(car)
    start = float(car[0]) if known[0] else np.nan
    if known[0]:
        ax.axhline(start, color=theme.ink().text, linewidth=0.8, linestyle=_DASHED)
    if len(marks):
        ax.plot(day, clear, color=theme.ink().vermilion, linewidth=1.3, linestyle=_DASHED)
    ax.plot(day, car, color=theme.ink().blue, linewidth=1.8)
    chart.number_ticks(ax, "y", bottom + (top - bottom) * strip / height, top)
    chart.day_ticks(ax, (0, last))
    for (_, mark), lane in zip(marks.iterrows(), lanes, strict=True):
        at = (0, lane * _LANE + _LANE / 2)
        style = {"ha": "center", "va": "center_baseline", "bbox": chart.backing(0.6)}
        chart.grey_label(
            ax, (mark["day"], 0), str(mark["number"]), at, "x data", theme.FLOOR_SIZE, **style
        )
    ends = [
        (start, words[0], theme.ink().grey, "normal"),
        (0.0, words[1], theme.ink().grey, "normal"),
    ]
    for values, color in ((car, theme.ink().blue), (clear, theme.ink().vermilion)):
        seen = np.flatnonzero(np.isfinite(values))
        if len(seen) and (values is car or len(marks)):
            at_end = float(values[seen[-1]])
            ax.plot([day[seen[-1]]], [at_end], "o", markersize=4, color=color, clip_on=False)
            ends.append((at_end, percent(at_end / 100, 1), color, "bold"))
    _ends(ax, [e for e in ends if np.isfinite(e[0])])


def _ends(ax: Axes, ends: Sequence[tuple[float, str, str, str]]) -> None:
    """Label the levels at the right edge, pushed apart where they would cover each other."""
    bottom, top = ax.get_ylim()
    height = axes_size(ax)[1]
    scale = height / (top - bottom)
    places = chart.spread([(e[0] - bottom) * scale for e in ends], 9.5, 4.0, height - 2)
    for (_, text, color, weight), y in zip(ends, places, strict=True):
        style = {"va": "center_baseline", "color": color, "weight": weight}
        chart.label(ax, (1, 0), text, (6, y), "axes", 7.5, **style)
