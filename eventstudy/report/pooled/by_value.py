"""Means by the values of a column, and how groups differ."""

from __future__ import annotations

import numpy as np
import pandas as pd

from eventstudy.report.pooled.story import PooledStory
from eventstudy.result.compare import MOST_VALUES
from eventstudy.significance.outcome import t_quantile

QUOTED = "date_cluster"
"""The method that allows for shared dates and overlapping windows."""


def by_values(story: PooledStory) -> pd.DataFrame:
    """Plain means by each value of each such column, over every CAR window.

    Columns column, value, start, end, estimate, se, ci_low, ci_high, n, positive. The error is the
    spread across observations, which takes them for independent.
    """
    parts = []
    for column in story.value_columns if story.result.spec.car else ():
        table = story.result.by(column).reset_index().rename(columns={column: "value"})
        known = table["value"].notna()
        parts.append(
            table.assign(
                column=column,
                value=table["value"].astype(object).where(known, "not known").astype(str),
            )
        )
    if not parts:
        return pd.DataFrame(columns=["column", "value"])
    table = pd.concat(parts, ignore_index=True)
    freedom = np.maximum(table["n"].to_numpy(dtype=np.int64) - 1, 1)
    reach = table["se"].to_numpy() * t_quantile(story.result.spec.confidence, freedom)
    table = table.assign(ci_low=table["estimate"] - reach, ci_high=table["estimate"] + reach)
    first = ["column", "value", "start", "end", "estimate", "se", "ci_low", "ci_high"]
    return table[[*first, "n", "positive"]]


def group_differences(story: PooledStory) -> pd.DataFrame:
    """Every pair of groups over every CAR window, by every method; see `StudyResult.compare`."""
    return story.once(_differences)


def _differences(story: PooledStory) -> pd.DataFrame:
    few = 2 <= len(story.groups) <= MOST_VALUES
    known = story.result.assets.labels["group"].nunique()
    if not few or known < 2 or not story.result.spec.car:
        return pd.DataFrame(columns=["a", "b", "start", "end", "method"])
    return story.result.compare("group")


def quoted_differences(story: PooledStory) -> pd.DataFrame:
    """The differences by the method that allows for shared dates, where it has a figure."""
    table = group_differences(story)
    return table[(table["method"] == QUOTED)] if len(table) else table
