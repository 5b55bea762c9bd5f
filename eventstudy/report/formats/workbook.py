"""The report as a workbook: a summary, native charts, and every table of the bundle on a sheet."""

from __future__ import annotations

import math
from datetime import datetime
from io import BytesIO
from pathlib import Path
from typing import Any

import pandas as pd
from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

from eventstudy.report.drawing import theme
from eventstudy.report.formats.workbook_chart import SHEET as CHART
from eventstudy.report.formats.workbook_chart import write_charts
from eventstudy.report.formats.workbook_sheets import SheetWriter, Styles, sheet_names, too_long
from eventstudy.report.kinds import all_tables
from eventstudy.report.story import setting, source_line
from eventstudy.report.tables.columns import Described
from eventstudy.report.told import Told
from eventstudy.text.lines import visible
from eventstudy.text.measure import measure
from eventstudy.text.numbers import counted

SUMMARY = "Summary"
_CREATED = datetime(2000, 1, 1)  # noqa: DTZ001  # the same for every workbook, so that its bytes are
_OPTIONS = {
    "in_memory": True,
    "strings_to_formulas": False,
    "strings_to_numbers": False,
    "strings_to_urls": False,
}
_PAPERS = {"a4": 9, "letter": 1}
_LABELS = 22
_WORDS = 110
"""Widths of the two columns of the summary."""
_LINE = 118
"""Characters of text in a line of the second, roughly."""
HOW_TO_READ = (
    "An empty cell is a figure that is missing, never "
    "zero; the tables say why. The comment of a column's header says its unit. The figures are "
    "those of the CSV files in tables/."
)


def _figures_text() -> str:
    """What the figures of the sheets are."""
    now = measure()
    return (
        f"Changes are in {now.name}." if now.level else "Returns are fractions shown in per cent."
    )


def write_workbook(story: Told, path: Path) -> None:
    """Write the report's tables as an Excel workbook to `path`; the same bytes every time."""
    tables = all_tables(story)
    names = sheet_names([SUMMARY, CHART, *tables])
    memory = BytesIO()
    with Workbook(memory, _OPTIONS) as book:
        facts = {"title": visible(story.title), "subject": visible(story.finding())}
        book.set_properties({**facts, "author": "eventstudy", "created": _CREATED})
        styles = Styles(book)
        sheets = {table: SheetWriter(styles, _sheet(book, name)) for table, name in names.items()}
        _summary(story, sheets[SUMMARY], tables, names)
        write_charts(story, sheets[CHART])
        for table, frame in tables.items():
            sheets[table].table(table, frame)
        sheets[SUMMARY].sheet.activate()
    path.write_bytes(memory.getvalue())


def _sheet(book: Workbook, name: str) -> Worksheet:
    """An empty sheet that prints one page wide."""
    sheet = book.add_worksheet(name)
    sheet.set_landscape()
    sheet.set_paper(_PAPERS.get(theme.paper().name, _PAPERS["a4"]))
    sheet.fit_to_pages(1, 0)
    sheet.set_footer("&L&A&R&P / &N")
    return sheet


def _summary(
    story: Told, writer: SheetWriter, tables: dict[str, pd.DataFrame], names: dict[str, str]
) -> None:
    """The finding, the answer, where it comes from, what the sheets hold, what to know."""
    sheet = writer.sheet
    sheet.set_column(0, 0, _LABELS)
    sheet.set_column(1, 1, _WORDS)
    sheet.hide_gridlines(2)
    row = 0
    for label, words in _passages(story):
        writer.text(row, 0, label, bold=True, valign="top")
        for text in words:
            _paragraph(writer, row, text, size=14 if label == "Finding" else 11)
            row += 1
        row += 1
    for column, head in enumerate(("Sheet", "What it holds")):
        writer.text(row, column, head, bold=True, bottom=1)
    about = {CHART: "Native charts of the paths and of one window, with their cells."}
    for table, frame in tables.items():
        described = Described.of("tables", table)
        rows = too_long(table, len(frame)) or counted(len(frame), "row")
        about[table] = f"{described.says or f'{described.title}.'} {rows}"
    for table, text in about.items():
        row += 1
        link = writer.styles.of(font_color=theme.ink().blue, underline=1, valign="top")
        sheet.write_url(row, 0, f"internal:'{names[table]}'!A1", link, names[table])
        _paragraph(writer, row, text)


def _paragraph(writer: SheetWriter, row: int, text: str, size: int = 11) -> None:
    """Wrapped text in a row that is high enough for it: not every program sees to that."""
    lines = math.ceil(len(text) * size / 11 / _LINE)
    look: dict[str, Any] = {"text_wrap": True, "valign": "top"}
    writer.text(row, 1, text, font_size=size, bold=size > 11, **look)
    writer.sheet.set_row(row, lines * size * 15 / 11)


def _passages(story: Told) -> list[tuple[str, list[str]]]:
    """Label → paragraphs; what has none is left out."""
    evidence = story.evidence.notes if story.evidence is not None else ()
    passages = [
        ("Finding", [story.finding()]),
        *((label, [sentence]) for label, sentence in story.facts),
        ("Answer", story.answer()),
        ("Setting", [f"{setting(story)}."]),
        ("Source", [source_line(story)]),
        ("Notes", [*story.result.notes, *evidence]),
        ("How to read it", [f"{_figures_text()} {HOW_TO_READ}"]),
    ]
    return [(label, words) for label, words in passages if words]
