"""What all charts share: checking columns, quiet axes, percent ticks, labels in points."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.text import Text
from matplotlib.ticker import FixedLocator, MaxNLocator
from matplotlib.transforms import ScaledTranslation

from eventstudy.report.drawing import theme
from eventstudy.report.drawing.geometry import axes_size, figure_of
from eventstudy.report.drawing.text import text_width
from eventstudy.text.measure import worded
from eventstudy.text.numbers import between, number, percent


def need_columns(frame: pd.DataFrame, names: Sequence[str], chart: str) -> None:
    """Raise ValueError naming the columns that the chart misses."""
    missing = [name for name in names if name not in frame.columns]
    if missing:
        raise ValueError(f"{chart} needs the columns {', '.join(names)}; missing: {missing}")


def quiet(ax: Axes, *, spines: Sequence[str] = (), grid: str = "") -> None:
    """Show only the named spines and a light grid along "x" or "y"."""
    for side, spine in ax.spines.items():
        spine.set_visible(side in spines)
    ax.set_axisbelow(True)
    ax.tick_params(length=0, labelsize=theme.LABEL_SIZE, labelcolor=theme.ink().grey)
    if grid:
        part = ax.xaxis if grid == "x" else ax.yaxis
        part.grid(True, color=theme.ink().grid, linewidth=0.6)


def number_ticks(
    ax: Axes, axis: str, low: float, high: float, count: int = 6, signed: bool = True
) -> list[float]:
    """Fix round ticks inside [low, high] on "x" or "y" and write them with a true minus."""
    ticks = [
        t
        for t in MaxNLocator(count, steps=[1, 2, 5, 10]).tick_values(low, high)
        if low <= t <= high
    ]
    digits = 0 if all(float(t).is_integer() for t in ticks) else 1
    if any(abs(t * 10 - round(t * 10)) > 1e-9 for t in ticks):
        digits = 2
    part = ax.xaxis if axis == "x" else ax.yaxis
    fixed_ticks(part, ticks, [number(t, digits, signed) for t in ticks])
    return ticks


def label(
    ax: Axes,
    xy: tuple[float, float],
    text: str,
    offset: tuple[float, float] = (0.0, 0.0),
    coords: str = "data",
    size: float = theme.LABEL_SIZE,
    **style: Any,
) -> Text:
    """Write `text` at `xy` moved by `offset` points.

    `coords` says what x and y are: "data", "axes" (fractions), "x data" (x in data, y a fraction)
    or "y data" (x a fraction, y in data).
    """
    base = {
        "data": ax.transData,
        "axes": ax.transAxes,
        "x data": ax.get_xaxis_transform(),
        "y data": ax.get_yaxis_transform(),
    }[coords]
    inches = figure_of(ax).dpi_scale_trans
    shift = ScaledTranslation(offset[0] / 72, offset[1] / 72, inches)
    look: dict[str, Any] = {"color": theme.ink().text, "ha": "left", "va": "baseline"} | style
    return ax.text(*xy, worded(text), fontsize=size, transform=base + shift, **look)


def grey_label(
    ax: Axes,
    xy: tuple[float, float],
    text: str,
    offset: tuple[float, float] = (0.0, 0.0),
    coords: str = "axes",
    size: float = theme.LABEL_SIZE,
    **style: Any,
) -> None:
    """A label in the quiet colour, as heads, units and notes have it; see `label`."""
    label(ax, xy, text, offset, coords, size, color=theme.ink().grey, **style)


def row_label(
    ax: Axes, side: float, y: float, text: str, gap: float, size: float, **style: Any
) -> None:
    """A label centred on the row `y`, `gap` points right of the plot's left (0) or right (1) edge.

    Args:
        ax: the axes.
        side: 0 or 1.
        y: where the row stands, in data.
        text: the label.
        gap: points to the right of the edge; negative to the left of it.
        size: points of its letters.
        style: what else matplotlib's text takes.
    """
    label(ax, (side, y), text, (gap, 0), "y data", size, va="center_baseline", **style)


def foot_lines(
    ax: Axes, lines: Sequence[str], at: tuple[float, float], size: float, pitch: float = 9.5
) -> None:
    """Lines of a note one under the other, the first at `at`, in points from the bottom left."""
    for index, line in enumerate(lines):
        grey_label(ax, (0, 0), line, (at[0], at[1] - pitch * index), size=size)


def backing(pad: float = 0.8) -> dict[str, Any]:
    """What stands behind a label that crosses lines."""
    return {"facecolor": theme.ink().paper, "edgecolor": "none", "pad": pad}


def fixed_ticks(axis: Axis, places: Sequence[float] = (), names: Sequence[str] = ()) -> None:
    """Ticks at these places with these names; without any, none."""
    axis.set_major_locator(FixedLocator(list(places)))
    if names:
        axis.set_ticklabels(list(names))


def day_ticks(ax: Axes, days: tuple[int, int]) -> None:
    """Ticks at round relative sessions from the first to the last, as many as fit."""
    count = max(1, int(axes_size(ax)[0] / (text_width("+20", theme.LABEL_SIZE) * 1.8)))
    steps = (1, 2, 5, 10, 20, 50, 100, 10**6)
    step = next(s for s in steps if (days[1] - days[0]) / s <= count)
    marks = [day for day in range(days[0], days[1] + 1) if day % step == 0]
    fixed_ticks(ax.xaxis, marks, [number(day, 0, signed=True) for day in marks])


def day_numbers(days: Any) -> npt.NDArray[np.float64]:
    """Days since 1970-01-01, one a date, which are the x of charts over dates."""
    return np.asarray(days, dtype="datetime64[D]").astype(np.float64)


def month_names(months: Sequence[pd.Timestamp], between: str) -> list[str]:
    """Short names of months; the first and each of a new year with the year after `between`."""
    years = [None, *(month.year for month in months)]
    return [
        f"{month:%b}{between}{month.year}" if month.year != year else f"{month:%b}"
        for month, year in zip(months, years, strict=False)
    ]


_MONTHS = (1, 2, 3, 4, 6, 12, 24, 60, 120, 240)
"""Months from tick to tick: parts of a year or whole years, so that ticks are equally far apart."""


def month_step(least: float) -> int:
    """Months from tick to tick, at least so many, a part of a year or whole years."""
    return next((each for each in _MONTHS if each >= least), _MONTHS[-1])


def month_ticks(ax: Axes, days: npt.NDArray[np.float64]) -> None:
    """Ticks at the first of months on an axis of `day_numbers`, as many as fit.

    Args:
        ax: the axes, as wide as they stay.
        days: the first and the last count.
    """
    first, last = (pd.Timestamp(int(day), unit="D") for day in (days[0], days[-1]))
    months = pd.date_range(first, last, freq="MS")
    least = len(months) * 26 / axes_size(ax)[0]
    step = month_step(least)
    shown = [m for m in months if (12 * m.year + m.month - 1) % step == 0]
    fixed_ticks(ax.xaxis, day_numbers(shown).tolist(), month_names(shown, "\n"))
    ax.tick_params(axis="x", length=3)


def zero_scale(
    ax: Axes, axis: str, ends: tuple[float, float], pad: float, count: int
) -> tuple[float, float]:
    """A scale with round ticks and a line at zero; returns its limits.

    Args:
        ax: the axes.
        axis: "x" or "y".
        ends: the lowest and the highest value, zero among them.
        pad: the air at both ends, as a share of their distance.
        count: at most so many ticks.
    """
    low, high = ends
    air = pad * ((high - low) or 1.0)
    limits = low - air, high + air
    across = axis == "x"
    (ax.set_xlim if across else ax.set_ylim)(*limits)
    number_ticks(ax, axis, *limits, count)
    line = ax.axvline if across else ax.axhline
    line(0, color=theme.ink().text, linewidth=0.8, zorder=1.5)
    return limits


def dots(
    ax: Axes,
    x: Any,
    y: Any,
    edge: str,
    face: str,
    size: float = 5.0,
    marker: str = "o",
    **more: Any,
) -> None:
    """Markers without a line between them."""
    style = {"markeredgecolor": edge, "markerfacecolor": face, "markeredgewidth": 1.0, **more}
    ax.plot(x, y, marker=marker, markersize=size, linestyle="none", **style)


def percents(values: Any, digits: int = 2) -> list[str]:
    """Figures of a study as they are told of marks, each with its unit."""
    return [percent(float(value), digits) for value in values]


def intervals(low: Any, high: Any, digits: int = 2) -> list[str]:
    """Intervals of a study as they are told of marks."""
    return list(map(between, percents(low, digits), percents(high, digits)))


def hull(*arrays: Any) -> tuple[float, float]:
    """Smallest and largest finite value, zero always inside."""
    values = np.concatenate([np.asarray(a, dtype=float).ravel() for a in arrays])
    values = values[np.isfinite(values)]
    return float(min(0.0, values.min(initial=0.0))), float(max(0.0, values.max(initial=0.0)))


class Placed(NamedTuple):
    """A label's horizontal extent and its lane; lane 0 is nearest to the plot."""

    left: float
    right: float
    lane: int


