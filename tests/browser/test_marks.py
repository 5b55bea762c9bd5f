"""Marks tell what they stand for: to the pointer, to the keyboard, and to those who listen."""

from __future__ import annotations

from typing import Any

import pytest

pytestmark = [pytest.mark.needs_browser, pytest.mark.slow]

ROUT = "deepseek-app-store"
REACHED = """
(index) => {
  const host = document.querySelectorAll("figure .chart")[index];
  if (!host.hasAttribute("tabindex")) return null;
  const key = (name) => host.dispatchEvent(new KeyboardEvent("keydown", { key: name, bubbles: true }));
  const said = document.getElementById("said");
  const heard = [];
  key("Home");
  for (let k = 0; k < 2000; k += 1) {
    heard.push(said.textContent);
    const before = document.getElementById("tip").textContent + host.querySelector(".ring").style.cssText;
    key("ArrowRight");
    if (document.getElementById("tip").textContent + host.querySelector(".ring").style.cssText === before) break;
  }
  const held = JSON.parse(document.getElementById("data").textContent).charts[index];
  return { heard: heard.length, held: held.places[0].length / 7, empty: heard.filter((text) => !text.includes(",")).length };
}
"""


@pytest.fixture
def page(show: Any) -> Any:
    return show(ROUT, 1280)


def cell(page: Any, name: str) -> Any:
    """Place the pointer on a printed cell of the heat map; what is told of it."""
    page.locator("#heatmap figure svg.wide text", has_text=name).first.hover(force=True)
    return page.locator("#tip")


def test_a_cell_tells_its_figure_to_the_pointer(page):
    tip = cell(page, "−13.3")
    assert tip.is_visible()
    assert "Nvidia, day 0" in tip.inner_text()
    assert "−13.26%" in tip.inner_text()
    page.mouse.move(2, 2)
    assert not tip.is_visible()


def test_every_mark_of_every_chart_is_reached_by_keyboard(page):
    count = page.locator("figure .chart").count()
    found = [page.evaluate(REACHED, index) for index in range(count)]
    told = [one for one in found if one]
    assert len(told) >= count - 1
    for one in told:
        assert one["heard"] >= 0.95 * one["held"] > 3  # marks that lie on one another look alike
        assert one["empty"] == 0


def test_the_keyboard_moves_up_and_down_and_leaves(page):
    host = page.locator("#heatmap .chart")
    host.focus()
    page.keyboard.press("ArrowRight")
    tip = page.locator("#tip")
    first = tip.locator("strong").inner_text()
    page.keyboard.press("ArrowDown")
    below = tip.locator("strong").inner_text()
    assert first.partition(",")[0] != below.partition(",")[0]
    assert first.partition(",")[2] == below.partition(",")[2]
    assert below in page.locator("#said").inner_text()
    page.keyboard.press("Escape")
    assert not tip.is_visible()


@pytest.mark.parametrize("width", [400, 1280])
def test_what_is_told_stays_in_the_window(show, width):
    page = show(ROUT, width)
    host = page.locator("#heatmap .chart")
    for key in ("Home", "End"):
        host.focus()
        page.keyboard.press(key)
        box = page.locator("#tip").bounding_box()
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= width
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
