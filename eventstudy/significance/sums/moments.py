"""What the parametric tests need of a group, block by block, so that it need not be seen at once.

`partial` sums over one block of observations, `merge` puts blocks side by side, `finish` adds them
up in their order. Blocks are cut at the same places whoever works on them, so the sums are the
same to the last bit. Spreads are sums of squares about the block's own mean, joined by the
distance between the means (Chan, Golub & LeVeque 1983): nothing cancels.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np

from eventstudy.compute.engine import map_blocks
from eventstudy.models.kernel.batch import Floats
from eventstudy.models.kernel.fits import Fits, daily_errors, sum_window
from eventstudy.spec import StudySpec, Window

BLOCK = 8_192
"""Observations summed at once."""


def tested_windows(spec: StudySpec) -> tuple[Window, ...]:
    """Each day of the event window, then the CAR windows, none twice."""
    days = [Window(day, day) for day in spec.window.days]
    return tuple(dict.fromkeys([*days, *spec.car]))


@dataclass(frozen=True, slots=True)
class Moments:
    """Of the observations with a value over one window."""

    n: int
    mean_x: float
    """Mean AR or CAR."""
    squares_x: float
    """Σ(x − mean)²"""
    cubes_x: float
    """Σ(x − mean)³"""
    mean_z: float
    """Mean SAR or SCAR."""
    squares_z: float
    """Σ(z − mean)²"""
    positive: int
    """How many x are above zero."""
    patell: float
    """Σ (M − k)/(M − k − 2), the variance of Σz."""
    least_df: float
    """The smallest M − k."""
    s2: float
    """Σ s²"""


@dataclass(frozen=True, slots=True)
class Tally:
    """B blocks of observations over Q windows; every array is (B, Q)."""

    n: Floats
    mean_x: Floats
    squares_x: Floats
    cubes_x: Floats
    mean_z: Floats
    squares_z: Floats
    positive: Floats
    patell: Floats
    least_df: Floats
    s2: Floats

    def finish(self) -> list[Moments]:
        """The moments of each window over all blocks."""
        n = self.n.sum(axis=0)
        count = np.maximum(n, 1)
        mean_x = (self.n * self.mean_x).sum(axis=0) / count
        mean_z = (self.n * self.mean_z).sum(axis=0) / count
        apart, apart_z = self.mean_x - mean_x, self.mean_z - mean_z
        squares_x = (self.squares_x + self.n * apart**2).sum(axis=0)
        squares_z = (self.squares_z + self.n * apart_z**2).sum(axis=0)
        cubes = self.cubes_x + 3 * apart * self.squares_x + self.n * apart**3
        columns = (
            *(n.astype(np.int64), mean_x, squares_x, cubes.sum(axis=0), mean_z, squares_z),
            *(self.positive.sum(axis=0).astype(np.int64), self.patell.sum(axis=0)),
            *(self.least_df.min(axis=0), self.s2.sum(axis=0)),
        )
        return [Moments(*row) for row in zip(*(column.tolist() for column in columns), strict=True)]


def merge(parts: Sequence[Tally]) -> Tally:
    """The blocks of all parts in their order."""
    return Tally(*(np.concatenate([getattr(p, f.name) for p in parts]) for f in fields(Tally)))


def tally(fits: Fits, span: Window, windows: Sequence[Window]) -> Tally:
    """All observations of `fits` over some windows; `span` are the days of their AR."""
    starts = range(0, max(len(fits), 1), BLOCK)
    blocks = [fits.take(slice(start, start + BLOCK)) for start in starts]
    return merge(map_blocks(lambda block: partial(block, span, windows), blocks))


def partial(fits: Fits, span: Window, windows: Sequence[Window]) -> Tally:
    """One block of observations."""
    parts = [_sums(fits, x, z) for x, z in window_values(fits, span, windows)]
    return Tally(*(np.concatenate(columns)[None] for columns in zip(*parts, strict=True)))


def window_values(
    fits: Fits, span: Window, windows: Sequence[Window]
) -> list[tuple[Floats, Floats]]:
    """AR or CAR, and SAR or SCAR, over the windows in their order: (n, Q) in one or two pieces."""
    days = _leading_days(windows)
    pieces = []
    if days:
        x = fits.ar[:, days.start - span.start : days.end - span.start + 1]
        pieces.append((x, x / daily_errors(fits, span, days)))
    others = windows[days.length if days else 0 :]
    if others:
        sums = [sum_window(fits, span, window) for window in others]
        x = np.column_stack([one.car for one in sums])
        pieces.append((x, np.column_stack([one.scar for one in sums])))
    return pieces


def _leading_days(windows: Sequence[Window]) -> Window | None:
    """The single days, one after the other, with which the windows begin."""
    count = 0
    while count < len(windows) and windows[count] == (windows[0].start + count,) * 2:
        count += 1
    return Window(windows[0].start, windows[count - 1].end) if count else None


def _sums(fits: Fits, x: Floats, z: Floats) -> tuple[Floats, ...]:
    """The fields of a Tally for x and z (n, Q), each (Q,)."""
    df = fits.df.astype(np.float64)
    weights = (df / np.where(df > 2, df - 2, 1.0), fits.s**2)
    ones = np.ones(len(x))
    if np.isfinite(x.sum()):  # no value is missing
        n = np.full(x.shape[1], float(len(x)))
        mean_x, squares_x, cubes_x = _central(ones, x, n, None)
        mean_z, squares_z, _ = _central(ones, z, n, None)
        patell, s2 = (np.full(x.shape[1], weight.sum()) for weight in weights)
        least = np.full(x.shape[1], df.min(initial=np.inf))
    else:
        valid = np.isfinite(x)
        known = valid.astype(np.float64)
        n = ones @ known
        x, z = np.where(valid, x, 0.0), np.where(valid, z, 0.0)
        mean_x, squares_x, cubes_x = _central(ones, x, n, known)
        mean_z, squares_z, _ = _central(ones, z, n, known)
        patell, s2 = (weight @ known for weight in weights)
        least = np.where(valid, df[:, None], np.inf).min(axis=0, initial=np.inf)
    positive = ones @ (x > 0)
    return (
        *(n, mean_x, squares_x, cubes_x, mean_z, squares_z),
        *(positive, patell, least, s2),
    )


def _central(
    ones: Floats, values: Floats, n: Floats, known: Floats | None
) -> tuple[Floats, Floats, Floats]:
    """Mean, Σ(v − mean)² and Σ(v − mean)³ of each column, what is missing being 0."""
    count = np.maximum(n, 1.0)
    mean = ones @ values / count
    rest = values - mean
    if known is not None:
        rest *= known
    slip = ones @ rest / count  # what rounding left of the mean
    square = rest * rest
    squares = ones @ square
    square *= rest
    cubes = ones @ square
    return (
        np.asarray(mean + slip),
        np.asarray(np.maximum(squares - n * slip**2, 0.0)),
        np.asarray(cubes - 3 * slip * squares),
    )
