"""The sample-quantile test: the event among the placebos of its own estimation window.

Gelbach, Helland & Klick (2013), "Valid inference in single-firm, single-event studies", with
the forecast error of each placebo taken into account. No normality is assumed.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from eventstudy.compiled.kernel import compiles
from eventstudy.compute.engine import map_blocks
from eventstudy.models.kernel.batch import Bools, Floats, Ints, centred, slices
from eventstudy.models.kernel.fits import Fits
from eventstudy.models.kernel.triangles import cholesky, solve_lower
from eventstudy.significance.sums.ties import SAME

LITTLE = 1e-4
"""A run that leaves less than this share of the squared residuals is summed anew without it."""

NOTHING = 1e-20
"""A run that leaves less than this share leaves no spread: it is rounding, squared."""


LONG_RUN = 10
"""Sessions of a run beyond which those of an estimation window of usual length overlap so much that
few are independent, and p-values are somewhat too small."""

SINGULAR = 1e-10
"""Least eigenvalue of I − Q_B'Q_B with which the sessions outside a run B still determine the fit:
it is the share of the weakest regressor's variation that lies outside the run."""

LIMITS = (SINGULAR, LITTLE, NOTHING)

BLOCK = 512
"""Number of observations that machine code processes together."""

TIE = 1e-12
"""p-values that exceed a level by less equal it: 1 − 0.95 is not 0.05 to the last bit."""


@dataclass(frozen=True, slots=True)
class Reference:
    """The estimation windows of N observations, for placebos of any length."""

    residuals: Floats
    """(N, T) abnormal returns; NaN where missing."""
    basis: Floats
    """(N, T, q) orthonormal basis of the regressors; zero where missing."""
    df: Ints
    """(N,) degrees of freedom of the whole fit."""
    forecasts: bool
    """Whether the model estimates its expected return, so that placebos carry forecast error."""
    scale: Floats
    """(N,) the model's s over √(SSR/df); 1 for least squares."""
    noise: Floats
    """(N, T) variance of each session's error over s²; (N, 0) where it is 1 throughout."""

    @classmethod
    def of(cls, fits: Fits) -> Reference:
        """Take over what the fits leave."""
        forecasts = fits.leverage.forecasts
        scale = _scale(fits.residuals, fits.noise_est, fits.s, fits.df)
        return cls(fits.residuals, fits.basis, fits.df, forecasts, scale, fits.noise_est)


def _scale(residuals: Floats, noise: Floats, s: Floats, df: Ints) -> Floats:
    """(N,) s over √(SSR/df), SSR about the mean; exactly 1 where they differ by rounding."""
    e, _ = _centred(residuals, noise)
    plain = np.sqrt((e**2).sum(axis=1) / np.maximum(df, 1))
    ratio = s / np.where(plain > 0, plain, 1.0)
    rounding = np.abs(ratio - 1) < 1e-9  # of a sum of a few hundred squares, amply
    return np.where(rounding | (plain <= 0), 1.0, ratio)


def _centred(residuals: Floats, noise: Floats) -> tuple[Floats, Floats]:
    """Residuals in units of their session's spread, and the spreads (N, T), both 0 where missing.

    Where the spreads are 1 throughout, they are (N, 0) and the residuals are about their mean.
    """
    valid = np.isfinite(residuals)
    if not noise.shape[1]:
        return centred(residuals, valid), noise
    spread = np.where(valid, np.sqrt(noise), 0.0)
    return np.where(valid, residuals, 0.0) / np.where(valid, spread, 1.0), spread


def placebo_statistics(reference: Reference, length: int, of: int = 0) -> Floats:
    """SCAR of every run of `length` estimation sessions left out of its own fit.

    Returns (N, T − length + 1), one column a run; none where `length` exceeds T.

    A run B that is left out is forecast from the other sessions:
    car = Σ(I − H_BB)⁻¹e_B, V = 1'(I − H_BB)⁻¹1, s² = (SSR − e_B'(I − H_BB)⁻¹e_B)/(df − length);
    for one day this is the externally studentised residual. NaN where the run has a missing session
    or leaves too few sessions to estimate.

    Exact for least squares. Other models are not fitted again: their residuals are treated as
    those of (weighted) least squares, in units of each session's own variance, and s_(B) is
    brought to the scale of the model's s.

    Args:
        reference: N observations and their estimation windows of T sessions.
        length: Sessions in a run.
        of: Observations of the study, where these are only some of them.
    """
    n, width = reference.residuals.shape
    if length > width:
        return np.empty((n, 0))
    if compiles(of or n):
        return compiled_statistics(reference, length)
    left = left_out(reference, length)
    car, v = left.sums(length)
    return np.where(left.usable, car / (left.s * np.sqrt(np.where(left.usable, v, 1.0))), np.nan)


