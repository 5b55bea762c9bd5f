"""`eventstudy guide`: how agents and scripts use the package."""

from __future__ import annotations

from eventstudy.cli.console import echo


def guide() -> None:
    """Markdown of at most 80 columns: how to ask, keys and units, exit codes, citing, limits.

    Examples:
        eventstudy guide
        eventstudy guide > guide.md
    """
    from eventstudy.agents.guide import guide_text

    echo(guide_text().rstrip("\n"))
