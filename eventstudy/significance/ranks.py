"""Rank tests over many events: robust to outliers and to any distribution of the returns.

Each observation is sorted once; a window or a day then costs sums and counts.
Ties share their mean rank.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.stats import rankdata

from eventstudy.arrays import product
from eventstudy.models.kernel.batch import Bools, Floats, Ints, columns_of
from eventstudy.significance.outcome import Outcome, no_spread, refusal, t_test, too_few, z_test
from eventstudy.significance.registry import register_test
from eventstudy.significance.sample import FittedGroup, Sample, for_every_group
from eventstudy.significance.sums.estimation_windows import Block, Sums, scan
from eventstudy.significance.sums.moments import tested_windows
from eventstudy.spec import Window

Places = npt.NDArray[Any]
"""Places in an order, in as few bytes as they need."""


@dataclass(frozen=True, slots=True)
class DailyScores:
    """One score a day of estimation window and event days, and its spread over all days."""

    event: Floats
    """(W,) scores of the event days; NaN where no observation is valid."""
    spread: float
    """Root mean square of the scores over all T + W days with an observation."""


@dataclass(frozen=True, slots=True)
class _Sorted:
    """The days of estimation window and event of n observations, sorted by abnormal return."""

    values: Floats
    """(n, D) abnormal returns in the order of the days; NaN where missing."""
    order: Ints
    """(n, D) the days from the lowest to the highest, those missing last."""
    ascending: Floats
    """(n, D) the values in that order."""
    count: Ints
    """(n, 1) how many are not missing."""
    tied: Bools
    """(n,) whether any two values are the same."""

    @property
    def valid(self) -> Bools:
        """(n, D) which values are not missing."""
        return np.isfinite(self.values)

    def rank_totals(self, weight: Floats | None = None) -> Floats:
        """(D,) Σ of the ranks of each day, weighted by observation where there are weights (n,).

        Ranks run from 1, ties share their mean, a missing value has none.
        """
        n, d = self.order.shape
        if not self.tied.any() and self.count.min(initial=d) == d:
            each = np.ones(n) if weight is None else weight
            places = each[:, None] * np.arange(1.0, d + 1)
            return np.bincount(self.order.ravel(), places.ravel(), d).astype(np.float64)
        ranks = np.empty_like(self.values)
        places = np.broadcast_to(np.arange(1.0, d + 1), ranks.shape)
        np.put_along_axis(ranks, self.order, places, axis=1)
        ranks[self.tied] = mean_ranks(self.values[self.tied])
        ranks[~self.valid] = 0.0
        return np.asarray(
            ranks.sum(axis=0) if weight is None else np.einsum("n,nd->d", weight, ranks)
        )

    def median(self) -> Floats:
        """(n, 1) of the values that are not missing."""
        low, high = (self.count - 1) // 2, self.count // 2
        middle = [np.take_along_axis(self.ascending, m.clip(0), axis=1) for m in (low, high)]
        return np.asarray((middle[0] + middle[1]) / 2)

    def first_days(self, days: int) -> tuple[Places, Floats]:
        """Of the first days alone, the estimation window.

        Returns:
            Places (n, T) from 1, ties in any order and 0 where missing; and the values in ascending
            order (n, T), infinite where missing.
        """
        early = self.order < days
        every = np.zeros(self.order.shape, dtype=np.int16)
        np.put_along_axis(every, self.order, np.cumsum(early, axis=1, dtype=np.int16), axis=1)
        places: Places = every[:, :days]
        ascending: Floats = self.ascending[early].reshape(len(self.values), days)
        if not np.isfinite(ascending[:, -1]).all():
            places = np.where(np.isfinite(self.values[:, :days]), places, 0)
            ascending = np.where(np.isnan(ascending), np.inf, ascending)
        return places, ascending


def mean_ranks(values: Floats) -> Floats:
    """Ranks of each row from 1, ties sharing their mean; what is missing ranks last."""
    return np.asarray(rankdata(np.where(np.isfinite(values), values, np.inf), axis=1))


def _sorted_days(block: Block) -> _Sorted:
    values = np.concatenate([block.residuals, block.fits.ar], axis=1)
    order = np.argsort(values, axis=1)
    ascending = np.take_along_axis(values, order, axis=1)
    count = np.isfinite(values).sum(axis=1, keepdims=True)
    tied = (ascending[:, 1:] == ascending[:, :-1]).any(axis=1)
    return _Sorted(values, order, ascending, count, tied)


def _rank_sums(block: Block) -> tuple[Floats, ...]:
    """By day of estimation window and event: Σ K, Σ K/(1 + valid_i), observations.

    K is a rank less the mean rank (valid_i + 1)/2.
    """
    days = block.once(_sorted_days)
    valid = days.valid.astype(np.float64)
    middle, weight = (days.count[:, 0] + 1) / 2, 1 / (1 + days.count[:, 0])
    plain = days.rank_totals() - np.einsum("n,nd->d", middle, valid)
    scaled = days.rank_totals(weight) - np.einsum("n,nd->d", middle * weight, valid)
    return plain, scaled, valid.sum(axis=0)


def _sign_sums(block: Block) -> tuple[Floats, ...]:
    """By day: Σ sign(AR − the observation's own median), observations."""
    days = block.once(_sorted_days)
    median = days.median()
    signs = column_counts(days.values > median) - column_counts(days.values < median)
    return signs.astype(np.float64), column_counts(days.valid).astype(np.float64)


rank_sums = for_every_group(_rank_sums)
"""The scan behind the rank tests."""

sign_sums = for_every_group(_sign_sums)
"""The scan behind the sign test by medians."""


def _scores(
    group: FittedGroup, total: Floats, count: Floats, weight: Callable[[Floats], Floats]
) -> DailyScores:
    """Sum over observations divided by a weight of the valid count, day by day."""
    known = count > 0
    daily = np.where(known, total / weight(np.maximum(count, 1)), np.nan)
    width = group.fits.ar.shape[1]
    return DailyScores(daily[-width:], float(np.sqrt((daily[known] ** 2).mean())))


def _mean_ranks(group: FittedGroup) -> DailyScores:
    ranks, _, count = group.scanned(rank_sums)
    return _scores(group, ranks, count, lambda count: count)


def _scaled_ranks(group: FittedGroup) -> DailyScores:
    _, scaled, count = group.scanned(rank_sums)
    return _scores(group, scaled, count, np.sqrt)


def _median_signs(group: FittedGroup) -> DailyScores:
    signs, count = group.scanned(sign_sums)
    return _scores(group, signs, count, np.sqrt)


def _score_test(sample: Sample, make: Callable[[FittedGroup], DailyScores]) -> Outcome:
    """√L times the mean score of the window over the spread."""
    scores = sample.group.once(make)
    window = sample.window
    inside = scores.event[columns_of(window, sample.group.spec.span)]
    if sample.n < 1 or not np.isfinite(inside).all():
        return refusal("no observation has a value on every day of the window", sample.n)
    if scores.spread <= 0:
        return refusal("the daily scores have no spread", sample.n)
    return z_test(np.sqrt(window.length) * inside.mean() / scores.spread, sample.n)


@register_test(
    "corrado_z",
    label="Corrado rank",
    null="N(0, 1)",
    reference="Corrado (1989)",
    scans=(rank_sums,),
)
def corrado_z(sample: Sample) -> Outcome:
    """Mean centred rank of the day over its spread S, S² = mean over all days of K̄_t².

    Ranks run over each observation's own valid days of estimation window and event days. Over a
    window it is `cowan_rank_z`.
    """
    return _score_test(sample, _mean_ranks)


@register_test(
    "corrado_zivney_z",
    label="Corrado-Zivney rank",
    null="N(0, 1)",
    reference="Corrado & Zivney (1992)",
    scans=(rank_sums,),
)
def corrado_zivney_z(sample: Sample) -> Outcome:
    """Ranks scaled by 1/(1 + valid_i) and summed with 1/√N_t, over the spread of the same."""
    return _score_test(sample, _scaled_ranks)


@register_test(
    "corrado_zivney_sign_z",
    label="Corrado-Zivney sign",
    null="N(0, 1)",
    reference="Corrado & Zivney (1992)",
    scans=(sign_sums,),
)
def corrado_zivney_sign_z(sample: Sample) -> Outcome:
    """sign(AR − median of the observation's own days), scaled as `corrado_zivney_z`."""
    return _score_test(sample, _median_signs)


@register_test(
    "cowan_rank_z",
    label="Cowan cumulated rank",
    null="N(0, 1)",
    reference="Cowan (1992)",
    scans=(rank_sums,),
)
def cowan_rank_z(sample: Sample) -> Outcome:
    """√L · mean of the daily mean ranks over the window / S; for one day it is `corrado_z`."""
    return _score_test(sample, _mean_ranks)


@dataclass(frozen=True, slots=True)
class GrankScan:
    """Ranks of SCAR* among the estimation SARs (AR/s), and theirs, for all windows at once."""

    windows: tuple[Window, ...]
    spreads: tuple[float, ...]
    """The standard deviation of SCAR of each window; NaN where there is none."""

    def __call__(self, block: Block) -> tuple[Floats, ...]:
        """(Q, T) Σ U and (Q, T) observations by estimation day; (Q,) Σ U of the event.

        U = rank/(valid_i + 1) − ½ over the valid estimation SARs and SCAR*. Adding SCAR* moves
        every larger SAR up by one rank, an equal one by a half: so places are counted, not sorted.
        """
        days, t = block.once(_sorted_days), block.residuals.shape[1]
        places, ascending = days.first_days(t)
        star = block.scores(self.windows) / np.asarray(self.spreads)
        used = np.isfinite(star)
        # How many SARs lie below SCAR*, and how many do not lie above.
        scaled = ascending / block.fits.s[:, None]
        lower = _count_below(scaled, star)
        upper = lower
        if (np.take_along_axis(scaled, lower.clip(max=t - 1), axis=1) == star).any():
            upper = _count_below(scaled, np.nextafter(star, np.inf))
        valid = places > 0
        size = valid.sum(axis=1) + 1.0
        total, count = _by_window(places, used, size + 1), _by_window(valid, used, None)
        if days.tied.any():
            slip = mean_ranks(days.values[days.tied, :t]) - places[days.tied]
            slip[~valid[days.tied]] = 0.0
            total += _by_window(slip, used[days.tied], size[days.tied] + 1)
        for many in np.unique(size):
            same = size == many
            total += _moved_up(places[same], lower[same], upper[same], used[same]) / (many + 1)
        u_event = (1 + (lower + upper) / 2) / (size + 1)[:, None] - 0.5
        return total - count / 2, count, np.where(used, u_event, 0.0).sum(axis=0)


def _by_window(values: npt.NDArray[Any], used: Bools, over: Floats | None) -> Floats:
    """(Q, T) Σ of values (n, T), each over its observation's figure, where a window is used."""
    if used.all():
        each = np.ones(len(values)) if over is None else 1 / over
        return np.tile(np.einsum("n,nt->t", each, values), (used.shape[1], 1))
    known = used.astype(np.float64)
    return product((known if over is None else known / over[:, None]).T, values)


def _count_below(ascending: Floats, wanted: Floats) -> Ints:
    """(n, Q) how many of each row's ascending values (n, T) lie below each of its wanted ones.

    Binary search in all rows at once: `np.searchsorted` takes one row.
    """
    n, t = ascending.shape
    below = np.zeros(wanted.shape, dtype=np.int64)
    start = np.arange(n)[:, None] * t
    flat = ascending.ravel()
    for bit in reversed(range(t.bit_length())):
        reach = below + (1 << bit)
        value = flat.take(start + np.minimum(reach, t) - 1)
        below = np.where((reach <= t) & (value < wanted), reach, below)
    return below


def _moved_up(places: Places, lower: Ints, upper: Ints, used: Bools) -> Floats:
    """(Q, T) by how much places are moved up on each day: by one above SCAR*, by ½ at it."""
    t = places.shape[1]
    never = t + 1
    lower, upper = np.where(used, lower, never), np.where(used, upper, never)
    kind = np.uint8 if never < 256 else np.uint16
    place: Places = places.astype(kind)
    moved = np.empty((lower.shape[1], t))
    for q in range(lower.shape[1]):
        moved[q] = column_counts(place > upper[:, q, None].astype(kind))
        if (lower[:, q] < upper[:, q]).any():
            equal = (places > lower[:, q, None]) & (places <= upper[:, q, None])
            moved[q] += 0.5 * column_counts(equal)
    return moved


def column_counts(flags: Bools) -> Ints:
    """(T,) how many of (n, T) are set, counted in bytes as far as these reach."""
    total = np.zeros(flags.shape[1], dtype=np.int64)
    for start in range(0, len(flags), 255):  # the most that a byte counts
        total += np.add.reduce(flags[start : start + 255].view(np.uint8), axis=0, dtype=np.uint8)
    return total


def grank_sums(group: FittedGroup) -> GrankScan:
    """The scan behind the generalised rank tests, over all tested windows."""
    windows = tested_windows(group.spec)
    return GrankScan(windows, tuple(group.spread_z(window) for window in windows))


def _grank_sums_of(group: FittedGroup, window: Window) -> Sums:
    """Of one window, out of those of all tested ones where it is one of them."""
    windows = tested_windows(group.spec)
    if window in windows:
        q = windows.index(window)
        return tuple(sums[q] for sums in group.scanned(grank_sums))
    alone = GrankScan((window,), (group.spread_z(window),))
    return tuple(sums[0] for sums in scan(group.windows, [alone])[alone])


def _grank(sample: Sample) -> tuple[float, float, int] | Outcome:
    """Ū_0, S_U and T of the generalised rank test, or why there are none."""
    group, window, n = sample.group, sample.window, sample.n
    if n < 2:
        return too_few(2, n)
    if not np.isfinite(group.spread_z(window)):
        return no_spread(n)
    total, count, event = _grank_sums_of(group, window)
    days = count > 0
    mean_u = np.append(total[days] / count[days], event / n)
    weight = np.append(count[days], n) / n
    total_days = len(mean_u)
    spread_u = float(np.sqrt((weight * mean_u**2).sum() / total_days))
    return float(mean_u[-1]), spread_u, total_days


@register_test(
    "grank_t",
    label="Generalised rank t",
    null="t(T − 2), T estimation days + 1",
    reference="Kolari & Pynnönen (2011)",
    scans=(grank_sums,),
)
def grank_t(sample: Sample) -> Outcome:
    """Z√((T − 2)/(T − 1 − Z²)), Z = Ū_0/S_U; SCAR is re-standardised by its spread.

    Robust to event-induced variance and to correlation between observations of one date.
    """
    ranks = sample.once(_grank)
    if isinstance(ranks, Outcome):
        return ranks
    u_event, spread, days = ranks
    if spread <= 0 or days < 4:
        return refusal("too few estimation days with a spread of ranks", sample.n)
    z = u_event / spread
    left = days - 1 - z**2
    if left <= 0:
        return refusal("the event's rank exceeds what T days can show", sample.n)
    return t_test(z * np.sqrt((days - 2) / left), days - 2, sample.n)


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
    ranks = sample.once(_grank)
    if isinstance(ranks, Outcome):
        return ranks
    u_event, _, days = ranks
    return z_test(u_event * np.sqrt(12 * sample.n * (days + 1) / (days - 1)), sample.n)
