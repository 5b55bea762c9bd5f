"""What a report is made of: pages of one finding each, in blocks that every medium can set.

Print puts the blocks of a page on paper (`Page.fill`); the web page lists them;
tables go to LaTeX and Markdown as they are.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from eventstudy.report.drawing import theme
from eventstudy.report.drawing.geometry import NARROW, Rect
from eventstudy.report.drawing.table import draw_table
from eventstudy.report.drawing.text import Paragraph, draw_paragraphs
from eventstudy.report.machine.places import Basis
from eventstudy.text.measure import worded
from eventstudy.text.table import PlainTable

GAP = 8.0
"""Points between blocks that stand one below the other."""


@dataclass(frozen=True)
class Chart:
    """One drawing, for rectangles from about 340 points of width up.

    `alt` says what it shows to those who cannot see it; `height` and `narrow` are the points that
    it wants at the width of a page (about 760) and of a telephone (about 360).
    """

    name: str
    draw: Callable[[Figure, Rect], Any]
    alt: str
    height: float = 430.0
    narrow: float = 430.0


@dataclass(frozen=True)
class Text:
    """Running text."""

    paragraphs: tuple[Paragraph, ...]

    def draw(self, fig: Figure, rect: Rect) -> float:
        """Set it at the top of `rect`; returns the y in points below it."""
        return draw_paragraphs(fig, rect, self.paragraphs)


@dataclass(frozen=True)
class Table(PlainTable):
    """A table on paper, in letters of `size` points."""

    size: float = theme.BODY_SIZE

    def draw(self, fig: Figure, rect: Rect) -> float:
        """Set it at the top of `rect`; returns the y in points of its bottom."""
        head = [Paragraph(self.title, size=10, weight="bold", space=1)] if self.title else []
        head += [Paragraph(self.note, size=7.5, space=5)] if self.note else []
        top = draw_paragraphs(fig, rect, head) if head else rect.top
        return draw_table(fig, rect.below(top), self, self.size)


Block = Chart | Text | Table


@dataclass(frozen=True)
class Page:
    """One finding: its sentence, what it rests on, its blocks in reading order.

    `arrange` places the blocks in the body of a printed page; without it they stand one below the
    other, and a chart takes what is left. `sheets` are the blocks on paper where these take more
    than one sheet. `basis` says where results.json has the figures of the finding.
    """

    name: str
    finding: str
    subtitle: str
    blocks: tuple[Block, ...]
    arrange: Callable[[Figure, Rect], None] | None = None
    sheets: tuple[tuple[Block, ...], ...] = ()
    basis: Basis = field(default_factory=Basis)

    def __post_init__(self) -> None:
        for name in ("finding", "subtitle"):
            object.__setattr__(self, name, worded(getattr(self, name)))

    def fill(self, fig: Figure, body: Rect) -> None:
        """Draw the page's blocks into `body`."""
        if self.arrange is not None:
            self.arrange(fig, body)
            return
        top = body.top
        for block in self.blocks:
            below = body.below(top)
            if isinstance(block, Chart):
                block.draw(fig, below)
                return
            top = block.draw(fig, below) - GAP

    @property
    def on_paper(self) -> list[Page]:
        """The page sheet by sheet; their findings say which of how many each is."""
        if len(self.sheets) < 2:
            return [replace(self, blocks=self.sheets[0], sheets=()) if self.sheets else self]
        return [
            replace(
                self,
                finding=f"{self.finding} ({count} of {len(self.sheets)})",
                blocks=blocks,
                sheets=(),
            )
            for count, blocks in enumerate(self.sheets, start=1)
        ]

    @property
    def charts(self) -> tuple[Chart, ...]:
        """The drawings among the blocks."""
        return tuple(block for block in self.blocks if isinstance(block, Chart))

    @property
    def alt(self) -> str:
        """The page in words: its finding, and what each of its charts shows."""
        return " ".join([f"{self.finding}.", *(chart.alt for chart in self.charts)])


def on_axes(draw: Callable[..., Any], *args: Any, **kwargs: Any) -> Callable[[Figure, Rect], None]:
    """A chart function of one axes as one of a rectangle, with its other arguments."""

    def fill(fig: Figure, rect: Rect) -> None:
        draw(rect.add_axes(fig), *args, **kwargs)

    return fill


def panels(rect: Rect, count: int, gap: float = 8.0) -> list[Rect]:
    """Side by side; where the rectangle is narrow, one above the other."""
    shares = [1.0] * count
    return rect.columns(*shares, gap=gap) if rect.width > NARROW else rect.rows(*shares, gap=gap)


def axes_in(fig: Figure, rects: Sequence[Rect]) -> list[Axes]:
    """New axes, one a rectangle."""
    return [rect.add_axes(fig) for rect in rects]
