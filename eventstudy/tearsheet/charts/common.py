"""What all charts share: checking columns, quiet axes, percent ticks, labels in points."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.text import Text
from matplotlib.ticker import FixedLocator, MaxNLocator
from matplotlib.transforms import ScaledTranslation

from eventstudy.numbers import number
from eventstudy.tearsheet import theme


def need_columns(frame: pd.DataFrame, names: Sequence[str], chart: str) -> None:
    """Raise ValueError naming the columns that the chart misses."""
    missing = [name for name in names if name not in frame.columns]
    if missing:
        raise ValueError(f"{chart} needs the columns {', '.join(names)}; missing: {missing}")


def quiet(ax: Axes, *, spines: Sequence[str] = (), grid: str = "") -> None:
    """Show only the named spines and a light grid along "x" or "y"."""
    for side, spine in ax.spines.items():
        spine.set_visible(side in spines)
    ax.set_axisbelow(True)
    ax.tick_params(length=0, labelsize=theme.LABEL_SIZE, labelcolor=theme.ink().grey)
    if grid:
        part = ax.xaxis if grid == "x" else ax.yaxis
        part.grid(True, color=theme.ink().grid, linewidth=0.6)


def number_ticks(
    ax: Axes, axis: str, low: float, high: float, count: int = 6, signed: bool = True
) -> list[float]:
    """Fix round ticks inside [low, high] on "x" or "y" and write them with a true minus."""
    ticks = [
        t
        for t in MaxNLocator(count, steps=[1, 2, 2.5, 5, 10]).tick_values(low, high)
        if low <= t <= high
    ]
    digits = 0 if all(float(t).is_integer() for t in ticks) else 1
    if any(abs(t * 10 - round(t * 10)) > 1e-9 for t in ticks):
        digits = 2
    part = ax.xaxis if axis == "x" else ax.yaxis
    part.set_major_locator(FixedLocator(ticks))
    part.set_ticklabels([number(t, digits, signed) for t in ticks])
    return ticks


def label(
    ax: Axes,
    xy: tuple[float, float],
    text: str,
    offset: tuple[float, float] = (0.0, 0.0),
    coords: str = "data",
    size: float = theme.LABEL_SIZE,
    **style: Any,
) -> Text:
    """Write `text` at `xy` moved by `offset` points.

    `coords` says what x and y are: "data", "axes" (fractions), "x data" (x in data, y a fraction)
    or "y data" (x a fraction, y in data).
    """
    base = {
        "data": ax.transData,
        "axes": ax.transAxes,
        "x data": ax.get_xaxis_transform(),
        "y data": ax.get_yaxis_transform(),
    }[coords]
    figure = ax.get_figure(root=True)
    assert figure is not None
    shift = ScaledTranslation(offset[0] / 72, offset[1] / 72, figure.dpi_scale_trans)
    look: dict[str, Any] = {"color": theme.ink().text, "ha": "left", "va": "baseline"} | style
    return ax.text(*xy, text, fontsize=size, transform=base + shift, **look)


def hull(*arrays: Any) -> tuple[float, float]:
    """Smallest and largest finite value, zero always inside."""
    values = np.concatenate([np.asarray(a, dtype=float).ravel() for a in arrays])
    values = values[np.isfinite(values)]
    return float(min(0.0, values.min(initial=0.0))), float(max(0.0, values.max(initial=0.0)))
