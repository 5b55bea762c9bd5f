"""A figure with the one test that is quoted of it: its interval, its p and its verdict agree."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from eventstudy.arrays import Bools, Floats
from eventstudy.significance.sums.placebo_runs import TIE
from eventstudy.text.words import evidence_text

ROUNDING = 1e-9
"""Bounds this close to zero, in shares of the estimate, are zero up to rounding."""


@dataclass(frozen=True, slots=True)
class Quoted:
    """A tested figure. Whoever prints an interval, fills a marker or judges takes it from here."""

    estimate: float
    """AR, CAR or a mean of them; what the test is of."""
    low: float
    """The smallest effect that the test does not reject; −∞ where it can reject none."""
    high: float
    """The largest effect that the test does not reject; +∞ where it can reject none."""
    p: float
    """Two-sided p of no effect; NaN where there is no figure."""
    test: str
    """Its name, such as "placebo" or "bmp_kp_t"; empty where there is none."""
    level: float
    """Of significance: 1 − confidence of the interval."""

    @property
    def significant(self) -> bool:
        """Whether p is at most the level, which is whether the interval leaves out zero."""
        return bool(rejects(np.array(self.p), self.level))

    @property
    def evidence(self) -> str:
        """What p is called: "strong evidence", "evidence" or "not significant"."""
        return evidence_text(self.p, self.level)


def portfolio_test(test: str) -> str:
    """The id of a test of one series where the series is a group taken as one.

    Args:
        test: "t" or "placebo"; empty for none, which stays empty.
    """
    return f"portfolio_{test}" if test else ""


def rejects(p: Floats, level: float) -> Bools:
    """Whether p is at most the level, ties counting; a missing p rejects nothing.

    Args:
        p: Of any shape.
        level: Of significance, 1 − confidence.
    """
    return np.asarray(p <= level + TIE)


def agreeing(estimate: Floats, reach: Floats, rejected: Bools) -> tuple[Floats, Floats]:
    """The interval estimate ± reach, without zero exactly where `rejected`.

    The bounds and the verdict are the same inequality; where both sides of it are equal up to
    rounding, the bound that meets zero goes to the side of the verdict. A reach that is not
    finite is no interval.

    Args:
        estimate: (N,)
        reach: (N,) half of the interval, infinite where nothing can be rejected.
        rejected: (N,) whether the test rejects zero.
    """
    size = np.abs(estimate)
    near = np.abs(size - reach) <= ROUNDING * size
    least = np.nextafter(0.0, 1.0)
    inner = np.where(near, np.where(rejected, least, 0.0), size - reach)
    outer = size + reach
    down = estimate < 0
    return np.where(down, -outer, inner), np.where(down, -inner, outer)
