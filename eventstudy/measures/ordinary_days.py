"""The slopes of a cross-section among the same slopes on ordinary days.

Firms that share a date share its shocks, and firms alike in a trait share more of them: that slope
is far from zero on many days on which nothing happened. How far it strays on those days is the
yardstick for the event's. Cohn, Johnson, Liu & Wardlaw (2026), "Past is prologue: inference from
the cross section of returns around an event", Journal of Financial Economics 180, 104278.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy import special

from eventstudy.significance.sample import SAME
from eventstudy.significance.sums.placebo_runs import (
    SINGULAR,
    least_eigenvalue,
    running_totals,
    solve,
)

if TYPE_CHECKING:
    from eventstudy.arrays import Bools, Floats, Ints
    from eventstudy.significance.sums.placebo_runs import Reference

HALF = 0.5
"""A day counts where at least this share of every term's variation is among its returns."""


@dataclass(frozen=True, slots=True)
class Ranked:
    """K coefficients of an event against those of B ordinary days."""

    mean: Floats
    """(K,) of the ordinary days."""
    sd: Floats
    """(K,) of the ordinary days, with B − 1."""
    se: Floats
    """(K,) sd·√((B + 1)/B): of one more day about their mean."""
    t: Floats
    """(K,) (b − mean)/se."""
    p_rank: Floats
    """(K,) (1 + #{|b_j − mean| ≥ |b − mean|})/(B + 1)."""
    p_t: Floats
    """(K,) of t with B − 1 degrees of freedom."""
    reach: Floats
    """(K,) the rank keeps every value of the coefficient in b − mean ± reach; infinite where B is
    too small to reject any."""


def ranked_slopes(coef: Floats, slopes: Floats, level: float) -> Ranked:
    """Compare the event's coefficients with those of the ordinary days.

    The formulas of Stata's csestudy: its "CDF p-val" is p_rank, its "Parametric p-val" is p_t.
    The interval, which it does not print, inverts p_rank.

    Args:
        coef: (K,) of the event.
        slopes: (B, K) of the ordinary days.
        level: Of the test, such as 0.05.
    """
    days = len(slopes)
    mean, sd = slopes.mean(axis=0), slopes.std(axis=0, ddof=1)
    away = np.abs(slopes - mean)
    own = np.abs(coef - mean)
    as_far = (away >= own - SAME * (own + np.abs(mean))).sum(axis=0)
    se = sd * np.sqrt((days + 1) / days)
    t = (coef - mean) / se
    allowed = int(np.floor(level * (days + 1) + 1e-9))
    furthest = np.sort(away, axis=0)[::-1]
    reach = furthest[allowed - 1] if allowed else np.full_like(mean, np.inf)
    p_t = 2 * special.stdtr(days - 1, -np.abs(t))
    return Ranked(mean, sd, se, t, (1 + as_far) / (days + 1), p_t, reach)


def least_days(level: float) -> int:
    """The fewest ordinary days among which a rank can be as small as `level`."""
    return int(np.ceil(1 / level - 1e-9)) - 1


def left_out_runs(reference: Reference, length: int, variance: Floats) -> Floats:
    """CAR of every run of `length` estimation sessions, forecast from the others, (N, B).

    A run B is forecast without itself, Σ(I − H_BB)⁻¹e_B, and multiplied by √(V/V_B), so that it
    carries as much forecast error as the event's CAR. NaN where a session is missing or the others
    do not determine the fit.

    Args:
        reference: N observations and their estimation windows of T sessions.
        length: Sessions in a run, at most T.
        variance: (N,) V of the event's CAR over s².
    """
    abnormal, basis, noise = reference.residuals, reference.basis, reference.noise
    valid = np.isfinite(abnormal)
    spread = np.sqrt(noise) if noise.shape[1] else np.ones_like(abnormal)
    spread = np.where(valid, spread, 0.0)
    filled = np.where(valid, abnormal, 0.0)
    e = filled / np.where(valid, spread, 1.0)
    complete = running_totals(valid.astype(np.float64), length) > length - 0.5
    car, own = running_totals(filled, length), running_totals(spread**2, length)
    if reference.forecasts:
        outer = basis[:, :, :, None] * basis[:, :, None, :]
        inner = np.eye(basis.shape[2]) - running_totals(outer, length)
        complete &= least_eigenvalue(inner) > SINGULAR
        inner = np.where(complete[:, :, None, None], inner, np.eye(basis.shape[2]))
        sums = running_totals(basis * spread[:, :, None], length)
        missed = solve(inner, running_totals(basis * e[:, :, None], length))
        car = car + (sums * missed).sum(axis=2)
        own = own + (sums * solve(inner, sums)).sum(axis=2)
    scale = np.sqrt(variance[:, None] / np.where(complete, own, 1.0))
    return np.where(complete, car * scale, np.nan)


