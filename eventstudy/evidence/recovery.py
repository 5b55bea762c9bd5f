"""Recovery: how much of a day's abnormal return the sessions after it undid."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from eventstudy.errors import InputError
from eventstudy.estimation.estimates import Estimates
from eventstudy.evidence.case import Case, column
from eventstudy.evidence.parts.recovery import ALL_DAYS, CLEAR_DAYS, Recovery
from eventstudy.evidence.quoted_sums import QuotedSums, quoted_sums, share_undone
from eventstudy.evidence.refits import DaySums, Mask, rows_and_reasons, spec_over, typed
from eventstudy.models.kernel.batch import Floats
from eventstudy.result.entities import Entity
from eventstudy.spec.study_spec import StudySpec
from eventstudy.spec.windows import Window

HORIZONS = (1, 5, 10, 20, 60)
NOT_ABNORMAL = "no unusual move on day 0, so no recovery to measure"


@dataclass(frozen=True)
class _Variant:
    """One way of counting days: (N, W) sums from day 0 and after it, the last days 0 … W − 1."""

    name: str
    kept: Mask
    """(N, W) the days that count."""
    ar0: QuotedSums
    after: QuotedSums
    total: QuotedSums
    share: Floats
    low: Floats
    high: Floats


def recovery(case: Case, horizons: Sequence[int] | int = HORIZONS) -> Recovery:
    """How much of its day-0 move each entity recovered in the sessions after it.

    One fit with the study's own specification over days 0 to the last horizon, or as far as its
    estimation windows let. Horizons beyond that or beyond the data are NaN with a reason. The
    share is −CAR[+1, +h] / AR₀, its interval Fieller's (1954). Every test is the one that is quoted
    of the event: the placebo test where the study has one, else t. The leads' shares are given
    under each comparison benchmark too.

    Args:
        case: the event and its prices.
        horizons: sessions after day 0, one or several.

    Raises:
        InputError: a horizon is no whole number above zero, or day 0 is in the estimation window.
    """
    given = [horizons] if isinstance(horizons, int) else list(horizons)
    wanted = sorted({int(h) for h in given if isinstance(h, (int, np.integer)) and h > 0})
    if not wanted or len(wanted) < len(set(given)):
        raise InputError(f"Horizons are whole numbers of sessions after day 0; given: {horizons}.")
    spec, cut = _reaching(case.spec, wanted[-1], case.result.assets.has_placebo)
    last = min(spec.span.end, len(case.sessions) - 1 - case.at)
    if last < spec.span.end:
        cut = f"the data end on day {Window(last, last).label}, {case.sessions[-1]:%Y-%m-%d}"
    cast = list({e.key: e for e in case.entities}.values())
    fitted = case.refit([column(e) for e in cast], [case.day0], spec)
    row, why = rows_and_reasons(fitted)
    there = [e for e in cast if column(e) in row]
    place = {e.key: n for n, e in enumerate(there)}
    estimates = fitted.estimates.take(np.array([row[column(e)] for e in there], dtype=np.int64))
    confounders = _confounders(case, cast, wanted[-1])
    kept = _kept(there, confounders, spec.span.length)
    variants = (
        _variant(ALL_DAYS, estimates, np.ones_like(kept)),
        _variant(CLEAR_DAYS, estimates, kept),
    )
    leads = {e.key for e in case.leads}
    rows: list[dict[str, Any]] = []
    summary: list[dict[str, Any]] = []
    paths = [typed([], _PATH)]
    for entity in cast:
        about = {"key": entity.key, "label": entity.name, "lead": entity.key in leads}
        if column(entity) not in row:
            reason = why[column(entity)]
            for named in ({**about, "days": variant.name} for variant in variants):
                rows += [{**named, "horizon": h, "reason": reason} for h in wanted]
                summary.append({**named, "first_reason": reason, "half_reason": reason})
            continue
        n = place[entity.key]
        for variant in variants:
            named = {**about, "days": variant.name}
            rows += [_row(named, variant, n, h, last, cut) for h in wanted]
            summary.append(_summary(named, variant, n, last))
        paths.append(_path(about, variants, n, last))
    return Recovery(
        table=typed(rows, _TABLE),
        summary=typed(summary, _SUMMARY),
        path=pd.concat(paths[1:] or paths, ignore_index=True),
        confounders=confounders,
        others=typed(_under_others(case, wanted, spec, last, cut), _OTHERS),
        confidence=spec.confidence,
        last=last,
        cut=cut,
    )


_ABOUT = "key:s label:s lead:b "
_TABLE = f"{_ABOUT} days:s horizon:i ar0 car se t df test:s p_value p_greater p_back share"
_TABLE += " share_low share_high total total_se total_t total_p n_days:i reason:s"
_SUMMARY = (
    f"{_ABOUT} days:s ar0 se t df test:s p_value abnormal:b first_back stays_back first_reason:s"
)
_SUMMARY += " half_life half_reason:s left_out:s"
_PATH = f"{_ABOUT} day:i car low high clear_car confounded:b"
_OTHERS = f"benchmark:s {_ABOUT} horizon:i ar0 p_ar0 car se t df test:s p_value share share_low"
_OTHERS += " share_high reason:s"
_CONFOUNDERS = "key:s event_id:s title:s day:i date:d concerns:s"


def _under_others(
    case: Case, wanted: Sequence[int], spec: StudySpec, last: int, cut: str
) -> list[dict[str, Any]]:
    """The leads' shares under each benchmark that the study is compared with, all days counted."""
    names = _OTHERS.replace(":s", "").replace(":i", "").replace(":b", "").split()
    rows: list[dict[str, Any]] = []
    for benchmark, other in list(case.by_benchmark().items())[1:]:
        under = spec.model_copy(update={"benchmark": benchmark})
        fitted = other.refit([column(e) for e in other.leads], [other.day0], under)
        row, why = rows_and_reasons(fitted)
        variant = _variant(ALL_DAYS, fitted.estimates, _all_days(fitted.estimates))
        for lead in other.leads:
            about = {"benchmark": benchmark, "key": lead.key, "label": lead.name, "lead": True}
            if column(lead) not in row:
                reason = why[column(lead)]
                rows += [{**about, "horizon": h, "reason": reason} for h in wanted]
                continue
            n = row[column(lead)]
            p_ar0 = {"p_ar0": variant.ar0.p[n, 0]}
            each = (_row({**about, **p_ar0}, variant, n, h, last, cut) for h in wanted)
            rows += [{name: one[name] for name in names if name in one} for one in each]
    return rows


