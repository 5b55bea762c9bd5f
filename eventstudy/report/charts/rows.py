"""Charts with one row per asset: the forest of abnormal returns, and two benchmarks compared."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from eventstudy.report.charts import axes as chart
from eventstudy.report.drawing import marks, theme
from eventstudy.report.drawing.geometry import axes_size, is_narrow, reserve
from eventstudy.report.drawing.text import text_width
from eventstudy.text.measure import headed, scale
from eventstudy.text.numbers import number, p_text
from eventstudy.text.words import level_text, significance_key

_GROUP_GAP = 0.55
_MARKS = (("o", "●"), ("D", "◆"))


@dataclass(frozen=True, slots=True)
class _Places:
    """Where the rows stand: y per label (0 at the top, downwards), and their font size."""

    y: dict[tuple[str, str], float]
    size: float


@theme.themed()
def draw_forest(
    ax: Axes,
    rows: pd.DataFrame,
    xlabel: str = "Abnormal return on day 0, %",
    confidence: float = 0.95,
    more: str = "tables/abnormal_returns.csv",
) -> None:
    """Point estimates with their intervals, one row per asset, groups in order of appearance.

    `rows` has the columns `group, label, estimate, low, high, p_value, significant`; the middle
    three are fractions, `confidence` is that of the interval. `p_adjusted`, where it is there, is
    printed beside p as Benjamini and Hochberg's. A filled marker means significant; a NaN
    estimate stays an empty row with "–".
    """
    columns = ("group", "label", "estimate", "low", "high", "p_value", "significant")
    chart.need_columns(rows, columns, "draw_forest")
    heads = {"estimate": headed("%"), "p_value": "p", "p_adjusted": "BH p"}
    left_out = {"p_adjusted"} if is_narrow(ax) else set()
    heads = {name: head for name, head in heads.items() if name in rows and name not in left_out}
    widths = [text_width("−00.00", theme.LABEL_SIZE) + 12] * len(heads)
    key = f"{significance_key('p', 1 - confidence)}   — {level_text(confidence)} interval"
    grid = _lay_out(ax, rows, widths, more, (xlabel, key))
    shown = _shown(rows, grid)
    sure = shown["significant"].to_numpy(dtype=bool)
    ax.hlines(
        shown["y"], scale() * shown["low"], scale() * shown["high"], theme.ink().blue, linewidth=1.1
    )
    _markers(ax, shown[sure], "o", theme.ink().blue, theme.ink().blue, grid.size)
    _markers(ax, shown[~sure], "o", theme.ink().blue, theme.ink().paper, grid.size)
    for place, (name, head) in enumerate(heads.items(), start=1):
        x = sum(widths[:place])
        chart.grey_label(ax, (1, 1), head, (x, 3), ha="right")
        for part, weight in ((shown[sure], "bold"), (shown[~sure], "normal")):
            _figures(ax, part, x, grid.size, weight, name)
    _tell(ax, shown, level_text(confidence), marks.ROW)
    _scale(ax, rows)


@theme.themed()
def draw_benchmarks(
    ax: Axes,
    rows: pd.DataFrame,
    xlabel: str = "Abnormal return on day 0, %",
    more: str = "tables/abnormal_returns.csv",
    level: str = "95%",
) -> None:
    """The same estimate under two benchmarks, one above the other in each asset's row.

    `rows` has the columns `group, label, benchmark, estimate, low, high` (the last three
    fractions); exactly two benchmarks, the first to appear being the study's own.
    """
    chart.need_columns(
        rows, ("group", "label", "benchmark", "estimate", "low", "high"), "draw_benchmarks"
    )
    names = list(dict.fromkeys(rows["benchmark"]))
    if len(names) != len(_MARKS):
        raise ValueError(f"draw_benchmarks compares two benchmarks; given: {names}")
    heads = [f"{_MARKS[i][1]} {name}" for i, name in enumerate(names)]
    widths = [max(text_width(h, 8, "bold"), text_width("−00.0", 8)) + 12 for h in heads]
    foot = (xlabel, f"lines: {level} intervals; figures: {headed('%')}")
    grid = _lay_out(ax, rows, widths, more, foot)
    colors = (theme.ink().blue, theme.ink().orange)
    for index, name in enumerate(names):
        x = sum(widths[: index + 1])
        chart.label(ax, (1, 1), name, (x, 3), "axes", 8, ha="right", weight="bold")
        x -= text_width(name, 8, "bold") + 4
        style = {"ha": "right", "color": colors[index]}
        chart.label(ax, (1, 1), _MARKS[index][1], (x, 3), "axes", 8, **style)
    shown = _shown(rows, grid)
    for index, name in enumerate(names):
        symbol, color = _MARKS[index][0], colors[index]
        part = shown[shown["benchmark"] == name]
        _figures(ax, part, sum(widths[: index + 1]), grid.size)
        part = part.assign(y=part["y"] + (0.2 if index else -0.2))
        _tell(ax, part.assign(label=part["label"] + ", " + name), level, (None, 0.2))
        ax.hlines(part["y"], scale() * part["low"], scale() * part["high"], color, linewidth=1.0)
        _markers(ax, part, symbol, color, color, 0.75 * grid.size)
    _scale(ax, rows)


def _tell(ax: Axes, rows: pd.DataFrame, level: str, reach: marks.Reach) -> None:
    """A row's figures, wherever along it the reader points."""
    figures = {
        "Abnormal return": chart.percents(rows["estimate"]),
        f"{level} interval": chart.intervals(rows["low"], rows["high"]),
    }
    for name, head in (("p_value", "p"), ("p_adjusted", "p, Benjamini-Hochberg")):
        if name in rows:
            figures[head] = [p_text(float(p), prefix=False) for p in rows[name]]
    marks.note(ax, scale() * rows["estimate"], rows["y"], rows["label"], figures, reach)


