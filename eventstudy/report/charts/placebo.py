"""The event day against the days on which nothing happened."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator
from numpy.typing import ArrayLike, NDArray

from eventstudy.report.charts import axes as chart
from eventstudy.report.drawing import marks, theme
from eventstudy.report.drawing.geometry import axes_size, reserve
from eventstudy.report.drawing.text import balance, fit_lines, shorten, text_width
from eventstudy.significance.sums.placebo_runs import placebo_quantile
from eventstudy.text.measure import worded
from eventstudy.text.numbers import number
from eventstudy.text.words import date_text, level_text, short_date

_HEAD = 54.0
"""Points above the tallest bar: two lines for the band, two for the event."""
_STEPS = (0.1, 0.2, 0.25, 0.5, 1.0, 2.0, 5.0, 10.0, 1e9)
_LEFT = 26.0


@theme.themed()
def draw_placebo(
    ax: Axes,
    reference: ArrayLike,
    observed: float,
    label_text: str = "day 0",
    title: str = "",
    noun: str = "ordinary days",
    confidence: float = 0.95,
) -> None:
    """Histogram of the placebo statistics with the event's own marked.

    `reference`: 1-D, leave-one-out studentised residuals of the estimation days, in standard
    errors; `observed`: the event's, same unit (NaN: no mark). Shaded is what the placebo test does
    not reject at 1 − `confidence`, on either side of zero. The axis always reaches the observed
    value; the count of placebos at least as far from zero is written beside it. `noun` says what
    they are.
    """
    values = np.asarray(reference, dtype=float).ravel()
    values = values[np.isfinite(values)]
    if not values.size:
        raise ValueError("draw_placebo needs at least one finite reference value")
    what = worded("Abnormal return in standard errors")
    note = f"{what}; bars: number of the {values.size} {noun}"
    notes, size = fit_lines(note, axes_size(ax)[0], (7.5, theme.FLOOR_SIZE), 2)
    bottom = 20 + 10.0 * len(notes)
    width, height = reserve(ax, left=_LEFT, right=10, top=22 if title else 4, bottom=bottom)
    reach = float(placebo_quantile(values[None], confidence)[0])
    reach = reach if np.isfinite(reach) else float(np.abs(values).max())
    inside = (-reach, reach)
    seen = observed if np.isfinite(observed) else 0.0
    low, high = min(values.min(), seen, inside[0]), max(values.max(), seen, inside[1])
    pad = 0.05 * max(high - low, 1.0)
    limits = (float(low - pad), float(high + pad))
    _bars(ax, values, inside, limits, width, noun)
    top = _scale(ax, limits, height)
    scale = width / (limits[1] - limits[0])
    centre = -limits[0] * scale
    _band_label(
        ax,
        f"{level_text(confidence)} of the {noun}",
        centre,
        (inside[1] - inside[0]) * scale,
        width,
    )
    if np.isfinite(observed):
        beyond = int(np.sum(np.abs(values) >= abs(observed)))
        lines = (
            f"{label_text}: {number(observed, 1, signed=True)} s.e.",
            f"{beyond or 'none'} of {values.size} {noun} as extreme",
        )
        peak = top * (height - 26) / (height - _HEAD)
        ax.plot([observed] * 2, [0, peak], color=theme.ink().event, linewidth=1.6)
        ax.plot([observed], [0], marker="v", markersize=6, color=theme.ink().event, clip_on=False)
        _event_label(ax, lines, (observed - limits[0]) * scale, width)
        figures = {"As extreme": [f"{beyond} of {values.size} {noun}"]}
        marks.note(ax, [observed], [0], [lines[0]], figures)
    if title:
        chart.label(ax, (0, 1), title, (-_LEFT, 8), "axes", 9, weight="bold")
    chart.foot_lines(ax, notes, (-_LEFT, -26), size, pitch=10)


def _bars(
    ax: Axes,
    values: NDArray[np.float64],
    inside: tuple[float, float],
    limits: tuple[float, float],
    width: float,
    noun: str,
) -> None:
    chart.quiet(ax, spines=("bottom",))
    span = limits[1] - limits[0]
    step = next(s for s in _STEPS if s >= 0.25 or span / s <= 24)
    step = max(step, next(s for s in _STEPS if span / s <= width / 3))
    edges = np.arange(np.floor(values.min() / step), np.ceil(values.max() / step) + 1.5) * step
    counts, _ = np.histogram(values, edges)
    ax.axvspan(*inside, color=theme.ink().band, linewidth=0)
    style: dict[str, Any] = {
        "color": theme.ink().grey,
        "edgecolor": theme.ink().paper,
        "linewidth": 0.4,
    }
    ax.bar(edges[:-1], counts.astype(float), step, align="edge", **style)
    ticks = MaxNLocator(3, integer=True).tick_values(0, float(counts.max()))
    ticks = [int(t) for t in ticks if t <= counts.max()]
    chart.fixed_ticks(ax.yaxis, ticks, [str(t) for t in ticks])
    ends = [number(edge, 1 if step >= 0.5 else 2, signed=True) for edge in edges]
    names = [f"{low} to {high} s.e." for low, high in pairwise(ends)]
    figures = {noun.capitalize(): [str(int(count)) for count in counts]}
    marks.note(ax, edges[:-1] + step / 2, counts, names, figures, (step / 2, None))
    ax.set_ylim(0, float(counts.max()))


def _scale(ax: Axes, limits: tuple[float, float], height: float) -> float:
    """Set both scales with the head room in points; returns the height of the tallest bar."""
    top = ax.get_ylim()[1]
    ax.set_ylim(0, top * height / max(height - _HEAD, 10))
    ax.set_xlim(*limits)
    chart.number_ticks(ax, "x", *limits, 8)
    ax.tick_params(axis="x", length=3)
    return float(top)


def _band_label(ax: Axes, text: str, centre: float, room: float, width: float) -> None:
    lines = balance(text, max(room - 6, 70), 7.5)[:2]
    for index, line in enumerate(lines):
        half = 0.5 * text_width(line, 7.5)
        x = min(max(centre, half), width - half)
        at = (x, -9 - 9.5 * index)
        chart.label(ax, (0, 1), line, at, "axes", 7.5, ha="center", color=theme.ink().deep_blue)


def _event_label(ax: Axes, lines: tuple[str, str], x: float, width: float) -> None:
    need = max(text_width(lines[0], 9, "bold"), text_width(lines[1], 7.5)) + 6
    right = x + need <= width or x < width / 2
    style = {"ha": "left" if right else "right", "color": theme.ink().event}
    shift = x + (5 if right else -5)
    at = ((shift, -35), (shift, -46))
    chart.label(ax, (0, 1), lines[0], at[0], "axes", 9, weight="bold", **style)
    chart.label(ax, (0, 1), lines[1], at[1], "axes", 7.5, **style | {"color": theme.ink().text})


_NAMED = 3
"""Ordinary days named beside their dots, the furthest out."""
_TOP = 36.0
"""Points above both panels: the heading, and the event's label."""
_PITCH = 1.35
"""Row height in font sizes."""


