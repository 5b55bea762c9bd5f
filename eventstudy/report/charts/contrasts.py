"""A forest with its figures in columns beside it: for differences, and for one asset's events."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from eventstudy.report.charts import axes as chart
from eventstudy.report.drawing import marks, theme
from eventstudy.report.drawing.geometry import axes_size, reserve
from eventstudy.report.drawing.text import fit_lines, shorten, text_width

_COLUMNS = ("group", "label", "estimate", "low", "high", "sure")
_HEAD, _FOOT = 30.0, 36.0
_PITCH = (9.0, 27.0)
_GROUP = 1.0
"""Height of a group's heading in rows."""


@dataclass(frozen=True, slots=True)
class _Rows:
    """Where the rows stand, 0 at the top; and the headings over them."""

    y: list[float]
    heads: list[tuple[float, str]]
    end: float
    left_out: int


@theme.themed()
def draw_contrasts(
    ax: Axes,
    rows: pd.DataFrame,
    cells: pd.DataFrame,
    title: str,
    xlabel: str,
    note: str = "",
    more: str = "tables/contrasts_pairs.csv",
) -> None:
    """Estimates with intervals, one row each under the headings of their groups.

    `rows` has the columns `group, label, estimate, low, high, sure`: the middle three fractions,
    `sure` (bool) fills the marker and sets the row's cells bold; an empty group has no heading. A
    NaN estimate stays an empty row. `cells` has the printed figures of the same rows, one column
    each, headed by its name.
    """
    chart.need_columns(rows, _COLUMNS, "draw_contrasts")
    width = axes_size(ax)[0]
    size = 8.0
    widths = [
        max(text_width(t, size, "bold") for t in (str(head), *map(str, cells[head]))) + 10
        for head in cells
    ]
    names = max((text_width(str(t), size) for t in rows["label"]), default=0.0)
    names = min(names, 0.42 * width)
    reserve(ax, left=names + 10, right=sum(widths) + 4, top=_HEAD, bottom=_FOOT)
    room = axes_size(ax)[1]
    grid = _places(list(rows["group"]), room)
    count = len(grid.y)
    pitch = min(_PITCH[1], room / max(grid.end, 1.0))
    bottom = room / pitch - 0.5
    ax.set_ylim(bottom, -0.5)
    chart.quiet(ax, grid="x")
    chart.fixed_ticks(ax.yaxis)
    shown = rows.iloc[:count].assign(y=grid.y)
    _draw(ax, shown)
    _scale(ax, shown)
    figures = {str(head): [str(text) for text in cells[head].iloc[:count]] for head in cells}
    named = [
        f"{group}: {name}" if group else name
        for group, name in zip(shown["group"], shown["label"], strict=True)
    ]
    marks.note(ax, 100 * shown["estimate"], shown["y"], named, figures, marks.ROW)
    lines = 2 if pitch >= 2.3 * theme.FLOOR_SIZE * 1.15 else 1
    size = float(np.clip(pitch * 0.7, theme.FLOOR_SIZE, size))
    for text, y in zip(shown["label"], grid.y, strict=True):
        _name(ax, str(text), y, names, (size, lines))
    for y, head in grid.heads:
        chart.row_label(ax, 0, y, head, -(names + 10), size, weight="bold")
    x = 4.0
    for column, wide in zip(cells, widths, strict=True):
        x += wide
        chart.grey_label(ax, (1, 1), str(column), (x, 4), size=size, ha="right")
        for text, y, sure in zip(cells[column], grid.y, shown["sure"], strict=False):
            weight = "bold" if sure else "normal"
            chart.row_label(ax, 1, y, str(text), x, size, ha="right", weight=weight)
    if grid.left_out:
        text = f"… and {grid.left_out} more in {more}"
        y = grid.y[-1] + 1 if grid.y else 0.0
        look = {"color": theme.ink().grey, "bbox": chart.backing()}
        chart.row_label(ax, 0, y, text, 4, size, **look)
    head = shorten(title, width, 10, "bold")
    chart.label(ax, (0, 1), head, (-(names + 10), 18), "axes", 10, weight="bold")
    notes = [shorten(text, width, 7.5) for text in (xlabel, note) if text]
    chart.foot_lines(ax, notes, (-(names + 10), -24), 7.5, pitch=10)


def _places(groups: Sequence[str], room: float) -> _Rows:
    """As many rows as fit at the tightest pitch, each group under its heading."""
    most = room / _PITCH[0]
    places: list[float] = []
    heads: list[tuple[float, str]] = []
    y, fits = 0.0, True
    for index, group in enumerate(groups):
        if group and (index == 0 or groups[index - 1] != group):
            y += 0.4 if index else 0.0
            fits = fits and y + 2 <= most
            if fits:
                heads.append((y, group))
            y += _GROUP
        fits = fits and y + 1 + (index < len(groups) - 1) <= most
        if not fits:
            break
        places.append(y)
        y += 1
    left_out = len(groups) - len(places)
    return _Rows(places, heads, y + (1 if left_out else 0), left_out)


def _draw(ax: Axes, shown: pd.DataFrame) -> None:
    """Intervals and markers; filled where sure."""
    ax.hlines(shown["y"], 100 * shown["low"], 100 * shown["high"], theme.ink().blue, linewidth=1.1)
    for sure, face in ((True, theme.ink().blue), (False, theme.ink().paper)):
        part = shown[shown["sure"].astype(bool) == sure]
        chart.dots(ax, 100 * part["estimate"], part["y"], theme.ink().blue, face)


def _scale(ax: Axes, shown: pd.DataFrame) -> None:
    low, high = chart.hull(shown["estimate"], shown["low"], shown["high"])
    chart.zero_scale(ax, "x", (100 * low, 100 * high), 0.04, max(2, int(axes_size(ax)[0] / 40)))


def _name(ax: Axes, text: str, y: float, width: float, look: tuple[float, int]) -> None:
    """A row's label, on two lines where there is room for them."""
    lines, size = fit_lines(text, width, (look[0], theme.FLOOR_SIZE), look[1])
    for number, line in enumerate(lines):
        up = (0.5 * (len(lines) - 1) - number) * size * 1.15
        chart.label(ax, (0, y), line, (-8, up), "y data", size, ha="right", va="center_baseline")
