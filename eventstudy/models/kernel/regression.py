"""Models that are one regression a day: the return, less a given series, on a constant and others.

In this form a model can be fitted from sums by blocks as well as from gathered windows, and its
residuals can be computed again from its coefficients instead of being kept. This module describes
the model; `least_squares` and `many` fit it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from eventstudy.models.kernel.batch import Batch, Bools, Floats

DISTANT = 1e4
"""Means this many times the spread cost as many digits, where they are carried by a constant."""


def as_given(x: Floats) -> tuple[None, Floats]:
    """Nothing is subtracted from the return; all columns are regressors."""
    return None, x


def unchanged(coef: Floats) -> Floats:
    """The coefficients as they are fitted."""
    return coef


@dataclass(frozen=True, slots=True)
class ReturnRegression:
    """R − offset = a + x'b + ε, by least squares on the valid sessions."""

    split: Callable[[Floats], tuple[Floats | None, Floats]] = as_given
    """Columns of the design (..., K) → the offset (...) or None, the regressors (..., k)."""
    constant: bool = True
    """Without a constant nothing is fitted: the expected return is the offset."""
    report: Callable[[Floats], Floats] = unchanged
    """Constant and slopes (N, 1 + k) → the coefficients that the model shows."""
    loadings: Callable[[Floats], Floats] = unchanged
    """The way back: shown coefficients → constant and slopes (N, 1 + k)."""

    def residuals(self, coef: Floats, batch: Batch) -> Floats:
        """(N, T) abnormal returns over the estimation window; NaN where anything is missing.

        Args:
            coef: (N, K) coefficients as the model shows them.
            batch: The windows.
        """
        offset, x = self.split(batch.x_est)
        if self.constant:
            fitted = self.loadings(coef)
            expected = np.einsum("nwk,nk->nw", x, fitted[:, 1:])
            expected += fitted[:, :1]
        else:
            expected = np.zeros(x.shape[:2])
        return np.asarray(batch.y_est - (expected if offset is None else expected + offset))


PLAIN = ReturnRegression()
"""R = a + x'b + ε on all columns of the design."""


def distant(fitted: Floats, center: Floats, s: Floats) -> Bools:
    """(n,) whether residuals cannot be recomputed from constant and slopes to four digits of s.

    They cannot where the parts of the fit are so much larger, at the regressors' means, than what
    is left when they are taken off each other.

    Args:
        fitted: (n, 1 + k) constant and slopes.
        center: (n, k) means of the regressors.
        s: (n,) residual standard deviations.
    """
    parts = np.abs(fitted[:, 0]) + np.abs(fitted[:, 1:] * center).sum(axis=1)
    return np.asarray(parts > DISTANT * s)