def compiled_statistics(reference: Reference, length: int) -> Floats:
    """`placebo_statistics` as machine code.

    Args:
        reference: N observations and their estimation windows of T sessions.
        length: Sessions in a run, at most T.
    """
    from eventstudy.compiled.placebos import left_out_statistics

    def of_block(rows: slice) -> Floats:
        residuals, noise = reference.residuals[rows], reference.noise[rows]
        bases = np.ascontiguousarray(reference.basis[rows].swapaxes(1, 2))
        df, scale, of = reference.df[rows], reference.scale[rows], np.arange(len(bases))
        forecasts = reference.forecasts
        return left_out_statistics(
            residuals, bases, of, noise, df, scale, length, forecasts, LIMITS
        )

    return np.concatenate(map_blocks(of_block, slices(len(reference.df), BLOCK)))


@dataclass(frozen=True, slots=True)
class LeftOutRuns:
    """Every run of `length` sessions left out of its fit; N observations, R runs each."""

    reference: Reference
    inner: Floats
    """(N, R, q, q) I − Q_B'Q_B of the run."""
    solved_qe: Floats
    """(N, R, q) (I − Q_B'Q_B)⁻¹Q_B'e_B."""
    spread: Floats
    """(N, T) of each session's error over s, 0 where missing; (N, 0) where it is 1 throughout."""
    usable: Bools
    """(N, R) whether the run is complete and the other sessions determine the fit."""
    s: Floats
    """(N, R) residual standard deviation of the fit without the run; 1 where it is not usable."""

    def sums(self, days: int) -> tuple[Floats, Floats]:
        """CAR of the first `days` sessions of each run and its variance over s², (N, R) each.

        Args:
            days: At most the length of the runs.
        """
        runs, q = self.usable.shape[1], self.reference.basis
        abnormal, spread = self.reference.residuals, self.spread

        def first(values: Floats) -> Floats:
            return running_totals(values, days)[:, :runs]

        car = first(np.where(np.isfinite(abnormal), abnormal, 0.0))
        v = first(spread**2) if spread.shape[1] else np.full_like(car, float(days))
        if self.reference.forecasts:
            sum_q = first(q * spread[:, :, None] if spread.shape[1] else q)
            car = car + (sum_q * self.solved_qe).sum(axis=2)
            v = v + (sum_q * solve(self.inner, sum_q)).sum(axis=2)
        return car, v


def left_out(reference: Reference, length: int) -> LeftOutRuns:
    """What leaving out each run of `length` sessions leaves of its fit.

    Args:
        reference: N observations and their estimation windows of T sessions.
        length: Sessions in a run, at most T.
    """
    q = reference.basis
    valid = np.isfinite(reference.residuals)
    e, spread = _centred(reference.residuals, reference.noise)
    ssr = (e**2).sum(axis=1, keepdims=True)
    sum_qe = running_totals(q * e[:, :, None], length)
    # H = QQ', so H_BB = Q_B Q_B' and by Woodbury's identity
    # (I − H_BB)⁻¹ = I + Q_B (I − Q_B'Q_B)⁻¹ Q_B':
    # a q × q matrix is inverted for each run, not one of the run's length, and all that it meets
    # are sums over the run, which `running_totals` has for every run at once.
    inner = np.eye(q.shape[2]) - running_totals(q[:, :, :, None] * q[:, :, None, :], length)
    complete = running_totals(valid.astype(np.float64), length) > length - 0.5
    left = reference.df[:, None] - length
    usable = complete & (left >= 1) & (least_eigenvalue(inner) > SINGULAR)
    inner = np.where(usable[:, :, None, None], inner, np.eye(q.shape[2]))
    solved_qe = solve(inner, sum_qe)
    ssr_left = ssr - running_totals(e**2, length) - (sum_qe * solved_qe).sum(axis=2)
    # Where the run holds nearly all of the SSR, the difference above is mostly rounding.
    rows, first = np.nonzero(usable & (ssr_left < LITTLE * ssr))
    if len(rows):
        solved = solved_qe[rows, first]
        ssr_left[rows, first] = squares_left(e[rows], q[rows], solved, first, length)
    usable &= ssr_left > NOTHING * ssr  # else the other sessions are fitted without a residual
    s = np.sqrt(np.where(usable, ssr_left, 1.0) / np.where(left >= 1, left, 1))
    s = np.where(usable, s * reference.scale[:, None], 1.0)
    return LeftOutRuns(reference, inner, solved_qe, spread, usable, s)


