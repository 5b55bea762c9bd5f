"""A plan in print: each hypothesis with its test and what this could find."""

from __future__ import annotations

from eventstudy.plans.model import Hypothesis, Plan
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
    columns = (
        Column("event", "left"),
        Column("expected", "left"),
        Column("window", "right"),
        Column("quoted test", "left"),
        Column(headed("se %")),
        Column(headed("detectable %")),
    )
    opening = (
        f"Detectable is the smallest effect that the quoted test finds with "
        f"{100 * plan.power:g}% probability, from the estimation windows alone."
    )
    rows = [_row(h) for h in plan.hypotheses]
    return [*plain_lines(PlainTable(columns, rows)), "", *wrapped(opening)]


def _row(h: Hypothesis) -> Row:
    signed = h.direction != "either"
    beyond = f" beyond {percent(h.threshold, signed=signed)}" if h.threshold else ""
    verb = "moves" if h.direction == "either" else h.direction
    return Row(
        [
            h.event,
            f"{h.entity} {verb}{beyond}",
            window_text(h.window),
            h.test,
            percent(h.se, signed=False, unit=False),
            percent(h.detectable, 1, signed=False, unit=False),
        ]
    )
