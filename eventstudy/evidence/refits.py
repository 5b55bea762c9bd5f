"""CARs over any set of event days, with the exact variance of each and of their comparisons."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import special

from eventstudy.errors import InputError
from eventstudy.estimation.fitting import Fitted
from eventstudy.models.kernel.batch import Floats, Ints
from eventstudy.models.kernel.fits import Fits, sum_window
from eventstudy.spec.study_spec import StudySpec
from eventstudy.spec.windows import Window, as_window

Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class DaySums:
    """CAR of N observations over H sets of event days; NaN where a day of the set has no AR."""

    car: Floats
    """(N, H) sum of the abnormal returns; NaN for an empty set."""
    own: Floats
    """(N, H) variance of the days' own errors over s²: their number, L."""
    root: Floats
    """(N, H, q) sum of the roots of the forecast-error leverage."""
    s: Floats
    """(N, 1) residual standard deviation."""
    df: Ints
    """(N, 1) degrees of freedom, M − k."""

    @cached_property
    def se(self) -> Floats:
        """Standard error s√V with V = L + |Σ root|², (N, H)."""
        error = self.s * np.sqrt(self.own + (self.root**2).sum(axis=2))
        return np.where(np.isfinite(self.car), error, np.nan)

    @cached_property
    def t(self) -> Floats:
        """(N, H) the CARs in standard errors, Student-t with `df` under the null."""
        return self.car / self.se

    @cached_property
    def p_greater(self) -> Floats:
        """(N, H) one-sided, against a positive CAR."""
        return np.asarray(special.stdtr(self.df, -self.t))

    @cached_property
    def p_less(self) -> Floats:
        """(N, H) one-sided, against a negative CAR."""
        return np.asarray(special.stdtr(self.df, self.t))

    @cached_property
    def p_value(self) -> Floats:
        """(N, H) two-sided."""
        return np.asarray(2 * special.stdtr(self.df, -np.abs(self.t)))

    def covariance(self, other: DaySums) -> Floats:
        """(N, H) covariance of the forecast errors with another sum over other days.

        Days that the sums do not share have independent errors of their own; what makes them
        correlated is that all are forecast from the same estimates: s² Σroot · Σroot.
        """
        return np.asarray(self.s**2 * (self.root * other.root).sum(axis=2))


def sum_days(fits: Fits, chosen: Mask) -> DaySums:
    """Sum the abnormal returns over chosen event days, a run of days or not.

    chosen (H, W) or (N, H, W), a set of the W event days each. V = L + |Σ root|² over the days
    of the set is the forecast-error variance over s²: MacKinlay (1997), eqs. 11-12, exact for any
    M; `Fits.noise` takes the place of the 1 of each day where the variance changes.
    """
    n, w = fits.ar.shape
    sets = np.broadcast_to(chosen, (n, *chosen.shape[-2:])).astype(np.float64)
    known = np.isfinite(fits.ar)
    car = np.einsum("nhw,nw->nh", sets, np.where(known, fits.ar, 0.0))
    lost = np.einsum("nhw,nw->nh", sets, (~known).astype(np.float64)) > 0
    noise = fits.noise if fits.noise.shape[1] else np.ones((n, w))
    own = np.einsum("nhw,nw->nh", sets, np.where(known, noise, 0.0))
    root = np.einsum("nhw,nwq->nhq", sets, np.where(known[:, :, None], fits.root, 0.0))
    car = np.where(lost | (sets.sum(axis=2) == 0), np.nan, car)
    return DaySums(car, own, root, fits.s[:, None], fits.df[:, None])


