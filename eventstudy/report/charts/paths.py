"""Cumulative abnormal returns as small multiples on one scale."""

from __future__ import annotations

from collections.abc import Sequence

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


@theme.themed()
def draw_car_paths(
    axes: Sequence[Axes],
    paths: pd.DataFrame,
    event_label: str = "day 0",
    band_label: str = "95% band",
) -> None:
    """One panel per label, in order of appearance, all with the same scales.

    `paths` has the columns `label, day, car, low, high`: day is the relative session (int), the
    others are fractions, cumulated from the first day of the event window; NaN breaks the line.
    `band_low, band_high`, where they are there, hold for the whole path and are shaded lighter.
    The last value is written at the end of its line. One axes per label is expected.
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
        strip = span * 13 / max(height - 13, 1)
        _panel(ax, paths[paths["label"] == name], days, (low - strip, high + 0.03 * span))
        ticks = chart.number_ticks(ax, "y", low - strip, high + 0.03 * span)
        if index and rows == 1:
            ax.yaxis.set_ticklabels([""] * len(ticks))
        _tell(ax, paths[paths["label"] == name], band_label)
        width = axes_size(ax)[0] + 48
        head = shorten(str(name), width, 10, "bold")
        chart.label(ax, (0, 1), head, (0, 16), "axes", 10, weight="bold")
        chart.label(ax, (0, 0), event_label, (3, 3), "x data", color=theme.ink().event)
    unit = headed("Cumulative abnormal return, %")
    chart.grey_label(axes[0], (0, 1), unit, (0, 4))
    both = ": dark for a day, light for the whole path" if _BAND[0] in paths else ""
    note = f"Sessions from day 0; shaded: {band_label}{both}"
    lowest = min(axes, key=lambda ax: round(ax.get_position().y0, 6))
    spare = axes_size(lowest)[0] + _RIGHT - text_width(note, theme.LABEL_SIZE)
    start = max(-28.0, min(0.0, spare))
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
    ax.plot(day, car, color=theme.ink().blue, linewidth=1.8)
    ax.set_xlim(days[0] - 0.3, days[1] + 0.3)
    ax.set_ylim(*limits)
    chart.day_ticks(ax, days)
    known = path["car"].notna().to_numpy()
    if known.any():
        x, y = day[known][-1], car[known][-1]
        ax.plot([x], [y], marker="o", markersize=4.5, color=theme.ink().blue, clip_on=False)
        chart.label(ax, (x, y), percent(y / scale(), 1), (6, 0), va="center", weight="bold")
