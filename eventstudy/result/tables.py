"""Tidy tables of tests and averages."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict

import pandas as pd

from eventstudy.significance.averages import Average
from eventstudy.significance.outcome import Outcome
from eventstudy.significance.run import TestRow


def tests_frame(rows: Iterable[TestRow]) -> pd.DataFrame:
    """The tests as a tidy table."""
    records = [
        {
            "group": row.group,
            "start": row.window.start,
            "end": row.window.end,
            "test": row.test,
            **{name: getattr(row.outcome, name) for name in Outcome.__dataclass_fields__},
            "headline": row.headline,
            "warning": row.warning,
        }
        for row in rows
    ]
    columns = ["group", "start", "end", "test", "statistic", "df", "df2", "p_value", "n"]
    columns += ["distribution", "headline", "warning", "refused", "detail", "p_greater", "p_less"]
    return pd.DataFrame.from_records(records, columns=columns)


def averages_frame(rows: Iterable[Average]) -> pd.DataFrame:
    """The group means as a tidy table."""
    columns = ["group", "start", "end", "estimate", "tested", "se", "ci_low", "ci_high", "n"]
    columns += ["positive", "se_from"]
    records = [{**asdict(row), "start": row.window.start, "end": row.window.end} for row in rows]
    return pd.DataFrame.from_records(records, columns=columns)
