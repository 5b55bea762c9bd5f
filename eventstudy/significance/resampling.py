"""Tests that draw their own null: wild bootstrap by date, and placebo dates. Seeded."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np

from eventstudy.compute.engine import map_blocks
from eventstudy.models.kernel.batch import Floats, Ints, cut_batch, slices
from eventstudy.significance.outcome import Outcome, ranked, refusal
from eventstudy.significance.parametric import bmp_t
from eventstudy.significance.registry import register_test
from eventstudy.significance.sample import FittedGroup, Layout, Sample
from eventstudy.significance.sums.placebo_dates import date_runs, run_statistics
from eventstudy.significance.sums.placebo_runs import Reference, placebo_statistics
from eventstudy.spec import StudySpec

LEAST_CLUSTERS = 6
"""With fewer dates there are at most 2⁵ sign patterns: no p-value below 1/16 could be had."""

TIE = 1e-10
"""Draws this close to the statistic, relatively, equal it: the sum of the same figures."""

BLOCK = 64
"""Draws evaluated together: keeps memory flat for many dates."""

OBSERVATIONS = 512
"""Observations whose placebos are computed together."""

BATCH = 4_096
"""Observations whose dates' regressors, and sums by date, are in memory at once."""


def _t_statistics(total: Floats, squares: Floats, n: Floats) -> Floats:
    """mean/sd·√N from sums and sums of squares; 0 where there is no spread."""
    variance = (squares - total**2 / n) / (n - 1)
    spread = np.sqrt(np.where(variance > 0, variance * n, 1.0))
    return np.where(variance > 0, total / spread, 0.0)


def _among_draws(bmp: Outcome, drawn: Floats, detail: str) -> Outcome:
    slack = TIE * abs(bmp.statistic)
    return ranked(bmp.statistic, drawn, "resampled", bmp.n, detail=detail, slack=slack)


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
    resamples=True,
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
    signs = _signs(sample.group, dates)
    drawn = _t_statistics(
        np.einsum("bd,d->b", signs, sums), np.asarray((z**2).sum()), np.asarray(float(bmp.n))
    )
    return _among_draws(bmp, drawn, f"{spec.draws} draws over {dates} dates, seed {spec.seed}")


def _signs(group: FittedGroup, dates: int) -> Floats:
    """(B, dates) drawn signs; the same for all windows with as many dates."""
    kept = group.once(_kept_signs)
    if dates not in kept:
        kept.clear()  # one set of draws is large enough to keep
        rng = np.random.default_rng(group.spec.seed)
        drawn = rng.integers(0, 2, size=(group.spec.draws, dates), dtype=np.int8)
        kept[dates] = np.asarray(drawn * 2.0 - 1.0, dtype=np.float64)
    return kept[dates]


def _kept_signs(_: FittedGroup) -> dict[int, Floats]:
    return {}


@register_test(
    "permutation",
    label="Placebo dates",
    null="event windows drawn from the estimation windows",
    reference="Brown & Warner (1985); randomisation test",
    resamples=True,
)
def permutation(sample: Sample) -> Outcome:
    """bmp_t among the same statistic at placebo dates, B times: p = (1 + b)/(B + 1).

    A draw takes one run of estimation sessions for each event date, the same for all observations
    of that date, so that their correlation is kept; each run is left out of its own fit.
    """
    bmp = bmp_t(sample)
    if bmp.refused:
        return bmp
    group, spec, length = sample.group, sample.group.spec, sample.window.length
    # The same for all windows of one length in which the same observations have a value.
    drawn = group.once(_placebo_draws, sample.valid.tobytes(), length)
    if drawn is None:
        return refusal(f"no complete run of {length} estimation sessions to draw from", bmp.n)
    return _among_draws(bmp, drawn, f"{spec.draws} draws, seed {spec.seed}")


