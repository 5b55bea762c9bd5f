"""Batched least squares: all observations at once, missing returns included."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from eventstudy.arrays import SMALLEST, product
from eventstudy.models.kernel.batch import Batch, Bools, Floats, Ints, centred
from eventstudy.models.kernel.fits import Fits, Leverage, Problem
from eventstudy.models.kernel.regression import ReturnRegression
from eventstudy.models.kernel.triangles import cholesky, solve_lower

SINGULAR = 1e-12
"""Least eigenvalue of the regressors' correlation matrix that still counts as full rank."""

STEEP = 1e-4
"""Below this least eigenvalue Cholesky's factor loses digits that Householder's keeps."""

FLAT = 2e-8
"""A regressor whose spread is below this share of its mean counts as constant: its distances from
the mean then have fewer than ten digits."""

PERFECT = 1e-24
"""A fit whose SSR is below this share of the sum of squared returns has no residual."""


@dataclass(frozen=True, slots=True)
class LeastSquares:
    """OLS with a constant for N observations on their valid sessions."""

    mean: Floats
    """(N,) of the return."""
    slip: Floats
    """(N,) what rounding left of the means: the fit at `center` is mean + slip."""
    slopes: Floats
    """(N, K)"""
    residuals: Floats
    """(N, T), NaN where missing."""
    center: Floats
    """(N, K) means of the regressors."""
    whiten: Floats
    """(N, K, K): (x − center) @ whiten has unit sums of squares and no correlation."""
    n_obs: Ints
    """(N,) valid sessions, M."""
    valid: Bools
    """(N, T) sessions on which the return and every regressor are finite."""
    singular: Bools
    """(N,) regressors without full rank; the other figures then mean nothing."""

    @property
    def constant(self) -> Floats:
        """(N,) constants."""
        return np.asarray(self.mean + self.slip - (self.slopes * self.center).sum(axis=1))

    def missed(self, y: Floats, x: Floats) -> Floats:
        """(N, W) returns y less what x (N, W, K) lets expect, as distances from the means.

        Through the constant, digits would be lost wherever means are large beside the residuals.
        """
        missed: Floats = y - self.mean[:, None]
        missed -= np.einsum("nwk,nk->nw", x - self.center[:, None, :], self.slopes)
        missed -= self.slip[:, None]
        return missed

    def leverage(self, x: Floats) -> Leverage:
        """x'(X'X)⁻¹x of the regressors x (N, W, K), the constant included."""
        level = 1 / np.sqrt(np.maximum(self.n_obs, 1))
        return Leverage(x, np.arange(len(x)), level, self.center, self.whiten)


def least_squares(y: Floats, x: Floats) -> LeastSquares:
    """Fit y (N, T) on a constant and x (N, T, K), each observation on its own valid sessions.

    Works on centred and scaled cross-products: centring keeps the digits that a large mean would
    take, scaling makes the rank a matter of correlations, not of units.

    Args:
        y: (N, T) returns, NaN where missing.
        x: (N, T, K) regressors, NaN where missing.
    """
    valid = np.isfinite(y) & np.isfinite(x).all(axis=2)
    n_obs = valid.sum(axis=1)
    count = np.maximum(n_obs, 1)[:, None]
    y = np.where(valid, y, 0.0)
    x = np.where(valid[:, :, None], x, 0.0)
    y_mean = y.sum(axis=1, keepdims=True) / count
    center = x.sum(axis=1) / count
    y = np.where(valid, y - y_mean, 0.0)
    x = np.where(valid[:, :, None], x - center[:, None, :], 0.0)

    scale = np.sqrt(np.einsum("ntk,ntk->nk", x, x))
    flat = scale <= np.maximum(FLAT * np.sqrt(count) * np.abs(center), SMALLEST)
    x = x / np.where(flat, 1.0, scale)[:, None, :]
    whiten, singular = _whitener(x)
    singular = singular | flat.any(axis=1)

    inverse = product(whiten, np.swapaxes(whiten, 1, 2))
    slopes = np.zeros_like(center)
    # Cross-products square the condition number. The second round fits what the first one left
    # over, which brings back the digits that a QR decomposition of x would have kept.
    for _ in range(2):
        left = y - np.einsum("ntk,nk->nt", x, slopes)
        slopes = slopes + np.einsum("nkl,nlm->nk", inverse, _cross(x, left[:, :, None]))
    left = y - np.einsum("ntk,nk->nt", x, slopes)
    slip = left.sum(axis=1, keepdims=True) / count
    residuals = np.where(valid, left - slip, np.nan)

    unscale = 1 / np.where(flat, 1.0, scale)
    whiten = whiten * unscale[:, :, None]
    return LeastSquares(
        mean=y_mean[:, 0],
        slip=slip[:, 0],
        slopes=slopes * unscale,
        residuals=residuals,
        center=center,
        whiten=whiten,
        n_obs=n_obs,
        valid=valid,
        singular=singular,
    )