def least_eigenvalue(matrices: Floats) -> Floats:
    """Of symmetric (..., q, q); in closed form up to q = 2, where LAPACK's calls cost most."""
    q = matrices.shape[-1]
    if q == 1:
        return matrices[..., 0, 0]
    if q > 2:
        return np.asarray(np.linalg.eigvalsh(matrices)[..., 0])
    a, b, d = matrices[..., 0, 0], matrices[..., 0, 1], matrices[..., 1, 1]
    return (a + d) / 2 - np.hypot((a - d) / 2, b)


def solve(matrices: Floats, right: Floats) -> Floats:
    """Solutions (..., q) of positive definite (..., q, q) and right-hand sides (..., q)."""
    q = matrices.shape[-1]
    if q == 1:
        return right / matrices[..., 0]
    if q > 2:
        inverse = cholesky(matrices.reshape(-1, q, q))  # LAPACK's digits depend on the processor
        inverse = solve_lower(inverse, np.broadcast_to(np.eye(q), inverse.shape))
        half = np.einsum("nij,nj->ni", inverse, right.reshape(-1, q))
        return np.asarray(np.einsum("nji,nj->ni", inverse, half).reshape(right.shape))
    a, b, d = matrices[..., 0, 0], matrices[..., 0, 1], matrices[..., 1, 1]
    x, y = right[..., 0], right[..., 1]
    return np.stack([d * x - b * y, a * y - b * x], axis=-1) / (a * d - b * b)[..., None]


def running_totals(values: Floats, length: int) -> Floats:
    """Sums of every `length` neighbours along axis 1.

    Nothing is subtracted, as cumulated sums would do, so a shock does not affect later runs.

    Args:
        values: (n, T) or (n, T, …).
        length: Neighbours in a run, at most T.
    """
    runs = values.shape[1] - length + 1
    total = values[:, :runs].copy()
    for offset in range(1, length):
        total += values[:, offset : offset + runs]
    return total


def squares_left(e: Floats, q: Floats, solved: Floats, first: Ints, length: int) -> Floats:
    """(n,) the sum of squared residuals when the run from session `first` is left out of the fit.

    Session by session: exact also where the run holds nearly all of the sum, and subtracting it
    would leave rounding.

    Args:
        e: (n, T) residuals.
        q: (n, T, Q) orthonormal basis.
        solved: (n, Q) (I − Q_B'Q_B)⁻¹Q_B'e_B.
        first: (n,) where the run begins.
        length: Sessions in a run.
    """
    sessions = np.arange(e.shape[1])
    outside = (sessions < first[:, None]) | (sessions >= first[:, None] + length)
    refitted = e + np.einsum("ntq,nq->nt", q, solved)
    return np.asarray((np.where(outside, refitted, 0.0) ** 2).sum(axis=1))


def placebo_p(statistics: Floats, observed: Floats) -> Floats:
    """(N,) share of placebos at least as large: (1 + #{|e*| ≥ |observed|}) / (M + 1).

    Args:
        statistics: (N, B), NaN for placebos that do not exist.
        observed: (N,), NaN where the event has no value.
    """
    count = np.isfinite(statistics).sum(axis=1)
    least = (1 - SAME) * np.abs(observed)  # what differs by rounding is as large
    larger = (np.abs(statistics) >= least[:, None]).sum(axis=1)
    return np.where(np.isfinite(observed) & (count > 0), (1 + larger) / (1 + count), np.nan)


def placebo_quantile(statistics: Floats, confidence: float) -> Floats:
    """The |SCAR| up to which the placebo test keeps the null, (N,): inverts `placebo_p`.

    The effects that are not rejected at 1 − confidence are car ± quantile · se. Infinite where
    there are too few placebos to reject anything.

    Args:
        statistics: (N, B), NaN for placebos that do not exist.
        confidence: Such as 0.95.
    """
    magnitude = np.sort(np.abs(statistics), axis=1)  # NaN last
    magnitude = np.pad(magnitude, ((0, 0), (0, 1)), constant_values=np.inf)
    count = np.isfinite(statistics).sum(axis=1)
    rank = np.floor((1 - confidence + TIE) * (count + 1)).astype(np.int64)
    picked = np.take_along_axis(magnitude, (count - rank)[:, None], axis=1)[:, 0]
    return np.where(rank >= 1, picked, np.inf)