@theme.themed()
def draw_days(
    ax: Axes, days: pd.DataFrame, day0: pd.Timestamp, observed: float, title: str
) -> None:
    """The statistics of ordinary days at their dates, the event's marked.

    `days` has the columns `date, statistic` (standard errors). Lines stand at ± the event's
    distance from zero; the days furthest out are named.
    """
    chart.need_columns(days, ("date", "statistic"), "draw_days")
    width, height = reserve(ax, left=26, right=8, top=_TOP, bottom=34)
    chart.quiet(ax, grid="y")
    chart.label(ax, (0, 1), title, (-26, _TOP - 12), "axes", 9, weight="bold")
    known = np.isfinite(observed)
    ends = chart.hull(days["statistic"], [observed, -observed] if known else [0.0])
    bottom, top = chart.zero_scale(ax, "y", ends, 0.06, 7)
    dates, event = chart.day_numbers(days["date"]), float(chart.day_numbers([day0])[0])
    ends = min([*dates, event]), max([*dates, event])
    air = 0.03 * (ends[1] - ends[0]) + 2
    limits = ends[0] - air, ends[1] + air
    ax.set_xlim(*limits)
    _months(ax, *limits, width)
    values = days["statistic"].to_numpy()
    style: dict[str, Any] = {"linestyle": "none", "marker": "o", "markersize": 3.4}
    style["markeredgewidth"] = 0.0
    far = np.abs(values) >= abs(observed) if known else np.zeros(len(days), dtype=bool)
    ax.plot(dates[~far], values[~far], color=theme.ink().grey, alpha=0.75, **style)
    ax.plot(dates[far], values[far], color=theme.ink().blue, **style)
    per_day, per_error = width / (limits[1] - limits[0]), height / (top - bottom)
    taken: list[tuple[float, float, float, float]] = []
    if known:
        for side in (-observed, observed):
            ax.axhline(side, color=theme.ink().event, linewidth=0.8, linestyle=(0, (4, 3)))
        ax.plot([event, event], [observed, top], color=theme.ink().event, linewidth=0.8)
        ax.plot([event], [observed], color=theme.ink().event, marker="D", markersize=6)
        text = f"{short_date(day0)}: {number(observed, 1, signed=True)} s.e."
        left = event > 0.5 * (limits[0] + limits[1])
        look = {"ha": "right" if left else "left", "weight": "bold", "color": theme.ink().event}
        chart.label(ax, (event, 1), text, (3 if left else -3, 4), "x data", 8.5, **look)
    for row in np.argsort(-np.abs(values), kind="stable")[:_NAMED]:
        day, value = days["date"].iloc[row], float(values[row])
        at = (dates[row] - limits[0]) * per_day, (value - bottom) * per_error
        text = f"{short_date(day)}: {number(value, 1, signed=True)}"
        taken.append(
            _beside(ax, at, text, width, taken, theme.ink().blue if far[row] else theme.ink().grey)
        )
    errors = [f"{number(value, 2, signed=True)} s.e." for value in (*values, observed)]
    named = [*(date_text(day) for day in days["date"]), f"{date_text(day0)}: the event"]
    figures = {"Abnormal return": errors}
    marks.note(ax, [*dates, event], [*values, observed], named, figures)
    note = f"s.e. of each day's own forecast; n = {len(days)} ordinary days"
    if known:
        note += "; dashed: as far from zero as the event"
    chart.grey_label(ax, (0, 0), shorten(note, width + 26, 7.5), (-26, -30), size=7.5)


