"""The report as one HTML file: findings, charts as inline SVG, tables that sort; no network."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pandas as pd
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from eventstudy.evidence.parts.curve import Curve
from eventstudy.report.drawing import theme
from eventstudy.report.drawing.blocks import Block, Chart, Page, Table, Text
from eventstudy.report.drawing.text import Paragraph, unbroken
from eventstudy.report.formats.svg import Stylesheet, chart_svg
from eventstudy.report.formats.web_colours import palette_css
from eventstudy.report.formats.web_curve import curve_data
from eventstudy.report.formats.web_marks import marks_data
from eventstudy.report.formats.web_tables import WebTable, data_table, web_table
from eventstudy.report.kinds import all_tables
from eventstudy.report.pages.contents import page_label, tell
from eventstudy.report.story import Story, setting, source_line
from eventstudy.report.told import Told
from eventstudy.text.lines import visible
from eventstudy.text.measure import worded

WIDE, NARROW = 720.0, 335.0
"""Points at which every chart is drawn: for a page, and for a telephone."""

_HERE = Path(__file__).parent
_SCRIPTS = ("open.js", "marks.js", "choices.js", "tables.js", "close.js")
"""Parts of one function, so that they share their names and give none away."""
_SMALL = 8.0
"""Paragraphs set smaller than this on paper are notes."""
_FEW = 3
"""Columns of a table that leaves a chart beside it room for readable labels."""
_RANGE = re.compile(r"(?<=[\d%]) to (?=[+−]?\$?\d)")
_PARTED = re.compile(r" |−\$")
"""Where a browser would break a line inside a piece of text that belongs together."""
_TIGHT = 2.0
"""Paragraphs with less space after them than this belong together, as the lines of a list do."""


@dataclass(frozen=True)
class Prose:
    """A piece of prose: `kind` is list, heading, body or small."""

    kind: str
    texts: tuple[str, ...]


@dataclass(frozen=True)
class WebBlock:
    """A block of a page as the template takes it: `kind` is chart, table or text."""

    kind: str
    name: str = ""
    wide: Markup | None = None
    narrow: Markup | None = None
    card: bool = False
    marks: Mapping[str, Any] | None = None
    table: WebTable | None = None
    prose: tuple[Prose, ...] = ()


@dataclass(frozen=True)
class Section:
    """A page of the report on the web."""

    id: str
    label: str
    finding: str
    subtitle: str
    blocks: tuple[WebBlock, ...] = field(repr=False)

    @property
    def beside(self) -> bool:
        """Whether a wide window has it side by side: a chart and a table of few columns."""
        tables = [block.table for block in self.blocks if block.table]
        kinds = [block.kind for block in self.blocks]
        return kinds == ["chart", "table"] and len(tables[0].heads) <= _FEW


def write_web_page(story: Told, path: Path) -> None:
    """Write the report of one event to `path`, an HTML file that needs nothing but itself."""
    path.write_text(web_page(story), encoding="utf-8", newline="\n")


@theme.themed()
def web_page(story: Told) -> str:
    """The HTML of the report; the same story gives the same text."""
    pages = list(tell(story).values())
    return render(pages, all_tables(story), _about(story), _choices(story))


def _choices(story: Told) -> dict[str, Any]:
    """What readers may choose for themselves, by the page on which they do; see the script."""
    if not isinstance(story, Story) or not story.has_part("curve"):
        return {}
    curve = story.part(Curve)
    known = curve.specifications["estimate"].notna().any()
    return {"specifications": curve_data(curve, story.name)} if known else {}


def _about(story: Told) -> dict[str, str]:
    """What the page says beside its findings."""
    return {
        "title": story.title,
        "event": story.subject,
        "event_id": story.event_id,
        "method": worded(setting(story)),
        "source": source_line(story),
        "figures_are": worded("Returns in percent."),
        "digest": story.origin.get("sha256", ""),
        "maker": f"eventstudy {version('eventstudy-kit')}",
    }


def render(
    pages: Sequence[Page],
    tables: Mapping[str, pd.DataFrame],
    about: Mapping[str, str],
    choices: Mapping[str, Any] | None = None,
) -> str:
    """The HTML of a report.

    Args:
        pages: its findings, the first of which has the answer.
        tables: of the bundle, by name.
        about: title, event, event_id, method, source, figures_are, digest and maker.
        choices: what readers may choose, by the name of the page on which they do.
    """
    choices = choices or {}
    sheet = Stylesheet()
    sections = [
        _section(page, number, about["method"], sheet) for number, page in enumerate(pages, start=1)
    ]
    first = sections[0]
    answer = [block for block in first.blocks if block.kind == "text"]
    others = tuple(block for block in first.blocks if block.kind != "text")
    first = replace(first, blocks=others)
    style = "\n".join((_font_faces(), palette_css(sheet.css), _asset("style.css"), sheet.css))
    script = "\n".join(map(_asset, _SCRIPTS))
    page: str = (
        _environment()
        .get_template("report.html.jinja")
        .render(
            **about,
            first=first,
            answer=answer,
            sections=[first, *sections[1:]],
            tables=[web_table(data_table(name, frame)) for name, frame in tables.items()],
            style=Markup(style),
            script=Markup(script),
            choices=choices,
            data=_data(sections, choices),
            policy=_policy(style, script),
        )
    )
    return visible(page)  # marks that turn the order of reading would turn a whole sentence


def _section(page: Page, number: int, method: str, sheet: Stylesheet) -> Section:
    blocks = tuple(
        _block(block, f"chart{number}-{index}", sheet) for index, block in enumerate(page.blocks)
    )
    label = worded(page_label(page.name))
    # The method is told at the top and in the footer, and not once more over every chart.
    subtitle = page.subtitle if number == 1 else page.subtitle.removesuffix(method).rstrip()
    return Section(page.name, label, page.finding, subtitle, blocks)


def _data(sections: Sequence[Section], choices: Mapping[str, Any]) -> Markup:
    """What the script needs, as JSON that no parser of HTML takes for markup."""
    charts = [
        # Where readers choose, the script draws the curve and tells of it itself.
        marks_data([]) if each.id in choices and block.name == "curve" else block.marks
        for each in sections
        for block in each.blocks
        if block.kind == "chart"
    ]
    text = json.dumps(
        {"charts": charts, "choices": choices},
        ensure_ascii=False,
        allow_nan=False,
        separators=(",", ":"),
    )
    for sign in "<>&":
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    return Markup(text)


def _block(block: Block, prefix: str, sheet: Stylesheet) -> WebBlock:
    if isinstance(block, Chart):
        wide = chart_svg(block, WIDE, block.height, f"{prefix}w", "wide", sheet)
        narrow = chart_svg(block, NARROW, block.narrow, f"{prefix}n", "narrow", sheet)
        drawn = Markup(wide.markup), Markup(narrow.markup)
        noted = marks_data([wide.marks, narrow.marks])
        return WebBlock("chart", block.name, *drawn, card=wide.mixed or narrow.mixed, marks=noted)
    if isinstance(block, Table):
        return WebBlock("table", table=web_table(block))
    return WebBlock("text", prose=_prose(block))


def _prose(block: Text) -> tuple[Prose, ...]:
    parts: list[Prose] = []
    for paragraph in block.paragraphs:
        kind = _part_kind(paragraph)
        if kind == "list" and parts and parts[-1].kind == "list":
            parts[-1] = Prose("list", (*parts[-1].texts, paragraph.text))
        else:
            parts.append(Prose(kind, (paragraph.text,)))
    return tuple(parts)


def _part_kind(paragraph: Paragraph) -> str:
    if paragraph.bullet:
        return "list"
    if paragraph.weight == "bold":
        return "heading"
    if paragraph.quiet or paragraph.size < _SMALL:
        return "small"
    return "tight" if paragraph.space < _TIGHT else "body"


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(_HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["whole"] = whole
    return environment


def whole(text: str) -> Markup:
    """Text in which a figure stays with its sign and unit, a date and a range together, escaped.

    The blanks stay ordinary ones, so that a search finds the figure.
    """
    held = unbroken(_RANGE.sub("\u00a0to\u00a0", text))
    pieces = (
        Markup('<span class="whole">{}</span>').format(piece)
        if _PARTED.search(piece)
        else escape(piece)
        for piece in (each.replace("\u00a0", " ") for each in held)
    )
    return Markup(" ").join(pieces)


def _asset(name: str) -> str:
    return (_HERE / "templates" / name).read_text(encoding="utf-8")


@cache
def _font_faces() -> str:
    """The typeface of the charts, inside the page, so that the measured widths hold everywhere."""
    faces = []
    for name, weight in (("TearsheetSans", "normal"), ("TearsheetSans-Bold", "bold")):
        data = base64.b64encode((theme.FONTS / f"{name}.woff2").read_bytes()).decode("ascii")
        faces.append(
            f'@font-face{{font-family:"Tearsheet Sans";font-weight:{theme.WEIGHTS[weight]};'
            f'src:url("data:font/woff2;base64,{data}") format("woff2")}}'
        )
    return "\n".join(faces)


def _policy(style: str, script: str) -> str:
    """No network, no frame, no form; this style and this script alone, by their hashes."""
    return "; ".join(
        (
            "default-src 'none'",
            f"style-src '{_digest(style)}'",
            f"script-src '{_digest(script)}'",
            "font-src data:",
            "img-src data:",
            "base-uri 'none'",
            "form-action 'none'",
        )
    )


def _digest(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode("ascii")
