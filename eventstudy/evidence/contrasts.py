"""Differences of abnormal returns: between two portfolios of one day, between two events of one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
from scipy import special

from eventstudy.errors import InputError, unknown_name
from eventstudy.estimation.estimates import Estimates
from eventstudy.evidence.case import Case, column, gap_of
from eventstudy.evidence.event_difference import event_difference
from eventstudy.evidence.parts.contrasts import Contrasts
from eventstudy.evidence.refits import (
    rel_days,
    rows_and_reasons,
    spec_over,
    typed,
    windows_of,
)
from eventstudy.models.kernel.batch import Floats
from eventstudy.models.kernel.fits import Fits, sum_window
from eventstudy.models.rolling import model_for
from eventstudy.result.entities import Entity
from eventstudy.result.multiple_testing import adjust, quoted_p
from eventstudy.significance.outcome import t_p_values, t_quantile
from eventstudy.significance.sums import placebo_runs as runs
from eventstudy.spec.study_spec import StudySpec
from eventstudy.spec.windows import Window

Side = str | Sequence[str]
"""An entity's key, a group of the case, a ticker of the prices, or several of these together."""

DAY0 = Window(0, 0)
_ABOUT = "key:s label:s event_id:s title:s day0:d"
_PAIRS = "a:s b:s start:i end:i car_a car_b car se t df p_value p_greater p_less p_placebo ci_low"
_PAIRS += " ci_high placebo_low placebo_high n_obs:i reason:s"
_HEADLINES = f"{_ABOUT} start:i end:i shared:i car_a car_b car se t df p_value ci_low ci_high"
_HEADLINES += " reason:s"
_HISTORY = f"{_ABOUT} studied:b ar se t df p_value p_placebo p_holm ci_low ci_high"
_HISTORY += " placebo_low placebo_high n_obs:i reason:s"
_LEAST_SQUARES = "differences are exact for least-squares models only, not for {}"


def contrasts(case: Case) -> Contrasts:
    """The comparisons of a report: across its entities, and across its events.

    Args:
        case: the event and its prices.

    Raises:
        InputError: day 0 lies in the estimation window.
    """
    lead, *others = case.entities
    longest = max(case.spec.car, key=lambda w: (w.length, w.end), default=DAY0)
    windows = tuple(dict.fromkeys([DAY0, longest]))
    pairs = differences(case, [(e.key, lead.key) for e in others], windows)
    headlines, history = _across_events(case)
    return Contrasts(lead.name, pairs, headlines, history, case.spec.confidence)


def difference(
    case: Case,
    a: Side,
    b: Side,
    windows: Iterable[object] = (DAY0,),
    day0: pd.Timestamp | str | None = None,
) -> pd.DataFrame:
    """Abnormal return of one side minus that of another, one row a window.

    Columns as of `Contrasts.pairs`. A side of several assets is their equal-weighted portfolio.

    Args:
        case: the event and its prices.
        a: an entity's key, a group, a ticker, or several of these together.
        b: what is subtracted, named likewise.
        windows: relative sessions, both ends included.
        day0: another session than the event's own.

    Raises:
        InputError: a name is missing from the case, a window or `day0` cannot be.
    """
    return differences(case, [(a, b)], windows, day0)