def _beside(
    ax: Axes,
    at: tuple[float, float],
    text: str,
    width: float,
    taken: Sequence[tuple[float, float, float, float]],
    color: str,
) -> tuple[float, float, float, float]:
    """Write a text beside a point, on the side and height where it meets no other; its box."""
    size, gap = 7.5, 5.0
    need = text_width(text, size)
    rises = [at[1] + (1.25 * lift - 0.36) * size for lift in (0.0, 1.0, -1.0, 2.0, -2.0)]
    sides = (at[0] - gap - need, at[0] + gap)
    boxes = [(x, y, x + need, y + size) for y in rises for x in sides]
    inside = [box for box in boxes if box[0] >= 0 and box[2] <= width] or boxes[:1]
    free = [box for box in inside if not any(_meet(box, other) for other in taken)]
    box = (free or inside)[0]
    chart.label(ax, (0, 0), text, (box[0], box[1]), "axes", size, color=color)
    return box


def _meet(one: Sequence[float], other: Sequence[float]) -> bool:
    across = one[0] < other[2] + 3 and other[0] < one[2] + 3
    return across and one[1] < other[3] + 1 and other[1] < one[3] + 1


def _months(ax: Axes, first: float, last: float, width: float) -> None:
    """A tick at the start of a month, as many as the width bears; the year where it changes."""
    low, high = (pd.Timestamp(np.ceil(end), unit="D") for end in (first, last))
    starts = pd.date_range(low, high, freq="MS")
    room = text_width("Sep 2024", theme.LABEL_SIZE) + 8
    step = next((s for s in (1, 2, 3, 6) if len(starts) / s * room <= width), 12)
    shown = list(starts[::step])
    names = chart.month_names(shown, " ")
    chart.fixed_ticks(ax.xaxis, chart.day_numbers(shown).tolist(), names)


