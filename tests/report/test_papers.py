"""Every paper and ink: all sheets publishable, few slides, formats known, colours apart."""

from __future__ import annotations

import itertools
import json
import struct
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from tearsheet_helpers import assert_publishable, open_pdf, text_boxes

import eventstudy as es
from eventstudy.report.bundle import BundleOptions, bundle_options, write_bundle
from eventstudy.report.drawing import theme
from eventstudy.report.drawing.blocks import Chart
from eventstudy.report.drawing.geometry import Rect, page_size
from eventstudy.report.drawing.palette import INKS, SHARED
from eventstudy.report.drawing.savefig import save_svg
from eventstudy.report.formats.brief import brief_page
from eventstudy.report.formats.registry import FORMATS, checked_formats, formats_help
from eventstudy.report.formats.share import share_image, write_share
from eventstudy.report.formats.sheets import MOST_SLIDES, sheets
from eventstudy.report.pages.contents import tell
from eventstudy.report.story import Story, setting
from eventstudy.text.numbers import percent

REPOSITORY = Path(__file__).resolve().parents[2]
EVENTS = ("deepseek-r1", "deepseek-app-store")


@pytest.fixture(scope="module")
def stories(flagship) -> dict[str, Story]:
    return {event: flagship.story(event) for event in EVENTS}


@pytest.mark.representative(paper="a4", ink="grey")
@pytest.mark.parametrize(
    ("paper", "ink", "event"),
    [
        ("a4", "colour", "deepseek-r1"),
        ("a4", "grey", "deepseek-app-store"),
        ("letter", "colour", "deepseek-app-store"),
        ("slide", "colour", "deepseek-app-store"),
    ],
)
def test_every_sheet_of_the_flagship_bundles_is_publishable(stories, event, paper, ink):
    with theme.dressed(paper, ink):
        drawn = list(sheets(stories[event]))
        size = theme.paper().width, theme.paper().height
        for sheet in drawn:
            assert page_size(sheet.figure) == pytest.approx(size)
            assert_publishable(sheet.figure)
            assert "…" not in str(sheet.figure.get_label())
    assert len({sheet.name for sheet in drawn}) == len(drawn)
    told = tell(stories[event]).values()
    pages = sum(len(page.on_paper) for page in told)
    assert len(drawn) <= MOST_SLIDES if paper == "slide" else len(drawn) == pages


@pytest.mark.representative(width=350)
@pytest.mark.parametrize(("event", "width"), [(EVENTS[0], 500), (EVENTS[1], 350)])
def test_charts_fit_rooms_of_any_width(stories, event, width):
    from matplotlib.figure import Figure

    with theme.themed():
        for page in tell(stories[event]).values():
            for chart in page.charts:
                height = chart.narrow if width < 420 else chart.height
                figure = Figure(figsize=(width / 72, height / 72), dpi=72)
                chart.draw(figure, Rect(0, 0, width, height))
                assert_publishable(figure)


def test_every_chart_says_what_it_shows(stories):
    for story in stories.values():
        for page in tell(story).values():
            names = [chart.name for chart in page.charts]
            assert len(set(names)) == len(names)
            for chart in page.charts:
                assert len(chart.alt) > 40, chart.name
                assert chart.alt.endswith("."), chart.name
                assert "nan" not in chart.alt
                assert chart.alt in page.alt


def test_a_deck_has_few_slides_in_large_type(stories):
    story = stories["deepseek-app-store"]
    with theme.dressed("slide"):
        drawn = list(sheets(story))
        scale = 960 / theme.paper().width  # 13⅓ inches of a projected slide
    findings = [page.finding for page in tell(story).values()]
    assert 5 <= len(drawn) <= MOST_SLIDES
    for sheet in drawn:
        title = str(sheet.figure.get_label())
        assert any(finding.startswith(title) for finding in findings)
        sizes = [text.get_fontsize() * scale for text in sheet.figure.texts]
        assert max(sizes) >= 24
        assert sum(size >= 18 for size in sizes) >= 2
    answer = " ".join(t for t, _ in text_boxes(drawn[0].figure))
    assert story.answer()[0].split()[-1] in answer
    with theme.dressed("slide"):
        assert [sheet.name for sheet in sheets(story, ["forest"])] == ["forest"]


