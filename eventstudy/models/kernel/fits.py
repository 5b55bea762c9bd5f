"""The hand-off from the normal-return models to the tests, and the sums over windows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from enum import IntEnum
from typing import Any

import numpy as np
import numpy.typing as npt

from eventstudy.models.kernel.batch import Floats, Ints, Room
from eventstudy.models.kernel.leverage import Leverage, stack_leverages
from eventstudy.spec import Window


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
class Fits:
    """A normal-return model fitted to N observations, with its forecasts.

    With C = 1 + |root_τ|² the forecast-error variance of an AR is s²C, and that of a CAR
    over L days is s²V, V = L + |Σ_τ root_τ|² (root = the regressor row, constant included,
    times a square root of (X'X)⁻¹; `leverage` holds it). Where the error's own variance changes
    from day to day (GARCH), `noise` takes the place of the 1 of each day.
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

    def take(self, rows: slice | npt.NDArray[np.generic]) -> Fits:
        """The observations chosen by a slice, index or mask."""
        found = {name: getattr(self, name)[rows] for name in ARRAYS}
        return Fits(**found, leverage=self.leverage.take(rows))

    def room_for(self, n: int, room: Room = np.empty) -> Fits:
        """Arrays of the same kinds for n observations, to be filled."""
        likes = {name: getattr(self, name) for name in ARRAYS}
        made = {name: room((n, *like.shape[1:]), like.dtype) for name, like in likes.items()}
        return Fits(**made, leverage=self.leverage.room_for(n, room))


ARRAYS = tuple(f.name for f in fields(Fits) if f.name != "leverage")
"""Names of the arrays of Fits; the first axis of each runs over the observations."""


PREFIX = "leverage_"


def arrays_of(fits: Fits) -> dict[str, npt.NDArray[Any]]:
    """All arrays by name, for a file."""
    leverage = {f"{PREFIX}{f.name}": getattr(fits.leverage, f.name) for f in fields(Leverage)}
    return {**{name: getattr(fits, name) for name in ARRAYS}, **leverage}


def fits_of(arrays: Mapping[str, npt.NDArray[Any]]) -> Fits:
    """What `arrays_of` took apart; other arrays are left alone, a missing one is a KeyError."""
    leverage = Leverage(**{f.name: arrays[f"{PREFIX}{f.name}"] for f in fields(Leverage)})
    return Fits(**{name: arrays[name] for name in ARRAYS}, leverage=leverage)


def stack(parts: list[Fits]) -> Fits:
    """Join chunks of observations in their order."""
    joined = {name: np.concatenate([getattr(p, name) for p in parts]) for name in ARRAYS}
    return Fits(**joined, leverage=stack_leverages([part.leverage for part in parts]))


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
    """
    days = slice(window.start - span.start, window.end - span.start + 1)
    car = fits.ar[:, days].sum(axis=1)
    own = fits.noise[:, days].sum(axis=1) if fits.noise.shape[1] else window.length
    se = fits.s * np.sqrt(own + fits.leverage.total(days))
    se = np.where(np.isfinite(car), se, np.nan)
    return WindowSums(car, se, car / se)


def daily_errors(fits: Fits, span: Window, window: Window) -> Floats:
    """(N, L) s√C, the standard error of each day's AR."""
    days = slice(window.start - span.start, window.end - span.start + 1)
    c = fits.leverage.daily(days)
    c += fits.noise[:, days] if fits.noise.shape[1] else 1.0
    np.sqrt(c, out=c)
    c *= fits.s[:, None]
    return c
