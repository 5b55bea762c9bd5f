"""What another package must get, to the last digit compared, if a known deviation is the reason."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from eventstudy.crosscheck.groups import BareGroup, inflation, statistics_of


@dataclass(frozen=True, slots=True)
class Differing:
    """A figure of a group that differs, and what it is made of."""

    quantity: str
    window: tuple[int, int]
    group: BareGroup
    theirs: Mapping[str, float]
    """All that the other package computes of the same group and window, by quantity."""


def normal_p(one: Differing) -> float:
    """Its own statistic's p from the normal distribution.

    Args:
        one: The figure.
    """
    return _normal(one.theirs.get(one.quantity.removesuffix(" p"), math.nan))


def every_pair(one: Differing) -> float:
    """Kolari-Pynnönen with the plain mean of the correlations of all pairs of the window's events.

    Args:
        one: The figure.
    """
    fits = one.group.valid(one.window)
    found = statistics_of(fits, one.window)
    r_bar = BareGroup(one.group.name, tuple(fits), one.group.kp).pair_mean
    patell, bmp = inflation(r_bar, found.n)
    statistic = found.patell * patell if "patell" in one.quantity else found.bmp * bmp
    return _normal(statistic) if one.quantity.endswith(" p") else statistic


def sample_deviation(one: Differing) -> float:
    """Patell or BMP of one day, each s as √(SSR/(M − 1)).

    Args:
        one: The figure.
    """
    from scipy import stats

    fits = one.group.valid(one.window)
    m = np.array([len(fit.residuals) for fit in fits], dtype=float)
    df = np.array([fit.df for fit in fits], dtype=float)
    z = np.array([fit.car[one.window] / fit.se[one.window] for fit in fits])
    z *= np.sqrt((m - 1) / df)
    if one.quantity.startswith("patell"):
        statistic = float(z.sum() / np.sqrt(((m - 2) / (m - 4)).sum()))
        return _normal(statistic) if one.quantity.endswith(" p") else statistic
    statistic = float(z.mean() / z.std(ddof=1) * math.sqrt(len(z)))
    if one.quantity.endswith(" p"):
        return 2 * float(stats.t.sf(abs(statistic), len(z) - 1))
    return statistic


def _normal(statistic: float) -> float:
    from scipy import stats

    return 2 * float(stats.norm.sf(abs(statistic)))


PREDICTIONS: Mapping[str, Callable[[Differing], float]] = {
    "normal_p": normal_p,
    "every_pair": every_pair,
    "sample_deviation": sample_deviation,
}
"""`predicts` of a deviation → its function."""
