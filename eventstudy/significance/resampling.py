"""Tests that draw their own null: wild bootstrap by date, and placebo dates. Seeded."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from eventstudy.models.batch import Floats, Ints, cut
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
"""Draws evaluated together: keeps memory flat for many dates."""

OBSERVATIONS = 512
"""Observations whose placebos are in memory at once."""


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


def _clusters(day0: Ints) -> tuple[Ints, int]:
    """The date of each observation, numbered in order, and how many dates there are."""
    present = np.bincount(day0) > 0
    return (np.cumsum(present) - 1)[day0], int(present.sum())


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
    which, dates = _clusters(sample.group.positions.day0[sample.valid])
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
    sums = _placebo_sums(sample)
    if sums is None:
        return refusal(f"no complete run of {length} estimation sessions to draw from", bmp.n)
    dates, runs = sums.total.shape
    rng = np.random.default_rng(spec.seed)
    drawn = []
    for start in range(0, spec.draws, BLOCK):
        size = min(BLOCK, spec.draws - start)
        picked = np.arange(dates), rng.integers(0, runs, size=(size, dates))
        total, squares = sums.total[picked].sum(axis=1), sums.squares[picked].sum(axis=1)
        drawn.append(_t_statistics(total, squares, np.maximum(sums.count[picked].sum(axis=1), 2)))
    detail = f"{spec.draws} draws, seed {spec.seed}"
    return _share(np.concatenate(drawn), bmp.statistic, bmp.n, detail)


@dataclass(frozen=True, slots=True)
class _PlaceboSums:
    """Sums of the placebo SCARs of the observations of each date, for every run of sessions."""

    total: Floats
    """(dates, runs) Σz"""
    squares: Floats
    """(dates, runs) Σz²"""
    count: Floats
    """(dates, runs) how many exist."""


def _placebo_sums(sample: Sample) -> _PlaceboSums | None:
    """For the observations with a value; None where one of them has no run."""
    group, length = sample.group, sample.window.length
    key, found = (sample.valid.tobytes(), length), group.once(_found_sums)
    if key not in found:
        found[key] = _sum_placebos(group, np.flatnonzero(sample.valid), length)
    return found[key]


def _found_sums(_: Group) -> dict[tuple[bytes, int], _PlaceboSums | None]:
    return {}


def _sum_placebos(group: Group, rows: Ints, length: int) -> _PlaceboSums | None:
    """Refitted a block at a time, in the order of the dates; nothing but the sums is kept."""
    spec = group.spec
    rows = rows[np.argsort(group.positions.day0[rows], kind="stable")]
    which, dates = _clusters(group.positions.day0[rows])
    sums: list[Floats] = []
    for start in range(0, len(rows), OBSERVATIONS):
        at = group.positions.take(rows[start : start + OBSERVATIONS])
        batch = cut(group.panel, at, spec.estimation_days, spec.span.days)
        z = placebo_statistics(Reference.of(group.model.fit(batch)), length)
        seen = np.isfinite(z)
        if not seen.any(axis=1).all():
            return None
        sums = sums or [np.zeros((dates, z.shape[1])) for _ in range(3)]
        mine = which[start : start + OBSERVATIONS]
        first = np.flatnonzero(np.diff(mine, prepend=-1))
        z = np.where(seen, z, 0.0)
        for total, values in zip(sums, (z, z * z, seen.astype(np.float64)), strict=True):
            total[mine[first]] += np.add.reduceat(values, first, axis=0)
    return _PlaceboSums(*sums)
