"""Tests that make their own null: wild bootstrap, placebo dates, and all events moved together."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np

from eventstudy.compute.engine import map_blocks
from eventstudy.models.kernel.batch import Floats, Ints, cut_batch, slices
from eventstudy.significance.granks import mean_rank_correlation
from eventstudy.significance.outcome import Outcome, no_spread, ranked, refusal, t_test
from eventstudy.significance.parametric import bmp_t
from eventstudy.significance.registry import register_test
from eventstudy.significance.sample import FittedGroup, Layout, Sample
from eventstudy.significance.sums.pair_correlation import NoOverlapError
from eventstudy.significance.sums.placebo_dates import date_runs, run_statistics
from eventstudy.significance.sums.placebo_runs import Reference, placebo_statistics
from eventstudy.significance.sums.rank_correlation import independent_places
from eventstudy.spec.study_spec import StudySpec
from eventstudy.text.numbers import counted

LEAST_CLUSTERS = 6
"""With fewer clusters there are at most 2⁵ sign patterns: no p-value below 1/16 could be had."""

LONGEST_CHAIN = 10
"""Windows after which a chain of overlapping ones is cut. Cuts every 10 L sessions lose a thirtieth
of the covariance of overlapping windows; without cuts a decade of events would be one cluster."""

NEARLY_ALL = 0.9
"""Share of the observations that must have a run at a place to which all events are moved."""

LEAST_SPREAD = 4
"""With fewer independent places a spread is a guess."""

LEAST_RANKED = 16
"""With fewer independent places a rank among them rejects far more than its level."""

BLOCK = 64
"""Draws evaluated together: keeps memory flat for many chains."""

OBSERVATIONS = 512
"""Observations whose placebos are computed together."""

BATCH = 4_096
"""Observations whose dates' regressors, and sums by date, are in memory at once."""


def _t_statistics(total: Floats, squares: Floats, n: Floats) -> Floats:
    """mean/sd·√N from sums and sums of squares; 0 where there is no spread."""
    variance = (squares - total**2 / n) / (n - 1)
    spread = np.sqrt(np.where(variance > 0, variance * n, 1.0))
    return np.where(variance > 0, total / spread, 0.0)


def _together(day0: Ints) -> tuple[Ints, int]:
    """All observations as one."""
    return np.zeros(len(day0), dtype=np.int64), 1


def chains(day0: Ints, length: int) -> tuple[Ints, int]:
    """The chain of overlapping windows that each observation is in, and how many chains there are.

    Windows of dates less than `length` sessions apart share days, and so on from date to date; for
    one day a chain is a date. A chain is cut every `LONGEST_CHAIN` lengths.

    Args:
        day0: (N,) session of each event.
        length: Sessions in the window.
    """
    dates = np.flatnonzero(np.bincount(day0))
    begins = np.diff(dates, prepend=dates[0] - length) >= length
    first = dates[begins][np.cumsum(begins) - 1]
    piece = (dates - first) // (LONGEST_CHAIN * length)
    begins |= np.diff(piece, prepend=0) > 0
    number = np.cumsum(begins) - 1
    return number[np.searchsorted(dates, day0)], int(number[-1]) + 1


@register_test(
    "bootstrap",
    label="Wild cluster bootstrap of BMP",
    null="signs drawn by chain of overlapping windows",
    layouts=(Layout.MANY_DATES,),
    reference="Cameron, Gelbach & Miller (2008)",
    resamples=True,
)
def bootstrap(sample: Sample) -> Outcome:
    """bmp_t with the sign of all z of a cluster drawn together, B times: p = (1 + b)/(B + 1).

    A cluster is a chain of windows that share days, for single days a date. The null of no abnormal
    return is imposed, and the correlation within a cluster is kept.
    """
    bmp = bmp_t(sample)
    if bmp.refused:
        return bmp
    length = sample.window.length
    which, clusters = chains(sample.group.positions.day0[sample.valid], length)
    if clusters < LEAST_CLUSTERS:
        least = _counted(LEAST_CLUSTERS, length)
        return refusal(f"needs at least {least}, there are {clusters}", bmp.n)
    z, spec = sample.z, sample.group.spec
    sums = np.bincount(which, weights=z, minlength=clusters)
    signs = _signs(sample.group, clusters)
    drawn = _t_statistics(
        np.einsum("bd,d->b", signs, sums), np.asarray((z**2).sum()), np.asarray(float(bmp.n))
    )
    detail = f"{spec.draws} draws over {_counted(clusters, length)}, seed {spec.seed}"
    return ranked(bmp.statistic, drawn, "resampled", bmp.n, detail=detail)


def _counted(clusters: int, length: int) -> str:
    """Their number with its noun."""
    if length == 1:
        return counted(clusters, "date")
    return f"{counted(clusters, 'chain')} of overlapping {length}-day windows"


