"""Mean paths of several groups in one plot, each named at the end of its line."""

from __future__ import annotations

from typing import Any, TypeAlias

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb

from eventstudy.report.charts import axes as chart
from eventstudy.report.drawing import marks, theme
from eventstudy.report.drawing.geometry import axes_size, reserve
from eventstudy.report.drawing.palette import luminance
from eventstudy.report.drawing.text import fit_lines, shorten, text_width
from eventstudy.text.measure import scale
from eventstudy.text.numbers import percent, window_text

_COLUMNS = ("label", "day", "car", "low", "high")
_Dashes: TypeAlias = tuple[int, tuple[float, ...]]
_DASHES: tuple[_Dashes, ...] = ((0, ()), (0, (5, 1.6)), (0, (1.4, 1.4)))
_LEADER = 16.0
"""Points between the plot and the names, for the lines that lead to them."""
_NAME = 0.32
"""Of the width, the most that names may take."""
_FOOT = 20.0
_CONTRAST = 4.5
MOST_SHADED = 4
MOST_LINES = 12
"""As many as the ink has looks for: four colours, three kinds of line."""


@theme.themed()
def draw_lines(
    ax: Axes, paths: pd.DataFrame, event_label: str = "day 0", note: str = "", unit: str = ""
) -> None:
    """One line a label, in order of appearance, with its name and last value beside its end.

    `paths` has the columns `label, day, car, low, high`: day is the relative session (int), the
    others are fractions; NaN breaks the line, and a line without a value is named in the foot.
    The interval of up to four lines is shaded lightly: more would hide each other. Names are moved
    apart where they would cover each other. ValueError above twelve labels.
    """
    chart.need_columns(paths, _COLUMNS, "draw_lines")
    names = list(dict.fromkeys(paths["label"]))
    if not 1 <= len(names) <= MOST_LINES:
        raise ValueError(f"draw_lines draws 1 to {MOST_LINES} lines; {len(names)} given")
    known = paths[paths["car"].notna()]
    shown = [name for name in names if name in set(known["label"])]
    absent = [str(name) for name in names if name not in shown]
    foot = [note] if note else []
    foot += [f"No value: {', '.join(absent)}."] if absent else []
    width, size = axes_size(ax)[0], theme.LABEL_SIZE
    ends = {n: percent(float(known.loc[known["label"] == n, "car"].iloc[-1]), 1) for n in shown}
    texts = {name: f"{shorten(str(name), _NAME * width, size)}  {ends[name]}" for name in shown}
    right = max((text_width(text, size, "bold") for text in texts.values()), default=0.0)
    lines, small = fit_lines(" ".join(foot), width, (7.5, theme.FLOOR_SIZE), 2)
    bottom = _FOOT + 9.5 * len(lines)
    reserve(ax, left=28, right=right + _LEADER, top=16 if unit else 4, bottom=bottom)
    _scale(ax, paths)
    chart.label(ax, (0, 0), event_label, (3, 3), "x data", color=theme.ink().event)
    if unit:
        chart.grey_label(ax, (0, 1), unit, (-28, 5))
    chart.foot_lines(ax, lines, (-28, -_FOOT - 5), small)
    looks = {name: _look(index) for index, name in enumerate(names)}
    for name in reversed(shown):
        _line(ax, paths[paths["label"] == name], *looks[name], shaded=len(names) <= MOST_SHADED)
    _name_ends(ax, known, {name: (texts[name], looks[name][0]) for name in shown})
    days = zip(known["label"], known["day"], strict=True)
    figures = {
        "Cumulative abnormal return": chart.percents(known["car"]),
        "Interval": chart.intervals(known["low"], known["high"]),
    }
    named = [f"{name}, {window_text((day, day))}" for name, day in days]
    marks.note(ax, known["day"], scale() * known["car"], named, figures)


def _readable(colour: str) -> str:
    """The colour where it reads well on the paper (4.5 to 1), else that of the text.

    A colour between the two would have no name, and the web page could not darken its ground.
    """
    reads = 1.05 / (luminance(to_rgb(colour)) + 0.05) >= _CONTRAST
    return colour if reads else theme.ink().text


def _look(index: int) -> tuple[str, _Dashes]:
    """Colour and dashes of a line: colours change first, without colours the dashes."""
    ink = theme.ink()
    colours = (ink.blue, ink.vermilion, ink.orange, ink.grey)
    if ink.name == "grey":
        return colours[index // len(_DASHES)], _DASHES[index % len(_DASHES)]
    return colours[index % len(colours)], _DASHES[index // len(colours)]


def _scale(ax: Axes, paths: pd.DataFrame) -> None:
    chart.quiet(ax, grid="y")
    shaded = paths["label"].nunique() <= MOST_SHADED
    low, high = (
        scale() * v for v in chart.hull(*(paths[n] for n in _COLUMNS[2 : 5 if shaded else 3]))
    )
    height = axes_size(ax)[1]
    span = (high - low) or 1.0
    low -= span * 13 / max(height - 13, 1)  # room for the event's label
    high += 0.03 * span
    days = (int(paths["day"].min()), int(paths["day"].max()))
    ax.set_xlim(days[0] - 0.2, days[1] + 0.2)
    ax.set_ylim(low, high)
    chart.number_ticks(ax, "y", low, high)
    chart.day_ticks(ax, days)
    ax.axhline(0, color=theme.ink().text, linewidth=0.8)
    ax.axvline(0, color=theme.ink().event, linewidth=1.0, linestyle=(0, (4, 2)))


def _line(ax: Axes, path: pd.DataFrame, colour: str, dashes: _Dashes, *, shaded: bool) -> None:
    day = path["day"].to_numpy()
    car, low, high = (scale() * path[name].to_numpy(dtype=float) for name in _COLUMNS[2:])
    if shaded:
        ax.fill_between(day, low, high, color=colour, alpha=0.1, linewidth=0, zorder=1)
    ax.plot(day, car, color=colour, linewidth=1.7, linestyle=dashes, zorder=2.5)


def _name_ends(ax: Axes, known: pd.DataFrame, texts: dict[object, tuple[str, str]]) -> None:
    """Names at the right edge, as near to the ends of their lines as the others let them."""
    (first, last), (bottom, top) = ax.get_xlim(), ax.get_ylim()
    width, height = axes_size(ax)
    ends = {name: known[known["label"] == name].iloc[-1] for name in texts}
    y = [(scale() * float(end["car"]) - bottom) / (top - bottom) * height for end in ends.values()]
    gap = 1.3 * theme.LABEL_SIZE
    room = max(height - 4, 1.0)
    size = theme.LABEL_SIZE if gap * len(texts) <= room else theme.FLOOR_SIZE
    places = chart.spread(y, min(gap, max(1.25 * size, room / max(len(texts), 1))), 4.0, height - 2)
    for (name, (text, colour)), at, place in zip(texts.items(), y, places, strict=True):
        x = (float(ends[name]["day"]) - first) / (last - first) * width
        style: dict[str, Any] = {"color": colour, "transform": ax.transAxes, "clip_on": False}
        across = [x / width, 1 + 4 / width, 1 + (_LEADER - 4) / width]
        up = [at / height, at / height, place / height]
        ax.plot(across, up, linewidth=0.6, zorder=2, **style)
        ax.plot(across[:1], up[:1], marker="o", markersize=3.6, zorder=3, **style)
        look = {"va": "center_baseline", "color": _readable(colour), "weight": "bold"}
        chart.label(ax, (1, 0), text, (_LEADER, place), "axes", size, **look)
