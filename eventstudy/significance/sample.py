"""What a test sees: one group of observations, and that group over one window."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cached_property

import numpy as np

from eventstudy.compute.engine import Report
from eventstudy.models.kernel.batch import (
    Batch,
    Bools,
    Floats,
    Ints,
    Panel,
    Positions,
    benchmark_returns,
    cut_batch,
    returns_over,
)
from eventstudy.models.kernel.fits import Fits, WindowSums, sum_window
from eventstudy.models.registry import Model
from eventstudy.significance.sums.estimation_windows import EstimationWindows, Scan, Sums, scan
from eventstudy.significance.sums.mean_correlation import mean_correlation
from eventstudy.significance.sums.moments import Moments, tested_windows, window_moments
from eventstudy.significance.sums.once import ComputesOnce
from eventstudy.significance.sums.placebo_runs import Reference, placebo_statistics
from eventstudy.significance.sums.ties import SAME as SAME
from eventstudy.spec.study_spec import PRECISION, StudySpec
from eventstudy.spec.windows import Window

ScanOf = Callable[["FittedGroup"], Scan]
"""Makes the scan that a test needs of a group; an object of a module, so that it is one key."""


@dataclass(frozen=True, slots=True)
class _Same:
    """Equal to its copy in another process, so that both are one key."""

    sums: Scan

    def __call__(self, _: FittedGroup) -> Scan:
        return self.sums


def for_every_group(sums: Scan) -> ScanOf:
    """A scan that is the same whatever the group."""
    return _Same(sums)


class Layout(StrEnum):
    """How the observations of a group lie in time; it decides which tests mean something."""

    ONE = "one observation"
    ONE_DATE = "several assets on one date"
    MANY_DATES = "several dates"


@dataclass(frozen=True)
class FittedGroup(ComputesOnce):
    """The fitted observations of one group.

    The panel is there for the tests that refit (portfolio, joint) or look elsewhere.
    """

    name: str
    fits: Fits
    positions: Positions
    model: Model
    spec: StudySpec
    panel: Panel
    rows: Ints
    """Which observations of the study these are."""
    weights: Floats | None = None
    """(N,) positive weights of the group's mean, of any sum; None where none were given."""

    def take(self, rows: Ints) -> FittedGroup:
        """Some of the group's observations as a group."""
        return replace(
            self,
            weights=None if self.weights is None else self.weights[rows],
            fits=self.fits.take(rows),
            positions=self.positions.take(rows),
            rows=self.rows[rows],
        )

    def over(self, window: Window) -> Sample:
        """The group over one window."""
        return Sample(self, window)

    @cached_property
    def layout(self) -> Layout:
        """One observation, one date or several."""
        if len(self.fits) < 2:
            return Layout.ONE
        same = (self.positions.day0 == self.positions.day0[0]).all()
        return Layout.ONE_DATE if same else Layout.MANY_DATES

    @property
    def one_design(self) -> bool:
        """Whether all members have the same benchmark and factors."""
        return bool((self.positions.design == self.positions.design[0]).all())

    @cached_property
    def windows(self) -> EstimationWindows:
        """The estimation windows of the group."""
        return EstimationWindows(self.fits, self.positions, self.panel, self.model, self.spec)

    @cached_property
    def batch(self) -> Batch:
        """The returns and regressors of all observations of the group."""
        spec = self.spec
        return cut_batch(self.panel, self.positions, spec.estimation_days, spec.span.days)

    @cached_property
    def returns(self) -> Floats:
        """(N, W) returns of the observations over the event days."""
        return returns_over(self.panel.returns, self.positions, self.spec.span)

    @cached_property
    def market(self) -> Floats:
        """(N, W) returns of the observations' benchmarks over the event days; NaN without one."""
        return benchmark_returns(self.panel, self.positions, self.spec.span.days)

    def portfolio(self, members: Bools) -> Fits:
        """The mean return of members (N,) on one date, fitted as one asset."""
        return self.once(_portfolio, members.tobytes())

    def portfolio_batch(self, members: Bools) -> Batch:
        """The mean return of members (N,) on one date as one observation."""
        batch = self.batch if members.all() else self.batch.take(members)
        weights = 1 / self.fits.s if self.spec.weights == PRECISION else self.weights
        return batch.portfolio(None if weights is None else weights[members])

    def sharing(self, length: int) -> int:
        """How many observations have a day in common with another's window of `length` days."""
        return self.once(_sharing, length)

    def sums(self, window: Window) -> WindowSums:
        """AR or CAR of all observations, with its forecast error."""
        return sum_window(self.fits, self.spec.span, window)

    @cached_property
    def _moments(self) -> dict[Window, Moments]:
        windows = tested_windows(self.spec)
        return dict(zip(windows, window_moments(self.fits, self.spec.span, windows), strict=True))

    def moments(self, window: Window) -> Moments:
        """Means, spreads and counts over one window."""
        if window not in self._moments:
            self._moments[window] = window_moments(self.fits, self.spec.span, (window,))[0]
        return self._moments[window]

    def spread_z(self, window: Window) -> float:
        """The standard deviation of SAR or SCAR; NaN where they do not differ."""
        moments = self.moments(window)
        return sample_spread(moments.mean_z, moments.squares_z, moments.n, unit=1.0)

    def r_bar(self, length: int) -> float:
        """Mean correlation between the observations for windows of `length` days.

        Taken over all fitted observations of the group, whichever of them have a value on the
        tested day.

        Raises:
            NoOverlapError: Two observations share too few estimation sessions to be correlated.
        """
        longest = max(window.length for window in tested_windows(self.spec))
        return mean_correlation(self.windows, self.spec.kp, length, longest)

    @cached_property
    def _scanned(self) -> dict[ScanOf, Sums]:
        return {}

    def prepare(
        self, scans: Iterable[ScanOf], engine: str = "serial", report: Report | None = None
    ) -> None:
        """Take the sums that tests need over the estimation windows in one pass.

        Args:
            scans: What the tests need.
            engine: Where tasks run.
            report: Receives progress.
        """
        wanted = {make: make(self) for make in scans if make not in self._scanned}
        sums = scan(self.windows, list(wanted.values()), engine, report)
        self._scanned.update({make: sums[one] for make, one in wanted.items()})

    def scanned(self, make: ScanOf) -> Sums:
        """Sums over the estimation windows, by the function that makes their scan."""
        if make not in self._scanned:
            self.prepare([make])
        return self._scanned[make]


