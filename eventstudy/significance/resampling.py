"""Tests that make their own null: wild bootstrap, placebo dates, and all events moved together."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from eventstudy.compiled.kernel import compiles
from eventstudy.models.kernel.batch import Bools, Floats, Ints, slices
from eventstudy.significance.granks import mean_rank_correlation
from eventstudy.significance.outcome import Outcome, no_spread, ranked, refusal, t_test
from eventstudy.significance.parametric import bmp_t
from eventstudy.significance.registry import register_test
from eventstudy.significance.sample import FittedGroup, Layout, Sample
from eventstudy.significance.sums.chains import chains
from eventstudy.significance.sums.date_scores import DateScores, date_scores
from eventstudy.significance.sums.moments import tested_windows
from eventstudy.significance.sums.pair_correlation import NoOverlapError
from eventstudy.significance.sums.placebo_sums import placebo_sums
from eventstudy.significance.sums.rank_correlation import independent_places
from eventstudy.significance.sums.ties import SAME
from eventstudy.spec.windows import Window
from eventstudy.text.numbers import counted

LEAST_CLUSTERS = 6
"""With fewer clusters there are at most 2⁵ sign patterns: no p-value below 1/16 could be had."""

NEARLY_ALL = 0.9
"""Share of the observations that must have a run at a place to which all events are moved."""

LEAST_SPREAD = 4
"""With fewer independent places a spread is a guess."""

LEAST_RANKED = 16
"""With fewer independent places a rank among them rejects far more than its level."""

BLOCK = 256
"""Draws evaluated together: keeps memory flat for many chains."""


def _t_statistics(total: Floats, squares: Floats, n: Floats) -> Floats:
    """mean/sd·√N from sums and sums of squares; 0 where there is no spread."""
    left = squares - total**2 / n
    varies = left > SAME * squares  # less is what rounding leaves of equal values
    spread = np.sqrt(np.where(varies, left / (n - 1) * n, 1.0))
    return np.where(varies, total / spread, 0.0)


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

    A cluster is a chain of overlapping windows, for single days a date. The null of no abnormal
    return is imposed, and the correlation within a cluster is kept.
    """
    bmp = bmp_t(sample)
    if bmp.refused:
        return bmp
    length, spec = sample.window.length, sample.group.spec
    sums, squares = _cluster_scores(sample)
    clusters = len(sums)
    if clusters < LEAST_CLUSTERS:
        least = _counted(LEAST_CLUSTERS, length)
        return refusal(f"needs at least {least}, there are {clusters}", bmp.n)
    drawn = _t_statistics(
        _signed_sums(sample.group, sums), np.asarray(squares), np.asarray(float(bmp.n))
    )
    detail = f"{spec.draws} draws over {_counted(clusters, length)}, seed {spec.seed}"
    return ranked(bmp.statistic, drawn, "resampled", bmp.n, detail=detail)


def _cluster_scores(sample: Sample) -> tuple[Floats, float]:
    """Σz of each chain, and Σz² of all."""
    tested, window = tested_windows(sample.group.spec), sample.window
    windows = tested if window in tested else (window,)
    scores, at = sample.group.once(_scores_by_date, windows), windows.index(window)
    dates = np.flatnonzero(scores.known[:, at])
    which, count = chains(dates, window.length)
    sums = np.bincount(which, scores.sums[dates, at], count)
    return sums.astype(np.float64), float(scores.squares[at])


def _scores_by_date(group: FittedGroup, windows: tuple[Window, ...]) -> DateScores:
    return date_scores(group.fits, group.positions.day0, group.spec.span, windows)


def _counted(clusters: int, length: int) -> str:
    """Their number with its noun."""
    if length == 1:
        return counted(clusters, "date")
    return f"{counted(clusters, 'chain')} of overlapping {length}-day windows"


def _signed_sums(group: FittedGroup, sums: Floats) -> Floats:
    """(B,) sums of the clusters' sums (clusters,), each with a drawn sign."""
    signs = group.latest(_signs, len(sums))  # the same for all windows with as many clusters
    if not compiles(len(group.fits)):
        return np.asarray(np.einsum("db,d->b", signs, sums))
    from eventstudy.compiled.draws import signed_sums

    return signed_sums(signs, sums)


def _signs(group: FittedGroup, clusters: int) -> npt.NDArray[np.int8]:
    rng = np.random.default_rng(group.spec.seed)
    drawn = rng.integers(0, 2, size=(group.spec.draws, clusters), dtype=np.int8)
    return np.ascontiguousarray((2 * drawn - 1).T)


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
    draws = group.once(_placebo_draws, _members(sample), length)
    if draws is None:
        return refusal(f"no complete run of {length} estimation sessions to draw from", bmp.n)
    clusters = len(draws.places)
    if clusters < LEAST_RANKED:
        independent = _independent(sample, draws.places)
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


def _independent(sample: Sample, places: Ints) -> float | Outcome:
    """How many independent places the chains, each with so many places, have together.

    Satterthwaite's degrees of freedom of a sum, a chain's share in it by its observations.
    """
    length, day0 = sample.window.length, sample.group.positions.day0[sample.valid]
    try:
        r_bar = mean_rank_correlation(sample).all_pairs
    except NoOverlapError as error:
        return refusal(str(error), sample.n)
    which, _ = chains(day0, length)
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


def _members(sample: Sample) -> bytes:
    """Which observations the sample has, b"" for all; windows of equal length share placebos."""
    return b"" if sample.n == len(sample.group.fits) else sample.valid.tobytes()


def _mask(group: FittedGroup, members: bytes) -> Bools:
    """(N,) which observations of the group they are."""
    return np.frombuffer(members or b"\x01" * len(group.fits), dtype=np.bool_)


