"""Tables that sort: by click and by key, figures as figures, what is missing last, and back."""

from __future__ import annotations

import re
from itertools import pairwise, zip_longest
from typing import Any

import pytest

pytestmark = [pytest.mark.needs_browser, pytest.mark.slow]

ROUT = "deepseek-app-store"
UNITS = {"tn": 1e12, "bn": 1e9, "mn": 1e6}

SORTED = """
(index) => {
  const table = document.querySelectorAll("table[data-sortable]")[index];
  const rows = () => [...table.tBodies[0].rows];
  const original = rows();
  const texts = (column) => rows().map((row) => row.cells[column].textContent.trim());
  return [...table.tHead.rows[0].cells].map((head, column) => {
    const button = head.querySelector("button");
    return ["ascending", "descending", "none"].map((state) => {
      button.click();
      const now = rows();
      return {
        state: head.getAttribute("aria-sort") || "none",
        texts: texts(column),
        whole: now.length === original.length && new Set([...now, ...original]).size === now.length,
        original: now.every((row, place) => row === original[place]),
        order: now.map((row) => original.indexOf(row)),
      };
    });
  });
}
"""
"""Each column of a table pressed three times, and what stood there after each press."""

COLUMNS = """
() => [...document.querySelectorAll("table[data-sortable]")].map((table) =>
  [...table.tHead.rows[0].cells].map((head) => "numeric" in head.dataset))
"""


def value(text: str) -> float:
    """What a printed figure is worth: the lower end of an interval, a little less than a bound."""
    found = re.match(r"(<?)([+−]?)\$?([\d,]+(?:\.\d+)?) ?(tn|bn|mn)?", text)
    assert found, text
    size = float(found[3].replace(",", "")) * UNITS.get(found[4] or "", 1.0)
    return (-size if found[2] == "−" else size) - (1e-9 if found[1] else 0.0)


def present(texts: list[str]) -> list[str]:
    return [text for text in texts if text not in ("", "–")]


def ordered(texts: list[str], turn: int) -> bool:
    return all(turn * a <= turn * b for a, b in pairwise(map(value, texts)))


@pytest.fixture
def page(show: Any) -> Any:
    return show(ROUT, 1600)


def test_every_sortable_column_sorts_up_and_down_and_back(page):
    columns = page.evaluate(COLUMNS)
    assert len(columns) > 25
    assert sum(map(sum, columns)) > 150
    for table, numeric in enumerate(columns):
        for figures, pressed in zip(numeric, page.evaluate(SORTED, table), strict=True):
            up, down, back = pressed
            assert [p["state"] for p in pressed] == ["ascending", "descending", "none"]
            assert all(p["whole"] for p in pressed)
            assert back["original"]
            for found, turn in ((up, 1), (down, -1)):
                texts = present(found["texts"])
                # What is missing stands last, whichever way.
                assert found["texts"][: len(texts)] == texts
                assert not figures or ordered(texts, turn), (table, texts)
                # Equal rows keep their order.
                for text in set(texts):
                    places = [
                        place
                        for place, other in zip(found["order"], found["texts"], strict=True)
                        if other == text
                    ]
                    assert places == sorted(places)


def test_names_sort_as_names(page):
    first = page.locator("details", has_text="Fitted normal returns")
    first.locator("summary").click()
    first.get_by_role("button", name="Ticker").click()
    names = first.locator("tbody th").all_inner_texts()
    assert names == sorted(names, key=str.casefold)
    assert len(names) == 28


def test_the_keyboard_sorts_and_is_told(page):
    details = page.locator("details", has_text="Fitted normal returns")
    details.locator("summary").press("Enter")
    head = details.locator("thead th", has=page.get_by_role("button", name="Beta"))
    head.get_by_role("button").focus()
    for state, said in (
        ("ascending", "Sorted by Beta, ascending"),
        ("descending", "Sorted by Beta, descending"),
        (None, "Rows in their first order"),
    ):
        page.keyboard.press("Enter")
        assert head.get_attribute("aria-sort") == state
        assert page.locator("#said").inner_text() == said
    page.keyboard.press("Space")
    assert head.get_attribute("aria-sort") == "ascending"
    assert details.locator("th[aria-sort]").count() == 1


def test_one_column_at_a_time_is_sorted(page):
    details = page.locator("details", has_text="Fitted normal returns")
    details.locator("summary").click()
    details.get_by_role("button", name="Beta").click()
    details.get_by_role("button", name="R²").click()
    assert details.locator("th[aria-sort]").all_inner_texts() == ["R²"]


def test_totals_stay_at_the_foot(page):
    table = page.locator("#value table[data-sortable]").first
    foot = table.locator("tfoot th").inner_text()
    table.get_by_role("button").first.click()
    assert table.locator("tr").last.locator("th").inner_text() == foot


def test_rows_under_headings_have_no_buttons(page):
    grouped = page.locator("table", has=page.locator("tr.group"))
    assert grouped.count() >= 3
    assert grouped.locator("thead button").count() == 0


def test_figures_stand_under_one_another(page):
    """The decimal points of a column are at one place, whatever stands behind them."""
    # Bold figures are wider in some typefaces.
    tables = page.locator("main .scroll:not(details *) table").evaluate_all(
        """(all) => all.map((table) => [...table.querySelectorAll("tbody tr:not(.group):not(.bold)")].map((row) =>
          [...row.cells].slice(1).map((cell) => {
            const text = cell.firstChild;
            const at = text ? text.data.indexOf(".") : -1;
            if (at < 0 || text.data.includes(" to ") || text.data.includes("$")) return null;
            const range = document.createRange();
            range.setStart(text, at);
            range.setEnd(text, at + 1);
            return range.getBoundingClientRect().left;
          })))"""
    )
    compared = 0
    for column in (each for places in tables for each in zip_longest(*places)):
        known_places = [place for place in column if place is not None]
        if len(known_places) > 1:
            compared += 1
            assert max(known_places) - min(known_places) < 1.5, column
    assert compared >= 20
