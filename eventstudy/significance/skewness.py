"""The t of a skewed sample: Hall's transformation, and Johnson's with bootstrapped critical values.

Both correct the t of a mean for the skewness of the sample. Hall's (1992) has a cubic term, which
makes it monotone, and is compared with the normal distribution. Lyon, Barber & Tsai (1999) take
Johnson's (1978) two terms and draw the null from the sample itself.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import partial

import numpy as np

from eventstudy.compiled.kernel import compiles
from eventstudy.compute.engine import map_blocks
from eventstudy.models.kernel.batch import Floats, slices
from eventstudy.significance.outcome import Outcome, by_tails, no_spread, too_few, z_test
from eventstudy.significance.sample import SAME, sample_spread

QUARTER = 4
"""A resample has N/4 observations, rounded up: the share that Lyon, Barber & Tsai (1999) choose."""

LEAST_RESAMPLE = 3
"""Two values have no skewness, so resamples of two would be compared with something else."""

VALUES_AT_ONCE = 2**20
"""Resampled values in memory at once."""

PLACES = 2**24
"""Drawn places in memory at once, for compiled loops."""

LANES = 8
"""Columns added by one instruction."""


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
    return bootstrapped_johnson_ts([values], draws, seed)[0]


def bootstrapped_johnson_ts(samples: Sequence[Floats], draws: int, seed: int) -> list[Outcome]:
    """`bootstrapped_johnson_t` of each of several samples.

    Args:
        samples: All of the same size, so that the same places are drawn from each.
        draws: B resamples.
        seed: Of the draws.
    """
    n = len(samples[0])
    size = math.ceil(n / QUARTER)
    if size < LEAST_RESAMPLE:
        return [too_few(QUARTER * (LEAST_RESAMPLE - 1) + 1, n) for _ in samples]
    means = [float(values.mean()) for values in samples]
    spreads = [
        sample_spread(mean, float(((values - mean) ** 2).sum()), n)
        for values, mean in zip(samples, means, strict=True)
    ]
    spread = [q for q, sd in enumerate(spreads) if not np.isnan(sd)]
    apart = [(np.sort(samples[q]) - means[q]) / spreads[q] for q in spread]
    outcomes = [no_spread(n) for _ in samples]
    detail = f"{draws} resamples of {size}, seed {seed}"
    drawn = _resampled(apart, size, draws, seed) if apart else ()
    for q, own, others in zip(spread, apart, drawn, strict=True):
        statistic = float(_johnson_of(own[None, :], means[q] / spreads[q])[0])
        slack = SAME * abs(statistic)
        greater = (1 + (others >= statistic - slack).sum()) / (draws + 1)
        less = (1 + (others <= statistic + slack).sum()) / (draws + 1)
        tails = (float(greater), float(less))
        outcomes[q] = by_tails(statistic, "resampled", *tails, n, detail=detail)
    return outcomes


def _resampled(apart: Sequence[Floats], size: int, draws: int, seed: int) -> list[Floats]:
    """(B,) for each of some ordered samples (N,) of mean zero, the statistic of its resamples."""
    if compiles(len(apart[0])):
        return list(_resampled_together(apart, size, draws, seed))
    rng = np.random.default_rng(seed)
    drawn = []
    for block in slices(draws, max(1, VALUES_AT_ONCE // size)):
        picked = rng.integers(0, len(apart[0]), size=(block.stop - block.start, size))
        drawn.append([_johnson_of(own[picked]) for own in apart])
    return [np.concatenate(own) for own in zip(*drawn, strict=True)]


def _resampled_together(apart: Sequence[Floats], size: int, draws: int, seed: int) -> Floats:
    """(Q, B) the same of Q samples, from sums of powers."""
    from eventstudy.compiled.skewness import resampled_powers

    rng = np.random.default_rng(seed)
    count, n = len(apart), len(apart[0])
    # Powers about the median: if a large resample has a single value, it is that one.
    middle = np.array([own[n // 2] for own in apart])
    table = np.zeros((n, -(-count // LANES) * LANES if count >= LANES else count))
    for q, own in enumerate(apart):
        table[:, q] = own - middle[q]
    sums, room = [], min(draws, max(1, PLACES // size))
    picked = np.empty((room, size), dtype=np.int32)
    for block in slices(draws, room):
        some = picked[: block.stop - block.start]
        for row in some:
            row[:] = rng.integers(0, n, size)
        halves = [some[rows] for rows in slices(len(some), -(-len(some) // 2))]
        sums += map_blocks(partial(resampled_powers, table), halves)
    mean, square, cube = np.concatenate(sums)[:, :, :count].transpose(1, 2, 0) / size
    second, third = square - mean**2, cube - 3 * mean * square + 2 * mean**3
    return _johnson_from(mean + middle[:, None], second, third, size)


def _johnson_of(samples: Floats, away: float = 0.0) -> Floats:
    """(B,) `johnson_t` of each row of samples (B, n) of unit size whose mean is off by `away`."""
    mean = samples.mean(axis=1)
    apart = samples - mean[:, None]
    power = apart * apart
    second = power.mean(axis=1)
    power *= apart
    return _johnson_from(mean + away, second, power.mean(axis=1), samples.shape[1])


def _johnson_from(level: Floats, second: Floats, third: Floats, n: int) -> Floats:
    """`johnson_t` from means and central moments of n values.

    Values that are all equal lie infinitely far from zero, on the side of their mean.
    """
    equal = second <= SAME**2
    second = np.where(equal, 1.0, second)
    statistic = johnson_t(level / np.sqrt(second * n / (n - 1)), third / second**1.5, n)
    return np.where(equal, np.sign(level) * np.inf, statistic)
