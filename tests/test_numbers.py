"""Figures as printed."""

from __future__ import annotations

import math
import re

import pytest

from eventstudy.spec.windows import Window
from eventstudy.text import numbers
from eventstudy.text.words import unusual_moves


@pytest.mark.parametrize(
    ("value", "options", "text"),
    [
        (-0.1697, {}, "−16.97%"),
        (0.0189, {}, "+1.89%"),
        (0.0189, {"signed": False}, "1.89%"),
        (-0.1697, {"digits": 1, "unit": False}, "−17.0"),
        (-0.00001, {}, "0.00%"),
        (None, {}, "–"),
        (math.nan, {}, "–"),
        (math.inf, {}, "–"),
    ],
)
def test_percent(value, options, text):
    assert numbers.percent(value, **options) == text


@pytest.mark.parametrize(
    ("p", "text", "cell"),
    [
        (0.0004, "p < 0.001", "<0.001"),
        (0.0123, "p = 0.012", "0.012"),
        (1.0, "p = 1.000", "1.000"),
        (math.nan, "–", "–"),
        (None, "–", "–"),
    ],
)
def test_p(p, text, cell):
    assert numbers.p_text(p) == text
    assert numbers.p_text(p, prefix=False) == cell


@pytest.mark.parametrize(
    ("amount", "text"),
    [
        (-5.93e11, "−$593bn"),
        (1.2e12, "$1.20tn"),
        (8.31e9, "$8.3bn"),
        (4.4e6, "$4.4mn"),
        (999.7e9, "$1.00tn"),
        (950.0, "$950"),
        (None, "–"),
    ],
)
def test_dollars(amount, text):
    assert numbers.dollars(amount) == text


def test_points_number_and_windows():
    assert numbers.points(-612.47) == "−612.5"
    assert numbers.number(-1234.5, 1) == "−1,234.5"
    assert numbers.number(-0.001, 1, signed=True) == "0.0"
    assert numbers.window_text(Window(-1, 1)) == "[−1, +1]"
    assert numbers.window_text((0, 0)) == "day 0"
    assert numbers.window_text((3, 3)) == "day +3"


@pytest.mark.parametrize(
    ("fell", "rose", "counts"),
    [(13, 4, ["13", "25", "4"]), (3, 0, ["3", "25"]), (0, 2, ["2", "25"]), (0, 0, ["25"])],
)
def test_unusual_moves_count_and_never_say_0(fell, rose, counts):
    said = unusual_moves(fell, rose, "25 assets")
    assert re.findall(r"\d+", said) == counts
    assert ("none" in said) == (not fell or not rose)
