"""Tables for the web page: nothing lost, figures under one another, order where it has a sense."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from eventstudy.report.drawing.blocks import Table
from eventstudy.report.formats.web_tables import LIMIT, WebTable, data_table, web_table
from eventstudy.text.table import Column, Row

COLUMNS = (Column("", "left"), Column("Value-\nweighted"), Column("95%\ninterval", "right"))


def printed(*rows: Row, columns: tuple[Column, ...] = COLUMNS, **more: str) -> WebTable:
    return web_table(Table(columns, rows, "tables/car.csv", **more))


def web_table_of(name: str, frame: pd.DataFrame) -> WebTable:
    return web_table(data_table(name, frame))


def texts(table: WebTable) -> list[list[str]]:
    lines = [line for body in table.bodies for line in body.rows]
    return [[cell.text for cell in line.cells] for line in (*lines, *table.foot)]


def column(table: WebTable, index: int) -> list[str]:
    return [row[index] for row in texts(table)]


class TestPrinted:
    def test_rows_stand_under_their_headings(self):
        table = printed(
            Row(["First"], group=True),
            Row(["a", "1", "–"]),
            Row(["Second"], group=True),
            Row(["b", "2", "–"], bold=True),
            Row(["c", "3", "–"]),
        )
        assert [(b.heading, len(b.rows)) for b in table.bodies] == [("First", 1), ("Second", 2)]
        assert table.bodies[1].rows[0].bold
        assert not table.sortable
        assert table.shown == table.total == 3

    def test_rows_before_a_heading_stand_under_none(self):
        table = printed(Row(["a", "1", "–"]), Row(["Others"], group=True), Row(["b", "2", "–"]))
        assert [b.heading for b in table.bodies] == ["", "Others"]

    def test_figures_end_where_the_longest_fraction_ends(self):
        cells = ("−1.25", "+3.5", "12", "–", "<0.001")
        table = printed(*(Row(["a", cell, ""]) for cell in cells))
        found = [
            cell + line.cells[1].pad for cell, line in zip(cells, table.bodies[0].rows, strict=True)
        ]
        assert found == ["−1.25" + "1", "+3.5" + "01", "12" + ".001", "–" + ".001", "<0.001"]
        assert [line.cells[2].pad for line in table.bodies[0].rows] == [""] * 5

    def test_an_indented_row_belongs_to_the_one_above(self):
        table = printed(Row(["Group", "1", "–"]), Row(["   member", "2", "–"]))
        assert [line.cells[0].indented for line in table.bodies[0].rows] == [False, True]
        assert column(table, 0) == ["Group", "member"]
        assert not table.sortable

    def test_a_last_bold_row_is_a_total(self):
        table = printed(
            Row(["a", "1", "–"]), Row(["b", "2", "–"]), Row(["All", "3", "–"], bold=True)
        )
        assert [line.cells[0].text for line in table.foot] == ["All"]
        assert column(table, 0) == ["a", "b", "All"]
        assert table.sortable

    @pytest.mark.parametrize(
        "bold", [(True, False, True), (False, False, False), (True, False, False)]
    )
    def test_other_bold_rows_are_not(self, bold):
        table = printed(
            *(Row([name, "1", "–"], bold=b) for name, b in zip("abc", bold, strict=True))
        )
        assert not table.foot
        assert table.shown == 3

    def test_one_row_has_no_order(self):
        assert not printed(Row(["a", "1", "–"])).sortable
        assert not printed(Row(["a", "1", "–"], bold=True)).foot

    def test_a_word_with_a_hyphen_is_one_line(self):
        heads = printed(Row(["a", "1", "–"])).heads
        assert heads[1].lines == ("Value-weighted",)
        assert heads[2].lines == ("95%", "interval")
        assert heads[0].lines == ()

    @pytest.mark.parametrize(
        ("cells", "numeric"),
        [
            (("−1.25", "+3.5"), True),
            (("−18.35 to −8.17", "–"), True),
            (("<0.001", "0.012"), True),
            (("−$593bn", "$1.20tn", "$950"), True),
            (("1,440", ""), True),
            (("day 0", "[0, +20]"), False),
            (("2025-01-27", "2025-01-28"), False),
            (("–", ""), False),
            (("3", "three"), False),
        ],
    )
    def test_a_column_of_figures_is_known(self, cells, numeric):
        table = printed(*(Row(["a", cell, ""]) for cell in cells))
        assert table.heads[1].numeric is numeric


class TestData:
    def test_units_follow_from_the_columns(self):
        frame = pd.DataFrame(
            {
                "event_id": ["one", "one"],
                "ticker": ["NVDA", ""],
                "start": [0, -1],
                "date": pd.to_datetime(["2025-01-27", None]),
                "car": [-0.13259979, np.nan],
                "se": [0.025824, 0.1],
                "t": [-5.1346, 2.0],
                "p_value": [5.7e-07, 0.0123],
                "n_obs": [250, 1240],
                "beta": [2.678789, 0.00012345],
                "headline": [True, False],
            }
        )
        table = web_table_of("car", frame)
        assert texts(table) == [
            [
                "NVDA",
                "0",
                "2025-01-27",
                "−13.26",
                "2.58",
                "−5.13",
                "<0.001",
                "250",
                "2.679",
                "yes",
            ],
            ["–", "−1", "–", "–", "10.00", "+2.00", "0.012", "1,240", "0.000123", "no"],
        ]
        assert [" ".join(head.lines) for head in table.heads] == [
            *("Ticker", "Start", "Date", "CAR %", "s.e. %", "t", "p", "Estimation days"),
            *("Beta", "Headline"),
        ]
        assert (table.caption, table.more) == (
            "Cumulative abnormal returns of the assets",
            "tables/car.csv",
        )

    def test_amounts_and_points_are_no_returns(self):
        frame = pd.DataFrame({"ticker": ["A"], "raw": [-5.92658e11], "low": [np.nan]})
        assert texts(web_table_of("value_assets", frame)) == [["A", "−$593bn", "–"]]
        frame = pd.DataFrame({"ticker": ["A"], "raw": [-612.47]})
        assert texts(web_table_of("value_indices", frame)) == [["A", "−612.47"]]
        measures = ["index_points", "raw_return"]
        frame = pd.DataFrame(
            {"measure": measures, "figure": [-612.47, -0.1697], "low": [np.nan, -0.2]}
        )
        assert [row[1:] for row in texts(web_table_of("claims_parts", frame))] == [
            ["−612.47", "–"],
            ["−16.97%", "−20.00%"],
        ]

    def test_event_ids_stay_where_they_differ(self):
        frame = pd.DataFrame({"event_id": ["one", "two"], "n": [1, 2]})
        assert texts(web_table_of("some_new_table", frame)) == [["one", "1"], ["two", "2"]]
        assert web_table_of("some_new_table", frame).caption == "Some new table"

    def test_a_long_table_tells_how_long_it_is(self):
        frame = pd.DataFrame({"n": np.arange(LIMIT + 7)})
        table = web_table_of("tests", frame)
        assert (table.shown, table.total) == (LIMIT, LIMIT + 7)

    def test_an_empty_table_is_one(self):
        frame = pd.DataFrame({"event_id": [], "ticker": [], "reason": []})
        table = web_table_of("exclusions", frame)
        assert (table.shown, table.total, table.sortable) == (0, 0, False)
