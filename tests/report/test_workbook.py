"""The workbook read back: the tables of the CSV files, as numbers, dates and text."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from io import BytesIO
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import openpyxl
import pandas as pd
import pytest
from openpyxl.utils import range_boundaries
from openpyxl.worksheet.worksheet import Worksheet
from pooled_helpers import made, made_story, with_an_outlier
from xlsxwriter.workbook import Workbook

import eventstudy as es
from eventstudy.events.event import make_event
from eventstudy.events.registry import Events, read_events
from eventstudy.files.csv_text import write_csv
from eventstudy.report.drawing.theme import dressed
from eventstudy.report.formats import workbook_sheets
from eventstudy.report.formats.workbook import write_workbook
from eventstudy.report.formats.workbook_chart import write_charts
from eventstudy.report.formats.workbook_sheets import LONGEST_TEXT, SheetWriter, Styles, sheet_names
from eventstudy.report.kinds import all_tables
from eventstudy.report.story import Story
from eventstudy.report.tables.columns import NUMBER, Described, Unit, column_units, descriptions
from eventstudy.report.tables.tidy import evidence_tables, result_tables
from eventstudy.result.planned import PlannedTests
from eventstudy.text.rounding import rounded

REPOSITORY = Path(__file__).resolve().parents[2]
EVENT = "deepseek-app-store"
FORMULA = "=cmd|' /C calc'!A0"


@pytest.fixture(scope="module")
def story(flagship) -> Story:
    return flagship.story(EVENT)


@pytest.fixture(scope="module")
def tables(story) -> dict[str, pd.DataFrame]:
    return {**result_tables(story.result), **evidence_tables(story.evidence)}


@pytest.fixture(scope="module")
def place(story, tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("workbook") / "report.xlsx"
    write_workbook(story, path)
    return path


@pytest.fixture(scope="module")
def book(place) -> openpyxl.Workbook:
    return openpyxl.load_workbook(place)


def words(sheet: Worksheet) -> list[str]:
    return [str(cell.value) for row in sheet.iter_rows() for cell in row if cell.value is not None]


def written(frame: pd.DataFrame, name: str = "table") -> Worksheet:
    """A frame as a sheet of its own, read back."""
    memory = BytesIO()
    with Workbook(memory, {"in_memory": True}) as book:
        SheetWriter(Styles(book), book.add_worksheet("table")).table(name, frame)
    return openpyxl.load_workbook(memory)["table"]


def column(sheet: Worksheet, title: str) -> list[Any]:
    at = [cell.value for cell in sheet[1]].index(title) + 1
    return [sheet.cell(row, at) for row in range(2, sheet.max_row + 1)]


class TestTables:
    def test_each_has_a_sheet_after_summary_and_chart(self, book, tables):
        assert book.sheetnames == ["Summary", "Chart", *tables]
        assert book.active.title == "Summary"
        assert len(tables) == 38

    def test_hold_what_the_csv_files_hold(self, book, tables, tmp_path):
        for name, frame in tables.items():
            write_csv(rounded(frame), tmp_path / "x.csv")
            csv = pd.read_csv(tmp_path / "x.csv")
            sheet = book[name]
            assert [cell.value for cell in sheet[1]] == list(csv.columns)
            assert sheet.max_row == len(csv) + 1
            for title in csv:
                found = [cell.value for cell in column(sheet, title)]
                for cell, told in zip(found, csv[title].tolist(), strict=True):
                    assert same(cell, told), f"{name}.{title}: {cell!r} for {told!r}"

    def test_dates_are_dates(self, book, tables):
        day = next(c for c in column(book["abnormal_returns"], "date"))
        assert day.value == pd.Timestamp("2025-01-10")
        assert day.is_date
        assert day.number_format == "yyyy-mm-dd"

    @pytest.mark.parametrize(
        ("table", "title", "number_format"),
        [
            ("abnormal_returns", "abnormal_return", "0.00%"),
            ("abnormal_returns", "rel_day", "+0;-0;0"),
            ("abnormal_returns", "p_value", "0.0000"),
            ("car", "car", "0.00%"),
            ("car", "p_placebo", "0.0000"),
            ("car", "t", "0.00"),
            ("car", "n_obs", "#,##0"),
            ("fits", "beta", "0.0000"),
            ("fits", "df", "#,##0"),
            ("recovery_table", "share", "0.00%"),
            ("value_assets", "abnormal", "$#,##0;-$#,##0"),
            ("value_assets", "close", "#,##0.00"),
            ("value_indices", "raw", "#,##0.00;-#,##0.00"),
            ("curve_summary", "n_specifications", "#,##0"),
        ],
    )
    def test_numbers_have_the_format_of_their_column(self, book, table, title, number_format):
        cells = [cell for cell in column(book[table], title) if cell.value is not None]
        assert {cell.number_format for cell in cells} == {number_format}
        assert {cell.data_type for cell in cells} == {"n"}

    def test_figures_of_claims_are_shown_each_in_its_unit(self, book, tables):
        measures = tables["claims_parts"]["measure"]
        for cell, measure in zip(column(book["claims_parts"], "figure"), measures, strict=True):
            if cell.value is not None:
                points = "#,##0.00;-#,##0.00" if measure == "index_points" else "0.00%"
                assert cell.number_format == points

    def test_every_column_of_numbers_says_its_unit(self, book, tables):
        for name, frame in tables.items():
            for cell, (title, values) in zip(book[name][1], frame.items(), strict=True):
                if pd.api.types.is_numeric_dtype(values):
                    assert cell.comment is not None, f"{name}.{title}"
                    assert cell.comment.text.endswith("."), cell.comment.text
        head = book["value_indices"][1]
        said = {cell.value: cell.comment.text for cell in head if cell.comment}
        assert said["raw"] == "Index points."

    def test_no_column_of_numbers_is_unknown(self, tables):
        unknown = {
            f"{name}.{title}"
            for name, frame in tables.items()
            for title, kind in column_units(name, frame).items()
            if kind is NUMBER
        }
        assert unknown == {
            *("fits.beta", "fits.r_squared", "diagnostics.autocorrelation", "detectable.type_m"),
            *(f"damages_estimates.{name}" for name in ("r_squared", "beta_market", "beta_peers")),
        }

    def test_every_table_and_column_is_described_once(self, tables):
        written = descriptions()
        tables = {**tables, **all_tables(made_story(with_an_outlier(made())))}  # of both reports
        plan = PlannedTests("", (), "", "", "", "", 0.8, (), (), ())
        tables |= plan.tables("e") | replace(plan, altered=("x was altered",)).tables("e")
        assert set(tables) | {"left_out"} == set(written["tables"])
        asked_for = {"n_left_out", "estimation_start", "estimation_end"}  # by options of a study
        asked_for |= {"excess_return", "excess_benchmark_return"}  # by models
        columns = {title for frame in tables.values() for title in frame} - {"return_EW_EX_AI"}
        assert columns | asked_for == set(written["columns"])
        assert all(
            entry["says"].endswith(".") for kind in written.values() for entry in kind.values()
        )

    def test_a_missing_figure_is_an_empty_cell(self, book, tables):
        tests = tables["tests"]
        absent = tests["df2"].isna().tolist()
        assert any(absent)
        cells = column(book["tests"], "df2")
        assert [cell.value is None for cell in cells] == absent
        assert all(cell.value is None for cell in column(book["car"], "reason"))

    def test_headers_are_bold_frozen_and_filtered(self, book, tables):
        for name, frame in tables.items():
            sheet = book[name]
            assert all(cell.font.bold for cell in sheet[1])
            assert sheet.freeze_panes == "A2"
            low, top, high, bottom = range_boundaries(sheet.auto_filter.ref)
            assert (low, top, high, bottom) == (1, 1, len(frame.columns), len(frame) + 1)

    def test_columns_are_as_wide_as_their_content(self, book):
        sheet = book["alignments"]
        widths = {
            cell.value: sheet.column_dimensions[cell.column_letter].width for cell in sheet[1]
        }
        assert widths["reason"] > 80
        assert 10 < widths["event_id"] < 30


def same(cell: Any, told: Any) -> bool:
    """Whether a cell of the workbook holds what a CSV file does, to the 16th digit."""
    if told is None or (isinstance(told, float) and np.isnan(told)):
        return cell is None
    if isinstance(cell, date):
        return f"{cell:%Y-%m-%d}" == told
    if isinstance(cell, bool) or isinstance(told, bool):
        return cell is told
    return close([cell], [told]) if isinstance(told, float) else cell == told


def close(found: list[Any], figures: Any) -> bool:
    """Whether figures agree to ten digits, and are missing together."""
    expected = np.asarray(figures, dtype=float)
    return np.allclose(np.array(found, dtype=float), expected, rtol=1e-10, atol=0, equal_nan=True)


class TestSummary:
    def test_tells_finding_answer_setting_source_and_notes(self, book, story):
        said = words(book["Summary"])
        assert said[said.index("Finding") + 1] == story.finding()
        for sentence in (*story.answer(), *story.result.notes, *story.evidence.notes):
            assert sentence in said
        assert any(text.startswith("Prices: the sample shipped with eventstudy") for text in said)
        assert any("never zero" in text for text in said)
        assert any("2025-01-26 was not a session of XNYS" in text for text in said)

    def test_lists_every_sheet_with_a_link_and_what_it_holds(self, book, tables):
        sheet = book["Summary"]
        links = {
            cell.value: cell for row in sheet.iter_rows(max_col=1) for cell in row if cell.hyperlink
        }
        assert list(links) == ["Chart", *tables]
        for name, cell in links.items():
            assert cell.hyperlink.location == f"'{name}'!A1"
            about = sheet.cell(cell.row, 2).value
            assert len(about) > 20
            if name in tables:
                assert about.startswith(Described.of("tables", name).says)
                assert re.search(rf"{len(tables[name]):,} rows?$", about)

    def test_without_evidence_there_are_no_sheets_of_it(self, story, tmp_path):
        write_workbook(Story(story.result, EVENT), tmp_path / "x.xlsx")
        bare = openpyxl.load_workbook(tmp_path / "x.xlsx")
        assert bare.sheetnames == ["Summary", "Chart", *result_tables(story.result)]

    def test_prints_on_the_paper_of_the_report(self, book, story, tmp_path):
        assert book["car"].page_setup.paperSize == 9
        assert book["car"].page_setup.orientation == "landscape"
        with dressed("letter"):
            write_workbook(Story(story.result, EVENT), tmp_path / "x.xlsx")
        assert openpyxl.load_workbook(tmp_path / "x.xlsx")["car"].page_setup.paperSize == 1

    def test_wide_tables_print_on_pages_that_can_be_read(self, book):
        for name, across in (("fits", 1), ("claims_parts", 3)):
            sheet = book[name]
            assert int(sheet.page_setup.fitToWidth or 1) == across
            assert int(sheet.page_setup.fitToHeight) == 0
            assert sheet.print_title_rows == "$1:$1"
            assert bool(sheet.print_title_cols) == (across > 1)
            assert sheet.print_area.endswith(f"${sheet.max_row}")


def referred(book: openpyxl.Workbook, formula: str) -> list[Any]:
    """The values of the cells that a chart's formula names."""
    sheet, _, cells = formula.partition("!")
    rows = book[sheet.strip("'")][cells.replace("$", "")]
    return [cell.value for row in rows for cell in row]


