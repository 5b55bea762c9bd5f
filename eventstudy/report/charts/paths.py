"""Cumulative abnormal returns as small multiples on one scale."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from eventstudy.report.charts import axes as chart
from eventstudy.report.drawing import marks, theme
from eventstudy.report.drawing.geometry import axes_size, reserve
from eventstudy.report.drawing.text import shorten, text_width
from eventstudy.text.measure import headed, scale
from eventstudy.text.numbers import percent, window_text

_COLUMNS = ("label", "day", "car", "low", "high")
_BAND = ("band_low", "band_high")
_RIGHT = 50.0
_LEFT = 14.0
"""Points left of the plot that a label at its foot may take."""


@theme.themed()
def draw_car_paths(
    axes: Sequence[Axes],
    paths: pd.DataFrame,
    event_label: str = "day 0",
    band_label: str = "95% band",
    others: Mapping[int, str] = MappingProxyType({}),
) -> None:
    """One panel per label, in order of appearance, all with the same scales.

    `paths` has the columns `label, day, car, low, high`: day is the relative session (int), the
    others are fractions; NaN breaks the line. Days before day 0 without an interval lead up to
    the path and are drawn in grey. `band_low, band_high`, where they are there, hold for the whole
    path and are shaded lighter. The last value is written at the end of its line. `others` are
    labels of other events at their days. One axes per label is expected.
    """
    chart.need_columns(paths, _COLUMNS, "draw_car_paths")
    names = list(dict.fromkeys(paths["label"]))
    if len(names) != len(axes):
        raise ValueError(f"{len(names)} series need as many axes; {len(axes)} given")
    low, high = (
        scale() * v
        for v in chart.hull(*(paths[name] for name in (*_COLUMNS[2:], *_BAND) if name in paths))
    )
    span = (high - low) or 1.0
    days = (int(paths["day"].min()), int(paths["day"].max()))
    rows = _share_row(axes)
    for index, (ax, name) in enumerate(zip(axes, names, strict=True)):
        _, height = reserve(ax, right=_RIGHT, top=30, bottom=30)
        below = 13 + 11 * bool(others)
        strip = span * below / max(height - below, 1)
        _panel(ax, paths[paths["label"] == name], days, (low - strip, high + 0.03 * span))
        ticks = chart.number_ticks(ax, "y", low - strip, high + 0.03 * span)
        if index and rows == 1:
            ax.yaxis.set_ticklabels([""] * len(ticks))
        _tell(ax, paths[paths["label"] == name], band_label)
        width = axes_size(ax)[0] + 48
        head = shorten(str(name), width, 10, "bold")
        chart.label(ax, (0, 1), head, (0, 16), "axes", 10, weight="bold")
        _name_day(ax, event_label, [day for day in others if days[0] <= day <= days[1]])
        _other_events(ax, others, days)
    unit = headed("Cumulative abnormal return, %")
    chart.grey_label(axes[0], (0, 1), unit, (0, 4))
    both = ": dark for a day, light for the whole path" if _BAND[0] in paths else ""
    led = "; grey: before day 0" if _run_up(paths).any() else ""
    lowest = min(axes, key=lambda ax: round(ax.get_position().y0, 6))
    room = axes_size(lowest)[0] + _RIGHT
    notes = [f"Sessions from day 0{more}; shaded: {band_label}{both}" for more in (led, "")]
    fitting = [text for text in notes if text_width(text, theme.LABEL_SIZE) <= room + 28]
    note = [*fitting, notes[-1]][0]
    start = max(-28.0, min(0.0, room - text_width(note, theme.LABEL_SIZE)))
    chart.grey_label(lowest, (0, 0), note, (start, -27))


def _tell(ax: Axes, path: pd.DataFrame, band_label: str) -> None:
    """A day's figures, wherever in its column the reader points."""
    names = [f"{path['label'].iloc[0]}, {window_text((day, day))}" for day in path["day"]]
    figures = {
        "Cumulative abnormal return": chart.percents(path["car"]),
        band_label: chart.intervals(path["low"], path["high"]),
    }
    if _BAND[0] in path:
        figures["Whole path"] = chart.intervals(path[_BAND[0]], path[_BAND[1]])
    marks.note(ax, path["day"], scale() * path["car"], names, figures, marks.DAY)


