"""One price around its event: the day marked and labelled, and what the market implied."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from eventstudy.report.charts import axes as chart
from eventstudy.report.drawing import marks, theme
from eventstudy.report.drawing.geometry import axes_size, reserve
from eventstudy.report.drawing.text import balance
from eventstudy.text.numbers import number
from eventstudy.text.words import date_text, short_date

_TOP = 22.0
_BOTTOM = 22.0
_RIGHT = 124.0
_PITCH = 1.2 * theme.LABEL_SIZE


@theme.themed()
def draw_price(
    ax: Axes,
    close: pd.Series,
    day: pd.Timestamp,
    move: str,
    implied: Mapping[str, float],
    ylabel: str = "Close, $",
) -> None:
    """The price line with the move of `day` in the event's colour.

    `close` is indexed by session. `move` stands at the day's close: "−16.97%". `implied` are
    closes of the day, by what implies them, such as a benchmark; each is a ring with its name.
    """
    close = close.dropna().sort_index()
    x = np.arange(len(close))
    at = int(close.index.searchsorted(day))
    values = close.to_numpy(dtype=float)
    reserve(ax, left=30, right=_RIGHT, top=_TOP, bottom=_BOTTOM)
    chart.quiet(ax, spines=("bottom",), grid="y")
    ax.plot(x, values, color=theme.ink().text, linewidth=1.4)
    ax.set_xlim(-0.5, len(x) - 0.5)
    known = [value for value in implied.values() if np.isfinite(value)]
    low, high = float(min([*values, *known])), float(max([*values, *known]))
    air = 0.06 * ((high - low) or 1.0)
    ax.set_ylim(low - air, high + air)
    chart.number_ticks(ax, "y", low, high, 6, signed=False)
    _months(ax, pd.DatetimeIndex(close.index))
    chart.grey_label(ax, (0, 1), ylabel, (-30, 5))
    event = theme.ink().event
    ax.axvline(at, color=event, linewidth=0.9, linestyle=(0, (4, 2)), zorder=1.5)
    first = max(at - 1, 0)
    ax.plot(x[first : at + 1], values[first : at + 1], color=event, linewidth=2.4, zorder=3)
    ax.plot([at], [values[at]], marker="o", markersize=5.5, color=event, zorder=4)
    date = {"color": event, "weight": "bold", "ha": "center"}
    chart.label(ax, (at, 1), short_date(day), (0, 6), "x data", 9, **date)
    prices, named = [number(float(v)) for v in values], [date_text(d) for d in close.index]
    marks.note(ax, x, values, named, {ylabel: prices}, marks.DAY)
    _names(ax, at, move, {move: float(values[at])} | dict(implied))


def _names(ax: Axes, at: int, move: str, levels: Mapping[str, float]) -> None:
    """What the marks of the day are, at the right edge, each led to by a line."""
    (first, last), (bottom, top) = ax.get_xlim(), ax.get_ylim()
    width, height = axes_size(ax)
    known = {name: value for name, value in levels.items() if np.isfinite(value)}
    texts = [_lines(name, own=name == move) for name in known]
    y = [(value - bottom) / (top - bottom) * height for value in known.values()]
    places = chart.spread(y, _PITCH * max(map(len, texts)) + 6, 6.0, height - 6)
    across = (at - first) / (last - first)
    for (name, value), lines, up, place in zip(known.items(), texts, y, places, strict=True):
        own = name == move
        color = theme.ink().event if own else theme.ink().blue
        if not own:
            chart.dots(ax, [at], [value], color, theme.ink().paper, 5.0, zorder=4)
        style: dict[str, Any] = {"color": color, "transform": ax.transAxes, "clip_on": False}
        x = [across, 1.0, 1 + 8 / width]
        ax.plot(x, [up / height] * 2 + [place / height], linewidth=0.6, zorder=1.6, **style)
        for row, line in enumerate(lines):
            base = place + _PITCH * ((len(lines) - 1) / 2 - row) - 0.36 * theme.LABEL_SIZE
            look = {"color": color, "weight": "bold" if own else "normal"}
            size = 11.0 if own else theme.LABEL_SIZE
            chart.label(ax, (1, 0), line, (12, base), "axes", size, **look)


def _lines(name: str, *, own: bool) -> list[str]:
    return [name] if own else balance(f"implied by {name}", _RIGHT - 14, theme.LABEL_SIZE)[:3]


def _months(ax: Axes, sessions: pd.DatetimeIndex) -> None:
    """A tick at each month's first session, named; the year where it changes."""
    month = sessions.to_period("M")
    starts = [i for i in range(1, len(sessions)) if month[i] != month[i - 1]]
    step = max(1, int(np.ceil(len(starts) * 40 / axes_size(ax)[0])))
    shown = starts[::step]
    names = chart.month_names([sessions[i] for i in shown], " ")
    chart.fixed_ticks(ax.xaxis, [float(i) for i in shown], names)
    ax.tick_params(axis="x", length=3)
