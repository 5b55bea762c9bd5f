"""The inflation ribbon: a price before a disclosure, and what it would have been without it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd
from matplotlib.axes import Axes

from eventstudy.report.charts import axes as chart
from eventstudy.report.drawing import marks, theme
from eventstudy.report.drawing.geometry import reserve
from eventstudy.report.drawing.text import text_width
from eventstudy.text.numbers import between, number
from eventstudy.text.words import date_text

DOLLAR, PERCENTAGE = METHODS = ("constant_dollar", "constant_percentage")
_WORDS = {DOLLAR: "constant dollar", PERCENTAGE: "constant percentage"}
_SIZE = 8.0
_LINE = 11.0
_GAP = 14.0

Values = npt.NDArray[np.float64]


class _Line(NamedTuple):
    name: str
    values: Values
    colour: str
    dashes: Any = "solid"
    low: Values | None = None
    high: Values | None = None


@theme.themed()
def draw_inflation(
    axes: Sequence[Axes], table: pd.DataFrame, unit: str = "$", band_label: str = "95% interval"
) -> None:
    """Two panels over the same dates: price and value lines, and the inflation between them.

    `table` has the columns `date, close` and, for each of `METHODS`, the method itself and the same
    with `_low` and `_high`. A missing close breaks the line; an interval without ends is not drawn.
    ValueError for other than two axes.
    """
    bounds = [f"{method}{end}" for method in METHODS for end in ("", "_low", "_high")]
    chart.need_columns(table, ("date", "close", *bounds), "draw_inflation")
    if len(axes) != 2:
        raise ValueError(f"draw_inflation needs two axes; {len(axes)} given")
    days, ink = chart.day_numbers(table["date"]), theme.ink()
    known = {name: table[name].to_numpy(dtype=np.float64) for name in ("close", *bounds)}
    looks = {DOLLAR: (ink.blue, (0, (4, 2))), PERCENTAGE: (ink.vermilion, "solid")}
    close = known["close"]
    lines = [_Line("close", close, ink.text)]
    lines += [_Line(f"less {_WORDS[m]}", close - known[m], *looks[m]) for m in METHODS]
    price, amount = axes
    ribbon = close - known[PERCENTAGE]
    price.fill_between(days, close, ribbon, color=ink.band, linewidth=0)
    _panel(price, days, lines, f"Close, and close less inflation, {unit}")
    each = [
        _Line(_WORDS[m], known[m], *looks[m], known[f"{m}_low"], known[f"{m}_high"])
        for m in METHODS
    ]
    _panel(amount, days, each, f"Inflation a share, {unit}; shaded: {band_label}")


def _panel(ax: Axes, days: Values, lines: Sequence[_Line], unit: str) -> None:
    _head(ax, unit, lines)
    _tell(ax, days, lines)
    chart.quiet(ax, spines=("bottom",), grid="y")
    inside: list[Values] = []
    for line in lines:
        inside.append(line.values)
        if line.low is not None and line.high is not None:
            inside += [line.low, line.high]
            ax.fill_between(days, line.low, line.high, color=line.colour, alpha=0.12, linewidth=0)
        ax.plot(days, line.values, color=line.colour, linewidth=1.4, linestyle=line.dashes)
    low, high = chart.hull(*inside)
    span = (high - low) or 1.0
    ax.set_ylim(low - (0.04 * span if low < 0 else 0.0), high + 0.05 * span)
    ax.set_xlim(days[0], max(days[-1], days[0] + 1))
    chart.number_ticks(ax, "y", low, high, 5, signed=False)
    ax.axhline(0, color=theme.ink().text, linewidth=0.8)
    chart.month_ticks(ax, days)


def _tell(ax: Axes, days: Values, lines: Sequence[_Line]) -> None:
    """The amounts of a day, wherever in its column the reader points."""
    figures = {line.name.capitalize(): [number(v) for v in line.values] for line in lines}
    for line in lines:
        if line.low is not None and line.high is not None:
            ends = zip(line.low, line.high, strict=True)
            figures[f"{line.name.capitalize()}, interval"] = [
                between(number(low), number(high)) for low, high in ends
            ]
    names = [date_text(pd.Timestamp(day, unit="D")) for day in days]
    marks.note(ax, days, lines[0].values, names, figures, (1.5, None))


def _head(ax: Axes, unit: str, lines: Sequence[_Line]) -> None:
    """Room for the scales; above the plot its unit, and each line's name in its colour."""
    width, _ = reserve(ax, left=32, right=4, bottom=26)
    rows: list[list[tuple[float, _Line]]] = [[]]
    x = 0.0
    for line in lines:
        wide = text_width(line.name, _SIZE, "bold")
        if rows[-1] and x + wide > width + 28:
            rows.append([])
            x = 0.0
        rows[-1].append((x, line))
        x += wide + _GAP
    reserve(ax, top=_LINE * (len(rows) + 1) + 4)
    chart.grey_label(ax, (0, 1), unit, (-28, 5 + _LINE * len(rows)))
    for height, row in enumerate(reversed(rows)):
        for x, line in row:
            at = (x - 28, 5 + _LINE * height)
            look = {"color": line.colour, "weight": "bold"}
            chart.label(ax, (0, 1), line.name, at, "axes", _SIZE, **look)
