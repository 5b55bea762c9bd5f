"""The hand-off from the normal-return models to the tests, and the sums over windows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from enum import IntEnum
from typing import Any

import numpy as np
import numpy.typing as npt
from numpy.lib.stride_tricks import as_strided

from eventstudy.arrays import product
from eventstudy.models.kernel.batch import Floats, Ints, Room, Rows, columns_of
from eventstudy.spec.windows import Window


class Problem(IntEnum):
    """Why an observation could not be fitted; the text fills in what the caller knows."""

    NONE = 0
    TOO_FEW = 1
    COLLINEAR = 2
    NO_VARIATION = 3
    NO_CONVERGENCE = 4
    TOO_SMALL = 5

    @property
    def text(self) -> str:
        """The reason, with places for n_obs, needed and estimation."""
        return _PROBLEM_TEXTS[self]


_PROBLEM_TEXTS = {
    Problem.NONE: "",
    Problem.TOO_FEW: "{n_obs} valid returns in the estimation window {estimation}, {needed}",
    Problem.COLLINEAR: "the regressors are constant or collinear over the estimation window "
    "{estimation}, so the model has no unique fit",
    Problem.NO_VARIATION: "the model fits the estimation window {estimation} without any residual "
    "(constant or copied returns), so nothing can be tested",
    Problem.NO_CONVERGENCE: "the model's fit did not converge over the estimation window "
    "{estimation}",
    Problem.TOO_SMALL: "the returns vary by less than 1e-30 over the estimation window "
    "{estimation}, too little to compute with; give returns in decimals",
}


@dataclass(frozen=True, slots=True)
class Leverage:
    """What estimating a linear model adds to the variance of its forecasts: x'(X'X)⁻¹x.

    Of N observations on W event days, kept so small that millions fit into memory:
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
    def _rows_are_roots(self) -> bool:
        return bool(self.whiten.shape[1] < self.rows.shape[2])

    @property
    def one_row(self) -> Floats | None:
        """(q, S) the regressors of which `rows` are overlapping slices, `of` being their starts.

        None where each observation has rows of its own.
        """
        if not self._overlap:
            return None
        pieces, width, columns = self.rows.shape
        shape, (step, _, across) = (pieces + width - 1, columns), self.rows.strides
        whole = as_strided(self.rows, shape, (step, across), writeable=False)
        return np.ascontiguousarray(whole.T)

    @property
    def _overlap(self) -> bool:
        """Whether `rows` are slices of one row of sessions, each beginning a session later."""
        step, along = self.rows.strides[:2]
        return not self._rows_are_roots and step == along and len(self.rows) > 1

    def root(self) -> Floats:
        """(N, W, q) the roots written out, the constant's part first."""
        x = self.rows[self.of]
        if self._rows_are_roots:
            return x
        level = np.broadcast_to(self.level[:, None, None], (*x.shape[:2], 1))
        return np.concatenate([level, product(x - self.center[:, None, :], self.whiten)], axis=2)

    def daily(self, days: slice = slice(None)) -> Floats:
        """(N, W) leverage of each day of a slice of the event days."""
        x = self.rows[:, days][self.of]
        if self._rows_are_roots:
            return np.asarray((x**2).sum(axis=2))
        return self._squares(x, 1)

    def _squares(self, x: Floats, days: int) -> Floats:
        """(N, W) squared length of roots; `x` (N, W, k) holds sums over so many days.

        It is written over.
        """
        total = np.broadcast_to(((days * self.level) ** 2)[:, None], x.shape[:2]).copy()
        for k in range(x.shape[2]):
            x[:, :, k] -= days * self.center[:, k, None]
        # Column by column: products of many small matrices take up to half as long again.
        for j in range(x.shape[2]):
            part = x[:, :, 0] * self.whiten[:, 0, j, None]
            for k in range(1, j + 1):
                part += x[:, :, k] * self.whiten[:, k, j, None]
            part *= part
            total += part
        return total

    def total(self, days: slice) -> Floats:
        """(N,) leverage of the sum over a slice of the event days."""
        rows = self.rows[:, days]
        x = rows.sum(axis=1)[self.of]
        if self._rows_are_roots:
            return np.asarray((x**2).sum(axis=1))
        return self._squares(x[:, None, :], rows.shape[1])[:, 0]

    def take(self, rows: Rows) -> Leverage:
        """The observations chosen by a slice, index or mask; `rows` stay as they are."""
        return replace(self, **{name: getattr(self, name)[rows] for name in _BY_OBSERVATION})

    def block(self, rows: slice) -> Leverage:
        """The observations of a slice, with just their rows where each has rows of its own."""
        return self.take(rows) if self._overlap else self.take(rows).compact()

    def compact(self) -> Leverage:
        """The same with just the rows that are used, so that it can be saved."""
        used, of = np.unique(self.of, return_inverse=True)
        return replace(self, rows=self.rows[used], of=of.astype(np.int64))

    def room_for(self, n: int, room: Room = np.empty) -> Leverage:
        """Arrays of the same kinds for n observations, to be filled; rows where each has its own.

        Args:
            n: Number of observations.
            room: Makes the arrays.
        """
        own = _room_like(self, ("rows",), n if len(self.rows) else 0, room)
        return Leverage(**own, **_room_like(self, _BY_OBSERVATION, n, room))

    def fill(self, rows: slice | Ints, part: Leverage) -> None:
        """Write a part's observations over these; its rows too where each has rows of its own."""
        if len(self.rows):
            self.rows[rows] = part.rows[part.of]
            self.of[rows] = np.arange(len(self))[rows]
        else:
            self.of[rows] = part.of
        for name in _BY_OBSERVATION[1:]:
            getattr(self, name)[rows] = getattr(part, name)


