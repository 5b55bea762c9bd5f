"""Market models whose error variance changes from day to day, by the arch library."""

from __future__ import annotations

import warnings
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from scipy import special

from eventstudy.errors import InputError
from eventstudy.models.kernel.batch import Batch, Floats
from eventstudy.models.kernel.fits import Fits
from eventstudy.models.kernel.looping import Alone, Valid, fit_each
from eventstudy.models.registry import BENCHMARK, register_model

if TYPE_CHECKING:
    from arch.univariate.base import ARCHModelResult


MEAN_ABSOLUTE = np.sqrt(2 / np.pi)
"""E|z| of a standard normal z."""

LEVERAGE = 2
"""Where EGARCH's leverage stands among the variance parameters."""
DIGITS = 10
ITERATIONS = 1_000
CLOSE = 1e-3
"""Log-likelihoods this close belong to one maximum."""
STARTS = {
    "garch": ((0.1, 0.05, 0.85), (0.5, 0.1, 0.4)),
    "egarch": ((0.0, 0.1, 0.0, 0.5), (0.0, 0.1, 0.0, 0.9)),
}
"""Variance parameters for residuals of variance 1, tried beside arch's own, because the likelihood
has several maxima and arch's search for EGARCH fails on a fifth of daily windows."""


@register_model(
    "garch",
    label="Market model, GARCH(1,1)",
    regressors=(BENCHMARK,),
    coefficients=("alpha", "beta", "omega", "arch_1", "garch_1"),
    reference="Bollerslev (1986)",
    loops=True,
)
def garch(batch: Batch) -> Fits:
    """R = α + βR_m + ε with σ²_t = ω + a·ε²_t−1 + b·σ²_t−1, by Gaussian maximum likelihood.

    s_iτ² is the variance forecast for the event day from the last valid estimation session,
    σ²_h = ω + (a + b)σ²_h−1; `s` is the residual standard deviation, and `noise` the forecast
    over s². The forecast error adds x'Cov(α, β)x with the robust covariance. k = 5.
    Sessions without a return are left out, as if their neighbours followed each other.

    Raises:
        InputError: An event day does not lie after the estimation window.
    """
    return _fit(batch, "garch", 3)


@register_model(
    "egarch",
    label="Market model, EGARCH(1,1)",
    regressors=(BENCHMARK,),
    coefficients=("alpha", "beta", "omega", "arch_1", "leverage_1", "garch_1"),
    reference="Nelson (1991)",
    loops=True,
)
def egarch(batch: Batch) -> Fits:
    """As `garch` with ln σ²_t = ω + a(|z_t−1| − √(2/π)) + g·z_t−1 + b·ln σ²_t−1, z = ε/σ. k = 6.

    Forecasts beyond one session are the exact expectations of σ² for normal z (Nelson 1991,
    theorem A1.2), so nothing is simulated.
    """
    return _fit(batch, "egarch", 4)


def _fit(batch: Batch, name: str, extra: int) -> Fits:
    if len(batch.estimation) and len(batch.event) and batch.event[0] <= batch.estimation[-1]:
        raise InputError(
            f"The model {name} forecasts the variance from the estimation window, so all event "
            "days must lie after it; leave out post_estimation= or choose another model."
        )
    return fit_each(batch, partial(_alone, name), extra=extra, changing=True)


