"""Triangular factors of stacks of small matrices, with the same last digits on every processor.

LAPACK's depend on the processor's instructions; for the few columns of a model these are no slower.
"""

from __future__ import annotations

import numpy as np

from eventstudy.arrays import Floats


def cholesky(matrices: Floats) -> Floats:
    """The lower triangular L with L L' = A for each A; NaN where A is not positive definite.

    Args:
        matrices: (N, K, K) symmetric.
    """
    lower = np.zeros_like(matrices)
    for k in range(matrices.shape[1]):
        before = np.einsum("nij,nj->ni", lower[:, k:, :k], lower[:, k, :k])
        column = matrices[:, k:, k] - before
        pivot = np.where(column[:, :1] > 0, column[:, :1], np.nan)
        lower[:, k:, k] = column / np.sqrt(pivot)
    return lower


def solve_lower(lower: Floats, right: Floats) -> Floats:
    """The X with L X = B for each lower triangular L (N, K, K) and B (N, K, M).

    Args:
        lower: (N, K, K).
        right: (N, K, M).
    """
    solved = np.array(right)
    for k in range(lower.shape[1]):
        solved[:, k] -= np.einsum("nj,njm->nm", lower[:, k, :k], solved[:, :k])
        solved[:, k] /= lower[:, k, k, None]
    return solved