def slopes_of(design: Floats, values: Floats, weights: Floats | None = None) -> Floats:
    """(B, K) coefficients of each column of `values` on the design, over the rows that have it.

    NaN where less than half of some term's variation is left among them.

    Args:
        design: (N, K).
        values: (N, B); NaN where missing.
        weights: (N,) of weighted least squares; None for ordinary.
    """
    root = np.ones(len(design)) if weights is None else np.sqrt(weights)
    q, r = np.linalg.qr(design * root[:, None])
    there = np.isfinite(values)
    filled = np.where(there, values, 0.0) * root[:, None]
    left = np.einsum("nb,nk,nl->bkl", there.astype(np.float64), q, q, optimize=True)
    enough = least_eigenvalue(left) >= HALF
    left = np.where(enough[:, None, None], left, np.eye(q.shape[1]))
    rotated = solve(left, np.einsum("nk,nb->bk", q, filled, optimize=True))
    coef = np.linalg.solve(r, rotated.T).T
    return np.where(enough[:, None], coef, np.nan)


def rejecting(
    design: Floats, values: Floats, cov: str, level: float, codes: Ints | None = None
) -> Floats:
    """(K,) share of ordinary days on which a t test rejects a coefficient of zero.

    Args:
        design: (N, K).
        values: (N, B); days with a missing value are left out.
        cov: "HC0" to "HC3", "nonrobust" or "cluster".
        level: Of the test.
        codes: (N,) the clusters, by number; (N, 2) of two kinds.
    """
    y = values[:, np.isfinite(values).all(axis=0)]
    n, k = design.shape
    if not y.shape[1]:
        return np.full(k, np.nan)
    q, r = np.linalg.qr(design)
    portfolios = np.linalg.solve(r, q.T)
    fitted = np.einsum("kn,nb->kb", portfolios, y, optimize=True)
    residuals = y - design @ fitted
    if codes is None:
        squares = _own_variance(residuals, (q**2).sum(axis=1), k, cov)
        variance, df = np.einsum("kn,nb->kb", portfolios**2, squares, optimize=True), n - k
    else:
        kinds = list(codes.reshape(n, -1).T)
        variance = sum(_of_clusters(portfolios, residuals, kind) for kind in kinds)
        if len(kinds) == 2:  # what both count is counted once
            both = np.unique(codes, axis=0, return_inverse=True)[1].reshape(n)
            variance = variance - _of_clusters(portfolios, residuals, both)
        df = int(codes.max(axis=0).min())
    t = fitted / np.sqrt(np.where(variance > 0, variance, np.nan))
    return np.asarray((2 * special.stdtr(df, -np.abs(t)) < level).mean(axis=1))


def _of_clusters(portfolios: Floats, residuals: Floats, codes: Ints) -> Floats:
    """(K, B) variance of the coefficients with clusters, small-sample correction as in Stata."""
    (k, n), groups = portfolios.shape, int(codes.max()) + 1
    members = (codes[:, None] == np.arange(groups)).astype(np.float64)
    sums = np.einsum("kn,ng,nb->kgb", portfolios, members, residuals, optimize=True)
    correction = groups / (groups - 1) * (n - 1) / (n - k)
    return np.asarray(correction * (sums**2).sum(axis=1))


def _own_variance(residuals: Floats, leverage: Floats, k: int, cov: str) -> Floats:
    """(N, B) variance of each observation's error, as HC0 to HC3 or OLS have it."""
    n = len(residuals)
    if cov == "nonrobust":
        pooled = (residuals**2).sum(axis=0) / (n - k)
        return np.broadcast_to(pooled, residuals.shape)
    power = {"HC2": 1, "HC3": 2}.get(cov, 0)
    squares: Floats = residuals**2 / (1 - leverage[:, None]) ** power
    return squares * (n / (n - k)) if cov == "HC1" else squares


def usable(slopes: Floats) -> Bools:
    """(B,) which ordinary days have every coefficient."""
    return np.asarray(np.isfinite(slopes).all(axis=1))


def runs_before(first: Ints, length: int, start: int) -> Ints:
    """Which runs end before the day `start`; `first` (B,) are the days on which they begin."""
    return np.flatnonzero(first + length <= start)
