"""Tests that rank the CAR of a window among single days: GRANK, and signs about the median.

A generalised standardised abnormal return (GSAR) is a SAR on each estimation day, and on the day of
the event the SCAR of the window over its cross-sectional spread (Kolari & Pynnönen 2011). Each
observation is sorted once; a window then costs counts.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from eventstudy.arrays import product
from eventstudy.models.kernel.batch import Bools, Floats, Ints
from eventstudy.significance.outcome import Outcome, no_spread, refusal, t_test, too_few, z_test
from eventstudy.significance.parametric import ALONE
from eventstudy.significance.registry import register_test
from eventstudy.significance.sample import FittedGroup, Sample, sample_spread
from eventstudy.significance.sums.estimation_windows import Block, Sums, scan
from eventstudy.significance.sums.moments import tested_windows
from eventstudy.significance.sums.pair_correlation import NoOverlapError
from eventstudy.significance.sums.rank_correlation import RankCorrelation, rank_correlation
from eventstudy.significance.sums.sorted_days import (
    Places,
    column_counts,
    count_below,
    sorted_days,
)
from eventstudy.significance.sums.ties import SAME
from eventstudy.spec.windows import Window

SIGNS = 2 / 3
"""Correlation of the signs of two returns over that of their ranks, as both go to zero: for normal
returns (2/π)·asin(ρ) over (6/π)·asin(ρ/2)."""

LEAST = 8
"""Observations that `grank_overlap_t` needs: a t of fewer bounded figures is wider than t(N − 1),
most of all at 1 %."""


@dataclass(frozen=True, slots=True)
class _Placed:
    """The estimation SARs of a block in their order, and SCAR* of each window among them."""

    places: Places
    """(n, T) from 1 in ascending order, ties in any order; 0 where missing."""
    scaled: Floats
    """(n, T) SARs (AR/s) in ascending order, infinite where missing."""
    valid: Bools
    """(n, T)"""
    size: Floats
    """(n,) valid SARs and SCAR*."""
    star: Floats
    """(n, Q) SCAR* = SCAR/sd(SCAR); NaN where missing."""
    used: Bools
    """(n, Q) where it is not."""
    lower: Ints
    """(n, Q) SARs below it."""
    upper: Ints
    """(n, Q) SARs that do not lie above it."""


@dataclass(frozen=True, slots=True)
class _GsarScan:
    """What the scans have in common: all tested windows at once."""

    windows: tuple[Window, ...]
    spreads: tuple[float, ...]
    """The standard deviation of SCAR of each window; NaN where there is none."""

    def placed(self, block: Block) -> _Placed:
        """The block's SARs and SCAR*."""
        return block.once(_placed, self.windows, self.spreads)


def _placed(block: Block, windows: tuple[Window, ...], spreads: tuple[float, ...]) -> _Placed:
    places, ascending = block.once(sorted_days).first_days(block.residuals.shape[1])
    star = block.scores(windows) / np.asarray(spreads)
    scaled = ascending / block.fits.s[:, None]
    slack = SAME * np.maximum(np.abs(star), 1.0)  # SARs are of size 1
    lower = count_below(scaled, star - slack)
    upper = lower
    next_sar = np.take_along_axis(scaled, lower.clip(max=scaled.shape[1] - 1), axis=1)
    if (next_sar <= star + slack).any():
        upper = count_below(scaled, star + slack)
    valid = places > 0
    return _Placed(
        places=places,
        scaled=scaled,
        valid=valid,
        size=valid.sum(axis=1) + 1.0,
        star=star,
        used=np.isfinite(star),
        lower=lower,
        upper=upper,
    )


@dataclass(frozen=True, slots=True)
class GrankScan(_GsarScan):
    """Ranks of SCAR* among the estimation SARs, and theirs."""

    def __call__(self, block: Block) -> Sums:
        """(Q, T) Σ U and (Q, T) observations by estimation day; (Q,) Σ U and Σ U² of the event.

        U = rank/(valid_i + 1) − ½ over the valid estimation SARs and SCAR*. Adding SCAR* moves
        every larger SAR up by one rank, an equal one by a half: so places are counted, not sorted.
        """
        one, days = self.placed(block), block.once(sorted_days)
        places, valid, used, size = one.places, one.valid, one.used, one.size
        total, count = _by_window(places, used, size + 1), _by_window(valid, used, None)
        if days.tied.any():
            tied, slip = days.tie_shifts(places)
            total += _by_window(slip, used[tied], size[tied] + 1)
        for many in np.unique(size):
            same = size == many
            moved = _moved_up(places[same], one.lower[same], one.upper[same], used[same])
            total += moved / (many + 1)
        u_event = (1 + (one.lower + one.upper) / 2) / (size + 1)[:, None] - 0.5
        u_event = np.where(used, u_event, 0.0)
        return total - count / 2, count, u_event.sum(axis=0), (u_event**2).sum(axis=0)


