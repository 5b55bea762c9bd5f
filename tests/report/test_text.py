"""Measuring, wrapping and flowing text."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.figure import Figure
from tearsheet_helpers import assert_inside, assert_no_overlap, text_boxes

from eventstudy.report.drawing import text, theme
from eventstudy.report.drawing.geometry import Rect

LONG = "Against a market without the shocked names every loss is larger by −4.8% (p = 0.012). "
ALPHABET = "abcdefghij WMil−.,%0123 \n"


@given(
    st.text(ALPHABET, max_size=120),
    st.floats(30, 400),
    st.sampled_from([6.5, 9.0, 17.0]),
    st.sampled_from(["normal", "bold"]),
)
@settings(max_examples=150)
def test_wrapping_never_exceeds_the_width_and_loses_no_letter(content, width, size, weight):
    lines = text.wrap_text(content, width, size, weight)
    assert all(text.text_width(line, size, weight) <= width + 1e-6 for line in lines)
    assert "".join("".join(lines).split()) == "".join(content.split())


@pytest.mark.parametrize("weight", ["normal", "bold"])
def test_measured_width_is_the_drawn_width(weight):
    line = "Wavy AVATAR flow, −13.26% find"
    fig = Figure(figsize=(theme.paper().width / 72, theme.paper().height / 72))
    text.put(fig, 50, 100, line, 12, weight=weight)
    ((_, (x0, _, x1, _)),) = text_boxes(fig)
    assert x1 - x0 == pytest.approx(text.text_width(line, 12, weight), abs=1.6)


def test_figures_stay_with_their_unit():
    for width in range(60, 300, 7):
        for line in text.wrap_text(LONG * 2 + "on 27 January 2025", width, 9):
            assert not line.endswith(("−4.8", "p", "=", "27", "January"))
            assert not line.startswith("%")


def test_shorten_ends_in_an_ellipsis_within_the_width():
    short = text.shorten(LONG, 100, 9)
    assert short.endswith("…")
    assert text.text_width(short, 9) <= 100
    assert text.shorten("short", 100, 9) == "short"


def test_fit_lines_shrinks_then_shortens():
    lines, size = text.fit_lines(LONG, 300, (17, 11), 2, "bold")
    assert len(lines) == 2
    assert 11 <= size < 17
    lines, size = text.fit_lines(LONG * 9, 300, (17, 11), 2, "bold")
    assert (len(lines), size) == (2, 11)
    assert lines[-1].endswith("…")
    assert all(text.text_width(line, size, "bold") <= 300 for line in lines)


@pytest.mark.parametrize("repeat", [1, 3, 40])
def test_paragraphs_stay_in_their_column(repeat):
    fig = Figure(figsize=(theme.paper().width / 72, theme.paper().height / 72))
    rect = Rect(60, 100, 180, 160)
    flow = [text.Paragraph("Finding", 11, "bold"), LONG * repeat, text.Paragraph(LONG, bullet="•")]
    bottom = text.draw_paragraphs(fig, rect, flow)
    assert_inside(fig, rect)
    assert_no_overlap(fig)
    assert bottom <= rect.top - 20
    written = [t for t, _ in text_boxes(fig)]
    assert any(t.endswith("…") for t in written) == (repeat == 40)


def test_the_returned_bottom_is_where_the_next_thing_goes():
    fig = Figure(figsize=(theme.paper().width / 72, theme.paper().height / 72))
    rect = Rect(60, 100, 180, 300)
    bottom = text.draw_paragraphs(fig, rect, [LONG])
    text.draw_paragraphs(fig, rect.below(bottom), [LONG])
    assert_no_overlap(fig)


def test_a_character_that_no_font_has_is_as_wide_as_its_box():
    for line in ("深度求索", "a＝b", "🙂 up"):
        assert text.text_width(line, 10) > 0
        assert text.wrap_text(line, 500, 10) == [line]
