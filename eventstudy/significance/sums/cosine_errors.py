"""The intercept of a regression over time, with errors that allow for autocorrelation.

The long-run variance is the mean square of the first cosine transforms of the scores, each of which
has one degree of freedom of its own (Müller 2007; Lazarus, Lewis, Stock & Watson 2018). Its
fixed-b distribution, the one that holds for a bandwidth that is a share of the sample, is Student's
t: no critical value is simulated, and a mean of independent normal values is tested exactly.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from eventstudy.arrays import Floats, in_long_doubles
from eventstudy.models.kernel.triangles import cholesky, solve_lower

MOST = 100
"""More transforms than this change no quantile of t that could be read."""

VARIES = 1e-12
"""The least spread of a regressor as a share of its mean."""

COLLINEAR = 1e-6
"""The least share of its spread that a regressor must have of its own."""


@dataclass(frozen=True, slots=True)
class Intercept:
    """An intercept and what is known of it."""

    estimate: float
    variance: float
    """Of the estimate."""
    df: float
    """Degrees of freedom of its t."""


def transforms(days: int, parameters: int = 1) -> int:
    """How many cosine transforms are averaged over so many values.

    As many as give the variance of the Bartlett kernel with the ⌊4(T/100)^(2/9)⌋ lags of Newey &
    West (1994), which is 1.5 T/(lags + 1), and no more than the degrees of freedom.

    Args:
        days: Values, T.
        parameters: Fitted to them.
    """
    lags = int(4 * (days / 100) ** (2 / 9))
    return max(0, min(int(1.5 * days / (lags + 1)), days - parameters, MOST))


def cosine_intercept(y: Floats, x: Floats) -> Intercept | None:
    """The intercept of y on regressors; None where they are constant or collinear.

    The variance is made unbiased, and its degrees of freedom found by Satterthwaite, under
    independent errors of one variance, as Bell & McCaffrey (2002) do for clusters. Without
    regressors neither changes anything.

    Args:
        y: (T,) in the order of time.
        x: (T, k) regressors without the constant, k ≥ 0.
    """
    days = len(y)
    basis, weights = _basis(x)
    if basis is None:
        return None
    mean = y.mean()
    left = y - mean
    left -= np.einsum("tk,k->t", basis, np.einsum("tk,t->k", basis, left))
    left -= left.mean()
    estimate = float(mean + ((weights - 1 / days) * (y - mean)).sum())
    count = transforms(days, 1 + x.shape[1])
    scores = _transformed(weights * left, count)[1:]
    variance = float((scores**2).sum()) / count
    if not x.shape[1]:
        return Intercept(estimate, variance, float(count))
    spanned = [_transformed(weights * one, count)[1:] for one in basis.T]
    spanned.append(_transformed(weights, count)[1:] / np.sqrt(days))
    # 2·cos a·cos b = cos(a − b) + cos(a + b): products of transforms are sums of single ones.
    waves = _transformed(weights**2, 2 * count) / np.sqrt(2.0)
    waves[0] *= np.sqrt(2.0)
    j = np.arange(1, count + 1)
    spread = waves[np.abs(j[:, None] - j)] + waves[j[:, None] + j]
    for one in spanned:
        spread -= np.outer(one, one)
    trace = float(np.trace(spread))
    unbiased = float((weights**2).sum()) / (trace / count)
    return Intercept(estimate, variance * unbiased, trace**2 / float((spread**2).sum()))


def _basis(x: Floats) -> tuple[Floats | None, Floats]:
    """Orthonormal columns of the centred regressors, and the weights of y in the intercept."""
    days = len(x)
    center = x.mean(axis=0)
    apart = x - center
    size = np.sqrt((apart**2).mean(axis=0))
    if not (size > VARIES * np.abs(center)).all() or not (size > 0).all():
        return None, center
    apart, center = apart / size, center / size
    lower = cholesky(np.einsum("ti,tj->ij", apart, apart)[None])
    if not (np.diagonal(lower[0]) > COLLINEAR * np.sqrt(days)).all():
        return None, center
    columns = solve_lower(lower, apart.T[None])[0]
    at_zero = solve_lower(lower, center[None, :, None])[0, :, 0]
    return columns.T, 1 / days - np.einsum("kt,k->t", columns, at_zero)


def _transformed(values: Floats, count: int) -> Floats:
    """(1 + count,) the sum of values (T,), then their cosine transforms 1 to count."""
    return np.asarray(np.einsum("tj,t->j", _cosines(len(values), count), values))


@lru_cache(maxsize=4)
def _cosines(days: int, count: int) -> Floats:
    """(T, 1 + count) 1, then √2·cos(πj(t − ½)/T): mean square 1, orthogonal to each other."""
    odd = 2 * np.arange(days) + 1
    turn = in_long_doubles(np.cos, np.arange(4 * days) * (np.pi / (2 * days)))
    waves = np.sqrt(2.0) * turn[np.arange(count + 1) * odd[:, None] % (4 * days)]
    waves[:, 0] = 1.0
    waves.flags.writeable = False
    return np.asarray(waves)
