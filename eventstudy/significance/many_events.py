"""Tests over many events: parametric."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from eventstudy.models.batch import Floats
from eventstudy.significance.correlation import NoOverlapError
from eventstudy.significance.outcome import Outcome, refusal, t_test, z_test
from eventstudy.significance.registry import register_test
from eventstudy.significance.sample import Sample


def _cross_section_t(values: Floats) -> Outcome:
    """mean/sd·√N with t(N − 1), or why not."""
    n = len(values)
    if n < 2:
        return refusal(f"needs at least 2 observations with a value, there are {n}", n)
    sd = values.std(ddof=1)
    if sd <= 1e-14 * np.abs(values).max():
        return refusal("all observations have the same value, so their spread is zero", n)
    return t_test(values.mean() / sd * np.sqrt(n), n - 1, n)


@register_test(
    "csect_t",
    label="Cross-sectional t",
    null="t(N − 1)",
    reference="Brown & Warner (1980)",
    default=True,
    assumes_independence=True,
)
def csect_t(sample: Sample) -> Outcome:
    """mean(x)/sd(x)·√N: robust to event-induced variance, not to common dates."""
    return _cross_section_t(sample.x)


@register_test(
    "patell_z",
    label="Patell",
    null="N(0, 1)",
    reference="Patell (1976)",
    default=True,
    assumes_independence=True,
)
def patell_z(sample: Sample) -> Outcome:
    """Σz/√Σ[(M − k)/(M − k − 2)]; a window's z is its SCAR, so all days weigh alike."""
    n, df = sample.n, sample.df
    if n < 1:
        return refusal("no observation has a value", n)
    if df.min() <= 2:
        return refusal("the variance of SAR needs more than 2 degrees of freedom in each fit", n)
    return z_test(sample.z.sum() / np.sqrt((df / (df - 2)).sum()), n)


@register_test(
    "bmp_t",
    label="Boehmer-Musumeci-Poulsen",
    null="t(N − 1)",
    reference="Boehmer, Musumeci & Poulsen (1991)",
    default=True,
    assumes_independence=True,
)
def bmp_t(sample: Sample) -> Outcome:
    """mean(z)/sd(z)·√N: standardised, robust to event-induced variance."""
    return _cross_section_t(sample.z)


@register_test(
    "bmp_kp_t",
    label="BMP with Kolari-Pynnönen correction",
    null="t(N − 1)",
    reference="Kolari & Pynnönen (2010)",
    default=True,
)
def bmp_kp_t(sample: Sample) -> Outcome:
    """bmp_t·√((1 − r̄)/(1 + (N − 1)r̄)): BMP deflated by the correlation of the observations."""
    bmp = bmp_t(sample)
    if bmp.refused:
        return bmp
    try:
        r_bar = sample.r_bar
    except NoOverlapError as error:
        return refusal(str(error), bmp.n)
    inflation = 1 + (bmp.n - 1) * r_bar
    if inflation <= 0 or r_bar >= 1:
        return refusal(f"mean correlation {r_bar:.3f} leaves no variance to correct", bmp.n)
    outcome = t_test(bmp.statistic * np.sqrt((1 - r_bar) / inflation), bmp.df, bmp.n)
    return replace(outcome, detail=f"mean correlation {r_bar:.6g} in {sample.group.spec.kp} time")
