"""Fits of many observations: each asset is fitted once per date, in machine code."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from eventstudy.arrays import SMALLEST
from eventstudy.compute.engine import map_blocks
from eventstudy.models.kernel.batch import (
    Bools,
    Floats,
    Ints,
    Panel,
    Positions,
    slices,
    window_index,
)
from eventstudy.models.kernel.fits import Fits, Leverage
from eventstudy.models.kernel.regression import DISTANT, ReturnRegression, distant
from eventstudy.models.kernel.regressors import Regressors
from eventstudy.spec.windows import Window

MOST_REGRESSORS = 10
"""With more regressors, sums of products cost more than gathering windows."""

BLOCK = 2**15
"""Assets and dates, or observations, that a thread works on at a time."""


@dataclass(frozen=True, slots=True)
class Solved:
    """Least squares of U assets and dates; figures are meaningless where not `exact`."""

    at: Positions
    """Where these lie in the panel."""
    which: Ints
    """(N,) which of them each observation belongs to."""
    packed: Floats
    """(U, 4 + (1 + k) + k + k²) valid sessions M, s, R², level (1/√M, 0 where nothing is fitted),
    constant and slopes where there are any, means of the regressors, whitening matrix."""
    columns: Regressors
    """What was fitted, of k regressors."""
    exact: Bools
    """(U,) whether no more than two digits were lost."""

    @property
    def n_obs(self) -> Floats:
        """(U,) valid sessions."""
        return self.packed[:, 0]

    @property
    def fitted(self) -> Floats:
        """(U, 1 + k) constant and slopes; (U, 0) where nothing is fitted."""
        return self.packed[:, 4 : 4 + self.columns.parameters]


def fit_cells(
    panel: Panel, positions: Positions, regression: ReturnRegression, windows: Sequence[Window]
) -> Solved:
    """Fit the estimation windows of all observations.

    Args:
        panel: Returns and designs.
        positions: Where the N observations lie in it.
        regression: The model, of at most `MOST_REGRESSORS` regressors.
        windows: One estimation window or two, relative to day 0.
    """
    from eventstudy.compiled.window_fits import fit_windows, regressor_sums

    at, which = _cells(panel, positions)
    columns = Regressors.of(regression, panel.designs)
    n, sessions, k = len(at), panel.returns.shape[1], columns.x.shape[1]
    if at.estimation is None:
        ends = np.array([[w.start, w.end] for w in windows])[:, :, None]
    else:
        ends = at.estimation.T[None]
    low, high = np.maximum(at.day0 + ends[:, 0], 0), np.minimum(at.day0 + ends[:, 1], sessions - 1)
    count = columns.parameters
    packed, squares = np.empty((n, 4 + count + k + k * k)), np.empty((n, 2))
    _, fitted, center, whiten = np.split(packed, np.cumsum([4, count, k]), axis=1)
    n_obs, exact = np.empty(n, dtype=np.int64), np.empty(n, dtype=np.bool_)
    found = (fitted, center, whiten.reshape(n, k, k), squares, n_obs, exact)
    known = columns.known
    shared = regressor_sums(columns.x, known)

    def fit(rows: slice) -> None:
        fit_windows(
            panel.to_estimate,
            columns.offset,
            columns.x,
            known,
            shared,
            (SMALLEST, DISTANT),
            at.asset,
            at.design,
            low,
            high,
            found,
            rows.start,
            rows.stop,
        )

        _summarise(packed[rows], squares[rows], n_obs[rows], exact[rows], columns)

    map_blocks(fit, slices(n, BLOCK))
    return Solved(at, which, packed, columns, exact)


def _summarise(
    packed: Floats, squares: Floats, n_obs: Ints, exact: Bools, columns: Regressors
) -> None:
    """Write M, s, R² and level of some assets and dates beside what was fitted."""
    count = columns.parameters
    df = n_obs - max(count, 1)
    exact &= df >= 1
    packed[:, 0] = n_obs
    packed[:, 1] = np.sqrt(np.where(exact, squares[:, 0], 0.0) / np.maximum(df, 1))
    packed[:, 2] = 1 - squares[:, 0] / np.where(exact, squares[:, 1], 1.0)
    packed[:, 3] = 1 / np.sqrt(np.maximum(n_obs, 1.0)) if count else 0.0
    if count:
        fitted, center = packed[:, 4 : 4 + count], packed[:, 4 + count : 3 + 2 * count]
        exact &= ~distant(fitted, center, packed[:, 1])


def _cells(panel: Panel, positions: Positions) -> tuple[Positions, Ints]:
    """The distinct assets, designs and dates, sorted by asset and design.

    Also which of them each observation belongs to. Observations with estimation windows of their
    own are only sorted.
    """
    from eventstudy.compiled.order import distinct_pairs, grouped

    designs, sessions = len(panel.designs), panel.returns.shape[1]
    pair = positions.asset * designs + positions.design
    pairs = len(panel.returns) * designs
    if positions.estimation is not None:
        order, _ = grouped(pair, pairs)
        which = np.empty_like(order)
        which[order] = np.arange(len(order))
        return positions.take(order), which
    pair, day0, which, _ = distinct_pairs(pair, positions.day0, (pairs, sessions))
    return Positions(pair // designs, day0, pair % designs), which


def forecast(
    panel: Panel, positions: Positions, regression: ReturnRegression, solved: Solved, span: Window
) -> Fits:
    """The fits of all observations, with their abnormal returns over the event days.

    The leverage has no rows: they are shared by all event windows of the panel.

    Args:
        panel: Returns and designs.
        positions: Where the N observations lie in it.
        regression: The model.
        solved: Its fits.
        span: The W event days.
    """
    from eventstudy.compiled.forecasts import write_fits

    columns, n = solved.columns, len(positions)
    fitted, k = np.empty((n, columns.parameters)), columns.x.shape[1]
    center, whiten = np.empty((n, k)), np.empty((n, k, k))
    plain, n_obs, ar = np.empty((3, n)), np.empty(n, dtype=np.int64), np.empty((n, span.length))

    def write(rows: slice) -> None:
        write_fits(
            solved.packed,
            solved.which,
            panel.returns,
            columns.offset,
            columns.x,
            positions.asset,
            positions.day0,
            positions.design,
            span.start,
            fitted,
            center,
            whiten,
            plain,
            n_obs,
            ar,
            rows.start,
            rows.stop,
        )

    map_blocks(write, slices(n, BLOCK))
    of = window_index(panel, positions, span)
    rows = np.empty((0, span.length, k))
    return Fits(
        coef=regression.report(fitted),
        s=plain[0],
        n_obs=n_obs,
        df=n_obs - max(fitted.shape[1], 1),
        r_squared=plain[1],
        ar=ar,
        leverage=Leverage(rows, of, plain[2], center, whiten),
        residuals=np.empty((n, 0)),
        basis=np.empty((n, 0, 0)),
        problem=np.zeros(n, dtype=np.int64),
        noise=np.empty((n, 0)),
        noise_est=np.empty((n, 0)),
    )
