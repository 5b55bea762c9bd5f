"""Tests for one asset, and for several assets on one date, which share the day's shocks."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from eventstudy.arrays import product
from eventstudy.models.kernel.fits import sum_window
from eventstudy.models.kernel.triangles import cholesky, solve_lower
from eventstudy.significance.outcome import (
    Outcome,
    f_test,
    placebo_outcome,
    refusal,
    t_test,
    too_few,
)
from eventstudy.significance.registry import register_test
from eventstudy.significance.sample import Layout, Sample

SINGULAR = 1e-10
"""Below this least eigenvalue of the residuals' correlation matrix one member combines others."""


@register_test(
    "t",
    label="t with forecast error",
    null="t(M − k)",
    layouts=(Layout.ONE,),
    reference="MacKinlay (1997)",
    default=True,
)
def t(sample: Sample) -> Outcome:
    """AR/(s√C) or CAR/(s√V): the abnormal return over its forecast's standard error."""
    if sample.n == 0:
        return refusal("no abnormal return in the window", 0)
    return t_test(sample.z[0], sample.df[0], 1)


@register_test(
    "placebo",
    label="Placebo (sample quantile)",
    null="rank among the estimation sessions, each left out of its own fit",
    layouts=(Layout.ONE,),
    reference="Gelbach, Helland & Klick (2013)",
    default=True,
)
def placebo(sample: Sample) -> Outcome:
    """Rank of |SAR| among what the model misses on ordinary days; no normality assumed."""
    return placebo_outcome(sample.placebos, sample.z, sample.window.length)


@register_test(
    "portfolio_t",
    label="Portfolio t",
    null="t(M − k)",
    layouts=(Layout.ONE_DATE,),
    reference="Brown & Warner (1985), crude dependence; with forecast error",
    default=True,
)
def portfolio_t(sample: Sample) -> Outcome:
    """The equal-weighted group return as one asset: its t takes all correlation into account."""
    if reason := portfolio_problem(sample):
        return refusal(reason, sample.n)
    return t_test(sample.portfolio_sums.scar[0], sample.portfolio.df[0], sample.n)


@register_test(
    "portfolio_placebo",
    label="Portfolio placebo",
    null="rank among the estimation sessions, each left out of its own fit",
    layouts=(Layout.ONE_DATE,),
    reference="Gelbach, Helland & Klick (2013)",
    default=True,
)
def portfolio_placebo(sample: Sample) -> Outcome:
    """The equal-weighted group return as one asset, ranked among its own ordinary days."""
    if reason := portfolio_problem(sample):
        return refusal(reason, sample.n)
    scar, length = sample.portfolio_sums.scar, sample.window.length
    return replace(placebo_outcome(sample.placebos, scar, length), n=sample.n)


def portfolio_problem(sample: Sample) -> str:
    """Why the group has no portfolio return over the window, or empty."""
    if not sample.group.one_design:
        return (
            "the members have different benchmarks or trading days: they form no single portfolio"
        )
    if not sample.n:
        return "no member has a return on every day of the window"
    if sample.portfolio.problem[0]:
        return "the group's return cannot be fitted over the estimation window"
    return ""


@register_test(
    "joint_f",
    label="Joint F (all AR = 0)",
    null="F(N, M − k − N + 1)",
    layouts=(Layout.ONE_DATE,),
    reference="Hotelling (1931); Gibbons, Ross & Shanken (1989) form of the SUR test",
)
def joint_f(sample: Sample) -> Outcome:
    """F = (M − k − N + 1)/(N(M − k)) · x'Σ̂⁻¹x / V: are all abnormal returns zero at once?

    Σ̂ = E'E/(M − k) from the estimation sessions on which every member has a return; with gaps
    the members are fitted again on just those, which keeps F exact.
    """
    n, model = sample.n, sample.group.model
    if not model.linear:
        return refusal(f"the exact F holds for least-squares models, not for {model.name}", n)
    if not sample.group.one_design:
        return refusal("the members have different benchmarks, so Σ has no common design", n)
    if n < 2:
        return too_few(2, n)
    batch = sample.group.batch.take(sample.valid)
    common = np.isfinite(batch.y_est).all(axis=0) & np.isfinite(batch.x_est[0]).all(axis=1)
    m = int(common.sum())
    too_many = refusal(f"{n} assets are too many for {m} common estimation sessions", n)
    if m <= n:
        return too_many
    fits = model.fit(batch.on_sessions(common))
    df2 = int(fits.df[0]) - n + 1
    if df2 < 1:
        return too_many
    if fits.problem.any():
        return refusal("a member cannot be fitted on the common estimation sessions", n)
    e = fits.residuals[:, np.isfinite(fits.residuals[0])]
    sigma = product(e, e.T) / fits.df[0]
    scale = np.sqrt(np.diag(sigma))
    sums = sum_window(fits, sample.group.spec.span, sample.window)
    # Correlations are inverted instead of covariances: z = x/(s√V) and s² is Σ̂'s diagonal. What is
    # singular then does not depend on how much each asset varies.
    correlation = sigma / np.outer(scale, scale)
    if np.linalg.eigvalsh(correlation)[0] < SINGULAR:
        return refusal("the residual covariance is singular: a member combines others", n)
    white = solve_lower(cholesky(correlation[None]), sums.scar[None, :, None])
    quadratic = float((white**2).sum())
    return f_test(df2 / (n * fits.df[0]) * quadratic, n, df2, n)
