"""Models that are one regression a day: the return, less a given series, on a constant and others.

Said in this form a model can be fitted from running sums as well as from gathered windows, and
its residuals can be had again from its coefficients, without being kept.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from eventstudy.models.kernel.batch import Batch, Floats
from eventstudy.models.kernel.fits import Fits
from eventstudy.models.kernel.least_squares import fit_linear, make_fits
from eventstudy.models.kernel.leverage import Leverage


def as_given(x: Floats) -> tuple[None, Floats]:
    """Nothing is subtracted from the return; all columns are regressors."""
    return None, x


def same(coef: Floats) -> Floats:
    """The coefficients as they are fitted."""
    return coef


@dataclass(frozen=True, slots=True)
class Regression:
    """R − offset = a + x'b + ε, by least squares on the valid sessions."""

    split: Callable[[Floats], tuple[Floats | None, Floats]] = as_given
    """Columns of the design (..., K) → the offset (...) or None, the regressors (..., k)."""
    constant: bool = True
    """Without a constant nothing is fitted: the expected return is the offset."""
    report: Callable[[Floats], Floats] = same
    """Constant and slopes (N, 1 + k) → the coefficients that the model shows."""
    loadings: Callable[[Floats], Floats] = same
    """The way back: shown coefficients → constant and slopes (N, 1 + k)."""

    def expected(self, coef: Floats, x: Floats) -> Floats:
        """(N, W) expected returns from shown coefficients and design columns x (N, W, K)."""
        offset, x = self.split(x)
        if self.constant:
            fitted = self.loadings(coef)
            found = np.einsum("nwk,nk->nw", x, fitted[:, 1:])
            found += fitted[:, :1]
        else:
            found = np.zeros(x.shape[:2])
        return found if offset is None else np.asarray(found + offset)

    def residuals(self, coef: Floats, batch: Batch) -> Floats:
        """(N, T) abnormal returns over the estimation window; NaN where anything is missing."""
        rest: Floats = batch.y_est - self.expected(coef, batch.x_est)
        return rest

    def fit(self, batch: Batch) -> Fits:
        """Fit every observation from its gathered windows."""
        offset_est, x_est = self.split(batch.x_est)
        offset_event, x_event = self.split(batch.x_event)
        net = replace(batch, x_est=x_est, x_event=x_event)
        if offset_est is not None and offset_event is not None:
            net = replace(net, y_est=net.y_est - offset_est, y_event=net.y_event - offset_event)
        if not self.constant:
            return _unfitted(batch, net)
        fits = fit_linear(net, batch)
        return replace(fits, coef=self.report(fits.coef))


def _unfitted(batch: Batch, net: Batch) -> Fits:
    """AR = R − offset; s is the sample standard deviation (ddof 1) of the AR, df = M − 1, C = 1."""
    n, width = net.y_event.shape
    valid = np.isfinite(net.y_est)
    n_obs = valid.sum(axis=1)
    return make_fits(
        coef=np.empty((n, 0)),
        ar=net.y_event,
        leverage=Leverage.of_roots(np.empty((n, width, 0))),
        residuals=net.y_est,
        basis=np.where(valid, 1 / np.sqrt(np.maximum(n_obs, 1))[:, None], 0.0)[:, :, None],
        batch=batch,
        df=n_obs - 1,
        singular=np.zeros(n, dtype=bool),
    )
