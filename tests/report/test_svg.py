"""Charts as inline SVG: text as text, ids of their own, colours by name, the same bytes."""

from __future__ import annotations

import re
from dataclasses import fields
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from eventstudy.report.drawing import theme
from eventstudy.report.drawing.blocks import Chart
from eventstudy.report.drawing.geometry import Rect
from eventstudy.report.drawing.palette import INKS, NIGHT, is_dark
from eventstudy.report.formats.svg import Drawing, Stylesheet, chart_svg
from eventstudy.report.formats.web_colours import (
    contrast,
    palette_css,
    readable,
    shade_variables,
    variables,
)

HOSTILE = '<script>alert(1)</script> & "><img onerror=x> ]]>'


def draw(fig: Figure, rect: Rect) -> None:
    """Lines with markers that are clipped, a hatched box, and words in two colours."""
    ink = theme.ink()
    ax = rect.add_axes(fig)
    ax.plot([0, 1, 2], [0.123456, 1, 0.5], marker="o", color=ink.blue)
    ax.add_patch(Rectangle((0, 0), 1, 0.5, hatch="///", facecolor=ink.missing, edgecolor=ink.rule))
    ax.text(1, 0.6, "−13.3%", color=ink.event)
    ax.text(1, 0.8, "●", color=ink.event)
    ax.text(1, 0.9, "plain", color=ink.text)


def shades(fig: Figure, rect: Rect) -> None:
    rect.add_axes(fig).pcolormesh(np.arange(12.0).reshape(3, 4), cmap="viridis")


def svg(
    prefix: str = "chart1w",
    draw: Any = draw,
    sheet: Stylesheet | None = None,
    alt: str = "A chart.",
) -> Drawing:
    sheet = Stylesheet() if sheet is None else sheet
    return chart_svg(Chart("some", draw, alt), 400, 200, prefix, "wide", sheet)


def parsed(drawing: Drawing) -> ElementTree.Element:
    return ElementTree.fromstring(drawing.markup)


def ids(drawing: Drawing) -> list[str]:
    return [e.attrib["id"] for e in parsed(drawing).iter() if "id" in e.attrib]


def references(drawing: Drawing, sheet: Stylesheet) -> set[str]:
    return set(re.findall(r"(?:url\(|href=\")#([\w-]+)", drawing.markup + sheet.css))


class TestMarkup:
    def test_it_is_a_picture_with_its_alternative(self):
        root = parsed(svg(alt='Bars "by" day'))
        assert (root.tag, root.attrib["role"]) == ("svg", "img")
        assert root.attrib["aria-label"] == 'Bars "by" day'
        assert root.attrib["viewBox"] == "0 0 400 200"

    def test_text_stays_text(self):
        found = [e.text for e in parsed(svg()).iter("text")]
        assert {"−13.3%", "●", "plain", "0.0"} <= set(found)

    def test_nothing_of_the_document_is_left(self):
        markup = svg().markup
        for rest in ("<?xml", "DOCTYPE", "xmlns", "xlink", "metadata", "<style", "style=", "\n"):
            assert rest not in markup, rest
        assert "matplotlib" not in markup

    def test_hostile_words_are_words(self):
        def words(fig: Figure, rect: Rect) -> None:
            rect.add_axes(fig).set_title(HOSTILE)

        drawing = svg(draw=words, alt=HOSTILE)
        root = parsed(drawing)
        assert HOSTILE in [e.text for e in root.iter("text")]
        assert root.attrib["aria-label"] == HOSTILE
        assert "<script" not in drawing.markup
        assert "<img" not in drawing.markup

    def test_two_decimals_are_enough(self):
        assert not re.search(r'(?:d|x|y|transform)="[^"]*\.\d{3}', svg().markup)

    def test_what_is_not_seen_is_left_out(self):
        root = parsed(svg())
        assert not [e for e in root.iter("g") if not e.attrib]
        assert not [e for e in root.iter() if "rotate(" in e.attrib.get("transform", "")]

    def test_a_line_without_a_point_leaves_no_path(self):
        """Beside others of its style too, which are joined to one path."""

        def gaps(fig: Figure, rect: Rect) -> None:
            ax = rect.add_axes(fig)
            ax.set_axis_off()
            for values in ([np.nan, np.nan], [0.0, 1.0], [np.nan, np.nan], [1.0, 0.0]):
                ax.plot([0, 1], values, color=theme.ink().blue)

        paths = [e.attrib for e in parsed(svg(draw=gaps)).iter("path")]
        assert all("d" in each for each in paths)
        assert sum("class" in each for each in paths) in (1, 2)

    def test_the_same_chart_gives_the_same_bytes(self):
        assert svg().markup == svg().markup


