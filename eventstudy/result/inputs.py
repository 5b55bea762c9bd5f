"""The returns and regressors that a study fitted, row by row, so that others can repeat it."""

from __future__ import annotations

import numpy as np
import pandas as pd

from eventstudy.arrays import Ints
from eventstudy.models.registry import (
    AFTER,
    BEFORE,
    BENCHMARK,
    BENCHMARK_SINCE,
    SESSIONS_SINCE,
    expand,
    get_model,
)
from eventstudy.result.record import StudyRecord
from eventstudy.spec.study_spec import PLACEBO_LIMIT

REGRESSOR_COLUMNS = {
    BENCHMARK: "benchmark_return",
    BEFORE: "benchmark_return_before",
    AFTER: "benchmark_return_after",
    SESSIONS_SINCE: "sessions_since_trade",
    BENCHMARK_SINCE: "benchmark_since_trade",
}
"""Regressor → its column in a table, where the name is not the column's."""


def fitted_returns(result: StudyRecord) -> pd.DataFrame | None:
    """One row an observation and session: the return, the regressors, and whether the fit used it.

    The sessions run from the first of the estimation window to the last event day, as far as the
    data go. Columns: observation (its row among the estimates), event_id, ticker, date, rel_day,
    return, one a regressor, used. A loaded result gives those that were saved with it.

    Args:
        result: A study of at most 1,000 observations under a model that is one regression.

    Returns:
        The table; None for a larger study, another model, windows that roll, and a result that was
        saved without its returns.
    """
    if result.fitted is not None or result.panel is None:
        return result.fitted
    model, spec = get_model(result.spec.model), result.spec
    if model.regression is None or spec.rolling or not 0 < result.n <= PLACEBO_LIMIT:
        return None
    names = [REGRESSOR_COLUMNS.get(name, name) for name in expand(model.regressors, spec)]
    parts = [_of_observation(result, row, names) for row in range(result.n)]
    table = pd.concat(parts, ignore_index=True)
    return table.astype({"event_id": "str", "ticker": "str"})


def _of_observation(result: StudyRecord, row: int, names: list[str]) -> pd.DataFrame:
    panel, at, labels = result.panel, result.assets.positions, result.assets.labels
    assert panel is not None
    days = _days(result, int(at.day0[row]))
    sessions, asset = int(at.day0[row]) + days, int(at.asset[row])
    x = panel.designs[int(at.design[row]), sessions]
    inside = np.isin(days, result.spec.estimation_days)
    if at.estimation is not None:
        first, last = at.estimation[row]
        inside &= (days >= first) & (days <= last)
    known = np.isfinite(panel.to_estimate[asset, sessions]) & np.isfinite(x).all(axis=1)
    return pd.DataFrame(
        {
            "observation": row,
            "event_id": str(labels["event_id"].iloc[row]),
            "ticker": str(labels["ticker"].iloc[row]),
            "date": result.assets.sessions[sessions].astype("datetime64[ns]"),
            "rel_day": days,
            "return": panel.returns[asset, sessions],
            **{name: x[:, k] for k, name in enumerate(names)},
            "used": inside & known,
        }
    )


def _days(result: StudyRecord, day0: int) -> Ints:
    """Relative sessions of estimation windows and event days, inside the data."""
    spec = result.spec
    ends = (*spec.estimation_days, spec.span.start, spec.span.end)
    days = np.arange(min(ends), max(ends) + 1)
    inside = (day0 + days >= 0) & (day0 + days < len(result.assets.sessions))
    return days[inside]