@dataclass(frozen=True, slots=True)
class SignScan(_GsarScan):
    """Signs of the estimation SARs and of SCAR* about the median of all of them."""

    def __call__(self, block: Block) -> Sums:
        """(Q, T) Σ G and (Q, T) observations by estimation day; (Q,) Σ G of the event."""
        one = self.placed(block)
        places, used = one.places, one.used
        median = _medians(one)
        slack = SAME * np.maximum(np.abs(median), 1.0)
        below = count_below(one.scaled, median - slack)
        upper = count_below(one.scaled, median + slack)
        signs = _above(places, upper, used) - _not_above(places, below, one.valid, used)
        event = (one.star > median + slack) * 1.0 - (one.star < median - slack)
        return signs, _by_window(one.valid, used, None), event.sum(axis=0)


def _medians(one: _Placed) -> Floats:
    """(n, Q) median of the valid SARs and SCAR*."""
    count = one.size[:, None].astype(np.int64)
    middle = [_with_star(one, place) for place in ((count - 1) // 2, count // 2)]
    return np.asarray((middle[0] + middle[1]) / 2)


def _with_star(one: _Placed, place: Ints) -> Floats:
    """(n, Q) the value at a place (n, 1), from 0, of the SARs and SCAR* in ascending order."""
    index = np.clip(place - (place > one.lower), 0, one.scaled.shape[1] - 1)
    return np.where(place == one.lower, one.star, np.take_along_axis(one.scaled, index, axis=1))


def _by_window(values: npt.NDArray[Any], used: Bools, over: Floats | None) -> Floats:
    """(Q, T) Σ of values (n, T), each over its observation's figure, where a window is used."""
    if used.all():
        each = np.ones(len(values)) if over is None else 1 / over
        return np.tile(np.einsum("n,nt->t", each, values), (used.shape[1], 1))
    known = used.astype(np.float64)
    return product((known if over is None else known / over[:, None]).T, values)


def _narrow(places: Places) -> tuple[Places, int]:
    """Places in as few bytes as hold one that none reaches, and that one."""
    never = places.shape[1] + 1
    return places.astype(np.uint8 if never < 256 else np.uint16), never


def _above(places: Places, limit: Ints, used: Bools) -> Floats:
    """(Q, T) how many places lie above the limit of their observation and window."""
    place, never = _narrow(places)
    limit = np.where(used, limit, never).astype(place.dtype)
    counts = [column_counts(place > limit[:, q, None]) for q in range(limit.shape[1])]
    return np.array(counts, dtype=np.float64)


def _not_above(places: Places, limit: Ints, valid: Bools, used: Bools) -> Floats:
    """(Q, T) how many valid places do not lie above it."""
    return _by_window(valid, used, None) - _above(places, limit, used)


def _moved_up(places: Places, lower: Ints, upper: Ints, used: Bools) -> Floats:
    """(Q, T) by how much places are moved up on each day: by one above SCAR*, by ½ at it."""
    moved = _above(places, upper, used)
    for q in np.flatnonzero(((lower < upper) & used).any(axis=0)):
        equal = (places > lower[:, q, None]) & (places <= upper[:, q, None]) & used[:, q, None]
        moved[q] += 0.5 * column_counts(equal)
    return moved


def grank_sums(group: FittedGroup) -> GrankScan:
    """The scan behind the generalised rank tests, over all tested windows."""
    windows = tested_windows(group.spec)
    return GrankScan(windows, tuple(group.spread_z(window) for window in windows))


def gsar_sign_sums(group: FittedGroup) -> SignScan:
    """The scan behind the test by signs about the median, over all tested windows."""
    windows = tested_windows(group.spec)
    return SignScan(windows, tuple(group.spread_z(window) for window in windows))


def _sums_of(sample: Sample, kind: type[GrankScan] | type[SignScan]) -> Sums:
    """Of one window, out of those of all tested ones where it is one of them."""
    group, window = sample.group, sample.window
    windows = tested_windows(group.spec)
    if window in windows:
        q = windows.index(window)
        make = grank_sums if kind is GrankScan else gsar_sign_sums
        return tuple(sums[q] for sums in group.scanned(make))
    alone = kind((window,), (group.spread_z(window),))
    return tuple(sums[0] for sums in scan(group.windows, [alone])[alone])


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
    total, count, event, _ = _sums_of(sample, GrankScan)
    return _over_time(total, count, float(event), sample.n)


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
    scans=(grank_sums,),
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
    scans=(grank_sums,),
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
    scans=(grank_sums,),
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
    _, _, event, squares = _sums_of(sample, GrankScan)
    mean = float(event) / n
    sd = sample_spread(mean, max(float(squares) - n * mean**2, 0.0), n, unit=1.0)
    if np.isnan(sd):
        return no_spread(n)
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
    scans=(gsar_sign_sums,),
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
    total, count, event = _sums_of(sample, SignScan)
    signs = _over_time(total, count, float(event), n)
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
    group = sample.group
    longest = max(window.length for window in tested_windows(group.spec))
    return rank_correlation(group.windows, sample.window.length, longest)


def _rank_correlation(sample: Sample) -> RankCorrelation | Outcome:
    """The mean rank correlation, or why there is none."""
    try:
        return mean_rank_correlation(sample)
    except NoOverlapError as error:
        return refusal(str(error), sample.n)
