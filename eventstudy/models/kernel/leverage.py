"""The forecast error of a linear model: what estimating it adds to the variance of an AR."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from eventstudy.models.kernel.batch import Floats, Ints, Room

ALL = slice(None)


@dataclass(frozen=True, slots=True)
class Leverage:
    """x'(X'X)⁻¹x of N observations on W event days, kept so small that millions fit into memory.

    root_τ = (level, (x_τ − center) @ whiten) with x_τ = rows[of, τ]; the leverage of a day is
    |root_τ|² and that of a window |Σ root_τ|². Observations that share their regressors share
    their rows.
    """

    rows: Floats
    """(U, W, q) regressors of the event days without the constant, often a view; or roots."""
    of: Ints
    """(N,) which of `rows` belongs to an observation."""
    level: Floats
    """(N,) 1/√M of a model with a constant, else 0."""
    center: Floats
    """(N, q) means of the regressors over the estimation window; (N, 0) where rows are roots."""
    whiten: Floats
    """(N, q, q) upper triangular: (x − center) @ whiten has unit sums of squares, uncorrelated;
    (N, 0, 0) where rows are roots."""

    def __len__(self) -> int:
        return len(self.of)

    @classmethod
    def of_roots(cls, roots: Floats) -> Leverage:
        """From written-out roots (N, W, q); q = 0 where the forecast has no error."""
        n = len(roots)
        return cls(roots, np.arange(n), np.zeros(n), np.empty((n, 0)), np.empty((n, 0, 0)))

    @property
    def forecasts(self) -> bool:
        """Whether anything is estimated that a forecast could miss by."""
        return bool(self.rows.shape[2] or self.level.any())

    @property
    def _written(self) -> bool:
        return bool(self.whiten.shape[1] < self.rows.shape[2])

    def root(self) -> Floats:
        """(N, W, q) the roots written out, the constant's part first."""
        x = self.rows[self.of]
        if self._written:
            return x
        level = np.broadcast_to(self.level[:, None, None], (*x.shape[:2], 1))
        return np.concatenate([level, (x - self.center[:, None, :]) @ self.whiten], axis=2)

    def daily(self, days: slice = ALL) -> Floats:
        """(N, W) leverage of each day."""
        x = self.rows[:, days][self.of]
        if self._written:
            return np.asarray((x**2).sum(axis=2))
        found = np.broadcast_to((self.level**2)[:, None], x.shape[:2]).copy()
        for k in range(x.shape[2]):
            x[:, :, k] -= self.center[:, k, None]
        for j in range(x.shape[2]):
            part = x[:, :, 0] * self.whiten[:, 0, j, None]
            for k in range(1, j + 1):
                part += x[:, :, k] * self.whiten[:, k, j, None]
            part *= part
            found += part
        return found

    def total(self, days: slice) -> Floats:
        """(N,) leverage of the sum over the days."""
        rows = self.rows[:, days]
        x = rows.sum(axis=1)[self.of]
        if self._written:
            return np.asarray((x**2).sum(axis=1))
        found: Floats = (rows.shape[1] * self.level) ** 2
        x = x - rows.shape[1] * self.center
        for j in range(x.shape[1]):
            part = x[:, 0] * self.whiten[:, 0, j]
            for k in range(1, j + 1):
                part += x[:, k] * self.whiten[:, k, j]
            found += part**2
        return found

    def take(self, rows: slice | npt.NDArray[Any]) -> Leverage:
        """The observations chosen by a slice, index or mask."""
        return replace(
            self,
            of=self.of[rows],
            level=self.level[rows],
            center=self.center[rows],
            whiten=self.whiten[rows],
        )

    def compact(self) -> Leverage:
        """The same with just the rows that are used, so that it can be saved."""
        used, of = np.unique(self.of, return_inverse=True)
        return replace(self, rows=self.rows[used], of=of.astype(np.int64))

    def room_for(self, n: int, room: Room = np.empty) -> Leverage:
        """Arrays of the same kinds for n observations, to be filled."""
        arrays = (self.rows, self.of, self.level, self.center, self.whiten)
        size = (n if len(self.rows) else 0, n, n, n, n)
        return Leverage(
            *(room((m, *a.shape[1:]), a.dtype) for a, m in zip(arrays, size, strict=True))
        )

    def fill(self, rows: slice | Ints, part: Leverage) -> None:
        """Write a part's observations over these; its rows too where each has rows of its own."""
        if len(self.rows):
            self.rows[rows] = part.rows[part.of]
            self.of[rows] = np.arange(len(self))[rows]
        else:
            self.of[rows] = part.of
        self.level[rows] = part.level
        self.center[rows] = part.center
        self.whiten[rows] = part.whiten


def stack_leverages(parts: Sequence[Leverage]) -> Leverage:
    """Join chunks of observations in their order."""
    starts = np.cumsum([0, *(len(part.rows) for part in parts)])
    return Leverage(
        np.concatenate([part.rows for part in parts]),
        np.concatenate([part.of + start for part, start in zip(parts, starts, strict=False)]),
        np.concatenate([part.level for part in parts]),
        np.concatenate([part.center for part in parts]),
        np.concatenate([part.whiten for part in parts]),
    )
