"""The mean abnormal return of each day, and how many events a day has."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from eventstudy.report.charts import axes as chart
from eventstudy.report.drawing import marks, theme
from eventstudy.report.drawing.geometry import axes_size, reserve
from eventstudy.report.drawing.text import fit_lines
from eventstudy.text.measure import scale
from eventstudy.text.numbers import window_text

_FOOT = 20.0


@theme.themed()
def draw_daily(ax: Axes, days: pd.DataFrame, unit: str = "", note: str = "") -> None:
    """A dot a day with its interval; filled where the quoted test rejects.

    `days` has the columns `day, mean, low, high, significant`: day is the relative session, the
    next three are fractions, NaN where there is none.
    """
    chart.need_columns(days, ("day", "mean", "low", "high", "significant"), "draw_daily")
    lines, small = fit_lines(note, axes_size(ax)[0], (7.5, theme.FLOOR_SIZE), 2)
    reserve(ax, left=28, right=6, top=16 if unit else 4, bottom=_FOOT + 9.5 * len(lines))
    chart.quiet(ax, grid="y")
    mean, low, high = (
        scale() * days[name].to_numpy(dtype=float) for name in ("mean", "low", "high")
    )
    ends = chart.hull(mean, low, high)
    span = (ends[1] - ends[0]) or 1.0
    limits = ends[0] - 0.06 * span, ends[1] + 0.06 * span
    first, last = int(days["day"].min()), int(days["day"].max())
    ax.set_xlim(first - 0.6, last + 0.6)
    ax.set_ylim(*limits)
    chart.number_ticks(ax, "y", *limits)
    chart.day_ticks(ax, (first, last))
    ax.axhline(0, color=theme.ink().text, linewidth=0.8)
    ax.axvline(0, color=theme.ink().event, linewidth=1.0, linestyle=(0, (4, 2)), zorder=0.5)
    chart.label(ax, (0, 0), "day 0", (3, 3), "x data", color=theme.ink().event)
    x, sure = days["day"].to_numpy(), days["significant"].to_numpy(dtype=bool)
    known = np.isfinite(low) & np.isfinite(high)
    ax.vlines(x[known], low[known], high[known], theme.ink().blue, linewidth=1.1)
    for which, face in ((sure, theme.ink().blue), (~sure, theme.ink().paper)):
        chart.dots(ax, x[which], mean[which], theme.ink().blue, face, 4.5, zorder=3)
    figures = {
        "Mean abnormal return": chart.percents(days["mean"]),
        "Interval": chart.intervals(days["low"], days["high"]),
    }
    marks.note(ax, x, mean, [window_text((day, day)) for day in x], figures, marks.DAY)
    if unit:
        chart.grey_label(ax, (0, 1), unit, (-28, 5))
    chart.foot_lines(ax, lines, (-28, -_FOOT - 5), small)


@theme.themed()
def draw_months(ax: Axes, months: pd.DataFrame, unit: str = "", note: str = "") -> None:
    """A bar a month: how many observations have their day 0 in it.

    `months` has the columns `month` (its first day) and `count`, without gaps.
    """
    chart.need_columns(months, ("month", "count"), "draw_months")
    lines, small = fit_lines(note, axes_size(ax)[0], (7.5, theme.FLOOR_SIZE), 2)
    reserve(ax, left=28, right=6, top=16 if unit else 4, bottom=_FOOT + 9.5 * len(lines))
    chart.quiet(ax, grid="y")
    count, top = months["count"].to_numpy(), float(months["count"].max())
    places = np.arange(len(months))
    ax.bar(places, count, width=0.8, color=theme.ink().blue)
    names = [f"{month:%B %Y}" for month in months["month"]]
    marks.note(ax, places, count, names, {"Events": [f"{n:,}" for n in count]}, marks.DAY)
    ax.set_xlim(-0.7, len(months) - 0.3)
    ax.set_ylim(0, 1.05 * top)
    chart.number_ticks(ax, "y", 0.0, 1.05 * top, min(5, int(top)), signed=False)
    step = chart.month_step(len(months) * 52 / axes_size(ax)[0])
    counted = [12 * month.year + month.month - 1 for month in months["month"]]
    shown = [at for at, number in enumerate(counted) if number % step == 0]
    written = "%Y" if step % 12 == 0 else "%b %Y"
    names = [f"{months['month'].iloc[at]:{written}}" for at in shown]
    chart.fixed_ticks(ax.xaxis, shown, names)
    if unit:
        chart.grey_label(ax, (0, 1), unit, (-28, 5))
    chart.foot_lines(ax, lines, (-28, -_FOOT - 5), small)
