"""Tables of a bundle as LaTeX and Markdown files."""

from __future__ import annotations

from pathlib import Path

from eventstudy.report.story import Story, source_line
from eventstudy.report.tables.printed import printed_tables
from eventstudy.text.latex import latex_of
from eventstudy.text.markdown import markdown_of


def write_latex(story: Story, folder: Path) -> None:
    """Write the report's tables into `folder`, which must exist, as one .tex file each."""
    for name, table in printed_tables(story).items():
        text = latex_of(table, label=f"tab:{story.event_id}-{name}", source=source_line(story))
        _write(folder, f"{name}.tex", text)


def write_markdown(story: Story, folder: Path) -> None:
    """Write the report's tables into `folder`, which must exist, as one .md file each."""
    for name, table in printed_tables(story).items():
        _write(folder, f"{name}.md", markdown_of(table, source_line(story)))


def _write(folder: Path, name: str, text: str) -> None:
    (folder / name).write_text(text, encoding="utf-8", newline="\n")