def _portfolio(group: FittedGroup, members: bytes) -> Fits:
    chosen = np.frombuffer(members, dtype=np.bool_)
    return group.model.fit(group.portfolio_batch(chosen))


def _placebos(group: FittedGroup, members: bytes, length: int) -> Floats:
    if group.layout is Layout.ONE:
        fits = group.model.fit(group.batch)
    else:
        fits = group.once(_portfolio, members)
    return np.asarray(placebo_statistics(Reference.of(fits), length)[0])


def _sharing(group: FittedGroup, length: int) -> int:
    each = np.bincount(group.positions.day0)
    near = np.convolve(each, np.ones(2 * length - 1, dtype=np.int64))[length - 1 :]
    return int(each[near[: len(each)] > 1].sum())


@dataclass(frozen=True)
class Sample(ComputesOnce):
    """One group over one window. Arrays run over the observations with a value, N of them."""

    group: FittedGroup
    window: Window

    @cached_property
    def _sums(self) -> WindowSums:
        return self.group.sums(self.window)

    @cached_property
    def valid(self) -> Bools:
        """Which observations of the group have a return on every day of the window."""
        return np.isfinite(self._sums.car)

    @property
    def moments(self) -> Moments:
        """Means, spreads and counts of x and z, without looking at each observation again."""
        return self.group.moments(self.window)

    @property
    def n(self) -> int:
        """Observations with a value."""
        return self.moments.n

    @property
    def x(self) -> Floats:
        """(N,) AR or CAR."""
        return self._sums.car[self.valid]

    @property
    def z(self) -> Floats:
        """(N,) SAR or SCAR."""
        return self._sums.scar[self.valid]

    @property
    def se(self) -> Floats:
        """(N,) standard error of the forecast of x, s√C or s√V."""
        return self._sums.se[self.valid]

    @cached_property
    def weights(self) -> Floats | None:
        """(N,) weights of the mean, of sum 1; None where all weigh alike."""
        if self.group.spec.weights == PRECISION:
            weights = 1 / self.se
        elif self.group.weights is not None:
            weights = self.group.weights[self.valid]
        else:
            return None
        return np.asarray(weights / weights.sum())

    @property
    def mean(self) -> float:
        """The weighted mean of x: AAR or CAAR."""
        if self.weights is None:
            return self.moments.mean_x
        return float((self.weights * self.x).sum())

    @property
    def df(self) -> Floats:
        """(N,) degrees of freedom of each fit, M − k."""
        return self.group.fits.df[self.valid].astype(np.float64)

    @property
    def portfolio(self) -> Fits:
        """The mean return of the N observations with a value, fitted as one asset.

        The same members throughout: a spread estimated on ten assets says nothing about two.
        """
        return self.group.portfolio(self.valid)

    @property
    def portfolio_sums(self) -> WindowSums:
        """AR or CAR of the portfolio, (1,), with its forecast error."""
        return sum_window(self.portfolio, self.group.spec.span, self.window)

    @property
    def placebos(self) -> Floats:
        """(B,) placebo statistics of a window of this length; NaN for runs that do not exist.

        Of the one observation, or of the portfolio of several.
        """
        return self.group.once(_placebos, self.valid.tobytes(), self.window.length)

    @property
    def r_bar(self) -> float:
        """Mean correlation for a window of this length."""
        return self.group.r_bar(self.window.length)


def sample_spread(mean: float, squares: float, n: int, unit: float = 0.0) -> float:
    """The standard deviation (ddof 1); NaN where all values are the same.

    They are where they differ by no more than rounding of the mean or of `unit`.

    Args:
        mean: Of n values v.
        squares: Σ(v − mean)².
        n: Number of values.
        unit: The size of what they were made from: 1 for SAR and SCAR.
    """
    if n < 2:
        return float("nan")
    sd = float(np.sqrt(squares / (n - 1)))
    return sd if sd > SAME * max(abs(mean), unit) else float("nan")
