"""What a test answers: a statistic with its null, or a refusal with its reason."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from scipy import special

from eventstudy.compute.engine import map_blocks
from eventstudy.models.kernel.batch import Floats, Ints, slices
from eventstudy.significance.sums.ties import SAME

_NAN = float("nan")

FEW = 64
"""Below so many degrees of freedom, the critical value of each is computed."""
P_BLOCK = 2**14
"""p-values that one thread computes at a time, so that they stay in a processor's cache."""
REACH, PIECES, DEGREE = 5, 2, 14
"""|t| up to which polynomials give p, how many per unit of t, and their degree."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """One test of one group over one window. Either `refused` is empty or the figures are NaN."""

    statistic: float
    distribution: str
    """The null: "t", "N", "F", "binomial", "signed rank", "placebo" (the event ranked among its
    own placebos) or "resampled"."""
    df: float
    """Degrees of freedom (of the numerator for F); NaN where the null has none."""
    df2: float
    """Degrees of freedom of F's denominator; NaN elsewhere."""
    p_value: float
    """Two-sided."""
    n: int
    """Observations that the statistic uses."""
    refused: str = ""
    """Why there is no statistic."""
    detail: str = ""
    """What else the figure rests on, such as the mean correlation and its kind."""
    p_greater: float = _NAN
    """One-sided, against a positive abnormal return; NaN where the test has no direction."""
    p_less: float = _NAN
    """One-sided, against a negative abnormal return."""


def refusal(reason: str, n: int) -> Outcome:
    """No statistic, and why.

    Args:
        reason: For a reader, without a full stop.
        n: Observations with a value.
    """
    return Outcome(_NAN, "", _NAN, _NAN, _NAN, n, reason)


def too_few(least: int, n: int) -> Outcome:
    """The refusal for a sample below what the test needs."""
    if least == 1:
        return refusal("no observation has a value", n)
    return refusal(f"needs at least {least} observations with a value, there are {n}", n)


def no_spread(n: int) -> Outcome:
    """The refusal for a sample whose values are all the same."""
    return refusal("all observations have the same value, so their spread is zero", n)


def by_tails(
    statistic: float,
    distribution: str,
    greater: float,
    less: float,
    n: int,
    *,
    df: float = _NAN,
    df2: float = _NAN,
    detail: str = "",
) -> Outcome:
    """A statistic with both one-sided p-values; two-sided is twice the smaller, at most 1.

    Args:
        statistic: The test's figure.
        distribution: Its null, as in `Outcome`.
        greater: One-sided p against a positive abnormal return.
        less: One-sided p against a negative one.
        n: Observations that it uses.
        df: Degrees of freedom; NaN where the null has none.
        df2: Those of the denominator; NaN where there is none.
        detail: What else the figure rests on.
    """
    return Outcome(
        statistic=float(statistic),
        distribution=distribution,
        df=float(df),
        df2=df2,
        p_value=min(1.0, 2 * min(greater, less)),
        n=n,
        detail=detail,
        p_greater=float(greater),
        p_less=float(less),
    )


def ranked(
    statistic: float,
    drawn: Floats,
    distribution: str,
    n: int,
    *,
    detail: str = "",
) -> Outcome:
    """A statistic among B placebos or draws: p = (1 + b)/(B + 1), b of them at least as extreme.

    Two-sided by absolute value, one-sided by each tail; what differs by rounding is as extreme.

    Args:
        statistic: The test's figure.
        drawn: (B,) the same figure where there was no event.
        distribution: Its null, as in `Outcome`.
        n: Observations that it uses.
        detail: What else the figure rests on.
    """
    count, slack = len(drawn) + 1, SAME * abs(statistic)
    return Outcome(
        statistic=statistic,
        distribution=distribution,
        df=_NAN,
        df2=_NAN,
        p_value=float((1 + (np.abs(drawn) >= abs(statistic) - slack).sum()) / count),
        n=n,
        detail=detail,
        p_greater=float((1 + (drawn >= statistic - slack).sum()) / count),
        p_less=float((1 + (drawn <= statistic + slack).sum()) / count),
    )


def placebo_outcome(statistics: Floats, observed: Floats, length: int) -> Outcome:
    """The placebo test of one SAR or SCAR.

    Args:
        statistics: (B,) of the placebo runs; NaN for runs that do not exist.
        observed: (1,) the event's own, or (0,) if missing.
        length: Sessions in the window.
    """
    if len(observed) == 0 or not np.isfinite(observed[0]):
        return refusal("no abnormal return in the window", 0)
    placebos = statistics[np.isfinite(statistics)]
    if not len(placebos):
        return refusal(f"no complete run of {length} estimation sessions to compare with", 1)
    return ranked(float(observed[0]), placebos, "placebo", 1)


