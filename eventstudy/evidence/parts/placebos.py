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

Kind = Literal["time", "space"]

KINDS = {"time": "other days", "space": "other companies"}
"""How the two kinds of placebos are said."""

FAR = 2.0
"""Standard errors beyond which another asset counts as hit itself."""


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

    def ranks(self, kind: Kind, entity: Entity, window: Window) -> bool:
        """Whether an entity has a rank among placebos of a kind."""
        mine = rows_at(self.summary[self.summary["kind"] == kind], entity.key, window)
        return bool(np.isfinite(mine["rank"]).any())

    def _brief(self) -> Brief:
        table = self.summary
        heads = ("placebos", "entity", "window", "CAR %", "s.e.", "rank", "of", "p")
        rows = [
            (
                KINDS[str(row["kind"])],
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
        own = rows_at(self.draws, str(first["entity"]), days)
        finding = placebos_finding(kinds, window_text(days), days, hit_by(own))
        return Brief(finding, "", (ranks,), tuple(reasons(table, "name")))


def placebos_finding(
    rows: Mapping[str, pd.Series], what: str, window: Window, hit: tuple[int, int] | None = None
) -> str:
    """How many ordinary days and other companies are as far out as an event.

    Args:
        rows: the summary's row of an entity by kind, "time" before "space"; one at least.
        what: the event's day or window in words.
        window: the relative sessions of the rows.
        hit: as in `companies_finding`.
    """
    first = next(iter(rows.values()))
    if not np.isfinite(first["statistic"]):
        return f"{first['name']} has no abnormal return on {what}; its placebos alone"
    parts = []
    if "time" in rows:
        parts.append(days_finding(rows["time"], what))
    if "space" in rows and np.isfinite(rows["space"]["rank"]):
        parts.append(companies_finding(rows["space"], what, window, hit))
    return "; ".join(parts) or f"{first['name']} has no placebos: {first['reason']}"


def days_finding(row: pd.Series, what: str) -> str:
    """How often the study, repeated on other days, gave so large a move."""
    name = str(row["name"])
    if not np.isfinite(row["rank"]):
        return f"{name} has no placebo days: {row['reason']}"
    beyond, count = int(row["rank"]) - 1, int(row["n_placebos"])
    days = counted(count, "other day")
    p = p_text(float(row["p_value"]))
    if not beyond:
        return (
            f"Repeating the study on {days} never gave {name} as large a move as {what} "
            f"({p}, the smallest possible)"
        )
    often = f"On {beyond:,} of {days}" if count > 1 else f"On {days}"
    return f"{often}, the same study gave {name} as large a move as {what} ({p})"


def companies_finding(
    row: pd.Series, what: str, window: Window, hit: tuple[int, int] | None = None
) -> str:
    """How many other assets were as far out on the same days.

    Args:
        row: the summary's row among other assets.
        what: the event's day or window in words.
        window: the relative sessions of the row.
        hit: how many of how many others moved by more than `FAR` standard errors; where these are
            most, the rank is no evidence against an effect, and its p is left out.
    """
    when = f"on {what}" if window.length == 1 else f"over {what}"
    name, beyond = str(row["name"]), int(row["rank"]) - 1
    count = int(row["n_placebos"])
    others = counted(count, "other asset")
    further = f"{beyond or 'None'} of {others} moved further than {name} {when}"
    if hit is not None and 2 * hit[0] > hit[1]:
        return (
            f"{further}; {hit[0]} of the {hit[1]} moved by more than {FAR:g} standard errors "
            "themselves, so the rank is no evidence against an effect"
        )
    smallest = ", the smallest possible" if not beyond else ""
    return f"{further} ({p_text(float(row['p_value']))}{smallest})"


def hit_by(draws: pd.DataFrame) -> tuple[int, int]:
    """How many of how many other assets among an entity's placebos were hit themselves."""
    others = draws.loc[draws["kind"] == "space", "statistic"].abs()
    return int((others > FAR).sum()), len(others)
