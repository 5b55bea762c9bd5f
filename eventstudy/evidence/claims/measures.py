"""The measured figure for each kind of claim."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from eventstudy.errors import EventStudyError
from eventstudy.estimation.estimates import Estimates
from eventstudy.evidence.case import Case
from eventstudy.evidence.claims.register import FACTS, ClaimPart
from eventstudy.evidence.claims.verdicts import Measured
from eventstudy.evidence.contrasts import differences, members_of
from eventstudy.evidence.quoted_sums import quoted_sums, share_undone
from eventstudy.evidence.refits import rows_and_reasons, spec_over
from eventstudy.prices.unlisted import unlisted_reason
from eventstudy.significance.sums.placebo_runs import LONG_RUN
from eventstudy.spec.windows import Window
from eventstudy.text.numbers import window_text

Measure = Callable[[Case, pd.Timestamp, dict[int, ClaimPart]], dict[int, Measured]]


def measure_parts(case: Case, parts: Sequence[ClaimPart]) -> list[Measured]:
    """Every part's figure under the case's benchmark: one fit a day, whatever the parts."""
    measured: dict[int, Measured] = {}
    days: dict[pd.Timestamp, list[int]] = {}
    for i, part in enumerate(parts):
        reason = _untestable(case, part)
        if reason:
            measured[i] = Measured(np.nan, reason=reason)
        elif part.measure in FACTS:
            measured[i] = _fact(case, part)
        else:
            days.setdefault(part_day0(case, part), []).append(i)
    for day, rows in days.items():
        chosen = {i: parts[i] for i in rows}
        single = {i: part for i, part in chosen.items() if not part.minus}
        pairs = {i: part for i, part in chosen.items() if part.minus}
        for some, measure in ((single, _singles), (pairs, _pairs)):
            measured |= _or_reason(case, day, some, measure) if some else {}
    return [measured[i] for i in range(len(parts))]


def _or_reason(
    case: Case, day: pd.Timestamp, parts: dict[int, ClaimPart], measure: Measure
) -> dict[int, Measured]:
    """The figures, or the sentence why there is none; one bad window spoils no other part."""
    try:
        return measure(case, day, parts)
    except EventStudyError as error:
        if len(parts) == 1:
            return dict.fromkeys(parts, Measured(np.nan, reason=str(error).rstrip(".")))
    alone = [_or_reason(case, day, {i: part}, measure) for i, part in parts.items()]
    return {i: figure for one in alone for i, figure in one.items()}


def _untestable(case: Case, part: ClaimPart) -> str:
    """Why a part cannot be measured on these prices, or empty."""
    if part.event and part.event not in set(case.context.events["event_id"]):
        return f"the registry has no event {part.event}"
    groups = _groups(case)
    for name in (*part.of, *part.minus):
        if is_absent(case, name):
            near = difflib.get_close_matches(name, [*groups, *case.prices.adj_close.columns], n=1)
            hint = f"; did you mean {near[0]}?" if near else ""
            absent = f"{name} is neither in the prices nor a group of the event{hint}"
            return unlisted_reason(name) or case.prices.unavailable.get(name, absent)
    at = int(case.sessions.searchsorted(part_day0(case, part)))
    first, last = at + min(part.window.start, 0), at + max(part.window.end, 0)
    if first < 1 or last >= len(case.sessions):
        return f"the prices do not reach {window_text(part.window)}"
    start = 0 if part.measure == "share_back" else part.window.start
    members = list(members_of(case, (*part.of, *part.minus)))
    ends = case.prices.close[members].iloc[[at + start - 1, at + part.window.end]].isna().any()
    if part.measure in FACTS and ends.any():
        return f"no close of {', '.join(ends.index[ends])} around {window_text(part.window)}"
    return case.gap(members, part_day0(case, part), Window(start, part.window.end))


def part_day0(case: Case, part: ClaimPart) -> pd.Timestamp:
    """Day 0 of the event that the part is about, which must be registered."""
    events = case.context.events
    wanted = part.event or case.event_id
    return pd.Timestamp(events.loc[events["event_id"] == wanted, "day0"].iloc[0])


def _fact(case: Case, part: ClaimPart) -> Measured:
    """The change of the close over the window, relative or in points; a group's mean return."""
    at = int(case.sessions.searchsorted(part_day0(case, part)))
    table = case.prices.close[list(members_of(case, part.of))]
    before = table.iloc[at + part.window.start - 1].to_numpy()
    after = table.iloc[at + part.window.end].to_numpy()
    points = part.measure == "index_points"
    return Measured(float((after - before if points else after / before - 1).mean()))