def _alone(name: str, valid: Valid) -> Alone | None:
    """Fitted in units of the residual and of the regressor's spread, as arch likes it.

    Rounded to ten digits and turned to one side, so that neither the last bits of returns in
    other units nor their sign lead the search to another of several maxima.
    """
    k, m = valid.x.shape[1], len(valid.y)
    size = np.append(1.0, valid.x[:, 1:].std(axis=0))
    turn = _turn(valid)
    y = turn * np.round(valid.y / valid.s, DIGITS)
    x = turn * np.round(valid.x / size, DIGITS)[:, 1:]
    likeliest = _likeliest(name, y, x)
    if likeliest is None:
        return None
    parameters = np.array(likeliest.params, dtype=np.float64)
    turned = [0, k + LEVERAGE] if name == "egarch" else [0]
    parameters[turned] *= turn
    sigma2 = np.asarray(likeliest.conditional_volatility, dtype=np.float64) ** 2
    errors = turn * np.asarray(likeliest.resid, dtype=np.float64)
    forecast = garch_forecast if name == "garch" else egarch_forecast
    horizon = int(valid.ahead.max())
    ahead = forecast(parameters[k:], float(errors[-1]), float(sigma2[-1]), horizon)
    covariance = np.array(likeliest.param_cov)[:k, :k]
    covariance[0, 1:] *= turn
    covariance[1:, 0] *= turn
    if not (np.isfinite(ahead).all() and _positive_definite(covariance)):
        return None
    units = valid.s / size
    s2 = float(((errors - errors.mean()) ** 2).sum() / (m - len(parameters)))
    variance = parameters[k:].copy()
    variance[0] = _omega(name, variance, valid.s)
    return Alone(
        coef=np.concatenate([parameters[:k] * units, variance]),
        covariance=covariance * np.outer(units, units),
        s=float(np.sqrt(s2)) * valid.s,
        df=m - len(parameters),
        noise=ahead[valid.ahead - 1] / s2,
        noise_est=sigma2 / s2,
    )


def _turn(valid: Valid) -> float:
    """−1 where the residuals lean to the left: they are fitted turned round, and turned back.

    EGARCH's likelihood has several maxima and its search no mirror image, so that returns of the
    other sign would end in another one.
    """
    residuals = valid.y - valid.x @ np.linalg.lstsq(valid.x, valid.y, rcond=None)[0]
    return -1.0 if (residuals**3).sum() < 0 else 1.0


def _likeliest(name: str, y: Floats, x: Floats) -> ARCHModelResult | None:
    """The likeliest of arch's fits from its own starting values and ours that converged.

    A likelihood below that of a constant variance, which both models contain, is no maximum.
    """
    from arch.univariate import EGARCH, GARCH, LS
    from arch.utility.exceptions import ConvergenceWarning

    volatility = GARCH(p=1, o=0, q=1) if name == "garch" else EGARCH(p=1, o=1, q=1)
    model = LS(y, x, volatility=volatility, rescale=False)
    regressors = np.column_stack([np.ones(len(y)), x])
    mean, ssr = np.linalg.lstsq(regressors, y, rcond=None)[:2]
    least = -0.5 * len(y) * (np.log(2 * np.pi * ssr[0] / len(y)) + 1) - CLOSE
    best = None
    for start in (None, *STARTS[name]):
        with warnings.catch_warnings(), np.errstate(over="ignore", invalid="ignore"):
            warnings.simplefilter("ignore", ConvergenceWarning)
            maximum = model.fit(
                disp="off",
                show_warning=False,
                starting_values=None if start is None else np.append(mean, start),
                options=None if start is None else {"maxiter": ITERATIONS},
            )
        fine = maximum.convergence_flag == 0 and np.isfinite(maximum.params).all()
        if fine and maximum.loglikelihood > least:
            best, least = maximum, maximum.loglikelihood + CLOSE
    return best


def _positive_definite(matrix: Floats) -> bool:
    return bool(np.isfinite(matrix).all() and np.linalg.eigvalsh(matrix)[0] > 0)


def _omega(name: str, parameters: Floats, unit: float) -> float:
    """ω for returns in decimals; it was estimated for returns in units of `unit`."""
    if name == "garch":
        return float(parameters[0] * unit**2)
    return float(parameters[0] + (1 - parameters[-1]) * 2 * np.log(unit))


def garch_forecast(parameters: Floats, residual: float, variance: float, horizon: int) -> Floats:
    """(horizon,) expected σ² of the next sessions under GARCH(1,1).

    Args:
        parameters: ω, a, b.
        residual: Of the last session.
        variance: σ² of the last session.
        horizon: How many sessions.
    """
    omega, a, b = parameters
    ahead = np.empty(horizon)
    ahead[0] = omega + a * residual**2 + b * variance
    for h in range(1, horizon):
        ahead[h] = omega + (a + b) * ahead[h - 1]
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
    return np.asarray(np.exp(power * first + earlier))
