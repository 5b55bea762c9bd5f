"""Charts as inline SVG: text stays text, every id is the page's only one, colours have names.

matplotlib writes a document; a page needs a fragment. Each style becomes a class of one stylesheet,
so that the page runs without inline styles, and each colour of the ink a CSS variable, so that a
dark palette can replace it.
"""

from __future__ import annotations

import io
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from xml.etree import ElementTree

import matplotlib
from matplotlib.figure import Figure

from eventstudy.report.drawing import marks, theme
from eventstudy.report.drawing.blocks import Chart
from eventstudy.report.drawing.geometry import Rect
from eventstudy.report.drawing.savefig import show_commands
from eventstudy.report.formats.web_colours import shade_variables, variables

_NUMBER = re.compile(r"-?\d*\.\d+")
_COLOUR = re.compile(r"#[0-9a-fA-F]{6}\b")
_REFERENCE = re.compile(r"#([A-Za-z][\w.-]*)")
_UPRIGHT = re.compile(r"rotate\(-?0(\.0*)?( [^)]*)?\)")
_SPACES = re.compile(r"\s*([A-Za-z])\s*")
_GEOMETRY = ("d", "x", "y", "width", "height", "points", "transform")
_NO_METADATA = {"Creator": None, "Date": None, "Format": None, "Type": None}


@dataclass
class Stylesheet:
    """The styles of all drawings of a page, each under the name of a class."""

    classes: dict[str, str] = field(default_factory=dict)

    def named(self, style: str) -> str:
        """The class of a style; a new one where none has it yet."""
        return self.classes.setdefault(style, f"s{len(self.classes)}")

    @property
    def css(self) -> str:
        """One rule a class."""
        return "\n".join(f".{name}{{{style}}}" for style, name in self.classes.items())


@dataclass(frozen=True, slots=True)
class Drawing:
    """A chart as an `<svg>` element.

    `mixed` says that it has colours beside those of the ink and its shades, so
    that it has to keep its light ground.
    """

    markup: str
    mixed: bool
    marks: tuple[marks.Mark, ...]
    """What the chart noted of its marks, in the points of the drawing."""


@theme.themed()
def chart_svg(
    chart: Chart, width: float, height: float, prefix: str, kind: str, sheet: Stylesheet
) -> Drawing:
    """Draw the chart at `width` × `height` points; its ids begin with `prefix`.

    `kind` is the class of the element; the styles go into `sheet`.
    """
    fig = Figure(figsize=(width / 72, height / 72), dpi=72)
    fig.patch.set_visible(False)
    with marks.collected() as noted:
        chart.draw(fig, Rect(0, 0, width, height))
    show_commands(fig)
    stream = io.BytesIO()
    with matplotlib.rc_context({"svg.fonttype": "none", "svg.hashsalt": prefix}):
        fig.savefig(stream, format="svg", metadata=_NO_METADATA)
    root = ElementTree.fromstring(stream.getvalue())
    _bare(root)
    _own_ids(root, prefix)
    mixed = _styled(root, sheet)
    _compact(root)
    _join(root, {name for style, name in sheet.classes.items() if _is_line(style)})
    root.attrib = {
        "class": kind,
        "role": "img",
        "aria-label": chart.alt,
        "viewBox": f"0 0 {_short(width)} {_short(height)}",
    }
    markup = ElementTree.tostring(root, encoding="unicode")
    return Drawing(markup, mixed, tuple(marks.placed(noted)))


def _bare(root: ElementTree.Element) -> None:
    """Take away name spaces, metadata, the document's stylesheet, white space, what is not seen."""
    for element in root.iter():
        element.tag = element.tag.rpartition("}")[2]
        for name in [name for name in element.attrib if "}" in name]:
            element.attrib[name.rpartition("}")[2]] = element.attrib.pop(name)
        if element.tag != "text":
            element.text = None
        element.tail = None
        for child in list(element):
            if _unseen(child):
                element.remove(child)


