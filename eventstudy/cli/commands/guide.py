"""`eventstudy guide`: how agents and scripts use the package."""

from __future__ import annotations

from typing import Annotated

from eventstudy.cli.console import echo
from eventstudy.cli.options import argument


def guide(
    section: Annotated[
        str, argument("SECTION", "A word of a section's heading; by default all of the guide.")
    ] = "",
) -> None:
    """Markdown of at most 80 columns: how to ask, keys and units, exit codes, citing, limits.

    Examples:
        eventstudy guide
        eventstudy guide units
    """
    from eventstudy.agents.guide import guide_text

    echo(guide_text(section).rstrip("\n"))