def _lay_out(
    ax: Axes, rows: pd.DataFrame, right: Sequence[float], more: str, foot: tuple[str, str]
) -> _Places:
    """Take the margins, place the rows from the top, write group names and labels."""
    pairs = list(dict.fromkeys(zip(rows["group"], rows["label"], strict=True)))
    groups = list(dict.fromkeys(group for group, _ in pairs))
    pairs.sort(key=lambda pair: groups.index(pair[0]))
    height, stacked = axes_size(ax)[1] - 53, is_narrow(ax)
    positions = _positions(pairs, stacked)
    fits = int(height / (theme.FLOOR_SIZE * 1.15))
    keep = [i for i, y in enumerate(positions) if y + 1.5 <= fits] if positions else []
    shown = pairs[: len(keep)]
    bottom = positions[len(shown) - 1] + 0.8 if shown else 1.0
    size = float(np.clip(height / (bottom + 0.8) * 0.72, theme.FLOOR_SIZE, 8.5))
    names = max((text_width(str(g), size, "bold") for g, _ in shown), default=0.0)
    labels = max((text_width(str(t), size) for _, t in shown), default=0.0)
    left = labels + 10 if stacked else names + labels + 22
    _foot(ax, foot, left, sum(right))
    ax.set_ylim(bottom + (0.9 if len(shown) < len(pairs) else 0.0), -0.8)
    chart.quiet(ax, grid="x")
    chart.fixed_ticks(ax.yaxis)
    for index, ((group, name), y) in enumerate(zip(shown, positions, strict=False)):
        chart.row_label(ax, 0, y, str(name), -8, size, ha="right")
        if index == 0 or shown[index - 1][0] != group:
            head = y - 1 if stacked else y
            chart.row_label(ax, 0, head, str(group), -left, size, weight="bold")
            if index:
                ax.axhline(head - 0.5 - _GROUP_GAP / 2, color=theme.ink().grid, linewidth=0.6)
    if left_out := len(pairs) - len(shown):
        note = f"… and {left_out} more in {more}"
        look = {"color": theme.ink().grey, "bbox": chart.backing()}
        chart.row_label(ax, 0, bottom + 0.3, note, 4, size, **look)
    return _Places(dict(zip(shown, positions, strict=False)), size)


def _foot(ax: Axes, foot: tuple[str, str], left: float, right: float) -> None:
    """Take the margins; write what x is, and the key beside it or, without room, below it."""
    xlabel, key = foot
    room = axes_size(ax)[0] - left
    below = 11.0 if text_width(xlabel, 8) + text_width(key, 7.5) + 14 > room else 0.0
    reserve(ax, left=left, right=right, top=14, bottom=28 + below)
    chart.grey_label(ax, (0, 0), xlabel, (0, -26))
    chart.grey_label(ax, (1, 0), key, (right, -26 - below), size=7.5, ha="right")


def _positions(pairs: Sequence[tuple[str, str]], stacked: bool) -> list[float]:
    """Rows from the top; where groups are `stacked`, each has a row for its name."""
    positions, y = [], 0.0
    for index, (group, _) in enumerate(pairs):
        new = index == 0 or pairs[index - 1][0] != group
        if index:
            y += 1.0 + (_GROUP_GAP if new else 0.0)
        y += 1.0 if stacked and new else 0.0
        positions.append(y)
    return positions


def _shown(rows: pd.DataFrame, grid: _Places) -> pd.DataFrame:
    """The rows that found a place, with their `y`."""
    keys = list(zip(rows["group"], rows["label"], strict=True))
    placed = rows.assign(y=[grid.y.get(key, np.nan) for key in keys])
    return placed[placed["y"].notna()]


def _markers(ax: Axes, rows: pd.DataFrame, symbol: str, edge: str, face: str, size: float) -> None:
    size = min(5.5, 0.62 * size) * (0.85 if symbol == "D" else 1.0)
    chart.dots(ax, scale() * rows["estimate"], rows["y"], edge, face, size, symbol)


def _figures(
    ax: Axes,
    rows: pd.DataFrame,
    x: float,
    size: float,
    weight: str = "normal",
    column: str = "estimate",
) -> None:
    for y, value in zip(rows["y"], rows[column], strict=True):
        estimate = column == "estimate"
        text = number(scale() * value, 1, signed=True) if estimate else p_text(value, prefix=False)
        chart.row_label(ax, 1, y, text, x, size, ha="right", weight=weight)


def _scale(ax: Axes, rows: pd.DataFrame) -> None:
    low, high = chart.hull(rows["estimate"], rows["low"], rows["high"])
    count = int(np.clip(axes_size(ax)[0] / 36, 2, 9))
    chart.zero_scale(ax, "x", (scale() * low, scale() * high), 0.03, count)