def _signs(group: FittedGroup, clusters: int) -> Floats:
    """(B, clusters) drawn signs; the same for all windows with as many clusters."""
    kept = group.once(_kept_signs)
    if clusters not in kept:
        kept.clear()  # one set of draws is large enough to keep
        rng = np.random.default_rng(group.spec.seed)
        drawn = rng.integers(0, 2, size=(group.spec.draws, clusters), dtype=np.int8)
        kept[clusters] = np.asarray(drawn * 2.0 - 1.0, dtype=np.float64)
    return kept[clusters]


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

    A draw takes one run of estimation sessions for each chain of overlapping windows, for single
    days a date, and the same for all observations of the chain: they are moved together, so that
    correlation and overlap are kept. Each run is left out of its own fit.
    """
    bmp = bmp_t(sample)
    if bmp.refused:
        return bmp
    group, spec, length = sample.group, sample.group.spec, sample.window.length
    # The same for all windows of one length in which the same observations have a value.
    draws = group.once(_placebo_draws, sample.valid.tobytes(), length)
    if draws is None:
        return refusal(f"no complete run of {length} estimation sessions to draw from", bmp.n)
    which, clusters = chains(group.positions.day0[sample.valid], length)
    if clusters < LEAST_RANKED:
        independent = _independent(sample, which, draws.places)
        if isinstance(independent, Outcome):
            return independent
        if independent < LEAST_RANKED:
            reason = (
                f"places of {_counted(clusters, length)} overlap so much that they are worth "
                f"{independent:.1f} independent ones; {LEAST_RANKED} are needed"
            )
            return refusal(reason, bmp.n)
    detail = f"{spec.draws} draws over {_counted(clusters, length)}, seed {spec.seed}"
    return ranked(bmp.statistic, draws.statistics, "resampled", bmp.n, detail=detail)


def _independent(sample: Sample, which: Ints, places: Ints) -> float | Outcome:
    """How many independent places the chains, each with so many places, have together.

    Satterthwaite's degrees of freedom of a sum, a chain's share in it by its observations.
    """
    length, day0 = sample.window.length, sample.group.positions.day0[sample.valid]
    try:
        r_bar = mean_rank_correlation(sample).all_pairs
    except NoOverlapError as error:
        return refusal(str(error), sample.n)
    n = np.bincount(which)
    # r̄ is over all pairs, and those that overlap are all within a chain.
    pairs = len(day0) * (len(day0) - 1) / max(float((n * (n - 1.0)).sum()), 1.0)
    each = [
        independent_places(day0[which == chain], length, int(places[chain]), r_bar * pairs)
        for chain in range(len(n))
    ]
    return float(n.sum() ** 2 / (n**2 / np.array(each)).sum())


@dataclass(frozen=True, slots=True)
class _Draws:
    """bmp_t at placebo dates."""

    statistics: Floats
    """(B,)"""
    places: Ints
    """(chains,) how many places each chain was drawn at."""


def _placebo_draws(group: FittedGroup, members: bytes, length: int) -> _Draws | None:
    """None where a member has no run of sessions."""
    rows = np.flatnonzero(np.frombuffer(members, dtype=np.bool_))
    sums = _sum_placebos(group, rows, length, partial(chains, length=length))
    return None if sums is None else _draw(sums, group.spec)


def _draw(sums: Floats, spec: StudySpec) -> _Draws:
    """mean/sd·√N of the placebos of one run for each chain, from (chains, runs, 3) sums.

    A chain is drawn where nearly as many of its observations have a run as anywhere: gaps and
    estimation windows of their own would make a smaller sample of a draw.
    """
    count, runs, _ = sums.shape
    rng = np.random.default_rng(spec.seed)
    flat, n = sums.reshape(-1, 3), sums[:, :, 2]
    usable = n >= NEARLY_ALL * n.max(axis=1, keepdims=True)
    places = usable.sum(axis=1)
    known = np.flatnonzero(usable)  # chain by chain
    start = np.cumsum(places) - places
    highest = runs if usable.all() else places
    drawn = []
    for block in slices(spec.draws, BLOCK):
        place = known[start + rng.integers(0, highest, size=(block.stop - block.start, count))]
        picked = flat[place.T].sum(axis=0)  # chain by chain, whose runs are neighbours in memory
        drawn.append(_t_statistics(picked[:, 0], picked[:, 1], np.maximum(picked[:, 2], 2)))
    return _Draws(np.concatenate(drawn), places.astype(np.int64))


def _sum_placebos(
    group: FittedGroup, rows: Ints, length: int, clusters: Callable[[Ints], tuple[Ints, int]]
) -> Floats | None:
    """(clusters, runs, 3): Σz, Σz² and N of the placebo SCARs of each cluster.

    None where an observation has no run. A batch at a time, in the order of the dates; nothing but
    the sums is kept.
    """
    rows = rows[np.argsort(group.positions.day0[rows], kind="stable")]
    which, count = clusters(group.positions.day0[rows])
    sums: Floats | None = None
    for batch in slices(len(rows), BATCH):
        some, mine = rows[batch], which[batch]
        summed = partial(_sums_of_block, _placebos_of(group, some, length), mine)
        for block in map_blocks(summed, slices(len(some), OBSERVATIONS)):
            if block is None:
                return None
            at, parts = block
            sums = np.zeros((count, *parts.shape[1:])) if sums is None else sums
            sums[at] += parts
    return sums


def _sums_of_block(
    placebos: Callable[[slice], Floats], which: Ints, block: slice
) -> tuple[Ints, Floats] | None:
    """The clusters of a block of observations, and their (clusters, runs, 3) sums."""
    z = placebos(block)
    seen = np.isfinite(z)
    if not seen.any(axis=1).all():
        return None
    first = np.flatnonzero(np.diff(which[block], prepend=-1))
    sums = np.empty((len(first), z.shape[1], 3))
    if seen.all():
        sums[:, :, 2] = np.diff(np.append(first, len(z)))[:, None]
    else:
        z = np.where(seen, z, 0.0)
        sums[:, :, 2] = np.add.reduceat(seen.astype(np.float64), first, axis=0)
    sums[:, :, 0] = np.add.reduceat(z, first, axis=0)
    sums[:, :, 1] = np.add.reduceat(z * z, first, axis=0)
    return which[block][first], sums


@dataclass(frozen=True, slots=True)
class _Shifts:
    """bmp_t of the same events, all moved by the same number of sessions."""

    statistics: Floats
    """(B,) one for each place of the estimation window that all can be moved to."""
    incomplete: int
    """Places that are left out, as too many observations have a missing session there."""

    @property
    def detail(self) -> str:
        """How many there are, and what follows for p."""
        places = len(self.statistics)
        left_out = f" ({self.incomplete} more have gaps)" if self.incomplete else ""
        return (
            f"all events moved together to {places} places{left_out}, "
            f"so no p-value is below {1 / (places + 1):.3g}"
        )


def _shifts(group: FittedGroup, members: bytes, length: int) -> _Shifts | None:
    """None where a member has no run of sessions, or no place has nearly all of them."""
    rows = np.flatnonzero(np.frombuffer(members, dtype=np.bool_))
    sums = _sum_placebos(group, rows, length, _together)
    if sums is None:
        return None
    total, squares, n = sums[0].T
    kept = n >= max(2, NEARLY_ALL * len(rows))
    if not kept.any():
        return None
    return _Shifts(_t_statistics(total[kept], squares[kept], n[kept]), int((~kept).sum()))


def _shifted(sample: Sample, least: int) -> tuple[Outcome, _Shifts, float] | Outcome:
    """bmp_t, the same statistic at the shifts and how many of these are independent, or why not."""
    bmp, length = bmp_t(sample), sample.window.length
    if bmp.refused:
        return bmp
    # The same for all windows of one length in which the same observations have a value.
    shifts = sample.group.once(_shifts, sample.valid.tobytes(), length)
    if shifts is None:
        reason = f"no run of {length} estimation sessions to which all events could be moved"
        return refusal(reason, bmp.n)
    group, places = sample.group, len(shifts.statistics)
    try:
        r_bar = mean_rank_correlation(sample).all_pairs
    except NoOverlapError as error:
        return refusal(str(error), bmp.n)
    day0 = group.positions.day0[sample.valid]
    independent = independent_places(day0, length, places, r_bar)
    if independent < least:
        reason = (
            f"{places} places overlap so much that they are worth {independent:.1f} independent "
            f"ones; {least} are needed"
        )
        return refusal(reason, bmp.n)
    return bmp, shifts, independent


@register_test(
    "shift_placebo",
    label="All events moved together",
    null="the same events moved together through the estimation window",
    reference="after Chernozhukov, Wüthrich & Zhu (2021)",
    resamples=True,
)
def shift_placebo(sample: Sample) -> Outcome:
    """bmp_t among the same statistic with all events moved together: p = (1 + b)/(B + 1).

    A move takes every event the same number of sessions into its estimation window, so that windows
    overlap as they do; B is the number of places, T − L + 1, and nothing is drawn. The run of each
    observation is left out of its own fit.
    """
    found = _shifted(sample, LEAST_RANKED)
    if isinstance(found, Outcome):
        return found
    bmp, shifts, _ = found
    return ranked(bmp.statistic, shifts.statistics, "placebo", bmp.n, detail=shifts.detail)


@register_test(
    "shift_t",
    label="BMP over its spread at moved events",
    null="t(df), df independent places in the estimation window",
    reference="after Brown & Warner (1985)",
    resamples=True,
)
def shift_t(sample: Sample) -> Outcome:
    """bmp_t over its root mean square with all events moved together, as in `shift_placebo`.

    Neighbouring places share days, so the degrees of freedom are those of `independent_places`.
    """
    found = _shifted(sample, LEAST_SPREAD)
    if isinstance(found, Outcome):
        return found
    bmp, shifts, df = found
    places = len(shifts.statistics)
    spread = float(np.sqrt((shifts.statistics**2).mean()))
    if spread <= 0:
        return no_spread(bmp.n)
    detail = f"spread {spread:.4g} over {places} places"
    return t_test(bmp.statistic / spread, df, bmp.n, detail)


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
