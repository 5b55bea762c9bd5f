"""CSV of every separator and shape: what is read, what is padded, and what is refused."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from eventstudy.errors import InputError
from eventstudy.files.tables import delimited, layout
from eventstudy.files.tables.delimited import read_delimited

DAY = "2025-01-{:02d},1{},2\n"
DATA = "".join(DAY.format(day, day) for day in range(1, 29))
HEAD = "date,A,B\n"


def rows(text: str | bytes) -> list[tuple[str, ...]]:
    raw = text if isinstance(text, bytes) else text.encode()
    sheet = read_delimited("p.csv", raw)
    assert sheet.text
    assert not sheet.headers
    return list(sheet.cells.itertuples(index=False, name=None))


def numbers(text: str) -> list[int]:
    return list(read_delimited("p.csv", text.encode()).cells.index)


def refusal(text: str | bytes) -> str:
    with pytest.raises(InputError) as caught:
        rows(text)
    (sentence,) = caught.value.problems
    assert sentence.startswith("p.csv")
    return sentence


@pytest.mark.parametrize("mark", [",", ";", "\t", "|"])
def test_the_separator_is_found(mark):
    text = (HEAD + DATA).replace(",", mark)
    assert rows(text) == rows(HEAD + DATA)
    assert rows(text)[0] == ("date", "A", "B")
    assert len(rows(text)) == 29


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("date;A;B\n2025-01-27;1,5;2,5\n", ("2025-01-27", "1,5", "2,5")),
        ("NVDA;27.01.2025;118,42\nAMD;27.01.2025;114,17\n", ("AMD", "27.01.2025", "114,17")),
        ("date,who\n2025-01-27,a;b\n2025-01-28,c;d\n", ("2025-01-27", "a;b")),
        ('date,who\n2025-01-27,"a;b;c"\n', ("2025-01-27", "a;b;c")),
        ("date\n2025-01-27\n", ("2025-01-27",)),
        ("a title, with commas, and more\ndate;A\n1;2\n3;4\n", ("date", "A")),
    ],
)
def test_decimal_commas_and_texts_do_not_deceive_it(text, first):
    assert rows(text)[1] == first + ("",) * (len(rows(text)[1]) - len(first))


def test_cells_keep_their_text_and_rows_their_numbers():
    text = '\ufeff\n"date",A\r\n\r\n2025-01-27," 1 "\r\n;;\n2025-01-28,"a ""b"", c\nd"\n,\n2025-01-29,\n'
    assert rows(text)[1:] == [
        ("2025-01-27", " 1 "),
        (";;", ""),
        ("2025-01-28", 'a "b", c\nd'),
        ("2025-01-29", ""),
    ]
    assert numbers(text) == [2, 4, 5, 6, 8]


def test_line_ends_of_every_system():
    text = HEAD + DATA
    for end in ("\r\n", "\r"):
        assert rows(text.replace("\n", end)) == rows(text)
    assert rows(text.rstrip()) == rows(text)


def test_a_quotation_mark_inside_a_cell_is_text_as_it_was():
    text = 'date,name\n2025-01-27,TOYS "R" US\n2025-01-28,5"\n2025-01-29, "x"\n'
    assert [cells[1] for cells in rows(text)] == ["name", 'TOYS "R" US', '5"', ' "x"']


@pytest.mark.parametrize(
    "above",
    [
        "Prices of two shares\n",
        "Source: a vendor, Ltd, London, 2025\n\n",
        "Title\nwith 2 lines, and a comma\n\n",
        "27/01/2025 10:33\n",
        "one, two, three\nfour\n",
    ],
)
@pytest.mark.parametrize(
    "below",
    ["", "\nCopyright 2025, all rights, of all, reserved\n", "Copyright 2025\n", "\n12\n"],
)
def test_rows_above_and_below_the_table_are_kept(above, below):
    text = above + HEAD + DATA + below
    found = rows(text)
    table = [cells[:3] for cells in found if not any(cells[3:])]
    assert ("date", "A", "B") in table
    assert table[table.index(("date", "A", "B")) :][:29] == rows(HEAD + DATA)
    assert len(found) == 29 + len([line for line in (above + below).split("\n") if line])
    assert len({len(cells) for cells in found}) == 1


def test_a_column_that_begins_late_is_empty_before():
    early = "".join(f"2024-12-{day:02d},1\n" for day in range(1, 13))
    found = rows(HEAD + early + DATA)
    assert found[1] == ("2024-12-01", "1", "")
    assert found[13] == ("2025-01-01", "11", "2")
    assert numbers(HEAD + early + DATA) == list(range(1, 42))


@pytest.mark.parametrize(
    ("text", "row"),
    [
        (HEAD + DATA + "2025-01-29,1\n", 30),
        (HEAD + DATA + "2025-01-29\n", 30),
        (HEAD + DATA + "2025-01-29,1", 30),
        (HEAD + "2025-01-01,1\n" + DATA, 2),
        (HEAD + DATA + "2025-01-29,1\n" + DATA, 30),
        (HEAD + DATA + "2025-01-29,1,2,3\n", 30),
        (HEAD + DATA + "Copyright, all rights\n", 30),
        (HEAD + DATA + "NVDA,2025-01-29\n" + DATA, 30),
        (HEAD + "2025-01-01,1,2,3\n2025-01-02,1,2\n", 2),
        ("Title\n" + HEAD + "2025-01-01,1\n" + DATA, 3),
    ],
)
def test_a_row_that_was_cut_off_is_refused_by_its_number(text, row):
    sentence = refusal(text)
    assert f"row {row} has" in sentence
    assert "comma" in sentence
    assert "semicolon" in refusal(text.replace(",", ";"))


@pytest.mark.parametrize(
    ("text", "fact"),
    [
        ("\n \n", "is empty"),
        (",,\n,,\n", "is empty"),
        (HEAD + DATA + '2025-01-29,"1,2\n' + DATA, "row 30"),
        (HEAD + '2025-01-29,"1"x,2\n' + DATA, "row 2"),
        (HEAD + f"2025-01-29,{'1' * 131_073},2\n" + DATA, "row 2 has a cell"),
        ("," * 50_000 + "\n", "is empty"),
        ("1," * 50_000 + "\n", "row 1 has 50,001 columns"),
        ("date,A\n2025-01-27,\0\n", "line 2"),
        (b"date,A\n2025-01-27,\xc4\n", "line 2"),
        ("<html><body>", "HTML"),
    ],
)
def test_what_is_no_table_is_told(text, fact):
    assert fact in refusal(text)


def test_names_in_angle_brackets_are_no_markup():
    assert rows("<TICKER>,<DATE>\nNVDA.US,20250127\n")[0] == ("<TICKER>", "<DATE>")


def test_a_large_file_with_an_open_mark_is_refused_before_it_is_parsed(monkeypatch):
    text = HEAD + DATA + '2025-01-29,"1,2\n' + DATA
    monkeypatch.setattr(delimited, "SMALL", 10)
    assert "row 30" in refusal(text)
    monkeypatch.setattr(delimited, "LONGEST_LINE", 10)
    assert "row 11" in refusal(HEAD + DATA)  # the first with 16 bytes


CELL = st.text(st.sampled_from('aé1,;"\n \t'), max_size=5)


@settings(derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    table=st.integers(2, 4).flatmap(
        lambda width: st.lists(
            st.lists(CELL, min_size=width, max_size=width), min_size=1, max_size=30
        )
    ),
    block=st.integers(1, 40),
    quoting=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
)
def test_it_reads_what_pythons_own_reader_reads(table, block, quoting, monkeypatch):
    monkeypatch.setattr(layout, "BLOCK", block)
    monkeypatch.setattr(delimited, "separator_of", lambda _: ord(","))
    text = io.StringIO()
    csv.writer(text, lineterminator="\n", quoting=quoting).writerows(table)
    filled = [tuple(cells) for cells in table if any(cell.strip(" \t\n") for cell in cells)]
    if any(cell.strip(' \t\n,"') for cells in filled for cell in cells):
        assert rows(text.getvalue()) == filled
