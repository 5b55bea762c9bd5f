"""Rectangles on the page in points, and axes that are fitted into them."""

from __future__ import annotations

from typing import NamedTuple

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from eventstudy.tearsheet import theme


class Rect(NamedTuple):
    """A rectangle on the A4 page, in points from the page's bottom-left corner."""

    x: float
    bottom: float
    width: float
    height: float

    @property
    def top(self) -> float:
        return self.bottom + self.height

    @property
    def right(self) -> float:
        return self.x + self.width

    @property
    def fractions(self) -> tuple[float, float, float, float]:
        """The rectangle in figure fractions, as `Figure.add_axes` wants it."""
        return (
            self.x / theme.PAGE_WIDTH,
            self.bottom / theme.PAGE_HEIGHT,
            self.width / theme.PAGE_WIDTH,
            self.height / theme.PAGE_HEIGHT,
        )

    def columns(self, *shares: float, gap: float = 18.0) -> list[Rect]:
        """Side by side, left to right, with widths in the proportion of `shares`."""
        unit = (self.width - gap * (len(shares) - 1)) / sum(shares)
        rects, x = [], self.x
        for share in shares:
            rects.append(Rect(x, self.bottom, share * unit, self.height))
            x += share * unit + gap
        return rects

    def rows(self, *shares: float, gap: float = 14.0) -> list[Rect]:
        """One above the other, top to bottom, with heights in the proportion of `shares`."""
        unit = (self.height - gap * (len(shares) - 1)) / sum(shares)
        rects, top = [], self.top
        for share in shares:
            rects.append(Rect(self.x, top - share * unit, self.width, share * unit))
            top -= share * unit + gap
        return rects

    def below(self, y: float) -> Rect:
        """What is left of the rectangle under the height `y`."""
        return Rect(self.x, self.bottom, self.width, max(0.0, y - self.bottom))

    @theme.themed()
    def add_axes(self, fig: Figure) -> Axes:
        """New axes that fill the rectangle."""
        return fig.add_axes(self.fractions)


def axes_size(ax: Axes) -> tuple[float, float]:
    """Width and height of the plotting area in points."""
    box = ax.get_position()
    inches = ax.get_figure(root=True).get_size_inches()  # type: ignore[union-attr]
    return float(box.width * inches[0] * 72), float(box.height * inches[1] * 72)


def reserve(
    ax: Axes, left: float = 0.0, right: float = 0.0, top: float = 0.0, bottom: float = 0.0
) -> tuple[float, float]:
    """Shrink the plotting area by margins in points; returns its new width and height.

    The rectangle handed to a chart is all the room it has: labels live in the margins taken here.
    """
    box = ax.get_position()
    inches = ax.get_figure(root=True).get_size_inches()  # type: ignore[union-attr]
    x, y = 1 / (72 * inches[0]), 1 / (72 * inches[1])
    ax.set_position(
        (
            box.x0 + left * x,
            box.y0 + bottom * y,
            max(box.width - (left + right) * x, 10 * x),
            max(box.height - (top + bottom) * y, 10 * y),
        )
    )
    return axes_size(ax)