class TestIds:
    def test_every_reference_has_its_id(self):
        sheet = Stylesheet()
        drawing = svg(sheet=sheet)
        assert references(drawing, sheet) == set(ids(drawing))
        assert len(ids(drawing)) >= 3  # a clip path, a marker and a hatch

    def test_two_charts_share_none(self):
        sheet = Stylesheet()
        one, other = ids(svg("chart1w", sheet=sheet)), ids(svg("chart1n", sheet=sheet))
        assert one
        assert not set(one) & set(other)
        assert len(one) == len(set(one))


class TestColours:
    def test_colours_of_the_ink_have_names(self):
        sheet = Stylesheet()
        assert not svg(sheet=sheet).mixed
        assert not re.search("#[0-9a-f]{6}", sheet.css)
        assert "stroke:var(--ink-blue)" in sheet.css

    def test_letters_have_a_colour_that_can_be_read_and_signs_that_of_their_mark(self):
        sheet = Stylesheet()
        root = parsed(svg(sheet=sheet))
        rules = {name: style for style, name in sheet.classes.items()}
        fill = {e.text: rules[e.attrib["class"]] for e in root.iter("text")}
        assert "fill:var(--type-vermilion)" in fill["−13.3%"]
        assert "fill:var(--ink-vermilion)" in fill["●"]

    def test_other_colours_are_told(self):
        assert svg(draw=shades).mixed

    def test_equal_styles_are_one_class(self):
        sheet = Stylesheet()
        svg(sheet=sheet)
        before = dict(sheet.classes)
        markup = svg(sheet=sheet).markup
        plain = {style for style in before if "url(" not in style}
        assert plain <= set(sheet.classes)
        assert len(sheet.classes) <= len(before) + 1  # a hatch has its own id
        assert set(re.findall(r'class="(s\d+)"', markup)) <= set(sheet.classes.values())

    @pytest.mark.parametrize("name", INKS)
    def test_every_ink_has_a_night(self, name):
        day, night = INKS[name], NIGHT[name]
        assert contrast(night.text, night.paper) > 10
        assert contrast(night.paper, day.paper) > 10
        # The further from zero, the further from the ground.
        for ink in (day, night):
            away = [contrast(colour, ink.paper) for colour in ink.diverging]
            assert away[:4] == sorted(away[:4], reverse=True)
            assert away[3:] == sorted(away[3:])

    @pytest.mark.parametrize("name", INKS)
    def test_letters_on_shades_can_be_read_by_day_and_by_night(self, name):
        with theme.dressed(ink=name):
            names = shade_variables()
            css = palette_css(" ".join(names.values()))
        day, night = INKS[name], NIGHT[name]
        by_variable = {index: code for code, index in names.items()}
        for ink, rules in ((day, css.split("@media")[0]), (night, css.split("@media")[1])):
            own = rules.split(" .card")[0]  # a card keeps the colours of the day
            shades = dict(re.findall(r"--(shade-\d+):(#\w+)", own))
            assert len(shades) == len(names) > 100
            for variable, colour in shades.items():
                dark = is_dark(to_rgb(by_variable[f"var(--{variable})"]))
                assert contrast(colour, ink.paper if dark else ink.text) >= 4.5

    @pytest.mark.parametrize("name", INKS)
    @pytest.mark.parametrize("palette", [INKS, NIGHT], ids=["day", "night"])
    def test_marks_stand_out_and_letters_can_be_read(self, palette, name):
        ink = palette[name]
        for mark in ("grey", "blue", "vermilion", "event", "text"):
            assert contrast(getattr(ink, mark), ink.paper) >= 3, mark
        for letters in ("text", "grey", "blue", "deep_blue", "orange", "vermilion", "event"):
            colour = readable(getattr(ink, letters), ink.paper, ink.text)
            assert contrast(colour, ink.paper) >= 4.5, letters

    def test_what_is_readable_is_left_alone(self):
        assert readable("#595F66", "#FFFFFF", "#1A1A1A") == "#595F66"
        assert readable("#FFFFFF", "#FFFFFF", "#1A1A1A") == "#FFFFFF"
        assert readable("#E69F00", "#FFFFFF", "#1A1A1A") not in ("#E69F00", "#1A1A1A")

    def test_contrast_is_that_of_the_guidelines(self):
        assert contrast("#000000", "#FFFFFF") == pytest.approx(21)
        assert contrast("#FFFFFF", "#FFFFFF") == pytest.approx(1)
        assert contrast("#767676", "#FFFFFF") == pytest.approx(4.54, abs=0.005)

    def test_every_colour_of_an_ink_has_a_variable(self):
        ink = theme.ink()
        single = {getattr(ink, f.name) for f in fields(ink) if f.name not in ("name", "diverging")}
        assert set(variables("ink")) == {colour.lower() for colour in single}
        css = palette_css()
        for variable in variables("type").values():
            assert f"{variable[4:-1]}:" in css
        assert css.count("{") == css.count("}")