def _all_days(estimates: Estimates) -> Mask:
    return np.ones((len(estimates.labels), estimates.spec.span.length), dtype=bool)


def _reaching(spec: StudySpec, last: int, placebo: bool) -> tuple[StudySpec, str]:
    """The specification over days 0 to `last`, or to the last day that it lets be estimated."""
    for end in range(last, -1, -1):
        try:
            reaching = spec_over(spec, (Window(0, end),), placebo=placebo)
        except InputError:
            continue
        day = Window(end, end).label
        return reaching, "" if end == last else f"after day {day} the estimation window is reached"
    raise InputError("Recovery needs day 0 outside the estimation window.")


def _confounders(case: Case, cast: Sequence[Entity], last: int) -> pd.DataFrame:
    """Registered events of an entity's members or of the whole market on days +1 to `last`."""
    records = [
        {
            "key": entity.key,
            "event_id": event.event_id,
            "title": event.title,
            "concerns": event.concerns,
            "day": event.rel_day,
            "date": case.sessions[case.at + event.rel_day],
        }
        for entity in cast
        for event in case.registered_near(entity.members, case.at, Window(1, last), case.event_id)
    ]
    return typed(records, _CONFOUNDERS)


def _kept(entities: Sequence[Entity], confounders: pd.DataFrame, width: int) -> Mask:
    """(N, W) the days that are no registered confounder's."""
    kept = np.ones((len(entities), width), dtype=bool)
    by_key = dict(iter(confounders.groupby("key")["day"]))
    for n, entity in enumerate(entities):
        if entity.key in by_key:
            days = by_key[entity.key].to_numpy()
            kept[n, days[days < width]] = False
    return kept


def _variant(name: str, estimates: Estimates, kept: Mask) -> _Variant:
    """Sums over days 0 … h and 1 … h, h = 0 … W − 1, on the kept days."""
    width = kept.shape[1]
    until = np.tri(width, dtype=bool)
    later = until.copy()
    later[:, 0] = False
    first = np.eye(1, width, dtype=bool)
    ar0 = quoted_sums(estimates, first)
    after = quoted_sums(estimates, later & kept[:, None, :])
    total = quoted_sums(estimates, until & kept[:, None, :])
    return _Variant(name, kept, ar0, after, total, *share_undone(ar0, after))


