"""What a mark of a chart stands for: noted while it is drawn, for readers who point at it.

A chart function calls `note` beside what it draws, with the figures at hand. Only a format that
shows them collects what was noted; elsewhere `note` does nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.transforms import Transform
from numpy.typing import ArrayLike, NDArray

from eventstudy.report.drawing.geometry import figure_of, page_size
from eventstudy.text.measure import headed, worded

Reach = tuple[float | None, float | None]
"""How far a mark answers to either side of itself across and up, in data; None: the whole plot."""

POINT: Reach = (0.0, 0.0)
ROW: Reach = (None, 0.5)
DAY: Reach = (0.5, None)
CELL: Reach = (0.5, 0.5)


@dataclass(frozen=True, slots=True)
class Mark:
    """A mark of a drawing, in points from its top left."""

    name: str
    heads: tuple[str, ...]
    figures: tuple[str, ...]
    """One a head, as printed; empty where the mark has none."""
    at: tuple[float, float]
    box: tuple[float, float, float, float]
    """Left, top, right and bottom of the field in which a pointer means this mark."""


@dataclass(frozen=True, slots=True)
class _Noted:
    """What one call noted; it is placed when the chart is complete, for axes still move."""

    ax: Axes
    places: NDArray[np.float64]
    """(N, 2), in data."""
    names: tuple[str, ...]
    figures: Mapping[str, Sequence[str]]
    reach: Reach
    transform: Transform


_noted: ContextVar[list[_Noted] | None] = ContextVar("the marks noted so far", default=None)


@contextmanager
def collected() -> Iterator[list[_Noted]]:
    """Collect what is noted inside the `with` block; see `placed`."""
    found: list[_Noted] = []
    token = _noted.set(found)
    try:
        yield found
    finally:
        _noted.reset(token)


def note(
    ax: Axes,
    x: ArrayLike,
    y: ArrayLike,
    names: Iterable[object],
    figures: Mapping[str, Sequence[str]],
    reach: Reach = POINT,
    transform: Transform | None = None,
) -> None:
    """Say what the marks at `x` and `y` stand for.

    Args:
        ax: where they are drawn.
        x: in data, one a mark or the same for all; a mark whose place is NaN is not drawn.
        y: the same.
        names: what each mark is, such as an asset or its day.
        figures: head → its figures as printed, one a mark.
        reach: how far the mark answers to a pointer.
        transform: what `x` and `y` are in, if not in data.

    Raises:
        ValueError: the lengths differ.
    """
    found = _noted.get()
    if found is None:
        return
    each = tuple(worded(str(name)) for name in names)
    places = np.empty((len(each), 2))
    places[:, 0], places[:, 1] = np.asarray(x, dtype=float), np.asarray(y, dtype=float)
    if any(len(column) != len(each) for column in figures.values()):
        raise ValueError("Every mark needs one figure a head.")
    texts = {headed(head): tuple(column) for head, column in figures.items()}
    found.append(_Noted(ax, places, each, texts, reach, transform or ax.transData))


def placed(found: Iterable[_Noted]) -> list[Mark]:
    """The marks where they came to stand, in the order in which they were noted."""
    return [mark for noted in found for mark in _placed(noted)]


def _placed(noted: _Noted) -> Iterator[Mark]:
    """The marks of one call that have a place."""
    figure = figure_of(noted.ax)
    height = page_size(figure)[1]
    scale = 72 / figure.dpi
    frame = noted.ax.get_window_extent()
    whole = np.array([[frame.x0, frame.y0], [frame.x1, frame.y1]])
    heads = tuple(noted.figures)
    for index, (name, place) in enumerate(zip(noted.names, noted.places, strict=True)):
        if not np.isfinite(place).all():
            continue
        corners = noted.transform.transform(
            [place, *(place + side * _known(noted.reach) for side in (-1, 1))]
        )
        for axis, reach in enumerate(noted.reach):
            if reach is None:
                corners[1:, axis] = whole[:, axis]
        at, ends = corners[0] * scale, np.sort(corners[1:], axis=0) * scale
        box = (ends[0, 0], height - ends[1, 1], ends[1, 0], height - ends[0, 1])
        texts = tuple(noted.figures[head][index] for head in heads)
        yield Mark(name, heads, texts, (at[0], height - at[1]), box)


def _known(reach: Reach) -> NDArray[np.float64]:
    return np.array([0.0 if side is None else side for side in reach])
