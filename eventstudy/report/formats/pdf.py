"""The report as PDF, as slides and as SVG."""

from __future__ import annotations

from pathlib import Path

from eventstudy.files.formats import write_json
from eventstudy.report.drawing import theme
from eventstudy.report.drawing.savefig import save_figure, save_png, save_report, save_svg
from eventstudy.report.formats.sheets import sheets
from eventstudy.report.told import Told


def write_pdf(story: Told, path: Path) -> None:
    """The report to `path` with a bookmark a page; beside it, in figures/, each page by itself.

    A page is a PDF and a PNG; alt_text.json has what each shows in words.
    """
    figures = path.parent / "figures"
    figures.mkdir()
    pages, described = [], {}
    for sheet in sheets(story):
        pages.append(save_figure(sheet.figure, figures / sheet.name, sheet.alt)[0])
        described[sheet.name] = {"title": sheet.figure.get_label(), "alt": sheet.alt}
    save_report(pages, path, story.title, story.finding())
    write_json(described, figures / "alt_text.json")


def write_slides(story: Told, folder: Path) -> None:
    """A few findings as PNG of 1,920 × 1,080 pixels, numbered in the order of the report."""
    folder.mkdir()
    with theme.dressed("slide", theme.ink().name):
        for number, sheet in enumerate(sheets(story), start=1):
            save_png(sheet.figure, folder / f"{number:02d}-{sheet.name}.png", sheet.alt)


def write_svg(story: Told, folder: Path) -> None:
    """Each figure as SVG beside its PDF and PNG."""
    for sheet in sheets(story):
        save_svg(sheet.figure, folder / f"{sheet.name}.svg", sheet.alt)
