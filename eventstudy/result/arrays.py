"""The figures of a result as plain arrays, for code that needs no table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from eventstudy.arrays import Floats, Ints, Stamps, Texts, read_only
from eventstudy.estimation.estimates import Estimates
from eventstudy.models.kernel.fits import sum_window
from eventstudy.text.brief import Brief, Shown
from eventstudy.text.numbers import counted


@dataclass(frozen=True, slots=True, eq=False)
class WindowArrays:
    """AR (one day) or CAR of N observations over one window; NaN where any day is missing."""

    car: Floats
    """(N,) as a fraction, or in the unit of the study's figures."""
    se: Floats
    """(N,) standard error of the forecast, in the same unit."""
    t: Floats
    """(N,) car/se: SAR or SCAR, Student's t with `ResultArrays.df` degrees of freedom."""


@dataclass(frozen=True, eq=False, repr=False)
class ResultArrays(Shown):
    """Arrays of N observations, in the order of the tables, and W days of the event window.

    They are read-only and share the result's memory: nothing is copied, and no table is made.
    Derived figures are computed on access.
    """

    estimates: Estimates
    """The observations that the arrays are of."""

    def _brief(self) -> Brief:
        n, days = len(self.estimates.labels), self.estimates.spec.window
        names = ", ".join(name for name in dir(type(self)) if name[0] != "_")
        return Brief(f"Arrays of {counted(n, 'observation')}, days {days}", names)

    @property
    def event_id(self) -> npt.NDArray[Any]:
        """(N,) ids, whole numbers or text."""
        return read_only(self.estimates.labels["event_id"].to_numpy())

    @cached_property
    def ticker(self) -> Texts:
        """(N,) tickers, built from `tickers` and `asset`."""
        return read_only(self.tickers[self.asset])

    @cached_property
    def tickers(self) -> Texts:
        """The distinct tickers, in order of first appearance."""
        return read_only(self.estimates.keys.ticker.distinct.to_numpy(dtype=object))

    @property
    def asset(self) -> Ints:
        """(N,) place of each observation's ticker in `tickers`."""
        return read_only(self.estimates.keys.ticker.codes)

    @property
    def day0(self) -> Stamps:
        """(N,) the session of day 0."""
        return read_only(self.estimates.labels["day0"].to_numpy())

    @property
    def days(self) -> Ints:
        """(W,) relative sessions of the event window: the columns of `ar`, `se` and `sar`."""
        return np.arange(self.estimates.spec.window.start, self.estimates.spec.window.end + 1)

    @property
    def coefficients(self) -> Mapping[str, Floats]:
        """(N,) each coefficient by its name, such as "alpha" and "beta"."""
        names, values = self.estimates.coefficients, self.estimates.fits.coef
        return {name: read_only(values[:, at]) for at, name in enumerate(names)}

    @property
    def s(self) -> Floats:
        """(N,) standard error of the regression: of one day's return, as a fraction."""
        return read_only(self.estimates.fits.s)

    @property
    def n_obs(self) -> Ints:
        """(N,) number of returns in the estimation window, M."""
        return read_only(self.estimates.fits.n_obs)

    @property
    def df(self) -> Ints:
        """(N,) degrees of freedom, M − k."""
        return read_only(self.estimates.fits.df)

    @property
    def r_squared(self) -> Floats:
        """(N,) share of the variance that the model explains."""
        return read_only(self.estimates.fits.r_squared)

    @property
    def ar(self) -> Floats:
        """(N, W) abnormal returns, as fractions; NaN where missing."""
        return read_only(self.estimates.in_window(self.estimates.fits.ar))

    @property
    def se(self) -> Floats:
        """(N, W) standard error of each abnormal return, s√C."""
        return read_only(self.estimates.in_window(self.estimates.se))

    @cached_property
    def sar(self) -> Floats:
        """(N, W) standardised abnormal returns, ar/se."""
        return read_only(self.ar / self.se)

    def over(self, window: tuple[int, int]) -> WindowArrays:
        """AR or CAR over any window within the estimated days.

        Args:
            window: relative sessions, both ends included.

        Raises:
            InputError: the window goes beyond the estimated days.
        """
        days = self.estimates.inside(window)
        sums = sum_window(self.estimates.fits, self.estimates.spec.span, days)
        return WindowArrays(*(read_only(each) for each in (sums.car, sums.se, sums.scar)))