def differences(
    case: Case,
    pairs: Sequence[tuple[Side, Side]],
    windows: Iterable[object] = (DAY0,),
    day0: pd.Timestamp | str | None = None,
) -> pd.DataFrame:
    """`difference` of each pair, all fitted in one call.

    Both sides are fitted on the sessions that both have. Their regressors are the same, so that
    AR_a − AR_b has the leverage of either, residuals e_a − e_b and s² = Σ(e_a − e_b)²/(M − k):
    the same t as of a regression of R_a − R_b. That takes the covariance of one day into account.
    """
    chosen, day = windows_of(windows), _session(case, day0)
    known = _known_sides(case)
    sides = [(_members(known, a), _members(known, b)) for a, b in pairs]
    titles = {entity.key: entity.name for entity in case.entities}
    names = [(_name(case, titles, a), _name(case, titles, b)) for a, b in pairs]
    refused = {i: reason for i, pair in enumerate(sides) if (reason := _refused(case, *pair))}
    figures = {i: [{"reason": reason}] * len(chosen) for i, reason in refused.items()}
    if fitted := {i: pair for i, pair in enumerate(sides) if i not in refused}:
        figures |= _fitted_pairs(case, fitted, spec_over(case.spec, chosen, placebo=True), day)
    rows = [
        {"a": a, "b": b, "start": window.start, "end": window.end, **over_window}
        for i, (a, b) in enumerate(names)
        for window, over_window in zip(chosen, figures[i], strict=True)
    ]
    return typed(rows, _PAIRS)


def _session(case: Case, day0: pd.Timestamp | str | None) -> pd.Timestamp:
    try:
        day = pd.Timestamp(case.day0 if day0 is None else day0)
    except ValueError:
        raise InputError(f"day0 {day0!r} is not a valid day; write it as 2025-01-27.") from None
    if case.sessions[0] <= day <= case.sessions[-1] and day not in case.sessions:
        raise InputError(f"day0 {day:%Y-%m-%d} is not a session of the prices; name one that is.")
    return day


def members_of(case: Case, side: Side) -> tuple[str, ...]:
    """The tickers of a side."""
    return _members(_known_sides(case), side)


def _known_sides(case: Case) -> dict[str, Sequence[str]]:
    """The tickers of every name that a side may have."""
    keys = {e.key: e.members for e in case.entities}
    groups: dict[str, list[str]] = {}
    for entity in case.entities:
        groups.setdefault(entity.group, []).extend(entity.members)
    tickers = {t: (t,) for t in case.prices.adj_close.columns}
    return {**tickers, **groups, **keys}


def _members(known: Mapping[str, Sequence[str]], side: Side) -> tuple[str, ...]:
    names = [side] if isinstance(side, str) else list(side)
    if not names:
        raise InputError("A side of a difference needs at least one asset.")
    for name in names:
        if name not in known:
            raise unknown_name("asset or group", name, list(known))
    return tuple(dict.fromkeys(t for name in names for t in known[name]))


def _name(case: Case, titles: Mapping[str, str], side: Side) -> str:
    names = [side] if isinstance(side, str) else list(side)
    return ", ".join(titles.get(n) or case.group_label(case.name(n)) for n in names)


def _refused(case: Case, a: Sequence[str], b: Sequence[str]) -> str:
    """Why two sides have no difference, or empty."""
    model = model_for(case.spec)
    if model.regression is None:
        return _LEAST_SQUARES.format(model.label)
    if set(a) == set(b):
        return "both sides are the same"
    if case.benchmark and any(tuple(side) == (case.benchmark,) for side in (a, b)):
        return f"{case.benchmark} is the benchmark: its abnormal return is zero by construction"
    return ""


def _fitted_pairs(
    case: Case,
    sides: dict[int, tuple[tuple[str, ...], tuple[str, ...]]],
    spec: StudySpec,
    day: pd.Timestamp,
) -> dict[int, list[dict[str, Any]]]:
    """The figures of each pair over each window of `spec.car`, or why there are none."""
    different = {members for pair in sides.values() for members in pair}
    names = {(i, s): f"side {s} of pair {i}" for i, pair in sides.items() for s in range(len(pair))}

    def with_sides(single: pd.DataFrame) -> pd.DataFrame:
        means = {m: case.mean_return(single, m).to_numpy() for m in different}
        columns: dict[str, Floats] = {}
        for i, pair in sides.items():
            both = np.isfinite(means[pair[0]]) & np.isfinite(means[pair[1]])
            columns |= {names[i, s]: np.where(both, means[m], np.nan) for s, m in enumerate(pair)}
        return pd.concat([single, pd.DataFrame(columns, index=single.index)], axis=1)

    fitted = case.refit(list(names.values()), [day], spec, with_sides)
    row, why = rows_and_reasons(fitted)
    figures: dict[int, list[dict[str, Any]]] = {}
    for i in sides:
        if absent := [names[i, s] for s in (0, 1) if names[i, s] not in row]:
            figures[i] = [{"reason": why[absent[0]]}] * len(spec.car)
    kept = [i for i in sides if i not in figures]
    if not kept:
        return figures
    fits = fitted.estimates.fits
    a, b = (fits.take(np.array([row[names[i, s]] for i in kept])) for s in (0, 1))
    tables = {w: _pair_table(a, b, replace(fitted.estimates, spec=spec), w) for w in spec.car}
    lost = {w: case.lost(day, w) for w in spec.car}
    return figures | {
        i: [
            {"reason": gap}
            if (gap := gap_of((*sides[i][0], *sides[i][1]), lost[w], w))
            else table[n]
            for w, table in tables.items()
        ]
        for n, i in enumerate(kept)
    }


