"""What the parametric tests need of a group, block by block, so that it need not be seen at once.

Blocks are cut at the same places whoever works on them and put together in their order, so the
sums are the same to the last bit. Spreads are sums of squares about the block's own mean, joined by
the distance between the means (Chan, Golub & LeVeque 1983): nothing cancels.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from eventstudy.compiled.kernel import compiles
from eventstudy.compute.engine import map_blocks
from eventstudy.models.kernel.batch import Floats, columns_of, slices
from eventstudy.models.kernel.fits import Fits, daily_errors, sum_window
from eventstudy.spec.study_spec import StudySpec
from eventstudy.spec.windows import Window

BLOCK = 512
"""Number of observations that machine code sums at once."""

TASK = 64
"""Number of blocks that a thread sums at a time."""


def tested_windows(spec: StudySpec) -> tuple[Window, ...]:
    """Each day of the event window, then the CAR windows, none twice."""
    return _tested(spec.window, spec.car)


@lru_cache
def _tested(window: Window, car: tuple[Window, ...]) -> tuple[Window, ...]:
    """Made once: each test of each day asks for them."""
    return tuple(dict.fromkeys([*(Window(day, day) for day in window.days), *car]))


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
    mean_precision: float
    """Mean of 1/se, se the standard error of the forecast of x: mean_z over it is the mean of x
    weighted by 1/se."""
    positive: int
    """How many x are above zero."""
    patell: float
    """Σ (M − k)/(M − k − 2), the variance of Σz."""
    least_df: float
    """The smallest M − k."""
    s2: float
    """Σ s²"""


def window_moments(fits: Fits, span: Window, windows: Sequence[Window]) -> list[Moments]:
    """The moments of all observations over each window.

    Args:
        fits: N fitted observations.
        span: The days of the columns of `fits.ar`.
        windows: Q windows inside `span`.
    """
    large = compiles(len(fits)) and not fits.noise.shape[1]
    rows = fits.leverage.one_row if large else None
    parts = _plain(fits, span, windows) if rows is None else _compiled(fits, rows, span, windows)
    n, mean_x, squares_x, cubes_x, mean_z, squares_z, precision, positive, patell, least_df, s2 = (
        parts[:, field] for field in range(parts.shape[1])
    )
    total = n.sum(axis=0)
    count = np.maximum(total, 1)
    x, z = (n * mean_x).sum(axis=0) / count, (n * mean_z).sum(axis=0) / count
    # By how much each block's mean lies off the mean of all.
    off_x, off_z = mean_x - x, mean_z - z
    columns = {
        "n": total.astype(np.int64),
        "mean_x": x,
        "squares_x": (squares_x + n * off_x**2).sum(axis=0),
        "cubes_x": (cubes_x + 3 * off_x * squares_x + n * off_x**3).sum(axis=0),
        "mean_z": z,
        "squares_z": (squares_z + n * off_z**2).sum(axis=0),
        "mean_precision": precision.sum(axis=0) / count,
        "positive": positive.sum(axis=0).astype(np.int64),
        "patell": patell.sum(axis=0),
        "least_df": least_df.min(axis=0),
        "s2": s2.sum(axis=0),
    }
    figures = zip(*(column.tolist() for column in columns.values()), strict=True)
    return [Moments(**dict(zip(columns, each, strict=True))) for each in figures]


def _plain(fits: Fits, span: Window, windows: Sequence[Window]) -> Floats:
    """(1, 11, Q) the fields of Moments in their order, of all observations as one block."""
    parts = [_sums(fits, x, z, se) for x, z, se in window_values(fits, span, windows)]
    return np.array([[np.concatenate(columns) for columns in zip(*parts, strict=True)]])


def _compiled(fits: Fits, rows: Floats, span: Window, windows: Sequence[Window]) -> Floats:
    """(B, 11, Q) the same of many observations, block by block; `rows` are `Leverage.one_row`."""
    from eventstudy.compiled.forecasts import moments_of_blocks, typical_precisions

    leverage = fits.leverage
    columns = np.array([(w.start - span.start, w.length) for w in windows])
    typical = _typical(fits, rows.shape[1])
    units = typical_precisions(rows, typical, columns)
    blocks = -(-len(fits) // BLOCK)
    found = np.empty((blocks, 11, len(windows)))

    def write(some: slice) -> None:
        moments_of_blocks(
            fits.ar,
            rows,
            leverage.of,
            leverage.level,
            leverage.center,
            leverage.whiten,
            fits.s,
            fits.df,
            columns,
            typical,
            units,
            BLOCK,
            some.start,
            some.stop,
            found,
        )

    map_blocks(write, slices(blocks, TASK))
    return found


def _typical(fits: Fits, places: int) -> Floats:
    """(places, 1 + k + k²) level, center and whiten of one observation at each place.

    That is the first one without gaps whose event window begins there; NaN where there is none.
    """
    leverage = fits.leverage
    whole = np.flatnonzero(fits.n_obs == fits.n_obs.max(initial=0))[::-1]
    first = np.full(places, -1, dtype=np.int64)
    first[leverage.of[whole]] = whole
    parts = leverage.level[:, None], leverage.center, leverage.whiten.reshape(len(fits), -1)
    known = first >= 0
    return np.where(known[:, None], np.hstack([part[first] for part in parts]), np.nan)


def window_values(
    fits: Fits, span: Window, windows: Sequence[Window]
) -> list[tuple[Floats, Floats, Floats]]:
    """AR or CAR, SAR or SCAR and standard error over the windows in their order.

    (n, Q) in one or two pieces.

    Single days in a row, with which the tested windows begin, are columns of the AR as they stand
    and are not summed one by one.

    Args:
        fits: n fitted observations.
        span: The days of the columns of `fits.ar`.
        windows: Q windows inside `span`.
    """
    days = _leading_days(windows)
    pieces = []
    if days:
        x = fits.ar[:, columns_of(days, span)]
        se = daily_errors(fits, span, days)
        pieces.append((x, x / se, se))
    others = windows[days.length if days else 0 :]
    if others:
        sums = [sum_window(fits, span, window) for window in others]
        x = np.column_stack([one.car for one in sums])
        z, se = (np.column_stack([getattr(one, name) for one in sums]) for name in ("scar", "se"))
        pieces.append((x, z, se))
    return pieces


def _leading_days(windows: Sequence[Window]) -> Window | None:
    """The single days, one after the other, with which the windows begin."""
    count = 0
    while count < len(windows) and windows[count] == (windows[0].start + count,) * 2:
        count += 1
    return Window(windows[0].start, windows[count - 1].end) if count else None


def _sums(fits: Fits, x: Floats, z: Floats, se: Floats) -> tuple[Floats, ...]:
    """The fields of Moments in their order for x, z and their errors (n, Q), each (Q,)."""
    df = fits.df.astype(np.float64)
    weights = (df / np.where(df > 2, df - 2, 1.0), fits.s**2)
    if np.isfinite(x.sum()):  # no value is missing
        n = np.full(x.shape[1], float(len(x)))
        mean_x, squares_x, cubes_x = _central(x, n, None)
        mean_z, squares_z, _ = _central(z, n, None)
        patell, s2 = (np.full(x.shape[1], weight.sum()) for weight in weights)
        least = np.full(x.shape[1], df.min(initial=np.inf))
        precision = (1 / se).sum(axis=0)
    else:
        valid = np.isfinite(x)
        known = valid.astype(np.float64)
        n = known.sum(axis=0)
        x, z = np.where(valid, x, 0.0), np.where(valid, z, 0.0)
        mean_x, squares_x, cubes_x = _central(x, n, known)
        mean_z, squares_z, _ = _central(z, n, known)
        patell, s2 = (np.einsum("n,nq->q", weight, known) for weight in weights)
        least = np.where(valid, df[:, None], np.inf).min(axis=0, initial=np.inf)
        precision = np.where(valid, 1 / np.where(valid, se, 1.0), 0.0).sum(axis=0)
    positive = (x > 0).sum(axis=0, dtype=np.float64)
    return n, mean_x, squares_x, cubes_x, mean_z, squares_z, precision, positive, patell, least, s2


def _central(values: Floats, n: Floats, known: Floats | None) -> tuple[Floats, Floats, Floats]:
    """Mean, Σ(v − mean)² and Σ(v − mean)³ of each column, what is missing being 0."""
    count = np.maximum(n, 1.0)
    mean = values.sum(axis=0) / count
    apart = values - mean
    if known is not None:
        apart *= known
    # The mean is rounded, and moments about a mean that is off by `slip` are off too: corrected.
    slip = apart.sum(axis=0) / count
    power = apart * apart
    squares = power.sum(axis=0)
    power *= apart
    cubes = power.sum(axis=0)
    return (
        np.asarray(mean + slip),
        np.asarray(np.maximum(squares - n * slip**2, 0.0)),
        np.asarray(cubes - 3 * slip * squares),
    )