def referred_range(formula: str) -> range:
    """The rows that a chart's formula names."""
    rows = [int(cell.rpartition("$")[2]) for cell in formula.partition("!")[2].split(":")]
    return range(rows[0], rows[-1] + 1)


class TestChart:
    def test_paths_refer_to_cells_that_hold_the_figures(self, book, story):
        charts = book["Chart"]._charts
        assert len(charts) == len(story.leads) + 1
        for chart, lead in zip(charts, story.leads, strict=False):
            path = story.path(lead)
            names = ["car", "low", "high", "band_low", "band_high"]
            assert len(chart.series) == len(names)
            for series, name in zip(chart.series, names, strict=True):
                assert referred(book, series.cat.numRef.f) == path["day"].tolist()
                assert close(referred(book, series.val.numRef.f), path[name])

    def test_bars_are_the_focus_day_with_its_intervals(self, book, story):
        (series,) = book["Chart"]._charts[-1].series
        day = story.result.car((0, 0))
        assert close(referred(book, series.val.numRef.f), day["car"])
        tickers = day.index.get_level_values("ticker")
        assert referred(book, series.cat.strRef.f) == [story.name(t) for t in tickers]
        for side in (series.errBars.plus, series.errBars.minus):
            assert close(referred(book, side.numRef.f), day["placebo_high"] - day["car"])

    @pytest.mark.parametrize("assets", [1, 28, 75])
    def test_none_is_printed_over_two_pages(self, story, assets):
        bars = [story.bars[2].iloc[[at % 28]] for at in range(assets)]
        told = SimpleNamespace(
            **{name: getattr(story, name) for name in ("lines", "level", "noun", "finding")},
            bars=(*story.bars[:2], pd.concat(bars, ignore_index=True)),
        )
        memory = BytesIO()
        with Workbook(memory, {"in_memory": True}) as book:
            write_charts(told, SheetWriter(Styles(book), book.add_worksheet("Chart")))
        sheet = openpyxl.load_workbook(memory)["Chart"]
        starts = [0, *(one.id for one in sheet.row_breaks.brk)]
        fitted = sheet.sheet_properties.pageSetUpPr
        assert not (fitted and fitted.fitToPage), "fitted pages would ignore the breaks"
        shown = 0
        for chart in sheet._charts:
            top, bottom = chart.anchor._from.row, chart.anchor.to.row
            page = max(start for start in starts if start <= top)
            assert bottom - page <= 33
            assert not any(top < start < bottom for start in starts)
            shown += len(referred_range(chart.series[0].val.numRef.f))
        assert shown == assets + sum(len(path) for _, path in story.lines)

    def test_cells_are_titled_and_in_percent(self, book, story):
        sheet = book["Chart"]
        assert sheet["N2"].value == story.leads[0].name
        assert sheet["A1"].value == story.finding()
        assert sheet["A1"].alignment.wrap_text
        assert [str(cells) for cells in sheet.merged_cells.ranges] == ["A1:M1"]
        assert [sheet.cell(3, c).value for c in (14, 15)] == ["Session", "CAR"]
        assert sheet["O4"].number_format == "0.00%"

    def test_a_missing_day_is_a_gap(self, tmp_path):
        sample = es.load_prices("bundled").adj_close.copy()
        sample.loc["2025-01-29", "NVDA"] = np.nan
        sample.to_csv(tmp_path / "gap.csv")
        result = es.EventStudy().run(
            read_events(REPOSITORY / "events.csv"),
            es.load_prices(tmp_path / "gap.csv"),
            event_ids=[EVENT],
        )
        story = Story(result, EVENT)
        write_workbook(story, tmp_path / "x.xlsx")
        book = openpyxl.load_workbook(tmp_path / "x.xlsx")
        chart = book["Chart"]._charts[0]
        assert chart.display_blanks == "gap"
        cars = story.path(story.leads[0])["car"]
        assert cars.isna().any()
        found = referred(book, chart.series[0].val.numRef.f)
        assert close(found, cars)


