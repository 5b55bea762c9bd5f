"""The reaction in money and in index points: returns times what they were returns on.

Raw change of a company's market value: (close − previous close) × shares outstanding. Abnormal:
AR × previous close × shares, with the standard error of the AR scaled alike. All on the closes'
split basis. Meant for simple returns: a log return gives the amount to first order only.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from eventstudy.entities import Cast
from eventstudy.errors import InputError
from eventstudy.evidence.case import Case
from eventstudy.evidence.shown import DrawnPart
from eventstudy.market.shares import NEAR, Shares, read_shares
from eventstudy.spec import StudySpec, Window

ALL = "all"
"""The row of `totals` with every asset once."""

DOLLAR = "USD"
FIGURES = ("raw", "abnormal", "se", "low", "high")


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
    (";"-joined: those in the sum), without (those that are not, for want of shares or of an
    abnormal return), n, raw, abnormal, se, low, high, n_obs (sessions behind se), reason."""
    indices: pd.DataFrame
    """One row a studied index: ticker, name, group, previous_close, close, raw, abnormal, se, low,
    high in points, reason."""

    @property
    def known(self) -> pd.DataFrame:
        """The assets with an abnormal amount."""
        return self.assets[self.assets["abnormal"].notna()]

    @property
    def total(self) -> pd.Series[Any]:
        """The row of all assets."""
        return self.totals.iloc[-1]


def value(case: Case, shares: Mapping[str, Shares] | None = None) -> Value:
    """Dollars of every asset, group and all; points of every index.

    `shares` (from `load_shares`) go before and beside those that the study knows.

    A total is the sum over the members with a figure, the others are named beside it. Its
    standard error is that of the members held together in proportion to their market value before
    the day and fitted as one asset, so that what they share on a day counts. It is exact for
    least squares on the same sessions; otherwise it rests on the sessions that all of them have.
    Raises InputError where there is neither an amount nor an index.
    """
    spec = case.spec
    day = focus_of(spec)
    assets, indices = asset_values(case, shares), index_points(case)
    if indices.empty and not assets["abnormal"].notna().any():
        why = "; ".join(dict.fromkeys(assets["reason"]))
        raise InputError(
            f"Nothing moves in dollars or points at {case.event_id}: no studied asset is an index, "
            f"and none has an amount ({why})."
        )
    session = pd.Timestamp(case.result.assets.dates[0, day.start - spec.span.start])
    return Value(
        event_id=case.event_id,
        day=day.start,
        date="" if pd.isna(session) else f"{session:%Y-%m-%d}",
        confidence=spec.confidence,
        assets=assets,
        totals=_totals(case, assets, day),
        indices=indices,
    )


def focus_of(spec: StudySpec) -> Window:
    """Day 0, or the first day that is estimated where day 0 is not."""
    day = 0 if spec.span.covers(Window(0, 0)) else spec.span.start
    return Window(day, day)


def asset_values(cast: Cast, shares: Mapping[str, Shares] | None = None) -> pd.DataFrame:
    """`Value.assets` of the result of one registered event; needs no prices and fits nothing."""
    table = _moves(cast)
    table = table[~table["ticker"].str.startswith("^")].reset_index(drop=True)
    found, absent = _known_shares(cast, shares or {})
    facts = pd.DataFrame(
        [
            (found[t].shares, found[t].as_of, found[t].source, found[t].note)
            if t in found
            else (np.nan, "", "", "")
            for t in table["ticker"]
        ],
        columns=["shares", "as_of", "source", "note"],
    ).astype({"shares": float, "as_of": str, "source": str, "note": str})
    for name in FIGURES:
        table[name] = table[name] * facts["shares"]
    unknown = [absent.get(t, "shares outstanding not known") for t in table["ticker"]]
    table["reason"] = table["reason"].where(facts["shares"].notna(), pd.Series(unknown, dtype=str))
    first = ["ticker", "name", "group"]
    rest = [name for name in table if name not in first]
    return pd.concat([table[first], facts, table[rest]], axis=1)


def index_points(cast: Cast) -> pd.DataFrame:
    """`Value.indices` of the result of one registered event; needs no prices and fits nothing."""
    table = _moves(cast)
    return table[table["ticker"].str.startswith("^")].reset_index(drop=True)


