"""Recovery: how much of the day-0 move was reversed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from eventstudy.evidence.parts.part import DrawnPart, listing, range_cell, records
from eventstudy.text.brief import Brief
from eventstudy.text.numbers import MISSING, p_text, percent
from eventstudy.text.words import level_text, listed

EARLY = 5
"""The first of the two horizons that a finding on recovery quotes, or the one nearest to it."""


_NOTHING = "no significant move on day 0, so no recovery to measure"

ALL_DAYS, CLEAR_DAYS = "all", "clear"
"""The values of the column `days`: with and without the days of registered confounders."""


@dataclass(frozen=True, eq=False, repr=False)
class Recovery(DrawnPart):
    """What the sessions after day 0 undid of it, for every entity of one event.

    Returns are fractions; CAR[+1, +h] is the sum after day 0 and CAR[0, +h] that from it on. The
    column `days` is "all", or "clear" for the same without the days of registered confounders.
    """

    table: pd.DataFrame
    """key, label, lead, days, horizon, ar0, car (CAR[+1, +h]), se, t, df, test (that is quoted:
    "placebo" or "t"), p_value (two-sided), p_greater, p_back (one-sided, against day 0), share
    (−car / ar0), share_low, share_high (Fieller's; they leave out zero where p_value is at most
    1 − confidence), total (CAR[0, +h]), total_se, total_t, total_p, n_days, reason."""
    summary: pd.DataFrame
    """key, label, lead, days, ar0, se, t, df, test, p_value, abnormal (p_value at most
    1 − confidence),
    first_back (first session on which the path is not significantly on the side of day 0),
    stays_back (first session from which it never is again, up to the last), first_reason,
    half_life (first session with a share of one half, which later ones can undo), half_reason,
    left_out (days)."""
    path: pd.DataFrame
    """key, label, lead, day, car (CAR[0, day]), low, high, clear_car (without the confounders'
    days), confounded."""
    confounders: pd.DataFrame
    """key, event_id, title, day, date, concerns: registered events after day 0."""
    confidence: float
    """Of intervals, bands and what counts as abnormal."""
    last: int
    """The last session after day 0 that was estimated."""
    cut: str
    """Why later ones were not; empty where all horizons were."""

    computed_by = "recovery.recovery"
    in_short = "summary"

    def _brief(self) -> Brief:
        table = self.table[self.table["days"] == ALL_DAYS]
        last = table[table["share"].notna()].groupby("key", sort=False)["horizon"].max()
        heads = ("entity", "AR day 0 %", "p", "after", "back %", "interval %", "p after")
        summary = self.summary[self.summary["days"] == ALL_DAYS]
        rows = []
        for row in records(summary):
            at = table[
                (table["key"] == row["key"]) & (table["horizon"] == last.get(row["key"], -1))
            ]
            cells = [MISSING] * 4
            if len(at) and row["abnormal"]:
                end = at.iloc[0]
                back = percent(end["share"], 0, unit=False), share_interval(end)
                cells = [f"+{end['horizon']}", *back, p_text(end["p_value"], prefix=False)]
            ar0 = percent(row["ar0"], unit=False), p_text(row["p_value"], prefix=False)
            rows.append((str(row["label"]), *ar0, *cells))
        finding = recovery_finding(self, first=True) or "Nothing was found"
        notes = (f"Cut short: {self.cut}.",) if self.cut else ()
        about = f"Share of day 0 undone, {level_text(self.confidence)} intervals; p two-sided."
        return Brief(finding, about, (listing(heads, rows, summary, "summary"),), notes)


def recovery_finding(recovery: Recovery, *, first: bool = False) -> str:
    """What each lead, or the first alone, had won back, early and by the last known horizon."""
    summary = recovery.summary[recovery.summary["lead"] & (recovery.summary["days"] == ALL_DAYS)]
    sentences, within, begun = [], [], False
    for lead in summary.head(1 if first else len(summary)).to_dict("records"):
        if not np.isfinite(lead["ar0"]):
            sentences.append(f"{lead['label']} has no abnormal return on day 0")
        elif lead["abnormal"]:
            sentences.append(_progress(recovery, lead["key"], lead["label"], not begun))
            begun = True
        else:
            within.append(lead["label"])
    if within:
        sentences.append(f"{listed(within)}: {_NOTHING}")
    return "; ".join(sentences)


def _progress(recovery: Recovery, key: str, name: str, first: bool) -> str:
    table = recovery.table
    rows = table[(table["key"] == key) & (table["days"] == ALL_DAYS) & table["share"].notna()]
    if rows.empty:
        return f"{name}: what was won back is not known"
    nearest = (rows["horizon"] - EARLY).abs().to_numpy().argmin()
    early, last = rows.iloc[nearest], rows.iloc[-1]
    fell = bool(last["ar0"] < 0)
    what = f" of its day-0 abnormal {'loss' if fell else 'gain'}"
    when = [f" after {early['horizon']} sessions", f" after {last['horizon']}"]
    what, when = (what, when) if first else ("", ["", ""])
    text = f"{name} had {_moved(early['share'], fell)}{what}{when[0]}"
    if early["horizon"] == last["horizon"]:
        return f"{text} ({_surely(last)})"
    same = (early["share"] < 0) == (last["share"] < 0)
    then = _share(last["share"]) if same else _moved(last["share"], fell)
    return f"{text} and {then}{when[1]} ({_surely(last)})"


def _surely(row: pd.Series[Any]) -> str:
    """How sure the last share is: its interval, and the p of the days after day 0."""
    return f"interval {share_interval(row)}%, {p_text(row['p_value'])}"


def _share(share: float) -> str:
    return percent(abs(share), 0, signed=False)


def _moved(share: float, fell: bool) -> str:
    """Such as "won back 12%", "lost a further 12%"; of a gain "given back", "added a further"."""
    if share < 0:
        return f"{'lost' if fell else 'added'} a further {_share(share)}"
    return f"{'won' if fell else 'given'} back {_share(share)}"


def share_interval(row: pd.Series[Any]) -> str:
    """The interval of a share, or a dash."""
    return range_cell(row["share_low"], row["share_high"], 0)
