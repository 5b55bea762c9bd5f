"""The page around a chart: the finding as its title, what it rests on, and the source line."""

from __future__ import annotations

from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from eventstudy.report.drawing import theme
from eventstudy.report.drawing.geometry import Rect
from eventstudy.report.drawing.text import LEADING, fit_lines, put, text_width

_BAR = (26.0, 4.0)
_GAP = 14.0


@theme.themed()
def new_page(finding: str, subtitle: str, source: str, label: str) -> tuple[Figure, Rect]:
    """A page of the paper in use with its title block and footer, and the body's rectangle.

    `finding` is the title, one sentence on at most two lines; `subtitle` states units, N, model
    and windows; `source` and `label` stand left and right in the footer. All four are fitted by
    measured width: set smaller first, ended with "…" last, never clipped. The finding is kept as
    the figure's label and becomes the title of a single PDF.
    """
    paper = theme.paper()
    fig = Figure(figsize=(paper.width / 72, paper.height / 72), dpi=72)
    fig.set_label(finding)
    width = paper.width - 2 * paper.margin
    top = paper.height - paper.margin + 8
    _box(fig, Rect(paper.margin, top - _BAR[1], *_BAR), theme.ink().text)
    y = top - _BAR[1] - 7
    y = _block(fig, y, finding, width, (theme.TITLE_SIZE, 11.0), "bold", theme.ink().text) - 3
    y = _block(fig, y, subtitle, width, (theme.SUBTITLE_SIZE, 7.0), "normal", theme.ink().grey)
    floor = _footer(fig, source, label, width)
    return fig, Rect(paper.margin, floor + 8, width, y - _GAP - floor - 8)


def _block(
    fig: Figure,
    top: float,
    text: str,
    width: float,
    sizes: tuple[float, float],
    weight: str,
    color: str,
) -> float:
    if not text:
        return top
    lines, size = fit_lines(text, width, sizes, 2, weight)
    leading = size * (1.24 if weight == "bold" else LEADING)
    for number, line in enumerate(lines):
        y = top - size - number * leading
        put(fig, theme.paper().margin, y, line, size, weight=weight, color=color)
    return top - size - (len(lines) - 1) * leading - 0.3 * size


def _footer(fig: Figure, source: str, label: str, width: float) -> float:
    size = theme.NOTE_SIZE
    room = width - text_width(label, size) - 24
    lines, source_size = fit_lines(source, room, (size, theme.FLOOR_SIZE), 2)
    margin = theme.paper().margin
    base = margin - 14
    for number, text in enumerate(reversed(lines)):
        y = base + number * source_size * LEADING
        put(fig, margin, y, text, source_size, color=theme.ink().grey)
    put(fig, margin + width, base, label, size, color=theme.ink().grey, ha="right")
    line = base + len(lines) * source_size * LEADING + 2
    _box(fig, Rect(margin, line, width, 0.5), theme.ink().rule)
    return line


def _box(fig: Figure, rect: Rect, color: str) -> None:
    x, y, width, height = rect.fractions(fig)
    fig.add_artist(Rectangle((x, y), width, height, facecolor=color, edgecolor="none"))
