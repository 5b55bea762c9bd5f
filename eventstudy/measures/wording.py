"""A study of something other than daily returns, in its own words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from eventstudy.result.result import StudyResult


def reworded(
    result: StudyResult, label: str, notes: tuple[str, ...], words: Mapping[str, str]
) -> StudyResult:
    """The result with its model called `label`, `notes` added and `words` replaced in reasons."""
    exclusions = result.exclusions.copy()
    for old, new in words.items():
        exclusions["reason"] = exclusions["reason"].str.replace(old, new, regex=False)
    parts = {name: reworded(part, label, notes, words) for name, part in result.parts.items()}
    return replace(
        result,
        model_label=label,
        notes=(*result.notes, *notes),
        exclusions=exclusions,
        parts=parts,
    )
