"""All that a study found: its estimates, tests and averages; tables are built when asked for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Self

import numpy as np
import pandas as pd

from eventstudy.errors import InputError, unknown_name
from eventstudy.estimation.context import Context
from eventstudy.estimation.diagnostics import diagnose
from eventstudy.estimation.estimates import Estimates
from eventstudy.estimation.left_out import no_days
from eventstudy.models.kernel.batch import Ints, Panel
from eventstudy.prices.prices import Prices
from eventstudy.result.arrays import ResultArrays
from eventstudy.result.compare import compared
from eventstudy.result.detectable import POWER, detectable_effects
from eventstudy.result.planned import PlannedTests
from eventstudy.spec.study_spec import StudySpec


@dataclass(frozen=True, eq=False)
class StudyRecord:
    """The figures of a study, which `StudyResult` prints, draws and saves.

    Tables are indexed by (event_id, ticker). Returns are in decimals, days in sessions relative
    to day 0. A figure that does not exist is NaN beside the reason for it.
    """

    spec: StudySpec
    model_label: str
    assets: Estimates
    """One observation an asset and event."""
    portfolios: Estimates
    """One an event and group of two or more assets: their mean return as one asset.
    The ticker of its labels is the group."""
    comparison: Mapping[str, Estimates]
    """The same assets under other benchmarks, by benchmark."""
    tests: pd.DataFrame
    """group, start, end, test, statistic, df, df2, p_value, n, distribution, headline (the one to
    quote for this group and window), warning, refused (why there is no figure, or empty), detail
    (what else it rests on), p_greater, p_less (one-sided; NaN where a test has no direction)."""
    averages: pd.DataFrame
    """group, start, end, estimate (AAR or CAAR with the study's weights), tested (what the
    headline test is about: the portfolio's figure on one date; over several dates the mean weighted
    by 1/s.e., or with weights of a column or market values), se (of tested), ci_low, ci_high (what
    the headline test does not reject of tested), n, positive, se_from."""
    exclusions: pd.DataFrame
    """event_id, ticker, stage, reason: all that went in and did not come out."""
    alignments: pd.DataFrame
    """event_id, announced_at, day0, shifted, reason: how dates became sessions."""
    notes: tuple[str, ...]
    """What a reader should know: flagged prices, rows left out, series missing."""
    context: Context | None
    parts: Mapping[str, Self] = field(default_factory=dict)
    """For several registered events: each event's own study, by event_id."""
    source: Mapping[str, str] = field(default_factory=dict)
    """Of the loaded prices of a frame of observations: name, description, retrieved, sha256, note;
    empty for frames of prices or returns, and for a registry, whose `context` has it."""
    left_out: pd.DataFrame = field(default_factory=no_days)
    """event_id, ticker, date, reason: the returns that `clean_estimation` leaves out of the
    estimation windows. Above 1,000 observations `fits` has their number alone."""
    planned: PlannedTests | None = None
    """The tests of the sealed plan that the run followed, and what differs from it."""
    prices: Prices | None = None
    """Those of a study of one date, for the evidence on it; not saved."""
    panel: Panel | None = None
    """All returns and regressors, of which further tests are computed; None in a loaded result."""
    fitted: pd.DataFrame | None = None
    """What `fitted_returns` told when a loaded result was saved; None in a fresh one."""

    @property
    def n(self) -> int:
        """Observations with an estimate."""
        return len(self.assets.labels)

    @cached_property
    def arrays(self) -> ResultArrays:
        """The figures as plain arrays, read-only and not copied: ids, coefficients, AR, CAR."""
        return ResultArrays(self.assets)

    @cached_property
    def fits(self) -> pd.DataFrame:
        """Coefficients, s, n_obs, df, r_squared; read-only."""
        return self.assets.fit_table()

    @cached_property
    def diagnostics(self) -> pd.DataFrame:
        """What each fit's residuals say about its assumptions, with flags in words; see `diagnose`.

        Durbin-Watson, Ljung-Box, ARCH-LM, Jarque-Bera, stability of beta, share of zero returns,
        first-order autocorrelation.
        """
        return diagnose(self.assets)

    @cached_property
    def abnormal_returns(self) -> pd.DataFrame:
        """AR: observations × days of the event window; read-only, copy() it to write into it."""
        return self.assets.wide(self.assets.fits.ar)

    @cached_property
    def returns(self) -> pd.DataFrame:
        """Observed returns: observations × days of the event window; read-only."""
        return self.assets.wide(self.assets.returns)

    def car(self, window: tuple[int, int]) -> pd.DataFrame:
        """CAR (AR for one day) over any window inside the estimated days.

        Columns car, p_placebo, p_value, se, t, df, n_obs, group, reason, ci_low, ci_high,
        placebo_low, placebo_high; returns are fractions. p_placebo is computed up to 1,000
        observations, above that with placebo=True; without it p_value and its interval take the
        places of the placebo's, so that a printed table shows the p that is quoted.

        Args:
            window: relative sessions, both ends included.

        Raises:
            InputError: the window leaves the estimated days.
        """
        return self.assets.car_table(window)

    def paths(self, tickers: Sequence[str] | None = None) -> pd.DataFrame:
        """CAR day by day over the event window, with pointwise and simultaneous intervals.

        One row an observation and day: event_id, ticker, group, rel_day, car, se, ci_low, ci_high
        (the day by itself, by t), placebo_low, placebo_high (by the placebo test), band_low,
        band_high (the whole path at once), critical (the band's multiple of se).

        Args:
            tickers: assets or groups, which are portfolios; every asset if None.

        Raises:
            InputError: a name is unknown, or there are more than 200 paths.
        """
        from eventstudy.estimation.paths import car_paths

        if tickers is None:
            return car_paths(self.assets, np.arange(self.n))
        return pd.concat([car_paths(*self.named(t)) for t in tickers], ignore_index=True)

    def named(self, name: str, event_id: object = None) -> tuple[Estimates, Ints]:
        """The assets or the portfolios, and which of their rows are called so.

        Args:
            name: a ticker, or a group that is a portfolio.
            event_id: of this event alone; of all if None.

        Raises:
            InputError: there is none of that name, or none at that event.
        """
        rows = self.assets.rows_of("ticker", name)
        source = self.assets if len(rows) else self.portfolios
        rows = rows if len(rows) else source.rows_of("ticker", name)
        if not len(rows):
            known = [*self.assets.labels["ticker"], *self.portfolios.labels["ticker"]]
            raise unknown_name("asset or group", name, list(dict.fromkeys(known)))
        if event_id is not None:
            rows = rows[source.labels["event_id"].to_numpy()[rows] == event_id]
            if not len(rows):
                raise InputError(f"{name} has no observation at the event {event_id!r}.")
        return source, rows

    @cached_property
    def aar(self) -> pd.DataFrame:
        """Mean AR of all observations: one row a relative session."""
        table = self._averages("all")
        days = table[(table["start"] == table["end"]) & table["start"].isin(self.spec.window.days)]
        return days.drop(columns="end").set_index("start").rename_axis("rel_day")

    @cached_property
    def caar(self) -> pd.DataFrame:
        """Mean CAR of all observations: one row a CAR window (start, end)."""
        table = self._averages("all").set_index(["start", "end"])
        return table.loc[[tuple(window) for window in self.spec.car if window in table.index]]

    def _averages(self, group: str) -> pd.DataFrame:
        return self.averages[self.averages["group"] == group].drop(columns="group")

    def headline(self, group: str = "all", window: tuple[int, int] = (0, 0)) -> pd.Series[Any]:
        """The test to quote for a group and window, by the layout of its observations.

        Args:
            group: a group, or "all".
            window: a day of the event window or one of the CAR windows.

        Raises:
            InputError: every such test of that layout was refused, or none was asked for.
        """
        at = (self.tests["start"] == window[0]) & (self.tests["end"] == window[1])
        quoted = self.tests["headline"].astype(bool)
        rows = self.tests[at & (self.tests["group"] == group) & quoted]
        if rows.empty:
            raise InputError(f"No headline test for the group {group!r} over {tuple(window)}.")
        return rows.iloc[0]

    def by(self, column: str) -> pd.DataFrame:
        """Mean CAR by a column of the observations: one row a value and CAR window.

        Columns estimate, se, n, positive. For "group" the standard error follows the layout,
        and the headline test with its interval of `tested` stands beside; for any other column it
        is sd/√N, and with weights √(cΣw²(x − mean)²), w of sum 1 and c
        = Σw²/(Σw² − 2Σw³ + (Σw²)²), which makes it unbiased and is N/(N − 1) for equal weights.

        Args:
            column: "group", or another column of the observations.

        Raises:
            InputError: there is no such column, or the study has no CAR windows.
        """
        if column == "group":
            keys = ["group", "start", "end"]
            tested = self.tests[self.tests["headline"].astype(bool)].set_index(keys)
            windows = zip(self.averages["start"], self.averages["end"], strict=True)
            asked = np.array([window in self.spec.car for window in windows], dtype=bool)
            wanted = self.averages[asked]
            return wanted.set_index(keys).join(tested[["test", "statistic", "p_value"]])
        if column not in self.assets.labels:
            raise InputError(
                f"The observations have no column {column!r}; "
                f"there are: {', '.join(self.assets.labels.columns)}."
            )
        if not self.spec.car:
            raise InputError("The study has no CAR windows to average; name some with car=.")
        from eventstudy.result.by_label import means_by

        means = means_by(self.assets, column, self.spec.car)
        return means.set_index([column, "start", "end"]).sort_index()

    def tests_by(
        self, column: str = "group", tests: Sequence[str] | str | None = None
    ) -> pd.DataFrame:
        """Tests of the observations by any of their columns, also tests that were not asked for.

        One row a value, window and test, with the columns of `tests`; all observations together
        come first, as group "all". Observations without a value are in no other group.

        Args:
            column: a column of the observations; "group" is each one's first group.
            tests: their names, "default" or "all"; those of the study if None.

        Raises:
            InputError: there is no such column or test, or the result was loaded from a folder,
                which keeps no estimation windows.
        """
        from eventstudy.result.by_label import tests_by

        return tests_by(self.assets, self.panel, column, tests)

    def compare(
        self,
        column: str = "group",
        values: Sequence[object] | None = None,
        windows: Sequence[tuple[int, int]] | None = None,
    ) -> pd.DataFrame:
        """Whether the mean CAR differs between groups of observations over many dates.

        One row a window, pair of values and method: start, end, a, b, n_a, n_b, mean_a, mean_b,
        difference (a − b), method, se, statistic, df, p_value (two-sided), ci_low, ci_high,
        clusters, refused (why there is no figure). Methods: "welch" (independent observations),
        "permutation" (of the labels within a date where dates have both groups, else of whole
        dates; the Welch t is permuted), "date_cluster" (errors clustered by date; where windows of
        different dates overlap, by their overlap). See `eventstudy.result.compare`.

        Args:
            column: "group", or another column of the observations.
            values: the two or more values to compare, in pairs; all, up to six, if None.
            windows: CAR windows; those of the study if None.

        Raises:
            InputError: there is no such column or value, fewer than two values or more than six, or
                a window leaves the estimated days.
        """
        return compared(self.assets, column, values, windows)

    def detectable(
        self,
        window: tuple[int, int] = (0, 0),
        effects: Sequence[float] | float | None = None,
        power: float = POWER,
    ) -> pd.DataFrame:
        """The least effect that the quoted test finds, and what it makes of smaller ones.

        One row an asset, portfolio or group over many dates, and true effect: event_id, ticker,
        group, kind (asset, portfolio, mean), test (the quoted one), se, detectable (the effect that
        is found with probability `power`: rejected at 1 − confidence, in its own direction),
        effect, power (the probability to reject), type_s (of the significant estimates, the share
        of the wrong sign), type_m (the mean size of a significant estimate over the true effect),
        reason. Assets and portfolios with placebos take the errors of their own ordinary days,
        others Student's t. Nothing here looks at what the event did.

        Gelman & Carlin (2014), "Beyond power calculations".

        Args:
            window: relative sessions, both ends included; for groups a tested one.
            effects: true effects in the unit of the figures, 0.03 for 3% or 10 for 10 bp; if None
                1, 3 and 5% (of levels 5, 10 and 25 bp, or 1, 3 and 5 points).
            power: the probability with which `detectable` is to be found.

        Raises:
            InputError: the window leaves the estimated days, an effect is 0 or no number, or power
                is not between 0 and 1.
        """
        keys = ["group", "start", "end"]
        quoted = self.tests.loc[self.tests["headline"].astype(bool), [*keys, "test"]]
        means = self.averages.merge(quoted, on=keys)
        return detectable_effects(self.assets, self.portfolios, means, window, effects, power)

    def only(self, event_id: str) -> Self:
        """The study of one of several registered events by itself, its tests included.

        Args:
            event_id: its id in the registry.

        Raises:
            InputError: the study did not have that event.
        """
        if self.parts:
            if event_id in self.parts:
                return self.parts[event_id]
            raise unknown_name("event in this result", event_id, list(self.parts))
        tables = (self.assets.labels, self.alignments, self.exclusions)
        if {str(name) for table in tables for name in table["event_id"]} == {event_id}:
            return self
        raise InputError(f"The result does not hold the registered event {event_id!r} by itself.")