def _unseen(element: ElementTree.Element) -> bool:
    kind = element.tag.rpartition("}")[2]
    return kind in ("metadata", "style") or element.attrib.get("style") == "fill: none"


def _own_ids(root: ElementTree.Element, prefix: str) -> None:
    """Number the ids that something refers to; drop all others, which charts have in common."""
    used: dict[str, str] = {}
    for element in root.iter():
        for name, value in element.attrib.items():
            if name == "href" or "url(" in value:
                for reference in _REFERENCE.findall(value):
                    used.setdefault(reference, f"{prefix}-{len(used) + 1}")
    for element in root.iter():
        own = used.get(element.attrib.pop("id", ""))
        for name, value in element.attrib.items():
            if name == "href" or "url(" in value:
                element.attrib[name] = _REFERENCE.sub(
                    lambda match: f"#{used.get(match[1], match[1])}", value
                )
        if own:
            element.attrib["id"] = own


def _styled(root: ElementTree.Element, sheet: Stylesheet) -> bool:
    """Styles to classes, colours to variables; whether there are colours that have no name."""
    marks, letters, mixed = shade_variables() | variables("ink"), variables("type"), False
    for element in root.iter():
        style = element.attrib.pop("style", "")
        # Of a translucent area matplotlib writes "fill-opacity:0.1", without the blank.
        pairs = (part.partition(":") for part in style.split(";") if part.strip())
        parts = {key.strip(): value.strip() for key, _, value in pairs}
        parts.pop("font-family", None)
        if not parts:
            continue
        mixed = mixed or any(c.lower() not in marks for c in _COLOUR.findall(style))
        # A sign that keys a mark has the mark's colour; other type may need more contrast.
        written = element.tag == "text" and any(c.isalnum() for c in element.text or "")
        text = ";".join(f"{key}:{value}" for key, value in parts.items())
        element.attrib["class"] = sheet.named(_renamed(text, letters if written else marks))
    return mixed


def _renamed(style: str, names: Mapping[str, str]) -> str:
    return _COLOUR.sub(lambda match: names.get(match[0].lower(), match[0]), style)


def _compact(root: ElementTree.Element) -> None:
    """Two decimals, no turn by nothing, no group that says nothing."""
    for element in root.iter():
        for name in _GEOMETRY:
            if name not in element.attrib:
                continue
            value = _UPRIGHT.sub("", element.attrib[name]).strip()
            value = _NUMBER.sub(lambda match: _short(float(match[0])), value)
            if name == "d":
                value = _SPACES.sub(r"\1", value)
            element.attrib[name] = value
        if not element.attrib.get("transform", "some"):
            del element.attrib["transform"]
    _prune(root)


def _prune(parent: ElementTree.Element) -> None:
    kept: list[ElementTree.Element] = []
    for child in parent:
        _prune(child)
        if child.tag in ("g", "defs") and not len(child):
            continue
        if child.tag == "path" and not ({"d", "id"} & child.attrib.keys()):
            continue  # a line without a finite point
        if child.tag == "g" and not child.attrib:
            kept.extend(child)
        else:
            kept.append(child)
    parent[:] = kept


def _is_line(style: str) -> bool:
    """Whether what is drawn twice in this style looks like what is drawn once."""
    return "fill:none" in style and "opacity" not in style and "url(" not in style


def _join(parent: ElementTree.Element, lines: Collection[str]) -> None:
    """Make one path of neighbours that differ in nothing but where they lie."""
    kept: list[ElementTree.Element] = []
    for child in parent:
        _join(child, lines)
        last = kept[-1] if kept else None
        if last is not None and child.attrib.get("class") in lines and _alike(last, child):
            last.attrib["d"] += child.attrib["d"]
        else:
            kept.append(child)
    parent[:] = kept


def _alike(one: ElementTree.Element, other: ElementTree.Element) -> bool:
    rest = [{k: v for k, v in each.attrib.items() if k != "d"} for each in (one, other)]
    return one.tag == other.tag == "path" and rest[0] == rest[1] and "id" not in rest[0]


def _short(value: float) -> str:
    text = f"{value:.2f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text
