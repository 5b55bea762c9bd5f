"""Where a plot is drawn: a figure of its own, or axes that a user hands in."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.axis import Ticker
from matplotlib.figure import Figure
from matplotlib.ticker import AutoLocator, NullFormatter, NullLocator, ScalarFormatter

from eventstudy.errors import InputError
from eventstudy.report.drawing import theme
from eventstudy.report.drawing.geometry import Rect
from eventstudy.report.drawing.text import Paragraph, draw_paragraphs
from eventstudy.text.measure import worded

Given: TypeAlias = "Axes | Sequence[Axes] | npt.NDArray[np.object_] | None"
"""What a user may hand in as ax=."""

WIDTH = 760.0
_MARGIN = 14.0
_DPI = 150.0
_NOTEBOOK = 144.0
"""Pixels an inch of a notebook's picture, which is shown at half of them."""
_UNDATED: dict[str, dict[str, Any]] = {
    "pdf": {"CreationDate": None, "ModDate": None},
    "svg": {"Date": None},
    "ps": {"CreationDate": None},
}
"""Metadata that a file of each kind gets, so that the same plot gives the same bytes."""


class Plot(Figure):
    """A matplotlib Figure that keeps its look: in a notebook, saved, under any matplotlibrc.

    It does not use pyplot, so that nothing has to be closed. The finding that stands over it
    is its label.
    """

    def __init__(self, width: float, height: float, ink: str = "colour") -> None:
        self._ink = ink
        super().__init__(figsize=(width / 72, height / 72), dpi=_DPI)

    def draw(self, renderer: Any) -> None:
        """Draw it on a renderer of matplotlib."""
        with theme.dressed(ink=self._ink):
            super().draw(renderer)

    def savefig(self, fname: Any, **kwargs: Any) -> None:
        """Write it to a file, as `Figure.savefig` does; without a date, so that bytes stay."""
        kind = str(kwargs.get("format") or str(fname).rpartition(".")[2]).lower()
        given = dict(kwargs.pop("metadata", None) or {})
        if metadata := _UNDATED.get(kind, {}) | given:
            kwargs["metadata"] = metadata
        with theme.dressed(ink=self._ink):
            super().savefig(fname, **kwargs)

    def _repr_png_(self) -> tuple[bytes, dict[str, int]]:
        """The picture for a notebook, with the width and height at which it is shown."""
        room = io.BytesIO()
        self.savefig(room, format="png", dpi=_NOTEBOOK)
        width, height = (round(72 * float(inches)) for inches in self.get_size_inches())
        return room.getvalue(), {"width": width, "height": height}


Paint: TypeAlias = Callable[[Axes], object]
Split: TypeAlias = Callable[[Rect], list[Rect]]


@dataclass(frozen=True)
class Sketch:
    """What is to be drawn: panels, and what stands over them in a figure of their own."""

    title: str
    """The finding, one sentence."""
    subtitle: str
    """What it rests on."""
    paint: Callable[[Sequence[Axes]], None]
    """Draws into as many axes as there are panels."""
    height: float = 360.0
    """Points that the panels want at full width."""
    panels: int = 1
    split: Split = lambda rect: [rect]
    """Where the panels stand in a figure of their own."""
    apart: bool = False
    """Whether each panel has scales of its own, which axes that share theirs cannot have."""

    def __post_init__(self) -> None:
        for name in ("title", "subtitle"):
            object.__setattr__(self, name, worded(getattr(self, name)))

    @classmethod
    def of(cls, title: str, subtitle: str, panels: Sequence[Paint], **more: Any) -> Sketch:
        """A sketch of panels that each draw into axes of their own, with their own scales.

        Args:
            title: the finding.
            subtitle: what it rests on.
            panels: what draws each of them.
            more: height and split.
        """

        def paint(axes: Sequence[Axes]) -> None:
            for ax, panel in zip(axes, panels, strict=True):
                panel(ax)

        return cls(title, subtitle, paint, panels=len(panels), apart=len(panels) > 1, **more)


def beside(*shares: float, gap: float = 26.0) -> Split:
    """Panels side by side, with widths in the proportion of `shares`."""
    return lambda rect: rect.columns(*shares, gap=gap)


