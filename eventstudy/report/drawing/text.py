"""Text that knows its width: measuring, wrapping and flowing, all in points."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from matplotlib.backend_bases import RendererBase
from matplotlib.colors import to_rgba
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties, findfont
from matplotlib.ft2font import FT2Font
from matplotlib.text import Text

from eventstudy.report.drawing import theme
from eventstudy.report.drawing.geometry import Rect, page_size
from eventstudy.text.measure import worded

LEADING = 1.38
"""Baseline to baseline, in font sizes."""

_MONTHS = "January|February|March|April|May|June|July|August|September|October|November|December"
_UNITS = r"%|bp\b|points\b|bn\b|mn\b|tn\b|s\.e\."
_GLUED = rf"[+−]?\d+\]|{_UNITS}|[<=≤≥] |(?:19|20)\d\d\b(?!-)|(?:{_MONTHS})\b"
_BREAK = re.compile(rf" +(?!{_GLUED})(?<![<=≤≥] )(?<!S&P )")


@lru_cache(maxsize=8)
def _fonts(weight: str) -> list[FT2Font]:
    fonts = [
        FT2Font(findfont(FontProperties(family=[name], weight=weight))) for name in theme.FAMILIES
    ]
    for font in fonts:
        font.set_size(1000, 72)
    return fonts


@lru_cache(maxsize=4096)
def _advance(char: str, weight: str) -> float:
    fonts = _fonts(weight)
    font = next((f for f in fonts if f.get_char_index(ord(char))), None)
    # A character that no font has is drawn as the box that the first glyph of a font is.
    glyph = font.load_char(ord(char)) if font else fonts[-1].load_glyph(0)  # type: ignore[arg-type]
    return float(glyph.linearHoriAdvance) / 65536 / 1000


@lru_cache(maxsize=8192)  # a text is wrapped at many widths
def text_width(text: str, size: float, weight: str = "normal") -> float:
    """Width of one line in points; exact, since the fonts carry no kerning."""
    return size * sum(_advance(char, weight) for char in text)


def unbroken(paragraph: str) -> list[str]:
    """The pieces of a paragraph between which a line may break."""
    return _BREAK.split(paragraph)


def wrap_text(text: str, width: float, size: float, weight: str = "normal") -> list[str]:
    """Break `text` into lines that are at most `width` points wide.

    Lines in `text` are kept; figures stay with their unit and dates together
    ("−3.1%", "p = 0.012", "27 January 2025", "S&P 500"); a single word
    wider than the column is cut.
    """
    lines: list[str] = []
    for paragraph in text.split("\n"):
        line = ""
        for word in unbroken(paragraph.strip()):
            longer = f"{line} {word}" if line else word
            if text_width(longer, size, weight) <= width:
                line = longer
                continue
            if line:
                lines.append(line)
            *full, line = _cut_word(word, width, size, weight)
            lines.extend(full)
        lines.append(line)
    return lines


def _cut_word(word: str, width: float, size: float, weight: str) -> list[str]:
    parts = [""]
    for char in word:
        if parts[-1] and text_width(parts[-1] + char, size, weight) > width:
            parts.append("")
        parts[-1] += char
    return parts


def shorten(text: str, width: float, size: float, weight: str = "normal") -> str:
    """`text`, or as much of it as fits into `width` points with "…" at its end."""
    if text_width(text, size, weight) <= width:
        return text
    while text and text_width(text.rstrip() + "…", size, weight) > width:
        text = text[:-1]
    return text.rstrip() + "…"


def fit_lines(
    text: str, width: float, sizes: tuple[float, float], max_lines: int, weight: str = "normal"
) -> tuple[list[str], float]:
    """The lines of `text` and the largest size between `sizes` (high, low) that keeps `max_lines`.

    At the low size the last line is shortened with "…" rather than run on.
    """
    size, low = sizes
    while len(lines := wrap_text(text, width, size, weight)) > max_lines and size > low:
        size = max(low, size - 0.5)
    if len(lines) > max_lines:
        last = " ".join(lines[max_lines - 1 :])
        return [*lines[: max_lines - 1], shorten(last, width, size, weight)], size
    return balance(text, width, size, weight), size


def balance(text: str, width: float, size: float, weight: str = "normal") -> list[str]:
    """Wrap into as few lines as `width` allows, then make them about equally long."""
    lines = wrap_text(text, width, size, weight)
    if len(lines) < 2:
        return lines
    for share in (0.55, 0.6, 0.65, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95):
        narrow = wrap_text(text, share * width, size, weight)
        if len(narrow) == len(lines):
            return narrow
    return lines


def put(fig: Figure, x: float, y: float, text: str, size: float, **style: Any) -> Text:
    """Write one line on the page at (x, y) points from the bottom left, y being the baseline."""
    width, height = page_size(fig)
    look: dict[str, Any] = {"va": "baseline", "ha": "left", "color": theme.ink().text} | style
    line = Line(
        x / width,
        y / height,
        text,
        fontsize=size,
        fontfamily=list(theme.FAMILIES),
        parse_math=False,
        transform=fig.transFigure,
        clip_on=False,
        **look,
    )
    line.set_figure(fig)
    fig.texts.append(line)
    return line


class Line(Text):
    """A text that is not measured where its place does not depend on it: one line, left, baseline.

    matplotlib measures every text each time it draws it, which takes as long as drawing.
    """

    def draw(self, renderer: RendererBase) -> None:
        """Draw it with the renderer."""
        place = self.get_horizontalalignment(), self.get_verticalalignment(), self.get_rotation()
        more = self.get_path_effects() or self.get_bbox_patch() or self.get_clip_on()
        text = self.get_text()
        if place != ("left", "baseline", 0) or more or not text.strip() or "\n" in text:
            super().draw(renderer)
            return
        x, y = self.get_transform().transform(self.get_unitless_position())
        if renderer.flipy():
            y = renderer.get_canvas_width_height()[1] - y
        renderer.open_group("text", self.get_gid())
        context = renderer.new_gc()
        context.set_foreground(to_rgba(self.get_color()), isRGBA=True)
        context.set_alpha(self.get_alpha())  # type: ignore[arg-type]  # None is its own
        context.set_antialiased(self.get_antialiased())
        context.set_snap(self.get_snap())
        font = self.get_fontproperties()
        renderer.draw_text(context, x, y, text, font, 0.0, ismath=False, mtext=self)
        context.restore()
        renderer.close_group("text")
        self.stale = False


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Running text; `space` is the gap after it in points, `bullet` hangs at its left.

    What is `quiet` is set in grey.
    """

    text: str
    size: float = theme.BODY_SIZE
    weight: str = "normal"
    space: float = 5.0
    bullet: str = ""
    quiet: bool = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "text", worded(self.text))

    @property
    def color(self) -> str:
        """The colour of its letters."""
        return theme.ink().grey if self.quiet else theme.ink().text

    def lines(self, width: float) -> list[str]:
        """The lines that it takes in a column of `width` points."""
        return wrap_text(self.text, width - self.indent, self.size, self.weight)

    @property
    def indent(self) -> float:
        """Points that its lines stand to the right for the bullet."""
        return text_width(self.bullet + "  ", self.size, self.weight) if self.bullet else 0.0

    def height(self, width: float) -> float:
        """Points that it takes with the gap after it in a column of `width` points."""
        return len(self.lines(width)) * self.size * LEADING + self.space


