"""The test that is quoted of single assets and portfolios, and the interval that belongs to it."""

from __future__ import annotations

import numpy as np
import pandas as pd

from eventstudy.arrays import Floats
from eventstudy.estimation.estimates import Estimates
from eventstudy.significance.quoted import Quoted, agreeing, rejects
from eventstudy.spec.windows import Window

PLACEBO, T = "placebo", "t"


def quoted_table(table: pd.DataFrame, confidence: float, estimate: str = "car") -> pd.DataFrame:
    """What is quoted of every row of a CAR table: estimate, low, high, p, test, significant.

    The placebo test where it has a p, else t; the interval is the set of effects that this test
    does not reject, so it leaves out zero exactly where p is at most 1 − confidence.

    Args:
        table: With p_value, ci_low, ci_high, and p_placebo, placebo_low, placebo_high where
            placebos were computed.
        confidence: Of the intervals in the table.
        estimate: The column of the figure.
    """
    blank = pd.Series(np.nan, index=table.index)
    ranked = table.get("p_placebo", blank).notna().to_numpy()

    def either(first: str, second: str) -> Floats:
        pair = (table.get(name, blank).to_numpy(dtype=np.float64) for name in (first, second))
        return np.where(ranked, *pair)

    p, figure = either("p_placebo", "p_value"), table[estimate].to_numpy(dtype=np.float64)
    sure = rejects(p, 1 - confidence)
    low, high = agreeing(figure, either("placebo_high", "ci_high") - figure, sure)
    answered = np.where(ranked, PLACEBO, T)
    return pd.DataFrame(
        {
            "estimate": figure,
            "low": low,
            "high": high,
            "p": p,
            "test": np.where(np.isfinite(p), answered, ""),
            "significant": sure,
        },
        index=table.index,
    )


def quoted_cars(estimates: Estimates, window: Window) -> list[Quoted]:
    """What is quoted of each observation over a window, in the order of the rows."""
    return estimates.once(_quoted_cars, window)


def _quoted_cars(estimates: Estimates, window: Window) -> list[Quoted]:
    confidence = estimates.spec.confidence
    table = quoted_table(estimates.car_table(window), confidence)
    columns = (table[name].tolist() for name in ("estimate", "low", "high", "p", "test"))
    return [
        Quoted(estimate, low, high, p, test, 1 - confidence)
        for estimate, low, high, p, test in zip(*columns, strict=True)
    ]
