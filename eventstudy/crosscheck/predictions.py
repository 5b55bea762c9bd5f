"""What another package must get, to the last digit compared, if a known deviation is the reason."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from eventstudy.crosscheck.bare import BareFit
from eventstudy.crosscheck.groups import BareGroup, kp_factors, statistics_of


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
    patell, bmp = kp_factors(r_bar, found.n)
    statistic = found.patell * patell if "patell" in one.quantity else found.bmp * bmp
    return _normal(statistic) if one.quantity.endswith(" p") else statistic


def sample_deviation(one: Differing) -> float:
    """Patell or BMP of one day, each s as √(SSR/(M − 1)).

    Args:
        one: The figure.
    """
    fits = one.group.valid(one.window)
    se = [fit.se[one.window] * math.sqrt(fit.df / (len(fit.residuals) - 1)) for fit in fits]
    return _standardised(one, fits, se)


def whole_market(one: Differing) -> float:
    """The same, with the market's moments over all sessions from the first to the last estimated.

    Args:
        one: The figure.
    """
    fits = one.group.valid(one.window)
    day = one.window[0]
    used = np.concatenate([fit.windows.days[fit.windows.used] for fit in fits])
    se = []
    for fit in fits:
        days, x = fit.windows.days, fit.windows.x[:, 0]
        past = x[(days >= used.min()) & (days <= used.max()) & np.isfinite(x)]
        apart = float(x[days == day][0] - past.mean()) ** 2 / float(
            ((past - past.mean()) ** 2).sum()
        )
        m = len(fit.residuals)
        se.append(fit.s * math.sqrt(fit.df / (m - 1)) * math.sqrt(1 + 1 / m + apart))
    return _standardised(one, fits, se)


def _standardised(one: Differing, fits: Sequence[BareFit], se: Sequence[float]) -> float:
    """Patell's or BMP's statistic, or its p, of ARs and their standard errors."""
    from scipy import stats

    m = np.array([len(fit.residuals) for fit in fits], dtype=float)
    z = np.array([fit.car[one.window] for fit in fits]) / np.array(se)
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
    "whole_market": whole_market,
}
"""`predicts` of a deviation → its function."""