class TestHostile:
    @pytest.fixture(scope="class")
    @staticmethod
    def opened(tmp_path_factory) -> openpyxl.Workbook:
        path = tmp_path_factory.mktemp("hostile") / "x.xlsx"
        own, other = (
            make_event(event_id=name, title=FORMULA, announced_at=at, groups="NVDA;MSFT")
            for name, at in (("own", "2025-01-27"), ("next", "2025-01-29"))
        )
        result = es.EventStudy().run(
            Events((own, other)), es.load_prices("bundled"), event_ids=["own"]
        )
        write_workbook(Story(result, "own"), path)
        return openpyxl.load_workbook(path)

    def test_a_title_that_looks_like_a_formula_is_text(self, opened):
        found = [
            cell
            for sheet in opened
            for row in sheet.iter_rows()
            for cell in row
            if cell.value == FORMULA
        ]
        assert {cell.parent.title for cell in found} == {"Summary", "confounders"}
        assert {cell.data_type for cell in found} == {"s"}
        assert all(cell.quotePrefix for cell in found)

    def test_there_is_no_formula_and_no_outward_link(self, opened):
        for sheet in opened:
            for row in sheet.iter_rows():
                for cell in row:
                    assert cell.data_type != "f"
                    assert cell.hyperlink is None or cell.hyperlink.location.startswith("'")

    @pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\tx", "{=1}", "http://x.y"])
    def test_text_stays_text(self, text):
        (cell,) = column(written(pd.DataFrame({"title": [text]})), "title")
        assert cell.value == text
        assert cell.data_type == "s"
        assert cell.hyperlink is None
        assert cell.quotePrefix == text.startswith(("=", "+", "-", "@", "\t"))