def _singles(case: Case, day: pd.Timestamp, parts: dict[int, ClaimPart]) -> dict[int, Measured]:
    """CARs, and recovered shares, of assets and equal-weighted portfolios on one day."""
    windows = tuple(dict.fromkeys(part.window for part in parts.values()))
    spec = spec_over(case.spec, (Window(0, 0), *windows), placebo=True)
    named = {i: members_of(case, part.of) for i, part in parts.items()}
    names = {members: f"claim {n}" for n, members in enumerate(dict.fromkeys(named.values()))}

    def with_means(returns: pd.DataFrame) -> pd.DataFrame:
        made = {name: returns[list(members)].mean(axis=1) for members, name in names.items()}
        return pd.concat([returns, pd.DataFrame(made)], axis=1)

    fitted = case.refit(list(names.values()), [day], spec, with_means)
    estimates = replace(fitted.estimates, spec=spec)
    row, why = rows_and_reasons(fitted)
    figures = {}
    for i, part in parts.items():
        name = names[named[i]]
        if name not in row:
            figures[i] = Measured(np.nan, reason=why[name])
        elif part.measure == "share_back":
            one = estimates.take(np.array([row[name]]))
            figures[i] = _share_back(one, part.window)
        else:
            figures[i] = _car(estimates.car_table(part.window).iloc[row[name]], part.window)
    return figures


def _pairs(case: Case, day: pd.Timestamp, parts: dict[int, ClaimPart]) -> dict[int, Measured]:
    """Differences of two portfolios on one day, with the covariance of that day."""
    windows = tuple(dict.fromkeys(part.window for part in parts.values()))
    sides = list(dict.fromkeys((part.of, part.minus) for part in parts.values()))
    table = differences(case, sides, windows, day)
    place = {
        (pair, window): n * len(windows) + k
        for n, pair in enumerate(sides)
        for k, window in enumerate(windows)
    }
    return {
        i: _car(table.iloc[place[(part.of, part.minus), part.window]], part.window)
        for i, part in parts.items()
    }


def _car(row: pd.Series[Any], window: Window) -> Measured:
    """A row of a CAR table with the p that a verdict rests on and the interval of that test."""
    if row["reason"]:
        return Measured(np.nan, reason=str(row["reason"]))
    p, kind, bounds = float(row["p_placebo"]), "placebo", ("placebo_low", "placebo_high")
    if not np.isfinite(p) or (window.length > LONG_RUN and row["p_value"] > p):
        p, kind, bounds = float(row["p_value"]), "t", ("ci_low", "ci_high")
    low, high = (float(row[name]) for name in bounds)
    return Measured(float(row["car"]), low, high, p, kind)


def _share_back(one: Estimates, window: Window) -> Measured:
    """−CAR over the window over an abnormal loss AR0, with its interval as in `recovery`."""
    day = np.array(list(one.spec.span.days))
    zero = quoted_sums(one, (day == 0)[None])
    after = quoted_sums(one, ((day >= window.start) & (day <= window.end))[None])
    if not np.isfinite(zero.sums.car[0, 0] + after.sums.car[0, 0]):
        return Measured(
            np.nan, reason=f"a day without an abnormal return up to {window_text(window)}"
        )
    if zero.sums.car[0, 0] >= 0:
        return Measured(np.nan, reason="no abnormal loss on day 0, so no recovery to measure")
    share, low, high = (float(v[0, 0]) for v in share_undone(zero, after))
    return Measured(share, low, high)


def is_absent(case: Case, name: str) -> bool:
    """Whether a name is neither a group or entity of the case nor in its prices."""
    return name not in _groups(case) and name not in case.prices.adj_close.columns


def _groups(case: Case) -> set[str]:
    return {name for entity in case.entities for name in (entity.group, entity.key)}
