"""The estimation windows of a group: kept from the fit, or computed again a block at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeVar, cast

import numpy as np

from eventstudy.models.kernel.batch import Floats, Ints, Panel, Positions, estimation_batch
from eventstudy.models.kernel.fits import Fits
from eventstudy.models.kernel.running_sums import distant
from eventstudy.models.registry import Model
from eventstudy.significance.sums.moments import window_values
from eventstudy.spec import StudySpec, Window

BLOCK = 1_024
"""Observations whose estimation windows are in memory at once."""

Made = TypeVar("Made")


@dataclass(frozen=True)
class Block:
    """Some observations of a group with their estimation windows."""

    fits: Fits
    positions: Positions
    residuals: Floats
    """(n, T) abnormal returns over the estimation window; NaN where missing."""
    spec: StudySpec

    def scores(self, windows: Sequence[Window]) -> Floats:
        """(n, Q) SAR or SCAR over each window; NaN where a day is missing."""
        return np.concatenate([z for _, z in window_values(self.fits, self.spec.span, windows)], 1)

    def once(self, make: Callable[[Block], Made]) -> Made:
        """What `make` finds for this block, found once however many ask for it."""
        if make not in self._made:
            self._made[make] = make(self)
        return cast("Made", self._made[make])

    @cached_property
    def _made(self) -> dict[Callable[[Block], Any], Any]:
        return {}


@dataclass(frozen=True)
class Windows:
    """Gives the residuals of any of N observations."""

    fits: Fits
    positions: Positions
    panel: Panel
    model: Model
    spec: StudySpec

    @property
    def width(self) -> int:
        """Sessions from the first to the last of the estimation window, T."""
        days = self.spec.estimation_days
        return max(days) - min(days) + 1

    @property
    def kept(self) -> bool:
        """Whether the residuals are in memory."""
        return bool(self.fits.residuals.shape[1])

    def residuals(self, rows: slice | Ints) -> Floats:
        """(n, T) of these observations."""
        if self.kept or self.model.regression is None:
            return self.fits.residuals[rows]
        at = self.positions.take(rows)
        batch = estimation_batch(self.panel, at, self.spec.estimation_days)
        found = self.model.regression.residuals(self.fits.coef[rows], batch)
        far = np.flatnonzero(self.distant[rows])
        if len(far):
            found[far] = self.model.fit(batch.take(far)).residuals
        return found

    @cached_property
    def distant(self) -> np.ndarray[Any, np.dtype[np.bool_]]:
        """(N,) which residuals coefficients alone would give with too few digits."""
        regression, fits = self.model.regression, self.fits
        if regression is None or not regression.constant:
            return np.zeros(len(fits), dtype=bool)
        return distant(regression.loadings(fits.coef), fits.leverage.center, fits.s)

    def slices(self) -> list[slice]:
        """All observations in their order, a block each."""
        return [slice(start, start + BLOCK) for start in range(0, len(self.fits), BLOCK)]

    def block(self, rows: slice) -> Block:
        """These observations."""
        return Block(
            self.fits.take(rows), self.positions.take(rows), self.residuals(rows), self.spec
        )

    def blocks(self) -> Iterator[Block]:
        """All blocks, one at a time."""
        return map(self.block, self.slices())

    @cached_property
    def complete(self) -> np.ndarray[Any, np.dtype[np.bool_]]:
        """(N,) which observations miss no session of the estimation window."""
        return np.asarray(self.fits.n_obs == len(self.spec.estimation_days))
