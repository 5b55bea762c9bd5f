"""Sums over sets of event days with the test that is quoted: the placebo test, else t."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from eventstudy.estimation.estimates import Estimates
from eventstudy.estimation.quoted import PLACEBO, T
from eventstudy.evidence.refits import DaySums, Mask, fieller, sum_days
from eventstudy.models.kernel.batch import Bools, Floats
from eventstudy.significance.outcome import t_quantile
from eventstudy.significance.quoted import rejects
from eventstudy.significance.sums.placebo_runs import placebo_quantile


@dataclass(frozen=True)
class QuotedSums:
    """CARs of N observations over H sets of days, each with one test; NaN without a figure."""

    sums: DaySums
    p: Floats
    """(N, H) two-sided."""
    p_greater: Floats
    """(N, H) one-sided, against a positive CAR."""
    p_less: Floats
    """(N, H) one-sided, against a negative CAR."""
    reach: Floats
    """(N, H) standard errors from zero that the test does not reject; infinite where it cannot
    reject any."""
    test: npt.NDArray[np.object_]
    """(N, H) "placebo", or "t" where no run is as long; empty without a figure."""
    level: float
    """Of significance, 1 − confidence."""

    @property
    def significant(self) -> Bools:
        """(N, H) whether p is at most the level."""
        return rejects(self.p, self.level)

    @property
    def margin(self) -> Floats:
        """(N, H) half of the interval; NaN where it has no bounds."""
        margin = self.reach * self.sums.se
        return np.where(np.isfinite(margin), margin, np.nan)


def quoted_sums(estimates: Estimates, chosen: Mask) -> QuotedSums:
    """Sum the abnormal returns over chosen event days, each sum with the test that is quoted.

    A set of L days is ranked among the runs of L neighbouring estimation sessions, whether its
    own days are neighbours or not.

    Args:
        estimates: N fitted observations.
        chosen: (H, W) or (N, H, W), a set of the W event days each.
    """
    sums, confidence = sum_days(estimates.fits, chosen), estimates.spec.confidence
    known = np.isfinite(sums.t)
    by_t = np.broadcast_to(t_quantile(confidence, estimates.fits.df)[:, None], known.shape)
    figures = [sums.p_value, sums.p_greater, sums.p_less, by_t]
    p, greater, less, reach = (np.where(known, values, np.nan) for values in figures)
    test = np.where(known, T, "").astype(object)
    length = np.broadcast_to(chosen, (len(sums.car), *chosen.shape[-2:])).sum(axis=2)
    lengths = sorted(set(length[known].tolist())) if estimates.has_placebo else []
    for days in lengths:
        runs = estimates.placebos(days)
        count = np.isfinite(runs).sum(axis=1)
        rows, sets = np.nonzero(known & (length == days) & (count > 0)[:, None])
        mine, observed, among = runs[rows], sums.t[rows, sets][:, None], 1 + count[rows]
        p[rows, sets] = (1 + (np.abs(mine) >= np.abs(observed)).sum(axis=1)) / among
        greater[rows, sets] = (1 + (mine >= observed).sum(axis=1)) / among
        less[rows, sets] = (1 + (mine <= observed).sum(axis=1)) / among
        reach[rows, sets] = placebo_quantile(runs, confidence)[rows]
        test[rows, sets] = PLACEBO
    return QuotedSums(sums, p, greater, less, reach, test, 1 - confidence)


def share_undone(zero: QuotedSums, after: QuotedSums) -> tuple[Floats, Floats, Floats]:
    """Share of day 0 that later days undid, −CAR / AR0, and its bounds, each (N, H).

    The bounds are Fieller's (1954) with each sum's standard error times what its own test keeps:
    they exist where day 0 is significant, and leave out zero where the later days are. Where t is
    quoted of both, they are Fieller's.

    Args:
        zero: Day 0, (N, 1).
        after: The days after it, (N, H).
    """
    above, below = after.sums, zero.sums
    kept, kept0 = (np.where(np.isfinite(q.reach), q.reach, np.nan) for q in (after, zero))
    variances = (
        (kept * above.se) ** 2,
        (kept0 * below.se) ** 2,
        -kept * kept0 * above.covariance(below),
    )
    return (-above.car / below.car, *fieller(-above.car, below.car, variances, np.ones(1)))
