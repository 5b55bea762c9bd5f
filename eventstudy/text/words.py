"""Words of dates, lists and levels, as sentences use them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd


def possessive(name: str) -> str:
    """The possessive: "Nvidia's", "Hyperscalers'"."""
    return f"{name}'" if name.endswith("s") else f"{name}'s"


def listed(names: list[str], word: str = "and") -> str:
    """A list in a sentence: "A, B and C", or with another word before the last."""
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} {word} {names[-1]}"


def unusual_moves(fell: int, rose: int, of: str) -> str:
    """How many moved unusually far: "13 of 25 assets fell and 4 rose unusually far".

    Args:
        fell: How many fell so.
        rose: How many rose so.
        of: All of them, such as "25 assets".
    """
    if not fell and not rose:
        return f"none of {of} moved unusually far"
    if not fell or not rose:
        verb, other = ("fell", "rose") if fell else ("rose", "fell")
        return f"{max(fell, rose):,} of {of} {verb} unusually far and none {other}"
    return f"{fell:,} of {of} fell and {rose:,} rose unusually far"


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


def moved_text(day: pd.Timestamp, frequency: str) -> str:
    """When something moved: "on 27 January 2025", "in the week of that", "in January 2025".

    Args:
        day: A row of the data.
        frequency: Of the rows.
    """
    if frequency == "monthly":
        return f"in {day:%B %Y}"
    return f"{'in the week of' if frequency == 'weekly' else 'on'} {date_text(day)}"


def level_text(confidence: float) -> str:
    """A level of confidence or significance: "95%", "2.5%"."""
    return f"{100 * confidence:g}%"


def significance_key(p: str, level: float) -> str:
    """What filled and empty markers mean: "● p ≤ 0.05   ○ p > 0.05 or unknown".

    Args:
        p: What the p is called.
        level: Of significance.
    """
    at = f"{level:.4g}"
    return f"● {p} ≤ {at}   ○ {p} > {at} or unknown"


STRONG = 0.2
"""Up to this share of the level p is strong evidence: below 1% where the level is 5%."""
_TIE = 1e-12


def evidence_text(p: float, level: float) -> str:
    """What a p-value is called: "strong evidence", "evidence" or "not significant".

    Args:
        p: Two-sided.
        level: Of significance; up to a fifth of it the evidence is strong.
    """
    if not p <= level + _TIE:
        return "not significant"
    return "strong evidence" if p <= STRONG * level + _TIE else "evidence"
