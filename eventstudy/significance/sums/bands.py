"""Bands that hold for a whole path at once: the sup-t band of cumulative abnormal returns."""

from __future__ import annotations

import numpy as np

from eventstudy.arrays import Floats, product
from eventstudy.models.kernel.triangles import cholesky

DRAWS = 100_000
"""Paths that are drawn; the quantile's Monte-Carlo error is then about 0.3 % of it."""


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
