"""The formats of a bundle: each is written from the same story, none fits anything.

A new format needs a writer and one line here. Command line, completion and help read these lines,
and a writer is loaded when its format is used.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from eventstudy.errors import unknown_name

if TYPE_CHECKING:
    from eventstudy.report.told import Told


@dataclass(frozen=True, slots=True)
class Format:
    """One form of the report.

    `place` is the file or folder of the bundle that it goes to; `writer` is the function that
    takes a story and that place, as "module:name".
    """

    name: str
    place: str
    help: str
    writer: str
    always: bool = False
    """Whether every bundle has it."""

    def write(self, story: Told, folder: Path) -> None:
        """Write it into the folder of a bundle, which has a folder tables."""
        module, name = self.writer.split(":")
        getattr(import_module(f"eventstudy.report.{module}"), name)(story, folder / self.place)


FORMATS = {
    one.name: one
    for one in (
        Format("pdf", "report.pdf", "pages", "formats.pdf:write_pdf", always=True),
        Format("brief", "brief.pdf", "one page", "formats.brief:write_brief"),
        Format("html", "report.html", "web page", "formats.web:write_web_page"),
        Format("xlsx", "report.xlsx", "workbook", "formats.workbook:write_workbook"),
        Format("tex", "tables", "tables for LaTeX", "tables.printed:write_latex"),
        Format("md", "tables", "tables in Markdown", "tables.printed:write_markdown"),
        Format("png", "slides", "slides", "formats.pdf:write_slides"),
        Format("svg", "figures", "figures as SVG", "formats.pdf:write_svg"),
        Format("share", "share.png", "image for links", "formats.share:write_share"),
        Format("json", "results.json", "figures", "results_json:write_results", always=True),
    )
}


def formats_help() -> str:
    """The formats in words, for the command line's help."""
    asked = [f"{one.name} ({one.help})" for one in FORMATS.values() if not one.always]
    always = [one.name for one in FORMATS.values() if one.always]
    return f"Also {', '.join(asked)}; {' and '.join(always)} are always written."


def checked_formats(formats: Iterable[str]) -> tuple[str, ...]:
    """The names of formats in their fixed order, with those that every bundle has.

    Raises:
        InputError: For an unknown name.
    """
    asked = [str(name).strip().lower() for name in formats]
    for name in asked:
        if name not in FORMATS:
            raise unknown_name("format", name, list(FORMATS))
    return tuple(name for name, one in FORMATS.items() if name in asked or one.always)
