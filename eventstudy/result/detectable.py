"""What a study could have found: the minimum detectable effect of its quoted tests."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from eventstudy.errors import InputError
from eventstudy.estimation.estimates import Estimates
from eventstudy.models.kernel.batch import Floats
from eventstudy.models.kernel.fits import sum_window
from eventstudy.significance.detectable import Errors
from eventstudy.significance.names import STANDARDISED, WEIGHTED_MEAN
from eventstudy.significance.quoted import portfolio_test
from eventstudy.significance.sums.placebo_runs import placebo_quantile
from eventstudy.spec.arguments import share_between
from eventstudy.spec.study_spec import StudySpec
from eventstudy.spec.windows import Window
from eventstudy.text.lines import wrapped
from eventstudy.text.numbers import number, percent, window_text
from eventstudy.text.table import PlainTable
from eventstudy.text.terminal import plain_lines
from eventstudy.text.words import level_text

EFFECTS = {"percent": (0.01, 0.03, 0.05), "bp": (5.0, 10.0, 25.0), "points": (1.0, 3.0, 5.0)}
"""True effects that are looked at unless others are named."""

POWER = 0.8
"""The probability with which the smallest detectable effect is found unless another is named."""

ASSET, PORTFOLIO, MEAN = "asset", "portfolio", "mean"
"""What an estimate is of: one asset, the assets of one date as one, or many dates."""


def detectable_effects(
    assets: Estimates,
    portfolios: Estimates,
    means: pd.DataFrame,
    window: object,
    effects: Sequence[float] | float | None,
    power: float,
) -> pd.DataFrame:
    """Least detectable effect, power, type S and type M; see `StudyResult.detectable`.

    Args:
        assets: One observation an asset and event.
        portfolios: One a group and event.
        means: The averages of the groups, each with its quoted test.
        window: Relative sessions.
        effects: True effects; those of the study's unit if None.
        power: The probability with which the least effect is to be found.
    """
    days = assets.inside(window)
    unit = assets.spec.unit
    sizes = _sizes(EFFECTS[unit] if effects is None else effects)
    if unit == "percent" and (np.abs(sizes) >= 1).any():
        raise InputError(
            f"Option effect: {sizes[np.abs(sizes) >= 1][0]:g} is a return of 100% or more; write "
            "0.03 for 3%."
        )
    power = share_between(power, "power")
    parts = [
        _of_estimates(assets, ASSET, days, sizes, power),
        _of_estimates(portfolios, PORTFOLIO, days, sizes, power),
        _of_means(means, assets.spec, days, sizes, power),
    ]
    return pd.concat([part for part in parts if len(part)] or parts[:1], ignore_index=True)


def detectable_lines(
    table: pd.DataFrame, window: Window, power: float, confidence: float
) -> list[str]:
    """`StudyResult.detectable` for a terminal: a heading and a row an estimate and effect.

    Args:
        table: As `detectable_effects` makes it.
        window: The days that it is about.
        power: The probability with which the least effect is found.
        confidence: Of the study, 1 less the level of the tests.
    """
    quoted = " and ".join(dict.fromkeys(map(str, table["test"])))
    effects = [percent(x, 1, signed=False) for x in dict.fromkeys(table["effect"])]
    opening = (
        f"Abnormal return over {window_text(window)}: the smallest effect that the quoted test "
        f"({quoted}, {level_text(1 - confidence)}) detects with {percent(power, 0, signed=False)} "
        f"probability. For a true effect of {' or '.join(effects)}: the power, the share of "
        "significant estimates with the wrong sign (type S) and the factor by which they overstate "
        "it on average (type M)."
    )
    shown = (
        ("se", "se %", 2),
        ("detectable", "smallest %", 1),
        *([("effect", "effect %", 1)] if len(effects) > 1 else []),
        ("power", "power %", 0),
        ("type_s", "type S %", 1),
    )
    rows = [
        (
            str(row["ticker"]) if row["kind"] == ASSET else f"{row['ticker']} ({row['kind']})",
            *(percent(row[name], digits, signed=False, unit=False) for name, _, digits in shown),
            number(row["type_m"], 1),
        )
        for row in table.to_dict("records")
    ]
    heads = ("asset", *(head for _, head, _ in shown), "type M")
    reasons = [
        line
        for row in table.drop_duplicates(["ticker", "kind"]).to_dict("records")
        if row["reason"]
        for line in wrapped(f"{row['ticker']}: {row['reason']}.")
    ]
    return [*wrapped(opening), "", *plain_lines(PlainTable.of(heads, rows)), *reasons]


def _sizes(effects: Sequence[float] | float) -> Floats:
    """(E,) true effects; InputError where one is 0 or no number."""
    try:
        given = np.atleast_1d(np.asarray(effects, dtype=np.float64))
        sizes = np.array(list(dict.fromkeys(given.tolist())))
    except (TypeError, ValueError):
        sizes = np.empty(0)
    if len(sizes) and np.isfinite(sizes).all() and (sizes != 0).all():
        return sizes
    raise InputError(
        f"Option effect: give effects other than 0, such as 0.03 (given: {effects!r})."
    )


def _of_estimates(
    estimates: Estimates, kind: str, days: Window, sizes: Floats, power: float
) -> pd.DataFrame:
    sums = sum_window(estimates.fits, estimates.spec.span, days)
    if estimates.has_placebo and len(estimates.labels):
        ordinary = estimates.placebos(days.length)
        critical = placebo_quantile(ordinary, estimates.spec.confidence)
        errors, test = Errors.of_ordinary_days(ordinary, critical), "placebo"
    else:
        errors, test = (
            Errors.of_t(estimates.fits.df.astype(np.float64), 1 - estimates.spec.confidence),
            "t",
        )
    labels = estimates.labels[["event_id", "ticker", "group"]].assign(
        kind=kind, test=portfolio_test(test) if kind == PORTFOLIO else test
    )
    return _table(labels, sums.se, errors, sizes, power)


def _of_means(
    means: pd.DataFrame, spec: StudySpec, days: Window, sizes: Floats, power: float
) -> pd.DataFrame:
    """The groups that are tested over many dates: standard error and N of their mean."""
    table = means
    here = (table["start"] == days.start) & (table["end"] == days.end)
    several = table["se_from"].isin((STANDARDISED, WEIGHTED_MEAN))
    table = table[here & several]
    labels = pd.DataFrame(
        {
            "event_id": "",
            "ticker": table["group"].astype(str).to_numpy(),
            "group": table["group"].astype(str).to_numpy(),
            "kind": MEAN,
            "test": table["test"].to_numpy(),
        }
    )
    df = table["n"].to_numpy(dtype=np.float64) - 1
    errors = Errors.of_t(df, 1 - spec.confidence)
    return _table(labels, table["se"].to_numpy(dtype=np.float64), errors, sizes, power)


def _table(
    labels: pd.DataFrame, se: Floats, errors: Errors, sizes: Floats, power: float
) -> pd.DataFrame:
    """A row an estimate and true effect."""
    never = ~np.isfinite(errors.critical) | (errors.df <= 1)
    least = np.where(never, np.nan, errors.least_effect(power) * se)
    reason = np.where(
        ~np.isfinite(se),
        "no estimate over the window",
        np.where(never, "too few ordinary days or observations to tell", ""),
    )
    parts = []
    for effect in sizes:
        made = errors.under(effect / se)
        missing = reason != ""
        figures = {
            name: np.where(missing, np.nan, getattr(made, name))
            for name in ("power", "type_s", "type_m")
        }
        parts.append(
            labels.assign(se=se, detectable=least, effect=effect, **figures, reason=reason)
        )
    order = np.arange(len(labels) * len(sizes)).reshape(len(sizes), -1).T.ravel()
    return pd.concat(parts, ignore_index=True).iloc[order].reset_index(drop=True)
