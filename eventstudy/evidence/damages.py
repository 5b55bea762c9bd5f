"""The event's abnormal return in money a share, and the inflation of the closes before it.

A share that was sold before a disclosure at a close of P_t was, on the disclosure's account, sold
too dear by the inflation I_t. With AR₀ the abnormal return of the disclosure's session and P₋₁ the
close before it:

- constant dollar: I_t = −AR₀ · P₋₁, the same amount throughout the class period;
- constant percentage: I_t = −AR₀ · P_t, the same share of the price throughout.

Both agree at the last close before the disclosure. The interval of AR₀ is carried over: P is known,
so that the ends are −AR_high · P and −AR_low · P. Inflation is positive where the price was too
high, negative where the disclosure raised it.

The event study as evidence of materiality and damages: Tabak & Dunbar (1999), "Materiality and
magnitude: event studies in the courtroom", NERA. Price and value lines and the out-of-pocket
measure: Cornell & Morgan (1990), "Using finance theory to measure damages in fraud on the market
cases", UCLA Law Review 37. The two methods beside each other: Tabak & Okongwu (2002), "Inflation
methodologies in securities fraud cases: theory and practice", NERA.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from eventstudy.errors import InputError
from eventstudy.estimation.quoted import quoted_table
from eventstudy.evidence.case import Case
from eventstudy.evidence.parts.damages import Damages
from eventstudy.evidence.peers import lead_share, peer_estimates, peers_of
from eventstudy.prices.request import Day, parse_day
from eventstudy.prices.shares import Shares
from eventstudy.result.detectable import ASSET, POWER
from eventstudy.result.dollars import DOLLAR, focus_of
from eventstudy.spec.windows import Window

LOOK_BACK_DAYS = 90
"""Calendar days of the look-back period of 15 U.S.C. § 78u-4(e), that of the disclosure first."""


def damages(
    case: Case, shares: Mapping[str, Shares] | None = None, class_start: Day = None
) -> Damages:
    """Money a share, inflation over a class period, and the estimates beside the peers.

    An amount over a window is CAR × the close before its first session, with the interval of the
    test that is quoted. The whole abnormal return of the event day is taken to be the disclosure's:
    what else moved the share that day is not separated.

    Args:
        case: the event and its prices; the first that it is about, peers apart, must be a share.
        shares: from `load_shares`, for the value-weighted peer index.
        class_start: the first day of the class period, such as "2024-05-22"; a day without a
            session moves to the next one. The first session of the estimation window if None.

    Raises:
        InputError: the event is first about a group or an index, returns are no simple returns, or
            the class period does not begin before the event inside the prices.
    """
    lead, spec = lead_share(case), case.spec
    if spec.returns != "simple":
        raise InputError("amounts per share need simple returns")
    focus = focus_of(spec)
    at = case.at + focus.start
    if not 1 <= at < len(case.sessions):
        raise InputError(f"there is no close of {lead.name} on the event day and the one before")
    closes = case.prices.close[lead.key]
    windows = tuple(dict.fromkeys((focus, *spec.car)))
    first = _class_start(case, class_start, at)
    lookback, counted = look_back(closes, case.sessions[at])
    per_share = _per_share(case, lead.key, closes, windows)
    currency = case.context.origin.get("currency", "") or DOLLAR
    return Damages(
        event_id=case.event_id,
        ticker=lead.key,
        name=lead.name,
        benchmark=case.name(case.benchmark) if case.benchmark else "",
        currency="$" if currency == DOLLAR else currency,
        date=f"{case.sessions[at]:%Y-%m-%d}",
        base_date=f"{case.sessions[at - 1]:%Y-%m-%d}",
        class_start=f"{case.sessions[first]:%Y-%m-%d}",
        confidence=spec.confidence,
        power=POWER,
        closes=_adjusted(case, lead.key),
        lookback=lookback,
        lookback_sessions=counted,
        peers=peers_of(case),
        per_share=per_share,
        inflation=inflation(closes.iloc[first:at], per_share.iloc[0]),
        estimates=peer_estimates(case, windows, per_share["previous_close"].tolist(), shares),
    )


def inflation(closes: pd.Series[float], day: pd.Series[float]) -> pd.DataFrame:
    """`Damages.inflation` of the closes of a class period.

    Args:
        closes: by session.
        day: car, low and high of the event day as fractions, and previous_close.
    """
    table = pd.DataFrame({"date": closes.index, "close": closes.to_numpy(dtype=np.float64)})
    ends = {"": day["car"], "_low": day["high"], "_high": day["low"]}
    for method, base in (
        ("constant_dollar", np.full(len(table), float(day["previous_close"]))),
        ("constant_percentage", table["close"].to_numpy()),
    ):
        for end, change in ends.items():
            table[f"{method}{end}"] = -float(change) * base
    return table


def look_back(closes: pd.Series[float], day: pd.Timestamp) -> tuple[float | None, int]:
    """The mean close of the 90 calendar days that begin with a day, and how many closes it has.

    None where the closes end before those days do, or one of them is missing.

    Args:
        closes: by session.
        day: the session of the disclosure.
    """
    last = day + pd.Timedelta(days=LOOK_BACK_DAYS - 1)
    inside = closes.loc[day:last]
    following, end = (np.datetime64(each, "D") + 1 for each in (closes.index[-1], last))
    whole = np.busday_count(following, end) <= 0 and inside.notna().all()
    return (float(inside.mean()) if whole else None), len(inside)


def _class_start(case: Case, asked: Day, at: int) -> int:
    """The session on which the class period begins, `at` being that of the event."""
    began = parse_day(asked, "class_start")
    if began is None:
        return max(0, case.at + min(case.spec.estimation_days))
    day = pd.Timestamp(began)
    first = int(case.sessions.searchsorted(day))
    if day < case.sessions[0] or first >= at:
        raise InputError(
            f"The class period cannot begin on {began}: the prices begin on "
            f"{case.sessions[0]:%Y-%m-%d} and the event day is {case.sessions[at]:%Y-%m-%d}; give "
            "class_start a day between them."
        )
    return first


def _per_share(
    case: Case, ticker: str, closes: pd.Series[float], windows: tuple[Window, ...]
) -> pd.DataFrame:
    price = closes.to_numpy(dtype=np.float64)
    sessions = case.sessions
    rows = []
    for window in windows:
        first, last = case.at + window.start, case.at + window.end
        inside = first >= 1 and last < len(sessions)
        before, after = (price[first - 1], price[last]) if inside else (np.nan, np.nan)
        figures = case.result.car(window).droplevel("event_id").loc[[ticker]]
        quoted = quoted_table(figures, case.spec.confidence).iloc[0]
        found = case.result.detectable(window, power=POWER)
        least = found[(found["ticker"] == ticker) & (found["kind"] == ASSET)].iloc[0]
        row = figures.iloc[0]
        changes = (row["car"], quoted["low"], quoted["high"])
        rows.append(
            {
                "start": window.start,
                "end": window.end,
                "first": sessions[first] if 0 <= first < len(sessions) else pd.NaT,
                "last": sessions[last] if last < len(sessions) else pd.NaT,
                "previous_close": before,
                "close": after,
                "raw_change": after - before,
                "car": row["car"],
                "se": row["se"],
                "t": row["t"],
                "low": quoted["low"],
                "high": quoted["high"],
                "p": quoted["p"],
                "test": quoted["test"],
                **dict(zip(PER_SHARE, (change * before for change in changes), strict=True)),
                "detectable": least["detectable"],
                "detectable_per_share": least["detectable"] * before,
                "reason": row["reason"] or ("" if np.isfinite(before) else "no close before it"),
            }
        )
    dated = dict.fromkeys(("first", "last"), "datetime64[ns]")
    return pd.DataFrame(rows).astype({"test": "str", "reason": "str", **dated})


PER_SHARE = ("per_share", "per_share_low", "per_share_high")


def _adjusted(case: Case, ticker: str) -> str:
    """What is known of how the closes are adjusted."""
    close, adjusted = (frame[ticker] for frame in (case.prices.close, case.prices.adj_close))
    both = pd.concat([close, adjusted], axis=1).dropna()
    if (both.iloc[:, 0] == both.iloc[:, 1]).all():
        return (
            "Closes are those of the price source, which has one series; only the source says "
            "whether it is adjusted for splits or dividends."
        )
    return (
        "Closes are adjusted for splits and not for dividends: amounts are per share after the "
        "splits."
    )
