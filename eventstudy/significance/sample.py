"""What a test sees: one group of observations, and that group over one window."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cached_property
from typing import Any, TypeVar, cast

import numpy as np
import numpy.typing as npt

from eventstudy.compute.engine import Report
from eventstudy.models.kernel.batch import (
    Batch,
    Floats,
    Ints,
    Panel,
    Positions,
    benchmark_returns,
    cut,
    returns_of,
)
from eventstudy.models.kernel.fits import Fits, WindowSums, sum_window
from eventstudy.models.registry import Model
from eventstudy.significance.sums.estimation_windows import Windows
from eventstudy.significance.sums.mean_correlation import MeanCorrelation
from eventstudy.significance.sums.moments import Moments, tally, tested_windows
from eventstudy.significance.sums.placebo_runs import Reference, placebo_statistics
from eventstudy.significance.sums.scan import Scan, Sums, scan
from eventstudy.spec import StudySpec, Window

Made = TypeVar("Made")
Owner = TypeVar("Owner")


SAME = 1e-12
"""Figures that differ by less than this share of their size differ by rounding."""

ScanOf = Callable[["Group"], Scan]
"""Makes the scan that a test needs of a group; a module's function, so that it is one key."""


class Layout(StrEnum):
    """How the observations of a group lie in time; it decides which tests mean something."""

    ONE = "one observation"
    ONE_DATE = "several assets on one date"
    MANY_DATES = "several dates"


@dataclass(frozen=True)
class Group:
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

    def take(self, rows: Ints) -> Group:
        """Some of the group's observations as a group."""
        return replace(
            self,
            fits=self.fits.take(rows),
            positions=self.positions.take(rows),
            rows=self.rows[rows],
        )

    @cached_property
    def layout(self) -> Layout:
        """One observation, one date or several."""
        if len(self.fits) < 2:
            return Layout.ONE
        same = (self.positions.day0 == self.positions.day0[0]).all()
        return Layout.ONE_DATE if same else Layout.MANY_DATES

    @cached_property
    def windows(self) -> Windows:
        """The estimation windows of the group."""
        return Windows(self.fits, self.positions, self.panel, self.model, self.spec)

    def sharing(self, length: int) -> int:
        """How many observations have a day in common with another's window of `length` days."""
        if length not in self._sharing:
            each = np.bincount(self.positions.day0)
            near = np.convolve(each, np.ones(2 * length - 1, dtype=np.int64))[length - 1 :]
            self._sharing[length] = int(each[near[: len(each)] > 1].sum())
        return self._sharing[length]

    @cached_property
    def _sharing(self) -> dict[int, int]:
        return {}

    @cached_property
    def _moments(self) -> dict[Window, Moments]:
        windows = tested_windows(self.spec)
        return dict(zip(windows, tally(self.fits, self.spec.span, windows).finish(), strict=True))

    def moments(self, window: Window) -> Moments:
        """Means, spreads and counts over one window."""
        if window not in self._moments:
            found = tally(self.fits, self.spec.span, (window,)).finish()
            self._moments[window] = found[0]
        return self._moments[window]

    def spread_z(self, window: Window) -> float:
        """The standard deviation of SAR or SCAR; NaN where they do not differ."""
        moments = self.moments(window)
        return sample_spread(moments.mean_z, moments.squares_z, moments.n, unit=1.0)

    def prepare(
        self, scans: Iterable[ScanOf], engine: str = "serial", report: Report | None = None
    ) -> None:
        """Take the sums that tests need over the estimation windows in one pass."""
        makes = [make for make in dict.fromkeys(scans) if make not in self._scanned]
        made = [make(self) for make in makes]
        found = scan(self.windows, made, engine, report)
        self._scanned.update({make: found[one] for make, one in zip(makes, made, strict=True)})

    def scanned(self, make: ScanOf) -> Sums:
        """Sums over the estimation windows, by the function that makes their scan."""
        if make not in self._scanned:
            self.prepare([make])
        return self._scanned[make]

    @cached_property
    def _scanned(self) -> dict[ScanOf, Sums]:
        return {}

    @cached_property
    def _correlation(self) -> MeanCorrelation:
        longest = max(window.length for window in tested_windows(self.spec))
        return MeanCorrelation(self.windows, self.spec.kp, longest)

    def r_bar(self, length: int) -> float:
        """Mean correlation between the observations for windows of `length` days.

        Taken over all fitted observations of the group, whichever of them have a value on the
        tested day. Raises NoOverlapError where it is not defined.
        """
        return self._correlation(length)

    @cached_property
    def batch(self) -> Batch:
        """The returns and regressors of all observations of the group."""
        spec = self.spec
        return cut(self.panel, self.positions, spec.estimation_days, spec.span.days)

    @cached_property
    def returns(self) -> Floats:
        """(N, W) returns of the observations over the event days."""
        return returns_of(self.panel.returns, self.positions, self.spec.span)

    @cached_property
    def market(self) -> Floats:
        """(N, W) returns of the observations' benchmarks over the event days; NaN without one."""
        return benchmark_returns(self.panel, self.positions, self.spec.span.days)

    def once(self, make: Callable[[Group], Made]) -> Made:
        """What `make` finds for this group, found once however many windows ask for it."""
        return _once(self, self._made, make)

    @cached_property
    def _made(self) -> dict[Callable[[Group], Any], Any]:
        return {}

    @cached_property
    def portfolio(self) -> Fits:
        """The equal-weighted group return of one date, fitted as one asset."""
        return self.model.fit(self.batch.portfolio())

    @cached_property
    def placebos(self) -> dict[tuple[bytes, int], Floats]:
        """Placebo statistics found so far, by members and length; see `Sample.placebos`."""
        return {}

    def over(self, window: Window) -> Sample:
        """The group over one window."""
        return Sample(self, window)


