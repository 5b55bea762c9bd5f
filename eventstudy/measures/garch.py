"""GARCH(1,1) with an event dummy in the variance, by maximum likelihood on abnormal returns."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy import special
from scipy.optimize import OptimizeResult, minimize
from scipy.signal import lfilter

from eventstudy.compute.threads import one_blas_thread
from eventstudy.errors import InputError, unknown_name

if TYPE_CHECKING:
    from eventstudy.arrays import Bools, Floats, Ints
    from eventstudy.result.result import StudyResult
    from eventstudy.spec.windows import Window


LEAST = 100
"""Fewer abnormal returns than this do not identify a GARCH."""

PERSISTENCE = 0.9999
"""α + β stays below this: the variance has a mean to return to."""

COLUMNS = ("omega", "alpha", "beta", "nu", "delta", "ratio", "lr", "p_value", "p_greater", "n_obs")


@one_blas_thread()
def garch_event(
    result: StudyResult, window: tuple[int, int] | str = (0, 0), *, errors: str = "t"
) -> pd.DataFrame:
    """GARCH(1,1) whose variance may jump on the days of `window`, for each observation.

    On the abnormal returns e of the estimation window and the estimated event days, in order:
    h_t = ω + αe²_{t−1} + βh_{t−1} + δD_t, D = 1 on the window's days (after Bollerslev 1986; the
    dummy as in Savickas 2003). δ = 0 is tested by the likelihood ratio, χ²(1); `p_greater` is the
    one-sided p against more variance. The mean is the study's model, estimated before (two steps);
    α, β ≥ 0, α + β < 1, ω > 0 and ω + δ > 0.

    A missing day, or the days between estimation window and event days, count as days of average
    size. Days outside `window` but inside the event days belong to the ordinary ones. With one or
    two days δ rests on one or two squares: the estimate is wide, the test stays valid but weak.

    Args:
        result: Of a study that holds its estimation windows: of up to 1,000 observations, or run
            with placebo=True.
        window: The days whose variance may jump, inside the estimated ones.
        errors: "t" (Student's with ν > 2 estimated: with normal ones the fat tails of returns pass
            for events) or "normal".

    Returns:
        One row an observation (event_id, ticker): omega, alpha, beta, nu, delta (variances in
        squared decimals a day), ratio (mean variance on the window's days over that without δ),
        lr, p_value, p_greater, n_obs, reason (why there is no figure).

    Raises:
        InputError: The estimation windows are not there, or the window or `errors` is wrong.
    """
    if errors not in ("t", "normal"):
        raise unknown_name("distribution of errors", errors, ["normal", "t"])
    estimates, spec = result.assets, result.spec
    days = estimates.inside(window)
    if not estimates.has_placebo:
        raise InputError(
            "The result does not hold the estimation windows that a GARCH needs; run the study "
            "with placebo=True."
        )
    before = np.asarray(spec.estimation_days, dtype=np.int64)
    timeline, place = _timeline(before, spec.span)
    e = np.full((len(estimates.fits), len(timeline)), np.nan)
    e[:, place] = np.column_stack([estimates.fits.residuals, estimates.fits.ar])
    event = (timeline >= days.start) & (timeline <= days.end)
    rows = [_fit_one(values, event, heavy=errors == "t") for values in e]
    return pd.DataFrame(rows, columns=[*COLUMNS, "reason"], index=estimates.index)


def _timeline(estimation: Ints, span: Window) -> tuple[Ints, Ints]:
    """Every relative day from first to last, and where those with a value lie on it."""
    known = np.concatenate([estimation, np.arange(span.start, span.end + 1)])
    timeline = np.arange(known.min(), known.max() + 1)
    return timeline, known - known.min()


@dataclass(frozen=True, slots=True, eq=False)
class _Series:
    """One asset's abnormal returns, scaled to unit variance."""

    squares: Floats
    """(T,) e², 1 where missing."""
    before: Floats
    """(T,) e² of the day before, 1 before the first."""
    valid: Bools
    """(T,) whether there is a value."""
    event: Bools
    """(T,) whether the day is in the window."""
    heavy: bool

    def variance(self, parameters: _Parameters) -> Floats:
        """(T,) h_t, started from the average variance 1."""
        p = parameters
        drive = p.omega + p.alpha * self.before + p.delta * self.event
        h, _ = lfilter([1.0], [1.0, -p.beta], drive, zi=[p.beta])
        return np.asarray(h)

    def loss(self, theta: Floats, dummy: bool) -> tuple[float, Floats]:
        """Minus the log likelihood, and its derivatives by `theta`."""
        p = _Parameters.of(theta, dummy=dummy, heavy=self.heavy)
        h = self.variance(p)
        lagged = np.append(1.0, h[:-1])
        drives = np.stack([np.ones_like(h), self.before, lagged, self.event])
        slopes = lfilter([1.0], [1.0, -p.beta], drives, axis=1)[:, self.valid]
        h = h[self.valid]
        shock = self.squares[self.valid] / h
        by_nu = 0.0
        if self.heavy:
            free, n = p.nu - 2, len(h)
            logs = np.log1p(shock / free)
            constant = special.gammaln((p.nu + 1) / 2) - special.gammaln(p.nu / 2)
            constant -= 0.5 * np.log(np.pi * free)
            loss = (0.5 * np.log(h) + (p.nu + 1) / 2 * logs).sum() - n * constant
            by_h = (0.5 - (p.nu + 1) / 2 * shock / (free + shock)) / h
            by_nu = 0.5 * logs.sum() - (p.nu + 1) / 2 * (shock / (free * (free + shock))).sum()
            steepness = special.digamma((p.nu + 1) / 2) - special.digamma(p.nu / 2) - 1 / free
            by_nu -= n / 2 * steepness
        else:
            loss = 0.5 * (np.log(h) + shock).sum()
            by_h = 0.5 * (1 - shock) / h
        return float(loss), p.chained(slopes @ by_h, by_nu, dummy=dummy, heavy=self.heavy)


@dataclass(frozen=True, slots=True)
class _Parameters:
    """ω, α, β, δ, ν, found from unbounded numbers so that they keep inside their bounds."""

    omega: float
    alpha: float
    beta: float
    delta: float
    nu: float

    @classmethod
    def of(cls, theta: Floats, *, dummy: bool, heavy: bool) -> _Parameters:
        """(log ω, logit persistence, logit α's share of it[, log(ν − 2.05)][, log(ω + δ)])."""
        bounded = np.clip(theta, -30, 30)
        omega = float(np.exp(bounded[0]))
        persistence = PERSISTENCE * float(special.expit(bounded[1]))
        share = float(special.expit(bounded[2]))
        nu = 2.05 + float(np.exp(bounded[3])) if heavy else np.inf
        delta = float(np.exp(bounded[-1])) - omega if dummy else 0.0
        return cls(omega, persistence * share, persistence * (1 - share), delta, nu)

    def chained(self, slopes: Floats, by_nu: float, *, dummy: bool, heavy: bool) -> Floats:
        """Derivatives by the unbounded numbers from those by ω, α, β, δ and ν."""
        by_omega, by_alpha, by_beta, by_delta = slopes
        persistence = self.alpha + self.beta
        steps = [
            self.omega * (by_omega - by_delta if dummy else by_omega),
            (1 - persistence / PERSISTENCE) * (self.alpha * by_alpha + self.beta * by_beta),
            self.alpha * self.beta / persistence * (by_alpha - by_beta),
        ]
        if heavy:
            steps.append((self.nu - 2.05) * by_nu)
        if dummy:
            steps.append((self.omega + self.delta) * by_delta)
        return np.array(steps)


STARTS = ((0.95, 0.1), (0.7, 0.3), (0.05, 0.5))
"""Persistence and α's share of it from which the search begins; the best end counts."""


def _fit_one(e: Floats, event: Bools, *, heavy: bool) -> tuple[float | str, ...]:
    valid = np.isfinite(e)
    n = int(valid.sum())
    missing = (np.nan,) * (len(COLUMNS) - 1)
    if not valid[event].all():
        return (*missing, n, "no abnormal return on a day of the window")
    ordinary = valid & ~event
    if ordinary.sum() < LEAST:
        return (*missing, n, f"{n} abnormal returns, {LEAST} are needed beside the window")
    scale = float(np.mean(e[ordinary] ** 2))
    if scale <= 0:
        return (*missing, n, "the abnormal returns do not vary")
    squares = np.where(valid, np.where(valid, e, 0.0) ** 2 / scale, 1.0)
    series = _Series(squares, np.append(1.0, squares[:-1]), valid, event, heavy)
    tail = [np.log(4.0)] if heavy else []
    starts = [
        [np.log(1 - p), special.logit(p / PERSISTENCE), special.logit(a), *tail] for p, a in STARTS
    ]
    null = _least(series, [np.array(start) for start in starts], dummy=False)
    # The wider model starts from the narrower one, so that it never fits worse.
    jump = float(np.log(max(np.exp(null.x[0]) + squares[event].mean() - 1, 1e-3)))
    begin = [np.append(null.x, null.x[0]), np.append(null.x, jump)]
    full = _least(series, begin, dummy=True)
    lr = max(0.0, float(2 * (null.fun - full.fun)))
    fitted = _Parameters.of(full.x, dummy=True, heavy=heavy)
    calm = series.variance(replace(fitted, delta=0.0))[event].mean()
    ratio = float(series.variance(fitted)[event].mean() / calm)
    p = float(special.chdtrc(1, lr))
    greater = p / 2 if fitted.delta > 0 else 1 - p / 2
    sizes = (fitted.omega * scale, fitted.alpha, fitted.beta, fitted.nu, fitted.delta * scale)
    return (*sizes, ratio, lr, p, greater, n, "")


def _least(series: _Series, starts: list[Floats], *, dummy: bool) -> OptimizeResult:
    """The least loss reached from several starts."""
    ends = (
        minimize(series.loss, start, args=(dummy,), method="L-BFGS-B", jac=True) for start in starts
    )
    return min(ends, key=lambda end: float(end.fun))