def _row(
    named: dict[str, Any], variant: _Variant, n: int, horizon: int, last: int, cut: str
) -> dict[str, Any]:
    """One entity at one horizon."""
    ar0 = variant.ar0.sums.car[n, 0]
    if horizon > last:
        return {**named, "horizon": horizon, "ar0": ar0, "reason": cut}
    after, total = variant.after, variant.total
    at = (n, horizon)
    reason = _why_missing(variant, n, horizon)
    back = after.p_greater if ar0 < 0 else after.p_less
    return {
        **named,
        "horizon": horizon,
        "ar0": ar0,
        **{name: getattr(after.sums, name)[at] for name in ("car", "se", "t")},
        "df": float(after.sums.df[n, 0]),
        "test": after.test[at],
        "p_value": after.p[at],
        "p_greater": after.p_greater[at],
        "p_back": back[at],
        "share": variant.share[at],
        "share_low": variant.low[at],
        "share_high": variant.high[at],
        "total": total.sums.car[at],
        "total_se": total.sums.se[at],
        "total_t": total.sums.t[at],
        "total_p": total.p[at],
        "n_days": int(variant.kept[n, 1 : horizon + 1].sum()),
        "reason": reason
        or ("" if np.isfinite(variant.low[at]) else f"{NOT_ABNORMAL}; no interval"),
    }


def _why_missing(variant: _Variant, n: int, horizon: int) -> str:
    """Why there is no CAR after day 0 or no share of it, in words; empty where there is."""
    if not np.isfinite(variant.ar0.sums.car[n, 0]):
        return "no abnormal return on day 0"
    if np.isfinite(variant.after.sums.car[n, horizon]):
        return ""
    if not variant.kept[n, 1 : horizon + 1].any():
        return "a registered confounding event falls on each of these days"
    gone = np.isfinite(variant.total.sums.car[n, : horizon + 1])
    day = int(np.flatnonzero(~gone)[0])
    return f"no abnormal return on day {Window(day, day).label}"


def _summary(named: dict[str, Any], variant: _Variant, n: int, last: int) -> dict[str, Any]:
    """The day-0 abnormal return, and when it was no longer seen and half undone."""
    ar0, total = variant.ar0.sums, variant.total.sums
    known = bool(np.isfinite(ar0.car[n, 0]))
    abnormal = bool(variant.ar0.significant[n, 0])
    side = np.sign(total.car[n]) == np.sign(ar0.car[n, 0])
    back = ~(variant.total.significant[n] & side) & np.isfinite(total.car[n])
    half = variant.share[n] >= 0.5
    never = NOT_ABNORMAL if known else "no abnormal return on day 0"
    again = np.maximum.accumulate((~back)[::-1])[::-1]  # significant then or later, or unknown
    first, stays, life = (
        _first(days, last) if abnormal else np.nan for days in (back, ~again, half)
    )
    late = _never_within(total, n, last) if abnormal else never
    out = [Window(d, d).label for d in np.flatnonzero(~variant.kept[n, : last + 1]).tolist()]
    return {
        **named,
        "ar0": ar0.car[n, 0],
        **{name: getattr(ar0, name)[n, 0] for name in ("se", "t")},
        "df": float(ar0.df[n, 0]),
        "test": variant.ar0.test[n, 0],
        "p_value": variant.ar0.p[n, 0],
        "abnormal": abnormal,
        "first_back": first,
        "stays_back": stays,
        "first_reason": "" if np.isfinite(first) else late,
        "half_life": life,
        "half_reason": "" if np.isfinite(life) else late,
        "left_out": ", ".join(out),
    }


def _never_within(total: DaySums, n: int, last: int) -> str:
    """How far the path could be followed without finding it."""
    seen = int(np.isfinite(total.car[n, : last + 1]).sum()) - 1
    gap = f", then no abnormal return on day {Window(seen + 1, seen + 1).label}"
    return f"not within {seen} sessions{gap if seen < last else ''}"


def _first(holds: Mask, last: int) -> float:
    """The first session after day 0 on which it holds; NaN where there is none."""
    days = np.flatnonzero(holds[1 : last + 1])
    return float(days[0] + 1) if len(days) else np.nan


def _path(about: dict[str, Any], variants: Sequence[_Variant], n: int, last: int) -> pd.DataFrame:
    """The CAR from day 0 on with its pointwise band, and without the confounders' days."""
    everything, clear = variants
    total, days = everything.total.sums, slice(0, last + 1)
    margin = everything.total.margin[n]
    return pd.DataFrame(
        {
            **about,
            "day": np.arange(total.car.shape[1])[days],
            "car": total.car[n, days],
            "low": (total.car[n] - margin)[days],
            "high": (total.car[n] + margin)[days],
            "clear_car": clear.total.sums.car[n, days],
            "confounded": ~clear.kept[n, days],
        }
    )
