"""Several figures tested at once: p-values adjusted for how many there are.

Holm (1979) holds the chance of any false finding at the level, whatever the dependence. Benjamini &
Hochberg (1995) hold the expected share of false ones among the findings, under independence or
positive dependence, which returns of one day mostly have. A placebo p has steps of 1/(M + 1), which
Holm multiplies by the size of the family; Westfall & Young (1993) rank each asset among the largest
figures of ordinary days instead, and need no more days for more assets.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from eventstudy.errors import InputError
from eventstudy.estimation.estimates import Estimates
from eventstudy.models.kernel.batch import Floats
from eventstudy.significance.quoted import rejects
from eventstudy.significance.sums.placebo_runs import placebo_p
from eventstudy.spec.windows import Window
from eventstudy.text.numbers import counted, p_text
from eventstudy.text.words import level_text


def adjust(p_values: ArrayLike) -> pd.DataFrame:
    """p_holm and p_bh of one family of p-values (M,); a missing one stays so and does not count."""
    p = np.asarray(p_values, dtype=np.float64)
    order = np.argsort(p)[: int(np.isfinite(p).sum())]  # NaN is sorted last
    family = len(order)
    rank = np.arange(1, family + 1)
    holm = np.maximum.accumulate(p[order] * (family + 1 - rank))
    bh = np.minimum.accumulate((p[order] / (rank / family))[::-1])[::-1]
    both = np.full((len(p), 2), np.nan)
    both[order] = np.minimum(np.column_stack([holm, bh]), 1.0)
    return pd.DataFrame(both, columns=["p_holm", "p_bh"])


def quoted_p(table: pd.DataFrame) -> pd.Series[float]:
    """The p that a report quotes of each row: the placebo one where there is one, else that of t.

    `table` has the columns p_placebo and p_value, as every CAR table has.
    """
    return table["p_placebo"].fillna(table["p_value"])


def adjusted(table: pd.DataFrame) -> pd.DataFrame:
    """The quoted p of every row of a CAR table with both adjustments; the rows are one family.

    Columns p_quoted, p_holm, p_bh and family (how many p-values there are), on the table's index.
    """
    p = quoted_p(table)
    both = adjust(p).set_axis(table.index)
    return pd.DataFrame({"p_quoted": p, **both, "family": int(p.notna().sum())})


@dataclass(frozen=True, slots=True)
class Remaining:
    """How many of a family are at most a level, raw and adjusted."""

    family: int
    level: float
    raw: int
    holm: int
    bh: int
    least: float
    """The least p that Holm could give here: a placebo p is never below 1/(M + 1)."""

    @property
    def sentence(self) -> str:
        """The counts in words."""
        level = level_text(round(self.level, 12))
        bh = f"{self.bh or 'none'} at a false discovery rate of {level} (Benjamini-Hochberg)"
        if not rejects(np.array(self.least), self.level):
            holm = (
                "Holm's correction is not informative, because with so few placebo days no "
                f"adjusted p can be below {p_text(self.least, prefix=False)}"
            )
        else:
            holm = f"{self.holm or 'none'} after Holm's correction"
        verb = "is" if self.raw <= 1 else "are"
        return (
            f"{self.raw or 'None'} of {counted(self.family, 'p-value')} {verb} at most {level}; "
            f"significant after adjustment: {bh}; {holm}."
        )


def remaining(table: pd.DataFrame, level: float) -> Remaining:
    """How many rows of a CAR table stand out, and how many do after adjustment.

    A placebo p comes in steps of 1/(M + 1) of M placebos, so in a large family even the least of
    them is large after Holm; `least` says how large, from the rows' n_obs.

    Args:
        table: A CAR table.
        level: Of significance, 1 − confidence: up to this a p stands out.
    """
    p = adjusted(table)
    family = int(p["p_quoted"].notna().sum())
    known = table[p["p_quoted"].notna()]
    ranked = family > 0 and bool(known["p_placebo"].notna().all())
    finest = 1 / (1 + known["n_obs"].max()) if ranked else 0.0
    return Remaining(
        family=family,
        level=level,
        raw=int(rejects(p["p_quoted"].to_numpy(), level).sum()),
        holm=int(rejects(p["p_holm"].to_numpy(), level).sum()),
        bh=int(rejects(p["p_bh"].to_numpy(), level).sum()),
        least=float(min(1.0, family * finest)),
    )


def joint_placebo_p(estimates: Estimates, window: Window) -> Floats:
    """(N,) p of each asset over one window, adjusted for all N by their common placebo days.

    Westfall & Young (1993), stepping down by |SCAR|: one plus the placebo runs on which the largest
    |SCAR| among this asset and those below it is at least its own, over one plus all runs; never
    less than the p of an asset above. Keeps the correlation of the assets. NaN where an asset has
    no figure.

    Raises:
        InputError: The observations are of several dates, or no placebos were kept.
    """
    if not estimates.has_placebo or len(estimates.labels["day0"].unique()) > 1:
        raise InputError(
            "Joint placebo p-values need the placebos of one event's assets; take one event with "
            "result.only(event_id) of a study with placebo=True."
        )
    observed = np.abs(estimates.car_table(window)["t"].to_numpy())
    order = np.argsort(-observed, kind="stable")[: int(np.isfinite(observed).sum())]
    statistics = np.abs(estimates.placebos(window.length))[order]
    missing = ~np.isfinite(statistics)
    below = np.where(missing, -np.inf, statistics)[::-1]
    largest = np.maximum.accumulate(below, axis=0)[::-1]
    p = placebo_p(np.where(np.isfinite(largest), largest, np.nan), observed[order])
    stepped = np.full(len(observed), np.nan)
    stepped[order] = np.maximum.accumulate(p)
    return stepped
