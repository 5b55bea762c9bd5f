"""Bands that hold for a whole path at once: the sup-t band of cumulative abnormal returns.

Normal theory alone is too narrow for shares, whose returns have fat tails and whose volatility
changes: of 95% bands over 21 days some 89% covered. So the path is also held against those of the
estimation window's own runs, and the larger of both critical values counts.
"""

from __future__ import annotations

import numpy as np

from eventstudy.arrays import Floats, product
from eventstudy.models.kernel.triangles import cholesky
from eventstudy.significance.sums.placebo_runs import Reference, left_out, placebo_quantile

DRAWS = 100_000
"""Paths that are drawn; the quantile's Monte-Carlo error is then about 0.3% of it."""


def path_covariance(root: Floats, noise: Floats) -> Floats:
    """(L, L) covariance, over s², of the abnormal returns of L days cumulated day by day.

    Exact for any linear model, as the variance of a CAR is: its diagonal is V of the statistics
    page.

    Args:
        root: (L, q) of the forecast error.
        noise: (L,) variance of each day itself over s².
    """
    covariance = np.diag(noise) + product(root, root.T)
    return np.asarray(covariance.cumsum(axis=0).cumsum(axis=1))


def sup_t_quantile(covariance: Floats, df: float, confidence: float, seed: int = 0) -> float:
    """The c with P(max |t_τ| ≤ c over all days) = confidence, for jointly t-distributed days.

    The band estimate ± c · se then covers the whole path with that probability. Montiel Olea and
    Plagborg-Møller (2019), algorithm 1, with the exact finite-sample law of normal errors in place
    of the limit. Drawn with a fixed seed: the same c on every run.

    Args:
        covariance: (L, L) of the days, up to a factor.
        df: Degrees of freedom of the variance that they share.
        confidence: Such as 0.95.
        seed: Of the draws.
    """
    scale = np.sqrt(np.diag(covariance))
    factor = cholesky((covariance / np.outer(scale, scale))[None])[0]
    rng = np.random.default_rng(seed)
    normal = rng.standard_normal((DRAWS, len(scale)))
    shared = np.sqrt(rng.chisquare(df, DRAWS) / df)
    furthest = np.abs(np.einsum("dj,ij->di", normal, factor)).max(axis=1) / shared
    return float(np.quantile(furthest, confidence))


def furthest_of_runs(reference: Reference, length: int) -> Floats:
    """How far the path of every left-out run goes from zero: max |SCAR| over its days, (N, R).

    A run of `length` estimation sessions is left out of its own fit as a block and cumulated day
    by day, as the event window is. NaN for runs that do not exist.

    Args:
        reference: N observations and their estimation windows.
        length: Days of the path.
    """
    sessions = reference.residuals.shape[1]
    if length > sessions:
        return np.empty((len(reference.residuals), 0))
    left = left_out(reference, length)
    furthest = np.zeros(left.usable.shape)
    for days in range(1, length + 1):
        car, v = left.sums(days)
        se = left.s * np.sqrt(np.where(left.usable, v, 1.0))
        np.maximum(furthest, np.abs(car) / se, out=furthest)
    return np.where(left.usable, furthest, np.nan)


def run_quantile(furthest: Floats, confidence: float) -> Floats:
    """(N,) what the share `confidence` of a path's runs stay within; 0 where there is no run.

    The rank is that of a placebo test; of fewer runs than it needs, the one that goes furthest.

    Args:
        furthest: (N, R) of `furthest_of_runs`.
        confidence: Such as 0.95.
    """
    picked = placebo_quantile(furthest, confidence)
    known = np.isfinite(furthest)
    largest = np.where(known, furthest, 0.0).max(axis=1, initial=0.0)
    return np.where(np.isfinite(picked), picked, largest)
