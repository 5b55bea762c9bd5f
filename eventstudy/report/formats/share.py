"""An image of 1,200 × 630 pixels for links and messages: event, figure, chart."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

from eventstudy.report.charts.paths import draw_car_paths
from eventstudy.report.drawing import theme
from eventstudy.report.drawing.geometry import Rect, page_size
from eventstudy.report.drawing.palette import SHARED
from eventstudy.report.drawing.savefig import save_png
from eventstudy.report.drawing.text import (
    Paragraph,
    draw_paragraphs,
    fit_lines,
    put,
    shorten,
    text_width,
)
from eventstudy.report.story import source_line
from eventstudy.report.told import KeyFigure, Told
from eventstudy.text.measure import worded
from eventstudy.text.numbers import between, percent

_LARGEST, _HEAD, _TEXT = 38.0, 14.0, 10.0
"""Points; shown 600 pixels wide, 10 of them are 15 pixels."""


def write_share(story: Told, path: Path) -> None:
    """Write the image to `path`."""
    with theme.dressed(SHARED, theme.ink().name):
        figure, alt = share_image(story)
        save_png(figure, path, alt)


def share_image(story: Told) -> tuple[Figure, str]:
    """The image on the paper in use, and what it shows in words."""
    paper = theme.paper()
    fig = Figure(figsize=(paper.width / 72, paper.height / 72), dpi=72)
    fig.set_label(story.finding())
    width, height = page_size(fig)
    inside = Rect(paper.margin, paper.margin + 4, width - 2 * paper.margin, height - 40)
    lines, size = fit_lines(story.subject, inside.width, (_HEAD, _TEXT), 2, "bold")
    head = [Paragraph("\n".join(lines), size, "bold", space=12.0)]
    left, right = inside.below(draw_paragraphs(fig, inside, head)).columns(0.85, 1.15, gap=16.0)
    key = story.key_figure
    also = "" if story.result.planned is None else " Exploratory, not planned."
    _draw_figure(fig, left, key, story.level, also)
    name, path = story.lines[0]
    shown = path[["day", "car", "low", "high"]].assign(label=name)
    draw_car_paths([right.add_axes(fig)], shown, "day 0", f"{story.level} interval")
    source = shorten(f"{source_line(story).partition('. ')[0]}.", inside.width, theme.FLOOR_SIZE)
    put(fig, inside.x, paper.margin - 8, source, theme.FLOOR_SIZE, color=theme.ink().grey)
    return fig, f"{story.subject}: {_caption(key, story.level)} {percent(key.estimate)}."


def _draw_figure(fig: Figure, rect: Rect, key: KeyFigure, level: str, also: str) -> None:
    """The figure in large type, and below it what it is and how sure."""
    text = percent(key.estimate) if np.isfinite(key.estimate) else "–"
    size = min(_LARGEST, rect.width / text_width(text, 1.0, "bold"))
    color = theme.ink().event if key.significant else theme.ink().grey
    put(fig, rect.x, rect.top - 0.8 * size, text, size, weight="bold", color=color)
    caption = Paragraph(f"{_caption(key, level)}{also}", _TEXT)
    draw_paragraphs(fig, rect.below(rect.top - 1.1 * size), [caption])


def _caption(key: KeyFigure, level: str) -> str:
    said = worded(f"{key.whose}: abnormal return {key.when}")
    if not np.isfinite(key.low + key.high):
        return f"{said}."
    sure = "" if key.significant else ", not significant"
    interval = between(percent(key.low, unit=False), percent(key.high))
    return f"{said} ({level} interval {interval}{sure})."
