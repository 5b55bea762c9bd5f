"""The HTML report as a reader meets it: at every width, by day and night, on paper, by keyboard."""

from __future__ import annotations

import re
from typing import Any

import pytest

from eventstudy.report.drawing.blocks import Chart
from eventstudy.report.formats.web_colours import contrast
from eventstudy.report.pages.contents import tell

pytestmark = [pytest.mark.needs_browser, pytest.mark.slow]

EVENTS = ("deepseek-app-store", "deepseek-r1")
ROUT = EVENTS[0]
PHONE, DESK = 400, 1600
WIDTHS = (PHONE, 800, DESK)
LEAST_WORDS, LEAST_FIGURES = {PHONE: 8.0, 800: 6.8, DESK: 9.5}, 7.5
"""CSS pixels of the smallest words in a chart; on a telephone, of the figures inside marks."""

COLOURS = """
() => {
  const of = (selector, name) => getComputedStyle(document.querySelector(selector))[name];
  return {
    ground: of("body", "backgroundColor"),
    text: of(".answer li", "color"),
    quiet: of(".subtitle", "color"),
    link: of("nav a", "color"),
    header: of("thead th", "color"),
    file: of(".file", "color"),
    button: of("#theme", "color"),
  };
}
"""

TEXTS = """
(kind) => [...document.querySelectorAll(`figure:not(.replaced) svg.${kind}`)].map((svg) => {
  const frame = svg.getBoundingClientRect();
  return {
    name: svg.getAttribute("aria-label"),
    frame: [frame.left, frame.top, frame.right, frame.bottom],
    texts: [...svg.querySelectorAll("text")].map((text) => {
      const box = text.getBoundingClientRect();
      const scale = Math.hypot(text.getScreenCTM().a, text.getScreenCTM().b);
      const size = parseFloat(getComputedStyle(text).fontSize) * scale;
      return { text: text.textContent, size, box: [box.left, box.top, box.right, box.bottom] };
    }).filter((found) => found.text.trim()),
  };
})
"""

VISIBLE = """
(kind) => [...document.querySelectorAll(`figure:not(.replaced) svg.${kind}`)]
  .map((svg) => getComputedStyle(svg).display !== "none" && svg.getBoundingClientRect().width > 0)
"""


def hexed(colour: str) -> str:
    found = re.fullmatch(r"rgb\((\d+), (\d+), (\d+)\)", colour)
    assert found, colour
    return "#" + "".join(f"{int(part):02x}" for part in found.groups())


def n_charts(story: Any) -> int:
    """How many charts the pages of a report print."""
    return sum(isinstance(block, Chart) for page in tell(story).values() for block in page.blocks)


def has_letters(text: str) -> bool:
    return any(letter.isalpha() for letter in text)


def overlaps(chart: dict[str, Any]) -> list[tuple[str, str]]:
    """Labels that cover each other by more than a tenth of the smaller one.

    A box has the font's ascent and descent; a fifth of its height is air above and below.
    """
    found = []
    boxes = []
    for entry in chart["texts"]:
        left, top, right, bottom = entry["box"]
        air = 0.2 * (bottom - top)
        boxes.append((entry["text"], left, top + air, right, bottom - air))
    for index, (one, *a) in enumerate(boxes):
        for other, *b in boxes[index + 1 :]:
            wide = min(a[2], b[2]) - max(a[0], b[0])
            tall = min(a[3], b[3]) - max(a[1], b[1])
            small = min((box[2] - box[0]) * (box[3] - box[1]) for box in (a, b))
            if wide > 0 and tall > 0 and wide * tall > 0.1 * small:
                found.append((one, other))
    return found


