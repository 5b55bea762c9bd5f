"""The tables of a pooled report: tidy, by name."""

from __future__ import annotations

import pandas as pd

from eventstudy.report.pooled.by_value import by_values, group_differences
from eventstudy.report.pooled.spread import counted_reasons, dates_shared, distribution, outliers
from eventstudy.report.pooled.story import PooledStory
from eventstudy.report.tables.tidy import tidy_cars, with_adjusted
from eventstudy.text.rounding import rounded


def pooled_tables(story: PooledStory) -> dict[str, pd.DataFrame]:
    """Every table of the bundle by name, its figures `rounded`.

    The abnormal return of each observation on each day is in saved/ alone (`eventstudy.load`).
    """
    result = story.result
    tables = {
        "averages": result.averages,
        "tests": result.tests,
        "differences": group_differences(story),
        "by_value": by_values(story),
        "distribution": distribution(story),
        "outliers": outliers(story),
        "reasons": counted_reasons(story),
        "dates": dates_shared(story),
        "car": with_adjusted(tidy_cars(result.assets)),
        "fits": result.fits.reset_index(),
        "exclusions": result.exclusions,
        "alignments": result.alignments,
        "left_out": result.left_out,
    }
    if story.regression is not None:
        tables["regression"] = story.regression.table.reset_index()
        tables["regression_left_out"] = story.regression.left_out
    kept = {name: table for name, table in tables.items() if len(table) or name == "exclusions"}
    return dict(rounded(kept))