@theme.themed()
def draw_places(ax: Axes, assets: pd.DataFrame, name: str, observed: float, title: str) -> None:
    """The statistics of all assets on one day, sorted, the studied one among them marked.

    `assets` has the columns `name, statistic` (standard errors) of the others. Every row is named
    where there is room, else the studied one, the ends and as many as fit between.
    """
    chart.need_columns(assets, ("name", "statistic"), "draw_places")
    rows = pd.DataFrame({"name": assets["name"], "statistic": assets["statistic"], "own": False})
    if np.isfinite(observed):
        own = pd.DataFrame({"name": [name], "statistic": [observed], "own": [True]})
        rows = pd.concat([rows, own], ignore_index=True)
    rows = rows.sort_values("statistic", kind="stable").reset_index(drop=True)
    left = min(130.0, max((text_width(str(n), 8.5, "bold") for n in rows["name"]), default=0.0))
    right = text_width("−00.0", 8, "bold") + 8
    width, height = reserve(ax, left=left + 10, right=right, top=_TOP, bottom=34)
    chart.quiet(ax, grid="x")
    chart.label(ax, (0, 1), title, (-left - 10, _TOP - 12), "axes", 9, weight="bold")
    pitch = height / max(len(rows), 1)
    size = float(np.clip(pitch / _PITCH, theme.FLOOR_SIZE, 8.5))
    ax.set_ylim(max(len(rows), 1) - 0.5, -0.5)
    chart.fixed_ticks(ax.yaxis)
    ends = chart.hull(rows["statistic"], [-observed] if np.isfinite(observed) else [0.0])
    chart.zero_scale(ax, "x", ends, 0.05, int(np.clip(width / 30, 2, 6)))
    if np.isfinite(observed):
        for side in (-observed, observed):
            ax.axvline(side, color=theme.ink().event, linewidth=0.8, linestyle=(0, (4, 3)))
    _draw_rows(ax, rows, observed)
    for y in np.flatnonzero(_named(rows["own"].to_numpy(), pitch, size)).tolist():
        row = rows.iloc[y]
        look = {"ha": "right", "weight": "bold" if row["own"] else "normal"}
        look["color"] = theme.ink().event if row["own"] else theme.ink().text
        text = shorten(str(row["name"]), left, size, look["weight"])
        chart.row_label(ax, 0, y, text, -8, size, **look)
        chart.row_label(ax, 1, y, number(row["statistic"], 1, signed=True), right, size, **look)
    errors = [f"{number(value, 2, signed=True)} s.e." for value in rows["statistic"]]
    figures = {"Abnormal return": errors}
    marks.note(ax, rows["statistic"], np.arange(len(rows)), rows["name"], figures, marks.ROW)
    note = "s.e. of each forecast; dashed: as far from zero"
    chart.grey_label(ax, (0, 0), note, (-left - 10, -30), size=7.5)


def _draw_rows(ax: Axes, rows: pd.DataFrame, observed: float) -> None:
    """A dot on a stem for each row, in the colour of its kind."""
    values, own = rows["statistic"].to_numpy(), rows["own"].to_numpy()
    far = np.abs(values) >= abs(observed)  # nowhere if the event has no value
    kinds = (
        (own, theme.ink().event, "D", 6.0, 1.6),
        (far & ~own, theme.ink().blue, "o", 4.5, 0.7),
        (~far & ~own, theme.ink().grey, "o", 4.5, 0.7),
    )
    for which, color, marker, size, line in kinds:
        y = np.flatnonzero(which)
        ax.hlines(y, 0, values[which], colors=color, linewidth=line)
        style: dict[str, Any] = {"linestyle": "none", "marker": marker, "markersize": size}
        ax.plot(values[which], y, color=color, **style)


def _named(own: npt.NDArray[np.bool_], pitch: float, size: float) -> npt.NDArray[np.bool_]:
    """Which rows carry their name: from the ends inwards, none nearer than a line to the next."""
    count, line = len(own), 1.15 * size
    named = np.zeros(count, dtype=bool)
    inwards = [i for pair in zip(range(count), reversed(range(count)), strict=True) for i in pair]
    apart = max(1, int(np.ceil(line / max(pitch, 1e-9))))
    for i in [*np.flatnonzero(own), *inwards]:
        if not named[max(0, i - apart + 1) : i + apart].any():
            named[i] = True
    return named