@pytest.mark.parametrize("event_id", EVENTS)
@pytest.mark.parametrize("width", WIDTHS)
class TestWidths:
    def test_the_page_is_as_wide_as_the_window(self, show, event_id, width):
        page = show(event_id, width)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        page.locator("details").evaluate_all("all => all.forEach((one) => { one.open = true; })")
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")

    def test_one_drawing_of_each_chart_is_seen(self, show, stories, event_id, width):
        page = show(event_id, width)
        wide, narrow = page.evaluate(VISIBLE, "wide"), page.evaluate(VISIBLE, "narrow")
        # The curve is drawn by the script, to the reader's own choices.
        assert len(wide) == len(narrow) == n_charts(stories(event_id)) - 1
        assert wide == [width > PHONE] * len(wide)
        assert narrow == [width == PHONE] * len(narrow)

    def test_labels_can_be_read(self, show, event_id, width):
        page = show(event_id, width)
        charts = page.evaluate(TEXTS, "narrow" if width == PHONE else "wide")
        assert sum(len(chart["texts"]) for chart in charts) > 400
        small = {
            (chart["name"][:60], entry["text"], round(entry["size"], 1))
            for chart in charts
            for entry in chart["texts"]
            if entry["size"]
            < (LEAST_WORDS[width] if width > PHONE or has_letters(entry["text"]) else LEAST_FIGURES)
        }
        assert not small
        covered = {chart["name"][:60]: overlaps(chart) for chart in charts}
        assert {name: pairs for name, pairs in covered.items() if pairs} == {}

    def test_labels_stay_in_their_picture(self, show, event_id, width):
        page = show(event_id, width)
        for chart in page.evaluate(TEXTS, "narrow" if width == PHONE else "wide"):
            left, top, right, bottom = chart["frame"]
            for entry in chart["texts"]:
                x0, y0, x1, y1 = entry["box"]
                inside = x0 >= left - 3 and x1 <= right + 3 and y0 >= top - 3 and y1 <= bottom + 3
                assert inside, (chart["name"][:60], entry, chart["frame"])


class TestColours:
    @pytest.mark.parametrize("scheme", ["light", "dark"])
    def test_words_stand_out_from_the_ground(self, show, scheme):
        page = show(ROUT, color_scheme=scheme)
        found = {name: hexed(colour) for name, colour in page.evaluate(COLOURS).items()}
        ground = found.pop("ground")
        assert (contrast(ground, "#FFFFFF") < 1.1) == (scheme == "light")
        assert (contrast(ground, "#000000") < 1.3) == (scheme == "dark")
        low = {name: colour for name, colour in found.items() if contrast(colour, ground) < 4.5}
        assert not low

    @pytest.mark.parametrize("scheme", ["light", "dark"])
    def test_labels_stand_out_from_the_ground(self, show, scheme):
        page = show(ROUT, DESK, color_scheme=scheme)
        ground = hexed(page.evaluate(COLOURS)["ground"])
        fills = page.locator("figure:not(.replaced) .chart:not(.card) svg.wide text").evaluate_all(
            "all => all.map((one) => [one.textContent, getComputedStyle(one).fill])"
        )
        # White letters stand on a mark of their own.
        low = {
            text
            for text, fill in fills
            if re.search(r"\w", text)
            and hexed(fill) != ground
            and contrast(hexed(fill), ground) < 4.5
        }
        assert len(fills) > 300
        assert not low

    def test_the_night_is_dark_everywhere(self, show):
        page = show(ROUT, DESK, color_scheme="dark")
        assert page.locator(".card").count() == 0
        fills = page.locator("figure[data-name=heatmap] svg.wide path").evaluate_all(
            "all => all.map((one) => getComputedStyle(one).fill)"
        )
        shades = {hexed(fill) for fill in fills if fill.startswith("rgb(")}
        assert len(shades) > 50
        assert "#ffffff" not in shades

    @pytest.mark.parametrize("scheme", ["light", "dark"])
    def test_the_reader_can_choose(self, show, scheme):
        page = show(ROUT, color_scheme=scheme)
        button = page.locator("#theme")
        other = {"light": "Light mode", "dark": "Dark mode"}
        before = page.evaluate(COLOURS)["ground"]
        assert button.inner_text() == other["dark" if scheme == "light" else "light"]
        button.click()
        assert button.inner_text() == other[scheme]
        chosen = page.evaluate(COLOURS)["ground"]
        assert chosen != before
        page.reload()
        assert page.evaluate(COLOURS)["ground"] == chosen
        page.locator("#theme").press("Enter")
        assert page.evaluate(COLOURS)["ground"] == before

    def test_a_browser_that_keeps_nothing_can_choose_too(self, show):
        page = show(ROUT)
        page.evaluate("Object.defineProperty(window, 'localStorage', { get() { throw Error(); } })")
        before = page.evaluate(COLOURS)["ground"]
        page.locator("#theme").click()
        assert page.evaluate(COLOURS)["ground"] != before


