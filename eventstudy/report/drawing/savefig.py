"""Figures to files: the same figures give the same bytes on every run."""

from __future__ import annotations

import logging
import re
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path

import matplotlib
from matplotlib.figure import Figure
from matplotlib.text import Text
from pypdf import PdfReader, PdfWriter
from pypdf.generic import BooleanObject, DictionaryObject, NameObject, TextStringObject

from eventstudy.report.drawing import theme
from eventstudy.report.drawing.typeface import keep_fonts
from eventstudy.text.lines import visible

PNG_ENCODING = {"compress_level": 1}
"""A little larger than at the default level, in a quarter of the time."""


def save_report(pages: Sequence[Path], path: Path | str, title: str, subject: str = "") -> Path:
    """Bind single-page PDFs into one with a bookmark a page, and return its path.

    Bookmarks are the pages' own titles, which `save_figure` makes of their findings. Title and
    subject go into the document information; no date does.
    """
    path = Path(path)
    with PdfWriter() as writer:
        for number, page in enumerate(pages):
            reader = PdfReader(page)
            writer.append(reader, import_outline=False)
            title_of_page = reader.metadata.title if reader.metadata else None
            writer.add_outline_item(title=title_of_page or page.stem, page_number=number)
        writer.compress_identical_objects()
        writer.metadata = None
        writer.add_metadata({f"/{k}": v for k, v in _info(title, subject).items() if v})
        writer.root_object[NameObject("/Lang")] = TextStringObject("en")
        writer.root_object[NameObject("/ViewerPreferences")] = DictionaryObject(
            {NameObject("/DisplayDocTitle"): BooleanObject(True)}
        )
        writer.write(path)
    return path


@theme.themed()
def save_figure(fig: Figure, stem: Path | str, subject: str = "") -> tuple[Path, Path]:
    """Write one figure as `stem`.pdf (vector) and `stem`.png; returns both paths.

    The PDF's title is the figure's label, which `new_page` sets to the finding; `subject` says
    what the figure shows, in both files. The PNG has the resolution of the paper in use.
    """
    stem = Path(stem)
    pdf, png = (stem.with_name(f"{stem.name}.{kind}") for kind in ("pdf", "png"))
    return save_pdf(fig, pdf, subject), save_png(fig, png, subject)


@theme.themed()
def save_pdf(fig: Figure, path: Path, subject: str = "") -> Path:
    """Write one figure as a PDF of one page, its label as the title; returns the path."""
    show_commands(fig)
    keep_fonts()
    with _quiet():
        title = str(fig.get_label()) or path.stem
        fig.savefig(path, format="pdf", metadata=_info(title, subject))
    return path


@theme.themed()
def save_svg(fig: Figure, path: Path, subject: str = "") -> Path:
    """Write one figure as SVG, its letters as outlines, so that it needs no font."""
    show_commands(fig)
    keep_fonts()
    about = {"Title": visible(str(fig.get_label())), "Description": visible(subject)}
    said = {name: text for name, text in about.items() if text}
    with matplotlib.rc_context({"svg.fonttype": "path", "svg.hashsalt": path.stem}):
        fig.savefig(path, format="svg", metadata={"Date": None, "Creator": _maker(), **said})
    return path


@theme.themed()
def save_png(fig: Figure, path: Path, subject: str = "") -> Path:
    """Write one figure as PNG in the resolution of the paper in use; `subject` says what it shows.

    The text chunks of the file hold its title, its subject and the program.
    """
    chunks = {"Software": _maker(), "Title": str(fig.get_label()), "Description": subject}
    kept = {name: visible(text) for name, text in chunks.items() if text}
    show_commands(fig)
    keep_fonts()
    dpi = theme.paper().dpi
    fig.savefig(path, format="png", dpi=dpi, metadata=kept, pil_kwargs=PNG_ENCODING)
    return path


def show_commands(fig: Figure) -> None:
    """Make the texts of a figure `visible`: XML and a PDF's reader take no control characters."""
    for text in fig.findobj(Text):
        assert isinstance(text, Text)
        if (shown := visible(text.get_text())) != text.get_text():
            text.set_text(shown)


def _maker() -> str:
    return f"eventstudy {version('eventstudy-kit')}"


def _info(title: str, subject: str) -> dict[str, str | None]:
    maker = _maker()
    info: dict[str, str | None] = {"Title": visible(title), "Creator": maker, "Producer": maker}
    if subject:
        info["Subject"] = visible(subject)
    return info | {"CreationDate": None, "ModDate": None}


@contextmanager
def characters_lacking() -> Iterator[set[str]]:
    """What no font of the pages drawn inside has: drawn as boxes, collected and not warned of.

    The set is filled at the end. Any other warning goes on.
    """
    lacking: set[str] = set()
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        yield lacking
    for one in caught:
        if glyph := re.match(r"Glyph (\d+) .*missing from", str(one.message)):
            lacking.add(chr(int(glyph[1])))
        else:
            warnings.warn_explicit(one.message, one.category, one.filename, one.lineno)


@contextmanager
def _quiet() -> Iterator[None]:
    """Silence fontTools, which reports every table that it drops: no message for a log's reader."""
    logger = logging.getLogger("fontTools")
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        yield
    finally:
        logger.setLevel(level)
