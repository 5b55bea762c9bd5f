"""The t of a skewed sample: Hall's transformation, and Johnson's with bootstrapped critical values.

Both correct the t of a mean for the skewness of the sample. Hall's (1992) has a cubic term, which
makes it monotone, and is compared with the normal distribution. Lyon, Barber & Tsai (1999) take
Johnson's (1978) two terms and draw the null from the sample itself.
"""

from __future__ import annotations

import math

import numpy as np

from eventstudy.models.kernel.batch import Floats, slices
from eventstudy.significance.outcome import Outcome, by_tails, no_spread, too_few, z_test
from eventstudy.significance.sample import SAME, sample_spread

QUARTER = 4
"""A resample has N/4 observations, rounded up: the share that Lyon, Barber & Tsai (1999) choose."""

LEAST_RESAMPLE = 3
"""Two values have no skewness, so resamples of two would be compared with something else."""

VALUES_AT_ONCE = 2**20
"""Resampled values in memory at once."""


def hall_t(mean: float, squares: float, cubes: float, n: int) -> Outcome:
    """Hall's (1992) transformed t of a sample mean with N(0, 1), or why not.

    Args:
        mean: Of n values x.
        squares: Σ(x − mean)².
        cubes: Σ(x − mean)³.
        n: Number of values.
    """
    if n < 3:
        return too_few(3, n)
    sd = sample_spread(mean, squares, n)
    if np.isnan(sd):
        return no_spread(n)
    s = mean / sd
    gamma = n / ((n - 1) * (n - 2)) * cubes / sd**3
    statistic = np.sqrt(n) * (s + gamma * s**2 / 3 + gamma**2 * s**3 / 27 + gamma / (6 * n))
    return z_test(statistic, n)


def johnson_t(s: Floats, gamma: Floats, n: int) -> Floats:
    """√n(S + γS²/3 + γ/(6n)): Johnson (1978); equation 5 of Lyon, Barber & Tsai (1999).

    Args:
        s: Means over sample standard deviations (ddof 1).
        gamma: Coefficients of skewness m₃/m₂^1.5, m the central moments with divisor n.
        n: Values in each sample.
    """
    return np.asarray(np.sqrt(n) * (s + gamma * s**2 / 3 + gamma / (6 * n)))


def bootstrapped_johnson_t(values: Floats, draws: int, seed: int) -> Outcome:
    """`johnson_t` of a mean among the same statistic of resamples about that mean, or why not.

    Lyon, Barber & Tsai (1999): resamples of N/4 values with replacement, less the
    mean of the sample. The one-sided p are (1 + b)/(B + 1), b resamples at least as far out; the
    two-sided p is twice the smaller, because the null is skewed.

    Args:
        values: (N,) in any order: the same values give the same p.
        draws: B resamples.
        seed: Of the draws.
    """
    n = len(values)
    size = math.ceil(n / QUARTER)
    if size < LEAST_RESAMPLE:
        return too_few(QUARTER * (LEAST_RESAMPLE - 1) + 1, n)
    mean = float(values.mean())
    sd = sample_spread(mean, float(((values - mean) ** 2).sum()), n)
    if np.isnan(sd):
        return no_spread(n)
    ordered = np.sort(values)
    apart = (ordered - mean) / sd
    statistic = float(_johnson_of(apart[None, :], mean / sd)[0])
    drawn = _resampled(apart, size, draws, seed)
    slack = SAME * abs(statistic)
    greater = (1 + (drawn >= statistic - slack).sum()) / (draws + 1)
    less = (1 + (drawn <= statistic + slack).sum()) / (draws + 1)
    detail = f"{draws} resamples of {size}, seed {seed}"
    return by_tails(statistic, "resampled", float(greater), float(less), n, detail=detail)


def _resampled(apart: Floats, size: int, draws: int, seed: int) -> Floats:
    """(B,) the statistic of samples drawn from `apart` (N,), whose mean is zero."""
    rng = np.random.default_rng(seed)
    drawn = []
    for block in slices(draws, max(1, VALUES_AT_ONCE // size)):
        picked = rng.integers(0, len(apart), size=(block.stop - block.start, size))
        drawn.append(_johnson_of(apart[picked]))
    return np.concatenate(drawn)


def _johnson_of(samples: Floats, away: float = 0.0) -> Floats:
    """(B,) `johnson_t` of each row of samples (B, n) of unit size whose mean is off by `away`.

    A row of equal values lies infinitely far from zero, on the side of its mean.
    """
    n = samples.shape[1]
    mean = samples.mean(axis=1)
    apart = samples - mean[:, None]
    power = apart * apart
    second = power.mean(axis=1)
    power *= apart
    third = power.mean(axis=1)
    level = mean + away
    equal = second <= SAME**2
    second = np.where(equal, 1.0, second)
    statistic = johnson_t(level / np.sqrt(second * n / (n - 1)), third / second**1.5, n)
    return np.where(equal, np.sign(level) * np.inf, statistic)
