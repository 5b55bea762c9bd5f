"""Expectations as they are typed: "NVDA falls 0,5 -2%"."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import cast, get_args

from eventstudy.errors import InputError, quoted
from eventstudy.plans.model import Direction, threshold_wanted
from eventstudy.spec.windows import Window, as_window

EXAMPLE = '"NVDA falls 0,0" or "hyperscalers falls 0,5 -2%"'
_FORM = re.compile(
    r"(?P<name>\S(?:.*\S)?)\s+(?P<direction>rises|falls|either)\s+"
    r"(?P<window>\[?[+-]?\d+\s*,\s*[+-]?\d+\]?)(?:\s+(?P<threshold>\S+))?",
    re.IGNORECASE,
)
_SIZE = re.compile(r"(?P<number>[+-]?(?:\d+\.?\d*|\.\d+))(?P<unit>%|bp|points)?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Expectation:
    """An asset or group as typed, the window, the direction and the threshold."""

    name: str
    direction: Direction
    window: Window
    threshold: float


def read_expectation(text: str, unit: str) -> Expectation:
    """Read NAME, rises, falls or either, FROM,TO and, where it is not zero, a threshold.

    Args:
        text: As typed.
        unit: Of the study: percent, bp or points. A threshold has its sign or none; in per cent
            one without is a fraction.

    Raises:
        InputError: It is not an expectation; the sentence shows one.
    """
    found = _FORM.fullmatch(text.strip().replace("−", "-"))
    if found is None:
        raise InputError(
            f"Option expect: {quoted(text)} is not an expectation; write an asset or group, rises, "
            f"falls or either, a window and, if you like, a threshold, such as {EXAMPLE}."
        )
    direction = cast("Direction", found["direction"].lower())
    assert direction in get_args(Direction)
    try:
        window = as_window(found["window"])
    except InputError as error:
        raise InputError(f"Option expect: {error}") from None
    threshold = _threshold(found["threshold"], unit, text)
    if wanted := threshold_wanted(direction, threshold):
        raise InputError(
            f"Option expect: in {quoted(text)}, {direction} needs a threshold of {wanted}."
        )
    return Expectation(found["name"], direction, window, threshold)


def _threshold(text: str | None, unit: str, whole: str) -> float:
    if text is None:
        return 0.0
    found = _SIZE.fullmatch(text)
    signs = {"percent": ("%", None), "bp": ("bp", None), "points": ("points", None)}[unit]
    sign = None if found is None or found["unit"] is None else found["unit"].lower()
    value = float(found["number"]) if found else math.nan
    if found is None or sign not in signs:
        example = {"percent": "-2%", "bp": "-5bp", "points": "-1"}[unit]
        raise InputError(
            f"Option expect: in {quoted(whole)}, the threshold {quoted(text)} is not in the unit "
            f"of the study; write it like {example}."
        )
    value = value / 100 if sign == "%" else value
    if unit == "percent" and abs(value) >= 1:
        raise InputError(
            f"Option expect: the threshold {quoted(text)} is a return of 100% or more; write -2% "
            "or -0.02."
        )
    return value + 0.0
