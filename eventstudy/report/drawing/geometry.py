"""Rectangles on the page in points, and axes that are fitted into them."""

from __future__ import annotations

from typing import NamedTuple

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from eventstudy.report.drawing import theme

NARROW = 420.0
"""Points of width below which a chart is for a telephone: panels stand one above the other, names
of groups above their members, and what can be read elsewhere is left out."""


class Rect(NamedTuple):
    """A rectangle on a page, in points from the page's bottom-left corner."""

    x: float
    bottom: float
    width: float
    height: float

    @property
    def top(self) -> float:
        """The height of the upper edge."""
        return self.bottom + self.height

    @property
    def right(self) -> float:
        """Where the right edge is."""
        return self.x + self.width

    def fractions(self, fig: Figure) -> tuple[float, float, float, float]:
        """The rectangle in fractions of a figure, as `Figure.add_axes` wants it."""
        width, height = page_size(fig)
        return self.x / width, self.bottom / height, self.width / width, self.height / height

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
        return fig.add_axes(self.fractions(fig))


def is_narrow(ax: Axes) -> bool:
    """Whether a chart was given a narrow rectangle; ask before `reserve`."""
    return axes_size(ax)[0] < NARROW


def page_size(fig: Figure) -> tuple[float, float]:
    """Width and height of a figure in points."""
    width, height = fig.get_size_inches()
    return 72 * float(width), 72 * float(height)


def axes_size(ax: Axes) -> tuple[float, float]:
    """Width and height of the plotting area in points."""
    box = ax.get_position()
    width, height = page_size(figure_of(ax))
    return float(box.width * width), float(box.height * height)


def figure_of(ax: Axes) -> Figure:
    """The figure that the axes are in."""
    figure = ax.get_figure(root=True)
    assert figure is not None
    return figure


def reserve(
    ax: Axes, left: float = 0.0, right: float = 0.0, top: float = 0.0, bottom: float = 0.0
) -> tuple[float, float]:
    """Shrink the plotting area by margins in points; returns its new width and height.

    A chart draws inside its rectangle alone, so its labels need the margins that are taken here.
    """
    box = ax.get_position()
    width, height = page_size(figure_of(ax))
    x, y = 1 / width, 1 / height
    ax.set_position(
        (
            box.x0 + left * x,
            box.y0 + bottom * y,
            max(box.width - (left + right) * x, 10 * x),
            max(box.height - (top + bottom) * y, 10 * y),
        )
    )
    return axes_size(ax)
