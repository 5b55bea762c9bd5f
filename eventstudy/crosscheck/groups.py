"""Means and tests of groups from the estimates of `bare`, by formulas of one line each."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from eventstudy.arrays import Floats
from eventstudy.crosscheck.bare import BareFit, fit_bare, portfolio_of, same_sessions
from eventstudy.crosscheck.figures import GROUP, Figure, window_key
from eventstudy.crosscheck.repeated import BareModel

SHARED = 3
"""Sessions that two observations must share for a correlation."""


@dataclass(frozen=True, eq=False)
class BareGroup:
    """The observations of a group."""

    name: str
    fits: tuple[BareFit, ...]
    kp: str
    """Whether residuals are paired in "calendar" or in "event" time."""

    @cached_property
    def residuals(self) -> pd.DataFrame:
        """Residuals of the estimation window, a column an observation."""
        return pd.DataFrame({k: self._paired(fit) for k, fit in enumerate(self.fits)})

    def _paired(self, fit: BareFit) -> pd.Series[float]:
        if self.kp == "calendar":
            return fit.residuals
        days = fit.windows.days[fit.windows.used]
        return pd.Series(fit.residuals.to_numpy(), index=days)

    @cached_property
    def correlations(self) -> Floats:
        """(N, N) of the residuals, each pair on the sessions that both have; NaN below three."""
        return np.array(self.residuals.corr(min_periods=SHARED), dtype=float)

    @cached_property
    def pair_mean(self) -> float:
        """r̄ as the plain mean over the pairs that have a correlation."""
        apart = ~np.eye(len(self.fits), dtype=bool)
        known = self.correlations[apart & np.isfinite(self.correlations)]
        return float(known.mean()) if len(known) else 0.0

    def r_bar(self, length: int) -> float:
        """r̄ for windows of some days, a pair weighted by the share of them that it has in common.

        Two windows of one asset move together wholly. In event time all pairs weigh alike.

        Args:
            length: Days of the window.
        """
        n = len(self.fits)
        apart = ~np.eye(n, dtype=bool)
        pairs = np.nan_to_num(self.correlations)
        if self.kp == "calendar":
            sessions = np.unique(np.concatenate([each.windows.dates for each in self.fits]))
            day0 = np.array(
                [
                    sessions.searchsorted(each.windows.dates[each.windows.days == 0][0])
                    for each in self.fits
                ]
            )
            name = np.array([each.windows.name for each in self.fits])
            lag = np.abs(day0[:, None] - day0[None, :])
            pairs = np.where(name[:, None] == name[None, :], 1.0, pairs)
            pairs = pairs * np.maximum(length - lag, 0) / length
        return float(pairs[apart].sum() / (n * (n - 1)))

    def valid(self, window: tuple[int, int]) -> list[BareFit]:
        """The observations with a CAR over a window.

        Args:
            window: First and last day.
        """
        return [fit for fit in self.fits if window in fit.car]


@dataclass(frozen=True, slots=True)
class Statistics:
    """What the tests of a group over one window are made of."""

    n: int
    mean: float
    positive: int
    size: float
    """Mean |CAR|, what the mean is measured against."""
    csect: float
    patell: float
    bmp: float
    csect_size: float
    """What csect is measured against: digits are lost where observations hardly differ."""
    bmp_size: float


def statistics_of(fits: Sequence[BareFit], window: tuple[int, int]) -> Statistics:
    """The statistics of observations that have a CAR.

    Args:
        fits: The observations.
        window: First and last day.
    """
    x = np.array([fit.car[window] for fit in fits])
    z = x / np.array([fit.se[window] for fit in fits])
    spread = np.array([fit.df / (fit.df - 2) if fit.df > 2 else math.nan for fit in fits])
    (csect, csect_size), (bmp, bmp_size) = _t(x), _t(z)
    return Statistics(
        n=len(fits),
        mean=float(x.mean()),
        positive=int((x > 0).sum()),
        size=float(np.abs(x).mean()),
        csect=csect,
        patell=float(z.sum() / np.sqrt(spread.sum())),
        bmp=bmp,
        csect_size=csect_size,
        bmp_size=bmp_size,
    )


def _t(values: Floats) -> tuple[float, float]:
    """mean/sd·√N, and its size times that of the values beside their spread."""
    sd = float(values.std(ddof=1)) if len(values) > 1 else 0.0
    if not sd > 0:
        return math.nan, 1.0
    t = float(values.mean()) / (sd / math.sqrt(len(values)))
    return t, max(1.0, abs(t) * float(np.abs(values).max()) / sd)


def kp_factors(r_bar: float, n: int) -> tuple[float, float]:
    """What Kolari & Pynnönen (2010) multiply Patell's and BMP's statistics by.

    Args:
        r_bar: The mean correlation.
        n: Observations.
    """
    more = 1 + (n - 1) * r_bar
    if more <= 0 or r_bar >= 1:
        return math.nan, math.nan
    return math.sqrt(1 / more), math.sqrt((1 - r_bar) / more)


def group_figures(
    group: BareGroup,
    regression: BareModel,
    windows: Sequence[tuple[int, int]],
    level: float,
) -> Iterator[Figure]:
    """Mean, count and tests of a group over each window.

    Args:
        group: Its observations.
        regression: The model, for the portfolio of those that share a date.
        windows: First and last day of each.
        level: Confidence of the intervals.
    """
    portfolios: dict[int, BareFit] = {}
    one_date = same_sessions([fit.windows for fit in group.fits])
    for window in windows:
        fits = group.valid(window)
        if not fits:
            continue
        yield from _tests(group, fits, window)
        if len(group.fits) == 1:
            yield from _own_t(group.name, "t", fits[0], window)
        if one_date and len(fits) > 1:
            key = hash(tuple(map(id, fits)))
            if key not in portfolios:
                joint = portfolio_of([fit.windows for fit in fits], "", group.name)
                portfolios[key] = fit_bare(joint, regression, windows, level)
            yield from _own_t(group.name, "portfolio_t", portfolios[key], window)


def _tests(group: BareGroup, fits: list[BareFit], window: tuple[int, int]) -> Iterator[Figure]:
    from scipy import stats

    key, at = (GROUP, "", group.name, 0), window_key(*window)
    found = statistics_of(fits, window)
    for name, value, size in (
        ("mean", found.mean, found.size),
        ("n", found.n, 0.0),
        ("positive", found.positive, 0.0),
    ):
        yield Figure(*key, at, name, float(value), size)
    kp = {"patell_kp_z": math.nan, "bmp_kp_t": math.nan}
    if found.n > 1:
        z, t = kp_factors(group.r_bar(window[1] - window[0] + 1), found.n)
        kp = {"patell_kp_z": found.patell * z, "bmp_kp_t": found.bmp * t}
    sizes = {"csect_t": found.csect_size, "bmp_t": found.bmp_size, "bmp_kp_t": found.bmp_size}
    tests = {"csect_t": found.csect, "patell_z": found.patell, "bmp_t": found.bmp, **kp}
    for name, statistic in tests.items():
        null = stats.norm if name.endswith("_z") else stats.t(max(found.n - 1, 1))
        yield from with_p(key, at, name, statistic, null, sizes.get(name, 1.0))


def _own_t(name: str, test: str, fit: BareFit, window: tuple[int, int]) -> Iterator[Figure]:
    """The t of one fit, of an asset or of a portfolio."""
    from scipy import stats

    if window in fit.car:
        statistic = fit.car[window] / fit.se[window]
        key, at = (GROUP, "", name, 0), window_key(*window)
        yield from with_p(key, at, test, statistic, stats.t(fit.df))


def with_p(
    key: tuple[str, str, str, int],
    at: str,
    name: str,
    statistic: float,
    null: Any,
    size: float = 1.0,
) -> Iterator[Figure]:
    """A statistic and its two-sided p, each with what it is measured against.

    Args:
        key: kind, event, name and place.
        at: The window.
        name: The test.
        statistic: Its value.
        null: Its distribution under the null hypothesis, of scipy.
        size: What the statistic is measured against where it is smaller.
    """
    size = max(size, abs(statistic), 1.0)
    p = 2 * float(null.sf(abs(statistic)))
    yield Figure(*key, at, name, statistic, size)
    yield Figure(*key, at, f"{name} p", p, 2 * float(null.pdf(statistic)) * size)


def groups_of(
    car: pd.DataFrame, members: Mapping[tuple[str, str], tuple[str, ...]], fits: Sequence[BareFit]
) -> dict[str, tuple[BareFit, ...]]:
    """Group → its observations: all of them, the groups of the CAR table, and the portfolios.

    Args:
        car: The table of CARs of the study, with event_id, ticker and group.
        members: (event_id, group) → tickers, of the portfolios.
        fits: All observations.
    """
    by_name: dict[tuple[str, str], list[BareFit]] = {}
    for fit in fits:
        by_name.setdefault((fit.windows.event_id, fit.windows.name), []).append(fit)
    groups: dict[str, dict[int, BareFit]] = {"all": {id(fit): fit for fit in fits}}
    one = car.drop_duplicates(["event_id", "ticker", "group"])
    listed = [*zip(one["event_id"], one["ticker"], one["group"], strict=True)]
    listed += [
        (event, ticker, group) for (event, group), names in members.items() for ticker in names
    ]
    for event, ticker, group in listed:
        if str(group) != "all":
            own = groups.setdefault(str(group), {})
            own.update({id(fit): fit for fit in by_name.get((str(event), str(ticker)), ())})
    place = {id(fit): at for at, fit in enumerate(fits)}
    return {
        name: tuple(sorted(own.values(), key=lambda fit: place[id(fit)]))
        for name, own in groups.items()
        if own
    }
