"""Event ids as names of folders: the same on every file system, and no way out of the folder."""

from __future__ import annotations

import re
import string
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eventstudy.errors import InputError
from eventstudy.files.names import LONGEST, folder_name, name_problem

ATTACKS = {
    "..": "use letters",
    "../up": "use letters",
    "a/../../b": "use letters",
    "/etc/passwd": "use letters",
    "C:\\up": "use letters",
    "C:x": "use letters",
    "\\\\host\\share": "use letters",
    "x:stream": "use letters",
    ".": "use letters",
    ".hidden": "use letters",
    "-rf": "use letters",
    "~": "use letters",
    "a\x00b": "use letters",
    "a\nb": "use letters",
    "a\x1b[31m": "use letters",
    "a" * (LONGEST + 1): "use letters",
    "a" * 5_000: "use letters",
    "%2e%2e%2fup": "use letters",
    "a*b?": "use letters",
    "CON": "CON is a device on Windows",
    "con": "CON is a device on Windows",
    "nul": "NUL is a device on Windows",
    "aux.txt": "AUX is a device on Windows",
    "Com1": "COM1 is a device on Windows",
    "LPT9.tar.gz": "LPT9 is a device on Windows",
    "prn.": "final dot",
    "event.": "final dot",
    "event..": "final dot",
    "．．": "FULLWIDTH FULL STOP",
    "．．／up": "FULLWIDTH FULL STOP",
    "a∕b": "DIVISION SLASH",
    "a⁄b": "FRACTION SLASH",
    "a․․b": "ONE DOT LEADER",
    "ＣＯＮ": "FULLWIDTH LATIN CAPITAL LETTER C",
    "ｅvent": "FULLWIDTH LATIN SMALL LETTER E",
    "d\u0435\u0435pseek": "CYRILLIC SMALL LETTER IE",
    "event\u200b": "ZERO WIDTH SPACE",
    "event\u202egpj": "RIGHT-TO-LEFT OVERRIDE",
    "\ufeffevent": "ZERO WIDTH NO-BREAK SPACE",
    "COM\u00b9": "SUPERSCRIPT ONE",
    "e\u0301vent": "COMBINING ACUTE ACCENT",
    "a\udcffb": "U+DCFF",
}


@pytest.mark.parametrize("name", ATTACKS, ids=ascii)
def test_what_is_no_name_of_a_folder_is_told_in_a_short_sentence(name: str) -> None:
    problem = name_problem(name)
    assert problem is not None
    assert ATTACKS[name] in problem
    assert len(problem) < 400
    assert problem.endswith(".")
    assert "\x1b" not in problem
    assert "\u202e" not in problem
    with pytest.raises(InputError, match=re.escape(ATTACKS[name])):
        folder_name(name)


@pytest.mark.parametrize("name", ["deepseek-r1", "2025-01-27", "A.b_c-", "console", "com10", "x.y"])
def test_ordinary_ids_are_names(name: str) -> None:
    assert name_problem(name) is None
    assert folder_name(name) == name


@given(st.text(max_size=90) | st.text(string.printable, max_size=90))
def test_a_name_is_one_plain_part_of_a_path(text: str) -> None:
    if name_problem(text) is None:
        assert text.isascii()
        assert text.isprintable()
        assert not set(text) & set('/\\:*?"<>| ')
        assert text[0] not in ".-"
        assert text[-1] != "."
        assert len(text.encode()) <= LONGEST
        assert unicodedata.normalize("NFKC", text) == text
