"""Value: the abnormal return in dollars and in index points."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from eventstudy.evidence.parts.part import DrawnPart, listing, reasons, records
from eventstudy.text.brief import Brief
from eventstudy.text.numbers import between, dollars, number, points, window_text
from eventstudy.text.words import date_text, level_text, possessive

ALL = "all"
"""The row of `totals` with every asset once."""


@dataclass(frozen=True, eq=False, repr=False)
class Value(DrawnPart):
    """What the focus day of one event moved, in dollars and in index points."""

    event_id: str
    day: int
    """The relative day: 0, or the first estimated one where day 0 is not."""
    date: str
    """Its session, ISO; empty where the data end before."""
    confidence: float
    assets: pd.DataFrame
    """One row a studied asset that is no index: ticker, name, group, shares, as_of, source and note
    of the shares, previous_close, close, raw, abnormal, se, low, high in dollars, reason (why
    a figure is missing, or empty)."""
    totals: pd.DataFrame
    """One row a group with such assets, then one of all of them, each once: group, label, members
    (";"-joined: those in the sum), without (those that are not: their shares or their
    abnormal return are missing), n, raw, abnormal, se, low, high, n_obs (sessions behind se),
    equal_weighted (the members' mean abnormal return), value_weighted (abnormal over their value
    before the day), reason."""
    indices: pd.DataFrame
    """One row a studied index: ticker, name, group, previous_close, close, raw, abnormal, se, low,
    high in points, reason."""

    computed_by = "value.value"
    takes = ("shares",)
    in_short = "totals"

    @property
    def known(self) -> pd.DataFrame:
        """The assets with an abnormal amount."""
        return self.assets[self.assets["abnormal"].notna()]

    @property
    def total(self) -> pd.Series[Any]:
        """The row of all assets."""
        return self.totals.iloc[-1]

    def _brief(self) -> Brief:
        totals, indices = self.totals, self.indices
        heads = ("sum", "members", "abnormal", "interval", "raw")
        rows = [
            (
                str(row["label"]),
                number(row["n"], 0),
                dollars(row["abnormal"], signed=True),
                between(dollars(row["low"], signed=True), dollars(row["high"], signed=True)),
                dollars(row["raw"], signed=True),
            )
            for row in sorted(records(totals), key=lambda row: row["group"] != ALL)
        ]
        sums = listing(heads, rows, totals, "totals")
        indexes = [
            (
                str(row["name"]),
                points(row["abnormal"]),
                between(points(row["low"]), points(row["high"])),
                points(row["raw"]),
            )
            for row in records(indices)
        ]
        moves = listing(("index, points", *heads[2:]), indexes, indices, "indices")
        about = f"On {self.date or window_text((self.day, self.day))}, in dollars."
        notes = tuple(reasons(self.assets, "name"))
        return Brief(value_finding(self), about, (sums, moves), notes)


def value_finding(value: Value) -> str:
    """How much of the largest change is abnormal, and the total; without any the first index."""
    known, total = value.known, value.total
    if known.empty:
        return _index_finding(value)
    largest = _largest(largest_change(value), value_date(value))
    if len(known) == 1:
        return largest
    together = f"the {len(known)} companies whose shares outstanding are known"
    level = level_text(value.confidence)
    return f"{largest}; {_together(total, together, level)}"


def largest_change(value: Value) -> Any:
    """The row of the asset with the largest abnormal change; needs one that is known."""
    return value.known.iloc[int(value.known["abnormal"].abs().to_numpy().argmax())]


def _largest(row: Any, date: str) -> str:
    """How much of one company's change the market does not explain."""
    name, raw, abnormal = row["name"], float(row["raw"]), float(row["abnormal"])
    size, moved = dollars(abs(abnormal)), "loss" if raw < 0 else "gain"
    if not _sure(row["low"], row["high"]):
        own = f"{possessive(name)} {moved} of {dollars(abs(raw))} on {date}"
        return f"{own} is within the normal range"
    if abs(abnormal) <= abs(raw) and (raw < 0) == (abnormal < 0):
        whole = f"{possessive(name)} {dollars(abs(raw))} {moved}"
        return f"{size} of {whole} on {date} is not explained by the market"
    verb = "lost" if raw < 0 else "gained"
    kind = "loss" if abnormal < 0 else "gain"
    return f"{name} {verb} {dollars(abs(raw))} on {date}, an abnormal {kind} of {size}"


def _together(total: Any, who: str, level: str) -> str:
    """The sum of all; its figure only where chance does not explain it."""
    raw, abnormal = float(total["raw"]), float(total["abnormal"])
    verb = "lost" if raw < 0 else "gained"
    moved = f"{who} together {verb} {dollars(abs(raw))}"
    if not np.isfinite(total["low"]):
        return f"{moved}, {dollars(abnormal, signed=True)} abnormal"
    if not _sure(total["low"], total["high"]):
        return f"{moved}, no more than the market and chance explain"
    interval = between(dollars(total["low"], signed=True), dollars(total["high"], signed=True))
    same = abs(abnormal) <= abs(raw) and (raw < 0) == (abnormal < 0)
    part = f"{dollars(abs(abnormal))} of it" if same else dollars(abnormal, signed=True)
    return f"{moved}, {part} abnormal ({level} interval {interval})"


def _sure(low: float, high: float) -> bool:
    """Whether an interval leaves out zero; an unknown one does not say otherwise."""
    return not np.isfinite(low) or low > 0 or high < 0


def _index_finding(value: Value) -> str:
    index: Any = value.indices.iloc[0]
    if not np.isfinite(index["abnormal"]):
        return f"{index['name']}: {index['reason']}"
    moved = "lost" if index["raw"] < 0 else "gained"
    level = level_text(value.confidence)
    interval = f"{level} interval {points(index['low'])} to {points(index['high'])}"
    return (
        f"{index['name']} {moved} {number(abs(index['raw']), 1)} points on {value_date(value)}; "
        f"{points(index['abnormal'])} are abnormal ({interval})"
    )


def value_date(value: Value) -> str:
    """The day that is valued, written out; its relative day where the data end before."""
    return (
        date_text(pd.Timestamp(value.date)) if value.date else window_text((value.day, value.day))
    )
