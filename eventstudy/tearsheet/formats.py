"""The formats of a bundle: each is written from the same story, none fits anything."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

from eventstudy.errors import unknown_name
from eventstudy.files import write_json
from eventstudy.tearsheet import theme
from eventstudy.tearsheet.savefig import save_figure, save_png, save_report
from eventstudy.tearsheet.sheets import sheets
from eventstudy.tearsheet.story import Story

ALWAYS = ("pdf", "json")
"""What every bundle has."""


def _pdf(story: Story, folder: Path) -> None:
    """report.pdf with a bookmark a page; each page by itself as PDF and PNG; their alt texts."""
    (folder / "figures").mkdir()
    singles, said = [], {}
    for sheet in sheets(story):
        singles.append(save_figure(sheet.figure, folder / "figures" / sheet.name, sheet.alt)[0])
        said[sheet.name] = {"title": sheet.figure.get_label(), "alt": sheet.alt}
    save_report(singles, folder / "report.pdf", story.title, story.headline())
    write_json(said, folder / "figures" / "alt_text.json")


def _slides(story: Story, folder: Path) -> None:
    """Each block as a PNG of 1,920 × 1,080 pixels, numbered in the order of the report."""
    (folder / "slides").mkdir()
    with theme.dressed("slide", theme.ink().name):
        for number, sheet in enumerate(sheets(story), start=1):
            save_png(sheet.figure, folder / "slides" / f"{number:02d}-{sheet.name}.png", sheet.alt)


def _web(story: Story, folder: Path) -> None:
    from eventstudy.tearsheet.web import write_web_page

    write_web_page(story, folder / "report.html")


def _workbook(story: Story, folder: Path) -> None:
    from eventstudy.tearsheet.workbook import write_workbook

    write_workbook(story, folder / "report.xlsx")


def _latex(story: Story, folder: Path) -> None:
    from eventstudy.tearsheet.latex import write_latex

    write_latex(story, folder / "tables")


def _markdown(story: Story, folder: Path) -> None:
    from eventstudy.tearsheet.markdown import write_markdown

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