def _moves(cast: Cast) -> pd.DataFrame:
    """Every asset's move on the focus day in units of its price: raw, abnormal, se, low, high."""
    result = cast.result
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
    abnormal = {
        name: cars[column].to_numpy() * before
        for name, column in zip(FIGURES[1:], ("car", "se", "ci_low", "ci_high"), strict=True)
    }
    reason = cars["reason"].astype(str).to_numpy()
    if result.spec.returns == "log":  # their sum over a price is no amount
        abnormal = {name: np.full(len(tickers), np.nan) for name in abnormal}
        reason = np.full(len(tickers), "an abnormal amount needs simple returns", dtype=object)
    unpriced = (reason == "") & ~np.isfinite(before + after)
    return pd.DataFrame(
        {
            "ticker": tickers,
            "name": [cast.name(t) for t in tickers],
            "group": labels["group"].astype(str),
            "previous_close": before,
            "close": after,
            "raw": after - before,
            **abnormal,
            "reason": np.where(unpriced, "no close on the day or on the one before", reason),
        }
    ).astype({"name": str, "reason": str})


def _known_shares(
    cast: Cast, own: Mapping[str, Shares]
) -> tuple[dict[str, Shares], dict[str, str]]:
    """Shares by ticker: the user's own, else those of the study; and why some do not serve."""
    assert cast.result.context is not None
    currency = cast.result.context.origin.get("currency", "")
    if currency not in ("", DOLLAR):
        why = f"its price is in {currency}, and the amounts are in dollars"
        return {}, dict.fromkeys(cast.result.assets.labels["ticker"].astype(str), why)
    packaged = read_shares()
    found = {
        ticker: packaged[ticker]
        if ticker in packaged and packaged[ticker].shares == count
        else Shares(ticker, count, "", "saved with the study", "")
        for ticker, count in cast.result.context.shares.items()
    }
    day0 = pd.Timestamp(cast.result.assets.labels["day0"].iloc[0]).date()
    far = {
        ticker: f"shares outstanding of {one.as_of}, more than {NEAR} days from the event"
        for ticker, one in own.items()
        if not one.near(day0)
    }
    found.update({ticker: one for ticker, one in own.items() if ticker not in far})
    return {t: one for t, one in found.items() if t not in far}, far


def _totals(case: Case, assets: pd.DataFrame, day: Window) -> pd.DataFrame:
    """One row a group and one of all."""
    studied = set(assets["ticker"])
    by_group = {g: [t for t in case.members(g) if t in studied] for g in case.groups}
    wanted = {g: tickers for g, tickers in by_group.items() if tickers}
    wanted = {**wanted, ALL: list(assets["ticker"])}
    figures = assets.set_index("ticker")
    known = set(figures.index[figures["abnormal"].notna()])
    sums = {key: [t for t in tickers if t in known] for key, tickers in wanted.items()}
    errors = _joint_errors(case, figures, sums, day)
    rows = []
    for key, members in sums.items():
        part = figures.loc[members]
        margin, se, n_obs, reason = errors[key]
        abnormal = part["abnormal"].sum() if members else np.nan
        rows.append(
            {
                "group": key,
                "label": "All with known shares" if key == ALL else case.group_label(key),
                "members": ";".join(members),
                "without": ";".join(t for t in wanted[key] if t not in known),
                "n": len(members),
                "raw": part["raw"].sum(skipna=False) if members else np.nan,
                "abnormal": abnormal,
                "se": se,
                "low": abnormal - margin,
                "high": abnormal + margin,
                "n_obs": n_obs,
                "reason": reason,
            }
        )
    text = dict.fromkeys(("group", "label", "members", "without", "reason"), str)
    return pd.DataFrame(rows).astype(text)


def _joint_errors(
    case: Case, figures: pd.DataFrame, sums: Mapping[str, Sequence[str]], day: Window
) -> dict[str, tuple[float, float, int, str]]:
    """Of each sum in dollars: half of its interval, standard error, sessions, what is amiss."""
    found = dict.fromkeys(sums, (np.nan, np.nan, 0, "no member has a figure"))
    held = {
        key: figures.loc[list(members), "previous_close"] * figures.loc[list(members), "shares"]
        for key, members in sums.items()
        if members
    }
    if not held:
        return found
    returns = case.returns
    together = {
        f"value of {key}": returns[list(dollars.index)].to_numpy() @ (dollars / dollars.sum())
        for key, dollars in held.items()
    }
    table = pd.concat([returns, pd.DataFrame(together, index=returns.index)], axis=1)
    spec = case.spec.model_copy(update={"placebo": False})
    fitted = case.refit(list(together), [case.day0], spec, table)
    cars = fitted.estimates.car_table(day).droplevel("event_id").to_dict("index")
    why = fitted.exclusions.set_index("ticker")["reason"].to_dict()
    for key, dollars in held.items():
        name, total = f"value of {key}", float(dollars.sum())
        if row := cars.get(name):
            margin = (row["ci_high"] - row["car"]) * total
            found[key] = (margin, row["se"] * total, row["n_obs"], row["reason"])
        else:
            found[key] = (np.nan, np.nan, 0, f"no standard error: {why.get(name, 'no fit')}")
    return found