def draw_paragraphs(fig: Figure, rect: Rect, paragraphs: Sequence[Paragraph | str]) -> float:
    """Flow text down the column `rect` and return the y in points below its last line.

    What does not fit is first set smaller, down to the floor size, and then ends in "…".
    """
    flow = [Paragraph(p) if isinstance(p, str) else p for p in paragraphs]
    scale = 1.0
    while scale > 0.6 and sum(p.height(rect.width) for p in flow) - _last_space(flow) > rect.height:
        scale -= 0.04
        flow = [
            replace(p, size=max(theme.FLOOR_SIZE, p.size * 0.96), space=p.space * 0.96)
            for p in flow
        ]
    y = rect.top
    for index, p in enumerate(flow):
        lines = p.lines(rect.width)
        room = int((y - rect.bottom + 0.01) / (p.size * LEADING))
        cut = room < len(lines)
        if room < 1:
            break
        following = index + 1 < len(flow) and not cut
        if following:
            after = y - p.height(rect.width) - rect.bottom
            cut = after < flow[index + 1].size * LEADING
        if cut:
            lines = lines[:room]
            lines[-1] = shorten(lines[-1] + " …", rect.width - p.indent, p.size, p.weight)
        y = _draw_lines(fig, rect.x, y, lines, p)
        if cut:
            break
    return y


def _last_space(flow: Sequence[Paragraph]) -> float:
    return flow[-1].space if flow else 0.0


def _draw_lines(fig: Figure, x: float, top: float, lines: Sequence[str], p: Paragraph) -> float:
    if p.bullet:
        put(fig, x, top - p.size, p.bullet, p.size, weight=p.weight, color=p.color)
    for number, line in enumerate(lines):
        y = top - number * p.size * LEADING - p.size
        put(fig, x + p.indent, y, line, p.size, weight=p.weight, color=p.color)
    return top - len(lines) * p.size * LEADING - p.space
