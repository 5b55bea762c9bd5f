"""The tests of the sealed plan that the run followed, and all that differs from it."""

from __future__ import annotations

from collections.abc import Iterator

from eventstudy.report.drawing.blocks import Block, Page, Table, Text
from eventstudy.report.drawing.text import Paragraph, wrap_text
from eventstudy.report.machine.places import Basis
from eventstudy.report.story import Story
from eventstudy.result.planned import NOT_SUPPORTED, SUPPORTED, UNTESTABLE, PlannedTests
from eventstudy.result.planned_table import planned_table

_SIZE = 9.5
_ROWS, _LINES, _WIDTH = 24, 32, 740.0
"""What a sheet of paper holds: rows of the table, or lines of text of that width."""
_FEW = 10
"""Rows of a table that leave room for the text on the same sheet."""


def planned_page(story: Story) -> Page:
    """Each planned test with its verdict; below it the seal, its time, and every deviation."""
    planned = story.result.planned
    assert planned is not None  # the register leaves the page out without a plan
    what = "Planned tests" if planned.sealed else "Tests of the altered plan"
    subtitle = (
        f"{what}. A hypothesis is supported where the whole {story.level} interval of the quoted "
        "test lies beyond the threshold, or beyond zero where there is none. Detectable: the "
        f"smallest effect that the test finds with {100 * planned.power:g}% probability, as stated "
        "in the plan. All other pages are exploratory."
    )
    printed = planned_table(planned, story.result.spec.confidence)
    table = Table(printed.columns, printed.rows, printed.more, size=_SIZE)
    said = list(_paragraphs(planned))
    sheets = tuple(_sheets(table, said))
    finding = f"{story.subject}: {planned.finding[0].lower()}{planned.finding[1:]}"
    blocks = (table, Text(tuple(said)))
    return Page("planned", finding, subtitle, blocks, sheets=sheets, basis=_basis(planned))


def _basis(planned: PlannedTests) -> Basis:
    """How many tests have which verdict, the figures of the finding."""
    verdicts = [test.verdict for test in planned.tests]
    names = {SUPPORTED: "supported", NOT_SUPPORTED: "not_supported", UNTESTABLE: "untestable"}
    counts = {name: verdicts.count(verdict) for verdict, name in names.items()}
    return Basis(figures={"tests": len(verdicts), **counts})


def _paragraphs(planned: PlannedTests) -> Iterator[Paragraph]:
    for test in planned.tests:
        if test.reason:
            yield Paragraph(f"{test.name}: {test.reason}.", size=_SIZE)
    yield Paragraph("The plan", size=10, weight="bold", space=2)
    for text in planned.about:
        yield Paragraph(text, size=_SIZE)
    said = planned.differences
    head = "Deviations from the plan" if said else "No deviations from the plan"
    yield Paragraph(head, size=10, weight="bold", space=2)
    for text in said:
        yield Paragraph(text, size=_SIZE)


def _sheets(table: Table, said: list[Paragraph]) -> Iterator[tuple[Block, ...]]:
    """The table on as many sheets as it needs, then the text; together where both are short."""
    rows = list(table.rows)
    lines = [len(wrap_text(each.text, _WIDTH, _SIZE)) for each in said]
    room = _LINES - 2 * len(rows)
    if len(rows) <= _FEW and sum(lines) <= room:
        yield (table, Text(tuple(said)))
        return
    for at in range(0, len(rows), _ROWS):
        yield (Table(table.columns, rows[at : at + _ROWS], table.more, size=_SIZE),)
    here: list[Paragraph] = []
    count = 0
    for paragraph, length in zip(said, lines, strict=True):
        if here and count + length > _LINES:
            yield (Text(tuple(here)),)
            here, count = [], 0
        here.append(paragraph)
        count += length
    if here:
        yield (Text(tuple(here)),)
