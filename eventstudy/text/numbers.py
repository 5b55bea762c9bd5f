"""Numbers as they are printed: a true minus sign (U+2212), "–" for what is not there.

Returns come in as fractions (−0.1697) and go out as percent (−16.97%). The spaces are ordinary
ones, so that a reader's search finds the figure; `wrap_text` never breaks a line at them.
"""

from __future__ import annotations

import math

from eventstudy.text.measure import measure, worded

MISSING = "–"
MINUS = "−"

_DOLLAR_UNITS = ((1e12, "tn", 2), (1e9, "bn", 1), (1e6, "mn", 1))


def _absent(x: float | None) -> bool:
    return x is None or not math.isfinite(x)


def number(x: float | None, digits: int = 2, signed: bool = False) -> str:
    """`x` with `digits` decimals and thousands commas; `signed` writes the plus sign too."""
    if x is None or _absent(x):
        return MISSING
    text = f"{abs(x):,.{digits}f}"
    if not any(c in "123456789" for c in text):
        return text
    return f"{MINUS if x < 0 else '+' if signed else ''}{text}"


def percent(x: float | None, digits: int = 2, signed: bool = True, unit: bool = True) -> str:
    """A figure of a study in its unit, as a rule a fraction as percent: 0.0189 → "+1.89%".

    Inside `measured_in` it is in the unit of that study; `unit=False` leaves it to the header.
    """
    if x is None or _absent(x):
        return MISSING
    now = measure()
    return number(now.scale * x, digits, signed) + (now.sign if unit else "")


def gap_text(low: float, high: float, digits: int = 2) -> str:
    """A distance between two returns: "13.26 to 18.07 percentage points".

    Args:
        low: The smaller distance.
        high: The larger one.
        digits: Decimals in print.
    """
    unit = measure().sign if measure().level else " percentage points"
    ends = [percent(abs(end), digits, signed=False, unit=False) for end in (low, high)]
    return f"{' to '.join(dict.fromkeys(ends))}{unit}"


def share(x: float | None, digits: int = 2, signed: bool = False, unit: bool = True) -> str:
    """A fraction of a whole as percent, whatever the figures of a study are counted in."""
    if x is None or _absent(x):
        return MISSING
    return number(100 * x, digits, signed) + ("%" if unit else "")


def points(x: float | None, digits: int = 1, signed: bool = True) -> str:
    """Index points: "−612.5"."""
    return number(x, digits, signed)


def p_text(p: float | None, prefix: bool = True) -> str:
    """A p-value: "p < 0.001" or "p = 0.012"; `prefix=False` for columns: "<0.001", "0.012"."""
    if p is None or _absent(p):
        return MISSING
    if p < 0.001:
        return "p < 0.001" if prefix else "<0.001"
    return f"p = {p:.3f}" if prefix else f"{p:.3f}"


def dollars(x: float | None, signed: bool = False) -> str:
    """An amount in dollars, scaled: −5.93e11 → "−$593bn"; "$1.20tn", "$8.3bn", "$950"."""
    if x is None or _absent(x):
        return MISSING
    size, unit, digits = next(
        (entry for entry in _DOLLAR_UNITS if abs(x) >= 0.9995 * entry[0]), (1.0, "", 0)
    )
    scaled = abs(x) / size
    if unit != "tn" and scaled >= 100:
        digits = 0
    sign = MINUS if x < 0 else "+" if signed and x > 0 else ""
    return f"{sign}${scaled:,.{digits}f}{unit}"


def between(low: str, high: str) -> str:
    """Two figures in print as an interval; a dash where one is missing."""
    return MISSING if MISSING in (low, high) else f"{low} to {high}"


def counted(count: int, noun: str) -> str:
    """A count with its noun: "1 asset", "28 assets"."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def others_text(count: int, noun: str) -> str:
    """How many more there are, with their noun: "one other day", "3 other days"."""
    return f"one other {noun}" if count == 1 else counted(count, f"other {noun}")


def session_text(day: int) -> str:
    """A session by its distance from day 0, with a true minus sign: "−1", "0", "+20"."""
    return f"{'+' if day > 0 else MINUS if day < 0 else ''}{abs(day)}"


def span_text(start: int, end: int) -> str:
    """Sessions from one to another: "[−1, +1]"."""
    return f"[{session_text(start)}, {session_text(end)}]"


def window_text(window: tuple[int, int]) -> str:
    """A window of sessions: "[−1, +1]"; a single one as "day 0", "day +3", "month 0"."""
    start, end = window
    if start == end:
        return worded(f"day {number(start, 0, signed=True)}")
    return span_text(start, end)