def subtract(a: Fits, b: Fits) -> Fits:
    """The fits of R_a − R_b from those of R_a and R_b on the same sessions and regressors.

    Least squares is linear in the return, so that coefficients, AR and residuals subtract and the
    leverage stays; s² is that of the differenced residuals.
    """
    residuals = a.residuals - b.residuals
    known = np.isfinite(residuals)
    e = np.where(known, residuals, 0.0)
    e = np.where(known, e - e.sum(axis=1, keepdims=True) / a.n_obs[:, None], 0.0)
    s = np.sqrt((e**2).sum(axis=1) / a.df)
    return replace(
        a,
        coef=a.coef - b.coef,
        s=s,
        r_squared=np.full(len(a), np.nan),
        ar=a.ar - b.ar,
        residuals=residuals,
    )


def _pair_table(a: Fits, b: Fits, estimates: Estimates, window: Window) -> list[dict[str, Any]]:
    """One record a pair."""
    spec = estimates.spec
    fits = subtract(a, b)
    flat = ~(fits.s > 1e-9 * (a.s + b.s))
    fits = replace(fits, s=np.where(flat, np.nan, fits.s))
    one, two, both = (sum_window(f, spec.span, window) for f in (a, b, fits))
    margin = t_quantile(spec.confidence, fits.df) * both.se
    placebos = runs.placebo_statistics(runs.Reference.of(fits), window.length)
    reach = runs.placebo_quantile(placebos, spec.confidence) * both.se
    table = pd.DataFrame(
        {
            "car_a": one.car,
            "car_b": two.car,
            "car": both.car,
            "se": both.se,
            "t": both.scar,
            "df": fits.df.astype(np.float64),
            "p_value": t_p_values(both.scar, fits.df),
            "p_greater": special.stdtr(fits.df, -both.scar),
            "p_less": special.stdtr(fits.df, both.scar),
            "p_placebo": runs.placebo_p(placebos, both.scar),
            **_bounds("ci", both.car, margin),
            **_bounds("placebo", both.car, reach),
            "n_obs": fits.n_obs,
            "reason": replace(estimates, fits=fits).why_missing(window),
        }
    )
    table.loc[flat, "reason"] = "the two sides move as one, so that nothing can be tested"
    return table.to_dict("records")  # type: ignore[return-value]


def _bounds(kind: str, car: Any, margin: Any) -> dict[str, Any]:
    return {f"{kind}_low": car - margin, f"{kind}_high": car + margin}


