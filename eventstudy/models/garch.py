"""Market models whose error variance changes from day to day, by the arch library."""

from __future__ import annotations

import warnings
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from eventstudy.errors import InputError, needs_package
from eventstudy.models.kernel.batch import Batch, Floats
from eventstudy.models.kernel.fits import Fits
from eventstudy.models.kernel.looping import Alone, Valid, fit_each
from eventstudy.models.kernel.triangles import cholesky, solve_lower
from eventstudy.models.registry import BENCHMARK, register_model
from eventstudy.models.variance import EGARCH, GARCH, GJR, VarianceEquation, filtered

if TYPE_CHECKING:
    from arch.univariate.base import ARCHModelResult

DIGITS = 10
ITERATIONS = 1_000
CLOSE = 1e-3
"""Log-likelihoods this close belong to one maximum."""


def _fit(equation: VarianceEquation, batch: Batch, *, day_before: bool = False) -> Fits:
    name = equation.name
    with needs_package(f"The model {name}", "arch"):
        import arch.univariate  # noqa: F401 - all that uses it here comes after
    if len(batch.estimation) and len(batch.event) and batch.event[0] <= batch.estimation[-1]:
        raise InputError(
            f"The model {name} forecasts the variance from the estimation window, so all event "
            "days must lie after it; leave out post_estimation= or choose another model."
        )
    alone = partial(_alone, equation, day_before)
    return fit_each(batch, alone, extra=len(equation.starts[0]), changing=True)


@register_model(
    "garch",
    label="Market model, GARCH(1,1)",
    regressors=(BENCHMARK,),
    coefficients=("alpha", "beta", "omega", "arch_1", "garch_1"),
    reference="Bollerslev (1986)",
    loops=True,
    day_before=partial(_fit, GARCH, day_before=True),
)
def garch(batch: Batch) -> Fits:
    """R = α + βR_m + ε with σ²_t = ω + a·ε²_t−1 + b·σ²_t−1, by Gaussian maximum likelihood.

    s_iτ² is the variance forecast for the event day from the last valid estimation session,
    σ²_h = ω + (a + b)σ²_h−1; `s` is the residual standard deviation, and `noise` the forecast
    over s². The forecast error adds x'Cov(α, β)x with the covariance of Bollerslev & Wooldridge
    (1992), the variance parameters as given. k = 5.
    Sessions without a return are left out, as if their neighbours followed each other.

    Raises:
        InputError: An event day does not lie after the estimation window.
    """
    return _fit(GARCH, batch)


@register_model(
    "gjr",
    label="Market model, GJR-GARCH(1,1)",
    regressors=(BENCHMARK,),
    coefficients=("alpha", "beta", "omega", "arch_1", "leverage_1", "garch_1"),
    reference="Glosten, Jagannathan & Runkle (1993)",
    loops=True,
    day_before=partial(_fit, GJR, day_before=True),
)
def gjr(batch: Batch) -> Fits:
    """As `garch` with σ²_t = ω + (a + γ·1[ε_t−1 < 0])ε²_t−1 + b·σ²_t−1, a ≥ 0, a + γ ≥ 0. k = 6.

    Forecasts beyond one session take half of the errors for falls:
    σ²_h = ω + (a + γ/2 + b)σ²_h−1.
    """
    return _fit(GJR, batch)


@register_model(
    "egarch",
    label="Market model, EGARCH(1,1)",
    regressors=(BENCHMARK,),
    coefficients=("alpha", "beta", "omega", "arch_1", "leverage_1", "garch_1"),
    reference="Nelson (1991)",
    loops=True,
    day_before=partial(_fit, EGARCH, day_before=True),
)
def egarch(batch: Batch) -> Fits:
    """As `garch` with ln σ²_t = ω + a(|z_t−1| − √(2/π)) + g·z_t−1 + b·ln σ²_t−1, z = ε/σ. k = 6.

    a ≥ 0 and 0 ≤ b < 1, so that news never calms the next session and the variance has a mean.
    Forecasts beyond one session are the exact expectations of σ² for normal z (Nelson 1991,
    theorem A1.2), so nothing is simulated.
    """
    return _fit(EGARCH, batch)


