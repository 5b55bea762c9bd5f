"""Abnormal returns in dollars of market value and in index points."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict

import numpy as np
import pandas as pd

from eventstudy.estimation.quoted import quoted_table
from eventstudy.prices.shares import NEAR, Shares, read_shares
from eventstudy.result.record import StudyRecord
from eventstudy.spec.study_spec import StudySpec
from eventstudy.spec.windows import Window

DOLLAR = "USD"
FIGURES = ("raw", "abnormal", "se", "low", "high")


def focus_of(spec: StudySpec) -> Window:
    """Day 0, or the first day that is estimated where day 0 is not."""
    day = 0 if spec.span.covers(Window(0, 0)) else spec.span.start
    return Window(day, day)


def asset_values(result: StudyRecord, shares: Mapping[str, Shares] | None = None) -> pd.DataFrame:
    """`Value.assets` of the result of one registered event; needs no prices and fits nothing.

    Args:
        result: the study of the event.
        shares: by ticker, which go before those of the study.
    """
    table = _moves(result)
    table = table[~table["ticker"].str.startswith("^")].reset_index(drop=True)
    known, absent = _known_shares(result, shares or {})
    each = [known.get(t, Shares(t, np.nan, "", "", "")) for t in table["ticker"]]
    kinds = {"shares": float, "as_of": str, "source": str, "note": str}
    facts = pd.DataFrame([asdict(one) for one in each], columns=list(kinds)).astype(kinds)
    for name in FIGURES:
        table[name] = table[name] * facts["shares"]
    unknown = [absent.get(t, "no dated source of its shares outstanding") for t in table["ticker"]]
    table["reason"] = table["reason"].where(facts["shares"].notna(), pd.Series(unknown, dtype=str))
    first = ["ticker", "name", "group"]
    return pd.concat([table[first], facts, table.drop(columns=first)], axis=1)


def index_points(result: StudyRecord) -> pd.DataFrame:
    """`Value.indices` of the result of one registered event; needs no prices and fits nothing."""
    table = _moves(result)
    return table[table["ticker"].str.startswith("^")].reset_index(drop=True)


def _moves(result: StudyRecord) -> pd.DataFrame:
    """Every asset's move on the focus day in units of its price: raw, abnormal, se, low, high."""
    assert result.context is not None
    day, labels, closes = focus_of(result.spec), result.assets.labels, result.context.closes
    tickers = labels["ticker"].astype(str)
    at = int(closes.index.searchsorted(labels["day0"].iloc[0])) + day.start
    inside = 1 <= at < len(closes)
    before, after = (
        closes[list(tickers)].to_numpy(dtype=np.float64)[row]
        if inside
        else np.full(len(tickers), np.nan)
        for row in (at - 1, at)
    )
    cars = result.car(day)
    quoted = quoted_table(cars, result.spec.confidence)
    cars = cars.assign(low=quoted["low"], high=quoted["high"])
    abnormal = {
        name: cars[column].to_numpy() * before
        for name, column in zip(FIGURES[1:], ("car", "se", "low", "high"), strict=True)
    }
    reason = cars["reason"].astype(str).to_numpy()
    if result.spec.returns != "simple":  # their sum over a price is no amount
        abnormal = {name: np.full(len(tickers), np.nan) for name in abnormal}
        reason = np.full(len(tickers), "an abnormal amount needs simple returns", dtype=object)
    unpriced = (reason == "") & ~np.isfinite(before + after)
    return pd.DataFrame(
        {
            "ticker": tickers,
            "name": [result.context.names.get(t, t) for t in tickers],
            "group": labels["group"].astype(str),
            "previous_close": before,
            "close": after,
            "raw": after - before,
            **abnormal,
            "reason": np.where(unpriced, "no close on the day or on the one before", reason),
        }
    ).astype({"name": str, "reason": str})


def _known_shares(
    result: StudyRecord, own: Mapping[str, Shares]
) -> tuple[dict[str, Shares], dict[str, str]]:
    """Shares by ticker: the user's own, else those of the study; and why some do not serve."""
    assert result.context is not None
    currency = result.context.origin.get("currency", "")
    if currency not in ("", DOLLAR):
        why = f"its price is in {currency}, and the amounts are in dollars"
        return {}, dict.fromkeys(result.assets.labels["ticker"].astype(str), why)
    packaged = read_shares()
    known = {
        ticker: packaged[ticker]
        if ticker in packaged and packaged[ticker].shares == count
        else Shares(ticker, count, "", "saved with the study", "")
        for ticker, count in result.context.shares.items()
    }
    day0 = pd.Timestamp(result.assets.labels["day0"].iloc[0]).date()
    far = {
        ticker: f"shares outstanding of {one.as_of}, more than {NEAR} days from the event"
        for ticker, one in own.items()
        if not one.near(day0)
    }
    known.update({ticker: one for ticker, one in own.items() if ticker not in far})
    return {t: one for t, one in known.items() if t not in far}, far
