"""The study again by statsmodels alone, one regression at a time, without the package's models.

The event days are added to the estimation window, each with a dummy of its own (Salkever 1976;
Karafiath 1988). The coefficient of a dummy is the abnormal return of its day, its standard error
that of the forecast, and a t test of the sum of some dummies is the CAR with its s.e., t and p: no
formula of the forecast error is needed, and none is shared with the package.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from eventstudy.arrays import Bools, Floats, Ints
from eventstudy.crosscheck.figures import ASSET, PORTFOLIO, Figure, window_key
from eventstudy.crosscheck.repeated import RISK_FREE, BareModel

Days = Sequence[tuple[int, int]]


@dataclass(frozen=True, slots=True, eq=False)
class Windows:
    """The estimation window and the event days of one observation."""

    event_id: str
    name: str
    place: int
    days: Ints
    """(T,) relative sessions."""
    dates: Any
    """(T,) the same as dates."""
    raw: Floats
    """(T,) returns."""
    net: Floats
    """(T,) returns less the offset of the model."""
    x: Floats
    """(T, K) regressors without the constant."""
    used: Bools
    """(T,) sessions of the estimation window that count."""
    kind: str = ASSET


@dataclass(frozen=True, slots=True, eq=False)
class BareFit:
    """One observation estimated again."""

    windows: Windows
    figures: tuple[Figure, ...]
    residuals: pd.Series[float]
    """Of the estimation window, by date."""
    s: float
    df: int
    car: Mapping[tuple[int, int], float]
    se: Mapping[tuple[int, int], float]


def observed_windows(returns: pd.DataFrame, regression: BareModel) -> list[Windows]:
    """The observations of a table of returns.

    Args:
        returns: As in `SavedStudy`.
        regression: The model.
    """
    parts = returns.groupby(["event_id", "ticker", "place"], sort=False)
    return [
        _windows(part, regression, str(event_id), str(ticker), int(str(place)))
        for (event_id, ticker, place), part in parts
    ]


def _windows(
    part: pd.DataFrame, regression: BareModel, event_id: str, ticker: str, place: int
) -> Windows:
    raw = part["return"].to_numpy(float)
    x = part[list(regression.regressors)].to_numpy(float)
    offset = part[regression.offset].to_numpy(float) if regression.offset else np.zeros(len(part))
    if regression.premium:
        x = x - part[[RISK_FREE]].to_numpy(float)
    days = part["rel_day"].to_numpy(np.int64)
    used, dates = part["used"].to_numpy(bool), part["date"].to_numpy()
    return Windows(event_id, ticker, place, days, dates, raw, raw - offset, x, used)


def portfolio_of(members: Sequence[Windows], event_id: str, name: str) -> Windows:
    """The mean return of observations that share their sessions and regressors, as one.

    A session averages the members that have a return on it; the estimation window those that their
    own fits use.

    Args:
        members: Two or more, on the same sessions.
        event_id: The event.
        name: The group.
    """
    first = members[0]
    inside = np.any([each.used for each in members], axis=0)

    def mean(values: str) -> Floats:
        rows = np.array([getattr(each, values) for each in members])
        left_out = inside & ~np.array([each.used for each in members])
        rows = np.where(left_out, np.nan, rows)
        known = np.isfinite(rows)
        count = known.sum(axis=0)
        total = np.where(known, rows, 0.0).sum(axis=0)
        return np.where(count > 0, total / np.maximum(count, 1), np.nan)

    return Windows(
        event_id,
        name,
        0,
        first.days,
        first.dates,
        mean("raw"),
        mean("net"),
        first.x,
        inside,
        PORTFOLIO,
    )


def same_sessions(members: Sequence[Windows]) -> bool:
    """Whether observations have the same sessions and regressors.

    Args:
        members: One or more.
    """
    first = members[0]
    return all(
        len(each.dates) == len(first.dates)
        and (each.dates == first.dates).all()
        and np.array_equal(each.x, first.x, equal_nan=True)
        for each in members[1:]
    )


def fit_bare(windows: Windows, regression: BareModel, asked: Days, level: float) -> BareFit:
    """Fit one observation and compute its ARs and CARs.

    Args:
        windows: Its returns.
        regression: The model.
        asked: First and last day of each window.
        level: Confidence of the intervals.
    """
    if regression.fitted:
        return _regressed(windows, regression, asked, level)
    return _unfitted(windows, asked, level)


def _regressed(windows: Windows, regression: BareModel, asked: Days, level: float) -> BareFit:
    import statsmodels.api as sm

    constant = np.ones((len(windows.days), 1))
    x = np.hstack([constant, windows.x])
    fit = sm.OLS(windows.net[windows.used], x[windows.used]).fit()
    wanted = sorted({day for first, last in asked for day in range(first, last + 1)})
    known = np.isfinite(windows.net) & np.isfinite(x).all(axis=1) & ~windows.used
    event = known & np.isin(windows.days, wanted)
    days = windows.days[event].tolist()
    at = windows.used | event
    dummies = (windows.days[at][:, None] == np.array(days)[None, :]).astype(float)
    # Dummies of the size of the returns: the columns then differ less in size.
    long = sm.OLS(windows.net[at], np.hstack([x[at], dummies])).fit()
    whole = [(first, last) for first, last in asked if set(range(first, last + 1)) <= set(days)]
    sums = np.zeros((len(whole), x.shape[1] + len(days)))
    for row, (first, last) in enumerate(whole):
        sums[row, x.shape[1] :] = [first <= day <= last for day in days]
    tested = long.t_test(sums)
    bounds = tested.conf_int(1 - level)
    s = math.sqrt(fit.scale)
    base = [
        *zip(regression.coefficients, fit.params, fit.bse, strict=True),
        ("s", s, 0.0),
        ("n_obs", fit.nobs, 0.0),
        ("df", fit.df_resid, 0.0),
        ("r_squared", fit.rsquared, 1.0),
    ]
    each = zip(
        whole,
        tested.effect,
        np.ravel(tested.sd),
        np.ravel(tested.tvalue),
        np.ravel(tested.pvalue),
        *bounds.T,
        strict=True,
    )
    df = int(fit.df_resid)
    cars = [
        _car(window, (float(car), float(se), float(t), float(p)), (float(low), float(high)), df)
        for window, car, se, t, p, low, high in each
    ]
    residuals = pd.Series(fit.resid, index=windows.dates[windows.used])
    return _fitted(windows, base, cars, residuals, s, df, asked)


def _unfitted(windows: Windows, asked: Days, level: float) -> BareFit:
    from scipy import stats

    inside = windows.net[windows.used]
    s, df = float(np.std(inside, ddof=1)), len(inside) - 1
    at = {int(day): float(ar) for day, ar in zip(windows.days, windows.net, strict=True)}
    reach, cars = float(stats.t.ppf((1 + level) / 2, df)), []
    for first, last in asked:
        car = math.fsum(at.get(day, math.nan) for day in range(first, last + 1))
        if math.isfinite(car):
            se = s * math.sqrt(last - first + 1)
            p = 2 * float(stats.t.sf(abs(car / se), df))
            bounds = car - reach * se, car + reach * se
            cars.append(_car((first, last), (car, se, car / se, p), bounds, df))
    base = [("s", s, 0.0), ("n_obs", len(inside), 0.0), ("df", df, 0.0)]
    residuals = pd.Series(inside, index=windows.dates[windows.used])
    return _fitted(windows, base, cars, residuals, s, df, asked)


@dataclass(frozen=True, slots=True)
class _Car:
    window: tuple[int, int]
    car: float
    se: float
    t: float
    p: float
    low: float
    high: float
    steep: float
    """How much p changes with t, times the size of t."""


def _car(
    window: tuple[int, int],
    figures: tuple[float, float, float, float],
    bounds: tuple[float, float],
    df: int,
) -> _Car:
    """The CAR of a window from its CAR, s.e., t and p, and the ends of its interval."""
    from scipy import stats

    t = figures[2]
    steep = 2 * float(stats.t.pdf(t, df)) * max(1.0, abs(t))
    return _Car(window, *figures, *bounds, steep)


def _fitted(
    windows: Windows,
    base: Sequence[tuple[str, float, float]],
    cars: Sequence[_Car],
    residuals: pd.Series[float],
    s: float,
    df: int,
    asked: Days,
) -> BareFit:
    key = (windows.kind, windows.event_id, windows.name, windows.place)
    figures = [Figure(*key, "", name, float(value), float(size)) for name, value, size in base]
    raw = dict(zip(windows.days.tolist(), windows.raw.tolist(), strict=True))
    n = float(len(residuals))
    for each in cars:
        figures += [Figure(*key, *one) for one in _of_car(each, raw, n, df)]
    missing = set(asked) - {each.window for each in cars}
    figures += [
        Figure(*key, window_key(*window), name, math.nan) for window in missing for name in _LOST
    ]
    return BareFit(
        windows,
        tuple(figures),
        residuals,
        s,
        df,
        {each.window: each.car for each in cars},
        {each.window: each.se for each in cars},
    )


_LOST = ("car", "se", "t", "p_value", "ci_low", "ci_high")


def _of_car(
    each: _Car, raw: Mapping[int, float], n: float, df: int
) -> Iterator[tuple[str, str, float, float]]:
    """window, quantity, value and scale."""
    window, se = window_key(*each.window), each.se
    yield window, "car", each.car, se
    yield window, "se", se, 0.0
    yield window, "t", each.t, 1.0
    yield window, "p_value", each.p, each.steep
    yield window, "ci_low", each.low, se
    yield window, "ci_high", each.high, se
    yield window, "df", float(df), 0.0
    yield window, "n_obs", n, 0.0
    first, last = each.window
    if first == last:
        yield window, "raw_return", raw[first], 0.0
        yield window, "expected_return", raw[first] - each.car, se
