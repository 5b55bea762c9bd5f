"""The guide for agents and scripts, which the package brings along."""

from __future__ import annotations

from importlib.resources import files

GUIDE = "guide.md"


def guide_text() -> str:
    """Markdown of at most 80 columns."""
    return files("eventstudy").joinpath("data", GUIDE).read_text(encoding="utf-8")
