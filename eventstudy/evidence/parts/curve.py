"""The specification curve: the estimate under every reasonable choice."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from eventstudy.evidence.parts.part import (
    ChosenPart,
    listing,
    range_cell,
    reasons,
    records,
    row_and_rows,
    row_window,
    window_cell,
)
from eventstudy.result.entities import Entity
from eventstudy.spec.windows import Window
from eventstudy.text.brief import Brief
from eventstudy.text.numbers import counted, number, p_text, percent
from eventstudy.text.words import possessive

NO_BENCHMARK = "none"
"""Stands for the benchmark of a model that has none."""
MARKET_FACTOR = "mkt_rf"
"""The factor models' market, a column of the factors."""


@dataclass(frozen=True, eq=False, repr=False)
class Curve(ChosenPart):
    """All specifications, what they say together, and the same of ordinary days."""

    confidence: float
    """Level of the intervals, which are those of t; `significant` is p of t ≤ 1 − confidence.

    The event and the ordinary days are judged by the same test, so that their curves compare."""
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

    computed_by = "curve.specification_curve"
    in_short = "summary"

    def tells_of(self, lead: str, /) -> bool:
        """Whether the entity of this key has a curve."""
        return lead in set(self.summary["entity"])

    def of(self, entity: Entity, window: Window) -> tuple[pd.Series, pd.DataFrame]:
        """The summary's row of an entity and window, and its specifications.

        Raises:
            InputError: there is none.
        """
        none = "There is no specification curve"
        return row_and_rows(self.summary, self.specifications, entity, window, none)

    def _brief(self) -> Brief:
        table = self.summary
        heads = ("entity", "window", "specs", "median %", "range %", "signif. %", "p")
        rows = [
            (
                str(row["name"]),
                window_cell(row, "window_start", "window_end"),
                number(row["n_specifications"], 0),
                percent(row["median"], unit=False),
                range_cell(row["minimum"], row["maximum"]),
                number(100 * row["share_significant"], 0),
                p_text(row["p_median"], prefix=False),
            )
            for row in records(table)
        ]
        curves = listing(heads, rows, table, "summary")
        finding = curve_finding(table.iloc[0]) if len(table) else "There is no specification curve"
        left_out = [f"Left out: {why}." for why in dict.fromkeys(self.left_out["reason"])]
        notes = (*reasons(table, "name"), *left_out)
        return Brief(finding, "p: by the median, among ordinary days.", (curves,), notes)


def same_sign(row: pd.Series) -> int:
    """How many specifications have the sign of their median; 0 without any.

    Args:
        row: of the summary.
    """
    count = int(row["n_specifications"])
    return round(float(row["share_same_sign"]) * count) if count else 0


def curve_finding(row: pd.Series, date: str = "") -> str:
    """How far an entity's estimate depends on choices.

    Args:
        row: of the summary.
        date: of day 0, written out; "day 0" if empty.
    """
    name = str(row["name"])
    window = row_window(row)
    day = f"abnormal return on {date}" if date else "day-0 abnormal return"
    what = day if window == (0, 0) else f"CAR {window}"
    count = int(row["n_specifications"])
    if not count:
        return f"{name} has no {what} under any specification"
    significant = int(row["n_significant"])
    sign = "negative" if row["median"] < 0 else "positive"
    if count == 1:
        stands = "significant by t" if significant else "not significant by t"
        value = percent(float(row["median"]), 1)
        return f"{possessive(name)} {what} is {value} in the only specification, {stands}"
    same = same_sign(row)
    distinct = int(row["n_distinct"])
    different = f" ({distinct:,} different estimates)" if distinct < count else ""
    which = "all" if same == count else f"{same:,} of"
    low, high = (percent(float(row[name]), 1) for name in ("minimum", "maximum"))
    how_many = f"{significant:,}" if significant else "none"
    if significant == count == same:
        how_many = "all"
    return (
        f"{possessive(name)} {what} is {sign} in {which} "
        f"{counted(count, 'specification')}{different}, {how_many} of them significant by t; "
        f"median {percent(float(row['median']), 1)}, from {low} to {high}"
    )
