"""A plan in print: each hypothesis with its test and what this could find."""

from __future__ import annotations

from eventstudy.plans.model import Hypothesis, Plan
from eventstudy.result.planned_table import direction_text
from eventstudy.text.lines import wrapped
from eventstudy.text.measure import headed
from eventstudy.text.numbers import percent, window_text
from eventstudy.text.table import Column, PlainTable, Row
from eventstudy.text.terminal import plain_lines


def hypothesis_lines(plan: Plan) -> list[str]:
    """The hypotheses for a terminal.

    Args:
        plan: The plan.
    """
    several = len(plan.studied) > 1
    columns = (
        *([Column("event", "left")] if several else []),
        Column("expected", "left"),
        Column("window", "right"),
        Column("quoted test", "left"),
        Column(headed("se %")),
        Column(headed("detectable %")),
    )
    opening = (
        f"Detectable: the smallest effect that the quoted test finds with {100 * plan.power:g}% "
        "probability, computed from the estimation windows alone."
    )
    rows = [_row(h, several=several) for h in plan.hypotheses]
    return [*plain_lines(PlainTable(columns, rows)), "", *wrapped(opening)]


def _row(h: Hypothesis, *, several: bool) -> Row:
    return Row(
        [
            *([h.event] if several else []),
            f"{h.entity}: {direction_text(h.direction, h.threshold)}",
            window_text(h.window),
            h.test,
            percent(h.se, signed=False, unit=False),
            percent(h.detectable, 1, signed=False, unit=False),
        ]
    )
