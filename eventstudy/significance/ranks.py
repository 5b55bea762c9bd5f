"""Rank tests over many events: robust to outliers and to any distribution of the returns.

A day is ranked among the estimation window and the event window. Which other windows are cumulated
changes nothing; a window that reaches beyond the event window adds its own days, for itself alone.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from eventstudy.models.kernel.batch import Floats
from eventstudy.significance.outcome import Outcome, refusal, z_test
from eventstudy.significance.registry import register_test
from eventstudy.significance.sample import FittedGroup, Sample
from eventstudy.significance.sums.estimation_windows import Block, Sums, scan
from eventstudy.significance.sums.moments import tested_windows
from eventstudy.significance.sums.sorted_days import SortedDays, column_counts, sorted_days
from eventstudy.spec.study_spec import StudySpec
from eventstudy.spec.windows import Window

EventDays = tuple[int, ...]
"""Relative sessions in ascending order."""


@dataclass(frozen=True, slots=True)
class DailyScores:
    """One score a day of estimation window and event days, and its spread over all days."""

    event: Floats
    """(W,) scores of the event days; NaN where no observation is valid."""
    spread: float
    """Root mean square of the scores over all T + W days with an observation."""


def ranked_days(spec: StudySpec, window: Window) -> EventDays:
    """The event days that a window's days are ranked among, beside the estimation window.

    Corrado (1989) ranks over estimation and event period; so the event window, and where the tested
    window reaches beyond it, its days too.

    Args:
        spec: Has the event window.
        window: The tested one.
    """
    return tuple(sorted({*spec.window.days, *window.days}))


def _all_ranked_days(spec: StudySpec) -> tuple[EventDays, ...]:
    """Those of every tested window, each once."""
    return tuple(dict.fromkeys(ranked_days(spec, window) for window in tested_windows(spec)))


def _with_estimation(block: Block, days: EventDays) -> SortedDays:
    """The estimation window and these event days of a block."""
    t = block.residuals.shape[1]
    first = block.spec.span.start
    return block.once(sorted_days).only([*range(t), *(t + day - first for day in days)])


@dataclass(frozen=True, slots=True)
class DayScan:
    """Sums by day over the observations, for several sets of event days."""

    sums: Callable[[SortedDays], Sums]
    """The sums over the sorted days of a block, arrays (T + W)."""
    sets: tuple[EventDays, ...]

    def __call__(self, block: Block) -> Sums:
        """The sums of one set after the other."""
        parts = (self.sums(_with_estimation(block, days)) for days in self.sets)
        return tuple(total for sums in parts for total in sums)


def _rank_sums(days: SortedDays) -> Sums:
    """By day: Σ K, Σ K/(1 + valid_i), observations; K is a rank less the mean rank."""
    valid = days.valid.astype(np.float64)
    middle, weight = (days.count[:, 0] + 1) / 2, 1 / (1 + days.count[:, 0])
    plain = days.rank_totals() - np.einsum("n,nd->d", middle, valid)
    scaled = days.rank_totals(weight) - np.einsum("n,nd->d", middle * weight, valid)
    return plain, scaled, valid.sum(axis=0)


def _sign_sums(days: SortedDays) -> Sums:
    """By day: Σ sign(AR − the observation's own median), observations."""
    above, below = days.median_signs()
    return (above - below).astype(np.float64), column_counts(days.valid).astype(np.float64)


def rank_sums(group: FittedGroup) -> DayScan:
    """The scan behind the rank tests."""
    return DayScan(_rank_sums, _all_ranked_days(group.spec))


def sign_sums(group: FittedGroup) -> DayScan:
    """The scan behind the sign test by medians."""
    return DayScan(_sign_sums, _all_ranked_days(group.spec))


def _sums_of(group: FittedGroup, make: Callable[[FittedGroup], DayScan], days: EventDays) -> Sums:
    """The sums of one set of days, out of those of all tested windows where it is one of them."""
    wanted = make(group)
    if days not in wanted.sets:
        alone = replace(wanted, sets=(days,))
        return scan(group.windows, [alone])[alone]
    sums = group.scanned(make)
    each = len(sums) // len(wanted.sets)
    start = wanted.sets.index(days) * each
    return sums[start : start + each]


def _scores(
    days: EventDays, total: Floats, count: Floats, weight: Callable[[Floats], Floats]
) -> DailyScores:
    """Sum over observations divided by a weight of the valid count, day by day."""
    known = count > 0
    daily = np.where(known, total / weight(np.maximum(count, 1)), np.nan)
    return DailyScores(daily[-len(days) :], float(np.sqrt((daily[known] ** 2).mean())))


def _mean_ranks(group: FittedGroup, days: EventDays) -> DailyScores:
    ranks, _, count = _sums_of(group, rank_sums, days)
    return _scores(days, ranks, count, lambda count: count)


def _scaled_ranks(group: FittedGroup, days: EventDays) -> DailyScores:
    _, scaled, count = _sums_of(group, rank_sums, days)
    return _scores(days, scaled, count, np.sqrt)


def _median_signs(group: FittedGroup, days: EventDays) -> DailyScores:
    signs, count = _sums_of(group, sign_sums, days)
    return _scores(days, signs, count, np.sqrt)


def _score_test(sample: Sample, make: Callable[[FittedGroup, EventDays], DailyScores]) -> Outcome:
    """√L times the mean score of the window over the spread."""
    window = sample.window
    days = ranked_days(sample.group.spec, window)
    scores = sample.group.once(make, days)
    first = days.index(window.start)
    inside = scores.event[first : first + window.length]
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

    Ranks run over each observation's own valid days of estimation window and event window, and of
    the tested window where it reaches further. Over a window it is `cowan_rank_z`.
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
