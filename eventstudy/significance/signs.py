"""Sign tests and signed ranks over many events."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, partial

import numpy as np
from scipy import special

from eventstudy.compute.engine import map_blocks
from eventstudy.models.kernel.batch import Floats, columns_of
from eventstudy.significance.outcome import Outcome, by_tails, refusal, too_few, z_test
from eventstudy.significance.registry import register_test
from eventstudy.significance.sample import FittedGroup, Sample, for_every_group
from eventstudy.significance.sums.estimation_windows import Block
from eventstudy.significance.sums.moments import tested_windows
from eventstudy.significance.sums.ties import SAME, shared_places, tie_starts
from eventstudy.spec.windows import Window

EXACT_UP_TO = 50
"""Signed ranks without ties are compared with their exact distribution up to this N."""


@register_test(
    "sign_z",
    label="Sign",
    null="N(0, 1)",
    reference="Brown & Warner (1980)",
    assumes_independence=True,
)
def sign_z(sample: Sample) -> Outcome:
    """(N⁺ − N/2)/√(N/4), N⁺ the number of positive AR or CAR."""
    n = sample.n
    if not n:
        return too_few(1, 0)
    return z_test((sample.moments.positive - n / 2) / np.sqrt(n / 4), n)


@register_test(
    "sign_exact",
    label="Sign, exact",
    null="binomial(N, ½)",
    reference="Conover (1999)",
    assumes_independence=True,
)
def sign_exact(sample: Sample) -> Outcome:
    """N⁺ against the binomial distribution; two-sided by both equal tails."""
    n, positive = sample.n, sample.moments.positive
    if not n:
        return too_few(1, 0)
    greater = float(special.bdtrc(positive - 1, n, 0.5)) if positive else 1.0
    less = float(special.bdtr(positive, n, 0.5))
    return by_tails(positive, "binomial", greater, less, n)


def _positive_share(block: Block) -> tuple[Floats, ...]:
    """Σ over observations of the share of positive abnormal returns in the estimation window."""
    residuals = block.residuals
    if block.compiled:
        from eventstudy.compiled.windows import positive_shares as compiled_shares

        return (np.asarray(compiled_shares(block.days, residuals.shape[1])),)
    shares = (residuals > 0).sum(axis=1) / np.isfinite(residuals).sum(axis=1)
    return (np.asarray(shares.sum()),)


positive_shares = for_every_group(_positive_share)
"""The scan behind the generalised sign test."""


@register_test(
    "gsign_z",
    label="Generalised sign",
    null="N(0, 1)",
    reference="Cowan (1992)",
    assumes_independence=True,
    scans=(positive_shares,),
)
def gsign_z(sample: Sample) -> Outcome:
    """(N⁺ − N·p̂)/√(N·p̂(1 − p̂)), p̂ the mean share of positive estimation AR.

    p̂ is one number for the group: the mean over all its fitted observations.
    """
    n = sample.n
    if not n:
        return too_few(1, 0)
    p_hat = float(sample.group.scanned(positive_shares)[0] / len(sample.group.fits))
    if not 0 < p_hat < 1:
        return refusal(f"the share of positive estimation returns is {p_hat:g}", n)
    return z_test((sample.moments.positive - n * p_hat) / np.sqrt(n * p_hat * (1 - p_hat)), n)


@dataclass(frozen=True, slots=True)
class _SignedRanks:
    """Of the values that are not zero."""

    plus: float
    """W⁺, the sum of the ranks of the positive ones."""
    n: int
    variance: float
    """Of W⁺ under the null, ties taken into account."""
    tied: bool


def _signed_ranks(sample: Sample) -> _SignedRanks:
    """Those of all tested windows are computed together."""
    group, window = sample.group, sample.window
    tested = group.once(_all_signed_ranks)
    return tested[window] if window in tested else _signed_ranks_over(group, window)


def _all_signed_ranks(group: FittedGroup) -> dict[Window, _SignedRanks]:
    windows = tested_windows(group.spec)
    ranks = map_blocks(partial(_signed_ranks_over, group), windows)
    return dict(zip(windows, ranks, strict=True))


def _signed_ranks_over(group: FittedGroup, window: Window) -> _SignedRanks:
    x = group.fits.ar[:, columns_of(window, group.spec.span)].sum(axis=1)
    x = x[np.isfinite(x)]
    # Sorted as integers whose last bit says whether a value is positive.
    keys = np.abs(x).view(np.int64) & ~1 | (x > 0)
    keys.sort()
    size, positive = (keys & ~1).view(np.float64), keys & 1
    zero = np.searchsorted(size, SAME * size[len(x) // 2], "right") if len(x) else 0
    size, positive = size[zero:], positive[zero:]
    n = len(size)
    if not n:
        return _SignedRanks(0.0, 0, 0.0, False)
    if group.windows.compiled:
        from eventstudy.compiled.ranks import signed_ranks

        plus, ties, most = signed_ranks(size, positive, SAME)
    else:
        tied = np.bincount(tie_starts(size[None])[0]).astype(np.float64)  # 0 where no tie begins
        plus = (shared_places(size[None])[0] * positive).sum()
        ties, most = (tied**3 - tied).sum(), tied.max()
    variance = n * (n + 1) * (2 * n + 1) / 24 - ties / 48
    return _SignedRanks(float(plus), n, float(variance), bool(most > 1))


@register_test(
    "wilcoxon",
    label="Wilcoxon signed rank",
    null="signed rank, exact up to N = 50 without ties; else N(0, 1)",
    reference="Wilcoxon (1945)",
    assumes_independence=True,
)
def wilcoxon(sample: Sample) -> Outcome:
    """W⁺ against its exact distribution, or its z with ties or above N = 50; zeros are left out."""
    ranks = sample.once(_signed_ranks)
    if ranks.n == 0:
        return refusal("no observation has a value other than zero", sample.n)
    if ranks.n > EXACT_UP_TO or ranks.tied:
        return wilcoxon_z(sample)
    cumulated, plus = _signed_rank_cdf(ranks.n), int(ranks.plus)
    less = float(cumulated[plus])
    greater = float(cumulated[len(cumulated) - 1 - plus])  # the distribution is symmetric
    return by_tails(plus, "signed rank", greater, less, sample.n)


@cache
def _signed_rank_cdf(n: int) -> Floats:
    """P(W⁺ ≤ w) for w = 0 … n(n + 1)/2: each rank is in the sum or not, with equal chance."""
    density = np.ones(1)
    for rank in range(1, n + 1):
        density = (np.pad(density, (0, rank)) + np.pad(density, (rank, 0))) / 2
    return np.cumsum(density)


@register_test(
    "wilcoxon_z",
    label="Wilcoxon signed rank, normal",
    null="N(0, 1)",
    reference="Wilcoxon (1945)",
    assumes_independence=True,
)
def wilcoxon_z(sample: Sample) -> Outcome:
    """(W⁺ − n(n + 1)/4)/sd with the correction for ties, without continuity correction."""
    ranks = sample.once(_signed_ranks)
    if ranks.n == 0 or ranks.variance <= 0:
        return refusal("no observation has a value other than zero", sample.n)
    middle = ranks.n * (ranks.n + 1) / 4
    return z_test((ranks.plus - middle) / np.sqrt(ranks.variance), sample.n)
