"""A story on paper, sheet by sheet: a page each, or on slides one block each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from matplotlib.figure import Figure

from eventstudy.report.drawing import theme
from eventstudy.report.drawing.blocks import GAP, Block, Chart, Page, Table, Text
from eventstudy.report.drawing.geometry import Rect
from eventstudy.report.drawing.page import new_page
from eventstudy.report.drawing.table import split_rows
from eventstudy.report.pages.contents import tell
from eventstudy.report.story import Story, print_page, source_line


@dataclass(frozen=True, slots=True)
class PrintedSheet:
    """One sheet: the name of its file, its drawing, and what it shows in words."""

    name: str
    figure: Figure
    alt: str


def sheets(story: Story, only: Sequence[str] | None = None) -> Iterator[PrintedSheet]:
    """All sheets of the report on the paper in use, drawn one after another.

    `only` names the pages wanted; they keep their numbers.
    """
    for number, page in tell(story, only).items():
        if theme.paper().slides and not page.whole:
            yield from _slides(story, page, number)
        else:
            yield PrintedSheet(page.name, print_page(story, page, number), page.alt)


def _slides(story: Story, page: Page, number: int) -> Iterator[PrintedSheet]:
    """A slide a chart; text and tables flow over as many as they need."""
    _, body = _blank(story, page, story.event_id)
    slides = [(chart,) for chart in page.charts] + _flow(page, body)
    for count, blocks in enumerate(slides, start=1):
        more = count > 1
        fig, body = _blank(story, page, f"{story.event_id} · {number}{f'.{count}' if more else ''}")
        shown = replace(page, blocks=blocks, arrange=None)
        shown.fill(fig, body)
        yield PrintedSheet(f"{page.name}{f'-{count}' if more else ''}", fig, shown.alt)


def _blank(story: Story, page: Page, label: str) -> tuple[Figure, Rect]:
    return new_page(page.finding, page.subtitle, source_line(story), label)


def _flow(page: Page, body: Rect) -> list[tuple[Block, ...]]:
    """The page's text and tables by slide; what would fit whole on the next is not cut."""
    waiting: list[Block] = [block for block in page.blocks if not isinstance(block, Chart)]
    slides: list[tuple[Block, ...]] = []
    here: list[Block] = []
    room = body
    while waiting:
        first, after = _split(waiting[0], room)
        if here and (first is None or after is not None):
            slides.append(tuple(here))
            here, room = [], body
            continue
        here.append(first or waiting[0])
        waiting[:1] = [] if after is None else [after]
        room = room.below(_bottom(here[-1], room) - GAP)
    return [*slides, tuple(here)] if here else slides


def _bottom(block: Block, room: Rect) -> float:
    """Where a block ends that is set at the top of `room`."""
    scratch = Figure(figsize=(theme.paper().width / 72, theme.paper().height / 72))
    return float(block.draw(scratch, room))


def _split(block: Block, room: Rect) -> tuple[Block | None, Block | None]:
    """What of text or a table fits into `room` at its own size, and what does not."""
    if isinstance(block, Text):
        kept = _fitting(block, room)
        parts = block.paragraphs[:kept], block.paragraphs[kept:]
        return Text(parts[0]) if parts[0] else None, Text(parts[1]) if parts[1] else None
    if isinstance(block, Table):
        first, after = split_rows(block, room, block.size)
        return (
            replace(block, rows=first) if first else None,
            replace(block, rows=after) if after else None,
        )
    return block, None


def _fitting(block: Text, room: Rect) -> int:
    """How many paragraphs fit; a heading is not left at the foot."""
    heights = np.cumsum([p.height(room.width) for p in block.paragraphs])
    spaces = np.array([p.space for p in block.paragraphs])
    kept = int((heights - spaces <= room.height).sum())
    while 0 < kept < len(heights) and block.paragraphs[kept - 1].weight == "bold":
        kept -= 1
    return kept
