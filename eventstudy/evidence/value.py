"""The reaction in money and in index points: returns times what they were returns on.

Raw change of a company's market value: (close − previous close) × shares outstanding. Abnormal:
AR × previous close × shares, with the standard error of the AR scaled alike. All on the closes'
split basis. Meant for simple returns: a log return gives the amount to first order only.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from eventstudy.errors import InputError
from eventstudy.estimation.quoted import quoted_table
from eventstudy.evidence.case import Case
from eventstudy.evidence.parts.value import ALL, Value
from eventstudy.prices.shares import Shares
from eventstudy.result.dollars import asset_values, focus_of, index_points
from eventstudy.spec.windows import Window


def value(case: Case, shares: Mapping[str, Shares] | None = None) -> Value:
    """Dollars of every asset, group and all; points of every index.

    A total is the sum over the members with a figure, the others are named beside it. Its
    standard error is that of the members held together in proportion to their market value before
    the day and fitted as one asset, so that what they share on a day counts. It is exact for
    least squares on the same sessions; otherwise it rests on the sessions that all of them have.

    Args:
        case: the event and its prices.
        shares: from `load_shares`; they override and extend those of the study.

    Raises:
        InputError: there is neither an amount nor an index.
    """
    spec = case.spec
    day = focus_of(spec)
    assets, indices = asset_values(case.result, shares), index_points(case.result)
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


def _totals(case: Case, assets: pd.DataFrame, day: Window) -> pd.DataFrame:
    """One row a group and one of all."""
    studied = set(assets["ticker"])
    # A group's portfolio has no member without a weight; its total may.
    own = case.result.assets.labels.groupby("group", sort=False)["ticker"].agg(list)
    all_of = {g: dict.fromkeys([*case.members(g), *own.get(g, [])]) for g in case.groups}
    by_group = {g: [t for t in all_of[g] if t in studied] for g in case.groups}
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
        held = part["previous_close"] * part["shares"]
        rows.append(
            {
                "group": key,
                "label": "All" if key == ALL else case.group_label(key),
                "members": ";".join(members),
                "without": ";".join(t for t in wanted[key] if t not in known),
                "n": len(members),
                "raw": part["raw"].sum(skipna=False) if members else np.nan,
                "abnormal": abnormal,
                "se": se,
                "low": abnormal - margin,
                "high": abnormal + margin,
                "n_obs": n_obs,
                "equal_weighted": (part["abnormal"] / held).mean() if members else np.nan,
                "value_weighted": abnormal / held.sum() if members else np.nan,
                "reason": reason,
            }
        )
    text = dict.fromkeys(("group", "label", "members", "without", "reason"), str)
    return pd.DataFrame(rows).astype(text)


def _joint_errors(
    case: Case, figures: pd.DataFrame, sums: Mapping[str, Sequence[str]], day: Window
) -> dict[str, tuple[float, float, int, str]]:
    """Of each sum in dollars: half of its interval, standard error, sessions, what is amiss."""
    errors = dict.fromkeys(sums, (np.nan, np.nan, 0, "no member has a figure"))
    held = {
        key: figures.loc[list(members), "previous_close"] * figures.loc[list(members), "shares"]
        for key, members in sums.items()
        if members
    }
    if not held:
        return errors

    def with_sums(returns: pd.DataFrame) -> pd.DataFrame:
        together = {
            f"value of {key}": np.einsum(
                "ta,a->t", returns[list(dollars.index)], dollars / dollars.sum()
            )
            for key, dollars in held.items()
        }
        return pd.concat([returns, pd.DataFrame(together, index=returns.index)], axis=1)

    placebo = case.result.assets.has_placebo
    spec = case.spec.model_copy(update={"placebo": placebo})
    fitted = case.refit([f"value of {key}" for key in held], [case.day0], spec, with_sums)
    figures_ = fitted.estimates.car_table(day).droplevel("event_id")
    quoted = quoted_table(figures_, spec.confidence)
    cars = figures_.assign(margin=quoted["high"] - quoted["estimate"]).to_dict("index")
    why = fitted.exclusions.set_index("ticker")["reason"].to_dict()
    for key, dollars in held.items():
        name, total = f"value of {key}", float(dollars.sum())
        if row := cars.get(name):
            errors[key] = (row["margin"] * total, row["se"] * total, row["n_obs"], row["reason"])
        else:
            errors[key] = (np.nan, np.nan, 0, f"no standard error: {why.get(name, 'no fit')}")
    return errors
