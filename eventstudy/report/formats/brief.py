"""The report on one page: the finding, the answer, one chart, a small table, the method."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from matplotlib.figure import Figure

from eventstudy.report.drawing import theme
from eventstudy.report.drawing.blocks import Chart, Page, Table
from eventstudy.report.drawing.geometry import Rect
from eventstudy.report.drawing.page import new_page
from eventstudy.report.drawing.savefig import save_pdf, save_report
from eventstudy.report.drawing.table import fitting_size
from eventstudy.report.drawing.text import Paragraph, draw_paragraphs
from eventstudy.report.pages.contents import tell
from eventstudy.report.story import setting, source_line
from eventstudy.report.told import Told
from eventstudy.text.measure import worded

_MOST_SENTENCES, _MOST_ROWS = 3, 12
_TABLE_SIZE, _LEAST_SIZE, _NOTE = 8.5, 7.5, 8.0
_GAP = 12.0
_CHARTS = ("forest", "car-paths")
"""Pages whose chart is taken where the first page has none: of several assets, of one."""


def write_brief(story: Told, path: Path) -> None:
    """Write the page to `path`, a PDF of the paper in use, upright."""
    with theme.dressed(theme.paper().upright, theme.ink().name):
        figure, alt = brief_page(story)
        single = save_pdf(figure, path.with_name(f".{path.name}"), alt)
        save_report([single], path, story.title, story.finding())
        single.unlink()


def brief_page(story: Told) -> tuple[Figure, str]:
    """The page on the paper in use, and what it shows in words."""
    pages = list(tell(story).values())
    fig, body = new_page(story.finding(), story.subject, source_line(story), story.event_id)
    said = [*_planned(story), *story.answer()[:_MOST_SENTENCES]]
    answer = [Paragraph(s, 10.0, space=5.0) for s in said]
    rest = body.below(draw_paragraphs(fig, body, answer) - _GAP)
    method = _method(story)
    foot = sum(paragraph.height(rest.width) for paragraph in method)
    draw_paragraphs(fig, Rect(rest.x, rest.bottom, rest.width, foot), method)
    rest = Rect(rest.x, rest.bottom + foot + _GAP, rest.width, rest.height - foot - _GAP)
    table = _small(pages[0], rest.width)
    if table is not None:
        height = 1.75 * _TABLE_SIZE * (len(table.rows) + 2)
        table.draw(fig, rest._replace(height=height))
        rest = Rect(rest.x, rest.bottom + height + _GAP, rest.width, rest.height - height - _GAP)
    chart = _chosen_chart(story, pages)
    if chart is not None:
        chart.draw(fig, rest)
    read = " ".join(paragraph.text for paragraph in answer)
    return fig, f"{story.finding()}. {read} {chart.alt if chart else ''}".rstrip()


def _planned(story: Told) -> list[str]:
    """What became of the plan that the run followed, before what it did not plan."""
    planned = story.result.planned
    return [] if planned is None else [f"{planned.finding}. The rest of this page is exploratory."]


def _method(story: Told) -> list[Paragraph]:
    """The method in two lines."""
    texts = (
        f"Method: {setting(story)}.",
        f"Abnormal return: return less what the model expected of it. {story.level} intervals; "
        f"CAR: abnormal returns cumulated from day to day, day 0 the first session on the news.",
    )
    return [Paragraph(worded(text), _NOTE, space=2.0, quiet=True) for text in texts]


def _chosen_chart(story: Told, pages: Sequence[Page]) -> Chart | None:
    """The chart of the first page, else the ranking of assets or the path of the only one."""
    charts = {page.name: page.charts[0] for page in pages if page.charts}
    names = _CHARTS if story.result.n > 1 else _CHARTS[::-1]
    chosen = (pages[0].name, *names, *charts)
    return next((charts[name] for name in chosen if name in charts), None)


def _small(page: Page, width: float) -> Table | None:
    """The first rows of the page's table, and as many of its columns as fit in legible type."""
    table = next((block for block in page.blocks if isinstance(block, Table)), None)
    if table is None:
        return None
    rows = table.rows[:_MOST_ROWS]
    while rows and (rows[-1].group or any(row.below for row in table.rows[len(rows) :][:1])):
        rows = rows[:-1]  # no heading at the foot, no row without those that go on with it
    count = len(table.columns)
    while True:
        cut = tuple(r if r.group else replace(r, cells=list(r.cells[:count])) for r in rows)
        small = replace(table, columns=table.columns[:count], rows=cut, title="", note="")
        size = fitting_size(small, width, _TABLE_SIZE)
        if count <= 2 or size >= _LEAST_SIZE:
            return replace(small, size=size)
        count -= 1
