"""A story on paper, sheet by sheet: each page of the report, or a deck of a few slides."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from matplotlib.figure import Figure

from eventstudy.report.drawing import theme
from eventstudy.report.drawing.blocks import Page
from eventstudy.report.drawing.geometry import Rect
from eventstudy.report.drawing.page import new_page
from eventstudy.report.drawing.text import Paragraph, draw_paragraphs, wrap_text
from eventstudy.report.pages.contents import tell
from eventstudy.report.story import print_page, setting, source_line
from eventstudy.report.told import Told
from eventstudy.result.planned_table import planned_sentences
from eventstudy.text.measure import worded
from eventstudy.text.numbers import counted

MOST_SLIDES = 8
_FIRST = ("forest", "car-paths", "placebo-days", "benchmarks", "contrasts", "value")
"""Of more charts than slides, those that are shown."""
_DENSE = ("heatmap", "specifications", "recovery", "damages", "timeline")
"""Charts of more rows or panels than can be read from the back of a room."""
_SMALLEST_TITLE = 14.0
_SENTENCES = (13.0, 12.0, 11.0, 10.0)
"""Points; shown at 13⅓ inches of width 10 become 19."""


@dataclass(frozen=True, slots=True)
class PrintedSheet:
    """One sheet: the name of its file, its drawing, and what it shows in words."""

    name: str
    figure: Figure
    alt: str


def sheets(story: Told, only: Sequence[str] | None = None) -> Iterator[PrintedSheet]:
    """All sheets of the report on the paper in use, drawn one after another.

    `only` names the pages wanted; they keep the numbers that their sheets have in the report.
    """
    pages = tell(story, only)
    if theme.paper().slides:
        yield from _deck(story, pages)
        return
    number = 0
    for place, page in tell(story).items():
        for count, sheet in enumerate(page.on_paper, start=1):
            number += 1
            if place in pages:
                name = page.name if count == 1 else f"{page.name}-{count}"
                yield PrintedSheet(name, print_page(story, sheet, number), sheet.alt)


def _deck(story: Told, pages: dict[int, Page]) -> Iterator[PrintedSheet]:
    """The answer in words, then one finding a slide with its first chart."""
    if 1 in pages:
        yield _opening(story, pages[1])
    shown = _with_charts(pages, MOST_SLIDES - 1)
    for number, (place, page) in enumerate(shown.items(), start=2 if 1 in pages else 1):
        finding = _first_part(page.finding)
        units = re.split(r"[.;] ", page.subtitle, maxsplit=1)[0]
        fig, body = _slide(story, finding, units, number)
        page.charts[0].draw(fig, body)
        name = page.name if place > 1 else f"{page.name}-chart"
        yield PrintedSheet(name, fig, f"{finding}. {page.charts[0].alt}")


def _first_part(finding: str) -> str:
    """The finding, or what stands before its semicolon where the whole is too long for a slide."""
    paper = theme.paper()
    width = paper.width - 2 * paper.margin
    lines = wrap_text(finding, width, _SMALLEST_TITLE, "bold")
    return finding if len(lines) <= 2 else finding.partition("; ")[0]


def _with_charts(pages: dict[int, Page], most: int) -> dict[int, Page]:
    """The pages whose chart can be read on a slide; of too many, those that matter first."""
    shown = {n: page for n, page in pages.items() if page.charts and page.name not in _DENSE}
    if "placebo-days" in {page.name for page in shown.values()}:
        shown = {n: page for n, page in shown.items() if page.name != "placebo"}
    ranked = sorted(shown, key=lambda n: (shown[n].name not in _FIRST, n))[:most]
    return {n: shown[n] for n in sorted(ranked)}


def _opening(story: Told, page: Page) -> PrintedSheet:
    """The finding, and as many sentences of the answer as fit, as large as they can be."""
    fig, body = _slide(story, page.finding, f"{story.subject}. {setting(story)}", 1)
    planned, level = story.result.planned, story.result.spec.confidence
    answer = story.answer() if planned is None else planned_sentences(planned, level)[1:]
    count = len(answer)
    while len(answer) > 1 and not _fit(answer, _SENTENCES[-1], body):
        answer.pop()
    if planned is not None and len(answer) < count:  # a test is never passed over in silence
        answer[-1] = f"{counted(count - len(answer) + 1, 'more test')}: tables/{planned.table}.csv."
    size = next((size for size in _SENTENCES if _fit(answer, size, body)), _SENTENCES[-1])
    draw_paragraphs(fig, body, _listed(answer, size))
    return PrintedSheet(page.name, fig, f"{page.finding}. {' '.join(answer)}")


def _listed(sentences: Sequence[str], size: float) -> list[Paragraph]:
    return [Paragraph(sentence, size, bullet="•", space=6.0) for sentence in sentences]


def _fit(sentences: Sequence[str], size: float, body: Rect) -> bool:
    heights = [paragraph.height(body.width) for paragraph in _listed(sentences, size)]
    return sum(heights) - 6.0 <= body.height


def _slide(story: Told, finding: str, subtitle: str, number: int) -> tuple[Figure, Rect]:
    label = f"{story.event_id} · {number}"
    return new_page(finding, worded(subtitle), source_line(story, short=True), label)
