"""How many observations have a CAR of which size."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from matplotlib.axes import Axes

from eventstudy.arrays import Floats
from eventstudy.report.charts import axes as chart
from eventstudy.report.drawing import marks, theme
from eventstudy.report.drawing.geometry import axes_size, reserve
from eventstudy.report.drawing.text import fit_lines
from eventstudy.text.measure import scale
from eventstudy.text.numbers import between, counted, percent

MOST_BINS = 60
INSIDE = (0.005, 0.995)
"""Quantiles between which the bins lie; what lies beyond is in the last bin of its side."""
_FOOT = 20.0


@theme.themed()
def draw_histogram(ax: Axes, values: Floats, unit: str = "", noun: str = "event") -> None:
    """Bars of counts, with lines at zero, at the median and at the mean.

    `values` (N,) are fractions, at least one. The first and the last bar hold all that lies beyond
    them, which the note counts.
    """
    x = scale() * np.sort(values)
    low, high = np.quantile(x, INSIDE)
    if not high > low:
        low, high = low - 0.5, high + 0.5
    edges = _edges(low, high, int(np.clip(np.sqrt(len(x)), 5, MOST_BINS)))
    low, high = edges[0], edges[-1]
    counts, _ = np.histogram(np.clip(x, low, high), edges)
    below, above = int((x < low).sum()), int((x > high).sum())
    note = f"{unit}; the outer bars include {counted(below, noun)} below and {above:,} above"
    lines, small = fit_lines(note, axes_size(ax)[0], (7.5, theme.FLOOR_SIZE), 2)
    reserve(ax, left=28, right=6, top=30, bottom=_FOOT + 9.5 * len(lines))
    chart.quiet(ax, grid="y")
    ax.bar(edges[:-1], counts, np.diff(edges) * 0.92, align="edge", color=theme.ink().blue)
    ends = chart.percents(edges / scale(), 1)
    names = [between(*pair) for pair in pairwise(ends)]
    names[0], names[-1] = f"{ends[1]} and below", f"{ends[-2]} and above"
    figures = {f"{noun.capitalize()}s": [f"{count:,}" for count in counts]}
    middle = (edges[:-1] + edges[1:]) / 2
    marks.note(ax, middle, counts, names, figures, (float(edges[1] - edges[0]) / 2, None))
    ax.set_xlim(low - 0.02 * (high - low), high + 0.02 * (high - low))
    ax.set_ylim(0, 1.05 * counts.max())
    chart.number_ticks(ax, "x", low, high, 9)
    chart.number_ticks(
        ax, "y", 0.0, 1.05 * float(counts.max()), min(5, int(counts.max())), signed=False
    )
    ax.axvline(0, color=theme.ink().text, linewidth=0.8)
    _averages(ax, float(np.median(values)), float(np.mean(values)))
    chart.grey_label(ax, (0, 1), f"{noun.capitalize()}s", (-28, 5))
    chart.foot_lines(ax, lines, (-28, -_FOOT - 5), small)


def _edges(low: float, high: float, most: int) -> Floats:
    """Edges of at most so many bins of a round width over [low, high], zero among the edges."""
    least = (high - low) / most
    power = 10.0 ** np.floor(np.log10(least))
    width = power * next(step for step in (1, 2, 5, 10) if step * power >= least)
    first, last = np.floor(low / width), np.ceil(high / width)
    return np.asarray(width * np.arange(first, last + 1), dtype=np.float64)


def _averages(ax: Axes, median: float, mean: float) -> None:
    """Lines at the median and the mean, named above the plot without covering each other."""
    both = [("median", median, theme.ink().text), ("mean", mean, theme.ink().event)]
    both.sort(key=lambda one: one[1])
    sides = (("right", -3.0), ("left", 3.0))
    for (name, value, colour), (side, gap) in zip(both, sides, strict=True):
        ax.axvline(scale() * value, color=colour, linewidth=1.2, linestyle=(0, (4, 2)), zorder=3)
        text = f"{name} {percent(value)}"
        style = {"ha": side, "color": colour, "weight": "bold"}
        chart.label(ax, (scale() * value, 1), text, (gap, 5), "x data", theme.LABEL_SIZE, **style)