class TestWithoutScript:
    def test_all_of_it_is_there(self, show):
        plain, page = show(ROUT, java_script_enabled=False), show(ROUT)
        assert not plain.locator("#theme").is_visible()
        assert plain.locator("thead button").count() == 0
        for made in (".choices", ".copy", ".ring"):
            assert plain.locator(f"{made} *").count() == 0
            page.locator(made).evaluate_all("all => all.forEach((one) => one.replaceChildren())")
        words = [re.sub(r"\s+", " ", p.locator("main").text_content() or "") for p in (plain, page)]
        assert words[0] == words[1]
        assert len(words[0]) > 100_000
        summary = plain.locator("summary").first
        summary.click()
        assert plain.locator("details table").first.is_visible()


class TestPrint:
    def test_nothing_needed_is_hidden(self, show, stories):
        page = show(ROUT, color_scheme="dark")
        page.emulate_media(media="print", color_scheme="dark")
        assert page.evaluate(COLOURS)["ground"] == "rgb(255, 255, 255)"
        count = n_charts(stories(ROUT)) - 1
        assert page.evaluate(VISIBLE, "wide") == [True] * count
        assert page.evaluate(VISIBLE, "narrow") == [False] * count
        for selector in (
            "h1",
            "h2",
            ".answer li",
            "section .scroll:not(details *) table",
            "summary",
            "footer",
        ):
            for found in page.locator(
                f"main {selector}, header {selector}, {selector}:is(footer)"
            ).all():
                assert found.is_visible(), selector
        for selector in ("nav", "#theme"):
            assert not page.locator(selector).is_visible()
        assert len(page.pdf()) > 100_000

    def test_the_sheet_holds_the_pictures(self, show, stories):
        page = show(ROUT, 690)
        page.emulate_media(media="print")
        assert page.evaluate(VISIBLE, "wide") == [True] * (n_charts(stories(ROUT)) - 1)
        for chart in page.evaluate(TEXTS, "wide"):
            left, _, right, _ = chart["frame"]
            assert 0 <= left < right <= 690


class TestReach:
    def test_the_first_step_of_the_keyboard_skips_to_the_findings(self, show):
        page = show(ROUT)
        page.keyboard.press("Tab")
        skip = page.locator(".skip")
        assert skip.evaluate("one => one === document.activeElement")
        assert skip.bounding_box()["y"] >= 0
        page.keyboard.press("Enter")
        assert page.evaluate("document.activeElement.id") == "findings"

    def test_what_has_the_focus_is_seen(self, show):
        page = show(ROUT)
        for selector in ("nav a", "#theme", "thead button", "summary"):
            page.keyboard.press("Tab")
            found = page.locator(selector).first
            found.focus()
            assert found.evaluate("one => getComputedStyle(one).outlineStyle") == "solid", selector
            assert found.evaluate("one => parseFloat(getComputedStyle(one).outlineWidth)") >= 2

    def test_pictures_are_read_once(self, show, stories):
        page = show(ROUT, DESK)
        assert page.get_by_role("img").count() == n_charts(stories(ROUT))
        assert all(image.get_attribute("aria-label") for image in page.get_by_role("img").all())

    @pytest.mark.parametrize("choice", ["reduce", "no-preference"])
    def test_motion_is_asked_for(self, show, choice):
        page = show(ROUT, reduced_motion=choice)
        moves = page.evaluate("getComputedStyle(document.documentElement).scrollBehavior")
        assert moves == ("auto" if choice == "reduce" else "smooth")

    def test_links_of_the_contents_lead_to_their_section(self, show):
        page = show(ROUT, DESK, reduced_motion="reduce")
        for link in page.locator("nav a").all():
            link.click()
            target = page.locator(link.get_attribute("href"))
            box = target.bounding_box()
            at_end = page.evaluate(
                "scrollY + innerHeight >= document.documentElement.scrollHeight - 1"
            )
            assert -1 <= box["y"] < 100 or at_end

    def test_the_typeface_of_the_charts_came_with_the_page(self, show):
        page = show(ROUT)
        loaded = page.evaluate(
            "document.fonts.ready.then(() => [...document.fonts].map((f) => [f.family, f.weight, f.status]))"
        )
        assert sorted(map(tuple, loaded)) == [
            ("Tearsheet Sans", "400", "loaded"),
            ("Tearsheet Sans", "700", "loaded"),
        ]