def _share_row(axes: Sequence[Axes], left: float = 28.0, gap: float = 6.0) -> int:
    """Make panels that stand in one row equally wide beside the scale of the first.

    Returns the number of rows; in several, each panel keeps room for a scale of its own.
    """
    rows = len({round(ax.get_position().y0, 6) for ax in axes})
    if rows > 1:
        for ax in axes:
            reserve(ax, left=left)
        return rows
    reserve(axes[0], left=left)
    boxes = [ax.get_position() for ax in axes]
    unit = boxes[0].width / max(axes_size(axes[0])[0], 1e-9)
    width = (boxes[-1].x1 - boxes[0].x0 - gap * unit * (len(axes) - 1)) / len(axes)
    for index, (ax, box) in enumerate(zip(axes, boxes, strict=True)):
        ax.set_position((boxes[0].x0 + index * (width + gap * unit), box.y0, width, box.height))
    return rows


def _run_up(paths: pd.DataFrame) -> pd.Series[bool]:
    """Which rows are of days before a path that is cumulated from day 0."""
    return (paths["day"] < 0) & paths["low"].isna() & paths["car"].notna()


def _name_day(ax: Axes, text: str, others: Sequence[int]) -> None:
    """The label of day 0, on the side where no other event's line runs through it."""
    low, high = ax.get_xlim()
    wide = (text_width(text, theme.LABEL_SIZE) + 6) * (high - low) / axes_size(ax)[0]
    crossed = any(0 < day < wide for day in others) and -wide > low
    style: dict[str, Any] = {"ha": "right" if crossed else "left", "color": theme.ink().event}
    chart.label(ax, (0, 0), text, (-3 if crossed else 3, 3), "x data", **style)


def _other_events(ax: Axes, others: Mapping[int, str], days: tuple[int, int]) -> None:
    """A thin line and a label for each other event inside the days, on the side away from day 0."""
    for day, text in others.items():
        if not days[0] <= day <= days[1]:
            continue
        ax.axvline(day, color=theme.ink().grey, linewidth=0.9, linestyle=(0, (1.5, 1.5)))
        wide = (text_width(text, theme.LABEL_SIZE) + 6) * (days[1] - days[0]) / axes_size(ax)[0]
        beyond, before = (room / axes_size(ax)[0] * (days[1] - days[0]) for room in (_RIGHT, _LEFT))
        left = day - wide >= days[0] - before if day < 0 else day + wide > days[1] + beyond
        style: dict[str, Any] = {"ha": "right" if left else "left", "bbox": chart.backing()}
        at = (-3 if left else 3, 14)
        chart.grey_label(ax, (day, 0), text, at, "x data", theme.LABEL_SIZE - 0.5, **style)


def _panel(
    ax: Axes, path: pd.DataFrame, days: tuple[int, int], limits: tuple[float, float]
) -> None:
    chart.quiet(ax, grid="y")
    day, car = path["day"].to_numpy(), scale() * path["car"].to_numpy(dtype=float)
    shades = ((*_BAND, theme.ink().outer_band), ("low", "high", theme.ink().band))
    for *edges, shade in shades[0 if _BAND[0] in path else 1 :]:
        low, high = (scale() * path[name].to_numpy(dtype=float) for name in edges)
        ax.fill_between(day, low, high, color=shade, linewidth=0)
    ax.axhline(0, color=theme.ink().text, linewidth=0.8)
    ax.axvline(0, color=theme.ink().event, linewidth=1.0, linestyle=(0, (4, 2)))
    before = np.flatnonzero(_run_up(path))
    start = int(before[-1]) + 1 if len(before) else 0  # the last day before is the path's zero
    ax.plot(day[:start], car[:start], color=theme.ink().grey, linewidth=1.2)
    first = max(start - 1, 0)
    ax.plot(day[first:], car[first:], color=theme.ink().blue, linewidth=1.8)
    ax.set_xlim(days[0] - 0.3, days[1] + 0.3)
    ax.set_ylim(*limits)
    chart.day_ticks(ax, days)
    known = path["car"].notna().to_numpy()
    if known.any():
        x, y = day[known][-1], car[known][-1]
        ax.plot([x], [y], marker="o", markersize=4.5, color=theme.ink().blue, clip_on=False)
        chart.label(ax, (x, y), percent(y / scale(), 1), (6, 0), va="center", weight="bold")
