"""Columns that are read at once hold the same figures as cells that are read one by one."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eventstudy.prices.dialects import cells
from eventstudy.prices.dialects.cells import numbers_of

NASTY = [
    *(
        "",
        " ",
        "1",
        " 2.5 ",
        "-0.0",
        "+5",
        "1.",
        ".5",
        "1e5",
        "1E-320",
        "1e400",
        "-1e400",
        "5e-324",
    ),
    *("nan", "NaN", "inf", "-Infinity", "NA", "None", "0x10", "1_000", "1,5", "1d5", "١٢", "1 2"),
    *("0.1", "2.2250738585072011e-308", "9007199254740993", "123456789.123456789", "1e", "--1"),
    *("\u00a07\u00a0", "\t8\n", "1f", "nan(1)", "infinity", "1e+05", "00012", "-.5e-1"),
]


def one_by_one(column: pd.Series) -> tuple[np.ndarray, np.ndarray]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(cells, "_plain_figures", lambda _: None)
        return numbers_of(column)


@pytest.mark.parametrize("text", NASTY, ids=ascii)
def test_each_text_is_the_same_figure_or_none(text):
    column = pd.Series([text], dtype="str")
    for quick, slow in zip(numbers_of(column), one_by_one(column), strict=True):
        np.testing.assert_array_equal(quick, slow)
        assert quick.dtype == slow.dtype
        assert (np.signbit(quick) == np.signbit(slow)).all() or quick.dtype == bool


@settings(derandomize=True)
@given(
    st.lists(st.floats().map(repr) | st.decimals().map(str) | st.sampled_from(NASTY), max_size=5)
)
def test_columns_are_the_same_to_the_last_digit(texts):
    column = pd.Series(texts, dtype="str")
    for quick, slow in zip(numbers_of(column), one_by_one(column), strict=True):
        np.testing.assert_array_equal(quick, slow)
