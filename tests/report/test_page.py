"""The page: its box, its title block, its tables."""

from __future__ import annotations

import pytest
from tearsheet_helpers import SOURCE, assert_inside, assert_publishable, text_boxes

from eventstudy.report.drawing.geometry import Rect
from eventstudy.report.drawing.page import new_page
from eventstudy.report.drawing.table import draw_table
from eventstudy.text.table import Column, PlainTable, Row

FINDING = "Nvidia lost 13.3% more than the market explained on 27 January 2025"
COLUMNS = (
    Column("Asset", "left"),
    Column("AR day 0\n%"),
    Column("p"),
    Column("N\nsessions", "right"),
)


def rows(count: int) -> list[Row]:
    found = [Row(["custom-silicon"], group=True)]
    cells = [[f"TICK{i}", f"−{i % 13}.26", "<0.001", "250"] for i in range(count)]
    return found + [Row(row, bold=i == 1) for i, row in enumerate(cells)]


@pytest.mark.parametrize("times", [1, 2, 12])
def test_title_block_is_never_clipped(times):
    fig, body = new_page(FINDING * times, SOURCE * times, SOURCE * 2 * times, "an-event · 3")
    assert_publishable(fig)
    assert body.height > 380
    assert fig.get_label() == FINDING * times


def test_dollar_signs_are_no_formula():
    fig, _ = new_page("A loss of −$593bn against $60bn", "in $", SOURCE, "x · 1")
    assert "A loss of −$593bn against $60bn" in [t for t, _ in text_boxes(fig)]


def test_columns_and_rows_fill_a_rectangle():
    rect = Rect(40, 50, 700, 400)
    left, right = rect.columns(1, 2, gap=10)
    assert left.width * 2 == pytest.approx(right.width)
    assert right.right == pytest.approx(rect.right)
    upper, lower = rect.rows(1, 1, gap=10)
    assert upper.top == pytest.approx(rect.top)
    assert lower.bottom == pytest.approx(rect.bottom)


@pytest.mark.parametrize("count", [0, 1, 30, 400])
@pytest.mark.parametrize("share", [0.25, 0.6, 1.0])
def test_tables_fit_their_rectangle(count, share):
    fig, body = new_page(FINDING, SOURCE, SOURCE, "x · 2")
    rect = body.columns(share, 1.001 - share, gap=0)[0]
    bottom = draw_table(fig, rect, PlainTable(COLUMNS, rows(count), "tables/car.csv"))
    assert bottom >= rect.bottom - 1
    assert_publishable(fig)
    notes = [t for t, _ in text_boxes(fig) if t.startswith("… and")]
    assert len(notes) == (count == 400)
    if notes:
        shown = sum(t.startswith("TICK") for t, _ in text_boxes(fig))
        assert notes == [f"… and {count - shown} more in tables/car.csv"]


def test_decimal_points_stand_in_one_line():
    fig, body = new_page(FINDING, SOURCE, SOURCE, "x · 2")
    cells = ["−1.5", "13.25", "–", "250"]
    draw_table(fig, body, PlainTable((Column("x"),), [Row([cell]) for cell in cells]))
    right = {t: box[2] for t, box in text_boxes(fig)}
    assert right["13.25"] > right["−1.5"] > right["250"]
    assert right["–"] == pytest.approx(right["13.25"], abs=1.5)


def test_a_table_too_wide_shortens_its_text_column():
    fig, body = new_page(FINDING, SOURCE, SOURCE, "x · 2")
    rect = Rect(body.x, body.bottom, 200, body.height)
    cells = ["A very long name of an asset " * 3, "1.0", "0.5", "250"]
    draw_table(fig, rect, PlainTable(COLUMNS, [Row(cells)]))
    assert any(t.endswith("…") for t, _ in text_boxes(fig))
    assert_inside(fig)
