"""The specification curve: the estimate under every reasonable choice."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from eventstudy.errors import InputError
from eventstudy.evidence.parts.part import (
    ChosenPart,
    _left_out,
    _listing,
    _range,
    _reasons,
    _records,
    _window,
    brief_of,
)
from eventstudy.result.entities import Entity
from eventstudy.spec import Window
from eventstudy.text.brief import Brief
from eventstudy.text.numbers import counted, number, p_text, percent
from eventstudy.text.words import possessive


@dataclass(frozen=True, eq=False, repr=False)
class Curve(ChosenPart):
    """All specifications, what they say together, and the same of ordinary days."""

    confidence: float
    """Level of the intervals; `significant` is p < 1 − confidence."""
    specifications: pd.DataFrame
    """One row an entity, window and specification: model and its label, benchmark ("none" where
    it has none, "mkt_rf" for the factors' market), estimation window of `length` sessions ending
    at `end`, returns; own: the study's own; estimate (AR or CAR, fraction), se, t, df, p_value,
    ci_low, ci_high, significant; reason where there is no estimate."""
    summary: pd.DataFrame
    """One row an entity and window: n_specifications with an estimate, n_distinct of them that
    differ (in the tenth digit), their median, minimum and
    maximum; n_significant and share_significant in the direction of the median,
    share_same_sign, mean_z; p_median, p_significant and p_z of the curve among n_placebos
    ordinary days from first to last; reason where a figure is missing."""
    placebos: pd.DataFrame
    """The three statistics of the curve of every ordinary day."""
    left_out: pd.DataFrame
    """Models and benchmarks that are not in an entity's curve, and why; entity "" means all."""

    def quoted(self, entity: Entity) -> pd.Series | None:
        """The summary's row of day 0, else the first of the entity; None where it has no curve."""
        mine = self.summary[self.summary["entity"] == entity.key]
        day = mine[(mine["window_start"] == 0) & (mine["window_end"] == 0)]
        rows = day if len(day) else mine
        return None if rows.empty else rows.iloc[0]

    def of(self, entity: Entity, window: Window) -> tuple[pd.Series, pd.DataFrame]:
        """The summary's row of an entity and window, and its specifications.

        Raises InputError when there is none.
        """
        row, rows = (
            table[
                (table["entity"] == entity.key)
                & (table["window_start"] == window.start)
                & (table["window_end"] == window.end)
            ]
            for table in (self.summary, self.specifications)
        )
        if row.empty:
            raise InputError(f"There is no specification curve of {entity.name} over {window}.")
        return row.iloc[0], rows.reset_index(drop=True)


def curve_finding(said: pd.Series) -> str:
    """How far an entity's estimate depends on choices."""
    name = str(said["name"])
    start, end = int(said["window_start"]), int(said["window_end"])
    what = "day-0 abnormal return" if start == end == 0 else f"CAR {Window(start, end)}"
    count = int(said["n_specifications"])
    if not count:
        return f"{name} has no {what} under any specification"
    found = int(said["n_significant"])
    sign = "negative" if said["median"] < 0 else "positive"
    if count == 1:
        stands = "significant" if found else "not significant"
        value = percent(float(said["median"]))
        return f"{possessive(name)} {what} is {value} in the only specification, {stands}"
    same = round(float(said["share_same_sign"]) * count)
    distinct = int(said["n_distinct"])
    different = f" ({distinct:,} different estimates)" if distinct < count else ""
    which = "all" if same == count else f"{same:,} of"
    low, high = (percent(float(said[name])) for name in ("minimum", "maximum"))
    significant = (
        "all of them significant"
        if found == count == same
        else f"{found:,} of them significant"
        if found
        else "none of them significant"
    )
    return (
        f"{possessive(name)} {what} is {sign} in {which} "
        f"{counted(count, 'specification')}{different}, {significant}; median "
        f"{percent(float(said['median']))}, from {low} to {high}"
    )


@brief_of.register
def _of_curve(part: Curve) -> Brief:
    table = part.summary
    heads = ("entity", "window", "specs", "median %", "range %", "signif. %", "p")
    rows = [
        (
            str(row["name"]),
            _window(row["window_start"], row["window_end"]),
            number(row["n_specifications"], 0),
            percent(row["median"], unit=False),
            _range(row["minimum"], row["maximum"]),
            number(100 * row["share_significant"], 0),
            p_text(row["p_median"], prefix=False),
        )
        for row in _records(table)
    ]
    listing = _listing(heads, rows, len(table), more="summary")
    said = curve_finding(table.iloc[0]) if len(table) else "There is no specification curve"
    notes = [*_reasons(table, "name"), *_left_out(part.left_out)]
    return Brief(said, "p: by the median, among ordinary days.", (listing,), tuple(notes))