def fieller(
    above: Floats, below: Floats, variances: tuple[Floats, Floats, Floats], quantile: Floats
) -> tuple[Floats, Floats]:
    """Bounds of the ratio above / below by Fieller's (1954) theorem, elementwise.

    `variances`: of above, of below, and their covariance; `quantile`: of t. The ratios ρ with
    (above − ρ·below)² ≤ t²(v_aa − 2ρ v_ab + ρ² v_bb) lie between the roots of a quadratic when
    `below` differs from zero at the same level; else the set is unbounded and both are NaN.
    """
    v_above, v_below, shared = (quantile**2 * v for v in variances)
    a, b, c = below**2 - v_below, above * below - shared, above**2 - v_above
    bounded = (a > 0) & np.isfinite(b)
    a = np.where(bounded, a, 1.0)
    reach = np.sqrt(np.maximum(np.where(bounded, b**2 - a * c, 0.0), 0.0))
    low, high = (np.where(bounded, (b + sign * reach) / a, np.nan) for sign in (-1, 1))
    return low, high


def session_weights(fits: Fits, chosen: Mask, day0: Ints, spec: StudySpec, size: int) -> Floats:
    """Each CAR's forecast error as a linear form of the errors of all sessions, (N, size).

    1 on a chosen day (W,) and −(Σ root)·root_t on estimation session t; var(CAR) = s² Σ_t w_t².
    `day0` (N,) says which of the `size` sessions is each one's day 0; the fits keep their basis.
    """
    n = len(fits)
    sessions = np.zeros((n, size))
    rows = np.arange(n)[:, None]
    if fits.leverage.forecasts:
        total = np.where(np.isfinite(fits.root), fits.root, 0.0)[:, chosen].sum(axis=1)
        form = -np.einsum("ntq,nq->nt", fits.basis, total)
        days = day0[:, None] + min(spec.estimation_days) + np.arange(form.shape[1])
        inside = (days >= 0) & (days < size)
        sessions[np.broadcast_to(rows, days.shape)[inside], days[inside]] = form[inside]
    event = day0[:, None] + spec.span.start + np.flatnonzero(chosen)
    inside = (event >= 0) & (event < size)
    sessions[np.broadcast_to(rows, event.shape)[inside], event[inside]] += 1.0
    return sessions


def spec_over(spec: StudySpec, windows: tuple[Window, ...], *, placebo: bool) -> StudySpec:
    """The study's own specification with other event days and nothing else changed.

    Args:
        spec: the study's own.
        windows: the event days; the first is the event window.
        placebo: whether the estimation windows are kept for placebos.

    Raises:
        InputError: the windows reach into the estimation window.
    """
    return StudySpec(
        **{**spec.model_dump(), "window": windows[0], "car": windows, "placebo": placebo}
    )


def windows_of(windows: Iterable[object]) -> tuple[Window, ...]:
    """The windows that were asked for, each once.

    Raises:
        InputError: one of them is none, or there is not one.
    """
    try:
        chosen = tuple(dict.fromkeys(as_window(window) for window in windows))
    except InputError as error:
        wrong = str(error).removesuffix(".")
        raise InputError(f"{wrong}; give a list of windows such as [(0, 0), (0, 20)].") from None
    if not chosen:
        raise InputError("Name at least one window, such as [(0, 0)].")
    return chosen


def rel_days(sessions: pd.DatetimeIndex, days: pd.Series, at: int) -> Ints:
    """Relative sessions of dates: those on no session count as the next one's."""
    return np.asarray(sessions.searchsorted(pd.DatetimeIndex(days)) - at, dtype=np.int64)


_KINDS: dict[str, tuple[str, Any]] = {
    "s": ("str", ""),
    "i": ("int64", 0),
    "b": ("bool", False),
    "d": ("datetime64[ns]", np.datetime64("NaT", "ns")),
    "": ("float64", np.nan),
}
"""What a column's name ends in → its dtype, and what stands where a row lacks the column."""


def _kinds(columns: str) -> tuple[dict[str, str], dict[str, Any]]:
    """Name → dtype, and name → what stands for it where it lacks, of columns as of `typed`."""
    kinds = {name: _KINDS[kind] for name, _, kind in (c.partition(":") for c in columns.split())}
    dtypes = {name: dtype for name, (dtype, _) in kinds.items()}
    return dtypes, {name: absent for name, (_, absent) in kinds.items()}