def _alone(equation: VarianceEquation, day_before: bool, valid: Valid) -> Alone | None:
    """Fitted in units of the residual and of the regressor's spread, as arch likes it.

    Rounded to ten digits and turned to one side, so that neither the last bits of returns in
    other units nor their sign lead the search to another of several maxima.
    """
    k, m = valid.x.shape[1], len(valid.y)
    size = np.append(1.0, valid.x[:, 1:].std(axis=0))
    turn = _turn(valid)
    y = turn * np.round(valid.y / valid.s, DIGITS)
    x = turn * np.round(valid.x / size, DIGITS)[:, 1:]
    likeliest = _likeliest(equation, y, x)
    if likeliest is None:
        return None
    parameters = np.array(likeliest.params, dtype=np.float64)
    parameters[0] *= turn
    mean, variance = parameters[:k], parameters[k:]
    if turn < 0:
        variance = equation.turned(variance)
    sigma2 = np.asarray(likeliest.conditional_volatility, dtype=np.float64) ** 2
    errors = turn * np.asarray(likeliest.resid, dtype=np.float64)
    last = float(errors[-1]), float(sigma2[-1])
    if day_before:
        missed = valid.y_event / valid.s - (valid.x_event / size) @ mean
        expected = filtered(equation, variance, (*last, valid.last), missed, valid.event)
    else:
        ahead = valid.event - valid.last
        expected = equation.forecast(variance, *last, int(ahead.max()))[ahead - 1]
    if not np.isfinite(expected).all():
        return None
    units = valid.s / size
    s2 = float(((errors - errors.mean()) ** 2).sum() / (m - len(parameters)))
    return Alone(
        coef=np.concatenate([mean * units, [equation.omega(variance, valid.s)], variance[1:]]),
        covariance=_robust(valid.x / size, errors, sigma2) * np.outer(units, units),
        s=float(np.sqrt(s2)) * valid.s,
        df=m - len(parameters),
        noise=expected / s2,
        noise_est=sigma2 / s2,
    )


def _turn(valid: Valid) -> float:
    """−1 where the residuals lean to the left: they are fitted turned round, and turned back.

    The likelihood has several maxima and its search no mirror image, so that returns of the other
    sign would end in another one.
    """
    residuals = valid.y - valid.x @ np.linalg.lstsq(valid.x, valid.y, rcond=None)[0]
    return -1.0 if (residuals**3).sum() < 0 else 1.0


def _likeliest(equation: VarianceEquation, y: Floats, x: Floats) -> ARCHModelResult | None:
    """The likeliest of arch's fits from its own starting values and ours that converged.

    A likelihood below that of a constant variance, which all equations contain, is no maximum.
    """
    from arch.univariate import LS
    from arch.utility.exceptions import ConvergenceWarning

    model = LS(y, x, volatility=equation.volatility(), rescale=False)
    regressors = np.column_stack([np.ones(len(y)), x])
    mean, ssr = np.linalg.lstsq(regressors, y, rcond=None)[:2]
    least = -0.5 * len(y) * (np.log(2 * np.pi * ssr[0] / len(y)) + 1) - CLOSE
    best = None
    for start in (None, *equation.starts):
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


def _robust(x: Floats, errors: Floats, sigma2: Floats) -> Floats:
    """(k, k) covariance of the constant and slopes, robust to what the variance leaves out.

    (Σxx'/σ²)⁻¹(Σxx'ε²/σ⁴)(Σxx'/σ²)⁻¹: Bollerslev & Wooldridge (1992) with the variance parameters
    as given. Jointly with them the covariance explodes where they are not identified, as they are
    not when nothing moves the variance.
    """
    information = np.einsum("tk,tl->kl", x / sigma2[:, None], x)
    root = solve_lower(cholesky(information[None]), np.eye(x.shape[1])[None])[0]
    scores = x * (errors / sigma2)[:, None]
    influence = np.einsum("tk,mk,ml->tl", scores, root, root)
    return np.asarray(np.einsum("tk,tl->kl", influence, influence))
