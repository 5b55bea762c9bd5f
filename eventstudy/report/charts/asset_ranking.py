"""Assets by their abnormal return, from the largest fall to the largest rise."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from eventstudy.report.charts import axes as chart
from eventstudy.report.drawing import marks, theme
from eventstudy.report.drawing.geometry import axes_size, reserve
from eventstudy.report.drawing.text import fit_lines, shorten, text_width
from eventstudy.text.measure import headed, scale
from eventstudy.text.numbers import number

_COLUMNS = ("label", "estimate", "raw", "significant", "lead")
_TOP = 16.0
_NAME = 0.36
"""Of the width, the most that names may take."""


@theme.themed()
def draw_asset_ranking(
    ax: Axes,
    rows: pd.DataFrame,
    title: str = "Abnormal return on day 0, %",
    more: str = "tables/car.csv",
) -> None:
    """One bar an asset, sorted; filled where significant, with a tick at the observed return.

    `rows` has the columns `label, estimate, raw, significant, lead`: estimate and raw are
    fractions, `lead` (bool) sets a name in bold. Rows without an estimate are left out; of more
    than fit those furthest from zero stay.
    """
    chart.need_columns(rows, _COLUMNS, "draw_asset_ranking")
    width, height = axes_size(ax)
    key = "■ significant; □ not significant; | observed return"
    known = rows[rows["estimate"].notna()]
    kept = _furthest(known, int((height - _TOP - 34) / (1.2 * theme.FLOOR_SIZE)))
    left_out = len(rows) - len(kept)
    key += f"; {left_out} more in {more}" if left_out else ""
    lines, small = fit_lines(key, width, (7.5, theme.FLOOR_SIZE), 2)
    bottom = 20.0 + 10.0 * len(lines)
    pitch = (height - _TOP - bottom) / max(len(kept), 1)
    size = float(np.clip(0.72 * pitch, theme.FLOOR_SIZE, 9.0))
    names = [shorten(str(name), _NAME * width, size, "bold") for name in kept["label"]]
    left = max((text_width(name, size, "bold") for name in names), default=0.0) + 10
    right = text_width("−00.0", size, "bold") + 8
    reserve(ax, left=left, right=right, top=_TOP, bottom=bottom)
    chart.quiet(ax, grid="x")
    chart.fixed_ticks(ax.yaxis)
    ax.set_ylim(max(len(kept), 1) - 0.4, -0.6)
    ends = chart.hull(kept["estimate"], kept["raw"])
    count = int(np.clip(axes_size(ax)[0] / 40, 2, 7))
    chart.zero_scale(ax, "x", (scale() * ends[0], scale() * ends[1]), 0.03, count)
    for y, row in enumerate(kept.to_dict("records")):
        _bar(ax, y, row["estimate"], row["raw"], filled=bool(row["significant"]))
        style = {"ha": "right", "weight": "bold" if row["lead"] else "normal"}
        chart.row_label(ax, 0, y, names[y], -8, size, **style)
        figure = number(scale() * row["estimate"], 1, signed=True)
        look = {"ha": "right", "weight": "bold" if row["significant"] else "normal"}
        chart.row_label(ax, 1, y, figure, right, size, **look)
    figures = {
        title: [number(scale() * value, 2, signed=True) for value in kept["estimate"]],
        "Observed, %": [number(scale() * value, 2, signed=True) for value in kept["raw"]],
    }
    places = np.arange(len(kept))
    marks.note(ax, scale() * kept["estimate"], places, kept["label"], figures, marks.ROW)
    chart.grey_label(ax, (0, 1), headed(title), (-left, 5))
    chart.foot_lines(ax, lines, (-left, -bottom + 3 + 10.0 * (len(lines) - 1)), small)


def _furthest(rows: pd.DataFrame, most: int) -> pd.DataFrame:
    """At most so many rows, those furthest from zero, from the lowest to the highest."""
    size = rows["estimate"].abs().sort_values(ascending=False, kind="stable")
    return rows.loc[size.index[: max(most, 1)]].sort_values("estimate", kind="stable")


def _bar(ax: Axes, y: float, estimate: float, raw: float, *, filled: bool) -> None:
    ink = theme.ink()
    ax.barh(
        [y],
        [scale() * estimate],
        height=0.62,
        color=ink.blue if filled else ink.paper,
        edgecolor=ink.blue,
        linewidth=0.8,
        zorder=2,
    )
    if np.isfinite(raw):
        x = scale() * raw
        ax.plot([x, x], [y - 0.42, y + 0.42], color=ink.text, linewidth=1.4, zorder=3)