def stack_lanes(centres: Sequence[float], width: float) -> list[int]:
    """Lanes for equally wide marks on their anchors; each takes the lowest free lane."""
    lanes: list[float] = []
    chosen = [0] * len(centres)
    for index in sorted(range(len(centres)), key=lambda i: centres[i]):
        free = [k for k, end in enumerate(lanes) if centres[index] - width / 2 >= end]
        lane = free[0] if free else len(lanes)
        if not free:
            lanes.append(0.0)
        lanes[lane] = centres[index] + width / 2
        chosen[index] = lane
    return chosen


def flag_labels(
    anchors: Sequence[float], widths: Sequence[float], low: float, high: float, gap: float = 4.0
) -> list[Placed]:
    """Labels flying from vertical staffs at `anchors`, all inside [low, high].

    Each flies to the right of its staff, or to the left where it does not fit; a label that
    covers another's staff flies higher, so that no staff runs through a text.
    """
    order = sorted(range(len(anchors)), key=lambda i: anchors[i])
    spans: dict[int, tuple[float, float]] = {}
    for index in reversed(order):
        x, width = anchors[index], widths[index]
        span = (x, x + width + gap)
        mutual = any(
            spans[k][0] <= x < anchors[k] <= span[1] and spans[k][0] < anchors[k] for k in spans
        )
        if span[1] > high or mutual:
            start = max(low, x - width - gap)
            span = (start, max(x, start + width))
        spans[index] = span
    lanes: dict[int, int] = {}
    waiting = list(reversed(order))
    while waiting:
        staffs = {i: [anchors[k] for k in waiting if k != i] for i in waiting}
        clear = [i for i in waiting if not any(_covers(spans[i], x) for x in staffs[i])]
        index = [*clear, waiting[0]][0]
        waiting.remove(index)
        under = [lanes[k] for k in lanes if _covers(spans[index], anchors[k])]
        lane = max(under, default=-1) + 1
        while any(lanes[k] == lane and _meet(spans[index], spans[k]) for k in lanes):
            lane += 1
        lanes[index] = lane
    return [Placed(*spans[i], lanes[i]) for i in range(len(anchors))]


def _covers(span: tuple[float, float], x: float) -> bool:
    return span[0] <= x <= span[1]


def _meet(one: tuple[float, float], other: tuple[float, float]) -> bool:
    return one[0] < other[1] and other[0] < one[1]


def spread(centres: Sequence[float], gap: float, low: float, high: float) -> list[float]:
    """The centres moved as little as keeps them `gap` apart and, with room, in [low, high]."""
    order = sorted(range(len(centres)), key=lambda i: centres[i])
    places = [min(max(centres[i], low), high) for i in order]
    for _ in range(len(places)):
        for k in range(1, len(places)):
            short = gap - (places[k] - places[k - 1])
            if short > 1e-9:
                places[k - 1] -= short / 2
                places[k] += short / 2
    for k in range(len(places)):  # what was pushed out comes back in
        places[k] = max(places[k], low if k == 0 else places[k - 1] + gap)
    for k in reversed(range(len(places))):
        places[k] = min(places[k], high if k == len(places) - 1 else places[k + 1] - gap)
    moved = dict(zip(order, places, strict=True))
    return [moved[i] for i in range(len(centres))]
