"""The event day against the days on which nothing happened."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import FixedLocator, MaxNLocator
from numpy.typing import ArrayLike, NDArray

from eventstudy.numbers import number
from eventstudy.tearsheet import theme
from eventstudy.tearsheet.charts.common import label, number_ticks, quiet
from eventstudy.tearsheet.geometry import axes_size, reserve
from eventstudy.tearsheet.text import balance, fit_lines, text_width

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
    band: tuple[float, float] | None = None,
    band_label: str = "95 % of the placebo days",
    title: str = "",
    noun: str = "placebo days",
) -> None:
    """Histogram of the placebo statistics with the event's own marked.

    `reference`: 1-D, leave-one-out studentised residuals of the estimation days, in standard
    errors; `observed`: the event's, same unit (NaN: no mark). `band` is the shaded range
    (default: the 2.5 % and 97.5 % quantiles of `reference`). The axis always reaches the observed
    value; the count of placebos at least as far from zero is written beside it. `noun` says what
    they are.
    """
    values = np.asarray(reference, dtype=float).ravel()
    values = values[np.isfinite(values)]
    if not values.size:
        raise ValueError("draw_placebo needs at least one finite reference value")
    note = f"Abnormal return in standard errors; bars: number of the {values.size} {noun}"
    notes, size = fit_lines(note, axes_size(ax)[0], (7.5, theme.FLOOR_SIZE), 2)
    bottom = 20 + 10.0 * len(notes)
    width, height = reserve(ax, left=_LEFT, right=10, top=22 if title else 4, bottom=bottom)
    inside = band or (float(np.quantile(values, 0.025)), float(np.quantile(values, 0.975)))
    seen = observed if np.isfinite(observed) else 0.0
    low, high = min(values.min(), seen, inside[0]), max(values.max(), seen, inside[1])
    pad = 0.05 * max(high - low, 1.0)
    limits = (float(low - pad), float(high + pad))
    _bars(ax, values, inside, limits, width)
    top = _scale(ax, limits, height)
    scale = width / (limits[1] - limits[0])
    centre = (0.5 * (inside[0] + inside[1]) - limits[0]) * scale
    _band_label(ax, band_label, centre, (inside[1] - inside[0]) * scale, width)
    if np.isfinite(observed):
        beyond = int(np.sum(np.abs(values) >= abs(observed)))
        lines = (
            f"{label_text}: {number(observed, 1, signed=True)} s.e.",
            f"{beyond} of {values.size} {noun} as far out",
        )
        peak = top * (height - 26) / (height - _HEAD)
        ax.plot([observed] * 2, [0, peak], color=theme.ink().event, linewidth=1.6)
        ax.plot([observed], [0], marker="v", markersize=6, color=theme.ink().event, clip_on=False)
        _event_label(ax, lines, (observed - limits[0]) * scale, width)
    if title:
        label(ax, (0, 1), title, (-_LEFT, 8), "axes", 9, weight="bold")
    for index, line in enumerate(notes):
        at = (-_LEFT, -26 - 10 * index)
        label(ax, (0, 0), line, at, "axes", size, color=theme.ink().grey)


def _bars(
    ax: Axes,
    values: NDArray[np.float64],
    inside: tuple[float, float],
    limits: tuple[float, float],
    width: float,
) -> None:
    quiet(ax, spines=("bottom",))
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
    marks = MaxNLocator(3, integer=True).tick_values(0, float(counts.max()))
    marks = [int(m) for m in marks if m <= counts.max()]
    ax.yaxis.set_major_locator(FixedLocator(marks))
    ax.yaxis.set_ticklabels([str(m) for m in marks])
    ax.set_ylim(0, float(counts.max()))


def _scale(ax: Axes, limits: tuple[float, float], height: float) -> float:
    """Set both scales with the head room in points; returns the height of the tallest bar."""
    top = ax.get_ylim()[1]
    ax.set_ylim(0, top * height / max(height - _HEAD, 10))
    ax.set_xlim(*limits)
    number_ticks(ax, "x", *limits, 8)
    ax.tick_params(axis="x", length=3)
    return float(top)


def _band_label(ax: Axes, text: str, centre: float, room: float, width: float) -> None:
    lines = balance(text, max(room - 6, 70), 7.5)[:2]
    for index, line in enumerate(lines):
        half = 0.5 * text_width(line, 7.5)
        x = min(max(centre, half), width - half)
        at = (x, -9 - 9.5 * index)
        label(ax, (0, 1), line, at, "axes", 7.5, ha="center", color=theme.ink().deep_blue)


def _event_label(ax: Axes, lines: tuple[str, str], x: float, width: float) -> None:
    need = max(text_width(lines[0], 9, "bold"), text_width(lines[1], 7.5)) + 6
    right = x + need <= width or x < width / 2
    style = {"ha": "left" if right else "right", "color": theme.ink().event}
    shift = x + (5 if right else -5)
    at = ((shift, -35), (shift, -46))
    label(ax, (0, 1), lines[0], at[0], "axes", 9, weight="bold", **style)
    label(ax, (0, 1), lines[1], at[1], "axes", 7.5, **style | {"color": theme.ink().text})
