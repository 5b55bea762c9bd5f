"""Equations of a variance that changes from day to day: GARCH, GJR and EGARCH, one lag each.

What arch does not have for them: exact forecasts beyond a session, and how parameters change with
the sign and the unit of the residuals.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy import special

from eventstudy.arrays import Floats, Ints

if TYPE_CHECKING:
    from arch.univariate.volatility import VolatilityProcess

MEAN_ABSOLUTE = np.sqrt(2 / np.pi)
"""E|z| of a standard normal z."""


@dataclass(frozen=True, slots=True)
class VarianceEquation:
    """One equation of the variance, for residuals of variance 1."""

    name: str
    volatility: Callable[[], VolatilityProcess]
    """Makes arch's process."""
    forecast: Callable[[Floats, float, float, int], Floats]
    """Parameters, residual and variance of the last session, horizon → (horizon,) variances."""
    turned: Callable[[Floats], Floats]
    """The parameters when all residuals change their sign."""
    omega: Callable[[Floats, float], float]
    """ω of parameters when all residuals are so many times as large."""
    starts: tuple[tuple[float, ...], ...]
    """Parameters that the search begins with, beside arch's own: the likelihood has several
    maxima."""


def filtered(
    equation: VarianceEquation,
    parameters: Floats,
    last: tuple[float, float, int],
    errors: Floats,
    days: Ints,
) -> Floats:
    """(W,) expected variance of each event day, given what was known the day before.

    Days after day 0 are forecast from the last day before it: what the event does to the variance
    is no part of what was expected.

    Args:
        equation: The equation.
        parameters: Its parameters, which stay as estimated.
        last: Residual, variance and relative day of the last estimation session.
        errors: (W,) residuals of the event days; a missing one is passed over.
        days: (W,) the event days relative to day 0, in order.
    """
    residual, variance, at = last
    expected = np.empty(len(days))
    for w, day in enumerate(days.tolist()):
        expected[w] = equation.forecast(parameters, residual, variance, day - at)[-1]
        if day < 0 and np.isfinite(errors[w]):
            residual, variance, at = float(errors[w]), float(expected[w]), day
    return expected


def garch_forecast(parameters: Floats, residual: float, variance: float, horizon: int) -> Floats:
    """(horizon,) expected σ² of the next sessions under GARCH(1,1).

    Args:
        parameters: ω, a, b.
        residual: Of the last session.
        variance: σ² of the last session.
        horizon: How many sessions.
    """
    omega, a, b = parameters
    return _reverting(omega, a + b, omega + a * residual**2 + b * variance, horizon)


def gjr_forecast(parameters: Floats, residual: float, variance: float, horizon: int) -> Floats:
    """(horizon,) expected σ² of the next sessions under GJR-GARCH(1,1), for symmetric errors.

    σ²_T+1 = ω + (a + γ·1[ε_T < 0])ε²_T + bσ²_T; beyond, half of the errors are falls:
    σ²_T+h = ω + (a + γ/2 + b)σ²_T+h−1.

    Args:
        parameters: ω, a, γ, b.
        residual: Of the last session.
        variance: σ² of the last session.
        horizon: How many sessions.
    """
    omega, a, leverage, b = parameters
    answer = a + leverage if residual < 0 else a
    first = omega + answer * residual**2 + b * variance
    return _reverting(omega, a + leverage / 2 + b, first, horizon)


def _reverting(omega: float, persistence: float, first: float, horizon: int) -> Floats:
    ahead = np.empty(horizon)
    ahead[0] = first
    for h in range(1, horizon):
        ahead[h] = omega + persistence * ahead[h - 1]
    return ahead


def egarch_forecast(parameters: Floats, residual: float, variance: float, horizon: int) -> Floats:
    """(horizon,) expected σ² of the next sessions under EGARCH(1,1), for normal errors.

    ln σ²_T+h = ω(1 + … + b^(h−2)) + b^(h−1) ln σ²_T+1 + Σ_j b^j (a(|z| − √(2/π)) + g·z), and
    E exp(u|z| + v·z) = e^((u+v)²/2) Φ(u + v) + e^((u−v)²/2) Φ(u − v). Nelson (1991), A1.2.

    Args:
        parameters: ω, a, g, b.
        residual: Of the last session.
        variance: σ² of the last session.
        horizon: How many sessions.
    """
    omega, a, g, b = parameters
    z = residual / np.sqrt(variance)
    first = omega + a * (abs(z) - MEAN_ABSOLUTE) + g * z + b * np.log(variance)
    power = b ** np.arange(horizon)
    u, v = a * power, g * power
    log_up = (u + v) ** 2 / 2 + special.log_ndtr(u + v)
    log_down = (u - v) ** 2 / 2 + special.log_ndtr(u - v)
    shock = np.logaddexp(log_up, log_down) - u * MEAN_ABSOLUTE
    earlier = np.concatenate([[0.0], np.cumsum(omega * power + shock)[:-1]])
    with np.errstate(over="ignore"):  # a variance beyond all numbers is no forecast: refused
        return np.asarray(np.exp(power * first + earlier))


def _garch() -> VolatilityProcess:
    from arch.univariate import GARCH

    return GARCH(p=1, o=0, q=1)


def _gjr() -> VolatilityProcess:
    from arch.univariate import GARCH

    return GARCH(p=1, o=1, q=1)


def _egarch() -> VolatilityProcess:
    from eventstudy.models.news import news_egarch

    return news_egarch()


def _unturned(parameters: Floats) -> Floats:
    return parameters


def _rises_for_falls(parameters: Floats) -> Floats:
    """The answer to a fall, a + γ, becomes that to a rise."""
    omega, a, leverage, b = parameters
    return np.array([omega, a + leverage, -leverage, b])


def _other_sign(parameters: Floats) -> Floats:
    return np.asarray(parameters * [1.0, 1.0, -1.0, 1.0])


def _squared(parameters: Floats, unit: float) -> float:
    return float(parameters[0] * unit**2)


def _logarithm(parameters: Floats, unit: float) -> float:
    return float(parameters[0] + (1 - parameters[-1]) * 2 * np.log(unit))


def _shares(*shares: float) -> tuple[tuple[float, float], ...]:
    """Persistence of .5 and .95, and each share of it that is the answer to the last residual."""
    return tuple((p, s) for p in (0.5, 0.95) for s in shares)


GARCH = VarianceEquation(
    name="garch",
    volatility=_garch,
    forecast=garch_forecast,
    turned=_unturned,
    omega=_squared,
    starts=tuple((1 - p, p * s, p * (1 - s)) for p, s in _shares(0.05, 0.2, 0.6)),
)
GJR = VarianceEquation(
    name="gjr",
    volatility=_gjr,
    forecast=gjr_forecast,
    turned=_rises_for_falls,
    omega=_squared,
    starts=tuple(
        (1 - p, p * s * (1 - h), 2 * p * s * h, p * (1 - s))
        for p, s in _shares(0.1, 0.4)
        for h in (0.0, 0.9)
    ),
)
EGARCH = VarianceEquation(
    name="egarch",
    volatility=_egarch,
    forecast=egarch_forecast,
    turned=_other_sign,
    omega=_logarithm,
    starts=tuple((0.0, a, g, b) for a in (0.1, 0.4) for g in (-0.15, 0.15) for b in (0.3, 0.9)),
)
