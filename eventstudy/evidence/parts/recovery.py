"""Recovery: how much of the day-0 move was reversed."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from eventstudy.evidence.parts.part import DrawnPart, listing, range_cell, records
from eventstudy.significance.quoted import rejects
from eventstudy.text.brief import Brief
from eventstudy.text.numbers import MISSING, counted, p_text, percent
from eventstudy.text.words import level_text, listed

NOTHING = "no unusual move on day 0, so no recovery to measure"

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
    others: pd.DataFrame
    """The leads under each comparison benchmark: benchmark, key, label, lead, horizon, ar0, p_ar0
    (of ar0), car, se, t, df, test, p_value, share, share_low, share_high, reason."""
    confidence: float
    """Of intervals, bands and what counts as abnormal."""
    last: int
    """The last session after day 0 that was estimated."""
    cut: str
    """Why later ones were not; empty where all horizons were."""

    computed_by = "recovery.recovery"
    in_short = "summary"

    def tells_of(self, _lead: str, /) -> bool:
        """Whether a lead moved unusually on day 0, so that there is something to recover."""
        return bool((self.summary["lead"] & self.summary["abnormal"]).any())

    def _brief(self) -> Brief:
        table = self.table[self.table["days"] == ALL_DAYS]
        last = table[table["share"].notna()].groupby("key", sort=False)["horizon"].max()
        heads = ("entity", "AR day 0 %", "p", "after", "recovered %", "interval %", "p after")
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
        about = f"Share of day 0 recovered, {level_text(self.confidence)} intervals; p two-sided."
        return Brief(finding, about, (listing(heads, rows, summary, "summary"),), notes)


def recovery_finding(recovery: Recovery, *, first: bool = False) -> str:
    """What each lead, or the first that moved alone, recovered; a share only where it is sure."""
    summary = recovery.summary[recovery.summary["lead"] & (recovery.summary["days"] == ALL_DAYS)]
    leads = first_moved(recovery) if first else summary.to_dict("records")
    sentences, within = [], []
    for lead in leads:
        if not np.isfinite(lead["ar0"]):
            sentences.append(f"{lead['label']} has no abnormal return on day 0")
        elif lead["abnormal"]:
            sentences.append(_progress(recovery, lead["key"], lead["label"]))
        else:
            within.append(lead["label"])
    if within:
        sentences.append(f"{listed(within)}: {NOTHING}")
    return "; ".join(sentences)


def recovered(recovery: Recovery, key: str) -> tuple[pd.Series | None, pd.Series | None]:
    """Of one entity the row of the longest horizon, and that of the last significant share.

    Args:
        recovery: the part.
        key: of the entity.
    """
    table = recovery.table
    rows = table[(table["key"] == key) & (table["days"] == ALL_DAYS) & table["share"].notna()]
    sure = rows[rejects(rows["p_value"].to_numpy(), 1 - recovery.confidence)]
    last, latest = (each.iloc[-1] if len(each) else None for each in (rows, sure))
    return last, latest


def first_moved(recovery: Recovery) -> list[dict[Hashable, Any]]:
    """The summary's row of the first lead that moved unusually, else of the first lead."""
    summary = recovery.summary[recovery.summary["lead"] & (recovery.summary["days"] == ALL_DAYS)]
    leads = summary.to_dict("records")
    moved = [lead for lead in leads if np.isfinite(lead["ar0"]) and lead["abnormal"]]
    return (moved or leads)[:1]


def _progress(recovery: Recovery, key: str, name: str) -> str:
    """The last significant share of one lead, and how the longest horizon stands."""
    last, latest = recovered(recovery, key)
    if last is None:
        return f"{name}: the recovery is not known"
    fell = bool(last["ar0"] < 0)
    neither = "a recovery nor a further fall" if fell else "a reversal nor a further rise"
    if latest is None:
        after = counted(int(last["horizon"]), "session")
        p = p_text(last["p_value"])
        return f"{name}: neither {neither} is significant within {after} of day 0 ({p} at the end)"
    text = (
        f"{name} had {_moved(latest['share'], fell)} after "
        f"{counted(int(latest['horizon']), 'session')} "
        f"({level_text(recovery.confidence)} interval {share_interval(latest)}%)"
    )
    if latest["horizon"] == last["horizon"]:
        return text
    return f"{text}; after {last['horizon']}, neither {neither} is significant"


def _moved(share: float, fell: bool) -> str:
    """Such as "recovered 12% of its day-0 loss" or "fallen further, by 12% of its day-0 loss"."""
    size = percent(abs(share), 0, signed=False)
    whole = f"{size} of its day-0 abnormal {'loss' if fell else 'gain'}"
    if share < 0:
        return f"{'fallen' if fell else 'risen'} further, by {whole},"
    return f"{'recovered' if fell else 'given back'} {whole}"


def share_interval(row: pd.Series[Any]) -> str:
    """The interval of a share, or a dash."""
    return range_cell(row["share_low"], row["share_high"], 0)