def _cross(x: Floats, y: Floats) -> Floats:
    """(N, K, L) the products x'y of x (N, T, K) and y (N, T, L), summed column by column."""
    # One order on every processor, and for so few columns as fast as many small products.
    rows = [
        [np.einsum("nt,nt->n", x[:, :, k], y[:, :, m]) for m in range(y.shape[2])]
        for k in range(x.shape[2])
    ]
    return np.moveaxis(np.array(rows).reshape(x.shape[2], y.shape[2], len(x)), 2, 0)


def _whitener(x: Floats) -> tuple[Floats, Bools]:
    """W upper triangular with (xW)'(xW) = I for each x (N, T, K), and which have no full rank."""
    n, _, k = x.shape
    if k == 0:
        return np.empty((n, 0, 0)), np.zeros(n, dtype=bool)
    correlation = _cross(x, x)
    least = np.linalg.eigvalsh(correlation)[:, 0]
    singular = least < SINGULAR
    safe = np.where(singular[:, None, None], np.eye(k), correlation)
    whiten = np.swapaxes(solve_lower(cholesky(safe), np.broadcast_to(np.eye(k), safe.shape)), 1, 2)
    steep = np.flatnonzero(~singular & (least < STEEP))
    if len(steep):
        whiten[steep] = np.linalg.inv(np.linalg.qr(x[steep], mode="r"))
    return whiten, singular


def fit_linear(batch: Batch, given: Batch | None = None) -> Fits:
    """A linear normal-return model by OLS: R = a + x'b + e (k = 1 + K).

    AR_τ = R_τ − a − x_τ'b, s² = SSR/(M − k), forecast-error leverage from (X'X)⁻¹.

    Args:
        batch: What is fitted.
        given: The returns as they were given, where something was taken off them before.
    """
    ols = least_squares(batch.y_est, batch.x_est)
    basis = np.empty((len(ols.valid), ols.valid.shape[1], 0))
    if batch.placebos:
        basis = np.where(ols.valid[:, :, None], ols.leverage(batch.x_est).root(), 0.0)
    return make_fits(
        coef=np.column_stack([ols.constant, ols.slopes]),
        ar=ols.missed(batch.y_event, batch.x_event),
        leverage=ols.leverage(batch.x_event),
        residuals=ols.residuals,
        basis=basis,
        batch=batch,
        given=given,
        df=ols.n_obs - 1 - ols.slopes.shape[1],
        singular=ols.singular,
    )


def fit_regression(regression: ReturnRegression, batch: Batch) -> Fits:
    """Fit a model that is one regression to every observation, from its gathered windows."""
    offset_est, x_est = regression.split(batch.x_est)
    offset_event, x_event = regression.split(batch.x_event)
    net = replace(batch, x_est=x_est, x_event=x_event)
    if offset_est is not None and offset_event is not None:
        net = replace(net, y_est=net.y_est - offset_est, y_event=net.y_event - offset_event)
    if not regression.constant:
        return unfitted(net.y_event, net.y_est, batch, np.empty((len(net.y_est), 0)))
    fits = fit_linear(net, batch)
    return replace(fits, coef=regression.report(fits.coef))