_BY_OBSERVATION = ("of", "level", "center", "whiten")
"""The arrays of Leverage whose first axis runs over the observations."""


def _room_like(
    owner: object, names: Sequence[str], n: int, room: Room
) -> dict[str, npt.NDArray[Any]]:
    """Arrays of the kinds that `owner` has, each with a first axis of n."""
    arrays = {name: getattr(owner, name) for name in names}
    return {name: room((n, *like.shape[1:]), like.dtype) for name, like in arrays.items()}


def _join_leverages(parts: Sequence[Leverage]) -> Leverage:
    starts = np.cumsum([0, *(len(part.rows) for part in parts)])
    moved = [
        replace(part, of=part.of + start) for part, start in zip(parts, starts[:-1], strict=True)
    ]
    names = [field.name for field in fields(Leverage)]
    return Leverage(**{n: np.concatenate([getattr(part, n) for part in moved]) for n in names})


@dataclass(frozen=True, slots=True)
class Fits:
    """A normal-return model fitted to N observations, with its forecasts.

    With C = 1 + |root_τ|² the forecast-error variance of an AR is s²C, and that of a CAR
    over L days is s²V, V = L + |Σ_τ root_τ|² (root = the regressor row, constant included,
    times a square root of (X'X)⁻¹; `leverage` holds it). Where the error's own variance changes
    from day to day (GARCH), `noise` replaces the 1 of each day.
    """

    coef: Floats
    """(N, p) coefficients, the constant first where there is one."""
    s: Floats
    """(N,) residual standard deviation, √(SSR / df)."""
    n_obs: Ints
    """(N,) valid estimation sessions, M."""
    df: Ints
    """(N,) degrees of freedom, M − k."""
    r_squared: Floats
    """(N,) share of the variance of the return that the model explains."""
    ar: Floats
    """(N, W) abnormal returns over the event days; NaN where the return is missing."""
    leverage: Leverage
    """The forecast error of each event day, beside the variance of the day itself."""
    residuals: Floats
    """(N, T) abnormal returns over the estimation window, NaN where missing; (N, 0) where they
    are computed again when somebody asks."""
    basis: Floats
    """(N, T, q) orthonormal basis of the estimation regressors; zero where missing."""
    problem: Ints
    """(N,) a Problem; where it is not NONE, the other figures mean nothing."""
    noise: Floats
    """(N, W) variance of each event day's own error over s²; (N, 0) where it is 1 throughout."""
    noise_est: Floats
    """(N, T) the same of the estimation sessions; (N, 0) where it is 1 throughout."""

    def __len__(self) -> int:
        return len(self.s)

    @property
    def root(self) -> Floats:
        """(N, W, q) the roots of the forecast-error leverage, written out."""
        return self.leverage.root()

    def with_rows(self, rows: Floats) -> Fits:
        """The same with other rows of the leverage."""
        return replace(self, leverage=replace(self.leverage, rows=rows))

    def without_basis(self) -> Fits:
        """The same without what only the placebo test needs, which is most of the memory."""
        return replace(self, basis=self.basis[:, :, :0], noise_est=self.noise_est[:, :0])

    def without_estimation(self) -> Fits:
        """The same without the residuals and basis of the estimation window."""
        return replace(
            self,
            residuals=self.residuals[:, :0],
            basis=self.basis[:, :0, :0],
            noise_est=self.noise_est[:, :0],
        )

    def take(self, rows: Rows) -> Fits:
        """The observations chosen by a slice, index or mask."""
        taken = {name: getattr(self, name)[rows] for name in ARRAYS}
        return Fits(**taken, leverage=self.leverage.take(rows))

    def block(self, rows: slice) -> Fits:
        """The observations of a slice; nothing outside it is looked at when they are summed."""
        taken = {name: getattr(self, name)[rows] for name in ARRAYS}
        return Fits(**taken, leverage=self.leverage.block(rows))

    def room_for(self, n: int, room: Room = np.empty) -> Fits:
        """Arrays of the same kinds for n observations, to be filled.

        Args:
            n: Number of observations.
            room: Makes the arrays.
        """
        arrays = _room_like(self, ARRAYS, n, room)
        return Fits(**arrays, leverage=self.leverage.room_for(n, room))


