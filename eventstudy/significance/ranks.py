"""Rank tests over many events: robust to outliers and to any distribution of the returns.

Ranks are found once for a group; a window or a day then costs sums. Ties share their mean rank.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.stats import rankdata

from eventstudy.models.batch import Floats
from eventstudy.significance.outcome import Outcome, no_spread, refusal, t_test, too_few, z_test
from eventstudy.significance.registry import register_test
from eventstudy.significance.sample import Group, Sample


@dataclass(frozen=True, slots=True)
class DailyScores:
    """One score a day of estimation window and event days, and its spread over all days."""

    event: Floats
    """(W,) scores of the event days; NaN where no observation is valid."""
    spread: float
    """Root mean square of the scores over all T + W days with an observation."""


def _centred_ranks(values: Floats) -> tuple[Floats, Floats]:
    """Ranks of each row's valid values minus their mean (n + 1)/2, 0 where missing; n by row."""
    valid = np.isfinite(values)
    ranks = rankdata(np.where(valid, values, np.inf), axis=1)  # what is missing ranks last
    n = valid.sum(axis=1, keepdims=True)
    return np.where(valid, ranks - (n + 1) / 2, 0.0), n.astype(np.float64)


def _all_days(group: Group) -> Floats:
    """(N, T + W) abnormal returns of estimation window and event days."""
    return np.concatenate([group.fits.residuals, group.fits.ar], axis=1)


def _scores(group: Group, total: Floats, weight: Callable[[Floats], Floats]) -> DailyScores:
    """Sum over observations divided by a weight of the valid count, day by day."""
    count = np.isfinite(_all_days(group)).sum(axis=0).astype(np.float64)
    known = count > 0
    daily = np.where(known, total / weight(np.maximum(count, 1)), np.nan)
    width = group.fits.ar.shape[1]
    return DailyScores(daily[-width:], float(np.sqrt((daily[known] ** 2).mean())))


def _ranked_days(group: Group) -> tuple[Floats, Floats]:
    return _centred_ranks(_all_days(group))


def _mean_ranks(group: Group) -> DailyScores:
    ranks, _ = group.once(_ranked_days)
    return _scores(group, ranks.sum(axis=0), lambda count: count)


def _scaled_ranks(group: Group) -> DailyScores:
    ranks, n = group.once(_ranked_days)
    return _scores(group, (ranks / (1 + n)).sum(axis=0), np.sqrt)


def _median_signs(group: Group) -> DailyScores:
    values = _all_days(group)
    median = np.nanmedian(values, axis=1, keepdims=True)
    return _scores(group, np.nansum(np.sign(values - median), axis=0), np.sqrt)


def _score_test(sample: Sample, make: Callable[[Group], DailyScores]) -> Outcome:
    """√L times the mean score of the window over the spread."""
    scores = sample.group.once(make)
    window, span = sample.window, sample.group.spec.span
    inside = scores.event[window.start - span.start : window.end - span.start + 1]
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
)
def corrado_zivney_z(sample: Sample) -> Outcome:
    """Ranks scaled by 1/(1 + valid_i) and summed with 1/√N_t, over the spread of the same."""
    return _score_test(sample, _scaled_ranks)


@register_test(
    "corrado_zivney_sign_z",
    label="Corrado-Zivney sign",
    null="N(0, 1)",
    reference="Corrado & Zivney (1992)",
)
def corrado_zivney_sign_z(sample: Sample) -> Outcome:
    """sign(AR − median of the observation's own days), scaled as `corrado_zivney_z`."""
    return _score_test(sample, _median_signs)


@register_test(
    "cowan_rank_z",
    label="Cowan cumulated rank",
    null="N(0, 1)",
    reference="Cowan (1992)",
)
def cowan_rank_z(sample: Sample) -> Outcome:
    """√L · mean of the daily mean ranks over the window / S; for one day it is `corrado_z`."""
    return _score_test(sample, _mean_ranks)


@dataclass(frozen=True, slots=True)
class _EstimationRanks:
    sar: Floats
    """(N, T) in-sample standardised residuals, AR/s; NaN where missing."""
    ranks: Floats
    """(N, T) their ranks, 0 where missing."""


def _estimation_ranks(group: Group) -> _EstimationRanks:
    sar = group.fits.residuals / group.fits.s[:, None]
    centred, n = _centred_ranks(sar)
    ranks = np.where(np.isfinite(sar), centred + (n + 1) / 2, 0.0)
    return _EstimationRanks(sar, ranks)


def _grank(sample: Sample) -> tuple[float, float, int] | Outcome:
    """Ū_0, S_U and T of the generalised rank test, or why there are none."""
    if sample.n < 2:
        return too_few(2, sample.n)
    z = sample.z
    spread = z.std(ddof=1)
    if spread <= 1e-14 * np.abs(z).max():
        return no_spread(sample.n)
    star = (z / spread)[:, None]
    known = sample.group.once(_estimation_ranks)
    sar, ranks = known.sar[sample.valid], known.ranks[sample.valid]
    valid = np.isfinite(sar)
    # Adding SCAR* moves every larger estimation SAR up by one rank, an equal one by a half.
    below, equal = star < sar, star == sar
    n = valid.sum(axis=1) + 1
    u = np.where(valid, (ranks + below + 0.5 * equal) / (n[:, None] + 1) - 0.5, 0.0)
    u_event = (1 + (star > sar).sum(axis=1) + 0.5 * equal.sum(axis=1)) / (n + 1) - 0.5
    count = valid.sum(axis=0)
    days = count > 0
    mean_u = np.append(u[:, days].sum(axis=0) / count[days], u_event.mean())
    weight = np.append(count[days], sample.n) / sample.n
    total = len(mean_u)
    spread_u = float(np.sqrt((weight * mean_u**2).sum() / total))
    return float(mean_u[-1]), spread_u, total


@register_test(
    "grank_t",
    label="Generalised rank t",
    null="t(T − 2), T estimation days + 1",
    reference="Kolari & Pynnönen (2011)",
)
def grank_t(sample: Sample) -> Outcome:
    """Z√((T − 2)/(T − 1 − Z²)), Z = Ū_0/S_U; SCAR is re-standardised by its spread.

    Robust to event-induced variance and to correlation between observations of one date.
    """
    found = sample.once(_grank)
    if isinstance(found, Outcome):
        return found
    u_event, spread, days = found
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
)
def grank_z(sample: Sample) -> Outcome:
    """Ū_0·√(12N(T + 1)/(T − 1)): assumes that the observations are independent."""
    found = sample.once(_grank)
    if isinstance(found, Outcome):
        return found
    u_event, _, days = found
    return z_test(u_event * np.sqrt(12 * sample.n * (days + 1) / (days - 1)), sample.n)