def _placebo_sums(group: FittedGroup, members: bytes, length: int) -> Floats | None:
    """(chains, 3, runs) Σz, Σz² and N of the placebos; None where a member has no run."""
    mine, sums = _mask(group, members), None
    more, (dates, which) = mine, _dates(group)
    always = group.once(_always, length)
    if always.any() and not (always & ~mine).any():  # what windows of one length share
        sums, more = group.latest(_shared_sums, length), mine & ~always
        if sums is None:
            return None
    if more.any():
        sums = placebo_sums(group.windows, _by_date(group, more), which, length, sums)
    if sums is None:
        return None
    present = np.bincount(which[mine], minlength=len(dates)) > 0
    chain, count = chains(dates[present], length)
    if count == len(sums):
        return sums
    return np.add.reduceat(sums[present], np.searchsorted(chain, np.arange(count)), axis=0)


def _shared_sums(group: FittedGroup, length: int) -> Floats | None:
    rows = _by_date(group, group.once(_always, length))
    return placebo_sums(group.windows, rows, _dates(group)[1], length)


def _always(group: FittedGroup, length: int) -> Bools:
    """(N,) which observations have a value over every tested window of that length."""
    spec = group.spec
    same = [window for window in tested_windows(spec) if window.length == length]
    days = sorted({day - spec.span.start for window in same for day in window.days})
    return np.asarray(np.isfinite(group.fits.ar[:, days].sum(axis=1)))


def _dates(group: FittedGroup) -> tuple[Ints, Ints]:
    """The dates of the group, and which of them each observation has."""
    there = np.bincount(group.positions.day0) > 0
    return np.flatnonzero(there), (np.cumsum(there) - 1)[group.positions.day0]


def _by_date(group: FittedGroup, mask: Bools) -> Ints:
    """(n,) the observations in a mask, in the order of their dates."""
    rows = np.flatnonzero(mask)
    return rows[np.argsort(group.positions.day0[rows], kind="stable")]


def _placebo_draws(group: FittedGroup, members: bytes, length: int) -> _Draws | None:
    """mean/sd·√N of the placebos of one run for each chain; None where a member has no run.

    A chain's run is drawn among places where nearly as many of its observations have one as
    anywhere: otherwise gaps and separate estimation windows would make the sample smaller.
    """
    sums = group.latest(_placebo_sums, members, length)
    if sums is None:
        return None
    n = sums[:, 2]
    usable = n >= NEARLY_ALL * n.max(axis=1, keepdims=True)
    place = group.latest(_drawn_places, b"" if usable.all() else usable.tobytes(), usable.shape)
    picked = _picked_compiled if compiles(len(group.fits)) else _picked
    blocks = [np.ascontiguousarray(place[:, some]) for some in slices(place.shape[1], BLOCK)]
    drawn = [picked(sums, block) for block in blocks]
    statistics = [_t_statistics(total, squares, np.maximum(n, 2)) for total, squares, n in drawn]
    return _Draws(np.concatenate(statistics), usable.sum(axis=1))


def _drawn_places(group: FittedGroup, some: bytes, shape: tuple[int, int]) -> npt.NDArray[np.int32]:
    """(chains, B) drawn among the places that flags (chains, runs) allow, or among all."""
    usable = np.frombuffer(some, dtype=np.bool_).reshape(shape) if some else np.ones(shape, bool)
    places = usable.sum(axis=1)
    known = (np.flatnonzero(usable) % shape[1]).astype(np.int32)  # chain by chain
    start = np.cumsum(places) - places
    rng = np.random.default_rng(group.spec.seed)
    highest = places if some else shape[1]
    drawn = np.empty((shape[0], group.spec.draws), dtype=np.int32)
    for block in slices(group.spec.draws, BLOCK):
        size = block.stop - block.start, shape[0]
        drawn[:, block] = known[start + rng.integers(0, highest, size=size)].T
    return drawn


def _picked(sums: Floats, place: npt.NDArray[np.int32]) -> Floats:
    """(3, B) sums over the chains at drawn places (chains, B)."""
    kinds = sums.transpose(1, 0, 2)
    return np.stack([np.take_along_axis(one, place, axis=1).sum(axis=0) for one in kinds])


def _picked_compiled(sums: Floats, place: npt.NDArray[np.int32]) -> Floats:
    from eventstudy.compiled.draws import picked_sums

    return picked_sums(sums, place)


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
    sums = group.latest(_placebo_sums, members, length)
    if sums is None:
        return None
    total, squares, n = sums.sum(axis=0)
    kept = n >= max(2, NEARLY_ALL * _mask(group, members).sum())
    if not kept.any():
        return None
    return _Shifts(_t_statistics(total[kept], squares[kept], n[kept]), int((~kept).sum()))


def _independent_moves(
    group: FittedGroup, members: bytes, length: int, places: int, r_bar: float
) -> float:
    day0 = group.positions.day0[_mask(group, members)]
    return independent_places(day0, length, places, r_bar)


def _shifted(sample: Sample, least: int) -> tuple[Outcome, _Shifts, float] | Outcome:
    """bmp_t, the same statistic at the shifts and how many of these are independent, or why not."""
    bmp, length = bmp_t(sample), sample.window.length
    if bmp.refused:
        return bmp
    group, members = sample.group, _members(sample)
    shifts = group.once(_shifts, members, length)
    if shifts is None:
        reason = f"no run of {length} estimation sessions to which all events could be moved"
        return refusal(reason, bmp.n)
    places = len(shifts.statistics)
    try:
        r_bar = mean_rank_correlation(sample).all_pairs
    except NoOverlapError as error:
        return refusal(str(error), bmp.n)
    independent = group.once(_independent_moves, members, length, places, r_bar)
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

    Windows at neighbouring places overlap, so the degrees of freedom are those of
    `independent_places`.
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