def unfitted(ar: Floats, residuals: Floats, batch: Batch, coef: Floats) -> Fits:
    """Fits whose forecast has no error: C = 1, df = M − 1, s the residuals' deviation (ddof 1).

    Args:
        ar: (N, W) abnormal returns over the event days.
        residuals: (N, T) abnormal returns over the estimation window, NaN where missing.
        batch: What was fitted.
        coef: (N, p) coefficients.
    """
    n, width = ar.shape
    valid = np.isfinite(residuals)
    n_obs = valid.sum(axis=1)
    return make_fits(
        coef=coef,
        ar=ar,
        leverage=Leverage.of_roots(np.empty((n, width, 0))),
        residuals=residuals,
        basis=np.where(valid, 1 / np.sqrt(np.maximum(n_obs, 1))[:, None], 0.0)[:, :, None],
        batch=batch,
        df=n_obs - 1,
        singular=np.zeros(n, dtype=bool),
    )


def make_fits(
    *,
    coef: Floats,
    ar: Floats,
    leverage: Leverage,
    residuals: Floats,
    basis: Floats,
    batch: Batch,
    given: Batch | None = None,
    df: Ints,
    singular: Bools,
) -> Fits:
    """Finish a Fits: s from the centred residuals and df, R², and what went wrong where.

    Residuals of a model with a constant have mean zero already; those of a model that
    estimates nothing are centred, which makes s their sample standard deviation.

    Args:
        coef: (N, p) coefficients.
        ar: (N, W) abnormal returns over the event days.
        leverage: What the estimation adds to their variance.
        residuals: (N, T) abnormal returns over the estimation window, NaN where missing.
        basis: (N, T, q) orthonormal basis of the regressors, zero where missing.
        batch: What was fitted.
        given: The returns as they were given, where something was taken off them before.
        df: (N,) degrees of freedom.
        singular: (N,) which have regressors without full rank.
    """
    valid = np.isfinite(residuals)
    n_obs = valid.sum(axis=1)
    ssr = sum_of_squares(residuals, valid)
    sst = sum_of_squares(batch.y_est, valid)
    size = (np.where(valid, (given or batch).y_est, 0.0) ** 2).sum(axis=1)
    problem = np.zeros(len(ar), dtype=np.int64)
    problem[ssr <= PERFECT * size] = Problem.NO_VARIATION
    # Squares of returns so small have few digits or none: what they are is seen in the returns.
    tiny = np.flatnonzero(ssr < SMALLEST**2 * np.maximum(n_obs, 1))
    largest = np.where(valid[tiny], np.abs(batch.y_est[tiny]), 0.0).max(axis=1, initial=0.0)
    small = (largest > 0) & (largest < SMALLEST / np.sqrt(PERFECT))
    problem[tiny[small]] = Problem.TOO_SMALL
    problem[singular] = Problem.COLLINEAR
    problem[df < 1] = Problem.TOO_FEW
    fine = problem == Problem.NONE
    return Fits(
        coef=coef,
        s=np.sqrt(ssr / np.where(fine, df, 1)),
        n_obs=n_obs,
        df=df,
        r_squared=1 - ssr / np.where(sst > 0, sst, 1.0),
        ar=ar,
        leverage=leverage,
        residuals=residuals,
        basis=basis,
        problem=problem,
        noise=np.empty((len(ar), 0)),
        noise_est=np.empty((len(ar), 0)),
    )


def sum_of_squares(values: Floats, valid: Bools) -> Floats:
    """(N,) sums of squares of values (N, T) about the mean over the valid columns."""
    return np.asarray((centred(values, valid) ** 2).sum(axis=1))