def _placebo_draws(group: FittedGroup, members: bytes, length: int) -> Floats | None:
    """(B,) the statistic at placebo dates; None where a member has no run of sessions."""
    rows = np.flatnonzero(np.frombuffer(members, dtype=np.bool_))
    sums = _sum_placebos(group, rows, length)
    return None if sums is None else _draw(sums, group.spec)


def _draw(sums: Floats, spec: StudySpec) -> Floats:
    """(B,) mean/sd·√N of the placebos of one run for each date, from (dates, runs, 3) sums."""
    dates, runs, _ = sums.shape
    rng = np.random.default_rng(spec.seed)
    start = np.arange(dates) * runs
    flat = sums.reshape(-1, 3)
    drawn = []
    for block in slices(spec.draws, BLOCK):
        place = start + rng.integers(0, runs, size=(block.stop - block.start, dates))
        picked = flat[place.T].sum(axis=0)  # date by date, whose runs are neighbours in memory
        drawn.append(_t_statistics(picked[:, 0], picked[:, 1], np.maximum(picked[:, 2], 2)))
    return np.concatenate(drawn)


def _sum_placebos(group: FittedGroup, rows: Ints, length: int) -> Floats | None:
    """(dates, runs, 3): Σz, Σz² and N of the placebo SCARs of each date.

    None where an observation has no run. A batch at a time, in the order of the dates; nothing but
    the sums is kept.
    """
    rows = rows[np.argsort(group.positions.day0[rows], kind="stable")]
    which, dates = _clusters(group.positions.day0[rows])
    sums: Floats | None = None
    for batch in slices(len(rows), BATCH):
        some, date = rows[batch], which[batch]
        by_date = partial(_sums_by_date, _placebos_of(group, some, length), date)
        for block in map_blocks(by_date, slices(len(some), OBSERVATIONS)):
            if block is None:
                return None
            at, parts = block
            sums = np.zeros((dates, *parts.shape[1:])) if sums is None else sums
            sums[at] += parts
    return sums


def _sums_by_date(
    placebos: Callable[[slice], Floats], date: Ints, block: slice
) -> tuple[Ints, Floats] | None:
    """The dates of a block of observations, and their (dates, runs, 3) sums."""
    z = placebos(block)
    seen = np.isfinite(z)
    first = np.flatnonzero(np.diff(date[block], prepend=-1))
    sums = np.empty((len(first), z.shape[1], 3))
    if seen.all():
        sums[:, :, 2] = np.diff(np.append(first, len(z)))[:, None]
    elif seen.any(axis=1).all():
        z = np.where(seen, z, 0.0)
        sums[:, :, 2] = np.add.reduceat(seen.astype(np.float64), first, axis=0)
    else:
        return None
    sums[:, :, 0] = np.add.reduceat(z, first, axis=0)
    sums[:, :, 1] = np.add.reduceat(z * z, first, axis=0)
    return date[block][first], sums


def _placebos_of(group: FittedGroup, rows: Ints, length: int) -> Callable[[slice], Floats]:
    """Gives (n, runs) placebo SCARs of a block of these observations; NaN for no such run."""
    spec, regression, at = group.spec, group.model.regression, group.positions.take(rows)
    windows = group.windows
    alike = (at.design == at.design[0]).all() and windows.complete[rows].all()
    single = len(spec.estimation_windows) == 1 and length < windows.width
    if regression is not None and regression.constant and alike and single:
        dates, which = np.unique(at.day0, return_inverse=True)
        days = dates[:, None] + np.asarray(spec.estimation_days)
        runs = date_runs(regression.split(group.panel.designs[at.design[0]])[1][days], length)

        def shared(block: slice) -> Floats:
            mine = rows[block]
            return run_statistics(runs, which[block], windows.residuals(mine), group.fits.df[mine])

        return shared

    def alone(block: slice) -> Floats:
        batch = cut_batch(group.panel, at.take(block), spec.estimation_days, spec.span.days)
        return placebo_statistics(Reference.of(group.model.fit(batch)), length)

    return alone