def t_test(statistic: float, df: float, n: int, detail: str = "") -> Outcome:
    """A statistic that is t(df) under the null.

    Args:
        statistic: The test's figure.
        df: Degrees of freedom.
        n: Observations that it uses.
        detail: What else the figure rests on.
    """
    greater, less = float(special.stdtr(df, -statistic)), float(special.stdtr(df, statistic))
    return by_tails(statistic, "t", greater, less, n, df=df, detail=detail)


def z_test(statistic: float, n: int, detail: str = "") -> Outcome:
    """A statistic that is standard normal under the null.

    Args:
        statistic: The test's figure.
        n: Observations that it uses.
        detail: What else the figure rests on.
    """
    greater, less = float(special.ndtr(-statistic)), float(special.ndtr(statistic))
    return by_tails(statistic, "N", greater, less, n, detail=detail)


def f_test(statistic: float, df: float, df2: float, n: int) -> Outcome:
    """A statistic that is F(df, df2) under the null; it has no direction.

    Args:
        statistic: The test's figure.
        df: Degrees of freedom of the numerator.
        df2: Degrees of freedom of the denominator.
        n: Observations that it uses.
    """
    p = special.fdtrc(df, df2, statistic)
    return Outcome(float(statistic), "F", float(df), float(df2), float(p), n)


def t_p_values(statistic: Floats, df: Ints) -> Floats:
    """(N,) two-sided p of t(df) statistics (N,) with df (N,); NaN stays NaN.

    Within 1e-13 of `special.stdtr`, which takes four times as long. The p of a statistic does not
    depend on the others.
    """
    df, size = np.broadcast_arrays(df, np.abs(statistic))
    blocks = slices(len(size), P_BLOCK)
    return np.concatenate(map_blocks(lambda rows: _p_values(size[rows], df[rows]), blocks))


def _p_values(size: Floats, df: Ints | Floats) -> Floats:
    """P-values of |t|: by polynomials up to REACH, else one by one."""
    near = (size > 0) & (size < REACH) & (df >= 1) & (df == np.floor(df))
    if near.all():
        return _by_series(size, df)
    p, far = np.empty(size.shape), ~near
    p[far] = 2 * special.stdtr(df[far], -size[far])
    p[near] = _by_series(size[near], df[near])
    return p


def _by_series(size: Floats, df: Ints | Floats) -> Floats:
    """P-values of |t| below REACH: Chebyshev polynomials, summed as by Clenshaw (1955)."""
    distinct, which = np.unique(df, return_inverse=True)
    series = [_series(int(each)) for each in distinct.tolist()] or [_series(1)]
    place = size * PIECES
    piece = place.astype(np.int64)
    u = 2 * (place - piece) - 1
    at, twice = (which * (REACH * PIECES) if len(series) > 1 else 0) + piece, 2 * u
    *others, last = np.concatenate(series, axis=1)
    first, second = last.take(at), np.zeros_like(u)
    for coefficients in others[:0:-1]:
        following = twice * first
        following += coefficients.take(at)
        following -= second
        first, second = following, first
    return np.asarray(np.minimum(others[0].take(at) + u * first - second, 1.0))


@lru_cache(maxsize=1024)
def _series(df: int) -> Floats:
    """(DEGREE + 1, pieces) Chebyshev coefficients of two-sided p."""
    angles = np.pi * (np.arange(DEGREE + 1) + 0.5) / (DEGREE + 1)
    middles = (np.arange(REACH * PIECES) + 0.5) / PIECES
    p = 2 * special.stdtr(df, -(middles[:, None] + np.cos(angles) / (2 * PIECES)))
    waves = np.cos(np.arange(DEGREE + 1)[:, None] * angles) * 2 / (DEGREE + 1)
    waves[0] /= 2
    return np.asarray(np.einsum("kn,pn->kp", waves, p))


def t_quantile(confidence: float, df: Ints) -> Floats:
    """(N,) two-sided critical values of t(df): 1.97 for 95% and 248 degrees of freedom."""
    if df.size < FEW or df.dtype.kind != "i" or np.ptp(df) > df.size:
        return np.asarray(special.stdtrit(df, (1 + confidence) / 2), dtype=np.float64)
    least = df.min()
    each = special.stdtrit(np.arange(least, df.max() + 1), (1 + confidence) / 2)
    return np.asarray(np.take(each, df - least), dtype=np.float64)
