"""Placebos: how the event compares with other days and other assets."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from eventstudy.errors import InputError
from eventstudy.evidence.parts.part import (
    ChosenPart,
    _listing,
    _reasons,
    _records,
    _window,
    brief_of,
)
from eventstudy.result.entities import Entity
from eventstudy.spec import Window
from eventstudy.text.brief import Brief
from eventstudy.text.numbers import counted, number, p_text, percent, window_text
from eventstudy.text.words import ordinal

Kind = Literal["time", "space"]


@dataclass(frozen=True, eq=False, repr=False)
class Placebos(ChosenPart):
    """Where the event stands among its placebos. A figure that cannot be had is NaN, with why."""

    summary: pd.DataFrame
    """One row a kind ("time", "space"), entity and window: car and statistic (SAR or SCAR) of the
    event; n_placebos B; n_apart, how many windows of them share no day (B // L in time); rank of
    |statistic| among the 1 + B, 1 the largest; p_value = rank / (1 + B), two-sided, with p_less
    and p_greater; first and last placebo date (NaT in space); reason."""
    draws: pd.DataFrame
    """The placebos: kind, entity, window_start, window_end, date, ticker, name, car, statistic."""
    left_out: pd.DataFrame
    """What could have been a placebo and is none: the same columns up to ticker, and reason."""

    def of(self, kind: Kind, entity: Entity, window: Window) -> tuple[pd.Series, pd.DataFrame]:
        """The summary's row of an entity and window, and its placebos.

        Raises InputError when there is none.
        """
        row, draws = (
            table[
                (table["kind"] == kind)
                & (table["entity"] == entity.key)
                & (table["window_start"] == window.start)
                & (table["window_end"] == window.end)
            ]
            for table in (self.summary, self.draws)
        )
        if row.empty:
            raise InputError(f"There are no placebos in {kind} of {entity.name} over {window}.")
        return row.iloc[0], draws.reset_index(drop=True)


def placebos_finding(
    name: str,
    what: str,
    in_time: pd.Series | None,
    in_space: pd.Series | None,
    when: str = "that day",
) -> str:
    """How many ordinary days and other assets are as far out as `what`, an event's day.

    The rows are those of a summary, None for a kind that there is not.
    """
    rows = [row for row in (in_time, in_space) if row is not None]
    if not np.isfinite(rows[0]["statistic"]):
        return f"{name} has no abnormal return on {what}; its placebos alone"
    parts = []
    if in_time is not None and np.isfinite(in_time["rank"]):
        beyond, of = int(in_time["rank"]) - 1, counted(int(in_time["n_placebos"]), "other day")
        none = "none" if not beyond else f"{beyond:,}"
        verb = "moves" if beyond in (0, 1) else "move"
        parts.append(
            f"Refitted at {of}, {none} {verb} {name} as far as {what} did "
            f"({p_text(float(in_time['p_value']))})"
        )
    elif in_time is not None:
        parts.append(f"{name} has no placebo days: {in_time['reason']}")
    if in_space is not None and np.isfinite(in_space["rank"]):
        among = f"among {counted(int(in_space['n_placebos']) + 1, 'asset')} {when}"
        at = "it is" if parts else f"{name} is"
        furthest = f"{at} the {ordinal(int(in_space['rank']))} furthest out"
        said = f"{among} {furthest} ({p_text(float(in_space['p_value']))})"
        parts.append(said if parts else f"{said[0].upper()}{said[1:]}")
    return "; ".join(parts) or f"{name} has no placebos: {rows[0]['reason']}"


@brief_of.register
def _of_placebos(part: Placebos) -> Brief:
    table = part.summary
    heads = ("placebos", "entity", "window", "CAR %", "s.e.", "rank", "of", "p")
    rows = [
        (
            f"in {row['kind']}",
            str(row["name"]),
            _window(row["window_start"], row["window_end"]),
            percent(row["car"], unit=False),
            number(row["statistic"], signed=True),
            number(row["rank"], 0),
            number(row["n_placebos"] + 1.0, 0),
            p_text(row["p_value"], prefix=False),
        )
        for row in _records(table)
    ]
    listing = _listing(heads, rows, len(table), words=(0, 1), more="summary")
    if table.empty:
        return Brief("There are no placebos", "", (listing,))
    first = table.iloc[0]
    same = table[
        (table["entity"] == first["entity"])
        & (table["window_start"] == first["window_start"])
        & (table["window_end"] == first["window_end"])
    ].set_index("kind")
    time, space = (same.loc[k] if k in same.index else None for k in ("time", "space"))
    days = Window(int(first["window_start"]), int(first["window_end"]))
    when = "that day" if days.length == 1 else "over the same days"
    said = placebos_finding(str(first["name"]), window_text(days), time, space, when)
    return Brief(said, "", (listing,), tuple(_reasons(table, "name")))
