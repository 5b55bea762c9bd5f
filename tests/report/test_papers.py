"""Every paper and ink: all sheets publishable, slides a chart each, formats known, colours apart."""

from __future__ import annotations

import itertools
import json
import struct
from pathlib import Path

import numpy as np
import pytest
from tearsheet_helpers import assert_publishable, open_pdf, text_boxes

import eventstudy as es
from eventstudy.report.bundle import BundleOptions, bundle_options, write_bundle
from eventstudy.report.drawing import theme
from eventstudy.report.drawing.blocks import Chart, Table, Text
from eventstudy.report.drawing.geometry import Rect, page_size
from eventstudy.report.drawing.palette import INKS
from eventstudy.report.formats.registry import FORMATS, checked_formats, formats_help
from eventstudy.report.formats.sheets import sheets
from eventstudy.report.pages.contents import tell
from eventstudy.report.story import Story

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
    pages = len(tell(stories[event]))
    assert len(drawn) > pages if paper == "slide" else len(drawn) == pages


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


def test_slides_lose_no_row_and_no_sentence(stories):
    """What tables and texts hold stands on some slide, in full."""
    story = stories["deepseek-app-store"]
    with theme.dressed("slide"):
        seen = [" ".join(t for t, _ in text_boxes(sheet.figure)) for sheet in sheets(story)]
        pages = tell(story)
    everything = " ".join(seen)
    for page in pages.values():
        for block in page.blocks:
            if isinstance(block, Table):
                for row in block.rows:
                    assert row.cells[-1] in everything
            elif isinstance(block, Text):
                for paragraph in block.paragraphs:
                    assert paragraph.text.split()[-1] in everything
    assert not any("… and" in text for text in seen[1:])  # the first ranks those furthest out


def test_a_slide_has_one_chart_or_none(stories):
    with theme.dressed("slide"):
        names = [sheet.name for sheet in sheets(stories["deepseek-app-store"])]
        charts = {p.name: len(p.charts) for p in tell(stories["deepseek-app-store"]).values()}
    for page, count in charts.items():
        mine = [name for name in names if name == page or name.startswith(f"{page}-")]
        others = [p for p in charts if p != page and p.startswith(f"{page}-")]
        mine = [n for n in mine if not any(n == o or n.startswith(f"{o}-") for o in others)]
        assert len(mine) >= max(1, count), page


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
