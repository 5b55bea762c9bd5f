"""The returns of the estimation and event windows as the fits take them, session by session."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from eventstudy.arrays import Bools, Floats, Ints
from eventstudy.errors import InputError
from eventstudy.estimation.placement import Assembly
from eventstudy.evidence.case import Case
from eventstudy.evidence.parts.estimation import EstimationReturns
from eventstudy.models.registry import BENCHMARK, RISK_FREE, Model, expand, get_model
from eventstudy.result.inputs import REGRESSOR_COLUMNS as _NAMES

BENCHMARK_RETURN = _NAMES[BENCHMARK]
_EXCESS, _EXCESS_BENCHMARK = "excess_return", "excess_benchmark_return"
_EVENT, _BETWEEN = "event window", "between estimation window and event window"


def estimation_returns(case: Case) -> EstimationReturns:
    """The return and the regressors of every studied asset on every session.

    The sessions run from the first of the estimation window to the last event day, as far as the
    data go. A session counts as used when it lies in the estimation window and has the return and
    all regressors; otherwise `reason` says what keeps it out.

    Args:
        case: the event and its prices.

    Raises:
        InputError: the estimation window moves with each event day, so that no session is used or
            unused once and for all.
    """
    if case.spec.rolling:
        raise InputError("the estimation window moves with each event day (rolling)")
    model = get_model(case.spec.model)
    own = case.result.assets.labels
    labels = own[[c for c in own.columns if c not in ("day0", "benchmark")]].assign(
        date=own["day0"], benchmark=own["benchmark"]
    )
    assembly = case.placed(labels, case.spec)
    regression = _regression(case, model)
    parts = [_of_asset(case, assembly, row, model, regression) for row in range(len(labels))]
    returns = pd.concat(parts, ignore_index=True)
    return EstimationReturns(
        event_id=case.event_id,
        model=case.result.model_label,
        response=regression.response,
        regressors=regression.regressors,
        constant=regression.constant,
        not_replicable=regression.refused,
        returns=returns,
        summary=_summary(case, parts),
    )


@dataclass(frozen=True, slots=True)
class _Regression:
    """The regression of a model in terms of the table's columns."""

    response: str
    regressors: tuple[str, ...]
    constant: bool
    refused: str = ""


def _regression(case: Case, model: Model) -> _Regression:
    names = expand(model.regressors, case.spec)
    columns = tuple(_NAMES.get(name, name) for name in names)
    kind = model.regression
    if kind is None:
        why = f"the model {model.name} is not a least-squares regression on these columns"
        return _Regression("return", columns, True, why)
    if not kind.constant:
        return _Regression(_EXCESS, (), False)
    if RISK_FREE not in names:
        return _Regression("return", columns, True)
    others = tuple(column for column in columns if column != RISK_FREE)
    premium = tuple(_EXCESS_BENCHMARK if c == BENCHMARK_RETURN else c for c in others)
    return _Regression(_EXCESS, premium, True)


def _of_asset(
    case: Case, assembly: Assembly, row: int, model: Model, regression: _Regression
) -> pd.DataFrame:
    """The rows of one asset."""
    panel, at, labels = assembly.panel, assembly.positions, assembly.labels
    days = _days(assembly, int(at.day0[row]))
    sessions = int(at.day0[row]) + days
    asset = int(at.asset[row])
    observed = panel.returns[asset, sessions]
    x = panel.designs[int(at.design[row]), sessions]
    inside = _inside(assembly, row, days)
    known = np.isfinite(panel.to_estimate[asset, sessions]) & np.isfinite(x).all(axis=1)
    names = [_NAMES.get(name, name) for name in expand(model.regressors, case.spec)]
    columns = {name: x[:, k] for k, name in enumerate(names)}
    dates = assembly.sessions[sessions]
    label = labels.iloc[row]
    others = case.returns.iloc[sessions]
    return pd.DataFrame(
        {
            "event_id": case.event_id,
            "ticker": str(label["ticker"]),
            "benchmark": str(label["benchmark"]),
            "date": dates,
            "rel_day": days,
            "return": observed,
            **columns,
            **_regressed(observed, columns, regression),
            **{f"return_{name}": others[name].to_numpy() for name in case.result.comparison},
            "used": inside & known,
            "reason": _reasons(case, label, dates, days, inside, observed, columns, inside & known),
        }
    ).astype({"event_id": "str", "ticker": "str", "benchmark": "str", "reason": "str"})


def _days(assembly: Assembly, day0: int) -> Ints:
    """Relative sessions of estimation windows and event days, inside the data."""
    spec = assembly.spec
    ends = (*spec.estimation_days, spec.span.start, spec.span.end)
    days = np.arange(min(ends), max(ends) + 1)
    return days[(day0 + days >= 0) & (day0 + days < len(assembly.sessions))]


def _inside(assembly: Assembly, row: int, days: Ints) -> Bools:
    """Which days lie in the estimation window of an observation."""
    inside = np.isin(days, assembly.spec.estimation_days)
    own = assembly.positions.estimation
    return inside if own is None else inside & (days >= own[row, 0]) & (days <= own[row, 1])


def _regressed(
    observed: Floats, columns: dict[str, Floats], regression: _Regression
) -> dict[str, Floats]:
    """The columns that are differences of others."""
    made = {}
    if regression.response == _EXCESS:
        base = RISK_FREE if regression.constant else BENCHMARK_RETURN
        made[_EXCESS] = observed - columns[base]
    if _EXCESS_BENCHMARK in regression.regressors:
        made[_EXCESS_BENCHMARK] = columns[BENCHMARK_RETURN] - columns[RISK_FREE]
    return made


def _reasons(
    case: Case,
    label: pd.Series,
    dates: pd.DatetimeIndex,
    days: Ints,
    inside: Bools,
    observed: Floats,
    columns: dict[str, Floats],
    used: Bools,
) -> list[str]:
    """Why each session is not used; empty where it is."""
    out = case.result.left_out
    mine = out[(out["ticker"] == label["ticker"]) & (out["event_id"] == case.event_id)]
    left_out = dict(zip(mine["date"], mine["reason"], strict=True))
    span = case.spec.span
    words = []
    for k, (date, day) in enumerate(zip(dates, days.tolist(), strict=True)):
        missing = [name for name, values in columns.items() if not np.isfinite(values[k])]
        if used[k]:
            words.append("")
        elif span.start <= day <= span.end:
            words.append(_EVENT)
        elif not inside[k]:
            words.append(_BETWEEN)
        elif not np.isfinite(observed[k]):
            words.append("no return")
        elif missing:
            words.append(f"no {', '.join(missing)}")
        else:
            words.append(f"left out: {left_out.get(date, 'days of other events')}")
    return words


def _summary(case: Case, parts: list[pd.DataFrame]) -> pd.DataFrame:
    rows = []
    for part in parts:
        used = part[part["used"]]
        unused = ~part["used"] & ~part["reason"].isin([_EVENT, _BETWEEN])
        ticker = str(part["ticker"].iloc[0])
        rows.append(
            {
                "ticker": ticker,
                "name": case.name(ticker),
                "benchmark": str(part["benchmark"].iloc[0]),
                "first": used["date"].min(),
                "last": used["date"].max(),
                "used": len(used),
                "unused": int(unused.sum()),
            }
        )
    kinds = {"ticker": "str", "name": "str", "benchmark": "str"}
    dated = dict.fromkeys(("first", "last"), "datetime64[ns]")
    return pd.DataFrame(rows).astype(kinds | dated)
