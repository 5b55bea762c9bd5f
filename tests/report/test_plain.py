"""A table as words: for a terminal, and as HTML."""

from __future__ import annotations

import re

import pytest

from eventstudy.report.drawing.blocks import Table
from eventstudy.report.drawing.table import Column, Row
from eventstudy.text.table import Head, Line, PlainTable, html_of, plain_of, split_tail, text_of


def small(*lines: Line, foot: tuple[Line, ...] = ()) -> PlainTable:
    heads = (Head(("Name",), "left"), Head(("Con-", "founders"), "right"), Head(("CAR", "%")))
    return PlainTable(heads, lines, foot, title="A title", notes=("A note.",))


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
    assert [head.text for head in small().heads] == ["Name", "Confounders", "CAR %"]


def test_text_is_aligned_and_complete():
    lines = [
        Line(("Group",), group=True),
        Line(("   one", "1", "−13.26**")),
        Line(("", "", "(2.58)"), below=True),
        Line(("   two", "12", "0.50")),
    ]
    foot = (Line(("N", "3", "4")), Line(("Model", "market")))
    assert text_of(small(*lines, foot=foot)).splitlines() == [
        "A title",
        "",
        "──────────────────────────",
        "            Con-     CAR",
        "Name    founders       %",
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
    heads = (Head(("Name",), "left"), *(Head((f"column {i}",)) for i in range(9)))
    table = PlainTable(heads, (Line(("x", *(f"{i}.00" for i in range(9)))),))
    text = text_of(table)
    assert max(map(len, text.splitlines())) <= 80
    assert text.count("Name") == 2
    assert re.findall(r"\d\.00", text) == [f"{i}.00" for i in range(9)]


def test_letters_that_are_two_columns_wide_count_twice():
    lines = text_of(small(Line(("深度求索", "1", "1.00")), Line(("ab", "1", "1.00")))).splitlines()
    first, second = lines[6:8]
    assert first.index("1") + 4 == second.index("1")


def test_a_name_without_end_is_cut_and_says_so():
    lines = text_of(small(Line(("x" * 200, "1", "1.00")))).splitlines()
    assert max(map(len, lines)) <= 80
    assert "x… " in lines[6]


def test_html_spans_what_one_line_tells_of_all_columns():
    page = html_of(small(Line(("<b>", "1", "1.00")), foot=(Line(("Model", "m & n")),)))
    assert "&lt;b&gt;" in page
    assert ' colspan="2"' in page
    assert "m &amp; n" in page
    assert "<b>" not in page


def test_html_headings_span_the_table_and_members_are_indented():
    page = html_of(small(Line(("Group",), group=True), Line(("   one", "1", "1.00"))))
    assert re.search(r'<th scope="rowgroup" colspan="3"[^>]*>Group</th>', page)
    assert re.search(r"padding-left:2em[^>]*>one</th>", page)


def test_a_table_of_a_page_keeps_its_cells_title_and_note():
    block = Table(
        (Column("A\nb", "left"), Column("c")),
        (Row(["head"], group=True), Row(["x", "1"], bold=True)),
        "tables/x.csv",
        title="Its own",
        note="No full stop",
    )
    table = plain_of(block, title="the page's")
    assert table.title == "Its own"
    assert table.notes == ("No full stop.",)
    assert table.lines == (Line(("head",), group=True), Line(("x", "1"), bold=True))
    assert [head.align for head in table.heads] == ["left", "decimal"]
    assert table.head_rows == [("A", ""), ("b", "c")]
