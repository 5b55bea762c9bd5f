"""Tests over many events: parametric."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from eventstudy.models.kernel.batch import Floats
from eventstudy.significance.outcome import Outcome, no_spread, refusal, t_test, too_few, z_test
from eventstudy.significance.registry import register_test
from eventstudy.significance.sample import FittedGroup, Sample, for_every_group, sample_spread
from eventstudy.significance.skewness import hall_t
from eventstudy.significance.sums.estimation_windows import Block
from eventstudy.significance.sums.pair_correlation import NoOverlapError

ALONE = 1e-10
"""A share of variance below this is what rounding leaves of none."""


def cross_section_t(values: Floats, unit: float = 0.0) -> Outcome:
    """mean/sd·√N with t(N − 1), or why not; `unit` as in `sample_spread`."""
    mean = float(values.mean()) if len(values) else 0.0
    return spread_t(mean, float(((values - mean) ** 2).sum()), len(values), unit)


def spread_t(mean: float, squares: float, n: int, unit: float = 0.0) -> Outcome:
    """mean/sd·√N with t(N − 1), or why not.

    Args:
        mean: Of n values v.
        squares: Σ(v − mean)².
        n: Number of values.
        unit: As in `sample_spread`.
    """
    if n < 2:
        return too_few(2, n)
    sd = sample_spread(mean, squares, n, unit)
    if np.isnan(sd):
        return no_spread(n)
    return t_test(mean / sd * np.sqrt(n), n - 1, n)


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
    moments = sample.moments
    return spread_t(moments.mean_x, moments.squares_x, moments.n)


def _residual_sums(block: Block) -> tuple[Floats, ...]:
    """(T,) sums of the residuals, and how many there are, by estimation day."""
    if block.compiled:
        from eventstudy.compiled.windows import column_sums

        total, count = np.zeros((2, block.residuals.shape[1]))
        column_sums(block.days, total, count)
        return total, count
    valid = np.isfinite(block.residuals)
    known = np.where(valid, block.residuals, 0.0)
    return known.sum(axis=0), valid.sum(axis=0).astype(np.float64)


residual_sums = for_every_group(_residual_sums)
"""The scan behind the mean abnormal return of each estimation day."""


@register_test(
    "cda_t",
    label="Crude dependence",
    null="t(T − 1), T estimation days",
    reference="Brown & Warner (1985)",
    scans=(residual_sums,),
)
def cda_t(sample: Sample) -> Outcome:
    """AAR/sd(AAR over the estimation window); CAAR/(sd·√L) for a window.

    The spread of the mean over time contains the correlation between the observations of one
    date. An estimation day's AAR averages the observations that are valid on it.
    """
    if sample.n < 1:
        return too_few(1, 0)
    daily = sample.group.once(_estimation_aar)
    if len(daily) < 2 or (sd := daily.std(ddof=1)) <= 0:
        return refusal("the estimation window has no spread of mean abnormal returns", sample.n)
    statistic = sample.moments.mean_x / (sd * np.sqrt(sample.window.length))
    return t_test(statistic, len(daily) - 1, sample.n)


def _estimation_aar(group: FittedGroup) -> Floats:
    """(T,) mean residual of each estimation day that has one."""
    total, count = group.scanned(residual_sums)
    return np.asarray(total[count > 0] / count[count > 0])


@register_test(
    "bw80_z",
    label="Brown-Warner, independent",
    null="N(0, 1)",
    reference="Brown & Warner (1980)",
    assumes_independence=True,
)
def bw80_z(sample: Sample) -> Outcome:
    """AAR/(√Σs_i²/N); CAAR over √L times that for a window."""
    if sample.n < 1:
        return too_few(1, 0)
    moments = sample.moments
    spread = np.sqrt(sample.window.length * moments.s2) / moments.n
    return z_test(moments.mean_x / spread, moments.n)


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
    moments = sample.moments
    if moments.n < 1:
        return too_few(1, moments.n)
    if moments.least_df <= 2:
        reason = "the variance of SAR needs more than 2 degrees of freedom in each fit"
        return refusal(reason, moments.n)
    return z_test(moments.n * moments.mean_z / np.sqrt(moments.patell), moments.n)


@register_test(
    "patell_kp_z",
    label="Patell with Kolari-Pynnönen correction",
    null="N(0, 1)",
    reference="Kolari & Pynnönen (2010)",
)
def patell_kp_z(sample: Sample) -> Outcome:
    """patell_z/√(1 + (N − 1)r̄): Patell deflated by the correlation of the observations."""
    patell = patell_z(sample)
    r_bar = _r_bar(sample, patell)
    if isinstance(r_bar, Outcome):
        return r_bar
    inflation = 1 + (patell.n - 1) * r_bar
    return z_test(patell.statistic / np.sqrt(inflation), patell.n, _r_bar_text(sample, r_bar))


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
    moments = sample.moments
    return spread_t(moments.mean_z, moments.squares_z, moments.n, unit=1.0)


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
    r_bar = _r_bar(sample, bmp)
    if isinstance(r_bar, Outcome):
        return r_bar
    inflation = 1 + (bmp.n - 1) * r_bar
    statistic = bmp.statistic * np.sqrt((1 - r_bar) / inflation)
    return t_test(statistic, bmp.df, bmp.n, _r_bar_text(sample, r_bar))


@register_test(
    "weighted_kp_t",
    label="Weighted mean with Kolari-Pynnönen correction",
    null="t(N − 1)",
    reference="Boehmer, Musumeci & Poulsen (1991); Kolari & Pynnönen (2010)",
)
def weighted_kp_t(sample: Sample) -> Outcome:
    """Σw x/(sd(z)√Σ(w·se)²)·√((1 − r̄)/(1 + (Nₑ − 1)r̄)), Nₑ = (Σw·se)²/Σ(w·se)².

    The weighted CAAR, its error scaled by what the event makes of the standardised returns.
    By precision, w ∝ 1/se, it is bmp_kp_t.
    """
    error = weighted_error(sample)
    if isinstance(error, Outcome):
        return error
    return t_test(sample.mean / error.se, sample.n - 1, sample.n, error.detail)


@dataclass(frozen=True, slots=True)
class WeightedError:
    """The standard error of a weighted mean of x."""

    se: float
    detail: str
    """What it rests on, for `Outcome.detail`."""


def weighted_error(sample: Sample) -> WeightedError | Outcome:
    """The standard error of the (weighted) mean of x of a sample, or why there is none.

    x_i = se_i·u_i, where the u_i have one variance σ², which the event may have raised, and mean
    correlation r̄: Var(Σw x) = σ²Σ(w·se)²·(1 + (Nₑ − 1)r̄), and sd(z)² estimates σ²(1 − r̄).
    """
    bmp = bmp_t(sample)
    r_bar = _r_bar(sample, bmp)
    if isinstance(r_bar, Outcome):
        return r_bar
    weights = np.full(sample.n, 1 / sample.n) if sample.weights is None else sample.weights
    parts = weights * sample.se
    squares = float((parts**2).sum())
    effective = float(parts.sum()) ** 2 / squares
    inflation = inflated_by(r_bar, effective)
    if inflation <= ALONE:
        return refusal(f"mean correlation {r_bar:.3f} leaves no variance to correct", sample.n)
    spread = sample.group.spread_z(sample.window)
    se = spread * float(np.sqrt(squares * inflation))
    of = f"weights by {sample.group.spec.weights}, {effective:.4g} effective observations"
    return WeightedError(se, f"{of}, {_r_bar_text(sample, r_bar)}")


def inflated_by(r_bar: float, n: float) -> float:
    """Var(mean of z) over sd(z)²/n: (1 + (n − 1)r̄)/(1 − r̄), as Kolari & Pynnönen (2010) have it.

    Args:
        r_bar: Mean correlation of the observations.
        n: How many they are; of a weighted mean the effective number.
    """
    return (1 + (n - 1) * r_bar) / (1 - r_bar)


def _r_bar(sample: Sample, uncorrected: Outcome) -> float | Outcome:
    """The mean correlation to correct an outcome by, or why it cannot be corrected."""
    if uncorrected.refused:
        return uncorrected
    if len(sample.group.fits) < 2:
        return refusal("a mean correlation needs at least 2 observations", sample.n)
    try:
        r_bar = sample.r_bar
    except NoOverlapError as error:
        return refusal(str(error), sample.n)
    if min(1 + (sample.n - 1) * r_bar, 1 - r_bar) <= ALONE:
        return refusal(f"mean correlation {r_bar:.3f} leaves no variance to correct", sample.n)
    return r_bar


def _r_bar_text(sample: Sample, r_bar: float) -> str:
    return f"mean correlation {r_bar:.6g} in {sample.group.spec.kp} time"


@register_test(
    "skew_t",
    label="Skewness-adjusted t",
    null="N(0, 1)",
    reference="Hall (1992)",
    assumes_independence=True,
)
def skew_t(sample: Sample) -> Outcome:
    """√N(S + γS²/3 + γ²S³/27 + γ/(6N)), S = mean/sd, γ the sample skewness of x."""
    moments = sample.moments
    return hall_t(moments.mean_x, moments.squares_x, moments.cubes_x, moments.n)


@register_test(
    "jackknife_z",
    label="Jackknife",
    null="t(N − 1)",
    reference="after Giaccotto & Sfiridis (1996)",
    assumes_independence=True,
)
def jackknife_z(sample: Sample) -> Outcome:
    """Jackknife of θ = mean(x)/√mean(se²): pseudo-values' mean over its standard error.

    The ratio relates the mean abnormal return to the spread that the estimation window
    forecasts; its sampling error comes from leaving out one observation at a time, so the
    event may change the variance. Pseudo-values are compared with t(N − 1) (Tukey 1958): with five
    observations the normal distribution rejects a true null at 5% in one sample of nine.
    """
    n = sample.n
    if n < 3:
        return too_few(3, n)
    x, variance = sample.x, sample.se**2
    theta = x.mean() / np.sqrt(variance.mean())
    left = _without_each(x) / (n - 1) / np.sqrt(_without_each(variance) / (n - 1))
    return cross_section_t(n * theta - (n - 1) * left, unit=1.0)


def _without_each(values: Floats) -> Floats:
    """(N,) sums of all other values: of those before and those after, so that nothing cancels."""
    before = np.append(0.0, np.cumsum(values[:-1]))
    after = np.append(0.0, np.cumsum(values[:0:-1]))[::-1]
    return np.asarray(before + after)