def _across_events(case: Case) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The leads at this and at the other headline events, and at every event that names them."""
    events = case.context.events.assign(day0=pd.to_datetime(case.context.events["day0"]))
    studied = events["event_id"] == case.event_id
    named = {e.key: (_names(events, e) | studied).to_numpy() for e in case.leads}
    rivals = events[events["headline"].astype(bool) & ~studied]
    wanted = events[
        np.any(list(named.values()), axis=0) | events["headline"].astype(bool) | studied
    ]
    windows = tuple(dict.fromkeys([DAY0, *case.spec.car]))
    spec = spec_over(case.spec, windows, placebo=True)
    days = pd.DatetimeIndex(sorted({*wanted["day0"], case.day0}))
    fitted = case.refit([column(e) for e in case.leads], days, spec)
    estimates = fitted.estimates
    labels = estimates.labels
    row = {
        (str(ticker), day): i
        for i, (ticker, day, asked) in enumerate(
            zip(labels["ticker"], labels["day0"], labels["date"], strict=True)
        )
        if day == asked
    }
    out = fitted.exclusions
    why = {
        (ticker, days[int(n)]): reason
        for ticker, n, reason in zip(out["ticker"], out["event_id"], out["reason"], strict=True)
    }
    history = [
        _history(case, entity, events[named[entity.key]], estimates, row, why)
        for entity in case.leads
    ]
    headlines = [
        record
        for entity in case.leads
        for record in _against(case, entity, rivals, estimates, row, why)
    ]
    return typed(headlines, _HEADLINES), pd.concat(history, ignore_index=True)


_Row = dict[tuple[str, pd.Timestamp], int]
_Why = dict[tuple[str, pd.Timestamp], str]


def _names(events: pd.DataFrame, entity: Entity) -> pd.Series[bool]:
    members = set(entity.members)
    return events["tickers"].astype(str).map(lambda text: bool(members & set(text.split(";"))))


def _history(
    case: Case, entity: Entity, events: pd.DataFrame, estimates: Estimates, row: _Row, why: _Why
) -> pd.DataFrame:
    """The entity's AR on each event's day 0; Holm's correction counts every day once."""
    cars = estimates.car_table(DAY0).reset_index(drop=True).rename(columns={"car": "ar"})
    name = column(entity)
    keys = [(name, day) for day in events["day0"]]
    rows = [row.get(key, -1) for key in keys]
    table = cars.reindex(rows).reset_index(drop=True)
    for about in ("event_id", "title", "day0"):
        table[about] = events[about].to_numpy()
    table["key"], table["label"] = entity.key, entity.name
    table["studied"] = table["event_id"] == case.event_id
    table["n_obs"] = table["n_obs"].fillna(0)
    table["reason"] = [
        why[key] if n < 0 else str(cars["reason"].iloc[n])
        for key, n in zip(keys, rows, strict=True)
    ]
    each = table.drop_duplicates("day0").set_index("day0")
    holm = adjust(quoted_p(each))["p_holm"].set_axis(each.index)
    table["p_holm"] = table["day0"].map(holm)
    table = table.sort_values("day0", kind="stable")
    return typed(table.to_dict("records"), _HISTORY)  # type: ignore[arg-type]


def _against(
    case: Case, entity: Entity, rivals: pd.DataFrame, estimates: Estimates, row: _Row, why: _Why
) -> list[dict[str, Any]]:
    """This event minus each rival: records, one a rival and window."""
    name, model, records = column(entity), model_for(case.spec), []
    mine = row.get((name, case.day0), -1)
    for rival in rivals.to_dict("records"):
        day: pd.Timestamp = rival["day0"]
        other = row.get((name, day), -1)
        about = {"key": entity.key, "label": entity.name, "day0": day}
        about |= {"event_id": rival["event_id"], "title": rival["title"]}
        if model.regression is None:
            reason = _LEAST_SQUARES.format(model.label)
        elif mine < 0 or other < 0:
            lost = (name, case.day0 if mine < 0 else day)
            reason = f"{lost[1]:%Y-%m-%d}: {why[lost]}"
        elif case.day0 == day:
            reason = "both events have the same day 0"
        else:
            reason = ""
        for window in estimates.spec.car:
            apart = abs(int(rel_days(case.sessions, pd.Series([day]), case.at)[0]))
            record = {**about, "start": window.start, "end": window.end, "reason": reason}
            record["shared"] = max(0, window.length - apart)
            if not reason:
                rows = np.array([mine, other])
                record |= event_difference(estimates.take(rows), window)
            records.append(record)
    return records
