"""A price with everything that happened to it: headline events by name, the rest by number."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from numpy.typing import NDArray

from eventstudy.report.charts import axes as chart
from eventstudy.report.drawing import marks as told
from eventstudy.report.drawing import theme
from eventstudy.report.drawing.geometry import Rect, axes_size, is_narrow, reserve
from eventstudy.report.drawing.text import balance, text_width
from eventstudy.text.numbers import number
from eventstudy.text.words import date_text, short_date

_DISC = 11.0
_TITLE_WIDTH = 170.0
_BOTTOM = 30.0
_UNIT_LINE = 16.0
_KEY_HEAD = 20.0
_KEY_SIZE = 8.0


class _Mark(NamedTuple):
    day: float
    date: str
    text: str
    event: bool
    number: str


@theme.themed()
def draw_timeline(
    ax: Axes,
    close: pd.Series,
    events: pd.DataFrame,
    ylabel: str = "Close, $",
    key_width: float = 250.0,
    more: str = "events.csv",
) -> None:
    """The price line with headline events named on it and all others numbered in a key.

    The key stands at the right, in a narrow chart below.

    `close` is indexed by date. `events` has the columns `date, title, headline, kind`: headline
    is a bool, kind "event" or "confounder". Entries of one date and kind share a number; entries
    outside the price's dates are left out of the chart and of the key.
    """
    chart.need_columns(events, ("date", "title", "headline", "kind"), "draw_timeline")
    close = close.dropna().sort_index()
    days = chart.day_numbers(close.index)
    within = events[events["date"].between(close.index[0], close.index[-1])].sort_values("date")
    flagged, numbered = within[within["headline"]], _marks(within[~within["headline"].astype(bool)])
    whole, tall = axes_size(ax)
    below = is_narrow(ax)
    bottom = _BOTTOM + (min(0.6 * tall, _key_height(numbered, whole)) if below else 0.0)
    width, _ = reserve(ax, left=30, right=0 if below else key_width + 18, bottom=bottom)
    scale = width / (days[-1] - days[0])
    anchors = [float((d - days[0]) * scale) for d in chart.day_numbers(flagged["date"])]
    texts = [balance(str(t), _TITLE_WIDTH, 8, "bold") for t in flagged["title"]]
    sizes = [max(text_width(line, 8, "bold") for line in lines) for lines in texts]
    flags = chart.flag_labels(anchors, sizes, 0.0, width)
    lane = 10.0 * max((len(t) for t in texts), default=1) + 6
    above = lane * (max((f.lane for f in flags), default=-1) + 1) + _UNIT_LINE
    _, height = reserve(ax, top=above)
    lanes = chart.stack_lanes([(m.day - days[0]) * scale for m in numbered], _DISC + 1)
    _price(
        ax, days, close.to_numpy(dtype=float), (max(lanes, default=-1) + 1) * (_DISC + 1.5), height
    )
    for anchor, lines, flag in zip(anchors, texts, flags, strict=True):
        top = flag.lane * lane + 10.0 * len(lines) + _UNIT_LINE
        staff = [0, 1 + top / height]
        day = days[0] + anchor / scale
        style: dict[str, Any] = {"transform": ax.get_xaxis_transform(), "clip_on": False}
        color = theme.ink().event
        ax.plot([day, day], staff, color=color, linewidth=1.2, zorder=1.5, **style)
        leftward = flag.left < anchor - 1
        for place, line in enumerate(lines):
            at = (flag.right - 4 if leftward else flag.left + 4, top - 8 - 10 * place)
            look = {"ha": "right" if leftward else "left", "color": color, "weight": "bold"}
            chart.label(ax, (0, 1), line, at, "axes", 8, **look)
    rows = [(k * (_DISC + 1.5) + _DISC / 2 + 2) / height for k in lanes]
    _discs(ax, list(zip((m.day for m in numbered), rows, strict=True)), numbered, "x data")
    _tell(ax, close, ylabel, numbered, rows)
    beside = Rect(width + 18, -_BOTTOM, key_width, height + above + _BOTTOM)
    _key(ax, numbered, Rect(-30, -bottom, whole, bottom - _BOTTOM) if below else beside, more)
    chart.grey_label(ax, (0, 1), ylabel, (-30, 4), bbox=chart.backing(1.0))


def _tell(
    ax: Axes, close: pd.Series, ylabel: str, numbered: Sequence[_Mark], rows: Sequence[float]
) -> None:
    """The price of each day, and what happened on the days that carry a number."""
    days, prices = chart.day_numbers(close.index), [number(float(c)) for c in close]
    named = [date_text(day) for day in close.index]
    told.note(ax, days, close, named, {ylabel: prices}, (1.5, None))
    texts, dates = [mark.text for mark in numbered], [mark.date for mark in numbered]
    at = [mark.day for mark in numbered]
    told.note(ax, at, rows, texts, {"Day 0": dates}, transform=ax.get_xaxis_transform())


def _marks(events: pd.DataFrame) -> list[_Mark]:
    marks: list[_Mark] = []
    for (date, kind), same in events.groupby(["date", "kind"], sort=True):
        when = pd.Timestamp(str(date))
        day = float(chart.day_numbers([when])[0])
        text = "; ".join(str(title) for title in same["title"])
        marks.append(_Mark(day, short_date(when), text, kind == "event", str(len(marks) + 1)))
    return marks


def _price(
    ax: Axes, days: NDArray[np.float64], values: NDArray[np.float64], strip: float, height: float
) -> None:
    chart.quiet(ax, spines=("bottom",), grid="y")
    ax.plot(days, values, color=theme.ink().text, linewidth=1.3)
    low, high = float(values.min()), float(values.max())
    span = (high - low) or 1.0
    free = max(height - strip - 8, 10)
    bottom = low - span * (strip + 6) / free
    ax.set_ylim(bottom, high + 0.03 * span)
    ax.set_xlim(days[0], days[-1])
    chart.number_ticks(ax, "y", low, high, 6, signed=False)
    chart.month_ticks(ax, days)


def _discs(
    ax: Axes, centres: Sequence[tuple[float, float]], marks: Sequence[_Mark], coords: str
) -> None:
    """Numbered discs at `centres`: filled for events, hollow for confounders."""
    transform = ax.transAxes if coords == "axes" else ax.get_xaxis_transform()
    for event, face, edge in (
        (True, theme.ink().blue, theme.ink().blue),
        (False, theme.ink().paper, theme.ink().grey),
    ):
        here = [xy for xy, mark in zip(centres, marks, strict=True) if mark.event == event]
        x, y = ([xy[place] for xy in here] for place in (0, 1))
        style: dict[str, Any] = {"transform": transform, "clip_on": False, "zorder": 4}
        chart.dots(ax, x, y, edge, face, _DISC - 1, markeredgewidth=0.7, **style)
    for xy, mark in zip(centres, marks, strict=True):
        color = theme.ink().paper if mark.event else theme.ink().text
        look = {"ha": "center", "va": "center_baseline", "color": color, "zorder": 5}
        chart.label(ax, xy, mark.number, (0, 0), coords, theme.FLOOR_SIZE, **look)


def _key_height(marks: Sequence[_Mark], width: float) -> float:
    """Points that the whole list takes at full size."""
    return sum(_key_lines(marks, width, _KEY_SIZE)[2]) + _KEY_HEAD + 6 if marks else 0.0


def _key_lines(
    marks: Sequence[_Mark], width: float, size: float
) -> tuple[float, list[list[str]], list[float]]:
    """Width of the dates, lines of the titles, and height of each entry."""
    dates = max(text_width(m.date, size) for m in marks) + 8
    texts = [balance(m.text, width - _DISC - 6 - dates, size) for m in marks]
    return dates, texts, [max(_DISC + 2, len(t) * 1.28 * size + 0.35 * size) for t in texts]


def _key(ax: Axes, marks: Sequence[_Mark], room: Rect, more: str) -> None:
    """The numbered list: disc, date, titles; set smaller and then cut to fit into `room`.

    `room` is in points from the bottom left of the plot.
    """
    if not marks:
        return
    width, height = axes_size(ax)
    x = room.x + _DISC / 2
    size = _KEY_SIZE
    dates, texts, heights = _key_lines(marks, room.width, size)
    while sum(heights) > room.height - _KEY_HEAD and size > theme.FLOOR_SIZE:
        size -= 0.25
        dates, texts, heights = _key_lines(marks, room.width, size)
    _key_head(ax, (x, room.top - 7), marks, (width, height))
    y = room.top - _KEY_HEAD
    centres: list[tuple[float, float]] = []
    for index, (mark, lines, tall) in enumerate(zip(marks, texts, heights, strict=True)):
        last = index == len(marks) - 1
        if y - tall - (0 if last else 1.4 * size) < room.bottom:
            note = f"… and {len(marks) - index} more in {more}"
            chart.grey_label(ax, (0, 0), note, (room.x, y - size), size=size)
            break
        centre = y - 0.62 * size
        centres.append((x / width, centre / height))
        left = x + _DISC / 2 + 6
        chart.grey_label(ax, (0, 0), mark.date, (left, y - size), size=size)
        for place, line in enumerate(lines):
            at = (left + dates, y - size - place * 1.28 * size)
            chart.label(ax, (0, 0), line, at, "axes", size)
        y -= tall
    _discs(ax, centres, marks[: len(centres)], "axes")


def _key_head(
    ax: Axes, at: tuple[float, float], marks: Sequence[_Mark], size: tuple[float, float]
) -> None:
    x, y = at
    kinds = [(True, "other event"), (False, "confounder")]
    for event, name in kinds:
        if not any(m.event == event for m in marks):
            continue
        _discs(ax, [(x / size[0], y / size[1])], [_Mark(0.0, "", "", event, "")], "axes")
        start = (x + _DISC / 2 + 5, y)
        style = {"weight": "bold", "va": "center_baseline"}
        chart.label(ax, (0, 0), name, start, "axes", 7.5, **style)
        x += text_width(name, 7.5, "bold") + _DISC + 18
