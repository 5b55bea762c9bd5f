"""Contamination: how far the event moved the benchmark itself."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from eventstudy.evidence.parts.part import EvidencePart, listing, records, window_cell
from eventstudy.result.entities import is_index
from eventstudy.spec.windows import Window
from eventstudy.text.brief import Brief
from eventstudy.text.numbers import counted, number, percent, window_text

BEYOND = 2.0
"""Standard errors of a difference beyond which chance is no longer said to explain it."""


@dataclass(frozen=True, eq=False, repr=False)
class Contamination(EvidencePart):
    """The estimates of one event under its own benchmark and under each comparison benchmark."""

    event_id: str
    benchmark: str
    """The study's own; empty where the model has none."""
    others: tuple[str, ...]
    table: pd.DataFrame
    """One row a comparison benchmark, window (the focus day, the longest CAR) and asset or
    portfolio: other, start, end, key, name, group, portfolio, lead, own, own_se, against (the
    estimate under the other benchmark), against_se, difference (against − own), in_se (difference
    over own_se), difference_se (its own standard error as that of two forecasts on the same
    days; NaN for models other than least squares), flagged (|in_se| > 1), reason (why there is
    no figure, or empty)."""

    computed_by = "contamination.contamination"
    in_short = "table"

    @property
    def warnings(self) -> tuple[str, ...]:
        """What to note: the flagged headline entities, and how many of all are."""
        return tuple(map(change_sentence, changes(self)))

    def _brief(self) -> Brief:
        table = self.table
        heads = ("name", "window", "own %", "against %", "difference %", "in s.e.", "flagged")
        # What differs most comes first.
        order = table.sort_values(
            "in_se", key=lambda v: -v.abs(), kind="stable", na_position="last"
        )
        rows = [
            (
                str(row["name"]),
                window_cell(row),
                percent(row["own"], unit=False),
                percent(row["against"], unit=False),
                percent(row["difference"], unit=False),
                number(row["in_se"], 1, signed=True),
                "yes" if row["flagged"] else "no",
            )
            for row in records(order)
        ]
        known = table[table["difference"].notna()]
        finding = "The study has no benchmark to compare its own with"
        if self.others:
            flagged = f"{int(known['flagged'].sum())} of {counted(len(known), 'figure')}"
            finding = (
                f"Against {', '.join(self.others)} instead of {self.benchmark or 'none'}, "
                f"{flagged} differ by more than one standard error"
            )
        return Brief(finding, "", (listing(heads, rows, table, "table"),), self.warnings)


@dataclass(frozen=True, slots=True)
class Change:
    """Another benchmark and a window with which a lead entity is flagged."""

    other: str
    window: Window
    leads: tuple[dict[Hashable, Any], ...]
    """The flagged leads, rows of the table."""
    flagged: int
    """Assets that are; indices are not counted."""
    assets: int
    """All of them."""


def changes(contamination: Contamination) -> list[Change]:
    """One a benchmark and window in which a lead entity is flagged."""
    found = []
    for keys, part in contamination.table.groupby(["other", "start", "end"], sort=False):
        leads = part[part["lead"] & part["flagged"]].to_dict("records")
        if not leads:
            continue
        window = Window(int(part["start"].iloc[0]), int(part["end"].iloc[0]))
        assets = part[~part["portfolio"] & part["difference"].notna() & ~part["key"].map(is_index)]
        flagged = int(assets["flagged"].sum())
        found.append(Change(str(keys[0]), window, tuple(leads), flagged, len(assets)))
    return found


def change_sentence(change: Change) -> str:
    """What another benchmark does to the flagged leads, and for how many of several assets."""
    what = "abnormal return on" if change.window.length == 1 else "cumulative abnormal return over"
    moved = [
        f"{row['name']} {percent(row['against'], 1)} instead of {percent(row['own'], 1)}"
        for row in change.leads
    ]
    counted_too = change.assets > 1 and change.flagged > 0  # a group can differ and no asset
    of = f" for {change.flagged} of {change.assets} assets" if counted_too else ""
    return (
        f"Against {change.other} the {what} {window_text(change.window)} differs by more than one "
        f"standard error{of} ({', '.join(moved)}): {_verdict(change.leads)}."
    )


def _verdict(rows: Sequence[dict[Hashable, Any]]) -> str:
    beyond = [abs(row["difference"]) > BEYOND * row["difference_se"] for row in rows]
    if any(beyond):
        return "chance does not explain the difference"
    if not all(np.isfinite(row["difference_se"]) for row in rows):
        return "whether chance explains the difference is not known for this model"
    return "the choice of benchmark matters, but chance alone could explain the difference"
