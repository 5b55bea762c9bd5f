"""`eventstudy guide`: how agents and scripts use the package."""

from __future__ import annotations

from typing import Annotated

from eventstudy.cli.console import echo
from eventstudy.cli.options import argument


def guide(
    section: Annotated[
        str, argument("SECTION", "Word from a section's heading; by default the whole guide.")
    ] = "",
) -> None:
    """It says how to ask, what keys, units and exit codes mean, how to cite, and what not to claim.

    Examples:
        eventstudy guide
        eventstudy guide units
    """
    from eventstudy.agents.guide import guide_text

    echo(guide_text(section).rstrip("\n"))