@pytest.mark.parametrize("event", EVENTS)
def test_the_brief_is_one_upright_page_with_answer_chart_and_table(stories, event):
    story = stories[event]
    with theme.dressed(theme.paper().upright):
        figure, alt = brief_page(story)
        assert page_size(figure) == pytest.approx((595.28, 841.89))
        assert_publishable(figure)
        words = " ".join(text for text, _ in text_boxes(figure))
    assert story.finding() in alt
    for said in (*story.answer()[:3], setting(story)):  # how much, how sure, did it last
        assert said.rstrip(".").split()[-1] in words
    assert percent(story.key_figure.estimate, unit=False) in words
    assert len(figure.axes) >= 1


@pytest.mark.parametrize("event", EVENTS)
def test_the_image_for_links_holds_event_figure_and_chart(stories, event, tmp_path):
    story = stories[event]
    write_share(story, tmp_path / "share.png")
    assert struct.unpack(">II", (tmp_path / "share.png").read_bytes()[16:24]) == (1200, 630)
    with theme.dressed(SHARED):
        figure, alt = share_image(story)
        assert_publishable(figure)
        shown = {text: size.get_fontsize() for size in figure.texts if (text := size.get_text())}
    assert shown[percent(story.key_figure.estimate)] >= 30
    assert str(story.event["title"]) in alt
    assert len(figure.axes) == 1


def test_a_figure_that_is_not_significant_says_so(stories):
    with theme.dressed(SHARED):
        assert "not significant" in share_image(stories["deepseek-r1"])[1]
        assert "not significant" not in share_image(stories["deepseek-app-store"])[1]


def test_figures_as_svg_are_the_same_bytes_and_need_no_font(stories, tmp_path):
    story = stories["deepseek-app-store"]
    with theme.dressed():
        (sheet,) = sheets(story, ["forest"])
        first = save_svg(sheet.figure, tmp_path / "forest.svg", sheet.alt).read_bytes()
        (again,) = sheets(story, ["forest"])
        second = save_svg(again.figure, tmp_path / "forest.svg", sheet.alt).read_bytes()
    assert first == second
    root = ElementTree.fromstring(first)
    assert root.attrib["viewBox"].split()[2:] == ["841.89", "595.28"]
    assert not list(root.iter("{http://www.w3.org/2000/svg}text"))
    assert str(sheet.figure.get_label()).encode() in first


@pytest.mark.slow
def test_a_bundle_in_every_paper_and_format_that_needs_only_drawing(stories, tmp_path):
    story = stories["deepseek-r1"]
    place = write_bundle(
        story.result, tmp_path / "deepseek-r1", formats=["png"], paper="letter", ink="gray"
    )
    assert bundle_options(place) == BundleOptions(("pdf", "png", "json"), "letter", "grey")
    with open_pdf(place / "report.pdf") as report:
        assert {(round(p.rect.width), round(p.rect.height)) for p in report} == {(792, 612)}
        assert report.xref_get_key(report.pdf_catalog(), "Lang")[1] == "en"
    slides = sorted((place / "slides").iterdir())
    assert [path.name[:2] for path in slides] == [f"{i:02d}" for i in range(1, len(slides) + 1)]
    for path in slides:
        assert struct.unpack(">II", path.read_bytes()[16:24]) == (1920, 1080)
    alt = json.loads((place / "figures/alt_text.json").read_text(encoding="utf-8"))
    assert set(alt) == {path.stem for path in (place / "figures").glob("*.pdf")}
    for name, said in alt.items():
        assert said["alt"].startswith(said["title"])
        with open_pdf(place / "figures" / f"{name}.pdf") as figure:
            assert figure.metadata["title"] == said["title"]
            assert figure.metadata["subject"] == said["alt"]


