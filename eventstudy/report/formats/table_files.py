"""Tables of a bundle as LaTeX and Markdown files."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from eventstudy.text.latex import latex_of
from eventstudy.text.markdown import _paragraph, markdown_of

if TYPE_CHECKING:
    from eventstudy.report.story import Story


def write_latex(story: Story, folder: Path) -> None:
    """Write the report's tables into `folder`, which must exist, as one .tex file each."""
    from eventstudy.report.story import source_line
    from eventstudy.report.tables.printed import printed_tables

    for name, table in printed_tables(story).items():
        label = f"tab:{story.event_id}-{name}"
        text = latex_of(table, label=label, source=source_line(story))
        (folder / f"{name}.tex").write_text(text, encoding="utf-8", newline="\n")


def write_markdown(story: Story, folder: Path) -> None:
    """Write the report's tables into `folder`, which must exist, as one .md file each."""
    from eventstudy.report.story import source_line
    from eventstudy.report.tables.printed import printed_tables

    source = _paragraph(source_line(story))
    for name, table in printed_tables(story).items():
        text = f"{markdown_of(table)}\n{source}\n"
        (folder / f"{name}.md").write_text(text, encoding="utf-8", newline="\n")