class TestCells:
    def test_infinite_values_are_words(self):
        sheet = written(pd.DataFrame({"t": [np.inf, -np.inf, np.nan, 0.0]}))
        assert [cell.value for cell in column(sheet, "t")] == ["∞", "−∞", None, 0]
        assert column(sheet, "t")[0].data_type == "s"

    def test_missing_of_every_kind_is_empty_and_zero_is_not(self):
        frame = pd.DataFrame(
            {
                "date": pd.to_datetime(["2025-01-27", None]),
                "count": pd.array([0, None], dtype="Int64"),
                "name": ["", None],
                "flag": [False, True],
                "last": [1, 2],
            }
        )
        sheet = written(frame)
        assert [cell.value for cell in column(sheet, "date")] == [pd.Timestamp("2025-01-27"), None]
        assert [cell.value for cell in column(sheet, "count")] == [0, None]
        assert [cell.value for cell in column(sheet, "name")] == [None, None]
        assert [cell.value for cell in column(sheet, "flag")] == [False, True]

    def test_a_day_that_no_sheet_knows_is_text(self):
        days = pd.DataFrame({"date": pd.to_datetime(["1899-12-31", "1900-03-01"])})
        cells = column(written(days), "date")
        assert cells[0].value == "1899-12-31"
        assert cells[1].value == pd.Timestamp("1900-03-01")

    def test_broken_degrees_of_freedom_keep_their_digits(self):
        cells = column(written(pd.DataFrame({"df": [3.5, 4.0]})), "df")
        assert {cell.number_format for cell in cells} == {"#,##0.00"}

    def test_text_longer_than_a_cell_names_the_file(self):
        (cell,) = column(written(pd.DataFrame({"members": ["x" * 40_000]}), "totals"), "members")
        assert len(cell.value) == LONGEST_TEXT
        assert cell.value.endswith(" … (cut; all of it is in tables/totals.csv)")

    def test_a_table_longer_than_a_sheet_is_not_cut_but_named(self, story, monkeypatch, tmp_path):
        monkeypatch.setattr(workbook_sheets, "MOST_ROWS", 100)
        write_workbook(Story(story.result, EVENT), tmp_path / "x.xlsx")
        book = openpyxl.load_workbook(tmp_path / "x.xlsx")
        said = (
            "This table has 588 rows, more than the 100 of a sheet; "
            "all of them are in tables/abnormal_returns.csv."
        )
        assert words(book["abnormal_returns"]) == [said]
        assert any(text.endswith(said) for text in words(book["Summary"]))
        assert book["fits"].max_row == 29

    def test_an_empty_table_has_its_header(self, book):
        assert words(book["exclusions"]) == ["event_id", "ticker", "stage", "reason"]


