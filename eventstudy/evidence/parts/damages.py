"""Damages: the abnormal return of the lead share in money a share, back through a class period."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from eventstudy.estimation.quoted import PLACEBO
from eventstudy.evidence.parts.part import DrawnPart, listing, range_cell, records, window_cell
from eventstudy.text.brief import Brief
from eventstudy.text.numbers import MISSING, between, counted, number, p_text, percent, share
from eventstudy.text.words import date_text, evidence_text, level_text, possessive

STUDY, OTHER, MARKET_AND_PEERS, PEERS_ALONE, SYNTHETIC, PEERS_THEMSELVES = (
    *("study", "other benchmark", "market and peers", "peers alone", "synthetic control"),
    "the peers themselves",
)
"""What a row of `estimates` is estimated from."""


@dataclass(frozen=True, eq=False, repr=False)
class Damages(DrawnPart):
    """What one event took from a share, in money, and what other benchmarks say of it."""

    event_id: str
    ticker: str
    name: str
    benchmark: str
    """What the share is expected to move with, by name; empty where the model has none."""
    currency: str
    """What amounts are in: "$", or the code of another currency."""
    date: str
    """The session whose abnormal return is the disclosure's: day 0, ISO."""
    base_date: str
    """The session before it, ISO."""
    class_start: str
    """The first session of the class period, ISO; the last is `base_date`."""
    confidence: float
    power: float
    """With which `detectable` is found."""
    closes: str
    """A sentence on how the closes are adjusted."""
    lookback: float | None
    """Mean close of the 90 calendar days from `date` on, which caps damages under 15 U.S.C.
    § 78u-4(e); None where the prices end before or a close is missing."""
    lookback_sessions: int
    """How many closes that mean has, or would have so far."""
    peers: tuple[str, ...]
    """The tickers of the peer index; empty where the event has no group called peers."""
    per_share: pd.DataFrame
    """One row for the event day and each CAR window: start, end, first and last (sessions),
    previous_close (before the first), close (of the last), raw_change (their
    difference), car, se, t, low,
    high, p, test (the one quoted), per_share, per_share_low, per_share_high (car, low and high ×
    previous_close), detectable (the least |CAR| that the test finds with `power`),
    detectable_per_share, reason (why a figure is missing, or empty)."""
    inflation: pd.DataFrame
    """One row a session of the class period: date, close, constant_dollar, constant_dollar_low,
    constant_dollar_high, constant_percentage, constant_percentage_low, constant_percentage_high;
    money a share, positive where the close was too high."""
    estimates: pd.DataFrame
    """One row an estimate and window (those of `per_share`): kind, label, weighting (of the peer
    index), start, end, car, se, t, df, p_value, p_placebo, p_donors (rank among the peers, each
    with a synthetic control), low, high, p, test, n_obs, r_squared, beta_market, beta_peers,
    per_share, per_share_low, per_share_high, reason."""

    computed_by = "damages.damages"
    takes = ("shares", "class_start")
    in_short = "per_share"

    @property
    def day(self) -> pd.Series[Any]:
        """The row of the event day."""
        return self.per_share.iloc[0]

    @property
    def significant(self) -> bool:
        """Whether the quoted test rejects an abnormal return of zero on the event day."""
        return significant(self.day, self.confidence)

    def money(self, amount: float, *, signed: bool = False) -> str:
        """An amount a share in print: "$18.92", "−EUR 3.10"; "unbounded" where it is infinite."""
        if np.isinf(amount):
            return "unbounded"
        text = number(abs(amount), 2)
        if text == MISSING:
            return MISSING
        unit = self.currency if self.currency == "$" else f"{self.currency} "
        sign = "−" if amount < 0 else "+" if signed and amount > 0 else ""
        return f"{sign}{unit}{text}"

    def money_range(self, low: float, high: float, *, signed: bool = False) -> str:
        """An interval of amounts a share in print."""
        return between(self.money(low, signed=signed), self.money(high, signed=signed))

    def _brief(self) -> Brief:
        table = self.per_share
        rows = [
            (
                window_cell(row),
                percent(row["car"], unit=False),
                self.money(row["per_share"], signed=True),
                self.money_range(row["per_share_low"], row["per_share_high"], signed=True),
                p_text(row["p"], prefix=False),
                percent(row["detectable"], 1, signed=False, unit=False),
            )
            for row in records(table)
        ]
        heads = ("window", "CAR %", "a share", "interval", "p", "detectable %")
        about = f"{self.closes} {power_sentence(self)}"
        return Brief(damages_finding(self), about, (listing(heads, rows, table, "per_share"),))


