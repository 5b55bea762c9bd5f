"""Tests that draw their own null: wild bootstrap by date, and placebo dates. Seeded."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from eventstudy.engine import map_blocks
from eventstudy.models.batch import Floats, Ints, cut
from eventstudy.significance.date_placebos import date_runs, run_statistics
from eventstudy.significance.many_events import bmp_t
from eventstudy.significance.outcome import Outcome, by_tails, refusal
from eventstudy.significance.placebo import Reference, placebo_statistics
from eventstudy.significance.registry import register_test
from eventstudy.significance.sample import Group, Layout, Sample
from eventstudy.spec import StudySpec

LEAST_CLUSTERS = 6
"""With fewer dates there are at most 2⁵ sign patterns: no p-value below 1/16 could be had."""

TIE = 1e-10
"""Draws this close to the statistic, relatively, equal it: the sum of the same figures."""

BLOCK = 64
"""Draws evaluated together: keeps memory flat for many dates."""

OBSERVATIONS = 512
"""Observations whose placebos are found together."""

TOGETHER = 16
"""Blocks of observations whose sums by date are in memory at once."""


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
    drawn = _placebo_draws(sample)
    if drawn is None:
        return refusal(f"no complete run of {length} estimation sessions to draw from", bmp.n)
    detail = f"{spec.draws} draws, seed {spec.seed}"
    return _share(drawn, bmp.statistic, bmp.n, detail)


def _placebo_draws(sample: Sample) -> Floats | None:
    """(B,) the statistic at placebo dates, for the observations with a value.

    The same for all windows of one length in which the same observations have a value. None where
    one of these has no run of sessions.
    """
    group, length = sample.group, sample.window.length
    key, found = (sample.valid.tobytes(), length), group.once(_found_draws)
    if key not in found:
        sums = _sum_placebos(group, np.flatnonzero(sample.valid), length)
        found[key] = None if sums is None else _draw(sums, group.spec)
    return found[key]


def _found_draws(_: Group) -> dict[tuple[bytes, int], Floats | None]:
    return {}


def _draw(sums: Sequence[Floats], spec: StudySpec) -> Floats:
    """(B,) mean/sd·√N of the placebos of one run for each date, from Σz, Σz² and N by run."""
    dates, runs = sums[0].shape
    rng = np.random.default_rng(spec.seed)
    drawn = []
    for start in range(0, spec.draws, BLOCK):
        size = min(BLOCK, spec.draws - start)
        picked = np.arange(dates), rng.integers(0, runs, size=(size, dates))
        total, squares, count = (each[picked].sum(axis=1) for each in sums)
        drawn.append(_t_statistics(total, squares, np.maximum(count, 2)))
    return np.concatenate(drawn)


def _sum_placebos(group: Group, rows: Ints, length: int) -> Sequence[Floats] | None:
    """Σz, Σz² and N of the placebo SCARs of each date, (dates, runs) each.

    A block at a time, in the order of the dates; nothing but the sums is kept.
    """
    rows = rows[np.argsort(group.positions.day0[rows], kind="stable")]
    which, dates = _clusters(group.positions.day0[rows])
    _ = group.windows.complete  # made once, before the threads ask for it

    def by_date(start: int) -> tuple[Ints, list[Floats]] | None:
        block = slice(start, start + OBSERVATIONS)
        z = _placebos(group, rows[block], length)
        seen = np.isfinite(z)
        if not seen.any(axis=1).all():
            return None
        first = np.flatnonzero(np.diff(which[block], prepend=-1))
        z = np.where(seen, z, 0.0)
        values = (z, z * z, seen.astype(np.float64))
        return which[block][first], [np.add.reduceat(v, first, axis=0) for v in values]

    sums: list[Floats] = []
    starts = range(0, len(rows), OBSERVATIONS)
    for some in range(0, len(starts), TOGETHER):
        for found in map_blocks(by_date, starts[some : some + TOGETHER]):
            if found is None:
                return None
            at, parts = found
            sums = sums or [np.zeros((dates, part.shape[1])) for part in parts]
            for total, part in zip(sums, parts, strict=True):
                total[at] += part
    return sums


def _placebos(group: Group, rows: Ints, length: int) -> Floats:
    """(n, runs) placebo SCARs of these observations; NaN where a run does not exist."""
    spec, regression, at = group.spec, group.model.regression, group.positions.take(rows)
    shared = regression is not None and regression.constant and len(spec.estimation_windows) == 1
    one_design = (at.design == at.design[0]).all()
    if (
        shared
        and one_design
        and group.windows.complete[rows].all()
        and length < group.windows.width
    ):
        assert regression is not None
        dates, which = np.unique(at.day0, return_inverse=True)
        days = dates[:, None] + np.asarray(spec.estimation_days)
        x = regression.split(group.panel.designs[at.design[0]])[1][days]
        residuals = group.windows.residuals(rows)
        return run_statistics(date_runs(x, length), which, residuals, group.fits.df[rows])
    batch = cut(group.panel, at, spec.estimation_days, spec.span.days)
    return placebo_statistics(Reference.of(group.model.fit(batch)), length)