def test_a_folder_that_does_not_say_was_bundle_options_usual(tmp_path):
    assert bundle_options(tmp_path) == BundleOptions(("pdf", "json"), "a4", "colour")
    (tmp_path / "manifest.json").write_text('{"made": {"formats": ["nope"]}}')
    assert bundle_options(tmp_path) == BundleOptions.of()


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"formats": ["pfd"]}, "There is no format 'pfd'.*pdf"),
        ({"paper": "a5"}, "There is no paper 'a5'.*a4"),
        ({"ink": "blue"}, "There is no ink 'blue'.*colour"),
    ],
)
def test_unknown_makes_are_refused_before_anything_is_written(stories, tmp_path, options, said):
    with pytest.raises(es.InputError, match=said):
        write_bundle(stories["deepseek-r1"].result, tmp_path / "deepseek-r1", **options)
    assert list(tmp_path.iterdir()) == []


def test_papers_and_inks_in_any_case():
    assert BundleOptions.of(["PNG"], "A4", "Grey") == BundleOptions.of(["png"], "a4", "grey")
    assert BundleOptions.of((), " Letter", "GRAY") == BundleOptions.of((), "letter", "grey")


def test_formats_come_in_one_order_with_what_every_bundle_has():
    assert checked_formats([" PNG", "html"]) == ("pdf", "html", "png", "json")
    assert checked_formats(FORMATS) == tuple(FORMATS)
    page = (Path(__file__).resolve().parents[2] / "docs" / "formats.md").read_text("utf-8")
    for one in FORMATS.values():
        row = next(line for line in page.splitlines() if line.startswith(f"| `{one.name}`"))
        assert one.place in row
        assert ("(always)" in row) is one.always
        assert one.name in formats_help()


def test_chart_blocks_are_frozen():
    chart = Chart("x", lambda *_: None, "Says.")
    with pytest.raises(AttributeError):
        chart.name = "y"  # type: ignore[misc]


def linear(colour: str) -> np.ndarray:
    rgb = np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    return np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)


def luminance(colour: str) -> float:
    return float(linear(colour) @ [0.2126, 0.7152, 0.0722])


def contrast(one: str, other: str) -> float:
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


# Viénot, Brettel and Mollon (1999): linear RGB as a dichromat sees it.
BLIND = {
    "protan": np.array([[0.11238, 0.88762, 0], [0.11238, 0.88762, 0], [0.00401, -0.00401, 1]]),
    "deutan": np.array([[0.29275, 0.70725, 0], [0.29275, 0.70725, 0], [-0.02234, 0.02234, 1]]),
}


def lab(rgb: np.ndarray) -> np.ndarray:
    to_xyz = np.array(
        [[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]
    )
    xyz = to_xyz @ rgb.clip(0) / np.array([0.9505, 1, 1.089])
    f = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


@pytest.mark.parametrize("kind", list(BLIND))
def test_colours_that_mean_something_differ_for_the_colour_blind(kind):
    ink = INKS["colour"]
    together = (  # what stands in one chart and is told apart by colour
        *itertools.combinations((ink.blue, ink.vermilion, ink.text), 2),
        (ink.blue, ink.orange),
        (ink.blue, ink.event),
        (ink.grey, ink.event),
    )
    for one, other in together:
        seen = [lab(BLIND[kind] @ linear(colour)) for colour in (one, other)]
        assert np.linalg.norm(seen[0] - seen[1]) > 20, (one, other)


@pytest.mark.parametrize("name", list(INKS))
def test_text_has_the_contrast_that_small_type_needs(name):
    ink = INKS[name]
    for colour in (ink.text, ink.grey):
        for ground in (ink.paper, ink.band, ink.outer_band):
            assert contrast(colour, ground) >= 4.5 or (colour, ground) == (ink.grey, ink.band)


def test_in_grey_a_fall_and_a_rise_of_the_same_size_differ():
    shades = [luminance(colour) for colour in INKS["grey"].diverging]
    middle = len(shades) // 2
    for step in range(1, middle + 1):
        assert shades[middle - step] < shades[middle + step] - 0.1