class TestSheetNames:
    def test_are_allowed_short_and_unique(self):
        names = [
            "a" * 40,
            "a" * 41,
            "A" * 40,
            "x[y]:*?/\\z",
            "History",
            "'quoted'",
            "",
            "car",
            "CAR",
        ]
        found = sheet_names(names)
        assert list(found) == names
        assert all(0 < len(name) <= 31 for name in found.values())
        assert not any(set(name) & set("[]:*?/\\") for name in found.values())
        folded = [name.casefold() for name in found.values()]
        assert len(set(folded)) == len(folded)
        assert "history" not in folded
        assert found["'quoted'"] == "quoted"
        assert found["a" * 41] == "a" * 29 + " 2"
        with Workbook(BytesIO(), {"in_memory": True}) as book:
            for name in found.values():
                book.add_worksheet(name)


class TestSameBytes:
    @pytest.mark.slow
    def test_of_a_second_run(self, story, place, tmp_path):
        again = Story(replace(story.result), EVENT, story.evidence)
        write_workbook(again, tmp_path / "x.xlsx")
        assert (tmp_path / "x.xlsx").read_bytes() == place.read_bytes()

    def test_properties_have_no_clock(self, book, story):
        assert book.properties.created == book.properties.modified == pd.Timestamp("2000-01-01")
        assert book.properties.title == story.title
        assert book.properties.subject == story.finding()


def test_a_kind_is_one_for_the_column_or_one_a_row():
    frame = pd.DataFrame({"measure": ["car", "index_points"], "figure": [0.1, 10.0]})
    kinds = column_units("claims_parts", frame)["figure"]
    assert not isinstance(kinds, Unit)
    assert [kind.format for kind in kinds] == ["0.00%", "#,##0.00;-#,##0.00"]
