"""Generalised least squares on the principal components of earlier returns.

Firms that move together say the same thing twice; the covariance of the days before tells how
much. Cohn, Johnson, Liu & Wardlaw (2026), Journal of Financial Economics 180, 104278.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from eventstudy.arrays import Bools, Floats

MOST_COMPONENTS = 100
FLOOR = 1e-15
"""Least variance of a firm outside the components."""


@dataclass(frozen=True, slots=True)
class Rolled:
    """GLS coefficients of an event and of the ordinary days before it.

    Each is weighted by the covariance of the days before itself.
    """

    coef: Floats
    """(K,) of the event."""
    slopes: Floats
    """(L, K) of the ordinary days, the earliest first; NaN where the firms do not determine it."""
    used: Bools
    """(N,) which firms the event's coefficients rest on."""
    components: int
    """Principal components in each covariance."""


def spans(runs: int, gap: int) -> int:
    """How many ordinary days L can be compared, each with L of its own before it.

    Args:
        runs: Runs of estimation sessions, one a day without a hole, that end before the event.
        gap: Days from the first day of the last of them to the event's first.
    """
    return max((runs - gap + 1) // 2, 0)


def rolled_gls(
    design: Floats, car: Floats, runs: Floats, sums: Floats, gap: int, components: int
) -> Rolled:
    """GLS at the event, and in the same way at each of the L days before.

    As Stata's csestudy with gls: the covariance of a day is that of the L runs that end `gap` days
    before it, Ω = V·diag(λ)·V' + diag(d): the first principal components of the firms' CAR about
    their means, and the variance that is left of each firm (both with L − 1). A firm counts on a
    day if it has a CAR on that day and in each of the L runs, and moved in them.

    Args:
        design: (N, K) the same on every day.
        car: (N,) the event's.
        runs: (N, B) CAR of the ordinary days, which the coefficients explain.
        sums: (N, B) CAR of the same days, of which covariances are made.
        gap: Days from the first day of the last run to the event's first.
        components: Of each covariance.
    """
    total = runs.shape[1]
    length = spans(total, gap)
    coef, used = _weighted(design, car, sums[:, total - length :], components)
    slopes = []
    for at in range(total - length, total):
        before = sums[:, at - gap - length + 1 : at - gap + 1]
        slopes.append(_weighted(design, runs[:, at], before, components)[0])
    return Rolled(coef, np.array(slopes).reshape(length, design.shape[1]), used, components)


def _weighted(design: Floats, y: Floats, before: Floats, components: int) -> tuple[Floats, Bools]:
    """(K,) GLS coefficients and which firms they rest on; NaN where these are too few."""
    complete = np.isfinite(y) & np.isfinite(before).all(axis=1)
    used = complete & (np.abs(np.where(complete[:, None], before, 0.0)).max(axis=1) > 0)
    x = design[used]
    if len(x) <= x.shape[1]:
        return np.full(x.shape[1], np.nan), used
    loadings, left = component_covariance(before[used], components)
    right = np.column_stack([x, y[used]])
    scaled = right / left[:, None]
    core = np.eye(loadings.shape[1]) + loadings.T @ (loadings / left[:, None])
    solved = scaled - (loadings / left[:, None]) @ np.linalg.solve(core, loadings.T @ scaled)
    moments = x.T @ solved
    return np.linalg.solve(moments[:, :-1], moments[:, -1]), used


def component_covariance(values: Floats, components: int) -> tuple[Floats, Floats]:
    """Loadings F (N, C) and remaining variances d (N,): the covariance is FF' + diag(d).

    F are the principal components in units of their standard deviations. What is left is summed
    over the other components, not subtracted.

    Args:
        values: (N, L) L observations of each of N firms.
        components: C; those beyond what the data span are zero.
    """
    length = values.shape[1]
    about = values - values.mean(axis=1, keepdims=True)
    _, scores = np.linalg.eigh(about.T @ about)
    loadings = (about @ scores[:, ::-1]) / np.sqrt(length - 1)
    left = (loadings[:, components:] ** 2).sum(axis=1)
    return loadings[:, :components], np.maximum(left, FLOOR)
