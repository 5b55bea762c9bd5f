"""Words of dates, lists and levels, as sentences use them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd


def possessive(name: str) -> str:
    """The possessive: "Nvidia's", "Hyperscalers'"."""
    return f"{name}'" if name.endswith("s") else f"{name}'s"


def listed(names: list[str]) -> str:
    """A list in a sentence: "A, B and C"."""
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def short_date(day: pd.Timestamp) -> str:
    """A date on a chart: "27 Jan 2025"."""
    return f"{day.day} {day:%b %Y}"


def ordinal(count: int) -> str:
    """A rank: "1st", "2nd", "3rd", "11th"."""
    teen = 10 <= count % 100 <= 20
    ending = "th" if teen else {1: "st", 2: "nd", 3: "rd"}.get(count % 10, "th")
    return f"{count:,}{ending}"


def date_text(day: pd.Timestamp) -> str:
    """A date in a sentence: "27 January 2025"."""
    return f"{day.day} {day:%B %Y}"


def level_text(confidence: float) -> str:
    """A level of confidence or significance: "95 %", "2.5 %"."""
    return f"{100 * confidence:g} %"
