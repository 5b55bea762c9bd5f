"""What the coefficients of a cross-section of CARs are compared with: errors, p and intervals."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal, get_args

import numpy as np
import pandas as pd

from eventstudy.measures.components import MOST_COMPONENTS, rolled_gls, spans
from eventstudy.measures.formula import require
from eventstudy.measures.ordinary_days import (
    least_days,
    left_out_runs,
    ranked_slopes,
    rejecting,
    runs_before,
    slopes_of,
    usable,
)
from eventstudy.models.kernel.fits import sum_window
from eventstudy.significance.outcome import t_p_values, t_quantile
from eventstudy.significance.sums.placebo_runs import LONG_RUN, running_totals
from eventstudy.text.numbers import counted, percent
from eventstudy.text.words import level_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from eventstudy.arrays import Bools, Floats, Ints
    from eventstudy.estimation.estimates import Estimates
    from eventstudy.spec.windows import Window


Covariance = Literal[
    "HC3", "HC0", "HC1", "HC2", "nonrobust", "cluster", "ordinary_days", "gls_pc", "portfolio"
]
COVARIANCES = get_args(Covariance)
INDEPENDENT = ("HC3", "HC0", "HC1", "HC2", "nonrobust")
"""Errors that take the observations for independent."""
MEASURED = (
    "On one date HC3 rejects a coefficient of zero at 5% in 18% (size) to 53% (beta) of cases, "
    "as measured on 200 US shares."
)
MEASURED_LONG = (
    "Few of them are independent: at 5% the rank rejects 6 to 9% over 21 days, as measured on "
    "200 US shares."
)
OF_THE_TIME_SERIES = ("ordinary_days", "portfolio")
"""Errors that statsmodels does not compute; the coefficients are those of least squares."""
TOO_OFTEN = 1.5
"""Times its level that a test may reject on ordinary days before it is warned of."""
NO_WINDOWS = "needs the estimation windows, which were not kept: run the study with placebo=True"


@dataclass(frozen=True, slots=True)
class CrossSection:
    """N observations with their traits and CARs."""

    terms: pd.Index
    """(K,) names of the columns of `design`."""
    design: Floats
    """(N, K), each column divided by a power of two near its largest value."""
    units: Floats
    """(K,) those powers."""
    car: Floats
    """(N,)"""
    weights: Floats | None
    """(N,) of weighted least squares."""
    one_date: bool
    """Whether all have the same day 0."""
    window: Window
    level: float
    """Of the tests, 1 − confidence."""


@dataclass(frozen=True, slots=True)
class OrdinaryRuns:
    """Runs of ordinary days as long as the window, of N observations."""

    first: Ints
    """(B,) the day on which each begins, relative to day 0."""
    forecast: Floats
    """(N, B) their CAR, each left out of the fit."""
    fitted: Floats
    """(N, B) their CAR by the fit of the whole window."""

    @classmethod
    def of(cls, estimates: Estimates, window: Window) -> OrdinaryRuns | None:
        """The estimation windows as runs; None where they were not kept or are too short."""
        residuals = estimates.fits.residuals
        if not estimates.has_placebo or residuals.shape[1] < window.length:
            return None
        spec = estimates.spec  # a rolling study keeps the residuals of the unmoved window
        start = spec.estimation.start if spec.rolling else min(spec.estimation_days)
        first = start + np.arange(residuals.shape[1] - window.length + 1)
        sums = sum_window(estimates.fits, estimates.spec.span, window)
        return cls(
            first,
            left_out_runs(estimates.reference, window.length, (sums.se / estimates.fits.s) ** 2),
            running_totals(residuals, window.length),
        )


@dataclass(frozen=True, slots=True)
class Inferred:
    """K coefficients with what says how sure they are, in the units of the design."""

    coef: Floats
    se: Floats
    t: Floats
    p_value: Floats
    low: Floats
    high: Floats
    df: int
    used: Bools
    """(N,) which observations the coefficients rest on."""
    r_squared: tuple[float, float] = (float("nan"), float("nan"))
    """R² and adjusted R²."""
    components: int = 0
    first: Ints | None = None
    """(B,) the days on which the ordinary runs begin; None where there are none."""
    slopes: Floats | None = None
    """(B, K) the coefficients of the ordinary runs."""
    rejected: Floats | None = None
    """(K,) share of them that the same errors call significant; None where not counted."""


def inferred(
    cross: CrossSection,
    cov: Covariance,
    codes: Ints | None,
    estimates: Estimates,
    components: int | None,
) -> Inferred:
    """Estimate the coefficients and compare them as `cov` says.

    Args:
        cross: The observations.
        cov: One of `COVARIANCES`.
        codes: (N,) or (N, 2) numbers of the clusters; None without.
        estimates: The fits of the same N observations.
        components: Of gls_pc; its default if None.

    Raises:
        InputError: There is no residual, or too little for what `cov` compares with.
    """
    runs = OrdinaryRuns.of(estimates, cross.window)
    if cov == "gls_pc":
        return _by_components(cross, runs, components)
    plain = _by_statsmodels(cross, "nonrobust" if cov in OF_THE_TIME_SERIES else cov, codes)
    if cov == "portfolio":
        return _by_portfolios(cross, plain, estimates)
    slopes = None if runs is None else slopes_of(cross.design, runs.forecast, cross.weights)
    there = None if slopes is None else usable(slopes)
    if runs is None or slopes is None or there is None or not there.any():
        require(cov != "ordinary_days", f"cov='ordinary_days' {NO_WINDOWS}.")
        return plain
    found = replace(plain, first=runs.first[there], slopes=slopes[there])
    if cov == "ordinary_days":
        return _by_rank(cross, found)
    root = np.ones(len(cross.car)) if cross.weights is None else np.sqrt(cross.weights)
    scaled = (cross.design * root[:, None], runs.forecast * root[:, None])
    return replace(found, rejected=rejecting(*scaled, cov, cross.level, codes))


def enough_days(estimates: Estimates, window: Window, level: float) -> bool:
    """Whether a rank among the ordinary days could be as small as the level."""
    runs = estimates.fits.residuals.shape[1] - window.length + 1
    return estimates.has_placebo and runs >= least_days(level)


def _by_statsmodels(cross: CrossSection, cov: str, codes: Ints | None) -> Inferred:
    from statsmodels.regression.linear_model import OLS, WLS

    y, design, weights = cross.car, cross.design, cross.weights
    model = OLS(y, design) if weights is None else WLS(y, design, weights=weights)
    groups = None if codes is None else {"groups": codes}
    fit = model.fit(cov_type=cov, cov_kwds=groups, use_t=True)
    with np.errstate(invalid="ignore"):
        se = np.asarray(fit.bse)
    require(
        codes is None or codes.ndim == 1 or bool(np.isfinite(se).all()),
        "Clustered both ways, a coefficient has a negative variance, as happens with few clusters; "
        "cluster by one of the two.",
    )
    require(
        bool((se > 0).all()),
        f"The terms {', '.join(map(str, cross.terms))} explain the CAR {cross.window} without any "
        "residual, so nothing can be tested; use fewer terms.",
    )
    low, high = np.asarray(fit.conf_int(alpha=cross.level)).T
    return Inferred(
        coef=np.asarray(fit.params),
        se=se,
        t=np.asarray(fit.tvalues),
        p_value=np.asarray(fit.pvalues),
        low=low,
        high=high,
        df=int(fit.df_resid) if codes is None else int(codes.max(axis=0).min()),
        used=np.ones(len(y), dtype=bool),
        r_squared=(float(fit.rsquared), float(fit.rsquared_adj)),
    )


def _by_rank(cross: CrossSection, found: Inferred) -> Inferred:
    """The same coefficients, ranked among those of the ordinary days."""
    assert found.slopes is not None
    days, least = len(found.slopes), least_days(cross.level)
    require(
        days >= least,
        f"A rank among {counted(days, 'ordinary day')} cannot be as small as "
        f"{percent(cross.level, 0, signed=False)}: {least} are needed. Widen estimation=, shorten "
        "window=, or lower confidence=.",
    )
    figures = ranked_slopes(found.coef, found.slopes, cross.level)
    centre = found.coef - figures.mean
    return replace(
        found,
        se=figures.se,
        t=figures.t,
        p_value=figures.p_rank,
        low=centre - figures.reach,
        high=centre + figures.reach,
        df=days - 1,
    )


def _by_portfolios(cross: CrossSection, found: Inferred, estimates: Estimates) -> Inferred:
    """Errors of the coefficients as portfolios with weights (X'X)⁻¹X' (Sefcik & Thompson 1986)."""
    require(
        cross.one_date,
        "cov='portfolio' follows portfolios through one estimation window, so all observations "
        "must share one date; use cov='ordinary_days' or cov='cluster'.",
    )
    fits = estimates.fits
    require(fits.residuals.shape[1] > 0, f"cov='portfolio' {NO_WINDOWS}.")
    daily = slopes_of(cross.design, fits.residuals, cross.weights)
    daily = daily[usable(daily)]
    df = len(daily) - int((fits.n_obs - fits.df).max())
    require(df >= 1, f"{counted(len(daily), 'session')} are too few to follow portfolios.")
    sums = sum_window(fits, estimates.spec.span, cross.window)
    spread = np.sqrt((daily**2).sum(axis=0) / df)
    se = spread * np.sqrt(np.mean((sums.se / fits.s) ** 2))
    t = found.coef / se
    reach = t_quantile(1 - cross.level, np.asarray(df)) * se
    p = t_p_values(t, np.full(len(t), df))
    low, high = found.coef - reach, found.coef + reach
    return replace(found, se=se, t=t, p_value=p, low=low, high=high, df=df)


def _by_components(
    cross: CrossSection, runs: OrdinaryRuns | None, components: int | None
) -> Inferred:
    require(cross.weights is None, "cov='gls_pc' weighs by the covariance; leave weights= out.")
    require(
        cross.one_date,
        "cov='gls_pc' needs the covariance of all observations on one date; use "
        "cov='ordinary_days' or cov='cluster'.",
    )
    require(runs is not None, f"cov='gls_pc' {NO_WINDOWS}.")
    assert runs is not None
    before = runs_before(runs.first, cross.window.length, cross.window.start)
    gap = cross.window.start - int(runs.first[before[-1]]) if len(before) else 0
    days, least = spans(len(before), gap), least_days(cross.level)
    require(
        days >= least,
        f"The estimation window leaves {counted(days, 'ordinary day')} with as many before each of "
        f"them, and a rank needs {least}; widen estimation=.",
    )
    most = min(MOST_COMPONENTS, days // 10, len(cross.car) // 10)
    chosen = max(most, 1) if components is None else components
    require(
        1 <= chosen <= days,
        f"Option components: {chosen} of {counted(days, 'day')}; give 1 to {days}.",
    )
    rolled = rolled_gls(
        cross.design, cross.car, runs.forecast[:, before], runs.fitted[:, before], gap, chosen
    )
    there = usable(rolled.slopes)
    require(
        bool(np.isfinite(rolled.coef).all()) and bool(there.any()),
        f"Too few observations have a return on each of the {days} days that their covariance "
        "needs; use cov='ordinary_days'.",
    )
    first = runs.first[before][-days:][there]
    none = np.full_like(rolled.coef, np.nan)
    found = Inferred(
        coef=rolled.coef,
        se=none,
        t=none,
        p_value=none,
        low=none,
        high=none,
        df=0,
        used=rolled.used,
        components=chosen,
        first=first,
        slopes=rolled.slopes[there],
    )
    return _by_rank(cross, found)


def errors_warning(cross: CrossSection, cov: Covariance, by: Sequence[str], found: Inferred) -> str:
    """Why p is too small where errors miss what observations share; empty where they do not.

    Args:
        cross: The observations.
        cov: The errors used.
        by: The kinds of clusters.
        found: What they gave.
    """
    if cov in ("ordinary_days", "gls_pc") and cross.window.length > LONG_RUN:
        compare = " Compare cov='portfolio'." if cross.one_date else ""
        return f"runs of {counted(cross.window.length, 'day')} overlap. {MEASURED_LONG}{compare}"
    if cov not in (*INDEPENDENT, "cluster"):
        return ""
    errors = f"errors clustered by {' and '.join(by)}" if by else f"{cov} errors"
    text = f"{errors} miss what observations on the same days share. "
    quote = "Quote cov='ordinary_days'."
    if found.slopes is None or found.rejected is None or np.isnan(found.rejected).any():
        return f"{text}{MEASURED} {quote}" if cross.one_date else ""
    terms = np.flatnonzero(cross.terms != "Intercept")
    worst = int(terms[found.rejected[terms].argmax()]) if len(terms) else 0
    rate, level, days = float(found.rejected[worst]), cross.level, len(found.slopes)
    if not cross.one_date and rate <= TOO_OFTEN * level + 2 * np.sqrt(level * (1 - level) / days):
        return ""
    share, at = percent(rate, 0, signed=False), level_text(level)
    return (
        f"{text}On {counted(days, 'ordinary day')} they reject a coefficient of zero on "
        f"{cross.terms[worst]} at {at} in {share} of cases. {quote}"
    )
