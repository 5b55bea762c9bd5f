"""A table as words: for a terminal, and as HTML."""

from __future__ import annotations

import re

import pytest

from eventstudy.text.html import html_of
from eventstudy.text.table import Column, PlainTable, Row, split_tail
from eventstudy.text.terminal import terminal_of


def small(*rows: Row, foot: tuple[Row, ...] = ()) -> PlainTable:
    columns = (Column("Name", "left"), Column("Value-\nweighted", "right"), Column("CAR\n%"))
    return PlainTable(columns, rows, title="A title", notes=("A note.",), foot=foot)


@pytest.mark.parametrize(
    ("cell", "parts"),
    [
        ("(2.58)", ("(2.58", ")")),
        ("−1.00***", ("−1.00", "***")),
        ("[1, 2]", ("[1, 2", "]")),
        ("–", ("–", "")),
        ("", ("", "")),
    ],
)
def test_closing_brackets_and_stars_hang(cell, parts):
    assert split_tail(cell) == parts


def test_a_header_broken_for_paper_is_whole_on_one_line():
    assert [" ".join(column.whole_lines) for column in small().columns] == [
        "Name",
        "Value-weighted",
        "CAR %",
    ]


def test_text_is_aligned_and_complete():
    lines = [
        Row(("Group",), group=True),
        Row(("   one", "1", "−13.26**")),
        Row(("", "", "(2.58)"), below=True),
        Row(("   two", "12", "0.50")),
    ]
    foot = (Row(("N", "3", "4")), Row(("Model", "market")))
    assert terminal_of(small(*lines, foot=foot)).splitlines() == [
        "A title",
        "",
        "──────────────────────────",
        "          Value-     CAR",
        "Name    weighted       %",
        "──────────────────────────",
        "Group",
        "   one         1  −13.26**",
        "                   (2.58)",
        "   two        12    0.50",
        "──────────────────────────",
        "N              3       4",
        "──────────────────────────",
        "Model: market",
        "A note.",
    ]


def test_columns_without_room_go_into_blocks_below():
    columns = (Column("Name", "left"), *(Column(f"column {i}") for i in range(9)))
    table = PlainTable(columns, (Row(("x", *(f"{i}.00" for i in range(9)))),))
    text = terminal_of(table)
    assert max(map(len, text.splitlines())) <= 80
    assert text.count("Name") == 2
    assert re.findall(r"\d\.00", text) == [f"{i}.00" for i in range(9)]


def test_letters_that_are_two_columns_wide_count_twice():
    lines = terminal_of(
        small(Row(("深度求索", "1", "1.00")), Row(("ab", "1", "1.00")))
    ).splitlines()
    first, second = lines[6:8]
    assert first.index("1") + 4 == second.index("1")


def test_a_name_without_end_is_cut_and_says_so():
    lines = terminal_of(small(Row(("x" * 200, "1", "1.00")))).splitlines()
    assert max(map(len, lines)) <= 80
    assert "x… " in lines[6]


def test_html_spans_what_one_line_tells_of_all_columns():
    page = html_of(small(Row(("<b>", "1", "1.00")), foot=(Row(("Model", "m & n")),)))
    assert "&lt;b&gt;" in page
    assert ' colspan="2"' in page
    assert "m &amp; n" in page
    assert "<b>" not in page


def test_html_headings_span_the_table_and_members_are_indented():
    page = html_of(small(Row(("Group",), group=True), Row(("   one", "1", "1.00"))))
    assert re.search(r'<th scope="rowgroup" colspan="3"[^>]*>Group</th>', page)
    assert re.search(r"padding-left:2em[^>]*>one</th>", page)


def test_the_note_of_a_title_comes_first_and_ends_in_a_stop():
    columns = (Column("A\nb", "left"), Column("c"))
    table = PlainTable(columns, (), note="No full stop", notes=("Another.",))
    assert table.all_notes == ("No full stop.", "Another.")
    assert table.head_rows == [("A", ""), ("b", "c")]


def test_rows_that_are_not_at_hand_are_counted():
    table = PlainTable.of(("a", "b"), [("x", "1")], 3, more="table")
    assert table.total == 3
    assert table.left_out(1) == "… and 2 more rows; see table."
    assert PlainTable.of(("a", "b"), [("x", "1")]).left_out(1) == ""