def stacked(*shares: float, gap: float = 6.0) -> Split:
    """Panels one above the other, with heights in the proportion of `shares`."""
    return lambda rect: rect.rows(*shares, gap=gap)


def grid(count: int, gap: float = 10.0) -> Split:
    """Panels in rows of at most four, as square as it goes."""
    columns = count if count <= 3 else min(4, int(np.ceil(np.sqrt(count))))
    rows = -(-count // columns)

    def split(rect: Rect) -> list[Rect]:
        lines = rect.rows(*[1.0] * rows, gap=gap)
        return [cell for line in lines for cell in line.columns(*[1.0] * columns, gap=gap)][:count]

    return split


def put_on(sketch: Sketch, ax: Given, ink: str = "colour") -> Figure:
    """Draw a sketch into a figure of its own with its title, or into `ax` without.

    Args:
        sketch: what is drawn.
        ax: axes of matplotlib, one a panel; None for a figure of its own.
        ink: "colour" or "grey".

    Raises:
        InputError: the ink is unknown, or the axes are not as many as the panels.
    """
    with theme.dressed(ink=ink):
        if ax is None:
            return _own(sketch, ink)
        axes = _given(ax, sketch)
        for one in axes:
            _clear(one)
        sketch.paint(axes)
        figure = axes[0].get_figure()
        assert isinstance(figure, Figure)
        return figure


def _own(sketch: Sketch, ink: str) -> Plot:
    width = WIDTH - 2 * _MARGIN
    head = [
        Paragraph(sketch.title, size=12.5, weight="bold", space=4.0),
        Paragraph(sketch.subtitle, size=8.5, space=8.0, quiet=True),
    ]
    above = sum(paragraph.height(width) for paragraph in head)
    height = 2 * _MARGIN + above + sketch.height
    figure = Plot(WIDTH, height, ink)
    figure.set_label(sketch.title)
    draw_paragraphs(figure, Rect(_MARGIN, height - _MARGIN - above, width, above), head)
    body = Rect(_MARGIN, _MARGIN, width, sketch.height)
    sketch.paint([rect.add_axes(figure) for rect in sketch.split(body)])
    return figure


def _given(ax: Given, sketch: Sketch) -> list[Axes]:
    """The axes that were handed in, flat; InputError where they are not what the sketch needs."""
    axes = list(np.ravel(np.asarray(ax, dtype=object)))
    if not axes or not all(isinstance(one, Axes) for one in axes):
        kind = type(axes[0]).__name__ if axes else type(ax).__name__
        raise InputError(f"ax= takes axes of matplotlib; a {kind} was given.")
    if len(axes) != sketch.panels:
        several = f"a sequence of {sketch.panels} axes, one a panel"
        wanted = "one axes" if sketch.panels == 1 else several
        raise InputError(f"This plot needs {wanted}, in ax=; {len(axes)} given.")
    figures = {one.get_figure() for one in axes}
    if len(figures) > 1 or not isinstance(axes[0].get_figure(), Figure):
        raise InputError("ax= takes axes of one figure, not of several and not of a subfigure.")
    if sketch.apart and any(_share(one, other) for one in axes for other in axes if one != other):
        raise InputError(
            "The panels of this plot have scales of their own; make the axes for ax= without "
            "sharex and sharey."
        )
    return axes


def _share(one: Axes, other: Axes) -> bool:
    return any(
        shared.joined(one, other) for shared in (one.get_shared_x_axes(), one.get_shared_y_axes())
    )


def _clear(ax: Axes) -> None:
    """Empty axes forget the settings that they were made under; axes with data are left alone."""
    if ax.has_data():
        return
    ax.clear()
    ax.set_facecolor("none")
    for axis in (ax.xaxis, ax.yaxis):  # axes that share a scale would share its labels
        axis.major, axis.minor = Ticker(), Ticker()
        axis.set_major_locator(AutoLocator())
        axis.set_major_formatter(ScalarFormatter())
        axis.set_minor_locator(NullLocator())
        axis.set_minor_formatter(NullFormatter())
