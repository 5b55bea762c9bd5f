"""Tests that rank the CAR of a window among single days: GRANK, and signs about the median.

A generalised standardised abnormal return (GSAR) is a SAR on each estimation day, and on the day of
the event the SCAR of the window over its cross-sectional spread (Kolari & Pynnönen 2011). Each
observation is sorted once; a window then costs counts.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import numpy as np

from eventstudy.models.kernel.batch import Floats
from eventstudy.significance.outcome import Outcome, no_spread, refusal, t_test, too_few, z_test
from eventstudy.significance.parametric import ALONE
from eventstudy.significance.registry import register_test
from eventstudy.significance.sample import FittedGroup, Sample
from eventstudy.significance.sums.estimation_windows import (
    Block,
    Sums,
    estimation_ranks,
    scan,
    sorted_days,
)
from eventstudy.significance.sums.moments import tested_windows
from eventstudy.significance.sums.pair_correlation import NoOverlapError, check_overlap
from eventstudy.significance.sums.rank_correlation import (
    RankCorrelation,
    RankPairs,
    rank_correlation,
)
from eventstudy.significance.sums.ties import SAME
from eventstudy.spec.windows import Window

SIGNS = 2 / 3
"""Correlation of the signs of two returns over that of their ranks, as both go to zero: for normal
returns (2/π)·asin(ρ) over (6/π)·asin(ρ/2)."""

LEAST = 8
"""Observations that `grank_overlap_t` needs: a t of fewer bounded figures is wider than t(N − 1),
most of all at 1%."""


@dataclass(frozen=True, slots=True)
class GsarScan:
    """Ranks and signs of SCAR* and of the estimation SARs among all of them, by window."""

    windows: tuple[Window, ...]
    spreads: tuple[float, ...]
    """The standard deviation of SCAR of each window; NaN where there is none."""

    def __call__(self, block: Block) -> Sums:
        """(Q, T) Σ U, Σ signs, observations by estimation day; (Q,) Σ U, Σ U², Σ signs of SCAR*.

        U = rank/(valid_i + 1) − ½ over the valid estimation SARs and SCAR*; signs are those of the
        differences from the median of the same.
        """
        star = block.scores(self.windows) / np.asarray(self.spreads)
        if block.compiled:
            from eventstudy.compiled.ranks import sums_with_star

            days, fits = np.arange(block.residuals.shape[1]), block.fits
            return sums_with_star(block.once(sorted_days), days, fits.n_obs, fits.s, star, SAME)
        sar, ranks = block.residuals / block.fits.s[:, None], block.once(estimation_ranks)
        raised, middle = ranks + (ranks > 0), _medians(np.sort(sar, axis=1), star)
        each = zip(star.T[:, :, None], middle.T[:, :, None], strict=True)
        sums = [_gsar_sums(sar, raised, *one) for one in each]
        return tuple(np.array(parts) for parts in zip(*sums, strict=True))


def _medians(ascending: Floats, star: Floats) -> Floats:
    """(n, Q) medians of SCAR* (n, Q) and the valid SARs (n, T), which are in ascending order."""
    below = np.column_stack([(ascending < one[:, None]).sum(axis=1) for one in star.T])
    known, last = np.isfinite(ascending).sum(axis=1, keepdims=True), ascending.shape[1] - 1
    middle = []
    for place in (known // 2, (known + 1) // 2):
        among = np.take_along_axis(ascending, (place - (place > below)).clip(0, last), axis=1)
        middle.append(np.where(place == below, star, among))
    return np.asarray((middle[0] + middle[1]) / 2)


def _gsar_sums(sar: Floats, raised: Floats, star: Floats, median: Floats) -> Sums:
    """The sums of one window: SARs (n, T), SCAR* (n, 1) and the medians of all (n, 1).

    `raised` are the ranks of the SARs plus one, 0 where missing: adding SCAR* raises every larger
    SAR by one rank, an equal one by a half.
    """
    used, valid = np.isfinite(star[:, 0]).astype(np.float64), raised > 0
    size = valid.sum(axis=1) + 1
    slack = SAME * np.maximum(np.abs(star), 1.0)  # SARs are of size 1
    # Twice the shortfall of each shift from one rank; small integers are summed fastest.
    less = np.add(sar < star - slack, sar < star + slack, dtype=np.int8)
    summed = partial(np.einsum, "n,nt->t")
    weight, count = used / (size + 1), summed(used, valid)
    event = (1 + less.sum(axis=1) / 2) / (size + 1) - 0.5
    slack = SAME * np.maximum(np.abs(median), 1.0)
    signs, own = (
        np.subtract(values > median + slack, values < median - slack, dtype=np.int8)
        for values in (sar, star)
    )
    u = summed(weight, raised) - summed(weight, less) / 2 - count / 2
    return u, summed(used, signs), count, (used * event).sum(), (used * event**2).sum(), own.sum()


def gsar_sums(group: FittedGroup) -> GsarScan:
    """The scan behind the tests that rank SCAR*, over all tested windows."""
    windows = tested_windows(group.spec)
    return GsarScan(windows, tuple(group.spread_z(window) for window in windows))


def rank_pairs(group: FittedGroup) -> RankPairs:
    """The scan behind the mean rank correlation for any tested window."""
    return _pairs_for(group, max(window.length for window in tested_windows(group.spec)))


def _pairs_for(group: FittedGroup, length: int) -> RankPairs:
    return RankPairs(max(min(length, group.windows.width - 2), 1))


@dataclass(frozen=True, slots=True)
class _Sums:
    """The sums of one window, see `GsarScan`."""

    u: Floats
    signs: Floats
    count: Floats
    event: float
    squares: float
    event_signs: float


def _sums_of(sample: Sample) -> _Sums:
    """Of one window, out of those of all tested ones where it is one of them."""
    group, window = sample.group, sample.window
    windows = tested_windows(group.spec)
    if window in windows:
        return _Sums(*(sums[windows.index(window)] for sums in group.scanned(gsar_sums)))
    alone = GsarScan((window,), (group.spread_z(window),))
    return _Sums(*(sums[0] for sums in scan(group.windows, [alone])[alone]))


@dataclass(frozen=True, slots=True)
class _OverTime:
    """The mean score of the event beside those of the estimation days."""

    event: float
    """Mean score of the event."""
    variance: float
    """(1/T) Σ_t (N_t/N)·(mean score of day t)², the event among the days."""
    days: int
    """Estimation days + 1, T."""


def _over_time(total: Floats, count: Floats, event: float, n: int) -> _OverTime:
    days = count > 0
    means = np.append(total[days] / count[days], event / n)
    weight = np.append(count[days], n) / n
    return _OverTime(float(means[-1]), float((weight * means**2).sum() / len(means)), len(means))


def _without_gsar(sample: Sample) -> Outcome | None:
    """Why there is no SCAR* to rank."""
    if sample.n < 2:
        return too_few(2, sample.n)
    return None if np.isfinite(sample.group.spread_z(sample.window)) else no_spread(sample.n)


def _grank(sample: Sample) -> _OverTime:
    sums = _sums_of(sample)
    return _over_time(sums.u, sums.count, float(sums.event), sample.n)


def _t_over_time(scores: _OverTime, variance: float, n: int, detail: str = "") -> Outcome:
    """Z√((T − 2)/(T − 1 − Z²)) with t(T − 2), Z the event's score over its spread, or why not."""
    days = scores.days
    if variance <= 0 or days < 4:
        return refusal("too few estimation days with a spread of ranks", n)
    z = scores.event / np.sqrt(variance)
    left = days - 1 - z**2
    if left <= 0:
        return refusal("the event's rank exceeds what T days can show", n)
    return t_test(z * np.sqrt((days - 2) / left), days - 2, n, detail)