def significant(row: Any, confidence: float) -> bool:
    """Whether the p of a row of `per_share` or `estimates` is at most 1 − confidence."""
    return bool(evidence_text(row["p"], 1 - confidence) != "not significant")


def damages_finding(found: Damages) -> str:
    """The abnormal return of the event day in money a share, or that there is none to speak of."""
    row, level = found.day, level_text(found.confidence)
    when = date_text(pd.Timestamp(found.date))
    if not np.isfinite(row["car"]):
        return f"{found.name} has no abnormal return on {when}: {row['reason']}"
    if not found.significant:
        return (
            f"{possessive(found.name)} abnormal return on {when} is not significant "
            f"({p_said(row)}): no amount per share differs significantly from zero"
        )
    amount = abs(row["per_share"])
    low, high = sorted((abs(row["per_share_low"]), abs(row["per_share_high"])))
    verb = "lost" if row["per_share"] < 0 else "gained"
    beyond = "the market explains" if found.benchmark else "was to be expected"
    return (
        f"{found.name} {verb} {found.money(amount)} a share on {when} beyond what {beyond} "
        f"({level} interval {found.money_range(low, high)}, {p_said(row)})"
    )


def p_said(row: Any) -> str:
    """The quoted p with its kind: "placebo p = 0.004", or "p = 0.004" of t."""
    return f"{'placebo ' if row['test'] == PLACEBO else ''}{p_text(row['p'])}"


def power_sentence(found: Damages) -> str:
    """How large an effect the quoted test could have found on the event day."""
    row = found.day
    if not np.isfinite(row["detectable"]):
        why = row["reason"] or "too few ordinary days to reject anything"
        return f"The smallest detectable effect is not known: {why}."
    power = share(found.power, 0)
    least = percent(row["detectable"], 1, signed=False)
    amount = found.money(row["detectable_per_share"])
    return (
        f"At {power} power the {_test_text(row)} detects abnormal returns of {least} or more on "
        f"the event day, {amount} a share; it may miss smaller ones."
    )


def _test_text(row: Any) -> str:
    return "placebo test" if row["test"] == PLACEBO else "t test"


def beside_peers(found: Damages) -> tuple[Any, Any]:
    """The event day's estimate of the study, and that against market and peers if there is one."""
    rows = found.estimates[found.estimates["start"].eq(found.day["start"])]
    rows = rows[rows["end"].eq(found.day["end"])]
    both = rows[(rows["kind"] == MARKET_AND_PEERS) & rows["car"].notna()]
    return rows[rows["kind"] == STUDY].iloc[0], both.iloc[0] if len(both) else None


def peers_finding(found: Damages) -> str:
    """The event day's estimate against market and peers together, beside that of the study."""
    own, row = beside_peers(found)
    if row is None:
        return f"No estimate of {found.name} against market and peers"
    count = counted(len(found.peers), "peer")
    beside = f"against {percent(own['car'])} with the study's benchmark alone"
    if not significant(row, found.confidence):
        return (
            f"With the market and {count} as benchmarks the abnormal return of {found.name} is not "
            f"significant ({p_said(row)})"
        )
    return (
        f"With the market and {count} as benchmarks {possessive(found.name)} abnormal return is "
        f"{percent(row['car'])} ({level_text(found.confidence)} interval "
        f"{range_cell(row['low'], row['high'])}%, {p_said(row)}), {beside}"
    )
