"""The report as PDF and as slides."""

from __future__ import annotations

from pathlib import Path

from eventstudy.files.formats import write_json
from eventstudy.report.drawing import theme
from eventstudy.report.drawing.savefig import save_figure, save_png, save_report
from eventstudy.report.drawing.sheets import sheets
from eventstudy.report.story import Story


def _pdf(story: Story, folder: Path) -> None:
    """report.pdf with a bookmark a page; each page by itself as PDF and PNG; their alt texts."""
    (folder / "figures").mkdir()
    singles, said = [], {}
    for sheet in sheets(story):
        singles.append(save_figure(sheet.figure, folder / "figures" / sheet.name, sheet.alt)[0])
        said[sheet.name] = {"title": sheet.figure.get_label(), "alt": sheet.alt}
    save_report(singles, folder / "report.pdf", story.title, story.finding())
    write_json(said, folder / "figures" / "alt_text.json")


def _slides(story: Story, folder: Path) -> None:
    """Each block as a PNG of 1,920 × 1,080 pixels, numbered in the order of the report."""
    (folder / "slides").mkdir()
    with theme.dressed("slide", theme.ink().name):
        for number, sheet in enumerate(sheets(story), start=1):
            save_png(sheet.figure, folder / "slides" / f"{number:02d}-{sheet.name}.png", sheet.alt)
