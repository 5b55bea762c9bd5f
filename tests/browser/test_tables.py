"""Tables that can be taken along, and that fit the window."""

from __future__ import annotations

import csv
import io

import pytest

pytestmark = [pytest.mark.needs_browser, pytest.mark.slow]

ROUT = "deepseek-app-store"


def copied(show, kind: str) -> tuple[str, list[str]]:
    page = show(ROUT, 1280, permissions=["clipboard-read", "clipboard-write"])
    details = page.locator("details", has_text="Cumulative abnormal returns of the assets")
    details.locator("summary").click()
    details.get_by_role("button", name=f"Copy as {kind}").click()
    page.wait_for_function("document.getElementById('said').textContent.includes('copied')")
    rows = details.locator("tbody tr").first.locator("th, td").all_inner_texts()
    return page.evaluate("navigator.clipboard.readText()"), rows


def test_a_table_is_copied_as_csv(show):
    text, first = copied(show, "CSV")
    rows = list(csv.reader(io.StringIO(text)))
    assert rows[0][:5] == ["Ticker", "Group", "Start", "End", "CAR %"]
    assert rows[1][0] == first[0]
    assert [float(row[4]) for row in rows[1:]]  # plain figures
    assert {len(row) for row in rows} == {len(first)}
    assert "−" not in text


def test_a_table_is_copied_as_markdown(show):
    text, first = copied(show, "Markdown")
    lines = text.splitlines()
    assert lines[0].startswith("| Ticker | Group |")
    assert set(lines[1]) <= set("|-: ")
    assert [cell.strip() for cell in lines[2].strip("|").split("|")] == first


@pytest.mark.parametrize("event_id", [ROUT, "deepseek-r1", "one-asset", "pooled"])
def test_tables_of_the_findings_are_uncut_on_a_desk(show, event_id):
    page = show(event_id, 1280)
    cut = page.locator("main .scroll:not(details *)").evaluate_all(
        "all => all.filter((one) => one.scrollWidth > one.clientWidth).map((one) => one.ariaLabel)"
    )
    assert cut == []


def test_the_answers_table_is_uncut_on_a_telephone(show):
    table = show("one-asset", 400).locator("#headline .scroll")
    assert table.evaluate("one => one.scrollWidth <= one.clientWidth")


@pytest.mark.parametrize("event_id", [ROUT, "one-asset"])
def test_a_wide_window_has_the_answer_beside_its_chart_where_labels_stay_large(show, event_id):
    first = show(event_id, 1920).locator("#headline")
    chart, table = (first.locator(kind).bounding_box() for kind in ("figure", ".scroll"))
    assert (table["x"] > chart["x"] + chart["width"]) == (event_id == "one-asset")


def test_a_finding_has_a_link_that_is_shown_on_hover(show):
    page = show(ROUT, 1280)
    anchor = page.locator("#placebo .anchor")
    assert not anchor.is_visible()
    page.locator("#placebo h2").hover()
    assert anchor.is_visible()
    anchor.click()
    assert page.url.endswith("#placebo")
