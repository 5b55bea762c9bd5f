"""The reader's own choices: every setting is Python's estimate, and what is not there has a reason."""

from __future__ import annotations

import math
from typing import Any

import pytest

from eventstudy.report.pages.curve import CHOICES, curve_rows

pytestmark = [pytest.mark.needs_browser, pytest.mark.slow]

ROUT = "deepseek-app-store"
SETTINGS = """
() => {
  const [form, output] = [document.querySelector(".choices"), document.querySelector(".choices output")];
  const selects = [...form.querySelectorAll("select")];
  const found = [];
  const turn = (k, chosen) => {
    if (k === selects.length) {
      const words = selects.map((select) => select.selectedOptions[0].text);
      found.push([words, { ...output.dataset }, output.textContent]);
      return;
    }
    for (let option = 0; option < selects[k].options.length; option += 1) {
      selects[k].value = option;
      selects[k].dispatchEvent(new Event("change"));
      turn(k + 1);
    }
  };
  turn(0);
  return found;
}
"""


@pytest.mark.parametrize("event_id", [ROUT, "deepseek-r1", "one-asset"])
def test_every_setting_equals_python(show, stories, event_id):
    story = stories(event_id)
    table = story.evidence.curve.specifications
    labels = curve_rows(table, story.name)[list(CHOICES)]
    keys = zip(table["name"], table["window_start"], table["window_end"], strict=True)
    windows = ["day 0" if (a, b) == (0, 0) else f"[{sign(a)}, {sign(b)}]" for _, a, b in keys]
    expected = {
        (name, window, *label): row
        for name, window, label, row in zip(
            table["name"],
            windows,
            labels.itertuples(index=False),
            table.to_dict("records"),
            strict=True,
        )
    }
    several = table["name"].nunique() > 1
    met = set()
    for words, figures, said in show(event_id, 1280).evaluate(SETTINGS):
        key = tuple(words if several else [table["name"].iloc[0], *words])
        row = expected.get(key)
        if row is None or not math.isfinite(row["estimate"]):
            assert figures == {}
            assert said.startswith("Not estimated")
            assert len(said) > len("Not estimated") + 10
            continue
        met.add(key)
        for name, column in PAIRS:
            # Figures leave for files with twelve digits, so that another processor writes the same.
            near = 1e-10 if name == "t" else 1e-12
            assert abs(float(figures[name]) - row[column]) <= near, key
    assert met == {k for k, row in expected.items() if math.isfinite(row["estimate"])}


PAIRS = (
    ("estimate", "estimate"),
    ("se", "se"),
    ("t", "t"),
    ("df", "df"),
    ("p", "p_value"),
    ("low", "ci_low"),
    ("high", "ci_high"),
)


def sign(day: int) -> str:
    return f"+{day}" if day > 0 else f"−{-day}" if day < 0 else "0"


def test_it_begins_with_the_reports_own_and_goes_back_to_it(show, stories):
    page = show(ROUT, 1280)
    chosen = page.locator(".choices path.chosen")
    chosen.wait_for()
    own = stories(ROUT).evidence.curve.specifications.query("own and window_end == 0").iloc[0]
    output = page.locator(".choices output")
    assert float(output.get_attribute("data-estimate")) == pytest.approx(own["estimate"], rel=1e-11)
    page.locator(".choices").get_by_label("Model").select_option("Constant mean return")
    assert output.get_attribute("data-estimate") is None
    assert "has no benchmark" in output.inner_text()
    chosen.wait_for(state="detached")
    page.locator(".choices").get_by_label("Benchmark").select_option("None")
    assert abs(float(output.get_attribute("data-estimate")) - own["estimate"]) > 1e-3
    page.get_by_role("button", name="Back to").click()
    assert float(output.get_attribute("data-estimate")) == pytest.approx(own["estimate"], rel=1e-11)


def test_a_click_in_the_curve_chooses(show):
    page = show(ROUT, 1280)
    drawing = page.locator(".choices .chart")
    before = page.locator(".choices output strong").inner_text()
    box = drawing.bounding_box()
    drawing.click(position={"x": box["width"] - 14, "y": 100})
    assert page.locator(".choices output strong").inner_text() != before
    drawing.focus()
    page.keyboard.press("Home")
    page.keyboard.press("Enter")
    assert "Number 1 of" in page.locator(".choices output").inner_text()


@pytest.mark.parametrize("width", [400, 1280, 1920])
def test_the_drawn_curve_fits_its_room(show, width):
    page = show(ROUT, width)
    outside = page.locator(".choices svg text").evaluate_all(
        """all => all.filter((text) => {
          const [box, frame] = [text.getBoundingClientRect(), text.ownerSVGElement.getBoundingClientRect()];
          return box.left < frame.left - 1 || box.right > frame.right + 1;
        }).map((text) => text.textContent)"""
    )
    assert outside == []
    assert not page.locator("figure[data-name=curve]").is_visible()


def test_paper_and_pages_without_script_have_the_printed_curve(show):
    plain = show(ROUT, 1280, java_script_enabled=False)
    assert plain.locator("figure[data-name=curve]").is_visible()
    assert not plain.locator(".choices").is_visible()
    page: Any = show(ROUT, 1280)
    page.emulate_media(media="print")
    assert page.locator("figure[data-name=curve]").is_visible()
    assert not page.locator(".choices").is_visible()
