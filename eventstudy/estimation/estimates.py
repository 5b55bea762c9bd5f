"""Fitted observations with their labels, and the tidy tables made of them when asked for."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pandas as pd

from eventstudy.arrays import read_only
from eventstudy.compute.engine import map_blocks
from eventstudy.errors import InputError
from eventstudy.estimation.labels import COUNT, END, START, Keys, same_text
from eventstudy.models.kernel.batch import (
    Floats,
    Ints,
    Positions,
    columns_of,
    returns_over,
    slices,
)
from eventstudy.models.kernel.fits import Fits, daily_errors, sum_window
from eventstudy.significance.outcome import t_p_values, t_quantile
from eventstudy.significance.sums.once import ComputesOnce
from eventstudy.significance.sums.placebo_runs import (
    Reference,
    placebo_p,
    placebo_quantile,
    placebo_statistics,
)
from eventstudy.spec.study_spec import StudySpec
from eventstudy.spec.windows import Window, as_window
from eventstudy.text.brief import MOST_ROWS, Brief, Shown
from eventstudy.text.measure import MEASURES
from eventstudy.text.numbers import counted, number
from eventstudy.text.table import PlainTable

CAR_COLUMNS = (
    *("group", "car", "se", "t", "df", "p_value", "p_placebo", "ci_low", "ci_high"),
    *("placebo_low", "placebo_high", "n_obs", "reason"),
)
"""The columns of a CAR table in the order of files."""
BLOCK = 2**15
"""Observations that a thread takes the figures of at a time."""
_BY_T = ("p_value", ("ci_low", "ci_high"))
_BY_PLACEBO = ("p_placebo", ("placebo_low", "placebo_high"))


@dataclass(frozen=True, eq=False, repr=False)
class Estimates(Shown, ComputesOnce):
    """N fitted observations: assets, or portfolios of a group, under one model and benchmark."""

    labels: pd.DataFrame
    """(N rows) event_id, ticker, group, date, day0, benchmark and covariates."""
    fits: Fits
    coefficients: tuple[str, ...]
    """Names of the columns of `fits.coef`."""
    spec: StudySpec
    sessions: npt.NDArray[np.datetime64]
    """(T,) the days of the data, datetime64[D]."""
    panel: Floats
    """(A, T) returns in which the observations lie."""
    positions: Positions
    """Where each of them lies."""
    known: tuple[pd.DataFrame, Keys] | None = None
    """The keys already found for a frame of labels; other labels have their own."""

    def _brief(self) -> Brief:
        shown, unit = (
            self.take(np.arange(min(len(self.labels), MOST_ROWS))),
            MEASURES[self.spec.unit],
        )
        rows = [
            (
                str(event),
                str(ticker),
                str(group),
                f"{day0:%Y-%m-%d}",
                str(n),
                number(s, 2),
            )
            for event, ticker, group, day0, n, s in zip(
                *(shown.labels[name] for name in ("event_id", "ticker", "group", "day0")),
                shown.fits.n_obs,
                unit.scale * shown.fits.s,
                strict=True,
            )
        ]
        heads = ("event", "ticker", "group", "day 0", "n_obs", f"s {unit.head}")
        listing = PlainTable.of(heads, rows, len(self.labels), (0, 1, 2), more="labels")
        finding = f"{counted(len(self.labels), 'estimated observation')}, days {self.spec.span}"
        return Brief(finding, "Tables: fit_table(), car_table(window).", (listing,))

    @property
    def dates(self) -> npt.NDArray[np.datetime64]:
        """(N, W) the session of each day of the span; NaT where it lies beyond the data."""
        day0 = self.sessions.searchsorted(
            self.labels["day0"].to_numpy().astype(self.sessions.dtype)
        )
        rows = day0[:, None] + np.arange(self.spec.span.start, self.spec.span.end + 1)
        inside = (rows >= 0) & (rows < len(self.sessions))
        dates = self.sessions[rows.clip(0, len(self.sessions) - 1)]
        return np.where(inside, dates, np.datetime64("NaT", "D"))

    @cached_property
    def returns(self) -> Floats:
        """(N, W) returns over the days of the span, as observed; NaN where missing."""
        return returns_over(self.panel, self.positions, self.spec.span)

    @cached_property
    def se(self) -> Floats:
        """(N, W) standard error of each day's AR, s√C; NaN where there is no AR."""
        errors = daily_errors(self.fits, self.spec.span, self.spec.span)
        return np.where(np.isfinite(self.fits.ar), errors, np.nan)

    @cached_property
    def index(self) -> pd.MultiIndex:
        """(event_id, ticker), the index of every table."""
        made = (self.keys.event_id, self.keys.ticker)
        return pd.MultiIndex(
            levels=[each.distinct for each in made],  # type: ignore[misc]
            codes=[each.codes for each in made],  # type: ignore[misc]
            names=["event_id", "ticker"],
            verify_integrity=False,
        )

    @cached_property
    def keys(self) -> Keys:
        """Which observations are of one event, one asset or one group."""
        if self.known is not None and self.known[0] is self.labels:
            return self.known[1]
        return Keys.of(self.labels)

    @property
    def has_placebo(self) -> bool:
        """Whether what the placebo test needs was kept."""
        return bool(self.fits.basis.shape[2])

    @cached_property
    def reference(self) -> Reference:
        """The estimation windows for placebo tests."""
        return Reference.of(self.fits)

    def fit_table(self) -> pd.DataFrame:
        """Coefficients, s, n_obs, df, r_squared: one row an observation, read-only.

        Also n_left_out, where days of other events are left out of the estimation windows, and
        estimation_start and estimation_end, where these are the events' own.
        """
        coef = {name: self.fits.coef[:, i] for i, name in enumerate(self.coefficients)}
        more = {name: getattr(self.fits, name) for name in ("s", "n_obs", "df", "r_squared")}
        for name in (COUNT, START, END):
            if name in self.labels:
                more[name] = self.labels[name].to_numpy(dtype=np.int64)
        columns = {name: read_only(values) for name, values in {**coef, **more}.items()}
        return pd.DataFrame(columns, index=self.index, copy=False)

    def wide(self, values: Floats) -> pd.DataFrame:
        """(N, W) values of the span as observations × days of the event window, read-only."""
        columns = pd.Index(self.spec.window.days, name="rel_day")
        inside = read_only(self.in_window(values))
        return pd.DataFrame(inside, index=self.index, columns=columns, copy=False)

    def in_window(self, values: Floats) -> Floats:
        """The event window's days of (N, W) values of the span, as a view."""
        return values[:, columns_of(self.spec.window, self.spec.span)]

    def car_table(self, window: object) -> pd.DataFrame:
        """AR (one day) or CAR over `window`: one row an observation.

        Columns car, p_placebo, p_value, se, t, df, n_obs, group, reason (why there is no figure),
        ci_low, ci_high, placebo_low, placebo_high (the interval that the placebo test does not
        reject). Without placebo runs p_value and its interval take the places of the placebo's.

        Args:
            window: First and last day, such as (-1, 1).

        Raises:
            InputError: The window leaves the estimated days.
        """
        days = self.inside(window)
        if not self.has_placebo:
            return self._car_table(days)
        return self.once(Estimates._car_table, days).copy()

    def _car_table(self, days: Window) -> pd.DataFrame:
        fits, spec = self.fits, self.spec
        figures = np.empty((6, len(self.labels)))

        def write(rows: slice) -> None:
            part = fits.block(rows)
            sums = sum_window(part, spec.span, days)
            margin = t_quantile(spec.confidence, part.df) * sums.se
            p = t_p_values(sums.scar, part.df)
            ends = sums.car - margin, sums.car + margin
            figures[:, rows] = sums.car, sums.se, sums.scar, p, *ends

        map_blocks(write, slices(len(self.labels), BLOCK))
        car, se, t, p, ci_low, ci_high = figures
        table = pd.DataFrame(
            {
                "group": self.labels["group"].array,
                "car": car,
                "se": se,
                "t": t,
                "df": fits.df.copy(),
                "p_value": p,
                "p_placebo": np.nan,
                "ci_low": ci_low,
                "ci_high": ci_high,
                "placebo_low": np.nan,
                "placebo_high": np.nan,
                "n_obs": fits.n_obs.copy(),
                "reason": self.why_missing(days, car),
            },
            index=self.index,
            copy=False,
        )
        if self.has_placebo:
            statistics = self.placebos(days.length)
            reach = placebo_quantile(statistics, spec.confidence) * se
            table["p_placebo"] = placebo_p(statistics, t)
            table["placebo_low"] = car - reach
            table["placebo_high"] = car + reach
        return table[_as_printed(self.has_placebo)]

    def placebos(self, length: int) -> Floats:
        """SCAR of every left-out run of `length` estimation sessions, (N, T − length + 1)."""
        return self.once(_placebos, length)

    def inside(self, window: object) -> Window:
        """The window, where its days are all estimated.

        Args:
            window: A pair of relative sessions, or text such as "-1,1".

        Raises:
            InputError: It is not a valid window, or leaves the estimated days.
        """
        days = as_window(window)
        if not self.spec.span.covers(days):
            raise InputError(
                f"The window {days} leaves the estimated days {self.spec.span}; "
                "widen window= or add it to car= and run again."
            )
        return days

    def why_missing(
        self, window: Window, car: Floats | None = None
    ) -> pd.api.extensions.ExtensionArray:
        """The first day without an abnormal return, as a sentence; empty where none is missing.

        Args:
            window: Days inside the span.
            car: (N,) the sums over the window, where they are known.
        """
        rows, words = self.lacking(window, car)
        if not len(rows):
            return same_text("", len(self.fits))
        reasons: npt.NDArray[np.object_] = np.full(len(self.fits), "", dtype=object)
        reasons[rows] = words
        return pd.Series(reasons, dtype=str).array

    def lacking(
        self, window: Window, car: Floats | None = None
    ) -> tuple[Ints, pd.api.extensions.ExtensionArray]:
        """Which observations have no abnormal return on a day of a window, and on which first.

        Args:
            window: Days inside the span.
            car: (N,) the sums over the window, where they are known.
        """
        ar = self.fits.ar[:, columns_of(window, self.spec.span)]
        rows = np.flatnonzero(~np.isfinite(ar.sum(axis=1) if car is None else car))
        if not len(rows):
            return rows, same_text("", 0)
        first = (~np.isfinite(ar[rows])).argmax(axis=1)
        days = [Window(day, day).label for day in window.days]
        words = pd.Series([f"no abnormal return on day {day}" for day in days], dtype=str)
        why = words.take(first).array
        return rows, self._beyond(rows, window.start + first, why)

    def _beyond(
        self, rows: Ints, days: Ints, why: pd.api.extensions.ExtensionArray
    ) -> pd.api.extensions.ExtensionArray:
        """The reasons of rows, where a day lies after the last session: when the prices end."""
        day0 = self.labels["day0"].to_numpy().astype(self.sessions.dtype)[rows]
        beyond = np.flatnonzero(self.sessions.searchsorted(day0) + days >= len(self.sessions))
        why = why.copy()
        for at in beyond.tolist():
            day = Window(int(days[at]), int(days[at])).label
            why[at] = f"the data end {self.sessions[-1]}, before day {day}"
        return why

    def take(self, rows: npt.NDArray[np.generic]) -> Estimates:
        """The observations chosen by an index or a mask."""
        labels = self.labels.iloc[np.asarray(rows)] if rows.dtype != bool else self.labels[rows]
        return replace(
            self,
            labels=labels.reset_index(drop=True),
            fits=self.fits.take(rows),
            positions=self.positions.take(rows),
        )

    def rows_of(self, column: str, value: Hashable) -> npt.NDArray[np.int64]:
        """Positions of the observations whose label `column` is `value`."""
        return np.flatnonzero((self.labels[column] == value).to_numpy()).astype(np.int64)


def _as_printed(placebo: bool) -> list[str]:
    """CAR_COLUMNS with the quoted p second and its interval last.

    pandas cuts the middle of a table that is wider than the terminal, so what must be seen stands
    at both ends.
    """
    (p, interval), (other_p, other) = (_BY_PLACEBO, _BY_T) if placebo else (_BY_T, _BY_PLACEBO)
    middle = ("se", "t", "df", "n_obs", "group", "reason")
    return ["car", p, other_p, *middle, *other, *interval]


def _placebos(estimates: Estimates, length: int) -> Floats:
    return placebo_statistics(estimates.reference, length)
