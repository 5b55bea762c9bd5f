"""The figures of one entity, `rounded`: over a window, and day by day."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from eventstudy.estimation.estimates import Estimates
from eventstudy.estimation.paths import car_paths
from eventstudy.estimation.quoted import PLACEBO, quoted_cars
from eventstudy.significance.quoted import Quoted
from eventstudy.spec.windows import Window
from eventstudy.text.numbers import p_text
from eventstudy.text.rounding import rounded


@dataclass(frozen=True, slots=True)
class EntityFigures:
    """One entity over one window: a row of the CAR table, and what is quoted of it."""

    car: float
    se: float
    t: float
    p_value: float
    p_placebo: float
    n_obs: int
    quoted: Quoted
    """The figure with the interval, the p and the verdict of the one test that is quoted."""

    @property
    def low(self) -> float:
        """Lower end of the quoted test's interval."""
        return self.quoted.low

    @property
    def high(self) -> float:
        """Upper end of it."""
        return self.quoted.high

    @property
    def p(self) -> float:
        """The quoted p: the placebo p-value where there is one, else that of t."""
        return self.quoted.p

    @property
    def p_said(self) -> str:
        """`p` with its kind: "placebo p = 0.004", or "p = 0.004" of t."""
        return f"{'placebo ' if self.quoted.test == PLACEBO else ''}{p_text(self.p)}"

    @property
    def significant(self) -> bool:
        """Whether `p` is at most 1 − confidence."""
        return self.quoted.significant


def path_window(window: Window) -> Window:
    """The days that a path is cumulated over: from day 0 where the event window holds it.

    Args:
        window: the event window.
    """
    return Window(0, window.end) if window.covers(Window(0, 0)) else window


def labelled_path(estimates: Estimates, row: int, label: str) -> pd.DataFrame:
    """The CAR of one row of the estimates, as charts take it, cumulated from day 0.

    Columns label, day, car, low, high (the day by itself, of the quoted test), band_low, band_high
    (the whole path). Days before day 0 lead up to zero at day −1 and have no interval: what a
    price did before the event is no part of what followed it.
    """
    window = path_window(estimates.spec.window)
    path = car_paths(estimates, np.array([row]), window)
    kind = "placebo" if path["placebo_low"].notna().any() else "ci"
    names = {"rel_day": "day", f"{kind}_low": "low", f"{kind}_high": "high"}
    columns = ["day", "car", "low", "high", "band_low", "band_high"]
    shown = path.rename(columns=names)[columns].replace([np.inf, -np.inf], np.nan)
    before = _run_up(estimates, row, Window(estimates.spec.window.start, window.start - 1))
    return rounded(pd.concat([before, shown], ignore_index=True)).assign(label=label)


def _run_up(estimates: Estimates, row: int, window: Window) -> pd.DataFrame:
    """Columns day and car of the days before a path, which end at zero."""
    if window.length < 1:
        return pd.DataFrame({"day": np.empty(0, dtype=np.int64), "car": np.empty(0)})
    first = window.start - estimates.spec.span.start
    ar = estimates.fits.ar[row, first : first + window.length]
    after = np.concatenate([ar[1:], [0.0]])  # what lies between a day and the path's start
    car = -np.cumsum(after[::-1])[::-1]
    return pd.DataFrame({"day": list(window.days), "car": car + 0.0})


def figures_over(estimates: Estimates, window: Window) -> list[EntityFigures]:
    """The AR or CAR of every row of the estimates over a window."""
    table = estimates.car_table(window)
    columns = (table[n].tolist() for n in ("car", "se", "t", "p_value", "p_placebo", "n_obs"))
    rows = zip(*columns, quoted_cars(estimates, window), strict=True)
    return [rounded(EntityFigures(*row)) for row in rows]
