"""The tables of a pooled report for LaTeX and Markdown."""

from __future__ import annotations

from eventstudy.report.pages.contents import tell
from eventstudy.report.pooled.standard import (
    day_windows,
    shown_tests,
    standard_columns,
    standard_rows,
)
from eventstudy.report.pooled.story import PooledStory
from eventstudy.report.story import setting
from eventstudy.report.tables.printed import page_tables
from eventstudy.text.table import PlainTable


def pooled_printed_tables(story: PooledStory) -> dict[str, PlainTable]:
    """Name of the file → table: the standard table with every day, then those of the pages."""
    tables: dict[str, PlainTable] = {"standard": standard_table(story)}
    for page in tell(story).values():
        if page.name != "tests":  # the standard table has its rows
            tables |= dict(page_tables(page))
    return tables


def standard_table(story: PooledStory) -> PlainTable:
    """Every window and every day with all tests of the standard table, p below the statistic."""
    tests = shown_tests(story)
    windows = [*story.windows, *(w for w in day_windows(story) if w not in story.windows)]
    return PlainTable(
        standard_columns(story, tests, "Window"),
        standard_rows(story, windows, tests),
        "tables/tests.csv",
        title="Mean abnormal returns and their tests",
        notes=(f"Statistics, below them two-sided p. {setting(story)}.",),
    )
