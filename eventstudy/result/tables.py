"""Tidy tables of tests and averages."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import pandas as pd

from eventstudy.significance.averages import Average
from eventstudy.significance.run import TestRow


def tests_frame(rows: Iterable[TestRow]) -> pd.DataFrame:
    """The tests as a tidy table."""
    table = [*rows]
    outcomes = [row.outcome for row in table]
    return pd.DataFrame(
        {
            **_of_windows(table),
            "test": [row.test for row in table],
            **_fields(outcomes, ("statistic", "df", "df2", "p_value", "n", "distribution")),
            **_fields(table, ("headline", "warning")),
            **_fields(outcomes, ("refused", "detail", "p_greater", "p_less")),
        },
        dtype=None if table else object,
        copy=False,
    )


def averages_frame(rows: Iterable[Average]) -> pd.DataFrame:
    """The group means as a tidy table."""
    table = [*rows]
    names = ("estimate", "tested", "se", "ci_low", "ci_high", "n", "positive", "se_from")
    columns = {**_of_windows(table), **_fields(table, names)}
    return pd.DataFrame(columns, dtype=None if table else object, copy=False)


def _of_windows(rows: Sequence[TestRow] | Sequence[Average]) -> dict[str, list[Any]]:
    """Group, first and last day."""
    starts, ends = [row.window.start for row in rows], [row.window.end for row in rows]
    return {"group": [row.group for row in rows], "start": starts, "end": ends}


def _fields(rows: Sequence[object], names: Sequence[str]) -> dict[str, list[Any]]:
    return {name: [getattr(row, name) for row in rows] for name in names}