def typed(records: Iterable[Mapping[str, Any]], columns: str) -> pd.DataFrame:
    """A table of plain kinds, also where it is empty.

    What a record lacks is NaN or no day, and empty text, 0 or False.

    Args:
        records: the rows.
        columns: names in order, with ":s" for text, ":i" for whole numbers, ":b" for bools and
            ":d" for days after them; the others are floats.
    """
    kinds, absent = _kinds(columns)
    rows = [{**absent, **record} for record in records]
    return pd.DataFrame(rows, columns=list(kinds)).astype(kinds)


@dataclass(frozen=True, eq=False)
class RefitCells:
    """W windows of D days and C columns; NaN where there is no figure, and why."""

    car: Floats
    """(W, D, C) AR (one day) or CAR."""
    se: Floats
    """(W, D, C)"""
    scar: Floats
    """(W, D, C) car / se."""
    df: Floats
    """(D, C) degrees of freedom."""
    reason: npt.NDArray[np.object_]
    """(W, D, C) why a figure is missing; empty where none is."""


def refit_cells(
    fitted: Fitted, days: int, columns: Sequence[str], windows: Sequence[Window]
) -> RefitCells:
    """Lay out observations whose event_id is the number of a day (see `Case.refit`)."""
    estimates, size = fitted.estimates, len(columns)
    places = pd.Index(columns)
    whole = len(estimates.labels) == days * size
    at = np.arange(days * size) if whole else _cell(estimates.labels, places)
    figures = np.full((3, len(windows), days * size), np.nan)
    reason = np.full((len(windows), days * size), "", dtype=object)
    df = np.full(days * size, np.nan)
    df[at] = estimates.fits.df
    if len(fitted.exclusions):
        reason[:, _cell(fitted.exclusions, places)] = fitted.exclusions["reason"].to_numpy()
    for w, window in enumerate(windows):
        sums = sum_window(estimates.fits, estimates.spec.span, window)
        figures[:, w, at] = sums.car, sums.se, sums.scar
        if not np.isfinite(sums.scar).all():
            reason[w, at] = np.asarray(estimates.why_missing(window), dtype=object)
    shape = (len(windows), days, size)
    car, se, scar = (figure.reshape(shape) for figure in figures)
    return RefitCells(car, se, scar, df.reshape(shape[1:]), reason.reshape(shape))


def _cell(labels: pd.DataFrame, columns: pd.Index) -> npt.NDArray[np.int64]:
    day = labels["event_id"].to_numpy(dtype=np.int64)
    return day * len(columns) + columns.get_indexer(pd.Index(labels["ticker"]))


def rows_and_reasons(fitted: Fitted) -> tuple[dict[str, int], dict[str, str]]:
    """Of a refit at one day: ticker → its row among the estimates, or why it has none."""
    out = fitted.exclusions
    row = {str(ticker): n for n, ticker in enumerate(fitted.estimates.labels["ticker"])}
    return row, dict(zip(out["ticker"], out["reason"].astype(str), strict=True))


def stacked_blocks(blocks: Sequence[Mapping[str, Any]], columns: str) -> pd.DataFrame:
    """Blocks of rows under one another.

    Args:
        blocks: by column an array of the block's length, or one value that holds for all of it;
            what a block lacks is as in `typed`.
        columns: as of `typed`.
    """
    kinds, absent = _kinds(columns)
    dtypes = {name: "object" if kind == "str" else kind for name, kind in kinds.items()}
    sizes = [[np.size(value) for value in block.values()] for block in blocks]
    rows = [max(size) if min(size) else 0 for size in sizes]
    table = {
        name: np.concatenate(
            [
                np.broadcast_to(np.asarray(block.get(name, absent[name]), dtype=dtype), count)
                for block, count in zip(blocks, rows, strict=True)
            ]
            or [np.empty(0, dtype=dtype)]
        )
        for name, dtype in dtypes.items()
    }
    return pd.DataFrame(table).astype(kinds)
