"""Placebos: how the event compares with other days and other assets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from eventstudy.evidence.parts.part import (
    ChosenPart,
    listing,
    reasons,
    records,
    row_and_rows,
    row_window,
    rows_at,
    window_cell,
)
from eventstudy.result.entities import Entity
from eventstudy.spec.windows import Window
from eventstudy.text.brief import Brief
from eventstudy.text.numbers import counted, number, p_text, percent, window_text
from eventstudy.text.words import ordinal

Kind = Literal["time", "space"]


@dataclass(frozen=True, eq=False, repr=False)
class Placebos(ChosenPart):
    """Where the event stands among its placebos. A missing figure is NaN, with the reason."""

    summary: pd.DataFrame
    """One row a kind ("time", "space"), entity and window: car and statistic (SAR or SCAR) of the
    event; n_placebos B; n_apart, how many windows of them share no day (B // L in time); rank of
    |statistic| among the 1 + B, 1 the largest; p_value = rank / (1 + B), two-sided, with p_less
    and p_greater; first and last placebo date (NaT in space); reason."""
    draws: pd.DataFrame
    """The placebos: kind, entity, window_start, window_end, date, ticker, name, car, statistic."""
    left_out: pd.DataFrame
    """What could have been a placebo and is none: the same columns up to ticker, and reason."""

    computed_by = "placebos.placebos"
    in_short = "summary"

    def of(self, kind: Kind, entity: Entity, window: Window) -> tuple[pd.Series, pd.DataFrame]:
        """The summary's row of an entity and window, and its placebos.

        Raises:
            InputError: there is none.
        """
        summary, draws = (t[t["kind"] == kind] for t in (self.summary, self.draws))
        return row_and_rows(summary, draws, entity, window, f"There are no placebos in {kind}")

    def _brief(self) -> Brief:
        table = self.summary
        heads = ("placebos", "entity", "window", "CAR %", "s.e.", "rank", "of", "p")
        rows = [
            (
                f"in {row['kind']}",
                str(row["name"]),
                window_cell(row, "window_start", "window_end"),
                percent(row["car"], unit=False),
                number(row["statistic"], signed=True),
                number(row["rank"], 0),
                number(row["n_placebos"] + 1.0, 0),
                p_text(row["p_value"], prefix=False),
            )
            for row in records(table)
        ]
        ranks = listing(heads, rows, table, "summary", words=(0, 1))
        if table.empty:
            return Brief("There are no placebos", "", (ranks,))
        first = table.iloc[0]
        days = row_window(first)
        kinds = {
            row["kind"]: row for _, row in rows_at(table, str(first["entity"]), days).iterrows()
        }
        finding = placebos_finding(kinds, window_text(days), days)
        return Brief(finding, "", (ranks,), tuple(reasons(table, "name")))


def placebos_finding(rows: Mapping[str, pd.Series], what: str, window: Window) -> str:
    """How many ordinary days and other assets are as far out as an event.

    Args:
        rows: the summary's row of an entity by kind, "time" before "space"; one at least.
        what: the event's day or window in words.
        window: the relative sessions of the rows.
    """
    in_time, in_space = rows.get("time"), rows.get("space")
    first = next(iter(rows.values()))
    name = str(first["name"])
    if not np.isfinite(first["statistic"]):
        return f"{name} has no abnormal return on {what}; its placebos alone"
    parts = []
    if in_time is not None and np.isfinite(in_time["rank"]):
        beyond, days = int(in_time["rank"]) - 1, counted(int(in_time["n_placebos"]), "other day")
        none = "none" if not beyond else f"{beyond:,}"
        verb = "moves" if beyond in (0, 1) else "move"
        parts.append(
            f"Refitted at {days}, {none} {verb} {name} as far as {what} did "
            f"({p_text(float(in_time['p_value']))})"
        )
    elif in_time is not None:
        parts.append(f"{name} has no placebo days: {in_time['reason']}")
    if in_space is not None and np.isfinite(in_space["rank"]):
        when = "that day" if window.length == 1 else "over the same days"
        among = f"mong {counted(int(in_space['n_placebos']) + 1, 'asset')} {when}"
        rank = f"the {ordinal(int(in_space['rank']))} furthest out"
        p = p_text(float(in_space["p_value"]))
        parts.append(
            f"a{among} it is {rank} ({p})" if parts else f"A{among} {name} is {rank} ({p})"
        )
    return "; ".join(parts) or f"{name} has no placebos: {first['reason']}"
