"""The lines that `run --json` prints, one per event as it finishes."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from eventstudy.report.machine.event import EventReport
from eventstudy.report.machine.keys import DATE, NAME, YES, key
from eventstudy.report.machine.pooled import PooledReport
from eventstudy.report.machine.rows import EntityKeys, ExclusionRow, Head


class FiguresLine(Head):
    """The figures of one event that has no report of its own."""

    kind: Literal["figures"] = key("What the line describes", NAME)
    day0: str = key("Day 0: the session on which prices could first react", DATE)
    groups: list[EntityKeys] = key(
        "The groups, each given by its only asset, its index or as a portfolio"
    )
    assets: list[EntityKeys] = key("Every asset with an estimate")
    exclusions: list[ExclusionRow] = key("What was left out, and why")


class ExcludedLine(Head):
    """An event without an estimate."""

    kind: Literal["excluded"] = key("What the line describes", NAME)
    excluded: Literal[True] = key("That the event has no estimate", YES)
    reason: str = key("Why it has none")
    exclusions: list[ExclusionRow] = key("What was left out, and why")


Document = Annotated[EventReport | PooledReport, Field(discriminator="kind")]
"""results.json."""
Line = Annotated[
    EventReport | FiguresLine | ExcludedLine | PooledReport, Field(discriminator="kind")
]
"""A line of --json; that of a pooled report comes last."""
