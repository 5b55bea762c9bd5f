"""Simulated returns: a market model whose residuals misbehave as a setting says.

R = β·R_m + σ·√v·(√ρ·f + √(1 − ρ)·u) + ar, with f shared by all assets of a day, f and u normal or
Student t of unit variance, v the variance factor on the event days (1 elsewhere) and ar on day 0.
A sample draws from its own seed, whatever chunk it is in and whatever settings stand beside it:
settings differ by what they change, not by luck.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import isinf

import numpy as np
import numpy.typing as npt

from eventstudy.calibration.setting import Setting, Untraded
from eventstudy.models.kernel.batch import Floats, Ints, Panel, Positions
from eventstudy.spec.study_spec import StudySpec

MARKET_SD = 0.01
"""Standard deviation of the market's daily return."""
BETAS = (0.5, 1.5)
"""Betas are uniform between these."""
DATES = 250
"""Dispersed events fall on different sessions of a year, or of as many as there are events."""
PAD = 1
"""Sessions before and after, for models with leads and lags."""


@dataclass(frozen=True, slots=True)
class Samples:
    """Samples of n observations each, one after the other, placed on a panel."""

    panel: Panel
    positions: Positions
    n: int


@dataclass(frozen=True, slots=True)
class World:
    """What all settings of a simulation share."""

    spec: StudySpec
    n: int
    """Observations in a sample."""
    clustered: bool
    """All on one date; else each on its own."""
    sigma: tuple[float, float]
    """Residual standard deviations are uniform between these, decimals a day."""
    untraded: Untraded
    """What a day without a trade looks like: missing, or zero with its return in the next one."""
    shifts: tuple[int, ...]
    """By how many sessions each regressor lags the market; empty for models without a market."""
    seed: int

    @property
    def dates(self) -> int:
        """Sessions on which events may fall."""
        return 1 if self.clustered else max(DATES, self.n)

    @property
    def first(self) -> int:
        """The first session on which an event may fall."""
        return PAD - min(self.spec.estimation.start, self.spec.span.start)

    @property
    def sessions(self) -> int:
        """Length of the panel."""
        return self.first + self.dates + max(self.spec.span.end, 0) + PAD


def simulate(world: World, setting: Setting, samples: range) -> Samples:
    """Draw the samples with these numbers; each depends on the seed and its number only."""
    count, n, width = len(samples), world.n, world.sessions
    market, common = np.empty((count, width)), np.empty((count, width))
    own = np.empty((count, n, width))
    beta, sigma = np.empty((count, n, 1)), np.empty((count, n, 1))
    day0 = np.empty((count, n), dtype=np.int64)
    traded = np.ones((count, n, width), dtype=bool) if setting.thin else None
    for i, number in enumerate(samples):
        rng = sample_rng(world.seed, number)
        beta[i, :, 0] = rng.uniform(*BETAS, size=n)
        sigma[i, :, 0] = rng.uniform(*world.sigma, size=n)
        day0[i] = world.first + (
            0 if world.clustered else rng.choice(world.dates, size=n, replace=False)
        )
        market[i] = MARKET_SD * rng.standard_normal(width)
        common[i] = _shocks(rng, setting.tails, (width,))
        own[i] = _shocks(rng, setting.tails, (n, width))
        if traded is not None:
            traded[i] = rng.random((n, width)) >= setting.thin

    returns = own
    returns *= np.sqrt(1 - setting.rho)
    returns += np.sqrt(setting.rho) * common[:, None, :]
    returns *= sigma
    at = (np.arange(count)[:, None], np.arange(n))
    for day in world.spec.window.days:
        returns[(*at, day0 + day)] *= np.sqrt(setting.variance)
    returns += beta * market[:, None, :]
    returns[(*at, day0)] += setting.ar
    if traded is not None:
        returns = _thin(returns, traded, world.untraded)
    return Samples(_panel(world, returns, market), _positions(day0), n)


def sample_rng(seed: int, number: int) -> np.random.Generator:
    """The generator of one sample: the seed's child of that number."""
    return np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(number,)))


def _shocks(rng: np.random.Generator, tails: float, size: tuple[int, ...]) -> Floats:
    if isinf(tails):
        return rng.standard_normal(size)
    return np.asarray(rng.standard_t(tails, size) / np.sqrt(tails / (tails - 2)))


def _thin(returns: Floats, traded: npt.NDArray[np.bool_], untraded: Untraded) -> Floats:
    """Returns as they are observed when some days have no trade."""
    if untraded == "missing":
        return np.where(traded, returns, np.nan)
    level = np.cumsum(returns, axis=-1)
    last = np.maximum.accumulate(np.where(traded, np.arange(returns.shape[-1]), 0), axis=-1)
    seen = np.take_along_axis(level, last, axis=-1)
    return np.asarray(np.diff(seen, axis=-1, prepend=0.0))


def _panel(world: World, returns: Floats, market: Floats) -> Panel:
    """Assets sample by sample, then the markets; one design a sample."""
    designs = np.full((*market.shape, len(world.shifts)), np.nan)
    for column, shift in enumerate(world.shifts):
        to, by = (slice(shift, None), slice(None, -shift)) if shift > 0 else _lead(shift)
        designs[:, to, column] = market[:, by]
    return Panel(np.concatenate([returns.reshape(-1, returns.shape[-1]), market]), designs)


def _lead(shift: int) -> tuple[slice, slice]:
    return (slice(None, shift), slice(-shift, None)) if shift else (slice(None), slice(None))


def _positions(day0: Ints) -> Positions:
    count, n = day0.shape
    design = np.repeat(np.arange(count), n)
    return Positions(np.arange(count * n), day0.ravel(), design, count * n + design)
