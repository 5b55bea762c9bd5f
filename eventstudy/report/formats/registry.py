"""The formats of a bundle: each is written from the same story, none fits anything."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

from eventstudy.errors import unknown_name
from eventstudy.report.formats.pdf import _pdf, _slides
from eventstudy.report.story import Story

ALWAYS = ("pdf", "json")
"""What every bundle has."""


def _web(story: Story, folder: Path) -> None:
    from eventstudy.report.formats.web import write_web_page

    write_web_page(story, folder / "report.html")


def _workbook(story: Story, folder: Path) -> None:
    from eventstudy.report.formats.workbook import write_workbook

    write_workbook(story, folder / "report.xlsx")


def _latex(story: Story, folder: Path) -> None:
    from eventstudy.report.formats.table_files import write_latex

    write_latex(story, folder / "tables")


def _markdown(story: Story, folder: Path) -> None:
    from eventstudy.report.formats.table_files import write_markdown

    write_markdown(story, folder / "tables")


def _nothing(_story: Story, _folder: Path) -> None:
    """results.json is written with every bundle."""


FORMATS: dict[str, Callable[[Story, Path], None]] = {
    "pdf": _pdf,
    "html": _web,
    "xlsx": _workbook,
    "tex": _latex,
    "md": _markdown,
    "png": _slides,
    "json": _nothing,
}
"""Name of a format → what writes it into the folder of a bundle, which has a folder tables."""


def checked(formats: Iterable[str]) -> tuple[str, ...]:
    """Formats in their fixed order, with those that every bundle has; InputError if unknown."""
    asked = [str(name).strip().lower() for name in formats]
    for name in asked:
        if name not in FORMATS:
            raise unknown_name("format", name, list(FORMATS))
    return tuple(name for name in FORMATS if name in (*asked, *ALWAYS))
