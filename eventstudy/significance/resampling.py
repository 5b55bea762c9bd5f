"""Tests that draw their own null: wild bootstrap by date, and placebo dates. Seeded."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import numpy as np

from eventstudy.models.batch import Floats, Ints, cut
from eventstudy.models.estimate import CHUNK
from eventstudy.significance.many_events import bmp_t
from eventstudy.significance.outcome import Outcome, by_tails, refusal
from eventstudy.significance.placebo import Reference, placebo_statistics
from eventstudy.significance.registry import register_test
from eventstudy.significance.sample import Group, Layout, Sample

LEAST_CLUSTERS = 6
"""With fewer dates there are at most 2⁵ sign patterns: no p-value below 1/16 could be had."""

TIE = 1e-10
"""Draws this close to the statistic, relatively, equal it: the sum of the same figures."""

BLOCK = 64
"""Draws evaluated together: keeps memory flat for many observations."""


def _t_statistics(total: Floats, squares: Floats, n: Floats) -> Floats:
    """mean/sd·√N from sums and sums of squares; 0 where there is no spread."""
    variance = (squares - total**2 / n) / (n - 1)
    spread = np.sqrt(np.where(variance > 0, variance * n, 1.0))
    return np.where(variance > 0, total / spread, 0.0)


def _share(drawn: Floats, statistic: float, n: int, detail: str) -> Outcome:
    """p = (1 + b)/(B + 1): two-sided by |t|, and by each tail."""
    count, size = len(drawn) + 1, abs(statistic)
    slack = TIE * size
    greater = float((1 + (drawn >= statistic - slack).sum()) / count)
    less = float((1 + (drawn <= statistic + slack).sum()) / count)
    found = by_tails(statistic, "resampled", greater, less, n, detail=detail)
    both = float((1 + (np.abs(drawn) >= size - slack).sum()) / count)
    return Outcome(
        **{f: getattr(found, f) for f in found.__slots__ if f != "p_value"}, p_value=both
    )


def _clusters(sample: Sample) -> tuple[Ints, int]:
    """The date of each observation with a value, numbered, and how many dates there are."""
    dates, which = np.unique(sample.group.positions.day0[sample.valid], return_inverse=True)
    return which.astype(np.int64), len(dates)


@register_test(
    "bootstrap",
    label="Wild cluster bootstrap of BMP",
    null="signs drawn by date",
    layouts=(Layout.MANY_DATES,),
    reference="Cameron, Gelbach & Miller (2008)",
)
def bootstrap(sample: Sample) -> Outcome:
    """bmp_t with the sign of all z of a date drawn together, B times: p = (1 + b)/(B + 1).

    The null of no abnormal return is imposed, and the correlation within a date is kept.
    """
    bmp = bmp_t(sample)
    if bmp.refused:
        return bmp
    which, dates = _clusters(sample)
    if dates < LEAST_CLUSTERS:
        return refusal(f"needs at least {LEAST_CLUSTERS} dates, there are {dates}", bmp.n)
    z, spec = sample.z, sample.group.spec
    sums = np.bincount(which, weights=z, minlength=dates)
    rng = np.random.default_rng(spec.seed)
    signs = rng.integers(0, 2, size=(spec.draws, dates), dtype=np.int8) * 2.0 - 1.0
    drawn = _t_statistics(signs @ sums, np.asarray((z**2).sum()), np.asarray(float(bmp.n)))
    detail = f"{spec.draws} draws over {dates} dates, seed {spec.seed}"
    return _share(drawn, bmp.statistic, bmp.n, detail)


@register_test(
    "permutation",
    label="Placebo dates",
    null="event windows drawn from the estimation windows",
    reference="Brown & Warner (1985); randomisation test",
)
def permutation(sample: Sample) -> Outcome:
    """bmp_t among the same statistic at placebo dates, B times: p = (1 + b)/(B + 1).

    A draw takes one run of estimation sessions for each event date, the same for all observations
    of that date, so that their correlation is kept; each run is left out of its own fit.
    """
    bmp = bmp_t(sample)
    if bmp.refused:
        return bmp
    spec, length = sample.group.spec, sample.window.length
    runs = sample.group.once(_placebo_runs(length))[sample.valid]
    if not runs.shape[1] or not np.isfinite(runs).any(axis=1).all():
        return refusal(f"no complete run of {length} estimation sessions to draw from", bmp.n)
    which, dates = _clusters(sample)
    rng = np.random.default_rng(spec.seed)
    drawn = []
    for start in range(0, spec.draws, BLOCK):
        size = min(BLOCK, spec.draws - start)
        picked = rng.integers(0, runs.shape[1], size=(size, dates))[:, which]
        z = runs[np.arange(bmp.n), picked]
        seen = np.isfinite(z)
        n = np.maximum(seen.sum(axis=1).astype(np.float64), 2)
        drawn.append(_t_statistics(np.nansum(z, axis=1), np.nansum(z**2, axis=1), n))
    detail = f"{spec.draws} draws, seed {spec.seed}"
    return _share(np.concatenate(drawn), bmp.statistic, bmp.n, detail)


@cache
def _placebo_runs(length: int) -> Callable[[Group], Floats]:
    """For windows of one length: (N, runs) placebo SCARs, refitted a chunk at a time."""

    def make(group: Group) -> Floats:
        spec, parts = group.spec, []
        for start in range(0, len(group.positions), CHUNK):
            at = group.positions.take(slice(start, start + CHUNK))
            fits = group.model.fit(cut(group.panel, at, spec.estimation_days, spec.span.days))
            parts.append(placebo_statistics(Reference.of(fits), length))
        return np.concatenate(parts)

    return make