@register_test(
    "grank_t",
    label="Generalised rank t",
    null="t(T − 2), T estimation days + 1",
    reference="Kolari & Pynnönen (2011)",
    scans=(gsar_sums,),
)
def grank_t(sample: Sample) -> Outcome:
    """Z√((T − 2)/(T − 1 − Z²)), Z = Ū_0/S_U; SCAR is re-standardised by its spread.

    Robust to event-induced variance and to correlation between observations of one date; windows
    that overlap in part are taken for independent, see `grank_overlap_t`.
    """
    without = _without_gsar(sample)
    if without:
        return without
    ranks = sample.once(_grank)
    return _t_over_time(ranks, ranks.variance, sample.n)


@register_test(
    "grank_z",
    label="Generalised rank z",
    null="N(0, 1)",
    reference="Kolari & Pynnönen (2011)",
    assumes_independence=True,
    scans=(gsar_sums,),
)
def grank_z(sample: Sample) -> Outcome:
    """Ū_0·√(12N(T + 1)/(T − 1)): assumes that the observations are independent."""
    without = _without_gsar(sample)
    if without:
        return without
    ranks = sample.once(_grank)
    days = ranks.days
    return z_test(ranks.event * np.sqrt(12 * sample.n * (days + 1) / (days - 1)), sample.n)


