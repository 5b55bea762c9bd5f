"""Weights of the observations in the means of their groups: from a column, or market values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pandas as pd
from pandas.api.types import is_bool_dtype, is_datetime64_any_dtype

from eventstudy.errors import InputError, nearest, quoted, some_names
from eventstudy.estimation.context import shares_near
from eventstudy.estimation.labels import weights_in, without_rows
from eventstudy.estimation.placement import EXCLUSIONS, Assembly
from eventstudy.models.kernel.batch import Floats
from eventstudy.prices.prices import Prices
from eventstudy.spec.study_spec import EQUAL, PRECISION, VALUE, StudySpec

MOST_NAMED = 5


def with_weights(assembly: Assembly, spec: StudySpec, prices: Prices | None) -> Assembly:
    """The same observations with their weight in the label that `spec.weights` names.

    Nothing is changed where all weigh alike, or by their precision, which is known once they are
    fitted. A column of the observations is checked; market values become the label "value".

    Args:
        assembly: The observations on the panel.
        spec: The study's options.
        prices: The prices of the study, for market values.

    Raises:
        InputError: There is no such column, it holds no numbers or some that are not positive; or
            market values are not known of any observation.
    """
    if spec.weights in (EQUAL, PRECISION):
        return assembly
    labels = assembly.labels
    if spec.weights in labels:
        if len(labels):
            _check_column(labels, spec.weights)
        return assembly
    if spec.weights == VALUE and not len(labels):
        return replace(assembly, labels=labels.assign(**{VALUE: np.empty(0)}))
    if spec.weights == VALUE:
        values = _market_values(assembly, spec, prices)
        return replace(assembly, labels=labels.assign(**{VALUE: values}))
    close = nearest(spec.weights, [PRECISION, VALUE, EQUAL, *map(str, labels.columns)], 1, 0.6)
    hint = f" Did you mean {close[0]!r}?" if close and spec.weights else ""
    raise InputError(
        f"Option weights: the observations have no column {quoted(spec.weights)}.{hint} There are "
        f"{some_names(list(map(str, labels.columns)))}. Or choose {EQUAL}, {PRECISION} or "
        f"{VALUE}."
    )


def without_weight(labels: pd.DataFrame, spec: StudySpec, *, given: bool) -> pd.DataFrame:
    """The observations that have an estimate but no part in the means of their groups.

    Args:
        labels: One row an observation, after `with_weights`.
        spec: The study's options.
        given: Whether the weights are a column of the observations.
    """
    weights = weights_in(labels, spec)
    if weights is None:
        return without_rows(EXCLUSIONS)
    missing = np.isnan(weights)
    why = (
        "its shares outstanding or close before the event are not known"
        if not given
        else f"its column {spec.weights} is empty"
    )
    rows = labels.loc[missing, ["event_id", "ticker"]]
    return rows.assign(stage="group means", reason=f"no weight: {why}").reset_index(drop=True)


def _check_column(labels: pd.DataFrame, name: str) -> None:
    column = labels[name]
    if is_datetime64_any_dtype(column.dtype) or is_bool_dtype(column.dtype):
        kind = "dates" if is_datetime64_any_dtype(column.dtype) else "true and false"
        raise InputError(
            f"Option weights: the column {name} holds {kind}, and a weight is a number."
        )
    numbers = pd.to_numeric(column, errors="coerce").to_numpy(dtype=np.float64)
    wrong = (np.isnan(numbers) & column.notna().to_numpy()) | (numbers <= 0) | np.isinf(numbers)
    if wrong.any():
        first = labels[wrong].head(MOST_NAMED)
        raise InputError(
            [
                f"Observation {row.event_id}, {row.ticker}: weight {value!r} in the column {name} "
                "is not a positive number; correct it, or leave it empty to keep the observation "
                "out of the means."
                for row, value in zip(first.itertuples(), first[name], strict=True)
            ]
        )
    if np.isnan(numbers).all():
        raise InputError(f"Option weights: the column {name} is empty.")


def _market_values(assembly: Assembly, spec: StudySpec, prices: Prices | None) -> Floats:
    """(N,) close before the studied days times shares outstanding."""
    shares: Mapping[str, float] = (
        {} if prices is None else shares_near(prices, assembly.labels["day0"])
    )
    tickers = assembly.labels["ticker"].astype(str).to_numpy()
    count = np.array([shares.get(ticker, np.nan) for ticker in tickers])
    if prices is None or not np.isfinite(count).any():
        raise InputError(
            "Option weights: shares outstanding are known on the bundled prices only; name a "
            "column of the observations that has market values."
        )
    closes = prices.close.reindex(assembly.sessions)
    row = np.maximum(assembly.positions.day0 + spec.span.start - 1, 0)
    column = closes.columns.get_indexer(pd.Index(tickers))
    values = closes.to_numpy(dtype=np.float64)[row, column]
    return np.asarray(np.where(column >= 0, values, np.nan) * count)