ARRAYS = tuple(f.name for f in fields(Fits) if f.name != "leverage")
"""Names of the arrays of Fits; the first axis of each runs over the observations."""


PREFIX = "leverage_"


def arrays_of(fits: Fits) -> dict[str, npt.NDArray[Any]]:
    """All arrays by name, for a file."""
    leverage = {f"{PREFIX}{f.name}": getattr(fits.leverage, f.name) for f in fields(Leverage)}
    return {**{name: getattr(fits, name) for name in ARRAYS}, **leverage}


def fits_of(arrays: Mapping[str, npt.NDArray[Any]]) -> Fits:
    """What `arrays_of` took apart; other arrays are left alone.

    Raises:
        KeyError: An array is missing.
    """
    leverage = Leverage(**{f.name: arrays[f"{PREFIX}{f.name}"] for f in fields(Leverage)})
    return Fits(**{name: arrays[name] for name in ARRAYS}, leverage=leverage)


def join_fits(parts: Sequence[Fits]) -> Fits:
    """Join chunks of observations in their order."""
    joined = {name: np.concatenate([getattr(p, name) for p in parts]) for name in ARRAYS}
    return Fits(**joined, leverage=_join_leverages([part.leverage for part in parts]))


def fill(fits: Fits, rows: slice | Ints, part: Fits) -> None:
    """Write a part's observations over these rows; both share their leverage's rows."""
    for name in ARRAYS:
        getattr(fits, name)[rows] = getattr(part, name)
    fits.leverage.fill(rows, part.leverage)


@dataclass(frozen=True, slots=True)
class WindowSums:
    """AR (one day) or CAR of N observations over one window; NaN where a day is missing."""

    car: Floats
    """(N,) sum of the abnormal returns."""
    se: Floats
    """(N,) s√V, the standard error of the forecast."""
    scar: Floats
    """(N,) car / se: SAR for one day, SCAR for a window."""


def sum_window(fits: Fits, span: Window, window: Window) -> WindowSums:
    """Cumulate the columns of `window` out of `span`, with the forecast-error variance.

    A window with a missing day is missing as a whole. MacKinlay (1997), eqs. 11-12, exact
    for any M rather than for large ones.

    Args:
        fits: N fitted observations.
        span: The days of the columns of `fits.ar`.
        window: The days to cumulate, inside `span`.
    """
    days = columns_of(window, span)
    car = fits.ar[:, days].sum(axis=1)
    own = fits.noise[:, days].sum(axis=1) if fits.noise.shape[1] else window.length
    se = fits.s * np.sqrt(own + fits.leverage.total(days))
    se = np.where(np.isfinite(car), se, np.nan)
    return WindowSums(car, se, car / se)


def daily_errors(fits: Fits, span: Window, window: Window) -> Floats:
    """(N, L) s√C, the standard error of each day's AR.

    Args:
        fits: N fitted observations.
        span: The days of the columns of `fits.ar`.
        window: The L days that are asked for, inside `span`.
    """
    days = columns_of(window, span)
    errors = fits.leverage.daily(days)
    errors += fits.noise[:, days] if fits.noise.shape[1] else 1.0
    np.sqrt(errors, out=errors)  # in place: a copy costs more than the root
    errors *= fits.s[:, None]
    return errors