@register_test(
    "grank_overlap_t",
    label="Generalised rank t, overlap-adjusted",
    null="t(N − 1)",
    reference="after Kolari & Pynnönen (2010, 2011)",
    scans=(gsar_sums, rank_pairs),
)
def grank_overlap_t(sample: Sample) -> Outcome:
    """Ū_0/sd(U_0)·√N·√((1 − r̄)/(1 + (N − 1)r̄)), r̄ the mean rank correlation at partial overlap.

    Var(Ū_0) = (1/N²)·Σ_ij cov(U_i0, U_j0), and the covariance of two windows is that of whole ones
    times the share o_ij of their days that both have in calendar time: r̄ = mean of ρ_ij·o_ij over
    the pairs, ρ the rank correlation of the estimation windows in calendar time. The spread of U_0
    is the cross-section's, whose expectation correlation lowers by 1 − r̄.
    """
    without = _without_gsar(sample)
    if without:
        return without
    n = sample.n
    if n < LEAST:
        return too_few(LEAST, n)
    sums = _sums_of(sample)
    mean = float(sums.event) / n
    squares = float(sums.squares) - n * mean**2
    if squares <= SAME * sums.squares:  # what rounding leaves of equal ranks
        return no_spread(n)
    sd = np.sqrt(squares / (n - 1))
    correlation = _rank_correlation(sample)
    if isinstance(correlation, Outcome):
        return correlation
    r_bar = correlation.all_pairs
    inflation = 1 + (n - 1) * r_bar
    if min(inflation, 1 - r_bar) <= ALONE:
        return refusal(f"mean rank correlation {r_bar:.3f} leaves no variance to correct", n)
    statistic = mean / sd * np.sqrt(n) * np.sqrt((1 - r_bar) / inflation)
    return t_test(statistic, n - 1, n, f"mean rank correlation {r_bar:.6g} in calendar time")


@register_test(
    "sign_gsar_t",
    label="Sign test of GSAR",
    null="t(T − 2), T estimation days + 1",
    reference="Luoma (2011)",
    scans=(gsar_sums, rank_pairs),
)
def sign_gsar_t(sample: Sample) -> Outcome:
    """Z√((T − 2)/(T − 1 − Z²)), Z = Ḡ_0/S_G, G = sign(GSAR − its median over the T days).

    Luoma's statistic where no two windows overlap in part. S_G is a spread over time in event time,
    which has the correlation of one date in it but not that of neighbouring dates, so the variance
    of Ḡ_0 is S_G² + ⅔·r̄·(N − 1)/N with r̄ the mean of ρ_ij·o_ij over pairs on different dates, as in
    `grank_overlap_t`; r̄ below zero counts as zero.
    """
    without = _without_gsar(sample)
    if without:
        return without
    n = sample.n
    sums = _sums_of(sample)
    signs = _over_time(sums.signs, sums.count, float(sums.event_signs), n)
    correlation = _rank_correlation(sample)
    if isinstance(correlation, Outcome):
        return correlation
    more = SIGNS * max(correlation.apart, 0.0) * (n - 1) / n
    variance = signs.variance + more
    detail = ""
    if more > 0 and signs.variance > 0:
        detail = f"spread times {np.sqrt(variance / signs.variance):.3f} for overlapping windows"
    return _t_over_time(signs, variance, n, detail)


def mean_rank_correlation(sample: Sample) -> RankCorrelation:
    """The mean rank correlation of the sample's group for a window of this length.

    Raises:
        NoOverlapError: Two observations share too few estimation sessions to be correlated.
    """
    return sample.group.once(_rank_correlation_for, sample.window.length)


def _rank_correlation_for(group: FittedGroup, length: int) -> RankCorrelation:
    day0, width = group.positions.day0, group.windows.width
    check_overlap(day0, width, length)
    wanted = _pairs_for(group, length)
    if wanted.lags > rank_pairs(group).lags:
        (sums,) = scan(group.windows, [wanted])[wanted]
    else:
        (sums,) = group.scanned(rank_pairs)
    return rank_correlation(sums.total(), day0, length)


def _rank_correlation(sample: Sample) -> RankCorrelation | Outcome:
    """The mean rank correlation, or why there is none."""
    try:
        return mean_rank_correlation(sample)
    except NoOverlapError as error:
        return refusal(str(error), sample.n)