@dataclass(frozen=True)
class Sample:
    """One group over one window. Arrays run over the observations with a value, N of them."""

    group: Group
    window: Window

    @cached_property
    def _sums(self) -> WindowSums:
        return sums_of(self.group.fits, self.group.spec, self.window)

    @cached_property
    def valid(self) -> npt.NDArray[np.bool_]:
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

    @property
    def df(self) -> Floats:
        """(N,) degrees of freedom of each fit, M − k."""
        return self.group.fits.df[self.valid].astype(np.float64)

    @cached_property
    def portfolio(self) -> Fits:
        """The equal-weighted return of the N observations with a value, fitted as one asset.

        The same members throughout: a spread estimated on ten assets says nothing about two.
        """
        if self.valid.all():
            return self.group.portfolio
        return self.group.model.fit(self.group.batch.take(self.valid).portfolio())

    @property
    def placebos(self) -> Floats:
        """(B,) placebo statistics of a window of this length; NaN for runs that do not exist.

        Of the one observation, or of the portfolio of several.
        """
        key, found = (self.valid.tobytes(), self.window.length), self.group.placebos
        if key not in found:
            alone = self.group.layout is Layout.ONE
            fits = self.group.model.fit(self.group.batch) if alone else self.portfolio
            found[key] = placebo_statistics(Reference.of(fits), self.window.length)[0]
        return found[key]

    def once(self, make: Callable[[Sample], Made]) -> Made:
        """What `make` finds for this window, found once however many tests ask for it."""
        return _once(self, self._made, make)

    @cached_property
    def _made(self) -> dict[Callable[[Sample], Any], Any]:
        return {}

    @property
    def r_bar(self) -> float:
        """Mean correlation for a window of this length."""
        return self.group.r_bar(self.window.length)


def sample_spread(mean: float, squares: float, n: int, unit: float = 0.0) -> float:
    """The standard deviation (ddof 1) from Σ(v − mean)²; NaN where all values are the same.

    They are where they differ by no more than rounding of the mean or of `unit`, the size of what
    they were made from: 1 for SAR and SCAR.
    """
    if n < 2:
        return float("nan")
    sd = float(np.sqrt(squares / (n - 1)))
    return sd if sd > SAME * max(abs(mean), unit) else float("nan")


def _once(
    owner: Owner, made: dict[Callable[[Owner], Any], Any], make: Callable[[Owner], Made]
) -> Made:
    if make not in made:
        made[make] = make(owner)
    return cast("Made", made[make])


def sums_of(fits: Fits, spec: StudySpec, window: Window) -> WindowSums:
    """AR or CAR with its forecast error for all observations of `fits`."""
    return sum_window(fits, spec.span, window)
