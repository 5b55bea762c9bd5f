"""Placebos of observations without a gap, where all that depends on the regressors is shared.

The same figures as `placebo_statistics`: the observations of one date have the same regressors, so
what a left-out run takes from the fit is found once for the date, and each observation is left
with running sums of its residuals.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from eventstudy.models.kernel.batch import Floats, Ints
from eventstudy.significance.sums.placebo_runs import (
    LITTLE,
    NOTHING,
    SINGULAR,
    least_eigenvalue,
    running_totals,
    solve,
    squares_left,
)


@dataclass(frozen=True, slots=True)
class DateRuns:
    """What every run of sessions takes from a fit, for D dates; k regressors and the constant.

    With q the orthonormal regressors and B a run left out, K = (I − Σ_B qq')⁻¹: the forecast of the
    run misses by Σe + (Σq)'K(Σqe), its variance is L + (Σq)'K(Σq), and the sum of squared
    residuals without it is SSR − Σe² − (Σqe)'K(Σqe).
    """

    basis: Floats
    """(D, k, T) orthonormal regressors beside the constant."""
    share: Floats
    """(D, runs, 1 + k) what Σqe adds to the miss."""
    form: Floats
    """(D, runs, 1 + k, 1 + k) the quadratic form in Σqe."""
    variance: Floats
    """(D, runs); NaN where the run leaves nothing to estimate from."""
    length: int


def date_runs(x: Floats, length: int) -> DateRuns:
    """What the runs of each date take.

    Args:
        x: (D, T, k) regressors, the constant not among them.
        length: Sessions in a run.
    """
    dates, sessions, k = x.shape
    constant = np.full((dates, sessions, 1), 1 / np.sqrt(sessions))
    basis = np.concatenate([constant, np.linalg.qr(x - x.mean(axis=1, keepdims=True))[0]], axis=2)
    outer = basis[:, :, :, None] * basis[:, :, None, :]
    inner = np.eye(1 + k) - running_totals(outer, length)
    usable = least_eigenvalue(inner) > SINGULAR
    inner = np.where(usable[:, :, None, None], inner, np.eye(1 + k))
    form = np.stack(
        [solve(inner, np.broadcast_to(unit, inner.shape[:3])) for unit in np.eye(1 + k)], axis=3
    )
    total = running_totals(basis, length)
    share = np.einsum("drk,drkl->drl", total, form)
    variance = length + np.einsum("drk,drk->dr", share, total)
    rows = np.ascontiguousarray(np.swapaxes(basis[:, :, 1:], 1, 2))
    return DateRuns(rows, share, form, np.where(usable, variance, np.nan), length)


def run_statistics(runs: DateRuns, date: Ints, residuals: Floats, df: Ints) -> Floats:
    """(n, runs) SCAR of every run left out.

    Args:
        runs: What the runs of each date take from a fit.
        date: (n,) which of these dates is an observation's.
        residuals: (n, T) over the estimation window, without a gap.
        df: (n,) degrees of freedom of the whole fit.
    """
    length, t = runs.length, residuals.shape[1]
    # In place wherever it can be: fresh memory costs more than the arithmetic.
    k = runs.basis.shape[1]
    left = df - length
    work = residuals * residuals
    ssr = work.sum(axis=1, keepdims=True)
    ssr_left = ssr - running_totals(work, length)
    sums = [running_totals(residuals, length)]
    miss = sums[0] * (1 + runs.share[:, :, 0] / np.sqrt(t))[date]
    sums[0] = sums[0] / np.sqrt(t)
    spare = np.empty_like(miss)
    for j in range(k):
        np.multiply(residuals, runs.basis[date, j], out=work)
        sums.append(running_totals(work, length) if length > 1 else work.copy())
        miss += np.multiply(sums[1 + j], runs.share[:, :, 1 + j][date], out=spare)
    for i in range(1 + k):
        for j in range(i, 1 + k):
            weight = runs.form[:, :, i, j] * (1 if i == j else 2)
            np.multiply(sums[i], sums[j], out=spare)
            spare *= weight[date]
            ssr_left -= spare
    rows, first = np.nonzero((ssr_left < LITTLE * ssr) & (left >= 1)[:, None])
    if len(rows):
        own = date[rows]
        taken = np.stack([total[rows, first] for total in sums], axis=1)
        solved = np.einsum("nkl,nl->nk", runs.form[own, first], taken)
        constant = np.full((len(rows), t, 1), 1 / np.sqrt(t))
        basis = np.concatenate([constant, np.swapaxes(runs.basis[own], 1, 2)], axis=2)
        ssr_left[rows, first] = squares_left(residuals[rows], basis, solved, first, length)
    usable = (ssr_left > NOTHING * ssr) & (left >= 1)[:, None]
    whole = bool(usable.all())
    if not whole:
        ssr_left[~usable] = 1.0
    error = ssr_left
    error *= runs.variance[date] / np.maximum(left, 1)[:, None]
    np.sqrt(error, out=error)
    miss /= error
    if not whole:
        miss[~usable] = np.nan
    return np.asarray(miss)
