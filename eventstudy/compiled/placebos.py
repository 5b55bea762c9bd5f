"""Placebo runs of one observation after the other, each run left out of its fit, as machine code.

The figures of `significance.sums.placebo_runs`, which explains them. What leaving a run out
changes in the fit depends on the regressors alone: it is computed once for consecutive observations
with the same regressors on the same sessions, such as those of one date.
"""

from __future__ import annotations

import numpy as np

from eventstudy.arrays import Floats, Ints
from eventstudy.compiled.kernel import kernel

Limits = tuple[float, float, float]
"""SINGULAR, LITTLE and NOTHING of `placebo_runs`."""

MOSTLY_FIT = 100.0
"""A fit of so many times the squared residuals is removed a second time, for accuracy."""


@kernel
def _product(a: Floats, b: Floats) -> float:
    """Σ ab of rows, in four sums that a processor adds side by side."""
    s0 = s1 = s2 = s3 = 0.0
    for g in range(len(a) // 4):
        s0 += a[4 * g] * b[4 * g]
        s1 += a[4 * g + 1] * b[4 * g + 1]
        s2 += a[4 * g + 2] * b[4 * g + 2]
        s3 += a[4 * g + 3] * b[4 * g + 3]
    for t in range(len(a) - len(a) % 4, len(a)):
        s0 += a[t] * b[t]
    return (s0 + s1) + (s2 + s3)


@kernel
def regression_windows(
    returns: Floats,
    x: Floats,
    offset: Floats,
    wanted: Floats,
    asset: Ints,
    design: Ints,
    first: Ints,
    own: Ints,
    constant: bool,
) -> tuple[Floats, Floats, Ints]:
    """Fit n estimation windows of T sessions by least squares on a constant and k regressors.

    Args:
        returns: (A, S) NaN where missing.
        x: (D, k, S) regressors.
        offset: (D, S) subtracted from the return; NaN where anything of a design is missing.
        wanted: (T,) 0, or NaN for sessions between two estimation windows.
        asset: (n,) row of `returns`.
        design: (n,) row of `x`.
        first: (n,) session at which the window begins; it may lie outside.
        own: (n, 2) first and last place among the T that an observation may use.
        constant: False where nothing is fitted: the residual is what `offset` leaves.

    Returns:
        Residuals (n, T), NaN where missing; orthonormal regressors (U, 1 + k, T), 0 where missing;
        and which of them are an observation's (n,).
    """
    n, size, k = len(asset), len(wanted), x.shape[1]
    residuals, bases, of = np.empty((n, size)), np.empty((n, 1 + k, size)), np.empty(n, np.int64)
    seen, shape, e, used = np.empty(size), np.full(size, -1.0), np.empty(size), 0
    for i in range(n):
        begin, mine = first[i], design[i]
        low = min(max(own[i, 0], -begin, 0), size)
        high = max(min(own[i, 1] + 1, returns.shape[1] - begin, size), low)
        for t in range(size):
            seen[t] = e[t] = 0.0
        y, off = returns[asset[i], begin + low : begin + high], offset[mine, begin + low :]
        without, values, there = wanted[low:], e[low:], seen[low:]
        for t in range(len(y)):
            value = y[t] - off[t] + without[t]
            fine = value - value == 0.0  # neither missing nor infinite
            values[t] = value if fine else 0.0
            there[t] = 1.0 if fine else 0.0
        differ = 0
        for t in range(size):
            differ += seen[t] != shape[t]
        if i == 0 or differ or begin != first[i - 1] or mine != design[i - 1]:
            shape[:] = seen
            _orthonormal(x[mine], begin, seen, bases[used])
            used += 1
        of[i] = used - 1
        basis = bases[used - 1]
        for _ in range(2 if constant else 0):
            explained = 0.0
            for j in range(1 + k):
                row, slope = basis[j], -_product(basis[j], e)
                explained += slope * slope
                for t in range(size):
                    e[t] += slope * row[t]
            if explained <= MOSTLY_FIT * _product(e, e):
                break
        for t in range(size):
            residuals[i, t] = e[t] if seen[t] > 0 else np.nan
    return residuals, bases[:used], of


@kernel
def _orthonormal(x: Floats, first: int, seen: Floats, basis: Floats) -> None:
    """The constant and x (k, S), orthonormalised twice by Gram-Schmidt over the valid sessions."""
    for j in range(len(basis)):
        row = basis[j]
        for t in range(len(seen)):
            row[t] = 0.0 if seen[t] == 0 else 1.0 if j == 0 else x[j - 1, first + t]
        for _ in range(2):
            for i in range(j):
                other, slope = basis[i], -_product(basis[i], row)
                for t in range(len(seen)):
                    row[t] += slope * other[t]
            size = np.sqrt(_product(row, row))
            for t in range(len(seen)):
                row[t] /= size


@kernel
def left_out_statistics(
    residuals: Floats,
    bases: Floats,
    of: Ints,
    noise: Floats,
    df: Ints,
    scale: Floats,
    length: int,
    forecasts: bool,
    limits: Limits,
) -> Floats:
    """(n, R) SCAR of every run of `length` sessions left out of its own fit, NaN where it is none.

    Args:
        residuals: (n, T) NaN where missing.
        bases: (U, q, T) orthonormal regressors, 0 where missing.
        of: (n,) which of them are an observation's.
        noise: (n, T) variance of each session's error over s²; (n, 0) where it is 1 throughout.
        df: (n,) degrees of freedom of the whole fit.
        scale: (n,) the model's s over √(SSR/df).
        length: Sessions in a run, at most T.
        forecasts: Whether the model estimates its expected return.
        limits: SINGULAR, LITTLE and NOTHING.
    """
    (n, size), q = residuals.shape, bases.shape[1]
    runs, pairs = size - length + 1, q * (q + 1) // 2
    statistics, taken = np.empty((n, runs)), np.empty((pairs + q + 1, runs))
    rows, sums = np.empty((pairs + q + 2, size)), np.empty((pairs + q + 2, runs))
    e, abnormal, seen, spread = np.empty(size), np.empty(size), np.empty(size), np.empty(size)
    for i in range(n):
        for t in range(size):
            there = residuals[i, t] == residuals[i, t]
            seen[t] = 1.0 if there else 0.0
            abnormal[t] = residuals[i, t] if there else 0.0
        if noise.shape[1]:
            for t in range(size):
                spread[t] = np.sqrt(noise[i, t]) if seen[t] > 0 else 0.0
                e[t] = abnormal[t] / spread[t] if seen[t] > 0 else 0.0
        else:
            mean = _product(abnormal, seen) / _product(seen, seen)
            for t in range(size):
                spread[t] = seen[t]
                e[t] = (abnormal[t] - mean) * seen[t]
        basis = bases[of[i]]
        if i == 0 or of[i] != of[i - 1]:
            _leave_out(basis, seen, spread, forecasts, limits[0], taken, rows, sums)
        if df[i] > length:
            weight = scale[i] * scale[i] / (df[i] - length)
            _studentise(basis, e, abnormal, weight, limits, taken, rows, sums, statistics[i])
        else:
            for r in range(runs):
                statistics[i, r] = np.nan
    return statistics


@kernel
def _run_totals(rows: Floats, count: int, sums: Floats) -> None:
    """Sums over every run; nothing is subtracted, so that a shock affects only its own runs."""
    runs = sums.shape[1]
    length = rows.shape[1] - runs + 1
    for p in range(count):
        row, total = rows[p], sums[p]
        for r in range(runs):
            total[r] = row[r]
        for offset in range(1, length):
            ahead = row[offset:]
            for r in range(runs):
                total[r] += ahead[r]


@kernel
def _at(i: int, j: int) -> int:
    """The place of an element of a symmetric matrix in its lower triangle, row by row."""
    return i * (i + 1) // 2 + j if i >= j else j * (j + 1) // 2 + i


@kernel
def _leave_out(
    basis: Floats,
    seen: Floats,
    spread: Floats,
    forecasts: bool,
    singular: float,
    taken: Floats,
    rows: Floats,
    sums: Floats,
) -> None:
    """Write what leaving out each run changes in the fit into the rows of `taken`.

    With B a run and K = (I − Q_B'Q_B)⁻¹: the lower triangle of K, off-diagonal elements
    doubled; (Σq)'K; and the variance of the forecast over s², NaN where a session is missing or
    those outside the run do not determine the fit.
    """
    (q, size), runs = basis.shape, taken.shape[1]
    pairs, length = q * (q + 1) // 2, size - runs + 1
    variance = taken[pairs + q]
    for i in range(q):
        one = basis[i]
        for j in range(i + 1):
            row, other = rows[_at(i, j)], basis[j]
            for t in range(size):
                row[t] = one[t] * other[t]
        row = rows[pairs + i]
        for t in range(size):
            row[t] = one[t] * spread[t]
    complete, own = rows[pairs + q], rows[pairs + q + 1]
    for t in range(size):
        complete[t] = seen[t]
        own[t] = spread[t] * spread[t]
    _run_totals(rows, pairs + q + 2, sums)
    for p in range(pairs):
        row, total = taken[p], sums[p]
        for r in range(runs):
            row[r] = -total[r]
    for i in range(q):
        row = taken[_at(i, i)]
        for r in range(runs):
            row[r] += 1.0
    det, whole, own = rows[0], sums[pairs + q], sums[pairs + q + 1]
    _invert(taken, q, det, rows[1], rows[2])
    for r in range(runs):
        fine = whole[r] > length - 0.5
        # No eigenvalue is above 1, so the smallest is not below their product.
        if fine and not det[r] > 2 * singular:
            fine = _determines(sums, r, q, singular)
        variance[r] = own[r] if fine else np.nan
        if not fine:
            for p in range(pairs):
                taken[p, r] = 0.0
    for i in range(q):
        row, total = taken[pairs + i], sums[pairs + i]
        for r in range(runs):
            row[r] = 0.0
        for j in range(q if forecasts else 0):
            other, element = sums[pairs + j], taken[_at(i, j)]
            for r in range(runs):
                row[r] += other[r] * element[r]
        for r in range(runs):
            variance[r] += row[r] * total[r]
    for i in range(q):
        for j in range(i):
            row = taken[_at(i, j)]
            for r in range(runs):
                row[r] *= 2.0


@kernel
def _invert(matrices: Floats, q: int, det: Floats, inverse: Floats, ratio: Floats) -> None:
    """Invert R symmetric matrices side by side, whose lower triangles are the first rows.

    Pivot by pivot, down the diagonal; `det` is 0 where one is not positive.
    """
    runs = matrices.shape[1]
    for r in range(runs):
        det[r] = 1.0
    for k in range(q):
        pivot = matrices[_at(k, k)]
        for r in range(runs):
            det[r] = det[r] * pivot[r] if pivot[r] > 0 else 0.0
            inverse[r] = 1 / pivot[r]
            pivot[r] = -inverse[r]
        for i in range(q):
            if i != k:
                row = matrices[_at(i, k)]
                for r in range(runs):
                    ratio[r] = row[r] * inverse[r]
                for j in range(i + 1):
                    if j != k:
                        other, element = matrices[_at(j, k)], matrices[_at(i, j)]
                        for r in range(runs):
                            element[r] -= ratio[r] * other[r]
        for i in range(q):
            if i != k:
                row = matrices[_at(i, k)]
                for r in range(runs):
                    row[r] *= inverse[r]
    for p in range(q * (q + 1) // 2):
        row = matrices[p]
        for r in range(runs):
            row[r] = -row[r]


@kernel
def _determines(sums: Floats, r: int, q: int, singular: float) -> bool:
    """Whether the smallest eigenvalue of I − Q_B'Q_B exceeds a limit, from Q_B'Q_B of run r.

    It does if all pivots stay positive once the limit is subtracted from the diagonal (Sylvester).
    """
    matrix = np.empty((q, q))
    for i in range(q):
        for j in range(q):
            matrix[i, j] = -sums[_at(i, j), r]
        matrix[i, i] += 1 - singular
    for k in range(q):
        if not matrix[k, k] > 0:
            return False
        for i in range(k + 1, q):
            for j in range(k + 1, q):
                matrix[i, j] -= matrix[i, k] * matrix[k, j] / matrix[k, k]
    return True


@kernel
def _studentise(
    basis: Floats,
    e: Floats,
    abnormal: Floats,
    weight: float,
    limits: Limits,
    taken: Floats,
    rows: Floats,
    sums: Floats,
    z: Floats,
) -> None:
    """SCAR of every run of one observation, into z (R,); `weight` is scale²/(df − length)."""
    (q, size), runs = basis.shape, len(z)
    pairs = q * (q + 1) // 2
    variance = taken[pairs + q]
    squares, given = rows[0], rows[1]
    for t in range(size):
        squares[t] = e[t] * e[t]
        given[t] = abnormal[t]
    for i in range(q):
        row, one = rows[2 + i], basis[i]
        for t in range(size):
            row[t] = one[t] * e[t]
    ssr = _product(e, e)
    _run_totals(rows, q + 2, sums)
    left, car = sums[0], sums[1]
    for r in range(runs):
        left[r] = ssr - left[r]
    for i in range(q):
        one, part = sums[2 + i], taken[pairs + i]
        for r in range(runs):
            car[r] += part[r] * one[r]
        for j in range(i + 1):
            other, form = sums[2 + j], taken[_at(i, j)]
            for r in range(runs):
                left[r] -= form[r] * one[r] * other[r]
    little, low = limits[1] * ssr, 0
    for r in range(runs):
        low += left[r] < little
    if low:
        for r in range(runs):
            # Where the run has nearly all of the squares, the difference is mostly rounding error.
            if left[r] < little and variance[r] > 0:
                left[r] = _squares_left(basis, e, size - runs + 1, taken, sums, r)
                if not left[r] > limits[2] * ssr:  # fitted without a residual
                    left[r] = np.nan
    for r in range(runs):
        z[r] = car[r] / np.sqrt(left[r] * variance[r] * weight)


@kernel
def _squares_left(
    basis: Floats, e: Floats, length: int, taken: Floats, sums: Floats, r: int
) -> float:
    """The sum of squared residuals without run r, session by session."""
    q = len(basis)
    solved = np.zeros(q)
    for i in range(q):
        for j in range(q):
            solved[i] += taken[_at(i, j), r] * sums[2 + j, r] * (1.0 if i == j else 0.5)
    total = 0.0
    for t in range(len(e)):
        if t < r or t >= r + length:
            refitted = e[t]
            for i in range(q):
                refitted += basis[i, t] * solved[i]
            total += refitted * refitted
    return total
