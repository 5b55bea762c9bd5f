"""The regressors of a model that is one regression a day, laid out by session for loops."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from eventstudy.models.kernel.batch import Bools, Floats
from eventstudy.models.kernel.regression import ReturnRegression


@dataclass(frozen=True, slots=True)
class Regressors:
    """Offsets and regressors of D designs."""

    offset: Floats
    """(D, T) subtracted from the return; (D, 0) for nothing."""
    x: Floats
    """(D, k, T) regressors without the constant; k = 0 where nothing is fitted."""
    constant: bool
    """Whether anything is fitted."""

    @classmethod
    def of(cls, regression: ReturnRegression, designs: Floats) -> Regressors:
        """Split designs (D, T, K)."""
        offset, x = regression.split(designs)
        kept = x if regression.constant else x[..., :0]
        none = np.empty((len(designs), 0))
        return cls(
            none if offset is None else np.ascontiguousarray(offset),
            np.ascontiguousarray(np.swapaxes(kept, 1, 2)),
            regression.constant,
        )

    @property
    def parameters(self) -> int:
        """Constant and slopes, 1 + k; 0 where nothing is fitted."""
        return 1 + self.x.shape[1] if self.constant else 0

    @property
    def known(self) -> Bools:
        """(D, T) the sessions on which nothing is missing."""
        known: Bools = np.asarray(np.isfinite(self.x).all(axis=1))
        if self.offset.shape[1]:
            known &= np.isfinite(self.offset)
        return known
